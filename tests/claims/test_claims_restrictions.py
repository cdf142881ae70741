"""Restrictions under which a wrong formula is right are named only where they make it right."""

import pytest

import matcalc


@pytest.mark.parametrize(
    ("expr", "claim", "wrt", "words"),
    [
        ("sum(abs(x))", "ones(n)", "x", "if x is positive"),
        ("x.T@A@x", "2*A@x", "x", "if A is symmetric"),
        ("a.T@inv(X)@b", "-inv(X)@a@b.T@inv(X)", "X", "if X is symmetric"),
    ],
)
def test_a_restriction_that_makes_it_right_is_named(expr, claim, wrt, words):
    report = matcalc.check(expr, claim, wrt=wrt)
    assert report.ok is False and words in str(report)


def test_a_restriction_is_tried_on_both_sides_of_a_kink():
    """With y adding up to 1, three points of the hinge loss can all lie where it is linear."""
    report = matcalc.check("sum(relu(1 - y*(X@w)))", "-X.T@y", wrt="w")
    assert report.ok is False and "add up to" not in str(report)


@pytest.mark.parametrize(
    ("expr", "claim", "wrt", "words"),
    [
        ("norm(W@tanh(V@x) - y)**2/2", "V.T@(W.T@(W@tanh(V@x) - y))", "x", "the factor 1 - tanh(V@x)**2 is missing"),
        ("sum(log(1 + exp(-y*(X@w))))", "-X.T@(y*sigmoid(y*(X@w)))", "w", "belongs in place of sigmoid(y*(X@w))"),
        ("-y.T@log(softmax(z))", "softmax(z) - y", "z", "right if the entries of y add up to 1"),
    ],
)
def test_a_forgotten_factor_a_sign_and_a_silent_assumption_are_named(expr, claim, wrt, words):
    report = matcalc.check(expr, claim, wrt=wrt)
    assert report.ok is False and words in str(report)
