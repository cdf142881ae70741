"""Derivatives with stacks of matrices, by them and by other names, against torch's of the same function by einsum."""

from __future__ import annotations

import pickle

import numpy
import pytest
import torch
from seeds import seed_of

import matcalc

SQUARE = {"A": ("K", "n", "n")}
# text, shapes, what the derivatives by some names are, the function in torch
FUNCTIONS = [
    ("sum(c[k]*(x.T@A[k]@x) for k in K)", SQUARE,
     {"A": "c[k]*x@x.T", "x": "sum(c[k]*(A[k] + A[k].T)@x for k in K)", "c": "sum(x.T@A[k]@x*e(k, K) for k in K)"},
     lambda A, x, c: torch.einsum("k,kij,i,j->", c, A, x, x)),
    ("logdet(sum(w[k]*A[k] for k in K))", SQUARE,
     {"A": "w[k]*inv(sum(w[i]*A[i] for i in K)).T",
      "w": "sum(tr(A[k]@inv(sum(w[i]*A[i] for i in K)))*e(k, K) for k in K)"},
     lambda A, w: torch.linalg.slogdet(torch.einsum("k,kij->ij", w, A))[1]),
    ("sum(norm(A[k]@x - B[k, :].T)**2 for k in K)", {"A": ("K", "m", "n")},
     {"A": "2*(A[k]@x - B[k, :].T)@x.T", "x": "2*sum(A[k].T@(A[k]@x - B[k, :].T) for k in K)", "B": None},
     lambda A, x, B: ((torch.einsum("kij,j->ki", A, x) - B)**2).sum()),
    ("sum((x - M[k, :].T).T@inv(S[k])@(x - M[k, :].T) for k in K)", {"S": ("K", "n", "n"), "x": ("n",)},
     {"S": None, "x": None, "M": None},
     lambda S, x, M: torch.einsum("ki,kij,kj->", x - M, torch.linalg.inv(S), x - M)),
    ("sum(logdet(A[k]) for k in K)", SQUARE, {"A": "inv(A[k]).T"}, lambda A: torch.linalg.slogdet(A)[1].sum()),
    ("sum(x.T@A[k]@x for k in range(1, K))", SQUARE, {"A": None}, lambda A, x: torch.einsum("kij,i,j->", A[1:], x, x)),
    ("sum(tr(A[k]@A[k + 1].T) for k in range(K - 1))", SQUARE, {"A": None}, lambda A: (A[:-1]*A[1:]).sum()),
    ("sum(tr(A[k]@A[l]) for k in K for l in K)", SQUARE, {"A": None}, lambda A: torch.einsum("kij,lji->", A, A)),
    ("log(sum(exp(x.T@A[k]@y) for k in K))", {"A": ("K", "n", "m")}, {"A": None, "x": None},
     lambda A, x, y: torch.logsumexp(torch.einsum("kij,i,j->k", A, x, y), 0)),
    ("A[0]@x + 2*A[K - 1]@x", {"A": ("K", "m", "n")}, {"A": None, "x": "(A[0] + 2*A[K - 1]).T"},
     lambda A, x: A[0]@x + 2*A[-1]@x),
    ('einsum("kij,j->ki", A, x)', {}, {"A": None, "x": None}, lambda A, x: torch.einsum("kij,j->ki", A, x)),
    ('einsum("kij,kj->i", A, X)', {}, {"A": None, "X": None}, lambda A, X: torch.einsum("kij,kj->i", A, X)),
    ('einsum("ijk,i,j,k->", T, x, x, x)', {}, {"T": "x[k]*x@x.T", "x": None},
     lambda T, x: torch.einsum("ijk,i,j,k->", T, x, x, x)),
]


def arrays_for(shapes: dict, generator: numpy.random.Generator) -> dict:
    """Return random arrays of the shapes, of sizes that differ."""
    names = sorted({size for shape in shapes.values() for size in shape if isinstance(size, str)})
    sizes = dict(zip(names, generator.permutation([2, 3, 4, 5])[: len(names)]))
    given = {name: [sizes.get(size, size) for size in shape] for name, shape in shapes.items()}
    return {name: generator.normal(size=shape) for name, shape in given.items()}


def jacobian_by(function, name: str, given: dict) -> torch.Tensor:
    """Return torch's derivative of a function by one of its arguments, of which a column is a vector."""
    flat = {n: torch.tensor(a[:, 0] if a.shape[1:] == (1,) else a) for n, a in given.items()}
    return torch.autograd.functional.jacobian(lambda value: function(**{**flat, name: value}), flat[name])


