"""The check of expectations and covariances: quadrature and sampling of the text itself, independent of the engine.

The random names are functions of independent standard ones: normal, or of two values with a third moment where only
mean and covariance are declared. Gauss quadrature over these is exact for polynomials and converges for smooth
functions, which two orders of it show; besides, the mean over random draws has to lie within a few standard errors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from math import exp, inf, sqrt
from typing import Any

import numpy
import torch

from ..counts import positive_count, seed_number
from ..errors import DomainError, MatcalcError
from ..evaluation.evaluate import evaluate, own_torch_state
from ..evaluation.fitting import whole_number
from ..evaluation.points import Point, Sampler, acceptable, assignments
from ..language.syntax import Call, Name, Tree, names, parse_tree, postorder
from ..rulebook.entries import Book, size_tree

TOLERANCE = 1e-8
CONVERGED = 1e-9
MOST_NODES = 5_000
MOST_ORDER = 20
DRAWS = 20_000
# how many standard errors a mean over draws may be off: chance alone exceeds it less than once in a million
MOST_ERRORS = 5.0
_WISHART_DEGREES, _INVERSE_DEGREES = 3, 16
_SHRINKING = (1.0, 0.3, 0.1, 0.03)
_LEFT_PROBABILITY = 0.25
# the part of the sum of squares from which on one draw is too much of it
_MOST_OF_ONE = 0.05
_MOST_COUNT = 60


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
            found.append(f"quadrature at {_points(self.exact_points)}, largest relative error {self.max_error:.0e}")
        if self.deviation is not None:
            drawn = f"{self.draws} draws at {_points(self.points)}, seed {self.seed}"
            found.append(
                f"sampling: {drawn}, within {max(self.deviation, 0.1):.1f} standard errors "
                f"(chance exceeds {MOST_ERRORS:.0f} once in a million)"
            )
        return "checked: " + "; ".join(found)


def _points(number: int) -> str:
    return "1 random point" if number == 1 else f"{number} random points"


@dataclass(frozen=True)
class MomentProblem:
    """What is to be checked.

    ``functions``: one tree for an expectation, two for a covariance; ``answer``: that of the moment; ``laws``: the
    declarations (``names``, ``kind.name``, ``parameters``, ``mean``, ``covariance``), inner names first; ``shapes``,
    ``facts`` and ``sizes`` as an elaborated expression has them; ``where``: conditions, texts.
    """

    functions: tuple[Tree, ...]
    answer: Tree
    laws: Sequence[Any]
    shapes: dict
    facts: dict
    sizes: dict
    where: tuple[str, ...]
    book: Book

    @property
    def random(self) -> set[str]:
        """The names with a distribution."""
        return {name for law in self.laws for name in law.names}


@own_torch_state()
def check_moment(problem: MomentProblem, points: int = 2, seed: int = 0) -> MomentCheck:
    """Compare a moment with quadrature and with sampling of its text, at random parameters."""
    points, seed = positive_count("points", points), seed_number(seed)
    sampler = _sampler(problem, seed)
    worst, deviation, compared, exact = 0.0, None, 0, 0
    for number in range(points):
        point = sampler.draw()
        if point is None:
            break
        laws = [_Standard(law, point, problem) for law in reversed(problem.laws)]
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


# -- points of the parameters ---------------------------------------------------------------------------------------


def _sampler(problem: MomentProblem, seed: int) -> Sampler:
    sizes = [size for shape in problem.shapes.values() for size in shape]
    texts = [str(size) for size in (*sizes, *problem.sizes.values())]
    free = {node.id for text in texts for node in postorder(size_tree(text)) if isinstance(node, Name)}
    taken = {int(text) for text in texts if text.isdigit()}
    fixed = {name: shape for name, shape in problem.shapes.items() if name not in problem.random}
    named = (
        {**found, **{name: whole_number(size_tree(str(text)), found) for name, text in problem.sizes.items()}}
        for found in assignments(free, taken, 2)
    )
    return Sampler(
        {name: _shape_function(shape) for name, shape in fixed.items()},
        {name: frozenset(words) for name, words in problem.facts.items() if name in fixed},
        named,
        lambda point: _admits(problem, point),
        seed,
    )


def _shape_function(shape: Iterable) -> Callable:
    return lambda sizes: tuple(whole_number(size_tree(str(text)), sizes) for text in shape)


def _admits(problem: MomentProblem, point: Point) -> bool:
    """Whether the distributions and the answer have a value; makes covariances smaller where that helps."""
    arrays = dict(point.arrays)
    for law in problem.laws:
        if law.kind.name in ("Wishart", "inverse Wishart") and isinstance(law.parameters[1], Name):
            degrees = _WISHART_DEGREES if law.kind.name == "Wishart" else _INVERSE_DEGREES
            point.arrays[law.parameters[1].id] = torch.full((1, 1), float(degrees), dtype=torch.float64)
            arrays = dict(point.arrays)
        if law.kind.name == "uniform" and all(isinstance(end, Name) for end in law.parameters):
            low, high = (point.arrays[end.id] for end in law.parameters)
            point.arrays[law.parameters[1].id] = low + (high - low).abs() + 0.1
            arrays = dict(point.arrays)
    for factor in _SHRINKING:
        for name in _covariance_names(problem):
            point.arrays[name] = factor * arrays[name]
        if _is_valid(problem, point):
            return acceptable(evaluate(problem.answer, point.arrays, point.sizes, problem.book))
    return False


def _covariance_names(problem: MomentProblem) -> set[str]:
    """Return the names that are covariances between different names, or of those of which a condition is required."""
    found = set()
    for law in problem.laws:
        for i, row in enumerate(law.covariance):
            for j, tree in enumerate(row):
                if i != j or problem.where:
                    found |= {name for name in names(tree) if name in problem.shapes and name not in problem.random}
        if any(len(row) > 1 for row in law.covariance):
            own = {name for i, row in enumerate(law.covariance) for name in names(row[i])}
            found -= own if not problem.where else set()
    return found


def _is_valid(problem: MomentProblem, point: Point) -> bool:
    for text in problem.where:
        tree = parse_tree(text) if ">" not in text else None
        if tree is None:
            left, right = (parse_tree(part) for part in text.split(">"))
            values = [evaluate(part, point.arrays, point.sizes, problem.book) for part in (left, right)]
            if not bool(values[0] > values[1]):
                return False
        elif isinstance(tree, Call) and tree.function == "pd":
            value = evaluate(tree.args[0], point.arrays, point.sizes, problem.book)
            if float(torch.linalg.eigvalsh((value + value.mT) / 2).min()) < 0.2:
                return False
    for law in problem.laws:
        if len(law.names) > 1 and not any(name in problem.random for tree in _trees(law) for name in names(tree)):
            joint = _joint(law, point.arrays, point.sizes, problem)[1]
            if float(torch.linalg.eigvalsh(joint).min()) < 0:
                return False
    return True


def _trees(law: Any) -> list[Tree]:
    return [*law.parameters, *law.mean, *(tree for row in law.covariance for tree in row)]


# -- the distributions as functions of standard ones -----------------------------------------------------------------


def _joint(law: Any, arrays: dict, sizes: dict, problem: MomentProblem) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the mean and the covariance of all names of a law, stacked."""
    shapes = [_shape_function(problem.shapes[name])(sizes) for name in law.names]

    def value(tree: Tree, shape: tuple[int, int]) -> torch.Tensor:
        return evaluate(tree, arrays, sizes, problem.book).expand(shape)

    mean = torch.cat([value(tree, shape) for tree, shape in zip(law.mean, shapes)])
    rows = [
        torch.cat([value(tree, (one[0], other[0])) for tree, other in zip(row, shapes)], 1)
        for row, one in zip(law.covariance, shapes)
    ]
    return mean, torch.cat(rows)


