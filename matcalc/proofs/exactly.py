"""Exact values at rational points, so that what refutes a claim is a proved inequality and no rounding."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from ..errors import MatcalcError
from ..evaluation.exact.arrays import Array, NotExact, NoValue
from ..evaluation.exact.facts import has
from ..evaluation.exact.value import exact_value

# what is shown of a point is what is computed with
_LARGEST_DENOMINATOR = 1000


def fractions_of(point: Any, facts: dict) -> dict | None:
    """Return {name: rows of Fractions} near a point, with the declared facts; None where they would not hold.

    Entries are given three decimals at most, or a small denominator; what adds to 1 keeps doing so.
    """
    found = {}
    for name, array in point.arrays.items():
        words = frozenset(facts.get(name, ()))
        entries: list[list] = array.tolist()
        rows: list[list] = [[Fraction(e).limit_denominator(_LARGEST_DENOMINATOR) for e in row] for row in entries]
        if "simplex" in words:
            for column in range(len(rows[0])):
                rows[-1][column] = 1 - sum(row[column] for row in rows[:-1])
        if not has(Array((len(rows), len(rows[0])), [entry for row in rows for entry in row]), words):
            return None
        found[name] = rows
    return found


def value_at(tree: Any, rows: dict, sizes: dict, book: Any) -> Array | None:
    """Return the exact value of a tree, of fractions or of intervals that hold it; None where it is not certain."""
    try:
        return exact_value(tree, rows, sizes, book)
    except (NoValue, NotExact, MatcalcError, ArithmeticError):
        return None


def form_of(value: Array, vector: tuple) -> Any:
    """Return x.T@M@x for a vector of integers."""
    rows = value.rows()
    places = [i for i, entry in enumerate(vector) if entry]
    return sum(rows[i][j] * (vector[i] * vector[j]) for i in places for j in places)


def sign_of(entry: Any) -> int:
    """Return the sign of an exact number; 0 where it is 0 or not proved."""
    return 1 if entry > 0 else -1 if entry < 0 else 0


def difference(one: Any, other: Any) -> Any:
    """Return one - other for fractions and intervals."""
    if isinstance(one, Fraction) is isinstance(other, Fraction):
        return one - other
    if isinstance(one, Fraction):
        return -difference(other, one)
    return (one * other.denominator - other.numerator) / other.denominator


def mean_of(one: Any, other: Any) -> Any:
    """Return (one + other)/2 for fractions and intervals."""
    return difference(one, -other) / 2
