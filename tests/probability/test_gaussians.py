"""Conditional distributions, entropies, divergences, propagation and Fisher information against books."""

import json

import pytest
from command_line import matcalc_here
from moments import difference
from tables import every_row

import matcalc
from matcalc.errors import ArgumentError, NoRuleError, UnknownNameError

JOINT = "x, y ~ N([a, b], [[P, C], [C.T, Q]])"
CONDITIONS = [
    ("Matrix Cookbook, conditional distribution", "x | y", JOINT, "a + C@inv(Q)@(y - b)", "P - C@inv(Q)@C.T"),
    ("Matrix Cookbook, conditional distribution", "y | x", JOINT, "b + C.T@inv(P)@(x - a)", "Q - C.T@inv(P)@C"),
    ("Bishop (2006), (2.116)-(2.117)", "x | y", "x ~ N(m, P); y ~ N(A@x + b, R)",
     "inv(inv(P) + A.T@inv(R)@A)@(A.T@inv(R)@(y - b) + inv(P)@m)", "inv(inv(P) + A.T@inv(R)@A)"),
    ("Bishop (2006), (2.141)-(2.142)", "x | y", "x ~ N(m, s2); y ~ N(x, t2)", "(t2*m + s2*y)/(s2 + t2)",
     "s2*t2/(s2 + t2)"),
    ("Rasmussen & Williams (2006), (2.23)-(2.24)", "u | y", "u, f ~ N([0, 0], [[K, L], [L.T, J]]); y ~ N(f, s2*eye(n))",
     "L@inv(J + s2*eye(n))@y", "K - L@inv(J + s2*eye(n))@L.T"),
]
PROPAGATIONS = [
    ("Casella & Berger (2002), example 5.5.27", "x/y", "x ~ (a, s2); y ~ (b, t2)", 1, "a/b", "s2/b**2 + a**2*t2/b**4"),
    ("Casella & Berger (2002), example 5.5.25", "1/x", "x ~ (m, s2)", 1, "1/m", "s2/m**4"),
    ("Matrix Cookbook, linear forms", "A@x + b", "x ~ (m, S)", 1, "A@m + b", "A@S@A.T"),
    ("JCGM 100:2008, 5.1.2", "x*y", "x ~ (a, s2); y ~ (b, t2)", 1, "a*b", "b**2*s2 + a**2*t2"),
    ("exact in degree two", "x.T@A@x", "x ~ N(m, S)", 2, "m.T@A@m + tr(A@S)",
     "tr(A@S@(A + A.T)@S) + m.T@(A + A.T)@S@(A + A.T)@m"),
    ("second order: Ku (1966)", "log(x)", "x ~ N(m, s2)", 2, "log(m) - s2/(2*m**2)", "s2/m**2 + s2**2/(2*m**4)"),
]
INFORMATIONS = [
    ("Kay (1993), 3.9", "y ~ N(X@b, S)", "b", "X.T@inv(S)@X"),
    ("Casella & Berger (2002), example 7.3.14", "x ~ N(mu, v)", "v", "1/(2*v**2)"),
    ("Lehmann & Casella (1998), table 5.1", "t ~ Poisson(lam)", "lam", "1/lam"),
    ("Lehmann & Casella (1998), table 5.1", "t ~ Bernoulli(p)", "p", "1/(p*(1 - p))"),
    ("Lehmann & Casella (1998), table 5.1", "t ~ Exponential(lam)", "lam", "1/lam**2"),
    ("McCullagh & Nelder (1989), 2.5", "t ~ Poisson(exp(a.T@b))", "b", "exp(a.T@b)*a@a.T"),
    ("McCullagh & Nelder (1989), 2.5", "t ~ Bernoulli(sigmoid(a.T@b))", "b",
     "sigmoid(a.T@b)*(1 - sigmoid(a.T@b))*a@a.T"),
]
FORMULAS = [
    ("Matrix Cookbook 8.3.3 (entropy)", matcalc.entropy, ("x ~ N(m, S)",), "n/2 + logdet(2*pi*S)/2"),
    ("Cover & Thomas (2006), example 8.1.2", matcalc.entropy, ("x ~ N(m, s2)",), "log(2*pi*s2)/2 + 1/2"),
    ("Cover & Thomas (2006), table 17.1", matcalc.entropy, ("t ~ Exponential(lam)",), "1 - log(lam)"),
    ("Bishop (2006), (10.37)", matcalc.kl_divergence, ("x ~ N(a, P)", "x ~ N(b, Q)"),
     "(tr(inv(Q)@P) + (b - a).T@inv(Q)@(b - a) - n + logdet(Q) - logdet(P))/2"),
    ("Kingma & Welling (2014), appendix B", matcalc.kl_divergence, ("x ~ N(m, diag(v))", "x ~ N(0, eye(n))"),
     "-sum(1 + log(v) - m**2 - v)/2"),
    ("divergence of Poisson distributions", matcalc.kl_divergence, ("t ~ Poisson(a)", "t ~ Poisson(b)"),
     "a*log(a/b) + b - a"),
    ("divergence of exponential distributions", matcalc.kl_divergence, ("t ~ Exponential(a)", "t ~ Exponential(b)"),
     "log(a) - log(b) + b/a - 1"),
]


