"""Random points at which a check can be trusted.

Every free dimension gets a size of its own, so that no transpose or swap of factors goes unseen; names are
drawn for their declared structure and facts, and generic otherwise; a point counts only where the
conditions of the expression hold with a margin, away from kinks and singularities.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

import numpy
import torch

from ..bounds import MAX_CHECKED_ENTRIES as MAX_ENTRIES
from ..bounds import MOST_DIFFERENT_SIZES, SIZE_PERIODS
from ..errors import DomainError, LimitError, ShapeError
from .complex_draws import draw

RECIPES = ("normal", "mixed", "normal", "unit", "near identity", "mixed", "small", "large")
_LARGEST = 1e10


@dataclass(frozen=True)
class Point:
    """Values of the names (tensors of two dimensions) and of the sizes (ints)."""

    arrays: dict
    sizes: dict


def assignments(names, taken=(), least=2):
    """Yield assignments of different sizes to the names: ascending, descending, rotated, then larger ones.

    ``taken`` are the sizes that the expression has as numbers; they are left out. No size is below ``least``.
    """
    names = sorted(names)
    for turn, start in enumerate((least, least + 1, least + 4)):
        count = len(names) if len(names) <= MOST_DIFFERENT_SIZES else SIZE_PERIODS[turn % len(SIZE_PERIODS)]
        values = list(islice((v for v in range(start, start + 1000) if v not in taken), count))
        values = [values[place % count] for place in range(len(names))]
        for turned in _orders(values):
            yield dict(zip(names, turned))


def _orders(values):
    found = []
    for order in (values, values[::-1]):
        for shift in range(len(values) or 1):
            turned = order[shift:] + order[:shift]
            if turned not in found:
                found.append(turned)
    return found[:8]


def array_text(array):
    """Return a tensor as one line of text, abridged where it is large."""
    text = numpy.array2string(array.detach().numpy(), precision=6, threshold=60, separator=", ")
    return " ".join(text.split())


def acceptable(array):
    """Return whether all entries are finite and none is astronomically large."""
    return bool(torch.isfinite(array).all()) and bool(array.abs().max() < _LARGEST)


# -- whole points ----------------------------------------------------------------------------------------------


class Sampler:
    """Draws points: ``shapes`` maps names to functions from sizes to (rows, columns), ``facts`` names to words.

    ``admits`` takes a Point and says whether it will do; it may raise LimitError (too large), ShapeError or
    DomainError. ``reason`` is why no point was found.
    """

    def __init__(self, shapes, facts, assignments, admits, seed):
        self.shapes, self.facts, self.admits = shapes, facts, admits
        self.assignments = list(assignments)
        self.generator = torch.Generator().manual_seed(seed)
        self.reason = ""
        self.drawn = 0

    def draw(self, tries=160):
        """Return the next Point that is admitted, or None."""
        too_large = None
        start, self.drawn = self.drawn, self.drawn + 1
        open_assignments = list(self.assignments)
        for attempt in range(tries):
            if not open_assignments:
                break
            sizes = open_assignments[(start + attempt) % len(open_assignments)]
            recipe = RECIPES[(start + attempt // len(open_assignments)) % len(RECIPES)]
            try:
                point = self.at(sizes, recipe)
                if self.admits(point):
                    return point
            except LimitError as error:
                too_large = error
                open_assignments.remove(sizes)
            except ShapeError:
                open_assignments.remove(sizes)
            except DomainError:
                continue
        self.reason = "no point found where the conditions hold and the value is finite"
        if too_large and not open_assignments:
            self.reason = too_large.message
        return None

    def at(self, sizes, recipe):
        """Return a random point for these sizes."""
        shapes = {name: shape(sizes) for name, shape in self.shapes.items()}
        for rows, cols in shapes.values():
            if min(rows, cols) < 1:
                raise ShapeError(f"an array of {rows}×{cols}", hint="declare other sizes")
            if rows * cols > MAX_ENTRIES:
                raise LimitError(f"too large to check: a matrix of {rows}×{cols}", hint="declare smaller sizes")
        arrays = {
            name: draw(shape, self.facts.get(name, frozenset()), recipe, self.generator)
            for name, shape in shapes.items()
        }
        return Point(arrays, sizes)
