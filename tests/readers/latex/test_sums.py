r"""Sums over an index in LaTeX and in Unicode: each reads as the same sum in the language, and as its matrix form."""

import pytest
import torch
from looped_sums import looped
from tables import every_row

import matcalc
from matcalc.errors import ExpressionSyntaxError, LimitError

# LaTeX, the same in the language; w is what it is differentiated by
SAME = [
    (r"\frac1m\sum_{i=1}^m\log(1+e^{-y_ix_i^\top w})", "sum(log(1 + exp(-y[i]*(X[i, :]@w))) for i in m)/m", "w"),
    (r"\sum_{i,j}W_{ij}\|x_i-x_j\|^2", "sum(W[i, j]*norm(X[i, :] - X[j, :])**2 for i in n for j in n)", "X"),
    (r"\log\det\left(\sum_{i=1}^n b_i \vec{x}_i\vec{x}_i^T\right)", "logdet(X.T@diag(b)@X)", "b"),
    (r"\sum_{i=1}^n \log x_i", "sum(log(x))", "x"),
    (r"\sum_{ij} A_{ij}\log B_{ij}", "sum(A*log(B))", "B"),
    (r"\sum_{i=1}^n (y_i - w^\top x_i)^2 + \lambda \|w\|^2", "norm(y - X@w)**2 + lam*norm(w)**2", "w"),
    (r"\frac{1}{2}\sum_{i=1}^n\sum_{j=1}^n a_i a_j y_i y_j x_i^\top x_j", "norm(X.T@(a*y))**2/2", "a"),
    (r"\sum_{i=1}^n \max(0, 1 - y_i w^\top x_i)", "sum(maximum(0, 1 - y*(X@w)))", "w"),
    (r"\sum_{i=1}^n\sum_{k=1}^K r_{ik} \|x_i - \mu_k\|^2",
     "sum(R[i, k]*norm(X[i, :] - Mu[k, :])**2 for i in n for k in K)", "Mu"),
    (r"\sum_{i=1}^n \log \sum_{k=1}^K p_k \exp(-\frac{1}{2}\|x_i-\mu_k\|^2)",
     "sum(log(sum(p[k]*exp(-norm(X[i, :] - Mu[k, :])**2/2) for k in K)) for i in n)", "Mu"),
    (r"\sum_{(i,j)\in\Omega} (r_{ij} - u_i^\top v_j)^2", "sum(Omega*(R - U@V.T)**2)", "U"),
    (r"-\sum_i\sum_k y_{ik}\log\frac{e^{w_k^\top x_i}}{\sum_l e^{w_l^\top x_i}}",
     "-sum(Y*log(softmax(X@W.T, axis=1)))", "W"),
    (r"\sum_i (x_i-\mu)^\top S^{-1}(x_i-\mu)", "sum((X - mu.T)@inv(S)*(X - mu.T))", "mu"),
    (r"\prod_i p_i^{y_i}", "prod(p**y)", "p"),
    (r"-\sum_i p_i \log p_i", "-sum(p*log(p))", "p"),
    (r"\mathbb{E}_i[(y_i - w^\top x_i)^2]", "mean((y - X@w)**2)", "w"),
    (r"-\frac1n\sum_{i=1}^n y_i \log \sigma(w^\top x_i) + (1-y_i)\log(1-\sigma(w^\top x_i))",
     "-sum(y*log(sigmoid(X@w)) + (1 - y)*log(1 - sigmoid(X@w)))/n", "w"),
    (r"\sum_{i=1}^n (y^{(i)} - w^\top x^{(i)})^2", "norm(y - X@w)**2", "w"),
    (r"x^\top A x + \sum_i \log x_i", "x.T@A@x + sum(log(x))", "x"),
    (r"\sum_i x_i y_i", "x.T@y", "x"),
    (r"\sum_i \|x_i\|", "sum(norm(X[i, :]) for i in n)", "X"),
    (r"\sum_i a_i^\top M b_i", "sum(A*(B@M.T))", "M"),
    (r"\sum_{i=1}^n \sum_{j=1}^m A_{ij} u_i v_j", "u.T@A@v", "u"),
    (r"\log \sum_i e^{x_i}", "log(sum(exp(x)))", "x"),
    (r"\sum_{i=0}^{n-1} c_i x_i^2", "sum(c*x**2)", "x"),
    (r"\sum_{i \in [n]} x_i^3", "sum(x**3)", "x"),
    (r"\sum_{i \in \{1, \dots, n\}} x_i^3", "sum(x**3)", "x"),
    (r"\sum_{i \neq j} x_i x_j", "sum(x)**2 - norm(x)**2", "x"),
    (r"\sum_{i,j=1}^n x_i A_{ij} x_j", "x.T@A@x", "x"),
    (r"\sum_t \left( s_t - \sum_k a_k f_{tk} \right)^2", "norm(s - F@a)**2", "a"),
    (r"\sum_{i=1}^n i x_i^2", "sum((i + 1)*x[i]**2 for i in n)", "x"),
    (r"\sum_{1\le i<j\le n} x_i x_j^2", "sum(x[i]*x[j]**2 for i in n for j in n if i < j)", "x"),
    (r"\sum_{i=1}^n\sum_{j=i+1}^n x_i x_j^2", "sum(x[i]*x[j]**2 for i in n for j in n if i < j)", "x"),
    ("∑ᵢ xᵢ²", "norm(x)**2", "x"),
    ("½ ∑ᵢ (yᵢ − wᵀ xᵢ)² + λ ‖w‖²", "norm(y - X@w)**2/2 + lam*norm(w)**2", "w"),
    ("∑ᵢⱼ Wᵢⱼ ‖xᵢ − xⱼ‖²", "sum(W[i, j]*norm(X[i, :] - X[j, :])**2 for i in n for j in n)", "X"),
    ("∑ᵢ₌₁ⁿ log(xᵢ)", "sum(log(x))", "x"),
]


