"""Eigenvalues against mpmath and constructions, multiplicities, defective matrices, pencils, exact answers."""

import json
import math
from fractions import Fraction

import mpmath
import numpy
import pytest
import sympy
from adversarial_matrices import frank, grcar, hilbert, integers, jordan, wilkinson, wilkinson_triangular
from tables import every_row

from matcalc import DomainError, ShapeError
from matcalc.linalg import eig, spectral_radius
from matcalc.linalg.exact import numerical_roots

SEED = 30


def rng(seed=SEED):
    return numpy.random.default_rng(seed)


def floats(matrix):
    return numpy.array([[complex(x) if isinstance(x, complex) else float(x) for x in row] for row in matrix])


def similar(matrix, seed=SEED):
    """Return X A inv(X) for a random X of moderate condition."""
    basis = rng(seed).standard_normal(matrix.shape) + 2 * numpy.eye(len(matrix))
    return basis @ matrix @ numpy.linalg.inv(basis)


def symmetric(size, seed=SEED):
    array = rng(seed).standard_normal((size, size))
    return array + array.T


MATRICES = {
    "1x1": numpy.array([[-3.0]]),
    "symmetric": symmetric(6),
    "general": rng().standard_normal((7, 7)),
    "complex": rng().standard_normal((4, 4)) + 1j * rng().standard_normal((4, 4)),
    "Hermitian": symmetric(4) + 1j * (rng().standard_normal((4, 4)) - rng().standard_normal((4, 4)).T) * 0,
    "hilbert": floats(hilbert(10)),
    "wilkinson": wilkinson(21),
    "grcar": grcar(20),
    "frank": frank(8),
    "rotation": numpy.array([[0.0, -1.0], [1.0, 0.0]]),
    "zero": numpy.zeros((3, 3)),
    "identity": numpy.eye(4),
    "huge": 1e200 * rng().standard_normal((3, 3)),
    "tiny": 1e-200 * symmetric(3),
    "hundred": rng().standard_normal((100, 100)),
}


@every_row("name", MATRICES)
def test_residuals(name):
    """Computed here, column by column, and against what the report says."""
    array = MATRICES[name]
    report = eig(array)
    size = numpy.linalg.norm(array / (numpy.abs(array).max() or 1))
    scaled = array / (numpy.abs(array).max() or 1)
    values = report.values / (numpy.abs(array).max() or 1)
    residual = numpy.linalg.norm(scaled @ report.vectors - report.vectors * values) / (size or 1)
    assert residual < 1e-13
    assert report.residual < 1e-13
    numpy.testing.assert_allclose(numpy.linalg.norm(report.vectors, axis=0), 1, rtol=1e-12)
    assert sum(e.algebraic for e in report.eigenvalues) == len(array)
    if report.kind != "general":
        orthogonality = report.vectors.conj().T @ report.vectors - numpy.eye(len(array))
        assert numpy.linalg.norm(orthogonality) < 1e-13
    json.dumps(report.record(), allow_nan=False)
    assert str(report).isascii()


@pytest.mark.parametrize("name, kind", [
    ("symmetric", "symmetric"), ("general", "general"), ("hilbert", "symmetric"), ("rotation", "general"),
    ("zero", "symmetric"), ("1x1", "symmetric"), ("complex", "general"),
])
def test_kinds(name, kind):
    assert eig(MATRICES[name]).kind == kind
    assert eig("[[2, 1j], [-1j, 2]]").kind == "Hermitian"
    assert eig("[[2, 1j], [1j, 2]]").kind == "general"


def test_eigenvalues_of_hilbert_matrices_to_all_digits():
    """From fractions, where floats lose the small ones; against mpmath with 60 digits."""
    for size in (3, 6, 11):
        report = eig(hilbert(size))
        with mpmath.workdps(60):
            matrix = mpmath.matrix([[mpmath.mpf(1) / (i + j + 1) for j in range(size)] for i in range(size)])
            expected = sorted(float(value) for value in mpmath.eigsy(matrix, eigvals_only=True))
        assert [e.value for e in report.eigenvalues] == pytest.approx(expected, rel=1e-13, abs=0)


