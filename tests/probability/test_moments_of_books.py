"""Expectations and covariances against the formulas of books, and refusals with their reasons."""

import numpy
import pytest
import torch
from moments import difference
from tables import every_row

import matcalc
from matcalc.answers.book import book_of
from matcalc.errors import ArgumentError, MatcalcError, NoRuleError, ShapeError, UnknownFunctionError
from matcalc.evaluation.evaluate import apply_rule, evaluate
from matcalc.rulebook.files import standard_rules

SYMMETRIC = {"A": ["symmetric"], "B": ["symmetric"]}
ANY, GAUSSIAN = "x ~ (m, S)", "x ~ N(m, S)"
# (source, expression, distribution, formula, assumptions)
EXPECTATIONS = [
    ("Matrix Cookbook, linear forms", "A@X@B + C", "X ~ MN(M, U, V)", "A@M@B + C", {}),
    ("Matrix Cookbook, linear forms", "A@x + b", ANY, "A@m + b", {}),
    ("Matrix Cookbook, quadratic forms", "(A@x + a)@(B@x + b).T", ANY, "A@S@B.T + (A@m + a)@(B@m + b).T", {}),
    ("Matrix Cookbook, quadratic forms", "x@x.T", ANY, "S + m@m.T", {}),
    ("Matrix Cookbook, quadratic forms", "x@a.T@x", ANY, "(S + m@m.T)@a", {}),
    ("Matrix Cookbook, quadratic forms", "x.T@a@x.T", ANY, "a.T@(S + m@m.T)", {}),
    ("Matrix Cookbook, quadratic forms", "(A@x)@(A@x).T", ANY, "A@(S + m@m.T)@A.T", {}),
    ("Matrix Cookbook, quadratic forms", "(x + a)@(x + a).T", ANY, "S + (m + a)@(m + a).T", {}),
    ("Matrix Cookbook, quadratic forms", "(A@x + a).T@(B@x + b)", ANY, "tr(A@S@B.T) + (A@m + a).T@(B@m + b)", {}),
    ("Matrix Cookbook, quadratic forms", "x.T@x", ANY, "tr(S) + m.T@m", {}),
    ("Matrix Cookbook, quadratic forms", "x.T@A@x", ANY, "tr(A@S) + m.T@A@m", {}),
    ("Matrix Cookbook, quadratic forms", "(x + a).T@(x + a)", ANY, "tr(S) + (m + a).T@(m + a)", {}),
    ("Matrix Cookbook, second moments", "(x - c).T@A@(x - c)", ANY, "(m - c).T@A@(m - c) + tr(A@S)", {}),
    ("Matrix Cookbook 8.2.4", "x@x.T@x@x.T", GAUSSIAN,
     "2*(S + m@m.T)@(S + m@m.T) + m.T@m*(S - m@m.T) + tr(S)*(S + m@m.T)", {}),
    ("Matrix Cookbook 8.2.4", "x@x.T@A@x@x.T", GAUSSIAN,
     "(S + m@m.T)@(A + A.T)@(S + m@m.T) + m.T@A@m*(S - m@m.T) + tr(A@S)*(S + m@m.T)", {}),
    ("Matrix Cookbook 8.2.4", "x.T@x@x.T@x", GAUSSIAN, "2*tr(S@S) + 4*m.T@S@m + (tr(S) + m.T@m)**2", {}),
    ("Matrix Cookbook 8.2.4", "x.T@A@x@x.T@B@x", GAUSSIAN,
     "tr(A@S@(B + B.T)@S) + m.T@(A + A.T)@S@(B + B.T)@m + (tr(A@S) + m.T@A@m)*(tr(B@S) + m.T@B@m)", {}),
    ("Isserlis (1918)", "(a.T@x)*(b.T@x)*(c.T@x)*(d.T@x)", "x ~ N(0, S)",
     "(a.T@S@b)*(c.T@S@d) + (a.T@S@c)*(b.T@S@d) + (a.T@S@d)*(b.T@S@c)", {}),
    ("Isserlis (1918)", "(a.T@x)**6", "x ~ N(0, S)", "15*(a.T@S@a)**3", {}),
    ("Magnus (1978), The moments of products of quadratic forms", "(x.T@A@x)*(x.T@B@x)*(x.T@C@x)", "x ~ N(0, S)",
     "tr(A@S)*tr(B@S)*tr(C@S) + 2*(tr(A@S)*tr(B@S@C@S) + tr(B@S)*tr(A@S@C@S) + tr(C@S)*tr(A@S@B@S)) "
     "+ 8*tr(A@S@B@S@C@S)", {**SYMMETRIC, "C": ["symmetric"]}),
    ("moment-generating function", "exp(a.T@x)", GAUSSIAN, "exp(a.T@m + a.T@S@a/2)", {}),
    ("moment-generating function of a quadratic form: Mathai & Provost (1992), 3.2a", "exp(t*x.T@A@x)", "x ~ N(0, S)",
     "det(eye(n) - 2*t*A@S)**(-1/2)", {"A": ["symmetric"], "t": ["positive"]}),
    ("the gradient of the moment-generating function", "x*exp(a.T@x)", GAUSSIAN,
     "(m + S@a)*exp(a.T@m + a.T@S@a/2)", {}),
    ("log-normal distribution", "exp(x)", GAUSSIAN, "exp(m + diag(S)/2)", {}),
    ("characteristic function", "cos(a.T@x)", GAUSSIAN, "cos(a.T@m)*exp(-a.T@S@a/2)", {}),
    ("normal moments", "x**4", "x ~ N(mu, sigma**2)", "mu**4 + 6*mu**2*sigma**2 + 3*sigma**4", {}),
    ("half-normal mean: Johnson, Kotz & Balakrishnan (1994), 13", "abs(x)", "x ~ N(0, sigma**2)", "sigma*sqrt(2/pi)",
     {"sigma": ["positive"]}),
    ("Gupta & Nagar (2000), theorem 2.3.5", "X.T@A@X", "X ~ MN(M, U, V)", "tr(A@U)*V + M.T@A@M", {}),
    ("Gupta & Nagar (2000), theorem 2.3.5", "X@A@X", "X ~ MN(M, U, V)", "U@A.T@V + M@A@M", {}),
    ("Gupta & Nagar (2000), theorem 2.3.5", "X@A@X.T", "X ~ MN(M, U, V)", "tr(A@V)*U + M@A@M.T", {}),
    ("Gupta & Nagar (2000), theorem 3.3.15", "W@A@W", "W ~ Wishart(V, nu)",
     "nu*V@A.T@V + nu*tr(A@V)*V + nu**2*V@A@V", {}),
    ("Gupta & Nagar (2000), theorem 3.3.15", "tr(A@W)*W", "W ~ Wishart(V, nu)",
     "nu*V@A@V + nu*V@A.T@V + nu**2*tr(A@V)*V", {}),
    ("Gupta & Nagar (2000), theorem 3.4.3", "W", "W ~ InvWishart(P, nu)", "P/(nu - n - 1)", {}),
    ("Gupta & Nagar (2000), theorem 3.4.3", "W@W", "W ~ InvWishart(P, nu)",
     "(tr(P)*P + (nu - n - 1)*P@P)/((nu - n)*(nu - n - 1)*(nu - n - 3))", {}),
    ("law of total expectation", "x@x.T", "x ~ N(A@z, S); z ~ (m, P)", "S + A@(P + m@m.T)@A.T", {}),
    ("raw moments", "(t + c)**3", "t ~ Exponential(lam)", "c**3 + 3*c**2/lam + 6*c/lam**2 + 6/lam**3", {}),
    ("Touchard polynomials", "t**3", "t ~ Poisson(lam)", "lam**3 + 3*lam**2 + lam", {}),
    ("raw moments", "t**2", "t ~ Uniform(a, b)", "(a**2 + a*b + b**2)/3", {}),
    ("raw moments", "(1 + t)**5", "t ~ Bernoulli(p)", "1 + 31*p", {}),
]
VARIANCES = [
    ("Matrix Cookbook, linear forms", "A@x", ANY, "A@S@A.T", {}),
    ("Matrix Cookbook, second moments", "x.T@A@x", GAUSSIAN, "tr(A@S@(A + A.T)@S) + m.T@(A + A.T)@S@(A + A.T)@m", {}),
    ("Matrix Cookbook, second moments", "x.T@A@x", "x ~ N(m, s2*eye(n))", "2*s2**2*tr(A@A) + 4*s2*m.T@A@A@m",
     {"A": ["symmetric"]}),
    ("log-normal distribution", "exp(a.T@x)", GAUSSIAN, "exp(2*a.T@m + a.T@S@a)*(exp(a.T@S@a) - 1)", {}),
    ("Gupta & Nagar (2000), 2.3", "X", "X ~ MN(M, U, V)", "kron(V, U)", {}),
    ("log-normal distribution: Kotz, Balakrishnan & Johnson (2000), 44", "exp(eye(n)@x)", GAUSSIAN,
     "(exp(m + diag(S)/2)@exp(m + diag(S)/2).T)*(exp(S) - 1)", {}),
    ("Magnus & Neudecker (1979), theorem 4.3", "x@x.T", "x ~ N(0, S)", "(eye(n*n) + comm(n, n))@kron(S, S)", {}),
    ("Magnus & Neudecker (1979), theorem 4.3", "W", "W ~ Wishart(V, nu)",
     "nu*(eye(n*n) + comm(n, n))@kron(V, V)", {}),
    ("law of total variance", "x", "x ~ N(A@z, S); z ~ N(m, P)", "S + A@P@A.T", {}),
    ("product of independent Gaussians", "x.T@y", "x ~ N(a, P); y ~ N(b, Q)", "tr(P@Q) + a.T@Q@a + b.T@P@b", {}),
    ("Poisson", "t", "t ~ Poisson(lam)", "lam", {}),
    ("uniform", "t", "t ~ Uniform(a, b)", "(b - a)**2/12", {}),
    ("exponential", "t**2", "t ~ Exponential(lam)", "20/lam**4", {}),
]
COVARIANCES = [
    ("Matrix Cookbook, linear forms", "A@x", "B@y", "x, y ~ ([a, b], [[P, C], [C.T, Q]])", "A@C@B.T", {}),
    ("Matrix Cookbook, second moments", "x.T@A@x", "x.T@B@x", "x ~ N(0, s2*eye(n))", "2*s2**2*tr(A@B)", SYMMETRIC),
    ("Searle (1971), Linear Models, theorem 2.3", "x", "x.T@A@x", GAUSSIAN, "2*S@A@m", {"A": ["symmetric"]}),
    ("Searle (1971), Linear Models, corollary 2.2", "x.T@A@x", "x.T@B@x", GAUSSIAN,
     "2*tr(A@S@B@S) + 4*m.T@A@S@B@m", SYMMETRIC),
    ("Stein (1981), lemma 2", "x", "exp(a.T@x)", GAUSSIAN, "S@a*exp(a.T@m + a.T@S@a/2)", {}),
]


