"""Loops over the entries of an array, `for v in x`, which code has: in the language an index runs to a size."""

from __future__ import annotations

from collections.abc import Container

from ...language import clause_hints as hints
from ...language.generators import For, Over
from ...language.subscripts import is_subscript
from ...language.syntax import Binary, Call, Name, Negate, Number, Transpose, Tree, children, postorder
from ..spelling import COLUMN, spelling_of
from .trees import occurring


def over_array(node: Over, arrays: Container[str], indices: Container[str]) -> For | None:
    """Return the first loop of a sum that runs over an array, None where all run to sizes.

    ``arrays``: names that are declared as arrays; ``indices``: those of sums, and sizes. A name that is
    no size by its spelling, x of for v in x, is an array where v does not stand as a place; a matrix is one where v
    stands as a vector.
    """
    for loop in node.loops:
        if not _is_size(loop.stop):
            return loop
        if not isinstance(loop.stop, Name) or not isinstance(loop.start, Number) or loop.start.value:
            continue
        name = loop.stop.id
        if name in indices:
            continue
        if name in arrays or spelling_of(name) == COLUMN and not _is_place(node, loop.name):
            return loop
        if name[0].isupper() and _is_vector(node.body, loop.name):
            return loop
    return None


def instead(node: Over, loop: For) -> str:
    """Return the hint for such a loop."""
    if isinstance(loop.stop, Call) and loop.stop.function == "len" or len(node.loops) > 1 or node.conditions:
        return f"write for {loop.name} in n"
    return hints.for_arrays(node.function, node.body, [loop.name], [loop.stop])


def _is_size(tree: Tree) -> bool:
    return all(
        isinstance(part, (Name, Number, Negate)) or isinstance(part, Binary) and part.op in ("+", "-", "*", "/", "**")
        for part in postorder(tree)
    )


def _is_place(node: Over, name: str) -> bool:
    """Return whether a name stands as the place of an entry, or bounds or conditions say something of it."""
    for loop in node.loops:
        if name in occurring(loop.start) | occurring(loop.stop):
            return True
    trees = [node.body, *(side for one in node.conditions for side in (one.left, one.right))]
    parts = [part for tree in trees for part in postorder(tree)]
    if any(isinstance(part, Over) and _is_place(part, name) for part in parts):
        return True
    places = [place for part in parts if is_subscript(part) for place in part.args[1:]]
    places += [part.args[0] for part in parts if isinstance(part, Call) and part.function == "e" and part.args]
    return any(name in occurring(place) for place in places)


def _is_vector(body: Tree, name: str) -> bool:
    """Return whether a name is transposed, or a factor of a matrix product."""
    for part in postorder(body):
        takes = isinstance(part, Transpose) or isinstance(part, Binary) and part.op == "@"
        if takes and any(isinstance(child, Name) and child.id == name for child in children(part)):
            return True
    return False
