"""Fractions: values and signs at rational points without rounding."""

from __future__ import annotations

from fractions import Fraction
from math import isqrt
from typing import Any

from .arithmetic import Arithmetic, nonzero
from .arrays import NoValue


class Rationals(Arithmetic):
    """Arithmetic on Python's fractions."""

    zero: Any = Fraction(0)
    one: Any = Fraction(1)

    def number(self, value: Fraction) -> Fraction:
        return value

    def inverse_of(self, entry: Fraction) -> Fraction:
        return 1 / nonzero(entry)

    def pivot(self, entries: list) -> int:
        for place, entry in enumerate(entries):
            if entry:
                return place
        raise NoValue("a matrix is singular")

    def sign(self, entry: Fraction) -> int:
        return (entry > 0) - (entry < 0)


class FlintRationals(Rationals):
    """The same with python-flint's fractions, which are faster."""

    def __init__(self, flint: Any) -> None:
        self.fraction = flint.fmpq
        self.zero, self.one = flint.fmpq(0), flint.fmpq(1)

    def number(self, value: Fraction) -> Any:
        return self.fraction(value.numerator, value.denominator)


class Roots(Rationals):
    """Fractions with the square roots that are fractions themselves, for values at single points."""

    def sqrt(self, x: Fraction) -> Fraction:
        if x < 0:
            raise NoValue("the square root of a negative number")
        root = Fraction(isqrt(x.numerator), isqrt(x.denominator))
        return root if root * root == x else super().sqrt(x)
