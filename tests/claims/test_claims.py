"""The check of claims: verdicts and diagnoses of formulas made by hand, with what they say."""

from functools import cache

import pytest
from counted_work import counted
from tables import every_row

import matcalc
from matcalc.claims.report import DIAGNOSES

LOSS = ("norm(X@w - y)**2", {"wrt": "w"})
QUADRATIC = ("x.T@A@x", {})

RIGHT = [
    # expression, claim, options, layout of the report
    ("x.T@A@x", "(A + A.T)@x", {}, "denom"),
    ("x.T@A@x", "x.T@(A+A.T)", {}, "num"),
    ("x.T@A@x", "A@x + (x.T@A).T", {"layout": "denom"}, "denom"),
    ("x.T@A@x", "2*A@x", {"assume": {"A": ["symmetric"]}}, "denom"),
    ("x.T@A@x", "A + A.T", {"order": 2}, "any"),
    ("x.T@x", "2*norm(x)*x/norm(x)", {}, "denom"),
    ("norm1(x)", "x/abs(x)", {}, "denom"),
    ("log(abs(a))", "1/a", {}, "any"),
    ("softmax(x)", "diag(softmax(x)) - softmax(x)@softmax(x).T", {}, "any"),
    ("A@X@B", "kron(B.T, A)", {"wrt": "X"}, "num"),
    ("A@X@B", "kron(B, A.T)", {"wrt": "X", "layout": "denom"}, "denom"),
    ("inv(X)", "-kron(inv(X), inv(X).T)", {"layout": "denominator"}, "denom"),
    ("sin(A@x)", "cos(A@x)*A", {"layout": "mixed"}, "num"),
    ("c*x.T@x", "x.T@x", {"wrt": "c"}, "any"),
    ("exp(c)*A", "exp(c)*A", {"wrt": "c", "layout": "num"}, "num"),
    ("logdet(S)", "inv(S)", {"assume": {"S": ["pd"]}}, "any"),
    ("logdet(S)", "2*inv(S) - inv(S)*eye(n)", {"assume": {"S": ["pd"]}, "structure": "parametrized"}, "any"),
    ("sum(X)", "ones(n)@ones(m).T", {}, "denom"),
    ("tr(expm(X))", "expm(X)", {}, "num"),
    ("pinv(X)@y", "inv(X.T@X)@X.T", {"wrt": "y"}, "num"),
    ("log(sum(exp(x)))", "exp(x - max(x))/sum(exp(x - max(x)))", {}, "denom"),
    # the engine needs no rule for it, and torch decides
    ("eigmax(A)", "adj(eigmax(A)*eye(n) - A)/tr(adj(eigmax(A)*eye(n) - A))", {"assume": {"A": ["symmetric"]}}, "any"),
]


@pytest.mark.parametrize(("expr", "claim", "options", "layout"), RIGHT, ids=lambda v: str(v)[:40])
def test_what_is_right_is_called_right(expr, claim, options, layout):
    report = matcalc.check(expr, claim, **options)
    assert report.ok is True, str(report)
    assert (report.diagnosis, report.layout, bool(report)) == ("right", layout, True)
    assert report.message.startswith("right")
    assert report.max_error < 1e-6
    assert report.points >= 3
    assert report.counterexample is report.repaired is None


