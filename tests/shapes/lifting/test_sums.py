"""Sums over an index: each is read in matrix form, and its value and gradients are those of a loop in torch."""

import pytest
import torch
from looped_sums import gradient, looped
from tables import every_row

import matcalc
from matcalc.answers.book import book_of
from matcalc.evaluation.evaluate import evaluate

SIZES = {"n": 4, "m": 3, "K": 2, "d": 5}

# text, its form in matrices, shapes of the names for the loop
LIFTED = [
    ("mean(log(1 + exp(-y[i]*(X[i, :]@w))) for i in n)", "mean(log(1 + exp(-(y*(X@w)))))", "y: n, X: n d, w: d"),
    ("sum((X[i, :]@w - y[i])**2 for i in n)", "norm(X@w - y)**2", "X: n d, w: d, y: n"),
    ("sum(log(x[i]) for i in n)", "sum(log(x))", "x: n +"),
    ("sum(A[i, j]*log(B[i, j]) for i in n for j in m)", "sum(A*log(B))", "A: n m, B: n m +"),
    ("-sum(p[i]*log(p[i]) for i in n)", "-(p.T@log(p))", "p: n +"),
    ("sum(A[i, i] for i in n)", "tr(A)", "A: n n"),
    ("sum(x[i]*A[i, j]*y[j] for i in n for j in m)", "x.T@A@y", "x: n, A: n m, y: m"),
    ("logdet(sum(b[i]*X[i, :].T@X[i, :] for i in n) + eye(d))", "logdet(X.T@diag(b)@X + eye(d))", "b: n +, X: n d"),
    ("sum(A[i, j]*B[j, k]*C[k, i] for i in n for j in m for k in K)", None, "A: n m, B: m K, C: K n"),
    ("sum(W[i, j]*norm(X[i, :] - X[j, :])**2 for i in n for j in n)", None, "W: n n, X: n d"),
    ("sum(a[i]*a[j]*y[i]*y[j]*(X[i, :]@X[j, :].T) for i in n for j in n)", None, "a: n, y: n, X: n d"),
    ("sum(a[i]*a[j]*exp(-norm(X[i, :] - X[j, :])**2/(2*s**2)) for i in n for j in n)", None, "a: n, X: n d, s: +"),
    ("sum(R[i, k]*norm(X[i, :] - M[k, :])**2 for i in n for k in K)", None, "R: n K, X: n d, M: K d"),
    ("sum(log(sum(p[k]*exp(-norm(X[i, :] - M[k, :])**2/2) for k in K)) for i in n)", None, "p: K +, X: n d, M: K d"),
    ("sum((R[i, j] - U[i, :]@V[j, :].T)**2 for i in n for j in m)", "norm(R - U@V.T)**2", "R: n m, U: n d, V: m d"),
    ("sum((R[i, j] - sum(U[i, k]*V[j, k] for k in K))**2 for i in n for j in m)", "norm(R - U@V.T)**2",
     "R: n m, U: n K, V: m K"),
    ("sum((X[i, :].T - mu).T@inv(S)@(X[i, :].T - mu) for i in n)", None, "X: n d, mu: d, S: d d"),
    ("prod(p[i]**y[i] for i in n)", "prod(p**y)", "p: n +, y: n"),
    ("sum(log(abs(x[i] - x[j])) for i in n for j in n if i != j)", None, "x: n"),
    ("sum(1/norm(X[i, :] - X[j, :]) for i in n for j in n if i != j)", None, "X: n d"),
    ("sum(x[i]*x[j] for i in n for j in n if i != j)", None, "x: n"),
    ("sum(prod(x[j] for j in n if j != i) for i in n)", None, "x: n"),
    ("sum(y[i]*prod((t - x[j])/(x[i] - x[j]) for j in n if j != i) for i in n)", None, "x: n, y: n, t:"),
    ("sum(max(X[i, j] for j in d) for i in n)", "sum(max(X, axis=1))", "X: n d"),
    ("sum(maximum(0, 1 - y[i]*(X[i, :]@w)) for i in n)", "sum(maximum(0, 1 - y*(X@w)))", "y: n, X: n d, w: d"),
    ("sum(Y[i, k]*log(exp(W[k, :]@X[i, :].T)/sum(exp(W[l, :]@X[i, :].T) for l in K)) for i in n for k in K)",
     "sum(Y*log(exp(X@W.T)/sum(exp(X@W.T), axis=1)))", "Y: n K, W: K d, X: n d"),
    ("sum(-X[i, :]@Z[i, :].T + log(sum(exp(X[i, :]@Z[j, :].T) for j in n)) for i in n)", None, "X: n d, Z: n d"),
    ("sum(norm(X[i, :].T - mu) for i in n)", None, "X: n d, mu: d"),
    ("sum(a[i]*norm(X[i, :] - X[j, :]) for i in n for j in n)", None, "a: n, X: n d"),
    ("sum(x[i] for i in n)/n", "sum(x)/n", "x: n"),
    ("sum((y[i] - X[i, :]@w)**2/s[i]**2 for i in n) + lam*sum(w[j]**2 for j in d)", None,
     "y: n, X: n d, w: d, s: n +, lam: +"),
    ("sum(w[i]*(X[i, :]@b - y[i])**2 for i in n)/sum(w[i] for i in n)", None, "w: n +, X: n d, b: d, y: n"),
    ("sum(log(1 + exp(X[j, :]@w - X[i, :]@w)) for i in n for j in n)", None, "X: n d, w: d"),
    ("sum(P[i, j]*(log(P[i, j]) - log(Q[i, j])) for i in n for j in n)", None, "P: n n +, Q: n n +"),
    ("sum(tanh(W[i, :]@x)*v[i] for i in n)", "tanh(W@x).T@v", "W: n d, x: d, v: n"),
    ("sum(x[i]**2*y[i] + 3*x[i] for i in n)", None, "x: n, y: n"),
    ("sum(exp(x[i] + y[j]) for i in n for j in m)", None, "x: n, y: m"),
    ("sum(sin(x[i])*cos(y[j])*A[i, j]**2 for i in n for j in m)", None, "x: n, y: m, A: n m"),
    ("sum(a[i]*(b[i] + c) for i in n)", None, "a: n, b: n, c: "),
    ("norm(sum(a[i]*X[i, :].T for i in n) - b)**2", None, "a: n, X: n d, b: d"),
    ("sum(tr(X[i, :].T@Y[i, :]@B) for i in n)", None, "X: n d, Y: n m, B: m d"),
    ("tr(inv(sum(X[i, :].T@X[i, :] for i in n) + eye(d)))", None, "X: n d"),
    ("sum((A[i, :]@x - b[i])**4 for i in n)", None, "A: n d, x: d, b: n"),
    ("-sum(log(b[i] - A[i, :]@x) for i in n) + c.T@x", None, "b: n +9, A: n d, x: d, c: d"),
    ("log(sum(exp(A[i, :]@x + b[i]) for i in n))", None, "A: n d, x: d, b: n"),
    ("sum(softplus(-y[i]*(X[i, :]@w + b)) for i in n)/n + lam/2*norm(w)**2", None, "y: n, X: n d, w: d, b: , lam: +"),
    ("sum(G[i, j]*a[i]*a[j] for i in n for j in n) - 2*sum(a[i]*y[i] for i in n)", None, "G: n n, a: n, y: n"),
    ("sum((sum(X[i, j]*w[j] for j in d) - y[i])**2 for i in n)", "norm(X@w - y)**2", "X: n d, w: d, y: n"),
    ("sum(sum(A[i, j] for j in m)**2 for i in n)", None, "A: n m"),
    ("sum(A[i, j]**2 for i in n for j in m)", "norm(A)**2", "A: n m"),
    ("sum(A[j, i]*B[i, j] for i in n for j in m)", None, "A: m n, B: n m"),
    ("sum(x[i]*y[j]*(A@A.T)[i, j] for i in n for j in n)", None, "x: n, y: n, A: n d"),
    ("sum(logsumexp(A[i, :]) for i in n)", "sum(logsumexp(A, axis=1))", "A: n m"),
    ("sum(max(A[i, :]) for i in n)", "sum(max(A, axis=1))", "A: n m"),
    ("sum(prod(A[i, :]) for i in n)", "sum(prod(A, axis=1))", "A: n m"),
    ("sum(y[i]*sum(A[i, :]) for i in n)", None, "y: n, A: n m"),
    ("sum(A[:, j].T@B@A[:, j] for j in m)", None, "A: n m, B: n n"),
    ("sum(dot(A[:, j], x)**2 for j in m)", None, "A: n m, x: n"),
    ("sum(A[i, 0]*A[i, 1] for i in n)", None, "A: n m"),
    ("mean(mean(abs(x[i] - y[j]) for i in n) for j in m)", None, "x: n, y: m"),
    ("mean((x[i] - mean(x[j] for j in n))**2 for i in n)", None, "x: n"),
    ("sum(a[i]*b[j]*c[k]*A[i, j]*B[j, k] for i in n for j in m for k in K)", None,
     "a: n, b: m, c: K, A: n m, B: m K"),
    ("max(A[i, j] for i in n for j in m)", "max(A)", "A: n m"),
    ("exp(sum(log(x[i])/n for i in n))", None, "x: n +"),
    ("sum((x[i + 1] - x[i])**2 for i in range(n - 1))", "norm(x[1:] - x[:n - 1])**2", "x: n"),
    ("sum(100*(x[i + 1] - x[i]**2)**2 + (1 - x[i])**2 for i in range(n - 1))", None, "x: n"),
    ("sum(x[i]**2 for i in range(1, n))", "norm(x[1:])**2", "x: n"),
    ("sum(x[i]*x[i + 1]*x[i + 2] for i in range(n - 2))", None, "x: n"),
    ("sum(x[i]*x[j]**2 for i in n for j in n if i < j)", None, "x: n"),
    ("sum(log(1 + (x[i] - y[j])**2) for i in n for j in n if j <= i)", None, "x: n, y: n"),
    ("sum(x[i]**2*y[j] for i in n for j in n if i == j)", None, "x: n, y: n"),
    ("sum(log(abs(x[i] - x[j])) for i in n for j in range(i))", None, "x: n"),
    ("prod(x[j] - x[i] for i in n for j in n if i < j)", None, "x: n"),
    ("sum((x[i]*y[i])**2 for i in n)", None, "x: n, y: n"),
    ("sum(X[i, :]@A@X[j, :].T*B[i, j] for i in n for j in n)", None, "X: n d, A: d d, B: n n"),
    ("sum(norm(A@X[i, :].T - b)**2 for i in n)", None, "A: m d, X: n d, b: m"),
    ("sum((u[i] - v[j])**2*P[i, j] for i in n for j in m) + sum(P[i, j]*log(P[i, j]) for i in n for j in m)", None,
     "u: n, v: m, P: n m +"),
]
# what has no form in matrices keeps a loop
KEPT = [
    ("sum(x[j]*y[i] for i in n for j in range(n - i))", "x: n, y: n"),
    ("sum(logdet(A + t[i]*eye(d)) for i in n)", "A: d d pd, t: n +"),
    ("sum(X[i, :]@inv(A + t[i]*eye(d))@X[i, :].T for i in n)", "X: n d, A: d d pd, t: n +"),
    ("sum(norm1(X[i, :] - X[j, :]) for i in n for j in n)", "X: n d"),
    ("sum(x[i]*x[j]**2*exp(i*x[i]) for i in n for j in n if i < j)", "x: n"),
    ("log(sum(c[i]*det(A + t[i]*B) for i in n)**2)", "c: n +, A: d d, t: n, B: d d"),
    ("sum(x[i]*y[j]*z[k]*exp(x[i] + y[j]*z[k]) for i in n for j in m for k in K)", "x: n, y: m, z: K"),
    ("sum(i*x[i]**2 for i in n)", "x: n"),
]


