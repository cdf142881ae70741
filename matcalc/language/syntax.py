"""Text to surface tree: the parser of the expression language, with exact spans.

Operator precedence parsing with an explicit stack, so that deep input never meets the
recursion limit (V. R. Pratt, "Top down operator precedence", 1973; E. W. Dijkstra's
shunting yard). Nothing is ever evaluated. The rule files are read by the same parser.
"""

from __future__ import annotations

import keyword
import re
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import NoReturn

from ..bounds import MAX_CHARACTERS, MAX_DIGITS, MAX_EXPONENT, MAX_NESTING, MAX_REPEATS
from ..errors import ExpressionSyntaxError, LimitError, Span, UnknownNameError
from .brackets import CLOSING, Brackets, from_the_last
from .clauses import Clauses
from .nodes import (
    IMAGINARY,
    Binary,
    Call,
    Name,
    Negate,
    Number,
    String,
    Transpose,
    Tree,
    children,
    conjugate,
    conjugated,
    length,
    names,
    outside_sums,
    postorder,
    rebuilt,
    substituted,
    with_children,
)
from .relations import FUNCTIONS, refuse_chain
from .statements import Statement, split
from .subscripts import list_tree, stacked, subscript
from .tokens import RELATIONS, Token, product_hint, tokens_of, words_hint

__all__ = [
    "Binary",
    "Call",
    "Name",
    "Negate",
    "Number",
    "String",
    "Transpose",
    "Tree",
    "children",
    "conjugate",
    "conjugated",
    "length",
    "names",
    "outside_sums",
    "parse_program",
    "parse_tree",
    "postorder",
    "rebuilt",
    "substituted",
    "with_children",
]

# binding power: (left, right); '**' binds to the right, tighter than a minus on its left
_BINARY = {"+": (1, 2), "-": (1, 2), "*": (3, 4), "/": (3, 4), "@": (3, 4), "**": (8, 7)}
_BINARY.update(dict.fromkeys(RELATIONS, (0, 0)))
_NEGATE = 5


_OPERAND = re.compile(r"\S?[\w.]*")


def parse_tree(text: str) -> Tree:
    """Return the surface tree of ``text``.

    Raises :class:`ExpressionSyntaxError`, :class:`UnknownNameError` (a letter outside ASCII) or
    :class:`LimitError`, each with the text and a span.
    """
    if len(text) > MAX_CHARACTERS:
        raise LimitError(
            f"the expression has {len(text)} characters; at most {MAX_CHARACTERS} are read",
            hint="give repeated parts a name of their own",
        )
    return parse_program(text)[1]


def parse_program(text: str) -> tuple[dict[str, Tree], Tree]:
    """Return the trees of the names that a text assigns, and the tree of its value; raises what parse_tree raises."""
    statements = split(text)
    return ({}, _Parser(text).parse()) if statements is None else _of_statements(text, statements)


def _of_statements(text: str, statements: list[Statement]) -> tuple[dict[str, Tree], Tree]:
    """Return {assigned name: tree} and the tree of the last statement, with the names' trees shared in it."""
    assigned, unused = {}, {}
    for place, (name, span, start, end) in enumerate(statements):
        tree = _Parser(text, start, end).parse()
        for used in names(tree):
            unused.pop(used, None)
        tree = substituted(tree, assigned)
        if place == len(statements) - 1:
            break
        if name is None:
            span = Span(start + len(text[start:end]) - len(text[start:end].lstrip()), len(text[:end].rstrip()))
            hint = "give it a name: r = A@x - b, or leave it out"
            raise ExpressionSyntaxError("this statement is not used", source=text, span=span, hint=hint)
        _refuse_name(text, name, span)
        if name in unused:
            _refuse_unused(text, name, unused[name])
        assigned[name] = tree
        unused[name] = span
    for other, span in unused.items():
        _refuse_unused(text, other, span)
    return assigned, tree


def _refuse_name(text: str, name: str, span: Span) -> None:
    if keyword.iskeyword(name) or name.startswith("_"):
        raise UnknownNameError(f"'{name}' cannot be a name", source=text, span=span, hint="use another name")


