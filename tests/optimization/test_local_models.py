"""Taylor polynomials, Newton steps, implicit derivatives and conditions of optimality, against books and autograd."""

import json
import random

import pytest
from command_line import matcalc_here
from moments import difference
from tables import every_row

import matcalc
from matcalc.errors import ArgumentError, NoRuleError, ShapeError, UnknownFunctionError, UnknownNameError

PD = {"P": ["symmetric"]}
# (source, text, options, polynomial)
TAYLOR = [
    ("Magnus & Neudecker (2019), 6.7", "x.T@A@x", {}, "x.T@A@x + x.T@(A + A.T)@dx + dx.T@A@dx"),
    ("Boyd & Vandenberghe (2004), A.4.3", "logdet(X)", {},
     "logdet(X) + tr(inv(X)@dX) - tr(inv(X)@dX@inv(X)@dX)/2"),
    ("Matrix Cookbook: Neumann series", "inv(eye(n) + X)", {"at": "zeros(n, n)", "wrt": "X"}, "eye(n) - X + X@X"),
    ("Matrix Cookbook 1.4: det(I + eps A)", "det(eye(n) + X)", {"at": "zeros(n, n)", "wrt": "X"},
     "1 + tr(X) + (tr(X)**2 - tr(X@X))/2"),
    ("log det(I + X) = tr X - tr X^2/2 + tr X^3/3", "logdet(eye(n) + X)",
     {"at": "zeros(n, n)", "wrt": "X", "order": 3}, "tr(X) - tr(X@X)/2 + tr(X@X@X)/3"),
    ("Abramowitz & Stegun 4.2.1", "exp(t)", {"at": "0", "wrt": "t", "order": 4}, "1 + t + t**2/2 + t**3/6 + t**4/24"),
    ("Abramowitz & Stegun 4.3.65", "sin(t)", {"at": "0", "wrt": "t", "order": 5}, "t - t**3/6 + t**5/120"),
    ("first order", "tanh(W@x)", {"wrt": "x", "order": 1}, "tanh(W@x) + (1 - tanh(W@x)**2)*(W@dx)"),
    ("exact for quadratics", "norm(A@x - b)**2", {"wrt": "x", "at": "x0"}, "norm(A@x - b)**2"),
]
IMPLICIT = [
    ("a linear system", "A@x = b", "b", {}, "inv(A)"),
    ("Magnus & Neudecker (2019), 8.4", "A@x = b", "A", {}, "-kron(x.T, inv(A))"),
    ("Bai, Kolter & Koltun (2019), theorem 1", "x = tanh(W@x + b)", "b", {},
     "inv(eye(n) - diag(1 - tanh(W@x + b)**2)@W)@diag(1 - tanh(W@x + b)**2)"),
    ("ridge regression", "(X.T@X + c*eye(m))@w = X.T@y", "c", {"of": "w"}, "-inv(X.T@X + c*eye(m))@w"),
    ("Lyapunov equation: Horn & Johnson (1991), 4.4", "A@X + X@A.T + Q = 0", "Q", {"of": "X"},
     "-inv(kron(eye(n), A) + kron(A, eye(n)))"),
    ("a matrix inverse", "A@X = eye(n)", "A", {"of": "X"}, "-kron(X.T, inv(A))"),
    ("a root of a cubic", "x**3 + t*x - 1 = 0", "t", {"shapes": {"x": (), "t": ()}}, "-x/(3*x**2 + t)"),
    ("the unit circle: Rudin (1976), 9.28", "x**2 + y**2 = 1", "y", {"shapes": {"x": (), "y": ()}}, "-y/x"),
]
KKT = [
    ("Boyd & Vandenberghe (2004), 5.5.3, example 5.1", "min 0.5*x.T@P@x + q.T@x + r s.t. A@x == b", PD,
     "P@x + q + A.T@nu"),
    ("Nocedal & Wright (2006), (16.37)", "min 0.5*x.T@P@x + q.T@x s.t. A@x == b, G@x <= h", PD,
     "P@x + q + A.T@nu + G.T@lam"),
    ("Boyd & Vandenberghe (2004), 5.1.3: linear programs", "min c.T@x s.t. A@x == b, x >= 0", {},
     "c + A.T@nu - lam"),
    ("Boyd & Vandenberghe (2004), example 5.2: water filling", "min -sum(log(a + x)) s.t. x >= 0, sum(x) == 1", {},
     "-1/(a + x) - lam + nu*ones(n)"),
    ("Boyd & Vandenberghe (2004), 5.1.2: least-norm solution", "min x.T@x s.t. A@x == b", {}, "2*x + A.T@nu"),
    ("Horn & Johnson (2013), 4.2: Rayleigh quotient", "min x.T@P@x s.t. x.T@x == 1", PD, "2*P@x + 2*nu*x"),
    ("Boyd & Vandenberghe (2004), (5.15)", "min tr(S@X) - logdet(X) s.t. tr(X) == 1", {},
     "S.T - inv(X).T + nu*eye(n)"),
    ("maximum entropy: Boyd & Vandenberghe (2004), example 5.3", "min sum(x*log(x)) s.t. A@x <= b, sum(x) == 1",
     {}, "1 + log(x) + A.T@lam + nu*ones(n)"),
    ("projection on an affine set", "min norm(X - M)**2 s.t. X@a == b", {}, "2*(X - M) + nu@a.T"),
]


