"""Points close to the kinks of a question and of its answer, on both sides, found from the formulas themselves.

A kink lies where the argument of a sign is 0. Along the way from one random point to another, larger one the argument
changes its sign; where it is affine, as in relu(a - 6), one division finds the place, elsewhere regula falsi does.
What differs in a corner alone, where two arguments are 0 or a positive number ends at 0, is met by ways along which one
of the names is all but 0.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from random import Random
from typing import Any, NamedTuple

from .arrays import Array, NoValue
from .balls import balls
from .points import Positives, Reals
from .question import Place
from .rationals import Rationals
from .sides import FIXED, Sides

# how far to both sides of a kink, as a part of the way between two points, and to how many places it is found
_BESIDE, _PLACES = Fraction(1, 2**120), 2**180
# how small a name is that is all but 0
_TINY = Fraction(1, 2**160)
# how large the entries at the far end are: small ones too, where a bounded argument meets a name of its own
_FAR = (
    *map(Fraction, (2, 64, 4096)), Fraction(1, 16), *map(Fraction, (64, 4096, 1)), Fraction(1, 256),
    *map(Fraction, (64, 1, 4096)), *(Fraction(1, size) for size in (16, 1, 256, 4, 16)),
)
# and for a formula of a person's own, kinks of which may lie anywhere
_FARTHEST = (*_FAR, *(Fraction(2) ** power for power in (24, -24, 48, -48, 96, -96)))
# of each node, whose entries have kinks of their own, so many crossings, and so many at which nothing jumps before it
# is given up: for an answer, and for a formula of a person's own, which may be wrong in one entry or in one corner
_USUAL, _THOROUGH = (1, 2), (4, 5)
_MOST_SMALL_NAMES, _MOST_CROSSINGS = 4, 24
_STEPS = 40
_BITS = 320
# facts that what is all but 0 does not have
_NOT_SMALL = FIXED | {"simplex"}
_ENDS_AT_0 = frozenset({"positive", "negative", "unit-interval"})


def compare_beside_kinks(
    place: Place, random: Random, compare: Callable[..., bool | None], thorough: bool
) -> tuple[int, list]:
    """Compare at points close to kinks, on both sides of each; return at how many nodes there are kinks.

    And where ``thorough`` the sides of kinks of which no point was found.

    ``compare`` takes one point, or those on both sides, and returns whether anything jumps between them, None where
    nothing could be compared. Where nothing jumps, a factor may hide the kink, and other points of it are tried.
    """
    found = _Kinks(place, random, compare)
    found.along_ways(*((_FARTHEST, _THOROUGH) if thorough else (_FAR, _USUAL)), "")
    if thorough and len(place.shapes) > 1:
        for name in _small_names(place):
            found.along_ways(_FAR[:3], _USUAL, name)
    if not thorough:
        return len(found.compared), []
    sides = Sides(place, random, lambda point: compare(point) is not None)
    sides.search()
    return len(found.compared), sides.missing


def _small_names(place: Place) -> list:
    """Return the names that can be all but 0: first those that end there, and numbers."""
    facts = {name: place.question.facts.get(name, frozenset()) for name in place.shapes}
    small = [name for name in place.shapes if not facts[name] & _NOT_SMALL]
    return sorted(small, key=lambda name: (not facts[name] & _ENDS_AT_0, place.shapes[name]))[:_MOST_SMALL_NAMES]


class _Kinks:
    def __init__(self, place: Place, random: Random, compare: Callable[..., bool | None]) -> None:
        self.place, self.random, self.compare = place, random, compare
        self.compared: set = set()

    def along_ways(self, sizes: tuple, tries: tuple, small: str) -> None:
        """Compare beside the kinks on ways to points of these sizes; a name ``small`` is all but 0 on them."""
        most, most_hidden = tries
        shown: Counter = Counter()
        hidden: Counter = Counter()
        entries: set = set()
        crossings = 0
        for size in sizes:
            start = _signs_somewhere(self.place, self.random, Fraction(1), small)
            end = _signs_somewhere(self.place, self.random, size, small)
            if start is None or end is None:
                continue
            if all(entry in entries or shown[key] >= most or hidden[key] >= most_hidden for key, entry, *_ in start[1]):
                return
            way, met = _Way(self.place, start[0], end[0]), set()
            for before, after in zip(start[1], end[1]):
                key, entry = before[0], before[1]
                if key != after[0] or before[2] * after[2] >= 0 or entry in entries or entry in met:
                    continue
                if shown[key] >= most or hidden[key] >= most_hidden or crossings >= _MOST_CROSSINGS:
                    continue
                crossings += 1
                kink = way.crossing(before, after)
                if kink is None:  # as of tanh(x) - 0.999999, flat on one side: beyond it is compared
                    hidden[key] += 1
                    if most > 1:
                        self.compare(end[0])
                    continue
                changed = {sign[:2] for sign, other in zip(*kink.signs) if sign[2] != other[2]}
                met |= {other for _, other in changed}
                jumps = self.compare(way.at(kink.part - _BESIDE), way.at(kink.part + _BESIDE))
                if jumps is not None:
                    self.compared.add(key)
                if jumps:
                    entries |= {other for _, other in changed}
                for other in {other for other, _ in changed}:
                    (shown if jumps else hidden)[other] += 1


def _signs_somewhere(place: Place, random: Random, size: Fraction, small: str) -> tuple | None:
    """Return a point at which all signs are known, and these signs."""
    for attempt in range(4):
        try:
            kind = Reals if attempt < 2 else Positives
            point = place.point(Rationals(), kind(random, size))
            if small:
                point[small] = Array(point[small].shape, [_TINY * entry for entry in point[small].entries])
            return point, _signs(place, point)
        except NoValue:
            continue
    return None


def _signs(place: Place, point: dict) -> list:
    with balls(_BITS, 1) as c:
        arrays = {name: c.displaced(array, None) for name, array in point.items()}
        c.signs, c.known = [], {}
        place.answer_plan.value_beside(c, place.plan.values(c, arrays))
        return c.signs


class _Kink(NamedTuple):
    """The part of a way at which a kink lies, and all signs on both sides of it."""

    part: Fraction
    signs: list


class _Way:
    """The straight way between two points; what is declared of convex sets holds all along it."""

    def __init__(self, place: Place, start: dict, end: dict) -> None:
        self.place, self.start, self.end = place, start, end

    def at(self, part: Fraction) -> dict:
        facts = self.place.question.facts
        found = {}
        for name, array in self.start.items():
            if facts.get(name, frozenset()) & FIXED:
                found[name] = array
                continue
            entries = [x + part * (y - x) for x, y in zip(array.entries, self.end[name].entries)]
            found[name] = Array(array.shape, entries)
        return found

    def crossing(self, before: tuple, after: tuple) -> _Kink | None:
        """Return where between both ends an argument is 0, None where it is not found."""
        number = before[1]
        low, high = Fraction(0), Fraction(1)
        value, other, side = before[3], after[3], 0
        for _ in range(_STEPS):
            middle = low + (high - low) * _fraction((value / (value - other)).mid())
            middle = min(max(Fraction(round(middle * _PLACES), _PLACES), low + _BESIDE), high - _BESIDE)
            signs = [self._signs(middle + step * _BESIDE) for step in (-1, 1)]
            if any(len(found) <= number for found in signs):
                return None
            beside = [found[number] for found in signs]
            if beside[0][2] != beside[1][2]:
                return _Kink(middle, signs)
            # the Illinois method: the end that stays for a second time counts half
            if beside[0][2] == before[2]:
                low, value, other = middle, beside[0][3], other / 2 if side < 0 else other
                side = -1
            else:
                high, other, value = middle, beside[0][3], value / 2 if side > 0 else value
                side = 1
        return None

    def _signs(self, part: Fraction) -> list:
        """Return all signs at a part of the way, none where one is not known."""
        try:
            return _signs(self.place, self.at(part))
        except NoValue:
            return []


def _fraction(middle: Any) -> Fraction:
    """Return the exact middle of a ball as a fraction."""
    mantissa, exponent = middle.man_exp()
    return Fraction(int(mantissa)) * Fraction(2) ** int(exponent)
