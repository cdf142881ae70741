"""Least squares, ridge, logistic and softmax regression."""

import numpy as np
from torch.nn import functional as torch_functional

from ..problem import Problem
from .rows import row_blocks

# -- least squares and ridge ---------------------------------------------------------------------------------------


def draw_regression(rng, m, n):
    return {"X": rng.standard_normal((m, n)), "w": rng.standard_normal(n), "y": rng.standard_normal(m)}


def draw_ridge(rng, m, n):
    return {**draw_regression(rng, m, n), "c": 0.5}


def least_squares_gradient(X, w, y):
    r = X @ w
    r -= y
    g = X.T @ r
    g *= 2
    return r @ r, g


def least_squares_gradient_in_blocks(X, w, y):
    value, g = 0.0, np.zeros_like(w)
    for rows in row_blocks(X):
        r = X[rows] @ w
        r -= y[rows]
        value += r @ r
        g += r @ X[rows]
    g *= 2
    return value, g


def least_squares_hessian(X, w, y):
    H = X.T @ X
    H *= 2
    return H


def ridge_gradient(X, w, y, c):
    value, g = least_squares_gradient(X, w, y)
    g += (2 * c) * w
    return value + c * (w @ w), g


def ridge_gradient_in_blocks(X, w, y, c):
    value, g = least_squares_gradient_in_blocks(X, w, y)
    g += (2 * c) * w
    return value + c * (w @ w), g


def ridge_hessian(X, w, y, c):
    H = least_squares_hessian(X, w, y)
    np.einsum("ii->i", H)[...] += 2 * c
    return H


def least_squares(library, X, w, y):
    r = X @ w - y
    return r @ r


def ridge(library, X, w, y, c):
    r = X @ w - y
    return r @ r + c * (w @ w)


# -- logistic regression, labels 0 and 1 ---------------------------------------------------------------------------


def draw_logistic(rng, m, n):
    labels = (rng.random(m) < 0.5).astype(float)
    return {"X": rng.standard_normal((m, n)), "w": 2 * rng.standard_normal(n) / np.sqrt(n), "y": labels}


def softplus_and_sigmoid(z):
    """Return (sum of softplus(z), sigmoid(z)); z is overwritten."""
    z *= 0.5
    t = np.tanh(z)
    # softplus(z) = max(z, 0) − log((1 + |tanh(z/2)|)/2), which cannot overflow
    below = np.abs(t)
    below += 1
    below *= 0.5
    np.log(below, out=below)
    np.maximum(z, 0, out=z)
    t += 1
    t *= 0.5
    return 2 * z.sum() - below.sum(), t


def logistic_gradient(X, w, y):
    z = X @ w
    linear = y @ z
    value, s = softplus_and_sigmoid(z)
    s -= y
    return value - linear, s @ X


def logistic_gradient_in_blocks(X, w, y):
    value, g = 0.0, np.zeros_like(w)
    for rows in row_blocks(X):
        part, part_of_g = logistic_gradient(X[rows], w, y[rows])
        value += part
        g += part_of_g
    return value, g


def logistic_hessian(X, w, y):
    # sqrt(sigmoid(z) sigmoid(−z)) = 1/(2 cosh(z/2)), and ZᵀZ costs half of XᵀZ
    z = X @ w
    z *= 0.5
    np.cosh(z, out=z)
    np.divide(0.5, z, out=z)
    Z = z[:, None] * X
    return Z.T @ Z


def logistic(library, X, w, y):
    z = X @ w
    return library.softplus(z).sum() - y @ z


def logistic_by_parts(library, X, w, y):
    z = X @ w
    return (library.relu(z) + library.log1p(library.exp(-library.abs(z)))).sum() - y @ z


def logistic_for_torch(X, w, y):
    return torch_functional.binary_cross_entropy_with_logits(X @ w, y, reduction="sum")


# -- softmax regression, a row of Y for each row of X --------------------------------------------------------------


def draw_softmax(rng, m, n, k):
    Y = np.zeros((m, k))
    Y[np.arange(m), rng.integers(0, k, m)] = 1
    return {"X": rng.standard_normal((m, n)), "W": rng.standard_normal((n, k)) / np.sqrt(n), "Y": Y}


