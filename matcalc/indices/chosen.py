"""The entry of a sum over an index whose terms are unit columns: the one term that has its entry there.

The entry of sum(c[k]*e(k, n) for k in n) at i is c[i].
"""

from __future__ import annotations

from typing import NamedTuple

from sympy import Add, Expr, Mul, expand

from ..algebra.constants import is_constant
from ..algebra.constructors import transpose
from ..algebra.expressions import ONE, MatMul, Scale, Sum, Transpose
from ..algebra.indexed import IndexedSum, Loop, indexed_sum, with_index, without_capture
from ..algebra.products import matmul
from .terms import linear_in

Condition = tuple[str, Expr, Expr]
# the place of an entry in an axis, and the axis's size
Spot = tuple[Expr, Expr]


class Chosen(NamedTuple):
    """A part of an entry: a number, times an entry of an array in the axis that is left, where there is one.

    ``of_row``: whether it is the column that is left; the part is 0 where the conditions do not hold.
    """

    number: Expr
    array: Expr | None
    of_row: bool
    conditions: tuple[Condition, ...]


def chosen_terms(node: IndexedSum, row: Spot | None, col: Spot | None) -> list[Chosen] | None:
    """Return the parts of the entry of a sum at a row and a column, None where a term of it has no unit there."""
    symbols = {symbol for spot in (row, col) if spot is not None for symbol in spot[0].free_symbols}
    node = without_capture(node, symbols)
    found: dict[tuple, list[Expr]] = {}
    for number, array in _terms(node.args[0]):
        parts = [_chosen(node.loop, number, array, spot, spot is row) for spot in (row, col) if spot is not None]
        chosen = next((part for part in parts if part is not None), None)
        if chosen is None:
            return None
        found.setdefault(chosen[1:], []).append(chosen.number)
    return [Chosen(Add(*numbers), *rest) for rest, numbers in found.items()]


def _terms(body: Expr) -> list[tuple[Expr, Expr]]:
    """Return the terms of a sum that may have a number in front, each as a number and an array."""
    front, inner = body.args if isinstance(body, Scale) else (ONE, body)
    terms = inner.args if isinstance(inner, Sum) else (inner,)
    parts = [term.args if isinstance(term, Scale) else (ONE, term) for term in terms]
    return [(Mul(front, number), array) for number, array in parts]


def _chosen(loop: Loop, number: Expr, array: Expr, spot: Spot, of_row: bool) -> Chosen | None:
    """Return the part of an entry that one term of a sum has, None where it has no unit in this axis."""
    unit, rest = _at_end(array, of_row)
    if unit is None:
        return _chosen_inside(loop, number, array, spot, of_row)
    value = _index_at(loop, unit, spot)
    if value is None:
        return None
    conditions = loop.with_index(loop.index, value).conditions
    left = None if rest is None else with_index(rest, loop.index, value)
    return Chosen(with_index(number, loop.index, value), left, of_row and left is not None, conditions)


def _chosen_inside(loop: Loop, number: Expr, array: Expr, spot: Spot, of_row: bool) -> Chosen | None:
    """Return the part of a term that is a sum of units itself: it stays a sum over the outer index."""
    if not isinstance(array, IndexedSum):
        return None
    inner = chosen_terms(array, spot if of_row else None, None if of_row else spot)
    if inner is None or any(part.array is not None or part.conditions for part in inner):
        return None
    total = Mul(number, Add(*[part.number for part in inner]))
    return Chosen(indexed_sum(total, loop), None, False, ())


def _at_end(array: Expr, of_row: bool) -> tuple[Expr | None, Expr | None]:
    """Return the place of the unit column that a product begins with, or ends with transposed, and what is left."""
    factors = array.args if isinstance(array, MatMul) else (array,)
    end = factors[0] if of_row else factors[-1]
    unit = end if of_row else end.args[0] if isinstance(end, Transpose) else transpose(end)
    if not is_constant(unit, "e"):
        return None, None
    rest = factors[1:] if of_row else factors[:-1]
    return unit.dims[0], matmul(*rest) if rest else None


def _index_at(loop: Loop, unit: Expr, spot: Spot) -> Expr | None:
    """Return the index for which a unit column is that of a place, None where some places have none."""
    place, size = spot
    linear = linear_in(unit, loop.index)
    if linear is None:
        return None
    step, start = linear
    first, last = (-start, size - 1 - start) if step == 1 else (start - size + 1, start)
    if not expand(first - loop.start).is_nonnegative or not expand(loop.stop - 1 - last).is_nonnegative:
        return None
    return expand(step * (place - start))
