"""A matrix as norms take it: scaled so that nothing overflows, its singular values, and which values are equal.

Norms are computed for the entries divided by a power of two, so that the largest is between 1/2 and 1: neither
1e200 nor 1e-200 overflows or vanishes when it is squared. Where the entries are exact, exact arithmetic decides what is
equal and what is zero; else values count as equal within ``tolerance`` of the largest.
"""

from __future__ import annotations

import math
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy
from sympy import Expr, Rational, expand

from . import exact
from .input.matrices import Matrix, read_matrix, require_finite

if TYPE_CHECKING:
    from .exact import ExactEigenvalue

EPSILON = float(numpy.finfo(float).eps)


class Operand:
    """A Matrix of finite entries, or an array, with what norms need of it.

    ``array`` is the scaled array; a norm of the matrix is ``unscaled`` of the norm of it.
    """

    def __init__(self, source: Matrix | numpy.ndarray, what: str = "a norm") -> None:
        self.matrix = require_finite(read_matrix(source), what)
        parts = self.matrix.array.view(numpy.float64) if self.matrix.is_complex else self.matrix.array
        self.exponent = int(numpy.frexp(numpy.abs(parts).max())[1])
        self.array = scaled(self.matrix.array, -self.exponent)
        self.tolerance = 4 * EPSILON * max(self.array.shape)

    def unscaled(self, value: float) -> float:
        """Return a norm of the scaled array as that of the matrix; inf where float64 cannot hold it."""
        with numpy.errstate(over="ignore"):
            return float(numpy.ldexp(value, self.exponent))

    @property
    def is_zero(self) -> bool:
        """Whether all entries are zero."""
        return not self.array.any()

    @cached_property
    def moduli(self) -> numpy.ndarray:
        """The absolute values of the entries, scaled."""
        return numpy.abs(self.array)

    @cached_property
    def svd(self) -> Any:
        """The thin singular value decomposition of the scaled array: U, the values in falling order, Vᴴ."""
        return numpy.linalg.svd(self.array, full_matrices=False)

    @property
    def singular_values(self) -> numpy.ndarray:
        """The singular values of the scaled array, in falling order."""
        return self.svd[1]

    @cached_property
    def exact(self) -> Expr | None:
        """The scaled entries as a SymPy matrix of rationals; None where they are not exact or too many."""
        return self.matrix.exact * Rational(2) ** -self.exponent if exact.suits_rank(self.matrix) else None

    def exact_unscaled(self, value: Expr | None) -> Expr | None:
        """Return an exact norm of the scaled array as that of the matrix; None for None."""
        return None if value is None else expand(value * Rational(2) ** self.exponent)

    @cached_property
    def exact_moduli(self) -> list[list[Expr]] | None:
        """The absolute values, scaled, as rows of exact rationals; None where they are not exact or complex."""
        if self.exact is None or self.matrix.is_complex:
            return None
        return [[abs(entry) for entry in row] for row in self.exact.tolist()]

    @cached_property
    def exact_squares(self) -> tuple[ExactEigenvalue, ...] | None:
        """The squared singular values, scaled, as ExactEigenvalues; None where there are none within the limits."""
        return exact.squared_singular_values(self.exact) if exact.suits_eigen(self.matrix) else None

    @cached_property
    def exact_groups(self) -> list[tuple[int, float]] | None:
        """The squared singular values in falling order, as pairs (number of the root, float); None as above."""
        if self.exact_squares is None:
            return None
        roots = [(value.real, item.algebraic) for item in self.exact_squares for value in item.values]
        groups = []
        for number, (value, multiplicity) in enumerate(sorted(roots, reverse=True)):
            groups += [(number, value)] * multiplicity
        return groups

    def equals_next(self, k: int) -> bool:
        """Return whether the k-th largest singular value, counted from 1, equals the next; the one after all is 0."""
        values = self.singular_values
        if self.exact_groups is not None:
            groups = self.exact_groups
            return groups[k - 1][0] == groups[k][0] if k < len(groups) else groups[k - 1][1] == 0
        following = values[k] if k < len(values) else 0.0
        return bool(values[k - 1] - following <= self.tolerance * values[0])

    @cached_property
    def rank(self) -> int:
        """The number of singular values that are not zero."""
        if self.exact_groups is not None:
            return sum(value != 0 for _, value in self.exact_groups)
        values = self.singular_values
        return int((values > self.tolerance * values[0]).sum())

    def multiplicity_of_largest(self) -> int:
        """Return how many singular values equal the largest."""
        k = 1
        while k < len(self.singular_values) and self.equals_next(k):
            k += 1
        return k

    def sums(self, axis: int) -> list[Expr | float]:
        """Return the sums of absolute values along an axis: exact rationals where there are, else floats, scaled."""
        if self.exact_moduli is None:
            return list(self.moduli.sum(axis=axis))
        rows = self.exact_moduli
        return [sum(part) for part in (zip(*rows) if axis == 0 else rows)]

    def largest(self, values: list[Expr | float]) -> list[int]:
        """Return the positions of the values that equal the largest one: exactly, or within the tolerance."""
        top = max(values)
        if self.exact_moduli is not None:
            return [number for number, value in enumerate(values) if value == top]
        return [number for number, value in enumerate(values) if value >= top * (1 - self.tolerance)]

    def within_rounding(self) -> str:
        """Return how equality was decided, as the end of a sentence; nothing where it was decided exactly."""
        if self.exact_moduli is not None:
            return ""
        return f" within rounding (relative tolerance {self.tolerance:.0e})"


def scaled(array, exponent):
    """Return an array times a power of two."""
    if array.dtype.kind == "c":
        return numpy.ldexp(array.real, exponent) + 1j * numpy.ldexp(array.imag, exponent)
    return numpy.ldexp(array, exponent)


def rounding_of_roots(operand: Operand) -> str:
    """Return how equality of singular values was decided, as the end of a sentence."""
    return "" if operand.exact_groups is not None else operand.within_rounding()


def power(values: numpy.ndarray, p: float) -> float:
    """Return the sum of the p-th powers of nonnegative numbers, to the power 1/p; p may be inf."""
    largest = float(numpy.max(values, initial=0.0))
    if not largest or math.isinf(p):
        return largest
    return largest * float(((values / largest) ** p).sum()) ** (1 / p)
