"""``matcalc diff``: every expression by every variable, each answer followed by its check."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from ..api import diff, parse
from ..declarations import read_assumptions, read_shapes
from ..errors import ArgumentError, MatcalcError
from ..syntax import names, parse_tree
from .answer import error_record, record, show, text_for
from .streams import input_lines, is_terminal, write, write_error, write_json
from .verdict import WRONG, check_record, checked, disagreement, exit_code, show_verdict

_MOST_TRIED, _LONGEST_TRIED = 3, 200


@dataclass(frozen=True)
class Request:
    """The options of one call; ``check``, ``points`` and ``seed`` are None where they were not given."""

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


def run(source, request):
    """Differentiate an expression, or every line of stdin where it is '-'; return the exit code.

    The code is the worst one: 1 (an answer is wrong) before every other, otherwise the highest.
    """
    if request.check is False and request.check_demanded:
        raise ArgumentError(
            "--points and --seed are for the check, which --no-check leaves out", hint="leave one of them out"
        )
    try:
        shapes, assume = read_shapes(request.shape), read_assumptions(request.assume)
    except MatcalcError as error:
        return _report(error, source, request)
    if source != "-":
        return _answer(source, request, shapes, assume)
    codes = [
        _answer(line.rstrip("\r\n"), request, shapes, assume, number)
        for number, line in enumerate(input_lines(), 1)
        if line.strip()
    ]
    if not codes:
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
            codes.append(_one(function, variable, request, shapes, label))
        except MatcalcError as error:
            codes.append(_report(error, text, request, label))
    if not line and request.form != "json":
        _note_unused(function, request, shapes)
    return _worst(codes)


def _of_this_line(text, assume):
    """Return the assumptions about the names that a line has: on stdin they are for all lines together."""
    present = names(parse_tree(text))
    return {name: words for name, words in assume.items() if name in present}


def _note_unused(function, request, shapes):
    unused = [name for name in shapes if name not in function.shapes and name not in request.wrt]
    if unused:
        write(f"note: the expression has no {' and no '.join(unused)}, whose shape is declared", err=True)


def _one(function, variable, request, shapes, label):
    """Show the derivative by one variable, then what the check says of it; return the exit code."""
    derivative = diff(
        function, variable, request.layout, request.order, shapes, structure=request.structure, rules=request.rules
    )
    if request.form == "json":
        return _one_as_json(derivative, request)
    show(function, derivative, request, label)
    report = checked(derivative, request)
    if report is not None:
        show_verdict(derivative, report, label)
    code = exit_code(report, request)
    if code != WRONG and is_terminal(sys.stdout) and request.form != "latex":
        _note_symmetric(derivative, request, shapes)
    return code


def _one_as_json(derivative, request):
    report = checked(derivative, request)
    if report is not None and report.ok is False:
        wrong = error_record(derivative.text, disagreement(derivative, report))
        write_json({**wrong, "wrt": derivative.wrt, "check": check_record(report)})
    else:
        write_json(record(derivative, report))
    return exit_code(report, request)


def _note_symmetric(derivative, request, shapes):
    """Say it where the answer would be shorter if a square name were declared symmetric."""
    found = {name: _if_symmetric(derivative, name, request, shapes) for name in _square_names(derivative)}
    lengths = {name: shorter.length for name, shorter in found.items() if shorter is not None}
    name = min(lengths, key=lengths.get, default=None)
    if name is None or lengths[name] >= derivative.length:
        return
    report = checked(found[name], request)
    if report is None or report.ok:
        write(f'  with {name} symmetric (--assume "{name} symmetric"): {text_for(found[name], request)}', err=True)


def _square_names(derivative):
    """Return the first few square matrices about which nothing is declared, other than the variable."""
    if derivative.length > _LONGEST_TRIED:
        return []
    square = [name for name, shape in derivative.shapes.items() if shape and shape[0] == shape[1]]
    return [name for name in square if name != derivative.wrt and name not in derivative.assume][:_MOST_TRIED]


def _if_symmetric(derivative, name, request, shapes):
    """Return the derivative with the name declared symmetric, None where that has no answer."""
    try:
        return diff(
            derivative.text,
            derivative.wrt,
            request.layout,
            request.order,
            shapes,
            {**derivative.assume, name: ["symmetric"]},
            request.structure,
            request.rules,
        )
    except MatcalcError:
        return None
