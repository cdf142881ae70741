"""Matrices that attain the inequalities between norms, by the words with which the inequalities name them."""

from __future__ import annotations

import numpy


def unit(n: int, m: int) -> numpy.ndarray:
    """Return the matrix with a 1 in its first place and zeros elsewhere."""
    found = numpy.zeros((n, m))
    found[0, 0] = 1
    return found


def first_row(n: int, m: int) -> numpy.ndarray:
    """Return the matrix with ones in its first row and zeros elsewhere."""
    found = numpy.zeros((n, m))
    found[0] = 1
    return found


def spread(n: int, m: int) -> numpy.ndarray:
    """Return the matrix whose columns are unit columns that use all rows equally often, as far as they can."""
    found = numpy.zeros((n, m))
    found[numpy.arange(m) % n, numpy.arange(m)] = 1
    return found


def fourier(n: int, m: int) -> numpy.ndarray:
    """Return part of the Fourier matrix: entries of absolute value 1, orthogonal rows or columns."""
    size = max(n, m)
    return numpy.exp(2j * numpy.pi * numpy.outer(numpy.arange(n), numpy.arange(m)) / size)


EXAMPLES = {
    "one entry": unit,
    "ones": lambda n, m: numpy.ones((n, m)),
    "one row of ones": first_row,
    "one column of ones": lambda n, m: first_row(m, n).T,
    "orthonormal rows or columns": lambda n, m: numpy.eye(n, m),
    "columns e(i, n), each equally often": spread,
    "rows e(j, m).T, each equally often": lambda n, m: spread(m, n).T,
    "Fourier matrix": fourier,
}


def example(words: str, n: int, m: int) -> numpy.ndarray:
    """Return the n×m matrix that words name; "a if r <= 4, else b" and "2 equal singular values, the others 0" too."""
    first, condition, rest = words.partition(" if r <= ")
    if condition:
        limit, _, second = rest.partition(", else ")
        return example(first if min(n, m) <= int(limit) else second, n, m)
    if words in EXAMPLES:
        return EXAMPLES[words](n, m)
    count = int(words.partition(" ")[0])
    return numpy.eye(n, m) * (numpy.arange(m) < count)
