"""Entries, slices and blocks: what is put together of parts, or taken apart."""

import numpy as np
from scipy.linalg import blas, cho_factor, cho_solve, lapack

from ..problem import Problem
from .entries import sigmoid, softplus
from .rows import row_blocks

# -- a system of Karush, Kuhn and Tucker: minimise xᵀHx/2 - cᵀx subject to A x = b ---------------------------------


def draw_kkt(rng, n, m):
    M = rng.standard_normal((n, n))
    return {"H": M @ M.T / n + np.eye(n), "A": rng.standard_normal((m, n)), "c": rng.standard_normal(n),
            "b": rng.standard_normal(m), "x": rng.standard_normal(n), "y": rng.standard_normal(m)}


def draw_kkt_residual(rng, n, m):
    drawn = draw_kkt(rng, n, m)
    return {"H": drawn["H"], "A": drawn["A"], "z": np.concatenate((drawn["x"], drawn["y"])),
            "r": np.concatenate((drawn["c"], drawn["b"]))}


def kkt_residual_gradient(H, A, z, r):
    n = len(H)
    s = np.concatenate((H @ z[:n] + A.T @ z[n:], A @ z[:n]))
    s -= r
    return s @ s, 2 * np.concatenate((H @ s[:n] + A.T @ s[n:], A @ s[:n]))


def kkt_residual_gradient_symmetric(H, A, z, r):
    n = len(H)
    s = np.concatenate((blas.dsymv(1.0, H.T, z[:n]) + A.T @ z[n:], A @ z[:n]))
    s -= r
    return s @ s, 2 * np.concatenate((blas.dsymv(1.0, H.T, s[:n]) + A.T @ s[n:], A @ s[:n]))


def kkt_residual(library, H, A, z, r):
    n = len(H)
    x, y = z[:n], z[n:]
    top, below = H @ x + A.T @ y - r[:n], A @ x - r[n:]
    return top @ top + below @ below


def draw_kkt_solution(rng, n, m):
    drawn = draw_kkt(rng, n, m)
    return {"H": drawn["H"], "A": drawn["A"], "p": drawn["x"], "q": drawn["y"], "c": drawn["c"], "b": drawn["b"]}


def kkt_solution_gradient(H, A, p, q, c, b):
    # the range space method: the complement A H⁻¹ Aᵀ, by the half of it
    factor = cho_factor(H, lower=True, check_finite=False)
    half = lapack.dtrtrs(factor[0], A.T, lower=1)[0]
    complement = cho_factor(half.T @ half, lower=True, check_finite=False)
    t = cho_solve(factor, p, check_finite=False)
    v = cho_solve(complement, A @ t - q, check_finite=False)
    u = t - cho_solve(factor, A.T @ v, check_finite=False)
    return u @ c + v @ b, u, v


def kkt_solution_gradient_assembled(H, A, p, q, c, b):
    n, m = len(H), len(A)
    K = np.zeros((n + m, n + m))
    K[:n, :n], K[:n, n:], K[n:, :n] = H, A.T, A
    u = np.linalg.solve(K, np.concatenate((p, q)))
    return u[:n] @ c + u[n:] @ b, u[:n], u[n:]


def kkt_solution(library, H, A, p, q, c, b):
    L = library.cholesky(H)
    half = library.solve_lower(L, A.T)
    t = library.cholesky_solve(L, c)
    complement = library.cholesky(half.T @ half)
    v = library.cholesky_solve(complement, A @ t - b)
    return p @ (t - library.cholesky_solve(L, A.T @ v)) + q @ v


# -- a sliding window: a filter of three taps, fitted to a signal ----------------------------------------------------


def draw_window(rng, n):
    return {"w": np.array([0.3, 0.5, 0.2]), "x": rng.standard_normal(n), "y": rng.standard_normal(n - 2)}


