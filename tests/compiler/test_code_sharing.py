"""What generated code computes once: the values are torch's, also at large arguments, and the work is counted."""

import re
from functools import cache

import numpy
import pytest
import torch

import matcalc

RNG = numpy.random.default_rng(7)


def normal(*shape):
    return RNG.standard_normal(shape)


def positive(n):
    A = normal(n, n + 2)
    return A @ A.T / n + numpy.eye(n)


def count(pattern):
    return lambda source: len(re.findall(pattern, source))


M, N, K = 9, 6, 2
TALL = {"X": ("m", "n"), "W": ("n", "k")}
# text, variables, shapes and facts, arrays, the function for torch, what is counted in the code, how often it may be
CASES = {
    "a projection is computed once": (
        "norm(X - X@W@W.T)**2", ["W"], {"shapes": TALL}, {"X": normal(M, N), "W": normal(N, K)},
        lambda X, W: ((X - X @ W @ W.T) ** 2).sum(), count(r"X @ W\b"), 1,
    ),
    "thin products meet in value and gradient": (
        "tr(inv(U.T@A@U)@U.T@C@V@inv(V.T@B@V)@V.T@C.T@U)", ["U"],
        {"shapes": {"U": ("n", "k"), "V": ("m", "k"), "A": ("n", "n"), "B": ("m", "m"), "C": ("n", "m")},
         "assume": {"A": ["pd"], "B": ["pd"]}},
        {"U": normal(N, K), "V": normal(M, K), "A": positive(N), "B": positive(M), "C": normal(N, M)},
        lambda U, V, A, B, C: torch.trace(
            torch.linalg.inv(U.T @ A @ U) @ U.T @ C @ V @ torch.linalg.inv(V.T @ B @ V) @ V.T @ C.T @ U
        ),
        count(r"\b[ABC](?:\.T)? @|@ [ABC]\b|cho_solve"), 5,
    ),
    "a trace is that of the product at hand": (
        "sum(logsumexp(X@W@Y.T + b.T, axis=1)) - tr(X@W@Y.T)", ["W", "b"],
        {"shapes": {"X": ("n", "p"), "W": ("p", "q"), "Y": ("n", "q"), "b": ("n", 1)}},
        {"X": normal(M, 3), "W": normal(3, 2), "Y": normal(M, 2), "b": normal(M)},
        lambda X, W, Y, b: torch.logsumexp(X @ W @ Y.T + b, 1).sum() - torch.trace(X @ W @ Y.T),
        count(r"W @|@ W|multi_dot|vdot"), 1,
    ),
    "a weighted residual is multiplied once": (
        "sum(W*(U@V.T + a - Y)**2)", ["U", "a"],
        {"shapes": {"U": ("m", "k"), "V": ("n", "k"), "a": ("m", 1), "W": ("m", "n"), "Y": ("m", "n")}},
        {"U": normal(M, K), "V": normal(N, K), "a": normal(M), "W": RNG.random((M, N)), "Y": normal(M, N)},
        lambda U, V, a, W, Y: (W * (U @ V.T + a[:, None] - Y) ** 2).sum(), count(r"\bW\b \*|\*= W\b|einsum|M \* M"), 1,
    ),
    "a solution serves residuals and leverages": (
        "sum(((y - X@inv(X.T@X + c*eye(n))@X.T@y)/(1 - diag(X@inv(X.T@X + c*eye(n))@X.T)))**2)", ["c"],
        {"shapes": {"X": ("m", "n"), "y": ("m", 1), "c": ()}, "assume": {"c": ["positive"]}},
        {"X": normal(M, N), "y": normal(M), "c": 0.7},
        lambda X, y, c: (
            (y - (H := X @ torch.linalg.inv(X.T @ X + c * torch.eye(N, dtype=X.dtype)) @ X.T) @ y)
            / (1 - torch.diagonal(H))
        ).pow(2).sum(),
        count(r"[^_]low_rank_solve\(factor"), 1,
    ),
    "a factor has the determinant and the inverse": (
        "tr(L.T@A@L)/2 - logdet(L@L.T)/2", ["L"],
        {"shapes": {"L": ("n", "n"), "A": ("n", "n")}, "assume": {"A": ["pd"], "L": ["invertible"]}},
        {"L": normal(N, N) + 3 * numpy.eye(N), "A": positive(N)},
        lambda L, A: torch.trace(L.T @ A @ L) / 2 - torch.linalg.slogdet(L)[1],
        count(r"cho_factor|L @ L|linalg.inv"), 0,
    ),
    "a common factor is multiplied once": (
        "tr((X@X.T + c)**3@Y)/norm((X@X.T + c)**3)", ["X"],
        {"shapes": {"X": ("n", "d"), "Y": ("n", "n"), "c": ()}, "assume": {"Y": ["symmetric"]}},
        {"X": normal(M, 3), "Y": positive(M), "c": 1.0},
        lambda X, Y, c: ((X @ X.T + c) ** 3 * Y).sum() / ((X @ X.T + c) ** 3).norm(), count(r"M \* M|\*= M\b|\* Y"), 4,
    ),
    "the sum that is exponentiated is made once": (
        "sum(logsumexp(a.T + X@W, axis=1))", ["W"], {"shapes": {**TALL, "a": ("k", 1)}},
        {"X": normal(M, N), "W": normal(N, K), "a": normal(K)},
        lambda X, W, a: torch.logsumexp(a + X @ W, 1).sum(), count(r"a\[None, :\]"), 1,
    ),
}


