r"""A whole text in LaTeX: its formula, with what stands around it.

In \nabla_x f(x) = \min_x \|r\|^2, \text{where } r = A x - b, the left side is left out, the operator says by which name
the formula is differentiated, and the definition stands for its name. What is left out is said in a note.
"""

from __future__ import annotations

from ...errors import ExpressionSyntaxError, Span, UnknownNameError
from ...language.syntax import names as names_of
from ...language.syntax import substituted
from ..shared.reading import Reading
from .conditions import ConditionReader
from .fronts import Front, FrontReader
from .functions import LatexFunctions
from .indices import with_indices
from .insertions import with_entries
from .left_sides import is_derivative, names_a_function
from .names import LatexNames, is_name
from .parser import LatexParser
from .plain_sums import own_names, with_plain_sums
from .statements import Statement, defined_name, sides, statements
from .tokens import LatexToken, latex_tokens
from .transposes import with_small_transposes
from .words import read_words

_MOST_OPERATORS = 4
_SIGNS = ("+", "-")


def read_latex(text: str, book, known=frozenset()) -> Reading:
    r"""Return the :class:`Reading` of a formula; a left-hand side such as \nabla f(x) = is left out.

    ``known``: names that are variables. Raises ExpressionSyntaxError, UnknownNameError, UnknownFunctionError or
    LimitError, each with the text and a span.
    """
    functions = LatexFunctions(book)
    tokens = read_words(text, latex_tokens(text), known, functions.is_function)
    tokens = with_indices(with_plain_sums(with_small_transposes(tokens, known), known))
    return Text(text, LatexNames(text, known, own_names(tokens)), functions).read(tokens)


