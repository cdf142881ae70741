"""Arrays of the entries of any arithmetic: a shape and its entries row by row, as torch lays them out."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from math import prod
from typing import Any


class NoValue(Exception):
    """There is no value at this point, or none that can be told for certain: another point may have one."""


class Undefined(NoValue):
    """The value at this point is certainly no real number: the logarithm of what is negative."""


class NotExact(Exception):
    """This arithmetic cannot compute the function at any point; the message says why."""


class Array:
    """Entries of one arithmetic in a shape of any number of dimensions.

    ``constant`` is the Fraction that a 1×1 array stands for where it is made of numbers and sizes alone.
    """

    __slots__ = ("shape", "entries", "constant")

    def __init__(self, shape: tuple, entries: list, constant: Fraction | None = None) -> None:
        self.shape, self.entries, self.constant = shape, entries, constant

    def rows(self) -> list:
        """Return the rows of a matrix as lists."""
        width = self.shape[-1]
        return [self.entries[i : i + width] for i in range(0, len(self.entries), width)] if width else []


def from_rows(rows: list) -> Array:
    """Return the matrix with these rows."""
    return Array((len(rows), len(rows[0])), [entry for row in rows for entry in row])


def identity(n: int, zero: Any, one: Any) -> Array:
    """Return the n×n identity."""
    entries = [zero] * (n * n)
    entries[:: n + 1] = [one] * n
    return Array((n, n), entries)


def transpose(A: Array) -> Array:
    """Return A with its last two dimensions exchanged; of a matrix, its transpose."""
    if len(A.shape) == 2:
        rows, cols = A.shape
        if rows == 1 or cols == 1:
            return Array((cols, rows), A.entries, A.constant)
        return Array((cols, rows), [entry for j in range(cols) for entry in A.entries[j::cols]])
    return exchanged(A, -1, -2)


def exchanged(A: Array, one: int, other: int) -> Array:
    """Return A with two of its dimensions exchanged."""
    order = list(range(len(A.shape)))
    order[one], order[other] = order[other], order[one]
    steps = _steps(A.shape)
    shape = tuple(A.shape[axis] for axis in order)
    places = product(*(range(0, A.shape[axis] * steps[axis], steps[axis]) for axis in order))
    return Array(shape, [A.entries[sum(place)] for place in places])


def _steps(shape: tuple) -> list:
    return [prod(shape[axis + 1 :]) for axis in range(len(shape))]


def reshape(A: Array, shape: tuple) -> Array:
    """Return the entries in another shape; one size may be -1."""
    if -1 not in shape:
        return Array(shape, A.entries, A.constant)
    known = prod(size for size in shape if size != -1)
    return Array(tuple(len(A.entries) // known if size == -1 else size for size in shape), A.entries, A.constant)


def common_shape(one: tuple, other: tuple) -> tuple:
    """Return the shape to which two shapes are broadcast."""
    if one == other or other == (1, 1) and len(one) > 1:
        return one
    if one == (1, 1) and len(other) > 1:
        return other
    length = max(len(one), len(other))
    one, other = (1,) * (length - len(one)) + one, (1,) * (length - len(other)) + other
    if any(a != b and 1 not in (a, b) for a, b in zip(one, other)):
        raise NotExact(f"shapes {one} and {other} do not fit")
    return tuple(b if a == 1 else a for a, b in zip(one, other))


def spread(A: Array, shape: tuple) -> list:
    """Return the entries of A, broadcast to ``shape``."""
    if A.shape == shape:
        return A.entries
    if len(A.entries) == 1:
        return A.entries * prod(shape)
    own = (1,) * (len(shape) - len(A.shape)) + A.shape
    steps = [0 if size == 1 else step for size, step in zip(own, _steps(own))]
    if len(shape) == 2:
        (rows, cols), (down, along) = shape, steps
        return [A.entries[i * down + j * along] for i in range(rows) for j in range(cols)]
    places = product(*(range(size) for size in shape))
    return [A.entries[sum(i * step for i, step in zip(place, steps))] for place in places]


def picked(A: Array, key: Any) -> Array:
    """Return A[key], with integers, slices and None in the key as NumPy has them."""
    key = key if isinstance(key, tuple) else (key,)
    steps, choices, shape, axis = _steps(A.shape), [], [], 0
    for part in key:
        if part is None:
            shape.append(1)
            continue
        indices = range(A.shape[axis])[part]
        if isinstance(part, slice):
            shape.append(len(indices))
        choices.append([i * steps[axis] for i in ([indices] if isinstance(indices, int) else indices)])
        axis += 1
    for rest in range(axis, len(A.shape)):
        shape.append(A.shape[rest])
        choices.append([i * steps[rest] for i in range(A.shape[rest])])
    taken = [A.entries[sum(place)] for place in product(*choices)]
    return Array(tuple(shape), taken, A.constant if len(A.entries) == len(taken) == 1 else None)


def lines_along(A: Array, axis: int) -> list:
    """Return the entries along an axis, one list for each place in the other dimensions, row by row."""
    step, size = _steps(A.shape)[axis], A.shape[axis]
    outer = prod(A.shape[: axis % len(A.shape)])
    starts = [block * size * step + inner for block in range(outer) for inner in range(step)]
    return [A.entries[start : start + (size - 1) * step + 1 : step] for start in starts]
