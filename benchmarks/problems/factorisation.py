"""Masked matrix factorisation, ‖T∘(A − UVᵀ)‖², by U."""

import numpy as np

from ..problem import Problem
from .rows import row_blocks


def draw(rng, m, n, k):
    mask = (rng.random((m, n)) < 0.3).astype(float)
    return {
        "A": rng.standard_normal((m, n)),
        "T": mask,
        "U": rng.standard_normal((m, k)),
        "V": rng.standard_normal((n, k)),
    }


def gradient(A, T, U, V):
    R = U @ V.T
    R -= A
    R *= T
    value = np.vdot(R, R)
    R *= T
    G = R @ V
    G *= 2
    return value, G


def gradient_in_blocks(A, T, U, V):
    value, G = 0.0, np.empty_like(U)
    for rows in row_blocks(A):
        part, G[rows] = gradient(A[rows], T[rows], U[rows], V)
        value += part
    return value, G


def hessian(A, T, U, V):
    # row i of U has a block of its own, 2 Vᵀ diag(T_i)² V: all of them are one product with the products of
    # columns of V, and vec stacks columns, so entry (a, b) of block i goes to row a·m + i and column b·m + i
    m, k = U.shape
    products = (V[:, :, None] * V[:, None, :]).reshape(len(V), k * k)
    blocks = (T * T) @ products
    blocks *= 2
    H = np.zeros((k, m, k, m))
    np.einsum("aibi->iab", H)[...] = blocks.reshape(m, k, k)
    return H.reshape(k * m, k * m)


def loss(library, A, T, U, V):
    R = T * (A - U @ V.T)
    return (R * R).sum()


MASKED = {
    "name": "masked factorisation",
    "text": "norm(T*(A - U@V.T))**2",
    "wrt": ("U",),
    "shapes": {"A": ("m", "n"), "T": ("m", "n"), "U": ("m", "k"), "V": ("n", "k")},
    "draw": draw,
    "functions": (loss,),
}

PROBLEMS = (
    Problem(
        kind="gradient",
        sizes=({"m": 300, "n": 400, "k": 10}, {"m": 1000, "n": 1000, "k": 20}, {"m": 2500, "n": 2000, "k": 30}),
        by_hand=(gradient, gradient_in_blocks),
        **MASKED,
    ),
    Problem(
        kind="Hessian",
        sizes=({"m": 20, "n": 30, "k": 4}, {"m": 60, "n": 80, "k": 8}, {"m": 150, "n": 200, "k": 16}),
        by_hand=(hessian,),
        **MASKED,
    ),
)
