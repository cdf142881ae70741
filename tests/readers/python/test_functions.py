"""Python functions as expressions: their source is read, what is around them is looked at, and nothing is called."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch.nn.functional as nnf

import matcalc
from matcalc.errors import ArgumentError, MatcalcError

lam = 0.25
X = np.ones((3, 2))
CALLED = []


def noted(value):
    CALLED.append(value)
    return value


def ridge(w):
    """The ridge loss."""
    r = X @ w - y
    return (r**2).mean() + lam*np.sum(w**2)


def sigmoid(z):
    return 1/(1 + np.exp(-z))


@jax.jit
def cross_entropy(w, b=0.0):
    p = sigmoid(X @ w + b)
    return -jnp.sum(y*jnp.log(p) + (1 - y)*jnp.log(1 - p))


def counted(w):
    return noted(w) @ w


quadratic = lambda x, A: x @ A @ x  # noqa: E731
y = np.ones(3)


def means(function, text, **options):
    return matcalc.parse(function, **options) == matcalc.parse(text, **options)


def test_a_function_is_read_with_the_numbers_around_it():
    assert means(ridge, "mean((X@w - y)**2) + 1/4*sum(w**2)")
    assert matcalc.parse(ridge).typed.startswith("def ridge(w):")
    assert matcalc.parse(ridge).syntax == "python"
    assert matcalc.diff(ridge, wrt="w").check().ok


def test_a_function_of_one_name_is_differentiated_by_it():
    assert matcalc.diff(ridge).wrt == "w" and matcalc.diff(ridge, wrt="X").wrt == "X"
    assert matcalc.diff(lambda w: np.sum(sigmoid(X @ w))).wrt == "w"  # the text of sigmoid stands before it
    assert matcalc.diff(lambda u, X: np.sum((X @ u)**2)).wrt == "X"


def test_a_number_that_is_asked_for_stays_a_variable():
    assert str(matcalc.diff(ridge, wrt="lam")) == "w.T@w"
    assert means(ridge, "mean((X@w - y)**2) + lam*sum(w**2)", shapes={"lam": ()})


def test_functions_of_the_same_module_are_read_too():
    derivative = matcalc.diff(cross_entropy, wrt="w")
    assert derivative.shapes["b"] == ()
    assert derivative.check().ok


def test_nothing_is_called():
    with pytest.raises(MatcalcError, match="this line changes nothing"):
        matcalc.diff(counted, wrt="w")
    assert not CALLED


def test_lambdas_and_closures():
    def scaled(s):
        return lambda x: s*(x @ x)

    assert means(quadratic, "x.T@A@x")
    assert means(lambda w: nnf.mse_loss(X @ w, y), "mean((X@w - y)**2)")
    assert means(scaled(3), "3*x.T@x")


@pytest.mark.parametrize(("function", "message"), [
    (eval("lambda x: x @ x"), "the source of <lambda> is not at hand"),
    (print, "not builtin_function_or_method"),
    (int, "not type"),
    (3, "not int"),
])
def test_what_has_no_source_is_refused(function, message):
    with pytest.raises(ArgumentError, match=message):
        matcalc.diff(function, wrt="x")


def test_errors_show_the_line_of_the_function():
    def wrong(w):
        r = X @ w
        return np.fft.fft(r)

    with pytest.raises(MatcalcError) as caught:
        matcalc.diff(wrong, wrt="w")
    assert str(caught.value).splitlines()[:3] == [
        "np.fft.fft is not read", "      return np.fft.fft(r)", "             ^^^^^^^^^^"
    ]
