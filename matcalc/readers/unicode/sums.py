"""Sums whose sign is a Greek letter or a word: Σ_i x_i², ΣᵢΣⱼ Aᵢⱼ, sum_i x_i y_i, maxᵢ xᵢ; and the indices of ∑_ij."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import cache

from .marks import LOWERED

_COMMANDS = {"∑": "\\sum", "∏": "\\prod", "Σ": "\\sum", "sum": "\\sum", "Π": "\\prod", "prod": "\\prod"}
_COMMANDS |= {"max": "\\max", "min": "\\min"}
_LETTERS_BELOW = "".join(sign for sign in LOWERED if LOWERED[sign].isalpha())
_SUM = re.compile(rf"([ΣΠ∑∏]|sum|prod|max|min)(?:_([({{]?)([a-z]{{1,2}})(?![A-Za-z])|([{_LETTERS_BELOW}]))")
# a matrix with an index has an inverse and a transpose
_OF_MATRIX = re.compile(r"⁻|ᵀ|\^\W*[-T−]|['’′]")


def sum_at(text: str, start: int, known: Collection[str]) -> tuple[str, str, str] | None:
    """Return what stands for the sign of a sum at a place, its command, and the letters of two indices below it.

    None where none does: the index has to stand in a subscript further on, and a letter that is ``known`` is none.
    """
    match = _SUM.match(text, start)
    if match is None or match[1] in known:
        return None
    letters, rest = match[3] or LOWERED[match[4]], text[match.end() :]
    if match[1] in "ΣΠ" and _OF_MATRIX.match(rest) or not all(_subscript_with(one).search(rest) for one in letters):
        return None
    return match[1], _COMMANDS[match[1]], letters if len(letters) > 1 and not match[2] else ""


@cache
def _subscript_with(letter: str) -> re.Pattern[str]:
    """Return what finds a subscript with a letter in it: _i, _ij, _(i+1), ᵢ."""
    below = "".join(sign for sign in LOWERED if LOWERED[sign] == letter)
    return re.compile(rf"_[({{]?[A-Za-z]?{letter}(?![A-Z])" + (f"|[{below}]" if below else ""))
