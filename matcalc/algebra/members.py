"""Matrix k of matrices that stand one below another: A[k*n:k*n + n, :] of an array A of K*n rows, as one node.

As a product with a selector it would be torn: what is summed over k would be the selectors alone.
"""

from __future__ import annotations

from functools import lru_cache

from sympy import Expr

from ..rulebook.entries import Rule
from ..rulebook.files import standard_rules
from .constants import chosen, eye, shape_of
from .constructors import add, scale
from .expressions import ArrayFunction, ArraySymbol, MatMul, Scale, Sum, is_array
from .indexed import IndexedSum, delta, indexed_sum, without_capture
from .products import matmul
from .selectors import rows

ID = "[k, :, :](X, k, n)"
# what a name that stands for a stack of matrices has among its facts
STACKED = "stack"


@lru_cache(maxsize=1)
def member_rule() -> Rule:
    """Return the entry of the rule book for matrix k of several."""
    return next(rule for rule in standard_rules() if rule.id == ID)


def is_member(node: Expr) -> bool:
    """Return whether an expression is matrix k of several that stand one below another."""
    return isinstance(node, ArrayFunction) and node.rule is member_rule()


def member(node: Expr, place: Expr, size: Expr) -> Expr | None:
    """Return matrix ``place`` of those of ``size`` rows that stand one below another; None for that of a name."""
    count = shape_of(node)[0] / size
    if count == 1:
        return node
    if isinstance(node, ArraySymbol):
        return None
    if isinstance(node, Scale):
        return scale(node.args[0], _of(node.args[1], place, size))
    if isinstance(node, Sum):
        return add(*[_of(term, place, size) for term in node.args])
    if isinstance(node, IndexedSum):
        renamed = without_capture(node, place.free_symbols)
        if isinstance(renamed, IndexedSum):
            return indexed_sum(_of(renamed.args[0], place, size), renamed.loop)
        return _of(renamed, place, size)
    if isinstance(node, MatMul):
        return matmul(_of(node.args[0], place, size), *node.args[1:])
    own = chosen(node) if is_array(node) else None
    if own is not None and own[1] - own[0] == size:
        other = own[0] / size
        if other.as_numer_denom()[1] == 1:
            return scale(delta(place, other, count), eye(size))
    return rows(node, place * size, place * size + size)


def _of(node: Expr, place: Expr, size: Expr) -> Expr:
    return member_rule().apply(node, place, size)


def sliced(node: Expr, start: Expr, stop: Expr) -> Expr:
    """X[start:stop, :], which is matrix k of several where an index says so: A[k*n:k*n + n, :]."""
    if isinstance(node, ArraySymbol) and node.rows != 1 and not start.is_negative:
        size = stop - start
        place, count = start / size, node.rows / size
        by_index = any(not symbol.is_positive for symbol in start.free_symbols)
        whole = all(part.as_numer_denom()[1] == 1 for part in (place, count))
        if whole and count != 1 and (by_index or STACKED in node.facts):
            return _of(node, place, size)
    return rows(node, start, stop)
