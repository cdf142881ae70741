"""Generated code for every entry of the corpus agrees with the numeric value of the user's text and of the answer."""

import jax
import numpy
import pytest
from code_cases import CONVERT, IDS, NUMBERS, case
from corpus_entries import QUESTIONS
from samples import asked, operations, quick

from matcalc.evaluation.evaluate import own_torch_state

TOLERANCE = 1e-9


def some(kinds, times):
    """Return numbers of entries for the quick suite, with something of every kind ``times``, and the others."""
    return quick(NUMBERS, lambda number: kinds(QUESTIONS[number]), IDS, times)


def words(entry):
    return operations(entry["expr"])


pytestmark = pytest.mark.usefixtures("double_precision_in_jax")


@pytest.fixture(autouse=True)
def one_thread_in_torch():
    with own_torch_state():
        yield


def results(case, target, dtype=numpy.float64):
    """Return (the value and the derivative as the target's arrays, the arguments, copies of these in NumPy)."""
    function = case.derivative.compile(target)
    given = {}
    for name, array in case.arrays.items():
        array = array.astype(dtype) if case.derivative.shapes[name] else array.astype(dtype).reshape(())
        array.flags.writeable = target != "numpy"
        given[name] = CONVERT[target](array)
    sizes = {name: case.sizes[name] for name in function.program.sizes}
    return function(**given, **sizes), given


def relative_error(found, expected):
    return numpy.abs(found - expected).max() / max(numpy.abs(expected).max(), 1e-300)


def check_shapes(found, case):
    """The value and the derivative have two dimensions, or none where they are scalars."""
    for array, expected in zip(found, case.expected):
        assert tuple(array.shape) == (expected.shape if expected.shape != (1, 1) else ())


def check(number, target):
    one = case(number)
    found, given = results(one, target)
    check_shapes(found, one)
    for array, expected in zip(found, one.expected):
        array = numpy.asarray(array)
        assert array.dtype == numpy.float64
        assert relative_error(array, expected) < TOLERANCE
    for name, array in given.items():
        numpy.testing.assert_array_equal(numpy.asarray(array).reshape(-1), one.arrays[name].reshape(-1))


@pytest.mark.parametrize("number", some(asked, 3))
def test_numpy(number):
    check(number, "numpy")


@pytest.mark.parametrize("number", some(asked, 2))
def test_torch(number):
    check(number, "torch")


@pytest.mark.parametrize("number", some(words, 1))
def test_jax_traces(number):
    """What does not take compiling: the code can be traced, and has results of the right shape and precision.

    Powers of matrices with a variable exponent are the exception: JAX unrolls them, and has to know how often.
    """
    one = case(number)
    arrays = {name: CONVERT["jax"](array if one.derivative.shapes[name] else array.reshape(()))
              for name, array in one.arrays.items()}
    function = one.derivative.compile("jax")
    sizes = {name: one.sizes[name] for name in function.program.sizes}
    if "matpow(X, k" in QUESTIONS[number]["expr"]:
        with pytest.raises(jax.errors.ConcretizationTypeError):
            jax.eval_shape(lambda given: function(**given, **sizes), arrays)
        return
    found = jax.eval_shape(lambda given: function(**given, **sizes), arrays)
    check_shapes(found, one)
    assert all(array.dtype == numpy.float64 for array in found)


@pytest.mark.parametrize("number", quick(NUMBERS, lambda number: [QUESTIONS[number].get("family")], IDS))
def test_jax(number):
    check(number, "jax")


@pytest.mark.parametrize("number", some(asked, 1))
def test_array_api(number):
    check(number, "array-api")


@pytest.mark.parametrize("number", some(asked, 1))
def test_single_precision_stays(number):
    one = case(number)
    found, _ = results(one, "numpy", numpy.float32)
    check_shapes(found, one)
    for array, expected in zip(found, one.expected):
        assert array.dtype == numpy.float32
        assert relative_error(array, expected) < 2e-3


def test_the_corpus_is_large():
    assert len(QUESTIONS) > 600
