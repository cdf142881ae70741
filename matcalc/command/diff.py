"""``matcalc diff``: every expression by every variable, each answer followed by its check."""

from __future__ import annotations

import sys

from ..answers.index_form import IndexForm
from ..service.records import derivative_record, disagreement, error_record, records
from ..service.suggest import shorter_if_symmetric
from ..words import DOCUMENT_FORMATS
from . import questions
from .answer import show, text_for
from .streams import is_terminal, write, write_json
from .verdict import WRONG, checked, exit_code, show_verdict


def run(source, request):
    """Differentiate an expression, or every line of stdin where it is '-'; return the exit code."""
    return questions.run(source, request, _one)


def _one(function, variable, request, shapes, label):
    """Show the derivative by one variable, then what the check says of it; return the exit code."""
    derivative = questions.derivative_of(function, variable, request, shapes)
    if request.form == "json":
        return _one_as_json(derivative, request)
    show(function, derivative, request, label)
    report = checked(derivative, request)
    if report is not None:
        show_verdict(derivative, report, label)
    code = exit_code(report, request)
    shown_as_matrix = not isinstance(derivative, IndexForm)
    if code != WRONG and shown_as_matrix and is_terminal(sys.stdout) and request.form not in DOCUMENT_FORMATS:
        _note_symmetric(derivative, request, shapes)
    return code


def _one_as_json(derivative, request):
    report = checked(derivative, request)
    if report is not None and report.ok is False:
        wrong = error_record(derivative.typed, disagreement(derivative, report))
        write_json({**wrong, "wrt": derivative.wrt, **records(report)})
    else:
        write_json(derivative_record(derivative, report))
    return exit_code(report, request)


def _note_symmetric(derivative, request, shapes):
    """Say it where the answer would be shorter if a square name were declared symmetric."""
    found = shorter_if_symmetric(derivative, shapes, request.rules)
    if found is None:
        return
    name, shorter = found
    report = checked(shorter, request)
    if report is None or report.ok:
        write(f'  with {name} symmetric (--assume "{name} symmetric"): {text_for(shorter, request)}', err=True)
