"""A derivative as the command line shows it: the line for a person, the line for a pipe, the JSON object."""

from __future__ import annotations

import math
import sys
import textwrap

from ..layout import LAYOUT_NAMES
from ..shapes import SQUARE_FACTS
from .abbreviate import abbreviated
from .streams import carries, is_terminal, terminal_width, write

STRUCTURE_FACTS = (SQUARE_FACTS | {"orthogonal"}) - {"invertible", "positive-det"}
STRUCTURE_NAMES = {"free": "entries vary freely", "projected": "projected on the structure",
                   "parametrized": "by the free parameters"}
_RESULT_WIDTH = 26


def shape_text(shape):
    """Return a shape as answers show it: n×m, n×1 or scalar."""
    return "×".join(map(str, shape)) if shape else "scalar"


def show(function, derivative, form, label=""):
    """Write a derivative to stdout, and under what it was found: in the same line of a terminal, else to stderr.

    ``function`` is the expression that was differentiated; ``form`` is "text", "unicode", "latex" or None for
    what suits the stream.
    """
    terminal = is_terminal(sys.stdout)
    if form == "latex" or not terminal:
        write(_bare(derivative, form))
        write(label + details(function, derivative), err=True)
        return
    shown, definitions = _mathematics(function, derivative, form)
    for line in _lines(shown, details(function, derivative, definitions)):
        write(line)


def _bare(derivative, form):
    if form == "latex":
        return derivative.latex()
    shown = derivative.unicode() if form == "unicode" else ""
    return shown if shown and carries(sys.stdout, shown) else str(derivative)


def _mathematics(function, derivative, form):
    """Return 'df/dx = …' for a terminal, and the definitions of the abbreviations in it."""
    if form != "text":
        shown, definitions = abbreviated(derivative)
        line = f"{_quotient(function, derivative, '∂', 'ᵀ', '²')} = {shown}"
        if carries(sys.stdout, line + "".join(definitions)):
            return line, definitions
    return f"{_quotient(function, derivative, 'd', '.T', '2')} = {derivative}", []


def _quotient(function, derivative, d, transposed, two):
    """Return the left-hand side: ∂f/∂x, ∂y/∂x for a column, ∂²f/∂x∂xᵀ for a second derivative."""
    letters = "fghFGH" if not function.shape else "yzuvYZ" if function.shape[1] == 1 else "YZFGHy"
    above = next((letter for letter in letters if letter not in derivative.shapes), letters[0])
    below, variable = derivative.wrt, derivative.shapes[derivative.wrt]
    if function.shape and variable and (function.shape[1] != 1 or variable[1] != 1):
        above, below = f"vec({above})", f"vec({below})"
    if derivative.order == 1:
        return f"{d}{above}/{d}{below}"
    if not variable:
        return f"{d}{two}{above}/{d}{below}{two}"
    if variable[1] != 1:
        below = f"vec({below})"
    return f"{d}{two}{above}/{d}{below}{d}{below}{transposed}"


def details(function, derivative, definitions=()):
    """Return the shape, the layout, the variable, the names' shapes, the conditions: n×1, denominator layout, by x; …"""
    variable = derivative.shapes[derivative.wrt]
    words = [shape_text(derivative.shape)]
    symmetric = derivative.order == 2 and not function.shape
    if not symmetric and (function.shape or variable):
        words.append(LAYOUT_NAMES[derivative.layout])
    words.append(f"by {derivative.wrt}")
    if derivative.structure != "free" or STRUCTURE_FACTS & set(derivative.assume.get(derivative.wrt, ())):
        words.append(STRUCTURE_NAMES[derivative.structure])
    names = ", ".join(f"{name}: {shape_text(shape)}{_facts(derivative, name)}"
                      for name, shape in sorted(derivative.shapes.items(), key=_matrices_first))
    parts = [", ".join(words), *definitions, names]
    if derivative.where:
        parts.append("where " + ", ".join(derivative.where))
    return ";  ".join(parts)


def _matrices_first(item):
    name, shape = item
    return (not shape, bool(shape) and shape[1] == 1)


def _facts(derivative, name):
    return "".join(f" {word}" for word in derivative.assume.get(name, ()))


def _lines(shown, told):
    """Return the answer in one line where the terminal is wide enough, else with the details below it."""
    width = terminal_width()
    line = f"{shown:<{_RESULT_WIDTH}}    {told}"
    if len(line) <= width:
        return [line]
    return [shown, *textwrap.wrap(told, max(20, width), initial_indent="    ", subsequent_indent="    ",
                                  break_long_words=False, break_on_hyphens=False)]


def record(derivative, report):
    """Return what --json says of a derivative; ``report`` is the check's, or None."""
    return {
        "input": derivative.text, "wrt": derivative.wrt, "layout": derivative.layout, "order": derivative.order,
        "derivative": str(derivative), "shape": list(derivative.shape),
        "shapes": {name: list(shape) for name, shape in derivative.shapes.items()},
        "where": derivative.where, "assume": derivative.assume, "structure": derivative.structure,
        "check": None if report is None else check_record(report),
    }


def check_record(report):
    """Return what --json says of a check: ok (null where it could not run), points, max_error, reason."""
    error = report.max_error
    finite = error is not None and math.isfinite(error)
    found = {"ok": report.ok, "points": report.points, "max_error": float(error) if finite else None}
    return {**found, "reason": report.reason} if report.reason else found


def error_record(text, error):
    """Return what --json says of an error; the span counts characters of the input."""
    span = list(error.span) if error.span is not None and error.source in (None, text) else None
    return {"input": text, "error": {"kind": error.kind, "message": error.message, "hint": error.hint, "span": span}}
