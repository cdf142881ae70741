"""Triangles and diagonals of triangular matrices: diag(inv(L)) is 1/diag(L), the lower part of inv(L).T diagonal."""

from __future__ import annotations

from collections.abc import Sequence

from sympy import Expr, S

from ...algebra.build import call
from ...algebra.constants import is_constant, zero_of
from ...algebra.constructors import add, diagonal, hadamard, power, scale, transpose
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
from ...algebra.known_values import known_gram
from ...algebra.products import matmul
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
    functions = [node for node in postorder(*expressions) if isinstance(node, ArrayFunction)]
    if any(node.rule.id in _SIDES for node in functions):
        expressions = rewrite_all(expressions, lambda node: _in_short(node, book))
    if any(node.rule.known and node.rule.gives & _BOTH for node in functions):
        expressions = rewrite_all(expressions, lambda node: _multiplied(node) if isinstance(node, MatMul) else node)
    return list(expressions)


def _in_short(node: Expr, book: Book) -> Expr:
    if isinstance(node, Sum):
        return _with_halves_together(node)
    return _shortened(node, book) if isinstance(node, ArrayFunction) else node


def _with_halves_together(node: Sum) -> Expr:
    """Return a sum in which half of a symmetric matrix and the transpose of that half are the matrix."""
    terms = list(node.args)
    for term in node.args:
        scalar, half = coefficient(term)
        is_half = isinstance(half, ArrayFunction) and _SIDES.get(half.rule.id) == "half"
        other = scale(scalar, transpose(half)) if is_half else None
        if other in terms and term in terms and transpose(half.args[0]) is half.args[0]:
            terms.remove(term)
            terms.remove(other)
            terms.append(scale(scalar, half.args[0]))
    return node if len(terms) == len(node.args) else add(*terms)


def _multiplied(product: MatMul) -> Expr:
    """Return a product in which a factor beside its own transpose is what they are factors of: L@L.T is X."""
    factors: list[Expr] = []
    for factor in product.args:
        value = known_gram(factors[-1], factor) if factors else None
        factors = [*factors, factor] if value is None else [*factors[:-1], value]
    return product if len(factors) == len(product.args) else matmul(*factors)


def _shortened(node: ArrayFunction, book: Book) -> Array:
    side, inner = _SIDES.get(node.rule.id), node.args[0]
    if side is None or not is_array(inner):
        return node
    scalar, array = coefficient(inner)
    if side == "diagonal":
        found = _diagonal_of(array, book)
        return node if found is None else scale(scalar, found)
    if side == "half":
        return _half(node, scalar, array, book)
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
    return scale(scalar, diagonal(_column(array, book))) if with_diagonal else zero_of(node.shape)


def _half(node: ArrayFunction, scalar: Expr, array: Array, book: Book) -> Array:
    """Return the lower triangle with half of the diagonal; of upper triangular terms that is half of the diagonal."""
    terms = array.args if isinstance(array, Sum) else (array,)
    upper = [term for term in terms if UPPER in triangular(term)]
    if not upper:
        return node
    others = [scale(scalar, call(book, "halflower", term)) for term in terms if UPPER not in triangular(term)]
    whole = [term if LOWER in triangular(term) else diagonal(_column(term, book)) for term in upper]
    return add(*others, *(scale(scalar * S.Half, term) for term in whole))


def _column(array: Array, book: Book) -> Array:
    found = _diagonal_of(array, book)
    return call(book, "diag", array) if found is None else found


def _diagonal_of(array: Array, book: Book) -> Array | None:
    """Return the diagonal of an inverse or a product of triangular matrices by those of its parts, else None."""
    base = array.args[0] if isinstance(array, Transpose) else array
    if isinstance(base, MatrixPower) and base.args[1] == S.NegativeOne and triangular(base.args[0]):
        return power(call(book, "diag", base.args[0]), S.NegativeOne)
    if isinstance(base, MatMul) and triangular(base) and all(factor.is_square for factor in base.args):
        return hadamard(*(_column(factor, book) for factor in base.args))
    return None


_SIDES = {
    "diag(X)": "diagonal",
    "tril(X)": (LOWER, True),
    "tril(X, -1)": (LOWER, False),
    "triu(X)": (UPPER, True),
    "triu(X, 1)": (UPPER, False),
    "halflower(X)": "half",
}
