"""Convexity of sums whose terms have kinks, and in several names jointly."""

import pytest

from matcalc.errors import UnknownNameError
from matcalc.linalg import convex
from matcalc.shapes.declarations import read_assumptions, read_shapes

# convex at every point, across the kinks: (function, in which name, facts)
EVERYWHERE = [
    ("sum(log(1 + exp(A@x))) + norm1(x)", "x", ""),
    ("log(sum(exp(A@x))) + norm1(x)", "x", ""),
    ("max(A@x) + log(sum(exp(x)))", "x", ""),
    ("sqrt(w.T@S@w)", "w", "S pd"),
    ("sqrt(x.T@x)", "x", ""),
    ("sqrt(sum(x**2))", "x", ""),
    ("sum(sqrt(sum(X**2, axis=1)))", "X", ""),
    ("sum(sqrt(diag(X.T@X)))", "X", ""),
    ("sum(v*sqrt(sum((A@X)**2, axis=1)))", "X", "v positive"),
    ("sqrt(tr(X.T@L@X))", "X", "L psd"),
    ("tr(X.T@L@X) + c*norm1(X)", "X", "L psd, c positive"),
    ("relu(w - c).T@S@relu(w - c)", "w", "S pd, S positive"),
    ("norm(relu(x))", "x", ""),
    ("norm(abs(x) + 1)", "x", ""),
    ("sum(relu(1 - y*(X@w))**2) + c*w.T@w/2", "w", "c positive"),
    ("sum(abs(A@x - b)**1.5)", "x", ""),
    # functions of eigenvalues that increase, of matrix convex functions
    ("eigmax(X@X.T) - eigmin(A - X.T@P@X)", "X", "A symmetric, P psd"),
    ("norm(X.T@X) + norm(x@x.T)**1.5", "X", ""),
    ("norm(X.T@X + A)**3", "X", "A psd"),
    ("tr(X.T@X@X.T@X)", "X", ""),
    ("norm(C.T@inv(X)@C)**1.5 + eigmax(inv(X))", "X", "X pd"),
    ("eigmax(A - logm(X) - sqrtm(X))", "X", "X pd, A symmetric"),
    ("max(eigvals(X)) + sum(exp(eigvals(X))) + log(tr(expm(X)))", "X", "X symmetric"),
    ("eigmax(A@diag(x**2)@A.T)", "x", ""),
    ("log(1 + exp(norm(x))) + log(sum(v*exp(A@x)) + 2)", "x", "v positive"),
]
# what these rules must not prove: the diagonal of X.T@X has sums of squares, its other entries have not
NOT_PROVED = [
    ("sum(sqrt(abs(X.T@X)))", "X", ""),
    ("relu(w - c).T@S@relu(w - c)", "w", "S symmetric, S positive"),
    ("relu(w - c).T@S@relu(w - c)", "w", "S pd"),
    ("norm(relu(x) - 1)", "x", ""),
    ("norm(x)*norm1(x) - norm1(x)", "x", ""),
    ("norm(X.T@X - A)", "X", "A psd"),
    ("eigmin(X.T@X)", "X", ""),
    ("eigmax(A@inv(X) + inv(X)@A)", "X", "X pd, A symmetric"),
    ("norm(X.T@P@X)", "X", "P symmetric"),
    ("eigmax(X@X@X)", "X", "X pd"),
    ("log(sum(v*exp(A@x)))", "x", ""),
]
JOINT = [
    ("x.T@inv(Q)@x", "x Q", "Q pd", "", "convex"),
    ("tr(X.T@inv(Q)@X)", "X Q", "Q pd", "", "convex"),
    ("x.T@x/t", "x t", "t positive", "t: scalar", "convex"),
    ("sum(x*log(x/y))", "x y", "x positive, y positive", "", "convex"),
    ("-sum(x*log(y/x))", "x y", "x positive, y positive", "", "convex"),
    ("log(exp(a) + exp(b))", "a b", "", "", "convex"),
    ("a**2 + b**2 + a*b", "a b", "", "", "convex"),
    ("sqrt(a*b)", "a b", "a positive, b positive", "", "concave"),
    ("1/(a*b)", "a b", "a positive, b positive", "", "convex"),
    ("logsumexp(A@x + b)", "x b", "", "", "convex"),
    ("a.T@x + b.T@y", "x y", "", "", "affine"),
    ("a*b", "a b", "", "", "neither convex nor concave"),
    ("norm(X - A@B)**2", "A B", "", "", "neither convex nor concave"),
    ("a**2 + b**2 + 3*a*b", "a b", "", "", "neither convex nor concave"),
]