def drawn(shapes, sizes=SIZES, seed=0):
    """Return arrays for a text such as "A: n m, x: n +": + is for positive entries, pd for a definite matrix."""
    generator = torch.Generator().manual_seed(seed)
    found = {}
    for entry in shapes.split(","):
        name, _, words = entry.strip().partition(":")
        dims = [sizes[word] for word in words.split() if word in sizes]
        shape = (*dims, *[1] * (2 - len(dims)))
        array = torch.randn(shape, generator=generator, dtype=torch.float64)
        if "+" in words:
            array = array.abs() + 0.3 + (9 if "+9" in words else 0)
        found[name] = array @ array.mT + torch.eye(shape[0]) if "pd" in words else array
    return found


def declared(shapes):
    """Return the shapes of such a text as matcalc takes them."""
    found = {}
    for entry in shapes.split(","):
        name, _, words = entry.strip().partition(":")
        found[name] = tuple(word for word in words.split() if word in SIZES)
    return found


@pytest.fixture(autouse=True)
def _double():
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(before)


def close(ours, truth):
    ours = torch.as_tensor(ours, dtype=torch.float64).reshape(truth.shape)
    return float((ours - truth).norm()) <= 1e-9 * max(1.0, float(truth.norm()))


def agrees(text, arrays, sizes, shapes):
    expression = matcalc.parse(text, shapes=shapes)
    values = {name: array.numpy() for name, array in arrays.items()}
    value = evaluate(expression.elaborated.tree, arrays, sizes, book_of(None))
    assert close(value, looped(text, arrays, sizes)), expression.text
    for name in arrays:
        answer = matcalc.diff(expression, wrt=name)
        assert close(answer.evaluate(**values), gradient(text, arrays, sizes, name)), (name, str(answer))


