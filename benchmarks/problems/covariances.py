"""Gradients by a positive definite matrix: a Gaussian process's likelihood, and a Kullback–Leibler divergence."""

import numpy as np
from scipy.linalg import lapack

from ..problem import Problem


def positive_definite(rng, n):
    B = rng.standard_normal((n, n))
    return B @ B.T / n + np.eye(n)


def factor(K):
    """Return the Cholesky factor L of K, with zeros above it; in the column order that LAPACK wants."""
    L, failed = lapack.dpotrf(K.T, lower=1, clean=1)
    if failed:
        raise np.linalg.LinAlgError("the matrix is not positive definite")
    return L


def logdet(L):
    return 2 * np.log(np.diagonal(L)).sum()


def lower_inverse(L):
    """Return inv(L@L.T) on and below the diagonal, zeros above it, in the place of L: a third of solving for eye(n)."""
    return lapack.dpotri(L, lower=1, overwrite_c=1)[0]


# -- the log marginal likelihood of a Gaussian process, by the kernel matrix ---------------------------------------


def draw_process(rng, n):
    return {"K": positive_definite(rng, n), "y": rng.standard_normal(n)}


def process_gradient(K, y):
    L = factor(K)
    a, _ = lapack.dpotrs(L, y, lower=1)
    value = -(y @ a) / 2 - logdet(L) / 2
    P = lower_inverse(L).T
    G = np.outer(a, a)
    G -= P
    G -= P.T
    np.einsum("ii->i", G)[...] += np.diagonal(P)
    G *= 0.5
    return value, G


def process(library, K, y):
    return -(y @ library.solve(K, y)) / 2 - library.logdet(K) / 2


def process_by_cholesky(library, K, y):
    L = library.cholesky(K)
    return -(y @ library.cholesky_solve(L, y)) / 2 - library.log(L.diagonal()).sum()


def process_by_half_solve(library, K, y):
    L = library.cholesky(K)
    z = library.solve_lower(L, y)
    return -(z @ z) / 2 - library.log(L.diagonal()).sum()


# -- the divergence of two Gaussians, by a covariance --------------------------------------------------------------


def draw_divergence(rng, k):
    return {
        "S": positive_definite(rng, k),
        "S2": positive_definite(rng, k),
        "m1": rng.standard_normal(k),
        "m2": rng.standard_normal(k),
    }


def divergence_gradient(S, S2, m1, m2):
    L, L2, d = factor(S), factor(S2), m2 - m1
    value = d @ lapack.dpotrs(L2, d, lower=1)[0] - len(S) + logdet(L2) - logdet(L)
    # the trace of a product is a sum of products, and half of a symmetric one is enough
    P = lower_inverse(L2).T
    diagonal = np.diagonal(P)
    value += 2 * np.vdot(P, S) - diagonal @ np.diagonal(S)
    P -= lower_inverse(L).T
    P *= 0.5
    G = P + P.T
    np.einsum("ii->i", G)[...] -= np.diagonal(P)
    return value / 2, G


def divergence(library, S, S2, m1, m2):
    P, d = library.inv(S2), m2 - m1
    return ((P * S).sum() + d @ P @ d - len(S) + library.logdet(S2) - library.logdet(S)) / 2


def divergence_by_cholesky(library, S, S2, m1, m2):
    L, L2, d = library.cholesky(S), library.cholesky(S2), m2 - m1
    trace = library.cholesky_solve(L2, S).diagonal().sum()
    logdets = library.log(L2.diagonal()).sum() - library.log(L.diagonal()).sum()
    return (trace + d @ library.cholesky_solve(L2, d) - len(S)) / 2 + logdets


def divergence_by_both(library, S, S2, m1, m2):
    # the factor of the constant covariance, and no derivative of a factorisation
    L2, d = library.cholesky(S2), m2 - m1
    trace = library.cholesky_solve(L2, S).diagonal().sum()
    logdets = library.log(L2.diagonal()).sum() - library.logdet(S) / 2
    return (trace + d @ library.cholesky_solve(L2, d) - len(S)) / 2 + logdets


PROBLEMS = (
    Problem(
        name="Gaussian process",
        kind="gradient",
        text="-y.T@inv(K)@y/2 - logdet(K)/2",
        wrt=("K",),
        shapes={"K": ("n", "n"), "y": ("n", 1)},
        assume={"K": ["pd"]},
        sizes=({"n": 100}, {"n": 400}, {"n": 1000}),
        draw=draw_process,
        by_hand=(process_gradient,),
        functions=(process, process_by_cholesky, process_by_half_solve),
    ),
    Problem(
        name="Gaussian divergence",
        kind="gradient",
        text="(tr(inv(S2)@S) + (m2 - m1).T@inv(S2)@(m2 - m1) - k + logdet(S2) - logdet(S))/2",
        wrt=("S",),
        shapes={"S": ("k", "k"), "S2": ("k", "k"), "m1": ("k", 1), "m2": ("k", 1)},
        assume={"S": ["pd"], "S2": ["pd"]},
        sizes=({"k": 100}, {"k": 400}, {"k": 1000}),
        draw=draw_divergence,
        by_hand=(divergence_gradient,),
        functions=(divergence, divergence_by_cholesky, divergence_by_both),
    ),
)
