"""``matcalc diff``: every expression by every variable, each answer followed by its check."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import NamedTuple

from ..api import diff, parse
from ..declarations import read_assumptions, read_shapes
from ..errors import ArgumentError, MatcalcError
from ..syntax import names, parse_tree
from .answer import check_record, error_record, record, show
from .streams import carries, is_terminal, write, write_error, write_json

WRONG, NOT_CHECKED = 1, 4
STANDARD_POINTS, STANDARD_SEED = 3, 0
_MOST_TRIED, _LONGEST_TRIED = 3, 200


@dataclass(frozen=True)
class Request:
    """The options of one call, as texts and numbers; ``check`` is None where nobody asked for a check or against it."""

    wrt: tuple
    layout: str
    order: int
    shape: tuple
    assume: tuple
    structure: str
    form: str | None
    check: bool | None
    points: int | None
    seed: int | None
    rules: tuple

    @property
    def check_demanded(self):
        """Whether a check that cannot run is a failure."""
        return bool(self.check) or self.points is not None or self.seed is not None


class Unchecked(NamedTuple):
    """The report of a check that could not begin."""

    reason: str
    ok: None = None
    max_error: None = None
    points: int = 0


def run(source, request):
    """Differentiate an expression, or every line of stdin where it is '-'; return the exit code.

    The code is the worst one: 1 (something is wrong) before every other, otherwise the highest.
    """
    if request.check is False and (request.points is not None or request.seed is not None):
        raise ArgumentError("--points and --seed are for the check, which --no-check leaves out",
                            hint="leave one of them out")
    codes = [0]
    try:
        shapes, assume = read_shapes(request.shape), read_assumptions(request.assume)
    except MatcalcError as error:
        return _report(error, source, request)
    if source != "-":
        return _answer(source, request, shapes, assume)
    for number, line in enumerate(sys.stdin, 1):
        if line.strip():
            codes.append(_answer(line.rstrip("\r\n"), request, shapes, assume, number))
    if len(codes) == 1:
        raise ArgumentError("there is no expression on the standard input", hint='echo "x.T@A@x" | matcalc diff -')
    return _worst(codes)


def _worst(codes):
    return WRONG if WRONG in codes else max(codes)


def _report(error, text, request, label=""):
    if request.form == "json":
        write_json(error_record(text, error))
    else:
        write_error(error, label)
    return error.exit_code


def _answer(text, request, shapes, assume, line=None):
    """Answer for one expression, by every variable; return the exit code. ``line``: its number on stdin."""
    label = f"line {line}: " if line else ""
    try:
        if line:
            assume = _of_this_line(text, assume)
        function = parse(text, shapes, assume, request.rules)
    except MatcalcError as error:
        return _report(error, text, request, label)
    codes = []
    for variable in request.wrt or (None,):
        try:
            codes.append(_one(function, variable, request, shapes, assume, label))
        except MatcalcError as error:
            codes.append(_report(error, text, request, label))
    if not line and request.form != "json":
        _note_unused(function, request, shapes)
    return _worst(codes)


def _of_this_line(text, assume):
    """Return the assumptions about names that the line has: on stdin they are for all lines together."""
    present = names(parse_tree(text))
    return {name: words for name, words in assume.items() if name in present}


def _note_unused(function, request, shapes):
    unused = [name for name in shapes if name not in function.shapes and name not in request.wrt]
    if unused:
        write(f"note: the expression has no {' and no '.join(unused)}, whose shape is declared", err=True)


def _one(function, variable, request, shapes, assume, label):
    """Show the derivative by one variable, then check it; return the exit code."""
    derivative = diff(function, variable, request.layout, request.order, shapes, assume, request.structure, request.rules)
    if request.form == "json":
        return _one_as_json(derivative, request)
    show(function, derivative, request, label)
    report = _checked(derivative, request)
    code = 0 if report is None else _show_report(derivative, report, request, label)
    if code != WRONG and is_terminal(sys.stdout) and request.form in (None, "unicode", "text"):
        _note_symmetric(function.text, derivative, request, shapes, assume)
    return code


def _one_as_json(derivative, request):
    report = _checked(derivative, request)
    if report is not None and report.ok is False:
        write_json({**error_record(derivative.text, _disagreement(derivative, report)), "wrt": derivative.wrt,
                    "check": check_record(report)})
        return WRONG
    write_json(record(derivative, report))
    return NOT_CHECKED if report is not None and report.ok is None and request.check_demanded else 0


def _checked(derivative, request):
    """Return the report of the check, None where none is wanted."""
    if request.check is False:
        return None
    points = STANDARD_POINTS if request.points is None else request.points
    seed = STANDARD_SEED if request.seed is None else request.seed
    try:
        return derivative.check(points, seed)
    except ImportError as error:
        return Unchecked(f"torch cannot be imported ({error})")


def _show_report(derivative, report, request, label):
    """Write the check's line to stderr; return the exit code."""
    if report.ok is False:
        write_error(_disagreement(derivative, report), label)
        return WRONG
    if report.ok is None:
        write(f"{label}not checked: {report.reason}", err=True)
        return NOT_CHECKED if request.check_demanded else 0
    points = "1 random point" if report.points == 1 else f"{report.points} random points"
    found = f"largest relative error {_short(report.max_error)}"
    also = f"; {report.reason}" if report.reason else ""
    if is_terminal(sys.stderr) and carries(sys.stderr, "✓"):
        write(f"{label} torch autograd: {points}, {found}{also}", err=True, lead="✓", fg="green")
    else:
        write(f"{label}checked: torch autograd agrees at {points} ({found}){also}", err=True)
    return 0


def _short(error):
    """Return a relative error with one digit: 2e-16."""
    return f"{error:.0e}".replace("e-0", "e-") if error else "0"


def _disagreement(derivative, report):
    ...