@pytest.mark.parametrize(("text", "form", "shapes"), LIFTED, ids=[case[0] for case in LIFTED])
def test_a_sum_is_lifted_and_agrees_with_a_loop(text, form, shapes):
    expression = matcalc.parse(text, shapes=declared(shapes))
    assert " for " not in expression.text
    assert form is None or expression.text == form
    agrees(text, drawn(shapes), SIZES, declared(shapes))


@pytest.mark.parametrize(("text", "shapes"), KEPT, ids=[case[0] for case in KEPT])
def test_what_has_no_form_in_matrices_keeps_its_index(text, shapes):
    assert " for " in matcalc.parse(text, shapes=declared(shapes)).text
    agrees(text, drawn(shapes), SIZES, declared(shapes))


@every_row(("text", "truth"), [
    ("sum(sum(x[:i + 1])**2 for i in n)", lambda x: (x.cumsum(0)**2).sum()),
    ("sum(x[i]*sum(x[i:])**2 for i in n)", lambda x: (x*x.flip(0).cumsum(0).flip(0)**2).sum()),
    ("sum(x[i]**2 for i in n if i != i)", lambda x: 0*x.sum()),
])
def test_a_slice_up_to_an_index_is_a_slice(text, truth):
    x = torch.tensor([[1.0], [-2.0], [0.5]])
    for shapes in ({}, {"x": ("n",)}):
        expression = matcalc.parse(text, shapes=shapes)
        assert close(evaluate(expression.elaborated.tree, {"x": x}, {"n": 3, "m": 3}, book_of(None)), truth(x))


