"""SVD, polar, QR, Cholesky, LDL, Schur, rank and null space: verified by their definitions, not by their residuals."""

import json
from fractions import Fraction

import numpy
import pytest
import sympy
from adversarial_matrices import frank, grcar, hilbert, integers, jordan, wilkinson
from tables import every_row

from matcalc import DomainError, LimitError, ShapeError
from matcalc.linalg import cholesky, ldl, null_space, polar, qr, rank, schur, svd

SEED = 40


def rng(seed=SEED):
    return numpy.random.default_rng(seed)


def floats(matrix):
    return numpy.array([[float(entry) for entry in row] for row in matrix])


MATRICES = {
    "1x1": numpy.array([[-2.0]]),
    "square": rng().standard_normal((5, 5)),
    "tall": rng().standard_normal((7, 3)),
    "wide": rng().standard_normal((3, 7)),
    "complex": rng().standard_normal((4, 4)) + 1j * rng().standard_normal((4, 4)),
    "rank one": numpy.outer(rng().standard_normal(4), rng().standard_normal(4)),
    "zero": numpy.zeros((3, 3)),
    "hilbert": floats(hilbert(9)),
    "jordan": jordan((0.0, 4), (2.0, 3)),
    "grcar": grcar(15),
    "frank": frank(10),
    "wilkinson": wilkinson(21),
    "huge": 1e250 * rng().standard_normal((3, 3)),
    "tiny": 1e-250 * rng().standard_normal((3, 3)),
}
SQUARE = [name for name, array in MATRICES.items() if array.shape[0] == array.shape[1]]


def close(first, second):
    """Whether two arrays agree to rounding, relative to the larger."""
    size = max(float(numpy.abs(first).max()), float(numpy.abs(second).max())) or 1.0
    return float(numpy.abs(first / size - second / size).max()) < 1e-13


def orthonormal(columns):
    return close(columns.conj().T @ columns, numpy.eye(columns.shape[1]))


@every_row("name", MATRICES)
def test_svd(name):
    array, found = MATRICES[name], svd(MATRICES[name])
    assert close((found["U"] * found["s"]) @ found["V"].conj().T, array)
    assert orthonormal(found["U"]) and orthonormal(found["V"])
    assert (numpy.diff(found["s"]) <= 0).all() and (found["s"] >= 0).all()
    assert found.residual < 1e-13
    json.dumps(found.record(), allow_nan=False)


@every_row("name", MATRICES)
def test_polar(name):
    array, found = MATRICES[name], polar(MATRICES[name])
    unitary, positive = found["U"], found["P"]
    assert close(unitary @ positive, array)
    rows, columns = array.shape
    assert orthonormal(unitary if rows >= columns else unitary.conj().T)
    assert close(positive, positive.conj().T)
    size = float(numpy.abs(positive).max()) or 1.0
    assert numpy.linalg.eigvalsh(positive / size).min() > -1e-13
    unique = numpy.linalg.matrix_rank(array / (numpy.abs(array).max() or 1)) == min(rows, columns)
    assert bool(found.notes) != bool(unique) or name == "hilbert"


@every_row("name", MATRICES)
def test_qr(name):
    array, found = MATRICES[name], qr(MATRICES[name])
    assert close(found["Q"] @ found["R"], array)
    assert orthonormal(found["Q"])
    assert close(found["R"], numpy.triu(found["R"]))
    diagonal = numpy.diagonal(found["R"])
    assert (diagonal.real >= 0).all() and numpy.abs(diagonal.imag).max() <= 1e-13 * (numpy.abs(diagonal).max() or 1)


def test_qr_says_which_column_depends_on_the_others():
    assert "column 2 depends" in qr("[1 2 0; 2 4 1; 0 0 1]").notes[0]
    assert qr("[1 2; 3 4]").notes == ()


@every_row("size", [1, 2, 5, 30])
@every_row("kind", [float, complex])
@every_row("scale", [1.0, 1e200, 1e-201])
def test_cholesky(size, kind, scale):
    root = rng(size).standard_normal((size, size)).astype(kind)
    if kind is complex:
        root = root + 1j * rng(size + 1).standard_normal((size, size))
    array = (root @ root.conj().T + numpy.eye(size)) * scale
    lower = cholesky(array)["L"]
    assert close(lower @ lower.conj().T, array)
    assert close(lower, numpy.tril(lower)) and (numpy.diagonal(lower).real > 0).all()


@pytest.mark.parametrize("matrix, message", [
    ("[1 -100; 0 2]", r"symmetric matrix, but entry \(1, 2\) is -100 and entry \(2, 1\) is 0"),
    ("[1 2; 2 1]", "leading 2x2 block is not"),
    ("[-1 0; 0 1]", "leading 1x1 block is not"),
    ("[0 0; 0 0]", "leading 1x1 block is not"),
    ("[1 1j; 1j 1]", "Hermitian matrix"),
])
def test_cholesky_refuses_what_lapack_would_take(matrix, message):
    with pytest.raises(DomainError, match=message) as caught:
        cholesky(matrix)
    assert caught.value.hint


def test_cholesky_names_the_block_that_fails():
    array = numpy.eye(40)
    array[27, 27] = -1e-3
    with pytest.raises(DomainError, match="leading 28x28 block"):
        cholesky(array)


def inertia(array):
    values = numpy.linalg.eigvalsh(array)
    small = 1e-12 * numpy.abs(values).max()
    return int((values > small).sum()), int((values < -small).sum()), int((numpy.abs(values) <= small).sum())


