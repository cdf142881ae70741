"""Unknown functions: the chain rule with gradients that have names, checked with smooth functions in their place."""

import json
import random

import pytest
from command_line import matcalc_here, terminal
from tables import every_row

import matcalc
from matcalc.errors import ArgumentError, DomainError, NoRuleError, UnknownFunctionError, UnknownNameError

# (source, text, by, order, functions, derivative)
DERIVATIVES = [
    ("Matrix Cookbook 2.8.1: the chain rule", "f(L@L.T)", "L", 1, None, "(grad(f)(L@L.T) + grad(f)(L@L.T).T)@L"),
    ("Magnus & Neudecker (2019), 5.12", "f(A@x)", "x", 1, None, "A.T@grad(f)(A@x)"),
    ("Magnus & Neudecker (2019), 6.8", "f(A@x)", "x", 2, None, "A.T@grad(grad(f))(A@x)@A"),
    ("a radial function", "h(x.T@x)", "x", 1, None, "2*grad(h)(x.T@x)*x"),
    ("a radial function", "h(x.T@x)", "x", 2, None, "2*(2*grad(grad(h))(x.T@x)*x@x.T + grad(h)(x.T@x)*eye(n))"),
    ("the product rule", "f(x)*g(x)", "x", 1, None, "f(x)*grad(g)(x) + g(x)*grad(f)(x)"),
    ("the chain rule", "exp(f(x))", "x", 1, None, "exp(f(x))*grad(f)(x)"),
    ("several letters", "phi(a.T@x) + psi(A@x)", "x", 1, None, "grad(phi)(a.T@x)*a + A.T@grad(psi)(A@x)"),
    ("a matrix of a number", "x.T@A(t)@x", "t", 1, "A: scalar -> n,n", "x.T@grad(A)(t)@x"),
    ("Matrix Cookbook (43): Jacobi's formula", "logdet(A(t))", "t", 1, "A: scalar -> n,n",
     "tr(grad(A)(t)@inv(A(t)))"),
    ("Matrix Cookbook, inverses", "inv(A(t))", "t", 1, "A: scalar -> n,n", "-(inv(A(t))@grad(A)(t)@inv(A(t))).T"),
    ("Matrix Cookbook, inverses twice", "inv(A(t))", "t", 2, "A: scalar -> n,n",
     "(inv(A(t))@(2*grad(A)(t)@inv(A(t))@grad(A)(t) - grad(grad(A))(t))@inv(A(t))).T"),
    ("least squares", "norm(F(x) - y)**2", "x", 1, "F: n -> m", "2*grad(F)(x)@(F(x) - y)"),
    ("a function of a column", "F(x)", "x", 1, "F: n -> m", "grad(F)(x)"),
    ("the chain rule for columns", "f(F(x))", "x", 1, "F: n -> m", "grad(F)(x)@grad(f)(F(x))"),
    ("a function of a matrix", "F(A@X)", "X", 1, "F: n,m -> scalar", "A.T@grad(F)(A@X)"),
]


@pytest.mark.parametrize(("source", "text", "by", "order", "functions", "shown"), DERIVATIVES)
def test_derivatives(source, text, by, order, functions, shown):
    derivative = matcalc.diff(text, by, order=order, functions=functions)
    assert str(derivative) == shown, source
    assert derivative.check(2).ok, source
    assert str(matcalc.parse(shown, shapes=derivative.shapes, functions=functions)) == shown


@pytest.mark.parametrize(("text", "by", "functions", "unicode", "latex"), [
    ("f(A@x)", "x", None, "Aᵀ ∇f(A x)", r"A^{\top} \nabla f\left(A x\right)"),
    ("phi(x)", "x", None, "∇φ(x)", r"\nabla \phi\left(x\right)"),
    ("x.T@A(t)@x", "t", "A: scalar -> n,n", "xᵀ A′(t) x", r"x^{\top} A'\left(t\right) x"),
])
def test_notations(text, by, functions, unicode, latex):
    derivative = matcalc.diff(text, by, functions=functions)
    assert (derivative.unicode(), derivative.latex()) == (unicode, latex)


