"""The part of the reader of statements that knows loops: for, what is indented below it, and conditions there."""

from __future__ import annotations

from typing import Any

from ...bounds import MAX_LOOPS
from ...errors import LimitError, Span
from ...language.tokens import Token
from .nodes import Append, Assign, Choice, Loop, Result, Skip
from .parser import ExpressionParser

_KEPT = (Assign, Loop, Choice, Skip, Append)


class Blocks:
    """Loops as statements; all attributes are the reader's. ``loops``: how many are open."""

    loops = 0

    def loop(self: Any, line: list[Token]) -> Loop:
        """Read for target in values: and what belongs to it."""
        colon = self._colon(line, "for i in range(n): …")
        parser = ExpressionParser(self.text, line[:colon])
        clause = parser.clause(0, colon)
        if clause.conditions:
            where = clause.conditions[0].span
            self.fail("a condition stands in the head of a loop", where, "write it on the next line")
        body = self._indented(line, colon)
        following = self._following(line)
        if following is not None and following.text == "else":
            self.fail("'else' behind a loop is not read", following.span, "write its lines behind the loop")
        return Loop(clause, body, line[0].span)

    def choice(self: Any, line: list[Token]) -> Choice:
        """Read if condition: and what belongs to it, within a loop."""
        colon = self._colon(line, "if i != j: …")
        conditions = tuple(ExpressionParser(self.text, line[:colon]).conditions(1, colon))
        body = self._indented(line, colon)
        otherwise: tuple = ()
        following = self._following(line)
        if following is not None and following.text in ("elif", "else"):
            if len(conditions) != 1:
                message = "'else' of several conditions is not read"
                self.fail(message, following.span, "write an if for each case")
            line = self.lines[self.place]
            self.place += 1
            if following.text == "elif":
                self.loops += 1
                otherwise = (self.choice(line),)
                self.loops -= 1
            else:
                otherwise = self._indented(line, self._colon(line, "else: …"))
        return Choice(conditions, body, otherwise, line[0].span)

    def _colon(self: Any, line: list[Token], show: str) -> int:
        depth = 0
        for place, token in enumerate(line):
            if token.kind == "op":
                depth += (token.text in "([{") - (token.text in ")]}")
                if token.text == ":" and not depth:
                    return place
        return int(self.fail(f"':' is missing at the end of '{line[0].text}'", line[-1].span, f"write {show}"))

    def _following(self: Any, line: list[Token]) -> Token | None:
        """Return the first word of the next line where that is as far from the left as a line."""
        if self.place < len(self.lines) and self._column(self.lines[self.place]) == self._column(line):
            return self.lines[self.place][0]
        return None

    def _indented(self: Any, line: list[Token], colon: int) -> tuple:
        """Return the statements behind a colon, or on the lines that are indented below it."""
        self.loops += 1
        if self.loops > MAX_LOOPS:
            message = f"more than {MAX_LOOPS} loops and conditions within one another"
            raise LimitError(message, source=self.text, span=line[0].span, hint="write the inner ones as sums")
        found = self.pieces(line[colon + 1 :]) if len(line) > colon + 1 else self.block(self._column(line))
        self.loops -= 1
        for part in found:
            if isinstance(part, Result):
                self._refuse(part)
            elif not isinstance(part, _KEPT):
                self.fail("this cannot stand in a loop", part.span if hasattr(part, "span") else line[0].span,
                          "write it before the loop")
        if not found:
            self.fail(f"nothing stands below '{line[0].text}'", line[0].span, "indent what belongs to it")
        return tuple(found)

    def _refuse(self: Any, part: Result) -> None:
        if part.returned:
            hint = "return the value behind the loop"
            self.fail("a loop that returns in one of its rounds is not read", part.value.span, hint)
        self.fail("this line changes nothing", part.value.span, "leave it out, or assign its value")

    def skip(self: Any, token: Token) -> Skip:
        """Read continue."""
        if not self.loops:
            self.fail("'continue' stands outside of a loop", token.span, "leave it out")
        return Skip(Span(token.span.start, token.span.end))
