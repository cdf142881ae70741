"""Assignments in the language: r = A@x - b; r.T@r. What is shared stays shared, errors point into their line."""

import pytest
from tables import every_row

import matcalc
from matcalc.errors import ExpressionSyntaxError, MatcalcError, ShapeError
from matcalc.language.syntax import parse_tree, postorder

READ = [
    ("u = A @ x - b\nu.T @ u", "(A@x - b).T@(A@x - b)"),
    ("u = A@x - b; u.T@u", "(A@x - b).T@(A@x - b)"),
    ("u = A@x - b;\nu.T@u;\n", "(A@x - b).T@(A@x - b)"),
    ("r = X@w - y; f = norm(r)**2/2 + c*sum(w**2)", "norm(X@w - y)**2/2 + c*sum(w**2)"),
    ("u = (A@x\n  - b)\nu.T@u", "(A@x - b).T@(A@x - b)"),
    ("u = A@x -\n  b\nu.T@u", "(A@x - b).T@(A@x - b)"),
    ("S = X.T@X\nsum(S, axis=0)@y", "sum(X.T@X, axis=0)@y"),
    ("x = x/norm(x); x.T@A@x", "(x/norm(x)).T@A@(x/norm(x))"),
    ('N = norm(X, "fro"); N**2', 'norm(X, "fro")**2'),
]


@every_row(("text", "meaning"), READ)
def test_assigned_names_stand_for_their_values(text, meaning):
    assert matcalc.parse(text) == matcalc.parse(meaning)


def test_what_is_assigned_is_one_node():
    """Twenty squares of squares are 23 nodes, where the text without assignments would have a million."""
    lines = ["v0 = x*x", *[f"v{i} = v{i - 1}*v{i - 1}" for i in range(1, 20)], "sum(v19)"]
    assert len(postorder(parse_tree("\n".join(lines)))) == 23
    assert str(matcalc.diff("\n".join([*lines[:8], "sum(v7)"]), wrt="x")) == "256*x**255"


WRONG = [
    ("u = A@x; x.T@x", ExpressionSyntaxError, "u is assigned and never used", "u = A@x; x.T@x", "^"),
    ("u = A@x\nu@u\nu.T@u", ExpressionSyntaxError, "this statement is not used", "u@u", "^^^"),
    ("u = 1\nu = A@x\nu.T@u", ExpressionSyntaxError, "u is assigned and never used", "u = 1", "^"),
    ("u = A@x +\nu = 2\nu", ExpressionSyntaxError, "'=' is not in", "u = 2", "  ^"),
    ("S = ones(n)\nA@S + det(S)*b", ShapeError, "det needs a square matrix", "S = ones(n)", "    ^^^^^^^"),
    ("u = A@x\nb + )*u", ExpressionSyntaxError, "')' has no '('", "b + )*u", "    ^"),
    ("lambda = 2; lambda*x", MatcalcError, "'lambda' cannot be a name", "lambda = 2; lambda*x", "^^^^^^"),
    ("_u = 2; x.T@x", MatcalcError, "'_u' cannot be a name", "_u = 2; x.T@x", "^^"),
]


@every_row(("text", "kind", "message", "line", "carets"), WRONG)
def test_errors_point_into_the_right_line(text, kind, message, line, carets):
    with pytest.raises(kind) as caught:
        matcalc.parse(text)
    shown = str(caught.value).splitlines()
    assert message in shown[0]
    assert shown[1:3] == ["  " + line, "  " + carets]
