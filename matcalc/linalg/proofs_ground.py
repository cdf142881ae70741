"""The points at which a proof is checked and counterexamples are sought: random ones, and small whole numbers."""

from __future__ import annotations

from itertools import islice, product

import torch

from ..catalogue import size_tree
from ..claims.facts import draw_small, has
from ..errors import LimitError, MatcalcError
from ..evaluation import MAX_ENTRIES, evaluate, whole_number, work
from ..points import Point, holds
from ..problem import MAX_WORK, Problem
from ..query import Query
from ..syntax import Name, postorder

_LARGEST_SIZE = 3
_MOST_FREE = 4
# entries are whole numbers, then halves and quarters
_GRIDS = (1.0, 0.5, 0.25)
_OF_ENTRIES = frozenset({"positive", "negative", "unit-interval", "integer", "binary"})


def _has(array, facts):
    """Return whether an array has the declared facts; the signs of a diagonal matrix are those of its diagonal."""
    if "diagonal" in facts and array.shape[0] == array.shape[1]:
        return has(array, facts - _OF_ENTRIES) and has(array.diagonal()[:, None], facts & _OF_ENTRIES)
    return has(array, facts)


class Ground(Problem):
    """An elaborated expression with its declared facts and its domain; ``variable`` is that of a convexity claim."""

    def __init__(self, elaborated, book, variable=None):
        super().__init__(Query(elaborated, book, variable), elaborated.tree)
        texts = [text for shape in self.shapes.values() for text in shape] + list(self.sizes.values())
        self.free = sorted({n.id for text in texts for n in postorder(size_tree(text)) if isinstance(n, Name)})

    def admits(self, point):
        """Whether a point has the declared facts and lies in the domain."""
        if not all(_has(array, self.facts.get(name, frozenset())) for name, array in point.arrays.items()):
            return False
        self.refuse_too_large(self.tree, point)
        return holds(self.conditions, point, self.book)

    def refuse_too_large(self, tree, point):
        """Raise LimitError where evaluating a tree would take too long or too much memory."""
        shapes = {name: tuple(array.shape) for name, array in point.arrays.items()}
        effort, shape = work(tree, shapes, point.sizes, self.book)
        if effort > MAX_WORK or shape[0] * shape[1] > MAX_ENTRIES:
            raise LimitError("too large to check", hint="declare smaller sizes")

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
        """Yield up to ``count`` random points of the domain."""
        sampler = self.sampler(seed)
        for _ in range(count):
            point = sampler.draw()
            if point is None:
                return
            yield point

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
        try:
            return point if self.admits(point) else None
        except MatcalcError:
            return None

    def _small_sizes(self):
        """Return the assignments of sizes 2, 1 and 3, those of few different sizes first."""
        free = self.free[:_MOST_FREE]
        choices = sorted(product((2, 1, 3), repeat=len(free)), key=lambda c: (len(set(c)), abs(sum(c) - 2 * len(c))))
        found = []
        for chosen in islice(choices, 12):
            sizes = {**dict.fromkeys(self.free, 2), **dict(zip(free, chosen))}
            try:
                found.append({**sizes, **{n: whole_number(size_tree(t), sizes) for n, t in self.sizes.items()}})
            except MatcalcError:
                continue
        return found
