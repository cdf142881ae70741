"""Hessians and Jacobians that nobody had tuned for: regressions, designs, embeddings, layers, posynomials."""

import numpy as np
from scipy import linalg

from ..problem import Problem
from .entries import sigmoid
from .likelihoods import covariance

# -- regression by intervals of an ordered response, Hessian --------------------------------------------------------


def draw_ordinal(rng, m, n):
    a = rng.standard_normal(m) - 1
    return {"X": rng.standard_normal((m, n)), "w": rng.standard_normal(n) / np.sqrt(n), "a": a,
            "b": a + 0.5 + rng.random(m)}


def ordinal_hessian(X, w, a, b):
    # -log(s - t) with s = σ(b - v), t = σ(a - v) has the second derivative s(1 - s) + t(1 - t)
    v = X @ w
    s, t = sigmoid(b - v), sigmoid(a - v)
    Z = np.sqrt(s * (1 - s) + t * (1 - t))[:, None] * X
    return Z.T @ Z


def ordinal(library, X, w, a, b):
    v = X @ w
    return -library.log(library.sigmoid(b - v) - library.sigmoid(a - v)).sum()


# -- Student's likelihood by the location, Hessian --------------------------------------------------------------------


def draw_location(rng, n, p):
    return {"X": 2 * rng.standard_normal((n, p)), "m": rng.standard_normal(p), "S": covariance(rng, p), "c": 4.0}


def location_hessian(X, m, S, c):
    R = X - m
    Z = R @ S
    w = 1 / (c + np.einsum("ij,ij->i", Z, R))
    Z *= w[:, None]
    H = Z.T @ Z
    H *= -2
    H += w.sum() * S
    return H


def location(library, X, m, S, c):
    R = X - m
    return library.log(1 + ((R @ S) * R).sum(1) / c).sum() / 2


# -- an optimal design by its weights, Hessian ------------------------------------------------------------------------


def draw_design(rng, n, k):
    return {"A": rng.standard_normal((n, k)), "x": 0.5 + rng.random(n), "c": 0.1}


def design_hessian(A, x, c):
    Z = np.sqrt(x)[:, None] * A
    L = np.linalg.cholesky(Z.T @ Z)
    T = linalg.solve_triangular(L, A.T, lower=True, check_finite=False)
    H = T.T @ T
    H *= H
    H.flat[:: len(x) + 1] += c / (x * x)
    return H


def design(library, A, x, c):
    return -library.logdet(A.T @ (x[:, None] * A)) - c * library.log(x).sum()


def design_by_cholesky(library, A, x, c):
    L = library.cholesky(A.T @ (x[:, None] * A))
    return -2 * library.log(library.diag(L)).sum() - c * library.log(x).sum()


# -- factors of counts, Hessian by one of them -----------------------------------------------------------------------


def draw_counts(rng, n, m, k):
    return {"U": 0.5 + rng.random((n, k)), "V": 0.5 + rng.random((m, k)), "A": rng.poisson(3.0, (n, m)) + 0.0}


def counts_hessian(U, V, A):
    n, k = U.shape
    W = U @ V.T
    np.divide(A, W * W, out=W)
    H = np.zeros((k * n, k * n))
    rows, cols = np.triu_indices(k)
    diagonals = W @ (V[:, rows] * V[:, cols])
    blocks = np.einsum("aibi->abi", H.reshape(k, n, k, n))
    for place, (a, b) in enumerate(zip(rows, cols)):
        blocks[a, b] = blocks[b, a] = diagonals[:, place]
    return H


def counts(library, U, V, A):
    P = U @ V.T
    return (P - A * library.log(P)).sum()


# -- a barrier of a geometric program, Hessian ------------------------------------------------------------------------


def draw_posynomials(rng, m, p, n):
    A, C, x = rng.standard_normal((m, n)), rng.standard_normal((p, n)), rng.standard_normal(n) / np.sqrt(n)
    return {"A": A, "b": rng.standard_normal(m), "C": C, "d": rng.standard_normal(p) - 2 - np.log(p) - 4, "x": x,
            "t": 5.0}


