"""Ten gradients that were written and measured before code generation had been tried on them."""

import numpy as np
from scipy import linalg
from scipy.linalg import lapack

from ..problem import Problem
from .covariances import factor, logdet, lower_inverse, positive_definite
from .losses import softmax_of_rows
from .rows import row_blocks

# -- probabilistic principal components: the likelihood of a covariance by loadings and the variance of noise ----------


def draw_loadings(rng, n, k):
    M = rng.standard_normal((n, 2 * n))
    return {"W": rng.standard_normal((n, k)), "s": 0.7, "S": M @ M.T / (2 * n)}


def loadings_gradient(W, s, S):
    # with C = sI + WᵀW and B = W inv(C) = inv(Σ) W: inv(Σ) is (I − B Wᵀ)/s
    n, k = W.shape
    C = W.T @ W
    square = C.copy()
    C.flat[:: k + 1] += s
    L = linalg.cho_factor(C, lower=True, check_finite=False)
    B = linalg.cho_solve(L, W.T, check_finite=False).T
    SB = S @ B
    total, inner = np.trace(S), W.T @ SB
    value = 2 * np.log(np.diagonal(L[0])).sum() + (n - k) * np.log(s) + (total - np.trace(inner)) / s
    G = B @ inner
    G -= SB
    G *= 2 / s
    G += 2 * B
    twice = np.vdot(square, B.T @ SB)
    return value, G, (n - np.vdot(B, W)) / s - (total - 2 * np.trace(inner) + twice) / s**2


def loadings(library, W, s, S):
    K = W @ W.T + s * library.eye(W.shape[0], W)
    return library.logdet(K) + library.diag(library.solve(K, S)).sum()


def loadings_by_woodbury(library, W, s, S):
    n, k = W.shape
    C = W.T @ W + s * library.eye(k, W)
    rest = library.diag(S).sum() - (W * (S @ library.solve(C, W.T).T)).sum()
    return library.logdet(C) + (n - k) * library.log(s) + rest / s


# -- a mixture of Gaussians of one variance, by means and logarithms of weights ----------------------------------------


def draw_mixture(rng, n, m, k):
    return {"X": rng.standard_normal((n, m)), "M": rng.standard_normal((k, m)), "c": rng.standard_normal(k), "s": 1.3}


def mixture_gradient(X, M, c, s):
    L = X @ (M.T / s)
    L += c - np.einsum("ij,ij->i", M, M) / (2 * s)
    R, logarithms = softmax_of_rows(L)
    value = np.vdot(X, X) / (2 * s) - logarithms.sum()
    r = R.sum(axis=0)
    G = r[:, None] * M
    G -= R.T @ X
    G *= 1 / s
    return value, G, -r


def mixture(library, X, M, c, s):
    D = (X * X).sum(1)[:, None] + (M * M).sum(1) - 2 * (X @ M.T)
    return -library.logsumexp(c - D / (2 * s), 1).sum()


# -- the dual of entropic transport, by both potentials ----------------------------------------------------------------


def draw_potentials(rng, n, m):
    return {"C": rng.random((n, m)), "u": rng.random(n), "v": rng.random(m), "a": np.full(n, 1 / n),
            "b": np.full(m, 1 / m), "e": 0.2}


def potentials_gradient(C, u, v, a, b, e):
    K = u[:, None] - C
    K += v
    K *= 1 / e
    np.exp(K, out=K)
    rows = K.sum(axis=1)
    return a @ u + b @ v - e * rows.sum(), a - rows, b - K.sum(axis=0)


def potentials_gradient_in_row_blocks(C, u, v, a, b, e):
    rows, columns = np.empty_like(u), np.zeros_like(v)
    w, t = v * (1 / e), u * (1 / e)
    for part in row_blocks(C):
        K = C[part] * (-1 / e)
        K += w
        K += t[part][:, None]
        np.exp(K, out=K)
        K.sum(axis=1, out=rows[part])
        columns += K.sum(axis=0)
    return a @ u + b @ v - e * rows.sum(), a - rows, b - columns


def potentials(library, C, u, v, a, b, e):
    return a @ u + b @ v - e * library.exp((u[:, None] + v - C) / e).sum()


