"""Six problems that were written when the generator was done, to be measured once."""

import numpy as np
from scipy import linalg

from ..problem import Problem
from .entries import sigmoid
from .losses import softmax_of_rows

# -- residuals of a vector autoregression with two lags ---------------------------------------------------------------


def draw_series(rng, n, m):
    return {"X": rng.standard_normal((n, m)), "A": rng.standard_normal((m, m)) / m,
            "B": rng.standard_normal((m, m)) / m}


def series_gradient(X, A, B):
    R = X[1:-1] @ A
    R += X[:-2] @ B
    R -= X[2:]
    value = np.vdot(R, R)
    R *= 2
    return value, X[1:-1].T @ R, X[:-2].T @ R


def series(library, X, A, B):
    R = X[2:] - X[1:-1] @ A - X[:-2] @ B
    return (R * R).sum()


# -- an embedding of neighbours with Student's kernel, by the points ---------------------------------------------------


def draw_embedding(rng, n, d):
    P = rng.random((n, n))
    return {"Y": rng.standard_normal((n, d)), "P": P / P.sum()}


def embedding_gradient(Y, P):
    D = (-2 * Y) @ Y.T
    s = np.einsum("ij,ij->i", Y, Y)
    D += s
    D += s[:, None]
    D += 1
    W = np.log(D)
    value = np.vdot(P, W)
    np.reciprocal(D, out=D)
    total = D.sum()
    np.multiply(P, D, out=W)
    D *= D
    D *= 1 / total
    W -= D
    G = (W.sum(axis=1) + W.sum(axis=0))[:, None] * Y
    G -= W @ Y
    G -= W.T @ Y
    G *= 2
    return value + np.log(total), G


def embedding(library, Y, P):
    s = (Y * Y).sum(1)
    D = 1 + s + s[:, None] - 2 * (Y @ Y.T)
    return (P * library.log(D)).sum() + library.log((1 / D).sum())


# -- regression of overdispersed counts, Hessian ----------------------------------------------------------------------


def draw_counts(rng, m, n):
    return {"X": rng.standard_normal((m, n)), "w": rng.standard_normal(n) / np.sqrt(n),
            "y": rng.poisson(2.0, m) + 1.0, "r": 1.5}


def counts_hessian(X, w, y, r):
    s = sigmoid(X @ w - np.log(r))
    Z = np.sqrt((y + r) * (s * (1 - s)))[:, None] * X
    return Z.T @ Z


def counts(library, X, w, y, r):
    v = X @ w
    return ((y + r) * library.log(r + library.exp(v)) - y * v).sum()


# -- an autoencoder whose decoder is its encoder turned, by weights and biases -------------------------------------


def draw_encoder(rng, n, m, h):
    return {"X": rng.standard_normal((n, m)), "W": rng.standard_normal((m, h)) / np.sqrt(m),
            "b": rng.standard_normal(h), "d": rng.standard_normal(m)}


def encoder_gradient(X, W, b, d):
    Z = X @ W
    Z += b
    np.maximum(Z, 0, out=Z)
    R = Z @ W.T
    R += d
    R -= X
    value = np.vdot(R, R)
    R *= 2
    G = R.T @ Z
    D = R @ W
    D *= Z > 0
    G += X.T @ D
    return value, G, D.sum(axis=0), R.sum(axis=0)


def encoder(library, X, W, b, d):
    R = library.relu(X @ W + b) @ W.T + d - X
    return (R * R).sum()


# -- factor analysis: the likelihood of a covariance by loadings and by variances ----------------------------------


def draw_analysis(rng, n, k):
    M = rng.standard_normal((n, 2 * n))
    return {"F": rng.standard_normal((n, k)), "d": 0.5 + rng.random(n), "S": M @ M.T / (2 * n)}


def analysis_gradient(F, d, S):
    # with G = F/d, C = I + FᵀG and B = inv(Σ) F = G inv(C): inv(Σ) is diag(1/d) − B Gᵀ
    G = F / d[:, None]
    C = F.T @ G
    C.flat[:: len(C) + 1] += 1
    factor = linalg.cho_factor(C, lower=True, check_finite=False)
    B = G @ linalg.cho_solve(factor, np.eye(len(C)), check_finite=False)
    SB = S @ B
    inner = G.T @ SB
    value = 2 * np.log(np.diagonal(factor[0])).sum() + np.log(d).sum() + (np.diagonal(S) / d).sum() - np.trace(inner)
    # inv(Σ) S B = (S B)/d − B (Gᵀ S B)
    P = SB / d[:, None]
    P -= B @ inner
    # the diagonal of inv(Σ) S inv(Σ)
    e = np.diagonal(S) / d**2 - 2 * np.einsum("ij,ij->i", G, SB) / d + np.einsum("ij,ij->i", G @ (B.T @ SB), G)
    gradient = 2 * (B - P)
    return value, gradient, 1 / d - np.einsum("ij,ij->i", B, G) - e


def analysis(library, F, d, S):
    K = F @ F.T + library.diag(d)
    return library.logdet(K) + library.diag(library.solve(K, S)).sum()


