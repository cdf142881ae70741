"""What code in the words of NumPy, PyTorch, JAX and TensorFlow is read as, how it is found, and what is refused."""

import random
import re
import sys
from pathlib import Path

import pytest
from tables import every_row

import matcalc
from docs.generate_functions import TARGET, page
from matcalc.answers.book import book_of
from matcalc.errors import LimitError, MatcalcError, UnknownFunctionError
from matcalc.readers import translate
from matcalc.readers.python.functions import entries
from tests.support.seeds import seed_of


@pytest.fixture(scope="module")
def book():
    return book_of(None)


READ = [
    ("torch.dot(x, x)", "x.T@x"),
    ("torch.mv(A, x)", "A@x"),
    ("x.sum()", "sum(x)"),
    ("((X @ w - y)**2).mean()", "mean((X@w - y)**2)"),
    ("np.trace(X.T @ A @ X)", "tr(X.T@A@X)"),
    ("np.linalg.norm(A@x - b)", "norm(A@x - b)"),
    ("torch.linalg.slogdet(X)[1]", "logdet(X)"),
    ("X.t()", "X.T"),
    ("x.dot(A.dot(x))", "x.T@(A@x)"),
    ("jnp.log(jnp.sum(jnp.exp(A@x)))", "log(sum(exp(A@x)))"),
    ("tf.reduce_sum(x * x)", "sum(x*x)"),
    ("tf.matmul(A, X)", "A@X"),
    ("tf.matmul(A, B, transpose_a=True)", "A.T@B"),
    ("tf.linalg.matvec(A, x)", "A@x"),
    ("tf.reduce_mean(tf.square(tf.linalg.matvec(X, w) - y))", "mean((X@w - y)**2)"),
    ("tf.reduce_mean(tf.square(y - tf.matmul(X, w)))", "mean((y - X@w)**2)"),
    ("tf.reduce_mean(tf.square(tf.matmul(X, w) + b - y))", "mean((X@w + b.T - y)**2)"),
    ("tf.reduce_logsumexp(X, axis=1)", "logsumexp(X, axis=1)"),
    ("tf.nn.softmax(X)", "softmax(X, axis=1)"),
    ("tf.nn.relu(tf.matmul(X, W) + b)", "relu(X@W + b.T)"),
    ("tf.linalg.trace(tf.matmul(X, X, transpose_b=True))", "tr(X@X.T)"),
    ("tf.norm(X)", "norm(X)"),
    ("tf.math.reduce_variance(x)", "mean((x - mean(x))**2)"),
    ("F.softmax(Z, dim=1)", "softmax(Z, axis=1)"),
    ("max(X, axis=1).sum()", "sum(max(X, axis=1))"),
    ("np.max(X, 0).sum()", "sum(max(X, axis=0))"),
    ("X.max(dim=1).values.sum()", "sum(max(X, axis=1))"),
    ("torch.min(X, 1)[0].sum()", "sum(min(X, axis=1))"),
    ("torch.sum(max(x, 0))", "sum(maximum(x, 0))"),
    ("torch.max(x, y).sum()", "sum(maximum(x, y))"),
    ("np.sum(X.prod(axis=0)**2)", "sum(prod(X, axis=0)**2)"),
    ("torch.linalg.norm(X, dim=1).sum()", "sum(norm(X, axis=1))"),
    ("np.sum(np.linalg.norm(X, np.inf, axis=1))", "sum(max(abs(X), axis=1))"),
    ("tf.reduce_sum(tf.reduce_max(X, axis=1))", "sum(max(X, axis=1))"),
    ("sum(x, 1)", "sum(x, axis=1)"),
    ("sum(X, dim=0)", "sum(X, axis=0)"),
    ("np.square(x)", "x**2"),
    ("A.mean(axis=0)", "mean(A, axis=0)"),
    ("x.detach()", "detach(x)"),
    # 1-d vectors: columns in products, rows where they meet a matrix, numbers where two of them meet in @
    ("X - X.mean(axis=0)", "X - mean(X, axis=0)"),
    ("X*w", "X*w.T"),
    ("x @ A", "x.T@A"),
    ("(x @ A) * y", "A.T@x*y"),
    ("x @ y", "x.T@y"),
    ("x.T @ A @ x", "x.T@A@x"),
    ("x @ x.T", "x.T@x"),
    ("x * y", "x*y"),
    ("x[:, None] * y[None, :]", "x*y.T"),
    # entries, rows, columns and slices
    ("np.exp(x[0])*x[-1]", "exp(x[0])*x[-1]"),
    ("np.dot(A[i], x)", "A[i, :]@x"),
    ("np.sum((x[1:] - x[:-1])**2)", "sum((x[1:] - x[:-1])**2)"),
    ("np.log(X[1:3, j]) @ w", "log(X[1:3, j]).T@w"),
    ("np.linalg.norm(X[:, :k] @ w)", "norm(X[:, :k]@w)"),
    # names that use leaves open
    ("np.exp(-np.linalg.norm(x - y)**2/(2*h**2))", "exp(-norm(x - y)**2/(2*h**2))"),
    ("n/2*np.linalg.slogdet(S)[1]", "n/2*logdet(S)"),
    ("k*(x @ x)", "k*(x.T@x)"),
    # several lines
    ("r = X @ w - y\n(r**2).mean()", "mean((X@w - y)**2)"),
    ("r = X @ w - y; (r**2).mean() + np.abs(r).sum()", "r = X@w - y; mean(r**2) + sum(abs(r))"),
    ("r = X @ w - y\nreturn r @ r", "r = X@w - y; r.T@r"),
    ("x = F.relu(W1 @ x)\nx = F.relu(W2 @ x)\nx.sum()", "sum(relu(W2@relu(W1@x)))"),
    ("s = 0\ns += x @ x\ns *= 2\ns", "(0 + x.T@x)*2"),
    (">>> import numpy as np\n>>> r = A @ x  # the residual\n>>> np.sum(r**2)", "sum((A@x)**2)"),
    ("import torch.nn.functional as fun\nfun.mse_loss(X @ w, y)", "mean((X@w - y)**2)"),
    ("from numpy.linalg import norm as size\nsize(A @ x)", "norm(A@x)"),
    ("import torch\ncriterion = torch.nn.MSELoss()\nloss = criterion(X @ w, y)\nloss.backward()",
     "mean((X@w - y)**2)"),
    ("def loss(w):\n    r = X @ w - y\n    return (r**2).sum()/len(y) + lam * w @ w",
     "sum((X@w - y)**2)/n + (lam*w).T@w"),
    ("def s(z): return 1/(1 + np.exp(-z))\ndef f(w): return np.log(s(X @ w)).sum()",
     "sum(log(1/(1 + exp(-(X@w)))))"),
    ("f = lambda w: w @ A @ w", "w.T@A@w"),
    ("lambda w, lam=0.1: lam * np.sum(w)", "lam*sum(w)"),
    ("@jax.jit\ndef loss(\n    w: jnp.ndarray,\n    lam: float = 0.1,\n) -> float:\n    '''ridge'''\n"
     "    return lam*(w @ w)",
     "lam*(w.T@w)"),
    ("m, n = X.shape\nnp.sum(X)/m/n", "sum(X)/n/m"),
    ("λ * np.sum(θ)", "lam*sum(theta)"),
    # products take arrays; a number is what math takes, and a letter with a subscript goes by its letter
    ("0.5*np.sum((np.dot(X, theta) - y)**2)", "1/2*sum((X@theta - y)**2)"),
    ("F.softmax(Q @ K.T/math.sqrt(k_x), dim=-1) @ V", "softmax(Q@K.T/sqrt(k_x), axis=1)@V"),
    ("F.softmax(Q @ K.T/np.sqrt(d_k), dim=-1) @ V", "softmax(Q@K.T/sqrt(d_k), axis=1)@V"),
    ("np.sum(np.abs(x)**p)**(1/p)", "sum(abs(x)**p)**(1/p)"),
    ("np.linalg.eigvalsh(S)[-1] + np.linalg.eigvalsh(S).min()", "eigmax(S) + eigmin(S)"),
    # data: the names are variables
    ("x = torch.randn(3, requires_grad=True)\nA = torch.randn(3, 3)\nloss = x @ A @ x\nloss.backward()", "x.T@A@x"),
    ("a = np.array([[1, 2], [3, 4]])\nx = np.array([1., -1.])\nx @ a @ x", "x.T@a@x"),
    ("np.random.seed(0)\nb = np.random.rand(10)\nx = rng.normal(size=10)\nb @ x", "b.T@x"),
    ("rng = np.random.default_rng(0)\nx = torch.tensor(3.0, requires_grad=True)\nx**2", "x**2"),
    ("A = torch.arange(6, dtype=torch.float32).reshape(2, 3)\nA.sum(axis=0) @ x", "sum(A, axis=0)@x"),
    # what backward is called on is differentiated, its gradient the weights of a sum
    ("y = x * x\ny.sum().backward()", "sum(x*x)"),
    ("y = x * x\ny.backward(gradient=torch.ones(len(y)))", "sum(x*x*ones(n))"),
    ("y = torch.exp(x)\ny.backward(gradient=x)", "sum(exp(x)*detach(x))"),
    ("x = torch.arange(4.0)\nx.requires_grad_(True)\ny = 2*torch.dot(x, x)\ny.backward()\nx.grad == 4*x\n"
     "x.grad.zero_()", "2*(x.T@x)"),
    ("x.sum().backward()\nx.grad\nx.grad.zero_()\ny = x * x\ny.sum().backward()\nx.grad", "sum(x*x)"),
    ("def loss(w):\n    r = X @ w - y\n    r.sum().backward()\n    return r @ r", "r = X@w - y; r.T@r"),
    ("A.cumsum(axis=0).sum() + torch.cumsum(A, dim=1).sum()", "sum(cumsum(A, axis=0)) + sum(cumsum(A, axis=1))"),
    ("np.cumsum(x) @ x + tf.reduce_sum(tf.cumsum(A))", "cumsum(x).T@x + sum(cumsum(A, axis=0))"),
    # loops: indices have the names of the text, or others where those are taken
    ("sum(np.exp(x[i])*i for i in range(len(x)))", "sum(exp(x[i])*i for i in n)"),
    ("sum((t - x @ w)**2 for x, t in zip(X, y))", "sum((y[i] - X[i, :]@w)**2 for i in n)"),
    ("sum(np.exp(k*j) for k in range(3))*j", "sum(exp(k*j) for k in range(3))*j"),
    ("i = np.log(c)\nsum(i*x[i] for i in range(n)) + i", "sum(i*x[i] for i in n) + log(c)"),
    ("sum(np.exp(x[i]) for i in range(n))*np.sum(i)", "sum(exp(x[j]) for j in n)*sum(i)"),
    ("loss = 0\nfor a in x:\n    loss += a**2\nloss/len(x)", "sum(x[i]**2 for i in n)/n"),
    ("total = 0\nfor x_k in X:\n    for j in range(m):\n        total += x_k[j]**3\ntotal",
     "sum(X[k, j]**3 for k in n for j in m)"),
    ("np.array([np.exp(v) for v in x]) @ y", "sum(exp(x[i])*e(i, n) for i in n).T@y"),
    ("for _ in range(2):\n    x = np.tanh(A @ x)\nx.sum()", "sum(tanh(A@tanh(A@x)))"),
]


