"""The check of a derivation in complex names: every form of every line is evaluated by torch at complex points.

Differentials are torch's directional derivatives along a random complex direction, and both tangents come from real and
imaginary parts, by their definitions. Nothing is shared with the engine but the parser.
"""

from __future__ import annotations

from typing import Any

import torch

from ..budget import limited
from ..counts import positive_count, seed_number
from ..errors import MatcalcError
from ..evaluation.complex_draws import draw
from ..evaluation.evaluate import evaluate, node_values, own_torch_state
from ..evaluation.fitting import whole_number
from ..language.nodes import plain_name
from ..language.syntax import parse_tree
from ..rulebook.entries import size_tree
from ..rulebook.facts import hermitian, is_complex
from ..steps.step import DERIVATIVE, TANGENT, tangent_of
from .complexes import ComplexProblem
from .problem import informative_point
from .report import StepsReport
from .steps import TOLERANCE, direction_generator

_NOISE = 1e-6


@limited("checking")
@own_torch_state()
def check_tangents(derivation: Any, derivative: Any, tangents: dict, points: int = 3, seed: int = 0) -> StepsReport:
    """Evaluate every line of a derivation at random points and directions; return a :class:`StepsReport`.

    ``tangents`` are the derivatives by z and conj(z). Raises ArgumentError where ``points`` is not positive.
    """
    points, seed = positive_count("points", points), seed_number(seed)
    lines = len(derivation.steps)
    try:
        problem = ComplexProblem(derivative)
        others = {name: ComplexProblem(tangent) for name, tangent in tangents.items()}
    except MatcalcError as refused:
        return StepsReport(None, None, 0, lines, refused.message)
    sampler, directions, worst = problem.sampler(seed), direction_generator(seed), 0.0
    for number in range(points):
        point = informative_point(problem, sampler, set())
        if point is None:
            return StepsReport(None, worst if number else None, number, lines, sampler.reason)
        moment = _Moment(derivation, problem, others, point, directions)
        for index, step in enumerate(derivation.steps, 1):
            error, reason = moment.judge(step)
            worst = max(worst, error)
            if reason:
                return StepsReport(False, worst, number + 1, lines, f"line {index}, {step}: {reason}")
    return StepsReport(True, worst, points, lines)


class _Moment:
    """A point and a direction, with torch's values of everything that a line can speak of."""

    def __init__(self, derivation: Any, problem: Any, others: dict, point: Any, generator: torch.Generator) -> None:
        self.derivation, self.problem, self.others, self.point = derivation, problem, others, point
        name = plain_name(derivation.variable)
        facts = problem.facts.get(name, frozenset())
        words = frozenset({"hermitian" if hermitian(facts) else "complex"} if is_complex(facts) else ())
        direction = draw(tuple(point.arrays[name].shape), words, "normal", generator)
        time = torch.zeros((), dtype=torch.float64, requires_grad=True)
        moved = {**point.arrays, name: point.arrays[name] + time * direction}
        for part, text in derivation.values.items():
            moved[part] = evaluate(parse_tree(text), moved, point.sizes, problem.book)
        self.own = evaluate(problem.typed, moved, point.sizes, problem.book).detach()
        self.arrays = {part: array.detach() for part, array in moved.items()}
        for part, change in derivation.changes.items():
            self.arrays[change] = direction if part == name else _rate(moved[part], time)

        self.size = max(float(array.norm()) for array in self.arrays.values())

    def judge(self, step: Any) -> tuple[float, str]:
        """Return (the largest relative error of a line's forms, why it is false or '')."""
        truth = self._truth(step)
        expected = tuple(whole_number(size_tree(str(size)), self.point.sizes) for size in step.shape) or (1, 1)
        if tuple(truth.shape) != expected:
            return float("inf"), f"its shape is {tuple(truth.shape)}, not {expected}"
        own = [(self.own, truth, 0.0, step.left)] if step.left == self.derivation.function else []
        try:
            compared = own + [self._form(form, truth) for form in step.forms]
            compared += [self._form(text, self.arrays[name]) for name, text in step.definitions]
        except MatcalcError as problem:
            return float("inf"), f"it cannot be evaluated: {problem.message}"
        worst, peak = 0.0, max(*(peak for _, _, peak, _ in compared), self.size)
        for value, wanted, _, form in compared:
            error = _error(value, wanted, _NOISE * peak)
            if not error <= TOLERANCE:
                return error, f"'{form}' is off by {error:.2g}"
            worst = max(worst, error)
        return worst, ""

    def _truth(self, step: Any) -> torch.Tensor:
        if step.kind == DERIVATIVE:
            return self.problem.found[0]
        if step.kind == TANGENT:
            problem = self.others[tangent_of(self.derivation)]
            value, found, _ = problem.derivative(self.point)
            return problem.true_value(value, found, self.point)
        return evaluate(parse_tree(step.left), self.arrays, self.point.sizes, self.problem.book)

    def _form(self, form: str, truth: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, float, str]:
        tree = parse_tree(form)
        values = node_values(tree, self.arrays, self.point.sizes, self.problem.book)
        peak = max((float(v.norm()) for v in values.values() if v is not None and v.isfinite().all()), default=0.0)
        return values[id(tree)], truth, peak, form


def _rate(value: torch.Tensor, time: torch.Tensor) -> torch.Tensor:
    """Return the derivative by a real number, by differentiating the gradient by its cotangent."""
    if not value.requires_grad:
        return torch.zeros_like(value)
    parts = torch.view_as_real(value.resolve_conj().resolve_neg()) if value.is_complex() else value
    cotangent = torch.zeros_like(parts).requires_grad_()
    (pulled,) = torch.autograd.grad(parts, time, cotangent, create_graph=True)
    (rate,) = torch.autograd.grad(pulled, cotangent, allow_unused=True, materialize_grads=True)
    return torch.view_as_complex(rate.contiguous()) if value.is_complex() else rate


def _error(value: torch.Tensor, truth: torch.Tensor, noise: float) -> float:
    if value.shape != truth.shape:
        return float("inf")
    difference = float((value - truth).norm())
    return difference / max(float(value.norm()), float(truth.norm()), noise) if difference else 0.0