def random_checks(seed, count):
    """Check ``count`` random compositions of known and unknown functions."""
    generator = random.Random(seed)
    inner = ("x", "A@x", "x*x", "tanh(A@x)", "x - a", "f(x)*a", "x.T@x", "a.T@x", "exp(x)")
    outer = ("f({})", "g({})", "f({})*g(x)", "exp(f({}))", "f({})**2", "log(1 + f({})**2)", "h(f({}) + a.T@x)",
             "a.T@x*f({})", "norm(x + f({})*a)**2")
    for _ in range(count):
        text = generator.choice(outer).format(generator.choice(inner))
        order = generator.choice((1, 1, 2))
        shapes = {"x": ("n", 1), "a": ("n", 1), "A": ("n", "n")}
        derivative = matcalc.diff(text, "x", order=order, shapes=shapes)
        report = derivative.check(1, seed)
        assert report.ok, (seed, text, order, str(derivative), report)


def test_random_compositions():
    print("seed 11")
    random_checks(11, 8)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(10))
def test_many_random_compositions(seed):
    print("seed", seed)
    random_checks(seed, 50)


def test_a_letter_is_a_function_only_where_it_is_called():
    assert str(matcalc.diff("f.T@x", "x")) == "f"
    with pytest.raises(UnknownNameError, match="'f' is a function, not a variable"):
        matcalc.parse("f(x) + f*x.T@x")


@every_row(("call", "kind", "message"), [
    (lambda: matcalc.diff("q(x)", "x"), UnknownFunctionError, "unknown function 'q'"),
    (lambda: matcalc.diff("f(X)", "X", order=2), NoRuleError, "grad\\(f\\) is unknown"),
    (lambda: matcalc.diff("F(X)", "X", functions="F: n,n -> n,n"), NoRuleError, "F is unknown"),
    (lambda: matcalc.parse("q(x)", functions="q 3"), ArgumentError, "declared by its shapes"),
    (lambda: matcalc.parse("q(x)", functions="q: n -> x,y,z"), ArgumentError, "is no shape"),
    (lambda: matcalc.parse("exp(x)", functions="exp: n -> n"), ArgumentError, "'exp' is a known function"),
    (lambda: matcalc.diff("f(x)").evaluate(x=[1, 2]), DomainError, "f\\) is an unknown function|unknown function"),
    (lambda: matcalc.diff("f(x)").compile(), NoRuleError, "unknown function"),
    (lambda: matcalc.diff("f(x)").compile("torch"), NoRuleError, "unknown function"),
])
def test_refusals(call, kind, message):
    with pytest.raises(kind, match=message):
        call()


def test_a_wrong_chain_rule_is_seen():
    assert matcalc.check("f(A@x)", "A.T@grad(f)(A@x)", "x").ok
    assert matcalc.check("f(A@x)", "grad(f)(A@x)", "x", shapes={"A": ("n", "n")}).ok is False


def test_the_command():
    done = matcalc_here("diff", "logdet(A(t))", "--wrt", "t", "--function", "A: scalar -> n,n", "--json")
    record = json.loads(done.stdout)
    assert record["derivative"] == "tr(grad(A)(t)@inv(A(t)))" and record["check"]["ok"] is True
    done = matcalc_here("steps", "f(A@x)", "--wrt", "x")
    assert "A.T@grad(f)(A@x)" in done.stdout and done.exit_code == 0
    assert matcalc_here("diff", "q(x)").exit_code == 2


def test_the_command_on_a_terminal():
    code, shown = terminal("diff", "f(A@x)", "--wrt", "x", "--no-check")
    assert code == 0 and "∂f/∂x = Aᵀ ∇f(A x)" in shown
