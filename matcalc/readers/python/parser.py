"""Expressions in Python's notation, with an explicit stack: Python's ranks of operators, calls, attributes, indices."""

from __future__ import annotations

import keyword
from dataclasses import dataclass, field, replace
from typing import Any, NoReturn

from ...errors import Span
from ...language.relations import refuse_chain
from ...language.syntax import Name, Number, String
from ...language.tokens import RELATIONS, Token
from ..shared.stack import NEGATE, Frame, Operator, StackParser
from .clauses import Clauses
from .nodes import Apply, Attribute, Comprehension, Index, Sequence, Slice

_BINARY = {"+": (7, 8), "-": (7, 8), "*": (9, 10), "/": (9, 10), "@": (9, 10), "**": (14, 13)}
_BINARY.update({**dict.fromkeys(RELATIONS, (1, 2)), "|": (3, 4), "&": (5, 6)})
_SIGN = 11
_CLOSING = {"(": ")", "[": "]"}
_LOGIC = {"and", "or", "not", "in", "is"}
_REFUSED = {
    "%": ("remainders are not read", "write the formula without %"),
    "//": ("whole quotients are not read", "write / for a quotient"),
    "^": ("'^' is Python's exclusive or", "write ** for a power"),
    "=": ("'=' stands in the middle of an expression", "write the assignment on a line of its own"),
    "{": ("dictionaries and sets are not read", "write one expression"),
    ":=": ("':=' is not read", "write the assignment on a line of its own"),
    ":": ("':' stands outside an index", "write one expression"),
    "->": ("'->' is not read here", "write one expression"),
    "if": ("a choice by Python's if is not read", "write np.where(condition, a, b), or the branch that holds"),
    "for": ("the term of a sum is missing before 'for'", "write sum(x[i]**2 for i in range(n))"),
    "lambda": ("a lambda is read as a line of its own", "write f = lambda w: …"),
}
_CONSTANTS = {"None": None, "True": True, "False": False}


@dataclass(frozen=True, slots=True, eq=False)
class Constant:
    """None, True, False, or an ellipsis."""

    value: Any
    span: Span


@dataclass(slots=True)
class _Bracket:
    """An open bracket: of a "group", a "list", a "call" or an "index" of ``operand``."""

    kind: str
    token: Token
    operand: Any = None
    items: list = field(default_factory=list)
    keywords: list = field(default_factory=list)
    word: str | None = None
    comma: bool = False


