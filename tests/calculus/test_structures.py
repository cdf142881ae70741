"""The derivative by a variable of declared structure: against differences along the structure, and what is refused."""

import numpy
import pytest
from tables import every_row

import matcalc
from matcalc.errors import NoRuleError
from matcalc.rulebook.facts import facts, is_pattern, pattern

N = 4
PATTERNS = [word for word, fact in facts().items() if is_pattern(word)]
RNG = numpy.random.default_rng(5)
A, B = RNG.normal(size=(N, N)), RNG.normal(size=(N, N))


def of_groups(word, values):
    """Return the matrix of a pattern whose groups have these values."""
    numbers = numpy.array(pattern(N, [word]))
    return numpy.where(numbers < 0, 0.0, values[numpy.maximum(numbers, 0)])


@every_row("word", PATTERNS)
def test_parametrized_is_the_derivative_by_the_free_parameters(word):
    values = RNG.normal(size=N*N)
    X = of_groups(word, values)
    found = matcalc.diff("tr(A@X@B@X)", wrt="X", assume={"X": [word]}, structure="parametrized").evaluate(A=A, B=B, X=X)
    for i, j in ((0, 0), (2, 1), (1, 2), (3, 3)):
        number = pattern(N, [word])[i][j]
        step = numpy.eye(N*N)[max(number, 0)] * 1e-6 * (number >= 0)
        f = [numpy.trace(A @ Y @ B @ Y) for Y in (of_groups(word, values + step), of_groups(word, values - step))]
        assert found[i, j] == pytest.approx((f[0] - f[1]) / 2e-6, rel=1e-7, abs=1e-8)


@every_row("word", [*PATTERNS, "skew"])
def test_projected_is_within_the_structure_and_has_its_directional_derivatives(word):
    free = matcalc.diff("tr(A@X@B)", wrt="X", assume={"X": [word]}).evaluate(A=A, B=B, X=numpy.eye(N))
    found = matcalc.diff("tr(A@X@B)", wrt="X", assume={"X": [word]}, structure="projected")
    found = found.evaluate(A=A, B=B, X=numpy.eye(N))
    direction = A - A.T if word == "skew" else of_groups(word, RNG.normal(size=N*N))
    assert numpy.sum(found * direction) == pytest.approx(numpy.sum(free * direction))
    within = (found - found.T) / 2 if word == "skew" else of_groups(word, found.reshape(-1))
    assert numpy.allclose(found, within)


@pytest.mark.parametrize(("text", "wrt", "shape", "point"), [
    ("tr(A@X@B@X.T)", "X", (N, N), numpy.linalg.qr(A)[0]), ("tr(X.T@A@X)", "X", (N, 2), numpy.linalg.qr(A)[0][:, :2]),
    ("x.T@A@x", "x", (N, 1), numpy.linalg.qr(A)[0][:, :1]),
])
def test_projected_by_orthonormal_columns_is_the_gradient_along_the_manifold(text, wrt, shape, point):
    derivative = matcalc.diff(text, wrt=wrt, assume={wrt: ["orthogonal"]}, shapes={wrt: shape}, structure="projected")
    arrays = {"A": A, "B": B} if "B" in text else {"A": A}
    found = derivative.evaluate(**arrays, **{wrt: point})
    free = matcalc.diff(text, wrt=wrt, shapes={wrt: shape}).evaluate(**arrays, **{wrt: point})
    assert numpy.allclose(point.T @ found + found.T @ point, 0, atol=1e-12)
    turn = numpy.tril(A, -1)
    tangent = (turn - turn.T) @ point
    assert numpy.sum(found * tangent) == pytest.approx(numpy.sum(free * tangent))


@pytest.mark.parametrize(("text", "order"), [("x.T@A@x", 1), ("sum(x*log(x))", 1), ("sum(x*log(x)) + x.T@A@x", 2)])
def test_projected_by_a_simplex_moves_where_its_sum_stays_one(text, order):
    options = {"wrt": "x", "shapes": {"x": (N, 1)}, "assume": {"x": ["simplex"]}, "order": order}
    point = numpy.full((N, 1), 0.1) + 0.6 * numpy.eye(N)[:, :1]
    arrays = {"x": point, "A": A} if "A" in text else {"x": point}
    derivative = matcalc.diff(text, structure="projected", **options)
    onto = numpy.eye(N) - 1 / N
    free = matcalc.diff(text, **options).evaluate(**arrays)
    assert numpy.allclose(derivative.evaluate(**arrays), onto @ free if order == 1 else onto @ free @ onto)
    assert derivative.check().ok