@every_row(("text", "read"), READ)
def test_code_is_read(text, read, book):
    assert translate(text, book, "python").text == read


@every_row("text", [text for text, _ in READ if text not in (
    "x @ A", "(x @ A) * y", "x @ y", "x.T @ A @ x", "x @ x.T", "x * y", "k*(x @ x)", "X*w",
    "r = X @ w - y\nreturn r @ r")])
def test_code_is_found_by_its_tokens(text, book):
    assert translate(text, book).syntax == "python"


@every_row("text", ["x.T@A@x", "sum(X, axis=0)", "a = 2*x; a.T@a", "norm(X, 'fro')", "x'*A*x", "X.^2",
                                  r"\operatorname{tr}(A)", "foo(x) + 1", "A.I", "x + )"])
def test_other_texts_are_not_taken_for_code(text, book):
    try:
        assert translate(text, book).syntax != "python"
    except MatcalcError as error:
        assert "matrices of" not in error.message


@every_row(("text", "read"), [
    ("x @ A @ x", "x.T@A@x"), ("w @ x", "w.T@x"), ("y @ X @ w", "y.T@X@w"), ("A @ x + x @ A", "A@x + A.T@x"),
    ("r = X @ w - y; r @ r", "r = X@w - y; r.T@r"), ("(X @ w - y) @ (X @ w - y)", "(X@w - y).T@(X@w - y)"),
])
def test_products_that_only_vectors_of_one_dimension_have_are_code(text, read, book):
    """In the language x would be a matrix there, against its spelling, or nothing would fit."""
    found = translate(text, book)
    assert (found.text, found.syntax) == (read, "python")
    assert translate(text, book, "matcalc").syntax == "matcalc"