def window_gradient(w, x, y):
    r = w[0] * x[2:]
    r += w[1] * x[1:-1]
    r += w[2] * x[:-2]
    r -= y
    g = np.zeros_like(x)
    g[2:] = (2 * w[0]) * r
    g[1:-1] += (2 * w[1]) * r
    g[:-2] += (2 * w[2]) * r
    return r @ r, g


def window_gradient_by_correlation(w, x, y):
    r = np.convolve(x, w, "valid")
    r -= y
    return r @ r, np.convolve(r, 2 * w[::-1], "full")


def window(library, w, x, y):
    r = w[0] * x[2:] + w[1] * x[1:-1] + w[2] * x[:-2] - y
    return r @ r


def draw_image(rng, n, m):
    return {"X": rng.standard_normal((n, m)), "Y": rng.standard_normal((n, m)), "c": 0.3}


def smooth_image_gradient(X, Y, c):
    G = X - Y
    down, across = X[1:] - X[:-1], X[:, 1:] - X[:, :-1]
    value = np.vdot(G, G) + c * (np.vdot(down, down) + np.vdot(across, across))
    down *= c
    across *= c
    G[1:] += down
    G[:-1] -= down
    G[:, 1:] += across
    G[:, :-1] -= across
    G *= 2
    return value, G


def smooth_image(library, X, Y, c):
    return ((X - Y) ** 2).sum() + c * (((X[1:] - X[:-1]) ** 2).sum() + ((X[:, 1:] - X[:, :-1]) ** 2).sum())


# -- concatenated features: two sets of them and an intercept ---------------------------------------------------------


def draw_features(rng, m, n, k):
    return {"X": rng.standard_normal((m, n)), "Z": rng.standard_normal((m, k)), "w": rng.standard_normal(n + k + 1) / n,
            "y": np.sign(rng.standard_normal(m))}


def _features_margin(X, Z, w, y):
    n = X.shape[1]
    v = X @ w[:n]
    v += Z @ w[n:-1]
    v += w[-1]
    v *= y
    return v


def features_gradient(X, Z, w, y):
    v = _features_margin(X, Z, w, y)
    np.negative(v, out=v)
    value = softplus(v).sum()
    s = sigmoid(v)
    s *= -y
    g = np.empty_like(w)
    g[: X.shape[1]], g[X.shape[1] : -1], g[-1] = s @ X, s @ Z, s.sum()
    return value, g


def features_hessian(X, Z, w, y):
    # y² = 1 is not used: the code does not know it either
    s = sigmoid(_features_margin(X, Z, w, y))
    root = np.sqrt(s * (1 - s))
    root *= y
    M = np.empty((len(X), len(w)))
    np.multiply(X, root[:, None], out=M[:, : X.shape[1]])
    np.multiply(Z, root[:, None], out=M[:, X.shape[1] : -1])
    M[:, -1] = root
    return M.T @ M


def features_hessian_in_row_blocks(X, Z, w, y):
    s = sigmoid(_features_margin(X, Z, w, y))
    root = np.sqrt(s * (1 - s))
    root *= y
    H = np.zeros((len(w), len(w)))
    for rows in row_blocks(np.broadcast_to(root[:, None], (len(X), len(w)))):
        part = root[rows, None]
        M = np.concatenate((part * X[rows], part * Z[rows], part), axis=1)
        H += M.T @ M
    return H


def features(library, X, Z, w, y):
    n = X.shape[1]
    return library.softplus(-y * (X @ w[:n] + Z @ w[n:-1] + w[-1])).sum()


# -- a Gaussian likelihood by the blocks of its precision matrix -------------------------------------------------------


def draw_precision(rng, n, m):
    M, Y = rng.standard_normal((n + m, n + m)), rng.standard_normal((n + m, n + m + 5))
    P = M @ M.T / (n + m) + np.eye(n + m)
    S = Y @ Y.T / (n + m)
    return {"A": P[:n, :n].copy(), "B": P[:n, n:].copy(), "C": P[n:, n:].copy(), "S": S}


