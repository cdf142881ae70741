"""Sums over an index as they are written: which values their indices take, one after another."""

from __future__ import annotations

import operator
from collections.abc import Iterator

from ..bounds import MAX_LOOP_TERMS as MAX_TERMS
from ..errors import LimitError
from ..language.generators import If, Over
from .sizes import whole_number

RELATIONS = {
    "!=": operator.ne,
    "==": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def runs(node: Over, sizes: dict[str, int]) -> Iterator[dict[str, int]]:
    """Return the sizes with the values of the indices of a sum, for each of its terms.

    Raises LimitError for more terms than are ever wanted, ShapeError for bounds that are no whole numbers.
    """
    found = [dict(sizes)]
    for loop in node.loops:
        # the bounds of an index may have those before it
        ranges = [range(whole_number(loop.start, own), whole_number(loop.stop, own)) for own in found]
        terms = sum(map(len, ranges))
        if terms > MAX_TERMS:
            raise LimitError(f"a sum of {terms} terms", span=node.span, hint="declare smaller sizes")
        found = [{**own, loop.name: value} for own, values in zip(found, ranges) for value in values]
    return iter([own for own in found if all(_holds(condition, own) for condition in node.conditions)])


def _holds(condition: If, sizes: dict[str, int]) -> bool:
    left, right = whole_number(condition.left, sizes), whole_number(condition.right, sizes)
    return RELATIONS[condition.op](left, right)
