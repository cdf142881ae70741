"""Entries, rows, columns and slices of arrays: x[i], X[i, :], X[1:3, j], with NumPy's numbers of dimensions."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from ...errors import Span
from ...language.subscripts import Range, subscript, whole_of
from ...language.syntax import Name, Negate, Number, Tree
from .nodes import Slice
from .operations import NAME, Kind, Op, Value, column


def places(items: list, words: list[str], reading: Any, span: Span) -> tuple:
    """Return what the subscripts of a part stand for; ``words``: their kinds, ``reading`` knows their values."""
    if "new" in words or "rest" in words or len(items) > 2:
        reading.fail("this part of an array is not read", span, "write x[i], X[i, :], X[1:3, j] or the like")
    return tuple(_place(item, reading.whole(item), reading.fail, span) for item in items)


def _place(item: Any, whole: int | None, fail: Callable, span: Span) -> Tree | Range | None:
    if isinstance(item, Slice):
        bounds = (item.start, item.stop)
        if not all(bound is None or _is_bound(bound) for bound in bounds):
            fail("a bound of a slice is a whole number or a name", item.span, "write X[1:3, :]")
        return Range(*bounds, _step(item, fail))
    if whole is not None:
        number = Number(Fraction(abs(whole)), span)
        return Negate(number, span) if whole < 0 else number
    if isinstance(item, Op) and item.kind is NAME:
        return Name(item.fixed[0], item.span)
    return fail("an index is a whole number or a name", getattr(item, "span", span), "write x[0], x[i] or x[-1]")


def _step(item: Slice, fail: Callable) -> int:
    step = item.step
    if step is None:
        return 1
    return whole_of(step) or fail("the step of a slice is a whole number that is not 0", step.span, "write x[::2]")


def _is_bound(node: object) -> bool:
    node = node.operand if isinstance(node, Negate) else node
    return isinstance(node, Name) or isinstance(node, Number) and node.value.denominator == 1


def _relation(op: Op) -> list[tuple]:
    """An index takes a dimension away, a range leaves it."""
    taken = sum(not isinstance(part, Range) for part in op.fixed)
    least = len(op.fixed)
    return [(dims, dims - taken) for dims in (1, 2) if dims >= least]


def _build(op: Op, values: list) -> Value:
    (value,) = values
    places = list(op.fixed)
    if value.dimensions == 1:
        taken = int(not isinstance(places[0], Range))
        return Value(1 - taken, subscript(column(value), places, op.span))
    places += [Range(None, None)] * (2 - len(places))
    row, col = (not isinstance(part, Range) for part in places)
    tree = subscript(value.tree, places, op.span)
    return Value(2 - row - col, tree, row and not col)


PART = Kind("part", _relation, _build, "an array with so many axes")
