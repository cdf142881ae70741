"""Random names at points of their parameters: distributions as functions of independent standard variables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import exp, sqrt
from typing import Any

import numpy
import torch

from ..errors import LimitError
from ..evaluation.evaluate import evaluate
from ..evaluation.fitting import shape_function, whole_number, work
from ..evaluation.points import Point, Sampler, acceptable, assignments
from ..language.syntax import Call, Name, Tree, names, parse_tree, postorder
from ..rulebook.entries import Book, size_tree

MAX_WORK = 1e8
_WISHART_DEGREES, _INVERSE_DEGREES = 3, 16
_SHRINKING = (1.0, 0.3, 0.1, 0.03)
_LEFT_PROBABILITY = 0.25
MOST_COUNT = 60


@dataclass(frozen=True)
class MomentProblem:
    """What is to be checked.

    ``functions``: one tree for an expectation, two for a covariance; ``answer``: that of the moment; ``laws``: the
    declarations (``names``, ``kind.name``, ``parameters``, ``mean``, ``covariance``), inner names first; ``shapes``,
    ``facts`` and ``sizes`` as an elaborated expression has them; ``where``: conditions, texts. With ``scores``,
    names of parameters, the moment is that of the gradients of the functions by these.
    """

    functions: tuple[Tree, ...]
    answer: Tree
    laws: Sequence[Any]
    shapes: dict
    facts: dict
    sizes: dict
    where: tuple[str, ...]
    book: Book
    scores: tuple[str, ...] = ()

    @property
    def random(self) -> set[str]:
        """The names with a distribution."""
        return {name for law in self.laws for name in law.names}


# -- points of the parameters ---------------------------------------------------------------------------------------


def sampler_of(problem: MomentProblem, seed: int, given: Iterable[str] = ()) -> Sampler:
    """Return what draws the parameters of a problem, and values of the names that are ``given``."""
    sizes = [size for shape in problem.shapes.values() for size in shape]
    texts = [str(size) for size in (*sizes, *problem.sizes.values())]
    free = {node.id for text in texts for node in postorder(size_tree(text)) if isinstance(node, Name)}
    taken = {int(text) for text in texts if text.isdigit()}
    fixed = {name: shape for name, shape in problem.shapes.items() if name not in problem.random or name in given}
    named = (
        {**found, **{name: whole_number(size_tree(str(text)), found) for name, text in problem.sizes.items()}}
        for found in assignments(free, taken, 2)
    )
    return Sampler(
        {name: shape_function(shape) for name, shape in fixed.items()},
        {name: frozenset(words) for name, words in problem.facts.items() if name in fixed},
        named,
        lambda point: _admits(problem, point),
        seed,
    )


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
    refuse_large(problem.answer, point, problem.book)
    for factor in _SHRINKING:
        for name in _covariance_names(problem):
            point.arrays[name] = factor * arrays[name]
        if _is_valid(problem, point):
            return acceptable(evaluate(problem.answer, point.arrays, point.sizes, problem.book))
    return False


def refuse_large(tree: Tree, point: Point, book: Book) -> None:
    """Raise LimitError where the value of a tree would take too much time or memory."""
    shapes = {name: tuple(array.shape) for name, array in point.arrays.items()}
    if work(tree, shapes, point.sizes, book)[0] > MAX_WORK:
        raise LimitError("too large to check", hint="declare smaller sizes")


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
    return all(_has_variance(law, problem, point) for law in problem.laws)


def _has_variance(law: Any, problem: MomentProblem, point: Point) -> bool:
    """Whether covariances, scales and rates are positive, as far as they are known without the random names."""
    if any(name in problem.random for tree in law.trees() for name in names(tree)):
        return True
    if law.covariance:
        matrices = [_joint(law, point.arrays, point.sizes, problem)[1]]
    else:
        values = [evaluate(tree, point.arrays, point.sizes, problem.book) for tree in law.parameters]
        places = {"matrix normal": (1, 2), "uniform": ()}.get(law.kind.name, range(len(values)))
        matrices = [values[place] for place in places]
        largest = {"Bernoulli": torch.ones(1, 1), "uniform": values[-1]}.get(law.kind.name)
        if largest is not None and bool(values[0] > largest):
            return False
    return all(float(torch.linalg.eigvalsh(matrix).min()) > -1e-12 for matrix in matrices)


# -- the distributions as functions of standard ones -----------------------------------------------------------------


def _joint(law: Any, arrays: dict, sizes: dict, problem: MomentProblem) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the mean and the covariance of all names of a law, stacked."""
    shapes = [shape_function(problem.shapes[name])(sizes) for name in law.names]

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


class Standard:
    """One law as a function of independent standard variables: how many, of which kind, and the names' values."""

    def __init__(self, law: Any, point: Point, problem: MomentProblem) -> None:
        self.law, self.point, self.problem = law, point, problem
        shapes = [shape_function(problem.shapes[name])(point.sizes) for name in law.names]
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
        counts = numpy.arange(MOST_COUNT, dtype=float)
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