def precision_gradient(A, B, C, S):
    n, N = len(A), len(S)
    P = np.empty((N, N))
    P[:n, :n], P[:n, n:], P[n:, :n], P[n:, n:] = A, B, B.T, C
    factor = lapack.dpotrf(P.T, lower=0, clean=0)[0]
    value = 2 * np.log(np.diagonal(factor)).sum() - np.vdot(S, P)
    # dpotri leaves one triangle; the other one is its reflection
    inverse = lapack.dpotri(factor, lower=0)[0].T
    _reflect(inverse)
    G = inverse
    G -= S
    return value, G[:n, :n], 2 * G[:n, n:], G[n:, n:]


def precision_gradient_inverted(A, B, C, S):
    n, N = len(A), len(S)
    P = np.empty((N, N))
    P[:n, :n], P[:n, n:], P[n:, :n], P[n:, n:] = A, B, B.T, C
    G = np.linalg.inv(P)
    value = np.linalg.slogdet(P)[1] - np.vdot(S, P)
    G -= S
    return value, G[:n, :n], 2 * G[:n, n:], G[n:, n:]


def _reflect(M, step=64):
    """Write the lower triangle of a matrix into the upper one, tile by tile."""
    for i in range(0, len(M), step):
        for j in range(0, i, step):
            M[j : j + step, i : i + step] = M[i : i + step, j : j + step].T
        tile = M[i : i + step, i : i + step]
        tile[...] = np.tril(tile) + np.tril(tile, -1).T


def precision(library, A, B, C, S):
    P = library.block(A, B, B.T, C)
    return 2 * library.log(library.diag(library.cholesky(P))).sum() - (S * P).sum()


# -- a Hessian by two groups of parameters, with its mixed blocks ----------------------------------------------------


def draw_groups(rng, m, n, k):
    return {"X": rng.standard_normal((m, n)), "Z": rng.standard_normal((m, k)), "u": rng.standard_normal(n) / n,
            "v": rng.standard_normal(k) / k, "y": (rng.random(m) > 0.5) * 1.0}


def groups_hessian(X, Z, u, v, y):
    s = sigmoid(X @ u + Z @ v)
    root = np.sqrt(s * (1 - s))[:, None]
    M, N = root * X, root * Z
    mixed = M.T @ N
    return M.T @ M, mixed, mixed.T, N.T @ N


def groups_hessian_at_once(X, Z, u, v, y):
    s = sigmoid(X @ u + Z @ v)
    root, n = np.sqrt(s * (1 - s))[:, None], X.shape[1]
    M = np.empty((len(X), n + Z.shape[1]))
    np.multiply(root, X, out=M[:, :n])
    np.multiply(root, Z, out=M[:, n:])
    H = M.T @ M
    return H[:n, :n], H[:n, n:], H[n:, :n], H[n:, n:]


def groups(library, X, Z, u, v, y):
    t = X @ u + Z @ v
    return library.softplus(t).sum() - y @ t