class ExpressionParser(Clauses, StackParser):
    """Reads the tokens from ``index`` on, up to their end; ``depth``: how many loops it is a part of."""

    def __init__(self, text: str, tokens: list[Token], depth: int = 0) -> None:
        super().__init__(text, tokens)
        self.depth = depth

    def parse(self) -> Any:
        """Return the tree of all tokens, a :class:`Sequence` where commas stand outside brackets."""
        operand_next = True
        while self.index < len(self.tokens):
            token = self.tokens[self.index]
            self.index += 1
            operand_next = self.operand(token) if operand_next else self.operator(token)
        if len(self.frames) > 1:
            opening = self.frame.opening.token
            self.fail(f"'{opening.text}' is never closed", opening.span, f"add '{_CLOSING[opening.text]}' at the end")
        bracket = self.frame.opening
        if bracket is not None and operand_next and self.frame.is_empty:
            return Sequence(tuple(bracket.items), Span(bracket.token.span.start, self.tokens[-1].span.end))
        if operand_next:
            self.missing_operand(self.tokens[-1].span)
        value = self.frame.finish()
        if bracket is None:
            return value
        return Sequence((*bracket.items, value), Span(bracket.token.span.start, value.span.end))

    # -- where an operand is expected ---------------------------------------------------------------

    def operand(self, token: Token) -> bool:
        """Take one token where an operand may begin; return whether one is still expected."""
        if token.kind in ("number", "imaginary"):
            plain = Token(token.kind, token.text.replace("_", ""), token.span)
            self.frame.operands.append(self.number(plain) if token.kind == "number" else self.imaginary(plain))
            return False
        if token.kind == "string":
            quotes = 3 if token.text[:3] in ('"""', "'''") else 1
            self.frame.operands.append(String(token.text[quotes:-quotes], token.span))
            return False
        if token.kind == "name":
            return self.name(token)
        if token.text in ("-", "+"):
            self.repeat(token)
            if token.text == "-":
                self.frame.operators.append(Operator(NEGATE, _SIGN, _SIGN, token.span))
            return True
        if token.text in ("(", "["):
            self.open(Frame(_Bracket("group" if token.text == "(" else "list", token)), token.span)
            return True
        if token.text == "...":
            self.frame.operands.append(Constant(..., token.span))
            return False
        if token.text in (")", "]"):
            return self.close_empty(token)
        if token.text == ":" and self.frame.opening is not None and self.frame.opening.kind == "index":
            return self.slice(token)
        if token.text in ("*", "**") and self.frame.opening is not None and self.frame.is_empty:
            self.fail("unpacked arguments are not read", token.span, "write the arguments one by one")
        if token.text == "~":
            self.fail("'~' is not read", token.span, "write np.logical_not(…)")
        self.missing_operand(token.span)

    def name(self, token: Token) -> bool:
        """Take a word: a keyword of a call, a constant, or a name."""
        bracket, following = self.frame.opening, self.peek()
        if bracket is not None and bracket.kind == "call" and following is not None and following.text == "=":
            if self.frame.is_empty and bracket.word is None:
                self.index += 1
                bracket.word = token.text
                return True
        if token.text in _CONSTANTS:
            self.frame.operands.append(Constant(_CONSTANTS[token.text], token.span))
            return False
        if token.text in _REFUSED:
            self.fail(_REFUSED[token.text][0], token.span, _REFUSED[token.text][1])
        if keyword.iskeyword(token.text):
            self.fail(f"'{token.text}' is not read", token.span, "write one expression")
        self.frame.operands.append(Name(token.text, token.span))
        return False

    def slice(self, token: Token) -> bool:
        """Take the colon of a range, and what bounds it."""
        start = self.frame.operands.pop() if self.frame.operands else None
        stop = self.bound()
        following = self.peek()
        step = None
        if following is not None and following.text == ":":
            self.index += 1
            step = self.bound()
        span = token.span if start is None else Span(start.span.start, token.span.end)
        span = span if stop is None else Span(span.start, stop.span.end)
        whole = start is None and stop is None and step is None
        self.frame.operands.append(Slice(whole, span, start, stop, step))
        return False

    def bound(self) -> Any:
        """Take the bound behind a colon, None where there is none."""
        end = self.place_of_closing(self.index)
        end = self.next_of(self.index, len(self.tokens) if end is None else end, (":", ","))
        if end == self.index:
            return None
        start, self.index = self.index, end
        return self.between(start, end)

    def missing_operand(self, span: Span) -> NoReturn:
        """Raise where an operand is missing."""
        frame = self.frame
        if frame.operators:
            last = frame.operators[-1]
            shown = self.text[last.span.start : last.span.end]
            self.fail(f"an operand is missing after '{shown}'", last.span, "add one")
        if frame.opening is not None and frame.opening.kind == "call":
            self.fail("an argument is missing", span, "add it")
        if frame.opening is not None:
            shown = frame.opening.token.text
            self.fail(f"an expression is missing after '{shown}'", frame.opening.token.span, "write one")
        self.fail("an expression is missing here", span, "write one")

    # -- where an operator is expected --------------------------------------------------------------

    def operator(self, token: Token) -> bool:
        """Take one token after an operand; return whether an operand is expected next."""
        if token.text in _BINARY and token.kind == "op":
            left, right = _BINARY[token.text]
            if token.text == "**":
                self.repeat(token)
            else:
                self.repeats = 0
            if token.text in RELATIONS:
                refuse_chain(token, [operator.name for operator in self.frame.operators], self.text)
            self.frame.push(Operator(token.text, left, right, token.span))
            return True
        if token.text == ".":
            return self.attribute(token)
        if token.text == "for" and token.kind == "name":
            return self.comprehension(token)
        if token.text == "(":
            self.open(Frame(_Bracket("call", token, self.frame.operands.pop())), token.span)
            return True
        if token.text == "[":
            self.open(Frame(_Bracket("index", token, self.frame.operands.pop())), token.span)
            return True
        if token.text in (")", "]"):
            return self.close(token)
        if token.text == ",":
            return self.comma(token)
        in_index = self.frame.opening is not None and self.frame.opening.kind == "index"
        if token.text == ":" and in_index and not isinstance(self.frame.operands[-1], Slice):
            self.frame.reduce(0)
            return self.slice(token)
        self.no_operator(token)

    def attribute(self, token: Token) -> bool:
        """Take a dot and the name after it."""
        following = self.peek()
        if following is None or following.kind != "name":
            self.fail("a name is missing after '.'", token.span, "write X.T, x.sum() or the like")
        self.index += 1
        value = self.frame.operands.pop()
        span = Span(value.span.start, following.span.end)
        self.frame.operands.append(Attribute(value, following.text, span))
        return False

    def comma(self, token: Token) -> bool:
        """Take a comma: arguments, items of a sequence, indices, or several values."""
        frame = self.frame
        if frame.opening is None:
            frame.opening = _Bracket("several", Token("op", "", Span(self.tokens[0].span.start, token.span.end)))
        self.item()
        frame.opening.comma = True
        return True

    def no_operator(self, token: Token) -> NoReturn:
        """Raise for what cannot stand behind an operand."""
        if token.text in _REFUSED:
            self.fail(_REFUSED[token.text][0], token.span, _REFUSED[token.text][1])
        if token.text in _LOGIC:
            self.fail(f"'{token.text}' is not read", token.span, "write (a > 0) & (b > 0), or np.where")
        before = self.tokens[self.index - 2]
        shown = token.text[:20]
        self.fail(f"missing operator before '{shown}'", token.span, f"write {before.text[-20:]}*{shown}")

    # -- brackets -----------------------------------------------------------------------------------

    def item(self) -> None:
        """Complete an argument or an item of the innermost bracket."""
        frame, bracket = self.frame, self.frame.opening
        value = frame.finish()
        frame.operands = []
        if bracket.word is not None:
            if any(word == bracket.word for word, _ in bracket.keywords):
                self.fail(f"'{bracket.word}' is given twice", value.span, "give it once")
            bracket.keywords.append((bracket.word, value))
            bracket.word = None
        elif bracket.keywords:
            self.fail("a plain argument follows a named one", value.span, "put it first")
        else:
            bracket.items.append(value)

    def close_empty(self, token: Token) -> bool:
        """Take a closing bracket where an operand is expected: after a comma, or in f() and []."""
        bracket = self.frame.opening
        if bracket is None or bracket.kind == "several":
            self.fail(f"'{token.text}' has no opening bracket", token.span, "remove it")
        if not self.frame.is_empty or bracket.word is not None:
            self.missing_operand(token.span)
        if bracket.kind == "index" and not bracket.items:
            self.missing_operand(token.span)
        return self.close(token, empty=True)

    def close(self, token: Token, empty: bool = False) -> bool:
        """Take a closing bracket; always returns False."""
        bracket = self.frame.opening
        if bracket is None or bracket.kind == "several":
            self.fail(f"'{token.text}' has no opening bracket", token.span, "remove it")
        if _CLOSING[bracket.token.text] != token.text:
            shown = bracket.token.text
            self.fail(f"'{token.text}' closes '{shown}'", token.span, f"write '{_CLOSING[shown]}'")
        self.repeats = 0
        if not empty:
            self.item()
        self.frames.pop()
        self.frame.operands.append(self.closed(bracket, token))
        return False

    def closed(self, bracket: _Bracket, token: Token) -> Any:
        """Return the node that a closed bracket makes."""
        start = bracket.token.span.start if bracket.operand is None else bracket.operand.span.start
        span, items = Span(start, token.span.end), tuple(bracket.items)
        if bracket.kind == "call":
            return Apply(bracket.operand, items, tuple(bracket.keywords), span)
        if bracket.kind == "index":
            return Index(bracket.operand, items, span)
        if len(items) == 1 and isinstance(items[0], Comprehension) and not bracket.comma:
            listed = bracket.kind == "list"
            return items[0] if items[0].listed and not listed else replace(items[0], span=span, listed=listed)
        if bracket.kind == "group" and len(items) == 1 and not bracket.comma:
            return replace(items[0], span=span) if not isinstance(items[0], Number) else items[0]
        return Sequence(items, span)