# -- a Gaussian process by the parameters of its kernel ----------------------------------------------------------------


def draw_kernel(rng, n):
    X = rng.standard_normal((n, 3))
    return {"D": ((X[:, None] - X) ** 2).sum(axis=2), "y": rng.standard_normal(n), "a": 1.2, "l": 0.8, "s": 0.3}


def kernel_gradient(D, y, a, l, s):
    E = D * (-1 / (2 * l**2))
    np.exp(E, out=E)
    K = a * E
    np.einsum("ii->i", K)[...] += s
    L = factor(K)
    x, _ = lapack.dpotrs(L, y, lower=1)
    value = y @ x + logdet(L)
    P = lower_inverse(L).T
    diagonal = np.diagonal(P)
    # twice the triangle less the diagonal, on which E is 1 and D is 0
    P *= E
    by_a = 2 * P.sum() - diagonal.sum() - x @ (E @ x)
    trace = diagonal.sum() - x @ x
    by_l = 2 * np.vdot(P, D) - np.vdot(x, np.multiply(E, D, out=E) @ x)
    return value, by_a, by_l * (a / l**3), trace


def kernel(library, D, y, a, l, s):
    K = a * library.exp(-D / (2 * l**2)) + s * library.eye(D.shape[0], D)
    return y @ library.solve(K, y) + library.logdet(K)


def kernel_by_cholesky(library, D, y, a, l, s):
    L = library.cholesky(a * library.exp(-D / (2 * l**2)) + s * library.eye(D.shape[0], D))
    return y @ library.cholesky_solve(L, y) + 2 * library.log(L.diagonal()).sum()


# -- ridge regression's error of leaving one out, by the penalty -------------------------------------------------------


def draw_left_out(rng, m, n):
    return {"X": rng.standard_normal((m, n)), "y": rng.standard_normal(m), "c": 2.0}


def left_out_gradient(X, y, c):
    A = X.T @ X
    A.flat[:: len(A) + 1] += c
    L = linalg.cho_factor(A, lower=True, check_finite=False)
    P = linalg.cho_solve(L, X.T, check_finite=False).T
    w = P.T @ y
    d = 1 - np.einsum("ij,ij->i", P, X)
    r = (y - X @ w) / d
    change = (P @ w - r * np.einsum("ij,ij->i", P, P)) / d
    return r @ r, 2 * (r @ change)


def left_out(library, X, y, c):
    H = X @ library.solve(X.T @ X + c * library.eye(X.shape[1], X), X.T)
    r = (y - H @ y) / (1 - library.diag(H))
    return r @ r


def left_out_of_rows(library, X, y, c):
    P = library.solve(X.T @ X + c * library.eye(X.shape[1], X), X.T)
    r = (y - X @ (P @ y)) / (1 - (X * P.T).sum(1))
    return r @ r


# -- regressions of several tasks with a smoothed trace norm -----------------------------------------------------------


def draw_tasks(rng, m, n, k):
    return {"X": rng.standard_normal((m, n)), "Y": rng.standard_normal((m, k)), "W": rng.standard_normal((n, k)),
            "t": 0.5, "e": 0.1}


def tasks_gradient(X, Y, W, t, e):
    R = X @ W
    R -= Y
    C = W.T @ W
    C.flat[:: len(C) + 1] += e
    values, V = linalg.eigh(C, check_finite=False)
    roots = np.sqrt(values)
    G = X.T @ R
    G += W @ ((V * (t / roots)) @ V.T)
    return np.vdot(R, R) / 2 + t * roots.sum(), G


def tasks(library, X, Y, W, t, e):
    R = Y - X @ W
    roots = library.sqrt(library.eigvalsh(W.T @ W + e * library.eye(W.shape[1], W)))
    return (R * R).sum() / 2 + t * roots.sum()


# -- a Gaussian process with inducing points, by its kernels and the variance of noise ---------------------------------


def draw_inducing(rng, m, n):
    return {"K": rng.standard_normal((m, n)), "M": positive_definite(rng, m), "y": rng.standard_normal(n), "s": 0.6}


