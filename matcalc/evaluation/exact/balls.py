"""Balls that hold the true value, as power series in a displacement: python-flint's arb, with all rounding tracked.

A value is a truncated series in h at x + h*v, whose coefficients are balls of real numbers: the coefficient of h is the
directional derivative (Johansson 2017, Arb: efficient arbitrary-precision midpoint-radius interval arithmetic).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from math import inf, log10
from typing import Any

from ...errors import ArgumentError
from .arithmetic import Arithmetic
from .arrays import Array, NoValue, Undefined

# from how many rows on matrices of balls are multiplied and inverted as wholes
_AT_ONCE = 5
_HINT = 'pip install "matcalc-sym[exact]"'


def load_flint() -> Any:
    """Return python-flint; raises ArgumentError with how to install it where it is missing."""
    try:
        import flint
    except ImportError as problem:
        raise ArgumentError(f"python-flint cannot be imported ({problem})", hint=_HINT) from None
    return flint


@contextmanager
def balls(bits: int, length: int) -> Iterator[Balls]:
    """Give the arithmetic of balls of so many bits and of series of so many coefficients.

    python-flint keeps both for the whole process; they are put back.
    """
    flint = load_flint()
    before = flint.ctx.prec, flint.ctx.cap
    flint.ctx.prec, flint.ctx.cap = bits, length
    try:
        yield Balls(flint, bits, length)
    except (ZeroDivisionError, ValueError, OverflowError) as problem:
        raise NoValue(str(problem)) from None
    finally:
        flint.ctx.prec, flint.ctx.cap = before


class Balls(Arithmetic):
    """Arithmetic on series of ``length`` coefficients that are balls."""

    def __init__(self, flint: Any, bits: int, length: int) -> None:
        self.flint, self.bits, self.length = flint, bits, length
        self.zero, self.one = flint.arb_series([0]), flint.arb_series([1])
        # 0 as a ball: to ask whether it is in another one takes much longer of a Python integer
        self.nothing = flint.arb(0)
        self._numbers: dict = {}
        # the signs met: (the node, how many before it, the sign, the value), where they are wanted
        self.signs: list | None = None
        # and the whole series of these values, where they are wanted
        self.followed: list | None = None
        # products by their factors, where ties are to be told
        self.known: dict | None = None

    def number(self, value: Fraction) -> Any:
        key = value.numerator, value.denominator  # a fraction takes long to be hashed
        found = self._numbers.get(key)
        if found is None:
            found = self._numbers[key] = self.flint.arb_series([self.ball(value)])
        return found

    def ball(self, value: Fraction) -> Any:
        """Return a fraction as a ball."""
        if value.denominator == 1:
            return self.flint.arb(value.numerator)
        return self.flint.arb(value.numerator) / value.denominator

    def displaced(self, point: Array, direction: Array | None) -> Array:
        """Return an array of fractions, displaced by h in a direction."""
        series, entries = self.flint.arb_series, point.entries
        ball = _itself if isinstance(entries[0], self.flint.fmpq) else self.ball
        if direction is None:
            return Array(point.shape, [series([ball(x)]) for x in entries], point.constant)
        return Array(point.shape, [series([ball(x), ball(v)]) for x, v in zip(entries, direction.entries)])

    def inverse_of(self, entry: Any) -> Any:
        return self.quotient(self.one, entry)

    def quotient(self, one: Any, other: Any) -> Any:
        if other[0].contains(self.nothing):
            raise NoValue("a divisor may be 0")
        return one / other

    def pivot(self, entries: list) -> int:
        sizes = [float(entry[0].abs_lower()) for entry in entries]
        if not max(sizes) > 0:
            raise NoValue("a matrix may be singular")
        return sizes.index(max(sizes))

    def sign(self, entry: Any) -> int:
        sign = self.certain_sign(entry)
        if self.signs is not None:
            self.signs.append((self.place, len(self.signs), sign, entry[0]))
        if self.followed is not None:
            self.followed.append(entry)
        return sign

    def is_zero(self, entry: Any) -> bool:
        return all(entry[order] == 0 for order in range(self.length))

    def certain_sign(self, entry: Any) -> int:
        value = entry[0]
        if value > 0:
            return 1
        if value < 0:
            return -1
        if value == 0:
            return 0
        raise NoValue("a sign cannot be told")

    def multiply(self, A: Array, B: Array) -> Array:
        """Return A * B; with ``known`` the product of the same two values is the very same value again."""
        known = self.known
        if known is None:
            return super().multiply(A, B)

        def product(a: Any, b: Any) -> Any:
            key = (id(a), id(b))
            if key not in known:
                known[key] = (a * b, a, b)
            return known[key][0]

        return self.combine(product, A, B)

    def subtract(self, A: Array, B: Array) -> Array:
        """Return A - B: 0 where both are the very same value, which two balls alone do not show."""
        return self.combine(lambda a, b: self.zero if a is b else a - b, A, B)

    def constant_of(self, A: Array) -> Array:
        return Array(A.shape, [self.constant_of_entry(x) for x in A.entries], A.constant)

    def constant_of_entry(self, x: Any) -> Any:
        return x if x.length() <= 1 else self.flint.arb_series([x[0]])

    def pi(self) -> Any:
        return self.flint.arb_series([self.flint.arb.pi()])

    def exp(self, x: Any) -> Any:
        return x.exp()

    def log(self, x: Any) -> Any:
        self._positive(x, "the logarithm")
        return x.log()

    def log_of_size(self, x: Any) -> Any:
        return (x if self.certain_sign(x) > 0 else -x).log()

    def sqrt(self, x: Any) -> Any:
        if x[0] == 0 and x.length() <= 1:
            return self.zero
        self._positive(x, "the square root")
        return x.sqrt()

    @staticmethod
    def _positive(x: Any, what: str) -> None:
        if x[0] < 0:
            raise Undefined(f"{what} of what is negative")
        if not x[0] > 0:
            raise NoValue(f"{what} of what may be 0 or negative")

    def sin(self, x: Any) -> Any:
        return x.sin()

    def cos(self, x: Any) -> Any:
        return x.cos()

    def atan(self, x: Any) -> Any:
        return x.atan()

    def asin(self, x: Any) -> Any:
        if not abs(x[0]) < 1:
            raise NoValue("the arc sine of what may lie outside (-1, 1)")
        return x.asin()

    def erf(self, x: Any) -> Any:
        return x.erf()

    def erfinv(self, x: Any) -> Any:
        """Return the inverse of erf: of the first coefficient as a ball, the others by Newton's method on series."""
        if not abs(x[0]) < 1:
            raise NoValue("the inverse of erf of what may lie outside (-1, 1)")
        found = self.flint.arb_series([x[0].erfinv()])
        for _ in range(self.length.bit_length()):
            slope = (found * found).exp() * self.sqrt(self.pi()) * self.number(Fraction(1, 2))
            step = (found.erf() - x) * slope
            found = found - self.flint.arb_series([0, *[step[i] for i in range(1, self.length)]])
        return found

    def polygamma(self, order: int, x: Any) -> Any:
        """Return the derivative of this order of log Γ, by its Taylor series at the first coefficient of ``x``."""
        self._positive(x, "log Γ")
        flint, series = self.flint, self.flint.arb_series
        flint.ctx.cap = self.length + order
        try:
            taylor = series([x[0], 1]).lgamma()
            for _ in range(order):
                taylor = taylor.derivative()
        finally:
            flint.ctx.cap = self.length
        taylor = series([taylor[i] for i in range(self.length)])
        if x.length() <= 1:
            return series([taylor[0]])
        return taylor(series([0, *[x[i] for i in range(1, self.length)]]))

    def matmul(self, A: Array, B: Array) -> Array:
        if A.shape[1] < _AT_ONCE:
            return super().matmul(A, B)
        from .ball_matrices import matmul

        return matmul(self, A, B)

    def solve(self, A: Array, B: Array) -> Array:
        if A.shape[0] < _AT_ONCE:
            return super().solve(A, B)
        from .ball_matrices import solve

        return solve(self, A, B)

    def expm(self, A: Array) -> Array:
        from .ball_matrices import expm

        return expm(self, A)

    def sqrtm(self, A: Array) -> Array:
        from .ball_matrices import sqrtm

        return sqrtm(self, A)

    def logm(self, A: Array) -> Array:
        from .ball_matrices import logm

        return logm(self, A)

    def eigen(self, A: Array) -> tuple:
        from .ball_matrices import eigen

        return eigen(self, A)

    # -- what a ball says ----------------------------------------------------------------------------------------

    def coefficients(self, A: Array, order: int) -> list:
        """Return the coefficients of h**order of all entries, as balls; raises NoValue where one is not finite."""
        found = [entry[order] for entry in A.entries]
        if not all(ball.is_finite() for ball in found):
            raise NoValue("the value is not finite")
        return found


def _itself(x: Any) -> Any:
    return x


def digits(width: float, scale: float) -> float:
    """Return to how many decimal digits of ``scale`` what is at most so large is 0."""
    if width == 0:
        return inf
    return log10(max(scale, 1e-300) / width) if scale else -inf


def middle_of(ball: Any) -> str:
    """Return the middle of a ball to two digits, also of what is too small to be a float."""
    number = float(ball.mid())
    return f"{number:.2g}" if number else ball.mid().str(2, radius=False)
