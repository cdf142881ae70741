r"""Accumulations as text, Unicode, LaTeX and JSON: the number of a line, the line, its cost, a remark.

In the texts of lines what stands between backquotes is in the language, and is written here as the notation asks for.
"""

from __future__ import annotations

import re
import textwrap
import unicodedata

from ..errors import ArgumentError
from ..language.syntax import names, parse_tree
from ..printers.latex import LatexNotation
from ..printers.notation import Notation
from ..printers.quotients import UNICODE_MARKS, latex_quotient, quotient
from ..printers.unicode import UnicodeNotation
from ..rulebook.entries import size_tree
from .costs import products_text
from .lines import DERIVATIVE, SEED, Accumulation, Line

FORMS = ("text", "unicode", "latex", "json")
LEAST_REMARK = 30
WIDEST_LINE, WIDEST_COST = 48, 20
_RELATIONS = (" = ", " < ")
_RELATION = re.compile(f"({'|'.join(_RELATIONS)})")
_GAP = 2
_MACRON = "\N{COMBINING MACRON}"
_CODE = re.compile(r"`([^`]*)`")
_STEM = re.compile(r"[^\W\d_₀-₉]+")
_LATEX_STEM = re.compile(r"\\mathrm\{[^{}]*\}|\\?[A-Za-z]+")
_SPECIAL = re.compile(r"([#$%&_{}])")


def show_accumulation(
    accumulation: Accumulation, form: str = "text", width: int | None = None
) -> str | dict[str, str | list[dict[str, str]]]:
    """Return an :class:`~matcalc.graph.lines.Accumulation` in one of the forms text, unicode, latex and json.

    json: a dictionary of texts and lists; the others are one text. ``width`` is that of the page in characters, None
    for no end. Raises ArgumentError for another form.
    """
    if form == "json":
        return record(accumulation)
    if form == "latex":
        return _latex(accumulation)
    if form not in FORMS:
        raise ArgumentError(f"unknown form '{form}'", hint=f"one of {', '.join(FORMS)}")
    return "\n".join(_page(accumulation, _Plain(accumulation) if form == "text" else _Unicode(accumulation), width))


def record(accumulation):
    """Return an accumulation as dictionaries, lists and texts, for JSON."""
    comparison = accumulation.comparison
    return {
        "mode": accumulation.mode,
        "lines": [
            {
                "left": line.left,
                "expression": line.expression,
                "kind": line.kind,
                "rule": line.rule,
                "source": line.source,
                "text": line.text,
                "shape": list(line.shape),
                "products": products_text(line.cost),
            }
            for line in accumulation.lines
        ],
        "values": products_text(accumulation.values),
        "sweep": products_text(accumulation.cost),
        "sweeps": products_text(accumulation.sweeps),
        "total": products_text(accumulation.total),
        "forward": products_text(comparison.forward),
        "reverse": products_text(comparison.reverse),
        "cheaper": comparison.cheaper,
        "why": comparison.text,
    }


def summary(accumulation: Accumulation) -> list[str]:
    """Return what the whole derivative takes, and which mode is cheaper: two sentences with code in backquotes."""
    values, sweep, sweeps, total = (
        products_text(number)
        for number in (accumulation.values, accumulation.cost, accumulation.sweeps, accumulation.total)
    )
    comparison = accumulation.comparison
    forward, reverse = products_text(comparison.forward), products_text(comparison.reverse)
    return [
        f"products: values `{values}`, one sweep `{sweep}`, sweeps `{sweeps}`, in all `{total}`",
        f"forward `{forward}`, reverse `{reverse}`: {comparison.text}",
    ]


# -- notations ------------------------------------------------------------------------------------------------------


class _Plain:
    """Lines in the language."""

    def __init__(self, accumulation: Accumulation) -> None:
        self.accumulation = accumulation

    def code(self, text: str) -> str:
        """Return code as the notation writes it: an expression, an equation, a comparison, a rule's formula."""
        return text

    def left(self, line: Line) -> str:
        """Return the left-hand side of a line."""
        return self.code(line.left)

    def sentence(self, text: str) -> str:
        """Return a text with its code as the notation writes it."""
        return _CODE.sub(lambda match: self.code(match[1]), text)


class _Unicode(_Plain):
    """Lines in Unicode mathematics; an adjoint is a letter with a bar: v̄₁."""

    notation: type[Notation] = UnicodeNotation
    d = "d "

    def __init__(self, accumulation: Accumulation) -> None:
        super().__init__(accumulation)
        self.book = accumulation.book
        self.changes = {change: name for name, change in accumulation.changes.items()}
        self.adjoints = {adjoint: name for name, adjoint in accumulation.adjoints.items()}
        sizes = {str(size) for shape in accumulation.shapes.values() for size in shape}
        self.sizes = {name: () for size in sizes for name in names(size_tree(size))}

    def code(self, text: str) -> str:
        return "".join(part if part in _RELATIONS else self._expression(part) for part in _RELATION.split(text))

    def _expression(self, text: str) -> str:
        d, text = (self.d, text[2:]) if text.startswith("d ") else ("", text)
        if text in self.book.function_names():
            return self.verbatim(text)
        tree = parse_tree(text)
        formula = {name: ("n", "m") if name[-1].isupper() else ("n", 1) for name in names(tree)}
        changes = {name: name[1:] for name in formula if name[0] == "d" and len(name) == 2}
        shapes = {**formula, **self.sizes, **self.accumulation.shapes}
        notation = self.notation(tree, self.book, shapes, {**changes, **self.changes})
        for adjoint, name in self.adjoints.items():
            if adjoint in notation.spelled:
                notation.spelled[adjoint] = self.barred(notation.name(name))
        return d + notation.write()

    def left(self, line: Line) -> str:
        return self.quotient() if line.kind == DERIVATIVE else super().left(line)

    def quotient(self):
        """Return ∂f/∂x."""
        return quotient(*self._quotient_parts(), 1, UNICODE_MARKS)

    def _quotient_parts(self):
        found = self.accumulation
        shapes = found.shapes[found.result], found.shapes[found.variable]
        return self._expression(found.function), self._expression(found.variable), *shapes

    def verbatim(self, name):
        """Return the name of a function."""
        return name

    def barred(self, name: str) -> str:
        """Return a name with a bar over its letters."""
        return _STEM.sub(lambda match: "".join(letter + _MACRON for letter in match[0]), name, count=1)


