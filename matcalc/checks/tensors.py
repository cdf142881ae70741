"""Derivatives in index notation: their values for given arrays, and the check against nested autograd by torch.

What is evaluated is the tree that is printed. Nothing is shared with the engine but the parser.
"""

from __future__ import annotations

import numpy
import torch

from ..counts import positive_count, seed_number
from ..errors import DomainError, LimitError, MatcalcError, warn_of_broken
from ..evaluation.evaluate import evaluate, own_torch_state
from ..evaluation.predicates import broken
from ..evaluation.tensors import tensor_value
from ..evaluation.truth import numbered, structure_matrix, vec
from .derivative import TOLERANCE, relative_error
from .problem import Problem, informative_point, placing_matrix
from .report import CheckReport
from .values import points_of

_NOISE = 1e-5
# JAX computes in float32 unless its user asks for more
_CODE_TOLERANCE = {"numpy": 1e-8, "torch": 1e-8, "jax": 1e-3, "tensorflow": 1e-8}


def evaluate_tensor(form, arrays):
    """Return the value of an IndexForm for given arrays: a NumPy array with an axis for each index, or a float."""
    points = points_of(form, arrays)
    failing = [condition for point in points for condition in broken(form.conditions, point, form.book)]
    values = [tensor_value(form.indexed, point, form.book) for point in points]
    every = form.query.every and form.query.every not in arrays
    found = torch.stack(values, form.derived.functions) if every else values[0]
    warn_of_broken(failing)
    return found.numpy() if form.shape else float(found)


class TensorProblem(Problem):
    """A Problem whose truth is an array with an axis for each index."""

    def __init__(self, form):
        super().__init__(form.query, form.elaborated.tree)

    def true_value(self, value, found, point):
        """Return torch's derivative with two axes for the value and two for each variable, in turn."""
        query = self.query
        shapes = [tuple(point.arrays[name].shape) for name in query.free]
        found = found.reshape(value.numel(), *[rows * cols for rows, cols in shapes])
        for axis, name in enumerate(query.free, 1):
            matrix = structure_matrix(point.arrays[name], self.facts.get(name, frozenset()), query.structure)
            if matrix is not None:
                found = torch.tensordot(found, matrix, ([axis], [0])).movedim(-1, axis)
        if query.placing is not None:
            placer = placing_matrix(query.placing, point.sizes, self.book)
            shapes = [(placer.shape[1], 1)] * len(shapes)
            for axis in range(1, len(shapes) + 1):
                found = torch.tensordot(found, placer.to(found.dtype), ([axis], [0])).movedim(-1, axis)
        elif query.part is not None:
            places = evaluate(query.part.tree, {query.wrt: numbered(shapes[0])}, point.sizes, self.book)
            shapes = [tuple(places.shape)] * len(shapes)
            for axis in range(1, len(shapes) + 1):
                found = found.index_select(axis, vec(places).long())
        stacked = found.reshape([size for shape in (tuple(value.shape), *shapes) for size in shape[::-1]])
        return stacked.permute([2 * (k // 2) + 1 - k % 2 for k in range(stacked.ndim)])


@own_torch_state()
def check_tensor(form, points=3, seed=0):
    """Compare an IndexForm with nested autograd of its source text; return a :class:`CheckReport`.

    Raises ArgumentError where ``points`` is not positive.
    """
    points, seed = positive_count("points", points), seed_number(seed)
    problem = TensorProblem(form)
    sampler, worst, seen, count = problem.sampler(seed), 0.0, set(), 0
    while count < points:
        try:
            point = informative_point(problem, sampler, seen)
        except LimitError as refused:
            return CheckReport(None, None, count, refused.message)
        except RuntimeError as fault:
            reason = f"torch cannot differentiate this: {str(fault).splitlines()[0]}"
            return CheckReport(None, worst if count else None, count, reason)
        if point is None:
            return CheckReport(None, worst if count else None, count, sampler.reason)
        count += 1
        truth, scale = problem.found
        error, reason = _compared(form, point, truth, scale)
        worst = max(worst, error)
        if reason:
            return CheckReport(False, worst, count, reason)
    return CheckReport(True, worst, count)


def paired_values(form, points, seed):
    """Return pairs (the value of an IndexForm, torch's) at random points, those of one shape alone."""
    problem, found = TensorProblem(form), []
    sampler = problem.sampler(seed)
    for _ in range(points):
        point = sampler.draw()
        if point is None:
            return found
        ours = tensor_value(form.indexed, point, form.book)
        found.append((ours, problem.found[0].reshape(ours.shape)))
    return found


def _compared(form, point, truth, scale):
    """Return (relative error, why both differ, '' where they agree)."""
    try:
        ours = tensor_value(form.indexed, point, form.book)
    except DomainError as refused:
        return float("inf"), f"the answer has no value where torch's derivative has one: {refused.message}"
    except MatcalcError as refused:
        return float("inf"), f"the answer cannot be evaluated: {refused.message}"
    if ours.numel() != truth.numel():
        shown = ["×".join(map(str, array.shape)) for array in (ours, truth)]
        return float("inf"), f"the answer is {shown[0]}, torch's derivative {shown[1]}"
    error = relative_error(truth.reshape(ours.shape), ours, _NOISE * scale)
    return error, "" if error <= TOLERANCE[form.order] else f"torch autograd disagrees: relative error {error:.2g}"


@own_torch_state()
def check_tensor_code(function, points=3, seed=0):
    """Compare a generated function with torch's values of the index form that it stands for."""
    points, seed = positive_count("points", points), seed_number(seed)
    form, worst = function.request.form, 0.0
    sampler = TensorProblem(form).sampler(seed)
    for number in range(points):
        point = sampler.draw()
        if point is None:
            return CheckReport(None, worst if number else None, number, sampler.reason)
        convert = torch.Tensor.clone if function.target == "torch" else torch.Tensor.numpy
        given = {name: convert(array) for name, array in point.arrays.items()}
        found = function(**given, **{name: point.sizes[name] for name in function.program.sizes})
        truth = tensor_value(form.indexed, point, form.book)
        ours = torch.from_numpy(numpy.array(found[-1] if isinstance(found, tuple) else found, dtype=float))
        if ours.shape != truth.shape:
            return CheckReport(False, worst, number + 1, f"the code returns {tuple(ours.shape)}")
        worst = max(worst, relative_error(truth, ours))
        if worst > _CODE_TOLERANCE[function.target]:
            reason = f"the code disagrees with the index form: relative error {worst:.2g}"
            return CheckReport(False, worst, number + 1, reason)
    return CheckReport(True, worst, points)