def test_eigenvalues_of_franks_matrix():
    """Those of F are positive and come in pairs x, 1/x; the small ones are ill-conditioned in floats."""
    size = 12
    report = eig(frank(size).astype(int))
    values = [e.value for e in report.eigenvalues]
    assert [x * y for x, y in zip(values, reversed(values))] == pytest.approx([1] * size, rel=1e-12)


EXACT = [
    ("[[2,1],[1,3]]", [("5/2 - sqrt(5)/2", 1, 1), ("5/2 + sqrt(5)/2", 1, 1)], "x**2 - 5*x + 5"),
    ("[0 -1; 1 0]", [("I", 1, 1), ("-I", 1, 1)], "x**2 + 1"),
    ("[2 1 0; 0 2 0; 0 0 3]", [("2", 2, 1), ("3", 1, 1)], "(x - 2)**2*(x - 3)"),
    ("[2 0 0; 0 2 0; 0 0 3]", [("2", 2, 2), ("3", 1, 1)], "(x - 2)**2*(x - 3)"),
    ("[1/2 1/3; 1/3 1/2]", [("1/6", 1, 1), ("5/6", 1, 1)], "x**2 - x + 5/36"),
    ("[0.1 0; 0 0.2]", [("1/10", 1, 1), ("1/5", 1, 1)], "(x - 1/10)*(x - 1/5)"),
    ("[[1, 1j], [-1j, 1]]", [("0", 1, 1), ("2", 1, 1)], "x**2 - 2*x"),
    ("[[1j, 1], [0, 1j]]", [("I", 2, 1)], "(x - I)**2"),
    ("[7]", [("7", 1, 1)], "x - 7"),
    ("[0 0; 0 0]", [("0", 2, 2)], "x**2"),
]


@every_row("matrix, eigenvalues, polynomial", EXACT)
def test_exact_eigenvalues(matrix, eigenvalues, polynomial):
    report = eig(matrix)
    assert report.is_exact
    found = [(e.algebraic, e.geometric) for e in report.eigenvalues]
    assert found == [(algebraic, geometric) for _, algebraic, geometric in eigenvalues]
    for mine, (text, _, _) in zip(report.eigenvalues, eigenvalues):
        assert sympy.simplify(mine.exact - sympy.sympify(text)) == 0
        assert complex(mine.value) == pytest.approx(complex(sympy.sympify(text)), rel=1e-14)
    x = sympy.Symbol("x")
    ours = report.polynomial.as_expr().subs(report.polynomial.gen, x)
    assert sympy.expand(ours - sympy.sympify(polynomial)) == 0


def test_exact_multiplicities_of_random_jordan_forms():
    """Integer matrices similar to a given Jordan form by unimodular matrices; the blocks must be found exactly."""
    draw = rng()
    cases = [[(2, 3), (2, 1), (5, 2)], [(0, 2), (0, 2), (1, 1)], [(1, 4)], [(-1, 1), (-1, 1), (3, 3)], [(2, 2), (3, 2)]]
    for blocks in cases:
        size = sum(count for _, count in blocks)
        lower = sympy.eye(size) + sympy.Matrix(numpy.tril(integers(draw, size, size, 2), -1).tolist())
        upper = sympy.eye(size) + sympy.Matrix(numpy.triu(integers(draw, size, size, 2), 1).tolist())
        basis = lower * upper
        matrix = basis * sympy.Matrix(jordan(*blocks).astype(int).tolist()) * basis.inv()
        report = eig(matrix)
        expected = {}
        for value, count in blocks:
            expected.setdefault(value, []).append(count)
        found = {int(e.exact): sorted(e.blocks, reverse=True) for e in report.eigenvalues}
        assert found == {value: sorted(counts, reverse=True) for value, counts in expected.items()}
        assert report.is_defective == any(max(counts) > 1 for counts in expected.values())
        for eigenvalue in report.eigenvalues:
            assert (matrix - eigenvalue.exact * sympy.eye(size)) * eigenvalue.vectors == sympy.zeros(
                size, eigenvalue.geometric
            )
            assert eigenvalue.vectors.rank() == eigenvalue.geometric


