"""Every entry of the rule book agrees with torch; wrong entries of a user's are refused."""

from dataclasses import replace

import pytest
from tables import every_row, in_parts

import matcalc
from matcalc.algebra.books import make_book
from matcalc.checks.rules import verify_rule
from matcalc.errors import RuleFileError
from matcalc.rulebook.files import read_rules, standard_rules

WITH_FORMULA = [rule for rule in standard_rules() if rule.torch]


@in_parts("rule", WITH_FORMULA, 12, ids=lambda rule: rule.id)
def test_torch_agrees_with_the_rule(rule, book):
    verify_rule(rule, book)


def test_only_the_chain_rule_has_no_formula_to_compare():
    assert [rule.id for rule in standard_rules() if not rule.torch] == ["chain rule(u)"]


FUNCTIONS = """
    exp log sqrt abs sign sin cos tan asin acos atan sinh cosh tanh sigmoid softplus relu log1p expm1 erf heaviside
    maximum minimum arcsin arccos arctan
    sum mean max min prod logsumexp softmax
    tr trace det logdet inv pinv adj solve matpow expm logm sqrtm eigmax eigmin
    diag vec kron outer dot norm norm1 norm2 eye ones zeros e comm detach
""".split()


@every_row("name", FUNCTIONS)
def test_every_function_of_the_language_has_a_rule(name, book):
    assert book.overloads(name)


# -- a user's entries ------------------------------------------------------------------------------------

SOFTSIGN = """
softsign(X: n,m) -> n,m
    elementwise
    d softsign(X) = dX / (1 + abs(X))**2
    parity    odd
    torch     X/(1 + torch.abs(X))
    source    Bergstra et al. (2009)
"""
QUADRATIC = """
quadratic(A: n,n; x: n,1) -> scalar
    d quadratic(A, x) = x.T@dA@x + x.T@(A + A.T)@dx
    means     x.T@A@x
    torch     torch.matmul(x.mT, torch.matmul(A, x))
    source    Matrix Cookbook (81)
"""


def verified(text, change=("", "")):
    """Verify the entries of a text in which one part is replaced by another."""
    assert change[0] in text
    rules = read_rules(text.replace(*change), "own.rules")
    book = make_book(rules)
    for rule in rules:
        verify_rule(rule, book)


@pytest.mark.parametrize("text", [SOFTSIGN, QUADRATIC], ids=["softsign", "quadratic"])
def test_a_right_entry_is_accepted(text):
    verified(text)


@every_row(("text", "change"), [
    (SOFTSIGN, ("**2", "")),
    (SOFTSIGN, ("**2", "**3")),
    (SOFTSIGN, ("= dX", "= -dX")),
    (SOFTSIGN, ("odd", "even")),
    (SOFTSIGN, ("odd", "sometimes")),
    (SOFTSIGN, ("parity    odd", "inverse   log")),
    (SOFTSIGN, ("parity    odd", "gives     positive")),
    (SOFTSIGN, ("parity    odd", "sympy     cos")),
    (SOFTSIGN, ("parity    odd", "positive  X")),
    (SOFTSIGN, ("parity    odd", "scalar    X")),
    (SOFTSIGN, ("parity    odd", "constant")),
    (SOFTSIGN, ("parity    odd", "invariant under transpose")),
    (SOFTSIGN, ("X/(1 + torch.abs(X))", "X/(1 + torch.abs(X.sum()))")),
    (QUADRATIC, ("(A + A.T)", "(A + A)")),
    (QUADRATIC, ("x.T@dA@x + ", "")),
    (QUADRATIC, ("means     x.T@A@x", "means     x.T@x")),
    (QUADRATIC, ("means     x.T@A@x", "commutes with transpose\n    scalar    A")),
    (QUADRATIC, ("means     x.T@A@x", "linear    A, x\n    adjoint A = G*x@x.T\n    adjoint x = G*A.T@x")),
])
def test_a_wrong_entry_is_refused(text, change):
    with pytest.raises(RuleFileError) as caught:
        verified(text, change)
    assert "own.rules, line 2" in caught.value.message


def test_a_refusal_names_the_line_and_shows_both_values():
    with pytest.raises(RuleFileError) as caught:
        verified(SOFTSIGN, ("**2", "**3"))
    message = str(caught.value)
    for part in ("softsign(X)", "dX / (1 + abs(X))**3", "torch = [[", "the line = [["):
        assert part in message


LINEAR = """
twist(X: n,m) -> m,n
    linear    X
    adjoint X = 2*G.T
    jacobian X = 2*comm(n, m)
    torch     2*X.mT
    source    a test
"""


@pytest.mark.parametrize("change", [
    ("2*G.T", "G.T"), ("2*G.T", "-2*G.T"), ("2*G.T", "2*G"), ("comm(n, m)", "comm(m, n)"), ("2*comm", "comm"),
    ("2*X.mT", "2*X.mT + 1"), ("2*X.mT", "X.mT*X.mT"), ("    adjoint X = 2*G.T\n", ""),
])
def test_a_wrong_linear_entry_is_refused(change):
    verified(LINEAR)
    with pytest.raises(RuleFileError):
        verified(LINEAR, change)


