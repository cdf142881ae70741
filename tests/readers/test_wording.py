"""Formulas as people ask about them: with words, dollar signs, ∂(…)/∂x =, and the name in f(w) on the left."""

import pytest

import matcalc
from matcalc.errors import MatcalcError

# (what is typed, what is read, the name by which is differentiated)
ASKED = [
    ("gradient of ||Ax - b||^2 with respect to x", "norm(A@x - b)**2", "x"),
    ("grad of x'Ax", "x.T@A@x", "x"),
    ("Find the gradient of f(x) = x'Ax + b'x", "x.T@A@x + b.T@x", "x"),
    ("derivative of log det X", "logdet(X)", "X"),
    ("What is the derivative of tr(X^T A X) with respect to A?", "tr(X.T@A@X)", "A"),
    ("gradient of tr(AXB) wrt X", "tr(A@X@B)", "X"),
    ("differentiate ||Xw - y||^2 w.r.t. w", "norm(X@w - y)**2", "w"),
    ("norm(X@w - y)**2 wrt w", "norm(X@w - y)**2", "w"),
    ("derivative with respect to W of ||Y - XW||^2", "norm(Y - X@W)**2", "W"),
    ("the gradient of ‖Xβ − y‖² by β", "norm(X@beta - y)**2", "beta"),
    (r"I want the gradient of $f(w) = \|Xw-b\|^2$ with respect to $w$", "norm(X@w - b)**2", "w"),
    (r"How do I differentiate $\mathbf{x}^T\mathbf{A}\mathbf{x}$ with respect to $\mathbf{A}$?", "x.T@A@x", "A"),
    (r"Given $L = \frac{1}{2}\|Xw-y\|^2$, where $X \in \mathbb{R}^{n\times d}$, find $\frac{\partial L}{\partial w}$.",
     "1/2*norm(X@w - y)**2", "w"),
    (r"\frac{\partial \mathbf{a}^T\mathbf{X}^T\mathbf{b}}{\partial\mathbf{X}} = ?", "a.T@X.T@b", "X"),
    (r"\frac{\partial}{\partial S} \ln |\det(S)| =", "logdet(S)", "S"),
    ("∂(xᵀAx)/∂A =", "x.T@A@x", "A"),
    ("∂‖x‖₂/∂x", "norm(x)", "x"),
    ("∂ tr(AXB)/∂X", "tr(A@X@B)", "X"),
    ("d(x'Ax)/dx", "x.T@A@x", "x"),
    ("d||x||/dx", "norm(x)", "x"),
    ("d(x.T@A@x)/dx", "x.T@A@x", "x"),
    ("∂L/∂W where L = ‖Y − XW‖²", "norm(Y - X@W)**2", "W"),
    ("dL/dw, L = ||Xw-y||^2", "norm(X@w - y)**2", "w"),
    ("min_w ||Xw-b||^2 s.t. w >= 0", "norm(X@w - b)**2", "w"),
    # the argument on the left-hand side
    ("f(w) = ||Xw - y||^2", "norm(X@w - y)**2", "w"),
    (r"L(W) = \left\| Y - XW \right\|_F^2", "norm(Y - X@W)**2", "W"),
    ("f = @(w) (X*w - y)'*(X*w - y)", "(X@w - y).T@(X@w - y)", "w"),
    ("f(w) = (X*w - y)'*(X*w - y)", "(X@w - y).T@(X@w - y)", "w"),
    ("lambda w: np.sum((X @ w - y)**2)", "sum((X@w - y)**2)", "w"),
    ("def loss(w):\n    return np.sum((X @ w - y)**2)", "sum((X@w - y)**2)", "w"),
    # a small t is a transpose
    (r"\mathbf{x}^t\mathbf{A}\mathbf{x}", "x.T@A@x", "x"),
    (r"\frac12 (Xw-y)^{t}(Xw-y) - b^t w", "1/2*(X@w - y).T@(X@w - y) - b.T@w", "X"),
]


@pytest.mark.parametrize(("typed", "read", "wrt"), ASKED, ids=[typed[:40] for typed, *_ in ASKED])
def test_the_words_around_a_formula_say_what_is_asked(typed, read, wrt):
    found = matcalc.diff(typed, syntax=None)
    assert (found.text, found.wrt) == (read, wrt)


