r"""What a text says of its names: A \text{ is symmetric}, A \succ 0, X \in \mathbb{R}^{n \times m}."""

from __future__ import annotations

import re

from ...errors import MatcalcError, Span
from ...language.unparse import unparse
from ..shared.reading import Reading
from .statements import sides
from .tokens import LatexToken

# phrases in the order in which they are looked for, the longer ones first
_FACTS = {
    "positive semi-definite": "psd",
    "positive semidefinite": "psd",
    "positive-semidefinite": "psd",
    "positive definite": "pd",
    "positive-definite": "pd",
    "skew symmetric": "skew",
    "skew-symmetric": "skew",
    "antisymmetric": "skew",
    "symmetric": "symmetric",
    "self-adjoint": "symmetric",
    "orthonormal": "orthogonal",
    "orthogonal": "orthogonal",
    "diagonal": "diagonal",
    "invertible": "invertible",
    "non-singular": "invertible",
    "nonsingular": "invertible",
    "toeplitz": "toeplitz",
    "permutation": "permutation",
    "projection": "projection",
    "spd": "pd",
    "psd": "psd",
    "pd": "pd",
    "positive": "positive",
    "negative": "negative",
    "binary": "binary",
}
_FILLING = frozenset(
    "is are be being a an and both the matrix matrices real square also strictly matrix-valued all it its entries "
    "number numbers scalar".split()
)
_SIGNS = {
    ("\\succ", "0"): "pd",
    ("\\succeq", "0"): "psd",
    (">", "0"): "positive",
    ("<", "0"): "negative",
}
_CONES = {("+", "+"): "pd", ("+",): "psd", (): "symmetric"}
_SIZE = re.compile(r"\w+(?:\*\w+)*")


class ConditionReader:
    """Reads conditions into a :class:`Reading`; ``take_name`` reads one name at a place of a list of tokens."""

    def __init__(self, names, take_name, reading: Reading):
        self.names, self.take_name, self.reading = names, take_name, reading
        self.waiting: list[str] = []

    def read(self, tokens: list[LatexToken]) -> bool:
        """Take a condition; return whether it is one that can be declared of names."""
        found, place = [], 0
        while place < len(tokens):
            taken = self.take_name(tokens, place)
            if taken is None:
                break
            found.append(taken[0])
            place = taken[1]
            if place < len(tokens) and (tokens[place].text == "," or tokens[place].text == "and"):
                place += 1
        subjects, rest = [*self.waiting, *found], tokens[place:]
        if found and not rest:
            self.waiting = subjects
            return True
        self.waiting = []
        return bool(found) and (self._said(subjects, rest) or len(found) == 1 and self._equation(subjects, tokens))

    def _said(self, subjects: list[str], rest: list[LatexToken]) -> bool:
        texts = tuple(token.text for token in rest if token.kind not in ("group", "end group"))
        if all(token.kind in ("phrase", "word") for token in rest):
            words = facts_in(" ".join(texts))
        elif texts in _SIGNS:
            words = [_SIGNS[texts]]
        elif texts[0] in ("\\in", "∈") and len(rest) > 1:
            return self._member(subjects, rest[1:])
        else:
            return False
        for name in subjects:
            for word in words or ():
                self.reading.fact(name, word)
        return words is not None

    def _member(self, subjects: list[str], rest: list[LatexToken]) -> bool:
        texts = tuple(token.text for token in rest if token.kind not in ("group", "end group"))
        if texts in (("(", "0", ",", "1", ")"), ("\\{", "0", ",", "1", "\\}")):
            for name in subjects:
                self.reading.fact(name, "binary" if texts[0] == "\\{" else "unit-interval")
            return True
        if rest[0].style != "blackboard" or rest[0].text not in ("R", "S", "Z"):
            return False
        raised, lowered = _scripts(rest[1:])
        words = {"R": ["positive"] if lowered == ("+", "+") else [], "Z": ["integer"], "S": []}[rest[0].text]
        shape = self._shape(raised) if raised else ()
        if rest[0].text == "S":
            words = [_CONES[lowered]] if lowered in _CONES else []
            shape = (shape[0], shape[0]) if shape else None
        for name in subjects:
            if shape is not None:
                self.reading.shapes[name] = shape
            for word in words:
                self.reading.fact(name, word)
        return shape is not None

    def _shape(self, tokens: list[LatexToken]) -> tuple | None:
        """Return the shape in \\mathbb{R}^{n \\times m}, None where its sizes are no letters or numbers."""
        span = Span(tokens[0].span.start, tokens[-1].span.end)
        try:
            sizes = [unparse(size) for size in self.names.sizes(tokens, span)]
        except MatcalcError:
            return None
        if len(sizes) > 2 or not all(_SIZE.fullmatch(size) for size in sizes):
            return None
        return tuple(sizes) if len(sizes) == 2 else (sizes[0], 1)

    def _equation(self, subjects: list[str], tokens: list[LatexToken]) -> bool:
        r"""Take A = A^\top, A^\top = -A, Q^\top Q = I and P^2 = P."""
        pieces = sides(tokens)
        if len(pieces) != 2:
            return False
        left, right = (self._shown(piece, subjects[0]) for piece in pieces)
        words = _EQUATIONS.get((left, right)) or _EQUATIONS.get((right, left))
        if words is None:
            return False
        self.reading.fact(subjects[0], words)
        return True

    def _shown(self, tokens: list[LatexToken], name: str) -> str:
        """Return a side of an equation as a word, in which x stands for the name and ' for its transpose."""
        found, place = [], 0
        while place < len(tokens):
            taken = self.take_name(tokens, place) if tokens[place].text not in ("I", "T") else None
            if taken is not None and taken[0] == name:
                found.append("x")
                place = taken[1]
                continue
            token = tokens[place]
            if token.kind not in ("group", "end group") and token.text != "^":
                found.append("'" if token.text in ("\\top", "T", "'", "\\intercal") else token.text)
            place += 1
        return "".join(found)


_EQUATIONS = {
    ("x", "x'"): "symmetric",
    ("x'", "-x"): "skew",
    ("x", "-x'"): "skew",
    ("x'x", "I"): "orthogonal",
    ("xx'", "I"): "orthogonal",
    ("x'", "x-1"): "orthogonal",
    ("x2", "x"): "projection",
}


def facts_in(phrase: str) -> list[str] | None:
    """Return the facts that words such as "is symmetric positive definite" state; None for other words."""
    rest, found = f" {phrase} ", []
    for words, fact in _FACTS.items():
        if f" {words} " in rest:
            rest = rest.replace(f" {words} ", " ")
            found.append(fact)
    left = set(rest.replace(",", " ").split()) - _FILLING
    return found if found and not left else None


def _scripts(tokens: list[LatexToken]) -> tuple[list[LatexToken], tuple]:
    """Return the tokens of the superscript after a set, and the texts of its subscript."""
    raised: list = []
    lowered: tuple = ()
    place = 0
    while place < len(tokens) and tokens[place].text in ("^", "_"):
        sign, place = tokens[place].text, place + 1
        depth, start = 0, place
        while place < len(tokens):
            depth += (tokens[place].kind == "group") - (tokens[place].kind == "end group")
            place += 1
            if depth == 0:
                break
        inner = [token for token in tokens[start:place] if token.kind not in ("group", "end group")]
        if sign == "^":
            raised = inner
        else:
            lowered = tuple(token.text for token in inner)
    return raised, lowered


