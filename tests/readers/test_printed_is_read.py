"""Whatever is printed, in Unicode or in LaTeX, is read back: second derivatives, and every kind of function."""

import pytest
from corpus_entries import QUESTIONS
from same_values import same_value
from samples import asked, operations, spread

import matcalc
from matcalc.answers.index_form import IndexForm
from matcalc.errors import MatcalcError, NoRuleError
from matcalc.language.syntax import names, parse_tree

SHAPES = {
    **dict.fromkeys("ABS", ("n", "n")), "X": ("m", "n"), **dict.fromkeys("xyz", ("n", 1)), "b": ("m", 1),
    **dict.fromkeys("uv", (3, 1)), **dict.fromkeys("cd", ()),
}  # fmt: skip

ELEMENTWISE = """
abs acos acosh asin asinh atan atanh cos cosh cumsum digamma elu erf erfc erfinv exp exp2 expm1 gelu hardtanh
heaviside leaky_relu lgamma log log10 log1p log2 logcosh logit logsigmoid mish normcdf normpdf norminv
lognormcdf reciprocal relu relu6 rsqrt selu sigmoid sign silu sin sinc sinh softmax softplus sort sqrt square
tan tanh log_softmax
""".split()
FORMULAS = [f"{function}(x)" for function in ELEMENTWISE] + [
    "cholesky(S)", "eigmax(S)", "eigmin(S)", "eigvals(S)", "eigvecs(S)", "eigvecmax(S)", "eigprojmax(S)",
    "adj(A)", "det(A)", "expm(A)", "halflower(A)", "inv(A)", "logdet(A)", "logm(A)", "lu_l(A)", "lu_u(A)", "phi1(A)",
    "pinv(A)", "polar(A)", "qr_q(A)", "qr_r(A)", "sqrtm(A)", "tr(A)", "tril(A)", "triu(A)", "vech(A)", "vecp(A)",
    "svdu(A)", "svdv(A)", "svdvals(A)", "vec(A)", "diag(A)", "corr(A)", "cov(A)", "mean(A)", "max(A)", "min(A)",
    "prod(A)", "median(A)", "std(A)", "var(A)", "logsumexp(A)", "hardmax(A)", "prod_others(A)", "norm(A)", "norm1(A)",
    "sum(X, axis=0)", "sum(X, axis=1)", "mean(X, axis=0)", "mean(X, axis=1)", "max(X, axis=0)", "max(X, axis=1)",
    "min(X, axis=0)", "min(X, axis=1)", "prod(X, axis=0)", "prod(X, axis=1)", "norm(X, axis=0)", "norm(X, axis=1)",
    "logsumexp(X, axis=0)", "logsumexp(X, axis=1)", "softmax(X, axis=0)", "softmax(X, axis=1)",
    "log_softmax(X, axis=0)", "log_softmax(X, axis=1)", "var(X, axis=0)", "var(X, axis=1)", "std(X, axis=0)",
    "std(X, axis=1)", "cov(X, axis=0)", "cov(X, axis=1)", "corr(X, axis=0)", "corr(X, axis=1)", "hardmax(X, axis=0)",
    "hardmax(X, axis=1)", "prod_others(X, axis=0)", "prod_others(X, axis=1)", "cumsum(X, axis=0)",
    "cumsum(X, axis=1)", "maximum(x, y)", "minimum(x, c)", "hypot(x,y)", "atan2(x,y)", "logaddexp(x,y)",
    "clip(x, 0, 1)", "clip(x, -1, c)", "where(x > 0, x, y)", "where(x > y, exp(x), 0)", "where(c > d, x, y)",
    "where(c >= 0, c, d)", "where(logical_and(x > 0, y < 1), x, y)", "where(logical_or(x > 0, y <= 1), x, y)",
    "where(logical_not(x == y), x, y)", "where(x != y, x, 2)", "(x > y)*x", "(x <= y)*x", "sum(x >= 1)", "(A < B)@x",
    "x == y", "(c > d)*x", "sum(where(abs(x) > c, x**2, 2*c*abs(x)))", "huber(x, 2)", "huber(x, c)",
    "leaky_relu(x, 1/10)", "elu(x, 2)", "pinball(x, 1/4)", "where(x > 0, where(y > 0, x, y), 1)",
    "A@where(x > 0, x, y)", "where(x > 0, x, y)**2", "where(x > 0, x, y).T@y", "-where(x > 0, x, y)",
    "c*where(x > 0, x, y)", "exp(where(x > 0, x, y))", "max(where(x > 0, x, y))", "where(A > 0, A, B)",
    "where(A > 0, A, B)@x", "where(A@x > y, A@x, 0)", "where(x > 0, 1, 0)", "where(x > 0, 1/2, -1/2)*y",
    "where(A > B, c, A).T@x", "dup(n).T@vec(inv(A))", "elim(n)@vec(A)", "comm(n, m)@vec(X.T)", "comm(m, n)@vec(X)",
    "elim(n, -1)@vec(A)", "dup(n)", "elim(n)", "comm(m,n)", "comm(2,3)", "dup(3)", "elim(3)", "elim(3,-1)", "e(i, n)",
    "e(0, n)", "e(2, 5)", "x@e(i, n).T", "e(k, n)@x.T", "e(n - 1, n)@x.T", "e(i+1, n)*x", "A@e(0,n)",
    "e(0,n).T@A@e(1,n)", "e(0,n)@e(1,n).T", "eye(3)", "eye(n)", "ones(n)", "ones(3,2)", "zeros(n)", "zeros(n,m)",
    "zeros(3,2)", "ones(n,m)", "ones(n, n)@A", "eye(n*m)", "kron(eye(m), A)", "dup(n)@vech(A)",
    "inv(dup(n).T@dup(n))", "dup(n).T@kron(A, A)@dup(n)", "ones(n+1)", "eye(n+1)", "zeros(n+1,2)", "dup(n+1)",
    "comm(n+1,n)", "e(0,n+1)", "comm(n, n)", "kron(e(0,n), A)", "outer(e(0,n), x)", "[[1, 2], [3, 4]]", "[1, 2, 3]",
    "[1/2, 1/3]", "[[1, 2], [3, 4]]@[5, 6]", "[[1, c], [d, 4]]", "[c, d]", "[c**2, 1]", "[[1, 2, 3]]",
    "block([[A, B], [B.T, A]])", "block([[A, x], [x.T, 0]])", "block([[A, 0], [0, B]])", "hstack(A, B)",
    "vstack(x, 1)", "vstack(x, y)", "hstack(x, y)", "vstack(x.T, A)", "block([[eye(n), A], [zeros(n, n), eye(n)]])",
    "hstack(x, ones(n))", "vstack(0, x)", "hstack(1, x.T)", "block([[A, B], [B.T, A]])@vstack(x, y)", "[1, 2, 3].T@u",
    "u*[1,2,3]", "inv([[1, 2], [3, 4]])", "[[-1, 1/2], [0, 2]]@[[1], [2]]", "block([[A, x], [x.T, c]])",
    "[sum(x), c]", "[[x[0], x[1]], [c, 0]]", "block([[X@A, b], [x.T, 1]])", "hstack(A, B, A)@vstack(x, y, x)",
    "vstack(A, B).T@vstack(A, B)", "norm(vstack(x, c*y))**2", "hstack(x, y)@[1, 2]", "x[0]", "x[i]", "x[-1]",
    "X[i, j]", "X[i, :]", "X[:, j]", "X[1:3, :]", "x[1:]", "x[:-1]", "x[::-1]", "A[i, :]@x", "x[1:].T@x[:-1]",
    "(A@x)[0]", "inv(A)[0, 1]", "A[0, 0]**2", "A[1:, 1:]", "X.T[0, :]", "diag(A)[0]", "exp(x[0])", "vstack(x[1:], 0)",
    "X[:, 1:3]@u[:2]", "kron(A, B)", "kron(x, y)", "outer(x, y)", "dot(x, y)", "dot(A, B)", "A*B", "A/B", "A**2",
    "matpow(A, 3)", "matpow(A, -2)", "matpow(A, k)", "x**c", "c**x", "2**x", "x**(-1)", "x**(-1/2)", "A**B", "c**2",
    "c**(-1/2)", "c**d", "1/x", "x/y", "c/d", "1/c", "A/c", "solve(A, x)", "solve(A, X.T)", "norm(x)", "norm(x)**2",
    "norm(x, 1)", "norm(x, inf)", "norm(X, 2)", 'norm(X, "nuc")', 'norm(X, "fro")', "norm(X, 1)", "norm(X, inf)",
    "norm(x, 3)", "norm(x, c)", "norm(x, 3/2)", "wnorm(x, A)", "wnorm(x, A)**2", "norm1(X)", "norm2(X)", "abs(A)",
    "abs(det(A))", "tr(A@B)", "tr(X@X.T)", "detach(x)", "detach(x).T@y", "polygamma(2, x)", "polygamma(1,c)",
    "expm_frechet(A, B)", "logm_frechet(A, B)", "sylvester(A, B, A)", "adj_frechet(A,B)", "kronsum(A, B)",
    "ptrace(kron(A,B), n, axis=0)", "unvec(vec(A), n, n)", "reshape(A, n*n, 1)", "reshape(X, n, m)", "cross(u, v)",
    "skew(u)", "vee(skew(u))", "quantile(x, 1/4)", "quantile(x, c)", "percentile(x, 25)", "median(x)", "sum(x)",
    "mean(x)", "sum(X)", "sum(log(x))", "sum(x*y)", "sum(A, axis=0)", "sum(x)**2", "var(x)", "var(x, ddof=1)",
    "std(x, ddof=1)", "cov(X)", "cov(X, ddof=1)", "sortperm(x)", "hardmedian(x)", "diag(x)", "diag(diag(A))",
    "diag(x)@A@diag(y)", "logsumexp(A@x)", "softmax(A@x)", "tril(A, -1)", "triu(A, 1)", "diagonal_sums(A)",
    "matpow_frechet(A, 3, B)", "ratio(x,y)", "antidiagonal_sums(A)", "cyclic_sums(A)", "angle(c)", "expm(A).T",
    "inv(A).T", "(A@B).T", "A.T**2", "(x.T@A@x)**2", "-x", "-(x + y)", "x - (y - z)", "A@(x + y)", "-A@x",
    "c*(x + y)", "(A + B)@x/c", "x/(1 + y)", "exp(-x)", "exp(-x**2/2)", "log(1 + exp(x))", "sqrt(x**2 + 1)",
    "sqrt(x.T@x + 1)", "1/(1 + exp(-c))", "(1/2)*x", "c*x/2", "3*A/4", "pi*x", "sum(x[i]*y[i] for i in n)",
    "sum(exp(x[i] - x[j]) for i in n for j in n if i != j)", "sum(x[i]*x[i+1] for i in range(n-1))",
    "prod(x[i] + y[i] for i in n)", "sum(max(X[i, :]) for i in m)",
    "sum(1/(x[i] + y[j]) for i in n for j in n if i < j)", "sum(i*x[i] for i in n)", "max(x[i]*y[i] for i in n)",
    "sum(x[i]**i for i in n)", "sum(matpow(A, k) for k in 5)", "sum(x**k/k for k in range(1, 5))",
    "sum(x[i]**2 for i in range(1, n))",
]  # fmt: skip