def softmax_gradient(X, W, Y):
    Z = X @ W
    value = -np.vdot(Y, Z)
    largest = Z.max(axis=1, keepdims=True)
    Z -= largest
    np.exp(Z, out=Z)
    sums = Z.sum(axis=1, keepdims=True)
    value += largest.sum() + np.log(sums).sum()
    np.divide(1, sums, out=sums)
    Z *= sums
    Z -= Y
    return value, X.T @ Z


def softmax_gradient_transposed(X, W, Y):
    # with few classes, sums and maxima along the long axis are the fast ones
    Z = W.T @ X.T
    value = -np.vdot(Y.T, Z)
    largest = Z.max(axis=0)
    Z -= largest
    np.exp(Z, out=Z)
    sums = Z.sum(axis=0)
    value += largest.sum() + np.log(sums).sum()
    Z *= 1 / sums
    Z -= Y.T
    return value, (Z @ X).T


def softmax(library, X, W, Y):
    Z = X @ W
    return library.logsumexp(Z, 1).sum() - (Y * Z).sum()


def softmax_for_torch(X, W, Y):
    # the rows of Y sum to 1, which is what cross_entropy takes for granted
    return torch_functional.cross_entropy(X @ W, Y, reduction="sum")


COLUMNS = {"X": ("m", "n"), "w": ("n", 1), "y": ("m", 1)}
LEAST_SQUARES = {
    "name": "least squares",
    "text": "norm(X@w - y)**2",
    "wrt": ("w",),
    "shapes": COLUMNS,
    "draw": draw_regression,
    "functions": (least_squares,),
}
RIDGE = {
    "name": "ridge",
    "text": "norm(X@w - y)**2 + c*norm(w)**2",
    "wrt": ("w",),
    "shapes": {**COLUMNS, "c": ()},
    "draw": draw_ridge,
    "functions": (ridge,),
}
LOGISTIC = {
    "name": "logistic regression",
    "text": "sum(softplus(X@w)) - y.T@X@w",
    "wrt": ("w",),
    "shapes": COLUMNS,
    "draw": draw_logistic,
    "functions": (logistic, logistic_by_parts),
    "torch_functions": (logistic_for_torch,),
}

PROBLEMS = (
    Problem(
        kind="gradient",
        sizes=({"m": 4000, "n": 100}, {"m": 20000, "n": 200}, {"m": 40000, "n": 400}),
        by_hand=(least_squares_gradient, least_squares_gradient_in_blocks),
        **LEAST_SQUARES,
    ),
    Problem(
        kind="Hessian",
        sizes=({"m": 500, "n": 100}, {"m": 2000, "n": 200}, {"m": 8000, "n": 400}),
        by_hand=(least_squares_hessian,),
        **LEAST_SQUARES,
    ),
    Problem(
        kind="gradient",
        sizes=({"m": 400, "n": 300}, {"m": 2000, "n": 1000}, {"m": 5000, "n": 3000}),
        by_hand=(ridge_gradient, ridge_gradient_in_blocks),
        **RIDGE,
    ),
    Problem(
        kind="Hessian",
        sizes=({"m": 200, "n": 100}, {"m": 600, "n": 400}, {"m": 2000, "n": 800}),
        by_hand=(ridge_hessian,),
        **RIDGE,
    ),
    Problem(
        kind="gradient",
        sizes=({"m": 2000, "n": 50}, {"m": 20000, "n": 100}, {"m": 40000, "n": 300}),
        by_hand=(logistic_gradient, logistic_gradient_in_blocks),
        **LOGISTIC,
    ),
    Problem(
        kind="Hessian",
        sizes=({"m": 1000, "n": 50}, {"m": 4000, "n": 150}, {"m": 10000, "n": 300}),
        by_hand=(logistic_hessian,),
        **LOGISTIC,
    ),
    Problem(
        name="softmax regression",
        kind="gradient",
        text="sum(logsumexp(X@W, axis=1)) - sum(Y*(X@W))",
        wrt=("W",),
        shapes={"X": ("m", "n"), "W": ("n", "k"), "Y": ("m", "k")},
        sizes=({"m": 2000, "n": 50, "k": 10}, {"m": 5000, "n": 100, "k": 30}, {"m": 10000, "n": 200, "k": 100}),
        draw=draw_softmax,
        by_hand=(softmax_gradient, softmax_gradient_transposed),
        functions=(softmax,),
        torch_functions=(softmax_for_torch,),
    ),
)
