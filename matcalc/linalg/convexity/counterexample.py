"""Counterexamples to convexity: two points and the point half way, where the function lies above its chord."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from ...evaluation.counterexample import plain
from ...evaluation.evaluate import own_torch_state
from ...evaluation.facts import draw_small
from ...evaluation.fitting import whole_number
from ...proofs.check import midpoint
from ...rulebook.entries import size_tree
from ..definiteness.counterexample import rounded

SMALL_POINTS, PARTNERS = 40, 8
RANDOM_POINTS = 30
_CLEARLY, _JUST = 1e-6, 1e-8
_STEPS = (1.0, 0.3, 0.1, 0.03)


@dataclass(frozen=True)
class Chord:
    """Points ``one`` and ``other`` of the variable, the other names' ``values``, and the function's values.

    ``ends`` are those at the two points, ``middle`` that half way between them.
    """

    values: dict
    one: object
    other: object
    ends: tuple
    middle: float

    @property
    def length(self):
        """How much there is to write down: the simplest example is shown."""
        return len(str((self.values, self.one, self.other, self.ends, self.middle)))

    def record(self):
        """Return what --json says."""
        found = {"values": self.values, "one": self.one, "other": self.other}
        return {**found, "ends": list(self.ends), "middle": self.middle}


@dataclass(frozen=True)
class ChordSearch:
    """``above``: a Chord below the function (it is not convex), ``below``: one above it (not concave), or None.

    ``points`` counts the pairs of points that were compared.
    """

    above: Chord | None
    below: Chord | None
    points: int


@own_torch_state()
def search_chords(ground, tree, hessian=None, seed=0):
    """Return the :class:`ChordSearch` of a scalar ``tree`` in the variable of a Ground.

    ``hessian``, a tree, gives directions of negative and positive curvature where small points show none.
    """
    found, tried = {-1: None, 1: None}, 0
    generator = torch.Generator().manual_seed(seed)
    sources = _small_pairs(ground, generator, seed), _near_pairs(ground, hessian, generator, seed)
    for pairs, least in zip(sources, (_CLEARLY, _JUST)):
        if all(found.values()):
            break
        for one, other in pairs:
            chord, sign = _chord(ground, tree, one, other, least)
            tried += chord is not None
            if sign and (found[sign] is None or chord.length < found[sign].length):
                found[sign] = chord
    return ChordSearch(found[1], found[-1], tried)


def _small_pairs(ground, generator, seed):
    """Yield pairs of points with small entries."""
    facts = ground.facts.get(ground.variable, frozenset())
    for point in ground.small_points(SMALL_POINTS, seed):
        shape = tuple(whole_number(size_tree(text), point.sizes) for text in ground.shapes[ground.variable])
        for number in range(PARTNERS):
            yield point, ground.moved(point, draw_small(shape, facts, (1.0, 1.0, 0.5)[number % 3], generator))


def _near_pairs(ground, hessian, generator, seed):
    """Yield pairs on either side of random points, in directions of extreme curvature or at random."""
    for point in ground.random_points(RANDOM_POINTS, seed):
        array = point.arrays[ground.variable]
        for direction in _directions(ground, hessian, point, generator):
            for step in _STEPS:
                yield ground.moved(point, array - step * direction), ground.moved(point, array + step * direction)


def _directions(ground, hessian, point, generator):
    array = point.arrays[ground.variable]
    shape, facts = array.shape, ground.facts.get(ground.variable, frozenset())
    matrix = None if hessian is None else ground.value(hessian, point)
    if matrix is None:
        found = [torch.randn(shape, generator=generator, dtype=torch.float64) for _ in range(3)]
    else:
        vectors = torch.linalg.eigh((matrix + matrix.mT) / 2)[1]
        found = [vectors[:, place].reshape(shape[1], shape[0]).mT for place in (0, -1)]
    symmetric = bool(facts & {"symmetric", "pd", "psd"}) and shape[0] == shape[1]
    return [(d + d.mT) / 2 for d in found] if symmetric else found


def _chord(ground, tree, one, other, least):
    """Return (Chord, sign): 1 where the function lies above it, -1 below, 0 neither; (None, 0) outside the domain."""
    middle = midpoint(one, other)
    found = [ground.value(tree, point) for point in (one, other, middle)]
    if any(value is None for value in found):
        return None, 0
    first, last, half = (float(value) for value in found)
    gap = half - (first + last) / 2
    sign = (gap > 0) - (gap < 0) if abs(gap) > least * max(abs(first), abs(last), abs(half)) else 0
    if not ground.joined(one, other):
        return None, 0
    shapes, name = ground.shapes, ground.variable
    values = {key: plain(array, shapes[key]) for key, array in one.arrays.items() if key != name}
    values |= {size: one.sizes[size] for size in ground.sizes}
    ends = plain(one.arrays[name], shapes[name]), plain(other.arrays[name], shapes[name])
    return Chord(values, *ends, (rounded(first), rounded(last)), rounded(half)), sign
