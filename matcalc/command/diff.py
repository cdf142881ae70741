"""``matcalc diff``: every expression by every variable, each answer followed by its check."""

from __future__ import annotations

import sys

from ..api import diff
from ..errors import MatcalcError
from . import questions
from .answer import error_record, record, show, text_for
from .streams import is_terminal, write, write_json
from .verdict import WRONG, checked, disagreement, exit_code, records, show_verdict

_MOST_TRIED, _LONGEST_TRIED = 3, 200


def run(source, request):
    """Differentiate an expression, or every line of stdin where it is '-'; return the exit code."""
    return questions.run(source, request, _one)


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
        wrong = error_record(derivative.typed, disagreement(derivative, report))
        write_json({**wrong, "wrt": derivative.wrt, **records(report)})
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
