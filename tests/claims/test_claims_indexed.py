"""Claims in index notation, of any order, and the steps of derivatives with three indices."""

import pytest
from command_line import matcalc_here
from tables import every_row

import matcalc

RIGHT = [
    ("sum(x**3)", "x", 3, "6*delta[i,j]*delta[j,k]"),
    ("sum(x**4)", "x", 3, "24*x[k]*delta[j,k]*delta[i,j]"),
    ("A@X@B", "X", 1, "A[i,k]*B[l,j]"),
    ("norm(X@w - y)**2", "w", 1, "sum(2*X[r,i]*(sum(X[r,s]*w[s] for s in n) - y[r]) for r in m)"),
    ("kron(A, X)", "X", 1, "A[i,k]*delta[r,j]*delta[l,s]"),
    ("tr(A@kron(X, X))", "X", 1, "sum(A[l*m + i,k*n + j]*X[j,i] + A[i*m + l,j*n + k]*X[j,i] for i in m for j in n)"),
    ("inv(X)", "X", 1, "-inv(X)[i,k]*inv(X)[l,j]"),
    ("logdet(X)", "X", 2, "-inv(X)[j,k]*inv(X)[l,i]"),
    # the author's letters: those of the entry X[i,j], and an index of a sum that has the letter of an axis
    ("tr(X@X)", "X", 1, "2*X[j,i]"),
    ("norm(A@X)**2", "X", 1, "sum(2*A[k,i]*A[k,l]*X[l,j] for k in p for l in n)"),
    ("x.T@A@x", "x", 1, "sum((A[r,k] + A[k,r])*x[k] for k in n)"),
]
WRONG = [
    ("sum(x**3)", "x", 3, "3*delta[i,j]*delta[j,k]", "factor", "6*delta[i,j]*delta[j,k]"),
    ("tr(X@X@X)", "X", 1, "3*sum(X[k,j]*X[j,l] for j in n)", "transpose", "3*sum(X[l,j]*X[j,k] for j in n)"),
    ("sum(x**3)", "x", 3, "6*delta[i,j]", "different", "6*delta[i,j]*delta[j,k]"),
    ("x.T@A@x", "x", 1, "sum(2*A[i,k]*x[k] for k in n)", "symmetric only", None),
    ("x.T@A@x", "x", 1, "sum(A[i,k]*x[k] for k in n)", "term",
     "sum(A[i,k]*x[k] for k in n) + sum(x[j]*A[j,i] for j in n)"),
    ("sum(sin(x)**2)", "x", 1, "2*sin(x[i])", "different", "2*sin(x[i])*cos(x[i])"),
]
REFUSED = [
    ("6*delta[i,a]*delta[j,k]", "none of the answer's axes", "a"),
    ("x[i]*sum(delta[j,k] for j in n)", "one of the answer's axes", "for j in n"),
    ("x*delta[i,j]*delta[j,k]", "has 1 axis, and 0 indices", "x"),
    ("delta[i,j,k]", None, None),
    ("delta[i]*delta[j,k]", "two indices", "delta[i]"),
    ("(x@x.T)[i,j] @ x[k]", "a number", "(x@x.T)[i,j] @ x[k]"),
    ("softmax(x)", "your formula no index", None),
]


@pytest.mark.parametrize(("text", "wrt", "order", "claim"), RIGHT)
def test_a_right_claim_in_index_notation(text, wrt, order, claim):
    shapes = {"A": ("p", "n"), "X": ("n", "m")} if text == "norm(A@X)**2" else None
    report = matcalc.check(text, claim, wrt, order=order, shapes=shapes)
    assert report.ok and report.message == "right"


@pytest.mark.parametrize(("text", "wrt", "order", "claim", "diagnosis", "repaired"), WRONG)
def test_a_wrong_one_is_told_what_is_wrong(text, wrt, order, claim, diagnosis, repaired):
    report = matcalc.check(text, claim, wrt, order=order)
    assert (report.ok, report.diagnosis, report.repaired) == (False, diagnosis, repaired)
    assert report.counterexample["yours"] != report.counterexample["right"]


