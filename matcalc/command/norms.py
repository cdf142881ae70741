"""``matcalc norms``: the norms of a matrix of numbers with their gradients, or those of an expression compared."""

from __future__ import annotations

from dataclasses import dataclass

from ..linalg.norm.norms import norms
from ..linalg.norm.report import NormReport
from ..shapes.declarations import read_assumptions, read_shapes
from .reports import answered, show_check, show_report
from .streams import write_json


@dataclass(frozen=True)
class NormRequest:
    """The options of one call."""

    p: tuple
    k: int | None
    shape: tuple
    assume: tuple
    check: bool
    form: str | None
    rules: tuple


def run(source, request):
    """Show the norms of a matrix or an expression; return the exit code."""
    return answered(source, request.form, lambda: _norms(source, request))


def _norms(source, request):
    shapes, assume = read_shapes(request.shape), read_assumptions(request.assume)
    report = norms(source, request.p, request.k, shapes, assume, request.rules)
    check = report.check() if request.check and isinstance(report, NormReport) else None
    if request.form == "json":
        write_json({"input": source, **report.record(), "check": None if check is None else check.record()})
        return 0 if check is None or check.ok else 1
    show_report(report, request.form)
    return 0 if check is None else show_check(check)
