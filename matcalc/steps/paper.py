r"""A derivation within the column of a paper: an align* whose lines fit, its reasons as text between them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..errors import ArgumentError
from ..printers.widths import in_lines, width
from ..words import shown_value
from .show import Writer, latex_remark, remarks_of

if TYPE_CHECKING:
    from ..rulebook.entries import Book
    from .derivation import Derivation

# points of TeX; a column of IEEE's style is 252 pt wide, a page of LNCS 347 pt
_POINTS = {"pt": 1.0, "in": 72.27, "cm": 72.27 / 2.54, "mm": 72.27 / 25.4, "em": 10.0}
COLUMN = "252pt"
_LENGTH = re.compile(r"\s*(\d+(?:\.\d*)?|\.\d+)\s*([a-z]+)\s*")
_LEAST, _EQUALS, _INDENT = 8.0, 1.34, 1.0  # em


def column_width(text: object) -> float:
    """Return a width of a column, such as "252pt", "3.5in" or "86mm", in em of a font of 10 points.

    Raises ArgumentError for what is no width, or too narrow for an equation.
    """
    match = _LENGTH.fullmatch(text) if isinstance(text, str) else None
    if match is None or match[2] not in _POINTS:
        raise ArgumentError(
            f"{shown_value(text)} is no width of a column", hint=f"write {COLUMN}, 3.5in, 86mm or 8.6cm"
        )
    found = 0.97 * float(match[1]) * _POINTS[match[2]] / 10  # what `width` is uncertain by
    if found < _LEAST:
        raise ArgumentError(f"a column of {text} has no room for an equation", hint=f"write {COLUMN}, 3.5in or 86mm")
    return found


def paper(derivation: Derivation, book: Book, column: float) -> str:
    r"""Return a derivation in LaTeX, with amsmath, whose lines are at most ``column`` em wide, where that can be done.

    Sums are broken before a sign and products before a factor; a reason stands above its lines as text, which LaTeX
    breaks by itself.
    """
    writer = Writer.of_latex(derivation, book)
    rows: list[str] = []
    for step, remark in zip(derivation.steps, remarks_of(derivation.steps)):
        reason = _sentence(latex_remark(remark, writer))
        left, forms, definitions = writer.equation(step)
        lines = _rows(left, forms, column)
        lines += [line for name, text in definitions for line in _rows(name, [text], column)]
        if rows:
            rows[-1] += rf" \\{chr(10)}\intertext{{{reason}}}" if reason else r" \\"
        elif reason:
            rows.append(f"{reason}\n\\begin{{align*}}")
        else:
            rows.append("\\begin{align*}")
        rows.append(" \\\\\n".join(lines))
    return "\n".join([*rows, "\\end{align*}"])


def _sentence(reason: str) -> str:
    """Return a reason as the beginning of what follows it."""
    return f"{reason[0].upper()}{reason[1:]}:" if reason else ""


def _rows(left: str, forms: list[str], column: float) -> list[str]:
    """Return the lines of an equation; each further form has a line of its own."""
    before, rows = width(left), []
    first, room = column - before - _EQUALS, column - before - _INDENT
    for number, form in enumerate(forms):
        lines = in_lines(form, first, room)
        rows.append(f"{'' if number else left} &= {lines[0]}".strip())
        rows += [rf"&\quad {line}" for line in lines[1:]]
    return rows