WRONG = [
    # expression, options, claim, diagnosis, words of the message
    (*LOSS, "X.T@(X@w - y)", "factor", "a factor 2 is missing"),
    (*LOSS, "-2*X.T@(X@w - y)", "factor", "the sign is wrong"),
    (*LOSS, "8*X.T@(X@w - y)", "factor", "4 times too large"),
    (*LOSS, "3*X.T@(X@w - y)", "factor", "a factor 2/3"),
    ("mean((X@w - y)**2)", {"wrt": "w"}, "X.T@(X@w - y)", "factor", "a factor 2/m"),
    ("mean(X)", {}, "ones(n, m)/n", "factor", "divide by m"),
    ("norm(A@x - b)", {}, "A.T@(A@x - b)", "factor", "divide by norm(A@x - b)"),
    ("det(X)", {}, "inv(X).T", "factor", "a factor det(X)"),
    ("exp(x.T@x)", {}, "2*x", "factor", "a factor exp(x.T@x)"),
    ("norm(A@x - b)", {}, "A.T@(A@x - b)/norm(x)", "factor", "norm(x)/norm(A@x - b)"),
    ("sum(x**2)/3", {}, "0.6666667*x", "factor", "rounded"),
    (*LOSS, "2*X@(X@w - y)", "transpose", "X must be transposed"),
    ("tr(A@X@B)", {"wrt": "X"}, "A.T@B", "transpose", "B must be transposed"),
    ("inv(X)", {}, "-kron(inv(X), inv(X))", "transpose", "X must be transposed"),
    ("y.T@A@x", {}, "A@y", "transpose", "A must be transposed"),
    ("norm(A@X@B - C)**2", {"wrt": "X"}, "2*A@(A@X@B - C)@B", "transpose", "A must be transposed and B must be"),
    (*LOSS, "X@(X@w - y)", "transpose", "a factor 2 is missing; besides, X must be transposed"),
    (*QUADRATIC, "2*A@x", "symmetric only", "right if A is symmetric"),
    (*QUADRATIC, "x.T@A*2", "symmetric only", "right if A is symmetric, "[:-2]),
    ("tr(X.T@A@X@B)", {"wrt": "X"}, "2*A@X@B", "symmetric only", "if A and B are symmetric"),
    ("norm(x)", {}, "sign(x)", "different", "the derivative of norm1(x), not of norm(x)"),
    ("tr(A@expm(X))", {"wrt": "X"}, "A@expm(X)", "symmetric only", "if A and X commute"),
    ("sum(x**2)", {}, "2*abs(x)", "symmetric only", "if x is positive"),
    ("log(abs(a))", {}, "1/abs(a)", "symmetric only", "if a is positive"),
    ("logdet(X)", {}, "2*inv(X) - inv(X)*eye(n)", "symmetric only", "--structure parametrized"),
    (*QUADRATIC, "A@x", "term", "A.T"),
    (*LOSS, "2*X.T@(X@w + y)", "term", "the sign of y is wrong in X@w + y"),
    (*LOSS, "2*X.T@X@w", "term", "y is missing"),
    (*LOSS, "2*X.T@X@w - X.T@y", "term", "should be"),
    ("softmax(x)", {}, "diag(softmax(x))", "term", "is missing"),
    ("x@x.T", {}, "kron(eye(n), x)", "term", "kron(x, eye(n)) is missing"),
    ("x.T@x + b.T@x", {}, "2*x + 2*b", "term", "b is doubled"),
    ("x.T@x + b.T@x", {}, "2*x + b + x", "term", "does not belong"),
    (*QUADRATIC, "(A + A.T)*x", "elementwise", "(A + A.T)@x in place of (A + A.T)*x"),
    ("sin(A@x)", {}, "A@cos(A@x)", "elementwise", "A*cos(A@x) in place of"),
    ("logdet(X)", {}, "1/X", "elementwise", "inv(X) in place of 1/X"),
    ("-logdet(X)", {}, "-1/X", "elementwise", "-inv(X) in place of -1/X"),
    ("2*logdet(X)", {}, "2/X", "elementwise", "2*inv(X) in place of 2/X"),
    ("tr(matpow(X, 3))", {}, "3*X**2", "elementwise", "matpow(X, 2)"),
    ("tr(A@X@B)", {"wrt": "X"}, "A@B", "order of factors", "A and B must change places"),
    (*LOSS, "2*(X@w - y)@X.T", "order of factors", "must change places"),
    ("A@X@B", {"wrt": "X"}, "kron(A, B)", "order of factors", "B must be transposed"),
    ("tr(A@X@B@C)", {"wrt": "X", "shapes": {n: ("n", "n") for n in "AXBC"}}, "A@B@C", "order of factors", "B@C@A"),
    (*QUADRATIC, "x@x.T", "other variable", "the derivative by A, not by x"),
    (*LOSS, "2*(X@w - y)@w.T", "other variable", "by X, not by w"),
    (*QUADRATIC, "A", "shape", "your formula is n×n, and the derivative is n×1 in denominator layout, 1×n in num"),
    ("sum(x)", {}, "1", "shape", "with this value in every entry"),
    ("y.T@A@x", {"shapes": {"A": ("n", "m")}}, "x@A@x@y", "shape", "shapes do not fit in '@'"),
    (*QUADRATIC, "x.T@A@x + 0*x", "different", "nor close to it"),
    (*QUADRATIC, "x.T@A@x", "different", "the expression itself"),
    (*QUADRATIC, "A + A.T", "different", "the second derivative"),
    (*QUADRATIC, "0*x", "different", "zero"),
    ("sum(sin(x))", {}, "sin(x)", "different", "cos(x) belongs in place of sin(x)"),
    ("sum(x**2)", {}, "2*x*heaviside(x + 50)", "term", "x"),
    ("logsumexp(x)", {}, "exp(x)/logsumexp(x)", "factor", ""),
    ("sum(x**2)/2", {}, "x@inv(x@x.T)@x.T@x", "order of factors", "x and x.T"),
    (*QUADRATIC, "x.T@(A + A.T)", "right", "right, in numerator layout"),
]


