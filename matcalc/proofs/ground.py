"""The points at which a proof is checked and counterexamples are sought: random ones, and small whole numbers."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice, product

import torch

from ..bounds import MAX_CHECKED_ENTRIES as MAX_ENTRIES
from ..bounds import MAX_TORCH_WORK as MAX_WORK
from ..checks.problem import Problem
from ..errors import LimitError, MatcalcError
from ..evaluation.evaluate import evaluate
from ..evaluation.facts import draw_small, has
from ..evaluation.fitting import whole_number, work
from ..evaluation.places import free_sizes, least_size, placed
from ..evaluation.points import RECIPES, Point, draw
from ..evaluation.predicates import holds
from ..rulebook.entries import size_tree
from ..rulebook.facts import facts_with
from ..shapes.query import Query

_LARGEST_SIZE = 3
_MOST_FREE = 4
# entries are whole numbers, then halves and quarters
_GRIDS = (1.0, 0.5, 0.25)
# how much nearer than a random point a second point is drawn, if none further away will do
_NEARER = (1.0, 0.4, 0.1)
_TWIN_TRIES, _WAY = 45, 32
# what must not vanish keeps this part of its size at the ends all the way
_KEPT = 0.5
# factors of points far out
_FACTORS = (0.01, 1.0, 100.0)
_OF_ENTRIES = frozenset({"positive", "negative", "unit-interval", "integer", "binary"})


def _has(array, facts):
    """Return whether an array has the declared facts; the signs of a diagonal matrix are those of its diagonal."""
    if "diagonal" in facts and array.shape[0] == array.shape[1]:
        return has(array, facts - _OF_ENTRIES) and has(array.diagonal()[:, None], facts & _OF_ENTRIES)
    return has(array, facts)


class Ground(Problem):
    """An elaborated expression with its declared facts and its domain.

    ``variables`` are those of a convexity claim; where the expression is to be ``smooth``, the domain is where it is
    differentiable by the first of them.
    """

    def __init__(self, elaborated, book, variables=(), smooth=False):
        super().__init__(Query(elaborated, book, variables[0] if smooth else None), elaborated.tree)
        self.variables = tuple(variables)
        texts = [text for shape in self.shapes.values() for text in shape] + list(self.sizes.values())
        self.free = sorted(free_sizes(texts) - self.indices)

    def admits(self, point):
        """Whether a point has the declared facts and lies in the domain."""
        if not all(_has(array, self.facts.get(name, frozenset())) for name, array in point.arrays.items()):
            return False
        self.refuse_too_large(self.tree, point)
        return holds(self.conditions, point, self.book)

    def contains(self, point):
        """Whether a point is in the domain, and not too large."""
        try:
            return self.admits(point)
        except MatcalcError:
            return False

    def refuse_too_large(self, tree, point):
        """Raise LimitError where evaluating a tree would take too long or too much memory."""
        shapes = {name: tuple(array.shape) for name, array in point.arrays.items()}
        effort, shape = work(tree, shapes, point.sizes, self.book)
        if effort > MAX_WORK or shape[0] * shape[1] > MAX_ENTRIES:
            raise LimitError("too large to check", hint="declare smaller sizes")

    def twin(self, point, seed):
        """Return a second point that differs in the variables, both in one convex part of the domain; None without."""
        generator = torch.Generator().manual_seed(seed)
        for attempt in range(_TWIN_TRIES):
            near, recipe = _NEARER[attempt * len(_NEARER) // _TWIN_TRIES], RECIPES[attempt % len(RECIPES)]
            arrays = {}
            for name in self.variables:
                array, facts = point.arrays[name], self.facts.get(name, frozenset())
                arrays[name] = array + near * (draw(tuple(array.shape), facts, recipe, generator) - array)
            other = self.moved(point, arrays)
            if self.joined(point, other):
                return other
        return None

    def moved(self, point, arrays):
        """Return the point with other values of the variables."""
        return Point({**point.arrays, **arrays}, point.sizes)

    def joined(self, one, other):
        """Whether the way from one point to another is in one part of the domain, as far as points on it tell."""
        if not self.contains(one) or not self.contains(other):
            return False
        start = {name: one.arrays[name] for name in self.variables}
        steps = {name: (other.arrays[name] - start[name]) / _WAY for name in start}
        way = [
            self.moved(one, {name: start[name] + number * steps[name] for name in start}) for number in range(_WAY + 1)
        ]
        try:
            return all(holds(self.conditions, point, self.book) for point in way[1:-1]) and all(
                self._same_side(condition, way) for condition in self.conditions
            )
        except MatcalcError:
            return False

    def _same_side(self, condition, way):
        """Whether what must not vanish keeps its sign on the way, and does not come near 0, as a square would."""
        if condition.predicate not in ("nonzero", "invertible"):
            return True
        values = [evaluate(condition.tree, point.arrays, point.sizes, self.book) for point in way]
        if condition.predicate == "invertible":
            values = [torch.linalg.det(value) for value in values]
        path = torch.stack([value.reshape(-1) for value in values])
        ends = torch.minimum(path[0].abs(), path[-1].abs())
        return bool((path.sign() == path[0].sign()).all() and (path.abs() >= _KEPT * ends).all())

    def value(self, tree, point):
        """Return the value of a tree, None where it has none that is finite."""
        try:
            found = evaluate(tree, point.arrays, point.sizes, self.book)
        except MatcalcError:
            return None
        return found if torch.isfinite(found).all() else None

    def small_points(self, count, seed=0):
        """Yield up to ``count`` points of the domain with small sizes and small entries, most of them whole numbers."""
        generator, found = torch.Generator().manual_seed(seed), 0
        for number in range(4 * count):
            for sizes in self._small_sizes():
                point = self.small_point(sizes, _GRIDS[number % 5 // 2 if number % 5 else 0], generator)
                if point is not None:
                    yield point
                    found += 1
                if found >= count:
                    return

    def random_points(self, count, seed=0):
        """Yield up to ``count`` random points of the domain, their entries rounded where that does not leave it."""
        sampler = self.sampler(seed)
        for _ in range(count):
            point = sampler.draw()
            if point is None:
                return
            rounded = Point({name: array.round(decimals=2) for name, array in point.arrays.items()}, point.sizes)
            yield rounded if self.contains(rounded) else point

    def extreme_points(self, count: int, seed: int = 0) -> Iterator[Point]:
        """Yield up to ``count`` points near the ends of what is declared: entries near 0, near 1, and large ones."""
        generator = torch.Generator().manual_seed(seed)
        for point in self.small_points(count, seed):
            arrays = {name: self._extreme(name, array, generator) for name, array in point.arrays.items()}
            moved = Point(arrays, point.sizes)
            if self.contains(moved):
                yield moved

    def _extreme(self, name: str, array: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        facts = self.facts.get(name, frozenset())
        choice = int(torch.randint(len(_FACTORS), (), generator=generator))
        if "unit-interval" in facts:
            return torch.where(torch.rand(array.shape, generator=generator, dtype=torch.float64) < 0.5, 0.01, 0.99)
        return array if facts & facts_with(scales=False) else array * _FACTORS[choice]

    def small_point(self, sizes, grid, generator):
        """Return a point with small entries, multiples of ``grid``; None where it is not in the domain."""
        arrays = {
            name: draw_small(
                tuple(whole_number(size_tree(text), sizes) for text in shape),
                self.facts.get(name, frozenset()),
                grid,
                generator,
            )
            for name, shape in self.shapes.items()
        }
        point = Point(arrays, sizes)
        return point if self.contains(point) else None

    def _small_sizes(self):
        """Return the assignments of sizes 2, 1 and 3, those of few different sizes first."""
        free = self.free[:_MOST_FREE]
        choices = sorted(product((2, 1, 3), repeat=len(free)), key=lambda c: (len(set(c)), abs(sum(c) - 2 * len(c))))
        found = []
        more = least_size(2, self.needed) - 2
        given = ({**dict.fromkeys(self.free, 2), **dict(zip(free, chosen))} for chosen in choices)
        larger = ({name: size + more for name, size in sizes.items()} for sizes in given)
        for sizes in islice(placed(larger, self.indices, self.needed), 12):
            try:
                found.append({**sizes, **{n: whole_number(size_tree(t), sizes) for n, t in self.sizes.items()}})
            except MatcalcError:
                continue
        return found
