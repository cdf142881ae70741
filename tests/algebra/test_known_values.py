"""The equations of the rule book's lines ``value``: applied where their left sides stand, and nowhere else."""

import pytest

import matcalc

LQR = {"A": ("n", "n"), "B": ("n", "m"), "K": ("m", "n"), "Q": ("n", "n"), "M": ("m", "m"), "S": ("n", "n")}


@pytest.mark.parametrize("text, wrt, facts, answer", [
    ("norm(S, 2)", "S", {"S": ["pd"]}, "eigvecmax(S)@eigvecmax(S).T"),
    ("norm(X, 2)", "X", {}, "X@eigvecmax(X.T@X)@eigvecmax(X.T@X).T/norm(X, 2)"),
    ('norm(S, "nuc")', "S", {"S": ["pd"]}, "eye(n)"),
    ("sum(eigvals(A))", "A", {"A": ["symmetric"]}, "eye(n)"),
    ("sum(svdvals(X))", "X", {}, "polar(X)"),
    ("norm(sqrtm(A)@sqrtm(A) - A)**2", "A", {"A": ["pd"]}, "zeros(n, n)"),
    ("norm(X - svdu(X)@diag(svdvals(X))@svdv(X).T)**2", "X", {}, "zeros(n, m)"),
    ("tr(B@(A@eigvecs(A) - eigvecs(A)@diag(eigvals(A))))", "A", {"A": ["symmetric"]}, None),
    ("sum(A@eigvecs(A)) + tr(B)", "B", {"A": ["symmetric"]}, "eye(m)"),
    ("(A@eigvecmax(A)).T@x - eigmax(A)*eigvecmax(A).T@x", "x", {"A": ["symmetric"]}, "zeros(n)"),
    ("tr(sylvester(A.T, A, S)@Q) - tr(sylvester(A.T, A, S).T@Q)", "S", {"S": ["symmetric"]}, None),
    ("(x*x.T)@y", "y", {}, "x@x.T"),
    ("sum(A*x*y.T)", "x", {}, "A@y"),
    ("e(0, n).T@e(1, n)*sum(x)", "x", {}, "zeros(m)"),
    ("sum(maximum(x, abs(x)))", "x", {"x": ["positive"]}, "ones(n)"),
    ("sum(relu(-exp(x)))", "x", {}, "zeros(n)"),
])  # fmt: skip
def test_short_forms(text, wrt, facts, answer):
    found = matcalc.diff(text, wrt=wrt, assume=facts)
    assert answer is None or str(found) == answer
    assert found.check(method="exact").ok


def test_solutions_of_symmetric_lyapunov_equations_are_symmetric():
    found = matcalc.diff("tr(sylvester((A - B@K).T, A - B@K, -(Q + K.T@M@K))@S)", wrt="K", shapes=LQR,
                         assume={"Q": ["pd"], "M": ["pd"], "S": ["pd"]})
    assert str(found) == (
        "-2*(B.T@sylvester((A - B@K).T, A - B@K, Q + K.T@M@K) + M@K)@sylvester(A - B@K, (A - B@K).T, S)"
    )


def test_more_orthonormal_columns_than_rows_are_refused():
    with pytest.raises(matcalc.ShapeError, match="no 2×3 matrix Q is orthogonal"):
        matcalc.diff("norm(Q@x - b)**2", wrt="x", assume={"Q": ["orthogonal"]}, shapes={"Q": (2, 3)})
