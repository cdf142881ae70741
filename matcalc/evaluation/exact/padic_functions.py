"""exp, log, roots and trigonometry modulo a power of a prime, where their power series converge.

exp, sin, cos, atan, asin and erf are their series at multiples of the prime. The logarithm is Iwasawa's: log(u) is
log(u**(p - 1))/(p - 1), a homomorphism with the derivative 1/u everywhere on the units. A root is Hensel's, its first
digit a power of u, so that roots multiply (Gouvêa, p-adic Numbers, 5.4 to 5.8). Not everything that holds of real
numbers holds here (exp(log(u)) is u only near 1), so what differs proves nothing, and what agrees is no accident.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from .arrays import Array, NoValue
from .padics import Padics


class AnalyticPadics(Padics):
    """Arithmetic modulo ``prime**digits`` with the functions that have power series."""

    def exp(self, x: int) -> int:
        return self._series(x, lambda j, last: last * Fraction(1, j) if j else Fraction(1))

    def expm1(self, x: int) -> int:
        return (self.exp(x) - 1) % self.modulus

    def sin(self, x: int) -> int:
        return self._series(x, lambda j, last: Fraction((0, 1, 0, -1)[j % 4], _factorial(j)))

    def cos(self, x: int) -> int:
        return self._series(x, lambda j, last: Fraction((1, 0, -1, 0)[j % 4], _factorial(j)))

    def atan(self, x: int) -> int:
        return self._series(x, lambda j, last: Fraction((0, 1, 0, -1)[j % 4], max(j, 1)))

    def asin(self, x: int) -> int:
        def coefficient(j: int, last: Fraction) -> Fraction:
            half = j // 2
            return Fraction(_factorial(j - 1), 4**half * _factorial(half) ** 2 * j) if j % 2 else Fraction(0)

        return self._series(x, coefficient)

    def erf(self, x: int) -> int:
        def coefficient(j: int, last: Fraction) -> Fraction:
            half = j // 2
            return Fraction((-1) ** half * 2, _factorial(half) * j) if j % 2 else Fraction(0)

        return self._series(x, coefficient) * self.inverse_of(self.sqrt(self.pi())) % self.modulus

    def log(self, x: int) -> int:
        x %= self.modulus
        if x % self.prime == 0:
            raise NoValue("the logarithm of a multiple of the prime")
        near = pow(x, self.prime - 1, self.modulus) - 1
        total = self._series(near, lambda j, last: Fraction((-1) ** (j + 1), j) if j else Fraction(0))
        return total * pow(self.prime - 1, -1, self.modulus) % self.modulus

    def log_of_size(self, x: int) -> int:
        return self.log(x)

    def sqrt(self, x: int) -> int:
        """Return a root whose first digit is a power of that of ``x``; NoValue where there is none."""
        x %= self.modulus
        order = self._order(x) if x else 0
        if order % 2:
            raise NoValue("the root of an odd power of the prime")
        unit, p = x // self.prime**order, self.prime
        self.lost += order // 2
        root = pow(unit, (p + 1) // 4, p)
        if root * root % p != unit % p:
            raise NoValue("not a square modulo the prime")
        digits = 1
        while digits < self.digits:
            digits *= 2
            root = (root + unit * pow(root, -1, self.modulus)) * pow(2, -1, self.modulus) % self.modulus
        return root * self.prime ** (order // 2) % self.modulus

    def _series(self, x: int, coefficient: Callable) -> int:
        """Return the sum of a power series at a multiple of the prime."""
        x %= self.modulus
        if x % self.prime:
            raise NoValue("a power series outside its domain")
        total, power, last = 0, 1, Fraction(1)
        for j in range(self.digits + 1):
            last = coefficient(j, last)
            if last:
                total += self.number(last) * power
            power = power * x % self.modulus
            if not power:
                break
        return total % self.modulus

    def expm(self, A: Array) -> Array:
        """Return the exponential of a matrix of multiples of the prime, by its power series."""
        if any(entry % self.prime for entry in A.entries):
            raise NoValue("a power series outside its domain")
        total = power = self.eye(A.shape[0])
        for j in range(1, self.digits + 1):
            power = self.scale(Fraction(1, j), self.matmul(power, A))
            if not any(entry % self.modulus for entry in power.entries):
                break
            total = self.add(total, power)
        return total


def _factorial(n: int) -> int:
    return n * _factorial(n - 1) if n > 1 else 1