def _root(matrix: torch.Tensor) -> torch.Tensor:
    values, vectors = torch.linalg.eigh((matrix + matrix.mT) / 2)
    return vectors * values.clamp(min=0).sqrt()[..., None, :]


class _Standard:
    """One law as a function of independent standard variables: how many, of which kind, and the names' values."""

    def __init__(self, law: Any, point: Point, problem: MomentProblem) -> None:
        self.law, self.point, self.problem = law, point, problem
        shapes = [_shape_function(problem.shapes[name])(point.sizes) for name in law.names]
        self.shapes, kind = shapes, law.kind.name
        self.rule: str = {"moments": "two values", "inverse Wishart": "draws"}.get(kind, "normal")
        if kind in ("normal", "moments", "matrix normal"):
            self.count = sum(rows * cols for rows, cols in shapes)
        elif kind in ("Wishart", "inverse Wishart"):
            self.degrees = round(float(evaluate(law.parameters[1], point.arrays, point.sizes, problem.book)))
            self.count = shapes[0][0] * self.degrees
        else:
            self.count, self.rule = 1, kind

    def nodes(self, order: int) -> tuple[numpy.ndarray, numpy.ndarray]:
        """Return nodes and weights of a Gauss rule for one standard variable."""
        if self.rule == "normal":
            nodes, weights = numpy.polynomial.hermite_e.hermegauss(order)
            return nodes, weights / weights.sum()
        if self.rule == "exponential":
            return numpy.polynomial.laguerre.laggauss(order)
        if self.rule == "uniform":
            nodes, weights = numpy.polynomial.legendre.leggauss(order)
            return (nodes + 1) / 2, weights / 2
        if self.rule == "two values":
            p = _LEFT_PROBABILITY
            return numpy.array([-sqrt((1 - p) / p), sqrt(p / (1 - p))]), numpy.array([p, 1 - p])
        (tree,) = self.law.parameters
        parameter = float(evaluate(tree, self.point.arrays, self.point.sizes, self.problem.book))
        if self.rule == "Bernoulli":
            return numpy.array([0.0, 1.0]), numpy.array([1 - parameter, parameter])
        counts = numpy.arange(_MOST_COUNT, dtype=float)
        return counts, exp(-parameter) * numpy.cumprod(numpy.r_[1.0, parameter / counts[1:]])

    def draws(self, generator: numpy.random.Generator, many: int) -> numpy.ndarray:
        """Return random values of all standard variables, one row a draw."""
        if self.rule in ("normal", "draws"):
            return generator.standard_normal((many, self.count))
        if self.rule == "exponential":
            return generator.exponential(size=(many, 1))
        if self.rule == "uniform":
            return generator.random((many, 1))
        nodes, weights = self.nodes(0)
        return generator.choice(nodes, size=(many, self.count), p=weights / weights.sum())

    def values(self, standard: torch.Tensor, arrays: dict) -> dict:
        """Return the values of the names for standard variables, a tensor of one dimension."""
        law, kind, sizes, book = self.law, self.law.kind.name, self.point.sizes, self.problem.book
        if kind in ("normal", "moments"):
            mean, covariance = _joint(law, arrays, sizes, self.problem)
            stacked = mean + _root(covariance) @ standard[:, None]
            return dict(zip(law.names, torch.split(stacked, [rows for rows, _ in self.shapes])))
        parameters = [evaluate(tree, arrays, sizes, book) for tree in law.parameters]
        (name,), ((rows, cols),) = law.names, self.shapes
        if kind == "matrix normal":
            inner = _root(parameters[1]) @ standard.reshape(rows, cols) @ _root(parameters[2]).mT
            return {name: parameters[0].expand(rows, cols) + inner}
        if kind in ("Wishart", "inverse Wishart"):
            inverse = kind == "inverse Wishart"
            scale = torch.linalg.inv(parameters[0]) if inverse else parameters[0]
            root = _root(scale) @ standard.reshape(rows, self.degrees)
            return {name: torch.linalg.inv(root @ root.mT) if inverse else root @ root.mT}
        if kind == "exponential":
            return {name: standard[:, None] / parameters[0]}
        if kind == "uniform":
            return {name: parameters[0] + (parameters[1] - parameters[0]) * standard[:, None]}
        return {name: standard[:, None]}


