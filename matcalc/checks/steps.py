"""The check of a derivation: every form of every line is evaluated by torch and compared with autograd.

At random points and in random directions dx, values are compared with those of the definitions, differentials
with torch's directional derivatives, sensitivities and Jacobians with its gradients, and the derivative with the
truth of the user's own text. Nothing is shared with the engine but the parser.
"""

from __future__ import annotations

import torch

from ..budget import limited
from ..counts import positive_count, seed_number
from ..errors import MatcalcError
from ..evaluation.evaluate import evaluate, node_values, own_torch_state
from ..evaluation.fitting import whole_number
from ..evaluation.truth import arranged, jacobian, structure_matrix, true_derivative, unvec
from ..language.syntax import parse_tree
from ..rulebook.entries import size_tree
from ..steps.step import DERIVATIVE, GRADIENT
from .problem import Problem, informative_point
from .report import StepsReport

TOLERANCE = 1e-7
# below this part of the largest value met on the way a difference is rounding noise
_NOISE = 1e-6
_SYMMETRY = 1e-12
_OTHER_STREAM = 0x5DEECE66


@limited("checking")
@own_torch_state()
def check_steps(derivation, derivative, points=3, seed=0):
    """Evaluate every line of a Derivation at random points and directions; return a :class:`StepsReport`.

    ``derivative`` is the Derivative that it leads to. Raises ArgumentError where ``points`` is not positive.
    """
    points, seed = positive_count("points", points), seed_number(seed)
    lines = len(derivation.steps)
    try:
        problem = Problem(derivative.query, parse_tree(derivation.steps[-1].expression))
    except MatcalcError as refused:
        return StepsReport(None, None, 0, lines, refused.message)
    sampler, directions = problem.sampler(seed), direction_generator(seed)
    worst, seen = 0.0, set()
    for number in range(points):
        point = informative_point(problem, sampler, seen)
        if point is None:
            return StepsReport(None, worst if number else None, number, lines, sampler.reason)
        moment = _Moment(derivation, problem, point, directions)
        for index, step in enumerate(derivation.steps, 1):
            error, reason = moment.judge(step)
            worst = max(worst, error)
            if reason:
                return StepsReport(False, worst, number + 1, lines, f"line {index}, {step}: {reason}")
    return StepsReport(True, worst, points, lines)


def direction_generator(seed):
    """Return a random generator that is not the one of the points.

    From one stream the direction at the first point would be x itself, in which a function of degree 0 is constant.
    """
    return torch.Generator().manual_seed(seed ^ _OTHER_STREAM)


