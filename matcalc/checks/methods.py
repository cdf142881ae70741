"""The two checks of a derivative, each independent of the engine and of the other, and what they say together."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..budget import limited
from ..counts import positive_count
from ..libraries import trouble
from ..words import CHECKS, known_word
from .complex_exact import check_complex_exactly
from .exact import check_exactly
from .exact_report import ExactReport
from .exact_steps import check_steps_exactly
from .report import CheckReport, StepsReport


@limited("checking")
def check_by(derivative: Any, points: int = 3, seed: int = 0, method: str = "both") -> CheckReport:
    """Check a Derivative exactly, with torch, or by both; return a :class:`CheckReport`.

    Raises ArgumentError for another method, and where ``points`` is not positive.
    """
    known_word("check", method, CHECKS)
    if method == "tensorflow":
        return CheckReport(None, None, 0, "TensorFlow's check is of derivatives by real names that are matrices")
    indexed, is_complex = hasattr(derivative, "indexed"), derivative.elaborated.twin is not None
    exact = None if method == "torch" or is_complex else check_exactly(derivative, points, seed)
    if is_complex and method != "torch":
        exact = check_complex_exactly(derivative, points, seed)
    if method == "exact":
        return _together(exact, None)
    if trouble():
        return _together(exact, CheckReport(None, None, 0, trouble()))
    if indexed:
        from .tensors import check_tensor as check_with_torch
    elif is_complex:
        from .complexes import check_complex as check_with_torch
    else:
        from .derivative import check_derivative as check_with_torch

    return _together(exact, check_with_torch(derivative, points=points, seed=seed))


@limited("checking")
def check_steps_by(
    derivation: Any, derivative: object, points: int = 3, seed: int = 0, method: str = "both"
) -> StepsReport:
    """Check every line of a Derivation exactly, with torch, or by both; return a :class:`StepsReport`.

    Raises ArgumentError for another method, and where ``points`` is not positive.
    """
    known_word("check", method, CHECKS)
    points = positive_count("points", points)
    if method == "tensorflow":
        reason = "the lines of a derivation are checked exactly and by torch, not by TensorFlow"
        return StepsReport(None, None, 0, len(derivation.steps), reason)
    exact = None if method == "torch" else check_steps_exactly(derivation, derivative, points, seed)
    if exact is not None and (method == "exact" or exact.ok is False or trouble() and exact.ok):
        return exact
    if trouble():
        found = StepsReport(None, None, 0, len(derivation.steps), trouble())
    else:
        from .steps import check_steps

        found = check_steps(derivation, derivative, points=points, seed=seed)
    if exact is None:
        return found
    return replace(
        found, exact_points=exact.exact_points, verdicts=exact.verdicts, exact_reason=exact.reason
    )


def _together(exact: ExactReport | None, torch: CheckReport | None) -> CheckReport:
    found = [report for report in (exact, torch) if report is not None]
    wrong = [report for report in found if report.ok is False]
    passed = any(report.ok for report in found)
    ok = False if wrong else True if passed else None
    reasons = "" if ok else "; ".join(report.reason for report in wrong or found)
    if wrong and passed and torch is not None:
        other = "torch agrees with it" if torch.ok else "it is equal by the exact check"
        reasons = f"{reasons}, but {other}: the two checks contradict each other"
    details = "\n".join(report.detail for report in wrong if report.detail)
    error = None if torch is None else torch.max_error
    points = max(report.points for report in found)
    broken = () if torch is None else torch.broken
    return CheckReport(ok, error, points, reasons, details, exact, torch, broken)
