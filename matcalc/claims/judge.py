"""The verdict on a formula: at which points it is the derivative, and whether a difference is more than rounding.

A difference that is the work of rounding changes at random when the point changes by rounding errors, and a true
one hardly changes (the idea of stochastic arithmetic: J. Vignes, "A stochastic arithmetic for reliable scientific
computation", 1993). So neither an ill-conditioned right formula is called wrong, nor a small error overlooked.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import torch

from ..syntax import Number, postorder
from .samples import LAYOUTS, jittered

_STEADY = 0.05
_DOUBTFUL = 1e-3
_EXACT = 1e-10
_SIMPLE_DENOMINATOR = 1000


@dataclass
class Verdict:
    """The samples at which a formula agrees, by layout, differs, has no value, and shows nothing but rounding.

    ``errors`` are the largest relative errors by layout; ``digits`` is the number of digits to which a formula with a
    rounded number agrees.
    """

    agree: dict = field(default_factory=lambda: {layout: [] for layout in LAYOUTS})
    differ: dict = field(default_factory=lambda: {layout: [] for layout in LAYOUTS})
    valueless: list = field(default_factory=list)
    rounding: list = field(default_factory=list)
    errors: dict = field(default_factory=lambda: dict.fromkeys(LAYOUTS, 0.0))
    digits: int | None = None

    @property
    def layouts(self):
        """The layouts in which the formula is right wherever it can be compared."""
        if self.valueless or self.digits is not None:
            return []
        return [name for name in LAYOUTS if self.agree[name] and not self.differ[name]]

    @property
    def compared(self):
        """How many samples say something."""
        return max(len(self.agree[name]) + len(self.differ[name]) for name in LAYOUTS)


def judge(scale, tree, seed=0):
    """Return the :class:`Verdict` on a tree at the samples of a scale."""
    verdict, generator, best = Verdict(), torch.Generator().manual_seed(seed), float("inf")
    for sample in scale.samples:
        value = scale.value(tree, sample)
        if value is None:
            verdict.valueless.append(sample)
            continue
        errors = {name: scale.error(value, sample.target(name), sample.scale) for name in LAYOUTS}
        nearest = min(errors, key=errors.get)
        if _is_rounding(scale, tree, sample, value, nearest, errors[nearest], generator):
            verdict.rounding.append(sample)
            continue
        for name in LAYOUTS:
            (verdict.agree if errors[name] <= scale.tolerance else verdict.differ)[name].append(sample)
            verdict.errors[name] = max(verdict.errors[name], errors[name])
        best = min(best, errors[nearest])
    if verdict.layouts and best > _EXACT and has_rounded_number(tree):
        verdict.digits = int(-torch.log10(torch.tensor(best)))
    return verdict


def _is_rounding(scale, tree, sample, value, layout, error, generator):
    """Return whether the difference from the truth is in doubt, and changes when the point does by rounding errors."""
    target = sample.target(layout)
    if value.shape != target.shape or not error:
        return False
    tiny = max(float(value.norm()), float(target.norm())) < 1e-5 * sample.scale
    if error <= scale.tolerance and not tiny:
        return False
    return not steady(scale, tree, sample, value - target, layout, generator)


def steady(scale, tree, sample, difference, layout, generator):
    """Return whether a difference from the truth stays as it is at points that differ by rounding errors."""
    for _ in range(2):
        near = jittered(scale.ground, sample, generator)
        value = None if near is None else scale.value(tree, near)
        if value is None or value.shape != difference.shape:
            return False
        change = (value - near.target(layout)) - difference
        if float(change.norm()) > _STEADY * float(difference.norm()):
            return False
    return True


def has_rounded_number(tree):
    """Return whether a tree has a number such as 0.3333333."""
    return any(isinstance(node, Number) and node.value.denominator > _SIMPLE_DENOMINATOR for node in postorder(tree))
