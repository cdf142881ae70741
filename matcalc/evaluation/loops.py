"""Sums over an index as they are written: which values their indices take, one after another."""

from __future__ import annotations

import operator
from collections.abc import Iterator
from itertools import product

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
    ranges = []
    terms = 1
    for loop in node.loops:
        start, stop = whole_number(loop.start, sizes), whole_number(loop.stop, sizes)
        ranges.append(range(start, stop))
        terms *= max(1, stop - start)
    if terms > MAX_TERMS:
        raise LimitError(f"a sum of {terms} terms", span=node.span, hint="declare smaller sizes")
    for values in product(*ranges):
        own = {**sizes, **dict(zip(node.indices, values))}
        if all(_holds(condition, own) for condition in node.conditions):
            yield own


def _holds(condition: If, sizes: dict[str, int]) -> bool:
    left, right = whole_number(condition.left, sizes), whole_number(condition.right, sizes)
    return RELATIONS[condition.op](left, right)