def inducing_gradient(K, M, y, s):
    # with A = sM + K Kᵀ: inv(M) K inv(Σ) = inv(A) K
    m, n = K.shape
    S = K @ K.T
    A = s * M
    A += S
    LA, LM = (linalg.cho_factor(B, lower=True, check_finite=False) for B in (A, M))
    identity = np.eye(m)
    IA, IM = (linalg.cho_solve(L, identity, check_finite=False) for L in (LA, LM))
    b = IA @ (K @ y)
    x = (y - b @ K) / s
    value = 2 * np.log(np.diagonal(LA[0]) / np.diagonal(LM[0])).sum() + (n - m) * np.log(s) + y @ x
    # inv(M) K x = inv(A) K y
    G = IA @ K
    G -= np.outer(b, x)
    G *= 2
    H = s * IA
    H -= IM
    H += np.outer(b, b)
    return value, G, H, (n - np.vdot(IA, S)) / s - x @ x


def inducing(library, K, M, y, s):
    C = K.T @ library.solve(M, K) + s * library.eye(K.shape[1], K)
    return library.logdet(C) + y @ library.solve(C, y)


def inducing_by_woodbury(library, K, M, y, s):
    m, n = K.shape
    A = s * M + K @ K.T
    rest = (y @ y - (K @ y) @ library.solve(A, K @ y)) / s
    return library.logdet(A) - library.logdet(M) + (n - m) * library.log(s) + rest


def inducing_by_cholesky(library, K, M, y, s):
    m, n = K.shape
    L, N = library.cholesky(s * M + K @ K.T), library.cholesky(M)
    h = library.solve_lower(L, K @ y)
    halves = (library.log(L.diagonal()) - library.log(N.diagonal())).sum()
    return 2 * halves + (n - m) * library.log(s) + (y @ y - h @ h) / s


# -- the feed-forward block of a transformer, by its input, scales and weights -----------------------------------------


def draw_block(rng, n, m, h):
    return {"X": rng.standard_normal((n, m)), "Y": rng.standard_normal((n, m)), "g": rng.random(m) + 0.5,
            "U": rng.standard_normal((m, h)) / np.sqrt(m), "V": rng.standard_normal((h, m)) / np.sqrt(h), "e": 1e-5}


def block_gradient(X, Y, g, U, V, e):
    m = X.shape[1]
    N = X - X.mean(axis=1)[:, None]
    scale = 1 / np.sqrt(np.einsum("ij,ij->i", N, N) / m + e)
    N *= scale[:, None]
    Z = N * g
    A = Z @ U
    np.maximum(A, 0, out=A)
    R = A @ V
    R += X
    R -= Y
    value = np.vdot(R, R)
    R *= 2
    by_V = A.T @ R
    D = R @ V.T
    D *= A > 0
    by_U = Z.T @ D
    D = D @ U.T
    by_g = np.einsum("ij,ij->j", D, N)
    D *= g
    inner = np.einsum("ij,ij->i", D, N) / m
    D -= D.mean(axis=1)[:, None]
    N *= inner[:, None]
    D -= N
    D *= scale[:, None]
    D += R
    return value, D, by_g, by_U, by_V


def block(library, X, Y, g, U, V, e):
    N = X - X.mean(1)[:, None]
    N = N / library.sqrt((N * N).mean(1) + e)[:, None]
    R = X + library.relu((N * g) @ U) @ V - Y
    return (R * R).sum()


# -- a structured hinge loss: the best of the classes with its margin --------------------------------------------------


def draw_classes(rng, n, m, k):
    Y = np.eye(k)[rng.integers(k, size=n)]
    return {"X": rng.standard_normal((n, m)), "W": rng.standard_normal((m, k)) / m, "Y": Y, "c": 0.1}


def classes_gradient(X, W, Y, c):
    Z = X @ W
    Z -= Y
    rows = np.arange(len(Z))
    best = Z.argmax(axis=1)
    value = Z[rows, best].sum() - np.vdot(Z, Y) + (c / 2) * np.vdot(W, W)
    M = -Y
    M[rows, best] += 1
    G = X.T @ M
    G += c * W
    return value, G


