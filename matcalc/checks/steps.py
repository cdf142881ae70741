"""The check of a derivation: every form of every line is evaluated by torch and compared with autograd.

At random points and in random directions dx, values are compared with those of the definitions, differentials
with torch's directional derivatives, sensitivities and Jacobians with its gradients, and the derivative with the
truth of the user's own text. Nothing is shared with the engine but the parser.
"""

from __future__ import annotations

from functools import partial

import torch

from ..budget import limited
from ..counts import positive_count, seed_number
from ..errors import MatcalcError
from ..evaluation.evaluate import evaluate, own_torch_state
from ..evaluation.truth import arranged, jacobian, structure_matrix, true_derivative, unvec
from ..language.syntax import parse_tree
from ..steps.step import DERIVATIVE, GRADIENT
from .derivation_lines import Moment, judge_lines, relative_error
from .problem import Problem
from .report import StepsReport

_SYMMETRY = 1e-12


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
    return judge_lines(derivation, problem, partial(_Moment, derivation, problem), points, seed)


class _Moment(Moment):
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
            if value.shape[0] == value.shape[1] and relative_error(value, value.mT, 0.0) <= _SYMMETRY:
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

    # -- the truth of a line ---------------------------------------------------------------------------------------

    def truth(self, step):
        """Return torch's value of what a line is about."""
        if step.kind == DERIVATIVE:
            return self.problem.found[0]
        return self._gradient() if step.kind == GRADIENT else super().truth(step)

    def largest(self, step):
        """Return the size of the largest value on the way to the derivative."""
        return self.problem.found[1] if step.kind == DERIVATIVE else 0.0

    def _gradient(self):
        """Return torch's first derivative in its natural form, in the convention of the answer."""
        problem, shape = self.problem, tuple(self.leaf.shape)
        value, found, _ = true_derivative(problem.tree, self.point, (problem.variable,), problem.book)
        facts = problem.facts.get(problem.variable, frozenset())
        matrix = structure_matrix(self.leaf.detach(), facts, problem.query.structure)
        found = found if matrix is None else found @ matrix
        return arranged(found, value.shape, shape, "mixed", 1)
