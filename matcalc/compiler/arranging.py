"""Entries, slices and blocks in generated code: views of arrays and arrays put together, no matrix that selects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sympy import Expr, expand

from ..algebra.blocks import Block
from ..algebra.constructors import transpose
from ..algebra.expressions import ONE, Array, Constant, Transpose, is_array
from ..algebra.picked import Item, picked, selection
from ..algebra.strides import Stride

if TYPE_CHECKING:
    from .operations import Graph, Operation


class Arranging:
    """The part of the lowering that knows products with selections, and blocks; all attributes are the lowering's."""

    def _chain(self: Any, node: Array) -> Operation:
        """A matrix product; a column that meets a row inside it makes an outer product, which broadcasts."""
        return self._items(picked([(factor, False) for factor in node.args]))

    def _inner(self: Any, node: Array) -> Operation:
        return self._segment(picked([(factor, False) for factor in node.args]))

    def _items(self: Any, items: list[Item]) -> Operation:
        gathered = self._gathered_end(items) if len(items) > 1 else None
        if gathered is not None:
            return gathered
        for end in (0, -1):
            place, of_rows = selection(items[end].factor, items[end].flip)
            if len(items) > 1 and place is not None and of_rows == bool(end):
                rest = items[1:] if end == 0 else items[:-1]
                inner, extent = self._items(rest), (_height(rest[0]), rest[-1].width)
                return (self._put if place.step == 1 else self._spread)(inner, place, extent, -end)
        for index in range(1, len(items)):
            if items[index - 1].width == 1:
                left, right = self._segment(items[:index]), self._segment(items[index:])
                return self.graph.multiply(self.graph.expand(left, 1), self.graph.expand(right, 0))
        return self._segment(items)

    def _gathered_end(self: Any, items: list[Item]) -> Operation | None:
        """Return a product with dup(n) or elim(n) at an end, which takes rows or columns; None for others."""
        first, last = rows_taken(items[0], False), rows_taken(items[-1], True)
        if first is not None:
            return self._gathered(self._items(items[1:]), first, _outer_size(items[0], False))
        if last is not None:
            rest = self._items(items[:-1])
            turned = self.graph.transpose(rest) if rest.is_matrix else rest
            found = self._gathered(turned, last, _outer_size(items[-1], True))
            return self.graph.transpose(found) if found.is_matrix else found
        return None

    def _gathered(self: Any, rest: Operation, helper: str, size: Expr) -> Operation:
        """Return the rows that a helper function makes of a matrix; of a vector, its entries."""
        whole = rest if rest.is_matrix else self.graph.expand(rest, 1)
        found = self.graph.make("gather", (whole,), helper, (size, whole.shape[1]))
        return found if rest.is_matrix else self.graph.make("reshape", (found,), shape=(size,))

    def _half_constant(self: Any, node: Constant) -> Operation:
        """The duplication matrix or an elimination matrix itself."""
        return self._gathered(self.graph.eye(node.cols), str(helper_of(node, False)), node.rows)

    def _segment(self: Any, items: list[Item]) -> Operation:
        if len(items) == 1:
            return self._item(items[0])
        if items[-1].width == 1 and self._is_plain_block(items[-2]):
            vector = self._by_parts(items[-2].factor, self._full_item(items[-1]))
            return self._with_vector(items[:-2], vector)
        return self.graph.product(*[self._full_item(item) for item in items])

    def _is_plain_block(self: Any, item: Item) -> bool:
        """Return whether a factor is a whole block whose parts are computed, and neither a column nor a row."""
        block = item.factor
        whole = isinstance(block, Block) and item.rows is None and item.cols is None and 1 not in block.shape
        return whole and block not in self.leaves

    def _with_vector(self: Any, items: list[Item], vector: Operation) -> Operation:
        """Return the product of what is left of a chain with a vector on its right."""
        while items and self._is_plain_block(items[-1]):
            vector = self._by_parts(items[-1].factor, vector)
            items = items[:-1]
        return self.graph.product(*map(self._full_item, items), vector) if items else vector

    def _by_parts(self: Any, node: Block, vector: Operation) -> Operation:
        """Return a block times a vector, part by part: it is not put together."""
        rows, graph = [], self.graph
        for height, parts in zip(node.heights, node.grid):
            terms, start = [], 0 * ONE
            for part, width in zip(parts, node.widths):
                if not (part == 0 or getattr(part, "name", "") == "zeros"):
                    piece = self._taken(vector, (Stride(start, ONE, width, node.cols),))
                    made = self._part(part)
                    terms.append((graph.product if made.shape and piece.shape else graph.multiply)(made, piece))
                start = start + width
            rows.append((graph.add(*terms) if terms else graph.number(0), (height, ONE)))
        if len(rows) == 1:
            return graph.full(rows[0][0], () if node.heights[0] == 1 else (node.heights[0],))
        return self._stacked(rows, 0)

    def _full_item(self: Any, item: Item) -> Operation:
        return self._whole(item.factor) if item.rows is None and item.cols is None else self._item(item)

    def _item(self: Any, item: Item) -> Operation:
        if item.rows is None and item.cols is None:
            return self._made[item.factor]
        made = self._whole(item.factor)
        if made.is_matrix:
            return self._taken(made, (item.rows, item.cols))
        return self._taken(made, (item.rows or item.cols,))

    def _taken(self: Any, array: Operation, places: tuple[Stride | None, ...]) -> Operation:
        """Return an entry, a row, a column or a slice of an array: a place for every axis, None for all of it.

        The operation's data says for every axis which bounds are given: "i" for an index, "a:b", "a:", ":b" or ":",
        with a step "a:b:2", and "::-1" for an axis that is turned round.
        """
        if all(place is None or place.is_whole for place in places):
            return array
        if any(place is not None and place.step.is_negative for place in places):
            return self._turned_round(array, places)
        if array.kind == "transpose":
            return self.graph.transpose(self._taken(array.operands[0], places[::-1]))
        graph, bounds, words, shape = self.graph, [], [], []
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

    def _turned_round(self: Any, array: Operation, places: tuple[Stride | None, ...]) -> Operation:
        """Return what is taken in ascending order, and then the axes turned round that are to be."""
        forwards = self._taken(array, tuple(place and place.forwards for place in places))
        kept = [place for place in places if place is None or place.count != 1]
        words = tuple("::-1" if place is not None and place.step.is_negative else ":" for place in kept)
        if forwards.kind == "part" and forwards.data == words:
            return forwards.operands[0]
        return self.graph.make("part", (forwards,), words, forwards.shape)

    def _spread(self: Any, inner: Operation, place: Stride, extent: tuple[Expr, Expr], axis: int) -> Operation:
        """Return an array of zeros with the rows (axis 0) or columns of another in every so many places of it."""
        if axis == 1:
            turned = self._spread(self._turned(inner, extent), place, extent[::-1], 0)
            return self.graph.transpose(turned) if turned.is_matrix else turned
        if place.step.is_negative:
            whole = _with_shape(self.graph, inner, extent if extent[1] != 1 else extent[:1])
            backwards = Stride(extent[0] - 1, 0 * ONE - 1, extent[0], extent[0])
            inner, place = self._taken(whole, (backwards, None)[: len(whole.shape)]), place.forwards
        if place.step == 1:
            return self._put(inner, place, extent, 0)
        # every row with its zeros behind it, one after the other; too many at the end are cut off, or some added
        graph, (count, width), step = self.graph, extent, place.step
        rows = [(inner, extent), (graph.number(0), (count, (step - 1) * width))]
        if width == 1:
            column = _with_shape(graph, _with_shape(graph, inner, (count,)), (count, ONE))
            zeros = graph.full(graph.number(0), (count, step - 1))
            wide = graph.make("stack", (column, zeros), 1, (count, step * ONE))
        else:
            wide = self._stacked(rows, 1)
        total = expand(count * step)
        made = graph.make("reshape", (wide,), shape=(total,) if width == 1 else (total, width))
        left = expand(place.size - place.start)
        if (total - left).is_positive:
            made = self._taken(made, (Stride(0 * ONE, ONE, left, total), None)[: len(made.shape)])
            total = left
        return self._put(made, Stride(place.start, ONE, total, place.size), (total, width), 0)

    def _turned(self: Any, inner: Operation, extent: tuple[Expr, Expr]) -> Operation:
        return self.graph.transpose(inner) if inner.is_matrix else inner

    def _put(self: Any, inner: Operation, place: Stride, extent: tuple[Expr, Expr], axis: int) -> Operation:
        """Return an array of zeros with another within it; ``extent`` is the (rows, columns) of that."""
        parts = [(inner, extent)]
        for count, first in ((place.start, True), (place.size - place.end, False)):
            if count != 0:
                shape = (count, extent[1]) if axis == 0 else (extent[0], count)
                parts.insert(0 if first else len(parts), (self.graph.number(0), shape))
        return self._stacked(parts, axis)

    def _stacked(self: Any, parts: list[tuple[Operation, tuple[Expr, Expr]]], axis: int) -> Operation:
        """Return parts one below the other (axis 0) or side by side; each with its (rows, columns)."""
        across = parts[0][1][1 - axis]
        total = sum((shape[axis] for _, shape in parts), 0 * ONE)
        if len(parts) == 1:
            return parts[0][0]
        if across == 1:
            vectors = [_with_shape(self.graph, part, (shape[axis],)) for part, shape in parts]
            return self.graph.make("stack", vectors, 0, (total,))
        matrices = [_with_shape(self.graph, part, shape) for part, shape in parts]
        return self.graph.make("stack", matrices, axis, (total, across) if axis == 0 else (across, total))

    def _block(self: Any, node: Block) -> Operation:
        rows = []
        for height, parts in zip(node.heights, node.grid):
            made = [(self._part(part), (height, width)) for part, width in zip(parts, node.widths)]
            rows.append((self._stacked(made, 1), (height, node.cols)))
        made = self._stacked(rows, 0)
        if made.is_matrix and made.kind == "stack" and transpose(node) is node:
            made.facts = made.facts | {"symmetric"}
        return made

    def _part(self: Any, part: Expr) -> Operation:
        return self._whole(part) if is_array(part) else self._made[part]


