"""Condition numbers: norm(A)*norm(inv(A)), how much a relative change of A or b can change the solution of A@x = b.

Golub & Van Loan (2013), Matrix Computations, 2.6.2. In the spectral norm it is the quotient of the largest and the
smallest singular value, for matrices of any shape.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy
from sympy import Expr, expand, oo, radsimp

from .. import exact
from ..operand import EPSILON, Operand, rounding_of_roots
from ..showing import without_rounding
from .matrices import COLUMN_SUM, FROBENIUS, ROW_SUM, SPECTRAL, exact_singular_values
from .norm import Norm, Slope

SOURCE = "Golub & Van Loan (2013), Matrix Computations, 2.6.2"


@dataclass(frozen=True)
class Conditioning:
    """One condition number: ``value`` may be inf, then ``slope`` is None; ``exact`` is a SymPy number or None."""

    norm: Norm
    value: float
    exact: Expr | None
    slope: Slope | None
    note: str = ""


def condition_numbers(operand: Operand) -> list[Conditioning]:
    """Return the condition numbers of an Operand: in four norms for a square one, else in the spectral norm."""
    rows, columns = operand.array.shape
    found = [_spectral(operand)]
    if rows != columns:
        return found
    inverse = None if math.isinf(found[0].value) else _inverse(operand)
    others = [_by_inverse(norm, operand, inverse) for norm in (COLUMN_SUM, ROW_SUM, FROBENIUS)]
    return [others[0], found[0], *others[1:]]


def _spectral(operand: Operand) -> Conditioning:
    values, full = operand.singular_values, min(operand.array.shape)
    if operand.exact_groups is not None:
        if operand.rank < full:
            return Conditioning(SPECTRAL, math.inf, oo, None, f"the rank is {operand.rank}, less than {full}")
        groups = operand.exact_groups
        value = math.sqrt(groups[0][1] / groups[-1][1])
    else:
        value = float(values[0] / values[-1]) if values[-1] else math.inf
    if math.isinf(value):
        return Conditioning(SPECTRAL, value, None, None, f"the rank is {operand.rank}, less than {full}")
    closed = exact_singular_values(operand)
    closed = None if closed is None else expand(radsimp(closed[0] / closed[-1]))
    return Conditioning(SPECTRAL, value, closed, _slope_of_quotient(operand), _doubt(operand, value))


def _doubt(operand: Operand, value: float) -> str:
    """Return the warning for a condition number that is nothing but rounding."""
    if operand.matrix.is_exact and operand.exact_groups is not None or value * EPSILON * max(operand.array.shape) < 0.1:
        return ""
    return "singular within rounding: no digit of this is certain"


def _slope_of_quotient(operand: Operand) -> Slope:
    """Return the slope of s_1/s_r by the derivatives of the singular values, which are u vᴴ."""
    left, values, right = operand.svd
    kinks = SPECTRAL.slope(operand).kinks
    r = len(values)
    if r > 1 and operand.equals_next(r - 1):
        kinks += (f"the smallest singular value is not simple{rounding_of_roots(operand)}",)
    if kinks:
        return Slope(None, kinks)
    first, last = numpy.outer(left[:, 0], right[0]), numpy.outer(left[:, -1], right[-1])
    return Slope(_difference(first / values[-1], last * (values[0] / values[-1] ** 2)))


def _inverse(operand: Operand) -> Operand | None:
    """Return the inverse of the scaled array as an Operand, its entries of the size of rounding set to 0; or None."""
    if exact.suits_eigen(operand.matrix):
        inverse = exact.inverse(operand.exact)
        return None if inverse is None else Operand(inverse)
    try:
        inverse = numpy.linalg.inv(operand.array)
    except numpy.linalg.LinAlgError:
        return None
    if not numpy.isfinite(inverse).all():
        return None
    values = operand.singular_values
    uncertain = len(values) * EPSILON * numpy.abs(inverse).max() * min(values[0] / values[-1], 1 / EPSILON)
    inverse[numpy.abs(inverse) <= uncertain] = 0
    return Operand(inverse) if inverse.any() else None


def _by_inverse(norm: Norm, operand: Operand, inverse: Operand | None) -> Conditioning:
    if inverse is None:
        return Conditioning(norm, math.inf, oo if exact.suits_eigen(operand.matrix) else None, None, "not invertible")
    ours, theirs = norm.value(operand), inverse.unscaled(norm.value(inverse))
    first, second = norm.exact(operand), norm.exact(inverse)
    closed = None
    if first is not None and second is not None:
        closed = expand(first * inverse.exact_unscaled(second))
    value = float(closed) if closed is not None else ours * theirs
    slope = _slope_of_product(norm, operand, inverse, ours, theirs)
    return Conditioning(norm, value, closed, slope, _doubt(operand, value))


def _slope_of_product(norm: Norm, operand: Operand, inverse: Operand, ours: float, theirs: float) -> Slope:
    """Return the slope of norm(A)*norm(inv(A)), by d inv(A) = -inv(A) dA inv(A), Matrix Cookbook (40)."""
    at_matrix, at_inverse = norm.slope(operand), norm.slope(inverse)
    kinks = at_matrix.kinks + tuple(f"of the inverse: {kink}" for kink in at_inverse.kinks)
    if kinks:
        return Slope(None, kinks)
    adjoint = numpy.ldexp(1.0, inverse.exponent) * inverse.array.conj().T
    return Slope(_difference(theirs * at_matrix.value, ours * adjoint @ at_inverse.value @ adjoint))


def _difference(first: numpy.ndarray, second: numpy.ndarray) -> numpy.ndarray:
    """Return a difference of arrays, with 0 where nothing but rounding is left."""
    size = max(numpy.abs(first).max(), numpy.abs(second).max())
    return without_rounding(first - second, 4 * EPSILON * size)