@pytest.mark.parametrize(("text", "same", "wrt"), SAME, ids=[case[0] for case in SAME])
def test_a_sum_of_a_paper_is_that_of_the_language(text, same, wrt):
    syntax = "latex" if text.isascii() else "unicode"
    shapes = {"x": ("n",)} if syntax == "latex" and wrt == "x" and r"A x" not in text else None
    read = matcalc.diff(text, wrt=wrt, syntax=syntax, shapes=shapes)
    assert read.check(points=1).ok
    verdict = matcalc.check(same, str(read), wrt=wrt, shapes={n: s for n, s in read.shapes.items()})
    assert verdict.ok, (read.text, str(read))


# LaTeX, and what Python adds up: bounds and conditions that have an index of a sum around them
LOOPS = [
    (r"\sum_i \prod_{j\neq i} x_j", "sum(prod(x[j] for j in n if j != i) for i in n)"),
    (r"\sum_{i=1}^n y_i \prod_{j \ne i} \frac{t - x_j}{x_i - x_j}",
     "sum(y[i]*prod((t - x[j])/(x[i] - x[j]) for j in n if j != i) for i in n)"),
    (r"\sum_{i=1}^n y_i \sum_{j=1}^{i} x_j", "sum(y[i]*sum(x[j] for j in range(i + 1)) for i in n)"),
    (r"\sum_i x_i \sum_{j=1}^{i-1} x_j", "sum(x[i]*sum(x[j] for j in range(i)) for i in n)"),
    (r"\sum_{i=0}^{n-1}\sum_{j=0}^{i} x_j y_i", "sum(y[i]*sum(x[j] for j in range(i + 1)) for i in n)"),
    (r"\sum_{i=0}^{n-1}\sum_{j=i+1}^{n-1} x_j y_i", "sum(y[i]*sum(x[j] for j in range(i + 1, n)) for i in n)"),
    (r"\sum_{i=1}^n y_i \sum_{j=i}^{n} x_j", "sum(y[i]*sum(x[j] for j in range(i, n)) for i in n)"),
    (r"\sum_{i=1}^n \sum_{j=1}^{n-i+1} x_j y_i", "sum(x[j]*y[i] for i in n for j in range(n - i))"),
    (r"\sum_i y_i \sum_{j < i} x_j", "sum(y[i]*sum(x[j] for j in range(i)) for i in n)"),
    (r"\prod_{i=1}^n \sum_{j=1}^{i} x_j", "prod(sum(x[j] for j in range(i + 1)) for i in n)"),
    (r"\sum_{i=1}^n \left( x_i - \sum_{j=1}^{i} B_{ij} y_j\right)^2",
     "sum((x[i] - sum(B[i, j]*y[j] for j in range(i + 1)))**2 for i in n)"),
    (r"-\sum_i y_i x_i - \sum_{i<j} B_{ij} x_i x_j",
     "-sum(y[i]*x[i] for i in n) - sum(B[i, j]*x[i]*x[j] for i in n for j in n if i < j)"),
    (r"\sum_{i<j} x_i x_j \sum_{i<j} y_i y_j",
     "sum(x[i]*x[j] for i in n for j in n if i < j)*sum(y[i]*y[j] for i in n for j in n if i < j)"),
    (r"\frac{1}{n}\sum_{i=1}^n \frac{1}{i}\sum_{j=1}^i x_j", "sum(sum(x[:i + 1, :])/(i + 1) for i in n)/n"),
    (r"\min_i (x_i - t)^2", "min((x[i] - t)**2 for i in n)"),
    (r"\max_{i=1}^n x_i \sum_{j \ne i} x_j", "max(x[i]*sum(x[j] for j in n if j != i) for i in n)"),
    (r"\max_i \sum_j |B_{ij}|", "max(sum(abs(B[i, j]) for j in n) for i in n)"),
    (r"\max_{1 \le i \le n} x_i - \min_i x_i", "max(x) - min(x)"),
    (r"\max_{i=1}^n x_i \sum_i y_i", "max(x)*sum(y)"),
]