# -- means -----------------------------------------------------------------------------------------------------------


def _at(problem: MomentProblem, laws: list[_Standard], point: Point, seed: int) -> tuple[float | None, float] | None:
    """Return (relative error by quadrature or None, deviation in standard errors), None where nothing is finite."""
    answer = evaluate(problem.answer, point.arrays, point.sizes, problem.book).numpy()

    def function(standard: torch.Tensor) -> tuple[torch.Tensor, ...]:
        arrays, start = dict(point.arrays), 0
        for law in laws:
            arrays.update(law.values(standard[start : start + law.count], arrays))
            start += law.count
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


def _is_heavy(values: list[numpy.ndarray], weights: numpy.ndarray, moment: numpy.ndarray) -> bool:
    """Return whether few draws decide the mean, so that its standard error says nothing."""
    squares = (_summands(values, weights) - moment.T.reshape(-1)) ** 2
    return bool((squares.max(0) > _MOST_OF_ONE * squares.sum(0)).any())


def _by_quadrature(function: Callable, laws: list[_Standard], answer: numpy.ndarray) -> float | None:
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


def _nodes_needed(laws: list[_Standard], order: int) -> float:
    total = 1.0
    for law in laws:
        own = {"two values": 2, "Bernoulli": 2, "Poisson": _MOST_COUNT}.get(law.rule, order)
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
