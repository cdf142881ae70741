"""The verdict on a formula: at which points it is the derivative, and whether a difference is more than rounding.

A difference that is the work of rounding changes at random when the point changes by rounding errors, and a true
one hardly changes (the idea of stochastic arithmetic: J. Vignes, "A stochastic arithmetic for reliable scientific
computation", 1993). So neither an ill-conditioned right formula is called wrong, nor a small error overlooked.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from itertools import permutations

import torch

from ..evaluation.evaluate import node_values
from ..language.syntax import Number, postorder
from ..words import TRANSPOSED_LAYOUTS as LAYOUTS
from .scale import MISFIT, SINGULAR, STEADY, UNDEFINED, jittered, steady

_EXACT = 1e-10
# a difference this much smaller than what was computed on the way cannot be told from rounding
_ROUNDING = 1e-13
# below this part of the largest intermediate gradient a derivative may be rounding noise
_TINY = 1e-5
# a difference of rounding errors is this much smaller than what was given; a larger one shows nothing
_SMALL = 1e-5
_SIMPLE_DENOMINATOR = 1000


@dataclass
class Verdict:
    """The samples at which a formula agrees or differs, by layout, and those at which it cannot be compared.

    ``misfit``: its shapes do not fit together; ``undefined``: it is no real number; ``singular``: it
    inverts a singular matrix, or shows nothing but rounding errors. ``errors`` are the largest relative errors by
    layout; ``digits`` is the number of digits to which a formula with a rounded number agrees.
    """

    agree: dict = field(default_factory=lambda: {layout: [] for layout in LAYOUTS})
    differ: dict = field(default_factory=lambda: {layout: [] for layout in LAYOUTS})
    misfit: list = field(default_factory=list)
    undefined: list = field(default_factory=list)
    singular: list = field(default_factory=list)
    errors: dict = field(default_factory=lambda: dict.fromkeys(LAYOUTS, 0.0))
    digits: int | None = None

    @property
    def layouts(self):
        """The layouts in which the formula is right wherever it can be compared."""
        if self.misfit or self.undefined and not self.smaller or self.digits is not None:
            return []
        return [name for name in LAYOUTS if self.agree[name] and not self.differ[name]]

    @property
    def smaller(self):
        """The sizes (n, m) such that the formula has no value exactly where n < m, None where there are none.

        Such is a formula that inverts X.T@X for X of n×m: it means that the columns of X are independent.
        """
        without = [*self.undefined, *self.singular]
        others = max((self.agree[name] for name in LAYOUTS), key=len)
        names = sorted(others[0].point.sizes) if without and others else []
        for one, other in permutations(names, 2):
            if all(s.point.sizes[one] < s.point.sizes[other] for s in without) and all(
                s.point.sizes[one] >= s.point.sizes[other] for s in others
            ):
                return one, other
        return None

    @property
    def wrong(self):
        """Whether the formula is known to be wrong in both layouts."""
        return all(self.differ.values())

    @property
    def total(self):
        """At how many samples it was evaluated."""
        return self.compared + len(self.misfit) + len(self.undefined) + len(self.singular)

    @property
    def compared(self):
        """How many samples say something."""
        return max(len(self.agree[name]) + len(self.differ[name]) for name in LAYOUTS)


def judge(scale, tree, seed=0):
    """Return the :class:`Verdict` on a tree at the samples of a scale."""
    verdict, generator, best = Verdict(), torch.Generator().manual_seed(seed), float("inf")
    for sample in _samples(scale, verdict):
        value, why = scale.outcome(tree, sample)
        if value is None:
            {MISFIT: verdict.misfit, SINGULAR: verdict.singular, UNDEFINED: verdict.undefined}[why].append(sample)
            continue
        errors = {
            name: _certain(scale, tree, sample, value, name, generator, bool(verdict.differ[name])) for name in LAYOUTS
        }
        known = {name: error for name, error in errors.items() if error is not None}
        if not known or min(known.values()) == float("inf") and len(known) < len(LAYOUTS):
            verdict.singular.append(sample)
            continue
        for name, error in known.items():
            (verdict.agree if error <= scale.tolerance else verdict.differ)[name].append(sample)
            verdict.errors[name] = max(verdict.errors[name], error)
        best = min(best, *known.values())
    if verdict.layouts and best > _EXACT and has_rounded_number(tree):
        verdict.digits = int(-math.log10(best))
    return verdict


def _samples(scale, verdict):
    """Yield the samples, those farther out only as long as the formula may be right."""
    yield from scale.samples
    if not verdict.wrong and not verdict.misfit:
        yield from scale.far


def _certain(scale, tree, sample, value, layout, generator, settled):
    """Return the relative error of a value in a layout: 0 where it is the work of rounding, None where that hides it.

    ``settled``: the formula is known to be wrong in this layout, and the error need not be looked into.
    """
    target = sample.target(layout)
    error = scale.error(value, target, sample.scale)
    if value.shape != target.shape or not error or settled:
        return error
    difference, size = value - target, max(float(value.norm()), float(target.norm()))
    tiny = size < _TINY * sample.scale
    if error <= scale.tolerance and not tiny:
        return error
    remainder, largest = float(difference.norm()), _largest(scale, tree, sample)
    given = max([size, sample.scale, *[float(array.norm()) for array in sample.point.arrays.values()]])
    as_rounding = 0.0 if remainder <= _SMALL * given else None
    # a value that is tiny beside what it comes from has few digits, if torch computed it and did not find a plain 0
    if remainder <= (_EXACT if sample.far or tiny and target.any() else _ROUNDING) * largest:
        return as_rounding
    if steady(scale, tree, sample, difference, layout, generator):
        return remainder / size
    return as_rounding if remainder <= _EXACT * largest else None


def _largest(scale, tree, sample):
    """Return the size of the largest value that was met on the way to a formula's or to the derivative."""
    values = node_values(tree, sample.point.arrays, sample.point.sizes, scale.book)
    return max([sample.scale, *[float(value.norm()) for value in values.values() if value is not None]])


def truth_is_steady(scale, seed=0):
    """Return whether torch's derivative is more than rounding at one sample at least."""
    generator = torch.Generator().manual_seed(seed)
    for sample in scale.samples:
        near = jittered(scale.ground, sample, generator)
        if near is not None and float((near.truth - sample.truth).norm()) <= STEADY * float(sample.truth.norm()):
            return True
    return False


def has_rounded_number(tree):
    """Return whether a tree has a number such as 0.3333333."""
    return any(isinstance(node, Number) and node.value.denominator > _SIMPLE_DENOMINATOR for node in postorder(tree))
