r"""Formulas as people type them, with signs and braces left out, are read as meant, or what was chosen is said."""

from __future__ import annotations

import pytest

import matcalc
from tests.support.tables import every_row

READ = [
    # a number in front of an inner product, and a column in front of a row
    ("latex", r"\lambda x^\top x", "lam*x.T@x"),
    ("latex", r"\exp(-t x^T x)", "exp(-t*x.T@x)"),
    ("matlab", "c*x'*x", "c*x.T@x"),
    ("latex", r"\log(1 + \exp(-y w^\top x))", "log(1 + exp(-y*w.T@x))"),
    ("matlab", "max(0, 1 - y*w'*x)", "maximum(0, 1 - y*w.T@x)"),
    ("latex", r"(y - z w^T x)^2", "(y - z*w.T@x)**2"),
    ("latex", r"z x^T A x", "z*x.T@A@x"),
    ("latex", r"x - u v^T x", "x - u@v.T@x"),
    ("latex", r"x - 2 v v^T x", "x - 2*v@v.T@x"),
    ("latex", r"x^T u v^T x", "x.T@u*v.T@x"),
    ("latex", r"\operatorname{tr}(u v^T X)", "tr(u@v.T@X)"),
    ("latex", r"\|X - \sigma u v^T\|_F^2", "norm(X - sigma*u@v.T)**2"),
    # two lower-case names that multiply each other, and a weight before a sum
    ("latex", r"(w x + b - y)^2", "(w*x + b - y)**2"),
    ("latex", r"x^2 y + \sin(x y)", "x**2*y + sin(x*y)"),
    ("latex", r"y \log z + (1 - y) \log(1 - z)", "y*log(z) + (1 - y)*log(1 - z)"),
    ("latex", r"\sum_i (w x_i + b - y_i)^2", "norm(w*x + b - y)**2"),
    (
        "latex",
        r"\frac{1}{2} w^T w + C \sum_i \max(0, 1 - y_i (w^T x_i + b))",
        "1/2*w.T@w + C*sum(maximum(0, 1 - y*(X@w + b)))",
    ),
    ("latex", r"(1 - y w^\top x)_+", "relu(1 - y*w.T@x)"),
    # what brackets end below a fraction
    ("unicode", "1/(2n) ‖Xw − y‖²", "1/(2*n)*norm(X@w - y)**2"),
    ("latex", r"\lambda/(2n) w^\top w", "lam/(2*n)*w.T@w"),
    ("latex", r"1/(x^T x) A x", "1/(x.T@x)*A@x"),
    ("latex", r"x^T A x / x^T x", "x.T@A@x/(x.T@x)"),
    ("latex", r"1/\sqrt{n} w^T x", "1/sqrt(n)*w.T@x"),
    # bars around a column
    ("latex", r"|A x - b|^2", "norm(A@x - b)**2"),
    ("unicode", "|x − y|²", "norm(x - y)**2"),
    ("latex", r"|x|_1 + |A x|_2^2", "norm1(x) + norm(A@x)**2"),
    ("latex", r"\log |I + X X^\top|", "logdet(eye(n) + X@X.T)"),
    ("latex", r"|w^\top x - y|^2", "abs(w.T@x - y)**2"),
    ("matlab", "(A + B)^2*x", "matpow(A + B, 2)@x"),
    # sums without their sign or their braces
    ("unicode", "Σ_i x_i²", "norm(x)**2"),
    ("unicode", "ΣᵢΣⱼ Aᵢⱼ xᵢ xⱼ", "x.T@A@x"),
    ("unicode", "∑_ij A_ij x_i x_j", "x.T@A@x"),
    ("unicode", "sum_i (y_i - w^T x_i)^2", "norm(y - X@w)**2"),
    ("latex", r"\frac1n sum_{i=1}^n (y_i - w^T x_i)^2", "1/n*norm(y - X@w)**2"),
    ("latex", r"\Sigma_{i=1}^n x_i^2", "norm(x)**2"),
    ("latex", r"\sum_{ij} (X_ij - u_i^T v_j)^2", "norm(X - U@V.T)**2"),
    ("unicode", "(x − μ)ᵀ Σ_k⁻¹ (x − μ) + x_k", "(x - mu).T@inv(Sigma_k)@(x - mu) + x_k"),
    # an entry beside a sum, and a name with an index
    ("latex", r"\frac{e^{z_k}}{\sum_j e^{z_j}}", "exp(z[k])/sum(exp(z))"),
    ("unicode", "exp(xᵢ)/∑ⱼ exp(xⱼ)", "exp(x[i])/sum(exp(x))"),
    # the index of a sum outside of it, with a prime, or behind \ne
    ("latex", r"\frac{e^{z_k}}{\sum_k e^{z_k}}", "exp(z[k])/sum(exp(z))"),
    ("unicode", "exp(z_k)/∑_k exp(z_k)", "exp(z[k])/sum(exp(z))"),
    ("latex", r"\log\sum_k e^{z_k} - z_k", "log(sum(exp(z))) - z[k]"),
    ("latex", r"-\log\frac{\exp(o_y)}{\sum_k\exp(o_k)}", "-log(exp(o[y])/sum(exp(o)))"),
    ("latex", r"-\log\frac{\exp(w_y^\top x)}{\sum_k\exp(w_k^\top x)}", "-log(exp(W[y, :]@x)/sum(exp(W@x)))"),
    ("latex", r"\frac{\exp(z_c)}{\sum_{c'} \exp(z_{c'})}", "exp(z[c])/sum(exp(z))"),
    ("latex", r"\frac{e^{z_k}}{\sum_{l \ne k} e^{z_l}}", "exp(z[k])/sum(exp(z[l]) for l in n if l != k)"),
    ("latex", r"\sum_{j \ne y} \max(0, s_j - s_y + 1)", "sum(maximum(0, s[j] - s[y] + 1) for j in m if j != y)"),
    ("latex", r"\sum_{i: y_i > 0} x_i^2", "sum(where(y > 0, x**2, 0))"),
    ("latex", r"\sum_{i \mid y_{i} = 1, z_i < 2} x_i", "sum(where(z < 2, where(y == 1, x, 0), 0))"),
    ("latex", r"\sum_i \sum_{j: A_{ij} \ne 0} x_i x_j", "sum(where(A != 0, x@x.T, 0))"),
    ("latex", r"\sum_i (x_i - x_c)^2", "norm(x - x_c)**2"),
    ("latex", r"(y_i - \sum_j w_j x_{ij})^2", "(y[i] - w.T@X[i, :].T)**2"),
    ("latex", r"\sum_i x_{ik}^2", "norm(X[:, k])**2"),
    ("latex", r"(y_i - w^\top x_i)^2", "(y_i - w.T@x_i)**2"),
    ("latex", r"\frac12 (w^\top x^{(i)} + b - y^{(i)})^2", "1/2*(w.T@x_i + b - y_i)**2"),
    ("latex", r"w \leftarrow w - \eta X^\top (X w - y)", "w - eta*X.T@(X@w - y)"),
    ("latex", r"\sin(x) e^{y}", "sin(x)*exp(y)"),
    ("latex", r"\max_{1 \le i \le n} x_i", "max(x)"),
    ("latex", r"w_k - \eta \sum_i (w^\top x_i - y_i) x_i", "w_k - eta*(X.T@(X@w - y))"),
]