@every_row("size", [1, 2, 3, 4, 7, 25, 60])
@every_row("kind", ["dense", "zero diagonal", "complex", "singular", "integers"])
def test_ldl(size, kind):
    array = rng(size).standard_normal((size, size))
    if kind == "integers":
        array = integers(rng(size), size, size, 2).astype(float)
    if kind == "complex":
        array = array + 1j * rng(size + 1).standard_normal((size, size))
    array = array + array.conj().T
    if kind == "zero diagonal":
        numpy.fill_diagonal(array, 0)
    if kind == "singular":
        array = array[:, :1] @ array[:, :1].T
    found = ldl(array)
    lower, diagonal, order = found["L"], found["D"], found["p"] - 1
    assert sorted(order) == list(range(size))
    assert close(lower @ diagonal @ lower.conj().T, array[numpy.ix_(order, order)])
    assert close(lower, numpy.tril(lower)) and close(numpy.diagonal(lower), numpy.ones(size))
    assert close(diagonal, numpy.triu(numpy.tril(diagonal, 1), -1))
    below = numpy.diagonal(diagonal, -1)
    assert not (below[1:] * below[:-1]).any(), "blocks of D have at most two rows"
    assert numpy.abs(lower).max() < 2.79, "rook pivoting bounds the entries of L, Higham (2002), 11.1.3"
    positive, negative, zero = inertia(array) if array.any() else (0, 0, size)
    assert found.notes == (f"inertia: {positive} positive, {negative} negative, {zero} zero (within rounding)",)


def test_ldl_of_a_small_pivot_stays_accurate():
    """Without pivoting the entry 1e-20 would destroy everything else."""
    array = numpy.array([[1e-20, 1.0], [1.0, 1.0]])
    found = ldl(array)
    order = found["p"] - 1
    assert close(found["L"] @ found["D"] @ found["L"].T, array[numpy.ix_(order, order)])


def test_ldl_limits():
    with pytest.raises(DomainError, match="symmetric"):
        ldl("[1 2; 3 4]")
    with pytest.raises(ShapeError, match="square"):
        ldl("[1 2 3; 4 5 6]")
    with pytest.raises(LimitError, match="at most 1500 rows"):
        ldl(numpy.eye(1501))


@every_row("name", SQUARE)
def test_schur(name):
    array, found = MATRICES[name], schur(MATRICES[name])
    assert close(found["Q"] @ found["T"] @ found["Q"].conj().T, array)
    assert orthonormal(found["Q"])
    assert close(found["T"], numpy.triu(found["T"]))


def test_schur_is_diagonal_for_normal_matrices_alone():
    normal = numpy.array([[1.0, -2.0, 0.0], [2.0, 1.0, 0.0], [0.0, 0.0, 5.0]])
    triangular = schur(normal)["T"]
    assert close(triangular, numpy.diag(numpy.diagonal(triangular)))
    assert "departure from normality (Henrici): 1" in schur("[0 1; 0 0]").notes[0]
    defective = jordan((2.0, 6))
    basis = rng().standard_normal((6, 6))
    assert schur(basis @ defective @ numpy.linalg.inv(basis)).residual < 1e-13
    with pytest.raises(LimitError, match="at most 120 rows"):
        schur(numpy.eye(121))


# -- rank -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("true_rank", [0, 1, 3, 5])
def test_rank_and_null_space_of_integers(true_rank):
    draw = rng(true_rank)
    for _ in range(10):
        array = integers(draw, 5, true_rank) @ integers(draw, true_rank, 6) if true_rank else numpy.zeros((5, 6), int)
        expected = sympy.Matrix(array.tolist()).rank()
        report, space = rank(array), null_space(array)
        assert report.is_exact and int(report) == expected
        assert space.dimension == 6 - expected
        assert sympy.Matrix(array.tolist()) * space.exact == sympy.zeros(5, space.dimension)
        assert space.exact.rank() == space.dimension
        assert numpy.abs(array @ space.basis).max(initial=0) < 1e-12
        assert orthonormal(space.basis) if space.dimension else True


@every_row("name", MATRICES)
def test_rank_of_floats(name):
    array = MATRICES[name] / (numpy.abs(MATRICES[name]).max() or 1)
    report = rank(MATRICES[name])
    assert report.rank == numpy.linalg.matrix_rank(array)
    assert (report.last is None) == (report.rank == 0)
    assert report.last is None or report.last > report.tolerance
    assert report.next is None or report.next <= report.tolerance
    space = null_space(MATRICES[name])
    assert space.dimension == array.shape[1] - report.rank
    assert space.residual < 1e-12


def test_exact_rank_where_rounding_sees_less():
    report = rank(hilbert(14))
    assert report.rank == 14 and report.numerical < 14
    assert "within rounding it looks like" in str(report)
    assert rank(floats(hilbert(14))).rank == report.numerical
    assert rank([[1, Fraction(1, 3)], [3, 1]]).rank == 1
    assert rank([[1, 0.3333333333333333], [3, 1]]).rank == 1
    assert rank("[1 0.3333333333333333; 3 1]").rank == 2


def test_null_space_limits():
    with pytest.raises(LimitError, match="null space is too large"):
        null_space(numpy.ones((1, 4000)))


@every_row("function", [svd, polar, qr, cholesky, ldl, schur, rank, null_space])
def test_entries_that_are_not_finite(function):
    with pytest.raises(DomainError, match=r"entry \(1, 2\) is nan"):
        function("[1 nan; 2 3]")


@pytest.mark.parametrize("function", [svd, polar, qr])
def test_five_hundred_rows(function):
    array = rng().standard_normal((500, 500))
    found = function(array)
    product = {"SVD": lambda f: (f["U"] * f["s"]) @ f["V"].T, "polar": lambda f: f["U"] @ f["P"]}.get(
        found.name, lambda f: f["Q"] @ f["R"]
    )(found)
    assert numpy.linalg.norm(product - array) < 1e-12 * numpy.linalg.norm(array)
    assert "500x500 entries (--json writes them)" in str(found)
