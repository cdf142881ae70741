"""Formulas in LaTeX, each with what it means in the language."""

SHAPES = {
    "A": ("n", "n"), "B": ("n", "n"), "X": ("n", "m"), "x": ("n", 1), "y": ("n", 1), "z": ("n", 1), "w": ("m", 1),
    "mu": ("n", 1), "Sigma": ("n", "n"), "beta": ("m", 1), "beta_hat": ("m", 1), "x1": ("n", 1), "x_2": ("n", 1),
    "W_out": ("m", "n"), "loss": (), "c": (), "d": (), "lam": (), "sigma": (),
}

UNDECLARED = [
    (r"x^\top \operatorname{vech}(S)", "x.T@vech(S)"),
    (r"\|\operatorname{vech}(A X)\|^2", "norm(vech(A@X))**2"),
    (r"y^\top \Phi(\Phi^{-1}(x)) + y^\top \operatorname{erf}^{-1}(x)", "y.T@normcdf(norminv(x)) + y.T@erfinv(x)"),
    (r"\Phi^{-1}(y - b) + \Phi x", "inv(Phi)@(y - b) + Phi@x"),  # a matrix where it stands as one
    (r"2 A^\top (A x - b)", "2*A.T@(A@x - b)"),
    (r"\mathbf{x}^\top \mathbf{A} \mathbf{x}", "x.T@A@x"),
    (r"\frac{1}{2} \|A x - b\|_2^2", "1/2*norm(A@x - b)**2"),
    (r"\frac12x^\top Ax", "1/2*x.T@A@x"),
    (r"\left(X^{\top} X + \lambda I\right)^{-1} X^{\top} y", "inv(X.T@X + lam*eye(m))@X.T@y"),
    (r"\log|X|", "logdet(X)"),
    (r"-\frac{c}{2} \log |\Sigma|", "-c/2*logdet(Sigma)"),
    (r"\operatorname{tr}(A^{-1}B)", "tr(inv(A)@B)"),
    (r"\mathrm{tr}\left(X^T A X\right)", "tr(X.T@A@X)"),
    (r"\text{Tr}(AX)", "tr(A@X)"),
    (r"\mathbf 1^\top x", "sum(x)"),
    (r"\mathbf{1}^\top X \mathbf{1}", "sum(X)"),
    (r"\operatorname{tr}(e^{A})", "tr(expm(A))"),
    (r"e^{-x^\top x}", "exp(-x.T@x)"),
    (r"\frac{1}{1+e^{-Xw}}", "1/(1 + exp(-X@w))"),
    (r"\sigma(Xw)", "sigmoid(X@w)"),
    (r"\boldsymbol\beta^\top x", "beta.T@x"),
    (r"\vec x^\top \vec y", "x.T@y"),
    (r"y - X\beta", "y - X@beta"),
    (r"y^\top X \beta", "y.T@X@beta"),
    (r"\|Xw - y\|_2^2 + \lambda \|w\|_1", "norm(X@w - y)**2 + lam*norm1(w)"),
    (r"||Xw - y||_2^2 + \lambda ||w||_1", "norm(X@w - y)**2 + lam*norm1(w)"),
    (r"x_1^\top x_2", "x_1.T@x_2"),
    (r"W_{2} \tanh(W_{1} x)", "W_2@tanh(W_1@x)"),
    (r"\hat{\beta}^\top x", "beta_hat.T@x"),
    (r"\det X^\top X", "det(X.T@X)"),
    (r"\operatorname{sum}(|A X|)", "sum(abs(A@X))"),
]

PRODUCTS = [
    (r"A x", "A@x"), ("Ax", "A@x"), (r"c A x", "c*A@x"), (r"A \cdot B", "A@B"), (r"A \times B", "A@B"),
    (r"x \cdot y", "dot(x, y)"), (r"x x^\top", "x@x.T"), (r"x^\top y \, z", "x.T@y*z"), (r"2 \cdot 3 x", "2*(3*x)"),
    (r"A(x + y)", "A@(x + y)"), (r"(x^\top y) A", "x.T@y*A"), (r"A[x - y]", "A@(x - y)"),
    (r"A\left\{x - y\right\}", "A@(x - y)"), (r"A \big( x \big)", "A@x"), (r"x \lambda", "x*lam"),
    (r"x \odot y", "x*y"), (r"x \circ y", "x*y"), (r"x \oslash y", "x/y"), (r"x \odot A y", "x*(A@y)"),
    (r"A \otimes B", "kron(A, B)"), (r"A \otimes B x", "kron(A, B@x)"), (r"-x \odot y + z", "-x*y + z"),
    (r"\langle x, A y \rangle", "dot(x, A@y)"), (r"\left\langle A, B\right\rangle", "dot(A, B)"),
    (r"1/2 x", "1/2*x"), (r"\lambda/2 \|w\|^2", "lam/2*norm(w)**2"), (r"1/c \, x", "1/c*x"),
    (r"x^\top A x / x^\top x", "x.T@A@x/(x.T@x)"), (r"\frac{x^\top A x}{x^\top x}", "x.T@A@x/(x.T@x)"),
    (r"\frac{x}{y}", "x/y"), (r"\frac1cx", "1/c*x"), (r"\frac12", "1/2"), (r"\dfrac{c}{2}\tfrac{1}{d}", "c/2*(1/d)"),
    (r"\sigma (A + B)", "sigma*(A + B)"), (r"x' y", "x.T@y"), (r"λ x ⊙ y", "lam*x*y"), (r"xᵀy − 1", "x.T@y - 1"),
]