@pytest.mark.parametrize(("words", "shape"), [
    (["rank-one"], (N, 3)), (["symmetric-rank-one"], (N, N)), (["symmetric", "rank-one"], (N, N)),
])  # fmt: skip
def test_projected_by_a_matrix_of_rank_one_is_the_gradient_along_the_manifold(words, shape):
    """Tangents at u@v.T are u@w.T + z@v.T; the gradient is one of them, and has the derivatives along all of them."""
    is_symmetric = shape == (N, N)
    u, v = RNG.normal(size=(shape[0], 1)), RNG.normal(size=(shape[1], 1))
    point = u @ u.T if is_symmetric else u @ v.T
    target = RNG.normal(size=shape)
    options = {"wrt": "X", "shapes": {"X": shape}}
    derivative = matcalc.diff("norm(X - A)**2", assume={"X": words}, structure="projected", **options)
    found, free = derivative.evaluate(A=target, X=point), 2 * (point - target)
    for _ in range(3):
        w, z = RNG.normal(size=(shape[1], 1)), RNG.normal(size=(shape[0], 1))
        tangent = u @ w.T + w @ u.T if is_symmetric else u @ w.T + z @ v.T
        assert numpy.sum(found * tangent) == pytest.approx(numpy.sum(free * tangent))
    left = numpy.eye(len(u)) - u @ u.T / (u.T @ u)
    right = left if is_symmetric else numpy.eye(len(v)) - v @ v.T / (v.T @ v)
    assert numpy.allclose(left @ found @ right, 0, atol=1e-12) and (not is_symmetric or numpy.allclose(found, found.T))
    assert derivative.check().ok


@pytest.mark.parametrize(("words", "other"), [
    (["symmetric", "toeplitz"], "symmetric-toeplitz"), (["lower-triangular", "symmetric"], "diagonal"),
    (["lower-triangular", "upper-triangular"], "diagonal"),
])  # fmt: skip
@pytest.mark.parametrize("structure", ["projected", "parametrized"])
def test_several_structures_are_the_one_that_is_just_them(words, other, structure):
    options = {"wrt": "X", "structure": structure}
    both, one = (matcalc.diff("tr(A@X@B@X)", assume={"X": known}, **options) for known in (words, [other]))
    X = of_groups(other, RNG.normal(size=N * N))
    assert numpy.allclose(both.evaluate(A=A, B=B, X=X), one.evaluate(A=A, B=B, X=X)) and both.check().ok


@every_row(("text", "wrt", "words", "structure", "answer"), [
    ("logdet(L@L.T)", "L", ["lower-triangular"], "free", "2*inv(L).T"),
    ("logdet(L@L.T)", "L", ["lower-triangular"], "projected", "2*diag(1/diag(L))"),
    ("logdet(L@L.T)", "L", ["lower-triangular"], "parametrized", "2*diag(1/diag(L))"),
    ("tr(A@L@L.T)", "L", ["lower-triangular"], "projected", "tril((A + A.T)@L)"),
    ("a.T@X@b", "X", ["toeplitz"], "parametrized", "diagonal_sums(a@b.T)"),
    ("a.T@X@b", "X", ["circulant"], "projected", "cyclic_sums(a@b.T)/n"),
    ("a.T@X@b", "X", ["strictly-lower-triangular"], "projected", "tril(a@b.T, -1)"),
    ("tr(A@X)", "X", ["diagonal", "pd"], "projected", "diag(diag(A))"),
])
def test_answers_are_what_a_textbook_has(text, wrt, words, structure, answer):
    assert str(matcalc.diff(text, wrt=wrt, assume={wrt: words}, structure=structure)) == answer


@pytest.mark.parametrize("word", [
    "upper-triangular", "symmetric", "skew", "diagonal", "toeplitz", "symmetric-toeplitz", "circulant", "hankel",
])  # fmt: skip
def test_jacobians_and_second_derivatives_move_within_the_structure(word):
    options = {"assume": {"X": [word]}, "structure": "projected", "wrt": "X"}
    assert matcalc.diff("X@b", **options).check().ok
    assert matcalc.diff("tr(A@X@X)", order=2, **options).check().ok


@pytest.mark.parametrize("word", ["toeplitz", "symmetric-toeplitz", "circulant", "hankel"])
def test_second_derivatives_by_the_entries_of_a_pattern_are_those_by_its_parameters(word):
    options = {"assume": {"X": [word]}, "structure": "parametrized", "wrt": "X", "order": 2}
    values = RNG.normal(size=N*N)
    found = matcalc.diff("tr(A@X@B@X)", **options).evaluate(A=A, B=B, X=of_groups(word, values))
    first = [of_groups(word, row).ravel(order="F") for row in numpy.eye(N*N)]
    first = [row.reshape(N, N, order="F") for row in first if row.any()]
    by_parameters = [[numpy.trace(A @ (P @ B @ Q + Q @ B @ P)) for P in first] for Q in first]
    columns = numpy.array([P.ravel(order="F") for P in first])
    assert numpy.allclose(found, columns.T @ by_parameters @ columns)


@pytest.mark.parametrize(("words", "order"), [
    (["permutation"], 1), (["symmetric", "circulant"], 1), (["orthogonal"], 2), (["projection"], 1), (["rank-one"], 2),
])
def test_what_has_no_formula_is_refused(words, order):
    with pytest.raises(NoRuleError):
        matcalc.diff("tr(A@X@X)", wrt="X", assume={"X": words}, structure="projected", order=order)