def test_an_entry_that_holds_at_no_point_is_refused():
    with pytest.raises(RuleFileError) as caught:
        verified(SOFTSIGN, ("-> n,m", "-> n,m     where positive(X - X)"))
    assert "no point found" in caught.value.message


def test_an_entry_with_nothing_to_compare_is_refused(book):
    rule = next(rule for rule in standard_rules() if rule.id == "chain rule(u)")
    with pytest.raises(RuleFileError, match="nothing in it can be compared"):
        verify_rule(rule, book)


def test_a_wrong_matrix_function_is_refused(book):
    rule = next(rule for rule in standard_rules() if rule.id == "expm(X)")
    wrong = replace(rule, torch="torch.exp(X)")
    with pytest.raises(RuleFileError):
        verify_rule(wrong, book)


def test_a_rule_file_is_verified_when_it_is_read(tmp_path):
    path = tmp_path / "own.rules"
    path.write_text(SOFTSIGN.replace("**2", ""), encoding="utf-8")
    with pytest.raises(RuleFileError):
        matcalc.diff("sum(softsign(x))", rules=path)
    path.write_text(SOFTSIGN, encoding="utf-8")
    assert matcalc.diff("sum(softsign(A@x))", "x", rules=path).check()


# -- lines that say what the values are like ---------------------------------------------------------------

SQUASH = """
squash(X: n,m) -> n,m
    elementwise
    d squash(X) = exp(-X) / (1 + exp(-X))**2 * dX
    bounds    (0, 1)
    sign      exp(X)
    monotone  increasing
    concave   where positive(X)
    parity    complement
    short for 1/(1 + exp(-X))
    torch     1/(1 + torch.exp(-X))
    source    a test
"""
SPREAD = """
spread(X: n,n) -> scalar        where symmetric(X)
    requires  symmetric(X)
    definite  X
    convex
    d spread(X) = tr(dX)
    torch     torch.trace(X)
    source    a test
"""
GROWTH = """
growth(X: n,m) -> n,m
    elementwise
    d growth(X) = (1 + exp(X)) * dX
    series    nonnegative
    stable    exp(X) + X
    stable    exp(X) + 3*X = growth(X) + 2*X
    torch     X + torch.exp(X)
    source    a test
"""


@pytest.mark.parametrize("text", [SQUASH, SPREAD, GROWTH], ids=["squash", "spread", "growth"])
def test_right_properties_are_accepted(text):
    verified(text)


@pytest.mark.parametrize(("text", "change", "line"), [
    (SQUASH, ("(0, 1)", "(0.2, 1)"), "bounds"),
    (SQUASH, ("(0, 1)", "(0, 0.9)"), "bounds"),
    (SQUASH, ("sign      exp(X)", "sign      X"), "sign X"),
    (SQUASH, ("increasing", "decreasing"), "monotone decreasing X"),
    (SQUASH, ("concave   where positive(X)", "concave"), "concave"),
    (SQUASH, ("concave   where positive(X)", "convex where positive(X)"), "convex"),
    (SQUASH, ("complement", "odd"), "parity odd"),
    (SQUASH, ("1/(1 + exp(-X))", "1/(1 + exp(X))"), "shortens 1/(1 + exp(X))"),
    (SPREAD, ("definite  X", "definite  -X"), "definite -X"),
    (SPREAD, ("definite  X", "definite  X - eye(n)"), "definite X - eye(n)"),
    (GROWTH, ("X + torch.exp(X)", "X - 3*torch.exp(-X)"), "series"),
    (GROWTH, ("stable    exp(X) + X", "stable    exp(X) - X"), "stable exp(X) - X"),
    (GROWTH, ("= growth(X) + 2*X", "= growth(X) + X"), "stable exp(X) + 3*X"),
])  # fmt: skip
def test_a_false_property_is_refused(text, change, line):
    text = text.replace("    d growth(X) = (1 + exp(X)) * dX", "    d growth(X) = (1 + 3*exp(-X)) * dX") if (
        line == "series"
    ) else text
    with pytest.raises(RuleFileError) as caught:
        verified(text, change)
    assert line in caught.value.message


@every_row(("line", "message"), [
    ("bounds    0 to 1", "no interval"),
    ("bounds    (1, 0)", "no interval"),
    ("bounds    (0, n)", "no interval"),
    ("monotone  upwards", "no direction"),
    ("monotone  increasing Y", "no direction"),
    ("convex    always", "convex always"),
    ("convex    where wide(X)", "unknown condition 'wide(X)'"),
    ("series    even", "unknown series"),
    ("concave", "a second line 'concave'"),
    ("short     1/(1 + exp(-X))", "not understood"),
    ("stable    X = X = X", "no identity"),
    ("sign      Y", "unknown name 'Y'"),
    ("short for exp(X)", "no shorter"),
    ("shortens  squash(X) = 1 - squash(-X)", "no shorter"),
    ("convex    where nonzero(X)", "not known to be a convex set"),
    ("convex    where positive(X**2 - 1)", "not known to be a convex set"),
])  # fmt: skip
def test_a_property_that_is_not_understood_is_refused(line, message):
    with pytest.raises(RuleFileError) as caught:
        verified(SQUASH, ("bounds    (0, 1)", line))
    assert message in caught.value.message