@every_row("text", ["x@x.T", "(A + B)@x", "inv(a)@b", "tr(a@b)", "x.T@A@x", "A@x"])
def test_products_of_the_language_stay_the_language_s(text, book):
    assert translate(text, book).syntax == "matcalc"


def test_declared_matrices_are_matrices(book):
    assert translate("x @ A @ x", book, None, {"x": ("n", "n"), "A": ("n", "n")}).syntax == "matcalc"


REFUSED = [
    ("»torch.bmm«(A, B)", "products of batches have three dimensions"),
    ("»np.fft.fft«(x)", "np.fft.fft is not read"),
    ("»np.sum(x, where=m)«", "np.sum is not read with 'where'"),
    ("»x.sum(axis=2)«", "x.sum has an axis that a matrix does not have"),
    ("sum(»max(X, axis=2)«)", "max has an axis that a matrix does not have"),
    ("»max(X, 0, axis=1)«", "max takes another value or an axis"),
    ("x[::»0«]", "the step of a slice is a whole number that is not 0"),
    ("x[»k/2«]", "an index is a whole number or a name"),
    ("»X[0, 1, 2, 3]«", "this part of an array is not read"),
    ("»X - X.mean(axis=1)«", "X.mean(axis=1) has an entry for each row, and is set against the columns here"),
    ("E = np.exp(X)\n»E / E.sum(axis=1)«", "E.sum(axis=1) has an entry for each row"),
    ("»x.std()«", "std divides by n in NumPy and by n - 1 in PyTorch"),
    ("»F.cross_entropy(X @ W, y)«", "a vector beside a matrix of scores would be indices of classes"),
    ("y = A @ x\nz = y*2\n»z.sum()«\nz.mean()", "this line changes nothing"),
    ("def f(x):\n    »if« x > 0:\n        return x\n    return 1", "conditions are not read"),
    ("»while« x > 0: x = np.sin(x)\nx", "'while' is not read"),
    ("for i in range(3):\n    x = np.sin(x)\n    »break«\nx", "'break' is not read"),
    ("for i in range(3):\n    x = np.sin(x)\n»else«:\n    x = 1\nx", "'else' behind a loop is not read"),
    ("def f(x):\n    for v in x:\n        return »v«\n    return x", "a loop that returns in one of its rounds"),
    ("h = x\n»for t in range(T)«:\n    h = np.tanh(W @ h)\nh.sum()", "each round of this loop needs h from"),
    ("s = 0\n»for v in x«:\n    s += v*s\ns", "each round of this loop needs s from the one before"),
    ("for v in x:\n    r = np.exp(v)\nnp.sum(»r«)", "what r is behind the loop depends on its last round"),
    ("s = 0\nfor i in range(n):\n    r = 1\n    if x[i] > 0:\n        r = np.exp(x[i])\n    s += »r«\ns",
     "what r is depends on a condition"),
    ("s = 0\nfor k in range(3):\n    x = np.sin(x)\n    if »x[0] > 0«:\n        s += 1\nx.sum()",
     "whether this holds depends on values"),
    ("s = 0\nfor i in range(n):\n    for j in range(n):\n        if i != j:\n            if x[i] > 0:\n"
     "                continue\n            s += x[j]\n        s += x[i]\ns", "'continue' below a second condition"),
    ("sum(x[i] for i in »range(0, n, 2)«)", "range with a step is not read"),
    ("sum(x[i] for i in range(n) if i »%« 2 == 0)", "remainders of an index are not read"),
    ("sum(x[i] for i in range(n) if i == 0 »or« i == 2)", "'or' is not read in a condition"),
    ("sum(x[i] for i in range(n) if i »in« [0, 1])", "membership is not read"),
    ("sum(»for« i in range(n))", "the term of a sum is missing before 'for'"),
    ("x[i] »for« i in range(n)", "'for' stands outside of brackets"),
    ("sum(x, y »for« x in X)", "'for' stands behind several terms"),
    ("sum(x[i] »for« i range(n))", "'in' is missing behind 'for'"),
    ("sum(x[0] for »x[0]« in X)", "a loop is over names"),
    ("sum(np.log(v) for v in »3«)", "a loop does not run over a number"),
    ("»np.mean(x[i]**2 for i in range(n))«", "a generator is not an array"),
    ("»[x[i]**2 for i in range(n)]«*2", "a list is not an array here"),
    ("sum(c for »a, b« in [(c, d, c)])", "3 values for 2 names"),
    ("sum(np.exp(k*c) for k in »range(0, 1000, 2)«)", "500 rounds would be written out"),
    ("def f(x):\n    »continue«\n    return x", "'continue' stands outside of a loop"),
    ("np.where(x »and« y, x, 0)", "'and' is not read"),
    ("def f(x): return »f(x)«", "a function calls itself"),
    ("def f(x»)«", "':' is missing behind the parameters"),
    ("def »f«(x):\n    y = x", "f returns nothing"),
    ("x »+=«", "an expression is missing"),
    ("np.log»(«x", "'(' is never closed"),
    ("np.log(x)»)«", "')' has no opening bracket"),
    ("np.log(x»]«", "']' closes '('"),
    ("x @ (A »+« )", "an operand is missing after '+'"),
    ("f(»*«args)", "unpacked arguments are not read"),
    ("»np.array([1, 2])«", "arrays by their entries are not read"),
    ("x.foo = 1", "only names are assigned to"),
    ("sum(np.exp(x[j])*b for j in range(3) for a, b in zip(x, »A[:3, 0]«[:2])) + sum(np.exp(A[0]))",
     "the arrays of a zip have"),
    ("sum(»x @ a[k]« @ x for k in range(K))", "a[k] is a row here, and x would be a matrix"),
    ("r = np.zeros(n)\nfor i in range(n):\n    »r[i]« = x[i]**2\nr.sum()", "only names are assigned to"),
    ("»w.grad«", ".grad is not read"),
    ("»__import__«('os').system('ls')", "__import__ is not read"),
    ("x »if« a else y", "a choice by Python's if is not read"),
    ("»torch.trace(torch.dot(x, y))«", "torch.trace(torch.dot(x, y)) takes a matrix, but torch.dot(x, y) is a number"),
    ("a »^« b", "'^' is Python's exclusive or"),
    ("'abc»«", "the quotation is never closed"),
    ("np.linalg.slogdet(X) + 1", "this is a pair of values"),
    ("X.shape + 1", "a shape is not an array"),
]


