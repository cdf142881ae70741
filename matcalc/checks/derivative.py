"""The check of a derivative against torch autograd, independent of the engine.

The user's own text is evaluated by torch at random points and differentiated by autograd (``truth``), and
the result is compared with the value of the answer as it is printed. Nothing is shared with the engine but
the parser.
"""

from __future__ import annotations

from difflib import get_close_matches
from math import inf, isfinite

import numpy
import torch

from ..errors import ArgumentError, DomainError, LimitError, MatcalcError, ShapeError, UnknownNameError
from ..evaluation.evaluate import evaluate, own_torch_state
from ..evaluation.fitting import whole_number
from ..evaluation.points import array_text
from ..language.syntax import Name, parse_tree
from ..rulebook.entries import size_tree
from .problem import Problem, informative_point
from .report import CheckReport
from .rules import verify_rule

__all__ = ["CheckReport", "check_derivative", "evaluate_derivative", "verify_rule"]

TOLERANCE = {1: 1e-7, 2: 1e-6}
# below this part of the largest intermediate gradient a derivative is rounding noise
_NOISE = 1e-5


# -- the check ------------------------------------------------------------------------------------------------


@own_torch_state()
def check_derivative(derivative, points=3, seed=0):
    """Compare a Derivative with torch autograd of its source text; return a :class:`CheckReport`.

    ``points`` random points, drawn from ``seed``. Raises ArgumentError where ``points`` is not positive.
    """
    if not isinstance(points, int) or points < 1:
        raise ArgumentError(f"points is {points!r}", hint="give a positive integer")
    try:
        problem = Problem(derivative.query, parse_tree(str(derivative)))
    except LimitError as refused:
        return CheckReport(None, None, 0, refused.message)
    except MatcalcError as refused:
        return CheckReport(False, None, 0, f"the answer cannot be read back: {refused.message}")
    sampler = problem.sampler(seed)
    worst, seen = 0.0, set()
    for number in range(points):
        try:
            point = informative_point(problem, sampler, seen)
        except RuntimeError as refused:
            return CheckReport(None, None, number, f"torch cannot differentiate this: {str(refused).splitlines()[0]}")
        if point is None:
            return CheckReport(None, worst if number else None, number, sampler.reason)
        error, reason, ours = compare(problem, point)
        worst = max(worst, error)
        if reason:
            return CheckReport(False, worst, number + 1, reason, _detail(point, problem.found[0], ours))
    return CheckReport(True, worst, points)


def compare(problem, point):
    """Return (relative error, reason where they disagree, our value) at a point."""
    truth, scale = problem.found
    try:
        ours = evaluate(problem.answer, point.arrays, point.sizes, problem.book)
    except DomainError as refused:
        return float("inf"), f"the answer has no value where torch's derivative has one: {refused.message}", None
    except MatcalcError as refused:
        return float("inf"), f"the answer cannot be evaluated: {refused.message}", None
    if ours.shape != truth.shape:
        shown = ["×".join(map(str, array.shape)) for array in (ours, truth)]
        return float("inf"), f"the answer is {shown[0]}, torch's derivative {shown[1]}", ours
    if not torch.isfinite(ours).all():
        return float("inf"), "the answer is not finite where torch's derivative is", ours
    error = relative_error(truth, ours, _NOISE * scale)
    if error <= TOLERANCE[problem.query.order]:
        return error, "", ours
    return error, f"torch autograd disagrees: relative error {error:.2g}", ours


def relative_error(truth, ours, noise=0.0):
    """Return ‖truth − ours‖ over the larger of both norms, which counts as no smaller than ``noise``."""
    difference = float((truth - ours).norm())
    if not isfinite(difference):
        return inf
    return difference / max(float(truth.norm()), float(ours.norm()), noise) if difference else 0.0


def _detail(point, truth, ours):
    named = [*point.arrays.items(), ("torch", truth), ("matcalc", ours)]
    return "\n".join(f"{name} = {'no value' if array is None else array_text(array)}" for name, array in named)


# -- values for given arrays -------------------------------------------------------------------------------------


def evaluate_derivative(derivative, arrays):
    """Return the value of a derivative for given arrays: a NumPy array, or a float for a scalar.

    ``arrays`` maps the names to NumPy arrays, nested lists, numbers or tensors; a column may be a vector.
    Raises ShapeError where they do not fit the shapes, UnknownNameError where one is missing or not known,
    DomainError where the derivative has no value there.
    """
    elaborated = derivative.elaborated
    known = list(elaborated.shapes)
    for name in arrays:
        if name not in known:
            close = get_close_matches(name, known, 1, 0.3)
            raise UnknownNameError(
                f"no variable '{name}' in the expression",
                hint=f"did you mean {close[0]}?" if close else f"the names are {', '.join(known)}",
            )
    missing = [name for name in known if name not in arrays]
    if missing:
        raise UnknownNameError(f"no value for {', '.join(missing)}", hint=f"write evaluate({missing[0]}=...)")
    values, sizes = {}, {}
    shapes = {name: tuple(map(str, shape)) for name, shape in elaborated.shapes.items()}
    for name, array in arrays.items():
        values[name] = _tensor(name, array, shapes[name])
        _bind(name, shapes, values, sizes)
    for name, array in values.items():
        _fits_declared(name, shapes, array, sizes)
    for name, size in elaborated.sizes.items():
        sizes[name] = whole_number(size_tree(str(size)), sizes)
    result = evaluate(derivative.tree, values, sizes, derivative.book).numpy()
    return float(result[0, 0]) if derivative.shape == () else result


def _tensor(name, array, shape):
    """Return an array of the user's as a float64 tensor of two dimensions; a vector is a column, or a row."""
    if isinstance(array, torch.Tensor):
        array = array.detach().cpu().numpy()
    try:
        value = numpy.asarray(array, dtype=numpy.float64)
    except (TypeError, ValueError) as error:
        raise ShapeError(
            f"{name} is not an array of numbers", hint="give a NumPy array, a nested list or a number"
        ) from error
    if value.ndim > 2:
        raise ShapeError(
            f"{name} has {value.ndim} dimensions, and its shape is {'×'.join(shape)}", hint="give at most two"
        )
    if value.ndim < 2:
        value = value.reshape(1, -1) if shape[0] == "1" else value.reshape(-1, 1)
    return torch.from_numpy(value.copy())


def _bind(name, shapes, values, sizes):
    for text, given in zip(shapes[name], values[name].shape):
        tree = size_tree(text)
        if isinstance(tree, Name) and sizes.setdefault(tree.id, given) != given:
            raise _unfit(name, shapes[name], values[name], f"{tree.id} = {sizes[tree.id]}")


def _fits_declared(name, shapes, array, sizes):
    expected = tuple(whole_number(size_tree(text), sizes) for text in shapes[name])
    if expected != tuple(array.shape):
        raise _unfit(name, shapes[name], array, f"here {expected[0]}×{expected[1]}")


def _unfit(name, shape, array, known):
    given = "×".join(map(str, array.shape))
    return ShapeError(
        f"{name} is {given}, but its shape is {'×'.join(shape)} ({known})",
        hint=f"give {name} as an array of {'×'.join(shape)}",
    )
