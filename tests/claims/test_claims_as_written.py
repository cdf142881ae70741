"""Formulas as students write them: without signs of products, with * for every product, with a sign and more wrong."""

from __future__ import annotations

import pytest

import matcalc

SQUARE, RESIDUAL = "x.T@A@x", "norm(A@x - b)**2"


@pytest.mark.parametrize(
    ("text", "wrt", "claim"),
    [
        (SQUARE, "x", "(A+A')x"),
        (SQUARE, "x", "x'(A + A')"),
        (RESIDUAL, "x", "2A^T(Ax-b)"),
        (RESIDUAL, "x", "2 A' (A x - b)"),
        ("norm(y - X@b)**2", "b", "-2X'(y-Xb)"),
        ("tr(A@X@B)", "X", "(BA)'"),
        ("tr(A@X@B)", "X", "BA"),
        ("exp(x.T@A@x)", "x", "exp(x'Ax)(A+A')x"),
        ("sigmoid(w.T@x)", "w", "σ(w'x)(1-σ(w'x))x"),
        ("log(x.T@A@x)", "x", "1/(x'Ax) (A + A')x"),
    ],
)
def test_a_right_formula_without_signs_is_right(text, wrt, claim):
    assert matcalc.check(text, claim, wrt, syntax=None).ok


@pytest.mark.parametrize(
    ("text", "wrt", "claim", "said"),
    [
        (RESIDUAL, "x", "2A(Ax-b)", "A must be transposed"),
        (RESIDUAL, "x", "2*A.T*(A*x - b)", "2*A.T@(A@x - b) in place of 2*A.T*(A*x - b)"),
        (RESIDUAL, "x", "2*A*(A*x - b)", "and even so A must be transposed"),
        (SQUARE, "x", "A*x + A.T*x", "A@x + A.T@x in place of A*x + A.T*x"),
        (
            "-y.T@log(softmax(z))",
            "z",
            "y - softmax(z)",
            "the sign is wrong, and even so your formula is right only if the entries of y add up to 1",
        ),
        (
            "x.T@A@x/(x.T@x)",
            "x",
            "(A + A.T)@x/2 - (x.T@A@x)*x",
            "a factor 2 is missing, and even so your formula is right only if x has length 1",
        ),
    ],
)
def test_what_is_wrong_is_said(text, wrt, claim, said):
    report = matcalc.check(text, claim, wrt, syntax=None)
    assert not report.ok and said in report.message
