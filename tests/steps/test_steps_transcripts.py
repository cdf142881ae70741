"""Derivations that every textbook has, line by line, and what is said beside the lines."""

import pytest

import matcalc

CLASSICS = [
    ("least squares", "norm(A@x - b)**2", "x", {}, """
        f = norm(r)**2 = r.T@r                                          with r = A@x - b
        df = 2*r.T@dr
        dr = A@dx
        df = 2*r.T@A@dx = (2*A.T@r).T@dx
        df/dx = 2*A.T@(A@x - b)
    """),
    ("a quadratic form", "x.T@A@x", "x", {}, """
        df = dx.T@A@x + x.T@A@dx = x.T@(A + A.T)@dx = ((A + A.T)@x).T@dx
        df/dx = (A + A.T)@x
    """),
    ("a quadratic form in a matrix", "tr(X.T@A@X)", "X", {}, """
        df = tr(dX.T@A@X) + tr(X.T@A@dX) = tr(X.T@(A + A.T)@dX) = tr(((A + A.T)@X).T@dX)
        df/dX = (A + A.T)@X
    """),
    ("the determinant's logarithm", "logdet(X)", "X", {}, """
        df = tr(inv(X)@dX)
        df/dX = inv(X).T
    """),
    ("the logarithm of a determinant", "log(det(X))", "X", {}, """
        df = det(X)*tr(inv(X)@dX)/det(X) = tr(inv(X)@dX)
        df/dX = inv(X).T
    """),
    ("logistic regression", "sum(softplus(X@w)) - y.T@X@w", "w", {}, """
        f = sum(softplus(z)) - y.T@X@w                                  with z = X@w
        df = sum(sigmoid(z)*dz) - y.T@X@dw = sigmoid(z).T@dz - y.T@X@dw
        dz = X@dw
        df = sigmoid(z).T@X@dw - y.T@X@dw = (sigmoid(z) - y).T@X@dw = (X.T@(sigmoid(z) - y)).T@dw
        df/dw = X.T@(sigmoid(X@w) - y)
    """),
    ("softmax regression", "logsumexp(W@x + b) - y.T@(W@x + b)", "W", {}, """
        f = logsumexp(z) - y.T@z                                        with z = W@x + b
        df = sum(softmax(z)*dz) - y.T@dz = (softmax(z) - y).T@dz
        dz = dW@x
        df = (softmax(z) - y).T@dW@x = tr(x@(softmax(z) - y).T@dW) = tr(((softmax(z) - y)@x.T).T@dW)
        df/dW = (softmax(W@x + b) - y)@x.T
    """),
    ("a linear map of a matrix", "A@X@B", "X", {"layout": "num"}, """
        dY = A@dX@B
        vec(dY) = kron(B.T, A)@vec(dX)
        dvec(Y)/dvec(X) = kron(B.T, A)
    """),
    ("the inverse", "inv(X)", "X", {"layout": "num"}, """
        dY = -inv(X)@dX@inv(X)
        vec(dY) = -kron(inv(X).T, inv(X))@vec(dX)
        dvec(Y)/dvec(X) = -kron(inv(X).T, inv(X))
    """),
    ("a chain of scalars", "exp(sin(a**2))", "a", {}, """
        f = exp(s)                                                      with s = sin(a**2)
        df = exp(s)*ds
        ds = 2*a*cos(a**2)*da
        df = exp(s)*(2*a*cos(a**2)*da) = 2*a*cos(a**2)*exp(s)*da
        df/da = 2*a*cos(a**2)*exp(sin(a**2))
    """),
    ("logsumexp twice", "logsumexp(x)", "x", {"order": 2}, """
        df = sum(softmax(x)*dx) = softmax(x).T@dx
        g = softmax(x)
        dg = softmax(x)*dx - softmax(x)*sum(softmax(x)*dx, axis=0) = softmax(x)*(dx - softmax(x).T@dx) \
= (diag(softmax(x)) - softmax(x)@softmax(x).T)@dx
        d2f/dxdx.T = diag(softmax(x)) - softmax(x)@softmax(x).T
    """),
    ("quadratic over linear", "x.T@x/t", "x", {"shapes": {"t": ()}}, """
        df = dx.T@x/t + x.T@dx/t = 2*x.T@dx/t = (2*x/t).T@dx
        df/dx = 2*x/t
    """),
    ("the Rayleigh quotient", "x.T@A@x/(x.T@x)", "x", {}, """
        f = s/t                                                         with s = x.T@A@x, t = x.T@x
        df = ds/t - s*dt/t**2
        ds = dx.T@A@x + x.T@A@dx = x.T@(A + A.T)@dx
        dt = dx.T@x + x.T@dx = 2*x.T@dx
        df = x.T@(A + A.T)@dx/t - s*(2*x.T@dx)/t**2 = x.T@(A + A.T - 2*s*eye(n)/t)@dx/t \
= ((A + A.T - 2*s*eye(n)/t)@x/t).T@dx
        df/dx = (A + A.T - 2*(x.T@A@x)*eye(n)/(x.T@x))@x/(x.T@x)
    """),
    ("a matrix by a scalar", "inv(A + t*B)", "t", {"layout": "num", "shapes": {"t": ()}}, """
        Y = inv(Z)                                                      with Z = A + t*B
        dY = -inv(Z)@dZ@inv(Z)
        dZ = dt*B
        dY = -inv(Z)@(dt*B)@inv(Z) = -dt*inv(Z)@B@inv(Z)
        dY/dt = -inv(A + t*B)@B@inv(A + t*B)
    """),
    ("two layers", "norm(W2@tanh(W1@x) - y)**2/2", "W1", {}, """
        f = norm(r)**2/2 = r.T@r/2                                      with z = W1@x, r = W2@tanh(z) - y
        df = 2*r.T@dr/2 = r.T@dr
        dr = W2@((1 - tanh(z)**2)*dz)
        dz = dW1@x
        df = r.T@W2@((1 - tanh(z)**2)*(dW1@x)) = tr(x@(r.T@W2*(1 - tanh(z).T**2))@dW1) \
= tr((W2.T@r*(1 - tanh(z)**2)@x.T).T@dW1)
        df/dW1 = W2.T@(W2@tanh(W1@x) - y)*(1 - tanh(W1@x)**2)@x.T
    """),
]  # fmt: skip


