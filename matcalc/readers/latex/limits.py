r"""What stands below and above a sum: i=1 and n, i,j, i \ne j, 1 \le i < j \le n, i \in [n]."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import NoReturn

from ...errors import ExpressionSyntaxError, Span
from ...language.generators import If
from ...language.syntax import Binary, Name, Number, Tree, substituted
from .names import GREEK_COMMANDS, LatexNames, is_name
from .tokens import LatexToken

_RELATIONS = {
    "\\ne": "!=", "\\neq": "!=", "<": "<", "\\lt": "<", ">": ">", "\\gt": ">",
    "\\le": "<=", "\\leq": "<=", "\\leqslant": "<=", "\\ge": ">=", "\\geq": ">=", "\\geqslant": ">=",
}  # fmt: skip
UNEQUAL = frozenset(text for text, sign in _RELATIONS.items() if sign == "!=")
# letters that are indices below \min and \max; other names there are what is minimised over
USUAL_INDICES = frozenset("ijklmnst")
# what stands between indices and their bounds
LIMITS = frozenset({"=", ",", ":", *_RELATIONS})
_VALUES = {"=": "==", **_RELATIONS}
_SUCH_THAT = frozenset({":", "|", "\\mid", "\\colon"})
_AND = frozenset({",", "\\land", "\\wedge", "and"})
_DOTS = frozenset({"\\dots", "\\ldots", "\\cdots", "\\dotsc"})
_SHOW = r"write \sum_{i=1}^n"


@dataclass
class SumIndex:
    """An index of a sum: its name, where it begins and ends (None: not said), counting as the text counts."""

    name: str
    span: Span
    start: int | None = None
    stop: Tree | None = None

    @property
    def shift(self) -> int:
        """What is subtracted to count from 0."""
        return 0 if self.start == 0 else 1


@dataclass
class Limits:
    """The indices of a sum, the relations between them as (left, sign, right), and the set that a pair is from.

    ``conditions`` are those on the values of entries.
    """

    indices: list[SumIndex] = field(default_factory=list)
    relations: list[tuple[str, str, str]] = field(default_factory=list)
    members: LatexToken | None = None
    conditions: list[If] = field(default_factory=list)


# the tokens of a condition on values: its left side, its sign, its right side
ValueCondition = tuple[list[LatexToken], str, list[LatexToken]]


def letter(token: LatexToken) -> str:
    """Return the name of a letter, "" for another token."""
    if not is_name(token):
        return ""
    return GREEK_COMMANDS.get(token.text, (token.text,))[0]


class LimitReader:
    """Reads the limits of one sum; ``outer`` are the indices of the sums around it, by their names."""

    def __init__(self, text: str, names: LatexNames, outer: Mapping[str, SumIndex], span: Span) -> None:
        self.text, self.names, self.outer, self.span = text, names, outer, span
        self.limits = Limits()

    def read(self, below: list[LatexToken], above: list[LatexToken]) -> Limits:
        """Return the limits that tokens below and above a sum say. Raises ExpressionSyntaxError."""
        for piece in _pieces(below):
            self._piece(piece)
        if not self.limits.indices:
            self._fail("an index is missing below the sum", self.span)
        if above:
            stop = self._bound(above)
            for index in self.limits.indices:
                index.stop = index.stop or stop
        return self.limits

    def _piece(self, tokens: list[LatexToken]) -> None:
        texts = [token.text for token in tokens]
        if "\\in" in texts:
            return self._member(tokens[: texts.index("\\in")], tokens[texts.index("\\in") + 1 :])
        if ":" in texts:
            # j : j \ne i
            place = texts.index(":")
            self._piece(tokens[:place])
            return self._of_indices(tokens[place + 1 :])
        if "=" in texts:
            place = texts.index("=")
            for token in tokens[:place]:
                self._new_index(token)
            own = self.limits.indices[-1] if place else self._fail("an index is missing before '='", tokens[0].span)
            start = self._plain_bound(tokens[place + 1 :])
            value = getattr(start, "value", None)
            if value is None or value.denominator != 1 or value < 0:
                self._relation_of_start(own, start)
            else:
                for index in self.limits.indices:
                    index.start = int(value) if index.start is None else index.start
            return None
        if any(text in _RELATIONS for text in texts):
            return self._chain(tokens)
        for token in tokens:
            self._new_index(token)
        return None

    def _of_indices(self, tokens: list[LatexToken]) -> None:
        """Take a condition that the indices of a sum fulfil."""
        known = {*self.outer, *(index.name for index in self.limits.indices)}
        sides = [token for token in tokens if token.text not in _RELATIONS]
        if len(tokens) < 3 or any(letter(token) not in known for token in sides):
            span = tokens[0].span if tokens else self.span
            hint = r"write \sum_{i: y_i > 0} or \sum_{j: j \ne i}"
            self._fail("this is no condition between indices or on entries", span, hint)
        self._chain(tokens)

    def _relation_of_start(self, own: SumIndex, start: Tree) -> None:
        r"""Take \sum_{j=i+1}^n, whose start is an index of another sum."""
        name, offset = getattr(start, "id", None), 0
        if isinstance(start, Binary) and start.op == "+":
            name, value = getattr(start.left, "id", None), getattr(start.right, "value", None)
            offset = int(value) if value is not None and value.denominator == 1 else -1
        if not isinstance(name, str) or name not in self.outer or offset not in (0, 1):
            self._fail("a sum begins at a number", start.span)
        own.start = self.outer[name].shift
        self.limits.relations.append((own.name, ">" if offset else ">=", name))

    def _index(self, token: LatexToken) -> str:
        name = letter(token)
        if not name:
            self._fail("this is no index", token.span)
        if name in self.outer or name in {index.name for index in self.limits.indices}:
            return name
        self.limits.indices.append(SumIndex(name, token.span))
        return name

    def _new_index(self, token: LatexToken) -> None:
        """Take an index that runs here, and is not one of a sum around it."""
        name = letter(token)
        if name in self.outer:
            raise ExpressionSyntaxError(
                f"the index {name} is one of an outer sum",
                source=self.text,
                span=token.span,
                hint=f"call it something else than {name}",
            )
        self._index(token)

    def _chain(self, tokens: list[LatexToken]) -> None:
        r"""Take i \ne j, i < j, or 1 \le i < j \le n."""
        sides: list[list[LatexToken]] = [[]]
        signs = []
        for token in tokens:
            if token.text in _RELATIONS:
                signs.append(_RELATIONS[token.text])
                sides.append([])
            else:
                sides[-1].append(token)
        if not all(sides):
            self._fail("a side of this relation is missing", tokens[0].span)
        names = [letter(side[0]) if len(side) == 1 else "" for side in sides]
        ends = [0] if not names[0] else []
        last = len(sides) - 1
        if len(sides) > 2 or ends:
            ends += [last] if not names[last] or len(sides) > 2 and signs[-1] == "<=" else []
        inner = [place for place in range(len(sides)) if place not in ends]
        for place in inner:
            names[place] = self._index(sides[place][0])
        self._ends(sides, signs, ends)
        for place in inner[:-1]:
            self.limits.relations.append((names[place], signs[place], names[place + 1]))

    def _ends(self, sides: list, signs: list[str], ends: list[int]) -> None:
        for place in ends:
            bound = self._bound(sides[place])
            if place == 0:
                value = getattr(bound, "value", None)
                if value is None or signs[0] != "<=":
                    self._fail("a sum begins at a number", bound.span)
                for index in self.limits.indices:
                    index.start = int(value)
            elif signs[-1] == "<=":
                for index in self.limits.indices:
                    index.stop = bound
            else:
                self._fail(r"write the last bound with \le", bound.span)

    def _member(self, left: list[LatexToken], right: list[LatexToken]) -> None:
        r"""Take i \in [n], i \in \{1, \dots, n\}, i \in S, (i, j) \in \Omega."""
        found = [self._index(token) for token in left if token.kind not in ("open", "close") and token.text != ","]
        texts = [token.text for token in right]
        if len(texts) == 3 and texts[0] == "[" and texts[2] == "]":
            self._whole(found, right[1:2])
        elif len(texts) > 4 and texts[0] == "\\{" and texts[1] == "1" and set(texts) & _DOTS:
            self._whole(found, right[max(n for n, text in enumerate(texts) if text == ",") + 1 : -1])
        elif len(right) == 1 and letter(right[0]):
            self.limits.members = right[0]
        else:
            self._fail("this set is not read", right[0].span if right else self.span)

    def _whole(self, names: list[str], tokens: list[LatexToken]) -> None:
        stop = self._bound(tokens)
        for index in self.limits.indices:
            if index.name in names:
                index.start, index.stop = 1, stop

    def _bound(self, tokens: list[LatexToken]) -> Tree:
        """Return a bound, in which an index of a sum around this one counts as the text does."""
        bound = self._plain_bound(tokens)
        return substituted(bound, {name: _as_written(index) for name, index in self.outer.items() if index.shift})

    def _plain_bound(self, tokens: list[LatexToken]) -> Tree:
        if not tokens:
            self._fail("a bound of the sum is missing", self.span)
        if any(token.text == "\\infty" for token in tokens):
            self._fail("a sum without end has no form in matrices", tokens[0].span)
        return self.names.sizes(tokens, Span(tokens[0].span.start, tokens[-1].span.end))[0]

    def _fail(self, message: str, span: Span, hint: str = _SHOW) -> NoReturn:
        raise ExpressionSyntaxError(message, source=self.text, span=span, hint=hint)


def _as_written(index: SumIndex) -> Tree:
    """Return an index as the text counts it, which in the tree counts from 0."""
    return Binary("+", Name(index.name, index.span), Number(Fraction(index.shift), index.span), index.span)


def taken_below(tokens: list[LatexToken], active: Container[str]) -> set[str]:
    r"""Return the indices that a sum takes, given what stands below it; ``active`` are those of the sums around it.

    Beside a new one those around it stay theirs, as i in \prod_{j \ne i} and \sum_{j=i+1}.
    """
    texts = [token.text for token in tokens]
    place = next((place for place, text in enumerate(texts) if text in ("=", ":", "\\in")), len(tokens))
    names = {letter(token) for token in tokens[:place]} - {""}
    new = {name for name in names if name not in active}
    return new if new and not _RELATIONS.keys().isdisjoint(texts) else names


def _pieces(tokens: list[LatexToken]) -> list[list[LatexToken]]:
    """Return the parts of limits, which commas outside brackets separate."""
    found: list[list[LatexToken]] = [[]]
    depth = 0
    for token in tokens:
        depth += (token.kind == "open") - (token.kind == "close")
        if depth == 0 and token.text in (",", "\\\\"):
            found.append([])
        elif token.kind not in ("group", "end group"):
            found[-1].append(token)
    return [piece for piece in found if piece]


def with_condition(tokens: list[LatexToken]) -> tuple[list[LatexToken], list[ValueCondition]]:
    r"""Return what stands below a sum without the conditions on entries, and these as (left, sign, right).

    They stand behind a colon or a bar: \sum_{i: y_i > 0, z_i = 1}.
    """
    place = next((at for at, token in enumerate(tokens) if token.text in _SUCH_THAT), len(tokens))
    if not any(token.text == "_" for token in tokens[place:]):
        return tokens, []
    found: list[ValueCondition] = []
    for piece in _split(tokens[place + 1 :], _AND):
        sides = _split(piece, _VALUES)
        signs = [_VALUES[token.text] for token in piece if token.text in _VALUES]
        if len(sides) != 2 or not all(sides) or len(signs) != 1:
            return tokens, []
        found.append((sides[0], signs[0], sides[1]))
    return [token for token in tokens[:place] if token.kind not in ("open", "close")], found


def _split(tokens: list[LatexToken], signs: Container[str]) -> list[list[LatexToken]]:
    """Return the parts of tokens between signs that stand outside brackets and groups."""
    parts: list[list[LatexToken]] = [[]]
    depth = 0
    for token in tokens:
        depth += (token.kind in ("open", "group")) - (token.kind in ("close", "end group"))
        if depth == 0 and token.text in signs:
            parts.append([])
        else:
            parts[-1].append(token)
    return parts
