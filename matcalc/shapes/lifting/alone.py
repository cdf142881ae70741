"""The largest, the smallest and the product of all terms but one: max(s[j] for j in m if j != y)."""

from __future__ import annotations

from collections.abc import Callable

from ...language.generators import Over
from ...language.syntax import Binary, Call, Name, Tree
from .indices import Index, index_of
from .network import Unliftable, Value, piece_of
from .trees import call, number, occurring, value_of


def without_one(over: Over, value: Callable[[Tree, dict[str, Index]], Value]) -> Tree | None:
    """Return the extreme or the product with that term moved out of the way: beyond all others, or to 1.

    ``value(tree, scope)`` lifts a term. None where the condition is another one, or the term has no such form.
    """
    if len(over.loops) != 1 or len(over.conditions) != 1 or over.conditions[0].op != "!=":
        return None
    (loop,), (condition,) = over.loops, over.conditions
    sides = [condition.left, condition.right]
    place = next((side for side in sides if loop.name not in occurring(side)), None)
    has_index = any(isinstance(side, Name) and side.id == loop.name for side in sides)
    if place is None or not has_index or value_of(loop.start) != 0:
        return None
    try:
        index = index_of(loop)
        piece = piece_of(value(over.body, {loop.name: index}))
        if piece.labels != {index.label}:
            return None
        every = piece.seen(index.label, None)
    except Unliftable:
        return None
    alone = call("e", place, index.label.extent)
    if over.function == "prod":
        moved = Binary("+", Binary("*", every, Binary("-", number(1), alone)), alone)
    else:
        width = Binary("+", Binary("-", call("max", every), call("min", every)), number(1))
        moved = Binary("-" if over.function == "max" else "+", every, Binary("*", alone, call("detach", width)))
    return Call(over.function, (moved,), (), over.span)
