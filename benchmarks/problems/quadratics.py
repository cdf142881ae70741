"""The quadratic form xᵀAx and the Rayleigh quotient."""

import numpy as np
from scipy.linalg import blas

from ..problem import Problem

# -- xᵀAx ----------------------------------------------------------------------------------------------------------


def draw_form(rng, n):
    return {"A": rng.standard_normal((n, n)), "x": rng.standard_normal(n)}


def form_hessian(A, x):
    return A + A.T


def form_hessian_in_tiles(A, x):
    # A and its transpose are read in opposite orders; within a tile both stay in the cache
    n, step = len(A), 64
    H = np.empty_like(A)
    for i in range(0, n, step):
        for j in range(0, i + 1, step):
            tile = A[i : i + step, j : j + step] + A[j : j + step, i : i + step].T
            H[i : i + step, j : j + step] = tile
            H[j : j + step, i : i + step] = tile.T
    return H


def form(library, A, x):
    return x @ (A @ x)


# -- the Rayleigh quotient of a symmetric matrix -------------------------------------------------------------------


def draw_rayleigh(rng, n):
    A = rng.standard_normal((n, n))
    return {"A": A + A.T, "x": rng.standard_normal(n)}


def rayleigh_gradient(A, x):
    v, s = A @ x, x @ x
    value = (x @ v) / s
    v -= value * x
    v *= 2 / s
    return value, v


def rayleigh_gradient_symmetric(A, x):
    # half of a symmetric matrix is enough; the transpose is in the order that BLAS works on
    v, s = blas.dsymv(1.0, A.T, x), x @ x
    value = (x @ v) / s
    v -= value * x
    v *= 2 / s
    return value, v


def rayleigh_hessian(A, x):
    # (2/s) (A − value I − x gᵀ − g xᵀ): a product of rank two, added to the matrix by the product itself
    value, g = rayleigh_gradient_symmetric(A, x)
    s = x @ x
    H = blas.dgemm(-2 / s, np.stack([x, g]).T, np.stack([g, x]).T, trans_b=1, beta=2 / s, c=A.T).T
    np.einsum("ii->i", H)[...] -= 2 * value / s
    return H


def rayleigh(library, A, x):
    return (x @ (A @ x)) / (x @ x)


SQUARE = {"A": ("n", "n"), "x": ("n", 1)}
RAYLEIGH = {
    "name": "Rayleigh quotient",
    "text": "x.T@A@x/(x.T@x)",
    "wrt": ("x",),
    "shapes": SQUARE,
    "assume": {"A": ["symmetric"]},
    "draw": draw_rayleigh,
    "functions": (rayleigh,),
}

PROBLEMS = (
    Problem(
        name="quadratic form",
        kind="Hessian",
        text="x.T@A@x",
        wrt=("x",),
        shapes=SQUARE,
        sizes=({"n": 300}, {"n": 1000}, {"n": 3000}),
        draw=draw_form,
        by_hand=(form_hessian, form_hessian_in_tiles),
        functions=(form,),
    ),
    Problem(
        kind="gradient",
        sizes=({"n": 500}, {"n": 1500}, {"n": 4000}),
        by_hand=(rayleigh_gradient, rayleigh_gradient_symmetric),
        **RAYLEIGH,
    ),
    Problem(
        kind="Hessian",
        sizes=({"n": 200}, {"n": 600}, {"n": 2000}),
        by_hand=(rayleigh_hessian,),
        **RAYLEIGH,
    ),
)
