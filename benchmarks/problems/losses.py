"""Losses of machine learning: attention, contrasts, transport, metrics, normalised batches, robust regression."""

import numpy as np

from ..problem import Problem


def softmax_of_rows(Z):
    """Return (softmax, logsumexp) of the rows of Z, which is overwritten."""
    largest = Z.max(axis=1)
    Z -= largest[:, None]
    if Z.min() < -745.2:
        np.copyto(Z, -np.inf, where=Z < -745.2)  # NumPy's exp is slow where it vanishes, but for -inf
    np.exp(Z, out=Z)
    total = Z.sum(axis=1)
    Z /= total[:, None]
    return Z, np.log(total) + largest


# -- Σ logsumexp(rows of X W), Hessian by W ----------------


def draw_logits(rng, n, m, p):
    return {"X": rng.standard_normal((n, m)), "W": rng.standard_normal((m, p)) / np.sqrt(m)}


def logits_hessian(X, W):
    # block (a, b) is Xᵀ diag(p_a ([a = b] − p_b)) X
    P, _ = softmax_of_rows(X @ W)
    m, p = W.shape
    H = np.empty((p, m, p, m))
    for a in range(p):
        for b in range(a):
            block = (X * (-P[:, a] * P[:, b])[:, None]).T @ X
            H[a, :, b], H[b, :, a] = block, block
        Z = X * np.sqrt(P[:, a] * (1 - P[:, a]))[:, None]
        H[a, :, a] = Z.T @ Z
    return H.reshape(p * m, p * m)


def logits_hessian_at_once(X, W):
    P, _ = softmax_of_rows(X @ W)
    n, (m, p) = len(X), W.shape
    Z = (P[:, :, None] * X[:, None, :]).reshape(n, p * m)
    H = Z.T @ Z
    np.negative(H, out=H)
    blocks = H.reshape(p, m, p, m)
    for a in range(p):
        Y = X * np.sqrt(P[:, a])[:, None]
        blocks[a, :, a] += Y.T @ Y
    return H


def logits(library, X, W):
    return library.logsumexp(X @ W, 1).sum()


# -- ‖softmax(X W (X U)ᵀ/c) X V − Y‖² by W ----------------


def draw_attention(rng, n, m, k):
    W, U, V = (rng.standard_normal((m, k)) / np.sqrt(m) for _ in range(3))
    return {"X": rng.standard_normal((n, m)), "W": W, "U": U, "V": V, "Y": rng.standard_normal((n, k)),
            "c": float(np.sqrt(k))}


def attention_gradient(X, W, U, V, Y, c):
    keys, values = X @ U, X @ V
    Z = (X @ W) @ keys.T
    Z *= 1 / c
    P, _ = softmax_of_rows(Z)
    R = P @ values
    R -= Y
    D = R @ values.T
    D -= np.einsum("ij,ij->i", D, P)[:, None]
    D *= P
    return np.vdot(R, R), (2 / c) * (X.T @ (D @ keys))


def attention(library, X, W, U, V, Y, c):
    R = library.softmax((X @ W) @ (X @ U).T / c, 1) @ (X @ V) - Y
    return (R * R).sum()


# -- Σ logsumexp(rows of X Yᵀ/c) − tr(X Yᵀ)/c by X: InfoNCE ----------------


def draw_pairs(rng, n, m):
    return {"X": rng.standard_normal((n, m)), "Y": rng.standard_normal((n, m)), "c": 2.0}


def pairs_gradient(X, Y, c):
    Z = X @ Y.T
    Z *= 1 / c
    P, total = softmax_of_rows(Z)
    gradient = P @ Y
    gradient -= Y
    gradient *= 1 / c
    return total.sum() - np.vdot(X, Y) / c, gradient


def pairs(library, X, Y, c):
    return library.logsumexp(X @ Y.T / c, 1).sum() - (X * Y).sum() / c


# -- aᵀu + bᵀv − c Σ exp((u + vᵀ − C)/c) by u: entropic transport ----------------


