"""Conditions and choices in any arithmetic that has an order; the names are those of torch lines."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from .arithmetic import Arithmetic
from .arrays import Array, NoValue, common_shape, spread
from .functions import absolute, larger, smaller


def _relation(*holds: int) -> Callable:
    """Return the function that is 1 where the sign of A - B is one of these, else 0."""

    def condition(c: Arithmetic, A: Array, B: Array | int) -> Array:
        B = B if isinstance(B, Array) else c.array(B)
        return c.combine(lambda a, b: c.one if (0 if a is b else c.sign(a - b)) in holds else c.zero, A, B)

    return condition


def _choice(c: Arithmetic, C: Array, A: Array, B: Array) -> Array:
    """Return the entries of A where the condition is 1, of B where it is 0."""
    shape = common_shape(C.shape, common_shape(A.shape, B.shape))
    chosen = zip(spread(C, shape), spread(A, shape), spread(B, shape))
    return Array(shape, [a if c.certain_sign(held) > 0 else b for held, a, b in chosen])


def _clip(c: Arithmetic, X: Array, a: Array, b: Array) -> Array:
    if any(c.certain_sign(entry) > 0 for entry in c.subtract(a, b).entries):
        raise NoValue("the lower end of clip is above the upper one")
    return smaller(c, larger(c, X, a), b)


def _huber(c: Arithmetic, X: Array, delta: Array) -> Array:
    if c.certain_sign(delta.entries[0]) <= 0:
        raise NoValue("the width of huber is not positive")
    size = absolute(c, X)
    least = smaller(c, size, delta)
    return c.multiply(least, c.subtract(size, c.scale(Fraction(1, 2), least)))


def _selu(c: Arithmetic, X: Array) -> Array:
    scale, left = c.number(Fraction("1.0507009873554805")), c.number(Fraction("1.6732632423543773"))
    return c.apply(lambda x: scale * (x if c.certain_sign(x) > 0 else left * c.expm1(x)), X)


CHOICES = {
    "torch_functions.clip": _clip,
    "torch_functions.huber": _huber,
    "torch.nn.functional.selu": _selu,
    "torch.where": _choice,
    "torch.gt": _relation(1),
    "torch_functions.greater": _relation(1),
    "torch_functions.greater_equal": _relation(0, 1),
    "torch_functions.less": _relation(-1),
    "torch_functions.less_equal": _relation(-1, 0),
    "torch_functions.equal": _relation(0),
    "torch_functions.not_equal": _relation(-1, 1),
}
