"""Small networks: the Jacobian and the Hessian of one hidden layer, and ten layers' gradients by all weights."""

import numpy as np

from ..problem import Problem

# -- one hidden layer, by its input --------------------------------------------------------------------------------


def draw_layer(rng, n, h, p):
    return {
        "W1": rng.standard_normal((h, n)) / np.sqrt(n),
        "W2": rng.standard_normal((p, h)) / np.sqrt(h),
        "b": rng.standard_normal(h),
        "x": rng.standard_normal(n),
    }


def draw_loss(rng, n, h, p):
    return {**draw_layer(rng, n, h, p), "y": rng.standard_normal(p)}


def layer_jacobian(W1, W2, b, x):
    # the smaller of the two matrices is the one to scale
    d = np.tanh(W1 @ x + b)
    d *= d
    np.subtract(1, d, out=d)
    return (W2 * d) @ W1 if W2.size < W1.size else W2 @ (d[:, None] * W1)


def loss_parts(W1, W2, b, x, y):
    """Return (Z, s): half the Hessian is ZᵀZ + W1ᵀ diag(s) W1."""
    t = np.tanh(W1 @ x + b)
    d = 1 - t * t
    s = (W2 @ t - y) @ W2
    s *= t
    s *= d
    s *= -2
    return (W2 * d) @ W1, s


def loss_hessian(W1, W2, b, x, y):
    Z, s = loss_parts(W1, W2, b, x, y)
    H = Z.T @ Z
    H += W1.T @ (s[:, None] * W1)
    H *= 2
    return H


def loss_hessian_by_signs(W1, W2, b, x, y):
    # W1ᵀ diag(s) W1 is a difference of two products PᵀP, which cost half as much
    Z, s = loss_parts(W1, W2, b, x, y)
    H = Z.T @ Z
    positive = s > 0
    P = np.sqrt(s[positive])[:, None] * W1[positive]
    H += P.T @ P
    P = np.sqrt(-s[~positive])[:, None] * W1[~positive]
    H -= P.T @ P
    H *= 2
    return H


def layer(library, W1, W2, b, x):
    return W2 @ library.tanh(W1 @ x + b)


def loss(library, W1, W2, b, x, y):
    r = W2 @ library.tanh(W1 @ x + b) - y
    return r @ r


# -- ten layers, by all weights ------------------------------------------------------------------------------------

DEPTH = 10
WEIGHTS = tuple(f"W{i}" for i in range(DEPTH))


def deep_text():
    inner = "X"
    for name in WEIGHTS:
        inner = f"tanh({name}@{inner})"
    return f"norm({inner})**2"


def draw_batch(rng, n, m):
    weights = {name: rng.standard_normal((n, n)) / np.sqrt(n) for name in WEIGHTS}
    return {**weights, "X": rng.standard_normal((n, m))}


def draw_column(rng, n):
    return {**draw_batch(rng, n, 1), "X": rng.standard_normal(n)}


def deep_gradients(X, **weights):
    layers = [X]
    for name in WEIGHTS:
        Z = weights[name] @ layers[-1]
        layers.append(np.tanh(Z, out=Z))
    last = layers.pop()
    value = np.vdot(last, last)
    gradients, D = [], 2 * last
    for name in reversed(WEIGHTS):
        # the derivative of tanh, 1 − tanh², takes the place of the layer, which has served its turn
        last *= last
        np.subtract(1, last, out=last)
        D *= last
        last = layers.pop()
        gradients.append(np.outer(D, last) if D.ndim == 1 else D @ last.T)
        if layers:
            D = weights[name].T @ D
    return value, *reversed(gradients)


def deep(library, X, **weights):
    for name in WEIGHTS:
        X = library.tanh(weights[name] @ X)
    return (X * X).sum()


HIDDEN = {"W1": ("h", "n"), "W2": ("p", "h"), "b": ("h", 1), "x": ("n", 1)}
SQUARES = {name: ("n", "n") for name in WEIGHTS}
DEEP = {"kind": "gradient", "text": deep_text(), "wrt": WEIGHTS, "by_hand": (deep_gradients,), "functions": (deep,)}

PROBLEMS = (
    Problem(
        name="network",
        kind="Jacobian",
        text="W2@tanh(W1@x + b)",
        wrt=("x",),
        shapes=HIDDEN,
        sizes=({"n": 100, "h": 200, "p": 50}, {"n": 400, "h": 600, "p": 200}, {"n": 1000, "h": 1200, "p": 500}),
        draw=draw_layer,
        by_hand=(layer_jacobian,),
        functions=(layer,),
    ),
    Problem(
        name="network",
        kind="Hessian",
        text="norm(W2@tanh(W1@x + b) - y)**2",
        wrt=("x",),
        shapes={**HIDDEN, "y": ("p", 1)},
        sizes=({"n": 60, "h": 80, "p": 20}, {"n": 200, "h": 300, "p": 50}, {"n": 600, "h": 800, "p": 100}),
        draw=draw_loss,
        by_hand=(loss_hessian, loss_hessian_by_signs),
        functions=(loss,),
    ),
    Problem(
        name="ten layers, a batch",
        shapes={**SQUARES, "X": ("n", "m")},
        sizes=({"n": 50, "m": 20}, {"n": 200, "m": 100}, {"n": 400, "m": 200}),
        draw=draw_batch,
        **DEEP,
    ),
    Problem(
        name="ten layers, a column",
        shapes={**SQUARES, "X": ("n", 1)},
        sizes=({"n": 100}, {"n": 400}, {"n": 1000}),
        draw=draw_column,
        **DEEP,
    ),
)
