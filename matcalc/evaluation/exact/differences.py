"""Finite differences modulo a power of a prime, which are derivatives without rounding (see padics.py)."""

from __future__ import annotations

from itertools import combinations
from operator import add

from .arrays import Array
from .formula import Values
from .padics import Padics
from .question import Place


def difference_along(place: Place, c: Padics, point: dict, moves: list, digits: int) -> tuple[list, Values]:
    """Return the derivative of the question along the moves, by differences of step prime**digits, and its values."""
    step = c.prime**digits
    c.begin(again=False)
    known = place.plan.values(c, point)

    def at(chosen: tuple) -> list:
        c.begin(again=True)
        moved = dict(point)
        for number in chosen:
            X, move = moved[place.by[number]], moves[number]
            moved[place.by[number]] = Array(X.shape, c.reduced([x + step * v for x, v in zip(X.entries, move.entries)]))
        return place.plan.moved(c, moved, known, frozenset([place.by[number] for number in chosen])).entries

    total = known[place.plan.root].entries
    for count in range(1, place.order + 1):
        total = [-entry for entry in total]
        for chosen in combinations(range(place.order), count):
            total = list(map(add, total, at(chosen)))
    return [entry % c.modulus // step**place.order for entry in total], known
