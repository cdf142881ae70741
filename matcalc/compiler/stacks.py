"""Arrays put together of parts: a part is taken where that is all that is needed, and a vector meets part by part.

A ``stack`` has its parts one below the other (axis 0) or side by side (axis 1); a ``table`` is made of scalars alone,
row by row. Blocks of several rows are stacks of stacks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sympy import Integer

from ..algebra.expressions import ONE
from ..algebra.strides import Stride

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sympy import Expr

    from .operations import Graph, Operation

Part = tuple["Operation", tuple["Expr", "Expr"]]


# -- putting together ------------------------------------------------------------------------------------------------


def stacked(graph: Graph, parts: list[Part], axis: int) -> Operation:
    """Return parts one below the other (axis 0) or side by side; each with its (rows, columns)."""
    across = parts[0][1][1 - axis]
    total = sum((shape[axis] for _, shape in parts), 0 * ONE)
    if len(parts) == 1:
        return parts[0][0]
    if across == 1:
        if all(shape[axis] == 1 for _, shape in parts):
            return table(graph, [[part for part, _ in parts]], (total,))
        vectors = [with_shape(graph, part, (shape[axis],)) for part, shape in parts]
        return graph.make("stack", vectors, 0, (total,))
    matrices = [with_shape(graph, part, shape) for part, shape in parts]
    return graph.make("stack", matrices, axis, (total, across) if axis == 0 else (across, total))


def table(graph: Graph, rows: list[list[Operation]], shape: tuple[Expr, ...]) -> Operation:
    """Return the array of scalars, row by row."""
    return graph.make("table", [entry for row in rows for entry in row], (len(rows), len(rows[0])), shape)


def grid(graph: Graph, rows: list[list[Operation]], heights: tuple[Expr, ...], widths: tuple[Expr, ...]) -> Operation:
    """Return a block matrix of rows of parts."""
    if all(size == 1 for size in (*heights, *widths)) and all(not part.shape for row in rows for part in row):
        shape = tuple(size for size in (len(heights) * ONE, len(widths) * ONE) if size != 1)
        return table(graph, rows, shape)
    lines: list[Part] = []
    for height, row in zip(heights, rows):
        made = stacked(graph, [(part, (height, width)) for part, width in zip(row, widths)], 1)
        lines.append((made, (height, sum(widths, 0 * ONE))))
    return stacked(graph, lines, 0)


def with_shape(graph: Graph, operation: Operation, shape: tuple[Expr, ...]) -> Operation:
    """Return an array with so many dimensions, for a number, a vector or a matrix with these entries."""
    if operation.shape == shape:
        return operation
    if len(operation.shape) == 1 and len(shape) == 2:
        turned = graph.expand(operation, 1 if shape[1] == 1 else 0)
        return turned if turned.shape == shape else graph.full(turned, shape)
    return graph.full(operation, shape)  # a scalar, or what is repeated along an axis


# -- taking parts ----------------------------------------------------------------------------------------------------


def taken(graph: Graph, array: Operation, places: tuple[Stride | None, ...]) -> Operation:
    """Return an entry, a row, a column or a slice of an array: a place for every axis, None for all of it.

    The operation's data says for every axis which bounds are given: "i" for an index, "a:b", "a:", ":b" or ":", with a
    step "a:b:2", and "::-1" for an axis that is turned round.
    """
    if all(place is None or place.is_whole for place in places):
        return array
    if any(place is not None and place.step.is_negative for place in places):
        return _turned_round(graph, array, places)
    if array.kind == "transpose":
        return graph.transpose(taken(graph, array.operands[0], places[::-1]))
    if array.kind == "negative":
        return graph.negative(taken(graph, array.operands[0], places))
    if array.kind == "stack":
        array, places = _narrowed(graph, array, places)
        if all(place is None for place in places):
            return array
    if array.kind == "table":
        entry = _entry_of_table(array, places)
        if entry is not None:
            return entry
    bounds, words, shape = [], [], []
    for place, whole in zip(places, array.shape):
        place = place or Stride(0 * ONE, ONE, whole, whole)
        start, step, count, size = place
        if count == 1 and not place.is_whole:
            words.append("i")
            bounds.append(graph.size(start))
            continue
        stop = size if (place.end - size).is_nonnegative else place.last + 1
        words.append(f"{'a' if start != 0 else ''}:{'b' if stop != size else ''}{f':{step}' if step != 1 else ''}")
        bounds += [graph.size(start)] if start != 0 else []
        bounds += [graph.size(stop - size if (stop - size).is_Integer else stop)] if stop != size else []
        shape.append(count)
    return graph.make("part", (array, *bounds), tuple(words), tuple(shape))


def _turned_round(graph: Graph, array: Operation, places: tuple[Stride | None, ...]) -> Operation:
    """Return what is taken in ascending order, and then the axes turned round that are to be."""
    forwards = taken(graph, array, tuple(place and place.forwards for place in places))
    kept = [place for place in places if place is None or place.count != 1]
    words = tuple("::-1" if place is not None and place.step.is_negative else ":" for place in kept)
    if forwards.kind == "part" and forwards.data == words:
        return forwards.operands[0]
    return graph.make("part", (forwards,), words, forwards.shape)


def places_of(part: Operation) -> tuple[Stride, ...]:
    """Return the places that a part takes of every axis."""
    bounds, counts, found = iter(part.operands[1:]), iter(part.shape), []
    for word, size in zip(part.data, part.operands[0].shape):
        if word == "i":
            found.append(Stride(next(bounds).data, ONE, ONE, size))
            continue
        first, last, *step = word.split(":")
        start = next(bounds).data if first else 0 * ONE
        if last:
            next(bounds)
        turned = step == ["-1"]
        found.append(Stride(size - 1 if turned else start, Integer(step[0]) if step else ONE, next(counts), size))
    return tuple(found)


def _narrowed(
    graph: Graph, array: Operation, places: tuple[Stride | None, ...]
) -> tuple[Operation, tuple[Stride | None, ...]]:
    """Return (the parts of a stack that a slice goes through, the places within them) where it ends with parts."""
    axis = array.data
    place = places[axis]
    if place is None or place.count == 1 or place.step != 1:
        return array, places
    chosen, start = [], 0 * ONE
    for part in array.operands:
        size = part.shape[axis]
        inside = start == place.start if not chosen else start != place.end
        if inside:
            chosen.append(part)
        start = start + size
    total = sum((part.shape[axis] for part in chosen), 0 * ONE)
    if not chosen or total != place.count:
        return array, places
    rest = tuple(None if k == axis else other for k, other in enumerate(places))
    made = chosen[0]
    if len(chosen) > 1:
        shape = tuple(total if k == axis else size for k, size in enumerate(array.shape))
        made = graph.make("stack", chosen, axis, shape)
    return taken(graph, made, rest), (None,) * len(places)


def _entry_of_table(array: Operation, places: tuple[Stride | None, ...]) -> Operation | None:
    single = [place.start for place in places if place is not None and place.count == 1]
    numbers = [int(start) for start in single if start.is_Integer]
    if len(numbers) < len(places):
        return None
    first, *others = numbers
    return array.operands[first * array.data[1] + others[0] if others else first]


# -- products with vectors -------------------------------------------------------------------------------------------


def by_parts(graph: Graph, factors: list[Operation]) -> list[Operation]:
    """Return the factors of a product whose last one is a vector with no stack among those before it.

    The stack next to the vector is multiplied part by part, and not put together.
    """
    while len(factors) > 1 and not factors[-1].is_matrix and any(map(_is_stack, factors[:-1])):
        *rest, matrix, vector = factors
        if not matrix.is_matrix:
            break
        factors = [*rest, times(graph, matrix, vector)]
    return factors


def _is_stack(node: Operation) -> bool:
    inner = node.operands[0] if node.kind == "transpose" else node
    return inner.kind == "stack" and inner.is_matrix


def times(graph: Graph, matrix: Operation, vector: Operation) -> Operation:
    """Return the product of a matrix and a vector, whose entries are not repeated in memory."""
    inner = matrix.operands[0] if matrix.kind == "transpose" else matrix
    if not _is_stack(matrix):
        return _of_plain(graph, matrix, vector)
    turned = matrix.kind == "transpose"
    parts = [graph.transpose(part) if turned else part for part in inner.operands]
    if (inner.data == 0) != turned:
        rows = [(times(graph, part, vector), (part.shape[0], ONE)) for part in parts]
        return graph.full(stacked(graph, rows, 0), matrix.shape[:1])
    return graph.full(_added(graph, list(_terms(graph, parts, vector))), matrix.shape[:1])


def _added(graph: Graph, terms: list[Operation]) -> Operation:
    """Return the sum of vectors; of stacks that are cut in the same places part by part."""
    terms = [_unrepeated(term) for term in terms]
    if len(terms) < 2 or any(t.kind != "stack" or t.is_matrix for t in terms):
        return graph.add(*terms)
    first = terms[0]
    if any([p.shape for p in t.operands] != [p.shape for p in first.operands] for t in terms):
        return graph.add(*terms)
    parts = [[p for p in column if not is_zero(p)] for column in zip(*[t.operands for t in terms])]
    sums = [(graph.add(*found), (zero.shape[0], ONE)) for found, zero in zip(parts, first.operands)]
    return stacked(graph, sums, 0)


def _terms(graph: Graph, parts: list[Operation], vector: Operation) -> Iterator[Operation]:
    start = 0 * ONE
    total = vector.shape[0]
    for part in parts:
        stop = start + part.shape[1]
        if not is_zero(part):
            yield times(graph, part, taken(graph, vector, (Stride(start, ONE, part.shape[1], total),)))
        start = stop


def _unrepeated(array: Operation) -> Operation:
    """Return the number that an array repeats, else the array."""
    return array.operands[0] if array.kind == "full" and not array.operands[0].shape else array


def is_zero(part: Operation) -> bool:
    """Return whether all entries of an array are 0."""
    inner = part.operands[0] if part.kind == "full" else part
    return inner.kind == "number" and inner.data == 0


def _of_plain(graph: Graph, matrix: Operation, vector: Operation) -> Operation:
    """Return the product with what is no stack; a vector of one entry is a scalar."""
    if matrix.kind == "negative":
        return graph.negative(times(graph, matrix.operands[0], vector))
    if matrix.kind == "full":
        inner = matrix.operands[0]
        total = graph.make("sum", (vector,), None, ()) if vector.shape else vector
        if not inner.shape:
            return graph.multiply(inner, total)
        if inner.kind == "expand":
            column = inner.operands[0]
            return graph.multiply(column, total) if inner.data == 1 else graph.product(column, vector)
    if matrix.kind == "expand":
        column = _unrepeated(matrix.operands[0])
        if not column.shape:
            total = vector if matrix.data == 1 or not vector.shape else graph.make("sum", (vector,), None, ())
            return graph.multiply(column, total)
        return graph.multiply(column, vector) if matrix.data == 1 else graph.product(column, vector)
    if not vector.shape:
        column = graph.make("part", (matrix, graph.number(0)), (":", "i"), matrix.shape[:1])
        return graph.multiply(column, vector)
    return graph.product(matrix, vector)
