"""The forms of matrix products, with entries, rows, columns and slices where a factor selects, and of blocks.

A factor that selects is written as a subscript of its neighbour: e(i, n).T@A@x is A[i, :]@x. One that has no neighbour
to select from puts its product into a larger array: vstack(0, A@x).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sympy import Expr

from ..algebra.blocks import Block
from ..algebra.constants import eye, is_constant, zeros
from ..algebra.expressions import ONE, Array, Constant, Transpose, is_array
from ..algebra.picked import Item, picked, selection
from ..algebra.strides import Stride, stride_of
from ..budget import spend
from ..errors import ConversionError
from ..language.subscripts import BLOCK, DISPLAY, LIST, PARTS, ROW, Range, subscript
from ..language.syntax import Call, Negate, Tree, length
from .forms import Form, call, joined, number, size_tree, turned

# what a matrix that only selects costs beside its length: what it multiplies is better put between zeros
_SELECTOR = 3
def place_form(place: Expr, size: Expr) -> Form:
    """Return the form of an index or a bound; from the end where that is a number: -1."""
    from_end = place - size
    if from_end.is_Integer and not place.is_Integer:
        count = number(-from_end)
        return Form(Negate(count.tree), count.cost + 1)
    tree = size_tree(place)
    return Form(tree, length(tree))


def _subscript(place: Stride | None) -> tuple[Tree | Range, float]:
    """Return an index or a range, and its length."""
    if place is None:
        return Range(None, None), 0
    start, step, count, size = place
    if count == 1:
        form = place_form(start, size)
        return form.tree, form.cost
    stop, forwards = (place.end, True) if step == 1 else (place.last + step / abs(step), bool(step.is_positive))
    at_end = (place.end - size).is_nonnegative if forwards else place.end.is_negative
    first = None if start == (0 if forwards else size - 1) else place_form(start, size)
    last = None if at_end else place_form(stop, size)
    cost = (first.cost if first else 0) + (last.cost if last else 0) + (step != 1)
    return Range(first.tree if first else None, last.tree if last else None, int(step)), cost


def _subscripted(form: Form, rows: Stride | None, cols: Stride | None, shape: tuple[Expr, Expr]) -> Form:
    """Return the form of X[rows, cols]; ``shape`` is that of X."""
    (first, one), (second, other) = _subscript(rows), _subscript(cols)
    if shape[1] == 1:
        places = [first]
    else:
        places = [first, second]
    if cols is not None and shape[0] == 1:
        places = [second]
    return Form(subscript(form.tree, places), form.cost + 1 + one + other)


def _turned_round(item: Item, end: int) -> Item:
    """Return the first factor of a product (``end`` 0) with its rows backwards, or the last one with its columns so."""
    if is_constant(item.factor, "ones"):
        return item
    rows, cols = item.factor.shape[::-1] if item.flip else item.factor.shape
    size, known = (rows, item.rows) if end == 0 else (cols, item.cols)
    place = Stride(0 * size, ONE, size, size) if known is None else known
    turned = Stride(place.last, -place.step, place.count, place.size)
    return replace(item, rows=turned) if end == 0 else replace(item, cols=turned)


def _is_constant_leaf(factor: Array) -> bool:
    """Return whether a factor is a constant, which may select or add up what is beside it."""
    return isinstance(factor.args[0] if isinstance(factor, Transpose) else factor, Constant)


class SelectionForms:
    """The part of the presenter that writes products and blocks; ``form`` and ``forms_of`` are the presenter's."""

    def chain(self: Any, items: list[tuple[Array, bool]], negative: bool) -> Form | None:
        """Return the form of a matrix product of (factor, flip) items, or of its negative (or None).

        Products with ones are written as sums along an axis.
        """
        spend(len(items))
        if not any(_is_constant_leaf(factor) for factor, _ in items):
            forms = self._signed_factors([self.forms_of(factor, flip) for factor, flip in items], negative)
            return None if forms is None else joined("@", forms)
        return self._embedded(picked(items), negative)

    def _embedded(self: Any, found: list[Item], negative: bool) -> Form | None:
        """Return the form of a product of which an end may put the rest into a larger array."""
        for end in (0, -1):
            place, of_rows = selection(found[end].factor, found[end].flip)
            if place is None or abs(place.step) != 1 or place.count == 1 or len(found) == 1 or of_rows != bool(end):
                continue
            others = found[1:] if end == 0 else found[:-1]
            if place.step == -1:
                others[end] = _turned_round(others[end], end)
            place = place.forwards
            rest = self._embedded(others, negative)
            return rest and self._put_in(rest, place, self._extent(found, end), "vstack" if end == 0 else "hstack")
        return self._product(found, negative)

    @staticmethod
    def _extent(found: list[Item], end: int) -> Expr:
        """Return how wide (high) the product is of which one end puts it into a larger array."""
        other = found[-1] if end == 0 else found[0]
        if end == 0:
            return other.width
        if other.rows is not None:
            return other.rows.count
        return other.factor.cols if other.flip else other.factor.rows

    def _put_in(self: Any, form: Form, place: Stride, extent: Expr, name: str) -> Form:
        """Return the form of an array with zeros before and after it."""
        parts = [form]
        for count, before in ((place.start, True), (place.size - place.end, False)):
            if count != 0:
                shape = (count, extent) if name == "vstack" else (extent, count)
                parts.insert(0 if before else len(parts), self.form(zeros(*shape)))
        return call(name, *parts)

    def _product(self: Any, found: list[Item], negative: bool) -> Form | None:
        pieces, piece = [], []
        for item in found:
            piece.append(item)
            if item.width == 1:
                pieces.append(piece)
                piece = []
        pieces += [piece] if piece else []
        slots: list[tuple[list[Item], int | None]] = []
        for piece in pieces:
            first, last = is_constant(piece[0].factor, "ones"), is_constant(piece[-1].factor, "ones")
            if last and len(piece) > 1:
                slots.append((piece[:-1], 1))
            elif first and len(piece) > 1:
                slots.append((piece[1:], 0))
            else:
                slots += [([item], None) for item in piece]
        flat = [item for inner, _ in slots for item in inner]
        forms = self._signed_factors([self._item_forms(item) for item in flat], negative)
        if forms is None:
            return None
        parts, index = [], 0
        for inner, axis in slots:
            body = joined("@", forms[index : index + len(inner)])
            index += len(inner)
            parts.append(body if axis is None else call("sum", body, axis=axis))
        return joined("@", parts)

    def _item_forms(self: Any, item: Item) -> tuple[Form, Form | None]:
        """Return the forms of a factor and of its negative (or None), with its subscripts."""
        pairs = self.forms_of(item.factor, item.flip)
        if item.rows is None and item.cols is None:
            return pairs
        others = self.forms_of(item.factor, not item.flip)
        return tuple(form and self._best_subscript(form, other, item) for form, other in zip(pairs, others))

    @staticmethod
    def _best_subscript(form: Form, other: Form | None, item: Item) -> Form:
        """Return X[rows, cols], or X.T[cols, rows].T where that is not longer and X is itself turned."""
        shape = item.factor.shape[::-1] if item.flip else item.factor.shape
        direct = _subscripted(form, item.rows, item.cols, shape)
        if other is None:
            return direct
        turning = _subscripted(other, item.cols, item.rows, shape[::-1])
        single = [place is not None and place.count == 1 for place in (item.rows, item.cols)]
        is_entry = all(single) or 1 in shape and any(single)
        turning = turning if is_entry else turned(turning)
        plainer = turning.cost == direct.cost and other.cost < form.cost
        return turning if turning.cost < direct.cost or plainer else direct

    def selector(self: Any, node: Array, flip: bool) -> Form:
        """Return the form of a selector alone: eye(n)[:, a:b]."""
        place = stride_of(node)
        if place is None:
            raise ConversionError(f"{node.name} selects no places", hint="write it as a product")
        rows, cols = (place, None) if flip else (None, place)
        form = _subscripted(self.form(eye(place.size)), rows, cols, (place.size, place.size))
        return Form(form.tree, form.cost + _SELECTOR)

    # -- blocks ------------------------------------------------------------------------------------------------------

    def _block(self: Any, node: Block, flip: bool, negative: bool) -> Form | None:
        if negative:
            return None

        def plain(turn: bool) -> Form:
            grid = [list(column) for column in zip(*node.grid)] if turn else [list(row) for row in node.grid]
            forms = [[self._part(part, turn) for part in row] for row in grid]
            return block_form(forms, grid)

        return self._either(node, flip, negative, plain)

    def _part(self: Any, part: Expr, turn: bool) -> Form:
        return self.form(part, turn) if is_array(part) else self.form(part)


