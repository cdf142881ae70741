"""The places that a slice takes, every step-th of a range, and the constant matrices that select them.

X[a:b:s, :] is S.T @ X with S = eye(n)[:, a:b:s]. The reversal eye(n)[:, ::-1] is symmetric and its own inverse.
"""

from __future__ import annotations

from typing import NamedTuple

from sympy import Expr, Integer, ceiling, expand

from ..errors import ShapeError
from .constants import chosen, eye, is_constant, selector, unit
from .expressions import ONE, STRIDE, Array, Constant
from .registry import POWER_RULES


class Stride(NamedTuple):
    """The places start, start + step, … of a size, ``count`` of them; backwards where the step is negative."""

    start: Expr
    step: Expr
    count: Expr  # type: ignore[assignment]
    size: Expr

    @property
    def end(self) -> Expr:
        """The place after the last one, as many steps away as all others."""
        return expand(self.start + self.step * self.count)

    @property
    def last(self) -> Expr:
        """The last place."""
        return expand(self.start + self.step * (self.count - 1))

    @property
    def is_whole(self) -> bool:
        """Whether these are all places, in their order."""
        return bool(self.step == 1 and self.start == 0 and self.count == self.size)

    @property
    def is_reversal(self) -> bool:
        """Whether these are all places, backwards."""
        return bool(self.step == -1 and self.count == self.size)

    @property
    def forwards(self) -> Stride:
        """The same places in ascending order."""
        return self if self.step.is_positive else Stride(self.last, -self.step, self.count, self.size)

    def of(self, inner: Stride) -> Stride:
        """Return the places that ``inner`` takes of these places."""
        return Stride(expand(self.start + self.step * inner.start), self.step * inner.step, inner.count, self.size)

    def place_of(self, index: Expr) -> Expr | None:
        """Return the number of the place ``index`` among these, -1 where it is none of them, None where it is open."""
        number = expand((index - self.start) / self.step)
        if number.is_Rational and not number.is_Integer or number.is_negative or (number - self.count).is_nonnegative:
            return Integer(-1)
        inside = number.is_nonnegative and (self.count - 1 - number).is_nonnegative
        return number if number.is_integer and inside else None


def steps_in(gap: Expr, step: int) -> Expr | None:
    """Return how many places there are if of ``gap`` places every step-th is taken: gap/step, rounded up.

    None where that is no polynomial of the sizes, as the n/2 of x[::2] for an n that may be odd.
    """
    constant, rest = expand(gap).as_coeff_Add()
    whole = expand(rest / step)
    if rest != 0 and any(not term.as_coeff_Mul()[0].is_Integer for term in whole.as_ordered_terms()):
        return None
    return whole + ceiling(constant / step)


def stride(places: Stride) -> Expr:
    """Return the matrix with the unit columns of these places; raises ShapeError where one is known to be outside."""
    start, step, count, size = places
    if count == 1:
        return unit(start, size)
    if step == 1:
        return selector(start, start + count, size)
    for place in (start, places.last):
        if place.is_negative or (size - place - 1).is_negative:
            raise ShapeError(f"the entry {place} of {size}")
    return Constant(STRIDE, tuple(places), size, count)


def stride_of(node: Expr) -> Stride | None:
    """Return the places that a unit column, a selector or a matrix with a step takes, None for any other node."""
    if is_constant(node, STRIDE):
        return Stride(*node.dims)
    place = chosen(node)
    return None if place is None else Stride(place[0], ONE, place[1] - place[0], place[2])


def taken(start: Expr, stop: Expr | None, step: Expr, size: Expr) -> Expr:
    """Return the matrix that selects start:stop:step of ``size`` places; negative bounds count from the end.

    Raises ShapeError where the number of places is no polynomial of the sizes.
    """
    start = size + start if start.is_negative else start
    if stop is None:
        stop = size if step.is_positive else Integer(-1)
    elif stop.is_negative:
        stop = size + stop
    count = steps_in(stop - start if step.is_positive else start - stop, int(abs(step)))
    if count is None or count.is_nonpositive:
        raise ShapeError(f"the places {start}:{stop}:{step} of {size}")
    return stride(Stride(start, step, count, size))


def _reversal_power(base: Constant, exponent: Expr) -> Array | None:
    if base.name != STRIDE or not Stride(*base.dims).is_reversal:
        return None
    return eye(base.rows) if exponent.is_even else base


POWER_RULES[Constant] = _reversal_power
