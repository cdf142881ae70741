"""Whether values are nothing but rounding errors, as those of a derivative that is zero.

A value that is the work of rounding changes at random where the point changes by rounding errors, and a true one hardly
changes (the idea of stochastic arithmetic: J. Vignes, "A stochastic arithmetic for reliable scientific computation",
1993).
"""

from __future__ import annotations

import torch

from ..errors import MatcalcError
from ..evaluation.evaluate import evaluate, node_values
from ..evaluation.points import Point

# a relative change of the point that only rounding errors notice
JITTER = 1e-13
_TWINS = 2
# a value no larger than this many of its changes is rounding
_CHANGES = 30
# and so far below what it was computed from
_BELOW = 1e-9


def near(point, facts, generator):
    """Return a point that differs by rounding errors only; whole numbers stay as they are."""
    arrays = {
        name: array
        if facts.get(name, frozenset()) & {"integer", "binary"}
        else array * (1 + JITTER * torch.randn(array.shape, generator=generator, dtype=torch.float64))
        for name, array in point.arrays.items()
    }
    return Point(arrays, point.sizes)


def both_are_rounding(problem, point, tree, truth, ours):
    """Return whether torch's derivative and the value of a tree are both rounding errors at a point, and so zero."""
    book = problem.book
    largest = max(float(v.norm()) for v in node_values(tree, point.arrays, point.sizes, book).values() if v is not None)
    source = node_values(problem.tree, point.arrays, point.sizes, book).values()
    largest = max([largest, *[float(v.norm()) for v in source if v is not None]])
    if max(float(ours.norm()), float(truth.norm())) > _BELOW * largest:
        return False
    generator = torch.Generator().manual_seed(0)
    changes = [0.0, 0.0]
    for _ in range(_TWINS):
        twin = near(point, problem.facts, generator)
        try:
            value, found, _ = problem.derivative(twin)
            values = (problem.true_value(value, found, twin), evaluate(tree, twin.arrays, twin.sizes, book))
        except (MatcalcError, RuntimeError):
            return False
        changes = [max(c, float((v - w).norm())) for c, v, w in zip(changes, values, (truth, ours))]
    return all(float(v.norm()) <= _CHANGES * c for v, c in zip((truth, ours), changes))
