"""Matrices written out as text: ``[[2, 1], [1, 3]]``, ``[2 1; 1 3]``, ``[1, 2, 3]`` (a column), and plain tables."""

from __future__ import annotations

import re

from ...bounds import MAX_MATRIX_ENTRIES as MAX_ENTRIES
from ...errors import ExpressionSyntaxError, LimitError, MatcalcError, ShapeError, Span
from .entries import entry_value

_TOKEN = re.compile(r"(?P<space>[^\S\n]+)|(?P<newline>\n)|(?P<sign>[\[\],;])|(?P<entry>[^\s,;\[\]]+)")
_CELL = re.compile(r"[^\s,;]+")
_SEPARATOR = re.compile(r"\s*([,;])\s*|\s+")


class Table:
    """Rows of entries as they are read: ``texts`` row by row, ``values`` the nearest floats or complex numbers."""

    def __init__(self) -> None:
        self.texts, self.values = [], []
        self._count = 0

    def start_row(self) -> None:
        """Begin a row."""
        self.texts.append([])
        self.values.append([])

    def add(self, text, source, start, where=""):
        """Add an entry to the last row; ``source`` and ``start`` say where it stands, for errors."""
        try:
            value = entry_value(text)
        except MatcalcError as error:
            error.message = f"{where}{error.message}"
            error.source, error.span = source, Span(start, start + len(text))
            raise
        self._count += 1
        if self._count > MAX_ENTRIES:
            raise too_large(f"more than {MAX_ENTRIES}")
        self.texts[-1].append(text)
        self.values[-1].append(value)


def too_large(entries):
    """Return the error for a matrix of too many entries."""
    return LimitError(f"the matrix has {entries} entries, the limit is {MAX_ENTRIES}", hint="take a part of it")


def read_literal(text: str) -> Table:
    """Return the Table of a literal.

    Nested brackets hold rows; a flat list with semicolons too, and without any it is a column. Entries are
    separated by commas or spaces. Raises ExpressionSyntaxError, ShapeError or LimitError, with the place.
    """
    tokens = [match for match in _TOKEN.finditer(text) if match.lastgroup != "space"]
    inside = [match for match in tokens[1:] if match.lastgroup != "newline"]
    nested = bool(inside) and inside[0].group() == "["
    table = _Literal(text, nested).read(tokens)
    if not any(table.texts):
        raise ShapeError("the matrix has no entries", source=text, hint="write [[2, 1], [1, 3]] or [2 1; 1 3]")
    return table


class _Literal:
    """Reads the tokens of one literal, with a stack of the brackets that are open."""

    def __init__(self, text: str, nested: bool) -> None:
        self.text, self.nested = text, nested
        self.table = Table()
        self.open = []
        self.starts = []
        self.separator = True  # whether a ',' would be one too many
        self.spaced = False  # whether a line break stood since the last entry
        self.semicolons = False

    def read(self, tokens: list[re.Match[str]]) -> Table:
        for token in tokens:
            if self.starts and not self.open:
                if token.lastgroup == "newline":
                    continue
                raise self._error("text after the matrix", token, "remove it; there is no arithmetic with literals")
            steps = {"newline": self._newline, "entry": self._entry, "sign": self._sign}
            steps[str(token.lastgroup)](token)
        if self.open:
            place = Span(self.open[-1], self.open[-1] + 1)
            raise ExpressionSyntaxError("'[' is never closed", source=self.text, span=place, hint="add ']' at the end")
        return self._settled()

    def _error(
        self, message: str, token: re.Match[str], hint: str, kind: type = ExpressionSyntaxError
    ) -> ExpressionSyntaxError:
        return kind(message, source=self.text, span=Span(*token.span()), hint=hint)

    def _newline(self, token: re.Match[str]) -> None:
        self.spaced = True

    def _sign(self, token: re.Match[str]) -> None:
        {"[": self._opening, "]": self._closing, ",": self._comma, ";": self._semicolon}[token.group()](token)

    def _opening(self, token: re.Match[str]) -> None:
        if len(self.open) == 2:
            raise self._error(
                "a matrix has two dimensions", token, "write one list of rows: [[2, 1], [1, 3]]", ShapeError
            )
        if len(self.open) == 1 and not self.nested:
            raise self._error("a row among numbers", token, "write every row in brackets: [[2, 1], [1, 3]]", ShapeError)
        self.open.append(token.start())
        self.separator = True
        if len(self.open) == 2 or not self.nested:
            self._start(token)

    def _start(self, token: re.Match[str]) -> None:
        self.table.start_row()
        self.starts.append(token.start())
        self.spaced = False

    def _closing(self, token: re.Match[str]) -> None:
        self.open.pop()
        self.separator = False
        if self.nested and self.open and not self.table.texts[-1]:
            raise self._error("a row without entries", token, "write 0 for entries that are zero", ShapeError)

    def _entry(self, token: re.Match[str]) -> None:
        depth = 2 if self.nested else 1
        if len(self.open) < depth:
            raise self._error(
                "a number outside of the rows", token, "write every row in brackets: [[2, 1], [1, 3]]", ShapeError
            )
        row = self.table.texts[-1]
        if self.spaced and not self.nested and row and not self.separator:
            raise self._error("does a new row begin here?", token, "write ';' between rows, or ',' between entries")
        self.table.add(token.group(), self.text, token.start())
        self.separator = self.spaced = False

    def _comma(self, token: re.Match[str]) -> None:
        if self.separator:
            raise self._error("an entry is missing before ','", token, "write 0 for entries that are zero")
        self.separator = True

    def _semicolon(self, token: re.Match[str]) -> None:
        if self.nested:
            raise self._error(
                "';' between rows in brackets", token, "write ',' instead, or [2 1; 1 3] without inner brackets"
            )
        if self.separator:
            raise self._error("an entry is missing before ';'", token, "write 0 for entries that are zero")
        self.semicolons = self.separator = True
        self._start(token)

    def _settled(self) -> Table:
        """Return the table: a flat list as a column, a last empty row removed, all rows of one length."""
        table = self.table
        if self.semicolons and not table.texts[-1]:
            for rows in (table.texts, table.values):
                rows.pop()
        if not self.nested and not self.semicolons:
            table.texts, table.values = ([[item] for item in rows[0]] for rows in (table.texts, table.values))
            return table
        for number, row in enumerate(table.texts):
            if len(row) != len(table.texts[0]):
                start = self.starts[number]
                raise ShapeError(
                    f"{ragged(number + 1, len(row), len(table.texts[0]))}",
                    source=self.text,
                    span=Span(start, _end_of_row(self.text, start)),
                    hint="give all rows the same number of entries",
                )
        return table


