r"""Formulas in LaTeX as papers, converters and notebooks have them: text, what it says in the language.

Nothing is declared. They are of all the kinds that the reader of LaTeX knows; none of them is in its code.
"""

BOLD = [
    (r"\|\mathbf{Xw}-\mathbf{y}\|^2 + \lambda\|\mathbf{w}\|^2", "norm(X@w - y)**2 + lam*norm(w)**2"),
    (r"\mathbf{Ax}", "A@x"),
    (r"\boldsymbol{\beta}^{\intercal}\boldsymbol{X}^{\intercal}\boldsymbol{y}", "beta.T@X.T@y"),
    (r"{\bf x}^T {\bf A} {\bf x}", "x.T@A@x"),
    (r"\bm{\theta}^{\top}\bm{\Phi}\bm{\theta}", "theta.T@Phi@theta"),
    (r"\vx^\top \mA \vx + \bbeta^\top\bSigma\bbeta", "x.T@A@x + beta.T@Sigma@beta"),
    (r"\overrightarrow{x}^{T}\mathbf{A}\overrightarrow{x}", "x.T@A@x"),
    ("𝐱^\\top 𝐀 𝐱", "x.T@A@x"),
]
WORDS = [
    (r"{\rm tr}(AX)", "tr(A@X)"), (r"{\rm Tr}[A X]", "tr(A@X)"), (r"\log{\rm det}X", "logdet(X)"),
    (r"tr(AX)", "tr(A@X)"), (r"tr\left( AX \right)", "tr(A@X)"), (r"\Tr(AB)", "tr(A@B)"),
    (r"\text{tr}(A X B X^{\text{T}})", "tr(A@X@B@X.T)"), (r"\log\mid A\mid", "logdet(A)"),
    (r"\mathbf{A}\bigodot\mathbf{X}", "A*X"), (r"A \bigotimes B", "kron(A, B)"),
    (r"\DeclareMathOperator{\tr}{tr} \tr(A^\top X)", "tr(A.T@X)"),
    (r"\operatorname{tr}\{(X-M)^{\top}\Sigma^{-1}(X-M)\}", "tr((X - M).T@inv(Sigma)@(X - M))"),
    (r"A:X", "dot(A, X)"), (r"C \bullet X", "dot(C, X)"), (r"\langle A, X\rangle_F", "dot(A, X)"),
]
NORMS = [
    (r"\|x\|_p^p", "sum(abs(x)**p)"), (r"\lVert Ax-b\rVert_p^p", "sum(abs(A@x - b)**p)"),
    (r"\|x\|_4^4", "sum(x**4)"), (r"\|x\|_3", "sum(abs(x)**3)**(1/3)"), (r"\|x\|_p", "sum(abs(x)**p)**(1/p)"),
    (r"\|x\|_{\Sigma^{-1}}^2", "x.T@inv(Sigma)@x"), (r"\|x\|_W", "sqrt(x.T@W@x)"),
    (r"\|Xw-y\|_W^2", "(X@w - y).T@W@(X@w - y)"), (r"\langle x, y\rangle_{W}", "x.T@W@y"),
    (r"\|x\|_{\ell_1} + \|x\|_{\ell_2}^2", "norm1(x) + norm(x)**2"), (r"\|x\|_2^p", "norm(x)**p"),
    (r"\|Y - XW\|_F^2 + \lambda\|W\|_{F}^2", "norm(Y - X@W)**2 + lam*norm(W)**2"),
]
INDICES = [
    (r"W^{(2)}\sigma(W^{(1)}x+b^{(1)})+b^{(2)}", "W2@sigmoid(W1@x + b1) + b2"),
    (r"a^{[2]} = \sigma(W^{[2]} a^{[1]} + b^{[2]})", "sigmoid(W2@a1 + b2)"),
    (r"x^{(1)\top} W^{(2)} x^{(1)}", "x1.T@W2@x1"),
    (r"h_t = \tanh(W h_{t-1} + U x_t + b)", "tanh(W@h_t_1 + U@x_t + b)"),
    (r"x_{k+1}^\top Q x_{k+1} + u_k^\top R u_k", "x_k_plus_1.T@Q@x_k_plus_1 + u_k.T@R@u_k"),
    (r"\log|K+\sigma_n^2 I|", "logdet(K + sigma_n**2*eye(n))"),
    (r"\sigma_f^2\exp\left(-\frac12(x-y)^TM(x-y)\right)", "sigma_f**2*exp(-1/2*(x - y).T@M@(x - y))"),
    (r"\frac{\sqrt{3}\|x-y\|}{\ell}", "sqrt(3)*norm(x - y)/ell"),
    (r"\operatorname{softmax}(QK^\top/\sqrt{d_k})V", "softmax(Q@K.T/sqrt(d_k), axis=1)@V"),
    (r"\frac{\mathbf w^\top \mathbf S_B \mathbf w}{\mathbf w^\top \mathbf S_W \mathbf w}", "w.T@S_B@w/(w.T@S_W@w)"),
    (r"\dot{x}^\top P x + x^\top P \dot{x}", "x_dot.T@P@x + x.T@P@x_dot"),
]
SURROUNDINGS = [
    (r"J(\theta) = \frac{1}{2m} (X\theta - y)^{\mathrm{T}} (X\theta - y)",
     "1/(2*m)*(X@theta - y).T@(X@theta - y)"),
    (r"\log p(y) = -\frac12 y^\top K^{-1} y - \frac12 \log|K|", "-1/2*y.T@inv(K)@y - 1/2*logdet(K)"),
    (r"\begin{equation}\label{eq:loss} \|A x - b\|_2^2 \end{equation}", "norm(A@x - b)**2"),
    (r"(x-\mu)^T \Sigma^{-1} (x-\mu)\tag{3}", "(x - mu).T@inv(Sigma)@(x - mu)"),
    (r"\tfrac{1}{2}\|x\|^2 % the regulariser", "1/2*norm(x)**2"),
    (r"\underbrace{\|Ax-b\|^2}_{\text{data}} + \underbrace{\lambda \|x\|_1}_{\text{reg}}",
     "norm(A@x - b)**2 + lam*norm1(x)"),
    (r"\exp\!\Big(-\tfrac{1}{2}\|x-y\|^2\Big)", "exp(-1/2*norm(x - y)**2)"),
    (r"\begin{align} f(x) &= \|Ax-b\|^2 \\ &\quad + \lambda\|x\|^2 \end{align}", "norm(A@x - b)**2 + lam*norm(x)**2"),
    (r"\begin{aligned} r &= Ax - b \\[2pt] f &= r^\top r \end{aligned}", "(A@x - b).T@(A@x - b)"),
    (r"r^\top r \quad \text{where } r = Ax - b", "(A@x - b).T@(A@x - b)"),
    (r"f = r^\top W r, \quad r = y - X\beta", "(y - X@beta).T@W@(y - X@beta)"),
    (r"\textcolor{red}{\|x\|^2}", "norm(x)**2"), (r"\boxed{x^\top A x}", "x.T@A@x"),
    (r"\hspace{1em} x^{\mkern-1.5mu\mathsf{T}} y", "x.T@y"),
]
ALL = BOLD + WORDS + NORMS + INDICES + SURROUNDINGS

