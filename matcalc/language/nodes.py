"""The nodes of surface trees, and the walks over them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from ..budget import spend
from ..errors import Span
from . import generators
from .generators import Over

# the name of the imaginary unit, which no variable can have, and the function whose transpose is written X.H
IMAGINARY = "1j"
CONJUGATE = "conj"

@dataclass(frozen=True, slots=True, eq=False)
class Number:
    """An exact rational constant."""

    value: Fraction
    span: Span = Span(0, 0)


@dataclass(frozen=True, slots=True, eq=False)
class String:
    """A quoted word, as in norm(X, "fro")."""

    value: str
    span: Span = Span(0, 0)


@dataclass(frozen=True, slots=True, eq=False)
class Name:
    """A variable, a dimension or a named constant."""

    id: str
    span: Span = Span(0, 0)


@dataclass(frozen=True, slots=True, eq=False)
class Negate:
    """-X"""

    operand: Tree
    span: Span = Span(0, 0)


@dataclass(frozen=True, slots=True, eq=False)
class Transpose:
    """X.T"""

    operand: Tree
    span: Span = Span(0, 0)


@dataclass(frozen=True, slots=True, eq=False)
class Binary:
    """X op Y, with op one of + - * / @ **"""

    op: str
    left: Tree
    right: Tree
    span: Span = Span(0, 0)


@dataclass(frozen=True, slots=True, eq=False)
class Call:
    """function(args, keyword=value)"""

    function: str
    args: tuple[Tree, ...]
    keywords: tuple[tuple[str, Tree], ...] = ()
    span: Span = Span(0, 0)


Tree = Number | String | Name | Negate | Transpose | Binary | Call | Over  # a surface tree is its root


def children(node: Tree) -> tuple[Tree, ...]:
    """Return the operands of a surface node, left to right."""
    if isinstance(node, Binary):
        return (node.left, node.right)
    if isinstance(node, Call):
        return node.args + tuple(value for _, value in node.keywords)
    if isinstance(node, (Negate, Transpose)):
        return (node.operand,)
    return generators.parts(node) if isinstance(node, Over) else ()


def outside_sums(node: Tree) -> tuple[Tree, ...]:
    """Return the operands of a node; what stands within a sum over an index means something only under its indices."""
    return () if isinstance(node, Over) else children(node)


def postorder(root: Tree, operands: Callable[[Tree], tuple[Tree, ...]] = children) -> list[Tree]:
    """Return the distinct nodes below and including ``root``, operands before operators.

    ``operands(node)``: what a node is made of; a reader's trees have nodes of their own.
    """
    seen, order = set(), []
    stack: list = [root]
    while stack:
        node = stack.pop()
        if node.__class__ is tuple:  # its operands have had their turn
            order.append(node[0])
        elif id(node) not in seen:
            seen.add(id(node))
            below = operands(node)
            if below:
                stack.append((node,))
                stack += below[::-1]
            else:
                order.append(node)
    spend(len(order))
    return order


def _counted(node: Tree) -> tuple[Tree, ...]:
    return (node.body,) if isinstance(node, Over) else children(node)


def length(tree: Tree) -> int:
    """Return the number of operators and leaves with which a surface tree is written, what it shares as often."""
    lengths: dict[int, int] = {}
    for node in postorder(tree, _counted):
        own = 1 + 2 * len(node.loops) if isinstance(node, Over) else 1
        lengths[id(node)] = own + sum(lengths[id(child)] for child in _counted(node))
    return lengths[id(tree)]


def conjugate(node: Tree, span: Span | None = None) -> Tree:
    """Return conj(X), which spans what X does where nothing else is said."""
    return Call(CONJUGATE, (node,), (), node.span if span is None else span)


def conjugated(node: Tree) -> Tree | None:
    """Return X of conj(X), None for anything else."""
    if not isinstance(node, Call) or node.function != CONJUGATE or len(node.args) != 1:
        return None
    return node.args[0]


def plain_name(name: str) -> str:
    """Return z for z and for conj(z)."""
    return name.removeprefix(f"{CONJUGATE}(").removesuffix(")")


def operands_of(tree: Tree, op: str) -> list[Tree]:
    """Return the operands of a chain of one binary operator, left to right, nested on either side."""
    found, stack = [], [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, Binary) and node.op == op:
            stack += [node.right, node.left]
        else:
            found.append(node)
    return found


def names(root: Tree) -> dict[str, Name]:
    """Return the names in the tree in their order of first appearance, without the indices of sums."""
    found: dict[str, Name] = {}
    bound: set[str] = set()
    for node in postorder(root):
        if isinstance(node, Name):
            found.setdefault(node.id, node)
        elif isinstance(node, Over):
            bound.update(node.indices)
    return {name: node for name, node in found.items() if name not in bound} if bound else found


def indices_in(root: Tree) -> dict[str, Name]:
    """Return the indices of the sums in a tree."""
    sums = (node for node in postorder(root) if isinstance(node, Over))
    return {name: Name(name) for node in sums for name in node.indices}


def with_children(node: Tree, parts: Sequence[Tree]) -> Tree:
    """Return a node with other operands, the node itself where none of them is another one."""
    if all(new is old for new, old in zip(parts, children(node))):
        return node
    if isinstance(node, Binary):
        return replace(node, left=parts[0], right=parts[1])
    if isinstance(node, Call):
        count = len(node.args)
        keywords = tuple((name, value) for (name, _), value in zip(node.keywords, parts[count:]))
        return replace(node, args=tuple(parts[:count]), keywords=keywords)
    if isinstance(node, Over):
        return generators.with_parts(node, parts)
    return replace(node, operand=parts[0]) if isinstance(node, (Negate, Transpose)) else node


def rebuilt(tree: Tree, change: Callable[[Tree], Tree]) -> Tree:
    """Return a tree in which every node is what ``change`` makes of it, operands before what has them."""
    built: dict[int, Tree] = {}
    for node in postorder(tree):
        built[id(node)] = change(with_children(node, [built[id(child)] for child in children(node)]))
    return built[id(tree)]


def substituted(tree: Tree, trees: dict[str, Tree]) -> Tree:
    """Return a tree with names replaced by trees, {name: tree}; what is replaced is shared, not copied."""
    return rebuilt(tree, lambda node: trees.get(node.id, node) if isinstance(node, Name) else node) if trees else tree
