"""Code for sums that keep their index: a loop over it, in every target, equal to the same loop in torch."""

import re

import jax
import numpy
import pytest
import torch
from looped_sums import SPARSE, gradient, looped
from tables import every_row

import matcalc

SIZES = {"n": 4, "m": 3}
SHAPES = {"A": ("m", "m"), "B": ("m", "m"), "C": ("n", "n"), "t": ("n",), "c": ("n",),
          "x": ("n",), "X": ("n", "m"), "y": ("m",)}
CASES = [
    ("sum(logdet(A + t[i]*B) for i in n)", "A"),
    ("log(sum(c[i]**2*det(A + t[i]*B)**2 for i in n))", "t"),
    ("sum(x[i]*x[j]**2 for i in n for j in n if i < j)", "x"),
    ("sum(norm1(X[i, :] - X[j, :]) for i in n for j in n)", "X"),
    ("sum(X[i, :]@inv(A + t[i]*B)@y for i in n) + norm(y)**2", "y"),
    ("sum(x[i]*sum(exp(x[j]*c[k]*x[i]) for j in n for k in n) for i in n)", "x"),
    ("sum(i*(X[i, :]@y - sum(x))**3 + i*x[i]**2 for i in n)", "x"),
]


@pytest.fixture(autouse=True)
def _double():
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(before)


@pytest.mark.parametrize("target", ["numpy", "torch"])
@pytest.mark.parametrize(("text", "wrt"), CASES)
def test_code_of_a_sum_is_a_loop_over_its_index(text, wrt, target):
    compare(text, wrt, target)


@pytest.mark.parametrize("target", ["numpy", "torch", "jax"])
@every_row("text, wrt", SPARSE)
def test_a_term_is_added_where_its_entries_are(text, wrt, target):
    source = compare(text, wrt, target)
    assert "arange" not in source


def compare(text, wrt, target):
    """Compare value and gradient by generated code with those of the loop in torch, and return the code."""
    shapes = {name: shape for name, shape in SHAPES.items() if re.search(rf"\b{name}\b", text)}
    generator = torch.Generator().manual_seed(3)
    arrays = {}
    for name, sizes in shapes.items():
        dims = [SIZES[size] for size in sizes]
        arrays[name] = torch.randn((*dims, *[1] * (2 - len(dims))), generator=generator, dtype=torch.float64)
    function = matcalc.diff(text, wrt=wrt, shapes=shapes).compile(target)
    given = arrays if target == "torch" else {name: array.numpy() for name, array in arrays.items()}
    with jax.enable_x64(True):
        value, slope = function(**given)
    for ours, truth in ((value, looped(text, arrays, SIZES)), (slope, gradient(text, arrays, SIZES, wrt))):
        numpy.testing.assert_allclose(numpy.asarray(ours).reshape(truth.shape), truth.detach().numpy(), rtol=1e-9)
    return function.source


@pytest.mark.parametrize(("text", "wrt"), [
    ("sum(x[i]**2 for i in n if i > 2)", "x"),
    ("sum(exp(i*x[i]) for i in range(2, n))", "x"),
    ("sum(norm(X[i, :]@A)**2*i for i in n if i < j)", "A"),
])
def test_the_derivative_of_a_sum_without_terms_has_the_shape_of_its_variable(text, wrt):
    derivative = matcalc.diff(text, wrt=wrt, shapes={"x": ("n",)} if "x" in text else {})
    values = {"x": numpy.ones((2, 1))} if "x" in text else {"X": numpy.ones((2, 3)), "A": numpy.ones((3, 3)), "j": 0}
    expected = numpy.zeros_like(values[wrt])
    assert derivative.check().ok
    numpy.testing.assert_array_equal(derivative.evaluate(**values), expected)
    for target in ("numpy", "torch", "jax"):
        given = {name: torch.as_tensor(v) if target == "torch" and name != "j" else v for name, v in values.items()}
        _, slope = derivative.compile(target)(**given)
        numpy.testing.assert_array_equal(numpy.asarray(slope), expected)
