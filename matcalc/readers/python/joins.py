"""Arrays that are put together of several: concatenate, cat, vstack, hstack, stack and their kin."""

from __future__ import annotations

from abc import ABC, abstractmethod
from itertools import product

from ...errors import ArgumentError, Span
from ...language.syntax import Call
from .operations import SAME, TRANSPOSE, Kind, Op, Value, column, row
from .values import Run


def _joins(op: Op) -> list[tuple]:
    way, count = op.fixed[0], len(op.args)
    vectors, matrices = (1,) * count, (2,) * count
    if way in ("end", "below"):  # along the last dimension, along the first one
        return [(*vectors, 1), (*matrices, 2)]
    if way in ("stacked rows", "stacked columns"):
        return [(*vectors, 2)]
    if way == "beside":
        return [(*matrices, 2)]
    # vectors become rows or columns; of many operands all are alike
    mixed = product((1, 2), repeat=count) if count <= 4 else (vectors, matrices)
    return [(*dims, 2) for dims in mixed]


def _build_join(op: Op, values: list) -> Value:
    way = op.fixed[0]
    if way in ("end", "below") and values[0].dimensions == 1:
        return Value(1, Call("vstack", tuple(column(value) for value in values), (), op.span))
    if way in ("rows", "stacked rows", "below"):
        trees = tuple(row(value) if value.dimensions == 1 else value.tree for value in values)
        return Value(2, Call("vstack", trees, (), op.span))
    return Value(2, Call("hstack", tuple(column(value) for value in values), (), op.span))


JOIN = Kind("join", _joins, _build_join, "arrays of as many dimensions as one another")


class Joins(ABC):
    """The operations by which the table of library functions says how arrays are put together."""

    @abstractmethod
    def op(self, kind: Kind, args: tuple, fixed: tuple, span: Span) -> Op:
        """Make an operation."""

    @abstractmethod
    def array(self, value: object, span: Span) -> Op:
        """Return a value as an operation."""

    @abstractmethod
    def axis(self, value: object) -> int | None:
        """Return an axis, from -2 to 1, None for all entries."""

    def joined(self, way: str, parts: object, span: Span) -> Op:
        """Return arrays put together; ``way`` is one of those of the operation JOIN."""
        if not isinstance(parts, list) or not parts:
            raise ArgumentError("takes a list of arrays", hint="write them in brackets: [A, B]")
        return self.op(JOIN, tuple(self.array(part, span) for part in parts), (way,), span)

    def do_joined(self, span: Span, parts: object, axis: object) -> Op:
        if isinstance(parts, Run):
            if axis not in ("rows", "columns"):
                raise ArgumentError("is not read of terms over an index", hint="write np.stack([… for i in range(n)])")
            return self.rows_of(parts, axis == "columns", span)
        if isinstance(axis, str):
            return self.joined(axis, parts, span)
        return self.joined({0: "below", -2: "below", 1: "beside", -1: "end"}[self.axis(axis) or 0], parts, span)

    def rows_of(self, parts: Run, turned: bool, span: Span) -> Op:
        """Return the matrix that has vectors, the terms over an index, as its rows or columns."""
        matrix = self.op(SAME, (self.array(parts, span),), ((2,),), span)
        return self.op(TRANSPOSE, (matrix,), (True,), span) if turned else matrix

    def do_stacked(self, span: Span, parts: object, axis: object) -> Op:
        if isinstance(parts, Run):
            if self.axis(axis) in (1, -1):
                return self.rows_of(parts, True, span)
            return self.array(parts, span)
        return self.joined("stacked columns" if self.axis(axis) in (1, -1) else "stacked rows", parts, span)