def draw_transport(rng, n, m):
    a, b = rng.random(n), rng.random(m)
    return {"a": a / a.sum(), "b": b / b.sum(), "u": rng.standard_normal(n), "v": rng.standard_normal(m),
            "C": rng.random((n, m)), "c": 0.5}


def transport_gradient(a, b, u, v, C, c):
    K = u[:, None] + v
    K -= C
    K *= 1 / c
    np.exp(K, out=K)
    rows = K.sum(axis=1)
    return a @ u + b @ v - c * rows.sum(), a - rows


def transport(library, a, b, u, v, C, c):
    return a @ u + b @ v - c * library.exp((u[:, None] + v - C) / c).sum()


# -- Σ relu(c + (x − y)ᵀM(x − y) − (x − z)ᵀM(x − z)) by M: a metric that is learnt ----------------


def draw_metric(rng, n, m):
    X, Y, Z = (rng.standard_normal((n, m)) for _ in range(3))
    M = rng.standard_normal((m, m)) / np.sqrt(m)
    return {"X": X, "Y": Y, "Z": Z, "M": M @ M.T, "c": 1.0}


def metric_gradient(X, Y, Z, M, c):
    D, E = X - Y, X - Z
    margins = np.einsum("ij,ij->i", D @ M, D) - np.einsum("ij,ij->i", E @ M, E) + c
    active = margins > 0
    D, E = D[active], E[active]
    gradient = D.T @ D
    gradient -= E.T @ E
    return margins[active].sum(), gradient


def metric(library, X, Y, Z, M, c):
    D, E = X - Y, X - Z
    return library.relu(c + ((D @ M) * D).sum(1) - ((E @ M) * E).sum(1)).sum()


# -- Σ Y * normalised columns of X by X: batch normalisation ----------------


def draw_batch(rng, n, m):
    return {"X": rng.standard_normal((n, m)), "Y": rng.standard_normal((n, m)), "c": 1e-5}


def batch_gradient(X, Y, c):
    n = len(X)
    Z = X - X.mean(axis=0)
    scale = 1 / np.sqrt(np.einsum("ij,ij->j", Z, Z) / n + c)
    Z *= scale
    inner = np.einsum("ij,ij->j", Y, Z)
    gradient = Y - Y.mean(axis=0)
    Z *= inner / n
    gradient -= Z
    gradient *= scale
    return inner.sum(), gradient


def batch(library, X, Y, c):
    Z = X - X.mean(0)
    return (Y * Z / library.sqrt((Z * Z).mean(0) + c)).sum()


# -- Σ √((Xw − y)² + c) + d wᵀw, Hessian by w ----------------


def draw_robust(rng, m, n):
    X, w = rng.standard_normal((m, n)), rng.standard_normal(n)
    return {"X": X, "w": w, "y": X @ w + rng.standard_normal(m), "c": 0.5, "d": 0.1}


def robust_hessian(X, w, y, c, d):
    r = X @ w - y
    Z = X * (np.sqrt(c) * (r * r + c) ** -0.75)[:, None]
    H = Z.T @ Z
    H.flat[:: len(w) + 1] += 2 * d
    return H


def robust(library, X, w, y, c, d):
    r = X @ w - y
    return library.sqrt(r * r + c).sum() + d * (w @ w)


# -- Σ W * √(1 + (xᵢ − xⱼ)²), Hessian: a weighted Laplacian ----------------


def draw_graph(rng, n):
    return {"W": rng.random((n, n)), "x": rng.standard_normal(n)}


def graph_hessian(W, x):
    D = x[:, None] - x
    D *= D
    D += 1
    weights = W / (D * np.sqrt(D))
    H = -(weights + weights.T)
    H.flat[:: len(x) + 1] -= H.sum(axis=1)
    return H


def graph(library, W, x):
    D = x[:, None] - x
    return (W * library.sqrt(1 + D * D)).sum()


