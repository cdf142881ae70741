"""Everybody who computes a problem's derivative, by group, and their results in one form."""

from functools import partial
from importlib.util import find_spec

import numpy

import matcalc

from . import peers

HAND = "hand-written"
GENERATED = {"numpy": "NumPy", "torch": "torch", "jax": "JAX"}
TORCH, JAX = "torch autodiff", "JAX autodiff"
GROUPS = (HAND, *GENERATED.values(), TORCH, JAX)
NEED_JAX = (GENERATED["jax"], JAX)


def has_jax():
    """Return whether JAX is installed."""
    return find_spec("jax") is not None


def present_groups():
    """Return the groups that can take part."""
    return tuple(group for group in GROUPS if group not in NEED_JAX or has_jax())


def ways(problem, group, arrays):
    """Yield (label, run) for each way of a group, where run() computes the problem's derivative at the arrays."""
    if group == HAND:
        for function in problem.by_hand:
            yield function.__name__, partial(function, **arrays)
    elif group == TORCH:
        yield from peers.torch_ways(problem, arrays)
    elif group == JAX:
        yield from peers.jax_ways(problem, arrays)
    else:
        (target,) = (name for name, title in GENERATED.items() if title == group)
        yield f"generated for {target}", generated(problem, target, arrays)


def derive(problem):
    """Return matcalc's derivative of a problem, with a row for each output as the frameworks have it.

    A Hessian by several names has all its blocks, row by row.
    """
    wrt = problem.wrt[0] if len(problem.wrt) == 1 else list(problem.wrt)
    found = matcalc.diff(
        problem.text, wrt, layout="mixed", order=problem.order, shapes=problem.shapes, assume=problem.assume
    )
    return found.blocks if problem.order == 2 and len(problem.wrt) > 1 else found


def generated(problem, target, arrays, passes=None):
    """Return a function without arguments that runs matcalc's code, called as a user would call it."""
    # None leaves the choice of the passes to compile
    chosen = {} if passes is None else {"passes": passes}
    function = derive(problem).compile(target, value=problem.with_value, **chosen)
    if target == "jax":
        return peers.jitted(lambda given: function(**given), peers.jax_arrays(arrays))
    return partial(function, **(peers.torch_arrays(arrays) if target == "torch" else arrays))


def flat(result):
    """Yield the arrays of a result, however it is nested, as NumPy's."""
    if isinstance(result, (tuple, list)):
        for part in result:
            yield from flat(part)
    elif isinstance(result, dict):
        yield from flat(tuple(result.values()))
    else:
        array = numpy.asarray(result)
        # a framework's Hessian by a matrix has an index for each row and column: vec stacks columns
        if array.ndim == 4:
            rows, cols = array.shape[:2]
            array = array.transpose(1, 0, 3, 2).reshape(rows * cols, rows * cols)
        yield array


def disagreement(expected, found):
    """Return how far a result is from the expected one, relative to its largest entry; infinite if misshapen."""
    expected, found = list(flat(expected)), list(flat(found))
    if [a.size for a in expected] != [a.size for a in found]:
        return numpy.inf
    errors = [_error(a, b.reshape(a.shape)) for a, b in zip(expected, found)]
    return max(errors)


def _error(expected, found):
    largest = numpy.abs(found - expected).max() / max(numpy.abs(expected).max(), numpy.finfo(float).tiny)
    return float(largest) if numpy.isfinite(largest) else numpy.inf
