"""Functions of a matrix whose columns span a subspace, and of a controller's gain."""

import numpy as np
from scipy import linalg

from ..problem import Problem
from .likelihoods import covariance

# -- tr(inv(WᵀSW) WᵀBW): the ratio of linear discriminants ----------------


def draw_ratio(rng, n, k):
    M = rng.standard_normal((n, 5))
    return {"W": rng.standard_normal((n, k)), "S": covariance(rng, n), "B": M @ M.T}


def ratio_gradient(W, S, B):
    SW, BW = S @ W, B @ W
    factor = linalg.cho_factor(W.T @ SW, lower=True, check_finite=False)
    T = linalg.cho_solve(factor, np.hstack([BW.T, W.T @ BW]), check_finite=False)
    n = len(W)
    T, K = T[:, :n], T[:, n:]
    inner = linalg.cho_solve(factor, K.T, check_finite=False)
    return np.trace(K), 2 * (T.T - SW @ inner)


def ratio(library, W, S, B):
    return (library.solve(W.T @ (S @ W), W.T @ (B @ W))).trace()


# -- ‖WᵀW − I‖²/4, Hessian ----------------


def draw_frame(rng, n, k):
    return {"W": np.linalg.qr(rng.standard_normal((n, k)))[0] + 0.1 * rng.standard_normal((n, k))}


def frame_hessian(W):
    # blocks (a, b): W_b W_aᵀ + [a = b] (W Wᵀ − I) + (WᵀW)[a, b] I
    n, k = W.shape
    gram = W.T @ W
    H = np.empty((k, n, k, n))
    np.multiply(W[None, :, :, None], W.T[:, None, None, :], out=H)
    whole = W @ W.T
    whole.flat[:: n + 1] -= 1
    np.einsum("aiaj->aij", H)[...] += whole
    np.einsum("aibi->iab", H)[...] += gram
    return H.reshape(k * n, k * n)


def frame(library, W):
    R = W.T @ W - library.eye(W.shape[1], W)
    return (R * R).sum() / 4


# -- the cost of two steps of a linear-quadratic regulator by its gain ----------------


def draw_gain(rng, n, m):
    return {
        "A": rng.standard_normal((n, n)) / np.sqrt(n), "B": rng.standard_normal((n, m)) / np.sqrt(n),
        "K": rng.standard_normal((m, n)) / np.sqrt(n), "Q": covariance(rng, n), "R": covariance(rng, m),
        "S": covariance(rng, n),
    }


def gain_gradient(A, B, K, Q, R, S):
    # f = tr(P S) + tr(P T), P = Q + KᵀRK, C = A − BK, T = C S Cᵀ
    C, RK = A - B @ K, R @ K
    P = Q + K.T @ RK
    CS = C @ S
    whole = CS @ C.T
    whole += S
    return np.vdot(P, whole), 2 * (RK @ whole - B.T @ (P @ CS))


def gain(library, A, B, K, Q, R, S):
    C, P = A - B @ K, Q + K.T @ R @ K
    return (P * S).sum() + (P * (C @ S @ C.T)).sum()


PROBLEMS = (
    Problem(
        name="discriminant ratio",
        kind="gradient",
        text="tr(inv(W.T@S@W)@W.T@B@W)",
        wrt=("W",),
        shapes={"W": ("n", "k"), "S": ("n", "n"), "B": ("n", "n")},
        assume={"S": ["pd"], "B": ["psd"]},
        sizes=({"n": 10, "k": 5}, {"n": 300, "k": 8}, {"n": 1500, "k": 20}),
        draw=draw_ratio,
        by_hand=(ratio_gradient,),
        functions=(ratio,),
    ),
    Problem(
        name="orthogonality penalty",
        kind="Hessian",
        text="norm(W.T@W - eye(k))**2/4",
        wrt=("W",),
        shapes={"W": ("n", "k")},
        sizes=({"n": 8, "k": 5}, {"n": 50, "k": 8}, {"n": 120, "k": 15}),
        draw=draw_frame,
        by_hand=(frame_hessian,),
        functions=(frame,),
    ),
    Problem(
        name="regulator",
        kind="gradient",
        text="tr((Q + K.T@R@K)@S) + tr((Q + K.T@R@K)@(A - B@K)@S@(A - B@K).T)",
        wrt=("K",),
        shapes={
            "A": ("n", "n"), "B": ("n", "m"), "K": ("m", "n"), "Q": ("n", "n"), "R": ("m", "m"), "S": ("n", "n")
        },
        assume={"Q": ["pd"], "R": ["pd"], "S": ["pd"]},
        sizes=({"n": 10, "m": 5}, {"n": 150, "m": 50}, {"n": 500, "m": 150}),
        draw=draw_gain,
        by_hand=(gain_gradient,),
        functions=(gain,),
    ),
)
