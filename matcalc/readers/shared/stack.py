"""Operator precedence with an explicit stack: what both readers share."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import NoReturn

from ...bounds import MAX_DIGITS, MAX_EXPONENT, MAX_NESTING, MAX_REPEATS
from ...errors import ExpressionSyntaxError, LimitError, Span
from ...language.nodes import IMAGINARY
from ...language.syntax import Binary, Name, Negate, Number
from ...language.tokens import Token

NEGATE = "negate"


@dataclass(slots=True)
class Operator:
    """An operator that waits for its right operand: ``left`` and ``right`` say how tightly it binds.

    ``build`` takes both operands and the span and returns a tree; None stands for a Binary of ``name``.
    """

    name: str
    left: int
    right: int
    span: Span
    build: object = None


@dataclass(slots=True)
class Frame:
    """What stands within an open bracket, or within an argument."""

    opening: object = None
    operands: list = field(default_factory=list)
    operators: list = field(default_factory=list)

    @property
    def is_empty(self):
        """Whether nothing has been read yet."""
        return not self.operands and not self.operators

    def push(self, operator):
        """Take a binary operator; what binds tighter on its left is complete."""
        self.reduce(operator.left)
        self.operators.append(operator)

    def reduce(self, power):
        """Apply the operators that bind tighter than ``power``."""
        while self.operators and self.operators[-1].right > power:
            operator = self.operators.pop()
            right = self.operands.pop()
            if operator.name == NEGATE:
                self.operands.append(Negate(right, Span(operator.span.start, right.span.end)))
                continue
            left = self.operands.pop()
            span = Span(left.span.start, right.span.end)
            build = operator.build or (lambda l, r, s, name=operator.name: Binary(name, l, r, s))
            self.operands.append(build(left, right, span))

    def finish(self):
        """Return the one tree that all of it makes."""
        self.reduce(0)
        (value,) = self.operands
        return value


class StackParser:
    """Frames, and the limits that keep the input within what can be meant."""

    def __init__(self, text, tokens):
        self.text, self.tokens = text, tokens
        self.index, self.repeats = 0, 0
        self.frames = [Frame()]

    @property
    def frame(self):
        """The innermost frame."""
        return self.frames[-1]

    def fail(
        self, message: str, span: Span, hint: str | None = None, kind: type = ExpressionSyntaxError
    ) -> NoReturn:
        """Raise an error that points into the foreign text."""
        raise kind(message, source=self.text, span=span, hint=hint)

    def peek(self, ahead=0):
        """Return a token that is still to come, None at the end."""
        place = self.index + ahead
        return self.tokens[place] if place < len(self.tokens) else None

    def open(self, frame, span):
        """Begin a bracket or an argument."""
        self.repeats = 0
        if len(self.frames) > MAX_NESTING:
            self.fail(f"more than {MAX_NESTING} nested brackets", span, "name the inner parts", LimitError)
        self.frames.append(frame)

    def repeat(self, token):
        """Count signs that may be repeated, such as a minus or a transpose."""
        self.repeats += 1
        if self.repeats > MAX_REPEATS:
            message = f"'{token.text}' is repeated more than {MAX_REPEATS} times"
            self.fail(message, token.span, "simplify the formula", LimitError)

    def imaginary(self, token):
        """Return a number times the imaginary unit, as 2j and 1i are: the digits without the letter behind them."""
        unit = Name(IMAGINARY, token.span)
        value = self.number(Token("number", token.text[:-1], token.span))
        return unit if value.value == 1 else Binary("*", value, unit, token.span)

    def number(self, token):
        """Return the exact value of a decimal number."""
        mantissa, _, exponent = token.text.lower().partition("e")
        if len(mantissa) > MAX_DIGITS:
            message = f"a number of {len(mantissa)} digits; at most {MAX_DIGITS} are read"
            self.fail(message, token.span, "give the number a name", LimitError)
        if exponent and (len(exponent) > 5 or abs(int(exponent)) > MAX_EXPONENT):
            message = f"the exponent of '{token.text[:20]}' is beyond {MAX_EXPONENT}"
            self.fail(message, token.span, "give the number a name", LimitError)
        return Number(Fraction(mantissa) * Fraction(10) ** int(exponent or 0), token.span)
