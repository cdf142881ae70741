"""How a variable moves along a curved set of matrices: the projection on its tangent space, without rounding."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from .arithmetic import Arithmetic
from .arrays import Array, transpose

_HALF = Fraction(1, 2)


def _orthonormal(c: Arithmetic, direction: Array, X: Array) -> Array:
    """Of matrices with orthonormal columns (Absil, Mahony & Sepulchre 2008, 3.6)."""
    inner = c.matmul(transpose(X), direction)
    return c.subtract(direction, c.matmul(X, c.scale(_HALF, c.add(inner, transpose(inner)))))


def _of_rank_one(c: Arithmetic, direction: Array, X: Array) -> Array:
    """Of matrices u@v.T: P@G + G@Q - P@G@Q, with the projections on u and on v (Vandereycken 2013, 2.1)."""
    size = Array((1, 1), [c.total([entry * entry for entry in X.entries])])
    left = c.divide(c.matmul(X, transpose(X)), size)
    right = c.divide(c.matmul(transpose(X), X), size)
    both = c.matmul(left, c.matmul(direction, right))
    return c.subtract(c.add(c.matmul(left, direction), c.matmul(direction, right)), both)


def _of_symmetric_rank_one(c: Arithmetic, direction: Array, X: Array) -> Array:
    return _of_rank_one(c, c.scale(_HALF, c.add(direction, transpose(direction))), X)


def _of_simplex(c: Arithmetic, direction: Array, X: Array) -> Array:
    """Of columns that add up to 1: directions whose columns add up to 0."""
    rows, cols = X.shape
    mean = Array((rows, rows), [c.number(Fraction(1, rows))] * (rows * rows))
    return c.subtract(direction, c.matmul(mean, direction))


# by the convention of the declared facts
CURVED: dict[str, Callable[[Arithmetic, Array, Array], Array]] = {
    "orthogonal": _orthonormal,
    "rank-one": _of_rank_one,
    "symmetric-rank-one": _of_symmetric_rank_one,
    "simplex": _of_simplex,
}
