"""Texts with relations: equations, and problems "min f s.t. g <= 0, h == 0"."""

from __future__ import annotations

import re

from ..errors import ArgumentError, Span
from ..words import known_text

_WORDS = re.compile(r"\s*(?P<word>min(?:imi[sz]e)?|max(?:imi[sz]e)?)\b\s*(?:_\{?\w+\}?\s+)?(?P<rest>.*)$", re.DOTALL)
_SUBJECT = re.compile(r"\bs\.\s?t\.|\bsubject\s+to\b|\bsuch\s+that\b|\bst\b")
_USAGE = 'write "min 0.5*x.T@P@x + q.T@x s.t. A@x == b, G@x <= h"'
_PLAIN = {"=": "==", "≤": "<=", "≥": ">=", "<": "<=", ">": ">="}
RELATIONS = ("==", "<=", ">=", "≤", "≥", "=", "<", ">")


def split_relation(text: str, known: tuple[str, ...] = RELATIONS) -> tuple[str, str, str]:
    """Return (left, relation, right) of a text with one relation outside of brackets; ("", "") where it has none.

    Raises ArgumentError for several relations.
    """
    known_text(text, "an equation", '"A@x = b"')
    depth, found, place = 0, [], 0
    while place < len(text):
        depth += (text[place] in "([") - (text[place] in ")]")
        sign = next((sign for sign in RELATIONS if text.startswith(sign, place)), None) if depth == 0 else None
        if sign is not None:
            found.append((place, sign))
        place += len(sign or " ")
    if not found:
        return text, "", ""
    place, sign = found[0]
    if len(found) > 1 or sign not in known:
        which = found[1] if len(found) > 1 else found[0]
        message = "there are two relations" if len(found) > 1 else f"'{sign}' makes no equation"
        hint = "write them one by one, with a comma between" if len(found) > 1 else "write F = 0"
        raise ArgumentError(message, source=text, span=Span(which[0], which[0] + len(which[1])), hint=hint)
    return text[:place], sign, text[place + len(sign) :]


def read_problem(text: str) -> tuple[bool, str, list[tuple[str, str, str]]]:
    """Return (whether it is a minimum, the objective, constraints as (left, relation, right)); raises ArgumentError."""
    match = _WORDS.match(known_text(text, "a problem", _USAGE.removeprefix("write ")))
    if match is None:
        span = Span(0, max(1, len(text)))
        raise ArgumentError("a problem begins with min or max", source=text, span=span, hint=_USAGE)
    parts = _SUBJECT.split(match["rest"], 1)
    objective = parts[0].strip().rstrip(",")
    if not objective:
        raise ArgumentError("the objective is missing", source=text, span=Span(*match.span("word")), hint=_USAGE)
    constraints = []
    for part in _commas(parts[1]) if len(parts) > 1 else []:
        left, sign, right = split_relation(part)
        if not sign or not right.strip() or not left.strip():
            start = text.index(part)
            span = Span(start, start + max(1, len(part)))
            raise ArgumentError(f"'{part.strip()}' is no constraint", source=text, span=span, hint="write A@x == b")
        constraints.append((left.strip(), _PLAIN.get(sign, sign), right))
    if len(parts) > 1 and not constraints:
        raise ArgumentError("there is no constraint after s.t.", source=text, hint=_USAGE)
    return match["word"].startswith("min"), objective, constraints


def _commas(text: str) -> list[str]:
    parts, depth, start = [], 0, 0
    for place, letter in enumerate(text):
        depth += (letter in "([") - (letter in ")]")
        if letter in ",;" and depth == 0:
            parts.append(text[start:place])
            start = place + 1
    return [part for part in (*parts, text[start:]) if part.strip()]