def helper_of(node: Array, turned: bool) -> str | None:
    """Return the helper function that multiplies by dup(n) or elim(n), or by its transpose, from the left."""
    if not isinstance(node, Constant) or node.name not in ("dup", "elim"):
        return None
    stem = "strict" if len(node.dims) == 2 else node.name
    return f"{stem}_columns" if turned else f"{stem}_rows"


def rows_taken(item: Item, last: bool) -> str | None:
    """Return the helper function for the first factor of a product, or for the last one of its transpose."""
    turned = isinstance(item.factor, Transpose)
    inner = item.factor.args[0] if turned else item.factor
    whole = item.rows is None and item.cols is None
    return helper_of(inner, (turned != item.flip) != last) if whole else None


def _outer_size(item: Item, last: bool) -> Expr:
    return item.factor.cols if item.flip != last else item.factor.rows


def _height(item: Item) -> Expr:
    if item.rows is not None:
        return item.rows.count
    return item.factor.cols if item.flip else item.factor.rows


def _with_shape(graph: Graph, operation: Operation, shape: tuple[Expr, ...]) -> Operation:
    """Return an array with so many dimensions, for a number, a vector or a matrix with these entries."""
    if operation.shape == shape:
        return operation
    if len(operation.shape) == 1 and len(shape) == 2:
        turned = graph.expand(operation, 1 if shape[1] == 1 else 0)
        return turned if turned.shape == shape else graph.full(turned, shape)
    return graph.full(operation, shape)  # a scalar, or what is repeated along an axis
