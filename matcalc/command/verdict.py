"""The check of an answer as the command line tells it: its line, its exit code, its JSON object."""

from __future__ import annotations

import os
import sys

from ..counts import points_text
from ..libraries import trouble
from ..service.records import Unchecked, disagreement
from .streams import carries, is_terminal, write, write_error

WRONG, NOT_CHECKED = 1, 4
STANDARD_POINTS, STANDARD_SEED = 3, 0


def checked(derivative, request):
    """Return the report of the check, None where none is wanted."""
    if request.check is False:
        return None
    if request.check == "tensorflow":  # whose start would write lines of its own to stderr
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
    return derivative.check(*_points_and_seed(request), request.check or "both")


def checked_steps(derivative, request):
    """Return the report of the check of all lines of the derivation or accumulation, None where none is wanted.

    The lines of an accumulation are evaluated by torch; where it is left out, the report is that of the derivative.
    """
    if request.check is False:
        return None
    points, seed = _points_and_seed(request)
    if request.mode is not None:
        if request.check == "exact":
            return checked(derivative, request)
        return Unchecked(trouble()) if trouble() else derivative.check_accumulation(request.mode, points, seed)
    return derivative.check_steps(points, seed, *([request.check] if request.check else []))


def _points_and_seed(request):
    points = STANDARD_POINTS if request.points is None else request.points
    return points, STANDARD_SEED if request.seed is None else request.seed


def exit_code(report, request):
    """Return 0, 1 where the check contradicts the answer, 4 where a check that was asked for could not run."""
    if report is None or report.ok:
        return 0
    if report.ok is False:
        return WRONG
    return NOT_CHECKED if request.check_demanded else 0


def show_verdict(derivative, report, label=""):
    """Write to stderr what the exact check found, then what torch did; what contradicts the answer comes last."""
    if report.exact is not None and report.exact.ok is not False:
        _show_exact(report.exact, label)
    if report.torch is not None and report.torch.ok:
        on_terminal = is_terminal(sys.stderr) and carries(sys.stderr, "✓")
        witness = report.torch.witness
        show_agreement(witness if on_terminal else f"{witness} agrees", report.torch, label)
        if report.torch.broken:
            broken = ", ".join(report.torch.broken)
            write(f"{label}{report.torch.library} agrees also where the conditions break: {broken}", err=True)
    elif report.torch is not None and report.torch.ok is None:
        write(f"{label}not checked: {report.torch.reason}", err=True)
    if report.ok is False:
        write_error(disagreement(derivative, report), label, lead="internal error:")


def _show_exact(report, label):
    if report.ok and is_terminal(sys.stderr) and carries(sys.stderr, "✓"):
        write(f" {label}{report}", err=True, lead="✓", fg="green")
    else:
        write(f"{label}checked: {report}" if report.ok else f"{label}{report}", err=True)


def show_agreement(what, report, label):
    """Write to stderr that a check passed: ``what``, at how many points, with which error."""
    points, error = points_text(report.points), _one_digit(report.max_error)
    if is_terminal(sys.stderr) and carries(sys.stderr, "✓"):
        separator = ":" if ":" not in what else " at"
        write(f" {label}{what}{separator} {points}, largest relative error {error}", err=True, lead="✓", fg="green")
    else:
        write(f"{label}checked: {what} at {points} (largest relative error {error})", err=True)


def _one_digit(error):
    return f"{error:.0e}".replace("e-0", "e-") if error else "0"
