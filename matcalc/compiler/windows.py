"""Sums of slices of one vector, each times a number: a window that slides over it, which NumPy has a function for.

c0*x[2:] + c1*x[1:-1] + c2*x[:-2] is a correlation, and what its adjoint adds up a convolution: one pass over each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .operations import Graph, Operation, rewrite, split_sign
from .placed import KIND as PLACED
from .placed import ZEROS
from .stacks import places_of, table

if TYPE_CHECKING:
    from sympy import Expr

KIND = "correlate"
# NumPy's loop for short windows ends here
_WIDEST = 11
_LEAST = 3


def windows(graph: Graph, roots: list[Operation]) -> list[Operation]:
    """Return the roots with sums of shifted slices of vectors as correlations and convolutions."""
    return rewrite(graph, roots, _window)


def _window(graph: Graph, node: Operation) -> Operation:
    if node.kind == "add" and len(node.shape) == 1:
        return _over_slices(graph, node)
    if node.kind == PLACED and len(node.shape) == 1 and node.data[0] == ZEROS:
        return _over_places(graph, node)
    return node


def _scaled(graph: Graph, term: Operation) -> tuple[Operation, Operation]:
    """Return (number, vector) of a term."""
    sign, inner = split_sign(term)
    scalars = [o for o in inner.operands if not o.shape] if inner.kind == "multiply" else []
    rest = [o for o in inner.operands if o.shape] if inner.kind == "multiply" else [inner]
    return graph.multiply(graph.number(sign), *scalars), graph.multiply(*rest)


def _over_slices(graph: Graph, node: Operation) -> Operation:
    found: dict[Operation, dict[int, Operation]] = {}
    rest: dict[Operation, list[Operation]] = {}
    for term in node.operands:
        number, vector = _scaled(graph, term)
        start = _start(vector)
        taps = found.setdefault(vector.operands[0], {}) if start is not None else {}
        if start is None or start in taps:
            rest.setdefault(term, []).append(term)
        else:
            taps[start] = number
            rest.setdefault(vector.operands[0], []).append(term)
    terms: list[Operation] = []
    for key, own in rest.items():
        taps = found.get(key, {})
        window = _taps(graph, taps, key.shape[0] - node.shape[0] + 1) if len(taps) == len(own) else None
        terms += own if window is None else [graph.make(KIND, (key, window), "valid", node.shape)]
    return node if len(terms) == len(node.operands) else graph.add(*terms)


def _start(vector: Operation) -> int | None:
    """Return where a slice of a vector begins, None for what is no such slice."""
    if vector.kind != "part" or len(vector.operands[0].shape) != 1 or len(vector.shape) != 1:
        return None
    (place,) = places_of(vector)
    return int(place.start) if place.step == 1 and place.start.is_Integer and place.start >= 0 else None


def _taps(graph: Graph, taps: dict[int, Operation], width: Expr) -> Operation | None:
    """Return the window of numbers by their places, None where it is not one of few places."""
    if not width.is_Integer or not _LEAST <= width <= _WIDEST or max(taps, default=0) >= width:
        return None
    if len(taps) < _LEAST or 2 * len(taps) < width:
        return None
    numbers = [taps.get(place, graph.number(0)) for place in range(int(width))]
    return table(graph, [numbers], (width,))


def _over_places(graph: Graph, node: Operation) -> Operation:
    """Return the sum of one vector at several places among zeros as a convolution."""
    taps: dict[int, Operation] = {}
    vectors = set()
    for (sign, ((start, _, _),)), piece in zip(node.data[1], node.operands):
        number, vector = _scaled(graph, piece)
        if not start.is_Integer or int(start) in taps or not vector.shape:
            return node
        taps[int(start)] = graph.multiply(graph.number(sign), number)
        vectors.add(vector)
    if len(vectors) != 1:
        return node
    (vector,) = vectors
    window = _taps(graph, taps, node.shape[0] - vector.shape[0] + 1)
    return node if window is None else graph.make(KIND, (vector, window), "full", node.shape)
