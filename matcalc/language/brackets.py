"""The part of the parser that reads subscripts and lists."""

from __future__ import annotations

from typing import Any

from ..errors import ExpressionSyntaxError, Span
from .nodes import Negate, Number, Tree
from .subscripts import STACKING, Range, step_of
from .tokens import Token

CLOSING = {"(": ")", "[": "]"}
_AXES = 2


def from_the_last(axis: Tree) -> Tree:
    """Return the axis 1 for -1 and 0 for -2, counted from the last as in NumPy; every array has two."""
    inner = axis.operand if isinstance(axis, Negate) else None
    if isinstance(inner, Number) and inner.value in (1, _AXES):
        return Number(_AXES - inner.value, axis.span)
    return axis


class Brackets:
    """What is between brackets besides operators; all attributes are the parser's."""

    def of_function(self: Any, token: Any) -> Any:
        """Return grad(f) as one word where a call follows: grad(f)(x) calls the derivative of f."""
        if token.text != "grad":
            return token
        text, depth, place = token.text, 0, self.index
        while place < len(self.tokens) and (self.tokens[place].text in ("(", ")") or self.tokens[place].kind == "name"):
            text += self.tokens[place].text
            depth += (self.tokens[place].text == "(") - (self.tokens[place].text == ")")
            place += 1
            if depth == 0:
                break
        if depth or place == self.index or place >= len(self.tokens) or self.tokens[place].text != "(":
            return token
        self.index = place
        return Token("name", text, Span(token.span.start, self.tokens[place - 1].span.end))

    def never_closed(self: Any, place: str) -> None:
        bracket = self.frames[-1].bracket
        self.fail(f"'{bracket.text}' is never closed", bracket.span, f"add '{CLOSING[bracket.text]}' {place}")

    def missing_in_bracket(self: Any, frame: Any) -> None:
        if frame.subscripted is not None:
            self.fail("an index is missing", frame.bracket.span, "write one, as in x[0] or A[i, :]")
        if frame.is_list:
            self.fail("a list needs a part", frame.bracket.span, "write it as [[1, 2], [3, 4]]")
        self.fail("an expression is missing after '('", frame.bracket.span, "write one between the parentheses")

    def is_tuple(self: Any, frame: Any) -> bool:
        """Return whether an open group may be a tuple: NumPy's hstack((A, B))."""
        outer = self.frames[-2] if len(self.frames) > 1 else None
        if outer is None:
            return False
        function = "" if outer.function is None else outer.function.text
        place = {"reshape": 1}.get(function, 0)  # reshape(X, (n, m))
        known = function in STACKING or function == "reshape"
        return known and frame.bracket.text == "(" and outer.is_untouched and len(outer.args) == place

    def without_operand(self: Any, frame: Any, token: Any) -> bool:
        """Take a colon, a comma or the closing bracket where an index or a bound may stand and does not."""
        if token.text == ":":
            frame.bounds.append(None)
            self.refuse_third(frame, token)
            return True
        if not frame.bounds:
            self.missing_in_bracket(frame) if not frame.args else self.missing_operand(token.span)
        self.subscript(frame, None)
        return True if token.text == "," else self.close(token, empty=True)

    def bound(self: Any, frame: Any, token: Any) -> None:
        """Take the colon after the first bound of a range."""
        frame.bounds.append(self.finish(frame))
        frame.operands = []
        self.refuse_third(frame, token)

    def refuse_third(self: Any, frame: Any, token: Any) -> None:
        if len(frame.bounds) > 2:
            self.fail("a slice has two bounds and a step at most", token.span, "write x[1:9:2]")

    def subscript(self: Any, frame: Any, value: Tree | None) -> None:
        """Take a whole index, or the last bound of a range."""
        if len(frame.args) == 3:
            end = value.span.end if value is not None else frame.bracket.span.end
            span = Span(frame.bracket.span.start, end)
            hint = "write X[i, j], a row and a column; A[k, i, j] of a stack of matrices"
            self.fail("an array has three indices at most", span, hint)
        frame.args.append(self.range_of(frame.bounds, value) if frame.bounds else value)
        frame.bounds = []

    def range_of(self: Any, bounds: list[Tree | None], last: Tree | None) -> Range:
        """Return the range a:b or a:b:s; ``last`` is what stands behind the last colon."""
        if len(bounds) == 1:
            return Range(bounds[0], last)
        try:
            return Range(bounds[0], bounds[1], step_of(last))
        except ExpressionSyntaxError as error:
            raise error.at(self.text)
