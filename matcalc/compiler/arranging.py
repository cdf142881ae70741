"""Entries, slices and blocks in generated code: views of arrays and arrays put together, no matrix that selects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sympy import Expr, expand

from ..algebra.blocks import Block
from ..algebra.constructors import transpose
from ..algebra.expressions import ONE, Array, Constant, Transpose, is_array
from ..algebra.picked import Item, picked, selection
from ..algebra.strides import Stride
from .stacks import grid, stacked, taken, with_shape

if TYPE_CHECKING:
    from .operations import Operation


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
        return self.graph.product(*[self._full_item(item) for item in items])

    def _full_item(self: Any, item: Item) -> Operation:
        self._known(item.factor)
        return self._whole(item.factor) if item.rows is None and item.cols is None else self._item(item)

    def _known(self: Any, factor: Array) -> None:
        """Lower an identity that stands for two selections, which is no part of the expression."""
        if factor not in self._made:
            self._made[factor] = self._lowered(factor)

    def _item(self: Any, item: Item) -> Operation:
        self._known(item.factor)
        if item.rows is None and item.cols is None:
            return self._made[item.factor]
        made = self._whole(item.factor)
        if made.is_matrix:
            return taken(self.graph, made, (item.rows, item.cols))
        return taken(self.graph, made, (item.rows or item.cols,))

    def _spread(self: Any, inner: Operation, place: Stride, extent: tuple[Expr, Expr], axis: int) -> Operation:
        """Return an array of zeros with the rows (axis 0) or columns of another in every so many places of it."""
        if axis == 1:
            turned = self._spread(self._turned(inner, extent), place, extent[::-1], 0)
            return self.graph.transpose(turned) if turned.is_matrix else turned
        if place.step.is_negative:
            whole = with_shape(self.graph, inner, extent if extent[1] != 1 else extent[:1])
            backwards = Stride(extent[0] - 1, 0 * ONE - 1, extent[0], extent[0])
            inner, place = taken(self.graph, whole, (backwards, None)[: len(whole.shape)]), place.forwards
        if place.step == 1:
            return self._put(inner, place, extent, 0)
        # every row with its zeros behind it, one after the other; too many at the end are cut off, or some added
        graph, (count, width), step = self.graph, extent, place.step
        rows = [(inner, extent), (graph.number(0), (count, (step - 1) * width))]
        if width == 1:
            column = with_shape(graph, with_shape(graph, inner, (count,)), (count, ONE))
            zeros = graph.full(graph.number(0), (count, step - 1))
            wide = graph.make("stack", (column, zeros), 1, (count, step * ONE))
        else:
            wide = stacked(self.graph, rows, 1)
        total = expand(count * step)
        made = graph.make("reshape", (wide,), shape=(total,) if width == 1 else (total, width))
        left = expand(place.size - place.start)
        if (total - left).is_positive:
            made = taken(self.graph, made, (Stride(0 * ONE, ONE, left, total), None)[: len(made.shape)])
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
        return stacked(self.graph, parts, axis)

    def _block(self: Any, node: Block) -> Operation:
        sizes = (node.heights, node.widths)
        rows = [[self._part(part) for part in parts] for parts in node.grid]
        key = (tuple(map(tuple, rows)), *sizes)
        turned = [[self.graph.transpose(row[c]) for row in rows] for c in range(len(node.widths))]
        # of a block and its transpose one is put together, and the other one is a view of it
        known = self._blocks.get((tuple(map(tuple, turned)), *sizes[::-1]))
        if known is not None and known.is_matrix:
            return self.graph.transpose(known)
        made = self._blocks[key] = grid(self.graph, rows, *sizes)
        if made.is_matrix and transpose(node) is node:
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