def classes(library, X, W, Y, c):
    Z = X @ W
    return library.amax(Z + 1 - Y, 1).sum() - (Y * Z).sum() + c / 2 * (W * W).sum()


# -- canonical correlations of two projections -------------------------------------------------------------------------


def draw_correlations(rng, n, m, k):
    return {"S": positive_definite(rng, n), "T": positive_definite(rng, m), "C": rng.standard_normal((n, m)) / n,
            "A": rng.standard_normal((n, k)), "B": rng.standard_normal((m, k))}


def correlations_gradient(S, T, C, A, B):
    SA, TB, CB = S @ A, T @ B, C @ B
    L, N = (linalg.cho_factor(M, lower=True, check_finite=False) for M in (A.T @ SA, B.T @ TB))
    M = A.T @ CB
    P = linalg.cho_solve(L, M, check_finite=False)
    Q = linalg.cho_solve(N, M.T, check_finite=False)
    PQ = P @ Q
    # tr(inv(AᵀSA) M inv(BᵀTB) Mᵀ)
    G = CB @ Q
    G -= SA @ PQ
    H = C.T @ A @ P
    H -= TB @ (Q @ P)
    L = linalg.cho_solve(L, G.T, check_finite=False).T
    N = linalg.cho_solve(N, H.T, check_finite=False).T
    return np.trace(PQ), 2 * L, 2 * N


def correlations(library, S, T, C, A, B):
    M = A.T @ C @ B
    return library.diag(library.solve(A.T @ (S @ A), M) @ library.solve(B.T @ (T @ B), M.T)).sum()


