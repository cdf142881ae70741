"""Vectors of three entries, the order of entries, and variances in any arithmetic, by torch's names."""

from __future__ import annotations

from fractions import Fraction
from functools import cmp_to_key
from typing import Any

from .arithmetic import Arithmetic
from .arrays import Array, NotExact, from_rows, picked, transpose
from .functions import mean, total


def skew(c: Arithmetic, x: Array) -> Array:
    a, b, d = x.entries
    return Array((3, 3), [c.zero, -d, b, d, c.zero, -a, -b, a, c.zero])


def vee(c: Arithmetic, X: Array) -> Array:
    (_, b, d), (e, _, f), (g, h, _) = X.rows()
    return c.scale(Fraction(1, 2), Array((3, 1), [h - f, d - g, e - b]))


def cross(c: Arithmetic, a: Array, b: Array, dim: int = 0) -> Array:
    return c.matmul(skew(c, a), b)


def _order(c: Arithmetic, entries: list) -> list[int]:
    """Return the places of the entries in ascending order; equal ones keep theirs."""

    def compared(i: int, j: int) -> int:
        return 0 if entries[i] is entries[j] else c.sign(entries[i] - entries[j])

    return sorted(range(len(entries)), key=cmp_to_key(compared))


def _sort(c: Arithmetic, x: Array, dim: int = 0) -> tuple:
    return (Array(x.shape, [x.entries[i] for i in _order(c, x.entries)]),)


def _sortperm(c: Arithmetic, x: Array) -> Array:
    count = len(x.entries)
    return from_rows([[c.one if j == i else c.zero for j in range(count)] for i in _order(c, x.entries)])


def _middle(c: Arithmetic, X: Array) -> tuple[int, int]:
    order = _order(c, X.entries)
    return order[(len(order) - 1) // 2], order[len(order) // 2]


def _quantile(c: Arithmetic, X: Array, part: Any) -> Array:
    """Return the entry below which are so many of all, a known part; between two of the sorted ones it is linear."""
    part = part.constant if isinstance(part, Array) else part
    if part is None:
        raise NotExact("the part of all that a quantile is for varies")
    order, place = _order(c, X.entries), Fraction(part) * (len(X.entries) - 1)
    if not 0 <= place <= len(order) - 1:
        raise NotExact("there is no quantile of this part")
    below = int(place)
    one, other = X.entries[order[below]], X.entries[order[min(below + 1, len(order) - 1)]]
    more = c.number(place - below)
    return Array((1, 1), c.reduced([one * (c.one - more) + other * more]))


def _hardmedian(c: Arithmetic, X: Array) -> Array:
    middle, half = _middle(c, X), c.number(Fraction(1, 2))
    return Array(X.shape, [sum([half for i in middle if i == place], c.zero) for place in range(len(X.entries))])


def variance(c: Arithmetic, X: Array, dim: Any = None, correction: int = 0, keepdim: bool = False) -> Array:
    centred = c.subtract(X, mean(c, X, dim, True))
    found = total(c, c.multiply(centred, c.apply(c.conjugate, centred)), dim, keepdim)
    count = len(X.entries) // len(found.entries)
    return c.scale(Fraction(1, count - correction), found)


def _deviation(c: Arithmetic, X: Array, dim: Any = None, correction: int = 0, keepdim: bool = False) -> Array:
    return c.apply(c.sqrt, variance(c, X, dim, correction, keepdim))


def _covariance(c: Arithmetic, X: Array, correction: int = 1) -> Array:
    X = X if len(X.shape) == 2 else Array((1, *X.shape), X.entries)
    centred = c.subtract(X, mean(c, X, 1, True))
    return c.scale(Fraction(1, X.shape[1] - correction), c.matmul(centred, transpose(centred)))


def _correlation(c: Arithmetic, X: Array) -> Array:
    deviation = _deviation(c, X, 1, 0, True)
    return c.divide(_covariance(c, X, 0), c.matmul(deviation, transpose(deviation)))


VECTORS = {
    "torch.corrcoef": _correlation,
    "torch.cov": _covariance,
    "torch.linalg.cross": cross,
    "torch.quantile": _quantile,
    "torch.sort": _sort,
    "torch.std": _deviation,
    "torch.var": variance,
    "torch_functions.hardmedian": _hardmedian,
    "torch_functions.skew": skew,
    "torch_functions.sortperm": _sortperm,
    "torch_functions.stepped": lambda c, X, a, b, s: picked(X, slice(a, b, s)),
    "torch_functions.vee": vee,
}
