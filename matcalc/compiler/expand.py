"""Products taken apart where that is cheaper: inv(K) @ (y @ y.T - K) @ inv(K) as v @ v.T - inv(K), v = inv(K) @ y.

Short forms keep sums within products; here the engine's constructors multiply a sum out, so that inverses cancel and
vectors are met early, and the cheaper form is taken (all sizes counted alike).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ..algebra.constants import is_constant
from ..algebra.constructors import add, transpose
from ..algebra.expressions import (
    Array,
    ArraySymbol,
    Constant,
    Diagonal,
    Kronecker,
    MatMul,
    MatrixPower,
    Scale,
    Sum,
    Transpose,
    Vec,
    coefficient,
    operands,
    postorder,
)
from ..algebra.products import matmul
from ..algebra.substitute import substitute

if TYPE_CHECKING:
    from sympy import Expr

_MOST_TERMS = 4
# operations that are seen through, and how deep: product, sum, multiple, product, transpose
_LINEAR = (MatMul, Sum, Scale, Transpose, MatrixPower, Diagonal, Kronecker, Vec)
_LEVELS = 5
# costs that differ by less are those of elementwise work
_TIE = 1.01


def expanded(expression: Expr, cost: Callable) -> Expr:
    """Return the expression with the products multiplied out that get cheaper so.

    ``cost(expression, leaves)`` is a number, without what the leaves cost: both forms have them.
    """
    replaced = {}
    for node in postorder(expression):
        if isinstance(node, MatMul):
            whole = _multiplied_out(node)
            if whole is not None:
                leaves = _leaves(node)
                if cost(whole, leaves) <= _TIE * cost(node, leaves):
                    replaced[node] = whole
    return substitute(expression, replaced) if replaced else expression


def _leaves(node: Array) -> frozenset[Array]:
    """Return the parts of a product that stay what they are: what is inside its factors and the terms of its sums."""
    leaves, level = set(), [node]
    for _ in range(_LEVELS):
        inner = []
        for part in level:
            if isinstance(part, _LINEAR):
                inner += part.args
            elif not isinstance(part, (ArraySymbol, Constant)) and not part.is_number:
                leaves.add(part)
        level = inner
    return frozenset(leaves | {part for part in level if operands(part)})


def _multiplied_out(node: Array) -> Sum | None:
    """Return a product with its first sum multiplied out, None where nothing could become cheaper."""
    for place, factor in enumerate(node.args):
        if isinstance(factor, Sum) and len(factor.args) <= _MOST_TERMS and _promises(node.args, place, factor):
            left, right = node.args[:place], node.args[place + 1 :]
            return add(*[matmul(*left, term, *right) for term in factor.args])
    return None


def _promises(factors: tuple[Array, ...], place: int, total: Array) -> bool:
    """Whether a vector meets terms that cost less alone, an inverse its matrix, or products a diagonal term.

    Differences of like terms stay together: apart they would cancel.
    """
    terms = [coefficient(term)[1] for term in total.args]
    if factors[0].rows == 1 or factors[-1].cols == 1:
        return any(map(_is_cheap, terms)) or any(transpose(term) in terms for term in terms)
    beside = [f for f in factors[max(0, place - 1) : place + 2] if isinstance(f, MatrixPower)]
    if any(inverse.args[0] in terms for inverse in beside):
        return True
    if any(isinstance(part, Kronecker) for part in (*factors, *terms)) or any(map(_is_outer, terms)):
        return True
    if any(isinstance(t, MatMul) and t.args[0].rows != t.args[0].cols for t in terms):
        return True
    inside = 0 < place < len(factors) - 1
    return inside and any(isinstance(t, Diagonal) for t in terms) and any(isinstance(t, MatMul) for t in terms)


def _is_outer(term: Array) -> bool:
    """Whether a term is the product of a column and a row, a product of rank one."""
    return isinstance(term, MatMul) and any(factor.cols == 1 for factor in term.args[:-1])


def _is_cheap(term: Array) -> bool:
    """Whether a term times a vector costs no more than the vector: a diagonal matrix, an identity, an outer product."""
    return isinstance(term, Diagonal) or is_constant(term, "eye") or isinstance(term, MatMul) and term.args[0].cols == 1