def block_form(forms: list[list[Form]], grid: list[list[Expr]]) -> Form:
    """Return the form of a block: a list where all parts are scalars, hstack or vstack where there is one line."""
    cost = 1 + sum(form.cost for row in forms for form in row)
    scalars = not any(is_array(part) for row in grid for part in row)
    if scalars and len(grid[0]) == 1:
        return Form(Call(LIST, tuple(row[0].tree for row in forms)), cost)
    if scalars:
        rows = tuple(Call(ROW, tuple(form.tree for form in row)) for row in forms)
        return Form(Call(DISPLAY, rows), cost + len(rows))
    if len(grid) == 1:
        return Form(Call("hstack", tuple(form.tree for form in forms[0])), cost)
    if len(grid[0]) == 1:
        return Form(Call("vstack", tuple(row[0].tree for row in forms)), cost)
    return Form(_zeros_short(forms, grid), cost + len(grid))


def _as_rows(tree: Any) -> Any:
    """Return a column of numbers as rows of one number: within a block a list would be read as one of its rows."""
    if not isinstance(tree, Call) or tree.function != LIST:
        return tree
    return Call(DISPLAY, tuple(Call(ROW, (item,)) for item in tree.args))


def _zeros_short(forms: list[list[Form]], grid: list[list[Expr]]) -> Call:
    """Return the block with 0 for its zeros, where the parts beside and above one say how large it is."""
    trees = [tuple(_as_rows(form.tree) for form in row) for row in forms]
    zero = [[is_array(part) and is_constant(part, "zeros") for part in row] for row in grid]
    made = []
    for r, row in enumerate(trees):
        parts = []
        for c, tree in enumerate(row):
            beside = next((other for k, other in enumerate(row) if not zero[r][k] and is_array(grid[r][k])), None)
            above = next((line[c] for k, line in enumerate(trees) if not zero[k][c] and is_array(grid[k][c])), None)
            if zero[r][c] and beside is not None and above is not None:
                parts.append(Call("[0]", (beside, above)))
            else:
                parts.append(tree)
        made.append(Call(PARTS, tuple(parts)))
    return Call(BLOCK, tuple(made))

