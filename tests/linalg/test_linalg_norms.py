"""Norms of numbers: values against NumPy and mpmath, duals, gradients, kinks, condition numbers, extreme scales."""

import json
import math
from fractions import Fraction

import mpmath
import numpy
import pytest
import sympy
from adversarial_matrices import frank, grcar, hilbert, integers, jordan, wilkinson
from tables import every_row

from matcalc import ArgumentError, DomainError, diff
from matcalc.linalg import norms
from matcalc.linalg.norm.check import check_gradients
from matcalc.linalg.norm.conditioning import condition_numbers
from matcalc.linalg.norm.matrices import matrix_norms
from matcalc.linalg.operand import Operand

SEED = 20


def rng():
    return numpy.random.default_rng(SEED)


def matrices():
    """Random and adversarial matrices, by name."""
    draw = rng()
    return {
        "square": draw.standard_normal((4, 4)),
        "tall": draw.standard_normal((6, 3)),
        "wide": draw.standard_normal((2, 5)),
        "row": draw.standard_normal((1, 4)),
        "complex": draw.standard_normal((3, 4)) + 1j * draw.standard_normal((3, 4)),
        "integers": integers(draw, 3, 3),
        "rank one": numpy.outer(draw.standard_normal(4), draw.standard_normal(3)),
        "hilbert": hilbert(8),
        "jordan": jordan((2.0, 3), (0.0, 2)),
        "grcar": grcar(12),
        "frank": frank(9),
        "wilkinson": wilkinson(21),
        "identity": numpy.eye(3),
        "zero": numpy.zeros((2, 3)),
        "diagonal": numpy.diag([3.0, -3.0, 1e-9]),
        "large": draw.standard_normal((60, 40)),
    }


MATRICES = matrices()


def floats(matrix):
    return numpy.array([[float(entry) if isinstance(entry, Fraction) else entry for entry in row] for row in matrix])


def inner(first, second):
    return float(numpy.vdot(first, second).real)


# -- values ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", MATRICES)
def test_values_are_those_of_numpy(name):
    array = floats(MATRICES[name])
    report = norms(MATRICES[name], p=3, k=1)
    singular = numpy.linalg.svd(array, compute_uv=False)
    expected = {
        "Frobenius norm": numpy.linalg.norm(array),
        "spectral norm": numpy.linalg.norm(array, 2),
        "nuclear norm": numpy.linalg.norm(array, "nuc"),
        "1-norm": numpy.linalg.norm(array, 1),
        "inf-norm": numpy.linalg.norm(array, numpy.inf),
        "max norm": numpy.abs(array).max(),
        "sum of absolute values": numpy.abs(array).sum(),
        "Schatten 3-norm": (singular**3).sum() ** (1 / 3),
        "Ky Fan 1-norm": singular[0],
    }
    for label, value in expected.items():
        assert report[label].value == pytest.approx(value, rel=1e-13), label


@pytest.mark.parametrize("p", [1.5, 2, 3, "7/2", 10, 100])
def test_vector_norms_are_those_of_mpmath(p):
    column = rng().standard_normal(9)
    report = norms(column, p=p)
    label = "Euclidean norm" if p == 2 else f"{Fraction(p)}-norm"
    with mpmath.workdps(40):
        order = mpmath.mpf(float(Fraction(p)))
        expected, dual = (
            mpmath.fsum(mpmath.mpf(abs(x)) ** q for x in column) ** (1 / q) for q in (order, order / (order - 1))
        )
    assert report[label].value == pytest.approx(float(expected), rel=1e-14)
    assert report[label].dual == pytest.approx(float(dual), rel=1e-14)
    assert report["1-norm"].value == pytest.approx(numpy.abs(column).sum())
    assert report["inf-norm"].value == numpy.abs(column).max()


def test_the_number_of_nonzero_entries():
    row = norms("[0, 3, 0, 1e-300]")["number of nonzero entries"]
    assert (row.value, row.exact, row.dual_name) == (2, 2, "")
    assert row.kinks and row.gradient is None
    assert not norms("[1, 2]")["number of nonzero entries"].kinks


