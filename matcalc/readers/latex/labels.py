r"""Entries at a place that an array has, s_{y_i} and x_{\pi(i)}: they are refused with the sum that says the same."""

from __future__ import annotations

from ...errors import Span
from .limits import letter
from .plain_sums import fresh_index
from .tokens import LatexToken

_CAPITALS = "YLZPQRHGMNUVW"


def label_within(written: list[LatexToken]) -> int | None:
    r"""Return the place of the letter in a subscript that has an index itself: y in i y_i, \pi in \pi(i)."""
    inner = next((place for place, token in enumerate(written) if token.text in ("_", "(") and place), 0)
    indexed = inner and letter(written[inner - 1]) and any(map(letter, written[inner:]))
    return inner - 1 if indexed else None


def refused_label(
    text: str, base: LatexToken, written: list[LatexToken], place: int, used: set[str]
) -> tuple[str, Span, str]:
    """Return the message, the span and the hint for an entry whose label stands at a place of its subscript.

    ``used``: the letters of the formula.
    """
    label, rest = written[place], [one for one in written[place + 1 :] if letter(one)]
    end = rest[0].span.end
    closed = next((one.span.end for one in written[place + 1 :] if one.text == ")"), end)
    shown = text[label.span.start : max(end, closed)]
    index = text[rest[0].span.start : rest[0].span.end]
    other = "c" if "c" not in used else fresh_index(used)
    capital = letter(label)[0].upper()
    capital = next(one for one in (capital, *_CAPITALS) if one not in used)
    outer = "".join(text[one.span.start : one.span.end] for one in written[:place] if letter(one))
    name = text[base.span.start : base.span.end]
    total = rf"\sum_{{{other}}} {capital}_{{{index}{other}}} {name}_{{{outer}{other}}}"
    meaning = rf"{capital}_{{{index}{other}}} is 1 where {other} is {shown} and 0 elsewhere"
    message = f"{shown} is an entry of an array, and stands as an index"
    hint = rf"write a sum over {other} of the term with {other} for {shown}, such as {total}: {meaning}"
    return message, Span(label.span.start, max(end, closed)), hint
