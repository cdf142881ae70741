"""Derivatives of matrix functions, eigenvalues, eigenvectors and singular values, and what is said where they meet."""

import re

import numpy
import pytest
import torch
from samples import met_twice
from tables import every_row

import matcalc
from matcalc.errors import DomainError, NoRuleError, RuleFileError
from matcalc.evaluation import matrices as torch_matrices
from matcalc.evaluation import spectral as torch_spectral
from matcalc.evaluation.matrices import expm_frechet, logm_frechet, matpow_frechet, matrix_power, phi1, polar, sylvester

SQUARE = {"A": ("n", "n"), "B": ("n", "n"), "t": ()}
S_SYMMETRIC = {"S": ["symmetric"]}
SYMMETRIC = {"A": ["symmetric"], "B": ["symmetric"]}
POINT = torch.Generator().manual_seed(20)


def normal(*shape):
    return torch.randn(shape, generator=POINT, dtype=torch.float64)


def symmetric(n):
    factor = normal(n, n)
    return (factor + factor.mT) / 2


def agrees(expression, variable, **options):
    """Assert that an answer and every line of its derivation agree with torch; return the answer."""
    derivative = matcalc.diff(expression, variable, **options)
    report = derivative.check(points=2, seed=3)
    assert report.ok is True, (str(derivative), report.reason, report.detail)
    steps = derivative.check_steps(points=1, seed=3)
    assert steps.ok is True, (expression, steps.reason)
    return derivative


# -- the answers ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("expression", "variable", "options", "answer"), [
    ("tr(A@expm(X))", "X", {}, "expm_frechet(X, A).T"),
    pytest.param("tr(A@logm(X))", "X", {}, "logm_frechet(X, A).T", marks=pytest.mark.long),
    ("tr(A@sqrtm(X))", "X", {}, "sylvester(sqrtm(X), sqrtm(X), A).T"),
    ("a.T@matpow(X, k)@b", "X", {"shapes": {"k": ()}}, "matpow_frechet(X, k, b@a.T).T"),
    ("tr(A@matpow(X, 70))", "X", {}, "matpow_frechet(X, 70, A).T"),
    ("expm(A + t*B)", "t", {"shapes": SQUARE, "layout": "num"}, "expm_frechet(A + t*B, B)"),
    ("expm(X)", "X", {"layout": "num"},
     "kron(eye(n), expm(X))@phi1(kron(X.T, eye(n)) - kron(eye(n), X))"),
    ("sqrtm(X)", "X", {"layout": "num"}, "inv(kron(eye(n), sqrtm(X)) + kron(sqrtm(X).T, eye(n)))"),
    ("tr(sylvester(A, B, C))", "C", {}, "sylvester(B, A, eye(n)).T"),
    ("eigmax(S)", "S", {"assume": S_SYMMETRIC}, "eigvecmax(S)@eigvecmax(S).T"),
    ("eigmin(S + diag(x))", "x", {"assume": S_SYMMETRIC}, "eigvecmin(S + diag(x))**2"),
    ("eigvals(A + t*B)", "t", {"shapes": SQUARE, "assume": SYMMETRIC, "layout": "num"},
     "diag(eigvecs(A + t*B).T@B@eigvecs(A + t*B))"),
    ("norm(X, 2)", "X", {}, "X@eigvecmax(X.T@X)@eigvecmax(X.T@X).T/norm(X, 2)"),
    ('norm(A@X@B, "nuc")', "X", {}, "A.T@polar(A@X@B)@B.T"),
    # what commutes needs no Fréchet derivative
    ("tr(expm(X))", "X", {}, "expm(X).T"), ("expm(t*A)", "t", {"shapes": SQUARE, "layout": "num"}, "expm(t*A)@A"),
    ("tr(expm(A + t*B))", "t", {"shapes": SQUARE}, "tr(B@expm(A + t*B))"),
    ("tr(logm(X.T@X))", "X", {}, "2*pinv(X).T"), ("tr(X@logm(X))", "X", {}, "logm(X).T + eye(n)"),
    ("tr(sqrtm(A + t*B))", "t", {"shapes": SQUARE}, "tr(B@inv(sqrtm(A + t*B)))/2"),
    ("tr(matpow(A + t*B, k))", "t", {"shapes": SQUARE | {"k": ()}}, "k*tr(B@matpow(A + t*B, k - 1))"),
    # symmetric functions of eigenvalues and singular values need no vectors
    ("sum(eigvals(S))", "S", {"assume": S_SYMMETRIC}, "eye(n)"),
    ("sum(eigvals(S)**2)", "S", {"assume": S_SYMMETRIC}, "2*S"),
    ("sum(exp(eigvals(S)))", "S", {"assume": S_SYMMETRIC}, "expm(S)"),
    ("sum(log(eigvals(S)))", "S", {"assume": {"S": ["pd"]}}, "inv(S)"),
    ("sum(sqrt(eigvals(S)))", "S", {"assume": {"S": ["pd"]}}, "inv(sqrtm(S))/2"),
    ("sum(eigvals(S)**3 - 2*eigvals(S))", "S", {"assume": S_SYMMETRIC}, "3*S@S - 2*eye(n)"),
    ("sum(svdvals(X))", "X", {}, "polar(X)"), ("sum(svdvals(X)**2)", "X", {}, "2*X"),
])  # fmt: skip
def test_the_form_of_an_answer(expression, variable, options, answer):
    assert str(agrees(expression, variable, **options)) == answer