EXACT = [
    ("[[2,1],[1,3]]", "Frobenius norm", "sqrt(15)"),
    ("[[2,1],[1,3]]", "spectral norm", "sqrt(5)/2 + 5/2"),
    ("[[2,1],[1,3]]", "nuclear norm", "5"),
    ("[[2,1],[1,3]]", "1-norm", "4"),
    ("[[2,1],[1,3]]", "condition number, 1-norm", "16/5"),
    ("[[2,1],[1,3]]", "condition number, spectral norm", "sqrt(5)/2 + 3/2"),
    ("[1 2; 3 4]", "Frobenius norm", "sqrt(30)"),
    ("[1 2; 3 4]", "spectral norm", "sqrt(sqrt(221) + 15)"),
    ("[1 2; 3 4]", "condition number, Frobenius norm", "15"),
    ("[1/3 0; 0 1/2]", "max norm", "1/2"),
    ("[1/3 0; 0 1/2]", "sum of absolute values", "5/6"),
    ("[[1, 1j], [-1j, 1]]", "spectral norm", "2"),
    ("[1, 1, 1]", "3-norm", "3**(1/3)"),
    ("[1, 2, 2]", "Euclidean norm", "3"),
    ("[0.1, 0.2]", "Euclidean norm", "sqrt(5)/10"),
    ("[1e200 0; 0 1e200]", "Frobenius norm", f"{10**200}*sqrt(2)"),
    ("[1 2; 2 4]", "condition number, spectral norm", "oo"),
    ("[0 0; 0 0]", "nuclear norm", "0"),
]


@pytest.mark.parametrize("matrix, label, exact", EXACT)
def test_exact_values(matrix, label, exact):
    row = norms(matrix)[label]
    assert sympy.simplify(row.exact - sympy.sympify(exact)) == 0 or row.exact == sympy.sympify(exact)
    assert row.value == pytest.approx(float(row.exact), rel=1e-15)


def test_exact_values_of_random_integers_agree_with_the_floats():
    draw = rng()
    for shape in [(2, 2), (3, 2), (2, 4), (3, 3), (5, 5), (1, 3)]:
        for _ in range(6):
            report = norms(integers(draw, *shape), p=(3, 4), k=1)
            assert report["Frobenius norm"].exact is not None
            for row in (*report.norms, *report.conditions):
                if row.exact is not None and not math.isinf(row.value):
                    assert float(row.exact) == pytest.approx(row.value, rel=1e-12), (shape, row.name)


# -- duals and gradients --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", MATRICES)
def test_subgradients_attain_the_norm_and_have_dual_norm_one(name):
    """Independent of the report's own check: the dual norm of G is found by reading G as a matrix of its own."""
    array = floats(MATRICES[name])
    report = norms(MATRICES[name], p=(1.5, 3), k=min(2, min(array.shape)))
    for row in report.norms:
        assert inner(row.gradient, array) == pytest.approx(row.value, rel=1e-11, abs=1e-300), row.name
        dual = norms(row.gradient, p=(1.5, 3), k=min(2, min(array.shape)))[row.name].dual
        assert dual <= 1 + 1e-11, row.name
        assert dual == pytest.approx(1 if array.any() else 0, rel=1e-11), row.name


def values_at(array, p=3, k=2):
    """Return all norms and condition numbers of an array by name, and their duals: without gradients and formulas."""
    operand = Operand(array)
    found = matrix_norms((Fraction(p),), k)
    values = {norm.name: operand.unscaled(norm.value(operand)) for norm in found}
    return {**values, **{f"condition number, {c.norm.name}": c.value for c in condition_numbers(operand)}}


@pytest.mark.parametrize("name", ["square", "tall", "wide", "complex", "integers", "rank one"])
def test_the_subgradient_inequality_holds(name):
    """norm(B) >= norm(A) + <G, B - A> for all B, near and far; the dual norm bounds every inner product."""
    draw, array = rng(), floats(MATRICES[name]).astype(complex if name == "complex" else float)
    report = norms(MATRICES[name])
    for scale in (1e-3, 1.0, 30.0):
        for _ in range(10):
            change = draw.standard_normal(array.shape)
            if array.dtype.kind == "c":
                change = change + 1j * draw.standard_normal(array.shape)
            other, step = values_at(array + scale * change), values_at(change)
            for row in report.norms:
                bound = row.value + inner(row.gradient, scale * change)
                assert other[row.name] >= bound - 1e-12 * (row.value + abs(bound)), row.name
                assert abs(inner(array, change)) <= row.dual * step[row.name] * (1 + 1e-12), row.name


