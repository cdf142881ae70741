"""Triangles and diagonals of triangular matrices: diag(inv(L)) is 1/diag(L), the lower part of inv(L).T diagonal."""

from __future__ import annotations

from collections.abc import Sequence

from sympy import Expr, S

from ...algebra.build import call
from ...algebra.constants import is_constant, zero_of
from ...algebra.constructors import diagonal, power, scale
from ...algebra.expressions import (
    Array,
    ArrayFunction,
    ArraySymbol,
    Diagonal,
    MatMul,
    MatrixPower,
    Scale,
    Sum,
    Transpose,
    coefficient,
    is_array,
    postorder,
)
from ...algebra.substitute import rewrite_all
from ...rulebook.entries import Book
from ...rulebook.facts import implying

LOWER, UPPER = "lower-triangular", "upper-triangular"
_BOTH = frozenset({LOWER, UPPER})


def triangular(node: Expr) -> frozenset[str]:
    """Return which of lower and upper triangular an array is known to be."""
    if not is_array(node) or isinstance(node, Diagonal) or is_constant(node, "eye"):
        return _BOTH
    if isinstance(node, ArraySymbol):
        return frozenset(word for word in _BOTH if node.facts & implying(word))
    if isinstance(node, ArrayFunction):
        return node.rule.gives & _BOTH
    if isinstance(node, (Transpose, Scale)):
        inner = triangular(node.args[-1])
        return inner if isinstance(node, Scale) or len(inner) != 1 else _BOTH - inner
    if isinstance(node, MatrixPower):
        return triangular(node.args[0])
    if isinstance(node, (Sum, MatMul)) and node.is_square:
        return frozenset.intersection(*map(triangular, node.args))
    return frozenset()


def with_triangles(expressions: Sequence[Expr], book: Book) -> list[Expr]:
    """Return equal expressions in which triangles and diagonals of triangular matrices have a short form."""
    if not any(isinstance(node, ArrayFunction) and node.rule.id in _SIDES for node in postorder(*expressions)):
        return list(expressions)
    return rewrite_all(expressions, lambda node: _shortened(node, book) if isinstance(node, ArrayFunction) else node)


def _shortened(node: ArrayFunction, book: Book) -> Array:
    side, inner = _SIDES.get(node.rule.id), node.args[0]
    if side is None or not is_array(inner):
        return node
    scalar, array = coefficient(inner)
    if side == "diagonal":
        return scale(scalar, _diagonal_of(array, book)) if _is_inverse(array) else node
    word, with_diagonal = side
    known = triangular(array)
    if array is node or isinstance(array, ArrayFunction) and array.rule.id == node.rule.id:
        return inner
    if not known:
        return node
    if word in known and with_diagonal:
        return inner
    if word in known:
        return node
    column = _diagonal_of(array, book) if _is_inverse(array) else call(book, "diag", array)
    return scale(scalar, diagonal(column)) if with_diagonal else zero_of(node.shape)


def _is_inverse(array: Array) -> bool:
    base = array.args[0] if isinstance(array, Transpose) else array
    return isinstance(base, MatrixPower) and base.args[1] == S.NegativeOne and bool(triangular(base.args[0]))


def _diagonal_of(array: Array, book: Book) -> Array:
    base = array.args[0] if isinstance(array, Transpose) else array
    return power(call(book, "diag", base.args[0]), S.NegativeOne)


_SIDES = {
    "diag(X)": "diagonal",
    "tril(X)": (LOWER, True),
    "tril(X, -1)": (LOWER, False),
    "triu(X)": (UPPER, True),
    "triu(X, 1)": (UPPER, False),
}
