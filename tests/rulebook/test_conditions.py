"""The conditions under which an expression and its derivative exist."""

from fractions import Fraction

import numpy
import torch
from tables import every_row

import matcalc
from matcalc.evaluation.evaluate import evaluate
from matcalc.language.syntax import parse_tree
from matcalc.rulebook.conditions import Condition, conditions, constant_value


def listed(text, book, facts=None, variable=None):
    words = {name: frozenset(found) for name, found in (facts or {}).items()}
    return [str(condition) for condition in conditions(parse_tree(text), words, book, variable)]


# -- domains ----------------------------------------


@every_row(("text", "expected"), [
    # quotients and powers
    ("x + y*A", []), ("x/2", []), ("1/c", ["nonzero(c)"]), ("1/(x.T@x)", ["nonzero(x.T@x)"]), ("y/x", ["nonzero(x)"]),
    ("1/c + 2/c", ["nonzero(c)"]), ("1/a + 1/b", ["nonzero(a)", "nonzero(b)"]),
    ("1/(a - 1/b)", ["nonzero(b)", "nonzero(a - 1/b)"]),
    ("x**2", []), ("x**-1", ["nonzero(x)"]), ("x**(3 - 5)", ["nonzero(x)"]), ("x**(1/2)", ["positive(x)"]),
    ("x**(4/2)", []),
    ("x**(-3/2)", ["positive(x)"]), ("x**a", ["positive(x)"]), ("2**a", []), ("(A@x)**0.5", ["positive(A@x)"]),
    # functions
    ("exp(x) + sin(x)*erf(x)", []), ("log(x)", ["positive(x)"]), ("sqrt(A@x)", ["positive(A@x)"]),
    ("log(x - y)", ["positive(x - y)"]),
    ("log1p(x)", ["above_minus_one(x)"]), ("asin(x)", ["inside_unit(x)"]), ("inv(A)", ["invertible(A)"]),
    ("logdet(A@B)", ["invertible(A@B)"]),
    ("solve(A, b)", ["invertible(A)"]), ("logm(A)", ["positive_spectrum(A)"]), ("sqrtm(A)", ["positive_spectrum(A)"]),
    ("log(inv(A)@x)", ["invertible(A)", "positive(inv(A)@x)"]),
    # where only the derivative asks for something, a constant part does not
    ("norm(x)", []), ("abs(x)", []), ("max(x)", []), ("relu(x)", []), ("det(A)", []), ("tr(A@B)", []),
    ("norm(x)**2", []),
])
def test_the_domain_of_an_expression(text, expected, book):
    assert listed(text, book) == expected


@every_row(("text", "variable", "expected"), [
    ("norm(x)", "x", ["nonzero_array(x)"]), ("norm(y)", "x", []), ("norm(A@x - b)", "x", ["nonzero_array(A@x - b)"]),
    ("norm(A@x - b)*norm(c)", "c", ["nonzero_array(c)"]), ("norm(x)**2", "x", []), ("abs(x)", "x", ["nonzero(x)"]),
    ("abs(y)*x", "x", []),
    ("sum(relu(A@x))", "x", ["nonzero(A@x)"]), ("sum(relu(A@x))", "A", ["nonzero(A@x)"]),
    ("norm1(x)", "x", ["nonzero(x)"]),
    ("sum(max(X, axis=1))", "X", ["unique_row_maximum(X)"]), ("sum(min(X, axis=0))", "X", ["unique_column_minimum(X)"]),
    ("sum(norm(X, axis=1)**a)", "X", ["nonzero(norm(X, axis=1))"]),
    ("max(x)", "x", ["unique_maximum(x)"]), ("maximum(x, y)", "x", ["nonzero(x - y)"]),
    ("det(A)", "A", ["invertible(A)"]),
    ("eigmax(S)", "S", ["symmetric(S)", "simple_maximum(S)"]), ("sign(x)", "x", ["nonzero(x)"]),
    ("pinv(A)", "A", ["full_rank(A)"]),
    ("norm(X, 1)", "X", [
        "nonzero(where(sum(abs(X), axis=0) == max(sum(abs(X), axis=0)), X, 1))", "unique_maximum(sum(abs(X), axis=0))",
    ]),
    ("norm(x)**p", "x", ["nonzero_array(x)"]),
    ("sum(abs(x)**p)", "x", ["nonzero(x)"]),
    ('norm(X, "nuc")', "X", ["full_rank(X)"]),
    ("norm(X, 2)", "X", ["nonzero_array(X)", "simple_maximum(X.T@X)"]),
    ("eigvals(S)", "S", ["symmetric(S)", "simple_spectrum(S)"]), ("eigvals(S)", "A", ["symmetric(S)"]),
    ("svdvals(X)", "X", ["tall(X)", "simple_singular_values(X)"]), ("svdvals(X)", "A", ["tall(X)"]),
    ("sylvester(A, B, C)", "C", ["invertible(kronsum(B.T, A))"]),
    ("matpow_frechet(A, k, B)", "B", ["integer(k)"]), ("matpow_frechet(A, 3, B)", "B", []),
    ("matpow_frechet(A, -3, B)", "B", ["invertible(A)"]),
])
def test_what_the_derivative_asks_for_besides(text, variable, expected, book):
    assert listed(text, book, variable=variable) == expected