@every_row(("text", "looped_text"), LOOPS, ids=[case[0] for case in LOOPS])
def test_bounds_and_conditions_have_the_indices_around_them(text, looped_text):
    generator = torch.Generator().manual_seed(5)
    shapes = {"x": ("n",), "y": ("n",), "B": ("n", "n"), "t": ()}
    arrays = {name: torch.randn([4] * len(shape) + [1] * (2 - len(shape)), generator=generator, dtype=torch.float64)
              for name, shape in shapes.items()}
    expression = matcalc.parse(text, syntax="latex")
    value = expression.evaluate(**{name: arrays[name].numpy() for name in expression.shapes})
    expected = looped(looped_text, {name: array for name, array in arrays.items()}, {"n": 4})
    assert float(value) == pytest.approx(float(expected), rel=1e-10)


def test_where_entries_come_from_is_said():
    expression = matcalc.parse(r"\sum_{i} \|x_i - \mu\|^2 + x_{11}", syntax="latex", shapes={"x_11": ()})
    assert "x_i: the rows of X, n×m" in list(expression.notes)


def test_a_derivative_by_the_letter_of_the_entries_is_one_by_their_array():
    text = r"\sum_i \|A x_i - b\|^2"
    assert str(matcalc.diff(text, wrt="x", syntax="latex")) == str(matcalc.diff(text, wrt="X", syntax="latex"))


def test_the_capital_is_left_to_what_has_it():
    expression = matcalc.parse(r"\sum_i x_i^\top X x_i", syntax="latex")
    assert set(expression.shapes) == {"X", "X_rows"}


@every_row(
    ("text", "message"),
    [
        (r"\sum x_i", r"below \sum an index is missing"),
        (r"\sum_{i=1}^{\infty} x_i", "a sum without end has no form in matrices"),
        (r"\sum_{i} x_{iu}", "'u' is no index of a sum around it"),
        (r"\sum_{i,j,k} x_{ijk}", "an array has two indices at most"),
        (r"\sum_{i} x", "the index i does not occur in its sum"),
        (r"\sum_x p(x) \log p(x)", "the index x does not occur in its sum"),
        (r"\prod_{i: y_i > 0} x_i", "a condition on values is read below a sum only"),
        (r"\sum_{i: y_i} x_i", "this is no condition between indices or on entries"),
        (r"\sum_i (x_i \wedge y_i)", r"\wedge stands between two names, which are no conditions"),
        (r"\sum_{2} x", "this is no index"),
        (r"\sum_{i=} x_i", "a bound of the sum is missing"),
        (r"\sum_i", "an expression is missing after"),
    ],
)
def test_a_wrong_sum_is_pointed_at(text, message):
    with pytest.raises(matcalc.MatcalcError) as caught:
        matcalc.parse(text, syntax="latex")
    assert caught.value.message.startswith(message) and caught.value.hint and caught.value.span is not None


