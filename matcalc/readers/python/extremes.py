"""The largest and smallest of two arrays, of all entries and along an axis; torch's pairs of values and places."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from ...errors import ArgumentError, Span
from .operations import CALL, NUMBER, OF_MATRIX, Kind, Op
from .values import Parts

# the outermost eigenvalues, by their index or as the largest and the smallest
_OUTERMOST = {-1: "eigmax", "max": "eigmax", 0: "eigmin", "min": "eigmin"}


class Extremes(ABC):
    """The operations by which the table of library functions says what is the largest or the smallest."""

    @abstractmethod
    def op(self, kind: Kind, args: tuple, fixed: tuple, span: Span) -> Op:
        """Make an operation."""

    @abstractmethod
    def array(self, value: object, span: Span) -> Op:
        """Return a value as an operation."""

    @abstractmethod
    def entrywise(self, sign: str, *args: Any) -> Op:
        """Return an operation entry by entry at the place of the call."""

    @abstractmethod
    def reduced(self, name: str, span: Span, X: Any, axis: Any, keepdims: Any) -> Op:
        """Return a sum or the like over an axis."""

    def do_extreme(self, span: Span, name: str, X: Any, axis: Any, keepdims: Any) -> Op:
        """numpy.max(X) and numpy.max(X, 0); torch.max(a, b) takes the larger of two, as an array stands second."""
        if isinstance(axis, Op) and axis.kind is not NUMBER:
            return self.entrywise(f"{name}imum", self.array(X, span), axis)
        found = self.outermost(self.array(X, span), name, span) if axis is None else None
        return found or self.reduced(name, span, X, axis, keepdims)

    def do_extreme_of(self, span: Span, name: str, X: Any, other: Any, axis: Any, keepdims: Any) -> Op:
        """max(x, 0) takes the larger of two, whatever stands second; max(X, axis=0) goes along an axis."""
        if other is None:
            return self.do_extreme(span, name, X, axis, keepdims)
        if axis is not None:
            raise ArgumentError("takes another value or an axis", hint=f"write {name}imum(x, y) or {name}(X, axis=1)")
        return self.entrywise(f"{name}imum", self.array(X, span), self.array(other, span))

    def do_extreme_and_place(self, span: Span, name: str, X: Any, axis: Any, keepdims: Any) -> Op | Parts:
        """torch.max(X, 1) is a pair, of the values and of their places, of which the language has the values alone."""
        found = self.do_extreme(span, name, X, axis, keepdims)
        return found if axis is None or found.kind.name != "reduction" else Parts(("values", "indices"), (found, None))

    def outermost(self, value: Op, which: Any, span: Span) -> Op | None:
        """Return the largest or smallest eigenvalue where a value is eigvalsh(X), None elsewhere."""
        if value.kind is not CALL or value.fixed[0] != "eigvals" or which not in _OUTERMOST:
            return None
        return self.op(CALL, value.args, (_OUTERMOST[which], OF_MATRIX), span)