MATRIX_FEATURES = {"X": ("m", "n"), "Z": ("m", "k"), "w": ("n + k + 1", 1), "y": ("m", 1)}
FEATURES_TEXT = "sum(softplus(-y*(hstack(X, Z, ones(m, 1))@w)))"
PROBLEMS = (
    Problem(
        name="KKT residual",
        kind="gradient",
        text="norm(block([[H, A.T], [A, 0]])@z - r)**2",
        wrt=("z",),
        shapes={"H": ("n", "n"), "A": ("m", "n"), "z": ("n + m", 1), "r": ("n + m", 1)},
        assume={"H": ["symmetric"]},
        sizes=({"n": 60, "m": 20}, {"n": 400, "m": 150}, {"n": 1600, "m": 600}),
        draw=draw_kkt_residual,
        by_hand=(kkt_residual_gradient, kkt_residual_gradient_symmetric),
        functions=(kkt_residual,),
    ),
    Problem(
        name="KKT system",
        kind="gradient",
        text="vstack(p, q).T@inv(block([[H, A.T], [A, 0]]))@vstack(c, b)",
        wrt=("c", "b"),
        shapes={"H": ("n", "n"), "A": ("m", "n"), "p": ("n", 1), "q": ("m", 1), "c": ("n", 1), "b": ("m", 1)},
        assume={"H": ["pd"]},
        sizes=({"n": 60, "m": 20}, {"n": 300, "m": 100}, {"n": 900, "m": 300}),
        draw=draw_kkt_solution,
        by_hand=(kkt_solution_gradient, kkt_solution_gradient_assembled),
        functions=(kkt_solution,),
    ),
    Problem(
        name="sliding window",
        kind="gradient",
        text="sum((w[0]*x[2:] + w[1]*x[1:-1] + w[2]*x[:-2] - y)**2)",
        wrt=("x",),
        shapes={"w": (3, 1), "x": ("n", 1), "y": ("n - 2", 1)},
        sizes=({"n": 1000}, {"n": 30_000}, {"n": 1_000_000}),
        draw=draw_window,
        by_hand=(window_gradient, window_gradient_by_correlation),
        functions=(window,),
    ),
    Problem(
        name="smoothed image",
        kind="gradient",
        text="norm(X - Y)**2 + c*(norm(X[1:, :] - X[:-1, :])**2 + norm(X[:, 1:] - X[:, :-1])**2)",
        wrt=("X",),
        shapes={"X": ("n", "m"), "Y": ("n", "m"), "c": ()},
        sizes=({"n": 32, "m": 30}, {"n": 200, "m": 180}, {"n": 900, "m": 800}),
        draw=draw_image,
        by_hand=(smooth_image_gradient,),
        functions=(smooth_image,),
    ),
    Problem(
        name="concatenated features",
        kind="gradient",
        text=FEATURES_TEXT,
        wrt=("w",),
        shapes=MATRIX_FEATURES,
        sizes=({"m": 200, "n": 20, "k": 10}, {"m": 2000, "n": 100, "k": 60}, {"m": 20_000, "n": 200, "k": 100}),
        draw=draw_features,
        by_hand=(features_gradient,),
        functions=(features,),
    ),
    Problem(
        name="concatenated features",
        kind="Hessian",
        text=FEATURES_TEXT,
        wrt=("w",),
        shapes=MATRIX_FEATURES,
        sizes=({"m": 200, "n": 20, "k": 10}, {"m": 1000, "n": 100, "k": 60}, {"m": 6000, "n": 200, "k": 100}),
        draw=draw_features,
        by_hand=(features_hessian, features_hessian_in_row_blocks),
        functions=(features,),
    ),
    Problem(
        name="block precision matrix",
        kind="gradient",
        text="logdet(block([[A, B], [B.T, C]])) - tr(S@block([[A, B], [B.T, C]]))",
        wrt=("A", "B", "C"),
        shapes={"A": ("n", "n"), "B": ("n", "m"), "C": ("m", "m"), "S": ("n + m", "n + m")},
        assume={"A": ["symmetric"], "C": ["symmetric"], "S": ["psd"]},
        sizes=({"n": 30, "m": 20}, {"n": 200, "m": 100}, {"n": 600, "m": 400}),
        draw=draw_precision,
        by_hand=(precision_gradient, precision_gradient_inverted),
        functions=(precision,),
    ),
    Problem(
        name="mixed blocks",
        kind="Hessian",
        text="sum(softplus(X@u + Z@v)) - y.T@(X@u + Z@v)",
        wrt=("u", "v"),
        shapes={"X": ("m", "n"), "Z": ("m", "k"), "u": ("n", 1), "v": ("k", 1), "y": ("m", 1)},
        sizes=({"m": 200, "n": 20, "k": 10}, {"m": 1000, "n": 100, "k": 60}, {"m": 6000, "n": 200, "k": 100}),
        draw=draw_groups,
        by_hand=(groups_hessian, groups_hessian_at_once),
        functions=(groups,),
    ),
)  # fmt: skip
