"""Norms of matrices: entrywise, by columns or rows, and of the singular values."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy
from sympy import Expr, Rational, expand, sqrt

from ..exact import gram, root
from ..operand import Operand, rounding_of_roots
from .gauges import KyFanGauge, PowerGauge
from .norm import Norm, Slope, at_zero, listed, signs, zeros_among
from .vectors import largest_kinks, order_text

_WATSON = "Watson (1992), Characterization of the subdifferential of some matrix norms"
_LEWIS = "Lewis (1995), The convex analysis of unitarily invariant matrix functions, theorem 3.1"
_DUAL = "Boyd & Vandenberghe (2004), A.1.6"


def matrix_norms(orders: tuple[Fraction, ...], k: int) -> list[Norm]:
    """Return all norms of a matrix: ``orders`` are those of the Schatten norms, ``k`` that of the Ky Fan norm."""
    further = [order for order in orders if order not in (1, 2, math.inf)]
    spectral = [FROBENIUS, SPECTRAL, NUCLEAR, *map(schatten, further), ky_fan(k)]
    return [*spectral, COLUMN_SUM, ROW_SUM, LARGEST, ALL_ENTRIES]


# -- unitarily invariant norms ------------------------------------------------------------------------------


def _spectral(gauge, kinks, **words):
    """Return the norm that a gauge makes of the singular values."""

    def slope(operand: Operand) -> Slope:
        left, values, right = operand.svd
        weights = gauge.subgradient(values)
        if operand.rank < len(values) and not operand.is_zero:
            weights = numpy.where(numpy.arange(len(values)) < operand.rank, weights, 0)
        return Slope((left * weights) @ right, at_zero(operand) or kinks(operand))

    return Norm(
        value=lambda operand: gauge.value(operand.singular_values),
        dual=lambda operand: gauge.dual(operand.singular_values),
        slope=slope,
        **words,
    )


def _no_kinks(operand: Operand) -> tuple:
    return ()


def _repeated_largest(operand: Operand) -> tuple[str, ...]:
    count = operand.multiplicity_of_largest()
    if count == 1:
        return ()
    return (f"the largest singular value has multiplicity {count}{rounding_of_roots(operand)}",)


def _rank_deficient(operand: Operand) -> tuple[str, ...]:
    rank, full = operand.rank, min(operand.array.shape)
    if rank == full:
        return ()
    return (f"the rank is {rank}, less than {full}: a singular value is 0{rounding_of_roots(operand)}",)


def exact_singular_values(operand: Operand) -> list[Expr] | None:
    """Return all singular values in closed form, in falling order; None where some have none."""
    squares = operand.exact_squares
    if squares is None or any(item.roots is None for item in squares):
        return None
    pairs = [(float(value.evalf(30)), value, item.algebraic) for item in squares for value in item.roots or ()]
    ordered = sorted(pairs, key=lambda pair: -pair[0])
    return [root(value) for _, value, multiplicity in ordered for _ in range(multiplicity)]


def exact_largest(operand: Operand) -> Expr | None:
    """Return the largest singular value in closed form, None where it has none."""
    squares = operand.exact_squares
    if squares is None:
        return None
    top = max(squares, key=lambda item: max(value.real for value in item.values))
    return None if top.roots is None else root(top.roots[0])


def _exact_sum(operand: Operand, count: int | None = None) -> Expr | None:
    """Return the sum of the ``count`` largest singular values (or all) in closed form, or None."""
    values = exact_singular_values(operand)
    return None if values is None else sum(values[:count])


def exact_frobenius(operand: Operand) -> Expr | None:
    """Return the Frobenius norm in closed form, None where the matrix is not exact or large."""
    if operand.exact is None:
        return None
    return sqrt(sum(part * part for entry in operand.exact for part in entry.as_real_imag()))


def _frobenius(operand: Operand) -> float:
    return float(numpy.linalg.norm(operand.array))


FROBENIUS = Norm(
    name="Frobenius norm",
    text="norm(A)",
    unicode="‖A‖_F",
    dual_name="Frobenius norm",
    value=_frobenius,
    dual=_frobenius,
    slope=lambda operand: Slope(operand.array / (_frobenius(operand) or 1.0), at_zero(operand)),
    exact=exact_frobenius,
    source="Matrix Cookbook (132)",
    formula="norm(A)",
)
SPECTRAL = _spectral(
    PowerGauge(math.inf),
    _repeated_largest,
    name="spectral norm",
    text="norm(A, 2)",
    unicode="‖A‖₂",
    dual_name="nuclear norm",
    exact=exact_largest,
    source=_WATSON,
    formula="norm(A, 2)",
)
NUCLEAR = _spectral(
    PowerGauge(1.0),
    _rank_deficient,
    name="nuclear norm",
    text='norm(A, "nuc")',
    unicode="‖A‖_*",
    dual_name="spectral norm",
    exact=_exact_sum,
    source=_WATSON,
    formula='norm(A, "nuc")',
)


def schatten(order: Fraction) -> Norm:
    """Return the Schatten p-norm, 1 < p < inf a Fraction: the p-norm of the singular values."""
    gauge = PowerGauge(float(order))
    even = order.denominator == 1 and order.numerator % 2 == 0
    return _spectral(
        gauge,
        _no_kinks,
        name=f"Schatten {order_text(order)}-norm",
        text="",
        unicode=f"‖A‖_S{order_text(order)}",
        dual_name=f"Schatten {order_text(order / (order - 1))}-norm",
        exact=lambda operand: _exact_schatten(order, operand),
        source=_LEWIS,
        formula=f"tr(matpow(A.T@A, {order.numerator // 2}))**({1 / Fraction(order)})" if even else "",
    )


def _exact_schatten(order: Fraction, operand: Operand) -> Expr | None:
    if order.denominator > 1 or order > 8:
        return None
    p = int(order)
    if p % 2 == 0 and operand.exact_squares is not None:
        return expand((gram(operand.exact) ** (p // 2)).trace()) ** Rational(1, p)
    values = exact_singular_values(operand)
    if values is None or not all(value.is_Rational for value in values):
        return None
    return sum(value**p for value in values) ** Rational(1, p)


def ky_fan(k: int) -> Norm:
    """Return the Ky Fan k-norm: the sum of the k largest singular values."""
    return _spectral(
        KyFanGauge(k),
        lambda operand: _tie_after(k, operand),
        name=f"Ky Fan {k}-norm",
        text="",
        unicode=f"‖A‖_({k})",
        dual_name=f"max(spectral norm, nuclear norm/{k})",
        exact=lambda operand: _exact_sum(operand, k) if k > 1 else exact_largest(operand),
        source=f"{_LEWIS}; Overton & Womersley (1993), Optimality conditions for sums of eigenvalues",
    )


def _tie_after(k: int, operand: Operand) -> tuple[str, ...]:
    if not operand.equals_next(k):
        return ()
    if k == len(operand.singular_values):
        return _rank_deficient(operand)
    return (f"singular values {k} and {k + 1} are equal{rounding_of_roots(operand)}",)


# -- sums of absolute values --------------------------------------------------------------------------------


def _sum_slope(operand: Operand, axis: int) -> Slope:
    """Return the slope of the largest column sum (axis 0) or row sum (axis 1)."""
    word = ("columns", "rows")[axis]
    tops = operand.largest(operand.sums(axis))
    chosen = {"columns": [tops[0]]} if axis == 0 else {"rows": [tops[0]]}
    mask = numpy.zeros(operand.array.shape)
    mask[(slice(None), tops[0]) if axis == 0 else (tops[0], slice(None))] = 1.0
    kinks = at_zero(operand)
    if not kinks and len(tops) > 1:
        numbers = listed(str(number + 1) for number in tops)
        kinks = (f"{word} {numbers} have the largest sum{operand.within_rounding()}",)
    if not kinks:
        kinks = zeros_among(operand.array, **chosen)
    return Slope(signs(operand.array) * mask, kinks)


def _exact_sums(operand: Operand, axis: int) -> Expr | None:
    return None if operand.exact_moduli is None else max(operand.sums(axis))


COLUMN_SUM = Norm(
    name="1-norm",
    text="norm(A, 1)",
    unicode="‖A‖₁",
    dual_name="sum of the largest entries of the columns",
    value=lambda operand: float(operand.moduli.sum(axis=0).max()),
    dual=lambda operand: float(operand.moduli.max(axis=0).sum()),
    slope=lambda operand: _sum_slope(operand, 0),
    exact=lambda operand: _exact_sums(operand, 0),
    source=f"{_WATSON}; Matrix Cookbook, matrix norms",
    formula="norm(A, 1)",
)
ROW_SUM = Norm(
    name="inf-norm",
    text="norm(A, inf)",
    unicode="‖A‖_∞",
    dual_name="sum of the largest entries of the rows",
    value=lambda operand: float(operand.moduli.sum(axis=1).max()),
    dual=lambda operand: float(operand.moduli.max(axis=1).sum()),
    slope=lambda operand: _sum_slope(operand, 1),
    exact=lambda operand: _exact_sums(operand, 1),
    source=f"{_WATSON}; Matrix Cookbook, matrix norms",
    formula="norm(A, inf)",
)


def _slope_of_largest(operand: Operand) -> Slope:
    value = numpy.zeros_like(operand.array)
    place = numpy.unravel_index(int(operand.moduli.argmax()), value.shape)
    value[place] = signs(operand.array)[place]
    return Slope(value, at_zero(operand) or largest_kinks(operand))


LARGEST = Norm(
    name="max norm",
    text="max(abs(A))",
    unicode="‖A‖_max",
    dual_name="sum of absolute values",
    value=lambda operand: float(operand.moduli.max()),
    dual=lambda operand: float(operand.moduli.sum()),
    slope=_slope_of_largest,
    exact=lambda operand: None if operand.exact_moduli is None else max(map(max, operand.exact_moduli)),
    source=_DUAL,
    formula="max(abs(A))",
)
ALL_ENTRIES = Norm(
    name="sum of absolute values",
    text="norm1(A)",
    unicode="Σ|a_ij|",
    dual_name="max norm",
    value=lambda operand: float(operand.moduli.sum()),
    dual=lambda operand: float(operand.moduli.max()),
    slope=lambda operand: Slope(signs(operand.array), at_zero(operand) or zeros_among(operand.array)),
    exact=lambda operand: None if operand.exact_moduli is None else sum(map(sum, operand.exact_moduli)),
    source=_DUAL,
    formula="norm1(A)",
)
