"""Stacks of matrices: how A[k] of a name with three sizes is read, declared or not, and what is refused."""

from __future__ import annotations

import pytest
from tables import every_row

import matcalc

SQUARE = {"A": ("K", "n", "n")}


@every_row(("text", "syntax", "read", "name", "shape"), [
    (r"\sum_k x^\top A_k x", "latex", "sum(x.T@A[k]@x for k in K)", "A", ("K", "n", "n")),
    (r"\sum_{k=1}^m w_k A_k x", "latex", "sum(w[k]*A[k]@x for k in m)", "A", ("m", "p", "n")),
    (r"\sum_i A_i x", "latex", "sum(A[i]@x for i in n)", "A", ("n", "m", "p")),
    (r"\log\det(\sum_{k=1}^K w_k A_k)", "latex", "logdet(sum(w[k]*A[k] for k in K))", "A",
     ("K", "n", "n")),
    (r"\sum_k \|A_k x - b_k\|^2", "latex", "sum(norm(A[k]@x - B[k, :].T)**2 for k in K)", "A", ("K", "m", "n")),
    (r"\sum_k \operatorname{tr}(A_k X)", "latex", "sum(tr(A[k]@X) for k in K)", "A", ("K", "n", "m")),
    (r"\sum_k (x-\mu_k)^\top \Sigma_k^{-1} (x-\mu_k)", "latex",
     "sum((x - Mu[k, :].T).T@inv(Sigma[k])@(x - Mu[k, :].T) for k in K)", "Sigma", ("K", "n", "n")),
    (r"\sum_k c_k y^T A^{(k)} x", "latex", "sum(c[k]*y.T@A[k]@x for k in K)", "A", ("K", "n", "m")),
    ("sum(x.T@A[k]@x for k in K)", "matcalc", "sum(x.T@A[k]@x for k in K)", "A", ("K", "n", "n")),
    ("sum(tr(A[k]@X) for k in K)", "matcalc", "sum(tr(A[k]@X) for k in K)", "A", ("K", "n", "m")),
    ("logdet(sum(w[k]*A[k] for k in n))", "matcalc", "logdet(sum(w[k]*A[k] for k in n))", "A", ("n", "m", "m")),
    ("sum(norm(A[k]@x - b[k])**2 for k in K)", "matcalc", "sum(norm(A[k]@x - b[k, :].T)**2 for k in K)", "A",
     ("K", "m", "n")),
    ("sum(norm(b[k] - A[k].T@x) for k in K)", "matcalc", "sum(norm(b[k, :].T - A[k].T@x) for k in K)", "A",
     ("K", "n", "m")),
    ("norm(sum(A[k]@x[k] for k in K) - b)**2", "matcalc", "norm(sum(A[k]@x[k, :].T for k in K) - b)**2", "A",
     ("K", "n", "m")),
    ("sum(A[k]@x for k in K) + b", "matcalc", "sum(A[k]@x for k in K) + b", "A", ("K", "m", "n")),
    ("2*b - mean(c[k]*A[k].T@x for k in K)", "matcalc", "2*b - mean(c[k]*A[k].T@x for k in K)", "A", ("K", "m", "n")),
    ("sum(x.T@A[k] for k in K) + b.T", "matcalc", "sum(x.T@A[k] for k in K) + b.T", "A", ("K", "n", "m")),
    ("np.linalg.norm(sum(A[k] @ x for k in range(K)) - b)**2", "python", "norm(sum(A[k]@x for k in K) - b)**2", "A",
     ("K", "m", "n")),
    ("np.linalg.norm(b - sum(w[k]*(A[k].T @ x) for k in range(K)))", "python",
     "norm(b - sum(w[k]*(A[k].T@x) for k in K))", "A", ("K", "m", "n")),
    ("np.linalg.norm(np.sum([A[k].dot(x) for k in range(K)], axis=0) - b)", "python",
     "norm(sum(A[k]@x for k in K) - b)", "A", ("K", "m", "n")),
    ("sum(A[k] @ x for k in range(K)) + b", "python", "sum(A[k]@x for k in K) + b", "A", ("K", "m", "n")),
    ("((sum(A[k] @ x for k in range(K)) - b)**2).sum()", "python", "sum((sum(A[k]@x for k in K) - b)**2)", "A",
     ("K", "m", "n")),
    ("r = 0\nfor k in range(K):\n    r += A[k] @ x\nf = np.linalg.norm(r - b)", "python",
     "norm(sum(A[k]@x for k in K) - b)", "A", ("K", "m", "n")),
    ("norm(A[0]@x - b)**2", "matcalc", "norm(A[0]@x - b)**2", "A", ("K", "m", "n")),
    ("norm(A[0]@x + 2*A[1]@y - b)", "matcalc", "norm(A[0]@x + 2*A[1]@y - b)", "A",
     ("K", "m", "n")),
    ("np.linalg.norm(A[0] @ x - b)", "python", "norm(A[0]@x - b)", "A", ("p", "m", "n")),
    ("sum(logsumexp(A[k]@x + b[k]) for k in K)", "matcalc", "sum(logsumexp(A[k]@x + b[k, :].T) for k in K)", "A",
     ("K", "m", "n")),
    ("A[0, :, :]@x", "matcalc", "A[0, :, :]@x", "A", ("K", "m", "n")),
    ("sum(A[k,i,j]*x[i]*y[j] for k in K for i in n for j in m)", "matcalc", "sum(x.T@A[k]@y for k in K)", "A",
     ("K", "n", "m")),
    ('einsum("kij,i,j->", A, x, x)', "matcalc", "sum(x.T@A[k]@x for k in K)", "A", ("K", "n", "n")),
    ('einsum("ijk,i,j,k->", T, x, x, x)', "matcalc", None, "T", ("I", "I", "I")),
])
def test_a_capital_with_an_index_is_a_matrix_where_only_that_fits(text, syntax, read, name, shape):
    expression = matcalc.parse(text, syntax=syntax)
    assert read is None or expression.text == read
    assert expression.shapes[name] == shape
    assert any("of a stack of matrices" in note for note in expression.notes)
    assert matcalc.parse(str(expression), shapes=expression.shapes) == expression


