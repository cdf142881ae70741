"""where, comparisons, clip and what is made of them: against torch on random points, at ties, in code, in text."""

import array_api_strict
import jax
import numpy
import pytest
import torch
from tables import every_row

import matcalc
from matcalc.errors import DomainError, ExpressionSyntaxError, MatcalcError

torch_functional = torch.nn.functional
TEXTS = [
    ("sum(where(x > 0, x**2, exp(x)))", lambda x: torch.where(x > 0, x**2, torch.exp(x)).sum()),
    ("sum(where((x > 0)*(x < 1), x**3, x))", lambda x: torch.where((x > 0) & (x < 1), x**3, x).sum()),
    ("sum(where(logical_or(x < 0, x >= 1), x**3, x))", lambda x: torch.where((x < 0) | (x >= 1), x**3, x).sum()),
    ("sum(where(logical_not(x < 0), x**3, x))", lambda x: torch.where(x >= 0, x**3, x).sum()),
    ("sum((x > 0)*x**2) + sum((x != 1)*x)", lambda x: ((x > 0)*x**2).sum() + ((x != 1)*x).sum()),
    ("sum(leaky_relu(x, 1/5)**2)", lambda x: (torch_functional.leaky_relu(x, 0.2)**2).sum()),
    ("sum(elu(x, 2)**2)", lambda x: (torch_functional.elu(x, 2.0)**2).sum()),
    ("sum(selu(x)**2)", lambda x: (torch_functional.selu(x)**2).sum()),
    ("sum(clip(x, -1/2, 1)**2)", lambda x: (torch.clamp(x, -0.5, 1)**2).sum()),
    ("sum(huber(x, 1/2))", lambda x: torch_functional.huber_loss(x, 0*x, reduction="sum", delta=0.5)),
    ("sum(hardtanh(x)**2) + sum(relu6(4*x)**2)",
     lambda x: (torch_functional.hardtanh(x)**2).sum() + (torch_functional.relu6(4*x)**2).sum()),
]
POINTS = numpy.random.default_rng(7).normal(size=(6, 5)) * 2


def gradient(function, x):
    x = x.clone().requires_grad_()
    return torch.autograd.grad(function(x), x)[0]


@pytest.mark.parametrize(("text", "function"), TEXTS, ids=[text for text, _ in TEXTS])
@pytest.mark.parametrize("order", [1, 2])
def test_the_derivatives_are_those_of_torch(text, function, order):
    derivative = matcalc.diff(text, order=order)
    for point in POINTS:
        x = torch.tensor(point)
        expected = gradient(function, x)[:, None] if order == 1 else torch.autograd.functional.hessian(function, x)
        assert numpy.allclose(derivative.evaluate(x=point), expected.numpy(), rtol=1e-9, atol=1e-12)


@every_row(("text", "function", "tie"), [
    ("sum(where(x > 0, x**2 + x, 3*x))", lambda x: torch.where(x > 0, x**2 + x, 3*x).sum(), 0.0),
    ("sum(where(x <= 0, 3*x, x))", lambda x: torch.where(x <= 0, 3*x, x).sum(), 0.0),
    ("sum(leaky_relu(x, 1/5))", lambda x: torch_functional.leaky_relu(x, 0.2).sum(), 0.0),
    ("sum(elu(x, 2))", lambda x: torch_functional.elu(x, 2.0).sum(), 0.0),
    ("sum(clip(x, 0, 1))", lambda x: torch.clamp(x, 0, 1).sum(), 1.0),
    ("sum(clip(x, 0, 1))", lambda x: torch.clamp(x, 0, 1).sum(), 0.0),
    ("sum(huber(x, 1))", lambda x: torch_functional.huber_loss(x, 0*x, reduction="sum"), 1.0),
])
def test_at_the_boundary_the_branch_that_holds_has_the_derivative_as_in_torch(text, function, tie):
    expected = gradient(function, torch.tensor([tie], dtype=torch.float64))
    assert matcalc.diff(text).evaluate(x=[tie])[0, 0] == pytest.approx(float(expected[0]))


@every_row(("text", "answer"), [
    ("sum(where(x > 0, x**2, exp(x)))", "where(x > 0, 2*x, exp(x))"),
    ("sum(leaky_relu(W@x, a))", "W.T@where(W@x > 0, 1, a)"),
    ("sum(elu(x, 2))", "where(x > 0, 1, 2*exp(x))"),
    ("sum(huber(A@x - b, delta))", "A.T@clip(A@x - b, -delta, delta)"),
    ("sum(where((x > 0)*(y < 1), x*y, x))", "where((x > 0)*(y < 1), y, 1)"),
    ("sum(where(logical_not(x > 0), x**2, x))", "where(x > 0, 1, 2*x)"),
    ("sum(where(x > 0, x, x/10))", "where(x > 0, 1, 1/10)"),
    ("sum((x > 0)*x**2)", "2*x*(x > 0)"),
])
def test_answers_are_what_a_textbook_has(text, answer):
    assert str(matcalc.diff(text, wrt="x")) == answer


