"""Ten problems of many fields, each written before code generation had been tried on it."""

import numpy as np
from scipy import linalg
from scipy.linalg import blas

from ..problem import Problem
from .entries import sigmoid, softplus
from .likelihoods import half_log_determinant
from .losses import softmax_of_rows
from .rows import row_blocks

# -- a classifier by the cosine of features and prototypes, by the features ------------------------------------------


def draw_cosine(rng, n, m, k):
    labels = rng.integers(k, size=n)
    W = rng.standard_normal((k, m))
    return {"X": rng.standard_normal((n, m)), "W": W / np.linalg.norm(W, axis=1)[:, None], "Y": np.eye(k)[labels],
            "t": 0.2}


def cosine_gradient(X, W, Y, t):
    scale = 1 / np.sqrt(np.einsum("ij,ij->i", X, X))
    Z = X @ W.T
    Z *= (scale / t)[:, None]
    inner = np.vdot(Y, Z)
    P, total = softmax_of_rows(Z)
    P -= Y
    G = P @ W
    G *= (scale / t)[:, None]
    G -= (np.einsum("ij,ij->i", G, X) * scale**2)[:, None] * X
    return total.sum() - inner, G


def cosine(library, X, W, Y, t):
    Z = (X / library.sqrt((X * X).sum(1))[:, None]) @ W.T / t
    return library.logsumexp(Z, 1).sum() - (Y * Z).sum()


# -- the partial likelihood of proportional hazards, Hessian: who is at risk stands in M ------------------------------


def draw_hazards(rng, n, m):
    times = rng.random(n)
    return {"X": rng.standard_normal((n, m)), "w": rng.standard_normal(m) / np.sqrt(m),
            "M": np.where(times >= times[:, None], 0.0, -1e3), "d": np.ones(n)}


def hazards_hessian(X, w, M, d):
    P, _ = softmax_of_rows(M + X @ w)
    Y = P @ X
    Z = np.sqrt(P.sum(axis=0))[:, None] * X
    H = Z.T @ Z
    H -= Y.T @ Y
    return H


def hazards(library, X, w, M, d):
    v = X @ w
    return library.logsumexp(M + v, 1).sum() - d @ v


# -- a matrix of signs, factorised: weighted logistic losses of U Vᵀ --------------------------------------------------


def draw_signs(rng, n, m, k):
    return {"U": rng.standard_normal((n, k)), "V": rng.standard_normal((m, k)), "W": rng.random((n, m)),
            "Y": np.sign(rng.standard_normal((n, m))), "c": 0.1}


def signs_gradient(U, V, W, Y, c):
    Z = U @ V.T
    Z *= Y
    value = np.vdot(W, softplus(-Z)) + c * (np.vdot(U, U) + np.vdot(V, V))
    np.negative(Z, out=Z)
    Z = sigmoid(Z)
    Z *= W
    Z *= Y
    return value, (2 * c) * U - Z @ V, (2 * c) * V - Z.T @ U


def signs_gradient_in_row_blocks(U, V, W, Y, c):
    value, G, F = c * (np.vdot(U, U) + np.vdot(V, V)), (2 * c) * U, (2 * c) * V
    for rows in row_blocks(W):
        Z = U[rows] @ V.T
        Z *= Y[rows]
        np.negative(Z, out=Z)
        value += np.vdot(W[rows], softplus(Z))
        Z = sigmoid(Z)
        Z *= W[rows]
        Z *= Y[rows]
        G[rows] -= Z @ V
        F -= Z.T @ U[rows]
    return value, G, F


def signs(library, U, V, W, Y, c):
    return (W * library.softplus(-Y * (U @ V.T))).sum() + c * ((U * U).sum() + (V * V).sum())


# -- a mixed model: two components of variance, s I + t Z Zᵀ ----------------------------------------------------------


def draw_components(rng, n, k):
    return {"Z": rng.standard_normal((n, k)), "y": rng.standard_normal(n), "s": 0.7, "t": 0.3}


def components_gradient(Z, y, s, t):
    # with C = (s/t) I + ZᵀZ, the inverse is (I − Z inv(C) Zᵀ)/s
    n, k = Z.shape
    C = Z.T @ Z
    C.flat[:: k + 1] += s / t
    factor = linalg.cho_factor(C, lower=True, check_finite=False)
    u = Z.T @ y
    v = linalg.cho_solve(factor, u, check_finite=False)
    b = y - Z @ v
    b /= s
    half = linalg.lapack.dtrtri(factor[0], lower=1)[0]
    trace = np.einsum("ij,ij->", np.tril(half), half)
    value = 2 * half_log_determinant(factor) + k * np.log(t) + (n - k) * np.log(s) + y @ b
    # tr(inv(S)) and tr(Zᵀ inv(S) Z) by the trace of inv(C)
    w = Z.T @ b
    return value, (n - k + s / t * trace) / s - b @ b, (k - s / t * trace) / t - w @ w


