"""The complex Schur decomposition by deflation: one eigenvector and one reflection a row."""

from __future__ import annotations

import numpy

from ...bounds import MAX_SCHUR_ROWS as MAX_SIZE
from ...budget import limited
from ...errors import LimitError
from ..input.matrices import read_matrix, require_square
from .factorisations import Factorisation, from_orthonormal, operand_of, relative_residual, unscaled


@limited("factoring the matrix")
def schur(source):
    """Return A = Q@T@Q.H: Q unitary, T upper triangular with the eigenvalues on its diagonal.

    Schur's own induction, Horn & Johnson (2013), Matrix Analysis, 2.3.1: an eigenvector of what is left becomes the
    next column of Q. T is diagonal exactly where A is normal. Raises ShapeError where A is not square, LimitError
    beyond 120 rows.
    """
    what = "the Schur decomposition"
    matrix = require_square(read_matrix(source), what)
    if matrix.shape[0] > MAX_SIZE:
        raise LimitError(f"{what} takes at most {MAX_SIZE} rows", hint="take a part of the matrix")
    operand = operand_of(matrix, what)
    unitary, triangular = _triangularise(operand.array)
    below = float(numpy.linalg.norm(numpy.tril(triangular, -1)))
    product = unitary @ numpy.triu(triangular) @ unitary.conj().T
    outside = float(numpy.linalg.norm(numpy.triu(triangular, 1)))
    return Factorisation(
        "Schur",
        "A = Q@T@Q.H",
        {"Q": unitary, "T": unscaled(numpy.triu(triangular), operand.exponent)},
        relative_residual(operand.array, product),
        {"Q from unitary": from_orthonormal(unitary), "T below its diagonal before it was cut": below},
        (f"departure from normality (Henrici): {unscaled(numpy.array(outside), operand.exponent):.3g}",),
    )


def _triangularise(array: numpy.ndarray) -> tuple[numpy.ndarray, numpy.ndarray]:
    """Return (Q, T) with array = Q T Qᴴ; real as long as all eigenvectors met are real."""
    size, rest, unitary = len(array), array.copy(), numpy.eye(len(array), dtype=array.dtype)
    for k in range(size - 1):
        vector = _eigenvector(rest[k:, k:])
        if numpy.iscomplexobj(vector):
            rest, unitary = rest.astype(complex), unitary.astype(complex)
        reflection = _reflection(vector)
        rest[k:, :] = reflection @ rest[k:, :]
        rest[:, k:] = rest[:, k:] @ reflection.conj().T
        unitary[:, k:] = unitary[:, k:] @ reflection.conj().T
    return unitary, rest


def _eigenvector(block: numpy.ndarray) -> numpy.ndarray:
    """Return the eigenvector with the smallest residual."""
    values, vectors = numpy.linalg.eig(block)
    residuals = numpy.linalg.norm(block @ vectors - vectors * values, axis=0)
    return vectors[:, int(residuals.argmin())]


def _reflection(vector: numpy.ndarray) -> numpy.ndarray:
    """Return a unitary matrix that takes a unit vector to a multiple of e(0, n)."""
    vector = vector / numpy.linalg.norm(vector)
    phase = vector[0] / abs(vector[0]) if vector[0] else 1.0
    normal = vector.copy()
    normal[0] += phase
    normal /= numpy.linalg.norm(normal)
    return numpy.eye(len(vector), dtype=vector.dtype) - 2 * numpy.outer(normal, normal.conj())