def ask(text, names, facts, shapes=""):
    names = names.split()
    assume = read_assumptions([facts]) if facts else None
    return convex(text, names if len(names) > 1 else names[0], assume, read_shapes([shapes]) if shapes else None)


@pytest.mark.parametrize("text, name, facts", EVERYWHERE)
def test_convex_across_kinks(text, name, facts):
    report = ask(text, name, facts)
    assert (report.verdict, report.where) == ("convex", ()), str(report)
    check = report.verify(points=2)
    assert check.ok, check.reason


@pytest.mark.parametrize("text, name, facts", NOT_PROVED)
def test_what_is_not_convex_everywhere(text, name, facts):
    report = ask(text, name, facts)
    assert report.proof is None, str(report)


@pytest.mark.parametrize("text, names, facts, shapes, verdict", JOINT)
def test_joint_convexity(text, names, facts, shapes, verdict):
    report = ask(text, names, facts, shapes)
    assert report.verdict == verdict, str(report)
    assert report.wrt == tuple(names.split())
    if report.proof is not None:
        check = report.verify(points=2)
        assert check.ok, check.reason


def test_a_name_that_there_is_not_is_named():
    with pytest.raises(UnknownNameError, match="no variable 'z'"):
        convex("x.T@x", ["x", "z"])


def test_the_ends_of_a_chord_have_names_of_their_own():
    shown = str(convex("a*b", "a b".split()))
    assert "f((u + v)/2)" in shown


@pytest.mark.parametrize(
    "text, name, facts, shapes, note",
    [
        ("norm(A@x - b)**2 + lam*norm1(x)", "x", "", "", "convex if lam >= 0"),
        ("x.T@P@x", "x", "P symmetric", "", "convex if P is positive semidefinite"),
        ("lam*norm(x) + mu*norm1(x)", "x", "", "", "convex if lam >= 0 and mu >= 0"),
        ("sum(w*(A@x - b)**2)", "x", "", "", "convex if w >= 0 in every entry"),
        ("lam*sum(log(x))", "x", "x positive", "", "concave if lam >= 0"),
        ("exp(-x.T@x)", "x", "", "", "log-concave in x"),
        ("exp(a.T@x)", "x", "", "", "log-convex in x"),
        ("sqrt(norm(x))", "x", "", "", "quasiconvex in x"),
        ("(a.T@x)/(b.T@x)", "x", "x positive, b positive", "", "quasiconvex and quasiconcave in x"),
        ("a**3", "a", "", "", "quasiconvex and quasiconcave in a"),
        ("a*b", "a b", "a positive, b positive", "", "log-concave in a and b jointly"),
    ],
)
def test_what_else_can_be_said(text, name, facts, shapes, note):
    notes = ask(text, name, facts, shapes).notes
    assert any(line.startswith(note) for line in notes), notes


@pytest.mark.parametrize("text, name", [("sum(sin(x))", "x"), ("norm(x)*(norm(x) - 1)*(norm(x) - 2)", "x")])
def test_nothing_else_is_said_without_a_proof(text, name):
    assert not any("quasi" in line or "log-" in line for line in ask(text, name, "").notes)
