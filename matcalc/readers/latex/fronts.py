r"""Operators in front of a formula: \frac{\partial}{\partial X}, \nabla_x, \frac{d}{dx}, \min_w, \arg\min_x.

They say by which name the formula is differentiated, and are no part of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from .functions import FRACTIONS
from .limits import USUAL_INDICES, letter
from .plain_sums import subscript_of_word
from .tokens import LatexToken

_EXTREMES = {
    "\\min", "\\max", "\\inf", "\\sup", "\\argmin", "\\argmax", "argmin", "argmax", "minimize", "maximize",
    "minimise", "maximise", "min", "max", "\\minimize", "\\maximize", "inf", "sup",
}  # fmt: skip
_ALONE = _EXTREMES - {"\\min", "\\max", "min", "max", "inf", "sup", "\\inf", "\\sup"}
_DIFFERENTIALS = ("\\partial", "d")
_SPACES = ("\\in", ">", "<", "\\ge", "\\geq", "\\le", "\\leq", "\\succ", "\\succeq", ":", "=", "\\geqslant")


@dataclass
class Front:
    """An operator: the names in it, the order of the derivative, and the tokens of the conditions below it.

    ``rest`` are the tokens of the formula; ``shown`` is the span of the operator in the text.
    """

    rest: list[LatexToken]
    wrt: list[str] = field(default_factory=list)
    order: int | None = None
    conditions: list[list[LatexToken]] = field(default_factory=list)
    kind: str = ""
    end: int = 0


class FrontReader:
    """Takes operators off the front of a formula; ``take_name`` reads one name at a place of a list of tokens."""

    def __init__(self, take_name):
        self.take_name = take_name

    def read(self, tokens: list[LatexToken]) -> Front | None:
        """Return the operator that tokens begin with, None where they begin with none."""
        if not tokens:
            return None
        first = tokens[0]
        if first.text in FRACTIONS:
            return self._fraction(tokens)
        if first.text == "\\nabla":
            return self._scripted(tokens, 1, "\\nabla", 2)
        if first.text == "\\partial" and len(tokens) > 1 and tokens[1].text == "_":
            return self._scripted(tokens, 1, "\\partial", 2)
        return self._extreme(tokens)

    # -- \frac{\partial}{\partial x} ----------------------------------------------------------------

    def _fraction(self, tokens: list[LatexToken]) -> Front | None:
        above, place = _argument(tokens, 1)
        below, place = _argument(tokens, place)
        if not above or not below or above[0].text not in _DIFFERENTIALS or below[0].text not in _DIFFERENTIALS:
            return None
        sign, order = above[0].text, 1
        if sign == "d" and below[0].text != "d":
            return None
        inner = above[1:]
        if inner and inner[0].text == "^":
            power, after = _argument(inner, 1)
            if [token.text for token in power] != ["2"]:
                return None
            order, inner = 2, inner[after:]
        names, conditions = self._below(below, sign, order)
        if names is None:
            return None
        rest = tokens[place:]
        if inner and rest:
            return None
        return Front(inner or rest, names, order, conditions, "derivative", tokens[place - 1].span.end)

    def _below(self, tokens: list[LatexToken], sign: str, order: int) -> tuple[list[str] | None, list]:
        r"""Return the name in \partial x, \partial x^2, \partial x \partial x^\top or dx."""
        found, place = [], 0
        while place < len(tokens) and tokens[place].text == sign:
            taken = self._bracketed_name(tokens, place + 1)
            if taken is None:
                return None, []
            name, place = taken
            found.append(name)
            if place < len(tokens) and tokens[place].text in ("^", "'"):
                place = _argument(tokens, place + 1)[1] if tokens[place].text == "^" else place + 1
        if place < len(tokens) or not found or len(set(found)) > 1 or len(found) > order:
            return None, []
        return found[:1], []

    def _bracketed_name(self, tokens: list[LatexToken], place: int) -> tuple[str, int] | None:
        r"""Return the name at a place, that of \operatorname{vec}(X) and of (x) too, and where it ends."""
        if place < len(tokens) and tokens[place].text == "vec":
            place += 1
        if place < len(tokens) and tokens[place].kind in ("open", "group"):
            inner = self.take_name(tokens, place + 1)
            closed = inner is not None and inner[1] < len(tokens) and tokens[inner[1]].kind in ("close", "end group")
            return (inner[0], inner[1] + 1) if closed else None
        return self.take_name(tokens, place)

    # -- \nabla_x, \min_w ---------------------------------------------------------------------------

    def _scripted(self, tokens: list[LatexToken], place: int, kind: str, power: int) -> Front | None:
        order, names, conditions = 1, [], []
        while place < len(tokens) and tokens[place].text in ("_", "^"):
            sign = tokens[place].text
            inner, place = _argument(tokens, place + 1)
            if sign == "^":
                if [token.text for token in inner] != [str(power)]:
                    return None
                order = 2
            else:
                found = self._names_below(inner)
                if found is None:
                    return None
                names, conditions = found
        return Front(tokens[place:], names, order, conditions, "derivative", tokens[place - 1].span.end)

    def _extreme(self, tokens: list[LatexToken]) -> Front | None:
        place, below = 0, None
        if tokens[0].text == "\\underset":
            below, place = _argument(tokens, 1)
            inner, place = _argument(tokens, place)
            letters = [token.text.lstrip("\\") for token in inner if token.kind not in ("group", "end group")]
            word: str | None = "".join(letters)
        else:
            word, place = _extreme_word(tokens)
        if word is None or word not in _EXTREMES:
            return None
        if below is None and place < len(tokens) and tokens[place].text == "_":
            below, place = _argument(tokens, place + 1)
        called = place < len(tokens) and tokens[place].kind in ("open", "group")
        if below is None and (word not in _ALONE or called and word not in ("argmin", "argmax")):
            return None
        found = self._names_below(below or [])
        if found is None or word not in _ALONE and _are_indices(found[0], tokens[place:]):
            return None
        names, conditions = found
        return Front(tokens[place:], names, None, conditions, "extreme", tokens[place - 1].span.end)

    def _names_below(self, tokens: list[LatexToken]) -> tuple[list[str], list] | None:
        r"""Return the names below an operator, as in w, b or x \in \mathbb{R}^n, and the conditions there."""
        names, conditions, place = [], [], 0
        while place < len(tokens):
            taken = self._bracketed_name(tokens, place)
            if taken is None:
                return None
            name, after = taken
            names.append(name)
            if after < len(tokens) and tokens[after].text in _SPACES:
                end = _next_comma(tokens, after)
                conditions.append(tokens[place:end])
                after = end
            if after < len(tokens) and tokens[after].text not in (",", "\\\\"):
                return None
            place = after + 1
        return names, conditions


def _are_indices(names: list[str], rest: list[LatexToken]) -> bool:
    r"""Return whether all of some names are indices, which stand in subscripts of what follows: \min_i x_i."""
    lowered: set[str] = set()
    for place, token in enumerate(rest):
        if token.text == "_":
            lowered.update(letter(one) for one in _argument(rest, place + 1)[0])
        lowered.update(letter(one) for one in (*token.index, *_subscript_in(token)))
    return bool(names) and all(name in USUAL_INDICES and name in lowered for name in names)


def _subscript_in(token: LatexToken) -> list[LatexToken]:
    """Return the letters behind the underscore of a word, which Unicode's x_i is."""
    return (subscript_of_word(token) or []) if token.kind == "word" else []


