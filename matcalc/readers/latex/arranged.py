r"""What is arranged in rows and columns: \begin{bmatrix} … \end{bmatrix}, \begin{cases} … \end{cases}, and lists.

A case is a value with its condition, \begin{cases} x & \text{if } x > 0 \\ 0 & \text{otherwise} \end{cases}; the
last one may have none, or what remains. Lists [1, 2, 3] stand in Unicode's notation, as in the language.
"""

from __future__ import annotations

from ...errors import ExpressionSyntaxError, Span
from ...language.relations import SIGNS
from ...language.subscripts import list_tree
from ...language.syntax import Call, Tree
from ..shared.blocks import bracketed
from .frames import BRACKET, LatexFrame
from .indicators import IndicatorParser
from .tokens import CLOSING, LatexToken

ARRANGED = frozenset({"matrix", "determinant", "cases", "list"})
_IF = frozenset({"if", "when", "whenever", "for", "where", "in case"})
_OTHERWISE = frozenset({"else", "otherwise", "elsewhere", "if not", "in all other cases", "for all other"})
# a > b holds where b >= a does not
_OPPOSITE = {">": ">=", ">=": ">"}


class ArrangedParser(IndicatorParser):
    """Reads what is arranged between two delimiters; the args of its frame are its parts and, between rows, None."""

    def arranged(self, token: LatexToken) -> None:
        """Open a matrix, a choice by cases or a list."""
        made = {"cases": self.of_cases, "list": self.of_list}.get(token.text, self.of_parts)
        function = token.text if token.text in ("cases", "list") else "matrix"
        self.open_frame(LatexFrame(kind=BRACKET, token=token, function=function, done=made(token)))

    # -- matrices by their parts ----------------------------------------------------------------------

    def of_parts(self, opening):
        def done(frame, closing):
            span = Span(opening.span.start, closing.span.end)
            tree = bracketed(_rows(frame.args), opening.span, span, self.fail)
            return Call("det", (tree,), (), span) if opening.text == "determinant" else tree

        return done

    def of_list(self, opening):
        def done(frame, closing):
            try:
                return list_tree(frame.args, Span(opening.span.start, closing.span.end))
            except ExpressionSyntaxError as error:
                raise error.at(self.text)

        return done

    def cell(self, token):
        """Take the end of a part of a matrix, or of a row."""
        frame = self.enclosing()
        if frame.kind != BRACKET or frame.function not in ("matrix", "cases"):
            opening = frame.token
            self.fail(f"'{opening.text}' is never closed", opening.span, "close it within its part of the matrix")
        self.finish_open()
        self.take_argument()
        if token.text != "&":
            frame.args.append(None)
        self.operand_next = True
        if frame.function == "cases" and token.text == "&":
            self.condition(frame)

    def ends_after_row(self, token):
        """Return whether a matrix ends after the sign that ends a row."""
        frame = self.frame
        return (
            frame.kind == BRACKET
            and frame.function in ("matrix", "cases")
            and frame.is_empty
            and frame.args[-1:] == [None]
            and CLOSING[frame.token.text] == token.text
        )

    def finish_matrix(self, token):
        frame = self.frames.pop()
        self.repeats = 0
        self.push(frame.done(frame, token))

    # -- choices by cases -----------------------------------------------------------------------------

    def condition(self, frame: LatexFrame) -> None:
        r"""Go over \text{if} before a condition; \text{otherwise} is all of the last one."""
        words = self._words()
        if words and words not in _IF | _OTHERWISE:
            self.fail(f"'{words}' is no condition", self.tokens[self.index].span, r"write \text{if } x > 0")
        if not words:
            return
        self.index += 1
        if words in _OTHERWISE:
            self._go_over_punctuation()
            following = self.peek()
            if following is not None and following.kind == "cell" and following.text != "&":
                self.index += 1
            if self.peek() is None or self.peek().kind != "close":
                shown = self.peek() or self.tokens[self.index - 1]
                self.fail("the case for what is left is not the last one", shown.span, "write it last")
            frame.args.append(None)

    def _words(self) -> str:
        token = self.peek()
        is_text = token is not None and token.kind in ("word", "phrase") and token.text not in self.names.known
        return " ".join(token.text.strip(" ,:").split()) if is_text and not self.functions.name(token.text) else ""

    def _go_over_punctuation(self) -> None:
        while self.peek() is not None and self.peek().text in (",", ".", ";"):
            self.index += 1

    def ends_a_case(self, token: LatexToken) -> bool:
        """Return whether a comma or full stop ends a value or a condition of a choice, and no more."""
        frame, following = self.enclosing(), self.peek()
        if token.text not in (",", ".", ";"):
            return False
        return frame.function == "cases" and following is not None and following.kind in ("cell", "close")

    def of_cases(self, opening):
        def done(frame, closing):
            span = Span(opening.span.start, closing.span.end)
            rows = _rows(frame.args)
            if any(len(row) > 2 for row in rows) or any(len(row) < 2 for row in rows[:-1]) or len(rows[0]) < 2:
                hint = r"write \begin{cases} x & x > 0 \\ 0 & \text{otherwise} \end{cases}"
                self.fail("a case is a value and a condition", span, hint)
            last = rows.pop()
            if not rows:
                hint = r"add \\ 0 & \text{otherwise}"
                self.fail("a choice needs a case for what is left", span, hint)
            if len(last) == 2 and not (len(rows) == 1 and self.excludes(rows[0][1], last[1])):
                self.reading.note("the last case is taken where no other one holds")
            tree = last[0]
            for value, condition in reversed(rows):
                tree = Call("where", (condition, value, tree), (), span)
            return tree

        return done

    def excludes(self, one: Tree, other: Tree) -> bool:
        """Return whether a comparison holds exactly where another one does not: x > 0 and x <= 0, or 0 >= x."""
        if not isinstance(one, Call) or not isinstance(other, Call) or not {one.function, other.function} <= {*SIGNS}:
            return False
        (sign, left, right), (opposite, *sides) = self._compared(one), self._compared(other)
        shown = ("".join(self.text[side.span.start : side.span.end].split()) for side in (left, right, *sides))
        left, right, *sides = shown
        if sign in _OPPOSITE:
            return (opposite, *sides) == (_OPPOSITE[sign], right, left)
        return {sign, opposite} == {"==", "!="} and sides in ([left, right], [right, left])

    @staticmethod
    def _compared(call: Call) -> tuple:
        """Return (sign, left, right) of a comparison, with > or >= for < or <=."""
        sign, (left, right) = SIGNS[call.function], call.args
        return (sign.replace("<", ">"), right, left) if "<" in sign else (sign, left, right)


def _rows(args: list) -> list[list[Tree]]:
    """Return the rows of parts that None separates, without empty ones."""
    rows: list[list[Tree]] = [[]]
    for part in args:
        rows = [*rows, []] if part is None else [*rows[:-1], [*rows[-1], part]]
    return [row for row in rows if row]