def _refuse_unused(text: str, name: str, span: Span) -> NoReturn:
    message = f"{name} is assigned and never used"
    raise ExpressionSyntaxError(message, source=text, span=span, hint="use it below, or leave the line out")


def _operation(sign: str, left: Tree, right: Tree, span: Span) -> Tree:
    return Call(FUNCTIONS[sign], (left, right), (), span) if sign in FUNCTIONS else Binary(sign, left, right, span)


def _transposed(operand: Tree, token: Token) -> Tree:
    """X.T, or X.H, the transpose of the conjugate."""
    span = Span(operand.span.start, token.span.end)
    return Transpose(operand if token.text == ".T" else conjugate(operand, span), span)


@dataclass(slots=True)
class _Frame:
    """An open bracket: a group, the argument list of a call, a list, or the subscripts of an operand.

    ``bounds`` are those of the range that is being read, None where one is not written.
    """

    function: Token | None
    bracket: Token | None
    operands: list[Tree]
    operators: list[Token]
    args: list
    keywords: list[tuple[str, Tree]]
    keyword: str | None = None
    subscripted: Tree | None = None
    bounds: list[Tree | None] = field(default_factory=list)

    @property
    def is_list(self) -> bool:
        return self.bracket is not None and self.bracket.text == "[" and self.subscripted is None

    @property
    def takes_commas(self) -> bool:
        return self.function is not None or self.bracket is not None and self.bracket.text == "["

    @property
    def is_untouched(self) -> bool:
        return not self.operands and not self.operators and self.keyword is None


