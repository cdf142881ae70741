"""Matrices with few diagonals, as the Hessians of differences of neighbours are, written diagonal by diagonal.

A band is the vector of the entries (row + k, col + k) for k below its length; identities, diagonal matrices, their
slices, stacks with zeros, sums and products of such have bands alone, and no product of matrices is computed for them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sympy import expand

from ..algebra.expressions import ONE, ZERO
from ..algebra.strides import Stride
from .operations import postorder, rewrite_sharing, scalars_and_arrays, split_sign
from .pieces import UNARY, grouped, size_text
from .placed import subscript
from .stacks import is_zero, places_of, taken

if TYPE_CHECKING:
    from collections.abc import Callable

    from sympy import Expr

    from .operations import Graph, Operation

KIND = "bands"
# matrices with more bands are products and sums as any others
_MOST_BANDS = 16
_MADE = frozenset({"product", "add", "stack", "multiply", "negative"})


class Band(NamedTuple):
    """Where a band begins, how long it is, and its entries: a vector, or a scalar that all of them are."""

    row: Expr
    col: Expr
    length: Expr
    entries: Operation


class _Open(Exception):
    """Which of two sizes is larger is not known."""


Bands = tuple[Band, ...]


def bands(graph: Graph, roots: list[Operation]) -> list[Operation]:
    """Return the roots with matrices of bands that are a result, or a term of one, as arrays that are written."""
    order = postorder(*roots)
    known = _Finder(graph, order).known
    wanted = {root for root in roots if known[root]}
    for node in order:
        if node.kind == "add" and node.is_matrix and known[node] is None:
            wanted |= {term for term in node.operands if known[term]}

    def rule(old: Operation, node: Operation, resolve: Callable) -> Operation:
        found = known.get(old) or ()
        base = split_sign(old)[1]
        if old not in wanted or base.kind not in _MADE and base.kind != "transpose":
            return _with_base(graph, node)
        if all(band[:3] == (0, 0, old.shape[0]) for band in found) and old.shape[0] == old.shape[1]:
            return node
        return _written(graph, graph.number(0), [band._replace(entries=resolve(band.entries)) for band in found], old)

    return rewrite_sharing(graph, roots, rule)


def _written(graph: Graph, base: Operation, found: list[Band], like: Operation) -> Operation:
    signed = [split_sign(band.entries) for band in found]
    places = tuple((sign, *band[:3]) for (sign, _), band in zip(signed, found))
    return graph.make(KIND, (base, *[entries for _, entries in signed]), places, like.shape, like.facts)


def _with_base(graph: Graph, node: Operation) -> Operation:
    """Return a sum of a matrix and one of bands as the matrix to which the bands are added."""
    if node.kind != "add" or not node.is_matrix:
        return node
    written = [term for term in node.operands if term.kind == KIND and not term.operands[0].shape]
    rest = [term for term in node.operands if term not in written]
    if not written or not rest:
        return node
    base = graph.full(graph.add(*rest), node.shape)
    operands = (base, *[o for term in written for o in term.operands[1:]])
    return graph.make(KIND, operands, tuple(place for term in written for place in term.data), node.shape, node.facts)


# -- which bands a matrix has ----------------------------------------------------------------------------------------


class _Finder:
    """Finds the bands of matrices, operands first; ``sizes`` of arrays are known not to be negative."""

    def __init__(self, graph: Graph, order: list[Operation]) -> None:
        self.graph = graph
        self.known: dict[Operation, Bands | None] = {}
        self.sizes = {size for node in order for size in node.shape}
        for node in order:
            self.known[node] = self._simplified(self._bands(node)) if node.is_matrix else None

    def _bands(self, node: Operation) -> Bands | None:
        """Return the bands of a matrix, None where it is no matrix of bands."""
        if node.kind == "eye":
            return (Band(ZERO, ZERO, node.shape[0], self.graph.number(1)),)
        if node.kind == "diagonal":
            return (Band(ZERO, ZERO, node.shape[0], node.operands[0]),)
        if is_zero(node):
            return ()
        method = getattr(self, "_of_" + node.kind, None)
        try:
            return None if method is None else method(node)
        except _Open:
            return None

    def _of_transpose(self, node: Operation) -> Bands | None:
        found = self.known[node.operands[0]]
        return None if found is None else tuple(Band(band.col, band.row, *band[2:]) for band in found)

    def _of_negative(self, node: Operation) -> Bands | None:
        found = self.known[node.operands[0]]
        negative = self.graph.negative
        return None if found is None else tuple(band._replace(entries=negative(band.entries)) for band in found)

    def _of_add(self, node: Operation) -> Bands | None:
        found = [self.known[term] if term.is_matrix else None for term in node.operands]
        return None if None in found else tuple(band for term in found if term is not None for band in term)

    def _of_multiply(self, node: Operation) -> Bands | None:
        """The bands of a multiple, and of one with its rows or columns scaled."""
        scalars, arrays = scalars_and_arrays(node)
        found = [self.known[array] for array in arrays if array.shape == node.shape]
        banded = [bands for bands in found if bands is not None]
        vectors = [array for array in arrays if array.kind == "expand"]
        if len(banded) != 1 or len(vectors) + 1 < len(arrays):
            return None
        made = []
        for band in banded[0]:
            starts = [band.row if vector.data == 1 else band.col for vector in vectors]
            factors = [self._cut(v.operands[0], start, band.length) for v, start in zip(vectors, starts)]
            made.append(band._replace(entries=self.graph.multiply(*scalars, band.entries, *factors)))
        return tuple(made)

    def _of_stack(self, node: Operation) -> Bands | None:
        found, start = [], ZERO
        for part in node.operands:
            inside = self.known[part]
            if inside is None:
                return None
            for band in inside:
                row, col = (band.row + start, band.col) if node.data == 0 else (band.row, band.col + start)
                found.append(Band(row, col, *band[2:]))
            start = start + part.shape[node.data]
        return tuple(found)

    def _of_part(self, node: Operation) -> Bands | None:
        found = self.known[node.operands[0]]
        if found is None or "i" in node.data:
            return None
        rows, cols = places_of(node)
        if rows.step != 1 or cols.step != 1:
            return None
        made = []
        for band in found:
            # the entries k of the band between whose rows and columns are taken
            first = self._larger(self._larger(ZERO, rows.start - band.row), cols.start - band.col)
            last = self._smaller(self._smaller(band.length, rows.end - band.row), cols.end - band.col)
            part = self._part(band, first, last)
            if part is not None:
                made.append(part._replace(row=part.row - rows.start, col=part.col - cols.start))
        return tuple(made)

    def _of_product(self, node: Operation) -> Bands | None:
        found: Bands | None = None
        for factor in node.operands:
            own = self.known[factor] if factor.is_matrix else None
            if own is None or found is not None and len(found) * len(own) > _MOST_BANDS:
                return None
            pairs = own if found is None else [self._product(left, right) for left in found for right in own]
            found = self._simplified(tuple(band for band in pairs if band is not None)) or ()
        return found

    def _product(self, left: Band, right: Band) -> Band | None:
        """Return the product of two bands, None where it vanishes."""
        first = self._larger(left.col, right.row)
        last = self._smaller(left.col + left.length, right.row + right.length)
        one = self._part(left, first - left.col, last - left.col)
        other = self._part(right, first - right.row, last - right.row)
        if one is None or other is None:
            return None
        return Band(one.row, other.col, one.length, self.graph.multiply(one.entries, other.entries))

    def _part(self, band: Band, first: Expr, last: Expr) -> Band | None:
        """Return the entries first:last of a band, None where there are none."""
        length = expand(last - first)
        if length.is_nonpositive:
            return None
        if not self._is_size(length):
            raise _Open
        row, col = expand(band.row + first), expand(band.col + first)
        return Band(row, col, length, self._cut(band.entries, expand(first), length))

    def _cut(self, vector: Operation, start: Expr, length: Expr) -> Operation:
        """Return so many entries of a vector from one on; a scalar stays one."""
        if not vector.shape:
            return vector
        if vector.kind == "full" and not vector.operands[0].shape:
            return vector.operands[0]
        return taken(self.graph, vector, (Stride(start, ONE, length, vector.shape[0]),))

    def _is_size(self, size: Expr) -> bool:
        return bool(size.is_nonnegative) or size in self.sizes

    def _larger(self, one: Expr, other: Expr) -> Expr:
        gap = expand(one - other)
        if self._is_size(gap):
            return expand(one)
        if self._is_size(-gap):
            return expand(other)
        raise _Open

    def _smaller(self, one: Expr, other: Expr) -> Expr:
        return expand(one + other - self._larger(one, other))

    def _simplified(self, found: Bands | None) -> Bands | None:
        """Return the bands with those in the same place added up; None for too many."""
        if found is None:
            return None
        places: dict[tuple[Expr, Expr, Expr], list[Operation]] = {}
        for row, col, length, entries in found:
            places.setdefault((expand(row), expand(col), expand(length)), []).append(entries)
        made = tuple(Band(*place, self.graph.add(*terms)) for place, terms in places.items())
        return made if len(made) <= _MOST_BANDS else None


# -- statements ------------------------------------------------------------------------------------------------------


def sizes_in(node: Operation) -> list[Expr]:
    """Return the sizes that the text of an operation mentions besides its own."""
    return [size for _, *place in node.data for size in place]


def band_statements(node: Operation, name: str, pieces: list[tuple[str, int]], torch: bool) -> list[str]:
    """Return the statements that write bands, whose pieces are given, into the array of a name."""
    lines, written = [], set()
    for (sign, row, col, length), (text, level) in zip(node.data, pieces):
        height, width = node.shape
        if torch:
            slices = subscript(((row, row + length, height), (col, col + length, width)))
            part = name if slices == ":" else f"{name}[{slices}]"
            lines.append(f"{part}.diagonal().{'add' if sign > 0 else 'sub'}_({text})")
            continue
        # one place after the other is a row and a column further; none is below the last row
        start, stop = expand(row * width + col), expand((row + length) * width)
        first, last = (size_text(size) if size != 0 else "" for size in (start, stop))
        last = "" if row + length == height else f" {last} "
        view, diagonal = f"{name}.flat[{first}{' ' * bool(first)}:{last}: {size_text(width + 1)}]", expand(row - col)
        if node.operands[0].shape or diagonal in written:
            lines.append(f"{view} {'+' if sign > 0 else '-'}= {text}")
        else:
            lines.append(f"{view} = {text if sign > 0 else '-' + grouped((text, level), UNARY)}")
        written.add(diagonal)
    return lines
