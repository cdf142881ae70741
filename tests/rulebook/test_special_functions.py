"""Special functions and activations: derivatives, values in code, and messages, against SciPy and torch."""

import array_api_strict
import jax
import numpy
import pytest
import scipy.special
import torch
from tables import every_row

import matcalc
from matcalc.errors import MatcalcError, NoRuleError

X = numpy.array([0.3, 1.7, 4.1])


@every_row(("text", "order", "expected"), [
    ("sum(lgamma(x))", 1, scipy.special.digamma),
    ("sum(lgamma(x))", 2, lambda x: scipy.special.polygamma(1, x)),
    ("sum(digamma(x))", 2, lambda x: scipy.special.polygamma(2, x)),
    ("sum(polygamma(3, x))", 1, lambda x: scipy.special.polygamma(4, x)),
    ("sum(trigamma(x))", 1, lambda x: scipy.special.polygamma(2, x)),
    ("sum(normcdf(x))", 1, lambda x: numpy.exp(-x**2/2)/numpy.sqrt(2*numpy.pi)),
    ("sum(gelu(x))", 1, lambda x: scipy.special.ndtr(x) + x*numpy.exp(-x**2/2)/numpy.sqrt(2*numpy.pi)),
    ("sum(log2(x))", 1, lambda x: 1/(x*numpy.log(2))),
    ("sum(asinh(x))", 2, lambda x: -x/(1 + x**2)**1.5),
    ("sum(erfc(x))", 1, lambda x: -2/numpy.sqrt(numpy.pi)*numpy.exp(-x**2)),
    ("sum(logit(x/5))", 1, lambda x: 1/(5*(x/5)*(1 - x/5))),
    ("sum(arcsinh(x)) + sum(arctan2(x, 2*x))", 1, lambda x: 1/numpy.sqrt(1 + x**2)),
])
def test_derivatives_have_the_values_of_scipy(text, order, expected):
    found = matcalc.diff(text, order=order).evaluate(x=X)
    found = numpy.diag(found) if order == 2 else found[:, 0]
    assert numpy.allclose(found, expected(X), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(("text", "answer"), [
    ("sum(lgamma(x))", "digamma(x)"),
    ("sum(gelu(x))", "normcdf(x) + x*normpdf(x)"),
    ("sum(normpdf(x))", "-x*normpdf(x)"),
    ("sum(logcosh(A@x - b))", "A.T@tanh(A@x - b)"),
    ("sum(hypot(x, y))", "x/hypot(x, y)"),
])
def test_answers_are_what_a_textbook_has(text, answer):
    assert str(matcalc.diff(text, wrt="x")) == answer


@pytest.mark.parametrize("target", ["numpy", "torch", "jax", "array-api"])
@pytest.mark.usefixtures("double_precision_in_jax")
def test_code_has_special_functions_in_every_target(target):
    text = "lgamma(sum(x)) - sum(lgamma(x)) + sum(lognormcdf(x - 3)) + sum(normcdf(x)) + sum(polygamma(2, x))"
    derivative = matcalc.diff(text, wrt="x")
    array = {"torch": torch.tensor, "jax": jax.numpy.asarray, "array-api": array_api_strict.asarray}
    value, gradient = derivative.compile(target)(x=array.get(target, numpy.asarray)(X))
    inner = scipy.special.gammaln(X.sum()) - scipy.special.gammaln(X).sum() + scipy.special.log_ndtr(X - 3).sum()
    inner += scipy.special.ndtr(X).sum() + scipy.special.polygamma(2, X).sum()
    assert numpy.isclose(float(value), inner, rtol=1e-12)
    assert numpy.allclose(numpy.asarray(gradient), derivative.evaluate(x=X), rtol=1e-12)


@every_row(("text", "meant"), [
    (r"\log\Gamma(a) - \log\Gamma(b)", "lgamma(a) - lgamma(b)"), (r"\Phi(a)^2", "normcdf(a)**2"),
    (r"\psi(a)", "digamma(a)"), ("Φ(a)", "normcdf(a)"), ("Γ(a)", "Gamma(a)"),
    (r"\operatorname{polygamma}(1, a)", "polygamma(1, a)"),
])
def test_their_letters_are_read(text, meant):
    assert str(matcalc.parse(text, syntax=None)) == str(matcalc.parse(meant))


@pytest.mark.parametrize("text", [
    "F.gelu(x).sum()", "F.gelu(x, approximate='tanh').sum()", "F.silu(x).sum()", "F.mish(x).sum()",
    "torch.lgamma(x.exp()).sum()", "torch.special.gammaln(x**2).sum()", "torch.digamma(x.exp()).sum()",
    "torch.polygamma(1, x.exp()).sum()", "torch.asinh(x).sum()", "torch.atan2(x, x**2).sum()", "torch.erfc(x).sum()",
    "torch.special.ndtr(x).sum()", "torch.special.log_ndtr(x).sum()", "torch.logaddexp(x, 2*x).sum()",
    "torch.log2(x.exp()).sum()", "torch.hypot(x, x + 1).sum()", "torch.sinc(x).sum()",
])
def test_torch_code_is_read_with_the_derivative_that_torch_has(text):
    x = torch.tensor([-0.4, 0.8, 1.9], dtype=torch.float64, requires_grad=True)
    value = eval(text, {"torch": torch, "F": torch.nn.functional, "x": x})  # noqa: S307 (a text of this test)
    (expected,) = torch.autograd.grad(value, x)
    # torch's own trigamma and its derivative of digamma have ten digits
    found = matcalc.diff(text, syntax="python").evaluate(x=x.detach().numpy())
    assert numpy.allclose(found[:, 0], expected.numpy(), rtol=1e-8, atol=1e-12)


def test_the_order_of_polygamma_is_no_variable():
    with pytest.raises(NoRuleError, match="polygamma has no derivative by its k"):
        matcalc.diff("sum(polygamma(k, x))", wrt="k")


@pytest.mark.parametrize(("text", "hint"), [
    ("gamma(x)", "Gamma(x)"), ("factorial(n)", "Gamma(n + 1)"), ("gelu(x, 3)", 'gelu(X, "tanh")'),
])
def test_what_is_called_otherwise_is_hinted_at(text, hint):
    with pytest.raises(MatcalcError) as caught:
        matcalc.parse(text)
    assert hint in caught.value.hint
