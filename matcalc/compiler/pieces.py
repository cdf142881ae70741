"""Pieces of generated text, each with how strongly it binds: (text, level)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from .counterparts import parameter_pattern

if TYPE_CHECKING:
    from sympy import Expr

SUM, PRODUCT, UNARY, POWER, ATOM = range(5)


def grouped(piece: tuple[str, int], least: int) -> str:
    """Return the text of a piece (text, level), in parentheses where it binds less than ``least``."""
    text, level = piece
    return text if level >= least else f"({text})"


def negated(piece: tuple[str, int], least: int) -> tuple[str, int]:
    """Return the negative of a piece: of -x it is x, since --x is a decrement in Octave."""
    text = grouped(piece, least)
    return (text[1:], piece[1]) if text.startswith("-") else (f"-{text}", UNARY)


def size_text(size: Expr) -> str:
    """Return a size in the generated code, an int: n*(n + 1)//2."""
    above, below = size.as_numer_denom()
    if below == 1:
        return str(size)
    whole = above.factor()
    return f"({whole})//{below}" if whole.is_Add else f"{whole}//{below}"


def shape_text(shape: Sequence[Expr]) -> str:
    """Return a shape as a tuple in the generated code."""
    return "(" + ", ".join(map(size_text, shape)) + ("," if len(shape) == 1 else "") + ")"


def with_pieces(line: str, given: dict[str, tuple[str, int]]) -> str:
    """Return a line with its parameters replaced by pieces, in parentheses where something stands beside them."""

    def replaced(match: re.Match[str]) -> str:
        before, after = line[: match.start()].rstrip()[-1:], line[match.end() :].lstrip()[:1]
        alone = before in ("", "(", ",") and after in ("", ")", ",")
        return given[match[1]][0] if alone else grouped(given[match[1]], ATOM)

    return parameter_pattern(list(given)).sub(replaced, line) if given else line


def diagonals_text(name: str, subscripts: str) -> str:
    """Return the text of a view of a tensor by subscripts such as abcb->bac: pairs of axes on their diagonals."""
    letters, _, wanted = subscripts.partition("->")
    found = list(letters)
    for letter in [letter for letter in dict.fromkeys(letters) if letters.count(letter) > 1]:
        first = found.index(letter)
        second = found.index(letter, first + 1)
        name += f".diagonal(0, {first}, {second})"
        found = [other for other in found if other != letter] + [letter]
    order = [found.index(letter) for letter in wanted]
    return name if order == sorted(order) else f"{name}.permute({', '.join(map(str, order))})"
