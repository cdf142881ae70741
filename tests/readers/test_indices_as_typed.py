"""Indices as people type them: small letters, a letter that no sum runs over, places from the end, stacks in MATLAB."""

import numpy as np
import pytest
from tables import every_row

import matcalc

STACK = {"A": ("K", "n", "n")}


@every_row("syntax, text, read", [
    ("unicode", "∑ᵢ eˣᵢ", "sum(exp(x))"),
    ("unicode", "eᶻₖ / ∑ⱼ eᶻⱼ", "exp(z[k])/sum(exp(z))"),
    ("unicode", "∑ᵢ e⁻ˣᵢ", "sum(exp(-x))"),
    ("unicode", "∑ᵢ≠ⱼ xᵢ xⱼ", "x.T@(1 - eye(n))@x"),
    ("unicode", "maxᵢ |xᵢ|", "max(abs(x))"),
    ("unicode", "minᵢ maxⱼ Aᵢⱼ", "min(max(A, axis=1))"),
    ("unicode", "min_x ‖A x − b‖²", "norm(A@x - b)**2"),
    (None, "∑ᵢ e^{xᵢ}", "sum(exp(x))"),
    (None, "∑_{i≠j} xᵢ xⱼ", "x.T@(1 - eye(n))@x"),
    ("unicode", "∑ⱼ≠ₖ xⱼ + xₖ", "sum(x[j] for j in m if j != k) + x[k]"),
    ("latex", r"\sum_{j \ne k} x_j + x_k", "sum(x[j] for j in m if j != k) + x[k]"),
    ("latex", r"\sum_{j \ne k} a_j x_j - b_k", "sum(a[j]*x[j] for j in m if j != k) - b[k]"),
    ("latex", r"\left(\sum_{j \ne k} x_j\right) x_k", "sum(x[j] for j in m if j != k)*x[k]"),
    ("latex", r"\sum_{j \ne k} |x_j - x_k|", "sum(abs(x - x.T + eye(m))*(1 - eye(m)))"),
    ("latex", r"\sum_{i \ne j} -x_i x_j", "-(x.T@(1 - eye(n))@x)"),
    ("latex", r"\sum_{j \ne k} x_j", "sum(x[j] for j in m if j != k)"),
    ("latex", r"\sum_{i \ne j} x_i x_j", "x.T@(1 - eye(n))@x"),
    ("latex", r"\max_{j \ne y} s_j", "max(s - e(y, m)*detach(max(s) - min(s) + 1))"),
    ("latex", r"\prod_{j \ne k} x_j", "prod(x*(1 - e(k, m)) + e(k, m))"),
    ("matlab", "x(k+1:end)'*y(1:end-k)", "x[k:].T@y[:-k]"),
    ("matlab", "x(end-k)", "x[-k - 1]"),
    ("matlab", "x(2:end-1)'*y", "x[1:-1].T@y"),
    ("python", "np.sum((x[k:] - x[:-k])**2)", "sum((x[k:] - x[:-k])**2)"),
])
def test_what_is_read(syntax, text, read):
    assert matcalc.parse(text, syntax=syntax).text == read


@every_row("syntax, text, read", [
    ("matlab", "x'*A(:,:,k)*x", "x.T@A[k]@x"),
    ("matlab", "trace(A(:,:,1)*X) + A(1,2,end)", "trace(A[0]@X) + A[K - 1, 0, 1]"),
    ("matcalc", "sum(tr(A[k]) for k in K) + norm(A)**2", "sum(tr(A[k]) for k in K) + sum(norm(A[i])**2 for i in K)"),
    ("matcalc", "tr(A[0]) + mean(exp(A))", "tr(A[0]) + mean(mean(exp(A[k])) for k in K)"),
])
def test_what_is_read_of_a_stack(syntax, text, read):
    assert matcalc.parse(text, syntax=syntax, shapes=STACK).text == read


@every_row("syntax, text, message, hint", [
    ("matcalc", "x[-k]*y", "counted from the beginning where it is 0", "write n - k"),
    ("matlab", "x(end/2)", "counted from the end by a difference", "x(end - k)"),
    ("matlab", "x'*A(:,:,k)*x", "sizes are not known", 'shapes={"A": ("K", "n", "m")}'),
    ("matlab", "ptrace(X, q)", "over rows or over columns", "ptrace(X, q, 1)"),
    ("latex", r"\sum_i \max_{j > i} x_j x_i", "has no form in matrices here", "max(X, axis=1)"),
])
def test_what_is_refused(syntax, text, message, hint):
    with pytest.raises(matcalc.MatcalcError) as caught:
        matcalc.parse(text, syntax=syntax)
    assert message in caught.value.message and hint in caught.value.hint


def test_a_stack_alone_is_refused_with_what_it_means():
    with pytest.raises(matcalc.ShapeError) as caught:
        matcalc.parse("norm(A)", shapes=STACK)
    meant = caught.value.hint.removeprefix("write ").removesuffix(" for that of all entries")
    arrays = np.random.default_rng(0).normal(size=(2, 3, 3))
    value, slope = matcalc.diff(meant, wrt="A", shapes=STACK).compile("numpy")(A=arrays)
    np.testing.assert_allclose(value, np.linalg.norm(arrays))
    np.testing.assert_allclose(slope, arrays / np.linalg.norm(arrays))


