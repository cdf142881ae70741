"""Whether a function has a derivative at a point, and the one given: by one-sided differences along random lines."""

from __future__ import annotations

import torch

from ..errors import MatcalcError
from ..evaluation.evaluate import evaluate
from ..evaluation.points import Point
from ..evaluation.truth import true_derivative, vec

_DIRECTIONS = 3
_STEPS = (1e-4, 1e-6)
_CLOSE = 1e-3


def is_derivative(problem, point, jacobian):
    """Return whether a Jacobian of vec by vec is the derivative at a point, from all sides.

    The differences to both sides come nearer to it as the step shrinks. Of a higher order they are those of torch's
    derivative by all variables but the last.
    """
    variable = problem.query.free[-1]
    generator = torch.Generator().manual_seed(0)
    array = point.arrays[variable]
    here = _function(problem, point)
    for _ in range(_DIRECTIONS):
        direction = torch.randn(array.shape, generator=generator, dtype=torch.float64)
        expected = jacobian @ vec(direction)
        for sign in (1, -1):
            errors = []
            for step in _STEPS:
                arrays = {**point.arrays, variable: array + sign * step * direction}
                there = _function(problem, Point(arrays, point.sizes))
                if here is None or there is None:
                    return False
                difference = (there - here) / (sign * step)
                errors.append(float((difference - expected).norm()))
            if errors[1] > max(_CLOSE * float(expected.norm()), 0.1 * errors[0], 1e-6):
                return False
    return True


def _function(problem, point):
    """Return what is differentiated last, a vector: the value, or for the second derivative the gradient."""
    query = problem.query
    try:
        if query.order == 1:
            return vec(evaluate(problem.tree, point.arrays, point.sizes, problem.book))
        by = query.free[:-1] + query.by[len(query.free) :]
        return true_derivative(problem.tree, point, by, problem.book, query.along)[1].reshape(-1)
    except (MatcalcError, RuntimeError):
        return None