@pytest.mark.parametrize("coefficients", [
    [1, 0, 0, -2], [1, -1, 0, 0, 1], [1, 0, -10, 1], [1, 0, 0, 0, 0, -1, 1], [1, -3, 3, -1 + Fraction(1, 10**40)],
    [1, 0, -(10**30), 0, 1, 1], [1, *([0] * 12), 3], [1, Fraction(-1, 3), 5, Fraction(7, 11), 1],
])
def test_numerical_roots_have_all_digits(coefficients):
    """Against mpmath's polynomial solver with 300 digits; real roots have no imaginary part."""
    x = sympy.Symbol("x")
    poly = sympy.Poly([sympy.Rational(Fraction(c).numerator, Fraction(c).denominator) for c in coefficients], x)
    for factor, _ in poly.factor_list()[1]:
        if factor.degree() < 3:
            continue
        found = numerical_roots(factor)
        with mpmath.workdps(300):
            numbers = [mpmath.mpf(int(c.p)) / int(c.q) for c in factor.all_coeffs()]
            expected = mpmath.polyroots(numbers, maxsteps=2000, extraprec=2000)
            for root in expected:
                nearest = min(found, key=lambda value: abs(mpmath.mpmathify(value) - root))
                assert abs(nearest - root) <= 2e-16 * abs(root)
        assert sum(not complex(value).imag for value in found) == factor.count_roots()


def test_jordan_blocks_of_irrational_eigenvalues():
    """The companion matrix of (x**2 - 2)**2 has a block of 2 for each root; a block diagonal of two copies has not."""
    report = eig("[0 0 0 -4; 1 0 0 0; 0 1 0 4; 0 0 1 0]")
    assert [(str(e.exact), e.blocks) for e in report.eigenvalues] == [("-sqrt(2)", (2,)), ("sqrt(2)", (2,))]
    report = eig("[0 2 0 0; 1 0 0 0; 0 0 0 2; 0 0 1 0]")
    assert [(e.algebraic, e.geometric) for e in report.eigenvalues] == [(2, 2), (2, 2)]


def test_what_floats_cannot_tell_exact_entries_can():
    text = "[1 1; 1e-30 1]"
    assert not eig(text).is_defective
    assert [e.algebraic for e in eig(text).eigenvalues] == [1, 1]
    report = eig(numpy.array([[1, 1], [1e-30, 1]]))
    assert report.is_defective
    assert "defective within rounding: 1 counts 2 times and has 1 eigenvector" in str(report)


# -- multiplicities within rounding ---------------------------------------------------------------------------


DEFECTIVE = [
    [(2.0, 2)], [(2.0, 3)], [(2.0, 5)], [(0.0, 3), (5.0, 3)], [(2.0, 2), (2.0, 1), (5.0, 3), (1.0, 1)],
    [(1 + 2j, 2), (1 - 2j, 2), (0j, 2)], [(3.0, 2), (-3.0, 1)],
]


@every_row("blocks", DEFECTIVE)
@every_row("seed", [1, 2, 3])
def test_defective_matrices_of_floats_are_said_to_be_so(blocks, seed):
    report = eig(similar(jordan(*blocks), seed))
    counts, vectors = {}, {}
    for value, count in blocks:
        counts[value] = counts.get(value, 0) + count
        vectors[value] = vectors.get(value, 0) + 1
    assert len(report.eigenvalues) == len(counts)
    for eigenvalue in report.eigenvalues:
        value = min(counts, key=lambda v: abs(v - eigenvalue.value))
        assert abs(eigenvalue.value - value) < 1e-9, "the mean is accurate where the computed values are not"
        assert (eigenvalue.algebraic, eigenvalue.geometric) == (counts[value], vectors[value])
    assert report.is_defective
    assert any(note.startswith("defective within rounding") for note in report.notes)