def components(library, Z, y, s, t):
    S = s * library.eye(len(y), Z) + t * (Z @ Z.T)
    return library.logdet(S) + y @ library.solve(S, y)


def components_by_cholesky(library, Z, y, s, t):
    L = library.cholesky(s * library.eye(len(y), Z) + t * (Z @ Z.T))
    v = library.solve_lower(L, y)
    return 2 * library.log(L.diagonal()).sum() + v @ v


def components_by_woodbury(library, Z, y, s, t):
    n, k = Z.shape
    L = library.cholesky(s * library.eye(k, Z) + t * (Z.T @ Z))
    v = library.solve_lower(L, Z.T @ y)
    return 2 * library.log(L.diagonal()).sum() + (n - k) * library.log(s) + (y @ y - t * (v @ v)) / s


# -- a graph that is learnt from smooth signals, by its weights -------------------------------------------------------


def draw_weights(rng, n, m):
    return {"X": rng.standard_normal((n, m)), "W": rng.random((n, n)), "a": 0.5, "c": 0.2}


def weights_gradient(X, W, a, c):
    degrees = W.sum(axis=1)
    s = np.einsum("ij,ij->i", X, X)
    G = X @ X.T
    np.subtract(s[:, None], G, out=G)
    value = np.vdot(G, W) - a * np.log(degrees).sum() + c * np.vdot(W, W)
    G -= (a / degrees)[:, None]
    G += (2 * c) * W
    return value, G


def weights(library, X, W, a, c):
    d = W.sum(1)
    return (d[:, None] * X * X).sum() - (X * (W @ X)).sum() - a * library.log(d).sum() + c * (W * W).sum()


# -- a gate between what was and what is new: a recurrent cell over a batch -------------------------------------------


def draw_cell(rng, n, m, h):
    return {"X": rng.standard_normal((n, m)), "H": rng.standard_normal((n, h)), "Y": rng.standard_normal((n, h)),
            "W": rng.standard_normal((m, h)) / np.sqrt(m), "U": rng.standard_normal((m, h)) / np.sqrt(m),
            "V": rng.standard_normal((h, h)) / np.sqrt(h)}


def cell_gradient(X, H, Y, W, U, V):
    Z = sigmoid(X @ W)
    T = X @ U
    T += H @ V
    np.tanh(T, out=T)
    D = H - T
    R = Z * D
    R += T
    R -= Y
    value = np.vdot(R, R)
    R *= 2
    D *= Z
    D *= R
    # both gates' changes from 1 − Z; that of T has 1 − T² as well
    np.subtract(1, Z, out=Z)
    D *= Z
    Z *= R
    T *= T
    np.subtract(1, T, out=T)
    Z *= T
    return value, X.T @ D, X.T @ Z, H.T @ Z


def cell(library, X, H, Y, W, U, V):
    Z, T = library.sigmoid(X @ W), library.tanh(X @ U + H @ V)
    R = Z * H + (1 - Z) * T - Y
    return (R * R).sum()


# -- dependence of a projection and labels: the Hilbert-Schmidt criterion by the projection ----------------------------


def draw_dependence(rng, n, m, k):
    Y = rng.standard_normal((n, 3))
    L = Y @ Y.T
    L -= L.mean(axis=0)
    L -= L.mean(axis=1)[:, None]
    return {"X": rng.standard_normal((n, m)), "W": rng.standard_normal((m, k)) / np.sqrt(m * k), "L": (L + L.T) / 2}


def dependence_gradient(X, W, L):
    Z = X @ W
    s = np.einsum("ij,ij->i", Z, Z)
    K = (2 * Z) @ Z.T
    K -= s
    K -= s[:, None]
    np.exp(K, out=K)
    K *= L
    rows = K.sum(axis=1)
    F = K @ Z
    F -= rows[:, None] * Z
    return rows.sum(), 4 * (X.T @ F)


def dependence(library, X, W, L):
    Z = X @ W
    s = (Z * Z).sum(1)
    return (L * library.exp(2 * (Z @ Z.T) - s - s[:, None])).sum()


# -- the barrier of a second-order cone, Hessian ----------------------------------------------------------------------


def draw_cone(rng, m, n):
    A, x, b = rng.standard_normal((m, n)), rng.standard_normal(n), rng.standard_normal(m)
    c = rng.standard_normal(n)
    return {"A": A, "b": b, "c": c, "x": x, "d": float(2 * np.linalg.norm(A @ x + b) - c @ x)}