def comes_back(expression, assume=None):
    """Return what is not read as what it was printed for, as (notation, printed, read); [] where all of it is."""
    declared = {"shapes": expression.shapes, "assume": assume}
    meant, wrong = matcalc.parse(str(expression), **declared), []
    if str(expression).startswith("zeros(") or str(expression) == "0":
        return []  # zeros of any shape are written 0
    text = expression.unicode()
    for syntax, printed in ((None, text), ("unicode", text), (None, expression.latex())):
        try:
            again = matcalc.parse(printed, syntax=syntax, **declared)
            right = again == meant or same_value(meant.tree, again.tree, expression.shapes, expression.book)
        except MatcalcError as error:
            again, right = error, False
        if not right:
            wrong.append((syntax, printed, str(again)))
    return wrong


def of_formula(text):
    """Return what is not read back of a formula, and of its derivative by its first name; S is positive definite."""
    shapes = {name: shape for name, shape in SHAPES.items() if name in names(parse_tree(text))}
    assume = {"S": ["pd"]} if "S" in shapes else None
    wrong = comes_back(matcalc.parse(text, shapes, assume), assume)
    if shapes:
        try:
            derivative = matcalc.diff(text, next(iter(shapes)), shapes=shapes, assume=assume)
        except NoRuleError:
            return wrong
        wrong += comes_back(derivative, assume)
    return wrong


def some(items, kinds, step):
    """Return a few items of many kinds for the quick suite, and all of them for the long one."""
    few = [items[place] for place in spread(items, kinds)[::step]]
    return [pytest.param(few, id="some"), pytest.param(items, marks=pytest.mark.long, id="all")]


@pytest.mark.parametrize("formulas", some(FORMULAS, operations, 4))
def test_every_kind_of_function_comes_back(formulas):
    wrong = {text: found for text in formulas if (found := of_formula(text))}
    assert not wrong


@pytest.mark.parametrize("entries", some(QUESTIONS, asked, 3))
def test_a_second_derivative_of_the_corpus_comes_back(entries):
    wrong, read = {}, 0
    for entry in entries:
        try:
            declared = {"shapes": entry["shapes"], "assume": entry.get("assume")}
            found = matcalc.diff(entry["expr"], entry["wrt"], order=2, **declared)
        except MatcalcError:
            continue
        if not isinstance(found, IndexForm):  # those are read in the language alone, as claims
            read += 1
            wrong |= {entry["id"]: missed} if (missed := comes_back(found, entry.get("assume"))) else {}
    assert not wrong
    assert read > len(entries) / 2
