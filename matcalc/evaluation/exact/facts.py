"""Whether an array of fractions has a declared fact, without rounding."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from ...rulebook.facts import is_pattern, pattern
from .arrays import Array, transpose


def has(A: Array, facts: frozenset) -> bool:
    """Return whether an array of fractions has all the facts."""
    return all(_TESTS[word](A) if word in _TESTS else _of_pattern(A, word) for word in facts)


def _of_pattern(A: Array, word: str) -> bool:
    """Whether entries of one group are equal and the others 0; true of facts that are no patterns."""
    if not is_pattern(word):
        return True
    if not _square(A):
        return False
    groups = [group for row in pattern(A.shape[0], [word]) for group in row]
    return all(entry == (A.entries[group] if group >= 0 else 0) for entry, group in zip(A.entries, groups))


def _symmetric(A: Array) -> bool:
    return _square(A) and A.entries == transpose(A).entries


def _square(A: Array) -> bool:
    return A.shape[0] == A.shape[1]


def _product(A: Array, B: Array) -> list:
    columns = transpose(B).rows()
    return [sum(a * b for a, b in zip(row, column)) for row in A.rows() for column in columns]


def _identity(n: int) -> list:
    return [int(i == j) for i in range(n) for j in range(n)]


def _orthogonal(A: Array) -> bool:
    return _product(transpose(A), A) == _identity(A.shape[1])


def _rows(A: Array) -> list:
    """Return rows whose entries may be divided by each other: none is a Python integer."""
    return [[Fraction(entry) if isinstance(entry, int) else entry for entry in row] for row in A.rows()]


def _pivots(A: Array) -> list | None:
    """Return the pivots of a symmetric elimination, None where a zero stands in its way."""
    rows, pivots = _rows(A), []
    for step, row in enumerate(rows):
        pivots.append(row[step])
        if row[step] == 0:
            if any(other[step] for other in rows[step + 1 :]) or any(row[step + 1 :]):
                return None
            continue
        for other in rows[step + 1 :]:
            factor = other[step] / row[step]
            other[step:] = [entry - factor * above for entry, above in zip(other[step:], row[step:])]
    return pivots


def _definite(A: Array, strictly: bool) -> bool:
    pivots = _pivots(A) if _symmetric(A) else None
    return pivots is not None and all(pivot > 0 or not strictly and pivot == 0 for pivot in pivots)


def determinant(A: Array) -> Any:
    """Return the determinant of a square matrix of fractions."""
    rows, found = _rows(A), 1
    for step in range(len(rows)):
        place = next((i for i in range(step, len(rows)) if rows[i][step]), None)
        if place is None:
            return 0
        if place != step:
            rows[step], rows[place], found = rows[place], rows[step], -found
        found *= rows[step][step]
        for other in rows[step + 1 :]:
            factor = other[step] / rows[step][step]
            other[step:] = [entry - factor * above for entry, above in zip(other[step:], rows[step][step:])]
    return found


def _toeplitz(A: Array) -> bool:
    rows = A.rows()
    return all(one[:-1] == other[1:] for one, other in zip(rows, rows[1:]))


def _has_rank_one(A: Array) -> bool:
    """Whether all rows are multiples of one that is not zero."""
    rows = A.rows()
    first = next((row for row in rows if any(row)), None)
    if first is None:
        return False
    place = next(j for j, entry in enumerate(first) if entry)
    return all(entry * first[place] == row[place] * other for row in rows for entry, other in zip(row, first))


def _only_diagonal(A: Array) -> bool:
    return _square(A) and not any(entry for k, entry in enumerate(A.entries) if k % (A.shape[0] + 1))


def _of_entries(A: Array) -> list:
    """Return the entries that a fact about entries speaks of: of a diagonal matrix those on the diagonal."""
    return A.entries[:: A.shape[0] + 1] if A.shape[0] > 1 and _only_diagonal(A) else A.entries


def _simplex(A: Array) -> bool:
    """Whether all entries are positive and each column, or a single row, adds to 1."""
    columns = [A.entries] if A.shape[0] == 1 else transpose(A).rows()
    return all(entry > 0 for entry in A.entries) and all(sum(column) == 1 for column in columns)


_TESTS = {
    "symmetric": _symmetric,
    "skew": lambda A: _square(A) and [-entry for entry in A.entries] == transpose(A).entries,
    "diagonal": _only_diagonal,
    "orthogonal": _orthogonal,
    "rank-one": _has_rank_one,
    "symmetric-rank-one": lambda A: _symmetric(A) and _has_rank_one(A),
    "symmetric-toeplitz": lambda A: _symmetric(A) and _toeplitz(A),
    "permutation": lambda A: _square(A) and _orthogonal(A) and all(entry in (0, 1) for entry in A.entries),
    "projection": lambda A: _square(A) and _product(A, A) == A.entries,
    "pd": lambda A: _definite(A, True),
    "psd": lambda A: _definite(A, False),
    "invertible": lambda A: _square(A) and determinant(A) != 0,
    "positive-det": lambda A: _square(A) and determinant(A) > 0,
    "toeplitz": _toeplitz,
    "positive": lambda A: all(entry > 0 for entry in _of_entries(A)),
    "negative": lambda A: all(entry < 0 for entry in _of_entries(A)),
    "unit-interval": lambda A: all(0 < entry < 1 for entry in _of_entries(A)),
    "simplex": _simplex,
    "binary": lambda A: all(entry in (0, 1) for entry in A.entries),
    "integer": lambda A: all(entry.denominator == 1 for entry in A.entries),
}