class Text:
    """Reads the tokens of a text; ``spelled``: whether the typefaces of its names are kept."""

    def __init__(self, text: str, names: LatexNames, functions: LatexFunctions, spelled: bool = True):
        self.text, self.names, self.functions, self.spelled = text, names, functions, spelled
        self.reading = Reading(None)
        self.argument: str | None = None
        self.conditions = ConditionReader(names, self.take_name, self.reading)
        self.fronts = FrontReader(self.take_name)

    def read(self, tokens: list[LatexToken]) -> Reading:
        """Return what the tokens of a text say."""
        found = statements(self.without_place(tokens))
        if not found:
            hint = r"write one, such as x^\top A x"
            span = Span(0, max(1, len(self.text)))
            raise ExpressionSyntaxError("the formula is empty", source=self.text, span=span, hint=hint)
        found, place = with_entries(found, _place_of_formula(found), self.text)
        reading = self.reading
        reading.tree = self.parse(self.behind_operators(self.right_side(found[place].tokens)))
        self.define(found[:place] + found[place + 1 :])
        self.settle_operator(tokens)
        reading.spelled = self.names.written if self.spelled else {}
        occurring = {*names_of(reading.tree)}
        within = occurring.union(*map(names_of, reading.defined.values()))
        reading.assume = {name: words for name, words in reading.assume.items() if name in within}
        reading.shapes = {name: shape for name, shape in reading.shapes.items() if name in occurring}
        return reading

    def parse(self, tokens: list[LatexToken]):
        """Return the tree of the tokens of one formula."""
        return LatexParser(self.text, tokens, self.names, self.functions, self.reading).parse()

    def take_name(self, tokens: list[LatexToken], place: int) -> tuple[str, int] | None:
        """Return the name at a place, with its subscript, and the place after it; None where none stands there."""
        if place >= len(tokens) or not is_name(tokens[place]):
            return None
        token, end, parts = tokens[place], place + 1, ()
        if end + 1 < len(tokens) and tokens[end].text == "_":
            start, end = end + 1, end + 2
            if tokens[start].kind == "group":
                while end < len(tokens) and tokens[end - 1].kind != "end group":
                    end += 1
            inner = [other for other in tokens[start:end] if other.kind not in ("group", "end group")]
            parts = self.names.subscript(inner, token.span)
        return self.names.find(token, parts, tokens[end - 1].span.end), end

    # -- the formula --------------------------------------------------------------------------------

    def without_place(self, tokens: list[LatexToken]) -> list[LatexToken]:
        r"""Leave out a place at the end, as in \left. x^2 \right|_{x=0}."""
        for place in range(len(tokens) - 1, 0, -1):
            if tokens[place].text == "_" and tokens[place - 1].text == "|":
                break
            if tokens[place].text == "^" or len(tokens) - place > 30:
                return tokens
        else:
            return tokens
        bars = [token for token in tokens[: place - 1] if token.text == "|" and token.kind in ("bar", "open", "close")]
        opened = sum(1 if token.kind != "close" else -1 for token in bars)
        inner = [token.text for token in tokens[place + 1 :]]
        closes_group = tokens[-1].kind == "end group" or len(inner) == 1
        unmatched = opened == 0 if tokens[place - 1].kind == "close" else len(bars) % 2 == 0 and "=" in inner
        if not unmatched or not closes_group:
            return tokens
        last = tokens[-1].span.end - (tokens[-1].kind == "end group")
        at = self.text[tokens[place + 1].span.start : last].lstrip("{ ")
        self.reading.note(f"the place {at.strip()} is left out: put it into the answer")
        return tokens[: place - 1]

    def right_side(self, tokens: list[LatexToken]) -> list[LatexToken]:
        """Return the tokens after a left-hand side; all of them where what stands there is more than a name."""
        pieces = sides(tokens)
        if len(pieces) == 1 or not all(pieces) or not names_a_function(pieces[0]):
            return tokens
        if is_derivative(pieces[0]) and (front := self.fronts.read(pieces[0])) and not _only_named(front.rest):
            shown = self.text[pieces[0][0].span.start : pieces[0][-1].span.end]
            self.reading.note(f"what stands left of '=' is left out: {shown[:60]}")
        if (named := self.take_name(pieces[0], 0)) and named[1] == len(pieces[0]):
            self.reading.left = named[0]
        self.argument = self.argument_of(pieces[0])
        if len(pieces) > 2:
            self.reading.note(f"the last of {len(pieces) - 1} forms is read")
        return pieces[-1]

    def argument_of(self, tokens: list[LatexToken]) -> str | None:
        """Return the name x of a left-hand side f(x), None for one of several names, or of none."""
        opened = [place for place, token in enumerate(tokens) if token.kind == "open" and token.text == "("]
        taken = self.take_name(tokens, opened[0] + 1) if len(opened) == 1 else None
        return taken[0] if taken is not None and taken[1] == len(tokens) - 1 else None

    def behind_operators(self, tokens: list[LatexToken]) -> list[LatexToken]:
        r"""Return the tokens behind operators such as \nabla_x and \min_w, of which the first says the name."""
        for _ in range(_MOST_OPERATORS):
            front = self.fronts.read(tokens)
            if front is None:
                return tokens
            self.take(front, tokens[0])
            tokens = front.rest
        return tokens

    def take(self, front: Front, first: LatexToken) -> None:
        shown = self.text[first.span.start : front.end]
        if _only_named(front.rest):
            raise ExpressionSyntaxError(
                f"the formula behind {shown[:40]} is missing",
                source=self.text,
                span=Span(first.span.start, (front.rest or [first])[-1].span.end),
                hint=r"write the formula itself, such as \nabla_x \|A x - b\|^2",
            )
        reading = self.reading
        reading.wrt = reading.wrt or tuple(front.wrt)
        reading.order = reading.order or front.order
        for tokens in front.conditions:
            if not self.conditions.read(tokens):
                self.left_out(tokens)
        if front.kind == "derivative" and _has_sum(front.rest):
            reading.note(f"{shown} is taken to reach to the end of the formula")

    def settle_operator(self, tokens: list[LatexToken]) -> None:
        """Say by which name the text differentiates. Raises UnknownNameError where the formula has no such name."""
        bases = {base for base, _ in self.reading.entries}
        reading, occurring = self.reading, {*names_of(self.reading.tree), *bases}
        occurring = occurring.union(*map(names_of, reading.defined.values()))
        occurring |= {name for name in reading.wrt if name.rpartition("_")[0] in bases}
        absent = [name for name in reading.wrt if name not in occurring]
        if absent:
            raise UnknownNameError(
                f"the text differentiates by {absent[0]}, which the formula does not have",
                source=self.text,
                span=Span(tokens[0].span.start, tokens[-1].span.end),
                hint="write the formula alone, and by which of its names it is differentiated",
            )
        argument = self.argument
        if not reading.wrt and argument is not None and argument in occurring - {"x"}:
            reading.wrt = (argument,)
        if reading.wrt:
            times = "twice " if reading.order == 2 else ""
            reading.note(f"the text differentiates {times}by {', '.join(reading.wrt)}")

    # -- what else the text says --------------------------------------------------------------------

    def define(self, others: list[Statement]) -> None:
        """Take definitions into the tree, and conditions into what is assumed."""
        definitions, conditional = {}, False
        for statement in others:
            conditional = conditional or statement.marker not in ("", ",", ";", "\\\\")
            name = self.defined(statement)
            if name is not None:
                definitions[name] = self.parse(sides(statement.tokens)[-1])
            elif not self.conditions.read(statement.tokens):
                if not conditional:
                    self.fail_apart(statement)
                self.left_out(statement.tokens)
        if self.conditions.waiting and not conditional:
            self.fail_apart(others[-1])
        bases = {base for base, _ in self.reading.entries}
        self.reading.defined = {name: definitions.pop(name) for name in [*definitions] if name in bases}
        for _ in range(len(definitions)):
            self.reading.tree = substituted(self.reading.tree, definitions)
            within = self.reading.defined
            self.reading.defined = {name: substituted(tree, definitions) for name, tree in within.items()}

    def defined(self, statement: Statement) -> str | None:
        """Return the name that a statement defines, and its own right-hand side does not have, None without one."""
        left = defined_name(statement.tokens)
        taken = None if left is None else self.take_name(left, 0)
        if left is None or taken is None or taken[1] != len(left):
            return None
        own = [token.text for token in left]
        return None if _occurs(own, sides(statement.tokens)[-1]) else taken[0]

    def left_out(self, tokens: list[LatexToken]) -> None:
        shown = self.text[tokens[0].span.start : tokens[-1].span.end].strip()
        self.reading.note(f"left out: {shown if len(shown) <= 60 else shown[:59] + '…'}")

    def fail_apart(self, statement: Statement) -> None:
        """Raise for a second formula."""
        token = statement.first or statement.tokens[0]
        if token.text == "\\\\":
            raise ExpressionSyntaxError(
                "a second formula stands on this line",
                source=self.text,
                span=Span(statement.tokens[0].span.start, statement.tokens[-1].span.end),
                hint="give each formula on its own, or begin a line that goes on with its sign",
            )
        raise ExpressionSyntaxError(
            f"'{token.text}' stands outside the arguments of a function",
            source=self.text,
            span=token.span,
            hint="write one formula",
        )


