"""Sums over an index: how a surface tree holds a generator, sum(log(x[i]) for i in n if i != k)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ..errors import Span

if TYPE_CHECKING:
    from .nodes import Tree

# what can be taken over an index
OVER = ("sum", "mean", "prod", "max", "min")


@dataclass(frozen=True, slots=True, eq=False)
class For:
    """``for name in range(start, stop)``"""

    name: str
    start: Tree
    stop: Tree
    span: Span = Span(0, 0)


@dataclass(frozen=True, slots=True, eq=False)
class If:
    """``if left op right``, with op one of != == < <= > >="""

    op: str
    left: Tree
    right: Tree
    span: Span = Span(0, 0)


@dataclass(frozen=True, slots=True, eq=False)
class Over:
    """A function of the values that ``body`` takes as indices run: sum(body for i in n for j in m if i != j)"""

    function: str
    body: Tree
    loops: tuple[For, ...]
    conditions: tuple[If, ...] = ()
    span: Span = Span(0, 0)

    @property
    def indices(self) -> tuple[str, ...]:
        """The names of its indices."""
        return tuple(loop.name for loop in self.loops)


def parts(node: Over) -> tuple[Tree, ...]:
    """Return the trees that a sum is made of: its body, the bounds of its indices, the sides of its conditions."""
    bounds = (bound for loop in node.loops for bound in (loop.start, loop.stop))
    sides = (side for condition in node.conditions for side in (condition.left, condition.right))
    return (node.body, *bounds, *sides)


def with_parts(node: Over, trees: Sequence[Tree]) -> Over:
    """Return a sum that is made of other trees, given in the order of :func:`parts`."""
    body, *rest = trees
    count = 2 * len(node.loops)
    bounds, sides = rest[:count], rest[count:]
    loops = tuple(
        replace(loop, start=start, stop=stop)
        for loop, start, stop in zip(node.loops, bounds[::2], bounds[1::2])
    )
    conditions = tuple(
        replace(condition, left=left, right=right)
        for condition, left, right in zip(node.conditions, sides[::2], sides[1::2])
    )
    return replace(node, body=body, loops=loops, conditions=conditions)


def pieces(node: Over) -> list[str | tuple[Tree, int]]:
    """Return the text of a sum as strings and trees, each tree with the tightness that it needs there."""
    found: list[str | tuple[Tree, int]] = [f"{node.function}(", (node.body, 0)]
    for loop in node.loops:
        found.append(f" for {loop.name} in ")
        found += _range(loop)
    for number, condition in enumerate(node.conditions):
        found += [" and " if number else " if ", (condition.left, 0), f" {condition.op} ", (condition.right, 0)]
    return [*found, ")"]


def _range(loop: For) -> list[str | tuple[Tree, int]]:
    whole = getattr(loop.start, "value", None) == 0
    if whole and hasattr(loop.stop, "id"):
        return [(loop.stop, 0)]
    if whole:
        return ["range(", (loop.stop, 0), ")"]
    return ["range(", (loop.start, 0), ", ", (loop.stop, 0), ")"]
