"""The differentials, adjoints and Jacobians of the rule book, and of a user's file, without rounding."""

import pytest

import matcalc
from matcalc.answers.book import book_of
from matcalc.checks.exact_rules import formulas_exactly
from matcalc.errors import RuleFileError
from matcalc.rulebook.files import standard_rules


def test_every_formula_of_the_rule_book_is_exact():
    book, found = book_of(()), []
    for rule in standard_rules():
        found += [(rule.id, text, why) for text, equal, why in formulas_exactly(rule, book) if not equal]
    # at which entries a quantile interpolates is decided for a number q alone
    assert {rule for rule, _, _ in found} == {"quantile(x, q)", "percentile(x, p)"}
    assert {why for *_, why in found} == {"the part of all that a quantile is for varies"}


def test_a_differential_that_is_off_by_rounding_is_refused(tmp_path):
    path = tmp_path / "off.rules"
    path.write_text(
        "swoosh(X: n,m) -> n,m\n    elementwise\n"
        "    d swoosh(X) = (sigmoid(X) + X*sigmoid(X)*(1 - sigmoid(X)))*(1 + 1e-12)*dX\n"
        "    torch     X*torch.sigmoid(X)\n    source    Ramachandran et al. (2017)\n"
    )
    with pytest.raises(RuleFileError, match="without rounding the formula"):
        matcalc.diff("sum(swoosh(x))", rules=[str(path)])


@pytest.mark.parametrize("change", ["(1 + 1e-12)*G", "G.T.T - 1e-14*G"])
def test_an_adjoint_that_is_off_by_rounding_is_refused(change, tmp_path):
    path = tmp_path / "off.rules"
    path.write_text(
        "halved(X: n,m) -> n,m\n    linear    X\n"
        f"    adjoint X = ({change})/2\n"
        "    torch     X/2\n    source    Calculus\n"
    )
    with pytest.raises(RuleFileError, match="without rounding the formula"):
        matcalc.diff("sum(halved(x)**2)", rules=[str(path)])
