"""Entries, rows, columns and slices of arrays: x[i], X[i, :], X[1:3, j], with NumPy's numbers of dimensions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ...errors import Span
from ...language.nodes import names
from ...language.subscripts import MEMBER, Range, subscript, whole_of
from ...language.syntax import Call, Tree
from .nodes import Slice
from .operations import Kind, Op, Value, column
from .sums import place_tree
from .values import Run

_WHOLE = Range(None, None)


def places(items: list, words: list[str], reading: Any, span: Span) -> tuple:
    """Return what the subscripts of a part stand for; ``words``: their kinds, ``reading`` knows their values."""
    if "new" in words or "rest" in words or len(items) > 3:
        reading.fail("this part of an array is not read", span, "write x[i], X[i, :], X[1:3, j] or the like")
    return tuple(reading.place_of(item, span) for item in items)


def _relation(op: Op) -> list[tuple]:
    """An index takes a dimension away, a range leaves it; of a stack of matrices one is taken."""
    taken = sum(not isinstance(part, Range) for part in op.fixed)
    least = len(op.fixed)
    most = 2 if isinstance(op.fixed[0], Range) else 3
    return [(dims, dims - taken) for dims in range(1, most + 1) if dims >= least]


def _build(op: Op, values: list) -> Value:
    (value,) = values
    places = list(op.fixed)
    if value.dimensions == 3:
        value = Value(2, Call(MEMBER, (value.tree, places.pop(0)), (), op.span))
        if not places:
            return value
    if value.dimensions == 1:
        taken = int(not isinstance(places[0], Range))
        return Value(1 - taken, subscript(column(value), places, op.span))
    places += [Range(None, None)] * (2 - len(places))
    row, col = (not isinstance(part, Range) for part in places)
    tree = subscript(value.tree, places, op.span)
    return Value(2 - row - col, tree, row and not col)


PART = Kind("part", _relation, _build, "an array with so many axes")


class Entries:
    """The part of the expansion that knows parts of arrays; all attributes are the expansion's."""

    def place_of(self: Any, item: Any, span: Span) -> Tree | Range:
        """Return the place, or the range of places, that a subscript stands for."""
        if isinstance(item, Slice):
            return Range(item.start, item.stop, self.step_in(item))
        tree = place_tree(item)
        hint = "write x[0], x[i], x[i + 1] or x[-1]"
        where = getattr(item, "span", span)
        if isinstance(item, Op) and item.kind is PART and self.span is None:
            self.fail(*self.refused_label(item, span))
        return self.fail("an index is a whole number or a name", where, hint) if tree is None else tree

    def refused_label(self: Any, label: Op, span: Span) -> tuple[str, Span, str]:
        """Return the message, the span and the hint for s[y[i]], whose place is an entry of an array."""
        shown, whole = (self.text[part.start : part.end] for part in (label.span, span))
        name, _, index = shown.rstrip("]").partition("[")
        array = next(one for one in (name.upper(), "Y", "Z", "Y1", f"{name}_1") if f"{one}[" not in self.text)
        term, mask = whole.replace(shown, "c"), f"{array}[{index}, c]"
        hint = f"write a sum over c of the term with c for {shown}, such as sum({mask} * {term} for c in range(C)): "
        hint += f"{mask} is 1 where c is {shown} and 0 elsewhere"
        return f"{shown} is an entry of an array, and stands as an index", label.span, hint

    def step_in(self: Any, item: Slice) -> int:
        """Return the step of a slice."""
        if item.step is None:
            return 1
        message = "the step of a slice is a whole number that is not 0"
        return int(whole_of(item.step) or self.fail(message, item.step.span, "write x[::2]"))

    def slice_in(self: Any, item: Slice, scope: dict) -> Slice:
        """Return a slice with its bounds as trees of the language."""
        return item if item.full else replace(
            item,
            start=self.bound_in(item.start, scope),
            stop=self.bound_in(item.stop, scope),
            step=self.bound_in(item.step, scope),
        )

    def bound_in(self: Any, bound: Any, scope: dict) -> Tree | None:
        """Return the tree of a bound of a slice."""
        if bound is None:
            return None
        tree = place_tree(self.evaluate(bound, scope))
        if tree is None or names(tree).keys() & self.places.keys():
            self.fail("a bound of a slice is a whole number or a name", bound.span, "write X[1:3, :]")
        return tree

    def part_of(self: Any, value: Op, found: tuple, span: Span) -> Op:
        """Return a part of an array; X[i][j] is X[i, j]."""
        if value.kind is PART and len(found) == 1:
            known = [place for place in value.fixed if place != _WHOLE]
            if len(known) == 1 and not isinstance(known[0], Range):
                first = value.fixed[0] != _WHOLE
                both = (*known, *found) if first else (*found, *known)
                return self.op(PART, value.args, both, span)
        return self.op(PART, (value,), found, span)

    def refuse_list(self: Any, value: Any, span: Span) -> None:
        """Raise where a list stands for an array: Python's lists are joined by + and repeated by *."""
        if isinstance(value, Run):
            self.fail("a list is not an array here", span, "write np.array([…])")