def cone_hessian(A, b, c, x, d):
    r = A @ x + b
    t = c @ x + d
    s = t * t - r @ r
    H = A.T @ A
    H *= 2 / s
    g = (2 / s) * (t * c - r @ A)
    # the other triangle of a symmetric update costs more than a general one
    blas.dger(1.0, g, g, a=H.T, overwrite_a=1)
    blas.dger(-2 / s, c, c, a=H.T, overwrite_a=1)
    return H


def cone_hessian_at_once(A, b, c, x, d):
    r = A @ x + b
    t = c @ x + d
    s = t * t - r @ r
    g = (2 / s) * (t * c - r @ A)
    B = np.concatenate((g[:, None], c[:, None]), axis=1)
    C = np.concatenate((g[:, None], (-2 / s) * c[:, None]), axis=1)
    return blas.dgemm(1.0, B, C.T, beta=1.0, c=((2 / s) * (A.T @ A)).T, overwrite_c=1).T


def cone(library, A, b, c, x, d):
    r, t = A @ x + b, c @ x + d
    return -library.log(t * t - r @ r)


# -- a regression whose variances are modelled as well, Hessian by both groups of weights ------------------------------


def draw_variances(rng, m, n, k):
    X, Z = rng.standard_normal((m, n)), rng.standard_normal((m, k))
    return {"X": X, "Z": Z, "y": rng.standard_normal(m), "w": rng.standard_normal(n) / n,
            "v": rng.standard_normal(k) / k}


def variances_hessian(X, Z, y, w, v):
    r = y - X @ w
    scale = np.exp(-0.5 * (Z @ v))
    r *= scale
    M = scale[:, None] * X
    N = r[:, None] * Z
    mixed = M.T @ N
    H = N.T @ N
    H *= 0.5
    return M.T @ M, mixed, mixed.T, H


def variances(library, X, Z, y, w, v):
    r, t = y - X @ w, Z @ v
    return 0.5 * (r * r * library.exp(-t) + t).sum()


# -- an image through a filter of four taps, by the image and the filter -----------------------------------------------


def draw_filter(rng, n, m):
    return {"K": rng.standard_normal((2, 2)), "X": rng.standard_normal((n, m)),
            "Y": rng.standard_normal((n - 1, m - 1))}


def _taps(X):
    return X[:-1, :-1], X[:-1, 1:], X[1:, :-1], X[1:, 1:]


def filter_gradient(K, X, Y):
    parts = _taps(X)
    R = K[0, 0] * parts[0]
    T = np.empty_like(R)
    for a, part in zip(K.flat[1:], parts[1:]):
        np.multiply(part, a, out=T)
        R += T
    R -= Y
    value = np.vdot(R, R)
    R *= 2
    F = np.array([np.einsum("ij,ij->", R, part) for part in parts]).reshape(2, 2)
    G = np.zeros_like(X)
    for a, part in zip(K.flat, _taps(G)):
        np.multiply(R, a, out=T)
        part += T
    return value, F, G


def image_filter(library, K, X, Y):
    R = K[0, 0] * X[:-1, :-1] + K[0, 1] * X[:-1, 1:] + K[1, 0] * X[1:, :-1] + K[1, 1] * X[1:, 1:] - Y
    return (R * R).sum()