@pytest.mark.parametrize("k", [0, 2, 3])
@every_row("function, of_rest", [("max", np.max), ("min", np.min), ("prod", np.prod)])
def test_all_terms_but_one(function, of_rest, k):
    x, y = np.array([0.5, 2.0, 1.3, 0.7]), np.array([3.0, 1.0, 2.0, 1.5])
    derivative = matcalc.diff(f"{function}(x[j]*y[j] for j in n if j != k)", wrt="x")
    rest = np.delete(x * y, k)
    expected = np.zeros(4)
    places = np.delete(np.arange(4), k)
    if function == "prod":
        expected[places] = of_rest(rest) / x[places]
    else:
        expected[places[list(rest).index(of_rest(rest))]] = y[places[list(rest).index(of_rest(rest))]]
    np.testing.assert_allclose(derivative.evaluate(x=x, y=y, k=k).ravel(), expected)
    value, slope = derivative.compile("numpy")(x=x, y=y, k=k)
    np.testing.assert_allclose(value, of_rest(rest))
    np.testing.assert_allclose(slope.ravel(), expected)


@every_row("syntax, text, marked", [
    ("unicode", "Aᵢₖ Bₗⱼ", "Aᵢₖ"),
    ("unicode", "2 Aᵢⱼ xⱼ", "Aᵢⱼ"),
    (None, "log pᵢⱼ", "pᵢⱼ"),
    ("unicode", "δᵢⱼ", "δᵢⱼ"),
    ("unicode", "x̂ᵢⱼ²", "x̂ᵢⱼ"),
    ("latex", r"A_{ik} B_{lj}", "A_{ik}"),
    ("latex", r"\delta_{ij}", r"\delta_{ij}"),
])
def test_an_entry_without_a_sum_is_refused_with_what_is_read(syntax, text, marked):
    with pytest.raises(matcalc.ExpressionSyntaxError, match="entries by index are not read") as caught:
        matcalc.parse(text, syntax=syntax)
    span = caught.value.span
    assert text[span.start : span.end] == marked
    entry, *total = caught.value.hint.removeprefix("write ").split(", or a sum over an index, ")
    matcalc.parse(entry.partition("]")[0] + "]")
    for whole in total:
        matcalc.parse(whole, syntax=syntax)


def test_a_declared_name_with_two_letters_below_is_a_name():
    assert matcalc.parse("2 Aᵢⱼ", syntax="unicode", shapes={"A_ij": ()}).text == "2*A_ij"
    assert matcalc.parse("Wₖ x − xᵢ", syntax="unicode").text == "W_k@x - x_i"


@every_row("syntax, text, sum_", [
    ("latex", r"\sum_i s_{y_i}", r"\sum_{c} Y_{ic} s_{c}"),
    ("latex", r"-\log \frac{e^{s_{y_i}}}{\sum_j e^{s_j}}", r"\sum_{c} Y_{ic} s_{c}"),
    ("latex", r"\sum_i \log p_{i,y_i}", r"\sum_{c} Y_{ic} p_{ic}"),
    ("latex", r"\sum_i x_{\pi(i)}", r"\sum_{c} P_{ic} x_{c}"),
    ("latex", r"\sum_c Y_c s_{y_c}", r"\sum_{j} L_{cj} s_{j}"),
    ("matcalc", "sum(log(P[i, y[i]]) for i in n)", "sum(Y[i, c]*P[i, c] for c in C)"),
    ("python", "sum(s[y[i]] for i in range(n))", "sum(Y[i, c] * s[c] for c in range(C))"),
])
def test_an_entry_at_a_label_is_refused_with_a_sum_that_is_read(syntax, text, sum_):
    with pytest.raises(matcalc.MatcalcError, match="is an entry of an array, and stands as an index") as caught:
        matcalc.parse(text, syntax=syntax)
    assert f"such as {sum_}: " in caught.value.hint
    around = {"latex": r"\sum_{i} %s", "matcalc": "sum(%s for i in n)", "python": "sum(%s for i in range(n))"}[syntax]
    matcalc.parse(around.replace("i}", "c}") % sum_ if "Y_c" in text else around % sum_, syntax=syntax)


@every_row("syntax, text, said", [
    ("matcalc", "sum(x[i] for i in range(m-1))", 'x is read with m - 1 entries, as many as are summed; with more: '
     'shapes={"x": ("m", 1)}'),
    ("latex", r"\sum_{i=1}^{m-1} x_i^2", 'x is read with m - 1 entries, as many as are summed; with more: '
     'shapes={"x": ("m", 1)}'),
    ("python", "sum(X[i] @ w for i in range(m - 1))", 'X is read with m - 1 rows, as many as are summed; with more: '
     'shapes={"X": ("m", "n")}'),
])
def test_what_a_sum_may_leave_out_is_said(syntax, text, said):
    assert said in matcalc.parse(text, syntax=syntax).notes


def test_nothing_is_said_of_a_declared_length_or_of_neighbours():
    assert not any("as are summed" in note for note in (
        *matcalc.parse("sum(x[i] for i in range(m-1))", shapes={"x": ("m",)}).notes,
        *matcalc.parse("sum(x[i] for i in range(m-1))", shapes={"x": ("m - 1",)}).notes,
        *matcalc.parse("sum(x[i]*x[i + 1] for i in range(n-1))").notes,
    ))
