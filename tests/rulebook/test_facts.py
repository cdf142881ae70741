"""Declared facts are data: what each implies, what its pattern is, and that each is drawn, tested and refused by it."""

import pytest
import torch
from tables import every_row

import matcalc
from matcalc.errors import ArgumentError
from matcalc.evaluation.facts import draw_small, has
from matcalc.evaluation.patterns import projected
from matcalc.evaluation.points import draw
from matcalc.rulebook.facts import facts, implied, implying, is_pattern, pattern

PATTERNS = [word for word in facts() if is_pattern(word)]


def test_what_follows_from_a_fact_is_found_along_chains():
    assert {"psd", "symmetric", "invertible"} < implied(frozenset({"pd"}))
    assert {"orthogonal", "invertible"} < implied(frozenset({"permutation"}))
    assert {"lower-triangular", "symmetric"} < implied(frozenset({"diagonal"}))
    assert implying("positive") == {"positive", "unit-interval", "simplex"}


def test_what_is_drawn_is_within_the_bounds_of_a_fact_and_scales_where_it_says_so():
    generator = torch.Generator().manual_seed(3)
    for word, fact in facts().items():
        if word in implying("complex"):
            continue
        array = draw((3, 3), frozenset({word}), "normal", generator)
        low, high = fact.bounds
        # the sum of a column of a simplex may be above 1 by rounding, and its entries are not
        assert bool((array >= low - 1e-12).all()) and bool((array <= high + 1e-12).all()), word
        assert not fact.scales or has(3 * array, {word}), word
        assert fact.scales or not has(3 * array, {word}) or word == "integer", word


@every_row("word", PATTERNS)
@every_row("n", [2, 3, 5])
def test_points_of_a_pattern_have_it_and_projections_are_nearest(word, n):
    generator = torch.Generator().manual_seed(n)
    drawn = draw((n, n), frozenset({word}), "normal", generator)
    assert has(drawn, {word}) and has(draw_small((n, n), frozenset({word}), 1.0, generator), {word})
    for wider in facts()[word].implies:
        assert has(drawn, {wider}), wider
    other = torch.randn(n, n, generator=generator, dtype=torch.float64)
    near = projected(other, {word})
    assert has(near, {word})
    # what is left is orthogonal to every matrix of the pattern
    assert abs(float(torch.sum((other - near) * drawn))) < 1e-12 * n**2
    assert not has(other, {word})


def test_patterns_together_are_the_matrices_that_have_both():
    assert pattern(3, ["lower-triangular", "symmetric"]) == pattern(3, ["diagonal"])
    circulant_and_hankel = pattern(3, ["circulant", "hankel"])
    assert len({group for row in circulant_and_hankel for group in row}) == 1


@pytest.mark.parametrize(("text", "fact", "answer"), [
    ("x.T@C@x", "circulant", "(C + C.T)@x"),
    ("x.T@C@x", "hankel", "2*C@x"),
    ("log(det(C@C.T))", "lower-triangular", "(C.T + C)@x"),
    ("y.T@inv(C)@x", "upper-triangular", "inv(C).T@y"),
])  # fmt: skip
def test_answers_for_a_declared_pattern_agree_with_torch(text, fact, answer):
    variable = "x" if "x" in text else "C"
    derivative = matcalc.diff(text, variable, assume={"C": [fact]})
    assert derivative.check()
    assert variable == "C" or str(derivative) == answer


def test_a_fact_without_a_formula_has_the_free_convention_alone():
    with pytest.raises(matcalc.errors.NoRuleError, match="declared projection has no form"):
        matcalc.diff("tr(H@A)", "H", assume={"H": ["projection"]}, structure="projected")


def test_facts_that_exclude_each_other_are_refused_in_either_order():
    for words in (["pd", "skew"], ["skew", "pd"], ["simplex", "negative"], ["negative", "positive"]):
        with pytest.raises(ArgumentError, match="cannot be both"):
            matcalc.diff("x.T@A@x", "x", assume={"A": words})
