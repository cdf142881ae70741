"""Derivatives of max, min, prod and norm along an axis, generated for every library, at ties and zeros, too."""

import array_api_strict
import jax
import numpy
import pytest
import torch
from tables import every_row

import matcalc as mc

TARGETS = ["numpy", "array-api", "torch", "jax"]
CONVERT = {
    "numpy": numpy.asarray, "array-api": array_api_strict.asarray, "torch": torch.tensor, "jax": jax.numpy.asarray,
}  # fmt: skip
GENERIC = numpy.array([[0.3, -1.2, 2.5, 0.7], [1.1, 0.4, -0.6, 1.9], [-2.2, 1.6, 0.8, -0.5]])
TIES = numpy.array([[2.0, -1.0, 2.0, 3.0], [2.0, -1.0, 1.0, 3.0], [1.0, 5.0, 2.0, 3.0]])
ZEROS = numpy.array([[0.0, -1.0, 2.0, 0.0], [4.0, 0.0, 0.0, 3.0], [1.0, 5.0, 0.0, -2.0]])
WEIGHTS = {0: numpy.array([[0.5, -1.0, 2.0, 1.5]]), 1: numpy.array([[0.5], [-1.0], [2.0]])}

pytestmark = pytest.mark.usefixtures("double_precision_in_jax")


def reduced(name, X, axis):
    """Return torch's reduction, differentiable at ties and zeros as torch has it."""
    functions = {"max": torch.amax, "min": torch.amin, "prod": torch.prod, "norm": torch.linalg.vector_norm}
    return functions[name](X, dim=axis, keepdim=True)


@every_row(("name", "point"), [
    ("max", GENERIC), ("min", GENERIC), ("prod", GENERIC), ("norm", GENERIC),
    ("max", TIES), ("min", TIES), ("max", ZEROS), ("prod", ZEROS),
], ids=str)  # fmt: skip
@pytest.mark.parametrize("axis", [0, 1])
def test_the_gradient_is_torchs(name, point, axis):
    shape = (1, "m") if axis == 0 else ("n", 1)
    derivative = mc.diff(f"sum(W*{name}(X, axis={axis})**2)", "X", shapes={"X": ("n", "m"), "W": shape})
    X = torch.tensor(point, requires_grad=True)
    value = torch.sum(torch.tensor(WEIGHTS[axis]) * reduced(name, X, axis) ** 2)
    value.backward()
    for target in TARGETS:
        function = derivative.compile(target, orders=(0, 1))
        found = function(X=CONVERT[target](point), W=CONVERT[target](WEIGHTS[axis]))
        assert numpy.allclose(numpy.asarray(found[0]), value.item(), rtol=1e-13)
        assert numpy.allclose(numpy.asarray(found[1]), X.grad.numpy(), rtol=1e-13, atol=1e-13), target


@pytest.mark.parametrize("axis", [0, 1])
def test_norms_of_huge_and_tiny_lines_are_finite(axis):
    array = numpy.array([[3.0, 4.0, 0.5], [1.0, 2.0, 2.0]])
    derivative = mc.diff(f"sum(norm(X, axis={axis}))", "X")
    lengths = numpy.linalg.norm(array, axis=axis, keepdims=True)
    for target in ("numpy", "torch"):
        function = derivative.compile(target)
        for scale in (1e200, 1e-200):
            value, gradient = function(X=CONVERT[target](scale * array))
            assert numpy.isclose(float(value), scale * lengths.sum(), rtol=1e-13)
            assert numpy.allclose(numpy.asarray(gradient), array / lengths, rtol=1e-13)


@every_row(("text", "claim"), [
    ("sum(max(X, axis=1))", "hardmax(X, axis=1)"),
    ("sum(min(X, axis=0))", "hardmax(-X, axis=0)"),
    ("sum(prod(X, axis=1))", "prod_others(X, axis=1)"),
    ("sum(norm(X, axis=0))", "X/sqrt(sum(X**2, axis=0))"),
])
def test_claims(text, claim):
    assert mc.check(text, claim).ok
    assert not mc.check(text, f"2*({claim})").ok


@every_row("name", ["max", "min", "prod", "norm"])
def test_another_axis_is_refused(name):
    with pytest.raises(mc.MatcalcError) as refused:
        mc.diff(f"sum({name}(X, axis=2))")
    assert f"{name}(X, axis=0) or {name}(X, axis=1)" in refused.value.hint
