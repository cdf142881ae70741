"""Parts written where they belong, once, for targets whose arrays can be written to.

A block matrix is an array into which its parts are written: no row of blocks is put together first. A sum of arrays
that are mostly zeros, as the derivatives of slices are, is one array to which each adds its part.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from ..algebra.expressions import ZERO
from .operations import postorder, rewrite_sharing, split_sign
from .pieces import PRODUCT, UNARY, grouped, size_text
from .stacks import is_zero

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sympy import Expr

    from .operations import Graph, Operation

KIND = "placed"
# what the array is before the parts are written: not set, all zeros, or the first operand
EMPTY, ZEROS, BASE = "empty", "zeros", "base"
Bounds = tuple["Expr", "Expr", "Expr"]
Slices = tuple[Bounds, ...]


def placed(graph: Graph, roots: list[Operation]) -> list[Operation]:
    """Return the roots with block matrices, and sums of arrays with parts among zeros, as arrays that are written."""
    order = postorder(*roots)
    uses = Counter(o for node in order for o in node.operands) + Counter(roots)

    def of_sums(old: Operation, node: Operation, resolve: Callable) -> Operation:
        if node.kind == "add" and node.shape:
            return _sum(graph, node)
        return _scaled(graph, old, node, uses) if node.kind in ("multiply", "negative") else node

    def of_blocks(old: Operation, node: Operation, resolve: Callable) -> Operation:
        nested = old.kind == "stack" and old.is_matrix and any(p.kind == "stack" or is_zero(p) for p in old.operands)
        return _filled(graph, old, resolve) if nested else node

    return rewrite_sharing(graph, rewrite_sharing(graph, roots, of_sums), of_blocks)


def _filled(graph: Graph, node: Operation, resolve: Callable) -> Operation:
    """Return a block matrix as an array into which its parts are written."""
    everything = list(leaves_of(node, tuple((ZERO, size, size) for size in node.shape)))
    parts = [(piece, slices) for piece, slices in everything if not is_zero(piece)]
    mode = ZEROS if len(parts) < len(everything) else EMPTY
    pieces = tuple(_unrepeated(resolve(piece)) for piece, _ in parts)
    return graph.make(KIND, pieces, (mode, tuple((1, slices) for _, slices in parts)), node.shape, node.facts)


def leaves_of(node: Operation, slices: Slices) -> Iterator[tuple[Operation, Slices]]:
    """Yield the parts of stacks within stacks with the slices of the whole that they are."""
    if node.kind != "stack":
        yield node, slices
        return
    axis = node.data
    start, _, total = slices[axis]
    for part in node.operands:
        stop = start + part.shape[axis]
        yield from leaves_of(part, (*slices[:axis], (start, stop, total), *slices[axis + 1 :]))
        start = stop


def _unrepeated(piece: Operation) -> Operation:
    """Return what is repeated to a part, which NumPy repeats where it is written."""
    return piece.operands[0] if piece.kind == "full" else piece


def _alone(term: Operation) -> tuple[Operation, Slices] | None:
    """Return the only part of a stack that is not zero and where it is, else None."""
    if term.kind != "stack":
        return None
    whole = tuple((ZERO, size, size) for size in term.shape)
    found = [(piece, slices) for piece, slices in leaves_of(term, whole) if not is_zero(piece)]
    return found[0] if len(found) == 1 else None


def _sum(graph: Graph, node: Operation) -> Operation:
    """Return a sum with parts among zeros as one array; one such part is added to a matrix, two to zeros."""
    parts, rest = [], []
    for term in node.operands:
        found = _with_scalars(graph, term)
        (rest if found is None else parts).append(term if found is None else found)
    if not parts or len(parts) + bool(rest) < 2:
        return node
    base = (graph.full(graph.add(*rest), node.shape),) if rest else ()
    mode = BASE if rest else ZEROS
    pieces = tuple(_unrepeated(piece) for _, piece, _ in parts)
    signed = tuple((sign, slices) for sign, _, slices in parts)
    return graph.make(KIND, (*base, *pieces), (mode, signed), node.shape, node.facts)


def _with_scalars(graph: Graph, term: Operation) -> tuple[int, Operation, Slices] | None:
    """Return (sign, part, where it is) of a multiple of an array whose other entries are 0, None for another term."""
    sign, inner = split_sign(term)
    scalars: list[Operation] = []
    if inner.kind == "multiply":
        scalars = [o for o in inner.operands if not o.shape]
        arrays = [o for o in inner.operands if o.shape]
        if len(arrays) != 1:
            return None
        (inner,) = arrays
    found = _alone(inner)
    if found is None:
        return None
    other, piece = split_sign(_positive(graph, graph.multiply(*scalars, found[0])))
    return sign * other, piece, found[1]


def _positive(graph: Graph, piece: Operation) -> Operation:
    """Return a multiple by a negative number as the negative of one by a positive number, which others may need."""
    first = piece.operands[0] if piece.kind == "multiply" else None
    if first is None or first.kind != "number" or not first.data.is_negative:
        return piece
    turned = graph.multiply(graph.number(-first.data), *piece.operands[1:])
    return graph.make("negative", (turned,), shape=turned.shape)


def _scaled(graph: Graph, old: Operation, node: Operation, uses: Counter[Operation]) -> Operation:
    """Return a multiple of an array of parts with the scalars at the parts, which are smaller."""
    arrays = [(was, now) for was, now in zip(old.operands, node.operands) if now.shape]
    if len(arrays) != 1 or arrays[0][1].kind != KIND or uses[arrays[0][0]] > 1:
        return node
    (_, inner), scalars = arrays[0], [o for o in node.operands if not o.shape]
    mode, places = inner.data
    if mode != ZEROS:
        return node
    turned, signed, pieces = -1 if node.kind == "negative" else 1, [], []
    for (sign, slices), piece in zip(places, inner.operands):
        other, made = split_sign(_positive(graph, graph.multiply(*scalars, piece)))
        signed.append((turned * sign * other, slices))
        pieces.append(made)
    return graph.make(KIND, pieces, (mode, tuple(signed)), node.shape, node.facts)


# -- statements ------------------------------------------------------------------------------------------------------


def sizes_of(node: Operation) -> list[Expr]:
    """Return the sizes that the text of an operation mentions besides its own."""
    return [bound for _, slices in node.data[1] for place in slices for bound in place]


def statements(name: str, node: Operation, pieces: list[tuple[str, int]]) -> list[str]:
    """Return the statements that write the parts, whose pieces are given, into the array of a name."""
    lines, written = [], []
    for (sign, slices), (text, level) in zip(node.data[1], pieces):
        place = f"{name}[{subscript(slices)}]"
        if node.data[0] != BASE and all(_apart(slices, other) for other in written):
            minus = "" if sign > 0 else "-"
            least = PRODUCT if " @ " not in text else UNARY
            lines.append(f"{place} = {minus}{grouped((text, level), least) if minus else text}")
        else:
            lines.append(f"{place} {'+' if sign > 0 else '-'}= {text}")
        written.append(slices)
    return lines


def _apart(one: Slices, other: Slices) -> bool:
    """Whether two slices are known to have no entry in common."""
    pairs = zip(one, other)
    return any((a[0] - b[1]).is_nonnegative or (b[0] - a[1]).is_nonnegative for a, b in pairs)


def subscript(slices: Slices) -> str:
    """Return the text between the brackets of what is taken of an array."""
    words = []
    for start, stop, size in slices:
        left = size - stop
        last = "" if left == 0 else f"-{left}" if left.is_Integer else size_text(stop)
        words.append(f"{'' if start == 0 else size_text(start)}:{last}")
    while len(words) > 1 and words[-1] == ":":
        words.pop()
    return ", ".join(words)
