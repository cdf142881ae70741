"""Families of formulas that grow, each as a text of the language and as a function of JAX.

``make(k)`` returns (text, what it is differentiated by, shapes), ``traced(k)`` the function of JAX and the sizes of its
arguments, those differentiated by first. Both are derived from the beginning: nothing is remembered between two runs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce

N = 4  # the size of the arrays that JAX traces, which do not count


@dataclass(frozen=True)
class Family:
    """Formulas of ``sizes`` k, derived ``order`` times by their names; ``names`` are as many of JAX's arguments."""

    title: str
    make: Callable
    traced: Callable
    sizes: tuple[int, ...]
    order: int = 1
    names: int = 1


def _square(names):
    return {name: ("n", "n") for name in names}


def _columns(names):
    return {name: ("n", 1) for name in names}


def trace_of_power(k):
    return f"tr({'@'.join(['A@X'] * k)})", "X", _square("AX")


def _trace_of_power(jnp, k):
    return lambda X, A: jnp.trace(reduce(lambda M, _: M @ A @ X, range(k - 1), A @ X)), [(N, N)] * 2


def hadamard_product(k):
    names = [f"{letter}{i}" for i in range(k) for letter in "ab"]
    return f"sum({'*'.join(f'(a{i}*x + b{i})' for i in range(k))})", "x", _columns([*names, "x"])


def _hadamard_product(jnp, k):
    def value(x, a, b):
        return jnp.sum(reduce(lambda product, i: product * (a[i] * x + b[i]), range(k), 1.0))

    return value, [(N,), (k, N), (k, N)]


def sum_of_squares(k):
    shapes = {f"A{i}": ("m", "n") for i in range(k)} | {f"b{i}": ("m", 1) for i in range(k)}
    return " + ".join(f"norm(A{i}@x - b{i})**2" for i in range(k)), "x", shapes


def _sum_of_squares(jnp, k):
    return lambda x, A, b: sum(jnp.sum((A[i] @ x - b[i]) ** 2) for i in range(k)), [(N,), (k, N, N), (k, N)]


def layers_by_all_weights(k):
    names = [f"W{i}" for i in range(k)]
    text = "".join(f"tanh({name}@" for name in names) + "x" + ")" * k
    return f"sum({text})", names, _square(names) | _columns("x")


def _layers_by_all_weights(jnp, k):
    return lambda *args: jnp.sum(reduce(lambda h, W: jnp.tanh(W @ h), args[k - 1 :: -1], args[k])), [
        *[(N, N)] * k,
        (N,),
    ]


def residual_network(k):
    lines = "".join(f"h{i + 1} = h{i} + tanh(W@h{i} + b); " for i in range(k))
    return f"h0 = x; {lines}norm(h{k} - y)**2", "W", _square("W") | _columns("bxy")


def _residual_network(jnp, k):
    def value(W, b, x, y):
        return jnp.sum((reduce(lambda h, _: h + jnp.tanh(W @ h + b), range(k), x) - y) ** 2)

    return value, [(N, N), (N,), (N,), (N,)]


def kalman_filter(k):
    lines = "".join(
        f"M{i} = A@P{i}@A.T + Q; S{i} = H@M{i}@H.T + R; P{i + 1} = M{i} - M{i}@H.T@inv(S{i})@H@M{i}; "
        for i in range(k)
    )
    shapes = _square("APQ") | {"H": ("m", "n"), "R": ("m", "m")}
    return f"P0 = P; {lines}{' + '.join(f'logdet(S{i})' for i in range(k))} + tr(P{k})", "Q", shapes


def _kalman_filter(jnp, k):
    def value(Q, A, P, H, R):
        total = 0.0
        for _ in range(k):
            M = A @ P @ A.T + Q
            S = H @ M @ H.T + R
            P = M - M @ H.T @ jnp.linalg.solve(S, H @ M)
            total = total + jnp.linalg.slogdet(S)[1]
        return total + jnp.trace(P)

    return value, [(N, N)] * 5


def roll_out(k):
    lines = "".join(f"x{i + 1} = A@x{i} + B@(K@x{i}); " for i in range(k - 1))
    total = " + ".join(f"x{i}.T@Q@x{i} + (K@x{i}).T@R@(K@x{i})" for i in range(k))
    shapes = _square("AQ") | {"B": ("n", "m"), "K": ("m", "n"), "R": ("m", "m"), "x": ("n", 1)}
    return f"x0 = x; {lines}{total}", "K", shapes


def _roll_out(jnp, k):
    def value(K, A, B, Q, R, x):
        total = 0.0
        for _ in range(k):
            u = K @ x
            total, x = total + x @ Q @ x + u @ R @ u, A @ x + B @ u
        return total

    return value, [*[(N, N)] * 5, (N,)]


def stacked_residuals(k):
    parts = ", ".join(f"A{i}@x - b{i}" for i in range(k))
    names = [f"A{i}" for i in range(k)]
    return f"norm(vstack({parts}))**2", "x", _square(names) | _columns([*(f"b{i}" for i in range(k)), "x"])


def _stacked_residuals(jnp, k):
    return lambda x, A, b: jnp.sum(jnp.concatenate([A[i] @ x - b[i] for i in range(k)]) ** 2), [
        (N,),
        (k, N, N),
        (k, N),
    ]


def hessian_of_losses(k):
    text = " + ".join(f"sum(log(1 + exp(A{i}@x))) + norm(x)**{i + 2}" for i in range(k))
    return text, "x", _square([f"A{i}" for i in range(k)]) | _columns("x")


def _hessian_of_losses(jnp, k):
    def value(x, A):
        return sum(jnp.sum(jnp.log(1 + jnp.exp(A[i] @ x))) + jnp.linalg.norm(x) ** (i + 2) for i in range(k))

    return value, [(N,), (k, N, N)]


FAMILIES = (
    Family("tr((A@X)**k), by X", trace_of_power, _trace_of_power, (16, 32, 64, 128)),
    Family("Hadamard product of k affine columns, by x", hadamard_product, _hadamard_product, (8, 16, 32, 64)),
    Family("k least-squares terms, by x", sum_of_squares, _sum_of_squares, (16, 32, 64, 128)),
    Family("k layers, by all their weights", layers_by_all_weights, _layers_by_all_weights, (5, 10, 20, 40), names=0),
    Family("program: residual network of k layers, by W", residual_network, _residual_network, (10, 20, 40, 80)),
    Family("program: k steps of a Kalman filter, by Q", kalman_filter, _kalman_filter, (5, 10, 20, 40)),
    Family("program: k steps of a roll-out, by K", roll_out, _roll_out, (10, 20, 40, 80)),
    Family("blocks: k stacked residuals, by x", stacked_residuals, _stacked_residuals, (8, 16, 32, 64)),
    Family("Hessian of k losses and powers of a norm, by x", hessian_of_losses, _hessian_of_losses, (2, 4, 8, 16), 2),
)