COSINE = "(X/sqrt(sum(X**2, axis=1)))@W.T/t"
LAPLACIAN = "(diag(sum(W, axis=1)) - W)"
PROBLEMS = (
    Problem(
        name="cosine classifier", kind="gradient", wrt=("X",),
        text=f"sum(logsumexp({COSINE}, axis=1)) - sum(Y*({COSINE}))",
        shapes={"X": ("n", "m"), "W": ("k", "m"), "Y": ("n", "k"), "t": ()}, draw=draw_cosine,
        sizes=({"n": 10, "m": 8, "k": 5}, {"n": 500, "m": 64, "k": 20}, {"n": 4000, "m": 256, "k": 100}),
        by_hand=(cosine_gradient,), functions=(cosine,),
    ),
    Problem(
        name="proportional hazards", kind="Hessian", wrt=("w",),
        text="sum(logsumexp(M + (X@w).T, axis=1)) - d.T@(X@w)",
        shapes={"X": ("n", "m"), "w": ("m", 1), "M": ("n", "n"), "d": ("n", 1)}, draw=draw_hazards,
        sizes=({"n": 10, "m": 5}, {"n": 300, "m": 20}, {"n": 1500, "m": 100}),
        by_hand=(hazards_hessian,), functions=(hazards,),
    ),
    Problem(
        name="factorised signs", kind="gradient", wrt=("U", "V"),
        text="sum(W*softplus(-Y*(U@V.T))) + c*(norm(U)**2 + norm(V)**2)",
        shapes={"U": ("n", "k"), "V": ("m", "k"), "W": ("n", "m"), "Y": ("n", "m"), "c": ()}, draw=draw_signs,
        sizes=({"n": 10, "m": 8, "k": 5}, {"n": 300, "m": 200, "k": 10}, {"n": 1500, "m": 1000, "k": 20}),
        by_hand=(signs_gradient, signs_gradient_in_row_blocks), functions=(signs,),
    ),
    Problem(
        name="variance components", kind="gradient", wrt=("s", "t"),
        text="logdet(s*eye(n) + t*Z@Z.T) + y.T@inv(s*eye(n) + t*Z@Z.T)@y",
        shapes={"Z": ("n", "k"), "y": ("n", 1), "s": (), "t": ()}, assume={"s": ["positive"], "t": ["positive"]},
        sizes=({"n": 10, "k": 5}, {"n": 300, "k": 10}, {"n": 1200, "k": 40}), draw=draw_components,
        by_hand=(components_gradient,), functions=(components, components_by_cholesky, components_by_woodbury),
    ),
    Problem(
        name="learnt graph", kind="gradient", wrt=("W",),
        text=f"tr(X.T@{LAPLACIAN}@X) - a*sum(log(sum(W, axis=1))) + c*norm(W)**2",
        shapes={"X": ("n", "m"), "W": ("n", "n"), "a": (), "c": ()}, draw=draw_weights,
        sizes=({"n": 10, "m": 5}, {"n": 300, "m": 20}, {"n": 1500, "m": 50}),
        by_hand=(weights_gradient,), functions=(weights,),
    ),
    Problem(
        name="gated cell", kind="gradient", wrt=("W", "U", "V"),
        text="norm(sigmoid(X@W)*H + (1 - sigmoid(X@W))*tanh(X@U + H@V) - Y)**2",
        shapes={"X": ("n", "m"), "H": ("n", "h"), "Y": ("n", "h"), "W": ("m", "h"), "U": ("m", "h"), "V": ("h", "h")},
        sizes=({"n": 10, "m": 8, "h": 5}, {"n": 256, "m": 40, "h": 30}, {"n": 2000, "m": 128, "h": 100}),
        draw=draw_cell, by_hand=(cell_gradient,), functions=(cell,),
    ),
    Problem(
        name="dependence of a projection", kind="gradient", wrt=("W",),
        text="sum(L*exp(2*(X@W)@(X@W).T - sum((X@W)**2, axis=1) - sum((X@W)**2, axis=1).T))",
        shapes={"X": ("n", "m"), "W": ("m", "k"), "L": ("n", "n")}, assume={"L": ["symmetric"]},
        sizes=({"n": 10, "m": 8, "k": 5}, {"n": 300, "m": 40, "k": 6}, {"n": 1500, "m": 100, "k": 10}),
        draw=draw_dependence, by_hand=(dependence_gradient,), functions=(dependence,),
    ),
    Problem(
        name="second-order cone", kind="Hessian", wrt=("x",), text="-log((c.T@x + d)**2 - norm(A@x + b)**2)",
        shapes={"A": ("m", "n"), "b": ("m", 1), "c": ("n", 1), "x": ("n", 1), "d": ()}, draw=draw_cone,
        sizes=({"m": 10, "n": 5}, {"m": 400, "n": 100}, {"m": 2000, "n": 600}),
        by_hand=(cone_hessian, cone_hessian_at_once), functions=(cone,),
    ),
    Problem(
        name="modelled variances", kind="Hessian", wrt=("w", "v"),
        text="sum((y - X@w)**2*exp(-Z@v) + Z@v)/2", draw=draw_variances,
        shapes={"X": ("m", "n"), "Z": ("m", "k"), "y": ("m", 1), "w": ("n", 1), "v": ("k", 1)},
        sizes=({"m": 10, "n": 5, "k": 4}, {"m": 1000, "n": 60, "k": 20}, {"m": 6000, "n": 200, "k": 100}),
        by_hand=(variances_hessian,), functions=(variances,),
    ),
    Problem(
        name="filtered image", kind="gradient", wrt=("K", "X"),
        text="norm(K[0, 0]*X[:-1, :-1] + K[0, 1]*X[:-1, 1:] + K[1, 0]*X[1:, :-1] + K[1, 1]*X[1:, 1:] - Y)**2",
        shapes={"K": (2, 2), "X": ("n", "m"), "Y": ("n - 1", "m - 1")}, draw=draw_filter,
        sizes=({"n": 10, "m": 8}, {"n": 100, "m": 80}, {"n": 900, "m": 800}),
        by_hand=(filter_gradient,), functions=(image_filter,),
    ),
)  # fmt: skip
