"""LDLᵀ of a symmetric matrix with the pivoting of Bunch & Kaufman: no square roots, no definiteness needed."""

from __future__ import annotations

import numpy

from ..errors import LimitError
from .factorisations import Factorisation, operand_of, relative_residual, unscaled
from .matrices import read_matrix, require_square
from .symmetry import require_symmetric

MAX_SIZE = 1500
_ALPHA = (1 + 17**0.5) / 8


def ldl(source):
    """Return A[p, p] = L@D@L.T: L unit lower triangular, D block diagonal with blocks of 1 and 2, p a permutation.

    Bunch & Kaufman (1977), Some stable methods for calculating inertia and solving symmetric linear systems. The signs
    of the eigenvalues of D are those of A (Sylvester), which the notes count. Raises ShapeError where A is not square,
    DomainError where it is not symmetric (Hermitian), LimitError beyond 1500 rows.
    """
    what = "the LDL decomposition"
    matrix = require_square(read_matrix(source), what)
    if matrix.shape[0] > MAX_SIZE:
        raise LimitError(f"{what} takes at most {MAX_SIZE} rows", hint="take a part of the matrix")
    operand = operand_of(matrix, what)
    array = require_symmetric(operand, what)
    lower, diagonal, order = _bunch_kaufman(array)
    adjoint = "L.H" if operand.matrix.is_complex else "L.T"
    return Factorisation(
        "LDL",
        f"A[p, p] = L@D@{adjoint}",
        {"L": lower, "D": unscaled(diagonal, operand.exponent), "p": order + 1},
        relative_residual(array[numpy.ix_(order, order)], lower @ diagonal @ lower.conj().T),
        {},
        (_inertia(diagonal),),
    )


def _inertia(diagonal):
    values = numpy.linalg.eigvalsh(diagonal)
    tolerance = 4 * numpy.finfo(float).eps * len(values) * numpy.abs(values).max(initial=0.0)
    positive, negative = int((values > tolerance).sum()), int((values < -tolerance).sum())
    zero = len(values) - positive - negative
    return f"inertia: {positive} positive, {negative} negative, {zero} zero (within rounding)"


def _bunch_kaufman(array):
    """Return (L, D, order) with array[order][:, order] = L D Lᴴ."""
    rest = array.copy()
    size = len(rest)
    lower, diagonal, order = numpy.eye(size, dtype=rest.dtype), numpy.zeros_like(rest), numpy.arange(size)
    k = 0
    while k < size:
        width, pivots = _choose(rest[k:, k:])
        for offset, pivot in enumerate(pivots):
            _swap(rest, lower, order, k + offset, k + pivot, k)
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


def _choose(rest):
    """Return the width of the next pivot, 1 or 2, and the rows to swap into its place, counted from the first."""
    column = numpy.abs(rest[1:, 0])
    first = abs(rest[0, 0])
    if not len(column) or not column.any():
        return 1, (0,)
    row = 1 + int(column.argmax())
    largest = column[row - 1]
    if first >= _ALPHA * largest:
        return 1, (0,)
    others = numpy.abs(rest[row])
    others[row] = 0
    largest_there = others.max()
    if first * largest_there >= _ALPHA * largest**2:
        return 1, (0,)
    if abs(rest[row, row]) >= _ALPHA * largest_there:
        return 1, (row,)
    return 2, (0, row)


def _swap(rest, lower, order, i, j, done):
    if i == j:
        return
    rest[[i, j]] = rest[[j, i]]
    rest[:, [i, j]] = rest[:, [j, i]]
    order[[i, j]] = order[[j, i]]
    lower[[i, j], :done] = lower[[j, i], :done]