@pytest.mark.parametrize(("source", "text", "dist", "mean", "covariance"), CONDITIONS)
def test_conditional_gaussians(source, text, dist, mean, covariance):
    answer = matcalc.condition(text, dist)
    assert difference(answer["mean"], mean) < 1e-9 and difference(answer["covariance"], covariance) < 1e-9, source
    assert answer.check(1).ok


def test_two_names_are_given_one_after_the_other():
    dist = "x ~ N(m, P); y ~ N(B@x, R); z ~ N(C@x, Q)"
    assert matcalc.condition("A@x | y, z", dist).check().ok


@pytest.mark.parametrize(("source", "text", "dist", "order", "mean", "covariance"), PROPAGATIONS)
def test_propagation(source, text, dist, order, mean, covariance):
    answer = matcalc.propagate(text, dist, order)
    assert difference(answer["mean"], mean) < 1e-12 and difference(answer["covariance"], covariance) < 1e-12, source
    assert answer.check(1).ok


@pytest.mark.parametrize(("text", "order"), [("x/norm(x)", 1), ("softmax(x)", 1), ("tanh(A@x)", 2), ("x@x.T", 2)])
def test_propagation_agrees_with_autograd(text, order):
    answer = matcalc.propagate(text, "x ~ N(m, S)", order)
    assert answer.check(1).ok, str(answer)


@pytest.mark.parametrize(("source", "dist", "name", "information"), INFORMATIONS)
def test_fisher_information(source, dist, name, information):
    answer = matcalc.fisher(name, dist)
    assert difference(answer["information"], information) < 1e-12, source
    assert answer.check(1).ok


def test_the_information_of_several_parameters():
    answer = matcalc.fisher(["b", "s2"], "y ~ N(X@b, s2*eye(n))")
    assert str(answer["information of b, b"]) == "X.T@X/s2" and str(answer["information of s2, s2"]) == "n/(2*s2**2)"
    assert str(answer["information of b, s2"]).startswith("zeros(") and answer.check(1).ok


@pytest.mark.parametrize(("source", "function", "dists", "formula"), FORMULAS)
def test_entropies_and_divergences(source, function, dists, formula):
    assume = {"v": ["positive"]} if "diag(v)" in dists[0] else None
    answer = function(*dists, assume=assume)
    assert difference(answer, formula) < 1e-11, source
    assert answer.check(1).ok




@every_row(("call", "kind", "message"), [
    (lambda: matcalc.condition("x", JOINT), ArgumentError, "one bar"),
    (lambda: matcalc.condition("x | z", JOINT), UnknownNameError, "'z' has no distribution"),
    (lambda: matcalc.condition("x | y", "x, y ~ ([a, b], [[P, C], [C.T, Q]])"), NoRuleError, "needs Gaussian"),
    (lambda: matcalc.condition("x | y", "x ~ N(m, P); y ~ N(x*x, R)"), NoRuleError, "not Gaussian together"),
    (lambda: matcalc.condition("x.T@x | y", JOINT), NoRuleError, "linear in the random names"),
    (lambda: matcalc.propagate("t**2", "t ~ Poisson(lam)"), NoRuleError, "no declared mean and covariance"),
    (lambda: matcalc.propagate("x*x", "x ~ (m, S)", 2), NoRuleError, "needs Gaussian"),
    (lambda: matcalc.propagate("x*x", "x ~ (m, S)", 3), ArgumentError, "order 3"),
    (lambda: matcalc.fisher("S", "x ~ N(m, S)"), NoRuleError, "S is a matrix"),
    (lambda: matcalc.fisher("c", "x ~ N(m, S)"), UnknownNameError, "'c' is no parameter"),
    (lambda: matcalc.entropy("W ~ Wishart(V, nu)"), NoRuleError, "log-density"),
    (lambda: matcalc.kl_divergence("t ~ Poisson(a)", "t ~ Exponential(b)"), ArgumentError, "of one family"),
])
def test_refusals(call, kind, message):
    with pytest.raises(kind, match=message):
        call()


def test_the_commands():
    done = matcalc_here("condition", "x | y", "--dist", JOINT, "--no-check")
    assert done.stdout.splitlines() == ["mean = C@inv(Q)@(y - b) + a", "covariance = P - C@inv(Q)@C.T"]
    assert "where pd(Q)" in done.stderr and done.exit_code == 0
    done = matcalc_here("fisher", "--dist", "y ~ N(X@b, S)", "--wrt", "b", "--json", "--no-check")
    assert json.loads(done.stdout)["information"] == "X.T@inv(S)@X"
    done = matcalc_here("kl", "t ~ Exponential(a)", "t ~ Exponential(b)", "--no-check")
    assert done.stdout == "log(a) + b/a - log(b) - 1\n"
    assert matcalc_here("entropy", "x ~ N(m, S)", "--no-check").stdout == "(logdet(2*pi*S) + n)/2\n"
    assert matcalc_here("propagate", "x/y", "--dist", "x ~ (a, s2); y ~ (b, t2)", "--no-check").exit_code == 0
    assert matcalc_here("kl", "x ~ N(0, S)").exit_code == 2
