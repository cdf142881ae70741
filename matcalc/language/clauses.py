"""The part of the parser that reads generators: for i in n, for j in range(1, n), if i != j."""

from __future__ import annotations

import keyword
from typing import Any

from ..errors import Span
from . import clause_hints as hints
from .generators import OVER, For, If, Over
from .nodes import Call, Number, Tree
from .subscripts import LIST
from .tokens import RELATIONS, Token

_CLOSING = {"(": ")", "[": "]"}
_MOST_LOOPS = 12
_OPPOSITE = {"<": ">=", ">=": "<", ">": "<=", "<=": ">", "==": "!=", "!=": "=="}
_SHOW = "write it as sum(x[i]*y[i] for i in n)"


class Clauses:
    """What follows the term of a sum; all attributes are the parser's."""

    def generator(self: Any, token: Token) -> bool:
        """Take the clauses of a generator, from its first ``for`` to the bracket that closes it."""
        frame = self.frames[-1]
        body = self.finish(frame)
        end = self._closing(token)
        listed = frame.function is None
        owner = self.frames[-2] if listed and len(self.frames) > 1 else frame
        function = owner.function
        alone = not frame.args and not frame.keywords and frame.keyword is None
        if function is None or function.text not in OVER or not alone:
            self.fail("'for' stands outside of a sum", token.span, _SHOW)
        loops, conditions = self._clauses(end, function.text, body)
        self.index = end + 1
        self.frames.pop()
        if listed:
            following = self.peek()
            if following is None or following.text != ")" or owner.args or owner.operands:
                self.fail("a sum has one argument", token.span, _SHOW)
            self.index += 1
            self.frames.pop()
        self.repeats = 0
        span = Span(function.span.start, self.tokens[self.index - 1].span.end)
        self.frames[-1].operands.append(Over(function.text, body, loops, conditions, span))
        return False

    def _closing(self: Any, token: Token) -> int:
        """Return the place of the bracket that closes what is open."""
        bracket, depth = self.frames[-1].bracket, 0
        for place in range(self.index, len(self.tokens)):
            text = self.tokens[place].text if self.tokens[place].kind == "op" else ""
            if text in ("(", "["):
                depth += 1
            elif text in (")", "]"):
                if depth == 0 and bracket is not None and text == _CLOSING[bracket.text]:
                    return place
                depth -= 1
        if bracket is not None:
            self.never_closed("at the end")
        return int(self.fail("'for' stands outside of a sum", token.span, _SHOW))

    def _clauses(self: Any, end: int, function: str, body: Tree) -> tuple[tuple[For, ...], tuple[If, ...]]:
        """Return the loops and conditions up to a place; the first token was ``for``."""
        loops, conditions, place = [], [], self.index - 1
        while place < end:
            after = self._next(place + 1, end, ("for", "if"))
            if self.tokens[place].text == "for":
                loops.append(self._loop(place, after, function, body))
            else:
                conditions += self._conditions(place + 1, after)
            place = after
        twice = next((loop for n, loop in enumerate(loops) if loop.name in {one.name for one in loops[:n]}), None)
        if twice is not None:
            self.fail(f"the index {twice.name} stands for two things", twice.span, "give each index its own name")
        if len(loops) > _MOST_LOOPS:
            self.fail(f"more than {_MOST_LOOPS} indices", loops[-1].span, "write the inner sums by themselves")
        return tuple(loops), tuple(conditions)

    def _next(self: Any, start: int, end: int, words: tuple[str, ...]) -> int:
        """Return the place of the next of some words that stands in no bracket, ``end`` where there is none."""
        depth = 0
        for place in range(start, end):
            token = self.tokens[place]
            depth += (token.text in ("(", "[")) - (token.text in (")", "]"))
            if depth == 0 and token.text in words:
                return place
        return end

    def _loop(self: Any, place: int, end: int, function: str, body: Tree) -> For:
        word = self.tokens[place]
        named: Any = self.tokens[place + 1] if place + 1 < end else None
        if named is None or named.kind != "name" or keyword.iskeyword(named.text):
            self.fail("an index is missing after 'for'", word.span, _SHOW)
        if place + 2 < end and self.tokens[place + 2].text == ",":
            self._refuse_several(place, end, function, body)
        if place + 2 >= end or self.tokens[place + 2].text != "in":
            self.fail("'in' is missing after the index", named.span, f"write for {named.text} in n")
        first = place + 3
        if first >= end:
            self.fail(f"to where does {named.text} run?", self.tokens[place + 2].span, f"write for {named.text} in n")
        span = Span(word.span.start, self.tokens[end - 1].span.end)
        zero = Number(0 * self.number(Token("number", "0", word.span)), self.tokens[first].span)
        called = self.tokens[first].text == "range" and first + 1 < end and self.tokens[first + 1].text == "("
        if not called:
            stop = self._between(first, end)
            if isinstance(stop, Call) and stop.function == LIST:
                hint = hints.for_places(function, body, named.text, stop.args)
                self.fail("an index runs from 0 to a size, not through a list", stop.span, hint)
            return For(named.text, zero, stop, span)
        bounds, start = [], first + 2
        while start < end:
            comma = self._next(start, end - 1, (",",))
            bounds.append(self._between(start, comma))
            start = comma + 1
        place_of_range = Span(self.tokens[first].span.start, span.end)
        if len(bounds) == 3:
            hint = hints.for_step(function, body, named.text, bounds)
            self.fail("a range with a step is not read", place_of_range, hint)
        if len(bounds) > 2 or not bounds:
            self.fail("range has a start and an end", place_of_range, f"write for {named.text} in range(1, n)")
        return For(named.text, bounds[0] if len(bounds) == 2 else zero, bounds[-1], span)

    def _refuse_several(self: Any, place: int, end: int, function: str, body: Tree) -> Any:
        """Raise at for a, b in …: an index is one name."""
        inside = self._next(place, end, ("in",))
        targets = [token.text for token in self.tokens[place + 1 : inside] if token.kind == "name"]
        arrays, word = [], self.tokens[inside + 1].text if inside + 2 < end else ""
        if word in ("zip", "enumerate") and self.tokens[inside + 2].text == "(":
            start = inside + 3
            while start < end:
                comma = self._next(start, end - 1, (",",))
                arrays.append(self._between(start, comma))
                start = comma + 1
        hint = hints.EACH
        if word == "zip":
            hint = hints.for_arrays(function, body, targets, arrays)
        elif word == "enumerate" and len(targets) == 2:
            hint = hints.for_arrays(function, body, targets[1:], arrays, targets[0])
        span = Span(self.tokens[place + 1].span.start, self.tokens[max(place + 1, inside - 1)].span.end)
        return self.fail("an index of a sum is one name", span, hint)

    def _conditions(self: Any, start: int, end: int) -> list[If]:
        found = []
        while start <= end:
            stop = self._next(start, end, ("and",))
            denied = start < stop and self.tokens[start].text == "not"
            start += int(denied)
            wrong = self._next(start, stop, ("or", "in", "is"))
            if wrong < stop:
                token = self.tokens[wrong]
                hint = hints.OR if token.text == "or" else hints.MEMBER
                self.fail(f"'{token.text}' is not read in a condition of a sum", token.span, hint)
            sides, place, ops = [], start, []
            while True:
                relation = self._next(place, stop, RELATIONS)
                sides.append(self._between(place, relation))
                if relation == stop:
                    break
                ops.append(self.tokens[relation].text)
                place = relation + 1
            if not ops:
                self.fail("a condition compares two sides", sides[0].span, "write if i != j, or if i < j")
            if denied and len(ops) > 1:
                self.fail("'not' is read before one comparison", self.tokens[start - 1].span, "write if i != j")
            ops = [_OPPOSITE[op] for op in ops] if denied else ops
            for op, left, right in zip(ops, sides, sides[1:]):
                found.append(If(op, left, right, Span(left.span.start, right.span.end)))
            start = stop + 1
        return found

    def _between(self: Any, start: int, end: int) -> Tree:
        """Return the tree of the tokens between two places."""
        if start >= end:
            before = self.tokens[start - 1]
            self.fail(f"something is missing after '{before.text}'", before.span, _SHOW)
        begin, stop = self.tokens[start].span.start, self.tokens[end - 1].span.end
        return type(self)(self.text, begin, stop).parse()
