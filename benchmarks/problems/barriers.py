"""Hessians of the barriers of interior-point methods: of linear inequalities, and of the D-optimal design."""

import numpy as np
from scipy.linalg import blas

from ..problem import Problem

# -- −Σ log(b − Ax) ------------------------------------------------------------------------------------------------


def draw_barrier(rng, m, n):
    A, x = rng.standard_normal((m, n)), rng.standard_normal(n) / n
    return {"A": A, "b": A @ x + 1 + rng.random(m), "x": x}


def barrier_hessian(A, b, x):
    Z = A * (1 / (b - A @ x))[:, None]
    return Z.T @ Z


def barrier(library, A, b, x):
    return -library.log(b - A @ x).sum()


# -- −log det(A diag(x) Aᵀ) ----------------------------------------------------------------------------------------


def draw_design(rng, m, n):
    return {"A": rng.standard_normal((m, n)), "x": 0.5 + rng.random(n)}


def design_hessian(A, x):
    # with M = LLᵀ and P = inv(L) A, the Hessian is the square of every entry of Aᵀ inv(M) A = PᵀP
    Z = A * np.sqrt(x)
    L = np.linalg.cholesky(Z @ Z.T)
    P = blas.dtrsm(1.0, L.T, A.T, side=1, lower=0).T
    H = P.T @ P
    H *= H
    return H


def design(library, A, x):
    return -library.logdet((A * x) @ A.T)


def design_by_cholesky(library, A, x):
    return -2 * library.log(library.cholesky((A * x) @ A.T).diagonal()).sum()


PROBLEMS = (
    Problem(
        name="log barrier",
        kind="Hessian",
        text="-sum(log(b - A@x))",
        wrt=("x",),
        shapes={"A": ("m", "n"), "b": ("m", 1), "x": ("n", 1)},
        sizes=({"m": 500, "n": 50}, {"m": 2000, "n": 200}, {"m": 4000, "n": 400}),
        draw=draw_barrier,
        by_hand=(barrier_hessian,),
        functions=(barrier,),
    ),
    Problem(
        name="log-det barrier",
        kind="Hessian",
        text="-logdet(A@diag(x)@A.T)",
        wrt=("x",),
        shapes={"A": ("m", "n"), "x": ("n", 1)},
        assume={"x": ["positive"]},
        sizes=({"m": 40, "n": 100}, {"m": 100, "n": 250}, {"m": 200, "n": 600}),
        draw=draw_design,
        by_hand=(design_hessian,),
        functions=(design, design_by_cholesky),
    ),
)
