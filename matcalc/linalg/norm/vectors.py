"""Norms of columns: the p-norms and the largest absolute value; the number of nonzero entries, which is no norm."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy
from sympy import Integer, Rational

from .gauges import PowerGauge
from .norm import Norm, Slope, at_zero, listed, place_text, signs, zeros_among

if TYPE_CHECKING:
    from ..operand import Operand

_MAX_EXACT_POWER = 64
_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def vector_norms(orders):
    """Return the norms of a column: p = 1, 2, inf and the further orders (Fractions greater than 1)."""
    further = [order for order in orders if order not in (1, 2, math.inf)]
    return [count(), *map(p_norm, (Fraction(1), Fraction(2), *further, math.inf))]


def order_text(order: float | Fraction) -> str:
    """Return a p as it is written: 3, 5/2, inf."""
    return "inf" if order == math.inf else str(order)


def subscript(order):
    """Return a p as a subscript in Unicode."""
    if order == math.inf:
        return "_∞"
    return order_text(order).translate(_SUBSCRIPTS) if order.denominator == 1 else f"_{order_text(order)}"


def _name(order: float | Fraction) -> str:
    return "Euclidean norm" if order == 2 else f"{order_text(order)}-norm"


def p_norm(order):
    """Return the p-norm of columns, p ≥ 1 a Fraction or inf; Boyd & Vandenberghe (2004), A.1.2 and A.1.6."""
    gauge = PowerGauge(float(order))
    conjugate = math.inf if order == 1 else Fraction(1) if order == math.inf else order / (order - 1)
    text, formula = _texts(order)
    return Norm(
        name=_name(order),
        text=text,
        unicode=f"‖x‖{subscript(order)}",
        dual_name=_name(conjugate),
        value=lambda operand: gauge.value(operand.moduli),
        dual=lambda operand: gauge.dual(operand.moduli),
        slope=lambda operand: _slope(gauge, operand),
        exact=lambda operand: _exact(order, operand),
        source="Boyd & Vandenberghe (2004), A.1.6",
        formula=formula,
    )


def _texts(order):
    """Return the norm in the language, and the expression that the rules differentiate."""
    if order == 1:
        return "norm1(x)", "norm1(x)"
    if order == 2:
        return "norm(x)", "norm(x)"
    if order == math.inf:
        return "norm(x, inf)", "max(abs(x))"
    power, root = (f"({p})" if p.denominator > 1 else str(p) for p in (order, 1 / order))
    text = f"sum(abs(x)**{power})**{root}"
    return text, text


def _slope(gauge: PowerGauge, operand: Operand) -> Slope:
    value = signs(operand.array) * gauge.subgradient(operand.moduli.ravel()).reshape(operand.array.shape)
    kinks = at_zero(operand)
    if not kinks and gauge.p == 1:
        kinks = zeros_among(operand.array)
    if not kinks and math.isinf(gauge.p):
        kinks = largest_kinks(operand)
    return Slope(value, kinks)


def largest_kinks(operand):
    """Return the kink of the largest absolute value: several entries have it."""
    rows = operand.exact_moduli
    moduli = [entry for row in rows for entry in row] if rows is not None else list(operand.moduli.ravel())
    found = operand.largest(moduli)
    if len(found) == 1:
        return ()
    places = [place_text(numpy.unravel_index(number, operand.array.shape), operand.array) for number in found]
    return (f"entries {listed(places)} have the largest absolute value{operand.within_rounding()}",)


def _exact(order, operand):
    if operand.exact_moduli is None:
        return None
    moduli = [row[0] for row in operand.exact_moduli]
    if order == math.inf:
        return max(moduli)
    if order.denominator > 1 or order > _MAX_EXACT_POWER:
        return None
    return sum(entry ** int(order) for entry in moduli) ** Rational(1, int(order))


def count() -> Norm:
    """Return the number of nonzero entries, often called the 0-norm: it is not homogeneous, so it has no dual."""
    return Norm(
        name="number of nonzero entries",
        text="",
        unicode="‖x‖₀",
        dual_name="",
        value=lambda operand: int(numpy.count_nonzero(operand.array)),
        dual=lambda operand: None,
        slope=_slope_of_count,
        exact=lambda operand: Integer(int(numpy.count_nonzero(operand.array))),
        source="Donoho (2006), Compressed sensing; no norm: scaling x does not change it",
        homogeneous=False,
    )


def _slope_of_count(operand: Operand) -> Slope:
    zeros = zeros_among(operand.array)
    if zeros:
        return Slope(None, tuple(f"{text}, where the number jumps" for text in zeros))
    return Slope(numpy.zeros_like(operand.array))