@pytest.mark.parametrize("text", [r"x y", r"y \log z", r"(w x + b - y)^2", r"w x + b"])
def test_names_without_a_sign_of_an_array_are_numbers(text):
    expression = matcalc.parse(text, syntax="latex")
    assert expression.shape == () and all(shape == () for shape in expression.shapes.values())


@every_row(("syntax", "text", "same"), READ)
def test_a_formula_is_read_as_meant(syntax, text, same):
    assert matcalc.parse(text, syntax=syntax).text == same


def test_a_declared_function_is_one_in_latex():
    derivative = matcalc.diff(r"V \phi(W x)", wrt="x", syntax="latex", functions="phi: n -> n", layout="num")
    assert str(derivative) == "V@grad(phi)(W@x).T@W"


@pytest.mark.parametrize(
    ("text", "note"),
    [
        (r"\exp(-y w^\top x)", 'y is read as a number; as a column: shapes={"y": ("k", 1)}'),
        (r"x - u v^\top x", 'u is read as a column; as a number: shapes={"u": ()}'),
        (r"|A x - b|^2", "the bars around A@x - b, a column, are read as its norm"),
        (r"\sum_i (h_\theta(x_i) - y_i)^2", r"h_\theta(x_i) is read as a product"),
        (r"z_k / \sum_k z_k", "z_k is read as an entry, at an index k that counts from 0"),
        (r"z_k / \sum_j z_j", "z_k is read as an entry, at an index k that counts from 0"),
    ],
)
def test_what_was_chosen_is_said(text, note):
    assert note in matcalc.parse(text, syntax="latex").notes