# -- facts imply conditions ----------------------------------------


@every_row(("text", "name", "words"), [
    ("log(x)", "x", ["positive", "unit-interval", "simplex"]), ("log(x.T)", "x", ["positive"]),
    ("sqrt(x.T.T)", "x", ["positive"]),
    ("1/x", "x", ["positive", "negative", "unit-interval", "simplex"]),
    ("log1p(x)", "x", ["positive", "unit-interval"]),
    ("inv(x)", "x", ["invertible", "pd", "orthogonal", "permutation", "positive-det"]), ("logm(x)", "x", ["pd"]),
    ("sqrtm(x)", "x", ["pd"]),
])
def test_a_fact_takes_the_place_of_a_condition(text, name, words, book):
    assert listed(text, book)
    for word in words:
        assert listed(text, book, {name: [word]}) == [], word


@every_row(("text", "facts"), [
    ("log(x)", {"x": ["negative"]}), ("log(x)", {"y": ["positive"]}), ("1/x", {"x": ["integer"]}),
    ("inv(A)", {"A": ["symmetric"]}),
    ("inv(A)", {"A": ["psd"]}), ("log1p(x)", {"x": ["negative"]}),
    ("log(x - y)", {"x": ["positive"], "y": ["positive"]}), ("log(x)", {"x": ["binary"]}),
    ("sqrtm(A)", {"A": ["psd"]}),
    ("inv(A + B)", {"A": ["invertible"], "B": ["invertible"]}), ("asin(x)", {"x": ["positive"]}),
    ("1/x", {"x": ["binary"]}),
])
def test_other_facts_do_not(text, facts, book):
    assert listed(text, book, facts) == listed(text, book) != []


@every_row(("text", "options", "where"), [
    ("log(1 + exp(x))", {}, []), ("1/(1 + exp(x))", {}, []), ("log(exp(x))", {}, []), ("sqrt(1 + x.T@x)", {}, []),
    ("log(softmax(x))", {}, []),
    ("log(sigmoid(x))", {}, []), ("1/(c + 1)", {"assume": {"c": ["positive"]}}, []),
    ("1/(c + 1)", {}, ["nonzero(c + 1)"]),
    ("log(x.T@x)", {}, ["nonzero_array(x)"]), ("log(x - 1)", {"assume": {"x": ["positive"]}}, ["positive(x - 1)"]),
    ("1/(x.T@P@x)", {"wrt": "x", "assume": {"P": ["pd"]}}, ["nonzero_array(x)"]),
    # a jump at a tie is not hidden by a factor that is 0 at 0, and an exponent without a value may be below 0
    ("max(x**2)", {}, ["unique_maximum(x**2)"]),
    ("std(x)**a", {"wrt": "x"}, ["positive(std(x))"]), ("norm(x, 4)**a", {"wrt": "x"}, ["nonzero_array(x)"]),
    ("sum(relu(x)**a)", {"wrt": "x", "shapes": {"a": ()}}, ["nonzero(x)"]), ("norm(x)**3", {}, []),
    # what never crosses 0 has no kink there, and a jump where a factor is 0 is none
    ("sum(abs(relu(x)))", {}, ["nonzero(x)"]), ("norm1(relu(x))", {}, ["nonzero(x)"]),
    ("sum(relu(-relu(x)))", {}, ["nonzero(x)"]), ("sum(relu(x)**1.5)", {}, []), ("sum(abs(x)*relu(x))", {}, []),
    ("sum(where(x > 0, x**2, 0))", {}, []), ("sum(where(x > 1, x**2, 0))", {}, ["nonzero(x - 1)"]),
    ("norm(x, 3)", {}, ["nonzero_array(x)"]),
    # a smooth outer function may hide a kink, and a factor that is 0 elsewhere does not
    ("sum(cos(abs(x)))", {}, []), ("sum(maximum(x, 0)**2)", {}, []), ("log(1 + abs(tr(M))**2)", {}, []),
    ("sum(sort(x)**2) + sum(sort(x))", {}, []), ("sum(x*sort(x))", {}, ["distinct(x)"]),
    ("cos(norm(x, inf))", {}, ["unique_maximum(abs(x))"]), ("prod(relu(x))**2", {}, ["nonzero(relu(x))"]),
    ("sqrt(1 + norm1(x)**2)", {}, ["nonzero(x)"]), ("cosh(sum(abs(x))**3)", {}, ["nonzero(x)"]),
    ("abs(a*b)", {"wrt": "a"}, ["nonzero(a)"]), ("norm1(x)*abs(sum(x))", {}, ["nonzero(x)", "nonzero(sum(x))"]),
    ("norm1(M - M.T)**2 + abs(tr(M))**2", {}, ["nonzero(vecp(M - M.T))"]),
])
def test_what_always_holds_is_not_listed(text, options, where):
    assert matcalc.diff(text, **options).where == where


