"""Answers, checks, claims, proofs and errors as dictionaries of texts, numbers and lists: the schema of ``--json``."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

from ..answers.index_form import IndexForm
from ..checks.exact_report import DECIMALS
from ..errors import CheckFailedError
from ..shapes.notes import for_command

if TYPE_CHECKING:
    from ..answers.derivative import Derivative
    from ..answers.shown import Shown
    from ..checks.exact import ExactReport
    from ..checks.report import StepsReport
    from ..claims.report import ClaimReport
    from ..errors import MatcalcError

# the notations that are read, beside the language
NOTATIONS = {"matlab": "MATLAB", "latex": "LaTeX", "python": "Python", "unicode": "Unicode"}

Record = dict[str, Any]


class Unchecked(NamedTuple):
    """The report of a check that could not begin."""

    reason: str
    ok: None = None
    max_error: None = None
    points: int = 0


def input_record(function: Shown) -> Record:
    """Return what is said of the input: as it was typed, and how it was read where it is not in the language."""
    if function.syntax not in NOTATIONS:
        return {"input": function.text}
    return {"input": function.typed, "syntax": function.syntax, "read_as": function.text}


def derivative_record(derivative: Derivative, report: object) -> Record:
    """Return what is said of a derivative; ``report`` is the check's, or None."""
    return {
        **input_record(derivative),
        "wrt": derivative.target,
        "layout": derivative.layout,
        "order": derivative.order,
        **({} if derivative.query.is_usual else {"by": list(derivative.by), "along": list(derivative.along)}),
        "derivative": str(derivative),
        **(_index_record(derivative) if isinstance(derivative, IndexForm) else {}),
        "shape": list(derivative.shape),
        "shapes": {name: list(shape) for name, shape in derivative.shapes.items()},
        "where": derivative.where,
        "assume": derivative.assume,
        "structure": derivative.structure,
        "notes": for_command(derivative.notes),
        **records(report),
    }


def _index_record(form: IndexForm) -> Record:
    return {"form": "index", "left": form.left, "axes": list(form.axes), "einsum": form.einsum}


def error_record(text: str, error: MatcalcError) -> Record:
    """Return what is said of an error; the span counts characters of the input."""
    span = list(error.span) if error.span is not None and error.source in (None, text) else None
    return {"input": text, "error": {"kind": error.kind, "message": error.message, "hint": error.hint, "span": span}}


def disagreement(derivative: Derivative, report: Any) -> CheckFailedError:
    """Return the error for an answer that a check contradicts, with the point and both values."""
    message = f"this derivative by {derivative.wrt} is wrong, do not use it: {derivative}"
    return CheckFailedError(
        "\n".join([message, report.reason, *(f"  {line}" for line in report.detail.splitlines())]),
        hint="this is a bug in matcalc, please report it with the command",
    )


def check_record(report: Any) -> Record:
    """Return what is said of a check: ok (null where it could not run), points, max_error, reason."""
    finite = report.max_error is not None and math.isfinite(report.max_error)
    found = {"ok": report.ok, "points": report.points, "max_error": float(report.max_error) if finite else None}
    found |= {"broken": list(report.broken)} if getattr(report, "broken", ()) else {}
    witness = getattr(report, "witness", "torch autograd")
    found |= {"witness": witness} if witness != "torch autograd" else {}
    return {**found, "reason": report.reason} if report.reason else found


def exact_record(report: ExactReport) -> Record:
    """Return what is said of an exact check: whether the answer is equal, at how many points, with which claim."""
    found: Record = {"ok": report.ok, "points": report.points, "sizes": list(report.sizes)}
    found |= {"digits": report.digits, "chance": report.chance}
    return {**found, "reason": report.reason} if report.reason else found


def records(report: Any) -> Record:
    """Return the members "exact" and "check" (torch's) of a record, None where a check was left out.

    Of a derivation "check" is what both say together.
    """
    if getattr(report, "verdicts", ()):
        return {"exact": _exact_lines_record(report), "check": check_record(report)}
    exact, torch = getattr(report, "exact", None), getattr(report, "torch", report)
    return {
        "exact": None if exact is None else exact_record(exact),
        "check": None if torch is None else check_record(torch),
    }


def _exact_lines_record(report: StepsReport) -> Record:
    ok = False if False in report.verdicts else None if None in report.verdicts else True
    found: Record = {"ok": ok, "points": report.exact_points, "digits": DECIMALS if ok else None}
    found["lines"] = list(report.verdicts)
    reason = report.exact_reason or ("" if ok else report.reason)
    return {**found, "reason": reason} if reason else found


def step_records(derivation: Any, report: Any) -> list[Record]:
    """Return the lines of a derivation, each with its exact verdict, None where it is not known."""
    lines = derivation.records()
    verdicts = getattr(report, "verdicts", ()) or (None,) * len(lines)
    return [{**line, "exact": verdict} for line, verdict in zip(lines, verdicts)]


def claim_record(expression: str, report: ClaimReport) -> Record:
    """Return what is said of a claim about an expression."""
    right = report.right
    return {
        "input": expression,
        "claim": report.claim,
        "wrt": report.wrt,
        "ok": report.ok,
        "layout": report.layout,
        "diagnosis": report.diagnosis,
        "message": report.message,
        "also": list(report.also),
        "notes": for_command(report.notes),
        "right": None if right is None else str(right),
        "repaired": report.repaired,
        "counterexample": report.counterexample,
        "shapes": {name: list(shape) for name, shape in report.shapes.items()},
        "points": report.points,
        "max_error": report.max_error if report.max_error is not None and report.max_error != float("inf") else None,
    }


def proof_record(report: Any, check: Any) -> Record:
    """Return what is said of definiteness or convexity; ``check`` is that of the certificate, or None."""
    asked = {} if not hasattr(report, "expression") else input_record(report.expression)
    told = {**asked, **report.record(), "notes": for_command(report.notes)}
    return {**told, "check": None if check is None else _certificate_record(check)}


def _certificate_record(check: Any) -> Record:
    found = {"ok": check.ok}
    if hasattr(check, "checks"):
        return {**found, "checks": [what for what, _ in check.checks]}
    found = {**found, "points": check.points}
    return {**found, "reason": check.reason} if check.reason else found
