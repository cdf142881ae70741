"""The corpus as cases for generated code: a derivative, a point, and the values that are expected there."""

from dataclasses import dataclass
from functools import cache

import array_api_strict
import jax
import torch
from corpus_entries import QUESTIONS, answer

import matcalc
from matcalc.checks.problem import Problem, informative_point
from matcalc.evaluation.evaluate import evaluate
from matcalc.language.syntax import parse_tree

SEED = 3
NUMBERS = range(len(QUESTIONS))
IDS = [entry["id"] for entry in QUESTIONS]


@dataclass(frozen=True)
class Case:
    """A derivative, a point (NumPy arrays, sizes), and torch's value of the expression and of the answer there."""

    derivative: matcalc.Derivative
    arrays: dict
    sizes: dict
    expected: tuple


@cache
def case(number):
    """Return the :class:`Case` of a corpus entry."""
    derivative = answer(QUESTIONS[number])
    tree = parse_tree(str(derivative))
    problem = Problem(derivative.query, tree)
    point = informative_point(problem, problem.sampler(SEED), set())
    expected = tuple(
        evaluate(text, point.arrays, point.sizes, derivative.book).numpy()
        for text in (derivative.elaborated.tree, tree)
    )
    arrays = {name: array.numpy() for name, array in point.arrays.items()}
    return Case(derivative, arrays, point.sizes, expected)


CONVERT = {
    "numpy": lambda array: array,
    "torch": lambda array: torch.tensor(array),
    "jax": jax.numpy.asarray,
    "array-api": lambda array: array_api_strict.asarray(array, copy=True),
}