@every_row(("text", "syntax", "read"), [
    (r"\sum_i (y_i - x_i^\top w)^2", "latex", "norm(y - X@w)**2"),
    ("sum(A[k]@x for k in K)", "matcalc", "sum(A@x)"),
    ("sum(X[i]@w*y[i] for i in n)", "matcalc", "y.T@X@w"),
    ("sum((A[k]@x - b[k])**2 for k in K)", "matcalc", "norm(A@x - b)**2"),
    ("sum(X[i]@X[i].T for i in n)", "matcalc", "norm(X)**2"),
    ("sum(norm(X[i]@W + b)**2 for i in n)", "matcalc", "norm(X@W + b)**2"),
    (r"\sum_{i,j} A_{ij} x_i x_j", "latex", "x.T@A@x"),
    ("norm(A[0]@x - lam)", "matcalc", "norm(A[0]@x - lam)"),
    ("normcdf(X[0]@w + b)", "matcalc", "normcdf(X[0]@w + b)"),
    ("sum(A[k]@x for k in K) + lam", "matcalc", "sum(A@x) + lam"),
    ("(sum(A[k]@x for k in K) - b)**2", "matcalc", "(sum(A@x) - b)**2"),
    ("sum(log(1 + exp(X[i]@w + b)) for i in n)", "matcalc", "sum(log(1 + exp(X@w + b)))"),
    ("np.sum(np.log(1 + np.exp(np.array([X[i] @ w for i in range(n)]) - y)))", "python", "sum(log(1 + exp(X@w - y)))"),
    ("sum(X[i] @ w for i in range(n)) + lam * np.sum(w**2)", "python", "sum(X@w) + lam*sum(w**2)"),
    ("sum((X[i] @ w + b - y[i])**2 for i in range(n))", "python", "norm(X@w + b - y)**2"),
    ("np.linalg.norm(y - np.mean([X[i] @ w for i in range(n)]))", "python", "norm(y - mean(X@w))"),
])
def test_rows_and_numbers_stay_what_they_were(text, syntax, read):
    assert matcalc.parse(text, syntax=syntax).text == read


def test_a_stack_without_a_form_in_matrices_is_not_read_as_rows():
    with pytest.raises(matcalc.NoRuleError, match="the max over k has no form"):
        matcalc.parse("max(norm(A[k]@x - b[k]) for k in K)")


def test_what_is_taken_of_a_stack_has_the_indices_of_numpy():
    import numpy

    array = numpy.arange(24.0).reshape(2, 3, 4)
    for text in ("A[1]", "A[1, :, :]", "A[k]", "A[-1]", "A[1].T", "A[1, 2]", "A[1, 2, :]", "A[1, :, 3]", "A[1, 1:3]",
                 "A[1, :, 1:3]", "A[1][:, 1:3]", "A[1, 2, 3]", "A[k, 0, 1]"):
        expression = matcalc.parse(text, shapes={"A": ("K", "n", "m")})
        given = {"A": array, **({"k": 1} if "[k" in text else {})}
        expected = eval(text, given | {"k": 1})  # noqa: S307 (texts of this test)
        if text == "A[1, :, 3]":
            expected = expected[:, None]
        assert (numpy.array(expression.evaluate(**given)) == numpy.atleast_2d(expected)).all(), text


