"""Indicator functions in LaTeX: the comparison is their value, and a one or an I alone stays what it was."""

import pytest
from tables import every_row

import matcalc


@every_row(("text", "meant"), [
    (r"\mathbb{1}\{x > 0\}^\top a", "heaviside(x).T@a"),
    (r"\mathbb{1}\{x > 1\}^\top a", "(x > 1).T@a"),
    (r"\mathbb{1}[x > 0]^\top a", "(x > 0).T@a"),
    (r"x^\top \operatorname{sg}(x)", "x.T@detach(x)"),
    (r"a^\top \mathbf{1}\left[x \leq 0\right]", "a.T@(x <= 0)"),
    (r"\mathbf{1}_{x > 0}^\top a", "(x > 0).T@a"),
    (r"a^\top 1_{\{x \ge 0\}}", "a.T@(x >= 0)"),
    (r"\mathbb{I}(x > 0)^\top x", "(x > 0).T@x"),
    (r"I_{[x > 0]}^\top x", "(x > 0).T@x"),
    (r"\sum_i \mathbb{1}\{x_i > 0\} x_i^2", "sum(heaviside(x)*x**2)"),
    (r"\sum_{i=1}^n 1_{[y_i w^\top x_i < 1]} (1 - y_i w^\top x_i)", "(y*(X@w) < 1).T@(1 - y*(X@w))"),
    (r"\mathbf{1}^\top (x > 0)", "sum(x > 0)"),
    (r"\mathbb{1}\{0 < x \le 1\}^\top a", "logical_and(0 < x, x <= 1).T@a"),
    (r"\mathbb{1}[x > 0 \lor x < -1]^\top a", "logical_or(x > 0, x < -1).T@a"),
    (r"\mathbf{1}^\top (A x)", "sum(A@x)"),
    (r"\mathbf{1}_n^\top x", "ones(n).T@x"),
    (r"x^\top I (A x)", "x.T@eye(n)@(A@x)"),
])
def test_a_one_before_a_comparison_is_its_indicator(text, meant):
    assert matcalc.parse(text, syntax="latex").expression == matcalc.parse(meant).expression


@pytest.mark.parametrize(("text", "written"), [
    ("heaviside(-x)", r"\mathbf{1}\left\{-x > 0\right\}"),
    ("heaviside(A@x - b)", r"\mathbf{1}\left\{A x - b > 0\right\}"),
    ("heaviside(X)**2", r"\mathbf{1}\left\{X > 0\right\}^{\odot 2}"),
    ("x > 0", r"\mathbf{1}\left[x > 0\right]"),
    ("(X >= Y)*X", r"X \odot \mathbf{1}\left[X \ge Y\right]"),
    ("x.T@detach(x)", r"x^{\top} \operatorname{sg}\left(x\right)"),
    ("X - A@x", r"X - A x \mathbf{1}^{\top}"),
    ("X - y.T", r"X - \mathbf{1} y^{\top}"),
    ("(X - x)*Y", r"Y \odot \left(X - x \mathbf{1}^{\top}\right)"),
    ("X/x", r"X \oslash \left(x \mathbf{1}^{\top}\right)"),
    ("x + y.T", r"x \mathbf{1}^{\top} + \mathbf{1} y^{\top}"),
])
def test_indicators_and_what_is_spread_are_written_as_in_a_paper_and_read_back(text, written):
    shapes = {"x": ("n", 1), "y": ("m", 1), "b": ("n", 1), "X": ("n", "m"), "Y": ("n", "m"), "A": ("n", "n")}
    shapes = {name: shape for name, shape in shapes.items() if name in text}
    expression = matcalc.parse(text, shapes=shapes)
    assert expression.latex() == written
    assert matcalc.parse(written, syntax="latex", shapes=shapes).expression == expression.expression


@pytest.mark.parametrize(("text", "message", "place"), [
    (r"a^\top \mathbf{1}_{x > }", "an operand is missing after '>'", ">"),
    (r"\mathbb{1}\{> x\}^\top a", "'>' is not read in a formula", ">"),
])
def test_a_comparison_that_is_none_is_refused_at_its_place(text, message, place):
    with pytest.raises(matcalc.ExpressionSyntaxError) as caught:
        matcalc.parse(text, syntax="latex")
    assert caught.value.message == message
    assert text[slice(*caught.value.span)] == place
