r"""Superscripts that are indices: W^{(1)}, a^{[l]}, and W^{(1)\top}, which has a transpose in it, too."""

from __future__ import annotations

from dataclasses import replace

from .names import is_name
from .tokens import LatexToken

_PAIRS = {"(": ")", "[": "]"}
# what may follow an index within its superscript
_TRANSPOSES = frozenset({"\\top", "T", "'", "\\intercal", "\\prime", "^"})


def with_indices(tokens: list[LatexToken]) -> list[LatexToken]:
    r"""Return tokens with the superscript of W^{(1)} taken to its letter, as ``index``."""
    found, place = [], 0
    while place < len(tokens):
        end = _end_of_index(tokens, place)
        owner = None if end is None else _owner(found)
        if end is None or owner is None:
            found.append(tokens[place])
            place += 1
            continue
        inner = tokens[place + 3 : end]
        found[owner] = replace(found[owner], index=tuple(inner))
        closing = tokens[end + 1]
        if closing.kind == "end group":
            place = end + 2
        else:
            # W^{(1)\top} goes on as W^{\top}
            found += [tokens[place], tokens[place + 1]]
            place = end + 1
    return found


def _owner(found: list[LatexToken]) -> int | None:
    """Return the place of the name at the end of tokens, before its subscript; None where they end otherwise."""
    place = len(found) - 1
    if place >= 2 and found[place].kind == "end group":
        depth = 0
        while place >= 0:
            depth += (found[place].kind == "end group") - (found[place].kind == "group")
            if depth == 0:
                break
            place -= 1
        place -= 2 if place >= 1 and found[place - 1].text == "_" else len(found)
    elif place >= 2 and found[place - 1].text == "_":
        place -= 2
    return place if place >= 0 and is_name(found[place]) and not found[place].index else None


def _end_of_index(tokens: list[LatexToken], place: int) -> int | None:
    """Return the place of the bracket that closes an index whose '^' stands at a place; None where none does."""
    if tokens[place].text != "^" or place + 4 >= len(tokens) or tokens[place + 1].kind != "group":
        return None
    opening = tokens[place + 2]
    if opening.kind != "open" or opening.text not in _PAIRS:
        return None
    end = place + 3
    while end < len(tokens) and end < place + 12 and tokens[end].kind not in ("close", "end group", "open", "group"):
        end += 1
    if end + 1 >= len(tokens) or tokens[end].text != _PAIRS[opening.text] or end == place + 3:
        return None
    if tokens[end + 1].kind != "end group" and tokens[end + 1].text not in _TRANSPOSES:
        return None
    return end