@pytest.mark.parametrize("name", ["square", "tall", "wide", "frank"])
def test_gradients_are_those_of_finite_differences(name):
    array, step = floats(MATRICES[name]), 1e-6
    if name == "frank":
        array = array[:4, :4] + 0.1 * rng().standard_normal((4, 4))
    report = norms(array)
    for place in [(0, 0), (1, 2), (array.shape[0] - 1, 0)]:
        change = numpy.zeros(array.shape)
        change[place] = step
        above, below = values_at(array + change), values_at(array - change)
        for row in (*report.norms, *report.conditions):
            assert row.gradient is not None and not row.kinks, row.name
            slope = (above[row.name] - below[row.name]) / (2 * step)
            size = max(1.0, float(numpy.abs(row.gradient).max()))
            assert row.gradient[place] == pytest.approx(slope, abs=2e-7 * size), (row.name, place)


@pytest.mark.parametrize("name", ["square", "tall", "integers"])
def test_gradients_are_the_values_of_the_rules_formulas(name):
    array = floats(MATRICES[name])
    report = norms(MATRICES[name])
    compared = 0
    for row in (*report.norms, *report.conditions):
        if not row.expression or row.kinks:
            continue
        derivative = diff(row.expression, "A", shapes={"A": array.shape})
        try:
            value = derivative.evaluate(A=array)
        except DomainError:
            continue
        numpy.testing.assert_allclose(row.gradient, value, rtol=1e-8, atol=1e-8 * numpy.abs(value).max())
        compared += 1
    assert compared >= 5


@pytest.mark.parametrize("name", MATRICES)
def test_the_check_of_the_report_passes(name):
    check = norms(MATRICES[name]).check()
    assert check.ok, check
    assert check.certified == 9
    assert check.max_error < 1e-7


def test_the_check_finds_a_wrong_gradient():
    report = norms("[[2,1],[1,3]]")
    for number in range(len(report.norms)):
        wrong = norms("[[2,1],[1,3]]")
        wrong.norms[number].gradient[0, 0] += 1e-3
        check = check_gradients(wrong)
        assert check.ok is False and wrong.norms[number].name in check.reason


KINKS = [
    ("[1 0; 0 2]", "sum of absolute values", "entries (1, 2) and (2, 1) are 0"),
    ("[1 0; 0 2]", "max norm", ""),
    ("[2 0; 0 -2]", "max norm", "entries (1, 1) and (2, 2) have the largest absolute value"),
    ("[1 0; 0 2]", "1-norm", "entry (1, 2) is 0"),
    ("[1 2; 3 4]", "1-norm", ""),
    ("[1 3; 3 1]", "1-norm", "columns 1 and 2 have the largest sum"),
    ("[1 3; 3 1]", "inf-norm", "rows 1 and 2 have the largest sum"),
    ("[2 0; 0 -2]", "spectral norm", "the largest singular value has multiplicity 2"),
    ("[2 0; 0 -2]", "nuclear norm", ""),
    ("[1 2; 2 4]", "nuclear norm", "the rank is 1, less than 2"),
    ("[1 2; 2 4]", "spectral norm", ""),
    ("[3 0 0; 0 2 0; 0 0 2]", "Ky Fan 2-norm", "singular values 2 and 3 are equal"),
    ("[3 0 0; 0 2 0; 0 0 1]", "Ky Fan 2-norm", ""),
    ("[0 0; 0 0]", "Frobenius norm", "all entries are 0"),
    ("[1 2; 3 4]", "Frobenius norm", ""),
    ("[0 0; 0 0]", "Schatten 3-norm", "all entries are 0"),
    ("[1 0; 0 1]", "condition number, spectral norm", "multiplicity 2"),
    ("[1 0; 0 1]", "condition number, Frobenius norm", ""),
    ("[3, -3]", "inf-norm", "entries 1 and 2 have the largest absolute value"),
    ("[3, 0]", "1-norm", "entry 2 is 0"),
    ("[3, 0]", "3-norm", ""),
    ("[0, 0]", "Euclidean norm", "all entries are 0"),
    # exact arithmetic tells apart what floats do not
    ("[1, 1.00000000000000000001]", "inf-norm", ""),
    ("[1 0; 0 1.00000000000000000001]", "spectral norm", ""),
]


@every_row("matrix, label, reason", KINKS)
def test_kinks(matrix, label, reason):
    row = norms(matrix)[label]
    assert bool(row.kinks) == bool(reason)
    assert reason in "; ".join(row.kinks)


def test_kinks_of_floats_name_the_tolerance():
    row = norms(numpy.diag([1.0, 1.0 + 1e-16, 0.5]))["spectral norm"]
    assert "within rounding (relative tolerance" in row.kinks[0]
    assert not norms(numpy.diag([1.0, 1.0 + 1e-10, 0.5]))["spectral norm"].kinks