INSIDE = ["A + t*X", "X.T@X + A@A.T", "A@X@B", "X", "A - inv(X)"]
GENERAL = ["tr(C@expm({}))", "a.T@phi1({})@b", "sum(matpow({}, k))", "tr(C@expm_frechet({}, B))"]
PRINCIPAL = ["tr(C@logm({}))", "a.T@sqrtm({})@b", "tr(C@logm_frechet({}, B))", "sum(sylvester({}, B, C))"]


# the exact check of a logarithm takes seconds
SLOW = [("tr(C@logm({}))", inside) for inside in INSIDE]
SLOW += [("tr(C@logm_frechet({}, B))", inside) for inside in INSIDE]


@pytest.mark.parametrize(("function", "inside"), met_twice(GENERAL + PRINCIPAL, INSIDE, SLOW))
def test_matrix_functions_by_every_matrix_inside(function, inside):
    names = {name: ("n", "n") for name in "ABCX"} | {"k": (), "t": ()}
    shapes = {name: shape for name, shape in names.items() if re.search(rf"\b{name}\b", function + inside)}
    assert agrees(function.format(f"({inside})"), "X", shapes=shapes)


OF_SYMMETRIC = [
    "eigmax({})", "eigmin({})", "a.T@eigvals({})", "prod(eigvals({}))", "a.T@eigvecs({})@b", "a.T@eigvecmax({})",
    "(a.T@eigvecmin({}))**2", "logsumexp(eigvals({}))",
]  # fmt: skip


@pytest.mark.parametrize(
    ("function", "inside"), met_twice(OF_SYMMETRIC, ["S", "X.T@X", "A@X + X.T@A", "A + X@B@X.T", "A + X.T + X"])
)
def test_eigenvalues_and_eigenvectors_by_every_matrix_inside(function, inside):
    shapes = {name: ("n", "n") for name in "ABSX" if name in inside}
    agrees(function.format(inside), "S" if "S" in inside else "X", shapes=shapes,
           assume={name: ["symmetric"] for name in "ABS" if name in inside})  # fmt: skip


OF_SINGULAR_VALUES = [
    "a.T@svdvals({})", "a.T@svdu({})@b", "a.T@svdv({})@b", "tr(C.T@polar({}))", 'norm({}, "nuc")', "norm({}, 2)",
]  # fmt: skip


@pytest.mark.parametrize(("function", "inside"), met_twice(OF_SINGULAR_VALUES, ["X", "A@X@B", "A - X"]))
def test_singular_values_by_every_matrix_inside(function, inside):
    agrees(function.format(inside), "X")