@every_row(("claim", "message", "place"), REFUSED)
def test_what_is_no_array_of_these_axes_is_refused_with_a_caret(claim, message, place):
    with pytest.raises(matcalc.MatcalcError, match=message) as refused:
        matcalc.check("sum(x**3)", claim, order=3)
    error = refused.value
    assert error.hint
    if place:
        assert error.source[error.span.start : error.span.end] == place


@pytest.mark.parametrize(("text", "wrt", "order"), [("logsumexp(A@x)", "x", 3), ("X@X", "X", 2)])
def test_what_is_printed_is_read_back(text, wrt, order):
    form = matcalc.diff(text, wrt, order=order)
    assert matcalc.check(text, str(form), wrt, order=order).ok


def test_the_steps_of_order_three_are_the_orders_in_turn_and_each_is_checked():
    shown = matcalc_here("steps", "sum(tanh(x))", "--order", "3")
    assert shown.exit_code == 0 and "all 4 lines hold" in shown.stderr
    lines = shown.stdout.splitlines()
    assert lines[0] == "1  f = sum(tanh(x))" and "d tanh(X) = (1 - tanh(X)**2)" in lines[1]
    assert lines[3].strip().startswith("d3f/dx[i]dx[j]dx[k] = ")
    derivation = matcalc.diff("sum(tanh(x))", order=3).derivation
    assert derivation.check(points=1).ok and len(derivation.records()) == 4
    assert "\\partial^{3} f" in derivation.latex() and "∂³f" in derivation.unicode()


STACK = "sum(c[k]*(x.T@A[k]@x) for k in K)"
CLAIMS_ABOUT_STACKS = [
    (STACK, "c[k]*x[i]*x[j]", "A", 1, True),
    (STACK, "c[k]*x[i]*x[i]", "A", 1, False),
    (STACK, "c[0]*x[k]*x[l]", "A[0]", 1, True),
    (STACK, "sum(c[k]*(A[k,i,j] + A[k,j,i])*x[j] for k in K for j in n)", "x", 1, True),
    (STACK, "sum(c[k]*A[k,i,j]*x[j] for k in K for j in n)", "x", 1, False),
    (STACK, "sum(c[k]*(A[k] + A[k].T)@x for k in K)[i]", "x", 1, True),
    (STACK, "sum(c[k]*(A[k][i,j] + A[k][j,i]) for k in K)", "x", 2, True),
    ("sum(logdet(A[k]) for k in K)", "inv(A[k])[j,i]", "A", 1, True),
    ("logdet(sum(w[k]*A[k] for k in K))", "tr(A[j]@inv(sum(w[k]*A[k] for k in K)))", "w", 1, True),
    ("sum(A[k]@x for k in K)", "sum(A[k] for k in K)[i,j]", "x", 1, True),
]


@every_row(("text", "claim", "wrt", "order", "ok"), CLAIMS_ABOUT_STACKS)
def test_claims_about_stacks_have_indices(text, claim, wrt, order, ok):
    assert matcalc.check(text, claim, wrt, order=order, shapes={"A": ("K", "n", "n")}, points=1).ok is ok


@every_row(("claim", "message"), [
    ("c[k]*A[r,i,j]", "the index r is none of the answer's axes"),
    ("c[k]*(x@x.T)", None),
    ("x@x[i]", "every part with an index is a number"),
])
def test_what_is_no_claim_about_a_stack(claim, message):
    if message is None:
        assert matcalc.check(STACK, claim, "A", shapes={"A": ("K", "n", "n")}, points=1).ok
        return
    with pytest.raises(matcalc.MatcalcError, match=message):
        matcalc.check(STACK, claim, "A", shapes={"A": ("K", "n", "n")})


def test_a_wrong_claim_about_a_stack_is_mended_with_its_matrices():
    report = matcalc.check("sum(norm(A[k])**2 for k in K)", "2*A[k,j,i]", "A", shapes={"A": ("K", "n", "n")})
    assert (report.diagnosis, report.repaired) == ("transpose", "2*A[k,i,j]")
    # what one of the diagnoses asks is by no part of A any more
    text = "sum(norm(A[k] - A[l])**2 for k in K for l in K if k < l)"
    assert matcalc.check(text, "2*A[0]", "A[0]", shapes={"A": ("K", "n", "n")}, points=1).ok is False
