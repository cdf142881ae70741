"""The inequalities between norms: true at random matrices, attained by the matrix they name, for every shape."""

import math
from fractions import Fraction
from itertools import product

import numpy
import pytest
import sympy

from matcalc import ArgumentError, UnknownNameError, diff
from matcalc.linalg import norms
from matcalc.linalg.norm.examples import example
from matcalc.linalg.norm.inequalities import matrix_inequalities, vector_inequalities

SEED = 5
SHAPES = [(1, 1), (1, 4), (4, 1), (2, 2), (2, 3), (3, 2), (3, 3), (3, 5), (5, 3), (4, 6), (7, 7), (2, 9)]
# every shape with one power, every other power with every shape where time is no matter
CASES = [
    pytest.param(*shape, p, marks=[] if (row + column) % 2 == 0 else [pytest.mark.long])
    for row, shape in enumerate(SHAPES) for column, p in enumerate((1.5, 3.0))
]  # fmt: skip


def values(array, p=3.0, k=1):
    """The norms by the names that the inequalities use, by NumPy alone."""
    singular = numpy.linalg.svd(array, compute_uv=False)
    return {
        "max(abs(A))": numpy.abs(array).max(),
        "norm(A, 2)": singular[0],
        "norm(A)": numpy.sqrt((singular**2).sum()),
        'norm(A, "nuc")': singular.sum(),
        "norm(A, 1)": numpy.abs(array).sum(axis=0).max(),
        "norm(A, inf)": numpy.abs(array).sum(axis=1).max(),
        "norm1(A)": numpy.abs(array).sum(),
        f"Schatten {Fraction(p)}-norm": (singular**p).sum() ** (1 / p),
        f"Ky Fan {k}-norm": singular[:k].sum(),
    }


def inequalities(n, m, p=3.0):
    return matrix_inequalities(n, m, (Fraction(p),), min(2, n, m))


def test_all_pairs_of_norms_are_compared():
    pairs = {(item.left, item.right) for item in matrix_inequalities(3, 4)}
    names = [name for name in values(numpy.ones((2, 2))) if "-norm" not in name]
    assert pairs == {(a, b) for a, b in product(names, names) if a != b}


@pytest.mark.parametrize(("n", "m", "p"), CASES)
def test_the_inequalities_hold(n, m, p):
    """At matrices of all kinds: Gaussian, of signs, sparse, of low rank, orthogonal."""
    draw, k = numpy.random.default_rng(SEED), min(2, n, m)
    found = inequalities(n, m, p)
    for _ in range(8):
        gaussian = draw.standard_normal((n, m))
        candidates = [
            gaussian,
            numpy.sign(gaussian),
            gaussian * (draw.random((n, m)) < 0.3),
            numpy.outer(gaussian[:, 0], gaussian[0]),
            numpy.linalg.qr(gaussian if n >= m else gaussian.T)[0],
            gaussian + 1j * draw.standard_normal((n, m)),
        ]
        for array in candidates:
            array = array if array.shape == (n, m) else array.T
            if not array.any():
                continue
            have = values(array, p, k)
            for item in found:
                assert have[item.left] <= float(item.constant) * have[item.right] * (1 + 1e-12), item


@pytest.mark.parametrize(("n", "m", "p"), CASES)
def test_the_constants_are_attained(n, m, p):
    k = min(2, n, m)
    for item in inequalities(n, m, p):
        array = example(item.example, n, m)
        assert array.shape == (n, m)
        have = values(array, p, k)
        assert have[item.left] == pytest.approx(float(item.constant) * have[item.right], rel=1e-12), item


def test_real_matrices_attain_the_constants_that_are_said_to_need_complex_ones_where_a_hadamard_matrix_exists():
    hadamard = numpy.array([[1, 1], [1, -1]])
    array = numpy.kron(hadamard, hadamard)
    for item in matrix_inequalities(4, 4):
        if not item.sharp:
            assert values(array)[item.left] == pytest.approx(float(item.constant) * values(array)[item.right])


