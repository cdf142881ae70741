"""Matrices that are known to be hard, for the tests of matcalc.linalg."""

from fractions import Fraction

import numpy


def hilbert(size):
    """The Hilbert matrix as exact fractions: positive definite, nearly singular."""
    return [[Fraction(1, i + j + 1) for j in range(size)] for i in range(size)]


def wilkinson(size):
    """Wilkinson's W+: pairs of eigenvalues that agree to many digits."""
    half = (size - 1) // 2
    ones = numpy.ones(size - 1)
    return numpy.diag(numpy.abs(numpy.arange(size) - half).astype(float)) + numpy.diag(ones, 1) + numpy.diag(ones, -1)


def jordan(*blocks):
    """A block diagonal matrix of Jordan blocks, given as (eigenvalue, size)."""
    size = sum(count for _, count in blocks)
    complex_entries = any(isinstance(value, complex) for value, _ in blocks)
    found, start = numpy.zeros((size, size), dtype=complex if complex_entries else float), 0
    for value, count in blocks:
        place = slice(start, start + count)
        found[place, place] = value * numpy.eye(count) + numpy.diag(numpy.ones(count - 1), 1)
        start += count
    return found


def grcar(size):
    """Grcar's matrix: Toeplitz, far from normal, with ill-conditioned eigenvalues."""
    upper = sum(numpy.diag(numpy.ones(size - k), k) for k in range(4))
    return upper - numpy.diag(numpy.ones(size - 1), -1)


def frank(size):
    """Frank's matrix: upper Hessenberg, determinant 1, small eigenvalues ill-conditioned."""
    i, j = numpy.indices((size, size)) + 1
    return numpy.where(j >= i - 1, size + 1 - numpy.maximum(i, j), 0).astype(float)


def wilkinson_triangular(size=20):
    """Wilkinson's triangular matrix with eigenvalues 1 to n and condition numbers up to 1e12."""
    return numpy.diag(numpy.arange(size, 0, -1.0)) + numpy.diag(size * numpy.ones(size - 1), 1)


def integers(rng, rows, columns, largest=5):
    """A matrix of small random integers."""
    return rng.integers(-largest, largest + 1, (rows, columns))
