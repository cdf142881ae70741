"""``matcalc steps``: the derivation of every derivative, line by line, each line evaluated by torch."""

from __future__ import annotations

import sys
from dataclasses import replace

from ..answers.index_form import IndexForm
from ..checks.report import CheckReport
from ..errors import ArgumentError, CheckFailedError
from ..graph.show import show_accumulation
from ..printers.formats import in_document
from ..service.records import derivative_record, error_record, records, step_records
from ..steps.paper import column_width
from ..steps.show import latex, text_lines, unicode_lines
from ..words import DOCUMENT_FORMATS
from . import questions
from .answer import details
from .notation import write_notes
from .streams import carries, is_terminal, terminal_width, write, write_error, write_json
from .verdict import checked_steps, exit_code, show_agreement, show_verdict


def run(source, request):
    """Derive an expression, or every line of stdin where it is '-', step by step; return the exit code."""
    if request.paper:
        column_width(request.paper)  # said before anything is derived
        if request.form not in (None, "latex"):
            other = "--json" if request.form == "json" else f"--format {request.form}"
            raise ArgumentError(f"--paper is LaTeX, and excludes {other}", hint="leave one of them out")
        if request.mode:
            raise ArgumentError("--paper is of derivations, and excludes --mode", hint="leave one of them out")
        request = replace(request, form="latex")
    return questions.run(source, request, _one)


def _one(function, variable, request, shapes, label):
    """Show the derivation by one variable, then what the check of its lines says; return the exit code."""
    derivative = questions.derivative_of(function, variable, request, shapes)
    if request.form == "json":
        return _one_as_json(derivative, request)
    for line in _lines(derivative, request):
        write(line)
    on_terminal = is_terminal(sys.stdout) and request.form not in DOCUMENT_FORMATS
    write(label + details(function, derivative), err=not on_terminal)
    write_notes(derivative, label)
    report = checked_steps(derivative, request)
    if report is not None:
        _show_report(derivative, report, label)
    return exit_code(report, request)


def _lines(derivative, request):
    """Return the lines in the form that was asked for, or that suits stdout."""
    width = terminal_width() if is_terminal(sys.stdout) else None
    if request.mode is not None:
        return _accumulation_lines(derivative.accumulation(request.mode), request, width)
    book, derivation = derivative.book, derivative.derivation
    if isinstance(derivative, IndexForm):
        if request.paper:
            raise ArgumentError("--paper is of derivations in matrices, and this one has indices", hint="leave it out")
        return _index_lines(derivation, request, width)
    if request.paper:
        return [derivation.latex(request.paper)]
    if request.form in DOCUMENT_FORMATS:
        return [in_document(latex(derivation.as_written, book), request.form)]
    if request.form == "unicode" or request.form is None and is_terminal(sys.stdout):
        lines = unicode_lines(derivation.as_written, book, width)
        if carries(sys.stdout, "".join(lines)):
            return lines
    return text_lines(derivation.as_written, width)


def _index_lines(derivation, request, width):
    """Return the lines of a derivation in index notation."""
    if request.form in DOCUMENT_FORMATS:
        return [in_document(derivation.latex(), request.form)]
    if request.form == "unicode" or request.form is None and is_terminal(sys.stdout):
        lines = derivation.unicode_lines(width)
        if carries(sys.stdout, "".join(lines)):
            return lines
    return derivation.text_lines(width)


def _accumulation_lines(accumulation, request, width):
    wanted = request.form or ("unicode" if is_terminal(sys.stdout) else "text")
    if wanted in DOCUMENT_FORMATS:
        return [in_document(show_accumulation(accumulation, "latex", width), wanted)]
    lines = show_accumulation(accumulation, wanted, width)
    if request.form is None and not carries(sys.stdout, lines):
        lines = show_accumulation(accumulation, "text", width)
    return lines.split("\n")


def _show_report(derivative, report, label):
    if isinstance(report, CheckReport):
        show_verdict(derivative, report, label)
    elif report.ok is False:
        write_error(_false_line(derivative, report), label, lead="internal error:")
    elif report.ok is None:
        write(f"{label}not checked: {report.reason}", err=True)
    else:
        if report.max_error is None:
            write(f"{label}checked: {report}", err=True)
            return
        lines = "the line holds" if report.lines == 1 else f"all {report.lines} lines hold"
        show_agreement(f"torch: {lines}", report, label)


def _false_line(derivative, report):
    message = f"the derivation by {derivative.wrt} has a false line, do not use it: {report.reason}"
    return CheckFailedError(message, hint="this is a bug in matcalc, please report it with the command")


def _told(derivative, request, report):
    if request.mode is None:
        return {"steps": step_records(derivative.derivation, report)}
    return {"accumulation": show_accumulation(derivative.accumulation(request.mode), "json")}


def _one_as_json(derivative, request):
    report = checked_steps(derivative, request)
    if report is not None and report.ok is False:
        wrong = error_record(derivative.typed, _false_line(derivative, report))
        write_json({**wrong, "wrt": derivative.wrt, **records(report)})
    else:
        write_json({**derivative_record(derivative, report), **_told(derivative, request, report)})
    return exit_code(report, request)