@every_row("text", [
    "where(x > 0, x, -x)", "(x > 0)*(x <= 1)", "1 - (x >= y + 1)", "where(x == y, (x != 0)*y, 2)", "(x < y)**2",
    "-(x > 0)", "(x - y > 2*x)*A@x",
])
def test_conditions_are_written_as_they_are_read(text):
    parsed = matcalc.parse(text)
    assert str(matcalc.parse(str(parsed))) == str(parsed)


def test_large_arguments_have_no_product_of_zero_and_infinity():
    assert matcalc.diff("sum(elu(x, 2))").evaluate(x=[1000.0, -1.0])[:, 0] == pytest.approx([1, 2*numpy.exp(-1)])
    assert matcalc.diff("sum(elu(x, 2))", order=2).evaluate(x=[1000.0])[0, 0] == 0


@pytest.mark.parametrize("target", ["numpy", "torch", "jax", "array-api"])
@pytest.mark.usefixtures("double_precision_in_jax")
def test_code_chooses_with_where(target):
    text = "sum(elu(A@x, 2)) + sum((x > 0)*x) + sum(clip(x, -1, c)) + sum(huber(x, 1/2)) + sum(where(x < 0, 1, 2)*x)"
    rng = numpy.random.default_rng(3)
    values = {"A": rng.normal(size=(4, 3)), "x": rng.normal(size=3), "c": numpy.array(0.5)}
    derivative = matcalc.diff(text, wrt="x", shapes={"c": ()})
    array = {"torch": torch.tensor, "jax": jax.numpy.asarray, "array-api": array_api_strict.asarray}
    made = {name: array.get(target, numpy.asarray)(value) for name, value in values.items()}
    gradient = derivative.compile(target, value=False)(**made)
    assert numpy.allclose(numpy.asarray(gradient), derivative.evaluate(**values), rtol=1e-12)
    single = {name: array.get(target, numpy.asarray)(value.astype(numpy.float32)) for name, value in values.items()}
    assert numpy.asarray(derivative.compile(target, value=False)(**single)).dtype == numpy.float32


@every_row(("text", "error", "part"), [
    ("sum(where(x, 1, 2))", DomainError, "needs a condition"),
    ("sum(where(x - 1, x, 2))", DomainError, "needs a condition"),
    ("0 < x < 1", ExpressionSyntaxError, "not chained"),
    ("where(x > 0, 1)", MatcalcError, "where(C, A, B)"),
    ("sum(huber(x))", MatcalcError, "huber(X, delta)"),
    ("x > ", ExpressionSyntaxError, "missing after '>'"),
])
def test_what_is_no_choice_is_refused(text, error, part):
    with pytest.raises(error) as caught:
        matcalc.parse(text)
    assert part in f"{caught.value.message} {caught.value.hint}"


@every_row(("text", "syntax", "meant"), [
    ("np.where(x > 0, x, 0.5*x).sum()", "python", "sum(where(x > 0, x, x/2))"),
    ("torch.where((x > 0) & (x < 1), x, x**2).sum()", "python", "sum(where((x > 0)*(x < 1), x, x**2))"),
    ("((x > 0).float() * x).sum()", "python", "sum((x > 0)*x)"),
    ("torch.gt(x, 1) * x", "python", "(x > 1)*x"),
    ("F.leaky_relu(x, 0.2).sum()", "python", "sum(leaky_relu(x, 1/5))"),
    ("F.huber_loss(x, y, delta=2)", "python", "mean(huber(x - y, 2))"),
    ("sum((x ≥ 1)∘x)", "unicode", "sum((x >= 1)*x)"),
    (r"\operatorname{sum}(x \odot (x \leq 1 + y))", "latex", "sum(x*(x <= 1 + y))"),
])
def test_other_notations_have_conditions(text, syntax, meant):
    assert str(matcalc.parse(text, syntax=syntax)) == str(matcalc.parse(meant))


def test_a_mask_of_zeros_and_ones_is_a_condition():
    assert str(matcalc.diff("sum(where(M, X, Y)**2)", wrt="X", assume={"M": ["binary"]})) == "2*M*where(M, X, Y)"


def test_latex_has_cases():
    shown = matcalc.diff("sum(where(x > 0, x**2, exp(x)))").latex()
    assert shown == r"\begin{cases}2 x & \text{if } x > 0 \\ \exp\left(x\right) & \text{else}\end{cases}"