@cache
def report_of(number):
    expr, options, claim, _, _ = WRONG[number]
    return matcalc.check(expr, claim, **options)


@pytest.mark.parametrize("number", range(len(WRONG)), ids=lambda n: f"{WRONG[n][0]} | {WRONG[n][2]}"[:60])
def test_what_is_wrong_is_diagnosed(number):
    diagnosis, words = WRONG[number][3:]
    report = report_of(number)
    assert report.diagnosis == diagnosis, str(report)
    assert words in report.message, str(report)
    assert report.diagnosis in DIAGNOSES
    assert report.ok is (diagnosis == "right")
    if diagnosis != "right":
        assert str(report).startswith("not the derivative")
        assert report.right is not None


def test_what_is_mended_is_right():
    mended = 0
    for number, (expr, options, claim, _, _) in enumerate(WRONG):
        report = report_of(number)
        if report.repaired is not None:
            mended += 1
            again = matcalc.check(expr, report.repaired, **options)
            assert again.ok, (expr, claim, report.repaired, str(again))
    assert mended > 25


@pytest.mark.parametrize(("claim", "layout", "diagnosis", "right"), [
    ("x.T@(A + A.T)", "denom", "other layout", "(A + A.T)@x"),
    ("(A + A.T)@x", "num", "other layout", "x.T@(A + A.T)"),
    ("(A + A.T)@x", "mixed", "right", "(A + A.T)@x"),
    ("2*x.T@A", "num", "symmetric only", "x.T@(A + A.T)"),
    ("x.T@A", "any", "term", "x.T@(A + A.T)"),
])
def test_the_right_answer_is_in_the_layout_of_the_claim_or_asked_for(claim, layout, diagnosis, right):
    report = matcalc.check("x.T@A@x", claim, layout=layout)
    assert (report.diagnosis, str(report.right)) == (diagnosis, right)


def test_other_layout_and_factor_are_both_said():
    report = matcalc.check("x.T@A@x", "x.T@(A + A.T)/2", layout="denom")
    assert report.diagnosis == "factor"
    assert "a factor 2" in report.message and "in numerator layout" in report.message


def test_what_else_holds_is_said():
    report = matcalc.check("y.T@A@x", "A@y", shapes={"A": ("n", "n")})
    assert report.diagnosis == "transpose"
    assert report.also == ("your formula is also right if A is symmetric",)
    assert "also right if A is symmetric" in str(report)
    report = matcalc.check("norm(x - a)", "(a - x)/norm(x - a)", wrt="x", shapes={"a": ("n", 1)})
    assert report.diagnosis == "factor"
    assert any("derivative by a" in said for said in report.also)


def test_conventions_of_declared_structure_are_named():
    report = matcalc.check("logdet(S)", "2*inv(S) - inv(S)*eye(n)", assume={"S": ["symmetric"]})
    assert report.diagnosis == "other layout"
    assert "--structure parametrized" in report.message


@pytest.mark.parametrize(("fact", "claim", "structure", "named"), [
    ("toeplitz", "diagonal_sums(A.T)", "free", "parametrized"),
    ("hankel", "antidiagonal_sums(A)", "free", "parametrized"),
    ("lower-triangular", "A.T", "projected", "free"),
    ("orthogonal", "A.T - X@(X.T@A.T + A@X)/2", "free", "projected"),
])
def test_conventions_of_every_structure_that_has_some_are_named(fact, claim, structure, named):
    report = matcalc.check("tr(A@X)", claim, wrt="X", assume={"X": [fact]}, structure=structure)
    assert report.diagnosis == "other layout" and f"--structure {named}" in report.message


def test_jacobians_of_stacked_rows_are_named():
    report = matcalc.check("A@X@B", "kron(A, B.T)", wrt="X")
    assert report.diagnosis == "other layout"
    assert "stacks rows" in report.message


