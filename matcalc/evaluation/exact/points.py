"""Random arrays that have every fact declared of them, in any arithmetic: one recipe for each kind of structure.

The recipes use sums, products and inverses alone, so that they hold for fractions, modulo a prime, and for bounds of
degrees, which so include how a structured matrix depends on what was drawn.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from fractions import Fraction
from random import Random
from typing import Any

from ...rulebook.facts import facts_with, implied, implying, is_pattern, pattern
from .arithmetic import Arithmetic
from .arrays import Array, NoValue, from_rows, transpose
from .degrees import Bound
from .facts import has
from .padics import BITS

SYMMETRIC = implying("symmetric")
# "orthogonal" is said of rectangular matrices as well, whose columns are then orthonormal
STRUCTURES = facts_with(square=True) | {"positive-det", "orthogonal"}
# facts that leave few arrays to draw from
SMALL = frozenset({"binary", "permutation"})
_SIGNED = frozenset({"positive", "negative", "unit-interval", "simplex", "binary", "integer"})
_TRIES = 20


class Source(ABC):
    """Where random entries come from; ``ordered`` where they are real numbers."""

    ordered = False

    def __init__(self, random: Random) -> None:
        self.random = random

    @abstractmethod
    def free(self) -> Any:
        """Return any entry."""

    def several(self, count: int) -> list:
        """Return so many entries."""
        return [self.free() for _ in range(count)]

    def positive(self) -> Any:
        return self.free()

    def between(self) -> Any:
        """Return an entry between 0 and 1."""
        return self.free()

    def integer(self) -> Any:
        return self.free()

    def bit(self) -> Any:
        return self.random.randrange(2)

    def unit(self) -> Any:
        """Return 1."""
        return 1

    def coin(self) -> bool:
        return bool(self.random.randrange(2))


class Residues(Source):
    """The 2**BITS smallest residues: all are different modulo the prime, which is larger.

    A polynomial of degree d that is not 0 has the value 0 at such a point with chance d/2**BITS at most; products of
    what is short are fast.
    """

    def free(self) -> int:
        return self.random.getrandbits(BITS)

    def several(self, count: int) -> list:
        bits = self.random.getrandbits
        return [bits(BITS) for _ in range(count)]


class Bounds(Source):
    """Variables of degree 1."""

    _FREE, _BIT = Bound(1, 0, 0.0, 0.0), Bound(0, 0, 0.0, 0.0)

    def free(self) -> Bound:
        return self._FREE

    def several(self, count: int) -> list:
        return [self._FREE] * count

    def bit(self) -> Bound:
        return self._BIT


class Reals(Source):
    """Fractions with 60 binary places, about as large as ``size``; ``fraction`` makes one of two integers."""

    ordered = True

    def __init__(self, random: Random, size: Fraction = Fraction(1), fraction: Callable = Fraction) -> None:
        super().__init__(random)
        self.fraction, self.size = fraction, fraction(size.numerator, size.denominator)
        self._above, self._below = size.numerator, 2**58 * size.denominator

    def _unit(self) -> Any:
        return self.fraction(self.random.getrandbits(60) + 1, 2**60)

    def free(self) -> Any:
        return self.fraction((self.random.getrandbits(60) - 2**59) * self._above, self._below)

    def several(self, count: int) -> list:
        if type(self) is not Reals:
            return super().several(count)
        bits, half, fraction, above, below = self.random.getrandbits, 2**59, self.fraction, self._above, self._below
        return [fraction((bits(60) - half) * above, below) for _ in range(count)]

    def positive(self) -> Any:
        return self.size * (self.fraction(1, 5) + 2 * self._unit())

    def between(self) -> Any:
        return self.fraction(1, 10) + self._unit() * self.fraction(4, 5)

    def unit(self) -> Any:
        return self.fraction(1, 1)

    def integer(self) -> Any:
        return self.fraction(self.random.choice((-4, -3, -2, -1, 1, 2, 3, 4)), 1)

    def bit(self) -> Any:
        return self.fraction(self.random.randrange(2), 1)


class Positives(Reals):
    """Fractions between 0 and 1 times ``size``, for functions that are defined there only."""

    def free(self) -> Any:
        return self.size * self._unit()

    positive = free


class Small(Reals):
    """Small multiples of a number, for counterexamples."""

    def free(self) -> Any:
        return self.size * self.random.choice((-3, -2, -1, 1, 2, 3))

    def positive(self) -> Any:
        return self.size * self.random.choice((1, 2, 3))

    def between(self) -> Any:
        return self.fraction(self.random.choice((1, 2, 3)), 4)


def draw(c: Arithmetic, source: Source, shape: tuple, facts: frozenset) -> Array:
    """Return a random array of ``shape`` that has all the declared facts.

    Raises NoValue where none was found: a skew orthogonal matrix of three rows, a positive matrix that is skew.
    """
    if not facts:
        return Array(shape, source.several(shape[0] * shape[1]))
    for _ in range(_TRIES if source.ordered else 1):
        found = _drawn(c, source, shape, facts)
        if not source.ordered or has(found, facts):
            return found
    raise NoValue(f"no {shape[0]}×{shape[1]} array was found that is {', '.join(sorted(facts))}")


def _drawn(c: Arithmetic, source: Source, shape: tuple, facts: frozenset) -> Array:
    if "orthogonal" in facts and shape[0] != shape[1]:
        return _orthonormal(c, source, shape)
    if facts & implying("rank-one"):
        return _of_rank_one(c, source, shape, facts)
    if shape[0] == shape[1] and facts & STRUCTURES:
        return _Matrix(c, source, shape[0], facts).drawn()
    return _entries(c, source, shape, facts)


def _entry(source: Source, facts: frozenset) -> Any:
    if "simplex" in facts and facts & {"binary", "integer"}:
        return source.unit()
    if "binary" in facts:
        return source.bit()
    if "integer" in facts:
        value = source.integer()
        return abs(value) if "positive" in facts and source.ordered else value
    if facts & {"unit-interval"}:
        return source.between()
    if facts & {"positive", "simplex"}:
        return source.positive()
    return -source.positive() if "negative" in facts else source.free()


def _entries(c: Arithmetic, source: Source, shape: tuple, facts: frozenset) -> Array:
    count = shape[0] * shape[1]
    if not facts & _SIGNED:
        return Array(shape, source.several(count))
    entries = [_entry(source, facts) for _ in range(count)]
    if "integer" in facts and "negative" in facts and source.ordered:
        entries = [-abs(entry) for entry in entries]
    if "simplex" in facts:
        return _adding_to_one(c, source, shape, entries)
    return Array(shape, c.reduced(entries))


def _adding_to_one(c: Arithmetic, source: Source, shape: tuple, entries: list) -> Array:
    """Return entries of which each column, or a single row, adds to 1."""
    columns = [entries] if shape[0] == 1 else [entries[j :: shape[1]] for j in range(shape[1])]
    if source.ordered:
        columns = [[entry / sum(column) for entry in column] for column in columns]
    else:
        columns = [[c.one - c.total(column[1:]), *column[1:]] for column in columns]
    if shape[0] == 1:
        return Array(shape, c.reduced(columns[0]))
    return from_rows([c.reduced(list(row)) for row in zip(*columns)])


def _orthonormal(c: Arithmetic, source: Source, shape: tuple) -> Array:
    """Return columns of an orthogonal matrix; raises NoValue for a wide matrix, whose columns are never orthonormal."""
    rows, cols = shape
    if rows < cols:
        raise NoValue(f"no {rows}×{cols} matrix has orthonormal columns")
    whole = _Matrix(c, source, rows, frozenset({"orthogonal"})).drawn().rows()
    return from_rows([row[:cols] for row in whole])


def _of_rank_one(c: Arithmetic, source: Source, shape: tuple, facts: frozenset) -> Array:
    """Return u@v.T: within zeros one row, of equal entries a multiple of ones."""
    rows, cols = shape
    of_entries = facts - STRUCTURES - implying("rank-one")
    column = _entries(c, source, (rows, 1), of_entries)
    if "simplex" in facts:
        return c.matmul(column, Array((1, cols), [c.one] * cols))
    if rows == cols and any(is_pattern(word) for word in facts - implying("rank-one") - {"symmetric"}):
        groups = pattern(rows, facts)
        if all(group >= 0 for row in groups for group in row):
            return Array(shape, [column.entries[0]] * rows * cols)
        place = max(range(rows), key=lambda i: sum(group >= 0 for group in groups[i]))
        kept = zip(groups[place], _entries(c, source, (1, cols), of_entries).entries)
        line = [entry if group >= 0 else c.zero for group, entry in kept]
        return from_rows([line if i == place else [c.zero] * cols for i in range(rows)])
    if rows == cols and implied(facts) & {"symmetric", "projection"}:
        found = c.matmul(column, transpose(column))
        size = Array((1, 1), [c.total([entry * entry for entry in column.entries])])
        found = c.divide(found, size) if "projection" in facts else found
        return c.negate(found) if "negative" in facts else found
    if "negative" in of_entries:
        of_entries = of_entries - {"negative"} | {"positive"}
    return c.matmul(column, _entries(c, source, (1, cols), of_entries))


class _Matrix:
    """Draws a square matrix of declared structure: of several structures the strictest leads, the others are kept."""

    def __init__(self, c: Arithmetic, source: Source, n: int, facts: frozenset) -> None:
        self.c, self.source, self.n, self.facts = c, source, n, facts
        self.definite = bool(facts & implying("psd"))

    def drawn(self) -> Array:
        if "simplex" in self.facts and self.facts & (SYMMETRIC | {"toeplitz"}) and "diagonal" not in self.facts:
            return self._stochastic()
        if all(group < 0 for row in pattern(self.n, self.facts) for group in row):
            return self._diagonal_of([self.c.zero] * self.n)
        for word in ("permutation", "orthogonal", "projection", "diagonal"):
            if word in self.facts:
                return getattr(self, word)()
        if self.n > 1 and any(is_pattern(word) for word in self.facts - {"symmetric", "toeplitz"}):
            return self._patterned()
        if "toeplitz" in self.facts:
            return self.toeplitz()
        if self.definite:
            return self._definite()
        if "symmetric" in self.facts and "skew" in self.facts:
            return self._diagonal_of([self.c.zero] * self.n)
        if "symmetric" in self.facts:
            return self._mirrored(1)
        if "skew" in self.facts:
            return self._mirrored(-1)
        return _entries(self.c, self.source, (self.n, self.n), self.facts - STRUCTURES)

    def _patterned(self) -> Array:
        """Return a matrix whose entries are equal, and 0, where its patterns say so, definite or not."""
        c, n = self.c, self.n
        groups = [group for row in pattern(n, self.facts) for group in row]
        entries = _entries(c, self.source, (n, n), self.facts - STRUCTURES).entries
        if "skew" in self.facts:
            entries = [c.zero] * n**2
        found = Array((n, n), [entries[group] if group >= 0 else c.zero for group in groups])
        if not self.definite:
            return found
        # the sum of 1 + x**2 over all entries exceeds that of their sizes
        total = c.reduced([c.total(c.multiply(found, found).entries) + self._number(n * n)])
        return c.add(found, self._diagonal_of(total * n))

    def _number(self, value: int) -> Any:
        return self.c.number(Fraction(value))

    def _random(self, rows: int, cols: int) -> Array:
        return Array((rows, cols), self.c.reduced(self.source.several(rows * cols)))

    def _diagonal_of(self, entries: list) -> Array:
        found = Array((self.n, self.n), [self.c.zero] * self.n**2)
        found.entries[:: self.n + 1] = entries
        return found

    # -- finite sets ---------------------------------------------------------------------------------------------

    def permutation(self) -> Array:
        if self.definite or self.facts & {"projection", "diagonal"}:
            return self.c.eye(self.n)
        if "toeplitz" in self.facts:
            order = list(range(self.n))
        elif "symmetric" in self.facts:
            order = list(range(self.n))[::-1]
        else:
            order = self.source.random.sample(range(self.n), self.n)
        zero, one = self.c.zero, self.c.one
        return from_rows([[one if j == place else zero for j in range(self.n)] for place in order])

    # -- orthogonal matrices -----------------------------------------------------------------------------------------

    def orthogonal(self) -> Array:
        c, n = self.c, self.n
        if self.definite or "projection" in self.facts:
            return c.eye(n)
        if self.facts & {"diagonal", "toeplitz"}:
            signs = [1 - 2 * self.source.random.randrange(2) for _ in range(n)]
            chosen = signs if "diagonal" in self.facts and "toeplitz" not in self.facts else [signs[0]] * n
            return self._diagonal_of([self._number(sign) for sign in chosen])
        if "skew" in self.facts:
            return self._skew_orthogonal()
        if n == 1:
            sign = 1 if self.facts & {"positive", "positive-det", "binary", "simplex"} else 1 - 2 * self.source.coin()
            return self._diagonal_of([self._number(-1 if "negative" in self.facts else sign)])
        if "symmetric" in self.facts:
            return self._reflection()
        found = self._rotation()
        turn = "positive-det" not in self.facts and self.source.coin()
        return c.matmul(self._reflection(), found) if turn else found

    def _rotation(self) -> Array:
        """Return (I - K)**(-1) @ (I + K) of a skew K (Cayley)."""
        c, eye = self.c, self.c.eye(self.n)
        skew = self._mirrored(-1)
        return c.solve(c.subtract(eye, skew), c.add(eye, skew))

    def _reflection(self) -> Array:
        """Return I - 2*v@v.T/(v.T@v) (Householder)."""
        c, vector = self.c, self._random(self.n, 1)
        length = c.matmul(transpose(vector), vector)
        projection = c.divide(c.matmul(vector, transpose(vector)), length)
        return c.subtract(c.eye(self.n), c.scale(2, projection))

    def _skew_orthogonal(self) -> Array:
        if self.n % 2:
            raise NoValue("no skew matrix with an odd number of rows is orthogonal")
        half, c = self.n // 2, self.c
        rows = [[c.zero] * self.n for _ in range(self.n)]
        for i in range(half):
            rows[i][half + i], rows[half + i][i] = c.one, self._number(-1)
        turn = self._rotation()
        return c.matmul(c.matmul(turn, from_rows(rows)), transpose(turn))

    # -- projections, diagonal and Toeplitz matrices ---------------------------------------------------------------

    def projection(self) -> Array:
        c, n = self.c, self.n
        if self.facts & (implying("invertible") | {"toeplitz"}):
            return c.eye(n)
        if "skew" in self.facts:
            return self._diagonal_of([c.zero] * n)
        if "diagonal" in self.facts or n == 1:
            return self._diagonal_of([self._number(self.source.random.randrange(2)) for _ in range(n)])
        columns = self._random(n, (n + 1) // 2)
        rows = transpose(columns) if self.facts & SYMMETRIC else self._random((n + 1) // 2, n)
        return c.matmul(columns, c.solve(c.matmul(rows, columns), rows))

    def diagonal(self) -> Array:
        if "skew" in self.facts:
            return self._diagonal_of([self.c.zero] * self.n)
        words = self.facts | ({"positive"} if self.definite else frozenset())
        if "toeplitz" in self.facts:
            return self._diagonal_of([_entry(self.source, words)] * self.n)
        entries = _entries(self.c, self.source, (self.n, 1), words - STRUCTURES).entries
        if words & implying("invertible") and "binary" in words:
            return self.c.eye(self.n)
        return self._diagonal_of(entries)

    def toeplitz(self) -> Array:
        c, n = self.c, self.n
        words = self.facts - STRUCTURES
        upper, lower = ([_entry(self.source, words) for _ in range(n)] for _ in range(2))
        if self.facts & SYMMETRIC:
            lower = upper
        elif "skew" in self.facts:
            upper[0], lower = c.zero, [-entry for entry in upper]
        found = from_rows([c.reduced([upper[j - i] if j >= i else lower[i - j] for j in range(n)]) for i in range(n)])
        if self.definite and self.source.ordered:
            found.entries[:: n + 1] = [2 * sum(map(abs, upper)) + 1] * n
        return found

    def _stochastic(self) -> Array:
        """Return a*I + (1 - a)*ones/n, of which the columns add to 1."""
        c, n = self.c, self.n
        part = self.source.between()
        rest = (c.one - part) * c.number(Fraction(1, n))
        entries = [rest + part if i == j else rest for i in range(n) for j in range(n)]
        return Array((n, n), c.reduced(entries))

    # -- symmetric and skew matrices ----------------------------------------------------------------------------------

    def _mirrored(self, sign: int) -> Array:
        c, n = self.c, self.n
        rows, words = [[c.zero] * n for _ in range(n)], self.facts - STRUCTURES
        for i in range(n):
            for j in range(i + (sign < 0), n):
                rows[i][j] = _entry(self.source, words)
                rows[j][i] = rows[i][j] if sign > 0 else -rows[i][j]
        return from_rows([c.reduced(row) for row in rows])

    def _definite(self) -> Array:
        """Return L @ L.T, and in an order as entries of a definite matrix are asked for."""
        c, n, words = self.c, self.n, self.facts & _SIGNED
        if "binary" in words:
            return c.eye(n)
        factor = _entries(c, self.source, (n, n), words - {"simplex", "unit-interval"} | (
            {"positive"} if words - {"integer"} else frozenset()))
        found = c.matmul(factor, transpose(factor))
        if "pd" in self.facts and self.source.ordered:
            found = c.add(found, c.scale(Fraction(1, 2) if "integer" not in words else 1, c.eye(n)))
        if words & {"unit-interval", "simplex"}:
            found = c.divide(found, Array((1, 1), c.reduced([c.total(found.entries)])))
        return found