class _Latex(_Unicode):
    """Lines in LaTeX."""

    notation = LatexNotation
    d = r"\mathrm{d}\,"

    def sentence(self, text: str) -> str:
        words = _CODE.split(text)
        return "".join(f"${self.code(word)}$" if index % 2 else _escaped(word) for index, word in enumerate(words))

    def quotient(self):
        return latex_quotient(*self._quotient_parts(), 1)

    def verbatim(self, name):
        return rf"\mathrm{{{_escaped(name)}}}"

    def barred(self, name: str) -> str:
        def bar(match: re.Match[str]) -> str:
            return rf"\overline{{{match[0]}}}" if "mathrm" in match[0] else rf"\bar{{{match[0]}}}"

        return _LATEX_STEM.sub(bar, name, count=1)


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text)


# -- pages ----------------------------------------------------------------------------------------------------------


def _page(accumulation: Accumulation, notation: _Plain, width: int | None) -> list[str]:
    """Return the lines of the table of an accumulation, and of the sentences below it."""
    rows = [_row(line, notation) for line in accumulation.lines]
    left = max(
        _length(row[0]) for row, line in zip(rows, accumulation.lines) if line.kind != DERIVATIVE or len(rows) == 1
    )
    digits = len(str(len(rows)))
    heads = []
    for number, ((name, right, _, _), line) in enumerate(zip(rows, accumulation.lines), 1):
        is_last = line.kind == DERIVATIVE
        start = f"{'' if is_last else number:>{digits}}{' ' * _GAP}{name if is_last else _padded(name, left)}"
        heads.append(f"{start} = {right}" if right else start.rstrip())
    column = _column(heads, WIDEST_LINE)
    second = column + _GAP + _column([row[2] for row in rows], WIDEST_COST)
    found = []
    for head, (_, _, cost, remark) in zip(heads, rows):
        found += _entry([head, cost, remark], [0, column + _GAP, second + _GAP], width)
    indent = " " * (digits + _GAP)
    for sentence in summary(accumulation):
        found += _wrapped(notation.sentence(sentence), indent, width)
    return found


def _row(line: Line, notation: _Plain) -> tuple[str, ...]:
    """Return (left side, right side, cost, remark) of a line."""
    right = notation.code(line.expression) if line.expression else ""
    cost = "" if line.kind in (DERIVATIVE, SEED) else notation.code(products_text(line.cost))
    return notation.left(line), right, cost, notation.sentence(line.text)


def _column(texts: list[str], widest: int) -> int:
    """Return the width of a column: of its longest text that is no longer than ``widest``."""
    return max((length for length in map(_length, texts) if length <= widest), default=0)


def _entry(cells: list[str], starts: list[int], width: int | None) -> list[str]:
    """Return the lines of a row: a cell that its left neighbour reaches begins a line of its own."""
    lines = [""]
    for cell, start in zip(cells, starts):
        room = None if width is None else max(width - start, LEAST_REMARK)
        parts = (
            [cell] if start == 0 or room is None else textwrap.wrap(cell, room, break_on_hyphens=False) if cell else []
        )
        for index, part in enumerate(parts):
            if index or _length(lines[-1]) + _GAP > start and lines[-1]:
                lines.append("")
            lines[-1] = _padded(lines[-1], start) + part
    return [line.rstrip() for line in lines]


def _wrapped(text: str, indent: str, width: int | None) -> list[str]:
    if width is None:
        return [indent + text]
    room = max(width, LEAST_REMARK)
    return textwrap.wrap(text, room, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False)


def _length(text: str) -> int:
    """Return the number of columns that a text takes on a page."""
    return sum(not unicodedata.combining(character) for character in text)


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _length(text))


def _latex(accumulation: Accumulation) -> str:
    r"""Return an align* of LaTeX, for a page with amsmath: the lines, their products, the remarks."""
    notation, rows = _Latex(accumulation), []
    for line in accumulation.lines:
        left, right, cost, remark = _row(line, notation)
        equation = f"{left} &= {right}" if right else f"{left} &"
        rows.append(f"{equation} && {cost} && \\text{{{remark}}}" if remark else f"{equation} && {cost}".rstrip("& "))
    table = "\n".join(["\\begin{align*}", " \\\\\n".join(rows), "\\end{align*}"])
    return "\n".join([table, *(notation.sentence(sentence) + "." for sentence in summary(accumulation))])
