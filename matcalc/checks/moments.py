"""The check of expectations and covariances: quadrature and sampling of the text itself, independent of the engine.

The random names are functions of independent standard ones: normal, or of two values with a third moment where only
mean and covariance are declared. Gauss quadrature over these is exact for polynomials and converges for smooth
functions, which two orders of it show; besides, the mean over random draws has to lie within a few standard errors.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from math import inf, sqrt

import numpy
import torch

from ..counts import points_text, positive_count, seed_number
from ..errors import DomainError, MatcalcError
from ..evaluation.evaluate import evaluate, own_torch_state
from ..evaluation.points import Point
from ..language.syntax import Tree
from ..rulebook.entries import Book
from .randomness import MOST_COUNT, MomentProblem, Standard, sampler_of

TOLERANCE = 1e-8
CONVERGED = 1e-9
MOST_NODES = 5_000
MOST_ORDER = 20
DRAWS = 20_000
# how many standard errors a mean over draws may be off: chance alone exceeds it less than once in a million
MOST_ERRORS = 5.0
# the part of the sum of squares from which on one draw is too much of it
_MOST_OF_ONE = 0.05


@dataclass(frozen=True)
class MomentCheck:
    """What the check of a moment found.

    ``max_error``: the largest relative error by quadrature, at those ``exact_points`` of the ``points`` where it
    converged, None where there are none; ``deviation``: by how many standard errors the means over ``draws`` random
    draws were off at most, None where nothing was drawn.
    """

    ok: bool | None
    points: int = 0
    max_error: float | None = None
    deviation: float | None = None
    draws: int = 0
    seed: int = 0
    reason: str = ""
    exact_points: int = 0

    def __bool__(self) -> bool:
        return self.ok is True

    def __str__(self) -> str:
        if self.ok is None:
            return f"not checked: {self.reason}"
        if self.ok is False:
            return f"the check contradicts the answer: {self.reason}"
        found = []
        if self.max_error is not None:
            found.append(f"quadrature at {points_text(self.exact_points)}, largest relative error {self.max_error:.0e}")
        if self.deviation is not None:
            drawn = f"{self.draws} draws at {points_text(self.points)}, seed {self.seed}"
            found.append(
                f"sampling: {drawn}, within {max(self.deviation, 0.1):.1f} standard errors "
                f"(chance exceeds {MOST_ERRORS:.0f} once in a million)"
            )
        return "checked: " + "; ".join(found)


@own_torch_state()
def check_moment(problem: MomentProblem, points: int = 2, seed: int = 0) -> MomentCheck:
    """Compare a moment with quadrature and with sampling of its text, at random parameters."""
    points, seed = positive_count("points", points), seed_number(seed)
    sampler = sampler_of(problem, seed)
    worst, deviation, compared, exact = 0.0, None, 0, 0
    for number in range(points):
        point = sampler.draw()
        if point is None:
            break
        laws = [Standard(law, point, problem) for law in reversed(problem.laws)]
        try:
            found = _at(problem, laws, point, seed + number)
        except (MatcalcError, RuntimeError, ValueError) as error:
            return MomentCheck(None, reason=f"the text has no value: {error}")
        if found is None:
            continue
        inexact, off = found
        compared += 1
        exact += inexact is not None
        worst = max(worst, inexact or 0.0)
        deviation = off if deviation is None else max(deviation, off)
        if inexact is not None and inexact > TOLERANCE:
            return MomentCheck(False, compared, inexact, off, DRAWS, seed, f"quadrature is off by {inexact:.1e}")
        if inexact is None and not off <= MOST_ERRORS:
            told = f"the mean over {DRAWS} draws is {off:.1f} standard errors off"
            return MomentCheck(False, compared, None, off, DRAWS, seed, told)
    if not compared:
        return MomentCheck(None, reason=sampler.reason or "the function has no finite mean at the points tried")
    return MomentCheck(True, compared, worst if exact else None, deviation, DRAWS, seed, exact_points=exact)


# -- means -----------------------------------------------------------------------------------------------------------


def _at(problem: MomentProblem, laws: list[Standard], point: Point, seed: int) -> tuple[float | None, float] | None:
    """Return (relative error by quadrature or None, deviation in standard errors), None where nothing is finite."""
    answer = evaluate(problem.answer, point.arrays, point.sizes, problem.book).numpy()

    def function(standard: torch.Tensor) -> tuple[torch.Tensor, ...]:
        arrays, start = dict(point.arrays), 0
        for law in laws:
            arrays.update(law.values(standard[start : start + law.count], arrays))
            start += law.count
        if problem.scores:
            pairs = zip(problem.functions, problem.scores)
            return tuple(_gradient(tree, name, arrays, point, problem.book) for tree, name in pairs)
        return tuple(evaluate(tree, arrays, point.sizes, problem.book) for tree in problem.functions)

    generator = numpy.random.default_rng(seed)
    drawn = numpy.concatenate([law.draws(generator, DRAWS) for law in laws], axis=1)
    values = _evaluated(function, drawn)
    weights = numpy.full(DRAWS, 1 / DRAWS)
    moment, spread = _moment(values, weights, answer.shape)
    if not numpy.isfinite(moment).all():
        return None
    if _is_heavy(values, weights, moment):
        error = _by_quadrature(function, laws, answer)
        return None if error is None else (error, 0.0)
    errors = spread / sqrt(DRAWS)
    size = max(float(numpy.abs(answer).max()), float(numpy.abs(moment).max()), 1e-300)
    off = numpy.abs(moment - answer)
    deviation = float((off / numpy.maximum(errors, 1e-12 * size)).max())
    return _by_quadrature(function, laws, answer), deviation


def _gradient(tree: Tree, name: str, arrays: dict, point: Point, book: Book) -> torch.Tensor:
    def value(parameter: torch.Tensor) -> torch.Tensor:
        return evaluate(tree, {**arrays, name: parameter}, point.sizes, book).sum()

    return torch.func.grad(value)(arrays[name])


def _is_heavy(values: list[numpy.ndarray], weights: numpy.ndarray, moment: numpy.ndarray) -> bool:
    """Return whether few draws decide the mean, so that its standard error says nothing."""
    squares = (_summands(values, weights) - moment.T.reshape(-1)) ** 2
    return bool((squares.max(0) > _MOST_OF_ONE * squares.sum(0)).any())


def _by_quadrature(function: Callable, laws: list[Standard], answer: numpy.ndarray) -> float | None:
    """Return the relative error of the answer by quadrature, None where two orders of it do not agree."""
    if any(law.rule == "draws" for law in laws):
        return None
    found = []
    order = next((n for n in range(MOST_ORDER, 1, -1) if _nodes_needed(laws, n) <= MOST_NODES), 0)
    if order < 3 and any(law.rule not in ("two values", "Bernoulli", "Poisson") for law in laws):
        return None
    if _nodes_needed(laws, order) > MOST_NODES:
        return None
    for n in (order - 1, order):
        rules = [law.nodes(n) for law in laws for _ in range(law.count)]
        nodes = numpy.array(list(product(*(rule[0] for rule in rules))))
        weights = numpy.array([float(numpy.prod(row)) for row in product(*(rule[1] for rule in rules))])
        found.append(_moment(_evaluated(function, nodes), weights, answer.shape))
    (rough, _), (fine, spread) = found
    size = max(float(numpy.abs(fine).max()), float(spread.max()), 1e-300)
    if not numpy.isfinite(fine).all() or float(numpy.abs(fine - rough).max()) > CONVERGED * size:
        return None
    return float(numpy.abs(fine - answer).max()) / size


def _nodes_needed(laws: list[Standard], order: int) -> float:
    total = 1.0
    for law in laws:
        own = {"two values": 2, "Bernoulli": 2, "Poisson": MOST_COUNT}.get(law.rule, order)
        total *= float(own) ** law.count if law.count < 64 else inf
    return total


def _evaluated(function: Callable, nodes: numpy.ndarray) -> list[numpy.ndarray]:
    """Return the values of all functions at all nodes, flattened column by column."""
    points = torch.from_numpy(nodes)
    with torch.no_grad():
        try:
            values = torch.func.vmap(function)(points)
        except RuntimeError:  # a function that looks at its values
            values = tuple(torch.stack(column) for column in zip(*[function(point) for point in points]))
    return [value.mT.reshape(len(points), -1).numpy() for value in values]


def _summands(values: list[numpy.ndarray], weights: numpy.ndarray) -> numpy.ndarray:
    """Return what the moment is a mean of, entries column by column: the values, or products of two centred ones."""
    if len(values) == 1:
        return values[0]
    centred = [value - (weights[:, None] * value).sum(0) for value in values]
    return (centred[0][:, None, :] * centred[1][:, :, None]).reshape(len(weights), -1)


def _moment(values: list[numpy.ndarray], weights: numpy.ndarray, shape: tuple) -> tuple[numpy.ndarray, numpy.ndarray]:
    """Return a mean or a covariance in the answer's shape, and the standard deviation of what it is a mean of."""
    summands = _summands(values, weights)
    mean = (weights[:, None] * summands).sum(0)
    spread = numpy.sqrt((weights[:, None] * (summands - mean) ** 2).sum(0))
    if mean.size != shape[0] * shape[1]:
        raise DomainError(f"the moment has {mean.size} entries, and the answer {shape[0]}×{shape[1]}")
    return mean.reshape(shape[::-1]).T, spread.reshape(shape[::-1]).T


__all__ = ["MomentCheck", "MomentProblem", "check_moment"]
