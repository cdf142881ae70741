"""Derivatives through the triangular factor of a definite matrix, in the form that a textbook has for the matrix."""

from __future__ import annotations

import pytest

import matcalc
from tests.support.tables import every_row

PD = {"A": ["pd"]}
SHORT = [
    ("2*sum(log(diag(cholesky(A))))", "A", "inv(A)"),
    ("logdet(cholesky(A))", "A", "inv(A)/2"),
    ("prod(diag(cholesky(A)))", "A", "prod(diag(cholesky(A)))*inv(A)/2"),
    ("norm(cholesky(A))**2", "A", "eye(n)"),
    ("norm(cholesky(A).T@x)**2", "A", "x@x.T"),
    ("norm(cholesky(A).T@x)**2", "x", "2*A@x"),
    ("norm(solve(cholesky(A), x))**2", "A", "-inv(A)@x@x.T@inv(A)"),
    ("norm(solve(cholesky(A), x))**2", "x", "2*inv(A)@x"),
    ("x.T@cholesky(A)@cholesky(A).T@y", "A", "(x@y.T + y@x.T)/2"),
]


@every_row(("text", "wrt", "short"), SHORT)
def test_the_factor_is_gone_where_it_can_be(text, wrt, short):
    derivative = matcalc.diff(text, wrt=wrt, assume=PD)
    assert str(derivative) == short and derivative.check().ok


@pytest.mark.parametrize("text", ["2*sum(log(diag(cholesky(A))))", "norm(solve(cholesky(A), x))**2"])
def test_what_the_factor_means_is_not_used_before_it_is_differentiated_again(text):
    assert matcalc.diff(text, wrt="A", assume=PD, order=2).check().ok


def test_a_density_by_its_factor():
    text = "norm(solve(cholesky(S), x - mu))**2/2 + sum(log(diag(cholesky(S))))"
    derivative = matcalc.diff(text, wrt="S", assume={"S": ["pd"]})
    assert "halflower" not in str(derivative) and derivative.check().ok


def test_the_factor_of_a_gram_matrix():
    derivative = matcalc.diff("2*sum(log(diag(cholesky(X.T@X + eye(n)))))", wrt="X", shapes={"X": ("m", "n")})
    assert str(derivative) == "2*X@inv(X.T@X + eye(n))"