@every_row(("marked", "shapes", "message", "hint"), [
    ("»A«@x", SQUARE, "A is a stack of matrices, K×n×n, and stands here as one matrix",
     "write A[k] for one of them: sum(A[k]@x for k in K)"),
    ("tr(»A«)", SQUARE, "A is a stack of matrices, K×n×n, and stands here as one matrix",
     "write A[k] for one of them: sum(tr(A[k]) for k in K)"),
    ("sum(»A[k]«@x for k in n)", SQUARE, "A has K matrices here, but k runs to n", "let k run to K"),
    ("sum(»A[k + 1]«@x for k in K)", SQUARE, "A ends at K, but A[k + 1] runs to K + 1", "let k run to K - 1"),
    ("»A[3]«@x", {"A": (3, "n", "n")}, "there is no matrix 3 in A, which is 3×n×n", "the matrices are A[0] to A[2]"),
    ("»A[0:2]«@x", SQUARE, "A[0:2] takes several matrices of the stack A at once",
     "take one, A[k], or entries of one, A[k, i, j]"),
    ("»A«[0, 1, 2]", {"A": ("n", "m")}, "A is n×m, and three subscripts take an entry of a stack of matrices",
     'write A[i, j], or declare --shape "A: K×n×m"'),
    ("»A[k]@x«", {**SQUARE, "x": ("m",)}, "shapes do not fit in '@': A[k] is n×n, x is m×1 (n ≠ m)",
     'declare the shapes with --shape "A: n×m, x: m"'),
])
def test_what_is_no_matrix_of_a_stack_is_pointed_at(marked, shapes, message, hint):
    text = marked.replace("»", "").replace("«", "")
    with pytest.raises(matcalc.ShapeError) as caught:
        matcalc.parse(text, shapes=shapes)
    error = caught.value
    assert (error.message, error.hint) == (message, hint)
    assert marked == f"{text[:error.span.start]}»{text[error.span.start:error.span.end]}«{text[error.span.end:]}"


@pytest.mark.parametrize("given", [[[1.0, 2.0], [3.0, 4.0]], [[[1.0, 2.0]], [[3.0, 4.0]]]])
def test_an_array_that_is_no_stack_of_this_shape_is_refused(given):
    expression = matcalc.parse("sum(x.T@A[k]@x for k in K)", shapes=SQUARE)
    with pytest.raises(matcalc.ShapeError, match="A is") as caught:
        expression.evaluate(A=given, x=[1.0, 2.0])
    assert caught.value.hint == "give A as an array of K×n×n"


@every_row(("text", "read", "name", "shape"), [
    ('np.einsum("kij,i,j->", A, x, x)', "sum(x.T@A[k]@x for k in K)", "A", ("K", "n", "n")),
    ('torch.einsum("kij,j->ki", A, x).sum()', "sum(sum(e(k, K)@(A[k]@x).T for k in K))", "A", ("K", "m", "n")),
    ("np.sum([np.trace(A[k] @ X) for k in range(K)])", "sum(tr(A[k]@X) for k in K)", "A", ("K", "n", "m")),
    ("np.linalg.slogdet(sum(w[k]*A[k] for k in range(K)))[1]", "logdet(sum(w[k]*A[k] for k in K))", "A",
     ("K", "n", "n")),
    ("sum(np.linalg.norm(A[k] @ x - b[k])**2 for k in range(K))", "sum(norm(A[k]@x - b[k, :].T)**2 for k in K)", "A",
     ("K", "m", "n")),
])
def test_python_has_arrays_of_three_axes(text, read, name, shape):
    expression = matcalc.parse(text, syntax="python")
    assert (expression.text, expression.shapes[name]) == (read, shape)
    assert any("of a stack of matrices" in note for note in expression.notes)


def total_of_forms(A, x, c):
    total = 0.0
    for k in range(A.shape[0]):
        total = total + c[k]*(x @ A[k] @ x)
    return total


def squares_of_products(A, x):
    return ((A @ x)**2).sum()


@every_row(("function", "shapes", "expected"), [
    (total_of_forms, {"A": ("K", "n", "n")}, "sum(c[k]*(A[k] + A[k].T)@x for k in K)"),
    (total_of_forms, {}, "sum(c[k]*(A[k] + A[k].T)@x for k in n)"),
    (squares_of_products, {"A": ("K", "m", "n")}, "2*sum(A[k].T@A[k] for k in K)@x"),
])
def test_functions_of_python_have_arrays_of_three_axes(function, shapes, expected):
    derivative = matcalc.diff(function, wrt="x", shapes=shapes)
    assert str(derivative) == expected
    assert derivative.check(points=1).ok


def test_facts_about_entries_are_taken_and_structures_are_not():
    text = "sum(x.T@A[k]@x for k in K)"
    assert matcalc.diff(text, wrt="x", shapes=SQUARE, assume={"A": ["positive"]}).check(points=1).ok
    with pytest.raises(matcalc.ArgumentError) as caught:
        matcalc.diff(text, wrt="x", shapes=SQUARE, assume={"A": ["pd"]})
    assert caught.value.hint == "write (A[k] + A[k].T)/2 for symmetric matrices"
