"""The forms that code is made of: thin factors stay thin, blocks are written once, no form has poles of its own."""

import tracemalloc

import numpy
import pytest

import matcalc

SEED = 11


def peak(function, **arrays):
    """Return (the results, how many entries were in memory at once beside the arguments)."""
    function(**arrays)
    tracemalloc.start()
    try:
        found = function(**arrays)
        return found, tracemalloc.get_traced_memory()[1] / 8
    finally:
        tracemalloc.stop()


def test_a_thin_square_plus_a_diagonal_is_never_formed():
    text = "logdet(F@F.T + diag(d)) + y.T@inv(F@F.T + diag(d))@y"
    function = matcalc.diff(text, "F", assume={"d": ["positive"]}).compile()
    rng = numpy.random.default_rng(SEED)
    for n, k in ((2000, 3), (5, 4), (3, 6)):
        F, d, y = rng.standard_normal((n, k)), 0.5 + rng.random(n), rng.standard_normal(n)
        (value, gradient), entries = peak(function, F=F, d=d, y=y)
        inverse = numpy.linalg.inv(F @ F.T + numpy.diag(d))
        expected = 2 * inverse @ F - 2 * numpy.outer(inverse @ y, y @ inverse @ F)
        assert numpy.abs(gradient - expected).max() <= 1e-10 * numpy.abs(expected).max()
        assert value == pytest.approx(numpy.linalg.slogdet(F @ F.T + numpy.diag(d))[1] + y @ inverse @ y, rel=1e-11)
        if n > 1000:
            assert entries < n * n / 20


@pytest.mark.parametrize(("text", "wrt", "order", "sizes", "most"), [
    ("tr(inv(W.T@S@W)@W.T@B@W)", "W", 1, {"n": 300, "k": 3}, 300 * 3 * 30),
    ("sum(V*sqrt(1 + (x - x.T)**2))", "x", 2, {"n": 100}, 100**2 * 9),
    ("sum(logsumexp(X@W, axis=1))", "W", 2, {"m": 200, "n": 10, "k": 4}, 200 * 10 * 4 * 8),
    ("norm(W.T@W - eye(k))**2/4", "W", 2, {"n": 30, "k": 5}, (30 * 5) ** 2 * 2.5),
    ("sum(Y*(X - mean(X, axis=0))/sqrt(mean((X - mean(X, axis=0))**2, axis=0) + c))", "X", 1, {"m": 300, "n": 40},
     300 * 40 * 4),
])
def test_memory_stays_near_the_size_of_what_is_given_and_returned(text, wrt, order, sizes, most):
    shapes = {"W": ("n", "k"), "S": ("n", "n"), "B": ("n", "n"), "V": ("n", "n"), "x": ("n", 1), "X": ("m", "n"),
              "Y": ("m", "n"), "c": ()}
    shapes = {name: shape for name, shape in shapes.items() if name in matcalc.parse(text).shapes}
    assume = {name: ["pd"] for name in ("S", "B") if name in shapes} | ({"c": ["positive"]} if "c" in shapes else {})
    derivative = matcalc.diff(text, wrt, order=order, shapes=shapes, assume=assume)
    rng = numpy.random.default_rng(SEED)
    sizes = {**sizes, 1: 1}
    arrays = {name: rng.standard_normal([sizes[s] for s in shape]) for name, shape in shapes.items()}
    for name, array in arrays.items():
        if name in assume:
            arrays[name] = abs(array) if name == "c" else array @ array.T + numpy.eye(len(array))
    _, entries = peak(derivative.compile(value=False), **arrays)
    assert entries <= most
    assert derivative.compile(value=False).check().ok


@pytest.mark.parametrize(("text", "point"), [
    ("norm(x)**2", [0.0, 0.0]), ("norm(x)**3", [0.0, 0.0]), ("sum(x**2)/2", [0.0, 0.0]), ("prod(x)", [0.0, 3.0]),
    ("sum(relu(x)**2)", [0.0, 1.0]),
])
@pytest.mark.filterwarnings("ignore::matcalc.ConditionWarning")
@pytest.mark.parametrize("order", [1, 2])
def test_no_form_has_poles_that_the_derivative_has_not(text, point, order):
    derivative = matcalc.diff(text, "x", order=order)
    expected = derivative.evaluate(x=point)
    found = derivative.compile(value=False)(x=point)
    numpy.testing.assert_allclose(found, expected, atol=1e-15)


def test_sizes_decide_between_forms():
    derivative = matcalc.diff("tr(A@X@B@X.T)", "X", shapes={"A": ("n", "n"), "B": ("m", "m"), "X": ("n", "m")})
    for sizes in ({"n": 3, "m": 500}, {"n": 500, "m": 3}, None):
        assert derivative.compile(sizes=sizes).check().ok
