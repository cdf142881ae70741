"""Random functions at random zeros and ties: where the slopes say that there is a derivative, the answer is it.

Kinks are not put within kinks: there a tie at a single point may have a derivative that no convention for the parts
gives, as maximum(x, abs(x)) - abs(x) at 0.
"""

import random
import warnings

import numpy
import torch

import matcalc as mc
from matcalc.algebra.books import make_book
from matcalc.errors import ConditionWarning
from matcalc.evaluation.evaluate import evaluate
from matcalc.language.syntax import parse_tree
from tests.support.seeds import seed_of

COUNT = 12
VECTORS = ["x", "A@x", "x - y", "x*y", "x + x**2", "2*x - A@x"]
SCALARS = [
    "sum(abs({u})**1.5)", "norm({u})**3", "prod({u})", "sum(relu({u})**2)", "sum(abs({u})*{u})", "max({u})", "min({u})",
    "norm({u}, inf)", "norm1({u})", "sum(maximum({u}, y))", "sum(minimum({u}, {u}**2))", "sum({u})", "norm({u})",
    "det({u}@{u}.T + B)", "det({u}@y.T)", "exp(prod({u}))", "(({u}).T@({u}))**(3/4)", "sum({u}**3)",
    "(1 + norm({u}))*exp(-norm({u}))",
]  # fmt: skip
FACTORS = ["1", "-2", "sum(x)", "x.T@y", "sum(x**2)", "exp(-x.T@x)", "x.T@A@x"]
ENTRIES = [0.0, 0.0, 1.0, 1.0, -1.0, 0.5, 2.0]
BOOK = make_book()


def drawn(generator):
    """Return (expression, arrays) with entries that are often zero or equal."""
    terms = []
    for _ in range(generator.randint(1, 3)):
        scalar = generator.choice(SCALARS).replace("{u}", f"({generator.choice(VECTORS)})")
        terms.append(f"({generator.choice(FACTORS)})*{scalar}")
    arrays = {name: [generator.choice(ENTRIES) for _ in range(3)] for name in "xy"}
    for name in "AB":
        arrays[name] = [[generator.choice(ENTRIES) for _ in range(3)] for _ in range(3)]
    text = " + ".join(terms)
    return text, {name: array for name, array in arrays.items() if name in text or name == "x"}


def slopes(text, arrays, directions):
    """Return the one-sided slopes of the function along directions, and the errors of both step sizes against them."""
    tree = parse_tree(text)
    given = {name: torch.tensor(numpy.array(a, dtype=float).reshape(3, -1)) for name, a in arrays.items()}
    start = given["x"].reshape(-1).numpy().copy()

    def function(x):
        return float(evaluate(tree, {**given, "x": torch.tensor(x.reshape(3, 1))}, {"n": 3}, BOOK))

    here = function(start)
    return [[(function(start + h * d) - here) / h for h in (1e-5, 1e-7)] for d in directions]


def has_derivative(found, directions):
    """Return the gradient where all one-sided slopes are those of a linear function, else None."""
    fine = numpy.array([slope[1] for slope in found])
    if not numpy.isfinite(fine).all():
        return None
    gradient = numpy.linalg.lstsq(numpy.array(directions), fine, rcond=None)[0]
    errors = [numpy.abs(numpy.array(directions) @ gradient - numpy.array([s[k] for s in found])).max() for k in (0, 1)]
    return gradient if errors[1] < 1e-2 and errors[1] < max(0.3 * errors[0], 1e-5) else None


def test_where_there_is_a_derivative_the_answer_is_it():
    seed = seed_of("random edges")
    generator, numbers = random.Random(seed), numpy.random.default_rng(seed)
    compared = 0
    for _ in range(COUNT):
        text, arrays = drawn(generator)
        half = numbers.normal(size=(5, 3))
        directions = [*half, *-half]
        gradient = has_derivative(slopes(text, arrays, directions), directions)
        if gradient is None:
            continue
        compared += 1
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConditionWarning)
            value = numpy.asarray(mc.diff(text, wrt="x").evaluate(**arrays)).reshape(-1)
        shown = f"seed {seed}: {text} at {arrays}: {value}, {gradient}"
        assert numpy.allclose(value, gradient, rtol=1e-2, atol=1e-2), shown
    assert compared >= COUNT // 8, f"seed {seed}: only {compared} of {COUNT} have a derivative"