@pytest.mark.parametrize(("expression", "options"), [
    ("svdvals(X)", {}), ("polar(X)", {}), ("eigvals(X)", {"assume": {"X": ["symmetric"]}}), ("logm(X)", {}),
    ("eigvecs(X)", {"assume": {"X": ["symmetric"]}}), ("eigvecmax(X)", {"assume": {"X": ["symmetric"]}}),
    ("svdu(X)", {}), ("svdv(X)", {}), ("matpow(X, k)", {"shapes": {"k": ()}}),
    ("sylvester(X, B, C)", {}), ("sylvester(A, X, C)", {}),
    ("matpow_frechet(A, 3, X)", {}), ("expm_frechet(A, X)", {}),
    # each of these is checked exactly for seconds
    *(pytest.param(text, {"shapes": {"E": ("n", "n")}} if "E" in text else {}, marks=pytest.mark.long)
      for text in ("logm_frechet(A, X)", "phi1(X)", "expm_frechet(X, E)")),
])  # fmt: skip
@pytest.mark.parametrize("layout", ["num", pytest.param("denom", marks=pytest.mark.long)])
def test_jacobians(expression, options, layout):
    agrees(expression, "X", layout=layout, **options)


@pytest.mark.parametrize(("expression", "variable", "options"), [
    ("tr(expm(X))", "X", {}), ("tr(logm(X))", "X", {}), ("tr(A@sqrtm(X))", "X", {}),
    pytest.param("tr(A@expm(X))", "X", {}, marks=pytest.mark.long), ("tr(C@expm(A + t*B))", "t", {"shapes": SQUARE}),
    pytest.param("tr(C@logm(A + t*B))", "t", {"shapes": SQUARE}, marks=pytest.mark.long),
    ("a.T@matpow(A + t*B, k)@b", "t", {"shapes": SQUARE | {"k": ()}}),
    ("eigmax(S)", "S", {"assume": S_SYMMETRIC}), ("eigmin(X.T@X)", "X", {}),
    ("eigmax(S + diag(x))", "x", {"assume": S_SYMMETRIC}), ("a.T@eigvals(S)", "S", {"assume": S_SYMMETRIC}),
    ("a.T@eigvecs(A + t*B)@b", "t", {"shapes": SQUARE, "assume": SYMMETRIC}),
    ("norm(X, 2)", "X", {}), ('norm(X, "nuc")', "X", {}), ("a.T@svdvals(X)", "X", {}),
])  # fmt: skip
def test_second_derivatives(expression, variable, options):
    agrees(expression, variable, order=2, **options)


@pytest.mark.parametrize("shape", [(4, 2), (2, 4), (3, 3), (5, 1), (1, 5)])
def test_the_nuclear_norm_is_differentiable_for_every_shape(shape):
    expected = {(5, 1): "X/norm(X)", (1, 5): "X/norm(X.T)"}.get(shape, "polar(X)")
    assert str(agrees('norm(X, "nuc")', "X", shapes={"X": shape})) == expected


@pytest.mark.parametrize(("expression", "answer"), [
    ("expm(c)", "exp(c)"), ("logm(c)", "1/c"), ("sqrtm(c)", "1/(2*sqrt(c))"), ("eigvals(c)", "1"), ("eigmax(c)", "1"),
    ("eigvecs(c)", "0"), ("eigvecmax(c)", "0"), ("svdvals(c)", "sign(c)"), ("polar(c)", "0"), ("svdu(c)", "0"),
    ('norm(c, "nuc")', "sign(c)"), ("norm(c, 2)", "sign(c)"), ("expm_frechet(c, b)", "b*exp(c)"),
    ("sylvester(c, b, a)", "-a/(c + b)**2"), ("matpow_frechet(c, 3, b)", "6*c*b"), ("logm_frechet(c, b)", "-b/c**2"),
])  # fmt: skip
def test_one_by_one(expression, answer):
    shapes = {name: () for name in "abc" if re.search(rf"\b{name}\b", expression)}
    assert str(agrees(expression, "c", shapes=shapes)) == answer


