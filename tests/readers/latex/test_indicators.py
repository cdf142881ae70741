"""Indicator functions in LaTeX: the comparison is their value, and a one or an I alone stays what it was."""

import pytest
from tables import every_row

import matcalc


@every_row(("text", "meant"), [
    (r"\mathbb{1}\{x > 0\}^\top a", "(x > 0).T@a"),
    (r"a^\top \mathbf{1}\left[x \leq 0\right]", "a.T@(x <= 0)"),
    (r"\mathbf{1}_{x > 0}^\top a", "(x > 0).T@a"),
    (r"a^\top 1_{\{x \ge 0\}}", "a.T@(x >= 0)"),
    (r"\mathbb{I}(x > 0)^\top x", "(x > 0).T@x"),
    (r"I_{[x > 0]}^\top x", "(x > 0).T@x"),
    (r"\sum_i \mathbb{1}\{x_i > 0\} x_i^2", "sum((x > 0)*x**2)"),
    (r"\sum_{i=1}^n 1_{[y_i w^\top x_i < 1]} (1 - y_i w^\top x_i)", "(y*(X@w) < 1).T@(1 - y*(X@w))"),
    (r"\mathbf{1}^\top (x > 0)", "sum(x > 0)"),
    (r"\mathbf{1}^\top (A x)", "sum(A@x)"),
    (r"\mathbf{1}_n^\top x", "ones(n).T@x"),
    (r"x^\top I (A x)", "x.T@eye(n)@(A@x)"),
])
def test_a_one_before_a_comparison_is_its_indicator(text, meant):
    assert matcalc.parse(text, syntax="latex").expression == matcalc.parse(meant).expression


@pytest.mark.parametrize(("text", "message", "place"), [
    (r"a^\top \mathbf{1}_{x > }", "an operand is missing after '>'", ">"),
    (r"\mathbb{1}\{0 < x < 1\}^\top a", "comparisons are not chained", "<"),
    (r"\mathbb{1}\{> x\}^\top a", "'>' is not read in a formula", ">"),
])
def test_a_comparison_that_is_none_is_refused_at_its_place(text, message, place):
    with pytest.raises(matcalc.ExpressionSyntaxError) as caught:
        matcalc.parse(text, syntax="latex")
    assert caught.value.message == message
    assert text[slice(*caught.value.span)] == place