NYSTROM = "(K.T@inv(M)@K + s*eye(n))"
CENTRED = "(X - mean(X, axis=1))"
SQUARES = "(sum(X**2, axis=1) + sum(M**2, axis=1).T - 2*X@M.T)"
PROBLEMS = (
    Problem(
        name="probabilistic components", kind="gradient", wrt=("W", "s"),
        text="logdet(W@W.T + s*eye(n)) + tr(inv(W@W.T + s*eye(n))@S)",
        shapes={"W": ("n", "k"), "s": (), "S": ("n", "n")}, assume={"s": ["positive"], "S": ["psd"]},
        sizes=({"n": 10, "k": 3}, {"n": 200, "k": 5}, {"n": 1000, "k": 20}), draw=draw_loadings,
        by_hand=(loadings_gradient,), functions=(loadings, loadings_by_woodbury),
    ),
    Problem(
        name="mixture of Gaussians", kind="gradient", wrt=("M", "c"),
        text=f"-sum(logsumexp(c.T - {SQUARES}/(2*s), axis=1))",
        shapes={"X": ("n", "m"), "M": ("k", "m"), "c": ("k", 1), "s": ()}, assume={"s": ["positive"]},
        sizes=({"n": 10, "m": 6, "k": 4}, {"n": 1000, "m": 20, "k": 8}, {"n": 20_000, "m": 50, "k": 30}),
        draw=draw_mixture, by_hand=(mixture_gradient,), functions=(mixture,),
    ),
    Problem(
        name="transport potentials", kind="gradient", wrt=("u", "v"),
        text="a.T@u + b.T@v - e*sum(exp((u + v.T - C)/e))",
        shapes={"C": ("n", "m"), "u": ("n", 1), "v": ("m", 1), "a": ("n", 1), "b": ("m", 1), "e": ()},
        sizes=({"n": 10, "m": 6}, {"n": 200, "m": 150}, {"n": 1500, "m": 1000}), assume={"e": ["positive"]},
        draw=draw_potentials, by_hand=(potentials_gradient, potentials_gradient_in_row_blocks), functions=(potentials,),
    ),
    Problem(
        name="kernel parameters", kind="gradient", wrt=("a", "l", "s"),
        text="y.T@inv(a*exp(-D/(2*l**2)) + s*eye(n))@y + logdet(a*exp(-D/(2*l**2)) + s*eye(n))",
        shapes={"D": ("n", "n"), "y": ("n", 1), "a": (), "l": (), "s": ()},
        assume={"D": ["symmetric"], "a": ["positive"], "l": ["positive"], "s": ["positive"]},
        sizes=({"n": 10}, {"n": 150}, {"n": 800}), draw=draw_kernel,
        by_hand=(kernel_gradient,), functions=(kernel, kernel_by_cholesky),
    ),
    Problem(
        name="error of leaving one out", kind="gradient", wrt=("c",),
        text="sum(((y - X@inv(X.T@X + c*eye(n))@X.T@y)/(1 - diag(X@inv(X.T@X + c*eye(n))@X.T)))**2)",
        shapes={"X": ("m", "n"), "y": ("m", 1), "c": ()}, assume={"c": ["positive"]},
        sizes=({"m": 10, "n": 5}, {"m": 500, "n": 30}, {"m": 4000, "n": 150}), draw=draw_left_out,
        by_hand=(left_out_gradient,), functions=(left_out, left_out_of_rows),
    ),
    Problem(
        name="tasks with a trace norm", kind="gradient", wrt=("W",),
        text="norm(Y - X@W)**2/2 + t*tr(sqrtm(W.T@W + e*eye(k)))",
        shapes={"X": ("m", "n"), "Y": ("m", "k"), "W": ("n", "k"), "t": (), "e": ()}, assume={"e": ["positive"]},
        sizes=({"m": 10, "n": 6, "k": 4}, {"m": 500, "n": 40, "k": 10}, {"m": 5000, "n": 200, "k": 40}),
        draw=draw_tasks, by_hand=(tasks_gradient,), functions=(tasks,),
    ),
    Problem(
        name="inducing points", kind="gradient", wrt=("K", "M", "s"),
        text=f"logdet({NYSTROM}) + y.T@inv({NYSTROM})@y",
        shapes={"K": ("m", "n"), "M": ("m", "m"), "y": ("n", 1), "s": ()}, assume={"M": ["pd"], "s": ["positive"]},
        sizes=({"n": 10, "m": 4}, {"n": 300, "m": 15}, {"n": 2000, "m": 50}), draw=draw_inducing,
        by_hand=(inducing_gradient,), functions=(inducing, inducing_by_woodbury, inducing_by_cholesky),
    ),
    Problem(
        name="feed-forward block", kind="gradient", wrt=("X", "g", "U", "V"),
        text=f"norm(X + relu(({CENTRED}/sqrt(mean({CENTRED}**2, axis=1) + e)*g.T)@U)@V - Y)**2",
        shapes={"X": ("n", "m"), "Y": ("n", "m"), "g": ("m", 1), "U": ("m", "h"), "V": ("h", "m"), "e": ()},
        assume={"e": ["positive"]}, draw=draw_block,
        sizes=({"n": 10, "m": 6, "h": 8}, {"n": 200, "m": 32, "h": 64}, {"n": 1500, "m": 128, "h": 256}),
        by_hand=(block_gradient,), functions=(block,),
    ),
    Problem(
        name="structured hinge", kind="gradient", wrt=("W",),
        text="sum(max(X@W + 1 - Y, axis=1)) - sum(Y*(X@W)) + c/2*norm(W)**2",
        shapes={"X": ("n", "m"), "W": ("m", "k"), "Y": ("n", "k"), "c": ()},
        sizes=({"n": 10, "m": 6, "k": 4}, {"n": 500, "m": 40, "k": 10}, {"n": 5000, "m": 200, "k": 50}),
        draw=draw_classes, by_hand=(classes_gradient,), functions=(classes,),
    ),
    Problem(
        name="canonical correlations", kind="gradient", wrt=("A", "B"),
        text="tr(inv(A.T@S@A)@A.T@C@B@inv(B.T@T@B)@B.T@C.T@A)",
        shapes={"S": ("n", "n"), "T": ("m", "m"), "C": ("n", "m"), "A": ("n", "k"), "B": ("m", "k")},
        assume={"S": ["pd"], "T": ["pd"]},
        sizes=({"n": 10, "m": 8, "k": 3}, {"n": 200, "m": 150, "k": 5}, {"n": 1500, "m": 1000, "k": 10}),
        draw=draw_correlations, by_hand=(correlations_gradient,), functions=(correlations,),
    ),
)  # fmt: skip
