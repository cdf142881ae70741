"""The largest value of arguments of signs: BFGS with exact values and derivatives, on points of fractions.

Broyden, Fletcher, Goldfarb and Shanno 1970; Nocedal and Wright 2006, chapter 6. Values are balls, so that
what lies below 1 by 1e-12 is seen, as sin(x) - (1 - 1e-12) asks.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any, NamedTuple, Protocol

from .arrays import Array, NoValue
from .balls import balls
from .evaluate import Plan
from .question import Place

_STEPS, _HALVINGS, _DOUBLINGS = 40, 10, 24
# a step along the slopes themselves is tried at these lengths
_POWERS = (-36, -24, -16, -10, -7, -5, -4, -3, -2, -1, 0, 1, 2, 4, 7, 10, 14, 18, 24)
_LENGTHS = [Fraction(2) ** power for power in _POWERS]
_BITS, _PLACES = 320, 2**200
# a gain this small beside the value is none
_NO_GAIN = 1e-14


class Side(NamedTuple):
    """A side of a kink: the node, the place among its signs, and the sign."""

    node: int
    place: int
    sign: int


def signs_at(
    place: Place, point: dict, length: int = 1, move: dict | None = None, watch: frozenset = frozenset()
) -> dict:
    """Return the values whose signs the formulas ask for at a point, by (node, place), as series along a move.

    And those of the nodes to ``watch``, by their numbers, as far as they have a sign. Raises NoValue where one of the
    others has none for certain.
    """
    with balls(_BITS, length) as c:
        arrays = {name: c.displaced(array, (move or {}).get(name)) for name, array in point.items()}
        c.signs, c.known, c.followed = [], {}, []
        known = place.plan.values(c, arrays)
        if isinstance(place.answer_plan, Plan):
            known = place.answer_plan.values_beside(c, known)
        else:
            place.answer_plan.value_beside(c, known)
        counts: dict = {}
        found = {}
        for (node, _, sign, _), series in zip(c.signs, c.followed):
            counts[node] = counts.get(node, -1) + 1
            found[node, counts[node]] = (sign, [series[order] for order in range(length)])
        for slot in watch:
            for number, series in enumerate(known[slot].entries):
                sign = (series[0] > 0) - (series[0] < 0)
                found[slot, number] = (sign, [series[order] for order in range(length)])
        return found


class Moves(Protocol):
    """Where an ascent takes place: the formulas, the directions in which a point can be moved, and where to."""

    place: Place

    def moves(self, point: dict) -> list:
        """Return directions, by name."""

    def admits(self, point: dict) -> bool:
        """Whether a point will do."""


class _Climb:
    """One ascent: the sum of the values of some sides, each with its sign, from a point along some moves.

    It does not leave the sides that are ``kept``.
    """

    def __init__(self, sides: Moves, start: dict, wanted: list[Side], kept: list[Side]) -> None:
        self.sides, self.start, self.wanted, self.kept = sides, start, wanted, kept
        self.moves, self.spent = sides.moves(start), 0

    def at(self, steps: list) -> dict:
        """Return the point after so many steps of each move."""
        found = dict(self.start)
        for step, move in zip(steps, self.moves):
            for name, direction in move.items():
                entries = [x + step * v for x, v in zip(found[name].entries, direction.entries)]
                found[name] = Array(direction.shape, entries)
        return found

    def value(self, steps: list) -> Any:
        """Return the sum as a ball, None where there is none; NoValue is not raised."""
        point = self.at(steps)
        return self._series(point, None)[0] if self.sides.admits(point) else None

    def slopes(self, steps: list) -> list | None:
        """Return the derivative along each move as floats."""
        point = self.at(steps)
        found = [self._series(point, move) for move in self.moves]
        return None if any(series[1] is None for series in found) else [float(series[1].mid()) for series in found]

    def _series(self, point: dict, move: dict | None) -> list:
        self.spent += 1
        length = 1 if move is None else 2
        try:
            found = signs_at(self.sides.place, point, length, move)
            if any(found[side[:2]][0] != side.sign for side in self.kept):
                return [None] * length
            parts = [[side.sign * part for part in found[side[:2]][1]] for side in self.wanted]
        except (NoValue, KeyError):
            return [None] * length
        return [sum(column) for column in zip(*parts)]

    def reached(self, steps: list) -> bool:
        """Whether all sides are met."""
        try:
            found = signs_at(self.sides.place, self.at(steps))
        except NoValue:
            return False
        return all(found.get(side[:2], (0,))[0] == side.sign for side in self.wanted)


def ascend(sides: Moves, start: dict, wanted: list[Side], kept: list[Side], most: int) -> tuple[dict, int]:
    """Return a point at which the values of some sides add up to as much as possible, and how much was evaluated.

    It ends as soon as all of them are met, or after ``most`` evaluations, and stays on the sides that are ``kept``.
    """
    climb = _Climb(sides, start, wanted, kept)
    count = len(climb.moves)
    steps: list = [Fraction(0)] * count
    value, slopes = climb.value(steps), climb.slopes(steps)
    inverse = None
    for _ in range(_STEPS):
        if value is None or slopes is None or not any(slopes) or climb.spent > most:
            break
        found = None
        if inverse is not None:
            direction = [sum(h * g for h, g in zip(row, slopes)) for row in inverse]
            found = _along(climb, steps, direction, value, [Fraction(1)])
        if found is None:
            inverse, direction = None, _of_length_1(slopes)
            found = _along(climb, steps, direction, value, _LENGTHS)
        if found is None:
            break
        step, after = found
        moved = _stepped(steps, step, direction)
        gain = float((after - value).mid())
        before, steps, value = slopes, moved, after
        if climb.reached(steps) or gain <= _NO_GAIN * abs(float(after.mid())):
            break
        slopes = climb.slopes(steps)
        if slopes is not None:
            change = [a - b for a, b in zip(before, slopes)]
            inverse = _updated(inverse or _identity(count), [float(step) * d for d in direction], change)
    return climb.at(steps), climb.spent


def _along(climb: _Climb, steps: list, direction: list, value: Any, lengths: list) -> tuple | None:
    """Return the best step in a direction and the value there, None where none is better."""
    def better(step: Fraction, than: Any) -> Any:
        after = climb.value(_stepped(steps, step, direction))
        return after if after is not None and after > than else None

    best, top = None, value
    for step in lengths:
        after = better(step, top)
        if after is not None:
            best, top = step, after
    halvings = 0
    while best is None and len(lengths) == 1 and halvings < _HALVINGS:
        halvings += 1
        after = better(lengths[0] / 2**halvings, top)
        if after is not None:
            best, top = lengths[0] / 2**halvings, after
    if best is None:
        return None
    for _ in range(_DOUBLINGS):
        after = better(2 * best, top)
        if after is None:
            break
        best, top = 2 * best, after
    return best, top


def _stepped(steps: list, step: Fraction, direction: list) -> list:
    """Return steps a little on, to so many places."""
    return [Fraction(round((x + step * Fraction(d)) * _PLACES), _PLACES) for x, d in zip(steps, direction)]


def _of_length_1(slopes: list) -> list:
    largest = max(map(abs, slopes))
    return [slope / largest for slope in slopes]


def _identity(count: int) -> list:
    return [[float(i == j) for j in range(count)] for i in range(count)]


def _updated(inverse: list, moved: list, change: list) -> list:
    """Return the inverse of the Hessian of minus the value after a step, by the change of the slopes along it."""
    product = sum(s * y for s, y in zip(moved, change))
    if not 0 < product < float("inf"):
        return inverse
    along = [sum(h * y for h, y in zip(row, change)) for row in inverse]
    factor = (1 + sum(y * h for y, h in zip(change, along)) / product) / product
    return [
        [
            h + factor * moved[i] * moved[j] - (along[i] * moved[j] + moved[i] * along[j]) / product
            for j, h in enumerate(row)
        ]
        for i, row in enumerate(inverse)
    ]
