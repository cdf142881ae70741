"""Counterexamples to convexity: two points and the point half way, where the function lies above its chord."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from ...evaluation.counterexample import plain
from ...evaluation.evaluate import own_torch_state
from ...evaluation.facts import draw_small, has
from ...evaluation.fitting import whole_number
from ...evaluation.patterns import projected
from ...proofs.check import midpoint
from ...proofs.exactly import difference, fractions_of, mean_of, sign_of, value_at
from ...rulebook.entries import size_tree
from ...rulebook.facts import facts_with
from ..definiteness.counterexample import rounded

SMALL_POINTS, PARTNERS = 40, 8
RANDOM_POINTS, FAR_POINTS = 30, 6
_CLEARLY, _JUST = 1e-6, 1e-8
# so many chords that only seemed to refute are computed exactly
_MOST_REFUSED = 24
_STEPS = (1.0, 0.3, 0.1, 0.03)
_FAR = (4.0, 1 / 8, 16.0, 1 / 64, 64.0, 1024.0)


@dataclass(frozen=True)
class Chord:
    """Points ``one`` and ``other`` of the variable, the other names' ``values``, and the function's values.

    Of several variables a point is {name: value}.
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
    """Return the :class:`ChordSearch` of a scalar ``tree`` in the variables of a Ground.

    ``hessian``, a tree, gives directions of negative and positive curvature where small points show none.
    """
    found, tried, refused = {-1: None, 1: None}, 0, 0
    generator = torch.Generator().manual_seed(seed)
    sources = (
        (_small_pairs(ground, generator, seed), _CLEARLY),
        (_near_pairs(ground, hessian, generator, seed), _JUST),
        (_far_pairs(ground, generator, seed), _JUST),
    )
    for pairs, least in sources:
        if all(found.values()):
            break
        for one, other in pairs:
            values, sign = _compared(ground, tree, one, other, least)
            tried += values is not None
            chord = _chord(ground, one, other, values) if sign else None
            simpler = chord is not None and (found[sign] is None or chord.length < found[sign].length)
            if simpler and refused < _MOST_REFUSED and ground.joined(one, other):
                proved = _proved(ground, tree, one, other, sign)
                refused += not proved
                found[sign] = chord if proved else found[sign]
    return ChordSearch(found[1], found[-1], tried)


def _small_pairs(ground, generator, seed):
    """Yield pairs of points with small entries."""
    for point in ground.small_points(SMALL_POINTS, seed):
        for number in range(PARTNERS):
            grid = (1.0, 1.0, 0.5)[number % 3]
            yield point, ground.moved(point, {n: _drawn(ground, point, n, grid, generator) for n in ground.variables})


def _drawn(ground, point, name, grid, generator):
    shape = tuple(whole_number(size_tree(text), point.sizes) for text in ground.shapes[name])
    return draw_small(shape, ground.facts.get(name, frozenset()), grid, generator)


def _near_pairs(ground, hessian, generator, seed):
    """Yield pairs on either side of random points, in directions of extreme curvature or at random."""
    for point in ground.random_points(RANDOM_POINTS, seed):
        for directions in _directions(ground, hessian, point, generator):
            for step in _STEPS:
                ends = [
                    {name: (point.arrays[name] + sign * step * d).round(decimals=3) for name, d in directions.items()}
                    for sign in (-1, 1)
                ]
                yield ground.moved(point, ends[0]), ground.moved(point, ends[1])


def _far_pairs(ground, generator, seed):
    """Yield pairs of points far out and close to 0: of log(a)**2, which bends down only beyond e, 1 shows nothing."""
    names = [name for name in ground.variables if frozenset(ground.facts.get(name, ())) <= facts_with(scales=True)]
    for point in ground.small_points(FAR_POINTS if names else 0, seed):
        for size in _FAR:
            along = {name: point.arrays[name] for name in names}
            across = {name: _drawn(ground, point, name, 1.0, generator) for name in names}
            for moves in (along, across):
                ends = [{n: size * (a + part * moves[n]) for n, a in along.items()} for part in (-0.5, 0.5)]
                if all(has(a, frozenset(ground.facts.get(n, ()))) for end in ends for n, a in end.items()):
                    yield ground.moved(point, ends[0]), ground.moved(point, ends[1])


def _directions(ground, hessian, point, generator):
    """Return directions {name: array}: those of extreme curvature for one variable, random ones for several."""
    matrix = None if hessian is None or len(ground.variables) > 1 else ground.value(hessian, point)
    if matrix is None:
        found = [
            {n: torch.randn(point.arrays[n].shape, generator=generator, dtype=torch.float64) for n in ground.variables}
            for _ in range(3)
        ]
    else:
        (name,) = ground.variables
        rows, columns = point.arrays[name].shape
        vectors = torch.linalg.eigh((matrix + matrix.mT) / 2)[1]
        found = [{name: vectors[:, place].reshape(columns, rows).mT} for place in (0, -1)]
    return [{name: _of_structure(d, ground.facts.get(name, ())) for name, d in ds.items()} for ds in found]


def _of_structure(direction, facts):
    square = direction.shape[0] == direction.shape[1]
    return projected(direction, facts) if square else direction


def _compared(ground, tree, one, other, least):
    """Return (values, sign): 1 where the function lies above its chord, -1 below, 0 neither; None without values."""
    found = [ground.value(tree, point) for point in (one, other, midpoint(one, other))]
    if any(value is None for value in found):
        return None, 0
    first, last, half = values = [float(value) for value in found]
    gap = half - (first + last) / 2
    clear = abs(gap) > least * max(abs(first), abs(last), abs(half))
    return values, (gap > 0) - (gap < 0) if clear else 0


def _proved(ground, tree, one, other, sign):
    """Return whether exact values at the ends and half way prove on which side of the chord the function lies."""
    ends = [fractions_of(point, ground.facts) for point in (one, other)]
    if None in ends:
        return False
    half = dict(ends[0])
    for name in ground.variables:
        half[name] = [[(a + b) / 2 for a, b in zip(*pair)] for pair in zip(ends[0][name], ends[1][name])]
    values = [value_at(tree, rows, one.sizes, ground.book) for rows in (*ends, half)]
    if None in values:
        return False
    first, last, middle = (value.entries[0] for value in values)
    return sign_of(difference(middle, mean_of(first, last))) == sign


def _chord(ground, one, other, values):
    """Return the Chord between two points."""
    shapes, names = ground.shapes, ground.variables
    constants = {key: plain(array, shapes[key]) for key, array in one.arrays.items() if key not in names}
    constants |= {size: one.sizes[size] for size in ground.sizes}
    ends = [{name: plain(point.arrays[name], shapes[name]) for name in names} for point in (one, other)]
    if len(names) == 1:
        ends = [end[names[0]] for end in ends]
    first, last, half = map(rounded, values)
    return Chord(constants, *ends, (first, last), half)
