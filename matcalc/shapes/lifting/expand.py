"""Sums of a few terms, written out: an index that runs from 0 to 3 stands for four numbers."""

from __future__ import annotations

from itertools import product

from ...evaluation.loops import RELATIONS
from ...language.generators import If, Over
from ...language.syntax import Binary, Call, Name, Tree, postorder, rebuilt, substituted, with_children
from .indices import bound_of
from .trees import number, occurring, value_of

_MOST_TERMS = 16


def terms(over: Over) -> Tree | None:
    """Return a sum, a mean or a product term by term; None where its bounds are no numbers or it has many terms."""
    bounds = [bound for loop in over.loops for end in (loop.start, loop.stop) if (bound := bound_of(end)) is not None]
    others = {name for one in over.conditions for side in (one.left, one.right) for name in occurring(side)}
    nested = any(isinstance(node, Over) for node in postorder(over.body))
    if nested or over.function not in ("sum", "mean", "prod") or others - set(over.indices):
        return None
    if len(bounds) < 2 * len(over.loops) or any(bound.name for bound in bounds):
        return None
    ranges = [range(start.offset, stop.offset) for start, stop in zip(bounds[::2], bounds[1::2])]
    found = []
    for values in product(*ranges):
        trees = {name: number(value) for name, value in zip(over.indices, values)}
        if all(_holds(condition, trees) for condition in over.conditions):
            found.append(_reduced(substituted(over.body, trees)))
        if len(found) > _MOST_TERMS:
            return None
    if not found:
        return None
    total = found[0]
    for tree in found[1:]:
        total = Binary("*" if over.function == "prod" else "+", total, tree)
    return Binary("/", total, number(len(found))) if over.function == "mean" else total


def _holds(condition: If, trees: dict[str, Tree]) -> bool:
    left, right = (bound_of(substituted(side, trees)) for side in (condition.left, condition.right))
    return left is not None and right is not None and RELATIONS[condition.op](left.offset, right.offset)


def _reduced(tree: Tree) -> Tree:
    """Return a tree in which the places of entries such as x[0 + 1] are numbers."""
    def with_numbers(node: Tree) -> Tree:
        if not isinstance(node, Call) or not node.function.startswith("["):
            return node
        return with_children(node, [node.args[0], *map(_number_of, node.args[1:])])

    return _number_of(rebuilt(tree, with_numbers))


def _number_of(tree: Tree) -> Tree:
    """Return the number that a sum of numbers is, any other tree as it is."""
    if isinstance(tree, Name) or value_of(tree) is not None:
        return tree
    bound = bound_of(tree)
    return number(bound.offset) if bound is not None and not bound.name else tree
