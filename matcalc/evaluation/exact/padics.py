"""Integers modulo a power of a prime, in which a finite difference is a derivative without rounding.

F(x + h*v) is F(x) + h*F'(x)v + a multiple of h**2 for every power series with integral coefficients, so with h = p**s
the quotient (F(x + h*v) - F(x))/h is the derivative modulo p**s (Gouvêa, p-adic Numbers, 4.2 and 5.4).
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from operator import mul
from random import Random

from .arithmetic import Arithmetic
from .arrays import Array, NoValue

# p = r mod 840 with r of these: p = 3 mod 4, so that one of a, -a is a square, and 2, 3, 5, 7 are squares
_RESIDUES = tuple(r for r in range(840) if r % 8 == 7 and r % 3 == 2 and r % 5 in (1, 4) and r % 7 in (3, 5, 6))
# the strong tests to these bases decide for every number below 2**81.4 (Sorenson & Webster 2015)
_BASES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41)
# primes are between 2**BITS and twice that: three digits of a Python integer; so many of them, and more, can be drawn:
# 2**80/log(2**81) in all, and one in 32 has such a residue
BITS, PRIMES = 80, 2**69


@lru_cache(maxsize=64)
def random_prime(seed: str) -> int:
    """Return a prime between 2**80 and 2**81, drawn from ``seed``."""
    random = Random(f"prime {seed}")
    while True:
        candidate = 840 * random.randrange(2**BITS // 840 + 1, 2 ** (BITS + 1) // 840) + random.choice(_RESIDUES)
        if _is_prime(candidate):
            return candidate


def _is_prime(n: int) -> bool:
    odd, twos = n - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    for base in _BASES:
        found = pow(base, odd, n)
        if found not in (1, n - 1) and not any((found := found * found % n) == n - 1 for _ in range(twos - 1)):
            return False
    return True


class Padics(Arithmetic):
    """Arithmetic modulo ``prime**digits``.

    ``lost``: how many of the digits no longer hold after divisions by multiples of the prime. ``detached``: the
    values of what counts as a constant, kept in the first evaluation and taken in those that follow.
    """

    zero, one = 0, 1

    def __init__(self, prime: int, digits: int, pi: int = 1) -> None:
        self.prime, self.digits, self.modulus = prime, digits, prime**digits
        self.lost, self._pi = 0, pi
        self._numbers: dict = {}
        self.detached: list = []
        self.again = False
        self._taken = 0

    def begin(self, again: bool) -> None:
        """Begin an evaluation, ``again`` at a displaced point, where constants stay what they were."""
        self.again, self._taken = again, 0
        if not again:
            self.detached = []

    def number(self, value: Fraction) -> int:
        found = self._numbers.get(value)
        if found is None:
            divided = 1 if value.denominator == 1 else Padics.inverse_of(self, value.denominator)
            found = self._numbers[value] = value.numerator * divided % self.modulus
        return found

    def reduced(self, entries: list) -> list:
        modulus = self.modulus
        return [entry % modulus for entry in entries]

    def inverse_of(self, entry: int) -> int:
        if entry % self.prime == 0:
            raise NoValue("a divisor is a multiple of the prime")
        return pow(entry, -1, self.modulus)

    def quotient(self, one: int, other: int) -> int:
        other %= self.modulus
        order = self._order(other)
        if not order:
            return one * pow(other, -1, self.modulus)
        power = self.prime**order
        if one % power:
            raise NoValue("a quotient is not integral")
        self.lost += order
        return one % self.modulus // power * pow(other // power, -1, self.modulus)

    def _order(self, entry: int) -> int:
        order = 0
        while entry % self.prime == 0:
            entry //= self.prime
            order += 1
            if order >= self.digits - self.lost:
                raise NoValue("a divisor is 0 to all digits")
        return order

    def pivot(self, entries: list) -> int:
        for place, entry in enumerate(entries):
            if entry % self.prime:
                return place
        raise NoValue("a matrix is singular modulo the prime")

    def matmul(self, A: Array, B: Array) -> Array:
        width, modulus = B.shape[1], self.modulus
        columns = [B.entries[j::width] for j in range(width)]
        found = [sum(map(mul, row, column)) % modulus for row in A.rows() for column in columns]
        return Array((A.shape[0], width), found)

    def integer_power(self, entry: int, exponent: int) -> int:
        if exponent < 0:
            return pow(self.inverse_of(entry), -exponent, self.modulus)
        return pow(entry, exponent, self.modulus)

    def constant_of(self, A: Array) -> Array:
        if not self.again:
            self.detached.append(A)
            return A
        self._taken += 1
        return self.detached[self._taken - 1]

    def pi(self) -> int:
        """Return a random number: π is a root of no polynomial, so what holds for it holds for any number."""
        return self._pi

    def scaled_by_prime(self, A: Array) -> Array:
        """Return an array of multiples of the prime."""
        return Array(A.shape, self.reduced([self.prime * entry for entry in A.entries]), A.constant)
