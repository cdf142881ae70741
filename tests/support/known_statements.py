"""Families of statements with a parameter c whose truth is known: it changes at a threshold, near which c is taken."""

from fractions import Fraction
from typing import NamedTuple

NEAR = [Fraction(n, d) for n, d in ((0, 1), (1, 1000), (1, 100), (1, 10), (1, 3), (6, 5), (3, 1))]


class Statement(NamedTuple):
    """A text to be judged with the facts and shapes declared of its names, and whether it is nonnegative, or convex."""

    text: str
    names: tuple
    facts: str
    shapes: str
    holds: bool


# (text with c, the threshold, 1 where it holds from there on upwards and -1 downwards, facts, shapes): nonnegative
DEFINITE = [
    ("a**2 + b**2 - ({c})*a*b + d**2", 2, -1, "", ""),
    ("({c})*(a + b)/2 - sqrt(a*b)", 1, 1, "a positive, b positive", ""),
    ("a/b + b/a - ({c})", 2, -1, "a positive, b positive", ""),
    ("exp(a) - ({c}) - a", 1, -1, "", ""),
    ("a - ({c}) - log(a)", 1, -1, "a positive", ""),
    ("norm(x)**2 + norm(y)**2 - ({c})*x.T@y", 2, -1, "", ""),
    ("({c})*norm(x)*norm(y) - x.T@y", 1, 1, "", ""),
    ("({c})*eye(n) - J", 1, 1, "J projection, J symmetric", ""),
    ("A + inv(A) - ({c})*eye(n)", 2, -1, "A pd", ""),
    ("eye(n) - ({c})*expm(-A)", 1, -1, "A pd", ""),
    ("({c})*n*x.T@x - sum(x)**2", 1, 1, "", "x: n"),
    ("diag(p) - ({c})*p@p.T", 1, -1, "p simplex", ""),
    ("A.T@A + ({c})*eye(n)", 0, 1, "", "A: m×n"),
    ("tr(X)**2 - ({c})*tr(X@X)", 1, -1, "X psd", ""),
    ("n*tr(S@S) - ({c})*tr(S)**2", 1, -1, "S symmetric", "S: n×n"),
    ("a**4 + b**4 - ({c})*(a**3*b + a*b**3)", 1, -1, "a positive, b positive", ""),
    ("1 - ({c})*a", 1, -1, "a unit-interval", ""),
    ("1/4 - ({c})*a*(1 - a)", 1, -1, "a unit-interval", ""),
    ("cosh(a) - 1 - ({c})*a**2/2", 1, -1, "", ""),
    ("({c})*n*eigmax(S) - tr(S)", 1, 1, "S psd", "S: n×n"),
    ("({c})*n*norm(x)**2 - norm1(x)**2", 1, 1, "", "x: n"),
    ('({c})*norm(A, "nuc") - norm(A)', 1, 1, "", ""),
    ("P - ({c})*P@inv(P + Q)@P", 1, -1, "P pd, Q pd", ""),
    ("log(1 + exp(a)) - ({c})*a", 1, -1, "a positive", ""),
    ("A - ({c})*sqrtm(A)@sqrtm(A)", 1, -1, "A pd", ""),
    ("norm(x) + norm(y) - ({c})*norm(x + y)", 1, -1, "", ""),
    ("a**3 + b**3 + d**3 - ({c})*a*b*d", 3, -1, "a positive, b positive, d positive", ""),
    ("sqrt(a*b)*({c}) - 2*a*b/(a + b)", 1, 1, "a positive, b positive", ""),
    ("({c})*tr(A@A.T)*tr(B@B.T) - tr(A@B.T)**2", 1, 1, "", ""),
    ("expm(S) - ({c})*eye(n) - S", 1, -1, "S symmetric", ""),
    ("(a + b)*(1/a + 1/b) - ({c})", 4, -1, "a positive, b positive", ""),
]
# as above, with the names in which the function is convex from the threshold on
CONVEX = [
    ("x.T@x + ({c})*norm(x)", "x", 0, 1, "", ""),
    ("a**4 + ({c})*a**2", "a", 0, 1, "", ""),
    ("exp(a) + ({c})*a**2", "a", 0, 1, "", ""),
    ("sum(log(1 + exp(A@x))) + ({c})*norm1(x)", "x", 0, 1, "", ""),
    ("norm(x)**(2 + {c})", "x", -1, 1, "", ""),
    ("tr(X@X) + ({c})*tr(X)**2", "X", Fraction(-1, 2), 1, "X symmetric", "X: 2×2"),
    ("-logdet(X) + ({c})*tr(X@X)", "X", 0, 1, "X pd", ""),
    ("logsumexp(x) + ({c})*x.T@x", "x", 0, 1, "", ""),
    ("relu(a) + ({c})*relu(-a)", "a", -1, 1, "", ""),
    ("a**2/b + ({c})*b**2", "a b", 0, 1, "b positive", ""),
    ("a**2 + b**2 - ({c})*a*b", "a b", 2, -1, "", ""),
    ("abs(a) + ({c})*a**2", "a", 0, 1, "", ""),
    ("sqrt(1 + a**2) + ({c})*a**2", "a", 0, 1, "", ""),
    ("sum(abs(x)**3) + ({c})*norm(x)", "x", 0, 1, "", ""),
    ("log(exp(a) + exp(b)) + ({c})*a**2", "a b", 0, 1, "", ""),
    ("x.T@P@x + ({c})*x.T@x", "x", 0, 1, "P psd", ""),
    ("max(A@x) + ({c})*norm(x)", "x", 0, 1, "", ""),
    ("tr(X.T@L@X) + ({c})*norm1(X)", "X", 0, 1, "L psd", ""),
    ("sum(sqrt(sum(X**2, axis=1))) + ({c})*norm(X)**2", "X", 0, 1, "", ""),
    ("eigmax(X) - ({c})*eigmin(X)", "X", 0, 1, "X symmetric", "X: 3×3"),
    ("x.T@inv(Q)@x + ({c})*norm(x)**2", "x Q", 0, 1, "Q pd", ""),
    ("sum(x*log(x)) + ({c})*x.T@x", "x", 0, 1, "x positive", ""),
    ("sum(1/x) + ({c})*sum(x**2)", "x", 0, 1, "x positive", ""),
    ("norm(A@x - b)**2 + ({c})*norm(x)", "x", 0, 1, "", ""),
]


def _around(threshold, direction):
    """Yield (c, whether the statement holds): the threshold, and values on both sides of it."""
    for distance in NEAR:
        yield threshold + direction * distance, True
        if distance:
            yield threshold - direction * distance, False


def definite_statements():
    """Return the statements about signs and definiteness."""
    return [
        Statement(text.replace("{c}", str(c)), (), facts, shapes, holds)
        for text, threshold, direction, facts, shapes in DEFINITE
        for c, holds in _around(Fraction(threshold), direction)
    ]


def convex_statements():
    """Return the statements about convexity."""
    return [
        Statement(text.replace("{c}", str(c)), tuple(names.split()), facts, shapes, holds)
        for text, names, threshold, direction, facts, shapes in CONVEX
        for c, holds in _around(Fraction(threshold), direction)
    ]