def _extreme_word(tokens: list[LatexToken]) -> tuple[str | None, int]:
    r"""Return the word of \min, \arg\min, \operatorname{argmin} or {\arg\min} at the front, and where it ends."""
    place = 0
    grouped = tokens[0].kind == "group"
    if grouped:
        place = 1
    if place >= len(tokens):
        return None, 0
    word = tokens[place].text
    place += 1
    if word in ("\\arg", "arg") and place < len(tokens) and tokens[place].text.lstrip("\\") in ("min", "max"):
        word = f"arg{tokens[place].text.lstrip(chr(92))}"
        place += 1
    if grouped:
        if place >= len(tokens) or tokens[place].kind != "end group":
            return None, 0
        place += 1
    return word, place


def _argument(tokens: list[LatexToken], place: int) -> tuple[list[LatexToken], int]:
    """Return the tokens of an argument, in braces or one token, and the place after it."""
    if place >= len(tokens):
        return [], place
    if tokens[place].kind != "group":
        return tokens[place : place + 1], place + 1
    depth = 0
    for index in range(place, len(tokens)):
        depth += (tokens[index].kind == "group") - (tokens[index].kind == "end group")
        if depth == 0:
            return tokens[place + 1 : index], index + 1
    return [], place


def _next_comma(tokens: list[LatexToken], place: int) -> int:
    depth = 0
    for index in range(place, len(tokens)):
        depth += (tokens[index].kind in ("open", "group")) - (tokens[index].kind in ("close", "end group"))
        if depth == 0 and tokens[index].text == ",":
            return index
    return len(tokens)


