"""Points on both sides of a kink: where what decides about a sign, such as a - 6 in relu(a - 6), is zero.

The zero is found from the formula: one entry of what has the sign is followed along a line through the point, outwards
until its sign changes and then inwards by bisection. No kink is too far away to be found, and none is guessed.
"""

from __future__ import annotations

import torch

from ..errors import MatcalcError
from ..rulebook.facts import facts_with, implying
from .evaluate import evaluate
from .facts import has
from .points import Point

# how far out along a line a change of sign is looked for, in lengths of the point
_REACH = [sign * 4.0**k for k in range(-3, 16) for sign in (1, -1)]
_HALVINGS = 60
# how far from the kink its sides are looked at, in parts of the way to it
DISTANCES = (1e-3, 0.3)


class Line:
    """The points ``point + t*direction`` of the names that vary, and a number there whose sign tells the sides.

    The number is an entry of a tree's value, or by how much the entry that is the largest at first (``tied`` is 1) or
    the smallest (-1) is beyond all others; beyond those of the first column or row where an ``axis`` is given.
    """

    def __init__(self, tree, point, directions, book, tied=0, axis=None):
        self.tree, self.point, self.directions, self.book, self.tied = tree, point, directions, book, tied
        self.axis = axis
        self.followed = None

    def at(self, step):
        """Return the point at a step along the line."""
        moved = {name: self.point.arrays[name] + step * direction for name, direction in self.directions.items()}
        return Point({**self.point.arrays, **moved}, self.point.sizes)

    def value(self, step):
        """Return the number that is followed, None where it has no value; the first time the entry is chosen."""
        point = self.at(step)
        try:
            values = evaluate(self.tree, point.arrays, point.sizes, self.book)
            values = (values if self.axis is None else values.select(1 - self.axis, 0)).reshape(-1)
        except MatcalcError:
            return None
        if self.followed is None:
            self.followed = int((self.tied * values).argmax() if self.tied else values.abs().argmin())
        value = float(values[self.followed])
        if self.tied:
            others = self.tied * torch.cat([values[: self.followed], values[self.followed + 1 :]])
            value = self.tied * value - float(others.max()) if len(others) else value
        return value if abs(value) < float("inf") else None

    def crossing(self):
        """Return two steps between which the entry changes its sign, next to one another; None where it does not."""
        start = self.value(0.0)
        if start is None:
            return None
        for step in _REACH:
            value = self.value(step)
            if value is not None and value * start < 0:
                return self._narrowed(0.0, step, start)
        return None

    def _narrowed(self, low, high, at_low):
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            value = self.value(middle)
            if value is None:
                return None
            if value * at_low > 0:
                low = middle
            else:
                high = middle
        return low, high


# what ties: the largest entries (1) or the smallest (-1), of the whole array or along an axis
TIES = {
    "unique_maximum": (1, None),
    "unique_minimum": (-1, None),
    "unique_column_maximum": (1, 0),
    "unique_column_minimum": (-1, 0),
    "unique_row_maximum": (1, 1),
    "unique_row_minimum": (-1, 1),
}


def beside_kink(kink, point, facts, book, generator, distances=DISTANCES):
    """Yield points beside a kink, on both sides: where the tree of nonzero(tree) is 0, or its largest entries tie.

    ``kink``: a condition with a ``predicate`` and a ``tree``. Names with declared ``facts`` are moved only as far as
    they keep them.
    """
    # such a name is moved along the ray through its value
    cones = facts_with(scales=True) - implying("complex")
    names = [name for name in point.arrays if facts.get(name, frozenset()) <= cones]
    for chosen in [names, *([name] for name in names)]:
        directions = {name: _direction(point.arrays[name], facts.get(name), generator) for name in chosen}
        line = Line(kink.tree, point, directions, book, *TIES.get(kink.predicate, (0, None)))
        found = line.crossing() if directions else None
        if found is not None:
            low, high = found
            out, reach = (1 if high > 0 else -1), max(abs(high), 1.0)
            for distance in distances:
                for step in (low - out * distance * reach, high + out * distance * reach):
                    beside = line.at(step)
                    if all(has(array, facts.get(name, frozenset())) for name, array in beside.arrays.items()):
                        yield beside
            return


def _direction(array, words, generator):
    """Return a random direction, for a name with facts that of its own value."""
    if words:
        return array * (0.5 + float(torch.rand((), generator=generator)))
    return torch.randn(array.shape, generator=generator, dtype=torch.float64)