def _place_of_formula(found: list[Statement]) -> int:
    """Return which statement is the formula: the first that is no definition which another one uses."""
    for place, statement in enumerate(found):
        left = defined_name(statement.tokens)
        own = [token.text for token in left or ()]
        others = [other.tokens for index, other in enumerate(found) if index != place]
        if left is None or not any(_occurs(own, sides(tokens)[-1]) for tokens in others):
            return place
    return 0


def _occurs(own: list[str], tokens: list[LatexToken]) -> bool:
    texts = [token.text for token in tokens]
    places = [place for place, text in enumerate(texts) if text == own[0]]
    subscripted = len(own) > 1
    return any(
        texts[place : place + len(own)] == own and (subscripted or texts[place + 1 : place + 2] != ["_"])
        for place in places
    )


def _only_named(tokens: list[LatexToken]) -> bool:
    """Return whether tokens are only the name of a function, as f or f(x)."""
    if not tokens:
        return True
    return tokens[0].text in ("f", "g", "h", "J", "L", "\\ell", "F", "E", "\\phi", "\\psi") and names_a_function(tokens)


def _has_sum(tokens: list[LatexToken]) -> bool:
    """Return whether a sum or difference stands outside brackets, after the first operand."""
    depth, bars = 0, False
    for place, token in enumerate(tokens):
        depth += (token.kind in ("open", "group")) - (token.kind in ("close", "end group"))
        bars = bars != (token.kind == "bar")
        if place and depth == 0 and not bars and token.text in _SIGNS:
            return True
    return False
