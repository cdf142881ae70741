"""Sums over pairs of rows: distances and kernels."""

import numpy as np

from ..problem import Problem

# -- pairwise distances --------------------------------------------------------------------------------------------


def draw_pairs(rng, n, d):
    X = rng.standard_normal((n, d))
    W = np.abs(rng.standard_normal((n, n)))
    return {"X": X, "W": W}


def spread_gradient(X, W):
    S = W + W.T
    G = X * S.sum(axis=1)[:, None]
    G -= S @ X
    value = np.vdot(X, G)
    G *= 2
    return value, G


def spread(library, X, W):
    s = (X * X).sum(1)
    return (W * (s[:, None] + s[None, :] - 2 * (X @ X.T))).sum()


def draw_kernel(rng, n, d):
    return {"X": rng.standard_normal((n, d)), "g": 0.1}


def kernel_gradient(X, g):
    K = X @ (2 * g * X).T
    s = g * np.einsum("ij,ij->i", X, X)
    K -= s[:, None]
    K -= s
    np.exp(K, out=K)
    r = K.sum(axis=1)
    G = K @ X
    G -= r[:, None] * X
    G *= 4 * g
    return r.sum(), G


def kernel(library, X, g):
    s = (X * X).sum(1)
    return library.exp(-g * (s[:, None] + s[None, :] - 2 * (X @ X.T))).sum()


def draw_stress(rng, n, d):
    Y = rng.standard_normal((n, d))
    D = ((Y[:, None] - Y[None]) ** 2).sum(axis=2)
    return {"X": rng.standard_normal((n, d)), "D": D}


def stress_gradient(X, D):
    E = X @ (-2 * X).T
    s = np.einsum("ij,ij->i", X, X)
    E += s[:, None]
    E += s
    E -= D
    value = np.vdot(E, E)
    G = X * E.sum(axis=1)[:, None]
    G -= E @ X
    G *= 8
    return value, G


def stress(library, X, D):
    s = (X * X).sum(1)
    return ((s[:, None] + s[None, :] - 2 * (X @ X.T) - D) ** 2).sum()


PROBLEMS = (
    Problem(
        name="weighted distances",
        kind="gradient",
        text="sum(W[i, j]*norm(X[i, :] - X[j, :])**2 for i in n for j in n)",
        wrt=("X",),
        shapes={"X": ("n", "d"), "W": ("n", "n")},
        sizes=({"n": 60, "d": 5}, {"n": 400, "d": 20}, {"n": 1500, "d": 50}),
        draw=draw_pairs,
        by_hand=(spread_gradient,),
        functions=(spread,),
    ),
    Problem(
        name="Gaussian kernel",
        kind="gradient",
        text="sum(exp(-g*norm(X[i, :] - X[j, :])**2) for i in n for j in n)",
        wrt=("X",),
        shapes={"X": ("n", "d"), "g": ()},
        sizes=({"n": 60, "d": 5}, {"n": 400, "d": 20}, {"n": 1500, "d": 50}),
        draw=draw_kernel,
        by_hand=(kernel_gradient,),
        functions=(kernel,),
    ),
    Problem(
        name="pairwise distances",
        kind="gradient",
        text="sum((norm(X[i, :] - X[j, :])**2 - D[i, j])**2 for i in n for j in n)",
        wrt=("X",),
        shapes={"X": ("n", "d"), "D": ("n", "n")},
        assume={"D": ["symmetric"]},
        sizes=({"n": 60, "d": 5}, {"n": 400, "d": 20}, {"n": 1500, "d": 50}),
        draw=draw_stress,
        by_hand=(stress_gradient,),
        functions=(stress,),
    ),
)  # fmt: skip