def analysis_by_cholesky(library, F, d, S):
    L = library.cholesky(F @ F.T + library.diag(d))
    return 2 * library.log(library.diag(L)).sum() + library.diag(library.cholesky_solve(L, S)).sum()


# -- neighbourhood components: a map under which neighbours have one class ---------------------------------------------


def draw_neighbours(rng, n, m, k):
    labels = rng.integers(4, size=n)
    return {"X": rng.standard_normal((n, m)), "A": rng.standard_normal((m, k)) / m,
            "M": (labels[:, None] == labels) * 1.0}


def neighbours_gradient(X, A, M):
    Z = X @ A
    s = np.einsum("ij,ij->i", Z, Z)
    P = (2 * Z) @ Z.T
    P -= s
    P -= s[:, None]
    P, _ = softmax_of_rows(P)
    Q = M * P
    p = Q.sum(axis=1)
    value = -np.log(p).sum()
    Q *= (1 / p)[:, None]
    P -= Q  # the derivative by the logits, which are minus the distances; its rows add to 0
    G = P + P.T
    F = G @ Z
    F -= P.sum(axis=0)[:, None] * Z
    return value, 2 * (X.T @ F)


def neighbours(library, X, A, M):
    Z = X @ A
    s = (Z * Z).sum(1)
    P = library.softmax(2 * (Z @ Z.T) - s - s[:, None], 1)
    return -library.log((M * P).sum(1)).sum()


DISTANCES = "(sum((X@A)**2, axis=1) + sum((X@A)**2, axis=1).T - 2*(X@A)@(X@A).T)"
STUDENT = "(1 + sum(Y**2, axis=1) + sum(Y**2, axis=1).T - 2*Y@Y.T)"
PROBLEMS = (
    Problem(
        name="vector autoregression", kind="gradient", wrt=("A", "B"),
        text="norm(X[2:, :] - X[1:-1, :]@A - X[:-2, :]@B)**2",
        shapes={"X": ("n", "m"), "A": ("m", "m"), "B": ("m", "m")}, draw=draw_series,
        sizes=({"n": 10, "m": 5}, {"n": 500, "m": 30}, {"n": 10_000, "m": 100}),
        by_hand=(series_gradient,), functions=(series,),
    ),
    Problem(
        name="neighbour embedding", kind="gradient", wrt=("Y",),
        text=f"sum(P*log{STUDENT}) + log(sum(1/{STUDENT}))", shapes={"Y": ("n", "d"), "P": ("n", "n")},
        sizes=({"n": 10, "d": 2}, {"n": 300, "d": 3}, {"n": 1500, "d": 5}), draw=draw_embedding,
        by_hand=(embedding_gradient,), functions=(embedding,),
    ),
    Problem(
        name="overdispersed counts", kind="Hessian", wrt=("w",),
        text="sum((y + r)*log(r + exp(X@w)) - y*(X@w))",
        shapes={"X": ("m", "n"), "w": ("n", 1), "y": ("m", 1), "r": ()},
        assume={"r": ["positive"], "y": ["positive"]}, draw=draw_counts,
        sizes=({"m": 10, "n": 5}, {"m": 1000, "n": 60}, {"m": 6000, "n": 300}),
        by_hand=(counts_hessian,), functions=(counts,),
    ),
    Problem(
        name="tied autoencoder", kind="gradient", wrt=("W", "b", "d"),
        text="norm(relu(X@W + b.T)@W.T + d.T - X)**2",
        shapes={"X": ("n", "m"), "W": ("m", "h"), "b": ("h", 1), "d": ("m", 1)}, draw=draw_encoder,
        sizes=({"n": 10, "m": 8, "h": 5}, {"n": 300, "m": 60, "h": 20}, {"n": 3000, "m": 300, "h": 100}),
        by_hand=(encoder_gradient,), functions=(encoder,),
    ),
    Problem(
        name="factor analysis", kind="gradient", wrt=("F", "d"),
        text="logdet(F@F.T + diag(d)) + tr(inv(F@F.T + diag(d))@S)",
        shapes={"F": ("n", "k"), "d": ("n", 1), "S": ("n", "n")}, assume={"d": ["positive"], "S": ["psd"]},
        sizes=({"n": 10, "k": 3}, {"n": 200, "k": 5}, {"n": 1000, "k": 20}), draw=draw_analysis,
        by_hand=(analysis_gradient,), functions=(analysis, analysis_by_cholesky),
    ),
    Problem(
        name="neighbourhood components", kind="gradient", wrt=("A",),
        text=f"-sum(log(sum(M*softmax(-{DISTANCES}, axis=1), axis=1)))",
        shapes={"X": ("n", "m"), "A": ("m", "k"), "M": ("n", "n")}, assume={"M": ["symmetric"]},
        sizes=({"n": 10, "m": 6, "k": 2}, {"n": 300, "m": 30, "k": 3}, {"n": 1500, "m": 60, "k": 5}),
        draw=draw_neighbours, by_hand=(neighbours_gradient,), functions=(neighbours,),
    ),
)  # fmt: skip