@every_row("values", [[2, 2, 1, 5, 5], [1, 1, 1], [0, 0, 3], [4, 4.001, 4.002], [1, 1 + 1e-6]])
@every_row("seed", [1, 2, 3])
def test_diagonalisable_matrices_are_not_said_to_be_defective(values, seed):
    report = eig(similar(numpy.diag(numpy.array(values, dtype=float)), seed))
    assert not report.is_defective
    assert sorted(e.algebraic for e in report.eigenvalues) == sorted(values.count(v) for v in set(values))


@pytest.mark.parametrize("size", [2, 10, 80])
def test_random_matrices_have_simple_eigenvalues(size):
    report = eig(rng().standard_normal((size, size)))
    assert all(e.algebraic == 1 for e in report.eigenvalues)
    assert not report.is_defective


def test_complex_eigenvalues_of_real_matrices_come_in_pairs():
    report = eig(rng().standard_normal((9, 9)))
    values = report.values
    number = 0
    while number < len(values):
        if values[number].imag:
            assert values[number].imag > 0
            assert values[number + 1] == values[number].conjugate()
            number += 1
        number += 1


def test_near_defective_matrices_get_a_warning():
    """Eigenvectors (1, e) and (1, -e), left ones (e, 1) and (-e, 1), so that the condition is about 1/(2e)."""
    report = eig(numpy.array([[1, 1], [1e-14, 1]]))
    (note,) = [note for note in report.notes if note.startswith("ill-conditioned")]
    assert report.eigenvalues[0].condition == pytest.approx(5e6, rel=0.01)
    assert "Wilkinson" in note
    assert eig(rng().standard_normal((5, 5))).notes == ()


def test_wilkinsons_triangular_matrix_is_ill_conditioned():
    conditions = [e.condition for e in eig(wilkinson_triangular()).eigenvalues]
    assert max(conditions) > 1e12
    assert any("ill-conditioned" in note for note in eig(wilkinson_triangular()).notes)


def test_condition_numbers_predict_how_far_eigenvalues_move():
    array = similar(numpy.diag([1.0, 1.01, 3.0, -2.0]), 7)
    report, step = eig(array), 1e-7
    draw = rng()
    for _ in range(20):
        change = draw.standard_normal((4, 4))
        change *= step / numpy.linalg.norm(change, 2)
        moved = numpy.linalg.eigvals(array + change)
        for eigenvalue in report.eigenvalues:
            assert numpy.abs(moved - eigenvalue.value).min() <= 1.01 * step * eigenvalue.condition


def test_close_eigenvalues_of_symmetric_matrices_name_the_gap():
    report = eig(wilkinson(21))
    assert any("determined up to about" in note for note in report.notes)
    assert eig(symmetric(6)).notes == ()
    assert len(eig(numpy.diag([1.0, 1.0, 2.0])).eigenvalues) == 2


def test_symmetric_up_to_rounding():
    array = symmetric(5)
    array[0, 1] *= 1 + 2e-16
    array[1, 0] *= 1 - 2e-16
    report = eig(array)
    assert report.kind == "symmetric"
    assert any("symmetric within rounding" in note for note in report.notes)
    array[0, 1] *= 1 + 1e-12
    assert eig(array).kind == "general"


def test_eigenvalues_that_print_alike_get_more_digits():
    text = str(eig("[1 0; 0 1.00000001]"))
    assert "1.00000001" in text


def test_a_thousand_rows():
    """Of a circulant matrix the eigenvalues are the discrete Fourier transform of its first column."""
    size = 1000
    column = rng().standard_normal(size)
    rows = (numpy.arange(size)[:, None] - numpy.arange(size)) % size
    array = column[rows]
    array = (array + array.T) / 2
    report = eig(array)
    expected = numpy.sort(numpy.fft.fft(array[:, 0]).real)
    numpy.testing.assert_allclose(report.values, expected, atol=1e-10)
    assert report.residual < 1e-13
    assert max(e.algebraic for e in report.eigenvalues) == 2


@pytest.mark.parametrize("source, kind, message", [
    ("[1 2 3; 4 5 6]", ShapeError, "needs a square matrix, but this is 2×3"),
    ("[1 nan; 2 3]", DomainError, r"entry \(1, 2\) is nan"),
    ("[1 2; -inf 3]", DomainError, r"entry \(2, 1\) is -inf"),
])
def test_what_has_no_eigenvalues(source, kind, message):
    with pytest.raises(kind, match=message):
        eig(source)
    with pytest.raises(kind, match=message):
        spectral_radius(source)