@pytest.mark.parametrize(
    ("text", "wrt", "same"),
    [
        (r"\sum_i (x_i^\top w - y_i)^2", "x_k", "X[k, :]"),
        (r"\sum_i (x_i^\top w - y_i)^2", "y_k", "y[k]"),
        (r"\sum_{ij} A_{ij}^2 x_i", "A_kl", "A[k, l]"),
        (r"\frac{\partial}{\partial x_k}\sum_{i,j} W_{ij}\|x_i-x_j\|^2", None, "X[k, :]"),
    ],
)
def test_a_derivative_by_an_entry(text, wrt, same):
    answer = matcalc.diff(text, wrt=wrt, syntax="latex")
    assert answer.check().ok
    assert str(answer) == str(matcalc.diff(text, wrt=same, syntax="latex"))


@pytest.mark.parametrize(
    ("text", "claim", "wrt", "right"),
    [
        (r"\sum_i (x_i^\top w - y_i)^2", r"2\sum_i (x_i^\top w - y_i) x_i", "w", True),
        (r"\sum_i (x_i^\top w - y_i)^2", r"\sum_i (x_i^\top w - y_i) x_i", "w", False),
        (r"\sum_i \|x_i - \mu\|^2", r"-2\sum_i (x_i - \mu)", "mu", True),
        (r"\sum_i \sum_j x_i x_j", r"2 \sum_j x_j", "x", False),
    ],
)
def test_a_claim_about_a_sum_is_a_sum(text, claim, wrt, right):
    assert matcalc.check(text, claim, wrt=wrt, syntax="latex").ok == right


def test_a_sum_of_the_same_index_ends_the_one_before():
    assert matcalc.parse(r"\sum_i x_i \sum_i y_i", syntax="latex").text == "sum(x)*sum(y)"


@every_row(("text", "same"), [
    (r"L = -\sum_k y_k \log p_k, \quad p_k = \frac{e^{z_k}}{\sum_j e^{z_j}}", "-(y.T@log(exp(z)/sum(exp(z))))"),
    (r"-\sum_k y_k \log p_k \text{ where } p_k = \frac{e^{z_k}}{\sum_j e^{z_j}}", "-(y.T@log(exp(z)/sum(exp(z))))"),
    (r"-\sum_i y_i \log \hat y_i, \hat y_i = \sigma(w^\top x_i)", "-(y.T@log(sigmoid(X@w)))"),
    (r"\frac{1}{n}\sum_{i=1}^n (\hat y^{(i)} - y^{(i)})^2, \hat y^{(i)} = w^\top x^{(i)} + b",
     "1/n*norm(X@w + b - y)**2"),
    (r"\sum_{i,j} (Y_{ij} - Z_{ij})^2, Z_{ij} = u_i^\top v_j", "norm(Y - U@V.T)**2"),
    (r"\sum_i r_i^2 \text{ with } r_i = y_i - m_i, m_i = w^\top x_i", "norm(y - X@w)**2"),
    (r"\sum_j q_j^2, q_i = 2 x_i + 1", "norm(2*x + 1)**2"),
    (r"\frac12 \|r\|^2, r = Ax - b", "1/2*norm(A@x - b)**2"),
])
def test_what_defines_an_entry_is_put_where_the_entry_stands(text, same):
    """Each entry has its own: p_k beside a sum over k was a name that is the same for all of them."""
    assert matcalc.parse(text, syntax="latex").text == same


def test_a_definition_that_has_the_index_of_the_entry_itself_is_refused():
    with pytest.raises(ExpressionSyntaxError, match="p_j has another index than its definition, which has j itself"):
        matcalc.parse(r"\sum_j y_j \log p_j, p_k = \frac{e^{z_k}}{\sum_j e^{z_j}}", syntax="latex")


def test_definitions_that_double_a_formula_again_and_again_are_too_long():
    lines = ", ".join(rf"{a}_k = {b}_k {b}_k + k" for a, b in zip("abcdfghopqrstuv", "bcdfghopqrstuvw"))
    with pytest.raises(LimitError, match="more than 4000 signs"):
        matcalc.parse(rf"\sum_k a_k, {lines}", syntax="latex")