@every_row(("text", "options", "where"), [
    ("x/(2*s**2)", {"wrt": "x", "shapes": {"s": ()}}, ["nonzero(s)"]), ("log(2*x)", {}, ["positive(x)"]),
    ("log(-3*a)", {}, ["positive(-a)"]), ("log(a/3)", {}, ["positive(a)"]), ("log(a**2)", {}, ["nonzero(a)"]),
    ("log(a**3)", {}, ["positive(a)"]), ("1/(a*norm(x)*norm(y))", {"wrt": "a", "shapes": {"a": ()}}, [
        "nonzero(a)", "nonzero_array(x)", "nonzero_array(y)",
    ]),
    ("sum(p*log(p/q))", {"wrt": "p"}, ["positive(p/q)"]), ("1/det(A)", {}, ["invertible(A)"]),
    ("log(det(A))", {}, ["positive(det(A))"]), ("tr(inv(-2*A.T))", {}, ["invertible(A)"]),
    ("tr(inv(c*A@B))", {"wrt": "A", "assume": {"A": ["symmetric"], "B": ["symmetric"]}, "shapes": {"c": ()}}, [
        "nonzero(c)", "invertible(A)", "invertible(B)",
    ]),
    ("sum(maximum(0, 1 - y*x))", {"wrt": "x"}, ["nonzero(1 - y*x)"]),
    ("x/sqrt(sum(x**2))", {}, ["nonzero_array(x)"]), ("1/(2*s)", {"assume": {"s": ["positive"]}}, []),
    ("logdet(A.T@A)", {"shapes": {"A": ("n", "m")}}, ["invertible(A.T@A)"]),
    # of a matrix with some structure the entries that are free: the others tie with these, or are 0, everywhere
    ("norm1(X - X.T)", {}, ["nonzero(vecp(X - X.T))"]),
    ("sum(relu(x@x.T))", {"shapes": {"x": ("n", 1)}}, ["nonzero(x)"]),
    ("norm1(D)", {"assume": {"D": ["diagonal"]}}, ["nonzero(diag(D))"]),
    ("norm1(U)", {"assume": {"U": ["strictly-upper-triangular"]}}, ["nonzero(vecp(U.T))"]),
    ("max(S)", {"assume": {"S": ["symmetric"]}}, ["unique_maximum(vech(S))"]),
    ("min(X.T@X)", {}, ["unique_minimum(vech(X.T@X))"]), ("max(x)", {}, ["unique_maximum(x)"]),
])
def test_conditions_are_stated_by_what_they_come_to(text, options, where):
    assert matcalc.diff(text, **options).where == where


@every_row("text", [
    "cos(norm(x))", "norm(x)*(1 - cos(norm(x)))", "log(cosh(norm(x)))", "sin(norm(x))**2", "sum(sinc(x))",
    "expm1(norm(x)*tanh(norm(x)))",
])
def test_an_even_function_of_a_norm_has_the_derivative_zero_at_zero(text):
    derivative = matcalc.diff(text, "x")
    assert derivative.where and not derivative.everywhere.where
    assert derivative.evaluate(x=[0, 0]).tolist() == [[0], [0]]


