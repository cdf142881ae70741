"""Definiteness of matrices of numbers: verdicts against NumPy and exact arithmetic, certificates verified anew."""

import json
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
import sympy
from tables import every_row

from matcalc.errors import ArgumentError, DomainError, ExpressionSyntaxError, LimitError, ShapeError
from matcalc.linalg import definite
from matcalc.linalg.definiteness.numeric import Witness

PD, PSD, ND, NSD = "positive definite", "positive semidefinite", "negative definite", "negative semidefinite"
INDEFINITE, UNDECIDED = "indefinite", "undecided"


def hilbert(n, exact=True):
    return [[Fraction(1, i + j + 1) if exact else 1 / (i + j + 1) for j in range(n)] for i in range(n)]


def wilkinson(n):
    return np.diag(np.abs(np.arange(n) - n // 2)) + np.eye(n, k=1, dtype=int) + np.eye(n, k=-1, dtype=int)


def jordan(n, value):
    return value * np.eye(n, dtype=int) + np.eye(n, k=1, dtype=int)


def laplacian(n):
    return np.diag([1, *[2] * (n - 2), 1]) - np.eye(n, k=1, dtype=int) - np.eye(n, k=-1, dtype=int)


def nearly_equal(gap):
    return np.diag([1.0, 1.0 + gap, 2.0])


RNG = np.random.default_rng(3)
GAUSS = RNG.standard_normal((30, 30))
INTEGERS = RNG.integers(-5, 6, (12, 12))
CASES = [
    ("[[2, 1], [1, 3]]", PD),
    ("[[1, -100], [0, 2]]", INDEFINITE),
    ("[[1, 2], [2, 4]]", PSD),
    ("[[-1, 0], [0, -2]]", ND),
    ("[[-1, 1], [1, -1]]", NSD),
    ("[[0, 1], [1, 0]]", INDEFINITE),
    ("[[0, 0], [0, 0]]", "zero"),
    ("[[5]]", PD),
    ("[[-5]]", ND),
    ("[[0]]", "zero"),
    ("[[1, 1, 1], [1, 1, 1], [1, 1, 1]]", PSD),
    ("[[0, 1, 0], [1, 0, 0], [0, 0, 3]]", INDEFINITE),
    ("[[0, 0, 1], [0, 1, 0], [1, 0, 0]]", INDEFINITE),
    ("[[0, 0, 0], [0, 0, 0], [0, 0, -1]]", NSD),
    ("[[1, 1], [1, 0.9999999999999999999999999999]]", INDEFINITE),
    ("[[1, 1], [1, 1.0000000000000000000000000001]]", PD),
    ("[[1e200, 0], [0, 1e-200]]", PD),
    ("[[2, 1j], [-1j, 2]]", PD),
    ("[[1, 2j], [-2j, 1]]", INDEFINITE),
    ("[[1, 1j], [-1j, 1]]", PSD),
    ("[[1, 5+1j], [0, 2]]", INDEFINITE),
    (hilbert(12), PD),
    (hilbert(8, exact=False), PD),
    (np.array(hilbert(14, exact=False)), UNDECIDED),
    (wilkinson(21), INDEFINITE),
    (wilkinson(21) + 2 * np.eye(21, dtype=int), PD),
    (jordan(6, 1), PD),
    (jordan(3, 0), INDEFINITE),
    (jordan(40, 1), PD),
    (laplacian(30), PSD),
    (laplacian(30).astype(float), UNDECIDED),
    (nearly_equal(1e-12), PD),
    (-nearly_equal(1e-15), ND),
    (np.diag([1e308, 1e308]), PD),
    (np.diag([1e-320, 1e-320]), PD),
    (np.diag([1.0, 1e-30]), UNDECIDED),
    (GAUSS @ GAUSS.T, PD),
    (GAUSS + GAUSS.T, INDEFINITE),
    (-GAUSS @ GAUSS.T, ND),
    (INTEGERS @ INTEGERS.T, PD),
    (INTEGERS[:, :5] @ INTEGERS[:, :5].T, PSD),
    (np.eye(3, dtype=np.uint8), PD),
    (np.array([[1, 0], [0, -1]], dtype=np.float32), INDEFINITE),
    (sympy.Matrix([[sympy.Rational(1, 3), 0], [0, 2]]), PD),
    ([[1 + 0j, 2j], [-2j, 5]], PD),
]


@every_row("source, verdict", CASES, ids=[str(c[0])[:40].replace("\n", "") + c[1] for c in CASES])
def test_verdict(source, verdict):
    report = definite(source)
    assert report.verdict == verdict, str(report)
    check = report.verify()
    assert check, str(check)
    assert_agrees_with_numpy(report)
    assert report.headline().startswith(verdict)
    json.dumps(report.record(), allow_nan=False)


def assert_agrees_with_numpy(report):
    """The witnesses and the signs of the eigenvalues, with NumPy and Fractions alone."""
    found, array = report.found, report.found.matrix.array
    part = array / 2 + array.conj().T / 2
    values = np.linalg.eigvalsh(part)
    if np.abs(values).max() < 1e300 and not found.exact:
        tolerance = 1e-13 * max(np.abs(values).max(), 1e-300) * len(array)
        expected = {PD: values[0] > 0, ND: values[-1] < 0, INDEFINITE: values[0] < -tolerance < tolerance < values[-1]}
        assert expected.get(report.verdict, np.abs(values).min() <= tolerance)
    for witness, holds in ((found.below, lambda v: v < 0), (found.above, lambda v: v > 0)):
        if witness is not None:
            x = np.array(witness.vector)
            if np.abs(x).max() < 1e6 and not (found.exact and np.abs(values).max() < 1e3 < 1e25 * np.abs(values).min()):
                value = float((x.conj() @ part @ x).real)
                assert holds(value) or abs(value) <= 1e-12 * np.abs(part).max() * (np.abs(x) ** 2).sum()


@pytest.mark.parametrize("n", [1, 2, 3, 5, 8, pytest.param(12, marks=pytest.mark.long)])
def test_exact_factors_are_those_of_sympy(n):
    """P A P.T = L D L.T by SymPy, and the inertia against SymPy's own test of definiteness."""
    rng = np.random.default_rng(n)
    for trial in range(12):
        matrix = rng.integers(-3, 4, (n, n))
        matrix = matrix @ matrix.T - trial % 3 * np.diag(rng.integers(0, 3, n)) if trial % 2 else matrix + matrix.T
        report = definite(matrix)
        factors, exact = report.found.factors, sympy.Matrix(matrix.tolist())
        lower = sympy.Matrix(
            n, n, lambda i, j, f=factors: sympy.Rational(f.lower[i][j].numerator, f.lower[i][j].denominator)
        )
        middle = sympy.diag(*[sympy.Rational(p.numerator, p.denominator) for p in factors.pivots])
        for k, d in factors.couplings.items():
            middle[k, k + 1] = middle[k + 1, k] = sympy.Rational(d.numerator, d.denominator)
        order = list(factors.order)
        assert lower * middle * lower.T == exact.extract(order, order)
        assert (report.verdict == PD) == bool(exact.is_positive_definite)
        assert (report.verdict in (PD, PSD, "zero")) == bool(exact.is_positive_semidefinite)
        semidefinite = exact.is_positive_semidefinite or (-exact).is_positive_semidefinite
        assert (report.verdict == INDEFINITE) == (not semidefinite)
        assert factors.zero == n - exact.rank()
        if report.found.kernel:
            x = sympy.Matrix(report.found.kernel.vector)
            assert any(x) and (x.T * exact * x)[0] == 0
        assert report.verify()


def test_the_transcript():
    report = definite("[[1,-100],[0,2]]")
    assert report.headline() == (
        "indefinite: the symmetric part has eigenvalues -48.5 and 51.5;  x.T@A@x = -97 at x = [1, 1]"
    )
    assert report.notes == [
        "the matrix is not symmetric, so Cholesky and eigvalsh, which read one triangle, cannot tell"
    ]
    assert np.linalg.eigvalsh(report.found.matrix.array)[0] > 0  # what NumPy alone would have made of it
    np.linalg.cholesky(report.found.matrix.array)
    assert "xᵀ A x = -97" in report.unicode()


def test_minors_and_factors_of_a_definite_matrix_are_shown():
    text = str(definite("[[2, 1], [1, 3]]"))
    assert "the leading minors of the matrix are 2, 5" in text
    assert "A = L@D@L.T,  L = [[1, 0], [1/2, 1]],  D = diag(2, 5/2)" in text
    assert "exact arithmetic" in text


def test_the_margin_of_rounding_is_stated():
    report = definite(np.array(hilbert(14, exact=False)))
    assert report.found.margin > abs(report.found.smallest)
    assert "rounding may change it by" in report.headline()
    assert definite([hilbert(14)[i] for i in range(14)]).verdict == PD


def test_a_thousand_rows():
    rng = np.random.default_rng(0)
    factor = rng.standard_normal((1000, 1000))
    report = definite(factor @ factor.T)
    assert report.verdict == PD and report.verify()
    report = definite(factor + factor.T)
    assert report.verdict == INDEFINITE and report.verify()
    assert sum(map(abs, report.found.below.vector)) <= 2


def test_witnesses_are_small():
    rng = np.random.default_rng(8)
    for n in (2, 3, 6, 20):
        matrix = rng.standard_normal((n, n))
        report = definite(matrix + matrix.T)
        if report.verdict == INDEFINITE:
            assert max(map(abs, report.found.below.vector)) <= 5


TAMPERED = [
    ("a verdict", lambda found: replace(found, verdict=PD)),
    ("a witness", lambda found: replace(found, below=Witness((1, 1), Fraction(3)))),
    ("the value at a witness", lambda found: replace(found, below=Witness(found.below.vector, found.below.value - 1))),
    ("a pivot", lambda found: replace(found, factors=replace(found.factors, pivots=(Fraction(2), Fraction(-5))))),
    ("a factor", lambda found: replace(found, factors=replace(found.factors, lower=((1, 0), (Fraction(1, 3), 1))))),
    ("a minor", lambda found: replace(found, minors=(Fraction(1), Fraction(1)))),
]


@every_row("what, change", TAMPERED, ids=[case[0] for case in TAMPERED])
def test_a_false_certificate_is_found(what, change):
    report = definite("[[1, 3], [3, 1]]")
    assert report.verify()
    assert not replace(report, found=change(report.found)).verify()


def test_a_false_cholesky_factor_is_found():
    report = definite(np.array([[2.0, 1.0], [1.0, 3.0]]))
    assert report.verify()
    assert not replace(report, found=replace(report.found, cholesky=report.found.cholesky * 1.001)).verify()


@every_row(
    "source, error, words",
    [
        ("[[1, 2]]", ShapeError, "square"),
        ("[]", (ShapeError, ExpressionSyntaxError), ""),
        (np.zeros((0, 0)), ShapeError, "no entries"),
        ("[[1, nan], [nan, 1]]", DomainError, "nan"),
        (np.array([[np.inf, 0], [0, 1]]), DomainError, "inf"),
        ("[[1, 2], [3]]", (ShapeError, ExpressionSyntaxError), ""),
        ("missing.npy", ArgumentError, "missing.npy"),
        (object(), ArgumentError, "object"),
        (np.zeros((2001, 2001)), LimitError, "entries"),
    ],
    ids=lambda value: "an object" if type(value) is object else str(value)[:30].replace("\n", ""),
)
def test_what_is_no_matrix(source, error, words):
    with pytest.raises(error) as caught:
        definite(source)
    assert words in caught.value.message and caught.value.hint


def test_files_are_read(tmp_path):
    np.save(tmp_path / "a.npy", np.array([[2.0, 0], [0, 1]]))
    (tmp_path / "b.csv").write_text("1,2\n2,1\n")
    assert definite(str(tmp_path / "a.npy")).verdict == PD
    assert definite(tmp_path / "a.npy").verdict == PD
    assert definite(str(tmp_path / "b.csv")).verdict == INDEFINITE