def posynomials_hessian(A, b, C, d, x, t):
    p, q = A @ x, C @ x
    p += b
    q += d
    p = np.exp(p - p.max())
    p /= p.sum()
    top = q.max()
    q = np.exp(q - top)
    total = q.sum()
    q /= total
    s = -1 / (np.log(total) + top)
    Z = np.sqrt(t * p)[:, None] * A
    H = Z.T @ Z
    Z = np.sqrt(s * q)[:, None] * C
    H += Z.T @ Z
    g, h = A.T @ p, C.T @ q
    H += np.column_stack((-t * g, (s * s - s) * h)) @ np.stack((g, h))
    return H


def posynomials(library, A, b, C, d, x, t):
    return t * library.logsumexp(A @ x + b, 0) - library.log(-library.logsumexp(C @ x + d, 0))


# -- smoothed total variation of a signal, Hessian --------------------------------------------------------------------


def draw_signal(rng, n):
    return {"x": rng.standard_normal(n), "y": rng.standard_normal(n), "a": 0.5, "c": 0.01}


def signal_hessian(x, y, a, c):
    n = len(x)
    e = x[1:] - x[:-1]
    s = e * e + c
    w = (a * c) / (s * np.sqrt(s))
    H = np.zeros((n, n))
    main = H.reshape(-1)[:: n + 1]
    main[:] = 1
    main[1:] += w
    main[:-1] += w
    H.reshape(-1)[1 : n * (n - 1) : n + 1] = -w
    H.reshape(-1)[n :: n + 1] = -w
    return H


def signal(library, x, y, a, c):
    e = x[1:] - x[:-1]
    return ((x - y) * (x - y)).sum() / 2 + a * library.sqrt(e * e + c).sum()


# -- a linear map and a normalised layer, Jacobian --------------------------------------------------------------------


def draw_layer(rng, n, m):
    return {"W": rng.standard_normal((n, m)) / np.sqrt(m), "x": rng.standard_normal(m), "g": rng.standard_normal(n),
            "b": rng.standard_normal(n), "c": 1e-5}


def layer_jacobian(W, x, g, b, c):
    n = len(W)
    z = W @ x
    z -= z.sum() / n
    scale = 1 / np.sqrt(z @ z / n + c)
    z *= scale
    s = g * scale
    J = s[:, None] * W
    J -= np.column_stack((s / n, s * z / n)) @ np.stack((W.sum(axis=0), z @ W))
    return J


def layer(library, W, x, g, b, c):
    z = W @ x
    z = z - z.mean()
    return g * z / library.sqrt((z * z).mean() + c) + b


# -- what attention reads by its query, Jacobian ----------------------------------------------------------------------


def draw_query(rng, n, m, k):
    return {"K": rng.standard_normal((n, m)), "V": rng.standard_normal((n, k)), "q": rng.standard_normal(m),
            "c": float(np.sqrt(m))}


def query_jacobian(K, V, q, c):
    s = K @ q
    s *= 1 / c
    p = np.exp(s - s.max())
    p /= p.sum()
    J = V.T @ ((p / c)[:, None] * K)
    J -= np.outer(V.T @ p, K.T @ (p / c))
    return J


def query(library, K, V, q, c):
    return V.T @ library.softmax(K @ q / c, 0)


# -- the likelihood of a Gaussian process by the parameters of its kernel, Hessian -----------------------------


def draw_kernel(rng, n):
    P = rng.standard_normal((n, 3))
    D = ((P[:, None] - P) ** 2).sum(axis=2)
    return {"D": D, "y": rng.standard_normal(n), "s": 1.5, "l": 0.4, "t": 0.3}


