"""LDLᵀ of a symmetric matrix with rook pivoting: no square roots, no definiteness needed."""

from __future__ import annotations

import numpy

from ...bounds import MAX_LDL_ROWS as MAX_SIZE
from ...budget import limited
from ...errors import LimitError
from ..input.matrices import read_matrix, require_square
from ..symmetry import require_symmetric
from .factorisations import Factorisation, operand_of, relative_residual, unscaled

_ALPHA = (1 + 17**0.5) / 8


@limited("factoring the matrix")
def ldl(source):
    """Return A[p, p] = L@D@L.T: L unit lower triangular, D block diagonal with blocks of 1 and 2, p a permutation.

    Ashcraft, Grimes & Lewis (1998), Accurate symmetric indefinite linear equation solvers; Higham (2002), 11.1.3. The
    signs of the eigenvalues of D are those of A (Sylvester), which the notes count. Raises ShapeError where A is not
    square, DomainError where it is not symmetric (Hermitian), LimitError beyond 1500 rows.
    """
    what = "the LDL decomposition"
    matrix = require_square(read_matrix(source), what)
    if matrix.shape[0] > MAX_SIZE:
        raise LimitError(f"{what} takes at most {MAX_SIZE} rows", hint="take a part of the matrix")
    operand = operand_of(matrix, what)
    array = require_symmetric(operand, what)
    lower, diagonal, order = _factor(array)
    adjoint = "L.H" if operand.matrix.is_complex else "L.T"
    return Factorisation(
        "LDL",
        f"A[p, p] = L@D@{adjoint}",
        {"L": lower, "D": unscaled(diagonal, operand.exponent), "p": order + 1},
        relative_residual(array[numpy.ix_(order, order)], lower @ diagonal @ lower.conj().T),
        {},
        (_inertia(diagonal),),
    )


def _inertia(diagonal: numpy.ndarray) -> str:
    values = numpy.linalg.eigvalsh(diagonal)
    tolerance = 4 * numpy.finfo(float).eps * len(values) * numpy.abs(values).max(initial=0.0)
    positive, negative = int((values > tolerance).sum()), int((values < -tolerance).sum())
    zero = len(values) - positive - negative
    return f"inertia: {positive} positive, {negative} negative, {zero} zero (within rounding)"


def _factor(array: numpy.ndarray) -> tuple[numpy.ndarray, numpy.ndarray, numpy.ndarray]:
    """Return (L, D, order) with array[order][:, order] = L D Lᴴ."""
    rest = array.copy()
    size = len(rest)
    lower, diagonal, order = numpy.eye(size, dtype=rest.dtype), numpy.zeros_like(rest), numpy.arange(size)
    k = 0
    while k < size:
        pivots = _choose(rest[k:, k:])
        width = len(pivots)
        for offset, pivot in enumerate(pivots):
            # the first swap may have moved what the second one looks for
            moved = pivots[0] if offset and pivot == 0 else pivot
            _swap(rest, lower, order, k + offset, k + moved, k)
        block = slice(k, k + width)
        below = slice(k + width, size)
        diagonal[block, block] = rest[block, block]
        if rest[block, block].any():
            factor = numpy.linalg.solve(rest[block, block].T, rest[below, block].T).T
            lower[below, block] = factor
            rest[below, below] -= factor @ rest[block, below]
            rest[below, below] = (rest[below, below] + rest[below, below].conj().T) / 2
        k += width
    return lower, diagonal, order


def _choose(rest: numpy.ndarray) -> tuple[int, ...]:
    """Return the rows of the next pivot block, one or two, counted from the first.

    Rook pivoting: walk along largest entries until the diagonal one is large enough, or one is the largest of both its
    row and its column. It bounds the entries of L, also where only rounding is left.
    """
    current, (row, largest) = 0, _largest_beside(rest, 0)
    if abs(rest[0, 0]) >= _ALPHA * largest:
        return (0,)
    while True:
        following, largest_there = _largest_beside(rest, row)
        if abs(rest[row, row]) >= _ALPHA * largest_there:
            return (row,)
        if largest_there <= largest:
            return (current, row)
        current, row, largest = row, following, largest_there


def _largest_beside(rest: numpy.ndarray, column: int) -> tuple[int, float]:
    """Return (row, absolute value) of the largest entry of a column beside its diagonal one."""
    moduli = numpy.abs(rest[:, column])
    moduli[column] = 0
    row = int(moduli.argmax())
    return row, float(moduli[row])


def _swap(rest: numpy.ndarray, lower: numpy.ndarray, order: numpy.ndarray, i: int, j: int, done: int) -> None:
    if i == j:
        return
    rest[[i, j]] = rest[[j, i]]
    rest[:, [i, j]] = rest[:, [j, i]]
    order[[i, j]] = order[[j, i]]
    lower[[i, j], :done] = lower[[j, i], :done]