@pytest.mark.parametrize(("source", "text", "options", "polynomial"), TAYLOR)
def test_taylor_polynomials_of_books(source, text, options, polynomial):
    answer = matcalc.taylor(text, **options)
    assert difference(answer["polynomial"], polynomial) < 1e-11, source
    assert answer.check(1).ok


@pytest.mark.parametrize(("source", "text", "wrt", "options", "derivative"), IMPLICIT)
def test_implicit_derivatives_of_books(source, text, wrt, options, derivative):
    answer = matcalc.implicit(text, wrt, **options)
    assert difference(answer["derivative"], derivative) < 1e-10, source
    assert answer.check(1).ok


@pytest.mark.parametrize(("source", "problem", "assume", "stationarity"), KKT)
def test_conditions_of_optimality_of_books(source, problem, assume, stationarity):
    answer = matcalc.kkt(problem, wrt="X" if "X" in problem else "x", assume=assume)
    assert difference(answer["stationarity"], stationarity) < 1e-12, source
    assert answer.check(1).ok


def test_the_parts_of_the_conditions():
    answer = matcalc.kkt("min 0.5*x.T@P@x + q.T@x s.t. A@x == b, G@x <= h", assume=PD)
    told = {part.name: f"{part.text} {part.sign} {part.value}" for part in answer.parts}
    assert told == {
        "lagrangian": "L = (x.T@P@x + 2*(x.T@q) - 2*(nu.T@(b - A@x)) - 2*(lam.T@(h - G@x)))/2",
        "stationarity": "0 = P@x + q + A.T@nu + G.T@lam",
        "primal 1": "0 = A@x - b",
        "primal 2": "0 >= G@x - h",
        "dual 2": "0 <= lam",
        "complementarity 2": "0 = lam*(G@x - h)",
    }


def test_equalities_alone_give_a_linear_system():
    answer = matcalc.kkt("min norm(A@x - b)**2 s.t. C@x == d")
    assert answer.remarks == ["linear system [[2*A.T@A, C.T], [C, 0]] @ [x; nu] = [2*A.T@b; d]"]
    assert str(answer["matrix 1,1"]) == "2*A.T@A" and str(answer["right side 2"]) == "d"
    assert not matcalc.kkt("min sum(exp(x)) s.t. C@x == d", wrt="x").remarks


def test_an_objective_with_kinks_gives_no_linear_system():
    assert not matcalc.kkt("min norm1(x) s.t. A@x == b").remarks


def test_several_variables():
    answer = matcalc.kkt("min 0.5*w.T@w + C*sum(xi) s.t. y*(X@w + b) >= 1 - xi, xi >= 0", ["w", "b", "xi"],
                         shapes={"b": ()})
    told = {part.name: str(part.value) for part in answer.parts if part.name.startswith("stationarity")}
    assert told == {"stationarity in w": "w - X.T@(y*lam1)", "stationarity in b": "-y.T@lam1",
                    "stationarity in xi": "C - lam1 - lam2"}  # Bishop (2006), (7.29)-(7.31)
    assert answer.check(1).ok


def test_unknown_functions_have_conditions_and_expansions():
    assert str(matcalc.kkt("min f(x) s.t. g(x) <= 0", "x")["stationarity"]) == "grad(f)(x) + lam*grad(g)(x)"
    assert str(matcalc.taylor("f(x)", 1, "x")["polynomial"]) == "f(x) + dx.T@grad(f)(x)"
    assert str(matcalc.propagate("f(x)", "x ~ (m, S)")["covariance"]) == "grad(f)(m).T@S@grad(f)(m)"


def test_a_maximum_is_the_minimum_of_minus_the_objective():
    answer = matcalc.kkt("max sum(log(x)) s.t. sum(x) == 1")
    assert str(answer["stationarity"]) == "nu - 1/x" and answer.check(1).ok
    assert "minus the objective" in answer.remarks[0]


@pytest.mark.parametrize(("text", "wrt", "step"), [
    ("x.T@P@x/2 + q.T@x", "x", "-inv(P)@(P@x + q)"),
    ("norm(A@x - b)**2", "x", "inv(A.T@A)@A.T@(b - A@x)"),
    ("A@x - tanh(x)", "x", "-inv(A - diag(1 - tanh(x)**2))@(A@x - tanh(x))"),
    ("sum(log(1 + exp(-(X@w))))", "w", "inv(X.T@diag(sigmoid(X@w)*sigmoid(-X@w))@X)@X.T@sigmoid(-X@w)"),
])
def test_newton_steps(text, wrt, step):
    answer = matcalc.newton(text, wrt, assume=PD if "P" in text else None)
    assert difference(answer["step"], step) < 1e-9 and answer.check(1).ok