# -- where eigenvalues meet ------------------------------------------------------------------------------------------


@every_row(("expression", "values", "message"), [
    ("eigmax(X)", {"X": [[2, 0], [0, 2]]}, "eigvecmax has no value here: eigenvalues 1 and 2 of 2 meet (2 and 2)"),
    ("eigmin(X)", {"X": numpy.diag([1, 3, 1])}, "eigvecmin has no value here: eigenvalues 1 and 2 of 3 meet (1 and 1)"),
    ("a.T@eigvals(X)", {"X": numpy.diag([7, 0, 7]), "a": [1, 2, 3]},
     "eigvecs has no value here: eigenvalues 2 and 3 of 3 meet (7 and 7)"),
    ("a.T@eigvecs(X)@a", {"X": numpy.zeros((2, 2)), "a": [1, 2]},
     "eigvecs has no value here: eigenvalues 1 and 2 of 2 meet (0 and 0)"),
    ("eigmax(X)", {"X": numpy.diag([1, 1 + 1e-13])}, "eigenvalues 1 and 2 of 2 meet (1 and 1)"),
    ("a.T@svdvals(X)", {"X": [[0, 3], [3, 0], [0, 0]], "a": [1, 2]},
     "svdu has no value here: singular values 1 and 2 of 2 meet (3 and 3)"),
    ("a.T@svdvals(X)", {"X": [[1, 0], [0, 0]], "a": [1, 2]},
     "svdu has no value here: singular value 2 is 0, 0 to rounding"),
    ('norm(X, "nuc")', {"X": [[1, 2], [2, 4]]}, "polar has no value here: the smallest singular value"),
    ("norm(X, 2)", {"X": numpy.eye(3)}, "eigvecmax has no value here: eigenvalues 2 and 3 of 3 meet (1 and 1)"),
    ("tr(A@sqrtm(X))", {"X": [[1, 0], [0, -4]], "A": numpy.eye(2)},
     "sqrtm has no real value here: the matrix has the eigenvalue -4"),
    ("tr(A@logm(X))", {"X": [[0, 1], [0, 1]], "A": [[1, 2], [3, 4]]},
     "logm has no real value here: the matrix has the eigenvalue 0"),
    ("sum(sylvester(X, A, A))", {"X": [[1, 2], [0, 3]], "A": [[-1, 0], [0, 5]]},
     "sylvester(A, B, C) has no value here: A and -B have the eigenvalue 1 in common"),
    ("a.T@svdvals(X)", {"X": [[1, 2, 3]], "a": [1, 2, 3]}, "takes at least as many rows as columns"),
    ("eigmax(X)", {"X": [[1, 2], [0, 3]]}, "eigvecmax is for symmetric matrices"),
])  # fmt: skip
def test_where_there_is_no_value_it_is_said(expression, values, message):
    facts = {} if re.search("svd|norm|sqrtm|logm|sylvester", expression) else {"X": ["symmetric"]}
    derivative = matcalc.diff(expression, "X", assume=facts)
    with pytest.raises(DomainError) as caught:
        derivative.evaluate(**values)
    assert message in caught.value.message
    assert caught.value.hint


def test_the_condition_names_the_gap():
    facts = {"S": ["symmetric"]}
    assert matcalc.diff("eigmax(S)", assume=facts).where == ["simple_maximum(S)"]
    assert matcalc.diff("eigvecs(S)", assume=facts).where == ["simple_spectrum(S)"]
    assert matcalc.diff("sum(svdvals(X))").where == ["tall(X)", "simple_singular_values(X)"]


def test_eigenvalues_that_always_meet_are_compared_all_the_same():
    """Their condition fails everywhere, and the derivative is there: eigmax(c*eye(3)) is c."""
    derivative = matcalc.diff("eigmax(c*eye(3))", "c", shapes={"c": ()})
    assert derivative.check().ok and derivative.evaluate(c=2.0) == pytest.approx(1.0)


