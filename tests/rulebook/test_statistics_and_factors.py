"""Variances, sorting, cross products, norms of any order, triangular factors: against NumPy and torch."""

import numpy
import pytest
import torch
from tables import every_row

import matcalc
from matcalc.api import book_of
from matcalc.errors import MatcalcError
from matcalc.evaluation.evaluate import evaluate
from matcalc.language.syntax import parse_tree

RNG = numpy.random.default_rng(11)
X, A, S0 = RNG.normal(size=(5, 3)), RNG.normal(size=(3, 3)), RNG.normal(size=(3, 3))
S = S0 @ S0.T + numpy.eye(3)
COLUMN, OTHER = RNG.normal(size=6), RNG.normal(size=6)


def value(text, X):
    return evaluate(parse_tree(text), {"X": torch.tensor(X)}, {}, book_of()).numpy()


@every_row(("text", "expected"), [
    ("var(X)", numpy.var(X)), ("var(X, axis=0)", numpy.var(X, 0)[None]), ("var(X, axis=1)", numpy.var(X, 1)[:, None]),
    ("var(X, ddof=1)", numpy.var(X, ddof=1)), ("std(X, axis=0, ddof=1)", numpy.std(X, 0, ddof=1)[None]),
    ("std(X, ddof=0)", numpy.std(X)), ("cov(X)", numpy.cov(X, ddof=0)), ("cov(X, ddof=1)", numpy.cov(X)),
    ("cov(X, axis=0)", numpy.cov(X.T, ddof=0)), ("cov(X, ddof=1, axis=0)", numpy.cov(X, rowvar=False)),
    ("corr(X)", numpy.corrcoef(X)), ("corr(X, axis=0)", numpy.corrcoef(X.T)), ("corrcoef(X)", numpy.corrcoef(X)),
    ("median(X)", numpy.median(X)), ("log_softmax(X, axis=1)", torch.log_softmax(torch.tensor(X), 1).numpy()),
    ("tril(X)", numpy.tril(X)), ("triu(X, 1)", numpy.triu(X, 1)), ("tril(X, -1)", numpy.tril(X, -1)),
    ("qr_q(X)@qr_r(X)", X),
])
def test_the_value_is_that_of_numpy(text, expected):
    assert numpy.allclose(value(text, X=X), expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(("text", "function"), [
    ("var(x)", lambda x: x.var(correction=0)), ("std(x)**3", lambda x: x.std(correction=0)**3),
    ("var(x, ddof=1)", lambda x: x.var()), ("sum(sort(x)*y)", lambda x: (torch.sort(x)[0]*torch.tensor(OTHER)).sum()),
    ("corr(x, y)", lambda x: torch.corrcoef(torch.stack([x, torch.tensor(OTHER)]))[0, 1]),
    ("cov(x, y)", lambda x: torch.cov(torch.stack([x, torch.tensor(OTHER)]), correction=0)[0, 1]),
    ("norm(x, 3)", lambda x: torch.linalg.vector_norm(x, 3)),
    ("norm(x, 1/2)", lambda x: torch.linalg.vector_norm(x, 0.5)),
    ("norm(x, 4)**4", lambda x: (x**4).sum()), ("norm(x, 7/2)", lambda x: torch.linalg.vector_norm(x, 3.5)),
    ("median(x)", lambda x: torch.quantile(x, 0.5)), ("cov(x)", lambda x: x.var(correction=0)),
])
@pytest.mark.parametrize("order", [1, 2])
def test_derivatives_by_a_column_are_those_of_torch(text, function, order):
    arrays = {"x": COLUMN, "y": OTHER} if "y" in text else {"x": COLUMN}
    found = matcalc.diff(text, wrt="x", order=order).evaluate(**arrays)
    x = torch.tensor(COLUMN, requires_grad=True)
    if order == 1:
        (expected,) = torch.autograd.grad(function(x), x)
        found = found[:, 0]
    else:
        expected = torch.autograd.functional.hessian(function, x)
    assert numpy.allclose(found, expected.detach().numpy(), rtol=1e-9, atol=1e-11)


def test_the_derivative_by_the_order_of_a_norm():
    found = matcalc.diff("norm(x, p)", wrt="p").evaluate(x=COLUMN, p=2.5)
    step = 1e-6
    norms = [numpy.linalg.norm(COLUMN, p) for p in (2.5 + step, 2.5 - step)]
    assert float(found) == pytest.approx((norms[0] - norms[1]) / (2*step), rel=1e-7)


@pytest.mark.parametrize(("text", "function", "array", "facts"), [
    ("sum(A*cov(X, axis=0))", lambda X: (torch.tensor(A)*torch.cov(X.mT, correction=0)).sum(), X, []),
    ("sum(A*corr(X, axis=0))", lambda X: (torch.tensor(A)*torch.corrcoef(X.mT)).sum(), X, []),
    ("sum(std(X, axis=0)**2*var(X, axis=0))", lambda X: (X.var(0, correction=0)**2).sum(), X, []),
    ("sum(A*cholesky(X))", lambda X: (torch.tensor(A)*torch.linalg.cholesky(X)).sum(), S, ["pd"]),
    ("sum(A*(tril(X, -1)@X))", lambda X: (torch.tensor(A)*(torch.tril(X, -1) @ X)).sum(), S0, []),
])
def test_derivatives_by_a_matrix_are_those_of_torch(text, function, array, facts):
    made = torch.tensor(array, requires_grad=True)
    (expected,) = torch.autograd.grad(function(made), made)
    found = matcalc.diff(text, wrt="X", assume={"X": facts}, shapes={"X": array.shape})
    arrays = {"A": A, "X": array} if "A" in text else {"X": array}
    assert numpy.allclose(found.evaluate(**arrays), expected.numpy(), rtol=1e-9, atol=1e-11)


def test_factors_move_along_their_matrix():
    rng = numpy.random.default_rng(2)
    change, step = rng.normal(size=(5, 3)), 1e-6
    for text, at in (("qr_q(X)", X), ("qr_r(X)", X), ("lu_l(X)", S), ("lu_u(X)", S)):
        move = change[: len(at)]
        J = matcalc.diff(text, wrt="X", layout="num", shapes={"X": at.shape}).evaluate(X=at)
        moved = (value(text, X=at + step*move) - value(text, X=at - step*move)) / (2*step)
        assert numpy.allclose(J @ move.T.reshape(-1), moved.T.reshape(-1), rtol=1e-6, atol=1e-7)


@every_row(("text", "answer"), [
    ("var(x)", "2*(x - mean(x))/n"), ("std(x)", "(x - mean(x))/(std(x)*n)"), ("median(x)", "hardmedian(x)"),
    ("w.T@sort(x)", "sortperm(x).T@w"), ("cross(x, b)", "skew(b)"), ("norm(x, 3)", "sign(x)*x**2/norm(x, 3)**2"),
    ("norm(x, 4)**4", "4*x**3"), ("c.T@cross(x, b)", "cross(b, c)"),
])
def test_answers_are_what_a_textbook_has(text, answer):
    assert str(matcalc.diff(text, wrt="x")) == answer


@every_row(("text", "part"), [
    ("var(x, ddof=-1)", "var(X, ddof=1)"), ("cross(x, y)", "cross(a: 3,1; b: 3,1)"), ("norm(x, -1)", "positive"),
    ('norm(X, "foo")', 'norm(X, "nuc")'), ("cholesky(A)", "symmetric"), ("polygamma(1/2, x)", "whole number"),
    ("quantile(x, 3/2)", "at most 1"), ("q = 2 - 1/2; quantile(x, q)", "at most 1"),
    ("percentile(x, 150)", "at most 100"), ("quantile(x, -1/2)", "positive"), ("norminv(2)*x", "below 1"),
    ("logit(2)*x", "below 1"), ("logit(1)*x", "below 1"), ("erfinv(1)*x", "between -1 and 1"),
    ("erfinv(pi/2)*x", "between -1 and 1"), ("lgamma(-1)*x", "positive"), ("x*digamma(log(1))", "positive"),
    ("Gamma(0)*x", "positive"), ("polygamma(1, 0)*x", "positive"), ("where(x > 0, x, log1p(-1))", "above -1"),
    ("clip(x, 2, 1)", "b to be at least a"), ("pinball(x, 2)", "at most 1"), ("pinball(x, -1/2)", "positive"),
])
def test_bad_use_is_refused_with_what_is_right(text, part):
    with pytest.raises(MatcalcError) as caught:
        matcalc.parse(text, shapes={"x": (4, 1), "y": (4, 1)} if "cross" in text else None, syntax="matcalc")
    assert part in f"{caught.value.message} {caught.value.hint}"


@every_row("text", [
    "erfinv(1/4)*x", "log1p(-1/2)*x", "sqrt(0)*x", "acosh(1)*x", "lgamma(1/2)*x", "clip(x, 1, 1)", "pinball(x, 1)",
])
def test_numbers_within_a_domain_have_no_condition(text):
    derivative = matcalc.diff(text, wrt="x")
    assert derivative.check(method="exact").exact.ok
    assert not [condition for condition in derivative.where if "x" not in condition]


@pytest.mark.parametrize(("text", "meant"), [
    ("np.cov(X, rowvar=False).trace()", "tr(cov(X, axis=0, ddof=1))"),
    ("torch.cov(X, correction=0).sum()", "sum(cov(X))"),
    ("np.corrcoef(X).sum()", "sum(corr(X))"), ("np.median(x)", "median(x)"),
    ("np.cross(a, b).sum()", "sum(cross(a, b))"),
    ("np.sort(x).sum()", "sum(sort(x))"), ("torch.tril(X).sum()", "sum(tril(X))"),
    ("np.quantile(x, q)", "quantile(x, q)"), ("torch.quantile(x, q)*np.sum(y)", "quantile(x, q)*sum(y)"),
])
def test_numpy_code_is_read(text, meant):
    assert str(matcalc.parse(text, syntax="python")) == str(matcalc.parse(meant))


@pytest.mark.parametrize("q", [0, 0.3, 0.9, 1])
def test_quantiles_are_numpys_and_their_derivatives_the_weights_of_two_entries(q):
    x = numpy.array([3.0, -1.0, 2.5, 0.5, 7.0, 4.0])
    d = matcalc.diff(f"quantile(x, {q})", wrt="x")
    assert numpy.isclose(matcalc.parse(f"quantile(x, {q})").evaluate(x=x), numpy.quantile(x, q))
    weights = d.evaluate(x=x).ravel()
    assert numpy.isclose(weights @ x, numpy.quantile(x, q)) and numpy.isclose(weights.sum(), 1)
    assert d.check(points=1).ok and "distinct(x)" in d.where
    assert matcalc.parse(f"percentile(x, {100 * q:.0f})").evaluate(x=x) == pytest.approx(numpy.percentile(x, 100 * q))


def test_matlabs_quantile_is_another_one():
    with pytest.raises(matcalc.MatcalcError, match="interpolates otherwise in MATLAB"):
        matcalc.parse("quantile(x, 0.3)'*2", syntax="matlab")


@pytest.mark.parametrize(("function", "library"), [("erfinv", "erfinv"), ("norminv", "ndtri")])
def test_inverse_distribution_functions_agree_with_scipy(function, library):
    special = pytest.importorskip("scipy.special")
    x = numpy.array([1e-9, 0.1, 0.5, 0.9, 1 - 1e-9])
    d = matcalc.diff(f"sum({function}(x))", assume={"x": ["unit-interval"]})
    for target in ("numpy", "array-api"):
        xp = pytest.importorskip("array_api_strict") if target == "array-api" else numpy
        value, gradient = d.compile(target=target)(x=xp.asarray(x))
        assert numpy.isclose(float(value), getattr(special, library)(x).sum(), rtol=1e-12)
        assert numpy.allclose(numpy.asarray(gradient), d.evaluate(x=x), rtol=1e-9)