@every_row(("marked", "message"), REFUSED)
def test_what_is_not_read_is_refused_at_its_place(marked, message, book):
    text = marked.replace("»", "").replace("«", "")
    with pytest.raises(MatcalcError) as caught:
        translate(text, book, "python")
    assert message in caught.value.message
    assert caught.value.source == text and caught.value.hint
    if "»" in marked and "abc" not in marked:
        assert caught.value.span.start == marked.index("»")


def test_declared_shapes_hold(book):
    assert translate("x @ x.T", book, "python", {"x": ("n", "m")}).text == "x@x.T"
    assert translate("X - X.mean(axis=1)", book, "python", {"X": ("n", "n")}).text == "X - mean(X, axis=1).T"
    assert translate("b + X", book, "python", {"b": ()}).text == "b + X"
    with pytest.raises(MatcalcError):
        translate("np.trace(A)", book, "python", {"A": ("n",)})
    with pytest.raises(UnknownFunctionError):
        translate("f(x)", book, "python")


def test_the_answer_has_the_shapes_of_the_code():
    derivative = matcalc.diff("np.sum((X @ w + b)**2)/X.shape[0]", wrt="b", shapes={"b": ()}, syntax=None)
    assert derivative.shapes["b"] == () and derivative.check().ok
    assert matcalc.parse("torch.eye(len(x)) @ x", syntax="python").shape == ("n", 1)


