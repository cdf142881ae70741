"""Every line of the corpus derivations against NumPy and central differences; of matcalc only the parser helps."""

import numpy
import pytest
from corpus_entries import QUESTIONS, answer
from numpy_derivations import Calculator, compute

from matcalc.language.syntax import names, parse_tree

TOLERANCE = 1e-6
SIZES = {"n": 4, "m": 3, "p": 2, "q": 2, "k": 5, "l": 2, "r": 4, "s": 2, "d": 3}
SYMMETRIC = {"symmetric", "spd", "pd", "psd"}
FACTS = {"symmetric", "spd", "pd", "positive", "invertible", "unit-interval", "simplex", "negative", "positive-det"}


def draw(derivative, rng):
    """Return arrays and sizes for the names: well-conditioned matrices, entries in (0.2, 0.9) otherwise."""
    shapes = {name: (*shape, 1, 1)[:2] for name, shape in derivative.shapes.items()}
    letters = {size for shape in shapes.values() for size in shape if isinstance(size, str)}
    letters |= SIZES.keys() & set(names(parse_tree(derivative.text))) - shapes.keys()
    env = {letter: SIZES[letter] for letter in letters}
    for name, (rows, columns) in shapes.items():
        array = rng.uniform(0.2, 0.9, (env.get(rows, rows), env.get(columns, columns)))
        facts = set(derivative.assume.get(name, ()))
        if array.shape[0] == array.shape[1] > 1:
            array = array / 2 + numpy.diag(rng.uniform(2, 3, len(array)))
        if facts & SYMMETRIC:
            array = (array + array.T) / 2
        if "simplex" in facts:
            array = array / array.sum(axis=0)
        env[name] = -array if "negative" in facts else array
    return env


def asked(entry):
    """Whether an entry is about what this module draws: the variable has no structure that a direction must keep."""
    words = {word for facts in (entry.get("assume") or {}).values() for word in facts}
    return words <= FACTS and not entry.get("structured")


ENTRIES = [entry for entry in QUESTIONS if asked(entry)][::8]


def calculator(derivative, seed=0):
    """Return a Calculator at a random point, in a random direction."""
    rng = numpy.random.default_rng(seed)
    env = draw(derivative, rng)
    return Calculator(derivative.derivation, env, rng.standard_normal(env[derivative.wrt].shape))


def difference(one, other):
    assert one.shape == other.shape
    return numpy.linalg.norm(one - other) / max(1e-3, numpy.linalg.norm(one), numpy.linalg.norm(other))


@pytest.mark.parametrize("entry", ENTRIES, ids=[entry["id"] for entry in ENTRIES])
def test_every_line_by_central_differences(entry):
    derivative = answer(entry)
    derivation, found = derivative.derivation, calculator(derivative)
    assert difference(compute(derivative.text, found.env), found.known[derivation.function]) < TOLERANCE
    for step in derivation.steps:
        truth = found.left(step, derivative.layout)
        assert numpy.isfinite(truth).all()
        for text in step.forms:
            assert difference(compute(text, found.known), truth) < TOLERANCE, f"{step.left} = {text}"
        for name, text in step.definitions:
            assert difference(compute(text, found.known), found.known[name]) < TOLERANCE, name
