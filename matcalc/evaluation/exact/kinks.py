"""Points close to the kinks of a question and of its answer, on both sides, found from the formulas themselves.

A kink lies where the argument of a sign is 0. Along the way from one random point to another, larger one the argument
changes its sign; where it is affine, as in relu(a - 6), one division finds the place, elsewhere regula falsi does.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from random import Random
from typing import Any

from ...rulebook.facts import facts_with
from .arrays import Array, NoValue
from .balls import balls
from .points import Positives, Reals
from .question import Place
from .rationals import Rationals

# how far to both sides of a kink, as a part of the way between two points
_BESIDE = Fraction(1, 2**80)
# how large the entries at the far end are: small ones too, where a bounded argument meets a name of its own
_FAR = (
    *map(Fraction, (2, 64, 4096)), Fraction(1, 16), *map(Fraction, (64, 4096, 1)), Fraction(1, 256),
    *map(Fraction, (64, 1, 4096)), *(Fraction(1, size) for size in (16, 1, 256, 4, 16)),
)
_MOST_KINKS = 6
_STEPS = 40
_BITS = 240
# facts of sets that are not convex: these names stay where they are
_FIXED = facts_with(convex=False)


def beside_kinks(place: Place, random: Random) -> Iterator[dict]:
    """Yield points close to kinks, for each kink that was found one on each side of it."""
    known: set = set()
    for size in _FAR:
        parts: list = []
        start = _signs_somewhere(place, random, Fraction(1))
        end = _signs_somewhere(place, random, size)
        if start is None or end is None:
            continue
        if {sign[0] for sign in start[1]} <= known:
            return
        way = _Way(place, start[0], end[0])
        for before, after in zip(start[1], end[1]):
            if before[0] != after[0] or before[0] in known or before[2] * after[2] >= 0 or len(known) >= _MOST_KINKS:
                continue
            found = way.crossing(before, after)
            known.add(before[0])
            if found is not None and all(abs(found - part) > 4 * _BESIDE for part in parts):
                parts.append(found)
                yield way.at(found - _BESIDE)
                yield way.at(found + _BESIDE)


def _signs_somewhere(place: Place, random: Random, size: Fraction) -> tuple | None:
    """Return a point at which all signs are known, and these signs."""
    for attempt in range(4):
        try:
            kind = Reals if attempt < 2 else Positives
            point = place.point(Rationals(), kind(random, size))
            return point, _signs(place, point)
        except NoValue:
            continue
    return None


def _signs(place: Place, point: dict) -> list:
    with balls(_BITS, 1) as c:
        arrays = {name: c.displaced(array, None) for name, array in point.items()}
        c.signs, c.known = [], {}
        place.plan.value(c, arrays)
        place.answer_plan.value(c, arrays)
        return c.signs


class _Way:
    """The straight way between two points; what is declared of convex sets holds all along it."""

    def __init__(self, place: Place, start: dict, end: dict) -> None:
        self.place, self.start, self.end = place, start, end

    def at(self, part: Fraction) -> dict:
        facts = self.place.question.facts
        found = {}
        for name, array in self.start.items():
            if facts.get(name, frozenset()) & _FIXED:
                found[name] = array
                continue
            entries = [x + part * (y - x) for x, y in zip(array.entries, self.end[name].entries)]
            found[name] = Array(array.shape, entries)
        return found

    def crossing(self, before: tuple, after: tuple) -> Fraction | None:
        """Return where between both ends an argument is 0, None where it is not found."""
        low, high = Fraction(0), Fraction(1)
        value, other, side = before[3], after[3], 0
        for _ in range(_STEPS):
            middle = low + (high - low) * _fraction((value / (value - other)).mid())
            middle = min(max(Fraction(round(middle * 2**120), 2**120), low + _BESIDE), high - _BESIDE)
            beside = [self._sign(middle + step * _BESIDE, before[1]) for step in (-1, 1)]
            if None in beside:
                return None
            if beside[0][2] != beside[1][2]:
                return middle
            # the Illinois method: the end that stays for a second time counts half
            if beside[0][2] == before[2]:
                low, value, other = middle, beside[0][3], other / 2 if side < 0 else other
                side = -1
            else:
                high, other, value = middle, beside[0][3], value / 2 if side > 0 else value
                side = 1
        return None

    def _sign(self, part: Fraction, number: int) -> tuple | None:
        try:
            signs = _signs(self.place, self.at(part))
        except NoValue:
            return None
        return signs[number] if number < len(signs) else None


def _fraction(middle: Any) -> Fraction:
    """Return the exact middle of a ball as a fraction."""
    mantissa, exponent = middle.man_exp()
    return Fraction(int(mantissa)) * Fraction(2) ** int(exponent)
