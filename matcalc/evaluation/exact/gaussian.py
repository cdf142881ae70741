"""Complex numbers whose real and imaginary parts are integers modulo a power of a prime.

The prime is 3 modulo 4, so that a**2 + b**2 is a multiple of it where both parts are alone, and every other number has
an inverse. A finite difference by a real and by an imaginary step is the derivative by each part, as of real numbers.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from .arithmetic import Arithmetic
from .arrays import Array, NoValue
from .padics import Padics


class Gaussian:
    """A number a + b*i."""

    __slots__ = ("re", "im")

    def __init__(self, re: int, im: int = 0) -> None:
        self.re, self.im = re, im

    def __add__(self, other: Gaussian) -> Gaussian:
        return Gaussian(self.re + other.re, self.im + other.im)

    def __sub__(self, other: Gaussian) -> Gaussian:
        return Gaussian(self.re - other.re, self.im - other.im)

    def __mul__(self, other: Gaussian) -> Gaussian:
        return Gaussian(self.re * other.re - self.im * other.im, self.re * other.im + self.im * other.re)

    def __neg__(self) -> Gaussian:
        return Gaussian(-self.re, -self.im)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Gaussian) and (self.re, self.im) == (other.re, other.im)

    def __hash__(self) -> int:
        return hash((self.re, self.im))


class Gaussians(Padics):
    """Arithmetic on such numbers; their parts are residues modulo ``prime**digits``."""

    is_real = False
    zero: Any = Gaussian(0)
    one: Any = Gaussian(1)

    def number(self, value: Fraction) -> Any:
        return Gaussian(super().number(value))

    def reduced(self, entries: list) -> list:
        modulus = self.modulus
        return [Gaussian(entry.re % modulus, entry.im % modulus) for entry in entries]

    def inverse_of(self, entry: Any) -> Any:
        size = (entry.re * entry.re + entry.im * entry.im) % self.modulus
        if size % self.prime == 0:
            raise NoValue("a divisor is a multiple of the prime")
        inverse = pow(size, -1, self.modulus)
        return Gaussian(entry.re * inverse % self.modulus, -entry.im * inverse % self.modulus)

    def quotient(self, one: Any, other: Any) -> Any:
        return one * self.inverse_of(other)

    def pivot(self, entries: list) -> int:
        for place, entry in enumerate(entries):
            if entry.re % self.prime or entry.im % self.prime:
                return place
        raise NoValue("a matrix is singular modulo the prime")

    def matmul(self, A: Array, B: Array) -> Array:
        return Arithmetic.matmul(self, A, B)

    def multiply(self, A: Array, B: Array) -> Array:
        return Arithmetic.multiply(self, A, B)

    def divide(self, A: Array, B: Array) -> Array:
        return self.scale(1 / B.constant, A) if B.constant else Arithmetic.divide(self, A, B)

    def power(self, A: Array, B: Array) -> Array:
        return Arithmetic.power(self, A, B)

    def integer_power(self, entry: Any, exponent: int) -> Any:
        return Arithmetic.integer_power(self, entry, exponent)

    def is_zero(self, entry: Any) -> bool:
        return not entry.re % self.modulus and not entry.im % self.modulus

    def conjugate(self, entry: Any) -> Any:
        return Gaussian(entry.re, -entry.im)

    def real_part(self, entry: Any) -> Any:
        return Gaussian(entry.re)

    def imaginary_part(self, entry: Any) -> Any:
        return Gaussian(entry.im)

    def imaginary_unit(self) -> Any:
        return Gaussian(0, 1)

    def pi(self) -> Any:
        return Gaussian(self._pi)

    def times_unit(self, A: Array) -> Array:
        """Return i times an array."""
        return Array(A.shape, self.reduced([Gaussian(-entry.im, entry.re) for entry in A.entries]))
