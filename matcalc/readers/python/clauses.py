"""The part of the parser that reads loops and their conditions: for i in range(n) if i != j and y[i] > 0."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from ...bounds import MAX_LOOPS
from ...errors import LimitError, Span
from ...language.generators import If
from ...language.syntax import Name, Number
from ...language.tokens import RELATIONS, Token
from .nodes import Clause, Comprehension, Sequence

_SHOW = "write it as sum(x[i]*y[i] for i in range(n))"
_OPPOSITE = {"<": ">=", ">=": "<", ">": "<=", "<=": ">", "==": "!=", "!=": "=="}
_OR = ("'or' is not read in a condition", "write the sum of two sums, or np.where(a | b, term, 0)")
_REFUSED = {
    "or": _OR,
    "|": _OR,
    "in": ("membership is not read", "compare numbers, as in if i != j"),
    "is": ("'is' is not read", "write == or !="),
    "%": ("remainders of an index are not read", "write the sum of a slice: x[::2] has every second entry"),
}


def opposite(condition: If) -> If:
    """Return the condition that holds where one does not."""
    return If(_OPPOSITE[condition.op], condition.left, condition.right, condition.span)


class Clauses:
    """What follows the term of a sum; all attributes are the parser's."""

    def comprehension(self: Any, token: Token) -> bool:
        """Take the clauses from the first ``for`` of a bracket to the sign that closes it; always returns False."""
        frame, bracket = self.frame, self.frame.opening
        if bracket is None or bracket.kind not in ("call", "list", "group"):
            self.fail("'for' stands outside of brackets", token.span, _SHOW)
        if bracket.items or bracket.keywords or bracket.word is not None:
            self.fail("'for' stands behind several terms", token.span, "put the term and its loops into brackets")
        body = frame.finish()
        end = self.place_of_closing(self.index)
        if end is None:
            shown = bracket.token.text
            self.fail(f"'{shown}' is never closed", bracket.token.span, "close it behind the loop")
        clauses, place = [], self.index - 1
        while place < end:
            after = self.next_of(place + 1, end, ("for",))
            clauses.append(self.clause(place, after))
            place = after
        self.index = end
        span = Span(body.span.start, self.tokens[end - 1].span.end)
        frame.operands = [Comprehension(body, tuple(clauses), span)]
        return False

    def place_of_closing(self: Any, start: int) -> int | None:
        """Return the place of the sign that closes what is open before ``start``."""
        depth = 0
        for place in range(start, len(self.tokens)):
            token = self.tokens[place]
            if token.kind == "op" and token.text in ("(", "["):
                depth += 1
            elif token.kind == "op" and token.text in (")", "]"):
                if not depth:
                    return place
                depth -= 1
        return None

    def next_of(self: Any, start: int, end: int, words: tuple[str, ...]) -> int:
        """Return the place of the next of some words or signs outside of brackets, ``end`` where there is none."""
        depth = 0
        for place in range(start, end):
            token = self.tokens[place]
            if token.kind == "op":
                depth += (token.text in ("(", "[")) - (token.text in (")", "]"))
            if not depth and token.kind in ("op", "name") and token.text in words:
                return place
        return end

    def clause(self: Any, place: int, end: int) -> Clause:
        """Return for target in values if conditions; its ``for`` stands at ``place``."""
        word = self.tokens[place]
        inside = self.next_of(place + 1, end, ("in",))
        if inside == end:
            self.fail("'in' is missing behind 'for'", word.span, "write for i in range(n)")
        target = self.between(place + 1, inside)
        _check_target(self, target)
        choice = self.next_of(inside + 1, end, ("if",))
        values = self.between(inside + 1, choice)
        conditions: list[If] = []
        while choice < end:
            after = self.next_of(choice + 1, end, ("if",))
            conditions += self.conditions(choice + 1, after)
            choice = after
        return Clause(target, values, tuple(conditions), Span(word.span.start, self.tokens[end - 1].span.end))

    def conditions(self: Any, start: int, end: int) -> list[If]:
        """Return the comparisons that ``and`` joins between two places."""
        if start >= end:
            self.fail("a condition is missing", self.tokens[start - 1].span, "write if i != j")
        for place in range(start, end):
            if self.tokens[place].text == "%":
                self.refuse_in_condition(self.tokens[place])
        found = []
        while start < end:
            stop = self.next_of(start, end, ("and", "&"))
            found += self.condition(start, stop)
            start = stop + 1
        return found

    def condition(self: Any, start: int, end: int) -> list[If]:
        """Return one comparison, or those of a chain: i < j < k."""
        is_not = start < end and self.tokens[start].text == "not"
        if is_not:
            found = self.conditions(start + 1, end)
            if len(found) != 1:
                self.fail("'not' is read before one comparison", self.tokens[start].span, "write if i != j")
            return [opposite(found[0])]
        if end - start > 2 and self.tokens[start].text == "(" and self.place_of_closing(start + 1) == end - 1:
            return self.conditions(start + 1, end - 1)
        wrong = self.next_of(start, end, ("or", "|", "in", "is"))
        if wrong < end:
            self.refuse_in_condition(self.tokens[wrong])
        sides, signs, place = [], [], start
        while True:
            relation = self.next_of(place, end, RELATIONS)
            sides.append(self.between(place, relation))
            if relation == end:
                break
            signs.append(self.tokens[relation].text)
            place = relation + 1
        if not signs:
            return [If("!=", sides[0], Number(Fraction(0), sides[0].span), sides[0].span)]
        return [
            If(sign, left, right, Span(left.span.start, right.span.end))
            for sign, left, right in zip(signs, sides, sides[1:])
        ]

    def refuse_in_condition(self: Any, token: Token) -> None:
        message, hint = _REFUSED[token.text]
        self.fail(message, token.span, hint)

    def between(self: Any, start: int, end: int) -> Any:
        """Return the tree of the tokens between two places."""
        if start >= end:
            before = self.tokens[start - 1]
            self.fail(f"something is missing behind '{before.text}'", before.span, _SHOW)
        if self.depth >= MAX_LOOPS:
            span = self.tokens[start].span
            message = f"more than {MAX_LOOPS} loops or slices within one another"
            self.fail(message, span, "give the inner ones names", LimitError)
        return type(self)(self.text, self.tokens[start:end], self.depth + 1).parse()


def _check_target(parser: Any, target: Any) -> None:
    stack = [target]
    while stack:
        part = stack.pop()
        if isinstance(part, Sequence) and part.items:
            stack += part.items
        elif not isinstance(part, Name):
            parser.fail("a loop is over names", part.span, "write for i in range(n), or for x, t in zip(X, y)")


def targets(target: Any) -> list[Name]:
    """Return the names that a loop sets."""
    found, stack = [], [target]
    while stack:
        part = stack.pop()
        if isinstance(part, Name):
            found.append(part)
        else:
            stack += reversed(part.items)
    return found