def test_the_constants_for_letters_are_those_for_numbers_where_they_are_sharp():
    n, m, r = sympy.symbols("n m r", positive=True, integer=True)
    general = {(item.left, item.right): item for item in matrix_inequalities(n, m, (Fraction(3),), 2)}
    for rows, columns in [(3, 5), (5, 3), (4, 4), (2, 6)]:
        numbers = {n: rows, m: columns, r: min(rows, columns)}
        for item in matrix_inequalities(rows, columns, (Fraction(3),), 2):
            other = float(general[item.left, item.right].constant.subs(numbers))
            assert other >= float(item.constant) - 1e-12
            if general[item.left, item.right].sharp:
                assert other == pytest.approx(float(item.constant)), item


@pytest.mark.parametrize("n", [1, 2, 5, 40])
def test_vector_inequalities(n):
    orders = {Fraction(1): "1", Fraction(3, 2): "3/2", Fraction(2): "2", Fraction(5): "5", math.inf: "inf"}
    found = vector_inequalities(n, orders)
    assert len(found) == 20
    draw = numpy.random.default_rng(SEED)
    for number in range(30):
        column = draw.standard_normal(n) * (number % 3 + draw.random(n) < 2)
        have = {text: float(numpy.linalg.norm(column, float(p))) for p, text in orders.items()}
        for item in found:
            assert have[item.left] <= float(item.constant) * have[item.right] * (1 + 1e-12) + 1e-300
    for item in found:
        column = example(item.example, n, 1)[:, 0]
        have = {text: float(numpy.linalg.norm(column, float(p))) for p, text in orders.items()}
        assert have[item.left] == pytest.approx(float(item.constant) * have[item.right])


# -- reports --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text, shapes, expected", [
    ("A", {"A": ("n", "m")}, "norm(A, 2) <= norm(A) <= sqrt(r)*norm(A, 2)"),
    ("A", {"A": ("n", "m")}, "norm(A, 2)/sqrt(m) <= norm(A, 1) <= sqrt(n)*norm(A, 2)"),
    ("A", {"A": ("n", "n")}, 'norm(A, 2) <= norm(A, "nuc") <= n*norm(A, 2)'),
    ("A", {"A": (3, 5)}, "norm(A, 2) <= norm(A) <= sqrt(3)*norm(A, 2)"),
    ("A", {"A": (3, 5)}, 'norm(A, 1)/sqrt(3) <= norm(A, "nuc") <= (1 + 2*sqrt(2))*norm(A, 1)'),
    ("A", {"A": ("p", "q")}, "norm(A, 2)/sqrt(q) <= norm(A, 1) <= sqrt(p)*norm(A, 2)"),
    ("X.T@X", {"X": ("n", "m")}, "norm(A, 2) <= norm(A) <= sqrt(m)*norm(A, 2)"),
    ("kron(A, B)", {"A": ("n", "n"), "B": (2, 2)}, "norm(A, 2) <= norm(A)"),
    ("x", None, "norm(x) <= norm1(x) <= sqrt(n)*norm(x)"),
    ("A@x", {"A": (4, 2)}, "norm(x, inf) <= norm1(x) <= 4*norm(x, inf)"),
    ("A", {"A": ("n", "m")}, "norm(A, 2)**2 <= norm(A, 1)*norm(A, inf)"),
])
def test_reports_have_the_chains(text, shapes, expected):
    report = norms(text, shapes=shapes)
    assert str(report).isascii()
    assert expected in str(report)
    assert report.record()["inequalities"]


def test_a_report_gives_the_gradients_of_the_norms_of_a_name():
    report = norms("A", shapes={"A": ("n", "m")})
    formulas = {item.expression: item.formula for item in report.gradients}
    assert formulas["norm(A)"] == str(diff("norm(A)", "A", shapes={"A": ("n", "m")}))
    assert "nonzero_array(A)" in {item.expression: item.where for item in report.gradients}["norm(A)"]
    assert len(formulas) == 7
    assert norms("X.T@X").gradients == ()


def test_declared_structure_adds_notes():
    notes = norms("S", assume={"S": ["pd"]}).notes
    assert any("eigmax" in note for note in notes)
    assert norms("A").notes == ()


def test_expressions_that_have_no_norms():
    with pytest.raises(ArgumentError, match="a scalar"):
        norms("x.T@x")
    with pytest.raises(ArgumentError):
        norms("A", shapes={"A": (2, 3)}, k=3)
    with pytest.raises(UnknownNameError):
        norms("é")