@every_row("text", ["1 - exp(-norm(x))", "sin(norm(x))", "(1 + cos(norm(x)))*norm(x)"])
def test_an_odd_one_has_none(text):
    assert matcalc.diff(text, "x").everywhere.where == ["nonzero_array(x)"]


def test_a_condition_is_a_predicate_of_a_text(book):
    (condition,) = conditions(parse_tree("log( A @x)"), {}, book)
    assert isinstance(condition, Condition) and condition.predicate == "positive" and str(condition) == "positive(A@x)"


def test_a_user_rules_domain_is_a_condition_too(tmp_path):
    path = tmp_path / "root.rules"
    path.write_text("root(X: n,m) -> n,m where positive(X)\n    elementwise\n    d root(X) = dX/(2*root(X))\n"
                    "    torch     torch.sqrt(X)\n    source    Calculus\n", encoding="utf-8")
    assert "positive(A@x)" in matcalc.diff("sum(root(A@x))", "x", rules=path).where


# -- the conditions are those that numbers show ----------------------------------------


@every_row(("text", "bad", "good"), [
    ("sum(log(x))", [1, -1], [1, 2]), ("sum(sqrt(x))", [1, -1], [1, 2]), ("sum(1/x)", [1, 0], [1, -2]),
    ("norm(x)", [0, 0], [0, 1]), ("sum(log1p(x))", [1, -2], [1, -0.5]), ("sum(asin(x))", [1.5, 0], [0.5, -0.5]),
    ("sum(x**(1/3))", [1, -1], [1, 2]), ("x.T@x/sum(x)", [1, -1], [1, 1]),
])
def test_where_a_condition_fails_the_expression_or_its_derivative_has_no_value(text, bad, good, book):
    derivative = matcalc.diff(text, "x")
    assert derivative.where

    def finite(entries):
        column = torch.tensor(entries, dtype=torch.float64)[:, None]
        value = evaluate(parse_tree(text), {"x": column}, {"n": 2}, book)
        return bool(torch.isfinite(value).all()) and numpy.isfinite(derivative.evaluate(x=entries)).all()

    assert finite(good) and not finite(bad)


# -- numbers ----------------------------------------


@every_row(("text", "value"), [
    ("2", 2), ("1/3", Fraction(1, 3)), ("-2", -2), ("2*3 - 1", 5), ("-(1/2)", Fraction(-1, 2)),
    ("0.1 + 0.2", Fraction(3, 10)), ("1/0", None),
    ("x", None), ("1 + x", None), ("sqrt(4)", None),
])
def test_the_value_of_a_constant(text, value):
    assert constant_value(parse_tree(text)) == value


def test_conditions_with_a_size_in_them_are_told():
    """The condition of a mean has the number of entries in it."""
    derivative = matcalc.diff("mean(abs(x - y))", wrt="x")
    assert derivative.where == ["nonzero(x - y)"]
    assert derivative.evaluate(x=[1, 2], y=[0, 1]).tolist() == [[0.5], [0.5]]


@every_row(
    ("text", "where"),
    [
        ("sum(where(x > 0, log(x), 0))", ["nonzero(x)"]),
        ("sum(where(x <= 0, 0, x*log(x)))", ["nonzero(x)"]),
        ("sum(where(0 < x, sqrt(x), 0))", ["nonzero(x)"]),
        ("sum(where(A@x > 1, log(A@x), A@x - 1))", ["nonzero(A@x - 1)"]),
        ("sum(where(x > -1, log(x), 0))", ["nonzero(x + 1)", "positive(x)"]),
        ("sum(where(x > 0, 0, log(x)))", ["nonzero(x)", "positive(x)"]),
        ("sum(where(x > 0, log(x), 0)) + sum(log(x))", ["positive(x)"]),
        ("sum(where(x > 0, x*log(y), 0))", ["positive(y)"]),
    ],
)
def test_a_branch_needs_no_condition_that_its_comparison_ensures(text, where):
    found = {condition for condition in matcalc.diff(text, "x").where if not condition.startswith("nonzero")}
    assert found == {condition for condition in where if not condition.startswith("nonzero")}