def test_only_the_eigenvalue_asked_for_must_be_simple():
    derivative = matcalc.diff("eigmax(X)", assume={"X": ["symmetric"]})
    numpy.testing.assert_allclose(derivative.evaluate(X=numpy.diag([2, 2, 5])), numpy.diag([0, 0, 1]), atol=1e-15)
    hessian = agrees("eigmax(x@x.T + y@y.T)", "x", order=2)
    assert "eigvecs" not in str(hessian)


def test_the_polar_factor_exists_where_singular_values_meet():
    derivative = matcalc.diff('norm(X, "nuc")')
    numpy.testing.assert_allclose(derivative.evaluate(X=3 * numpy.eye(2)), numpy.eye(2), atol=1e-15)


@pytest.mark.parametrize("gap", [1e-2, 1e-4, 1e-6, 1e-8])
def test_accuracy_where_eigenvalues_nearly_meet(gap):
    """The eigenvalues of Q@diag(1, 1 + gap, 3)@Q.T follow in the direction E as in exact arithmetic."""
    Q, E = numpy.linalg.qr(normal(3, 3).numpy())[0], symmetric(3).numpy()
    X = Q @ numpy.diag([1, 1 + gap, 3]) @ Q.T
    facts = {"X": ["symmetric"], "E": ["symmetric"]}
    derivative = matcalc.diff("eigvals(X + t*E)", "t", "num", shapes={"X": ("n", "n"), "t": ()}, assume=facts)
    expected = numpy.diag(Q.T @ E @ Q)[:, None]
    found = derivative.evaluate(X=(X + X.T) / 2, E=E, t=0)
    assert numpy.abs(found - expected).max() < 2e-14 / gap


@pytest.mark.parametrize("matrix", [
    numpy.zeros((2, 2)), 2 * numpy.eye(3), [[3, 1], [0, 3]], [[0, 1, 0], [0, 0, 1], [0, 0, 0]],
], ids=["zero", "multiple of eye", "Jordan block", "nilpotent"])  # fmt: skip
def test_matrix_functions_are_smooth_where_eigenvalues_meet(matrix):
    X = torch.tensor(numpy.asarray(matrix), dtype=torch.float64, requires_grad=True)
    A = normal(len(X), len(X))
    cases = {"expm": torch.linalg.matrix_exp, "phi1": phi1}
    if float(X.detach().diagonal().min()) > 0:
        cases |= {"logm": torch_matrices.logm, "sqrtm": torch_matrices.sqrtm}
    for name, function in cases.items():
        (truth,) = torch.autograd.grad(torch.trace(A @ function(X)), X)
        found = matcalc.diff(f"tr(A@{name}(X))", "X").evaluate(A=A.numpy(), X=matrix)
        numpy.testing.assert_allclose(found, truth, rtol=1e-11, atol=1e-11)


# -- the functions by which the rules are checked, by other means ------------------------------------------------------


@pytest.mark.parametrize("n", [1, 2, 5])
def test_frechet_derivatives_are_directional_derivatives(n):
    E = normal(n, n)
    X = normal(n, n) / n + 2 * torch.eye(n, dtype=torch.float64)
    for function, frechet in (
        (torch.linalg.matrix_exp, expm_frechet),
        (torch_matrices.logm, logm_frechet),
        (lambda X: matrix_power(X, 5), lambda X, E: matpow_frechet(X, 5, E)),
        (lambda X: matrix_power(X, -3), lambda X, E: matpow_frechet(X, -3, E)),
    ):
        _, along = torch.autograd.functional.jvp(function, X, E)
        torch.testing.assert_close(frechet(X, E), along, rtol=1e-10, atol=1e-10)
        torch.testing.assert_close(frechet(X, 1e9 * E), 1e9 * along, rtol=1e-10, atol=1)
        assert not frechet(X, 0 * E).any()


