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
    # one norm beside another
    ("norm1(x) - norm(x)", "", "nonnegative"),
    ("norm(x) - norm(x, inf)", "", "nonnegative"),
    ("norm(x, 3) - norm(x, 4)", "", "nonnegative"),
    ("norm1(x)**2 - norm(x)**2", "", "nonnegative"),
    ('norm(X, "nuc") - norm(X, 2)', "", "nonnegative"),
    ("max(x) - mean(x)", "", "nonnegative"),
    ("logsumexp(x) - max(x)", "", "nonnegative"),
    ("norm(x) + norm(y) - norm(x + y)", "", "nonnegative"),
    # Hölder, von Neumann, traces
    ("norm1(x)*norm(y, inf) - x.T@y", "", "nonnegative"),
    ("norm(A)*norm(B) - tr(A.T@B)", "", "nonnegative"),
    ('norm(A, "nuc")*norm(B, 2) - tr(A.T@B)', "", "nonnegative"),
    ("tr(A@A.T) - tr(A@A)", "", "nonnegative"),
    ("tr(A)*tr(B) - tr(A@B)", "A psd, B psd", "nonnegative"),
    ("2*norm(x)**2 + 2*norm(y)**2 - norm(x + y)**2", "", "nonnegative"),
    # each side of a kink at 0
    ("log(2) + relu(a) - softplus(a)", "", "nonnegative"),
    ("abs(a) - log(cosh(a))", "", "nonnegative"),
    ("abs(a) - abs(tanh(a))", "", "nonnegative"),
    ("A@A + B@B - A@B - B@A", "A symmetric, B symmetric", "positive semidefinite"),
    # from an end on
    ("a - sin(a)", "a positive", "positive"),
    ("sin(a) - a + a**3/6", "a positive", "positive"),
    ("log(1 + a) - a/(1 + a)", "a positive", "positive"),
    ("a - tanh(a)", "a positive", "positive"),
    ("exp(a) - 1 - a - a**2/2", "a positive", "positive"),
    ("sum(exp(x) - 1 - x)", "", "nonnegative"),
    # logarithms, exponentials and maxima taken away
    ("log(1 + exp(c)) - c", "", "positive"),
    ("exp(c**2/2) - cosh(c)", "", "nonnegative"),
    ("softplus(c) - relu(c)", "", "positive"),
]
# with the sizes of the arrays in them
OF_SIZES = [
    ("sqrt(n)*norm(x) - norm1(x)", "x: n", ""),
    ("n*norm(x, inf) - norm1(x)", "x: n", ""),
    ("n**(1/6)*norm(x, 3) - norm(x)", "x: n", ""),
    ("sqrt(n)*norm(A, 2) - norm(A)", "A: n×n", ""),
    ("n*tr(A.T@A) - tr(A)**2", "A: n×n", ""),
    ("tr(A) - n - logdet(A)", "A: n×n", "A pd"),
    ("tr(A) + tr(inv(A)) - 2*n", "A: n×n", "A pd"),
    ("x.T@x - x.T@J@x", "x: n", "J projection, J symmetric"),
]
# what holds or nearly holds, and must be neither refuted by rounding nor proved in vain
NOT_REFUTED = [
    ("sqrtm(A)@sqrtm(A) - A", "A pd"),
    ("a**2*b**4 + a**4*b**2 + 1 - 3*a**2*b**2", ""),  # Motzkin's: not negative, and no sum of squares
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
    ("1.1*norm(x, 3) - norm(x)", ""),
    ("norm(x, 3)*norm(y) - x.T@y", ""),
    ("norm(A, 2)*norm(A) - tr(A.T@A)", ""),
    ("tr(A@A.T) - 1.01*tr(A@A)", ""),
    ("a - sin(a) - a**3/7", "a positive"),
    ("tanh(a) - a + a**3/4", "a positive"),
    ("log(2) - 0.001 + relu(a) - softplus(a)", ""),
    ("abs(a) - 1.001*log(cosh(a)) - 0.001", ""),
    ("A@A + B@B - 1.5*A@B - 1.4*B@A", "A symmetric, B symmetric"),
    ("exp(c) - 1 - c - c**2/2", ""),
    ("sum(x - tanh(x))", ""),
]


def ask(text, facts):
    return definite(text, read_assumptions([facts]) if facts else None)


@pytest.mark.parametrize("text, facts, verdict", PROVED)
def test_proved(text, facts, verdict):
    report = ask(text, facts)
    assert report.verdict == verdict, str(report)
    check = report.verify(points=2)
    assert check.ok, check.reason


@pytest.mark.parametrize("text, shapes, facts", OF_SIZES)
def test_proved_for_all_sizes(text, shapes, facts):
    report = definite(text, read_assumptions([facts]) if facts else None, read_shapes([shapes]))
    assert report.verdict == "nonnegative", str(report)
    check = report.verify(points=2)
    assert check.ok, check.reason


def test_a_slope_is_needed_all_the_way_from_the_end():
    # for 2 + b**2 the slope of u**2/2 - 2*u is not negative, and 0 at 0 says nothing of it
    assert ask("(2 + b**2)**2/2 - 2*(2 + b**2)", "").verdict != "nonnegative"
    # a function that is 0 all along is not positive
    assert ask("sin(a)**2 + cos(a)**2 - 1", "a positive").verdict == "nonnegative"


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