# text, what it says, and the name that it differentiates by
OPERATORS = [
    (r"\frac{\partial}{\partial X}\operatorname{tr}(AX)", "tr(A@X)", "X"),
    (r"\frac{\partial \operatorname{Tr}(\mathbf{X}\mathbf{A})}{\partial \mathbf{X}}", "tr(X@A)", "X"),
    (r"\frac{d}{dx}x^TAx", "x.T@A@x", "x"), (r"\frac{\mathrm d}{\mathrm d x} x^\top A x", "x.T@A@x", "x"),
    (r"\nabla_{\mathbf{w}} \left[ \tfrac{1}{2} \|\mathbf{Xw} - \mathbf{y}\|^2 \right]", "1/2*norm(X@w - y)**2", "w"),
    (r"\partial_x \, x^\top A x", "x.T@A@x", "x"), (r"\nabla^2_x \, x^\top A x", "x.T@A@x", "x"),
    (r"\frac{\partial^2}{\partial x \partial x^\top} \left( x^\top A x \right)", "x.T@A@x", "x"),
    (r"\min_w \|Xw-y\|^2", "norm(X@w - y)**2", "w"), (r"\arg\min_x\|Ax-b\|^2", "norm(A@x - b)**2", "x"),
    (r"\operatorname*{arg\,min}_{\mathbf{w}} \; \|\mathbf{X}\mathbf{w}\|_2^2", "norm(X@w)**2", "w"),
    (r"\operatorname*{argmin}_{x \in \mathbb{R}^n} \|Ax-b\|^2", "norm(A@x - b)**2", "x"),
    (r"\mathop{\mathrm{arg\,min}}_{x} \|Ax-b\|", "norm(A@x - b)", "x"),
    (r"\underset{x}{\arg\min}\ \|Ax-b\|^2", "norm(A@x - b)**2", "x"),
    (r"\underset{\mathbf{w}\in\mathbb{R}^d}{\operatorname{minimize}} \quad \tfrac12 \|\mathbf{w}\|^2",
     "1/2*norm(w)**2", "w"),
    (r"\left.\frac{\partial}{\partial x} x^\top A x\right|_{x = x_0}", "x.T@A@x", "x"),
]