@cache
def compiled(name, target):
    text, wrt, options, *_ = CASES[name]
    return matcalc.diff(text, wrt=wrt, **options).compile(target)


@pytest.mark.parametrize("target", ["numpy", "torch"])
@pytest.mark.parametrize("name", CASES)
def test_values_and_gradients_are_torchs(name, target):
    _, wrt, options, arrays, function, _, _ = CASES[name]
    for scale in (1.0, 300.0):
        facts = options.get("assume", {})
        given = {n: numpy.array(a * (1 if n in facts else scale)) for n, a in arrays.items()}
        for array in given.values():
            array.flags.writeable = False
        tensors = {n: torch.tensor(a, requires_grad=n in wrt) for n, a in given.items()}
        expected = function(**tensors)
        truths = [expected, *torch.autograd.grad(expected, [tensors[n] for n in wrt])]
        found = compiled(name, target)(**(given if target == "numpy" else {n: t.detach() for n, t in tensors.items()}))
        for value, truth in zip(found, truths, strict=True):
            truth = truth.detach().numpy()
            error = numpy.abs(numpy.asarray(value).reshape(truth.shape) - truth).max()
            assert error <= 1e-10 * max(1e-300, numpy.abs(truth).max()), (scale, error, numpy.abs(truth).max())


@pytest.mark.parametrize("name", CASES)
def test_nothing_is_computed_twice(name):
    *_, counted, most = CASES[name]
    source = compiled(name, "numpy").source.split('"""')[-1]
    assert counted(source) <= most, source


# text, variable, options, arrays, the Hessian, what is counted in the code, how often it may be
HESSIANS = {
    "a smooth distance": (
        "sum(W*sqrt(1 + (x - x.T)**2))", "x", {"shapes": {"W": ("n", "n"), "x": ("n", 1)}},
        {"W": RNG.random((N, N)), "x": normal(N)},
        lambda W, x: (lambda A: numpy.diag(A.sum(1)) - A)((W + W.T) / (1 + (x[:, None] - x) ** 2) ** 1.5),
        count(r"(?<!x\.)reshape\(|plus_transpose|numpy\.sqrt"), 2,
    ),
    "a smooth absolute value": (
        "sum(sqrt((X@w - y)**2 + c))", "w",
        {"shapes": {"X": ("m", "n"), "w": ("n", 1), "y": ("m", 1), "c": ()}, "assume": {"c": ["positive"]}},
        {"X": normal(M, N), "w": normal(N), "y": normal(M), "c": 0.5},
        lambda X, w, y, c: X.T @ ((c / ((X @ w - y) ** 2 + c) ** 1.5)[:, None] * X), count("weighted_gram"), 0,
    ),
}


