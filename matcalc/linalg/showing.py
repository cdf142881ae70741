"""Numbers and matrices as reports show them, and as --json writes them; what all reports share."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

import numpy
from sympy.core.basic import Basic

from ..display import Displayed

if TYPE_CHECKING:
    from sympy import Expr

DIGITS = 6
MAX_SHOWN_ENTRIES = 64
MAX_SHOWN_EXACT = 60
_LINE = 72
_LONGEST = 300
_ROUNDING = 1e-15


def number_text(value: complex | float, digits: int = DIGITS) -> str:
    """Return a number with so many significant digits, in the form in which matrices are read."""
    if isinstance(value, Basic):
        return str(value)
    if isinstance(value, (complex, numpy.complexfloating)):
        real, imaginary = number_text(value.real, digits), number_text(value.imag, digits)
        if imaginary == "0":
            return real
        return f"{imaginary}j" if real == "0" else f"{real}{'' if imaginary[0] == '-' else '+'}{imaginary}j"
    text = f"{float(value):.{digits}g}"
    return "0" if text == "-0" else text


def error_text(value: float) -> str:
    """Return a residual with one digit: 2e-16."""
    return f"{value:.1g}" if value >= 0.01 or not value else f"{value:.0e}".replace("e-0", "e-")


def matrix_text(array: numpy.ndarray, indent: str = "", digits: int = DIGITS) -> str | None:
    """Return a matrix as a literal, in one line where it fits, else a row a line; None where it is too large.

    Entries of the size of rounding, next to the largest, are shown as 0.
    """
    if array.size > MAX_SHOWN_ENTRIES:
        return None
    array = without_rounding(array, _ROUNDING * numpy.abs(array).max(initial=0.0))
    rows = [[number_text(entry, digits) for entry in row] for row in array.tolist()]
    line = "[" + ", ".join(f"[{', '.join(row)}]" for row in rows) + "]"
    if len(indent) + len(line) <= _LINE:
        return line
    widths = [max(map(len, column)) for column in zip(*rows)]
    lines = ["[" + ", ".join(entry.rjust(width) for entry, width in zip(row, widths)) + "]" for row in rows]
    return "[" + f",\n{indent} ".join(lines) + "]"


def without_rounding(array: numpy.ndarray, size: float) -> numpy.ndarray:
    """Return an array with entries, or real and imaginary parts, of at most this size replaced by 0."""
    if array.dtype.kind == "c":
        return without_rounding(array.real, size) + 1j * without_rounding(array.imag, size)
    return numpy.where(numpy.abs(array) > size, array, 0.0)


def vector_text(values: list[int], digits: int = DIGITS) -> str:
    """Return a list of numbers as a flat literal; a long one is cut in the middle, and says so."""
    texts = [number_text(value, digits) for value in values]
    if len(texts) > MAX_SHOWN_ENTRIES // 4:
        texts = [*texts[:8], "...", *texts[-4:]]
    return f"[{', '.join(texts)}]"


def exact_text(value: Expr | None) -> str | None:
    """Return an exact number in the language; None for none, and for one that is too long for a line."""
    if value is None or value.is_infinite:
        return None
    text = str(value)
    return text if len(text) <= MAX_SHOWN_EXACT else None


def cut(text: str) -> str:
    """Return a text that fits into a few lines: of a long one the beginning, and how long it is."""
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}... ({len(text)} characters, --json writes them)"


def shape_text(shape: tuple[int, int], unicode: bool = False) -> str:
    """Return a shape: 2×3, in ASCII 2x3."""
    return ("×" if unicode else "x").join(map(str, shape))


def json_value(value: Any) -> Any:
    """Return a value as JSON has it: arrays as nested lists; what JSON lacks (complex, inf, nan, exact) as text."""
    if isinstance(value, numpy.ndarray):
        return [json_value(item) for item in value]
    if isinstance(value, (list, tuple)):
        return [json_value(item) for item in value]
    if isinstance(value, dict):
        return {name: json_value(item) for name, item in value.items()}
    if isinstance(value, Basic):
        return str(value)
    if isinstance(value, (complex, numpy.complexfloating)):
        value = complex(value)
        return str(value).strip("()") if value.imag else json_value(value.real)
    if isinstance(value, (bool, numpy.bool_)):
        return bool(value)
    if isinstance(value, (int, numpy.integer)):
        return int(value)
    if isinstance(value, (float, numpy.floating)):
        return float(value) if math.isfinite(value) else str(float(value))
    return value


class Report(Displayed, ABC):
    """What all reports share: text in ASCII, text in Unicode, a record for JSON.

    A report defines ``lines(unicode)`` and ``record()``.
    """

    @abstractmethod
    def lines(self, unicode=False):
        """Return the lines of the report, with Unicode mathematics or in ASCII."""

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def unicode(self) -> str:
        """Return the report with Unicode mathematics."""
        return "\n".join(self.lines(unicode=True))