# text, what it says, what it says of its names, their shapes
CONDITIONS = [
    (r"x^\top A x \quad \text{where } A \text{ is symmetric}", "x.T@A@x", {"A": ["symmetric"]}, {}),
    (r"x^TAx + b^Tx + c \text{, where } A = A^T", "x.T@A@x + b.T@x + c", {"A": ["symmetric"]}, {}),
    (r"\min_{X \succ 0} \; \operatorname{tr}(SX) - \log\det X", "tr(S@X) - logdet(X)", {"X": ["pd"]}, {}),
    (r"V(x) = x^\top P x, \quad P \succeq 0", "x.T@P@x", {"P": ["psd"]}, {}),
    (r"x^\top Q x \text{ with $Q$ symmetric positive definite}", "x.T@Q@x", {"Q": ["pd", "symmetric"]}, {}),
    (r"\|Qx - y\|^2, \quad Q^\top Q = I", "norm(Q@x - y)**2", {"Q": ["orthogonal"]}, {}),
    (r"\lambda \|x\|_1, \quad \lambda > 0", "lam*norm1(x)", {"lam": ["positive"]}, {}),
    (r"\operatorname{tr}(A X), \; A \in \mathbb{R}^{n\times p}, \; X \in \mathbb{R}^{p\times n}", "tr(A@X)", {},
     {"A": ("n", "p"), "X": ("p", "n")}),
    (r"x^\top S x, \quad S \in \mathbb{S}^n_{++}", "x.T@S@x", {"S": ["pd"]}, {"S": ("n", "n")}),
]

# text, a note that it gets
NOTED = [
    (r"(Z'G(\theta))'W(Z'G(\theta))", r"G(\theta) is read as a product"),
    (r"\left. x^\top A x \right|_{x=0}", "the place x=0 is left out: put it into the answer"),
    (r"\|x\|_W^2", "W is taken as symmetric and positive definite, as its norm needs"),
    (r"\|x\|^2 \text{ s.t. } Ax = b", "left out: Ax = b"),
    (r"\operatorname{softmax}(XW)V",
     "softmax is read by rows, since it multiplies from the left; axis=0 is each column"),
    (r"f(x) = (Ax)^\top Ax = x^\top A^\top A x", "the last of 2 forms is read"),
    (r"\frac{\partial x^\top A x}{\partial x} = 2Ax",
     r"what stands left of '=' is left out: \frac{\partial x^\top A x}{\partial x}"),
    (r"\nabla_x \|Ax-b\|^2 + \|x\|^2", r"\nabla_x is taken to reach to the end of the formula"),
]

# what names no formula, or means nothing here
REFUSED = [
    (r"\nabla_x f(x)", r"the formula behind \nabla_x is missing"),
    (r"\nabla_\theta x^\top x", "the text differentiates by theta, which the formula does not have"),
    (r"\|x\|_0", r"\|x\|_0 counts entries, and has no derivative"),
    (r"\|X\|_{2,1}", "this norm is not read"),
    (r"x^\top y, z", "',' stands outside the arguments of a function"),
    (r"x^\top y \\ x^\top x", "a second formula stands on this line"),
    (r"A^\dagger b", r"'^\dagger' is not read"),
    (r"e^{[\theta]_\times}p", "only a name has a subscript"),
]