class _Moment:
    """A point and a direction, with torch's values of everything that a line can speak of."""

    def __init__(self, derivation, problem, point, directions):
        self.derivation, self.problem, self.point = derivation, problem, point
        variable = derivation.variable
        self.leaf = point.arrays[variable].clone().requires_grad_()
        self.direction = torch.randn(self.leaf.shape, generator=directions, dtype=torch.float64)
        self.arrays = {**point.arrays, variable: self.leaf}
        own = evaluate(problem.tree, self.arrays, point.sizes, problem.book)
        for name, text in derivation.values.items():
            self.arrays[name] = evaluate(parse_tree(text), self.arrays, point.sizes, problem.book)
        self.own = own.detach()
        self.arrays |= self._changes() | self._sensitivities() | self._jacobians()
        self.arrays = {name: array.detach() for name, array in self.arrays.items()}

    def _changes(self):
        derivation, found = self.derivation, {}
        for name, change in derivation.changes.items():
            found[change] = self.direction if name == derivation.variable else self._tangent(self.arrays[name])
        return found

    def _tangent(self, value):
        """Return the directional derivative, by differentiating the gradient by its cotangent."""
        if not value.requires_grad:
            return torch.zeros_like(value)
        cotangent = torch.zeros_like(value).requires_grad_()
        (pulled,) = torch.autograd.grad(
            value, self.leaf, cotangent, create_graph=True, allow_unused=True, materialize_grads=True
        )
        if not pulled.requires_grad:
            return torch.zeros_like(value)
        (tangent,) = torch.autograd.grad(
            (pulled * self.direction).sum(), cotangent, allow_unused=True, materialize_grads=True
        )
        return tangent

    def _sensitivities(self):
        """Return the gradients by the parts; that by a symmetric part is determined up to a skew matrix."""
        function = self.arrays[self.derivation.function]
        found, self.up_to_skew = {}, set()
        for part, name in self.derivation.sensitivities.items():
            value = self.arrays[part].detach()
            if value.shape[0] == value.shape[1] and _error(value, value.mT, 0.0) <= _SYMMETRY:
                self.up_to_skew.add(name)
            (found[name],) = torch.autograd.grad(
                function, self.arrays[part], retain_graph=True, allow_unused=True, materialize_grads=True
            )
        return found

    def _jacobians(self):
        found, by_scalar = {}, self.leaf.shape == (1, 1)
        for part, name in self.derivation.jacobians.items():
            matrix = jacobian(self.arrays[part], self.leaf)
            found[name] = unvec(matrix, self.arrays[part].shape) if by_scalar else matrix
        return found

    # -- judging a line --------------------------------------------------------------------------------------------

    def judge(self, step):
        """Return (the largest relative error of a line's forms, why it is false or '')."""
        truth = self._truth(step)
        expected = tuple(whole_number(size_tree(str(size)), self.point.sizes) for size in step.shape) or (1, 1)
        if tuple(truth.shape) != expected:
            return float("inf"), f"its shape is {_shown(truth.shape)}, not {_shown(expected)}"
        own = [(self.own, truth, 0.0, step.left)] if step.left == self.derivation.function else []
        try:
            compared = own + [self._form(form, truth) for form in step.forms]
            compared += [self._form(text, self.arrays[name]) for name, text in step.definitions]
        except MatcalcError as problem:
            return float("inf"), f"it cannot be evaluated: {problem.message}"
        largest = self.problem.found[1] if step.kind == DERIVATIVE else 0.0
        noise, worst = _NOISE * max(largest, *(peak for _, _, peak, _ in compared)), 0.0
        for value, expected, _, form in compared:
            if step.left in self.up_to_skew and value.shape == expected.shape:
                value, expected = value + value.mT, expected + expected.mT
            error = _error(value, expected, noise)
            if not error <= TOLERANCE:
                return error, f"'{form}' is off by {error:.2g}"
            worst = max(worst, error)
        return worst, ""

    def _truth(self, step):
        if step.kind == DERIVATIVE:
            return self.problem.found[0]
        if step.kind == GRADIENT:
            return self._gradient()
        return evaluate(parse_tree(step.left), self.arrays, self.point.sizes, self.problem.book)

    def _gradient(self):
        """Return torch's first derivative in its natural form, in the convention of the answer."""
        problem, shape = self.problem, tuple(self.leaf.shape)
        value, found, _ = true_derivative(problem.tree, self.point, (problem.variable,), problem.book)
        facts = problem.facts.get(problem.variable, frozenset())
        matrix = structure_matrix(self.leaf.detach(), facts, problem.query.structure)
        found = found if matrix is None else found @ matrix
        return arranged(found, value.shape, shape, "mixed", 1)

    def _form(self, form, truth):
        """Return (value, truth, the largest value met on the way, form)."""
        tree = parse_tree(form)
        values = node_values(tree, self.arrays, self.point.sizes, self.problem.book)
        peak = max((float(v.norm()) for v in values.values() if v is not None and v.isfinite().all()), default=0.0)
        return values[id(tree)], truth, peak, form


def _shown(shape):
    return "×".join(map(str, shape))


def _error(value, truth, noise):
    if value.shape != truth.shape:
        return float("inf")
    difference = float((value - truth).norm())
    return difference / max(float(value.norm()), float(truth.norm()), noise) if difference else 0.0