# -- letters of sizes -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("expr", "claim", "options", "note"), [
    ("mean((X@w - y)**2)", "2/n*X.T@(X@w - y)", {"wrt": "w"}, "n is read as the number of rows of X (m)"),
    ("mean((X@w - y)**2)", "2/N*X.T@(X@w - y)", {"wrt": "w"}, "N is read as the number of rows of X (m)"),
    ("A@x", "kron(x.T, eye(k))", {"wrt": "A"}, "k is read as the number of rows of A (m)"),
    ("mean(x)", "ones(d)/d", {}, "d is read as the number of entries of x (n)"),
    ("mean(x)", "ones(d)/d", {"shapes": {"x": (3, 1)}}, "d is read as the number of entries of x (3)"),
    ("mean((X@w - y)**2)", "2/m*X.T@(X@w - y)", {"wrt": "w"}, None),
])
def test_letters_of_sizes_are_read_by_what_makes_the_claim_right(expr, claim, options, note):
    report = matcalc.check(expr, claim, **options)
    assert report.ok, str(report)
    assert report.notes == (() if note is None else (note,))


def test_declared_letters_stay_what_they_are():
    shapes = {"X": ("n", "m"), "w": ("m", 1), "y": ("n", 1)}
    assert matcalc.check("mean((X@w - y)**2)", "2/n*X.T@(X@w - y)", wrt="w", shapes=shapes).ok
    report = matcalc.check("mean((X@w - y)**2)", "2/m*X.T@(X@w - y)", wrt="w", shapes=shapes)
    assert (report.ok, report.diagnosis) == (False, "factor")
    assert "m/n" in report.message


# -- zeros, values that are missing, kinks ---------------------------------------------------------------------------


@pytest.mark.parametrize("claim", ["0", "zeros(n, n)", "B - B", "0*B", "B@inv(B) - eye(n)"])
def test_a_zero_derivative(claim):
    report = matcalc.check("tr(A)", claim, wrt="B", shapes={"B": ("n", "n")})
    assert report.ok, str(report)


@pytest.mark.parametrize("claim", ["B", "1", "1e-9*B", "ones(n, n)"])
def test_what_is_not_zero_where_the_derivative_is(claim):
    report = matcalc.check("tr(A)", claim, wrt="B", shapes={"B": ("n", "n")})
    assert report.ok is False, str(report)


@pytest.mark.parametrize(("expr", "claim"), [
    ("sum(relu(x))", "x/abs(x)"),
    ("sum(relu(x))", "ones(n)"),
    ("sum(x**3)", "3*x*abs(x)"),
    ("sum(x**2)", "2*sqrt(x**2)"),
    ("log(abs(a))", "1/sqrt(a**2)"),
    ("logdet(X)", "inv(X).T*log(det(X))/log(det(X))"),
    ("sum(x**2)/2", "exp(log(x))"),
    ("relu(a - b)", "heaviside(a)"),
    ("maximum(a, b)", "heaviside(a)"),
    ("sum(x**2)", "2*x*heaviside(x + 50)"),
    ("sum(x**2)", "2*x + relu(x - 20)"),
    ("sum(x**2)", "2*x + relu(norm(x) - 100000)*x"), ("sum(x**2)", "2*x + (-x > 10**20)"),
])
def test_what_is_right_in_a_part_of_the_domain_only_is_wrong(expr, claim):
    report = matcalc.check(expr, claim, wrt={"r": "a", "m": "a", "l": None, "s": None}[expr[0]])
    assert report.ok is False, str(report)


def test_a_claim_without_a_value_says_so():
    report = matcalc.check("sum(x**2)/2", "exp(log(x))")
    assert "no value at" in report.headline
    assert report.message == "your formula is right if x is positive"
    report = matcalc.check("x.T@x", "2*inv(x@x.T - x@x.T)@x")
    assert (report.ok, report.diagnosis) == (False, "different")
    assert "singular" in report.message


def test_sizes_at_which_a_right_claim_has_no_value_are_said():
    report = matcalc.check("tr(A@B)", "(A@inv(A.T@A)@A.T@A).T", wrt="B")
    assert report.ok, str(report)
    assert any(">=" in note for note in report.notes)


