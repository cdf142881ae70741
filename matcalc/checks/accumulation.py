"""The check of an accumulation: every line is evaluated by torch and compared with autograd.

At random points, in random directions and for random combinations of the result's entries, values are compared with
torch's of the user's own text, tangents with its directional derivatives, adjoints with its gradients by the nodes, and
the derivative with the truth. Nothing is shared with the engine but the parser.
"""

from __future__ import annotations

import torch

from ..budget import limited
from ..counts import positive_count, seed_number
from ..errors import MatcalcError
from ..evaluation.evaluate import evaluate, node_values, own_torch_state
from ..evaluation.points import Point
from ..evaluation.predicates import holds
from ..graph.lines import ADJOINT, DERIVATIVE, SEED, TANGENT, VALUE
from ..language.syntax import names, parse_tree
from ..rulebook.conditions import conditions
from .derivation_lines import TOLERANCE, direction_generator
from .derivative import relative_error
from .problem import Problem, informative_point
from .report import StepsReport

# below this part of the largest value met on the way a difference is rounding noise
_NOISE = 1e-6
_TRIES = 8


@limited("checking")
@own_torch_state()
def check_accumulation(accumulation, derivative, points=3, seed=0):
    """Evaluate every line of an Accumulation at random points; return a :class:`~matcalc.checks.report.StepsReport`.

    ``derivative`` is the Derivative that it leads to. Raises ArgumentError where ``points`` is not positive.
    """
    points, seed = positive_count("points", points), seed_number(seed)
    lines = len(accumulation.lines)
    try:
        problem = Problem(derivative.query, parse_tree(accumulation.lines[-1].expression or accumulation.variable))
    except MatcalcError as refused:
        return StepsReport(None, None, 0, lines, refused.message)
    sampler, generator = problem.sampler(seed), direction_generator(seed)
    kinks, worst, seen = _conditions(accumulation, problem), 0.0, set()
    for number in range(points):
        moment = None
        for _ in range(_TRIES):
            point = informative_point(problem, sampler, seen)
            if point is None:
                return StepsReport(None, worst if number else None, number, lines, sampler.reason)
            moment = _Moment(accumulation, problem, point, generator)
            if holds(kinks, Point(moment.arrays, point.sizes), problem.book):
                break
        else:
            reason = "no point was found at which every operation is differentiable"
            return StepsReport(None, worst if number else None, number, lines, reason)
        for index, line in enumerate(accumulation.lines, 1):
            error, reason = moment.judge(line)
            worst = max(worst, error)
            if reason:
                return StepsReport(False, worst, number + 1, lines, f"line {index}, {line}: {reason}")
    return StepsReport(True, worst, points, lines)


def _conditions(accumulation, problem):
    """Return the conditions under which every operation is differentiable by itself, as norm(x) is not at 0."""
    found = {}
    for line in accumulation.lines:
        tree = parse_tree(line.expression) if line.kind == VALUE and line.left in accumulation.changes else None
        for name in names(tree) if tree else ():
            if name in accumulation.changes:
                found |= {str(one): one for one in conditions(tree, problem.facts, problem.book, name)}
    return list(found.values())


class _Moment:
    """A point, a direction and a combination of the result's entries, with torch's values of all names in the lines."""

    def __init__(self, accumulation, problem, point, generator):
        self.accumulation, self.problem, self.point = accumulation, problem, point
        self.leaf = point.arrays[accumulation.variable].clone().requires_grad_()
        nodes = {**point.arrays, accumulation.variable: self.leaf}
        for line in accumulation.lines:
            if line.kind == VALUE:
                nodes[line.left] = evaluate(parse_tree(line.expression), nodes, point.sizes, problem.book)
        self.direction = torch.randn(self.leaf.shape, generator=generator, dtype=torch.float64)
        self.result = nodes.get(accumulation.result)
        self.own = evaluate(problem.tree, point.arrays, point.sizes, problem.book)
        self.arrays = {name: array.detach() for name, array in nodes.items()}
        self.arrays |= self._tangents(nodes) | self._adjoints(nodes, generator)

    def _tangents(self, nodes):
        found = {}
        for name, change in self.accumulation.changes.items():
            is_variable = name == self.accumulation.variable
            found[change] = self.direction if is_variable else _directional(nodes[name], self.leaf, self.direction)
        return found

    def _adjoints(self, nodes, generator):
        if not self.accumulation.adjoints:
            return {}
        cotangent = torch.randn(self.result.shape, generator=generator, dtype=torch.float64)
        inner = {name: array for name, array in nodes.items() if name in self.accumulation.adjoints}
        found = torch.autograd.grad(
            self.result, list(inner.values()), cotangent, retain_graph=True, allow_unused=True, materialize_grads=True
        )
        return {self.accumulation.adjoints[name]: array.detach() for name, array in zip(inner, found)}

    # -- judging a line -----------------------------------------------------------------------------------------------

    def judge(self, line):
        """Return (the relative error of a line, why it is false or '')."""
        if line.kind == SEED or not line.expression:
            return 0.0, ""
        tree = parse_tree(line.expression)
        try:
            values = node_values(tree, self._arrays_for(line), self.point.sizes, self.problem.book)
        except MatcalcError as problem:
            return float("inf"), f"it cannot be evaluated: {problem.message}"
        truth, value = self._truth(line), values[id(tree)]
        if truth.shape != value.shape:
            return float("inf"), f"its shape is {tuple(value.shape)}, not {tuple(truth.shape)}"
        if not value.isfinite().all():
            return float("inf"), "it has no value"
        peak = max((float(v.norm()) for v in values.values() if v is not None and v.isfinite().all()), default=0.0)
        error = relative_error(truth, value, _NOISE * peak)
        return error, "" if error <= TOLERANCE else f"it is off by {error:.2g}"

    def _arrays_for(self, line):
        """Return the values of the names in a line; the derivative may be read off a sweep, whose seed is then 1."""
        accumulation = self.accumulation
        if line.kind != DERIVATIVE:
            return self.arrays
        seeds = [(accumulation.changes, accumulation.variable), (accumulation.adjoints, accumulation.result)]
        found = dict(self.arrays)
        for known, seeded in seeds:
            if seeded in known and self.arrays[known[seeded]].numel() == 1:
                found |= {name: self.arrays[name] / self.arrays[known[seeded]] for name in known.values()}
        return found

    def _truth(self, line):
        if line.kind in (TANGENT, ADJOINT):
            return self.arrays[line.left]
        if line.kind == DERIVATIVE:
            return self.problem.found[0]
        return self.own if line.left == self.accumulation.result else self.arrays[line.left]


def _directional(value, leaf, direction):
    """Return torch's directional derivative of a value, by differentiating the gradient by its cotangent."""
    if not value.requires_grad:
        return torch.zeros_like(value)
    cotangent = torch.zeros_like(value).requires_grad_()
    (pulled,) = torch.autograd.grad(
        value, leaf, cotangent, create_graph=True, allow_unused=True, materialize_grads=True
    )
    if not pulled.requires_grad:
        return torch.zeros_like(value)
    (found,) = torch.autograd.grad(
        (pulled * direction).sum(), cotangent, retain_graph=True, allow_unused=True, materialize_grads=True
    )
    return found