FUNCTIONS = ("exp(a.T@x)", "log(1 + x.T@x)", "x.T@A@x", "norm(x)", "logsumexp(A@x)", "sum(tanh(A@x))",
             "sqrt(1 + x.T@x)", "sum(sigmoid(x)*a)", "(a.T@x)**3", "tanh(A@x)", "x*x", "softmax(x)", "A@x", "exp(x)*a")
SHAPES = {"x": ("n", 1), "a": ("n", 1), "A": ("n", "n"), "t": ("n", 1)}


def random_checks(seed, count):
    """Check ``count`` random expansions, implicit derivatives and problems; all have to agree with autograd."""
    generator = random.Random(seed)
    scalars, columns = FUNCTIONS[:9], FUNCTIONS[9:]
    for number in range(count):
        kind = number % 3
        if kind == 0:
            text = f"{generator.choice(scalars)} + 2*({generator.choice(scalars)})"
            answer = matcalc.taylor(text, generator.choice((1, 2, 3)), "x", shapes=SHAPES)
        elif kind == 1:
            text = f"3*x + {generator.choice(columns)} = t*{generator.choice(('a', 'x', 'exp(-x)'))}"
            answer = matcalc.implicit(text, "a" if "= t*a" in text else "t", "x", shapes=SHAPES)
        else:
            relation = generator.choice(("== a", "<= a", ">= t"))
            text = f"min {generator.choice(scalars)} s.t. {generator.choice(columns)} {relation}"
            answer = matcalc.kkt(text, "x", shapes=SHAPES)
        report = answer.check(points=1, seed=seed)
        assert report.ok, (seed, text, str(answer), str(report))


def test_random_questions_agree_with_autograd():
    print("seed 7")
    random_checks(7, 9)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(10))
def test_many_random_questions_agree_with_autograd(seed):
    print("seed", seed)
    random_checks(seed, 51)


@every_row(("call", "kind", "message"), [
    (lambda: matcalc.taylor("x.T@A@x", 7), ArgumentError, "order 7"),
    (lambda: matcalc.taylor("x.T@A@x", at="A"), ArgumentError, "A is a name of the expression"),
    (lambda: matcalc.taylor("x.T@A@x", wrt="z"), UnknownNameError, "no variable 'z'"),
    (lambda: matcalc.newton("logdet(X)"), NoRuleError, "X is a matrix"),
    (lambda: matcalc.newton("A@x", shapes={"A": ("m", "n"), "x": ("n", 1)}, wrt="x"), NoRuleError, "as many as"),
    (lambda: matcalc.implicit("A@x <= b", "b"), ArgumentError, "'<=' makes no equation"),
    (lambda: matcalc.implicit("x.T@x - t**2 = 0", "t"), NoRuleError, "one entry, and x has n"),
    (lambda: matcalc.implicit("A@y = b", "b"), ArgumentError, "the derivative of what"),
    (lambda: matcalc.implicit("A@x = b", "z"), UnknownNameError, "no variable 'z'"),
    (lambda: matcalc.kkt("x.T@x"), ArgumentError, "min or max"),
    (lambda: matcalc.kkt("min x.T@x s.t. A@x"), ArgumentError, "is no constraint"),
    (lambda: matcalc.kkt("min x.T@x s.t. 0 <= x <= 1"), ArgumentError, "two relations"),
    (lambda: matcalc.kkt("min A@x s.t. sum(x) == 1", "x"), NoRuleError, "the objective is no number"),
    (lambda: matcalc.kkt("min lgdet(X) s.t. tr(X) == 1"), UnknownFunctionError, "lgdet"),
    (lambda: matcalc.kkt("min x.T@x s.t. A@x == b@c@d"), ShapeError, ""),
])
def test_refusals(call, kind, message):
    with pytest.raises(kind) as caught:
        call()
    assert message in caught.value.message


def test_the_commands():
    done = matcalc_here("taylor", "x.T@A@x", "--no-check")
    assert done.stdout.splitlines()[0] == "polynomial = x.T@A@x + dx.T@A@x + x.T@A@dx + dx.T@A@dx"
    done = matcalc_here("implicit", "A@x = b", "--wrt", "b")
    assert done.stdout.splitlines()[0] == "dx/db = inv(A)" and "where invertible(A)" in done.stderr
    assert "checked: torch autograd agrees at 2 random points" in done.stderr
    record = json.loads(matcalc_here("kkt", "min x.T@x s.t. A@x == b", "--json").stdout)
    assert record["stationarity"] == "2*x + A.T@nu" and record["check"]["ok"] is True
    assert matcalc_here("newton", "logdet(X)").exit_code == 3
    assert matcalc_here("implicit", "A@x = b").exit_code == 2
    assert matcalc_here("kkt", "x.T@x").exit_code == 2
