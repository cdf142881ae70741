"""Counterexamples to definiteness: small values of the names at which a form x.T@M@x has the wrong sign."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...evaluation.counterexample import plain
from ...evaluation.evaluate import own_torch_state
from .witness import rounded_form, small_witness

if TYPE_CHECKING:
    from ...language.syntax import Tree
    from ...proofs.ground import Ground

SMALL_POINTS = 60
RANDOM_POINTS = 40
_CLEARLY = 1e-6


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
    found, tried = {-1: None, 1: None}, 0
    for points in (ground.small_points(SMALL_POINTS, seed), ground.random_points(RANDOM_POINTS, seed)):
        if all(found.values()):
            break
        for point in points:
            value = ground.value(tree, point)
            if value is not None:
                tried += 1
                _keep_simplest(found, ground, point, value)
    return Search(found[-1], found[1], tried)


def _keep_simplest(found, ground, point, value):
    for sign in (-1, 1):
        example = _at(ground, point, value, sign)
        if example is not None and (found[sign] is None or example.length < found[sign].length):
            found[sign] = example


def _at(ground, point, value, sign):
    """Return the Counterexample that a point is, or None."""
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
