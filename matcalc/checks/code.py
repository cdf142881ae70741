"""Does generated code compute what it says? Its results against the values of the user's text and of the answers.

The code is run on arrays of its own library at random points; the value it returns is compared with torch's value of
the source text, every derivative and product with torch's value of the printed one, which `check_derivative` judges.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
import torch

from ..counts import positive_count, seed_number
from ..errors import DomainError, LimitError
from ..evaluation.evaluate import evaluate, own_torch_state
from ..evaluation.fitting import whole_number
from ..rulebook.entries import size_tree
from .derivative import CheckReport, relative_error
from .problem import Problem, informative_point

# a result may lose this many roundings of its own precision
_ROUNDINGS = 1e7


@own_torch_state()
def check_code(function: Any, points: int = 3, seed: int = 0) -> CheckReport:
    """Compare a generated function with torch's values of the texts that it stands for.

    ``function``: a :class:`~matcalc.compiler.function.GeneratedFunction`. Raises ArgumentError where ``points`` is not
    positive.
    """
    points, seed = positive_count("points", points), seed_number(seed)
    truths = function.request.truths()
    try:
        problem = Problem(function.request.first.query, truths[-1])
    except LimitError as error:
        return CheckReport(None, None, 0, error.message)
    sampler, worst, seen = problem.sampler(seed), 0.0, set()
    generator = torch.Generator().manual_seed(seed)
    for number in range(points):
        point = informative_point(problem, sampler, seen)
        if point is None:
            return CheckReport(None, worst if number else None, number, sampler.reason)
        arrays = {**point.arrays, **_directions(function, point.sizes, generator)}
        try:
            expected = [evaluate(tree, arrays, point.sizes, problem.book).numpy() for tree in truths]
            found = _results(function, arrays, point.sizes)
        except DomainError as fault:
            return CheckReport(False, None, number + 1, f"the code has no value at a point: {fault.message}")
        for result, truth, ours in zip(function.program.results, expected, found, strict=True):
            # what is 0 all over is computed to the rounding of what cancels in it
            noise = 0.0 if result.name == "value" and any(map(numpy.any, found)) else problem.noise * problem.found[1]
            off, reason = _compared(truth, ours, noise)
            worst = max(worst, off)
            if reason:
                return CheckReport(False, worst, number + 1, f"{result.name}: {reason}")
    return CheckReport(True, worst, points)


def _directions(function: Any, sizes: dict[str, int], generator: torch.Generator) -> dict[str, torch.Tensor]:
    """Return random values of the arguments that the expression does not have: directions of products."""
    found = {}
    for name, shape, _ in function.request.directions:
        lengths = tuple(_length(size, sizes) for size in shape)
        found[name] = torch.randn(lengths, generator=generator, dtype=torch.float64)
    return found


def _results(function: Any, arrays: dict[str, torch.Tensor], sizes: dict[str, int]) -> list[numpy.ndarray]:
    """Return what the function returns, as NumPy arrays."""
    convert: Callable[[numpy.ndarray], Any] = torch.from_numpy if function.target == "torch" else numpy.asarray
    stacks = {a.name: [_length(size, sizes) for size in a.stack] for a in function.program.arguments if a.stack}
    given: dict[str, Any] = {}
    for name, array in arrays.items():
        value = array.numpy().copy()
        given[name] = convert(value.reshape(stacks[name]) if name in stacks else value)
    given.update({name: sizes[name] for name in function.program.sizes})
    found = function(**given)
    results = zip(function.program.results, found if isinstance(found, tuple) else (found,), strict=True)
    return [_below_another(numpy.asarray(ours), result) for result, ours in results]


def _length(size: Any, sizes: dict[str, int]) -> int:
    return whole_number(size_tree(str(size)), sizes)


def _below_another(array: numpy.ndarray, result: Any) -> numpy.ndarray:
    """Return the matrices of a stack one below another, other arrays as they are."""
    return array.reshape(-1, array.shape[2]) if result.stack and array.ndim == 3 else array


def _compared(truth: numpy.ndarray, ours: numpy.ndarray, noise: float) -> tuple[float, str]:
    """Return (relative error, what is wrong, or nothing)."""
    if ours.shape != truth.shape and not (truth.shape == (1, 1) and ours.shape == ()):
        shown = ["×".join(map(str, shape)) or "a number" for shape in (ours.shape, truth.shape)]
        return float("inf"), f"the code returns {shown[0]} where the formula is {shown[1]}"
    precision = numpy.finfo(ours.dtype).eps if ours.dtype.kind == "f" else numpy.finfo(float).eps
    wide = torch.from_numpy(numpy.array(ours, dtype=float).reshape(truth.shape))
    error = relative_error(torch.from_numpy(numpy.array(truth)), wide, noise)
    bound = max(_ROUNDINGS * numpy.finfo(float).eps, 1e3 * precision)
    return error, "" if error <= bound else f"the code disagrees with the formula: relative error {error:.2g}"