# the text with the place marked, how the message begins, declared shapes
REFUSED = [
    ("sum(»pi«[k]*exp(-norm(x - mu[k])**2/2) for k in K)", "'pi' is a constant of the language", None),
    ("sum(x[i] »for j in n«)", "the index j does not occur in its sum", {}),
    ("sum(x[i] for i in n »for j in m«)", "the index j does not occur in its sum", {}),
    ("sum(x[i] for i in n) + y[»i«]", "the index i stands outside of its sum", {}),
    ("sum(x[i] »for i in n«)", "i is declared as a variable, and is an index here", {"i": ()}),
    ("sum(x[i] for i »in«)", "to where does i run?", {}),
    ("sum(x[i] »for« in n)", "an index is missing after 'for'", {}),
    ("sum(x[i] for »i« n)", "'in' is missing after the index", {}),
    ("sum(x[i] for i in n if »i«)", "a condition compares two sides", {}),
    ("sum»(«x[i] for i in n", "'(' is never closed", {}),
    ("x[i] »for« i in n", "'for' stands outside of a sum", {}),
    ("log(x[i] »for« i in n)", "'for' stands outside of a sum", {}),
    ("sum(x[i]*»y[i]« for i in n)", "y has m entries or rows here, but i runs to n", {"x": ("n",), "y": ("m",)}),
    ("sum(x[i]*»A[i, j]« for i in n for j in n)", "A has m columns here, but j runs to n", {"A": ("n", "m")}),
    ("sum(»x[i]« for i in 5)", "x ends at 3, but x[i] runs to 5", {"x": (3,)}),
    ("sum(»x[i + 1]« for i in n)", "x ends at n, but x[i + 1] runs to n + 1", {"x": ("n",)}),
    ("sum(»x[i - 1]« for i in n)", "x[i - 1] begins before the first entry", {}),
    ("prod(x[i] for i in n if »y[i] > 0«)", "a condition on values is read in a sum only", {}),
    ("sum(x[i] for i in n »for i in m«)", "the index i stands for two things", {}),
    ("sum(sum(x[i] »for i in n«)*y[i] for i in n)", "the index i is one of an outer sum", {}),
    ("sum(x[i] for i in range»(«))", "something is missing after '('", {}),
    ("sum(x[i] for i in »range(1, 2, 3)«)", "a range with a step is not read", {}),
    ("sum(x[i]*i for i in »range(0, n, 2)«)", "a range with a step is not read", {}),
    ("sum(x[i] for i in »[0, 2]«)", "an index runs from 0 to a size, not through a list", {}),
    ("sum(x[i] for i in n if i »%« 2 == 0)", "remainders of an index are not read", {}),
    ("sum(x[i] for i in n if i == 0 »or« i == 2)", "'or' is not read in a condition of a sum", {}),
    ("sum(x[i] for i in n if i »in« [0, 2])", "'in' is not read in a condition of a sum", {}),
    ("sum(x[i]*x[j] for i in n for j in n if »not« i < j < 3)", "'not' is read before one comparison", {}),
    ("sum(X[i, j] for »i, j« in n)", "an index of a sum is one name", {}),
    ("sum(v*max(v) »for v in X[0, :]«)", "X[0, :] is no size to which v runs", {}),
    ("sum(x[i] »for i in range(len(x))«)", "len(x) is no size to which i runs", {}),
    ("sum(x[i] »for i in x«)", "x is an array, and no size to which i runs", {}),
    ("sum(x[i]*y[j] for i in n »for j in range(1, y)«)", "y is an array, and no size to which j runs", {}),
    ("sum(y[i] »for i in x«) + norm(x)**2", "x is an array, and no size to which i runs", {}),
    ("sum(»max(0, x[i])« for i in n)", "max takes one array", {}),
    ("sum(x[i] »for i in i«)", "the bound of i depends on i", {}),
]


