"""Elementary inequalities: proved where they hold, never where they only nearly hold; refuted by exact values only."""

from fractions import Fraction

import pytest

from matcalc.linalg import convex, definite
from matcalc.proofs.rules.certificates import sum_of_squares
from matcalc.shapes.declarations import read_assumptions, read_shapes

POSITIVE = "a positive, b positive"
# (expression, facts, verdict)
PROVED = [
    ("norm(x)*norm(y) - x.T@y", "", "nonnegative"),
    ("(a + b)/2 - sqrt(a*b)", POSITIVE, "nonnegative"),
    ("sqrt(a*b) - 2*a*b/(a + b)", POSITIVE, "nonnegative"),
    ("sqrt((a**2 + b**2)/2) - (a + b)/2", POSITIVE, "nonnegative"),
    ("a/b + b/a - 2", POSITIVE, "nonnegative"),
    ("(a + b)*(1/a + 1/b) - 4", POSITIVE, "nonnegative"),
    ("a**3 + b**3 + c**3 - 3*a*b*c", POSITIVE + ", c positive", "nonnegative"),
    ("a**2 + b**2 + c**2 - a*b - b*c - c*a", "", "nonnegative"),
    ("a**4 + b**4 - a**3*b - a*b**3", "", "nonnegative"),
    ("1 - a**2", "a unit-interval", "positive"),
    ("a*(1 - a)", "a unit-interval", "positive"),
    ("exp(tr(X)) - 1 - tr(X)", "X symmetric", "nonnegative"),
    ("a - 1 - log(a)", "a positive", "nonnegative"),
    ("cosh(a) - 1 - a**2/2", "", "nonnegative"),
    ("eye(n) - J", "J projection, J symmetric", "positive semidefinite"),
    ("eye(n) + Q", "Q orthogonal, Q symmetric", "positive semidefinite"),
    ("eye(n) - expm(-A)", "A pd", "positive definite"),
    ("A + inv(A) - 2*eye(n)", "A pd", "positive semidefinite"),
    ("expm(S) - eye(n) - S", "S symmetric", "positive semidefinite"),
    ("S@S - 2*S + eye(n)", "S symmetric", "positive semidefinite"),
]
# what holds or nearly holds, and must be neither refuted by rounding nor proved in vain
NOT_REFUTED = [
    ("sqrtm(A)@sqrtm(A) - A", "A pd"),
    ("a**2*b**4 + a**4*b**2 + 1 - 3*a**2*b**2", ""),  # Motzkin's: not negative, and no sum of squares
    ("norm(A)*norm(B) - tr(A.T@B)", ""),
    ("K.T@K", "K skew"),
    ("A@inv(A) - eye(n)", "A invertible"),
]
# false by a little: (expression, facts)
NEARLY = [
    ("a**2 + b**2 - 201/100*a*b", ""),
    ("0.999*(a + b)/2 - sqrt(a*b)", POSITIVE),
    ("a/b + b/a - 2001/1000", POSITIVE),
    ("exp(a) - 1.01 - a", ""),
    ("1 - 1.1*a", "a unit-interval"),
    ("0.99*eye(n) - J", "J projection, J symmetric"),
    ("0.9*norm(x)*norm(y) - x.T@y", ""),
]


def ask(text, facts):
    return definite(text, read_assumptions([facts]) if facts else None)


@pytest.mark.parametrize("text, facts, verdict", PROVED)
def test_proved(text, facts, verdict):
    report = ask(text, facts)
    assert report.verdict == verdict, str(report)
    check = report.verify(points=2)
    assert check.ok, check.reason


@pytest.mark.parametrize("text, facts", NOT_REFUTED)
def test_rounding_refutes_nothing(text, facts):
    report = ask(text, facts)
    assert report.search is None or report.counterexample is None, str(report)


@pytest.mark.parametrize("text, facts", NEARLY)
def test_what_nearly_holds_is_not_proved(text, facts):
    report = ask(text, facts)
    assert report.proof is None and report.counterexample is not None, str(report)


def test_a_refutation_is_exact():
    example = ask("0.999*(a + b)/2 - sqrt(a*b)", POSITIVE).counterexample
    values = [Fraction(str(value)) for value in example.values.values()]
    assert (Fraction(999, 2000) * sum(values)) ** 2 < values[0] * values[1]


def test_an_affine_function_with_simple_eigenvalues_is_not_called_concave():
    report = convex("tr(X) - sum(eigvals(X))", "X", read_assumptions(["X symmetric"]), read_shapes(["X: n×n"]))
    assert report.proof is not None or report.counterexample is None, str(report)


def test_a_sum_of_squares_equals_the_polynomial():
    from sympy import Symbol, expand

    a, b = Symbol("a", real=True), Symbol("b", real=True)
    for polynomial in (a**4 + 4 * b**4 - 4 * a * b**3, a**2 + b**2 - 2 * a * b, a**2 * b**2 - 2 * a * b + 1 + a**2):
        squares = sum_of_squares(expand(polynomial), ())
        assert squares is not None and expand(squares - polynomial) == 0
    motzkin = a**2 * b**4 + a**4 * b**2 + 1 - 3 * a**2 * b**2
    assert sum_of_squares(motzkin, ()) is None
    assert sum_of_squares(a**2 - 1, ()) is None