@pytest.mark.parametrize(("source", "text", "dist", "formula", "assume"), EXPECTATIONS,
                         ids=[f"{number}" for number in range(len(EXPECTATIONS))])
def test_expectations_of_books(source, text, dist, formula, assume):
    assert difference(matcalc.expectation(text, dist, assume=assume), formula) < 1e-12, source


@pytest.mark.parametrize(("source", "text", "dist", "formula", "assume"), VARIANCES,
                         ids=[f"{number}" for number in range(len(VARIANCES))])
def test_variances_of_books(source, text, dist, formula, assume):
    assert difference(matcalc.variance(text, dist, assume=assume), formula) < 1e-12, source


@pytest.mark.parametrize(("source", "one", "other", "dist", "formula", "assume"), COVARIANCES,
                         ids=[f"{number}" for number in range(len(COVARIANCES))])
def test_covariances_of_books(source, one, other, dist, formula, assume):
    assert difference(matcalc.covariance(one, other, dist, assume=assume), formula) < 1e-12, source


@pytest.mark.parametrize(("text", "dist", "shown"), [
    ("x.T@A@x", ANY, "tr(A@S) + m.T@A@m"),
    ("norm(A@x - b)**2", ANY, "tr(A@S@A.T) + norm(b - A@m)**2"),
    ("x@x.T", "x ~ N(0, S)", "S"),
    ("(x - m).T@inv(S)@(x - m)", GAUSSIAN, "n"),
    ("norm(y - X@b)**2", "y ~ N(X@b, sigma**2*eye(n))", "n*sigma**2"),
    ("kron(x, x)", GAUSSIAN, "kron(m, m) + vec(S)"),
    ("x*x", GAUSSIAN, "m**2 + diag(S)"),
])
def test_answers_are_short(text, dist, shown):
    assume = {"S": ["pd"]} if "inv(S)" in text else None
    assert str(matcalc.expectation(text, dist, assume=assume)) == shown


