"""Bounds of the degree and the coefficients of a rational value, as a polynomial over a common denominator.

A wrong polynomial identity of degree d holds at a random point modulo p with probability d/p at most, unless p divides
all its coefficients (Schwartz 1980; Zippel 1979).
"""

from __future__ import annotations

from fractions import Fraction
from math import log2, prod
from typing import Any, NamedTuple

from .arithmetic import Arithmetic
from .arrays import Array, common_shape


class Bound(NamedTuple):
    """Numerators of degree ``top`` over one denominator of degree ``bottom``; ``size`` bounds log2 of the sum of the
    absolute values of their coefficients, ``below`` that of the denominator."""

    top: int
    bottom: int
    size: float
    below: float

    def __add__(self, other: Bound) -> Bound:  # type: ignore[override]
        top, bottom, size, below = self
        other_top, other_bottom, other_size, other_below = other
        if not (bottom or below or other_bottom or other_below):
            return Bound(top if top > other_top else other_top, 0, (size if size > other_size else other_size) + 1, 0)
        return Bound(
            max(top + other_bottom, other_top + bottom),
            bottom + other_bottom,
            max(size + other_below, other_size + below) + 1,
            below + other_below,
        )

    def __sub__(self, other: Bound) -> Bound:
        return self + other

    def __mul__(self, other: Bound) -> Bound:  # type: ignore[override]
        top, bottom, size, below = self
        other_top, other_bottom, other_size, other_below = other
        return Bound(top + other_top, bottom + other_bottom, size + other_size, below + other_below)

    def __neg__(self) -> Bound:
        return self

    def times(self, count: int) -> Bound:
        """Return the bound of a product of so many values."""
        return Bound(count * self.top, count * self.bottom, count * self.size, count * self.below)

    def of_sum(self, count: int) -> Bound:
        """Return the bound of a sum of so many values over one denominator."""
        if count < 2:
            return self
        top, bottom, size, below = self
        return Bound(top, bottom, size + log2(count), below)


class Degrees(Arithmetic):
    """Arithmetic on bounds: all entries of an array have one, over a common denominator."""

    zero, one = Bound(0, 0, 0, 0), Bound(0, 0, 0, 0)

    def number(self, value: Fraction) -> Bound:
        return Bound(0, 0, log2(abs(value.numerator) or 1), log2(value.denominator))

    def pi(self) -> Bound:
        return Bound(1, 0, 0, 0)

    def inverse_of(self, entry: Bound) -> Bound:
        return Bound(entry.bottom, entry.top, entry.below, entry.size)

    def pivot(self, entries: list) -> int:
        return 0

    def constant_of(self, A: Array) -> Array:
        return A

    def _filled(self, shape: tuple, bound: Bound) -> Array:
        return Array(shape, [bound] * prod(shape))

    def combine(self, operate: Any, A: Array, B: Array) -> Array:
        shape = A.shape if A.shape == B.shape else common_shape(A.shape, B.shape)
        return self._filled(shape, operate(_worst(A), _worst(B)))

    def negate(self, A: Array) -> Array:
        return A

    def divide(self, A: Array, B: Array) -> Array:
        """Of r divisors, each quotient is brought to the product of all of them."""
        top, bottom = _worst(A), _worst(B)
        others = bottom.times(len(B.entries) - 1)
        size = Bound(
            top.top + bottom.bottom + others.top,
            top.bottom + bottom.top + others.top,
            top.size + bottom.below + others.size,
            top.below + bottom.size + others.size,
        )
        return self._filled(common_shape(A.shape, B.shape), size)

    def apply(self, function: Any, A: Array) -> Array:
        """Return a function of every entry, brought to the product of the denominators of all."""
        found = function(_worst(A))
        if not found.bottom and not found.below:
            return self._filled(A.shape, found)
        top, bottom = found._replace(bottom=0, below=0), Bound(found.bottom, 0, found.below, 0)
        return self.divide(self._filled(A.shape, top), self._filled(A.shape, bottom))

    def matmul(self, A: Array, B: Array) -> Array:
        (rows, inner), cols = A.shape, B.shape[1]
        return Array((rows, cols), [(_worst(A) * _worst(B)).of_sum(inner)] * (rows * cols))

    def kron(self, A: Array, B: Array) -> Array:
        shape = (A.shape[0] * B.shape[0], A.shape[1] * B.shape[1])
        return self._filled(shape, _worst(A) * _worst(B))

    def total(self, entries: list) -> Bound:
        return max_bound(entries).of_sum(len(entries))

    def product(self, entries: list) -> Bound:
        return max_bound(entries).times(len(entries))

    def integer_power(self, entry: Bound, exponent: int) -> Bound:
        if exponent < 0:
            return self.inverse_of(entry.times(-exponent))
        return entry.times(exponent)

    def is_zero(self, entry: Bound) -> bool:
        return False

    def det(self, A: Array) -> Bound:
        n = A.shape[0]
        return _worst(A).times(n).of_sum(2 ** (n * max(1, n.bit_length())))

    def inverse(self, A: Array) -> Array:
        """adj(N)/det(N), times the denominator of A = N/D."""
        n, own = A.shape[0], _worst(A)
        minor, whole = own.times(n - 1), own.times(n)
        extra = n * log2(n) if n > 1 else 0
        found = Bound(minor.top + own.bottom, whole.top, minor.size + own.below + extra, whole.size + extra)
        return self._filled(A.shape, found)

    def solve(self, A: Array, B: Array) -> Array:
        return self.matmul(self.inverse(A), B)

    def adjugate(self, A: Array) -> Array:
        n = A.shape[0]
        return self._filled(A.shape, _worst(A).times(n - 1).of_sum(2 ** (n * max(1, n.bit_length()))))


def max_bound(entries: list) -> Bound:
    """Return a bound that holds for all of some entries; those that differ have one denominator, or none."""
    first = entries[0]
    if entries.count(first) == len(entries):
        return first
    bottom, below = max(entry.bottom for entry in entries), max(entry.below for entry in entries)
    tops = [(entry.top + bottom - entry.bottom, entry.size + below - entry.below) for entry in set(entries)]
    return Bound(max(top for top, _ in tops), bottom, max(size for _, size in tops), below)


def _worst(A: Array) -> Bound:
    return max_bound(A.entries)


def of_derivative(value: Bound, order: int) -> Bound:
    """Return the bound of a directional derivative of a value: by the quotient rule, and linear in each direction."""
    factor = log2(2 * (value.top + value.bottom + 1))
    return Bound(
        value.top + order * value.bottom + order,
        (order + 1) * value.bottom,
        value.size + order * (value.below + factor),
        (order + 1) * value.below,
    )
