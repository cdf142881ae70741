"""The check of a derivation in complex names: every form of every line is evaluated by torch at complex points.

Differentials are torch's directional derivatives along a random complex direction, and both tangents come from real and
imaginary parts, by their definitions. Nothing is shared with the engine but the parser.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import torch

from ..budget import limited
from ..counts import positive_count, seed_number
from ..errors import MatcalcError
from ..evaluation.complex_draws import draw
from ..evaluation.evaluate import evaluate, own_torch_state
from ..language.nodes import plain_name
from ..language.syntax import parse_tree
from ..rulebook.facts import hermitian, is_complex
from ..steps.step import DERIVATIVE, TANGENT, tangent_of
from .complexes import ComplexProblem
from .derivation_lines import Moment, judge_lines
from .report import StepsReport


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
    return judge_lines(derivation, problem, partial(_Moment, derivation, problem, others), points, seed)


class _Moment(Moment):
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

    def truth(self, step: Any) -> torch.Tensor:
        """Return torch's value of what a line is about."""
        if step.kind == DERIVATIVE:
            return self.problem.found[0]
        if step.kind == TANGENT:
            problem = self.others[tangent_of(self.derivation)]
            value, found, _ = problem.derivative(self.point)
            return problem.true_value(value, found, self.point)
        return super().truth(step)

    def largest(self, step: Any) -> float:
        """Return the size of the largest array."""
        return self.size


def _rate(value: torch.Tensor, time: torch.Tensor) -> torch.Tensor:
    """Return the derivative by a real number, by differentiating the gradient by its cotangent."""
    if not value.requires_grad:
        return torch.zeros_like(value)
    parts = torch.view_as_real(value.resolve_conj().resolve_neg()) if value.is_complex() else value
    cotangent = torch.zeros_like(parts).requires_grad_()
    (pulled,) = torch.autograd.grad(parts, time, cotangent, create_graph=True)
    (rate,) = torch.autograd.grad(pulled, cotangent, allow_unused=True, materialize_grads=True)
    return torch.view_as_complex(rate.contiguous()) if value.is_complex() else rate
