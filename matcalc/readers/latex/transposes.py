r"""A small t for a transpose: x^t A x and (A x - b)^t (A x - b), where no t stands anywhere else."""

from __future__ import annotations

from dataclasses import replace

from .names import is_name
from .tokens import LatexToken

_OPERATORS = frozenset("\\cdot \\times \\odot \\otimes \\circ \\oslash \\oplus \\in \\le \\ge \\leq \\geq".split())


def with_small_transposes(tokens: list[LatexToken], known: frozenset[str]) -> list[LatexToken]:
    r"""Return tokens in which every ^t and ^{t} is ^\top, where one of them stands between the factors of a product.

    That is one behind brackets, or behind a name that has no ^t elsewhere, before another factor. A t that is a known
    name, or stands for anything else in the text, is left as it is.
    """
    every = [place for place, token in enumerate(tokens) if token.kind == "letter" and token.text == "t"]
    raised = {place: after for place in every if (after := _raised(tokens, place)) is not None}
    if not every or "t" in known or len(raised) < len(every):
        return tokens
    if not any(_joins_factors(tokens, place, after) for place, after in raised.items()):
        return tokens
    return [replace(token, kind="command", text="\\top") if place in raised else token
            for place, token in enumerate(tokens)]


def _raised(tokens: list[LatexToken], place: int) -> int | None:
    """Return the place after a superscript that is one letter alone, None where the letter is no such one."""
    if place and tokens[place - 1].text == "^":
        return place + 1
    grouped = 1 < place < len(tokens) - 1 and tokens[place - 1].kind == "group" and tokens[place - 2].text == "^"
    return place + 2 if grouped and tokens[place + 1].kind == "end group" else None


def _joins_factors(tokens: list[LatexToken], place: int, after: int) -> bool:
    """Return whether a superscript stands behind brackets, or a name that also stands without, before a factor."""
    sign = place - 1 if tokens[place - 1].text == "^" else place - 2
    if sign < 1 or after >= len(tokens):
        return False
    base, following = tokens[sign - 1], tokens[after]
    begins = following.kind in ("open", "bar") or is_name(following) and following.text not in _OPERATORS
    if base.kind == "close":
        return begins
    alone = [index for index, token in enumerate(tokens)
             if token.text == base.text and tokens[index + 1 : index + 2] and tokens[index + 1].text != "^"
             or token.text == base.text and index == len(tokens) - 1]
    return begins and is_name(base) and bool(alone)
