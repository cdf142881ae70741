"""``matcalc structure``: which structures a matrix has."""

from __future__ import annotations

from ..linalg.structures.report import structure
from .reports import answered, show_report
from .streams import write_json


def run(source, form):
    """Show the structures of a matrix; return the exit code."""
    return answered(source, form, lambda: _show(source, form))


def _show(source, form):
    report = structure(source)
    if form == "json":
        write_json({"input": source, **report.record()})
    else:
        show_report(report, form)
