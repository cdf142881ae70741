"""Witnesses in small integers: a vector x with x.T@A@x below 0, or above, that a person can verify by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from itertools import product

import numpy

MAX_EXACT_SIZE = 60
_SMALL = 2
_MOST_TRIED = 400
_MULTIPLES = (1, 2, 3, 4, 5, 7, 10, 14, 20, 30, 50, 100, 1000, 10_000, 10**6, 10**9)


def small_witness(array: numpy.ndarray, value: Callable, sign: int) -> tuple[int, ...] | None:
    """Return the simplest x found, of integers, with sign * value(x) > 0; None where none is found.

    ``array``: the symmetric matrix in float64, which proposes; ``value(x)``, which decides, is x.T@A@x or a lower
    bound of its absolute value with its sign.
    """
    for candidate in _candidates(array, sign):
        if value(candidate) * sign > 0:
            return candidate
    return None


def _candidates(array: numpy.ndarray, sign: int) -> Iterator[tuple[int, ...] | None]:
    """Yield integer vectors, the simplest first: small ones, unit vectors and their sums, the eigenvector rounded."""
    size = len(array)
    if (2 * _SMALL + 1) ** size <= _MOST_TRIED * 10:
        yield from _small_vectors(size)
    else:
        yield from _sparse_vectors(array, sign)
    values, vectors = numpy.linalg.eigh(array)
    column = vectors[:, 0] if sign < 0 else vectors[:, -1]
    column = column / numpy.abs(column).max()
    for multiple in _MULTIPLES:
        yield tuple(int(entry) for entry in numpy.round(column * multiple))


def _small_vectors(size: int) -> list[tuple[int, ...]]:
    entries = range(-_SMALL, _SMALL + 1)
    vectors = [v for v in product(entries, repeat=size) if next((e for e in v if e), -1) > 0]
    return sorted(vectors, key=lambda v: (sum(map(abs, v)), [-e for e in v]))


def _sparse_vectors(array: numpy.ndarray, sign: int) -> Iterator[tuple[int, ...] | None]:
    """Yield the unit vectors and sums or differences of two, the most promising of each."""
    size, diagonal = len(array), numpy.diagonal(array) * sign
    for i in numpy.argsort(-diagonal)[:_MOST_TRIED]:
        yield _vector(size, {int(i): 1})
    for other in (1, -1):
        pairs = diagonal[:, None] + diagonal[None, :] + 2 * other * sign * array
        numpy.fill_diagonal(pairs, -numpy.inf)
        i, j = numpy.unravel_index(int(pairs.argmax()), pairs.shape)
        yield _vector(size, {int(min(i, j)): 1, int(max(i, j)): other})


def _vector(size: int, entries: Mapping[int, int]) -> tuple[int, ...]:
    return tuple(entries.get(i, 0) for i in range(size))


def exact_form(rows: list[list[Fraction]]) -> Callable:
    """Return the function x -> x.T@A@x of a matrix of Fractions, exact."""

    def value(vector: tuple[int, ...]) -> Fraction:
        places = [i for i, entry in enumerate(vector) if entry]
        return sum((rows[i][j] * vector[i] * vector[j] for i in places for j in places), Fraction(0))

    return value


def rounded_form(array: numpy.ndarray) -> Callable:
    """Return the function x -> x.T@A@x in float64; 0 where rounding could have changed its sign.

    The error of the computed form is below 2*(n + 2)*eps times |x|.T@|A|@|x| (Higham 2002, section 3.5).
    """
    limit = 2 * (len(array) + 2) * numpy.finfo(float).eps

    def value(vector: tuple[int, ...]) -> float:
        x = numpy.array(vector, dtype=float)
        form = float(x @ array @ x)
        return form if abs(form) > limit * float(abs(x) @ abs(array) @ abs(x)) else 0.0

    return value