def test_the_gradient_of_the_exponential_keeps_its_digits_behind_a_large_factor():
    X = (normal(3, 3) / 5 + 3 * torch.eye(3, dtype=torch.float64)).requires_grad_()
    G = normal(3, 3)
    (plain,) = torch.autograd.grad(torch.linalg.matrix_exp(X), X, G)
    for scale in (1.0, 1e6, 1e15):
        (found,) = torch.autograd.grad(torch_matrices.matrix_exp(X), X, scale * G)
        torch.testing.assert_close(found / scale, plain, rtol=1e-11, atol=1e-11)
    text = "(1 + ((1 + (tr(expm(3*eye(n) + (1 + A**2)**(-3/2)/5)) - 1)**2)**(-3/2))**2)**(-1)"
    assert matcalc.diff(text, "A", order=2, shapes={"A": ("n", "n")}).check_steps(points=1).ok is True


def test_the_exponential_is_twice_differentiable():
    X = (normal(3, 3) / 2).requires_grad_()
    assert torch.autograd.gradcheck(torch_matrices.matrix_exp, X)
    assert torch.autograd.gradgradcheck(torch_matrices.matrix_exp, X)
    assert torch.autograd.gradgradcheck(torch_matrices.matrix_exp, torch.zeros_like(X).requires_grad_())


def test_phi1_is_the_mean_of_exponentials():
    X = normal(4, 4)
    expected = torch.linalg.solve(X, torch.linalg.matrix_exp(X) - torch.eye(4, dtype=torch.float64))
    torch.testing.assert_close(phi1(X), expected, rtol=1e-11, atol=1e-11)
    torch.testing.assert_close(phi1(torch.zeros(2, 2)), torch.eye(2))


@pytest.mark.parametrize(("n", "m"), [(1, 1), (4, 3), (3, 1), (40, 50)])
def test_sylvester_solves_its_equation(n, m):
    A, B, C = normal(n, n) + 9 * torch.eye(n), normal(m, m) + 9 * torch.eye(m), normal(n, m)
    Y = sylvester(A, B, C)
    torch.testing.assert_close(A @ Y + Y @ B, C, rtol=1e-10, atol=1e-10)
    if n < 9:
        inputs = [array.clone().requires_grad_() for array in (A, B, C)]
        assert torch.autograd.gradcheck(sylvester, inputs) and torch.autograd.gradgradcheck(sylvester, inputs)


def test_a_large_sylvester_equation_without_eigenvectors_is_refused():
    block = torch.eye(40, dtype=torch.float64) + torch.diag(torch.ones(39, dtype=torch.float64), 1)
    with pytest.raises(DomainError, match="no accurate value here: A or B has no basis of eigenvectors"):
        sylvester(block, block, normal(40, 40))


@pytest.mark.parametrize("X", [
    numpy.diag([3.0, 3.0]), numpy.diag([3.0, 3.0, 3.0])[:, :2], numpy.diag([1.0, 1.0, 1.0])[:2], normal(4, 4).numpy(),
    numpy.diag([1e-6, 1.0, 1e6]), normal(5, 2).numpy(),
], ids=["equal", "equal, tall", "equal, wide", "square", "scaled", "tall"])  # fmt: skip
def test_the_polar_factor_is_orthogonal_and_smooth(X):
    X = torch.tensor(X)
    U = polar(X)
    left, _, right = torch.linalg.svd(X, full_matrices=False)
    torch.testing.assert_close(U, left @ right, rtol=1e-13, atol=1e-13)
    if float(X.abs().max()) < 1e3:
        assert torch.autograd.gradcheck(polar, X.clone().requires_grad_())


@pytest.mark.parametrize(("function", "place"), [(torch_spectral.eigvecmax, -1), (torch_spectral.eigvecmin, 0)])
def test_one_eigenvector_has_the_derivatives_of_all(function, place):
    X, a, direction = symmetric(4).requires_grad_(), normal(4, 1), symmetric(4)

    def derivatives(vector):
        value = (vector * a).sum() ** 2 + (vector**3 * a).sum() ** 2
        (first,) = torch.autograd.grad(value, X, create_graph=True)
        (second,) = torch.autograd.grad((first * direction).sum(), X)
        return first, second

    whole = torch.linalg.eigh(X).eigenvectors[:, place, None]
    for found, expected in zip(derivatives(function(X)), derivatives(whole)):
        torch.testing.assert_close(found, (expected + expected.mT) / 2, rtol=1e-10, atol=1e-12)


