// The gallery: each a question, with the formula as it is shown.

export const EXAMPLES = [
  ["First steps", [
    { title: "Quadratic form", latex: "x^\\top A x", expression: "x.T@A@x" },
    { title: "Least squares", latex: "\\lVert X w - y\\rVert^2", expression: "norm(X@w - y)**2" },
    { title: "The same in LaTeX", latex: "\\tfrac12\\lVert A x - b\\rVert^2", expression: "\\frac{1}{2}\\|Ax - b\\|^2" },
    { title: "A Jacobian", latex: "\\tanh(W x + b)", expression: "tanh(W@x + b)", wrt: "x", layout: "num" },
  ]],
  ["Matrices", [
    { title: "Log-determinant", latex: "\\log\\det X", expression: "logdet(X)" },
    { title: "Trace of a product", latex: "\\operatorname{tr}(A X B X^\\top)", expression: "tr(A@X@B@X.T)" },
    { title: "Inverse between two vectors", latex: "a^\\top X^{-1} b", expression: "a.T@inv(X)@b" },
    { title: "Gaussian likelihood", latex: "-\\tfrac12\\log\\det S - \\tfrac12 r^\\top S^{-1} r", expression: "-logdet(S)/2 - r.T@inv(S)@r/2", wrt: "S", assume: "S pd" },
  ]],
  ["Learning", [
    { title: "Softmax", latex: "\\operatorname{softmax}(W x)", expression: "softmax(W@x)", wrt: "x" },
    { title: "Logistic loss, second order", latex: "\\sum_i \\log(1+e^{-y_i (Xw)_i})", expression: "sum(log(1 + exp(-y*(X@w))))", wrt: "w", order: "2", tab: "convexity" },
    { title: "A small network", latex: "\\lVert W_2 \\tanh(W_1 x) - y\\rVert^2", expression: "norm(W2@tanh(W1@x) - y)**2", wrt: "W1", tab: "graph" },
    { title: "From NumPy", latex: "\\textstyle\\sum (Xw - y)^2 + \\lambda \\sum w^2", expression: "np.sum((X @ w - y)**2) + lam*np.sum(w**2)", wrt: "w", tab: "code" },
  ]],
  ["Questions", [
    { title: "Is my formula right?", latex: "\\nabla x^\\top A x \\overset{?}{=} 2Ax", expression: "x.T@A@x", claim: "2*A@x", tab: "claim" },
    { title: "Second derivative", latex: "\\operatorname{logsumexp}(A x)", expression: "logsumexp(A@x)", order: "2", tab: "convexity" },
    { title: "Positive definite?", latex: "A^\\top A + c I", expression: "A.T@A + c*eye(n)", wrt: "A", assume: "c positive", tab: "convexity" },
    { title: "A matrix of numbers", latex: "\\begin{bmatrix}1&-100\\\\0&2\\end{bmatrix}", expression: "[[1, -100], [0, 2]]", tab: "convexity" },
  ]],
];
