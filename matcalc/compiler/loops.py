"""Sums over an index in generated code: a loop that adds up its terms, the statements of a term inside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sympy import Expr

from ..algebra.expressions import is_array
from ..algebra.indexed import IndexedSum, IndexedTotal
from .operations import Graph, Operation, postorder
from .placed import KIND as PLACED
from .placed import sizes_of

if TYPE_CHECKING:
    from ..algebra.indexed import Loop

KIND = "loop"
# operations whose text has their sizes in it
SHAPED = frozenset(
    "full eye unit commutation ptrace reshape scatter blocks placed add_diagonal diagonal".split()
)


class Term(NamedTuple):
    """The loop of a sum and the operation of its term, which is of a graph of its own."""

    loop: Loop
    root: Operation


def is_indexed(node: Expr) -> bool:
    """Return whether an expression is a sum over an index."""
    return isinstance(node, (IndexedSum, IndexedTotal))


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
            elif node.kind == PLACED:
                more = sizes_of(node)
            for size in (*node.shape, *more):
                found |= size.free_symbols
    return sorted(found, key=str)


def loop_operation(graph: Graph, node: Any, root: Operation, shape: tuple[Expr, ...]) -> Operation:
    """Return the operation of a sum over an index, given that of its term; it depends on what the term takes."""
    loop, shape = node.loop, shape if is_array(node) else ()
    inputs = [graph.input(part.data, part.shape, part.facts) for part in postorder(root) if part.kind == "input"]
    bounds = {symbol for size in (loop.start, loop.stop) for symbol in size.free_symbols}
    bounds |= {symbol for _, *sides in loop.conditions for side in sides for symbol in side.free_symbols}
    if not loop.has_terms:
        bounds |= {symbol for size in shape for symbol in size.free_symbols}
    symbols = {*size_symbols([root]), *bounds} - {loop.index}
    sizes = [graph.size(symbol) for symbol in sorted(symbols, key=str)]
    return graph.make(KIND, (*dict.fromkeys(inputs), *sizes), Term(loop, root), shape)


def loop_statements(writer: Any, node: Operation, name: str, inner: Any) -> list[str]:
    """Return the statements that add up a sum; ``inner`` writes those of its term."""
    ((text, _),) = inner.write([node.data.root])
    return writer.speller.loop(node, name, text, inner.lines)
