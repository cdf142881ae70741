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

    The differences to both sides come nearer to it as the step shrinks. Of order 2 they are those of torch's gradient.
    """
    generator = torch.Generator().manual_seed(0)
    array = point.arrays[problem.variable]
    here = _function(problem, point)
    for _ in range(_DIRECTIONS):
        direction = torch.randn(array.shape, generator=generator, dtype=torch.float64)
        expected = jacobian @ vec(direction)
        for sign in (1, -1):
            errors = []
            for step in _STEPS:
                arrays = {**point.arrays, problem.variable: array + sign * step * direction}
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
    try:
        if problem.query.order == 1:
            return vec(evaluate(problem.tree, point.arrays, point.sizes, problem.book))
        return true_derivative(problem.tree, point, problem.variable, 1, problem.book)[1].reshape(-1)
    except (MatcalcError, RuntimeError):
        return None
