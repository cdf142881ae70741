"""The statements of a text in MATLAB's notation, without comments: r = A*x - b; r'*r % least squares."""

from __future__ import annotations

import re

_ANONYMOUS = re.compile(r"\s*(?:[A-Za-z]\w*\s*=\s*)?@\(\s*(?:[A-Za-z]\w*\s*(?:,\s*[A-Za-z]\w*\s*)*)?\)")
_ARGUMENTS = r"(?:\s*\(\s*[A-Za-z]\w*(?:\s*,\s*[A-Za-z]\w*)*\s*\))?"
_LEFT_SIDE = re.compile(
    rf"\s*(?P<name>[A-Za-z]\w*)(?P<more>{_ARGUMENTS}(?:\s*/\s*[A-Za-z]\w*)?)\s*=(?!=)"
)
_COMMENT = re.compile(r"%[^\n]*|\.\.\.[^\n]*\n")
_QUOTED = re.compile(r"'[A-Za-z]+'|\"[^\"\n]*\"")


def without_anonymous(text: str) -> str:
    """Return a text with spaces for the @(x) in front of an anonymous function."""
    match = _ANONYMOUS.match(text)
    return " " * match.end() + text[match.end() :] if match else text


def without_comments(text: str) -> str:
    """Return a text with spaces for its comments and for the dots that go on in the next line."""
    kept = [match.span() for match in _QUOTED.finditer(text)]

    def blank(match: re.Match[str]) -> str:
        quoted = any(start < match.start() < end for start, end in kept)
        return match.group() if quoted else " " * len(match.group())

    return _COMMENT.sub(blank, text)


def statements(text: str) -> list[tuple[str | None, int, int]]:
    """Return the statements of a text, each as the name that it defines, or None, and where its formula stands.

    Semicolons and ends of lines outside of brackets separate them.
    """
    found, start, depth = [], 0, 0
    for place, sign in enumerate(text + ";"):
        depth += (sign in "([") - (sign in ")]")
        if place < len(text) and (sign not in ";\n" or depth > 0):
            continue
        if text[start:place].strip():
            left = _LEFT_SIDE.match(text, start, place)
            name = left["name"] if left and not left["more"] else None
            found.append((name, left.end() if left else start, place))
        start = place + 1
    return found