@every_row(("marked", "message", "shapes"), REFUSED, ids=[case[0] for case in REFUSED])
def test_a_wrong_sum_is_pointed_at(marked, message, shapes):
    text = marked.replace("»", "").replace("«", "")
    with pytest.raises(matcalc.MatcalcError) as caught:
        matcalc.parse(text, shapes=shapes)
    error = caught.value
    assert error.message.startswith(message) and error.hint
    assert error.source == text and tuple(error.span) == (marked.index("»"), marked.index("«") - 1)


@every_row(("text", "hint", "shapes"), [
    ("sum(v**2 for v in x)", "sum(x[i]**2 for i in n)", {}),
    ("sum(v**2 for v in K)", "sum(K[i]**2 for i in n)", {"K": ("m",)}),
    ("mean(x.T@A@x for x in X)", "mean(X[i].T@A@X[i] for i in n)", {}),
    ("sum(a*b for a, b in zip(x, y))", "sum(x[i]*y[i] for i in n)", {}),
    ("sum(j*b*i for j, b in enumerate(x))", "sum(j*x[j]*i for j in n)", {}),
    ("sum((t - x@w)**2 for x, t in zip(X, y))", "sum((y[i] - X[i]@w)**2 for i in n)", {}),
    ("sum(x[i] for i in range(0, n, 2))", "sum(x[::2])", {}),
    ("sum(x[i]**2*y[i] for i in range(1, 6, 2))", "sum(x[1:6:2]**2*y[1:6:2])", {}),
    ("sum(x[i]**2 for i in [0, 2])", "x[0]**2 + x[2]**2", {}),
    ("sum(max(0, x[i]) for i in n)", "maximum(0, x[i])", {}),
])
def test_the_hint_for_a_loop_of_code_can_be_read(text, hint, shapes):
    with pytest.raises(matcalc.MatcalcError) as caught:
        matcalc.parse(text, shapes=shapes)
    assert caught.value.hint == f"write {hint}"
    assert matcalc.parse(hint if "x[i]" not in hint or "for" in hint else f"sum({hint} for i in n)").shape == ()


