"""Changes of one conjugate in a formula: X.T for X.H, conj(z) for z, and the other way round."""

from __future__ import annotations

from collections.abc import Iterator

from ..language.nodes import conjugate, conjugated, with_children
from ..language.syntax import Name, Transpose, Tree, children, postorder
from ..language.unparse import unparse

_MOST_EDITS = 40


def edits(tree: Tree, complex_names: set[str]) -> Iterator[tuple[Tree, str]]:
    """Yield a formula with one conjugate changed, each with a sentence that says what."""
    # A.H for A.T before conj(A) for the A in it
    nodes = sorted(postorder(tree), key=lambda node: not isinstance(node, Transpose))
    found = [(node, other) for node in nodes if (other := _changed(node, complex_names)) is not None]
    for node, other in found[:_MOST_EDITS]:
        yield _replaced(tree, node, other), f"{unparse(other)} is needed for {unparse(node)}"


def _changed(node: Tree, complex_names: set[str]) -> Tree | None:
    """Return a node with its conjugate added or taken away, None where it holds nothing complex."""
    inner = conjugated(node)
    if inner is not None:
        return inner
    if isinstance(node, Transpose):
        below = conjugated(node.operand)
        return Transpose(conjugate(node.operand) if below is None else below, node.span)
    if isinstance(node, Name) and node.id in complex_names:
        return conjugate(node, node.span)
    return None


def _replaced(tree: Tree, old: Tree, new: Tree) -> Tree:
    made: dict[int, Tree] = {}
    for node in postorder(tree):
        made[id(node)] = new if node is old else with_children(node, [made[id(child)] for child in children(node)])
    return made[id(tree)]