def shown(step):
    parts = ", ".join(f"{name} = {text}" for name, text in step.definitions)
    return f"{step} with {parts}" if parts else str(step)


@pytest.mark.parametrize(
    "text, wrt, options, expected", [row[1:] for row in CLASSICS], ids=[row[0] for row in CLASSICS]
)
def test_the_lines(text, wrt, options, expected):
    lines = [" ".join(line.split()) for line in expected.strip().splitlines()]
    assert [shown(step) for step in matcalc.diff(text, wrt=wrt, **options).steps] == lines


LEAST_SQUARES = """\
1  f  = norm(r)**2 = r.T@r,  with r = A@x - b         norm squared (Matrix Cookbook (129), (132))
2  df = 2*r.T@dr                                      product rule (Calculus; Dive into Deep Learning, 2.4)
3  dr = A@dx                                          linear; A and b are constant (Matrix Cookbook (35))
4  df = 2*r.T@A@dx = (2*A.T@r).T@dx                   insert dr; read off df = g.T@dx (Magnus & Neudecker (2019), \
chapter 9)
   df/dx = 2*A.T@(A@x - b)                            denominator layout"""

IN_UNICODE = """\
1  f  = ‖r‖² = rᵀ r,  with r = A x - b                norm squared (Matrix Cookbook (129), (132))
2  df = 2 rᵀ dr                                       product rule (Calculus; Dive into Deep Learning, 2.4)
3  dr = A dx                                          linear; A and b are constant (Matrix Cookbook (35))
4  df = 2 rᵀ A dx = (2 Aᵀ r)ᵀ dx                      insert dr; read off df = gᵀ dx (Magnus & Neudecker (2019), \
chapter 9)
   ∂f/∂x = 2 Aᵀ (A x - b)                             denominator layout"""

IN_LATEX = r"""\begin{align*}
f &= \left\lVert r \right\rVert^{2} \\
 &= r^{\top} r, \quad r = A x - b && \text{norm squared (Matrix Cookbook (129), (132))} \\
\mathrm{d}f &= 2 r^{\top} \mathrm{d}r && \text{product rule (Calculus; Dive into Deep Learning, 2.4)} \\
\mathrm{d}r &= A \mathrm{d}x && \text{linear; $A$ and $b$ are constant (Matrix Cookbook (35))} \\
\mathrm{d}f &= 2 r^{\top} A \mathrm{d}x \\
 &= \left(2 A^{\top} r\right)^{\top} \mathrm{d}x && """ + (
    r"\text{insert $\mathrm{d}r$; read off $\mathrm{d}f = g^{\top} \mathrm{d}x$ "
    r"""(Magnus \& Neudecker (2019), chapter 9)} \\
\frac{\partial f}{\partial x} &= 2 A^{\top} \left(A x - b\right) && \text{denominator layout}
\end{align*}"""
)


def test_the_whole_page_in_all_notations():
    derivation = matcalc.diff("norm(A@x - b)**2", wrt="x").derivation
    assert str(derivation) == LEAST_SQUARES
    assert derivation.unicode() == IN_UNICODE
    assert derivation.latex() == IN_LATEX
    assert derivation._repr_latex_() == IN_LATEX


def test_a_page_of_sixty_columns():
    assert matcalc.diff("norm(A@x - b)**2", wrt="x").derivation.unicode(60).splitlines() == [
        "1  f  = ‖r‖² = rᵀ r,  with r = A x - b",
        "                              norm squared (Matrix Cookbook",
        "                              (129), (132))",
        "2  df = 2 rᵀ dr               product rule (Calculus; Dive",
        "                              into Deep Learning, 2.4)",
        "3  dr = A dx                  linear; A and b are constant",
        "                              (Matrix Cookbook (35))",
        "4  df = 2 rᵀ A dx = (2 Aᵀ r)ᵀ dx",
        "                              insert dr; read off df = gᵀ dx",
        "                              (Magnus & Neudecker (2019),",
        "                              chapter 9)",
        "   ∂f/∂x = 2 Aᵀ (A x - b)     denominator layout",
    ]