@pytest.mark.parametrize("case", FUNCTIONS, ids=lambda case: case[0])
def test_derivatives_are_torchs_of_the_same_function_by_einsum(case):
    text, shapes, expected, function = case
    generator = numpy.random.default_rng(seed_of(text))
    for name, answer in expected.items():
        derivative = matcalc.diff(text, wrt=name, shapes=shapes)
        assert answer is None or str(derivative) == answer
        assert derivative.check(points=1).ok
        given = arrays_for(derivative.shapes, generator)
        truth = jacobian_by(function, name, given)
        found = numpy.array(derivative.tensor(**given))
        numpy.testing.assert_allclose(found, truth.numpy(), rtol=1e-8, atol=1e-9)
        index = derivative.index()
        numpy.testing.assert_allclose(index.evaluate(**given), truth.numpy(), rtol=1e-8, atol=1e-9)
        assert index.check(points=1).ok, str(index)


def test_by_a_stack_the_answer_has_a_matrix_for_each_index():
    derivative = matcalc.diff("sum(c[k]*(x.T@A[k]@y) for k in K)", wrt="A", shapes={"A": ("K", "n", "m")})
    assert (str(derivative), derivative.target, derivative.shape) == ("c[k]*x@y.T", "A[k]", ("K", "n", "m"))
    assert (derivative.index().left, str(derivative.index())) == ("df/dA[k,i,j]", "c[k]*x[i]*y[j]")
    given = {"A": numpy.ones((3, 2, 2)), "c": [1, 2, 3], "x": [1, 2], "y": [1, 0]}
    assert derivative.evaluate(**given).tolist() == [[[c, 0.0], [2.0 * c, 0.0]] for c in (1.0, 2.0, 3.0)]
    assert derivative.evaluate(**given, k=2).tolist() == [[3.0, 0.0], [6.0, 0.0]]
    assert derivative.check_steps(points=1).ok


@pytest.mark.parametrize(("by", "expected"), [
    ("A[0]", "c[0]*x@x.T"), ("A[i]", "c[i]*x@x.T"), ("A[k, i, j]", "c[k]*x[i]*x[j]"), ("A[k, :, j]", "c[k]*x[j]*x"),
])
def test_a_derivative_by_one_matrix_or_an_entry_of_it(by, expected):
    derivative = matcalc.diff("sum(c[k]*(x.T@A[k]@x) for k in K)", wrt=by, shapes=SQUARE)
    assert str(derivative) == expected
    assert derivative.check(points=1).ok


def test_second_derivatives_by_other_names():
    hessian = matcalc.diff("logdet(sum(w[k]*A[k] for k in K))", wrt="w", shapes=SQUARE, order=2)
    assert hessian.check().ok
    assert matcalc.diff("sum(x.T@A[k]@x for k in K)", wrt="x", shapes=SQUARE, order=2).check().ok
    mixed = matcalc.diff("sum(w[k]*(x.T@A[k]@x) for k in K)", wrt=["w", "x"], shapes=SQUARE, order=2)
    assert all(block.check(points=1).ok for block in mixed.blocks)
    with pytest.raises(matcalc.NoRuleError, match="a derivative of order 2 by all of the stack A"):
        matcalc.diff("sum(x.T@A[k]@x for k in K)", wrt="A", shapes=SQUARE, order=2)


def test_no_sum_binds_an_index_that_means_something_around_it():
    """A sum within the derivative of another one had its index, and the answer was wrong."""
    text = "sum(exp(x[i]*sum(sin(x[j])*y[j] for j in range(n))) + x[i] for i in n)**2*logdet(sum(x[i]*A[i] for i in n))"
    hessian = matcalc.diff(text, wrt="x", shapes={"A": ("n", "m", "m")}, order=2)
    assert hessian.check(points=2).ok


@pytest.mark.parametrize(("claim", "by", "ok"), [
    ("c[k]*x@x.T", "A", True),
    ("c[k]*x.T@x", "A", False),
    ("sum(c[k]*(A[k] + A[k].T)@x for k in K)", "x", True),
    ("2*sum(c[k]*A[k]@x for k in K)", "x", False),
])
def test_claims_have_the_matrices_of_stacks(claim, by, ok):
    report = matcalc.check("sum(c[k]*(x.T@A[k]@x) for k in K)", claim, wrt=by, shapes=SQUARE)
    assert report.ok is ok