class _Parser(Brackets, Clauses):
    def __init__(self, text: str, start: int = 0, end: int | None = None) -> None:
        self.text, self.start, self.end = text, start, len(text) if end is None else end
        self.tokens = tokens_of(text, start, end)
        self.index = 0
        self.frames = [_Frame(None, None, [], [], [], [])]
        self.repeats = 0

    def fail(self, message: str, span: Span, hint: str | None = None, kind: type = ExpressionSyntaxError) -> NoReturn:
        raise kind(message, source=self.text, span=span, hint=hint)

    def parse(self) -> Tree:
        if not self.tokens:
            span = Span(self.start, max(self.start + 1, self.end))
            self.fail("the expression is empty", span, "write one, such as x.T@A@x")
        operand_next = True
        while self.index < len(self.tokens):
            token = self.tokens[self.index]
            self.index += 1
            operand_next = self.operand(token) if operand_next else self.operator(token)
        last = len(self.text[: self.end].rstrip())
        end = Span(last, last + 1)
        if len(self.frames) > 1:
            self.never_closed("at the end")
        if operand_next:
            self.missing_operand(end)
        return self.finish(self.frames[0])

    # -- where an operand is expected ------------------------------------------------

    def operand(self, token: Token) -> bool:
        """Take one token where an operand may begin; return whether one is still expected."""
        frame = self.frames[-1]
        if token.kind in ("number", "imaginary"):
            frame.operands.append(self.constant(token))
            return False
        if token.kind == "string":
            frame.operands.append(String(token.text, token.span))
            return False
        if token.kind == "name":
            return self.name(token)
        if token.text == "-":
            self.repeat(token)
            frame.operators.append(token)
            token.kind = "negate"
            return True
        if token.text in ("(", "["):
            self.open(None, token)
            return True
        if frame.subscripted is not None and not frame.operators and token.text in (":", "]", ","):
            return self.without_operand(frame, token)
        if token.text == "]" and frame.is_list and frame.is_untouched and frame.args:
            return self.close(token, empty=True)
        if token.text == ")" and frame.function is not None and not frame.args and not frame.keywords:
            if frame.is_untouched:
                return self.close(token, empty=True)
        if token.text == "+":
            self.fail("a sign '+' needs an operand on its left", token.span, "leave it out")
        if token.text == ")" and len(self.frames) == 1:
            self.fail("')' has no '('", token.span, "remove it")
        self.missing_operand(token.span)

    def name(self, token: Token) -> bool:
        token = self.of_function(token)
        following = self.peek()
        if keyword.iskeyword(token.text):
            hint = "write lam" if token.text == "lambda" else "use another name"
            if self.frames[-1].keyword in ("keepdims", "keepdim"):
                hint = "leave it out: what is summed along an axis stays a row or a column"
            self.fail(f"'{token.text}' is a reserved word", token.span, hint)
        if token.text.startswith("_"):
            self.fail(
                f"'{token.text}' cannot be a name: names begin with a letter", token.span, "rename it", UnknownNameError
            )
        if following is not None and following.text == "(" and following.kind == "op":
            self.index += 1
            self.open(token, following)
            return True
        frame = self.frames[-1]
        if (
            following is not None
            and following.text == "="
            and frame.function is not None
            and not frame.operands
            and not frame.operators
            and frame.keyword is None
        ):
            self.index += 1
            frame.keyword = token.text
            return True
        frame.operands.append(Name(token.text, token.span))
        return False

    def number(self, token: Token) -> Fraction:
        mantissa, _, exponent = token.text.lower().partition("e")
        if len(mantissa) > MAX_DIGITS:
            self.fail(
                f"a number of {len(mantissa)} digits; at most {MAX_DIGITS} are read",
                token.span,
                "give the number a name",
                LimitError,
            )
        if exponent and (len(exponent) > 5 or abs(int(exponent)) > MAX_EXPONENT):
            self.fail(
                f"the exponent of '{token.text[:20]}' is beyond {MAX_EXPONENT}",
                token.span,
                "give the number a name",
                LimitError,
            )
        if not exponent and mantissa.isdecimal():
            return Fraction(int(mantissa))  # reading the text of a fraction takes thrice as long
        return Fraction(mantissa) * Fraction(10) ** int(exponent or 0)

    def constant(self, token: Token) -> Tree:
        """Return a number, and 2j as a number times the imaginary unit."""
        if token.kind == "number":
            return Number(self.number(token), token.span)
        token.text = token.text[:-1]
        value, unit = self.number(token), Name(IMAGINARY, token.span)
        return unit if value == 1 else Binary("*", Number(value, token.span), unit, token.span)

    # -- where an operator is expected -----------------------------------------------

    def operator(self, token: Token) -> bool:
        """Take one token after an operand; return whether an operand is expected next."""
        frame = self.frames[-1]
        if token.text == "for" and token.kind == "name":
            return self.generator(token)
        if token.kind not in ("transpose", "op"):
            self.no_operator(token)
        if token.kind == "transpose":
            self.repeat(token)
            frame.operands.append(_transposed(frame.operands.pop(), token))
            return False
        if token.text in _BINARY:
            if token.text == "**":
                self.repeat(token)
            else:
                self.repeats = 0
            if token.text in RELATIONS:
                refuse_chain(token, [operator.text for operator in frame.operators], self.text)
            self.reduce(frame, _BINARY[token.text][0])
            frame.operators.append(token)
            return True
        if token.text in (")", "]"):
            return self.close(token)
        if token.text == "[":
            self.repeat(token)
            self.open(None, token, frame.operands.pop())
            return True
        if token.text == ":" and frame.subscripted is not None:
            self.bound(frame, token)
            return True
        if token.text == "," and (frame.takes_commas or self.is_tuple(frame)):
            self.argument(frame)
            return True
        self.no_operator(token)

    def no_operator(self, token: Token) -> NoReturn:
        if token.text == ":":
            self.fail("':' stands outside of subscripts", token.span, "write a slice as X[1:3, :]")
        if token.text == ",":
            self.fail("',' stands outside the arguments of a function", token.span, "write one expression")
        if token.text == "=":
            self.fail("'=' is not in the expression language", token.span, "write only the right-hand side")
        left = self.text[: token.span.start].rstrip()
        right = _OPERAND.match(self.text, token.span.start)
        hint = words_hint(self.text[token.span.start :]) or (product_hint(left, right[0][:20]) if right else None)
        self.fail(f"missing operator before '{token.text[:20]}'", token.span, hint)

    def missing_operand(self, span: Span) -> NoReturn:
        frame = self.frames[-1]
        if frame.operators:
            last = frame.operators[-1]
            self.fail(f"an operand is missing after '{last.text}'", last.span, "add one")
        if frame.bracket is not None and frame.function is None:
            self.missing_in_bracket(frame)
        if frame.function is not None:
            self.fail(f"an argument of {frame.function.text} is missing", span, "add it")
        self.fail("an expression is missing here", span, "write one")

    # -- brackets and reductions --------------------------------------------------------

    def peek(self) -> Token | None:
        return self.tokens[self.index] if self.index < len(self.tokens) else None

    def repeat(self, token: Token) -> None:
        self.repeats += 1
        if self.repeats > MAX_REPEATS:
            self.fail(
                f"'{token.text}' is repeated more than {MAX_REPEATS} times",
                token.span,
                "simplify the expression",
                LimitError,
            )

    def open(self, function: Token | None, bracket: Token, subscripted: Tree | None = None) -> None:
        self.repeats = 0 if subscripted is None else self.repeats
        if len(self.frames) > MAX_NESTING:
            self.fail(
                f"more than {MAX_NESTING} nested parentheses",
                bracket.span,
                "give the inner parts names of their own",
                LimitError,
            )
        self.frames.append(_Frame(function, bracket, [], [], [], [], None, subscripted))

    def argument(self, frame: _Frame) -> None:
        value = self.finish(frame)
        frame.operands = []
        if frame.subscripted is not None:
            self.subscript(frame, value)
        elif frame.keyword is not None:
            if any(name == frame.keyword for name, _ in frame.keywords):
                self.fail(f"'{frame.keyword}' is given twice", value.span, "give it once")
            frame.keywords.append((frame.keyword, from_the_last(value) if frame.keyword == "axis" else value))
            frame.keyword = None
        elif frame.keywords:
            self.fail("a plain argument follows a named one", value.span, "put it first")
        else:
            frame.args.append(value)

    def close(self, token: Token, empty: bool = False) -> bool:
        frame = self.frames[-1]
        if frame.bracket is None:
            opening = "(" if token.text == ")" else "["
            self.fail(f"'{token.text}' has no '{opening}'", token.span, "remove it")
        if CLOSING[frame.bracket.text] != token.text:
            self.never_closed(f"before '{token.text}'")
        self.frames.pop()
        outer = self.frames[-1]
        if not empty and (frame.takes_commas or frame.args):
            self.argument(frame)
        first = frame.function or frame.bracket
        start = first.span.start if frame.subscripted is None else frame.subscripted.span.start
        span = Span(start, token.span.end)
        if frame.subscripted is None:
            self.repeats = 0
            outer.operands.append(self.closed(frame, span))
        else:
            outer.operands.append(subscript(frame.subscripted, frame.args, span))
        return False

    def closed(self, frame: _Frame, span: Span) -> Tree:
        """Return the tree of a group, a list or a call whose bracket was closed."""
        if frame.function is None and not frame.is_list and not frame.args:
            inner = self.finish(frame)
            if isinstance(inner, Binary):
                return Binary(inner.op, inner.left, inner.right, span)
            return replace(inner, span=span)
        try:
            if frame.function is None:
                return list_tree(frame.args, span)
            return stacked(Call(frame.function.text, tuple(frame.args), tuple(frame.keywords), span))
        except ExpressionSyntaxError as error:
            raise error.at(self.text)

    def reduce(self, frame: _Frame, power: int) -> None:
        """Apply the operators of the frame that bind tighter than ``power``."""
        while frame.operators:
            token = frame.operators[-1]
            binding = _NEGATE if token.kind == "negate" else _BINARY[token.text][1]
            if binding <= power:
                return
            frame.operators.pop()
            right = frame.operands.pop()
            if token.kind == "negate":
                frame.operands.append(Negate(right, Span(token.span.start, right.span.end)))
            else:
                left = frame.operands.pop()
                span = Span(left.span.start, right.span.end)
                frame.operands.append(_operation(token.text, left, right, span))

    def finish(self, frame: _Frame) -> Tree:
        self.reduce(frame, -1)
        (value,) = frame.operands
        return value
