"""Generated code at large arguments, beside values of 50 digits: for the corpus, and for formulas that overflow."""

from fractions import Fraction

import numpy
import pytest
from code_cases import CONVERT, IDS, NUMBERS, case
from corpus_entries import QUESTIONS

import matcalc
from matcalc.errors import MatcalcError
from matcalc.evaluation.exact.arrays import Array, NotExact, NoValue
from matcalc.evaluation.exact.balls import balls
from matcalc.evaluation.exact.evaluate import Plan
from matcalc.evaluation.exact.formula import Formula

pytestmark = pytest.mark.usefixtures("double_precision_in_jax")

# facts that a positive factor keeps
SCALABLE = {"symmetric", "pd", "psd", "positive", "nonnegative", "diagonal", "skew"}
LARGE = 400.0


def exact(tree, book, arrays, sizes):
    """Return the value of a surface tree in double precision, None where it has none or leaves the range."""
    plan = Plan(Formula(tree, book), {name: array.shape for name, array in arrays.items()}, sizes, 2e6)
    with balls(400, 1) as arithmetic:
        given = {name: arithmetic.displaced(of_fractions(array), None) for name, array in arrays.items()}
        found = plan.value(arithmetic, given)
        entries = [(float(entry[0].mid()), float(entry[0].rad())) for entry in found.entries]
    values, radii = (numpy.array(column).reshape(found.shape) for column in zip(*entries))
    known = numpy.abs(values).max() < 1e150 and radii.max() <= 1e-12 * numpy.abs(values).max()
    return values if known else None


def of_fractions(array):
    entries = [Fraction(float(entry)) for entry in array.ravel()]
    return Array(array.shape, entries, entries[0] if len(entries) == 1 else None)


def scaled(one):
    """Return the arrays of a case, large where their facts allow it."""
    facts = one.derivative.elaborated.facts
    return {name: array * (LARGE if set(facts.get(name, ())) <= SCALABLE else 1) for name, array in one.arrays.items()}


def check(number, target):
    one = case(number)
    derivative, arrays = one.derivative, scaled(one)
    trees = (derivative.elaborated.tree, derivative.everywhere.tree)
    try:
        expected = [exact(tree, derivative.book, arrays, one.sizes) for tree in trees]
    except (NoValue, NotExact, MatcalcError):
        return
    if any(value is None for value in expected):
        return
    function = derivative.compile(target)
    given = {n: CONVERT[target](numpy.array(a) if derivative.shapes[n] else a.reshape(())) for n, a in arrays.items()}
    found = function(**given, **{name: one.sizes[name] for name in function.program.sizes})
    for value, truth in zip(found, expected):
        error = numpy.abs(numpy.asarray(value).reshape(truth.shape) - truth).max()
        # what the arguments' own rounding moves may be lost
        assert error <= 1e-5 * numpy.abs(truth).max() + 1e-12 * LARGE, (QUESTIONS[number]["expr"], error)


@pytest.mark.parametrize("number", NUMBERS[::11], ids=IDS[::11])
def test_numpy(number):
    check(number, "numpy")


@pytest.mark.parametrize("target", ["torch", "array-api"])
@pytest.mark.parametrize("number", NUMBERS[::50], ids=IDS[::50])
def test_other_libraries(number, target):
    check(number, target)


@pytest.mark.long
@pytest.mark.parametrize("target", CONVERT)
@pytest.mark.parametrize("number", NUMBERS, ids=IDS)
def test_all(number, target):
    check(number, target)


SHAPES = {"W": ("n", "m"), "z": ("n", 1), "y": ("n", 1), "x": ("n", 1), "X": ("n", "n"), "c": (), "d": ()}
SIZES = {"n": 3, "m": 2, 1: 1}
OVERFLOWING = [
    ("log(softmax(W))", "W", 1), ("sum(y*log(softmax(z)))", "z", 2), ("sum(log1p(exp(z)))", "z", 2),
    ("sum(log(cosh(z)))", "z", 2), ("sum(log(1 - sigmoid(z)))", "z", 2), ("log(1 + sum(exp(z)))", "z", 2),
    ("log(exp(c) + exp(d))", "c", 2), ("log(sum(y*exp(z)))", "z", 1), ("sum(exp(z)*y)/(1 + sum(exp(z)))", "z", 1),
    ("sum(y*log(c + exp(z)))", "z", 2), ("log(sum(exp(W)))", "W", 1), ("log(mean(exp(W)))", "W", 1),
    ("log(det(X))", "X", 2), ("sqrt(x.T@x)", "x", 2), ("sqrt(sum(W*W))", "W", 1), ("norm(x - y)", "x", 2),
]


def cases():
    """Yield every formula for NumPy, and each of the other libraries for some of them: JAX compiles slowly."""
    for number, entry in enumerate(OVERFLOWING):
        yield "numpy", *entry
        yield ("torch", "array-api", "jax")[number % 3], *entry


@pytest.mark.parametrize(("target", "text", "wrt", "order"), list(cases()))
def test_what_is_typed_may_overflow_on_the_way(target, text, wrt, order):
    names = {name for name in SHAPES if name in matcalc.parse(text).shapes}
    assume = {name: ["positive"] for name in ("c", "y") if name in names and "norm" not in text}
    derivative = matcalc.diff(text, wrt, order=order, shapes={n: SHAPES[n] for n in names}, assume=assume)
    function = derivative.compile(target)
    size = 1e180 if wrt in ("x", "W") and "exp" not in text and "softmax" not in text else 800.0
    generator = numpy.random.default_rng(5)
    arrays = {n: size * generator.standard_normal([SIZES[s] for s in SHAPES[n]]) for n in sorted(names)}
    if "X" in arrays:
        arrays["X"] = 1e120 * (numpy.eye(3) + 0.1 * generator.standard_normal((3, 3)))
    arrays = {n: abs(a) if n in assume else a for n, a in arrays.items()}
    found = function(**{n: CONVERT[target](a) for n, a in arrays.items()})
    given = {n: a.reshape(1, 1) if not a.shape else a for n, a in arrays.items()}
    trees = (derivative.elaborated.tree, derivative.tree)
    truths = [exact(tree, derivative.book, given, {"n": 3, "m": 2}) for tree in trees]
    for ours, truth in zip(found, truths):
        if truth is not None:
            assert numpy.abs(numpy.asarray(ours).reshape(truth.shape) - truth).max() <= 1e-11 * numpy.abs(truth).max()
        assert numpy.isfinite(numpy.asarray(ours)).all()
