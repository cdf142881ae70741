"""Likelihoods of Gaussian models: low rank plus a diagonal, the matrix normal distribution, a Kalman step."""

import numpy as np
from scipy import linalg
from scipy.linalg import lapack

from ..problem import Problem


def covariance(rng, n):
    """Return a well-conditioned covariance matrix."""
    A = rng.standard_normal((n, 2 * n))
    return A @ A.T / (2 * n) + np.eye(n)


def inverse(factor):
    """Return the inverse of a positive definite matrix from scipy's lower Cholesky factor."""
    inverted, _ = lapack.dpotri(factor[0], lower=True)
    low = np.tril(inverted)
    return low + np.tril(low, -1).T


def half_log_determinant(factor):
    return np.log(np.diagonal(factor[0])).sum()


# -- log det(F Fᵀ + diag(d)) + yᵀ inv(F Fᵀ + diag(d)) y by F ---------------------------------------------------------


def draw_factors(rng, n, k):
    return {"F": rng.standard_normal((n, k)), "d": 0.5 + rng.random(n), "y": rng.standard_normal(n)}


def factors_gradient(F, d, y):
    # Woodbury: with G = F/d and C = I + FᵀG, inv(S) F = G inv(C) and inv(S) y = y/d − G inv(C) Gᵀy
    G = F / d[:, None]
    C = F.T @ G
    C.flat[:: len(C) + 1] += 1
    factor = linalg.cho_factor(C, lower=True, check_finite=False)
    z = y / d
    v = linalg.cho_solve(factor, F.T @ z, check_finite=False)
    s = z - G @ v
    value = 2 * half_log_determinant(factor) + np.log(d).sum() + y @ s
    gradient = G @ (2 * inverse(factor))
    gradient -= np.outer(2 * s, F.T @ s)
    return value, gradient


def factors(library, F, d, y):
    S = F @ F.T + library.diag(d)
    return library.logdet(S) + y @ library.solve(S, y)


def factors_by_cholesky(library, F, d, y):
    L = library.cholesky(F @ F.T + library.diag(d))
    v = library.solve_lower(L, y)
    return 2 * library.log(L.diagonal()).sum() + v @ v


def factors_by_woodbury(library, F, d, y):
    G = F / d[:, None]
    L = library.cholesky(F.T @ G + library.eye(F.shape[1], F))
    v = library.solve_lower(L, G.T @ y)
    return 2 * library.log(L.diagonal()).sum() + library.log(d).sum() + y @ (y / d) - v @ v


# -- the matrix normal distribution by its row covariance ------------------------------------------------------------


def draw_rows(rng, n, m):
    X = rng.standard_normal((n, m))
    return {"X": X, "M": 0.1 * rng.standard_normal((n, m)), "U": covariance(rng, n), "V": covariance(rng, m)}


def rows_gradient(X, M, U, V):
    R = X - M
    rows = linalg.cho_factor(U, lower=True, check_finite=False)
    columns = linalg.cholesky(V, lower=True, check_finite=False)
    inverse_of_rows = inverse(rows)
    half = linalg.solve_triangular(columns, R.T, lower=True, check_finite=False)
    Z = half @ inverse_of_rows
    value = 2 * X.shape[1] * half_log_determinant(rows) + np.vdot(half, Z)
    return value, X.shape[1] * inverse_of_rows - Z.T @ Z


def rows_normal(library, X, M, U, V):
    R = X - M
    return R.shape[1] * library.logdet(U) + (library.solve(U, R) * library.solve(V, R.T).T).sum()


def rows_normal_by_cholesky(library, X, M, U, V):
    L, K = library.cholesky(U), library.cholesky(V)
    Z = library.solve_lower(L, library.solve_lower(K, (X - M).T).T)
    return 2 * X.shape[1] * library.log(L.diagonal()).sum() + (Z * Z).sum()


# -- a step of a Kalman filter by the covariance of its noise --------------------------------------------------------


def draw_step(rng, n, m):
    return {
        "A": rng.standard_normal((n, n)) / np.sqrt(n), "H": rng.standard_normal((m, n)), "P": covariance(rng, n),
        "Q": covariance(rng, n), "R": covariance(rng, m), "r": rng.standard_normal(m),
    }


def step_gradient(A, H, P, Q, R, r):
    S = H @ (A @ P @ A.T + Q) @ H.T + R
    factor = linalg.cho_factor(S, lower=True, check_finite=False)
    half = linalg.solve_triangular(factor[0], H, lower=True, check_finite=False)
    v = linalg.cho_solve(factor, r, check_finite=False)
    w = H.T @ v
    gradient = half.T @ half
    gradient -= np.outer(w, w)
    return 2 * half_log_determinant(factor) + r @ v, gradient


def step(library, A, H, P, Q, R, r):
    S = H @ (A @ P @ A.T + Q) @ H.T + R
    return library.logdet(S) + r @ library.solve(S, r)


def step_by_cholesky(library, A, H, P, Q, R, r):
    L = library.cholesky(H @ (A @ P @ A.T + Q) @ H.T + R)
    v = library.solve_lower(L, r)
    return 2 * library.log(L.diagonal()).sum() + v @ v


PROBLEMS = (
    Problem(
        name="low rank plus diagonal",
        kind="gradient",
        text="logdet(F@F.T + diag(d)) + y.T@inv(F@F.T + diag(d))@y",
        wrt=("F",),
        shapes={"F": ("n", "k"), "d": ("n", 1), "y": ("n", 1)},
        assume={"d": ["positive"]},
        sizes=({"n": 10, "k": 5}, {"n": 300, "k": 8}, {"n": 1200, "k": 20}),
        draw=draw_factors,
        by_hand=(factors_gradient,),
        functions=(factors, factors_by_cholesky, factors_by_woodbury),
    ),
    Problem(
        name="matrix normal",
        kind="gradient",
        text="m*logdet(U) + tr(inv(U)@(X - M)@inv(V)@(X - M).T)",
        wrt=("U",),
        shapes={"X": ("n", "m"), "M": ("n", "m"), "U": ("n", "n"), "V": ("m", "m")},
        assume={"U": ["pd"], "V": ["pd"]},
        sizes=({"n": 10, "m": 5}, {"n": 150, "m": 100}, {"n": 500, "m": 400}),
        draw=draw_rows,
        by_hand=(rows_gradient,),
        functions=(rows_normal, rows_normal_by_cholesky),
    ),
    Problem(
        name="Kalman step",
        kind="gradient",
        text="logdet(H@(A@P@A.T + Q)@H.T + R) + r.T@inv(H@(A@P@A.T + Q)@H.T + R)@r",
        wrt=("Q",),
        shapes={
            "A": ("n", "n"), "H": ("m", "n"), "P": ("n", "n"), "Q": ("n", "n"), "R": ("m", "m"), "r": ("m", 1)
        },
        assume={"P": ["pd"], "Q": ["pd"], "R": ["pd"]},
        sizes=({"n": 10, "m": 5}, {"n": 150, "m": 80}, {"n": 500, "m": 250}),
        draw=draw_step,
        by_hand=(step_gradient,),
        functions=(step, step_by_cholesky),
    ),
)
