"""The checks of what follows from means and covariances alone: the delta method and conditional distributions.

Every name is an affine function of independent standard variables, which torch differentiates: no covariance formula
of the answer is used.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from ..counts import points_text, positive_count, seed_number
from ..errors import MatcalcError
from ..evaluation.evaluate import evaluate, own_torch_state
from ..evaluation.points import Point
from ..language.syntax import Tree
from .randomness import MomentProblem, Standard, refuse_large, sampler_of

TOLERANCE = 1e-7


@dataclass(frozen=True)
class ValuesCheck:
    """Whether expressions have the values that they should at random points; ``ok`` is None where none was found."""

    ok: bool | None
    points: int = 0
    max_error: float | None = None
    seed: int = 0
    reason: str = ""
    against: str = "torch"

    def __bool__(self) -> bool:
        return self.ok is True

    def __str__(self) -> str:
        if self.ok is None:
            return f"not checked: {self.reason}"
        if self.ok is False:
            return f"the check contradicts the answer: {self.reason}"
        error = f"largest relative error {self.max_error:.0e}"
        return f"checked: {self.against} agrees at {points_text(self.points)} ({error})"


@own_torch_state()
def check_propagation(
    problem: MomentProblem, answers: tuple[Tree, ...], order: int, points: int = 2, seed: int = 0
) -> ValuesCheck:
    """Compare mean and covariance of the delta method with derivatives by torch."""

    def right(point: Point) -> list[torch.Tensor]:
        laws = [Standard(law, point, problem) for law in reversed(problem.laws)]
        value = _function(problem, laws, point, problem.functions[0])
        zero = torch.zeros(sum(law.count for law in laws), dtype=torch.float64)
        shape = value(zero).shape

        def flat(z: torch.Tensor) -> torch.Tensor:
            return value(z).mT.reshape(-1)

        slope = torch.func.jacrev(flat)(zero)
        mean, spread = flat(zero), slope @ slope.mT
        if order == 2:
            second = torch.func.jacrev(torch.func.jacrev(flat))(zero)
            mean = mean + second.diagonal(dim1=1, dim2=2).sum(1) / 2
            spread = spread + torch.einsum("aij,bij->ab", second, second) / 2
        return [mean.reshape(shape[::-1]).mT, spread]

    return compare_values(problem, answers, right, points, seed)


@own_torch_state()
def check_condition(
    problem: MomentProblem, answers: tuple[Tree, ...], target: Tree, given: tuple[str, ...], points: int, seed: int
) -> ValuesCheck:
    """Compare a conditional mean and covariance with the regression of the target on the given names."""

    def right(point: Point) -> list[torch.Tensor]:
        laws = [Standard(law, point, problem) for law in reversed(problem.laws)]
        zero = torch.zeros(sum(law.count for law in laws), dtype=torch.float64)

        def stacked(z: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            arrays = _arrays(laws, point, z)
            known = torch.cat([arrays[name] for name in given])
            return evaluate(target, arrays, point.sizes, problem.book), known

        slopes = torch.func.jacrev(lambda z: torch.cat([part.reshape(-1) for part in stacked(z)]))(zero)
        mean, known_mean = stacked(zero)
        one, other = slopes[: mean.numel()], slopes[mean.numel() :]
        weights = torch.linalg.solve(other @ other.mT, other @ one.mT).mT
        observed = torch.cat([point.arrays[name] for name in given])
        moved = mean + (weights @ (observed - known_mean)).reshape(mean.shape)
        return [moved, one @ one.mT - weights @ other @ one.mT]

    return compare_values(problem, answers, right, points, seed, given)


def _function(problem: MomentProblem, laws: list[Standard], point: Point, tree: Tree):
    return lambda z: evaluate(tree, _arrays(laws, point, z), point.sizes, problem.book)


def _arrays(laws: list[Standard], point: Point, standard: torch.Tensor) -> dict:
    arrays, start = dict(point.arrays), 0
    for law in laws:
        arrays.update(law.values(standard[start : start + law.count], arrays))
        start += law.count
    return arrays


def compare_values(problem: MomentProblem, answers, right, points: int, seed: int, given: tuple = ()) -> ValuesCheck:
    """Compare the values of trees with ``right(point)``, a list of arrays, at random points."""
    points, seed = positive_count("points", points), seed_number(seed)
    sampler, worst, compared = sampler_of(problem, seed, given), 0.0, 0
    for _ in range(points):
        point = sampler.draw()
        if point is None:
            break
        try:
            expected = right(point)
            for tree in answers:
                refuse_large(tree, point, problem.book)
            values = [evaluate(tree, point.arrays, point.sizes, problem.book) for tree in answers]
        except (MatcalcError, RuntimeError, ValueError) as error:
            return ValuesCheck(None, reason=f"the text has no value: {error}")
        for value, truth in zip(values, expected):
            if value.shape != truth.shape:
                return ValuesCheck(False, compared, reason=f"a part is {tuple(value.shape)}, not {tuple(truth.shape)}")
            scale = max(float(value.abs().max()), float(truth.abs().max()), 1e-12)
            worst = max(worst, float((value - truth).abs().max()) / scale)
        compared += 1
        if not worst <= TOLERANCE:
            return ValuesCheck(False, compared, worst, seed, f"a part is off by {worst:.1e}")
    if not compared:
        return ValuesCheck(None, reason=sampler.reason or "no point was found")
    return ValuesCheck(True, compared, worst, seed)
