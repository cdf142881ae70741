"""``matcalc definite`` and ``matcalc convex``: a verdict, what it rests on, and the check of every step."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from ..answers.book import book_of
from ..counts import points_text
from ..errors import ArgumentError, MatcalcError
from ..linalg.convexity.convex import convex as convex_report
from ..linalg.definiteness.definite import UNKNOWN
from ..linalg.definiteness.definite import definite as definite_report
from ..proofs.report import ProofReport, text_of
from ..readers import translate
from ..service.records import error_record, proof_record
from ..shapes.declarations import read_assumptions, read_shapes
from ..shapes.notes import for_command
from .notation import announce, syntax_of
from .questions import of_this_line
from .reports import answered
from .streams import carries, input_lines, is_terminal, write, write_error, write_json
from .values import Given, put_in, read_values
from .verdict import NOT_CHECKED, STANDARD_POINTS, STANDARD_SEED, WRONG


@dataclass(frozen=True)
class ProofRequest:
    """The options of one call; ``check``, ``points`` and ``seed`` are None where they were not given."""

    wrt: tuple
    shape: tuple
    assume: tuple
    check: bool | None
    points: int | None
    seed: int | None
    syntax: str
    form: str | None
    rules: tuple
    values: tuple = ()

    @property
    def check_demanded(self):
        """Whether a check that cannot run is a failure."""
        return bool(self.check) or self.points is not None

    @property
    def first_seed(self):
        """The seed of all random points."""
        return STANDARD_SEED if self.seed is None else self.seed


def definite(source, request):
    """Show whether a matrix or an expression is definite; return the exit code."""
    _refuse_contradiction(request)
    return answered(source, request.form, lambda: _definite(source, request))


def _definite(source, request):
    shapes, assume = read_shapes(request.shape), read_assumptions(request.assume)
    source, shapes, assume, syntax = _given(source, shapes, assume, syntax_of(request.syntax), request)
    report = definite_report(source, assume, shapes, request.rules, syntax, request.first_seed)
    return _show(report, request, "")


def _given(text, shapes, assume, syntax, request):
    """Return a formula with the values that were given in it, the declarations of the other names, and the syntax."""
    declared, values = Given(text, shapes, assume, syntax), read_values(request.values)
    return put_in(text, values, request.wrt or None, declared, request.rules) if values else declared


def convex(source, request):
    """Show whether a function, or every line of stdin where it is '-', is convex; return the exit code."""
    _refuse_contradiction(request)
    if source != "-":
        return _convex(source, request.wrt or None, request, "")
    codes = [
        _convex(line.strip(), request.wrt or None, request, f"line {number}: ")
        for number, line in enumerate(input_lines(), 1)
        if line.strip()
    ]
    if not codes:
        raise ArgumentError("there is no function on the standard input", hint='echo "x.T@x" | matcalc convex -')
    return _worst(codes)


def _refuse_contradiction(request):
    if request.check is False and request.points is not None:
        raise ArgumentError("--points is for the check, which --no-check leaves out", hint="leave one of them out")


def _worst(codes):
    return WRONG if WRONG in codes else max(codes)


def _convex(text, names, request, label):
    """Answer for one function in one name, or in several; on stdin, the declarations are for all lines together."""
    try:
        shapes, assume = read_shapes(request.shape), read_assumptions(request.assume)
        syntax = syntax_of(request.syntax)
        if label:
            assume = of_this_line(translate(text, book_of(request.rules), syntax, shapes).text, assume)
        text, shapes, assume, syntax = _given(text, shapes, assume, syntax, request)
        report = convex_report(text, names, assume, shapes, request.rules, syntax, request.first_seed)
        return _show(report, request, label)
    except MatcalcError as error:
        if request.form == "json":
            write_json(error_record(text, error))
        else:
            write_error(error, label)
        return error.exit_code


# -- what all reports share ------------------------------------------------------------------------------------------


def _show(report, request, label):
    """Write a report, its notes and the check of its certificate; return the exit code."""
    check = _checked(report, request)
    if request.form == "json":
        write_json(proof_record(report, check))
        return _exit_code(report, check, request)
    if isinstance(report, ProofReport):
        announce(report.expression, label)
    write(_text(report, request.form))
    for note in for_command(report.notes):
        write(f"{label}note: {note}", err=True)
    if check is not None:
        _show_check(check, report, label)
    return _exit_code(report, check, request)


def _text(report, form):
    """Return verdict and details, in the form that was asked for or that suits stdout."""
    if form == "unicode" or form is None and is_terminal(sys.stdout):
        shown = report.unicode()
        if carries(sys.stdout, shown):
            return shown
    return text_of(report.headline(), report.details())


def _checked(report, request):
    """Return the check of a proof or of a matrix' certificate, None where there is none to be checked."""
    if request.check is False:
        return None
    if not isinstance(report, ProofReport):
        return report.verify()
    if report.proof is None:
        return None
    return report.verify(request.points or STANDARD_POINTS, request.first_seed)


def _show_check(check, report, label):
    if check.ok is False:
        what = check.reason if isinstance(report, ProofReport) else str(check)
        write_error(f"{what}; this is a bug in matcalc, please report it with the command", label, "internal error:")
    elif check.ok is None:
        write(f"{label}not checked: {check.reason}", err=True)
    elif not isinstance(report, ProofReport):
        if check.checks:
            write(f"{label}checked: {'; '.join(what for what, _ in check.checks)}", err=True)
    else:
        steps = "the step holds" if check.steps == 1 else f"all {check.steps} steps hold"
        points = points_text(check.points)
        write(f"{label}checked: {steps} at {points}", err=True)


def _exit_code(report, check, request):
    """Return 0 (answered, proved), 1 (refuted, or a certificate is false), 4 (unknown, or a check could not run)."""
    if check is not None and check.ok is False:
        return WRONG
    if not isinstance(report, ProofReport):
        return 0
    if report.proof is None:
        return NOT_CHECKED if report.verdict == UNKNOWN else WRONG
    return NOT_CHECKED if check is not None and check.ok is None and request.check_demanded else 0