def test_a_rule_file_s_functions_can_be_called(book):
    assert translate("tr(logm(S)) + np.sum(softplus(x))", book, "python").text == "tr(logm(S)) + sum(softplus(x))"


# -- sizes that nobody tried ---------------------------------------------------------------------------


def chain_of(count):
    return "\n".join(["h = x", *[f"h = np.tanh(W{i % 7} @ h + b{i % 5})" for i in range(count)], "h @ h"])


def test_the_calls_of_long_code_grow_with_its_length(book):
    def calls(text):
        found = []
        sys.setprofile(lambda frame, event, argument: found.append(None) if event == "call" else None)
        try:
            translate(text, book, "python")
        finally:
            sys.setprofile(None)
        return len(found)

    calls(chain_of(5))
    assert calls(chain_of(80)) < 2.3*calls(chain_of(40))


@pytest.mark.parametrize("text", [
    "(" * 3000 + "x" + ")" * 3000, "x" + ".T" * 3000, "-" * 900 + "x", "np.exp(" * 900 + "x" + ")" * 900,
    "+".join(["x @ x"] * 400), "sum(" * 10 + "x[i]" + " for i in range(n))" * 10,
    "\n".join(["s = 0", "for i in range(n):", *[f"    s += {k}*x[i]" for k in range(300)], "s"]),
    "\n".join(["s = 0", *[f"for i in range(n): s += {k}*x[i]" for k in range(90)], "s"]),
    "x" + "**2" * 900, "\n".join(f"a{i} = x" for i in range(500)) + "\na0.sum()",
])
def test_deep_and_wide_code_is_read(text, book):
    assert translate(text, book, "python").text