@pytest.mark.parametrize(("expr", "claim", "options"), [
    ("logdet(A)", "inv(A).T@inv(A)@A", {}),
    ("tr(inv(A))", "-(inv(A)@inv(A)).T@(A@inv(A)@A@inv(A)).T", {}),
    ("softmax(x)", "diag(exp(x)/sum(exp(x))) - exp(x)@exp(x).T/sum(exp(x))**2", {}),
    ("sum(sigmoid(x))", "exp(-x)/(1 + exp(-x))**2", {}),
    ("sum(sigmoid(x))", "(1 - sigmoid(x))*sigmoid(x)", {}),
    ("logsumexp(1000*x)", "1000*softmax(1000*x)", {}),
    ("det(X)", "adj(X).T", {"shapes": {"X": (4, 4)}}),
    ("x.T@x", "2*x + 1e9*x - 1e9*x", {}),
    ("norm(x)**2", "((x + 1)**2 - (x - 1)**2)/2", {}),
])
def test_rounding_makes_no_right_claim_wrong(expr, claim, options):
    for seed in range(4):
        report = matcalc.check(expr, claim, seed=seed, **options)
        assert report.ok, str(report)


# -- the counterexample -------------------------------------------------------------------------------------------


def test_smallest_counterexamples():
    found = matcalc.check("x.T@A@x", "2*A@x").counterexample
    assert found == {"A": [[0, 0], [1, 0]], "x": [0, 1], "yours": [0, 0], "right": [1, 0]}
    assert matcalc.check("x.T@x", "x").counterexample == {"x": [1], "yours": [1], "right": [2]}
    assert matcalc.check("sum(x**3)", "3*x*abs(x)").counterexample == {"x": [-1], "yours": [-3], "right": [3]}
    assert matcalc.check("a**2", "a").counterexample == {"a": 1, "yours": 1, "right": 2}


def test_a_counterexample_keeps_what_is_declared():
    found = matcalc.check("tr(S@A)", "A", wrt="S", assume={"S": ["pd"], "A": ["skew"]}, layout="denom").counterexample
    (a, b), (c, d) = found["A"]
    assert (a, d, b) == (0, 0, -c)
    assert found["S"] == [[1, 0], [0, 1]]
    found = matcalc.check("sum(log(x))", "x", assume={"x": ["positive"]}).counterexample
    assert all(entry > 0 for entry in found["x"])
    assert matcalc.check("sum(log(1 - x))", "1/(1 - x)", assume={"x": ["unit-interval"]}).counterexample["x"] == [0.5]


def test_names_that_are_words_of_the_counterexample():
    found = matcalc.check("right.T@right", "right").counterexample
    assert found == {"right": [1], "yours": [1], "right_": [2]}


# -- errors, limits, other input ------------------------------------------------------------------------------------


@every_row(("expr", "claim", "error", "source", "words"), [
    ("x.T@A@x", "2*B@x", matcalc.UnknownNameError, "2*B@x", "the expression has no 'B'"),
    ("x.T@A@x", "2*a@x", matcalc.UnknownNameError, "2*a@x", "did you mean A?"),
    ("x.T@A@x", "2*A@x*gamma", matcalc.UnknownNameError, "2*A@x*gamma", "gamma"),
    ("x.T@A@x", "2*foo(x)", matcalc.UnknownFunctionError, "2*foo(x)", "foo"),
    ("x.T@A@x", "2*A@", matcalc.ExpressionSyntaxError, "2*A@", "missing after '@'"),
    ("x.T@A@x", "", matcalc.ExpressionSyntaxError, "", "empty"),
    ("x.T@A@x", "df = 2*A@x", matcalc.ExpressionSyntaxError, "df = 2*A@x", "right-hand side"),
    ("x.T@A@x", "2*inv@x", matcalc.UnknownNameError, "2*inv@x", "a function"),
    ("x.T@A@x", "2*norm(x, 7, 8)", matcalc.ExpressionSyntaxError, "2*norm(x, 7, 8)", "norm"),
    ("x.T@A@", "2*A@x", matcalc.ExpressionSyntaxError, "x.T@A@", "missing after '@'"),
    ("u.T@A@v", "A@v", matcalc.UnknownNameError, "u.T@A@v", "differentiate by what"),
    ("x.T@A@x", "(" * 9000 + "x" + ")" * 9000, matcalc.LimitError, None, "nested"),
])
def test_errors_show_the_text_they_are_about(expr, claim, error, source, words):
    with pytest.raises(error) as caught:
        matcalc.check(expr, claim)
    assert source is None or caught.value.source == source
    assert words in str(caught.value)


