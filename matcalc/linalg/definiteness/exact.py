"""Exact definiteness: the LDL factorization of a symmetric matrix of rationals, with pivoting, and its inertia.

By Sylvester's law of inertia the signs of the pivots are those of the eigenvalues (Horn & Johnson 2013, theorem 4.5.8).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import gcd, lcm


@dataclass(frozen=True)
class ExactFactors:
    """A[order][:, order] = L @ D @ L.T with exact entries.

    ``lower``: the rows of the unit lower triangular L; ``pivots``: the diagonal of D; ``couplings`` maps i to the entry
    d that D has at (i, i+1) and (i+1, i), where both pivots are 0. ``positive`` and ``negative`` count the signs of D's
    eigenvalues.
    """

    order: tuple[int, ...]
    lower: tuple[tuple[int | Fraction, ...], ...]
    pivots: tuple[Fraction, ...]
    couplings: dict[int, Fraction]

    @property
    def positive(self) -> int:
        """The number of positive eigenvalues."""
        return sum(p > 0 for p in self.pivots) + len(self.couplings)

    @property
    def negative(self) -> int:
        """The number of negative eigenvalues."""
        return sum(p < 0 for p in self.pivots) + len(self.couplings)

    @property
    def zero(self) -> int:
        """The number of zero eigenvalues."""
        return len(self.pivots) - self.positive - self.negative


def exact_factors(rows: list[list[Fraction]]) -> ExactFactors:
    """Return the ExactFactors of a symmetric matrix, given as lists of Fractions.

    The pivots stand in the order of the matrix as long as none is zero.
    """
    size = len(rows)
    work = [list(row) for row in rows]
    order, lower = list(range(size)), [[Fraction(0)] * size for _ in rows]
    pivots, couplings, k = [Fraction(0)] * size, {}, 0
    while k < size:
        place = next((i for i in range(k, size) if work[i][i]), None)
        if place is None:
            pair = _coupled(work, k, size)
            if pair is None:
                break
            _swap(work, lower, order, k, pair[0])
            _swap(work, lower, order, k + 1, pair[1])
            couplings[k] = work[k][k + 1]
            _eliminate_pair(work, lower, k, size)
            k += 2
            continue
        _swap(work, lower, order, k, place)
        pivots[k] = work[k][k]
        for i in range(k + 1, size):
            if work[i][k]:
                factor = lower[i][k] = work[i][k] / pivots[k]
                for j in range(k + 1, i + 1):
                    work[i][j] -= factor * work[j][k]
                    work[j][i] = work[i][j]
        k += 1
    for i in range(size):
        lower[i][i] = Fraction(1)
    return ExactFactors(tuple(order), tuple(map(tuple, lower)), tuple(pivots), couplings)


def _coupled(work: list[list[Fraction]], k: int, size: int) -> tuple[int, int] | None:
    """Return (i, j), i < j, of an entry that is not zero, or None."""
    return next(((i, j) for i in range(k, size) for j in range(i + 1, size) if work[i][j]), None)


def _swap(work: list[list[Fraction]], lower: list[list[Fraction]], order: list[int], i: int, j: int) -> None:
    """Exchange two rows, and the columns with them."""
    if i == j:
        return
    order[i], order[j] = order[j], order[i]
    lower[i], lower[j] = lower[j], lower[i]
    work[i], work[j] = work[j], work[i]
    for row in work:
        row[i], row[j] = row[j], row[i]


def _eliminate_pair(work: list[list[Fraction]], lower: list[list[Fraction]], k: int, size: int) -> None:
    """Eliminate with the pivot [[0, d], [d, 0]]."""
    d = work[k][k + 1]
    for i in range(k + 2, size):
        lower[i][k], lower[i][k + 1] = work[i][k + 1] / d, work[i][k] / d
    for i in range(k + 2, size):
        for j in range(k + 2, i + 1):
            work[i][j] -= lower[i][k] * work[j][k] + lower[i][k + 1] * work[j][k + 1]
            work[j][i] = work[i][j]


def direction(factors: ExactFactors, sign: int) -> tuple[int, ...] | None:
    """Return a vector x of integers with the sign of x.T@A@x as wanted (0: A@x = 0), or None where there is none.

    It solves L.T@y = u for a unit vector u, or u = (1, ±1) at a coupling, and puts y in the order of A.
    """
    size, target = len(factors.pivots), None
    for k, pivot in enumerate(factors.pivots):
        coupled = k in factors.couplings or k - 1 in factors.couplings
        if not coupled and (pivot > 0) - (pivot < 0) == sign:
            target = {k: Fraction(1)}
            break
    if target is None and sign and factors.couplings:
        k, d = next(iter(factors.couplings.items()))
        target = {k: Fraction(1), k + 1: Fraction(sign if d > 0 else -sign)}
    if target is None:
        return None
    solved = [target.get(i, Fraction(0)) for i in range(size)]
    for i in reversed(range(size)):
        for j in range(i):
            solved[j] -= factors.lower[i][j] * solved[i]
    return whole([value for _, value in sorted(zip(factors.order, solved))])


def whole(vector: list[Fraction]) -> tuple[int, ...]:
    """Return the smallest integer multiple of a vector of Fractions, its first entry positive."""
    multiple = lcm(*(v.denominator for v in vector))
    numbers = [int(v * multiple) for v in vector]
    shared = gcd(*numbers) or 1
    first = next((n for n in numbers if n), 1)
    return tuple(n // shared * (1 if first > 0 else -1) for n in numbers)


def leading_minors(factors: ExactFactors) -> tuple[Fraction, ...] | None:
    """Return the leading principal minors, None where the pivots do not stand in the order of the matrix."""
    if factors.couplings or factors.order != tuple(range(len(factors.order))):
        return None
    minors, product = [], Fraction(1)
    for pivot in factors.pivots:
        product *= pivot
        minors.append(product)
    return tuple(minors)
