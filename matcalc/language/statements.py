"""Assignments: where the statements of a text begin and end, r = A@x - b; r.T@r.

Statements end with a semicolon or with the line, brackets excepted, where one of them is an assignment; in a text
without assignments the end of a line is white space.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from ..errors import Span

_ASSIGNMENT = re.compile(r"\s*([A-Za-z_]\w*)\s*=(?!=)", re.ASCII)
_STOP = re.compile(r"""[()\n;]|"[^"\n]*"|'[^'\n]*'""")
_UNFINISHED = re.compile(r"[-+*/@,=]\s*\Z")


class Statement(NamedTuple):
    """An expression from ``start`` to ``end``, and the name that it is assigned to with its span, or None."""

    name: str | None
    span: Span
    start: int
    end: int


def split(text: str) -> list[Statement] | None:
    """Return the statements of a text that has several, at least one of them an assignment; else None."""
    if "=" not in text or ";" not in text and "\n" not in text:
        return None
    found = [_statement(text, start, end) for start, end in _pieces(text) if text[start:end].strip()]
    assigned = any(statement.name is not None for statement in found)
    return found if assigned and len(found) > 1 else None


def _pieces(text: str) -> list[tuple[int, int]]:
    found, start, depth = [], 0, 0
    for match in _STOP.finditer(text):
        sign = match.group()
        if sign in "()":
            depth = max(0, depth + (1 if sign == "(" else -1))
        elif sign == ";" or sign == "\n" and not depth and not _UNFINISHED.search(text, start, match.start()):
            found.append((start, match.start()))
            start, depth = match.end(), 0
    return [*found, (start, len(text))]


def _statement(text: str, start: int, end: int) -> Statement:
    match = _ASSIGNMENT.match(text, start, end)
    if match is None:
        return Statement(None, Span(start, end), start, end)
    return Statement(match.group(1), Span(*match.span(1)), match.end(), end)