def test_eigenvectors_have_a_sign_of_their_own():
    X, n = symmetric(6), 6
    V = torch_spectral.eigvecs(X)
    torch.testing.assert_close(X @ V, V * torch.linalg.eigvalsh(X))
    assert (V[V.abs().argmax(0), range(n)] > 0).all()
    torch.testing.assert_close(V[:, -1:], torch_spectral.eigvecmax(X))
    torch.testing.assert_close(V[:, :1], torch_spectral.eigvecmin(X))
    # entries that are equally large but for rounding: the first of them decides
    half = 0.5**0.5
    expected = torch.tensor([[half, half], [-half, half]], dtype=torch.float64)
    tied = torch.tensor([[1.0, 2.0], [2.0, 1.0]], dtype=torch.float64)
    torch.testing.assert_close(torch_spectral.eigvecs(tied), expected)


def test_singular_vectors_belong_together():
    X = normal(5, 3)
    U, S, V = torch_spectral.svdu(X), torch_spectral.svdvals(X), torch_spectral.svdv(X)
    torch.testing.assert_close(U @ torch.diag(S[:, 0]) @ V.mT, X)
    assert (U[U.abs().argmax(0), range(3)] > 0).all()


# -- rules -------------------------------------------------------------------------------------------------------------

COMMUTING = """
cube(X: n,n) -> n,n
    scalar    X**3
    matrix function
    commutes with transpose
    commuting cube(X) = 3*X@X@dX
    torch     torch.linalg.matrix_power(X, 3)
    source    a test
"""


def test_a_rule_for_what_commutes_alone_refuses_the_rest(tmp_path):
    path = tmp_path / "own.rules"
    path.write_text(COMMUTING, encoding="utf-8")
    assert str(matcalc.diff("tr(cube(X))", rules=path)) == "3*(X@X).T"
    for expression in ("tr(A@cube(X))", "cube(X)"):
        with pytest.raises(NoRuleError, match="no closed form"):
            matcalc.diff(expression, "X", rules=path)


def test_a_differential_that_does_not_commute_is_read_from_the_line_d(tmp_path):
    path = tmp_path / "own.rules"
    path.write_text(COMMUTING + "    d cube(X) = dX@X@X + X@dX@X + X@X@dX\n", encoding="utf-8")
    assert matcalc.diff("tr(A@cube(X))", "X", rules=path).check().ok
    assert str(matcalc.diff("tr(cube(X))", rules=path)) == "3*(X@X).T"


@pytest.mark.parametrize(("line", "change"), [
    ("commutative X@E", "commutative E"), ("commutative X@E", "commutative X@E@E"), ("gives     orthogonal", ""),
])  # fmt: skip
def test_a_wrong_line_is_refused(tmp_path, line, change):
    right = """
product(X: n,n; E: n,n) -> n,n
    linear    E
    adjoint E = X.T@G
    d product(X, E) = X@dE + dX@E
    commutative X@E
    torch     torch.matmul(X, E)
    source    a test
"""
    path = tmp_path / "own.rules"
    path.write_text(right, encoding="utf-8")
    matcalc.diff("tr(product(A, X))", "X", rules=path)
    path.write_text(right.replace(line, change) if change else right + f"    {line}\n", encoding="utf-8")
    with pytest.raises(RuleFileError):
        matcalc.diff("tr(product(A, X))", "X", rules=path)


@pytest.mark.parametrize("text, wrt", [("A + t*B", "t"), ("A - 2*B", "A"), ("A@B@A", "B"), ("X.T@X + B", "X")])
def test_what_is_known_to_be_symmetric_is_no_condition(text, wrt):
    assume = {name: ["symmetric"] for name in "AB" if name in text}
    assert matcalc.diff(f"eigmax({text})", wrt=wrt, assume=assume).where == [f"simple_maximum({text})"]
