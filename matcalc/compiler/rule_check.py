"""The lines of an entry for array libraries, compared with its torch line, and what they leave of their arguments.

Each line is run as generated code runs it: scalars without a dimension, columns and rows with one, and the arrays
cannot be written to. JAX computes in single precision unless it is told otherwise.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy

from ..errors import RuleFileError
from ..evaluation.evaluate import own_torch_state
from ..evaluation.trials import Line, Trial, trials
from ..libraries import load
from .counterparts import counterpart, helper_source, helpers_of

if TYPE_CHECKING:
    from torch import Tensor

    from ..rulebook.entries import Book, Rule

# the target whose code takes a line
_TARGETS = {"array": "array-api", "numpy": "numpy", "jax": "jax"}
# what a line may run into: it is a user's
_FAULTS = (ArithmeticError, AttributeError, IndexError, KeyError, RuntimeError, TypeError, ValueError)


@own_torch_state()
def verify_counterparts(rule: Rule, book: Book) -> None:
    """Raise RuleFileError where a line for an array library disagrees with torch, fails or writes into its arguments.

    A line for JAX is compared where JAX is installed.
    """
    for word, target in _TARGETS.items():
        if not getattr(rule, word) or word == "jax" and find_spec("jax") is None:
            continue
        for ones in _widths(rule):
            line = f"{word} {getattr(rule, word)}"
            for trial in _points(rule, book, line, ones):
                _compare(trial, rule, line, target)


def _points(rule: Rule, book: Book, line: str, ones: frozenset) -> list[Trial]:
    """Return points to compare at; for columns there need be none."""
    try:
        return list(trials(rule, book, Line(line, lambda trial: (), ones=ones)))
    except RuleFileError:
        if ones:
            return []
        raise


def _widths(rule: Rule) -> list[frozenset]:
    """Return sets of sizes that are to be 1: none, and the second one of a matrix, which is a column then."""
    wide = {p.sizes[1] for p in rule.params if p.kind == "array" and p.sizes[0] != p.sizes[1]}
    return [frozenset(), *[frozenset({size}) for size in sorted(wide) if not size.isdigit()]]


def _compare(trial: Trial, rule: Rule, line: str, target: str) -> None:
    expected = trial.value().detach().numpy()
    arrays = {p.name: _flat(trial.point.arrays[p.name]) for p in rule.params if p.name in trial.point.arrays}
    whole = {p.name: trial.point.sizes[p.name] for p in rule.params if p.name not in arrays}
    vectors = any(array.ndim == 1 for array in (*arrays.values(), numpy.squeeze(expected)))
    for array in arrays.values():
        array.flags.writeable = False
    try:
        found = _run(_function(counterpart(rule, target, vectors), target), {**arrays, **whole})
    except _FAULTS as error:
        told = "writes into its arguments" if "read-only" in str(error) else f"fails: {str(error).splitlines()[0]}"
        rule.fail(f"the line '{line}' {told}", hint="see 'Counterparts in array libraries' in docs/rule-files.md")
    right = numpy.squeeze(expected)
    if found.shape != right.shape and found.squeeze().shape != right.shape:
        shown = ["×".join(map(str, array.shape)) or "a number" for array in (found, right)]
        rule.fail(f"the line '{line}' gives {shown[0]}, torch {shown[1]}", hint="vectors have one dimension there")
    distance = numpy.abs(found.reshape(right.shape) - right).max(initial=0.0)
    half_of_the_digits = numpy.sqrt(numpy.finfo(found.dtype if found.dtype.kind == "f" else float).eps)
    if not distance <= half_of_the_digits * max(1.0, numpy.abs(right).max(initial=0.0)):
        ours = trial.value().new_tensor(numpy.array(found, dtype=float).reshape(expected.shape))
        shown = trial.shown(trial.value(), ours)
        rule.fail(f"torch disagrees with the line '{line}'\n{shown}", hint="compare the line with its source")


def _flat(tensor: Tensor) -> numpy.ndarray:
    """Return a copy of a tensor as generated code has it: without the dimensions of one entry."""
    return numpy.array(tensor.detach().numpy().reshape([size for size in tensor.shape if size != 1]))


def _function(line: str, target: str) -> Callable[[dict], Any]:
    """Return a line as a function of the values of its parameters."""
    space = {"numpy": numpy, "xp": numpy}
    if "scipy." in line and target == "numpy":
        space["scipy"] = load("scipy")
        load("scipy.linalg"), load("scipy.special")
    if target == "jax":
        space |= {"jax": load("jax"), "jnp": load("jax.numpy")}
        load("jax.scipy.linalg"), load("jax.scipy.special")
    texts, imports = helper_source(helpers_of(line), target)
    exec("\n".join([*sorted(imports), *texts]), space)  # noqa: S102 (matcalc's own helper functions)
    code = compile(line.replace("array_functions.", ""), "<line>", "eval")
    return lambda values: eval(code, space, dict(values))  # noqa: S307 (the rule file's reader checked every node)


def _run(function: Callable[[dict], Any], values: dict[str, Any]) -> numpy.ndarray:
    with warnings.catch_warnings(), numpy.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return numpy.asarray(function(values))
