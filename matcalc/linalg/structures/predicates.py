"""The structures that a matrix can have, each as what would be zero if it had it.

A predicate's ``deviation`` takes an array, of floats or of exact numbers, and returns the array of what must be zero;
``degree`` says how it grows with the matrix: 1 or 2 where a multiple of the matrix has the structure too, so that the
matrix is scaled first, and 0 where it has not. Names and definitions: Horn & Johnson (2013), Matrix Analysis.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy
from sympy import ImmutableMatrix

from .. import exact


@dataclass(frozen=True)
class Predicate:
    """One structure: ``meaning`` in a few words, ``square`` whether only square matrices can have it."""

    name: str
    meaning: str
    deviation: Callable
    square: bool = False
    degree: int = 1


def product(first: numpy.ndarray, second: numpy.ndarray) -> numpy.ndarray:
    """Return a matrix product, of floats or of SymPy numbers."""
    if first.dtype != object:
        return first @ second
    found = exact.product(ImmutableMatrix(first), ImmutableMatrix(second))
    return numpy.array(found.tolist(), dtype=object).reshape(found.shape)


def adjoint(array: numpy.ndarray) -> numpy.ndarray:
    """Return the conjugate transpose."""
    return numpy.conj(array).T


def identity(array: numpy.ndarray) -> numpy.ndarray:
    """Return the identity of the number of rows, in numbers that fit the array."""
    return numpy.eye(len(array), dtype=int if array.dtype == object else float)


def outside_band(array: numpy.ndarray, below: int, above: int) -> numpy.ndarray:
    """Return the entries more than so many diagonals below, or above, the main one."""
    rows, columns = numpy.indices(array.shape)
    return array[(rows - columns > below) | (columns - rows > above)]


def _along(array: numpy.ndarray, direction: int) -> numpy.ndarray:
    """Return the differences of neighbours on each diagonal (1) or antidiagonal (-1)."""
    if direction == 1:
        return array[1:, 1:] - array[:-1, :-1]
    return array[1:, :-1] - array[:-1, 1:]


def _wrapped(array: numpy.ndarray) -> numpy.ndarray:
    """Return the differences of each row to the row above it, shifted by one in a circle."""
    return array[1:] - numpy.roll(array[:-1], 1, axis=1)


def _negative(array: numpy.ndarray) -> numpy.ndarray:
    """Return the negative entries, and the imaginary parts."""
    if array.dtype == object:
        parts = [entry.as_real_imag() for entry in array.flat]
        return numpy.array([min(real, 0) for real, _ in parts] + [imaginary for _, imaginary in parts], dtype=object)
    return numpy.concatenate([numpy.minimum(array.real, 0).ravel(), array.imag.ravel()])


def _sums(array: numpy.ndarray, axis: int) -> numpy.ndarray:
    return numpy.concatenate([_negative(array).ravel(), (array.sum(axis=axis) - 1).ravel()])


def _to_binary(array: numpy.ndarray) -> numpy.ndarray:
    return array * (array - 1)


def _permutation(array: numpy.ndarray) -> numpy.ndarray:
    return numpy.concatenate([_to_binary(array).ravel(), array.sum(axis=0) - 1, array.sum(axis=1) - 1])


def _to_integers(array):
    if array.dtype == object:
        parts = [part for entry in array.flat for part in entry.as_real_imag()]
        return numpy.array([part - round(part) for part in parts], dtype=object)
    parts = numpy.concatenate([array.real.ravel(), array.imag.ravel()])
    return parts - numpy.round(parts)


def _dominance(array: numpy.ndarray) -> numpy.ndarray:
    """Return by how much the other entries of a row outweigh the diagonal one, 0 where they do not."""
    moduli = numpy.abs(array)
    diagonal = numpy.diagonal(moduli)
    return numpy.maximum(moduli.sum(axis=1) - 2 * diagonal, 0)


def _multiple_of_identity(array: numpy.ndarray) -> numpy.ndarray:
    return array - array[0, 0] * identity(array)


PREDICATES = (
    Predicate("symmetric", "A.T == A", lambda a: a - a.T, True),
    Predicate("skew-symmetric", "A.T == -A", lambda a: a + a.T, True),
    Predicate("Hermitian", "A.H == A", lambda a: a - adjoint(a), True),
    Predicate("skew-Hermitian", "A.H == -A", lambda a: a + adjoint(a), True),
    Predicate("normal", "A.H@A == A@A.H", lambda a: product(adjoint(a), a) - product(a, adjoint(a)), True, 2),
    Predicate("orthogonal", "A.T@A == eye(n)", lambda a: product(a.T, a) - identity(a), True, 0),
    Predicate("unitary", "A.H@A == eye(n)", lambda a: product(adjoint(a), a) - identity(a), True, 0),
    Predicate("orthonormal columns", "A.H@A == eye(m)", lambda a: product(adjoint(a), a) - identity(a.T), False, 0),
    Predicate("orthonormal rows", "A@A.H == eye(n)", lambda a: product(a, adjoint(a)) - identity(a), False, 0),
    Predicate("idempotent (projection)", "A@A == A", lambda a: product(a, a) - a, True, 0),
    Predicate(
        "orthogonal projection",
        "A@A == A and A.H == A",
        lambda a: numpy.concatenate([product(a, a) - a, a - adjoint(a)]),
        True,
        0,
    ),
    Predicate("involution", "A@A == eye(n)", lambda a: product(a, a) - identity(a), True, 0),
    Predicate("permutation", "one 1 in every row and column, else 0", _permutation, True, 0),
    Predicate("zero", "all entries are 0", lambda a: a, False, 0),
    Predicate("identity", "A == eye(n)", lambda a: a - identity(a), True, 0),
    Predicate("multiple of the identity", "A == c*eye(n)", _multiple_of_identity, True),
    Predicate("diagonal", "0 outside of the diagonal", lambda a: outside_band(a, 0, 0)),
    Predicate("upper bidiagonal", "0 outside of two diagonals", lambda a: outside_band(a, 0, 1)),
    Predicate("lower bidiagonal", "0 outside of two diagonals", lambda a: outside_band(a, 1, 0)),
    Predicate("tridiagonal", "0 outside of three diagonals", lambda a: outside_band(a, 1, 1)),
    Predicate("upper triangular", "0 below the diagonal", lambda a: outside_band(a, 0, a.shape[1])),
    Predicate("lower triangular", "0 above the diagonal", lambda a: outside_band(a, a.shape[0], 0)),
    Predicate("strictly upper triangular", "0 up to the diagonal", lambda a: outside_band(a, -1, a.shape[1])),
    Predicate("strictly lower triangular", "0 from the diagonal on", lambda a: outside_band(a, a.shape[0], -1)),
    Predicate("upper Hessenberg", "0 below the first subdiagonal", lambda a: outside_band(a, 1, a.shape[1]), True),
    Predicate("lower Hessenberg", "0 above the first superdiagonal", lambda a: outside_band(a, a.shape[0], 1), True),
    Predicate("Toeplitz", "constant along diagonals", lambda a: _along(a, 1)),
    Predicate("Hankel", "constant along antidiagonals", lambda a: _along(a, -1)),
    Predicate("circulant", "each row the one above, shifted", lambda a: _wrapped(numpy.vstack([a, a[:1]])), True),
    Predicate("integer", "all entries are integers", _to_integers, False, 0),
    Predicate("binary", "all entries are 0 or 1", _to_binary, False, 0),
    Predicate("nonnegative", "no entry is negative", _negative),
    Predicate("stochastic by rows", "nonnegative, every row adds to 1", lambda a: _sums(a, 1), False, 0),
    Predicate("stochastic by columns", "nonnegative, every column adds to 1", lambda a: _sums(a, 0), False, 0),
    Predicate(
        "doubly stochastic",
        "nonnegative, every row and column adds to 1",
        lambda a: numpy.concatenate([_sums(a, 0), _sums(a, 1)]),
        True,
        0,
    ),
    Predicate("diagonally dominant", "abs(A[i, i]) >= the sum of the others in row i", _dominance, True),
)