SCRIPTS = [
    *((rf"A^{mark} x", "A.T@x") for mark in (
        r"\top", "T", "{T}", r"{\top}", r"{\intercal}", r"\mathsf{T}", r"{\mathrm T}", r"{\rm T}", r"{\text{T}}",
        "{\\prime}", "⊤",
    )),
    (r"A{}^{\rm T} x", "A.T@x"), ("A' x", "A.T@x"), (r"{A}^\top x", "A.T@x"),
    *((rf"A^{{{mark}}}", "inv(A).T") for mark in (r"-\top", "-T", r"-1\top", r"\top-1")),
    (r"A^{-1} x", "inv(A)@x"), (r"A^{-2}", "matpow(A, -2)"), (r"A^2", "matpow(A, 2)"), (r"A^{1/2}", "sqrtm(A)"),
    (r"A^{\frac12}", "sqrtm(A)"), (r"A^{-\frac{1}{2}}", "inv(sqrtm(A))"), (r"A^{0.5}", "sqrtm(A)"),
    (r"A^{+}", "pinv(A)"), (r"A^c", "matpow(A, c)"), (r"c^2", "c**2"), (r"c^{-1}", "c**(-1)"), (r"2^c", "2**c"),
    (r"x^{\odot 2}", "x**2"), (r"x^{\circ -1}", "x**(-1)"), (r"A^{\odot \frac{1}{2}}", "A**(1/2)"),
    (r"c^{d^2}", "c**(d**2)"), (r"10^{-3} c", "10**(-3)*c"), (r"e^x", "exp(x)"), (r"e^{A}", "expm(A)"),
    (r"e^X", "exp(X)"), (r"\mathrm{e}^{c}", "exp(c)"), (r"(x^\top x)^2", "(x.T@x)**2"), (r"-c^2", "-c**2"),
]

NORMS = [
    *((text, "norm(x)") for text in (
        r"\|x\|", r"\Vert x \Vert", r"\lVert x\rVert", r"\left\|x\right\|", r"\left\lVert x \right\rVert_2", "‖x‖",
        r"\big\|x\big\|_2", "||x||", r"\norm{x}", r"\norm{x}_2", r"\|x\|_{2}",
    )),
    (r"\|x\|_1", "norm1(x)"), (r"\|A\|_1", "norm1(A)"), (r"\|x\|_\infty", "max(abs(x))"),
    (r"\|A\|_\infty", "norm(A, inf)"), (r"\|A\|", "norm(A)"), (r"\|A\|_2", "norm(A, 2)"), (r"\|A\|_F", "norm(A)"),
    (r"\|A\|_{\mathrm{F}}", "norm(A)"), (r"\|A\|_*", 'norm(A, "nuc")'), (r"\|x\|_2^2", "norm(x)**2"),
    (r"\|x\|^2_2", "norm(x)**2"), (r"\|x\|\,\|y\|", "norm(x)*norm(y)"), (r"2\|x\| y", "2*norm(x)*y"),
    (r"\|x - \|y\| z\|", "norm(x - norm(y)*z)"), (r"\| \, \|x\| + c\|", "norm(norm(x) + c)"),
    ("|c|", "abs(c)"), ("|x|", "abs(x)"), ("|X|", "abs(X)"), ("|A|", "det(A)"), (r"\left|A\right|", "det(A)"),
    (r"\lvert A B \rvert", "det(A@B)"), (r"\abs{c}", "abs(c)"),
    ("2|c| x", "2*abs(c)*x"), (r"|A|\,|B|", "det(A)*det(B)"),
]

