"""Whole texts in MATLAB's notation: statements, comments, anonymous functions; sizes, and var by n - 1."""

from __future__ import annotations

import pytest

import matcalc
from tests.support.tables import every_row

READ = [
    ("r = X*w - y; % residual\nr'*r/2", "(X@w - y).T@(X@w - y)/2"),
    ("a = x'*x; b = a^2; f = b + a", "(x.T@x)**2 + x.T@x"),
    ("f = @(x, A) norm(A*x - b)^2 + x'*x;", "norm(A@x - b)**2 + x.T@x"),
    ("x'*A*x + ...\n b'*x", "x.T@A@x + b.T@x"),
    ("norm(A*x - b, 'fro')^2 % 50% done", "norm(A@x - b)**2"),
    ("[1 2; 3 4]*x", "[[1, 2], [3, 4]]@x"),
    ("norm(X*w - y)^2/numel(y)", "norm(X@w - y)**2/m"),
    ("(X*w - y)'*(X*w - y)/(2*size(X, 1))", "(X@w - y).T@(X@w - y)/(2*m)"),
    ("sum(X(:))/numel(X)", "sum(X)/(n*m)"),
    ("var(x) + var(x, 1)", "var(x, ddof=1) + var(x, ddof=0)"),
    ("c/x", "c/x"),
]


@every_row(("text", "same"), READ)
def test_a_text_is_read_as_matlab_means_it(text, same):
    assert matcalc.parse(text, syntax="matlab").text == same


def test_the_letter_of_a_count_is_the_size():
    derivative = matcalc.diff("norm(X*w - y)^2/length(y)", wrt="w", syntax="matlab")
    assert derivative.check().ok and derivative.evaluate(X=[[1], [1]], w=[1], y=[0, 0]).tolist() == [[2.0]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x'*y; x'*x", "this statement defines nothing"),
        ("y = ; x'*x", "a formula is missing behind '='"),
        ("var(X)", "var of a matrix can mean two things"),
        ("cov(X)", "cov is of the columns in MATLAB"),
        ("x'*x/length(X*X')", "the length of a matrix is its larger size"),
        ("a = x.*x;" + "a = a.*a;" * 40 + "sum(a)", "with what its names stand for"),
    ],
)
def test_what_is_refused_says_why(text, message):
    with pytest.raises(matcalc.MatcalcError) as caught:
        matcalc.parse(text, syntax="matlab")
    assert caught.value.message.startswith(message) and caught.value.hint and caught.value.span is not None


def test_an_anonymous_function_is_found_by_its_tokens():
    assert matcalc.parse("@(x) x'*A*x", syntax=None).text == "x.T@A@x"
