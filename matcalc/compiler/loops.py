"""Sums over an index in generated code: a loop that adds up its terms, the statements of a term inside."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from sympy import Expr

from ..algebra.constants import shape_of
from ..algebra.expressions import Array, ArrayFunction, MatrixPower, ScalarFunction, is_array, operands
from ..algebra.expressions import postorder as nodes_in
from ..algebra.indexed import IndexedSum, IndexedTotal, loops_in, occurs, with_common_indices
from ..algebra.interning import intern
from ..algebra.keys import Key
from ..algebra.members import is_member
from .bands import KIND as BANDS
from .bands import sizes_in
from .operations import Graph, Operation, postorder
from .placed import KIND as PLACED
from .placed import sizes_of
from .scattered import KIND as SCATTERED

if TYPE_CHECKING:
    from ..algebra.indexed import Loop

KIND = "loop"
# operations whose text has their sizes in it
SHAPED = frozenset(
    "full eye unit commutation ptrace reshape scatter blocks bands placed add_diagonal diagonal".split()
)


class Term(NamedTuple):
    """The loop of a sum and the operation of its term, which is of a graph of its own.

    ``given`` are pairs of an input of that graph and the place of the operand of the loop that it stands for.
    ``is_stack``: the terms are put one below another instead of being added up.
    """

    loop: Loop
    root: Operation
    given: tuple[tuple[str, int], ...]
    is_stack: bool = False


class OneBelowAnother(Array):
    """The matrices that a term is for each value of an index, one below another; a result, and no part of another."""

    body: Expr
    loop: Loop

    def __new__(cls, body: Expr, loop: Loop) -> OneBelowAnother:
        rows, cols = shape_of(body)

        def fill(new: Any) -> None:
            key = Key.of(f"{cls.__name__} {id(body)}", [loop.key])
            new._fill((), (loop.count * rows, cols), (key, key))
            new.body, new.loop = body, loop

        return intern(cls, (body, *loop), fill)


def with_shared_sums(expressions: list[Expr]) -> list[Expr]:
    """Return expressions of which equal sums, whatever the letters of their indices, are computed once."""
    stacks = [node for node in expressions if isinstance(node, OneBelowAnother)]
    if not any(loops_in(node.body if isinstance(node, OneBelowAnother) else node) for node in expressions):
        return expressions
    inner = [node.body if isinstance(node, OneBelowAnother) else node for node in expressions]
    found = with_common_indices(inner, {node.loop.index for node in stacks})
    pairs = zip(expressions, found)
    return [OneBelowAnother(new, old.loop) if isinstance(old, OneBelowAnother) else new for old, new in pairs]


def is_indexed(node: Expr) -> bool:
    """Return whether an expression is a sum over an index, or a result that has a matrix for each value of one."""
    return isinstance(node, (IndexedSum, IndexedTotal, OneBelowAnother))


def term_of(node: Any) -> Expr:
    """Return the term of a sum over an index."""
    return node.body if isinstance(node, OneBelowAnother) else node.args[0]


def before_loop(node: Any) -> list[Expr]:
    """Return the parts of a term that are costly and do not have the index: they are computed once, before the loop."""
    seen: set[tuple] = set()
    found: list[Expr] = []
    stack = [(term_of(node), _bound_by(node.loop))]
    while stack:
        part, bound = stack.pop()
        if (part, bound) in seen:
            continue
        seen.add((part, bound))
        if any(occurs(symbol, part) for symbol in bound):
            inner = bound | _bound_by(part.loop) if is_indexed(part) else bound
            stack.extend((operand, inner) for operand in operands(part))
        elif any(map(_is_costly, nodes_in(part))):
            found.append(part)
    return list(dict.fromkeys(found))


def _bound_by(loop: Loop) -> frozenset[Expr]:
    """Return the index of a loop and the names in its conditions."""
    sides = (side for _, *pair in loop.conditions for side in pair)
    return frozenset({loop.index}).union(*(side.free_symbols for side in sides))


def _is_costly(node: Expr) -> bool:
    if isinstance(node, (ArrayFunction, ScalarFunction)):
        return not node.rule.elementwise and not is_member(node)
    return isinstance(node, MatrixPower) or is_indexed(node)


def size_symbols(roots: list[Operation]) -> list[Expr]:
    """Return the sizes that statements mention, in the order of their names; without the indices of loops."""
    found: set[Expr] = set()
    for node in postorder(*roots):
        if node.kind == "size":
            found |= node.data.free_symbols
        elif node.kind in SHAPED:
            more = node.data if node.kind == "commutation" else node.data[:1] if node.kind == "ptrace" else ()
            if node.kind == "blocks":
                more = [size for _, _, shape in node.data for size in shape]
            elif node.kind == BANDS:
                more = sizes_in(node)
            elif node.kind == PLACED:
                more = sizes_of(node)
            for size in (*node.shape, *more):
                found |= size.free_symbols
    return sorted(found, key=str)


def loop_operation(
    graph: Graph, node: Any, root: Operation, shape: tuple[Expr, ...], given: Mapping[str, Operation]
) -> Operation:
    """Return the operation of a sum over an index, given that of its term; it depends on what the term takes.

    ``given`` maps inputs of the term to operations of the graph that they stand for.
    """
    loop, shape = node.loop, shape if is_array(node) else ()
    taken = [part for part in postorder(root) if part.kind == "input"]
    found = [given.get(part.data) or graph.input(part.data, part.shape, part.facts) for part in taken]
    inputs = list(dict.fromkeys(found))
    places = tuple((part.data, inputs.index(given[part.data])) for part in taken if part.data in given)
    bounds = {symbol for size in (loop.start, loop.stop) for symbol in size.free_symbols}
    bounds |= {symbol for _, *sides in loop.conditions for side in sides for symbol in side.free_symbols}
    if not loop.has_terms or innermost(root).kind == SCATTERED:
        bounds |= {symbol for size in shape for symbol in size.free_symbols}
    symbols = {*size_symbols([root]), *bounds} - {loop.index}
    sizes = [graph.size(symbol) for symbol in sorted(symbols, key=str)]
    term = Term(loop, root, places, isinstance(node, OneBelowAnother))
    return graph.make(KIND, (*inputs, *sizes), term, shape)


def innermost(root: Operation) -> Operation:
    """Return the operation of a term, of a sum within sums that of the innermost one."""
    while root.kind == KIND:
        root = root.data.root
    return root


def loop_statements(writer: Any, node: Operation, name: str, inner: Any) -> list[str]:
    """Return the statements that add up a sum; ``inner`` writes those of its term."""
    root, speller = node.data.root, writer.speller
    if not node.data.is_stack and innermost(root).kind == SCATTERED:
        before, after = speller.collecting(innermost(root), name)
        return [*before, *adding_statements(node, name, inner), *after]
    ((text, _),) = inner.write([root])
    if node.data.is_stack:
        return speller.stacked(node.data.loop, name, text, inner.lines, not root.shape)
    return [speller.beginning(node, name), *speller.loop(node.data.loop, [*inner.lines, f"{name} = {name} + {text}"])]


def adding_statements(node: Operation, name: str, inner: Any) -> list[str]:
    """Return the loop that adds each of its terms to the entries of an array of a name."""
    root = node.data.root
    if root.kind == KIND:
        inner.write(root.operands)
        within, _ = inner.writer_of_term(root)
        lines = [*inner.lines, *adding_statements(root, name, within)]
    else:
        pieces = inner.write(root.operands)
        lines = [*inner.lines, *inner.speller.adding(root, name, pieces)]
    return inner.speller.loop(node.data.loop, lines)
