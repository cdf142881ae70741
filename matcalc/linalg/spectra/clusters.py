"""Computed eigenvalues that rounding cannot tell apart: multiple ones, and whether they have enough eigenvectors.

A change of A by E moves a simple eigenvalue by at most cond*‖E‖ to first order, cond = 1/|yᴴx| with unit left and
right eigenvectors (Golub & Van Loan 2013, 7.2.2). A block of k equal eigenvalues that lacks eigenvectors is computed
as k values on a circle of radius about (eps*‖A‖)^(1/k), with cond*eps*‖A‖ of that size: so values that are nearer to
one another than their own uncertainty form one cluster. Its mean is accurate although the values are not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy

from ..operand import EPSILON

_SAFETY = 8.0
_LARGEST_RADIUS = 0.02
_MEAN_SAFETY = 1e3


@dataclass(frozen=True)
class Cluster:
    """Eigenvalues that are equal within rounding: ``value`` their mean, ``members`` their positions.

    ``geometric``: the number of independent eigenvectors; ``spread``: the largest distance of a member from the mean;
    ``condition``: the largest condition number of a member.
    """

    value: complex
    members: tuple[int, ...]
    geometric: int
    spread: float
    condition: float

    @property
    def algebraic(self) -> int:
        """How often the eigenvalue counts."""
        return len(self.members)

    @property
    def is_defective(self):
        """Whether there are fewer eigenvectors than eigenvalues."""
        return self.geometric < self.algebraic


def conditions_of(vectors: numpy.ndarray) -> numpy.ndarray:
    """Return the condition numbers of eigenvalues from the matrix of right eigenvectors; inf where that is singular."""
    try:
        left = numpy.linalg.inv(vectors)
    except numpy.linalg.LinAlgError:
        return numpy.full(vectors.shape[1], numpy.inf)
    with numpy.errstate(over="ignore"):
        found = numpy.linalg.norm(left, axis=1) * numpy.linalg.norm(vectors, axis=0)
    return numpy.where(numpy.isfinite(found), numpy.maximum(found, 1.0), numpy.inf)


def clusters(array: numpy.ndarray, values: numpy.ndarray, conditions: numpy.ndarray) -> tuple[Cluster, ...]:
    """Return the :class:`Cluster`s of the computed eigenvalues of an array, in the order of the values."""
    size = float(numpy.linalg.norm(array, 2)) if array.any() else 1.0
    rounding = _SAFETY * len(array) * EPSILON * size
    radii = numpy.minimum(rounding * conditions, _LARGEST_RADIUS * size)
    groups = _joined(_connected(values, numpy.maximum(radii, rounding)), values, tolerance(array, size))
    return tuple(_cluster(array, values, conditions, group, size) for group in groups)


def tolerance(array: numpy.ndarray, size: float) -> float:
    """Return the distance within which means of clusters, and singular values and 0, count as equal."""
    return _MEAN_SAFETY * len(array) * EPSILON * size


def _joined(groups: list[tuple[int, ...]], values: numpy.ndarray, distance: float) -> list[tuple[int, ...]]:
    """Return the groups, those of several members joined with groups of the same mean."""
    result = []
    for group in sorted(groups, key=len, reverse=True):
        mean = values[list(group)].mean()
        for number, other in enumerate(result):
            if len(other) > 1 and abs(values[list(other)].mean() - mean) <= distance:
                result[number] = tuple(sorted(other + group))
                break
        else:
            result.append(group)
    return sorted(result)


def _connected(values: numpy.ndarray, radii: numpy.ndarray) -> list[tuple[int, ...]]:
    """Return the groups of values whose distance is within the smaller of both their radii, or chains of such."""
    waiting, groups = list(range(len(values))), []
    while waiting:
        group, frontier = [], [waiting.pop(0)]
        while frontier:
            current = frontier.pop()
            group.append(current)
            limits = numpy.minimum(radii[current], radii)
            near = [other for other in waiting if abs(values[other] - values[current]) <= limits[other]]
            frontier += near
            waiting = [other for other in waiting if other not in near]
        groups.append(tuple(sorted(group)))
    return groups


def _cluster(
    array: numpy.ndarray, values: numpy.ndarray, conditions: numpy.ndarray, group: tuple[int, ...], size: float
) -> Cluster:
    members = values[list(group)]
    mean = members.mean()
    spread = float(numpy.abs(members - mean).max())
    condition = float(conditions[list(group)].max())
    geometric = 1 if len(group) == 1 else _nullity(array, mean, len(group), size)
    return Cluster(mean, group, geometric, spread, condition)


def _nullity(array: numpy.ndarray, mean: Any, multiplicity: int, size: float) -> int:
    """Return the dimension of the null space of A − mean·I, between 1 and the multiplicity."""
    shifted = array - mean * numpy.eye(len(array))
    values = numpy.linalg.svd(shifted, compute_uv=False)
    count = int((values <= tolerance(array, size)).sum())
    return min(max(count, 1), multiplicity)