FUNCTIONS = [
    (r"\log \det A", "logdet(A)"), (r"\log\det(A)", "logdet(A)"), (r"\log(\det(A))", "log(det(A))"),
    (r"\log |A|", "logdet(A)"), (r"\ln\left|A\right|", "logdet(A)"), (r"\log|c|", "log(abs(c))"),
    (r"\log|A| x", "logdet(A)*x"), (r"\log|c|^2 x", "log(abs(c)**2)*x"), (r"\log\|x\| y", "log(norm(x))*y"),
    (r"\ln x", "log(x)"), (r"\exp\left(-\frac{c}{2}\right)", "exp(-c/2)"), (r"\exp\{x\}", "exp(x)"),
    (r"\exp{x}", "exp(x)"), (r"\sin x + \cos y", "sin(x) + cos(y)"), (r"\sin c x", "sin(c*x)"),
    (r"\sin c \cos d", "sin(c)*cos(d)"), (r"\sin^2 c", "sin(c)**2"), (r"\log_2 c", "log(c)/log(2)"),
    (r"\operatorname{tr} A B", "tr(A@B)"), (r"\operatorname{tr}(A) B", "tr(A)*B"),
    (r"\operatorname{tr}(A)^2", "tr(A)**2"),
    ("tr(A)", "tr(A)"), ("det(A)", "det(A)"), (r"\tr A", "tr(A)"), (r"\operatorname{Tr}A", "tr(A)"),
    (r"\operatorname{vec}(X)", "vec(X)"), (r"\vec(X)", "vec(X)"), (r"\operatorname{diag}(x)", "diag(x)"),
    (r"\diag(A)", "diag(A)"), (r"\max(0, x)", "maximum(0, x)"), (r"\max\{x\}", "max(x)"),
    (r"\min(x, y)", "minimum(x, y)"),
    (r"\operatorname{softmax}(A x)", "softmax(A@x)"), (r"\mathrm{ReLU}(x)", "relu(x)"), (r"\tanh x", "tanh(x)"),
    (r"\sqrt{x^\top x}", "sqrt(x.T@x)"), (r"\sqrt[3]{c}", "c**(1/3)"), (r"\sqrt2 c", "sqrt(2)*c"),
    (r"\lambda_{\max}(A)", "eigmax(A)"), (r"\lambda_{\min}(A)", "eigmin(A)"), (r"\sigma_{\max}(A)", "norm(A, 2)"),
    (r"\operatorname{norm}(A, 1)", "norm(A, 1)"), (r"\operatorname{sum}(X, \mathrm{axis}=0)", "sum(X, axis=0)"),
    (r"\operatorname{logsumexp}_1\left(X\right)", "logsumexp(X, axis=1)"), (r"\exp x^\top y", "exp(x.T@y)"),
]

CONSTANTS = [
    (r"A + I", "A + eye(n)"), (r"X^\top X + \lambda \mathbf{I}", "X.T@X + lam*eye(m)"), (r"I x", "eye(n)@x"),
    (r"I_m w", "eye(m)@w"), (r"I_{n m} \operatorname{vec}(X)", "eye(n*m)@vec(X)"), (r"\mathbb{I} x", "eye(n)@x"),
    (r"\mathbf{1}^\top x", "sum(x)"), (r"1^\top x", "sum(x)"), (r"X \mathbf{1}", "sum(X, axis=1)"),
    (r"\mathbf{1}^\top X", "sum(X, axis=0)"), (r"x + \mathbf{1}", "x + ones(n)"), (r"\mathbb{1}^\top x", "sum(x)"),
    (r"A - \frac{1}{n} \mathbf 1 \mathbf 1^\top", "A - 1/n*ones(n)@ones(n).T"), (r"\mathbf{1}_n^\top x", "ones(n).T@x"),
    (r"\mathbf{1}_{n \times m} w", "ones(n, m)@w"), (r"0_{n} + x", "zeros(n) + x"), (r"e_0^\top x", "e(0, n).T@x"),
    (r"K_{n,m} \operatorname{vec}(X)", "comm(n, m)@vec(X)"), (r"\pi c", "pi*c"), (r"\mathbf{0} + x", "0 + x"),
]

NAMES = [
    (r"x_1^\top x_{2}", "x1.T@x_2"), (r"x_{1}^{\top} y", "x1.T@y"), (r"x^\top_1 y", "x1.T@y"),
    (r"\hat\beta^\top w", "beta_hat.T@w"), (r"\widehat{\boldsymbol{\beta}}^\top w", "beta_hat.T@w"),
    (r"W_{\text{out}} x", "W_out@x"), (r"\mathrm{loss} + c", "loss + c"), ("loss + c", "loss + c"),
    (r"\mathrm{x\_2}^\top x", "x_2.T@x"), (r"\bm{x}^\top \mathbf{y}", "x.T@y"), (r"\mathbf{x}^\top x", "x.T@x"),
    (r"\varepsilon^\top \epsilon_2", "epsilon.T@epsilon_2"), (r"\bar{X} w", "X_bar@w"),
]

SURROUNDINGS = [
    *((text, "x.T@y") for text in (
        r"$x^\top y$", r"$$x^\top y$$", r"\[x^\top y\]", r"\(x^\top y\)", r"\begin{equation} x^\top y \end{equation}",
        r"\begin{align*} & x^\top y \end{align*}", r"\displaystyle x^\top y", r"x^\top \! y", r"x^{\top}\;y \,.",
        "x^\\top y % a comment", r"x^\top y \\", r"f(x) = x^\top y", r"\nabla_x f(x) = x^\top y",
        r"\nabla f = x^\top y",
        r"\frac{\partial f}{\partial x} = x^\top y", r"\frac{\partial}{\partial x} \|x\|^2 = x^\top y",
        r"\frac{df}{dx} = x^\top y", r"\frac{\mathrm{d} f}{\mathrm{d} \mathbf{x}} &= x^\top y", r"df/dx = x^\top y",
        r"L = x^\top y", r"\mathcal{L}(w) = x^\top y", r"J_1(x) = x^\top y,", r"{x}^\top {{y}}",
        r"\left. x^\top y \right.",
    )),
]
