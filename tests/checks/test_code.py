"""The check of a compiled function: it notices what the check of the formula cannot."""

import pickle

import pytest

import matcalc
from matcalc.errors import ArgumentError

QUESTIONS = [("norm(X@w - y)**2", "w"), ("log(sum(exp(W)))", "W"), ("softmax(W@x)", "x"), ("logdet(X)", "X")]


def faulty(function, change):
    """Return a copy of a compiled function whose code returns something else."""
    again = pickle.loads(pickle.dumps(function))
    plain = again.plain
    again.plain = lambda **arrays: tuple(change(list(plain(**arrays))))
    return again


@pytest.mark.parametrize(("text", "wrt", "target"), [
    *((*question, target) for question in QUESTIONS for target in ("numpy", "torch", "array-api")),
    *((*question, "jax") for question in QUESTIONS[::2]),
])  # fmt: skip
def test_code_has_the_values_of_the_formulas(text, wrt, target):
    report = matcalc.diff(text, wrt).compile(target).check()
    assert report.ok and report.points == 3, report


@pytest.mark.parametrize("product", ["hvp", "jvp", "vjp"])
def test_products_with_directions_are_checked(product):
    assert matcalc.diff("logsumexp(A@x)", "x").compile(product=product, value=True).check().ok


CHANGES = {
    "a factor": lambda results: [results[0], 1.0001 * results[1]],
    "a sign": lambda results: [-results[0], results[1]],
    "a transpose": lambda results: [results[0], results[1].T],
    "a shape": lambda results: [results[0] + results[1], results[1]],
}


@pytest.mark.parametrize("change", CHANGES)
def test_wrong_code_is_noticed(change):
    function = matcalc.diff("norm(X@w - y)**2", "w").compile()
    report = faulty(function, CHANGES[change]).check()
    assert function.check().ok and report.ok is False and report.reason


@pytest.mark.parametrize("points", [0, -1, 1.5, True, None])
def test_points_are_counted(points):
    with pytest.raises(ArgumentError):
        matcalc.diff("x.T@A@x").compile().check(points=points)


def test_a_function_that_is_zero_is_computed_to_rounding():
    text, shapes = "sum(tr(B)*([[2], [-2]]@hstack(c, x[2])))", {"B": (3, 3), "x": (4, 1), "c": ()}
    report = matcalc.diff(text, "c", shapes=shapes).compile("numpy").check()
    assert report.ok, report.reason