def _end_of_row(text, start):
    ends = [place for place in (text.find("]", start + 1), text.find(";", start + 1)) if place >= 0]
    return min(ends, default=len(text) - 1) + 1


def ragged(number, length, first):
    """Return the message for a row that is longer or shorter than the first."""
    entries = "1 entry" if length == 1 else f"{length} entries"
    return f"row {number} has {entries}, row 1 has {first}"


def read_table(text: str, name: str) -> Table:
    """Return the Table of a text of one row a line, as in .csv and .txt files; ``name`` is for errors.

    Entries are separated by commas, semicolons or white space; ``#`` and ``%`` begin a comment, empty lines are
    skipped, quotation marks around an entry too. Raises ExpressionSyntaxError, ShapeError or LimitError that show
    the line.
    """
    table, first = Table(), None
    for number, line in enumerate(text.splitlines(), 1):
        content = re.split("[#%]", line, maxsplit=1)[0]
        where = f"{name}, line {number}: "
        content = _without_quotation_marks(content, line, where).rstrip()
        if not content.strip():
            continue
        table.start_row()
        _read_line(table, content, line, where)
        first = first or (number, len(table.texts[-1]))
        if len(table.texts[-1]) != first[1]:
            raise ShapeError(
                f"{where}{_entries(len(table.texts[-1]))}, but line {first[0]} has {first[1]}",
                source=line,
                span=Span(0, len(line)),
                hint="give all lines the same number of entries",
            )
    if not table.texts:
        raise ShapeError(f"{name} has no entries", hint="one row a line, entries separated by commas or spaces")
    return table


def _without_quotation_marks(content: str, line: str, where: str) -> str:
    """Return a line with blanks for its quotation marks; raises where an entry within them has a separator."""
    parts = content.split('"')
    if len(parts) % 2 == 0:
        place = content.rindex('"')
        message, hint = "a quotation mark is never closed", "entries need none"
        raise ExpressionSyntaxError(f"{where}{message}", source=line, span=Span(place, place + 1), hint=hint)
    for number, part in enumerate(parts):
        if number % 2 and re.search(r"[,;]|\S\s+\S", part):
            start = sum(len(other) + 1 for other in parts[:number])
            message, hint = f"'{part[:40]}' is not a number", "write numbers without separators, such as 1000 or 1.5"
            span = Span(start, start + len(part))
            raise ExpressionSyntaxError(f"{where}{message}", source=line, span=span, hint=hint)
    return " ".join(parts)


def _entries(count):
    return "1 entry" if count == 1 else f"{count} entries"


def _read_line(table: Table, content: str, line: str, where: str) -> None:
    position = len(content) - len(content.lstrip())
    marks = set(",;") & set(content)
    if len(marks) == 2:
        raise ExpressionSyntaxError(
            f"{where}both ',' and ';'",
            source=line,
            span=Span(content.index(";"), content.index(";") + 1),
            hint="separate entries by one of them, and write decimals with a point",
        )
    while position < len(content):
        cell = _CELL.match(content, position)
        if cell is None:
            column = len(table.texts[-1]) + 1
            raise ExpressionSyntaxError(
                f"{where}entry {column} is missing",
                source=line,
                span=Span(position, position + 1),
                hint="write 0 for entries that are zero, nan for those that are not known",
            )
        table.add(cell.group(), line, cell.start(), where)
        separator = _SEPARATOR.match(content, cell.end())
        if separator is None:
            return
        position = separator.end()
    raise ExpressionSyntaxError(
        f"{where}an entry is missing at the end",
        source=line,
        span=Span(len(content) - 1, len(content)),
        hint=f"remove the last '{content[-1]}'",
    )