def test_a_size_that_is_declared_is_one_whatever_its_letter():
    assert matcalc.parse("sum(v*x for v in p)", shapes={"A": ("p", "p"), "x": ()}).shape == ()


def test_not_before_a_comparison_is_the_opposite():
    text, shapes = "sum(x[i]*y[j] for i in n for j in n if not i >= j)", "x: n, y: n"
    assert matcalc.parse(text).text == matcalc.parse(text.replace("not i >= j", "i < j")).text
    agrees(text, drawn(shapes), SIZES, declared(shapes))


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("sum(x[i].T@A@x[i] for i in n)", "sum(x*(x@A))"),
        ("sum(norm(x[i] - mu[k])**2*r[i, k] for i in n for k in K)", None),
        ("sum(a[i]*x[i] for i in n)", "a.T@x"),
        ("sum(X[i]@w for i in n)", "sum(X@w)"),
        ("sum(norm(X[i]@W - Y[i])**2 for i in n)", "norm(X@W - Y)**2"),
        ("sum(norm(X[i] - U[i]@V)**2 for i in n)", "norm(X - U@V)**2"),
        ("sum(norm(W@X[i] - Y[i])**2 for i in n)", "norm(X@W.T - Y)**2"),
        ("sum([x[i]**2 for i in n])", "norm(x)**2"),
        ("sum((A[i]@x - b[i])**2 for i in range(n))", "norm(A@x - b)**2"),
        ("sum(matpow(A, k) for k in range(3))", "matpow(A, 0) + matpow(A, 1) + matpow(A, 2)"),
        ("sum(x[i]*x[j] for i in 3 for j in 3 if i < j)", None),
        ("sum(log(1 + exp(s[j] - s[i])) for i in n for j in n if y[i] > y[j])",
         "sum(where(y > y.T, log(1 + exp(s.T - s)), 0))"),
        ("sum((a*x[i] + b - y[i])**2 for i in n)/(2*n)", "norm(a*x + b - y)**2/(2*n)"),
        ("sum(X.T[i, :]@w for i in n)", "sum(X.T@w)"),
        ("sum(log((X@w)[i])*y[i] for i in n)", "log(X@w).T@y"),
        ("sum(inv(A)[i, i] for i in n)", "tr(inv(A))"),
        ("sum((x - y)[i]**2 for i in n)", "norm(x - y)**2"),
        ("mean(x[i]*x[j] for i in n for j in n if i != j)", "x.T@(1 - eye(n))@x/sum(1 - eye(n))"),
        ("mean(exp(i*x[i]*x[j]) for i in n for j in n if i < j)", None),
        ("sum(x[i]**2 for i in n if y[i] == 1)", "sum(where(y == 1, x**2, 0))"),
        ("sum(norm(x[i] - x[j])**2 for i in n for j in n if y[i] == y[j] and i != j)", None),
    ],
)
def test_entries_are_numbers_or_vectors_by_use(text, form):
    expression = matcalc.parse(text)
    assert form is None or expression.text == form
    assert all(matcalc.diff(expression, wrt=name).check().ok for name in expression.shapes)


@pytest.mark.parametrize("text", [case[0] for case in KEPT])
def test_an_answer_with_an_index_is_read_again(text):
    for name in matcalc.parse(text).shapes:
        answer = matcalc.diff(text, wrt=name)
        assert str(matcalc.parse(str(answer), shapes=answer.shapes)) == str(answer)


def test_a_sum_that_runs_to_an_array_runs_to_a_size_in_the_hint():
    with pytest.raises(matcalc.MatcalcError) as caught:
        matcalc.parse("sum(x[i]*y[j] for i in n for j in y)")
    assert caught.value.hint == "write sum(x[i]*y[j] for i in n for j in m)"
    assert matcalc.parse(caught.value.hint.removeprefix("write ")).shapes == {"x": ("n", 1), "y": ("m", 1)}