@pytest.mark.parametrize("text", [
    "(" * 10_000 + "x", "-" * 5000 + "x", "x" * 1_000_001, "9" * 2000,
    "sum(" * 40 + "x[i]" + " for i in range(n))" * 40, "x[:" * 500 + "1" + "]" * 500,
    "sum(u for u in " + "zip(" * 300 + "x" + ")" * 300 + ")", "1e999999", "x + " * 51_000 + "x",
    "\n".join(["def f0(x): return x @ x",
               *[f"def f{i}(x): return f{i - 1}(x) + f{i - 1}(2*x)" for i in range(1, 40)]]),
])
def test_what_is_beyond_all_measure_is_refused(text, book):
    with pytest.raises(LimitError):
        translate(text, book, "python")


def test_random_text_raises_nothing_but_errors_of_matcalc(book):
    rng = random.Random(seed_of("random Python text"))
    pieces = ["x", "A", "np", ".", "sum", "(", ")", "[", "]", ",", "=", "+", "@", "**", ":", "\n", "def", "f", "lambda",
              "return", "torch", "None", "0", "1.5", "axis", "dim", "T", "shape", "'", " ", "  ", ";", "-", "F",
              "import", "as", "from", "slogdet", "mean", "\\", "\t", "λ", "if", "{", "for", "in", "range", "n", "i",
              "else", "continue", "+=", "zip", "append", "and", "not", "<", "    "]
    for _ in range(500):
        text = "".join(rng.choice(pieces) for _ in range(rng.randrange(1, 25)))
        try:
            translate(text, book, "python")
        except MatcalcError as error:
            assert error.message and str(error)


def test_every_entry_of_the_table_can_be_read():
    assert len(entries()) > 100
    for entry in entries():
        assert entry.names and entry.meaning is not None


# -- the pages ------------------------------------------------------------------------------------------

PAGE = Path(__file__).resolve().parents[3] / "docs" / "other-syntaxes.md"


def test_the_table_of_the_page_is_true(book):
    section = PAGE.read_text(encoding="utf-8").partition("\n## Code in Python\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `([^`]+)` \| `([^`]+)` \|$", section, re.MULTILINE)
    assert len(rows) > 20
    for typed, read in rows:
        assert translate(typed, book, "python").text == read, typed


def test_the_list_of_functions_is_up_to_date():
    assert TARGET.read_text(encoding="utf-8") == page(), "run python -m docs.generate_functions"