@pytest.mark.parametrize(
    "typed", ["hessian of x'Ax", "∂²(xᵀAx)/∂x²", r"What is the Hessian of $x^\top A x$ with respect to $x$?"]
)
def test_a_hessian_is_asked_for_in_words(typed):
    assert str(matcalc.diff(typed, syntax=None)) == "A + A.T"


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        (r"Let $f(X)=\operatorname{tr}(X^TAX)$ where $A$ is symmetric. Find $\nabla f$.", "2*A@X"),
        ("x'Ax where A is symmetric", "2*A@x"),
        ("gradient of xᵀΣx with Σ positive definite", "2*Sigma@x"),
        ("x.T@A@x if A is symmetric", "2*A@x"),
    ],
)
def test_what_a_sentence_says_of_a_name_is_taken(asked, answer):
    assert str(matcalc.diff(asked, wrt="X" if "X" in asked else "x", syntax=None)) == answer


@pytest.mark.parametrize("typed", ["gradient.T@x", "subject.T@x", "d*(x.T@x)/dx", "grad.T@A@grad", "wrt.T@x"])
def test_a_formula_with_such_names_is_no_sentence(typed):
    assert matcalc.parse(typed, syntax=None).syntax == "matcalc"


def test_a_declared_d_is_a_name():
    assert matcalc.diff("d||x||/dx", wrt="x", shapes={"d": ()}, syntax=None).shapes["d"] == ()


def test_a_t_that_stands_elsewhere_is_an_exponent():
    assert matcalc.parse(r"\gamma^t c + t", syntax="latex").text == "gamma**t*c + t"


@pytest.mark.parametrize(
    ("typed", "hint"),
    [
        ("x^Ty/n", "write x.T@y/n"),
        ("x^tAx", "write x.T@A@x"),
        ("1/2x^TAx", "write 1/2*x.T@A@x"),
        ("gradient of ||Ax-b||^2 wrt z", "write the formula alone"),
    ],
)
def test_a_hint_offers_what_was_meant(typed, hint):
    with pytest.raises(MatcalcError) as caught:
        matcalc.diff(typed, syntax=None)
    assert caught.value.hint.startswith(hint)


@pytest.mark.parametrize(
    ("typed", "name", "shape"),
    [
        (r"\gamma \odot \frac{x-\mu}{\sqrt{s^2+\epsilon}} + \beta", "gamma", ("n", 1)),
        ("h ⊙ W x", "h", ("n", 1)),
        ("z ⊙ n + (1 − z) ⊙ h", "n", ("m", 1)),
    ],
)
def test_factors_of_an_entrywise_product_are_arrays(typed, name, shape):
    assert matcalc.parse(typed, syntax=None).shapes[name] == shape


def test_a_quotient_of_matlab_with_a_product_beside_it_is_matlab():
    assert matcalc.parse("1./(1+exp(-X*theta))", syntax=None).text == "1/(1 + exp(-X@theta))"
    assert matcalc.parse("1./x", syntax=None).syntax == "matcalc"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("tr(A**2)", "`**` is entry by entry; the power of the matrix is matpow(A, 2)"),
        ("dot(x, A*x)", "`*` is entry by entry; the matrix product is A@x"),
        ("A**-1@x", "`**` is entry by entry; the inverse is inv(A)"),
        ("A@x + b.T", "b.T is a row and A@x a column: A@x + b.T is a matrix; the row as a column is b"),
        ("lam*norm(Ax - b)**2", "Ax is one name; the product is A@x"),
    ],
)
def test_a_slip_in_the_language_is_said(typed, said):
    derivative = matcalc.diff(typed, wrt="Ax" if "Ax" in typed else "A" if "tr" in typed else "x")
    assert said in derivative.notes


@pytest.mark.parametrize("typed", ["X**2", "sum(X**2)", "A@x + b", "x.T@A@x", "norm(X**2, 1)"])
def test_what_is_no_slip_is_not(typed):
    said = matcalc.diff(typed, wrt=typed[typed.upper().index("X")]).notes
    assert not any("entry by entry" in note or "is a matrix" in note for note in said)


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        (r"-\sum_{k} y_k \log \hat y_k, \hat y = \text{softmax}(z)", "-(y.T@log(softmax(z)))"),
        (r"\sum_k y_k p_k, p = \exp(s), s = Wz", "y.T@exp(W@z)"),
        (r"\frac{1}{n}\sum_{i=1}^n r_i^2 \text{ where } r = Az - b", "1/n*norm(A@z - b)**2"),
        (r"\sum_i \log(1 + e^{-m_i}), m = Az, A \in \mathbb{R}^{n\times d}", "sum(log(1 + exp(-(A@z))))"),
    ],
)
def test_a_definition_stands_for_an_array_whose_entries_the_formula_has(typed, read):
    found = matcalc.diff(typed, wrt="z", syntax="latex")
    assert found.text == read
    assert found.check().ok
