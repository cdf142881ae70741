"""Sums over an index whose terms are zeros but for some entries: each term is added where its entries are.

The derivative by x of sum(f(x[k]) for k in K) is a sum of multiples of unit columns. Written out, each of its terms has
K entries; here the term is a number that is added to entry k. Where the entries of an array can be set, as in NumPy and
Octave, they are; otherwise the entries, rows or columns are kept in a list, and put together after the loop.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ..algebra.expressions import ONE, ZERO
from .operations import split_sign
from .placed import KIND as PLACED
from .placed import ZEROS, leaves_of
from .stacks import is_zero

if TYPE_CHECKING:
    from sympy import Expr, Symbol

    from .operations import Graph, Operation

KIND = "scattered"
# (start, stop) on an axis; a stop of None for a single place
Place = tuple["Expr", "Expr | None"]


class Part(NamedTuple):
    """What is added, with its sign, at a place for each axis; the array has no axis where that is a single one."""

    sign: int
    piece: Operation
    places: tuple[Place, ...]


def scattered(graph: Graph, root: Operation, indices: frozenset[Symbol], sets_entries: bool) -> Operation:
    """Return the operation of a term with the places of its entries, the term itself where it has all of them.

    ``indices``: those of the loops around it. ``sets_entries``: whether the entries of an array can be set.
    """
    found = _parts(graph, root)
    if found is None or not (sets_entries or _is_listed(found, root, indices)):
        return root
    bounds, data = [], []
    for part in found:
        words = []
        for (start, stop), size in zip(part.places, root.shape):
            given = [start] if stop is None else [] if (start, stop) == (ZERO, size) else [start, stop]
            bounds += [graph.size(bound) for bound in given]
            words.append({0: ":", 1: "i", 2: "a:b"}[len(given)])
        data.append((part.sign, tuple(words)))
    return graph.make(KIND, [*(part.piece for part in found), *bounds], tuple(data), root.shape)


def _is_listed(parts: list[Part], root: Operation, indices: frozenset[Symbol]) -> bool:
    """Return whether all parts are entries, rows or columns at places that are whole numbers of Python in a loop."""
    known = indices.union(*(size.free_symbols for size in root.shape))
    patterns = set()
    for part in parts:
        single = tuple(stop is None for _, stop in part.places)
        pairs = zip(part.places, root.shape)
        is_part = any(stop is not None and (start, stop) != (ZERO, size) for (start, stop), size in pairs)
        if is_part or not any(single) or any(not start.free_symbols <= known for start, _ in part.places):
            return False
        patterns.add(single)
    return len(patterns) == 1


def _parts(graph: Graph, term: Operation) -> list[Part] | None:
    """Return the parts of a term of which most entries are 0, None where there are none such."""
    sign, inner = split_sign(term)
    found = _unsigned(graph, inner) if inner.shape else None
    return found if found is None or sign > 0 else [part._replace(sign=-part.sign) for part in found]


def _unsigned(graph: Graph, term: Operation) -> list[Part] | None:
    if term.kind == "unit":
        return [Part(1, graph.number(1), ((_index(term), None),))]
    if term.kind == "add":
        return _of_sum(graph, term)
    if term.kind == "multiply":
        return _of_product(graph, term)
    if term.kind == "expand":
        inner = _parts(graph, term.operands[0])
        return inner and [_expanded(term, part) for part in inner]
    whole = tuple((ZERO, size, size) for size in term.shape)
    if term.kind == "stack":
        everything = list(leaves_of(term, whole))
        kept = [(1, piece, slices) for piece, slices in everything if not is_zero(piece)]
        return [part for one in kept for part in _within(graph, *one)] if len(kept) < len(everything) else None
    if term.kind == PLACED and term.data[0] == ZEROS:
        pairs = zip(term.data[1], term.operands)
        return [part for (sign, slices), piece in pairs for part in _within(graph, sign, piece, slices)]
    return None


def _index(unit: Operation) -> Expr:
    return unit.operands[0].data


def _expanded(term: Operation, part: Part) -> Part:
    """Return a part of a vector as one of the row or column that it is made."""
    (place,), across = part.places, (ZERO, ONE)
    return part._replace(places=(across, place) if term.data == 0 else (place, across))


def _of_sum(graph: Graph, term: Operation) -> list[Part] | None:
    """The parts of all terms, and the terms that have all entries together, as far as they are no numbers."""
    parts, rest = [], []
    for operand in term.operands:
        found = _parts(graph, operand)
        parts += found or []
        rest += [operand] if found is None else []
    if not parts:
        return None
    dense = [Part(1, graph.add(*rest), tuple((ZERO, size) for size in term.shape))] if rest else []
    return [*parts, *dense]


def _of_product(graph: Graph, term: Operation) -> list[Part] | None:
    """Multiples of an array: the scalars stand at its parts."""
    scalars = [operand for operand in term.operands if not operand.shape]
    arrays = [operand for operand in term.operands if operand.shape]
    found = _parts(graph, arrays[0]) if len(arrays) == 1 else None
    return found and [part._replace(piece=graph.multiply(*scalars, part.piece)) for part in found]


def _within(graph: Graph, sign: int, piece: Operation, slices: Any) -> list[Part]:
    """Return a part of a block matrix as it is, or the parts that it has itself."""
    inner = _parts(graph, piece) if len(piece.shape) == len(slices) else None
    if inner is not None:
        moved = [tuple(map(_moved, part.places, slices)) for part in inner]
        return [part._replace(sign=sign * part.sign, places=places) for part, places in zip(inner, moved)]
    places = tuple((start, None) if stop - start == 1 else (start, stop) for start, stop, _ in slices)
    return [Part(sign, _without_axes(graph, piece, places), places)]


def _moved(place: Place, of: tuple[Expr, Expr, Expr]) -> Place:
    start, stop = place
    if of[1] - of[0] == ONE:
        return of[0], None
    return of[0] + start, None if stop is None else of[0] + stop


def _without_axes(graph: Graph, piece: Operation, places: tuple[Place, ...]) -> Operation:
    """Return a part without the axes on which it has a single place."""
    kept = tuple(stop - start for start, stop in places if stop is not None)
    if piece.kind == "full":
        piece = piece.operands[0]
    if piece.kind == "expand" and places[piece.data][1] is None:
        piece = piece.operands[0]
    if len(piece.shape) <= len(kept):
        return piece
    words = tuple("i" if stop is None else ":" for _, stop in places)
    return graph.make("part", (piece, *[graph.size(ZERO)] * words.count("i")), words, kept)