PAIRS = {"X": ("n", "m"), "Y": ("n", "m")}
PROBLEMS = (
    Problem(
        name="log-sum-exp of logits", kind="Hessian", text="sum(logsumexp(X@W, axis=1))", wrt=("W",),
        shapes={"X": ("n", "m"), "W": ("m", "p")}, draw=draw_logits,
        sizes=({"n": 10, "m": 5, "p": 3}, {"n": 500, "m": 20, "p": 5}, {"n": 2000, "m": 60, "p": 10}),
        by_hand=(logits_hessian, logits_hessian_at_once), functions=(logits,),
    ),
    Problem(
        name="attention", kind="gradient", text="norm(softmax(X@W@(X@U).T/c, axis=1)@X@V - Y)**2", wrt=("W",),
        shapes={"X": ("n", "m"), "W": ("m", "k"), "U": ("m", "k"), "V": ("m", "k"), "Y": ("n", "k"), "c": ()},
        draw=draw_attention, sizes=({"n": 10, "m": 8, "k": 5}, {"n": 128, "m": 64, "k": 16},
                                    {"n": 512, "m": 256, "k": 64}),
        by_hand=(attention_gradient,), functions=(attention,),
    ),
    Problem(
        name="InfoNCE", kind="gradient", text="sum(logsumexp(X@Y.T/c, axis=1)) - tr(X@Y.T)/c", wrt=("X",),
        shapes={**PAIRS, "c": ()}, draw=draw_pairs,
        sizes=({"n": 10, "m": 5}, {"n": 256, "m": 64}, {"n": 1024, "m": 128}),
        by_hand=(pairs_gradient,), functions=(pairs,),
    ),
    Problem(
        name="entropic transport", kind="gradient", text="a.T@u + b.T@v - c*sum(exp((u + v.T - C)/c))", wrt=("u",),
        shapes={"a": ("n", 1), "b": ("m", 1), "u": ("n", 1), "v": ("m", 1), "C": ("n", "m"), "c": ()},
        draw=draw_transport, sizes=({"n": 10, "m": 8}, {"n": 300, "m": 200}, {"n": 1500, "m": 1000}),
        by_hand=(transport_gradient,), functions=(transport,),
    ),
    Problem(
        name="metric learning", kind="gradient",
        text="sum(relu(c + sum(((X - Y)@M)*(X - Y), axis=1) - sum(((X - Z)@M)*(X - Z), axis=1)))", wrt=("M",),
        shapes={**PAIRS, "Z": ("n", "m"), "M": ("m", "m"), "c": ()}, draw=draw_metric,
        sizes=({"n": 10, "m": 5}, {"n": 500, "m": 30}, {"n": 4000, "m": 100}),
        by_hand=(metric_gradient,), functions=(metric,),
    ),
    Problem(
        name="batch normalisation", kind="gradient",
        text="sum(Y*(X - mean(X, axis=0))/sqrt(mean((X - mean(X, axis=0))**2, axis=0) + c))", wrt=("X",),
        shapes={**PAIRS, "c": ()}, assume={"c": ["positive"]}, draw=draw_batch,
        sizes=({"n": 10, "m": 5}, {"n": 256, "m": 128}, {"n": 2000, "m": 500}),
        by_hand=(batch_gradient,), functions=(batch,),
    ),
    Problem(
        name="robust regression", kind="Hessian", text="sum(sqrt((X@w - y)**2 + c)) + d*w.T@w", wrt=("w",),
        shapes={"X": ("m", "n"), "w": ("n", 1), "y": ("m", 1), "c": (), "d": ()}, assume={"c": ["positive"]},
        draw=draw_robust, sizes=({"m": 10, "n": 5}, {"m": 1000, "n": 100}, {"m": 4000, "n": 400}),
        by_hand=(robust_hessian,), functions=(robust,),
    ),
    Problem(
        name="smoothed Laplacian", kind="Hessian", text="sum(W*sqrt(1 + (x - x.T)**2))", wrt=("x",),
        shapes={"W": ("n", "n"), "x": ("n", 1)}, draw=draw_graph, sizes=({"n": 10}, {"n": 200}, {"n": 1000}),
        by_hand=(graph_hessian,), functions=(graph,),
    ),
)