@pytest.mark.parametrize("target", ["numpy", "torch", "array-api"])
@pytest.mark.parametrize("name", HESSIANS)
def test_quotients_that_cancel_are_joined(name, target):
    text, wrt, options, arrays, hessian, counted, most = HESSIANS[name]
    function = matcalc.diff(text, wrt=wrt, order=2, **options).compile(target, orders=2)
    assert counted(function.source.split('"""')[-1]) <= most or target != "numpy", function.source
    for scale in (1.0, 1e6):  # where it is large, terms that were not joined would have lost twelve digits
        given = {n: a * (scale if n in ("x", "y") else 1) for n, a in arrays.items()}
        found = function(**given if target != "torch" else {n: torch.tensor(a) for n, a in given.items()})
        truth = hessian(**given)
        assert numpy.abs(numpy.asarray(found) - truth).max() <= 1e-10 * numpy.abs(truth).max()


def test_blocks_take_their_products_of_entries_from_the_square():
    d = matcalc.diff("sum(logsumexp(X@W, axis=1))", wrt="W", order=2, shapes=TALL)
    source = d.code("numpy", orders=2)
    assert source.count("numpy.multiply(") == 1 and d.compile("numpy", orders=2).check().ok


def test_blocks_of_tensors_are_mapped_and_differentiated():
    d = matcalc.diff("norm(W.T@W - c*eye(k))**2", wrt="W", order=2, shapes={"W": ("n", "k"), "c": ()})
    hessian, W = d.compile("torch", orders=2), torch.tensor(normal(4, 3))
    assert hessian.source.count("new_zeros((n") == 0 and hessian.check().ok

    def function(c, w=W):
        return ((w.T @ w - c * torch.eye(3, dtype=w.dtype)) ** 2).sum()

    c = torch.tensor([0.5, 2.0], dtype=torch.float64)
    found = torch.func.vmap(lambda c: hessian(W=W, c=c))(c)
    assert torch.allclose(found, torch.stack([hessian(W=W, c=one) for one in c]), rtol=1e-12)
    both = torch.func.vmap(lambda w: hessian(W=w, c=c[0]))(torch.stack([W, 2 * W]))
    assert torch.allclose(both[0], hessian(W=W, c=c[0]), rtol=1e-12)
    weights = torch.tensor(normal(12, 12))
    given = W.clone().requires_grad_()
    (third,) = torch.autograd.grad((weights * hessian(W=given, c=c[0])).sum(), given)

    def weighed(w):
        whole = torch.func.jacrev(torch.func.jacrev(lambda v: function(c[0], v.reshape(3, 4).T)))(w.T.reshape(-1))
        return (weights * whole).sum()

    assert torch.allclose(third, torch.func.grad(weighed)(W), rtol=1e-9)


def test_sums_of_several_arrays_take_one_array():
    d = matcalc.diff("sum(exp((u + v.T - C)/c))", wrt="C", shapes={"u": ("n", 1), "v": ("m", 1), "C": ("n", "m")})
    statements = [line.strip() for line in d.code("numpy").splitlines()]
    assert "R = C - u[:, None]" in statements and "R -= v[None, :]" in statements
    assert d.compile("numpy").check().ok


def test_layers_are_overwritten_by_their_derivatives():
    text = "norm(tanh(W2@tanh(W1@tanh(W0@X))))**2"
    layers = ["W0", "W1", "W2"]
    d = matcalc.diff(text, wrt=layers, shapes={"X": ("n", "m"), **dict.fromkeys(layers, ("n", "n"))})
    source = d.code("numpy").split('"""')[-1]
    assert len(re.findall(r"M\d* \*= \(?W\d\.T @ ", source)) == 2 and d.compile("numpy").check().ok, source


def test_a_negative_written_where_its_operand_was_is_not_turned_again():
    text = "norm(y - X@inv(X.T@X)@X.T@y)**2"
    d = matcalc.diff(text, wrt="X", shapes={"X": ("m", "n"), "y": ("m", 1)})
    assert d.compile("numpy", orders=(0, 1, 2)).check().ok