@pytest.mark.parametrize(("options", "words"), [
    ({"layout": "sideways"}, "unknown layout"), ({"order": 7}, "order"), ({"points": 0}, "points"),
    ({"structure": "loose"}, "structure"), ({"syntax": "basic"}, "syntax"),
])
def test_arguments_without_a_meaning_are_refused(options, words):
    with pytest.raises(matcalc.ArgumentError, match=words):
        matcalc.check("x.T@x", "2*x", **options)
    with pytest.raises(matcalc.ArgumentError, match="a claim is a text"):
        matcalc.check("x.T@x", 7)


def test_what_cannot_be_judged_says_so():
    report = matcalc.check("sum(log(-x**2 - 1))", "x")
    assert report.ok is None
    assert "not judged" in report.message
    assert not report
    report = matcalc.check("x.T@x", "kron(kron(ones(n), ones(n)), kron(ones(n), ones(n)))",
                           shapes={"x": (60, 1)})
    assert report.ok is None


def test_derivatives_and_expressions_are_claims_too():
    derivative = matcalc.diff("norm(X@w - y)**2", wrt="w")
    assert matcalc.check("norm(X@w - y)**2", derivative, wrt="w").ok
    expression = matcalc.parse("x.T@A@x", shapes={"A": ("n", "n")})
    assert matcalc.check(expression, matcalc.parse("(A + A.T)@x")).ok
    # with what it was declared with
    assert matcalc.check(matcalc.parse("a*x", shapes={"a": ("n",), "x": ("n",)}), "diag(a)", wrt="x").ok
    assert matcalc.check(matcalc.parse("x.T@A@x", assume={"A": ["symmetric"]}), "2*A@x", wrt="x").ok
    assert not matcalc.check(expression, "A@x").ok


@pytest.mark.parametrize(("expr", "claim", "ok"), [
    ("x'*A*x", "A*x + A'*x", True),
    ("x'*A*x", "2*A*x", False),
    ("norm(A@x - b)**2", "2*A'*(A*x - b)", True),
    (r"x^\top A x", r"(A + A^\top) x", True),
    ("x.T@A@x", r"(A + A^\top) x", True),
])
def test_other_notations(expr, claim, ok):
    report = matcalc.check(expr, claim)
    assert report.ok is ok, str(report)
    assert any(note.startswith("your formula is read as") for note in report.notes)


def test_one_seed_gives_one_report():
    one, other = (matcalc.check("norm(X@w - y)**2", "X.T@X@w", wrt="w", seed=3) for _ in range(2))
    assert str(one) == str(other)
    assert one.counterexample == other.counterexample


@pytest.mark.parametrize(("expr", "claim"), [
    ("x.T@x", "+".join(["x"] * 120)),
    ("x.T@x", "@".join(["x.T@x@x.T"] * 25)),
    ("x.T@A@x", "@".join(["A"] * 50 + ["x"])),
    ("x.T@x", "x" + ".T" * 90),
    ("sum(x)", "*".join(["exp(x)"] * 30)),
    ("tr(X@X)", "-" * 60 + "X"),
])
def test_long_claims_take_little_work(expr, claim):
    with counted(most=5_000_000):
        report = matcalc.check(expr, claim)
    assert report.ok is not True or claim.startswith("---")


@pytest.mark.parametrize(("expr", "claim"), [
    ("relu(a - 6)", "0"),
    ("maximum(a, 100)", "0"),
    ("norm1(x)", "tanh(1000*x)"),
    ("max(x)", "softmax(1000*x)"),
    ("x.T@A@x", "(A + A.T)@x + 1e-10*x"),
    ("logdet(X)", "inv(X + 1e-10*eye(n)).T"),
])
def test_what_rounding_and_near_points_hide_is_wrong(expr, claim):
    report = matcalc.check(expr, claim, wrt="a" if "(a" in expr else None)
    assert report.ok is False, str(report)


@pytest.mark.parametrize(("expr", "claim", "assume", "wrt"), [
    ("norm(Q@x - b)**2", "2*(x - Q.T@b)", {"Q": ["orthogonal"]}, "x"),
    ("norm1(M)", "eye(n)", {"M": ["diagonal", "positive"]}, "M"),
    ("sum(relu(M))", "eye(n)", {"M": ["diagonal", "positive"]}, "M"),
    ("norm(sqrtm(A)@sqrtm(A) - A)**2", "0*A", {"A": ["pd"]}, "A"),
])
def test_what_is_right_is_not_called_wrong(expr, claim, assume, wrt):
    assert matcalc.check(expr, claim, wrt=wrt, assume=assume).ok