@pytest.mark.parametrize(
    ("text", "syntax"), [("sum((y - X*w)^2)", "matlab"), (r"(Xw - y)^2", "latex"), ("x'*A*x + (x - y)^2", "matlab")]
)
def test_a_column_has_no_power(text, syntax):
    with pytest.raises(matcalc.ShapeError, match="a power is one of a scalar or of a square matrix") as caught:
        matcalc.parse(text, syntax=syntax)
    assert "for the sum of squares" in caught.value.hint


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("t(x) %*% A %*% x", "write x.T@A@x"),
        ("<x, y>", "write x.T@y"),
        ("<A@x, y>", "write (A@x).T@y"),
        ("<A, B>", "write tr(A.T@B)"),
        ("x^*Ax", "write x.H@A@x"),
        ("solve(t(X) %*% X) %*% crossprod(X, y)", "write inv(X.T@X)@X.T@y"),
        ("Tr[Transpose[X].A.X]", "write tr(X.T@A@X)"),
        ("Norm[A.x - b]^2", "write norm(A@x - b)**2"),
        ("1/n sum((y - Xw)^2)", "write 1/n*sum((y - X@w)**2)"),
        ("sum((y - X*w)^2)", "write sum((y - X@w)**2)"),
        (
            "sum(log(exp(vector(1)+x)))",
            "write sum(log(exp(ones(n) + x))), or read the whole as MATLAB style with --syntax matlab",
        ),
        ("sum_i(x_i*y_i)", "write sum(x[i]*y[i] for i in n), or read the whole as Unicode with --syntax unicode"),
    ],
)
def test_a_hint_can_be_typed_as_it_stands(text, hint):
    with pytest.raises(matcalc.MatcalcError) as caught:
        matcalc.parse(text, syntax=None)
    assert caught.value.hint == hint
    matcalc.parse(hint.removeprefix("write ").partition(", or read")[0])


@pytest.mark.parametrize(
    ("text", "syntax", "wrt", "named"),
    [
        ("xᵀ Σ x + βᵀ x", "unicode", "β", "beta"),
        (r"\hat\beta^\top x", "latex", r"\hat{\beta}", "beta_hat"),
        (r"\mathbf{w}^\top x", "latex", r"\mathbf{w}", "w"),
        ("x₁ᵀ x₂", "unicode", "x₁", "x1"),
    ],
)
def test_a_name_may_be_given_as_the_formula_has_it(text, syntax, wrt, named):
    assert matcalc.diff(text, wrt=wrt, syntax=syntax).wrt == named


def test_declarations_may_be_of_names_in_unicode():
    derivative = matcalc.diff("xᵀ Σ x", wrt="x", shapes={"Σ": ("p", "p")}, assume={"Σ": ["pd"]}, syntax="unicode")
    assert (str(derivative), derivative.shapes["Sigma"]) == ("2*Sigma@x", ("p", "p"))


def test_what_a_fraction_has_below_it_is_asked():
    with pytest.raises(matcalc.ExpressionSyntaxError) as caught:
        matcalc.parse("1/2x")
    assert caught.value.hint == "write 1/2*x, or 1/(2*x)"


def test_a_product_without_a_sign_is_pointed_out():
    assert "Ax is one name; the product is A@x" in matcalc.parse("norm(Ax - b)**2").notes
    assert not matcalc.parse("norm(Wq@x)**2").notes
    with pytest.raises(matcalc.UnknownNameError, match="where AX is one name") as caught:
        matcalc.diff("tr(AX)", wrt="X")
    assert caught.value.hint == "write A@X for the product"
