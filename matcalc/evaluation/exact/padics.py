"""Integers modulo a power of a prime, in which a finite difference is a derivative without rounding.

F(x + h*v) is F(x) + h*F'(x)v + a multiple of h**2 for every power series with integral coefficients, so with h = p**s
the quotient (F(x + h*v) - F(x))/h is the derivative modulo p**s (Gouvêa, p-adic Numbers, 4.2 and 5.4).
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from operator import add, mul, sub
from random import Random
from typing import Any

from ...bounds import MAX_EXACT_POWER
from .arithmetic import Arithmetic, paired
from .arrays import Array, NoValue, from_rows
from .minors import MOST_ROWS, adjugate_of

# p = r mod 840 with r of these: p = 3 mod 4, so that one of a, -a is a square, and 2, 3, 5, 7 are squares
_RESIDUES = tuple(r for r in range(840) if r % 8 == 7 and r % 3 == 2 and r % 5 in (1, 4) and r % 7 in (3, 5, 6))
# the strong tests to these bases decide for every number below 2**81.4 (Sorenson & Webster 2015)
_BASES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41)
# primes are between 2**BITS and twice that: three digits of a Python integer; so many of them, and more, can be drawn:
# 2**80/log(2**81) in all, and one in 32 has such a residue
BITS, PRIMES = 80, 2**69
# denominators below are inverted by Euclid's algorithm on themselves
_SMALL = 2**16


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
    """Arithmetic modulo ``prime**digits``: entries stand for their residues, and only products are reduced.

    ``lost``: how many of the digits no longer hold after divisions by multiples of the prime. ``detached``: the
    values of what counts as a constant, by the node, kept in the first evaluation and taken in those that follow.
    """

    zero, one = 0, 1

    def __init__(self, prime: int, digits: int, pi: int = 1) -> None:
        self.prime, self.digits, self.modulus = prime, digits, prime**digits
        self.restart(pi)
        self._parts: dict = {}
        # the inverses of residues modulo the prime, which a displacement does not change
        self._residues: dict = {}

    def restart(self, pi: int) -> None:
        """Forget what was lost and kept at a point, and take another number for π."""
        self.lost, self._pi = 0, pi
        self.detached: dict = {}
        self.again = False
        self._taken: dict = {}

    def shortened(self, digits: int) -> Padics:
        """Return this arithmetic with fewer digits."""
        found = type(self)(self.prime, digits, self._pi)
        found._residues = self._residues
        return found

    def begin(self, again: bool) -> None:
        """Begin an evaluation, ``again`` at a displaced point, where constants stay what they were."""
        self.again, self._taken = again, {}
        if not again:
            self.detached = {}

    def number(self, value: Fraction) -> int:
        below = value.denominator
        return value.numerator if below == 1 else value.numerator * self._part(below) % self.modulus

    def _part(self, below: int) -> int:
        """Return 1/below of a positive integer."""
        found = self._parts.get(below)
        if found is None:
            if below < _SMALL and below % self.prime:  # (1 + k*modulus)/below for the k that makes it integral
                found = (1 + self.modulus * pow(-self.modulus % below, -1, below)) // below
            else:
                found = Padics.inverse_of(self, below)
            self._parts[below] = found
        return found

    def is_zero(self, entry: int) -> bool:
        return entry % self.modulus == 0

    def reduced(self, entries: list) -> list:
        modulus = self.modulus
        return [entry % modulus for entry in entries]

    def inverse_of(self, entry: int) -> int:
        residue = entry % self.prime
        if not residue:
            raise NoValue("a divisor is a multiple of the prime")
        # each step of Newton's method doubles the digits, and is much faster than Euclid's algorithm on all of them
        known, digits = self._residues.get(residue), 1
        found = self._residues[residue] = pow(residue, -1, self.prime) if known is None else known
        while digits < self.digits:
            found, digits = found * (2 - entry * found) % self.modulus, 2 * digits
        return found

    def quotient(self, one: int, other: int) -> int:
        if other % self.prime:
            return one * Padics.inverse_of(self, other)
        other %= self.modulus
        order = self._order(other)
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

    def add(self, A: Array, B: Array) -> Array:
        return paired(add, A, B)

    def subtract(self, A: Array, B: Array) -> Array:
        return paired(sub, A, B)

    def multiply(self, A: Array, B: Array) -> Array:
        if A.shape == B.shape:
            modulus = self.modulus
            return Array(A.shape, [a * b % modulus for a, b in zip(A.entries, B.entries)])
        if A.constant is not None and A.constant.denominator == 1 and abs(A.constant.numerator) < _SMALL:
            return paired(mul, A, B)
        if A.shape == (1, 1) and len(B.shape) > 1:
            return self._times(A.entries[0], B)
        if B.shape == (1, 1) and len(A.shape) > 1:
            return self._times(B.entries[0], A)
        return super().multiply(A, B)

    def _times(self, number: int, A: Array) -> Array:
        modulus = self.modulus
        return Array(A.shape, [number * entry % modulus for entry in A.entries])

    def negate(self, A: Array) -> Array:
        return Array(A.shape, [-entry for entry in A.entries])

    def divide(self, A: Array, B: Array) -> Array:
        if B.constant and len(A.shape) == 2:
            above, below = B.constant.denominator, B.constant.numerator
            return self._times(above * self._part(below) if below > 0 else -above * self._part(-below), A)
        return super().divide(A, B)

    def power(self, A: Array, B: Array) -> Array:
        exponent = B.constant
        if exponent is None or exponent.denominator != 1 or abs(exponent.numerator) > MAX_EXACT_POWER:
            return super().power(A, B)
        whole, modulus = exponent.numerator, self.modulus
        if whole == 2:
            return Array(A.shape, [entry * entry % modulus for entry in A.entries])
        return Array(A.shape, [self.integer_power(entry, whole) for entry in A.entries])

    def inverse(self, A: Array) -> Array:
        """Return the adjugate over the determinant, for a few rows."""
        n = A.shape[0]
        if not 1 < n <= MOST_ROWS:
            return super().inverse(A)
        adjugate = adjugate_of(A.entries, n)
        (determinant,) = self.reduced([sum(map(mul, A.entries[:n], adjugate[::n]), self.zero)])
        inverse = self.inverse_of(determinant)
        return Array((n, n), self.reduced([inverse * entry for entry in adjugate]))

    def solve(self, A: Array, B: Array) -> Array:
        """Return the solution of A @ Y = B by elimination without divisions: all pivots are inverted at the end."""
        if 1 < A.shape[0] <= MOST_ROWS:
            return self.matmul(self.inverse(A), B)
        n, rows = A.shape[0], [a + b for a, b in zip(A.rows(), B.rows())]
        pivots: list = []
        for step in range(n):
            place = step + self.pivot([row[step] for row in rows[step:]])
            rows[step], rows[place] = rows[place], rows[step]
            leading = rows[step][step + 1 :]
            pivot = rows[step][step]
            for other, row in enumerate(rows):
                if other != step:
                    first = row[step]
                    row[step + 1 :] = self.reduced([pivot * x - first * y for x, y in zip(row[step + 1 :], leading)])
            pivots = [*self.reduced([pivot * before for before in pivots]), pivot]
        return from_rows([self.reduced([x * y for x in row[n:]]) for row, y in zip(rows, self._inverses(pivots))])

    def _inverses(self, entries: list) -> list:
        """Return 1/entry of each, by one inversion of their product (Montgomery 1987)."""
        products = entries[:1]
        for entry in entries[1:]:
            products += self.reduced([products[-1] * entry])
        found: list = []
        inverse = self.inverse_of(products[-1])
        for entry, before in zip(entries[:0:-1], products[-2::-1]):
            found += self.reduced([inverse * before])
            (inverse,) = self.reduced([inverse * entry])
        return [inverse, *found[::-1]]

    def matmul(self, A: Array, B: Array) -> Array:
        (rows, inner), width, modulus = A.shape, B.shape[1], self.modulus
        left, right = A.entries, B.entries
        columns: Any
        lines: Any
        # written out, a short product takes two thirds of the time
        if inner == 1:
            found = [x * y % modulus for x in left for y in right]
        elif inner == 2:
            columns = list(zip(right[:width], right[width:]))
            found = [(x * a + y * b) % modulus for x, y in zip(left[::2], left[1::2]) for a, b in columns]
        elif inner == 3:
            columns = list(zip(right[:width], right[width : 2 * width], right[2 * width :]))
            lines = zip(left[::3], left[1::3], left[2::3])
            found = [(x * a + y * b + z * c) % modulus for x, y, z in lines for a, b, c in columns]
        elif inner == 4:
            columns = list(zip(*(right[i : i + width] for i in range(0, 4 * width, width))))
            lines = zip(left[::4], left[1::4], left[2::4], left[3::4])
            found = [(x * a + y * b + z * c + w * d) % modulus for x, y, z, w in lines for a, b, c, d in columns]
        else:
            columns = [right] if width == 1 else [right[j::width] for j in range(width)]
            lines = [left[i : i + inner] for i in range(0, rows * inner, inner)]
            found = [sum(map(mul, line, column)) % modulus for line in lines for column in columns]
        return Array((rows, width), found)

    def integer_power(self, entry: int, exponent: int) -> int:
        if exponent < 0:
            return pow(self.inverse_of(entry), -exponent, self.modulus)
        return pow(entry, exponent, self.modulus)

    def constant_of(self, A: Array) -> Array:
        known = self.detached.setdefault(self.place, [])
        if not self.again:
            known.append(A)
            return A
        number = self._taken[self.place] = self._taken.get(self.place, -1) + 1
        return known[number]

    def pi(self) -> int:
        """Return a random number: π is a root of no polynomial, so what holds for it holds for any number."""
        return self._pi

    def scaled_by_prime(self, A: Array) -> Array:
        """Return an array of multiples of the prime."""
        return Array(A.shape, self.reduced([self.prime * entry for entry in A.entries]), A.constant)