def kernel_hessian(D, y, s, l, t):
    E = np.exp(-l * D)
    K = s * E
    n = len(y)
    K.flat[:: n + 1] += t
    factor = linalg.cho_factor(K, lower=True, check_finite=False)
    B = np.tril(linalg.lapack.dpotri(factor[0], lower=1)[0])
    B += np.tril(B, -1).T
    a = B @ y
    # inv(K) E = (I - t inv(K))/s needs no product
    F = D * E
    N = B @ F
    u, v = E @ a, F @ a
    Ba, Bu, Bv = B @ a, B @ u, B @ v
    trace, square, inner = np.trace(B), np.vdot(B, B), np.vdot(N, B)
    F *= D
    ss = -(n - 2 * t * trace + t * t * square) / s**2 + 2 * u @ Bu
    st = -(trace - t * square) / s + 2 * u @ Ba
    tt = -square + 2 * a @ Ba
    ls = -t * inner - 2 * s * u @ Bv + a @ v
    lt = s * inner - 2 * s * v @ Ba
    ll = -s * s * np.einsum("ij,ji->", N, N) + 2 * s * s * v @ Bv + s * np.vdot(B, F) - s * a @ (F @ a)
    return ss, ls, st, ls, ll, lt, st, lt, tt


def kernel(library, D, y, s, l, t):
    K = s * library.exp(-l * D) + t * library.eye(len(y), y)
    return library.logdet(K) + y @ library.solve(K, y)


def kernel_by_cholesky(library, D, y, s, l, t):
    L = library.cholesky(s * library.exp(-l * D) + t * library.eye(len(y), y))
    r = library.solve_lower(L, y)
    return 2 * library.log(library.diag(L)).sum() + r @ r


# -- an embedding by distances, Hessian by the points ------------------------------


def draw_stress(rng, n, d):
    D = rng.random((n, n))
    return {"X": rng.standard_normal((n, d)), "D": D + D.T, "c": 0.01}


def stress_hessian(X, D, c):
    n, d = X.shape
    P = np.empty((d, n, n))
    for a in range(d):
        np.subtract(X[:, a, None], X[:, a], out=P[a])
    Q = np.einsum("aij,aij->ij", P, P)
    Q += c
    # φ = (√q - D)²: 4 φ' = 4 - 4 D/√q, 8 φ'' = 4 D/q^1.5, for D = Dᵀ
    S = D / np.sqrt(Q)
    first = 4 - 4 * S
    second = np.divide(S, Q, out=S)
    second *= 4
    H = np.empty((d, n, d, n))
    T = np.empty((n, n))
    for a in range(d):
        np.multiply(second, P[a], out=T)
        for b in range(a + 1):
            block = H[a, :, b]
            np.multiply(T, P[b], out=block)
            if a == b:
                block += first
            np.negative(block, out=block)
            np.einsum("ii->i", block)[:] = 0
            np.einsum("ii->i", block)[:] = -block.sum(axis=1)
            if a != b:
                H[b, :, a] = block
    return H.reshape(d * n, d * n)


def stress(library, X, D, c):
    s = (X * X).sum(1)
    R = library.sqrt(c + s + s[:, None] - 2 * (X @ X.T)) - D
    return (R * R).sum()


