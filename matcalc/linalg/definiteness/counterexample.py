"""Counterexamples to definiteness: small values of the names at which a form x.T@M@x has the wrong sign."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING

from ...evaluation.counterexample import plain
from ...evaluation.evaluate import own_torch_state
from ...proofs.exactly import form_of, fractions_of, sign_of, value_at
from .witness import rounded_form, small_witness

if TYPE_CHECKING:
    from torch import Tensor

    from ...evaluation.points import Point
    from ...language.syntax import Tree
    from ...proofs.ground import Ground

SMALL_POINTS = 60
RANDOM_POINTS = 40
EXTREME_POINTS = 30
_CLEARLY = 1e-6
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
    sources = ground.small_points(SMALL_POINTS, seed), ground.random_points(RANDOM_POINTS, seed)
    for points in (*sources, ground.extreme_points(EXTREME_POINTS, seed)):
        if all(found.values()):
            break
        for point in points:
            value = ground.value(tree, point)
            if value is not None:
                tried += 1
                if refused < _MOST_REFUSED:
                    refused += _keep_simplest(found, ground, tree, point, value)
    return Search(found[-1], found[1], tried)


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
