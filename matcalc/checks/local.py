"""The checks of expansions, Newton steps, implicit derivatives and conditions of optimality, by torch autograd.

The texts are evaluated and differentiated at random points; nothing of the engine is used.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import factorial

import torch

from ..counts import positive_count, seed_number
from ..errors import MatcalcError
from ..evaluation.evaluate import evaluate, own_torch_state
from ..evaluation.fitting import shape_function, whole_number
from ..evaluation.points import Point, Sampler, acceptable, assignments
from ..evaluation.predicates import MARGIN, holds
from ..evaluation.truth import jacobian, unvec
from ..language.nodes import Name, Tree
from ..language.syntax import postorder
from ..rulebook.conditions import conditions
from ..rulebook.entries import Book, size_tree
from .propagation import ValuesCheck

TOLERANCE = 1e-7
# a linear system that is worse conditioned says little
_WORST_CONDITION = 1e6


@dataclass(frozen=True)
class LocalProblem:
    """Trees of texts with the shapes, facts and sizes of their names; ``where`` are conditions, texts."""

    trees: tuple[Tree, ...]
    shapes: dict
    facts: dict
    sizes: dict
    where: tuple[str, ...]
    book: Book

    def sampler(self, seed: int, wrt: str | None) -> Sampler:
        """Return what draws points at which the conditions of all texts hold."""
        texts = [str(size) for shape in self.shapes.values() for size in shape]
        texts += [str(size) for size in self.sizes.values()]
        free = {node.id for text in texts for node in postorder(size_tree(text)) if isinstance(node, Name)}
        taken = {int(text) for text in texts if text.isdigit()}
        named = (
            {**found, **{name: whole_number(size_tree(str(text)), found) for name, text in self.sizes.items()}}
            for found in assignments(free, taken, 2)
        )
        facts = {name: frozenset(words) for name, words in self.facts.items()}
        needed = [c for tree in self.trees for c in conditions(tree, facts, self.book, wrt)]

        def admits(point: Point) -> bool:
            if not holds(needed, point, self.book, MARGIN):
                return False
            return all(acceptable(evaluate(tree, point.arrays, point.sizes, self.book)) for tree in self.trees)

        return Sampler({n: shape_function(s) for n, s in self.shapes.items()}, facts, named, admits, seed)


def compare(
    problem: LocalProblem,
    answers: Sequence[Tree],
    right: Callable[[Point], Sequence[torch.Tensor | None] | None],
    wrt: str | None,
    points: int,
    seed: int,
) -> ValuesCheck:
    """Compare the values of trees with ``right(point)``, arrays or None for what is not compared, at random points.

    ``right`` returns None where a point is of no use.
    """
    points, seed = positive_count("points", points), seed_number(seed)
    sampler, worst, compared = problem.sampler(seed, wrt), 0.0, 0
    for _ in range(4 * points):
        point = sampler.draw() if compared < points else None
        if point is None:
            break
        try:
            expected = right(point)
            if expected is None:
                continue
            values = [evaluate(tree, point.arrays, point.sizes, problem.book) for tree in answers]
        except (MatcalcError, RuntimeError, ValueError) as error:
            return ValuesCheck(None, reason=f"the text has no value: {error}")
        for value, truth in zip(values, expected):
            if truth is None:
                continue
            if value.shape != truth.shape:
                return ValuesCheck(False, compared, reason=f"a part is {tuple(value.shape)}, not {tuple(truth.shape)}")
            scale = max(float(value.abs().max()), float(truth.abs().max()), 1e-9)
            worst = max(worst, float((value - truth).abs().max()) / scale)
        compared += 1
        if not worst <= TOLERANCE:
            return ValuesCheck(False, compared, worst, seed, f"a part is off by {worst:.1e}")
    if not compared:
        return ValuesCheck(None, reason=sampler.reason or "no point was found")
    return ValuesCheck(True, compared, worst, seed, against="torch autograd")


def _function(tree: Tree, name: str, point: Point, book: Book) -> Callable[[torch.Tensor], torch.Tensor]:
    return lambda value: evaluate(tree, {**point.arrays, name: value}, point.sizes, book)


def jacobian_of(tree: Tree, name: str, point: Point, book: Book) -> torch.Tensor:
    """Return ∂vec(value)/∂vec(name)ᵀ of a tree at a point."""
    leaf = point.arrays[name].clone().requires_grad_()
    return jacobian(_function(tree, name, point, book)(leaf), leaf).detach()


@own_torch_state()
def check_taylor(
    problem: LocalProblem,
    answers: Sequence[Tree],
    wrt: str,
    change: str,
    order: int,
    at: Tree | None,
    points: int = 2,
    seed: int = 0,
) -> ValuesCheck:
    """Compare the terms with the derivatives of s ↦ f(x + s dx) at 0, by repeated autograd."""

    def right(point: Point) -> list[torch.Tensor]:
        start, step = point.arrays[wrt], point.arrays[change]
        if at is not None:
            start = evaluate(at, point.arrays, point.sizes, problem.book).expand(step.shape)
            step = point.arrays[wrt] - start
        function = _function(problem.trees[0], wrt, point, problem.book)
        s = torch.zeros((1, 1), dtype=torch.float64, requires_grad=True)
        derivative, terms = function(start + s * step), []
        shape = derivative.shape
        for k in range(order + 1):
            terms.append(derivative.detach() / factorial(k))
            if k < order:
                derivative = unvec(jacobian(derivative, s, create_graph=True)[:, 0], shape)
        return [torch.stack(terms).sum(0), *terms]

    return compare(problem, answers, right, wrt, points, seed)


@own_torch_state()
def check_newton(
    problem: LocalProblem, answers: Sequence[Tree], wrt: str, system: bool, points: int = 2, seed: int = 0
) -> ValuesCheck:
    """Compare step, gradient and Hessian (or function and Jacobian) with those of autograd."""

    def right(point: Point) -> list[torch.Tensor] | None:
        tree, book, start = problem.trees[0], problem.book, point.arrays[wrt]
        function = _function(tree, wrt, point, book)
        if system:
            value, slope = function(start), jacobian_of(tree, wrt, point, book)
        else:
            leaf = start.clone().requires_grad_()
            first = jacobian(function(leaf), leaf, create_graph=True).mT
            value, slope = first.detach(), jacobian(first, leaf).detach()
        if float(torch.linalg.cond(slope)) > _WORST_CONDITION:
            return None
        return [-torch.linalg.solve(slope, value), value, slope]

    return compare(problem, answers, right, wrt, points, seed)


@own_torch_state()
def check_implicit(
    problem: LocalProblem, answer: Tree, unknown: str, wrt: str, points: int = 2, seed: int = 0
) -> ValuesCheck:
    """Compare with minus the solution of the system of the Jacobians of F by autograd."""

    def right(point: Point) -> list[torch.Tensor] | None:
        by_unknown = jacobian_of(problem.trees[0], unknown, point, problem.book)
        by_wrt = jacobian_of(problem.trees[0], wrt, point, problem.book)
        if float(torch.linalg.cond(by_unknown)) > _WORST_CONDITION:
            return None
        return [-torch.linalg.solve(by_unknown, by_wrt)]

    return compare(problem, [answer], right, wrt, points, seed)


@own_torch_state()
def check_stationarity(
    problem: LocalProblem,
    answers: Sequence[Tree],
    names: Sequence[str],
    multipliers: Sequence[tuple[str, int]],
    points: int = 2,
    seed: int = 0,
    minimum: bool = True,
) -> ValuesCheck:
    """Compare Lagrangian and stationarity with the value and gradient of f + the sum of <multiplier, constraint>.

    ``multipliers``: their names, with the sign that the constraint has in the Lagrangian. The first tree of the problem
    is the objective, the others are the constraints; f is minus the objective where it is no ``minimum``.
    """

    def lagrangian(point: Point) -> Callable[[dict[str, torch.Tensor]], torch.Tensor]:
        def value(leaves: dict[str, torch.Tensor]) -> torch.Tensor:
            arrays = {**point.arrays, **leaves}
            total = (1 if minimum else -1) * evaluate(problem.trees[0], arrays, point.sizes, problem.book).sum()
            for (name, sign), tree in zip(multipliers, problem.trees[1:]):
                total = total + sign * (arrays[name] * evaluate(tree, arrays, point.sizes, problem.book)).sum()
            return total

        return value

    def right(point: Point) -> list[torch.Tensor | None]:
        leaves = {name: point.arrays[name].clone().requires_grad_() for name in names}
        value = lagrangian(point)(leaves).reshape(1, 1)
        found = [unvec(jacobian(value, leaf)[0], leaf.shape) for leaf in leaves.values()]
        return [value.detach(), *found]

    return compare(problem, answers, right, names[0], points, seed)