SQUARED = "(sum(X**2, axis=1) + sum(X**2, axis=1).T - 2*X@X.T)"
KERNEL = "(s*exp(-l*D) + t*eye(n))"
PROBLEMS = (
    Problem(
        name="ordered response", kind="Hessian", wrt=("w",), text="-sum(log(sigmoid(b - X@w) - sigmoid(a - X@w)))",
        shapes={"X": ("m", "n"), "w": ("n", 1), "a": ("m", 1), "b": ("m", 1)}, draw=draw_ordinal,
        sizes=({"m": 10, "n": 5}, {"m": 1000, "n": 60}, {"m": 6000, "n": 300}),
        by_hand=(ordinal_hessian,), functions=(ordinal,),
    ),
    Problem(
        name="Student location", kind="Hessian", wrt=("m",),
        text="sum(log(1 + sum(((X - m.T)@S)*(X - m.T), axis=1)/c))/2",
        shapes={"X": ("n", "p"), "m": ("p", 1), "S": ("p", "p"), "c": ()}, assume={"S": ["pd"], "c": ["positive"]},
        sizes=({"n": 10, "p": 5}, {"n": 1000, "p": 30}, {"n": 5000, "p": 200}), draw=draw_location,
        by_hand=(location_hessian,), functions=(location,),
    ),
    Problem(
        name="optimal design", kind="Hessian", wrt=("x",), text="-logdet(A.T@diag(x)@A) - c*sum(log(x))",
        shapes={"A": ("n", "k"), "x": ("n", 1), "c": ()}, assume={"x": ["positive"]}, draw=draw_design,
        sizes=({"n": 10, "k": 5}, {"n": 200, "k": 20}, {"n": 1500, "k": 60}),
        by_hand=(design_hessian,), functions=(design, design_by_cholesky),
    ),
    Problem(
        name="factors of counts", kind="Hessian", wrt=("U",), text="sum(U@V.T) - sum(A*log(U@V.T))",
        shapes={"U": ("n", "k"), "V": ("m", "k"), "A": ("n", "m")}, draw=draw_counts,
        assume={"U": ["positive"], "V": ["positive"]},
        sizes=({"n": 10, "m": 8, "k": 3}, {"n": 60, "m": 200, "k": 5}, {"n": 150, "m": 1000, "k": 10}),
        by_hand=(counts_hessian,), functions=(counts,),
    ),
    Problem(
        name="posynomials", kind="Hessian", wrt=("x",), text="t*logsumexp(A@x + b) - log(-logsumexp(C@x + d))",
        shapes={"A": ("m", "n"), "b": ("m", 1), "C": ("p", "n"), "d": ("p", 1), "x": ("n", 1), "t": ()},
        assume={"t": ["positive"]}, draw=draw_posynomials,
        sizes=({"m": 10, "p": 8, "n": 5}, {"m": 400, "p": 300, "n": 60}, {"m": 4000, "p": 3000, "n": 300}),
        by_hand=(posynomials_hessian,), functions=(posynomials,),
    ),
    Problem(
        name="total variation", kind="Hessian", wrt=("x",),
        text="norm(x - y)**2/2 + a*sum(sqrt((x[1:] - x[:-1])**2 + c))",
        shapes={"x": ("n", 1), "y": ("n", 1), "a": (), "c": ()}, assume={"c": ["positive"]}, draw=draw_signal,
        sizes=({"n": 10}, {"n": 200}, {"n": 1500}), by_hand=(signal_hessian,), functions=(signal,),
    ),
    Problem(
        name="normalised layer", kind="Jacobian", wrt=("x",),
        text="g*(W@x - mean(W@x))/sqrt(mean((W@x - mean(W@x))**2) + c) + b", draw=draw_layer,
        shapes={"W": ("n", "m"), "x": ("m", 1), "g": ("n", 1), "b": ("n", 1), "c": ()}, assume={"c": ["positive"]},
        sizes=({"n": 10, "m": 5}, {"n": 300, "m": 200}, {"n": 1500, "m": 1000}),
        by_hand=(layer_jacobian,), functions=(layer,),
    ),
    Problem(
        name="read by attention", kind="Jacobian", wrt=("q",), text="V.T@softmax(K@q/c)",
        shapes={"K": ("n", "m"), "V": ("n", "k"), "q": ("m", 1), "c": ()}, draw=draw_query,
        sizes=({"n": 10, "m": 5, "k": 4}, {"n": 500, "m": 60, "k": 40}, {"n": 4000, "m": 200, "k": 150}),
        by_hand=(query_jacobian,), functions=(query,),
    ),
    Problem(
        name="kernel parameters", kind="Hessian", wrt=("s", "l", "t"), text=f"logdet{KERNEL} + y.T@inv{KERNEL}@y",
        shapes={"D": ("n", "n"), "y": ("n", 1), "s": (), "l": (), "t": ()}, draw=draw_kernel,
        assume={"D": ["symmetric"], "s": ["positive"], "l": ["positive"], "t": ["positive"]},
        sizes=({"n": 10}, {"n": 100}, {"n": 500}),
        by_hand=(kernel_hessian,), functions=(kernel, kernel_by_cholesky),
    ),
    Problem(
        name="embedding by distances", kind="Hessian", wrt=("X",), text=f"norm(sqrt(c + {SQUARED}) - D)**2",
        shapes={"X": ("n", "d"), "D": ("n", "n"), "c": ()}, assume={"D": ["symmetric"], "c": ["positive"]},
        sizes=({"n": 10, "d": 2}, {"n": 100, "d": 3}, {"n": 400, "d": 4}), draw=draw_stress,
        by_hand=(stress_hessian,), functions=(stress,),
    ),
)  # fmt: skip
