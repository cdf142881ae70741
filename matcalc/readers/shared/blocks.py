"""Matrices by their parts, as notations write them: rows of numbers, of scalars or of blocks."""

from __future__ import annotations

from typing import Any

from ...errors import Span
from ...language.subscripts import DISPLAY, LIST, ROW, blocks
from ...language.syntax import Call, Negate, Number, Tree


def bracketed(rows: list[list[Tree]], bracket: Span, span: Span, fail: Any) -> Tree:
    """Return the tree of [A, B; C, D]: numbers make a list, other parts a block."""
    length = len(rows[0])
    for row in rows:
        if len(row) != length:
            message = f"the rows are not of one length: one of {len(row)} stands beside one of {length}"
            fail(message, Span(row[0].span.start, row[-1].span.end), "give every row as many parts")
    if all(isinstance(_unsigned(part), Number) for row in rows for part in row):
        if length == 1:
            return Call(LIST, tuple(row[0] for row in rows), (), span)
        return Call(DISPLAY, tuple(Call(ROW, tuple(row)) for row in rows), (), span)
    if len(rows) == 1:
        return Call("hstack", tuple(rows[0]), (), span) if length > 1 else rows[0][0]
    if length == 1:
        return Call("vstack", tuple(row[0] for row in rows), (), span)
    return blocks([tuple(row) for row in rows], [bracket] * len(rows), span)


def _unsigned(part: Tree) -> Tree:
    return part.operand if isinstance(part, Negate) else part