def test_steps_and_conditions_have_the_matrices_of_stacks():
    derivative = matcalc.diff("logdet(sum(w[k]*A[k] for k in K))", wrt="w", shapes=SQUARE)
    assert derivative.where == ["invertible(sum(w[k]*A[k] for k in K))"]
    for shown in (str(derivative.derivation), derivative.derivation.unicode(), derivative.derivation.latex()):
        assert "k*n" not in shown and "k n" not in shown
    assert derivative.check_steps(points=1).ok
    report = matcalc.check("sum(x.T@A[k]@x for k in K)", "sum(A[k] for k in K)@x", wrt="x", shapes=SQUARE)
    assert numpy.ndim(report.counterexample["A"]) == 3


@pytest.mark.parametrize("text", [
    "sum(norm(A[k - 1])**2 for k in range(1, K))", "sum(x.T@A[k + 1]@x for k in range(K - 1))",
    "log(1 + sum(x.T@A[k]@x for k in range(1, K))**2)", "sum(A[k, 1, 0] + A[k, 0, n - 1] for k in range(1, K))",
])
def test_a_sum_without_terms_is_0_and_so_is_its_derivative(text):
    """The shape of a sum without terms was asked of matrices that are not there, and log1p of a number that is none."""
    derivative = matcalc.diff(text, wrt="A", shapes=SQUARE)
    given = {"A": numpy.ones((1, 2, 2)), **({"x": [1.0, 2.0]} if "x" in text else {})}
    assert not numpy.array(matcalc.parse(text, shapes=SQUARE).evaluate(**given)).any()
    assert not numpy.array(derivative.tensor(**given)).any()
    assert not numpy.array(derivative.index().evaluate(**given)).any()
    for target in ("numpy", "torch"):
        library = {name: torch.tensor(array) for name, array in given.items()} if target == "torch" else given
        value, gradient = derivative.compile(target)(**library)
        assert value == 0 and not gradient.any()
    assert str(pickle.loads(pickle.dumps(derivative))) == str(derivative)
    assert derivative.check(points=1).ok


def test_a_derivative_by_one_matrix_is_of_order_2_of_a_scalar_and_beside_no_other():
    """Zeros of another shape were the answer, and blocks by all of X stood beside those by its first row."""
    with pytest.raises(matcalc.NoRuleError, match="a second derivative of an array by an array"):
        matcalc.diff("A[k].T@x", wrt="A[k]", shapes=SQUARE, order=2)
    for text, by, shapes in (("sum(x.T@A[k]@x for k in K)", "A[0]", SQUARE), ("norm(X@x)**2", "X[0, :]", None)):
        hessian = matcalc.diff(text, wrt=[by, "x"], shapes=shapes, order=2)
        with pytest.raises(matcalc.ArgumentError, match="by a part of an array is by that part alone"):
            hessian.blocks  # noqa: B018


def test_a_claim_with_members_is_not_taken_for_code():
    text, shapes = "sum(x.T@A[k]@A[k + 1]@x for k in range(K - 1))", {**SQUARE, "x": ("n", 1)}
    derivative = matcalc.diff(text, wrt="A", shapes=shapes)
    assert matcalc.check(text, derivative, wrt="A", shapes=shapes, points=1).ok


@pytest.mark.parametrize(("text", "by", "shape", "answer"), [
    ("sum(a.T@Q[k]@b for k in n + m)", "Q", ("m + n", "n", "m"), "a@b.T"),
    ("sum(norm(T[k])**2 for k in range(K - 1))", "T", ("K - 1", "n + m", "n"), "2*T[k]"),
])
def test_sizes_of_a_stack_may_be_sums(text, by, shape, answer):
    """The rows of all matrices were n*(m + n) in one place and m*n + n**2 in another, which did not fit."""
    derivative = matcalc.diff(text, wrt=by, shapes={by: shape})
    assert (str(derivative), derivative.shape) == (answer, shape)
    assert derivative.check(points=1).ok and derivative.compile().check(points=1).ok


@pytest.mark.parametrize("text", [
    "sum(x.T@A[k]@x*A[k, 0, 1] for k in K)", "logdet(A[k] + A[0])", "sum(tr(kron(A[k], A[k])) for k in K)",
    "vstack(A[0], A[1])@x", "sum(x.T@A[k]@A[k + 1]@x for k in range(K - 1))",
])
def test_what_is_printed_of_declared_stacks_is_read_back(text):
    expression = matcalc.parse(text, shapes=SQUARE)
    for syntax in ("latex", "unicode"):
        again = matcalc.parse(getattr(expression, syntax)(), syntax=syntax, shapes=expression.shapes)
        assert again == expression
