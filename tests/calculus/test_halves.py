"""vech, vecp, duplication and elimination matrices, partial traces: answers, sizes and generated code."""

import numpy
import pytest
from tables import every_row

import matcalc

# (text, wrt, order, answer)
ANSWERS = [
    ("a.T@vech(X)", "X", 1, "tril(unvech(a, n))"),
    ("vech(X)", "X", 1, "elim(n).T"),
    ("vecp(X)", "X", 1, "elim(n, -1).T"),
    ("unvech(x, n)", "x", 1, "dup(n).T"),
    ("norm(vech(X))**2", "X", 1, "2*tril(X)"),
    ("logdet(unvech(x, n))", "x", 1, "dup(n).T@vec(inv(unvech(x, n)))"),
    ("logdet(unvech(x, n))", "x", 2, "-dup(n).T@kron(inv(unvech(x, n)), inv(unvech(x, n)))@dup(n)"),
    ("vech(unvech(x, n)) + elim(n)@dup(n)@x", "x", 1, "2*eye(n*(n + 1)/2)"),
    ("b.T@dup(n).T@vec(X)", "X", 1, "unvech(b, n)"),
    ("norm(elim(n)@vec(X))**2", "X", 1, "2*tril(X)"),
    ("unvecp(x, n)@b", "x", 1, "elim(n, -1)@kron(b, eye(n))"),
    ("tr(A@kron(X, eye(n)))", "X", 1, "ptrace(A, n, axis=1).T"),
    ("tr(A@kron(eye(n), X))", "X", 1, "ptrace(A, n, axis=0).T"),
    ("norm(ptrace(X, p, q, axis=0))**2", "X", 1, "2*kron(eye(p), ptrace(X, p, axis=0))"),
    ("norm(kron(A, B) - C)**2", "B", 2, "2*tr(A@A.T)*eye(p*q)"),
]


@every_row(("text", "wrt", "order", "answer"), ANSWERS)
def test_answers(text, wrt, order, answer):
    d = matcalc.diff(text, wrt, order=order)
    assert str(d) == answer
    assert d.check(points=1).ok


def test_a_size_of_half_a_matrix_is_declared_printed_and_read_back():
    d = matcalc.diff("X@x", "x", shapes={"x": ("n*(n + 1)/2",)})
    assert d.shapes["x"] == ("n*(n + 1)/2", 1)
    assert matcalc.diff("X@x", "x", shapes=d.shapes).shapes == d.shapes
    assert d.evaluate(X=numpy.ones((2, 6)), x=numpy.ones(6)).shape == (6, 2)


@pytest.mark.parametrize(
    ("text", "shapes", "message"),
    [
        ("vech(X) - y", {"y": (7,)}, "7 and k"),
        ("unvech(x, 3)", {"x": (5,)}, "takes 6 entries"),
        ("x.T@x", {"x": ("n/2",)}, "not a size"),
        ("ptrace(X, 4, axis=0)", {"X": (6, 6)}, "sizes"),
    ],
)
def test_sizes_that_do_not_fit_are_refused(text, shapes, message):
    with pytest.raises(matcalc.MatcalcError, match=message):
        matcalc.diff(text, shapes=shapes)


@pytest.mark.parametrize("target", ["numpy", "torch", "jax", "array-api"])
def test_generated_code_takes_rows_and_builds_no_matrix_that_selects(target):
    d = matcalc.diff("logdet(unvech(x, n))", "x", order=2)
    source = d.code(target, orders=(0, 1, 2))
    body = source[source.rindex("\ndef ") :]
    assert "eye" not in body and "dup_columns" in body


@pytest.mark.parametrize(
    "text",
    [
        "vech(A@X)", "vecp(A@X)", "dup(n)@(B@x)", "elim(n)@kron(X, A)", "unvecp(y, n)@X",
        "b.T@vech(ptrace(A@kron(X, X), n, axis=1))",
    ],
)  # fmt: skip
def test_generated_code_has_the_values(text):
    wrt = {"B": "x", "y": "y"}.get(next((c for c in text if c in "By"), ""), "X")
    assert matcalc.diff(text, wrt).compile("numpy").check(points=1).ok


def test_the_size_is_found_from_the_entries():
    f = matcalc.diff("logdet(unvech(x, n)) + sum(unvecp(y, n))", "x").compile()
    assert f(x=[2.0, 0.0, 1.0], y=[3.0])[1].ravel().tolist() == pytest.approx([0.5, 0.0, 1.0])
    with pytest.raises(matcalc.MatcalcError):
        f(x=[2.0, 0.0], y=[3.0])


# the derivative by the free parameters of a matrix: (text, wrt, facts, order, answer)
BY_PARAMETERS = [
    ("logdet(S)", "vech(S)", None, 1, "dup(n).T@vec(inv(S))"),
    ("logdet(S)", "vech(S)", ["pd"], 2, "-dup(n).T@kron(inv(S), inv(S))@dup(n)"),
    ("S@x", "vech(S)", None, 1, "dup(n).T@kron(x, eye(n))"),
    ("sum(S**3)", "vech(S)", None, 2, "6*dup(n).T@diag(vec(S))@dup(n)"),
    ("logdet(L@L.T)", "vech(L)", ["lower-triangular"], 1, "2*vech(inv(L).T)"),
    ("logdet(D)", "diag(D)", ["diagonal"], 1, "1/diag(D)"),
    ("tr(K@B)", "vecp(K)", ["skew"], 1, "-vecp(B - B.T)"),
]


@pytest.mark.parametrize(("text", "wrt", "facts", "order", "answer"), BY_PARAMETERS)
def test_by_the_free_parameters(text, wrt, facts, order, answer):
    d = matcalc.diff(text, wrt, order=order, assume=facts and {wrt[5:-1]: facts})
    assert str(d) == answer and d.target == wrt
    assert d.check(points=1, method="torch").ok and d.check(points=1, method="exact").ok
    assert str(d.derivation.steps[-1]).endswith(answer) if order == 1 else True


def test_the_third_derivative_by_the_free_parameters_is_that_of_the_matrix_that_they_make():
    d = matcalc.diff("tr(S@S@S)", "vech(S)", order=3)
    written = matcalc.diff("S = unvech(x, n); tr(S@S@S)", "x", order=3)
    assert d.check(points=1).ok
    S = numpy.array([[1.0, 2.0], [2.0, -1.0]])
    assert numpy.allclose(d.tensor(S=S), written.tensor(x=[1.0, 2.0, -1.0], n=2))


@pytest.mark.parametrize(
    ("wrt", "options", "message"),
    [
        ("vech(S)", {"structure": "projected"}, "vech(S) are the free parameters already"),
        ("vech(S + S)", {}, "'vech(S + S)' is no part of an array"),
        ("vech(Y)", {}, "no variable 'Y'"),
        ("vech(x)", {"shapes": {"x": ("n", 1)}}, "'symmetric' is for square matrices"),
    ],
)
def test_what_has_no_free_parameters_is_refused(wrt, options, message):
    with pytest.raises(matcalc.MatcalcError) as caught:
        matcalc.diff("x.T@S@x", wrt, **options)
    assert message in caught.value.message and caught.value.hint
