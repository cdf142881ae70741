"""The smallest point at which a formula is not the derivative: small sizes, then small integers, most of them 0.

Points are drawn from a fixed seed and then made smaller entry by entry, as long as the formula still differs,
has a value, and the derivative exists. What was declared of the names is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from itertools import product as cartesian

import torch

from ..errors import DomainError, MatcalcError
from ..rulebook.entries import size_tree
from ..rulebook.facts import implying
from .evaluate import evaluate
from .facts import draw_small, has
from .fitting import whole_number, work
from .places import free_sizes, least_size, placed
from .points import Point

_MOST_EVALUATIONS = 500
_DRAWS = 10
# after so many points of some sizes at which a formula is right, larger sizes are tried
_AGREEING = 4
_MOST_ASSIGNMENTS = 40
# a difference is this part of the values at least, and of the largest gradient on their way
_DIFFERS, _VISIBLE = 1e-6, 1e-7
_LARGEST_SIZE = 3
# entries are integers where the domain has any, else halves, else tenths; hundreds where small ones show nothing
_GRIDS = (1.0, 0.5, 0.1, 100.0)


@dataclass
class Found:
    """A point at which a formula is not the derivative, with the values of both."""

    point: Point
    yours: torch.Tensor
    right: torch.Tensor


class Search:
    """Looks for a point; ``ground`` knows the truth, ``tree`` is the formula, ``layout`` the one to compare with."""

    def __init__(self, ground, tree, layout, right_shape, seed=0):
        self.ground, self.tree, self.layout, self.right_shape = ground, tree, layout, right_shape
        self.generator = torch.Generator().manual_seed(seed)
        self.left = _MOST_EVALUATIONS

    def run(self):
        """Return the smallest point found with both values, or None; where possible the values have one shape."""
        return self._search(True) or self._search(False)

    def _search(self, same_shape):
        """Look on the first grid on which the derivative exists somewhere and differs."""
        self.same_shape, self.left, self.admitted = same_shape, _MOST_EVALUATIONS // 2, 0
        assignments = self._fitting_assignments()
        for grid in _GRIDS:
            if self.admitted and grid < 1:
                continue
            for sizes in assignments:
                found = self._first(sizes, grid)
                if found is not None:
                    self.left = _MOST_EVALUATIONS // 2
                    return self._shrunk(found)
        return None

    def _first(self, sizes, grid):
        """Return a point of these sizes at which the formula differs, None where several have shown none."""
        enough = self.admitted + _AGREEING
        for _ in range(_DRAWS):
            if self.left <= 0 or self.admitted >= enough:
                return None
            found = self._at(self._draw(sizes, grid))
            if found is not None:
                return found
        return None

    def _fitting_assignments(self):
        """Return the assignments under which the formula has a shape, that of the derivative where it must be."""
        found = []
        for sizes in self._assignments():
            shapes = {name: self._shape(shape, sizes) for name, shape in self.ground.shapes.items()}
            try:
                _, shape = work(self.tree, shapes, sizes, self.ground.book)
            except MatcalcError:
                continue
            if (shape == self._shape(self.right_shape, sizes)) is self.same_shape:
                found.append(sizes)
        return found

    @staticmethod
    def _shape(texts, sizes):
        return tuple(whole_number(size_tree(text), sizes) for text in texts)

    def _assignments(self):
        """Return the assignments of sizes up to 3, the smallest first."""
        ground = self.ground
        texts = [text for shape in ground.shapes.values() for text in shape] + list(ground.sizes.values())
        free = sorted(free_sizes(texts) - ground.indices)
        choices = cartesian(range(1, _LARGEST_SIZE + 1), repeat=min(len(free), 4))
        ordered = sorted(choices, key=lambda chosen: (sum(chosen), max(chosen, default=0)))
        found, more = [], least_size(1, ground.needed) - 1
        given = (dict(zip(free, (*chosen, *(2,) * (len(free) - len(chosen))))) for chosen in ordered)
        larger = ({name: size + more for name, size in sizes.items()} for sizes in given)
        for sizes in islice(placed(larger, ground.indices, ground.needed), _MOST_ASSIGNMENTS):
            try:
                found.append({**sizes, **{n: whole_number(size_tree(t), sizes) for n, t in ground.sizes.items()}})
            except MatcalcError:
                continue
        return found

    def _draw(self, sizes, grid):
        ground, arrays = self.ground, {}
        for name, shape in ground.shapes.items():
            arrays[name] = draw_small(
                self._shape(shape, sizes), ground.facts.get(name, frozenset()), grid, self.generator
            )
        return Point(arrays, sizes)

    def _at(self, point):
        """Return what is found at a point where the formula differs, else None."""
        self.left -= 1
        ground = self.ground
        try:
            if not ground.admits(point):
                return None
            self.admitted += 1
            yours = evaluate(self.tree, point.arrays, point.sizes, ground.book)
        except (MatcalcError, DomainError, RuntimeError):
            return None
        right = ground.found[0].mT if self.layout == "denom" else ground.found[0]
        if not torch.isfinite(yours).all() or max(float(yours.abs().max()), float(right.abs().max())) > 1e6:
            return None
        if self.same_shape and yours.shape != right.shape:  # by a name of one entry a matrix is not stacked
            return None
        if self.same_shape:
            least = max(_DIFFERS * float(right.norm() + yours.norm()), _VISIBLE * max(1.0, ground.found[1]))
            differs = float((yours - right).norm()) > least
        else:
            differs = bool(right.any())
        if not differs:
            return None
        return Found(point, yours, right)

    # -- smaller ------------------------------------------------------------------------------------------------

    def _shrunk(self, found):
        """Return the smallest point that is reached by changing one entry, or two that mirror each other."""
        changed = True
        while changed and self.left > 0:
            changed = False
            for name in found.point.arrays:
                smaller = self._entries_shrunk(found, name)
                changed = changed or smaller is not found
                found = smaller
        return found

    def _entries_shrunk(self, found, name):
        rows, cols = found.point.arrays[name].shape
        for i in range(rows):
            for j in range(cols):
                for value in _simpler(float(found.point.arrays[name][i, j])):
                    smaller = self._with_entry(found, name, i, j, value)
                    if smaller is not None:
                        found = smaller
                        break
        return found

    def _with_entry(self, found, name, i, j, value):
        facts = self.ground.facts.get(name, frozenset())
        array = found.point.arrays[name].clone()
        array[i, j] = value
        if array.shape[0] == array.shape[1] and i != j:
            if facts & implying("symmetric"):
                array[j, i] = value
            elif "skew" in facts:
                array[j, i] = -value
        if self.left <= 0 or not has(array, facts):
            return None
        return self._at(Point({**found.point.arrays, name: array}, found.point.sizes))


def _simpler(value):
    """Return the entries that are simpler than one, the simplest first."""
    order = [0.0, 1.0, -1.0, 2.0, -2.0] if value == round(value) else [0.0, 1.0, -1.0, 0.5, -0.5]
    return order[: order.index(value)] if value in order else order


def smallest(ground, tree, layout, shapes, seed=0):
    """Return {name: value, …, "yours": …, "right": …} at the smallest point found, or None.

    ``shapes``: those of the values of the formula and of the derivative, in letters. A column is a list, a matrix
    a list of rows, a scalar a number.
    """
    found = Search(ground, tree, layout, shapes[1], seed).run()
    if found is None:
        return None
    names = sorted(
        found.point.arrays, key=lambda name: (ground.shapes[name] == ("1", "1"), ground.shapes[name][1] == "1")
    )
    values = {name: plain(found.point.arrays[name], ground.shapes[name]) for name in names}
    for name, (_, rows, _) in ground.query.elaborated.stacks.items():
        height = whole_number(rows, found.point.sizes)
        values[name] = [plain(part, ("K", "n")) for part in found.point.arrays[name].split(height)]
    for key, value, shape in zip(("yours", "right"), (found.yours, found.right), shapes):
        values[key if key not in values else key + "_"] = plain(value, shape)
    return values


def plain(array, shape):
    """array: n, m -> a number, a list or a list of rows, by its ``shape`` in letters; whole numbers as ints."""
    rows = [[_number(float(entry)) for entry in row] for row in array.detach()]
    if tuple(shape) == ("1", "1") and array.shape == (1, 1):
        return rows[0][0]
    return [row[0] for row in rows] if shape[1] == "1" and array.shape[1] == 1 else rows


def _number(value):
    nearest = round(value)
    if abs(value - nearest) <= 1e-9 * max(1.0, abs(value)):
        return int(nearest)
    return float(f"{value:.4g}")
