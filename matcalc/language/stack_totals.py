"""Reductions over all entries of a stack of matrices: norm(A) and sum(A**2) are sums over its matrices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

from .generators import For
from .nodes import Binary, Call, Name, Negate, Number, Over, Tree, children, names, postorder, with_children
from .subscripts import is_subscript
from .unparse import unparse

# what each is of all matrices: the reduction over the index, of the function of one matrix
_TOTALS = {"sum": "sum", "mean": "mean", "norm1": "sum", "norm": "norm", "norm2": "norm"}
_ENTRYWISE = frozenset({"+", "-", "*", "/", "**"})
_LETTERS = "kijlpq"


def with_totals(tree: Tree, counts: Mapping[str, Tree]) -> Tree:
    """Return a tree in which sums, means and norms of stacks are those of their matrices.

    ``counts``: how many matrices each stack has. A stack under anything but operators entry by entry and functions of
    one matrix stays as it is.
    """
    if not any(isinstance(node, Name) and node.id in counts for node in postorder(tree)):
        return tree
    used = names(tree).keys() | {name for node in postorder(tree) if isinstance(node, Over) for name in node.indices}
    letter = next((one for one in _LETTERS if one not in used and one not in map(unparse, counts.values())), None)
    built: dict[int, Tree] = {}
    for node in postorder(tree):
        made = with_children(node, [built[id(child)] for child in children(node)])
        built[id(node)] = made if letter is None else _total(made, letter, counts)
    return built[id(tree)]


def _total(node: Tree, letter: str, counts: Mapping[str, Tree]) -> Tree:
    """Return a reduction of all of a stack as that over its matrices; another node as it is."""
    if isinstance(node, Binary) and node.op == "**" and isinstance(node.left, Call) and node.left.function == "sqrt":
        inner = node.left.args[0]
        squared = isinstance(node.right, Number) and node.right.value == 2
        if squared and isinstance(inner, Over) and inner.span == node.left.span:
            return replace(inner, span=node.span)
    if not isinstance(node, Call) or node.function not in _TOTALS or len(node.args) != 1 or node.keywords:
        return node
    found = _stacks_in(node.args[0], counts)
    sizes = {unparse(counts[name]) for name in found or ()}
    if len(sizes) != 1:
        return node
    index = Name(letter, node.span)
    body = _of_one(node.args[0], index, counts)
    loop = For(letter, Number(Fraction(0)), counts[min(found or ())], node.span)
    function = _TOTALS[node.function]
    if function != "norm":
        return Over(function, replace(node, args=(body,)), (loop,), (), node.span)
    square = Binary("**", replace(node, args=(body,)), Number(Fraction(2)), node.span)
    return Call("sqrt", (Over("sum", square, (loop,), (), node.span),), (), node.span)


def _passes(node: Tree) -> bool:
    """Return whether an operator or a function of stacks is that of their matrices, one by one."""
    if isinstance(node, Binary):
        return node.op in _ENTRYWISE
    one = isinstance(node, Call) and len(node.args) == 1 and not node.keywords
    return isinstance(node, Negate) or one and not is_subscript(node)


def _stacks_in(tree: Tree, counts: Mapping[str, Tree]) -> set[str] | None:
    """Return the stacks that stand as a whole in a tree, None where one of them is under something else."""
    found: set[str] = set()
    pending = [(tree, True)]
    while pending:
        node, passes = pending.pop()
        if isinstance(node, Name) and node.id in counts:
            if not passes:
                return None
            found.add(node.id)
        elif is_subscript(node) and isinstance(node, Call):
            pending += [(part, False) for part in node.args if not (part is node.args[0] and isinstance(part, Name))]
        elif not isinstance(node, Over):
            pending += [(part, passes and _passes(node)) for part in children(node)]
    return found


def _of_one(tree: Tree, index: Name, counts: Mapping[str, Tree]) -> Tree:
    """Return a tree with one matrix of each stack that stands in it as a whole."""
    built: dict[int, Tree] = {}
    for node in postorder(tree, _outside_parts):
        if isinstance(node, Name) and node.id in counts:
            built[id(node)] = Call("[i]", (node, index), (), node.span)
        else:
            parts = _outside_parts(node)
            built[id(node)] = with_children(node, [built[id(part)] for part in parts]) if parts else node
    return built[id(tree)]


def _outside_parts(node: Tree) -> tuple[Tree, ...]:
    return () if is_subscript(node) or isinstance(node, Over) else children(node)
