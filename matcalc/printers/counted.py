"""Sums over an index as mathematics writes them: from 0 to a last value, which [x]_i and x_i are counted by, too."""

from __future__ import annotations

from fractions import Fraction

from ..language.generators import For, Over, parts
from ..language.syntax import Binary, Name, Number, Tree, postorder, rebuilt, substituted


def counted_from_zero(tree: Tree) -> Tree:
    """Return a tree in which every index of a sum begins at 0; in x_1 + … + x_n a paper's x_1 is the first entry."""
    if not any(isinstance(node, Over) for node in postorder(tree)):
        return tree
    return rebuilt(tree, lambda node: _moved(node) if isinstance(node, Over) else node)


def _moved(node: Over) -> Over:
    starts = {loop.name: loop.start for loop in node.loops if getattr(loop.start, "value", None) != 0}
    if not starts:
        return node
    moved: dict[str, Tree] = {name: Binary("+", Name(name), start) for name, start in starts.items()}
    loops = tuple(
        For(loop.name, Number(Fraction(0)), less(substituted(loop.stop, moved), substituted(loop.start, moved)))
        if loop.name in starts else loop
        for loop in node.loops
    )  # fmt: skip
    body, *rest = (substituted(part, moved) for part in parts(node))
    sides = rest[2 * len(node.loops) :]
    conditions = tuple(
        type(one)(one.op, left, right) for one, left, right in zip(node.conditions, sides[::2], sides[1::2])
    )
    return Over(node.function, body, loops, conditions, node.span)


def less(tree: Tree, taken: Tree) -> Tree:
    """Return a tree less another one; numbers are put together: n - 1 less 1 is n - 2."""
    if not isinstance(taken, Number):
        return Binary("-", tree, taken)
    if isinstance(tree, Number):
        return Number(tree.value - taken.value)
    if isinstance(tree, Binary) and tree.op in "+-" and isinstance(tree.right, Number):
        left, rest = tree.left, taken.value + (tree.right.value if tree.op == "-" else -tree.right.value)
        if rest == 0:
            return left
        return Binary("-" if rest > 0 else "+", left, Number(abs(rest)))
    return Binary("-", tree, taken)