WITH_MEANS = [rule for rule in standard_rules() if rule.normal is not None]


@every_row("rule", WITH_MEANS, ids=lambda rule: rule.id)
def test_means_of_functions_of_a_gaussian_number(rule):
    """The lines ``normal`` of the rules, against the trapezoidal rule for the integral over the density."""
    mean, variance = 0.7, 0.6
    points = numpy.linspace(-9, 9, 200_001)
    density = numpy.exp(-(points**2) / 2) / numpy.sqrt(2 * numpy.pi)
    values = apply_rule(rule, {rule.params[0].name: torch.from_numpy(mean + variance**0.5 * points)[:, None]},
                        {"n": len(points), "m": 1}, (len(points), 1))
    right = numpy.trapezoid(values.numpy()[:, 0] * density, points)
    arrays = {rule.params[0].name: torch.full((1, 1), mean), "V": torch.full((1, 1), variance)}
    found = evaluate(rule.normal, {name: array.double() for name, array in arrays.items()}, {"n": 1, "m": 1}, book_of())
    assert abs(float(found) - right) < 1e-4 * max(1, abs(right))


@every_row(("text", "dist", "kind", "message"), [
    ("(x.T@x)**2", ANY, NoRuleError, "needs Gaussian: this takes moments of order 4 of x"),
    ("exp(a.T@x)", ANY, NoRuleError, "needs Gaussian: this takes all moments of x"),
    ("tanh(x)", GAUSSIAN, NoRuleError, "no closed form is known for the expectation of tanh(x)"),
    ("1/(1 + x.T@x)", GAUSSIAN, NoRuleError, "no closed form is known"),
    ("det(W)", "W ~ Wishart(V, nu)", NoRuleError, "all moments of W, of which no formula is known for the Wishart"),
    ("tr(W)**3", "W ~ InvWishart(V, nu)", NoRuleError, "moments of order 3"),
    ("exp(t)", "t ~ Poisson(lam)", NoRuleError, "all moments of t"),
    ("x.T@x", "x ~ N(0, 1)", ShapeError, "the covariance is not n×n"),
    ("x.T@x", "x ~ N(0, P + Q)", ArgumentError, "not known to be symmetric"),
    ("x.T@x", "x ~ Norm(0, S)", ArgumentError, "unknown distribution 'Norm'"),
    ("x.T@x", "x ~ N(0)", ArgumentError, "2 parameters: mean and covariance"),
    ("x.T@x", "x ~ N(0, S", ArgumentError, "never closed"),
    ("x.T@x", "x = N(0, S)", ArgumentError, "a name and a tilde"),
    ("x.T@x", "x ~ N(0, lgdet(S))", UnknownFunctionError, "unknown function 'lgdet'"),
    ("x.T@x", "x ~ N(0, S); x ~ N(1, S)", ArgumentError, "x is given two distributions"),
    ("x.T@x", "x ~ N(y, S); y ~ N(x, S)", ArgumentError, "depend on one another"),
    ("X.T@X", "X ~ N(b, S)", ShapeError, "X is a matrix"),
    ("x.T@x", "", ArgumentError, "no distribution is given"),
    ("x.T@y", "x, y ~ N(0, S)", ArgumentError, "2 means are expected, in brackets"),
    ("x.T@y", "x, y ~ N([a, b], [[P, C], [D, Q]])", ArgumentError, "the covariance is not symmetric"),
])
def test_what_does_not_follow_is_refused_with_the_reason(text, dist, kind, message):
    with pytest.raises(kind) as caught:
        matcalc.expectation(text, dist)
    assert message in caught.value.message


def test_a_variance_of_a_quadratic_form_needs_gaussian():
    with pytest.raises(NoRuleError, match="needs Gaussian: this takes moments of order 4"):
        matcalc.variance("x.T@A@x", ANY)


def test_errors_point_into_the_distribution():
    with pytest.raises(MatcalcError) as caught:
        matcalc.expectation("x.T@A@x", "x ~ N(mu, S@y)")
    assert caught.value.source == "x ~ N(mu, S@y)"
    assert caught.value.source[slice(*caught.value.span)] == "S@y"


def test_facts_about_a_random_name_are_refused():
    with pytest.raises(ArgumentError, match="x is random, and positive is assumed of it"):
        matcalc.expectation("abs(x)", "x ~ N(0, 1)", assume={"x": ["positive"]})