# -- condition numbers and scale ------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [2, 5, 8, pytest.param(13, marks=pytest.mark.long)])
def test_condition_numbers_of_hilbert_matrices(size):
    """Of 13 rows, floats have lost all digits of the condition number; the fractions have not."""
    report = norms(hilbert(size))
    with mpmath.workdps(60):
        matrix = mpmath.matrix([[mpmath.mpf(1) / (i + j + 1) for j in range(size)] for i in range(size)])
        inverse = matrix**-1
        expected = {
            "1-norm": mpmath.mnorm(matrix, 1) * mpmath.mnorm(inverse, 1),
            "inf-norm": mpmath.mnorm(matrix, mpmath.inf) * mpmath.mnorm(inverse, mpmath.inf),
            "Frobenius norm": mpmath.mnorm(matrix, "f") * mpmath.mnorm(inverse, "f"),
        }
        eigenvalues = mpmath.eigsy(matrix, eigvals_only=True)
        expected["spectral norm"] = max(eigenvalues) / min(eigenvalues)
    for label, value in expected.items():
        assert report[f"condition number, {label}"].value == pytest.approx(float(value), rel=1e-12), label


def test_condition_numbers_that_are_rounding_say_so():
    array = floats(hilbert(14))
    row = norms(array)["condition number, spectral norm"]
    assert "no digit of this is certain" in row.note
    assert not norms(floats(hilbert(5)))["condition number, spectral norm"].note
    singular = norms("[1 2; 2 4]")
    assert all(math.isinf(row.value) for row in singular.conditions)


def test_a_rectangular_matrix_has_the_spectral_condition_number_alone():
    array = MATRICES["tall"]
    (row,) = norms(array).conditions
    assert row.value == pytest.approx(numpy.linalg.cond(array))


@pytest.mark.parametrize("scale", [1e200, 1e-200, 1e300, 1e-310])
def test_scale_changes_nothing_but_the_scale(scale):
    array = rng().standard_normal((3, 3))
    plain, scaled = norms(array), norms(array * scale)
    for row, other in zip(plain.norms, scaled.norms):
        assert other.value == pytest.approx(row.value * scale, rel=1e-9), row.name
        numpy.testing.assert_allclose(other.gradient, row.gradient, atol=1e-9, err_msg=row.name)
    for row, other in zip(plain.conditions, scaled.conditions):
        assert other.value == pytest.approx(row.value, rel=1e-6), row.name
    assert scaled.check().ok


def test_a_norm_beyond_float64_is_not_shown_as_a_number():
    report = norms(numpy.full((2, 2), 1.5e308))
    assert "(above 1.8e308)" in str(report)
    assert report["max norm"].value == 1.5e308
    json.dumps(report.record(), allow_nan=False)


def test_hundreds_of_rows():
    """Of a positive semidefinite matrix the nuclear norm is the trace."""
    root = rng().standard_normal((600, 600))
    array = root @ root.T
    report = norms(array)
    assert report["nuclear norm"].value == pytest.approx(numpy.trace(array))
    assert report["1-norm"].value == pytest.approx(numpy.linalg.norm(array, 1))
    assert "600x600" in str(report)


# -- input ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("entry", ["nan", "inf", "-inf"])
def test_entries_that_are_not_finite_are_refused_with_their_place(entry):
    with pytest.raises(DomainError, match=rf"entry \(2, 1\) is {entry}"):
        norms(f"[1 2; {entry} 4]")


@every_row("p", [0, 0.5, -1, "x", "1/0", float("nan"), None, 1e9, "3.00000001"])
def test_orders_that_give_no_norm(p):
    with pytest.raises(ArgumentError) as caught:
        norms("[1, 2]", p=p)
    assert caught.value.hint


@pytest.mark.parametrize("k", [0, 3, -1, 1.5, True])
def test_ky_fan_orders_are_limited(k):
    with pytest.raises(ArgumentError, match="is not between 1 and 2"):
        norms("[1 2; 3 4]", k=k)


def test_the_text_is_ascii_and_unicode_is_not():
    report = norms("[[2,1],[1,3]]")
    assert str(report).isascii()
    assert "‖A‖₂ = sqrt(5)/2 + 5/2 = 3.61803" in report.unicode()
    with pytest.raises(ArgumentError):
        report["no such norm"]
