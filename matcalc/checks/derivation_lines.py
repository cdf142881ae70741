"""What the checks of a derivation share: its lines are judged at points, by torch's values of what they speak of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from ..errors import MatcalcError
from ..evaluation.evaluate import evaluate, node_values
from ..evaluation.fitting import whole_number
from ..language.syntax import parse_tree
from ..rulebook.entries import size_tree
from .problem import Problem, informative_point
from .report import StepsReport

TOLERANCE = 1e-7
# below this part of the largest value met on the way a difference is rounding noise
_NOISE = 1e-6
_OTHER_STREAM = 0x5DEECE66

# (the value, the truth, the largest value met on the way, the text)
Compared = tuple[torch.Tensor, torch.Tensor, float, str]


def direction_generator(seed: int) -> torch.Generator:
    """Return a random generator that is not the one of the points.

    From one stream the direction at the first point would be x itself, in which a function of degree 0 is constant.
    """
    return torch.Generator().manual_seed(seed ^ _OTHER_STREAM)


def judge_lines(
    derivation: Any, problem: Problem, moment_at: Callable[[Any, torch.Generator], Moment], points: int, seed: int
) -> StepsReport:
    """Return the report of a derivation whose lines are judged by the moments at random points."""
    lines = len(derivation.steps)
    sampler, directions = problem.sampler(seed), direction_generator(seed)
    worst, seen = 0.0, set()
    for number in range(points):
        point = informative_point(problem, sampler, seen)
        if point is None:
            return StepsReport(None, worst if number else None, number, lines, sampler.reason)
        moment = moment_at(point, directions)
        for index, step in enumerate(derivation.steps, 1):
            error, reason = moment.judge(step)
            worst = max(worst, error)
            if reason:
                return StepsReport(False, worst, number + 1, lines, f"line {index}, {step}: {reason}")
    return StepsReport(True, worst, points, lines)


class Moment:
    """A point and a direction, with torch's values of everything that a line can speak of.

    Whoever derives from it fills ``arrays`` with these, ``own`` with the value of the user's text, and says the truth
    of a line. ``up_to_skew`` are names of gradients that are determined up to a skew matrix.
    """

    derivation: Any
    problem: Problem
    point: Any
    own: torch.Tensor
    arrays: dict[str, torch.Tensor]
    up_to_skew: frozenset[str] | set[str] = frozenset()

    def judge(self, step: Any) -> tuple[float, str]:
        """Return (the largest relative error of a line's forms, why it is false or '')."""
        truth = self.truth(step)
        shape = tuple(whole_number(size_tree(str(size)), self.point.sizes) for size in step.shape) or (1, 1)
        if tuple(truth.shape) != shape:
            return float("inf"), f"its shape is {_shown(truth.shape)}, not {_shown(shape)}"
        own = [(self.own, truth, 0.0, step.left)] if step.left == self.derivation.function else []
        try:
            compared = own + [self._form(form, truth) for form in step.forms]
            compared += [self._form(text, self.arrays[name]) for name, text in step.definitions]
        except MatcalcError as problem:
            return float("inf"), f"it cannot be evaluated: {problem.message}"
        noise, worst = _NOISE * max(self.largest(step), *(peak for _, _, peak, _ in compared)), 0.0
        for value, wanted, _, form in compared:
            if step.left in self.up_to_skew and value.shape == wanted.shape:
                value, wanted = value + value.mT, wanted + wanted.mT
            error = relative_error(value, wanted, noise)
            if not error <= TOLERANCE:
                return error, f"'{form}' is off by {error:.2g}"
            worst = max(worst, error)
        return worst, ""

    def truth(self, step: Any) -> torch.Tensor:
        """Return torch's value of what a line is about."""
        return evaluate(parse_tree(step.left), self.arrays, self.point.sizes, self.problem.book)

    def largest(self, step: Any) -> float:
        """Return the size of the largest value that stands behind the truth of a line, where more than its forms do."""
        return 0.0

    def _form(self, form: str, truth: torch.Tensor) -> Compared:
        tree = parse_tree(form)
        values = node_values(tree, self.arrays, self.point.sizes, self.problem.book)
        peak = max((float(v.norm()) for v in values.values() if v is not None and v.isfinite().all()), default=0.0)
        return values[id(tree)], truth, peak, form


def relative_error(value: torch.Tensor, truth: torch.Tensor, noise: float) -> float:
    """Return by how much a value is off, as a part of the larger of both and of the noise."""
    if value.shape != truth.shape:
        return float("inf")
    difference = float((value - truth).norm())
    return difference / max(float(value.norm()), float(truth.norm()), noise) if difference else 0.0


def _shown(shape: Any) -> str:
    return "×".join(map(str, shape))
