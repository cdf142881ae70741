"""The check of a derivative against torch autograd, independent of the engine.

The user's own text is evaluated by torch at random points and differentiated by autograd (``truth``), and
the result is compared with the value of the answer as it is printed. Nothing is shared with the engine but
the parser.
"""

from __future__ import annotations

from contextlib import suppress
from math import inf, isfinite

import torch

from ..counts import positive_count, seed_number
from ..errors import DomainError, LimitError, MatcalcError
from ..evaluation.evaluate import evaluate, own_torch_state
from ..evaluation.kinks import beside_kink
from ..evaluation.points import acceptable, array_text
from ..language.stacks import read_back
from .differences import is_derivative
from .problem import Problem, informative_point
from .report import CheckReport
from .rounding import both_are_rounding
from .rules import verify_rule

__all__ = ["CheckReport", "check_derivative", "verify_rule"]

TOLERANCE = {1: 1e-7, 2: 1e-6, 3: 1e-6, 4: 1e-5, 5: 1e-5, 6: 1e-5}
_MOST_KINKS = 3


# -- the check ------------------------------------------------------------------------------------------------


@own_torch_state()
def check_derivative(derivative, points=3, seed=0, kind=Problem):
    """Compare a Derivative with torch autograd of its source text; return a :class:`CheckReport`.

    ``points`` random points, drawn from ``seed``; ``kind``: the class of :class:`Problem` that says what is compared
    with. Raises ArgumentError where ``points`` is not positive.
    """
    points, seed = positive_count("points", points), seed_number(seed)
    try:
        problem = kind(derivative.query, read_back(str(derivative), derivative.query.elaborated.stacks))
    except LimitError as refused:
        return CheckReport(None, None, 0, refused.message)
    except MatcalcError as refused:
        return CheckReport(False, None, 0, f"the answer cannot be read back: {refused.message}")
    return _Check(derivative, problem, seed).report(points)


class _Check:
    """The comparison of one derivative with torch: at random points, beside its kinks, and where conditions break."""

    def __init__(self, derivative, problem, seed):
        self.derivative, self.problem = derivative, problem
        self.sampler, self.worst = problem.sampler(seed), 0.0
        self.seen = set()

    def report(self, points):
        """Return the report of the check at so many random points."""
        count, last, stopped = 0, None, ""
        while count < points and not stopped:
            try:
                point = informative_point(self.problem, self.sampler, self.seen)
            except RuntimeError as error:
                stopped = f"{self.problem.library} cannot differentiate this: {str(error).splitlines()[0]}"
                break
            if point is None:
                stopped = self.sampler.reason
                break
            count, last = count + 1, point
            wrong = self._compared(point, count)
            if wrong is not None:
                return wrong
        try:
            wrong, broken = self._beside_kinks(last, count) if last else None, ()
            if wrong is None:
                wrong, agreed, broken = self._where_broken(count)
                count = count or agreed
        except RuntimeError:
            wrong, broken = None, ()  # what torch cannot differentiate beside the kinks says nothing
        if wrong is not None:
            return wrong
        if stopped and (last is not None or not count):
            return CheckReport(None, self.worst if count else None, count, stopped)
        return CheckReport(True, self.worst, count, broken=broken)

    def _compared(self, point, count):
        """Return the report of a disagreement at an admitted point, None where torch agrees."""
        error, reason, ours = compare(self.problem, point)
        self.worst = max(self.worst, error)
        if reason:
            return CheckReport(False, self.worst, count, reason, _detail(point, self.problem.found[0], ours))
        return None

    def _beside_kinks(self, point, count):
        """Compare at points on both sides of each kink, found from what decides about the sign."""
        problem = self.problem
        for kink in [*problem.kinks, *problem.ties][:_MOST_KINKS]:
            for beside in beside_kink(kink, point, problem.facts, problem.book, self.sampler.generator):
                with suppress(MatcalcError):
                    if problem.admits(beside):
                        wrong = self._compared(beside, count + 1)
                        if wrong is not None:
                            return wrong
        return None

    def _where_broken(self, count):
        """Compare where conditions fail in a whole region: (disagreement, how many points agree, the conditions)."""
        problem, agreed, met = self.problem, 0, {}
        for point, failing in problem.broken_points:
            try:
                value, found, scale = problem.derivative(point)
            except DomainError:
                continue  # the expression itself has no value there
            if not acceptable(value) or not acceptable(found):
                continue
            problem.found = (problem.true_value(value, found, point), scale)
            error, reason, ours = compare(problem, point, self.derivative)
            if not reason:
                self.worst, agreed = max(self.worst, error), agreed + 1
                met.update({condition.told(self.derivative.text): condition for condition in failing})
            elif ours is None:  # no value where a condition that is printed with the answer fails: it says so itself
                continue
            elif is_derivative(problem, point, found):
                detail = _detail(point, problem.found[0], ours)
                return CheckReport(False, max(self.worst, error), count + 1, reason, detail), agreed, ()
        return None, agreed, tuple(text for text in met if text in self.derivative.where)


def compare(problem, point, derivative=None):
    """Return (relative error, reason where they disagree, our value) at a point.

    Of a ``derivative`` the form that holds everywhere is evaluated in the place of the printed one.
    """
    truth, scale = problem.found
    tree = problem.answer if derivative is None else derivative.everywhere.tree
    try:
        ours = evaluate(tree, point.arrays, point.sizes, problem.book)
    except DomainError as refused:
        return float("inf"), f"the answer has no value where torch's derivative has one: {refused.message}", None
    except MatcalcError as refused:
        return float("inf"), f"the answer cannot be evaluated: {refused.message}", None
    if ours.shape != truth.shape:
        shown = ["×".join(map(str, array.shape)) for array in (ours, truth)]
        return float("inf"), f"the answer is {shown[0]}, torch's derivative {shown[1]}", ours
    if not torch.isfinite(ours).all():
        return float("inf"), "the answer is not finite where torch's derivative is", ours
    error = relative_error(truth, ours, problem.noise * scale)
    if error <= TOLERANCE[problem.query.order]:
        return error, "", ours
    if both_are_rounding(problem, point, tree, truth, ours):
        return 0.0, "", ours
    return error, f"{problem.witness} disagrees: relative error {error:.2g}", ours


def relative_error(truth, ours, noise=0.0):
    """Return ‖truth − ours‖ over the larger of both norms, which counts as no smaller than ``noise``."""
    difference = float((truth - ours).norm())
    if not isfinite(difference):
        return inf
    return difference / max(float(truth.norm()), float(ours.norm()), noise) if difference else 0.0


def _detail(point, truth, ours):
    named = [*point.arrays.items(), ("torch", truth), ("matcalc", ours)]
    return "\n".join(f"{name} = {'no value' if array is None else array_text(array)}" for name, array in named)
