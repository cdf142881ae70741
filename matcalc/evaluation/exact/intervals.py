"""Intervals that hold the true value, by mpmath: what there is where python-flint is not installed.

Ends are rounded outwards (mpmath's ``iv``). There are the four operations, roots, exponentials, logarithms, sine and
cosine, and what is made of them; functions of matrices with eigenvalues in them are left to balls.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from mpmath import iv

from .arithmetic import Arithmetic
from .arrays import NoValue

_BITS = 240


class Intervals(Arithmetic):
    """Arithmetic on intervals of numbers of 240 bits."""

    def __init__(self) -> None:
        iv.prec = _BITS
        self.zero, self.one = iv.mpf(0), iv.mpf(1)

    def number(self, value: Fraction) -> Any:
        return iv.mpf(value.numerator) / value.denominator

    def inverse_of(self, entry: Any) -> Any:
        return self.quotient(self.one, entry)

    def quotient(self, one: Any, other: Any) -> Any:
        if 0 in other:
            raise NoValue("a divisor may be 0")
        return one / other

    def pivot(self, entries: list) -> int:
        sizes = [float(abs(entry).a) for entry in entries]
        if not max(sizes) > 0:
            raise NoValue("a matrix may be singular")
        return sizes.index(max(sizes))

    def sign(self, entry: Any) -> int:
        if 0 not in entry:
            return 1 if entry > 0 else -1
        if entry.a == entry.b:
            return 0
        raise NoValue("a sign cannot be told")

    def pi(self) -> Any:
        return iv.pi

    def exp(self, x: Any) -> Any:
        return iv.exp(x)

    def log(self, x: Any) -> Any:
        if not x > 0:
            raise NoValue("the logarithm of what may be negative")
        return iv.log(x)

    def log_of_size(self, x: Any) -> Any:
        return iv.log(x if self.sign(x) > 0 else -x)

    def sqrt(self, x: Any) -> Any:
        if x.a == x.b == 0:
            return self.zero
        if not x > 0:
            raise NoValue("the square root of what may be 0 or negative")
        return iv.sqrt(x)

    def sin(self, x: Any) -> Any:
        return iv.sin(x)

    def cos(self, x: Any) -> Any:
        return iv.cos(x)