# -- pencils --------------------------------------------------------------------------------------------------


def pencil_residual(a, b, report):
    worst = 0.0
    for value, vector in zip(report.values, report.vectors.T):
        left, right = (a @ vector, value * (b @ vector)) if numpy.isfinite(value) else (b @ vector, 0)
        size = numpy.linalg.norm(a) + numpy.linalg.norm(b) * (abs(value) if numpy.isfinite(value) else 1)
        worst = max(worst, float(numpy.linalg.norm(left - right)) / (size * float(numpy.linalg.norm(vector))))
    return worst


@every_row("size", [1, 2, 5, 40])
@every_row("kind", ["definite", "general", "complex", "singular B"])
def test_pencils(size, kind):
    draw = rng(size)
    a, b = draw.standard_normal((size, size)), draw.standard_normal((size, size))
    if kind == "definite":
        a, b = a + a.T, b @ b.T + numpy.eye(size)
    if kind == "complex":
        a, b = a + 1j * draw.standard_normal((size, size)), b + 1j * draw.standard_normal((size, size))
    if kind == "singular B":
        b[:, 0] = 0
    report = eig(a, b)
    assert pencil_residual(a, b, report) < 1e-11
    assert report.residual < 1e-11
    assert report.infinite == (1 if kind == "singular B" else 0) == int(numpy.isinf(report.values).sum())
    if kind == "definite":
        assert report.kind.startswith("symmetric A")
        numpy.testing.assert_allclose(report.vectors.T @ b @ report.vectors, numpy.eye(size), atol=1e-11)
        assert report.values.dtype == float
    json.dumps(report.record(), allow_nan=False)


def test_exact_pencils():
    report = eig("[1 2; 3 4]", "[1 0; 0 0]")
    assert [(str(f.factor.as_expr()), f.algebraic) for f in report.factors] == [("2*lambda + 1", 1)]
    assert report.infinite == 1
    assert "1 infinite: B is singular" in str(report)
    assert eig("[0 1; 0 0]", "[1 0; 0 1]").factors[0].algebraic == 2


@pytest.mark.parametrize("a, b", [
    ("[1 0; 0 0]", "[1 0; 0 0]"), ([[1.0, 0], [0, 0]], [[1.0, 0], [0, 0]]), ("[0 1; 0 0]", "[0 2; 0 0]"),
])
def test_singular_pencils_are_refused(a, b):
    with pytest.raises(DomainError, match="every number is an eigenvalue"):
        eig(a, b)


def test_pencils_of_different_sizes():
    with pytest.raises(ShapeError, match="A is 2×2 and B is 3×3"):
        eig(numpy.eye(2), numpy.eye(3))


@pytest.mark.parametrize("scales", [(1e200, 1.0), (1.0, 1e-200), (1e150, 1e150)])
def test_pencils_of_extreme_scale(scales):
    a, b = symmetric(3), symmetric(3, 8) @ symmetric(3, 8) + numpy.eye(3)
    plain, scaled = eig(a, b), eig(a * scales[0], b * scales[1])
    numpy.testing.assert_allclose(scaled.values, plain.values * (scales[0] / scales[1]), rtol=1e-10)
    product = (scaled.vectors.T * scales[1]) @ b @ scaled.vectors
    numpy.testing.assert_allclose(product, numpy.eye(3), atol=1e-10)


def test_spectral_radius():
    assert spectral_radius("[0 1; -1 0]") == 1
    assert spectral_radius([[Fraction(1, 2), 1], [0, Fraction(-2, 3)]]) == pytest.approx(2 / 3)
    array = rng().standard_normal((30, 30))
    assert spectral_radius(array) == pytest.approx(numpy.abs(numpy.linalg.eigvals(array)).max())
    assert math.isclose(spectral_radius(array * 1e250), spectral_radius(array) * 1e250)
