"""Counterexamples to definiteness: small values of the names at which a form x.T@M@x has the wrong sign."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING

import torch

from ...evaluation.counterexample import plain
from ...evaluation.evaluate import own_torch_state
from ...evaluation.points import Point
from ...proofs.exactly import form_of, fractions_of, sign_of, value_at
from .witness import rounded_form, small_witness

if TYPE_CHECKING:
    from torch import Tensor

    from ...language.syntax import Tree
    from ...proofs.ground import Ground

SMALL_POINTS = 60
RANDOM_POINTS = 40
EXTREME_POINTS = 30
_CLEARLY = 1e-6
# what entries of the point that is nearest to a counterexample are changed to, and how often
_ENTRIES, _MOST_OTHERS, _MOST_MOVES = (0.0, 1.0, -1.0, 2.0, 0.5), 6, 160
# so many points that only seemed to be counterexamples are computed exactly
_MOST_REFUSED = 24


@dataclass(frozen=True)
class Counterexample:
    """``values`` of the names, a ``vector`` x, and the ``value`` of x.T@M@x there (None for a scalar: no vector)."""

    values: dict[str, float | list[float | list[float]]]
    vector: tuple | None
    value: float

    @property
    def length(self) -> int:
        """How much there is to write down: the simplest example is shown."""
        return len(str(self.values)) + sum(map(abs, self.vector or ()))

    def record(self):
        """Return what --json says."""
        vector = None if self.vector is None else list(self.vector)
        return {"values": self.values, "x": vector, "value": self.value}


@dataclass(frozen=True)
class Search:
    """``below`` and ``above``: counterexamples with a negative and with a positive value, or None; points tried."""

    below: Counterexample | None
    above: Counterexample | None
    points: int


@own_torch_state()
def search(ground: Ground, tree: Tree, seed: int = 0) -> Search:
    """Return the :class:`Search` for points of the domain at which the value of ``tree``, a matrix, has either sign.

    Small points come first, then random ones as long as one of the signs has not been met.
    """
    found, tried, refused = {-1: None, 1: None}, 0, 0
    nearest: dict = {}
    sources = ground.small_points(SMALL_POINTS, seed), ground.random_points(RANDOM_POINTS, seed)
    for points in (*sources, ground.extreme_points(EXTREME_POINTS, seed)):
        if all(found.values()):
            break
        for point in points:
            value = ground.value(tree, point)
            if value is not None:
                tried += 1
                _keep_nearest(nearest, point, value)
                if refused < _MOST_REFUSED:
                    refused += _keep_simplest(found, ground, tree, point, value)
    for sign in (-1, 1):
        if found[sign] is None and sign in nearest and refused < _MOST_REFUSED:
            point, value = _descended(ground, tree, nearest[sign][1], sign)
            refused += _keep_simplest(found, ground, tree, point, value)
    return Search(found[-1], found[1], tried)


def _extreme(point: Point, value: Tensor, sign: int) -> float:
    """Return how far the form of a value is on the side of a sign, beside the squares of the entries."""
    array = (value + value.mT) / 2
    ends = torch.linalg.eigvalsh(array)
    size = sum(float((entries * entries).sum()) for entries in point.arrays.values())
    return sign * float(ends[-1] if sign > 0 else ends[0]) / max(1.0, size)


def _keep_nearest(nearest: dict, point: Point, value: Tensor) -> None:
    for sign in (-1, 1):
        reached = _extreme(point, value, sign)
        if sign not in nearest or reached > nearest[sign][0]:
            nearest[sign] = reached, point


def _descended(ground: Ground, tree: Tree, point: Point, sign: int) -> tuple:
    """Return the point, and its value, that is reached from one by changing entries, each to the best of a few."""
    best = point, ground.value(tree, point)
    reached, left = _extreme(*best, sign), _MOST_MOVES
    while left > 0:
        before = reached
        for moved in _neighbours(best[0]):
            left -= 1
            value = ground.value(tree, moved) if left > 0 and ground.contains(moved) else None
            if value is not None and _extreme(moved, value, sign) > reached:
                best, reached = (moved, value), _extreme(moved, value, sign)
        if reached <= before:
            break
    return best


def _neighbours(point: Point) -> Iterator[Point]:
    """Yield the point with one entry, and its mirror image, changed to a small number, or to another entry."""
    present = dict.fromkeys(float(entry) for array in point.arrays.values() for entry in array.reshape(-1)[:2])
    entries = dict.fromkeys((*_ENTRIES, *list(present)[:_MOST_OTHERS]))
    for name, array in point.arrays.items():
        square = array.shape[0] == array.shape[1]
        for i in range(array.shape[0]):
            for j in range(i if square else 0, array.shape[1]):
                for entry in entries:
                    changed = array.clone()
                    changed[i, j] = entry
                    if square:
                        changed[j, i] = entry
                    yield Point({**point.arrays, name: changed}, point.sizes)


def _keep_simplest(found: dict, ground: Ground, tree: Tree, point: Point, value: Tensor) -> int:
    """Keep what a point proves where it is simpler than what is known; return how often it proved nothing."""
    refused = 0
    for sign in (-1, 1):
        example = _at(ground, point, value, sign)
        if example is None or found[sign] is not None and example.length >= found[sign].length:
            continue
        proved = _proved(ground, tree, point, example, sign)
        refused += proved is None
        found[sign] = proved or found[sign]
    return refused


def _proved(ground: Ground, tree: Tree, point: Point, example: Counterexample, sign: int) -> Counterexample | None:
    """Return the Counterexample with its exact value, None where the sign is not proved."""
    rows = fractions_of(point, ground.facts)
    value = None if rows is None else value_at(tree, rows, point.sizes, ground.book)
    if value is None:
        return None
    form = form_of(value, example.vector or (1,))
    if sign_of(form) != sign:
        return None
    return replace(example, value=rounded(float(form))) if isinstance(form, Fraction) else example


def _at(ground: Ground, point: Point, value: Tensor, sign: int) -> Counterexample | None:
    """Return the Counterexample that a point seems to be, or None."""
    array = ((value + value.mT) / 2).numpy()
    form = rounded_form(array)
    size = float(abs(array).max())

    def clear(vector: tuple[int, ...]) -> float:
        found = form(vector)
        return found if abs(found) > _CLEARLY * size * sum(map(abs, vector)) else 0.0

    vector = small_witness(array, clear, sign) if size else None
    if vector is None:
        return None
    values = {name: plain(array, ground.shapes[name]) for name, array in point.arrays.items()}
    values |= {size: point.sizes[size] for size in ground.sizes}
    found = form(vector)
    return Counterexample(values, vector if array.size > 1 else None, rounded(found))


def rounded(value: float) -> float:
    """Return a float as an int where it is one to rounding, else with six digits."""
    nearest = round(value)
    return nearest if abs(value - nearest) <= 1e-9 * max(1.0, abs(value)) else float(f"{value:.6g}")
