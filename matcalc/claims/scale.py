"""The comparison of formulas with the truth at samples, and whether a difference is more than rounding."""

from __future__ import annotations

from functools import cached_property

import torch

from ..bounds import MAX_TORCH_WORK as MAX_WORK
from ..checks.derivative import TOLERANCE, relative_error
from ..errors import DomainError, LimitError, MatcalcError
from ..evaluation.evaluate import node_values
from ..evaluation.fitting import work
from ..evaluation.points import Point
from ..language.syntax import postorder
from ..words import TRANSPOSED_LAYOUTS as LAYOUTS
from .samples import Sample
from .trees import size_of

MISFIT, SINGULAR, UNDEFINED = "misfit", "singular", "undefined"
# how much a true difference may change at a point that differs by rounding errors
STEADY = 0.05
_CACHED_NODES = 400
# an evaluation costs its nodes, which are walked where their values are known, too; no less than this many
_EVALUATION = 8
# a relative change of the point that only rounding errors notice
_JITTER = 1e-13
# below this part of the largest intermediate gradient a derivative may be rounding noise
_NOISE = 1e-5
_CLEARLY = 1e-3
_GARBAGE = 1e9


def _near(ground, sample, generator):
    """Return a point that differs from a sample's by rounding errors only."""
    arrays = {
        name: array
        if ground.facts.get(name, frozenset()) & {"integer", "binary"}
        else array * (1 + _JITTER * torch.randn(array.shape, generator=generator, dtype=torch.float64))
        for name, array in sample.point.arrays.items()
    }
    return Point(arrays, sample.point.sizes)


def jittered(ground, sample, generator):
    """Return the sample at a point that differs by rounding errors only, None where torch has no value there."""
    point = _near(ground, sample, generator)
    adjust, ground.adjust = ground.adjust, None
    try:
        admitted = ground.admits(point)
    except DomainError:
        admitted = False
    finally:
        ground.adjust = adjust
    return Sample(point, *ground.found, ground.of_shape) if admitted else None


def steady(scale, tree, sample, difference, layout, generator):
    """Return whether a difference from the truth stays as it is at points that differ by rounding errors."""
    for _ in range(2):
        near = jittered(scale.ground, sample, generator)
        value = None if near is None else scale.value(tree, near)
        if value is None or value.shape != difference.shape:
            return False
        change = (value - near.target(layout)) - difference
        if float(change.norm()) > STEADY * float(difference.norm()):
            return False
    return True


def is_stable(scale, tree, sample):
    """Return whether a formula has much the same value at a point that differs from a sample's by rounding errors."""
    near = Sample(_near(scale.ground, sample, torch.Generator().manual_seed(0)), sample.truth, 0.0, sample.of_shape)
    one, other = scale.value(tree, sample), scale.value(tree, near)
    if one is None or other is None:
        return scale.outcome(tree, sample)[1] != SINGULAR
    return float((one - other).norm()) <= STEADY * float(one.norm())


class Scale:
    """Compares the values of formulas with the truth at the samples of a ground.

    ``samples`` are for every formula; ``far_samples`` returns those for the formulas that agree there.
    """

    def __init__(self, ground, samples, far_samples=list):
        self.ground, self.book, self.samples, self.far_samples = ground, ground.book, samples, far_samples
        self.tolerance = TOLERANCE[ground.query.order]
        self.spent = 0

    @cached_property
    def far(self):
        """Samples farther out."""
        return self.far_samples()

    def remember(self, tree):
        """Keep the values of all nodes of a tree, as far as they have one: its edits share most of them."""
        nodes = postorder(tree)
        if len(nodes) > _CACHED_NODES:
            return
        for sample in self.samples:
            for node in nodes:
                try:
                    value = node_values(node, sample.point.arrays, sample.point.sizes, self.book, sample.values)
                except MatcalcError:
                    continue
                sample.values[id(node)] = value[id(node)]

    def outcome(self, tree, sample):
        """Return (value, None) of a tree at a sample, or (None, why it has none).

        MISFIT: its shapes do not fit; SINGULAR: a matrix is singular, or a number too large; UNDEFINED: it is no real
        number there.
        """
        self.spent += max(_EVALUATION, size_of(tree))
        point = sample.point
        try:
            values = node_values(tree, point.arrays, point.sizes, self.book, sample.values)
        except DomainError:
            return None, SINGULAR
        except MatcalcError:  # an edit may put an array where a size belongs
            return None, MISFIT
        if values[id(tree)] is None or not values[id(tree)].numel():  # a word, a bound of a sum, or eye(0)
            return None, MISFIT
        if torch.isfinite(values[id(tree)]).all():
            return values[id(tree)], None
        return None, SINGULAR if any(v is not None and v.isinf().any() for v in values.values()) else UNDEFINED

    def value(self, tree, sample):
        """Return the value of a tree at a sample, or None where it has none that is finite."""
        return self.outcome(tree, sample)[0]

    def values(self, tree):
        """Return the values at all samples."""
        return [self.value(tree, sample) for sample in self.samples]

    def error(self, value, target, scale=0.0):
        """Return the relative error of a value, infinite where the shapes differ or there is none."""
        if value is None or value.shape != target.shape:
            return float("inf")
        return relative_error(target, value, _NOISE * scale)

    def agreeing(self, tree, layouts=LAYOUTS):
        """Return the layouts in which a tree is the derivative at all samples where it is not singular."""
        left, count = list(layouts), 0
        for sample in self.samples:
            value, why = self.outcome(tree, sample)
            if why == SINGULAR or value is not None and self._is_garbage(value, sample):
                continue
            agreeing = [name for name in left if self.agrees(value, sample, name)]
            if not agreeing and not (count and self._is_rounding(tree, sample, value, left[0])):
                return []
            if agreeing:
                left, count = agreeing, count + 1
        if 2 * count < len(self.samples):
            return []
        return [name for name in left if not any(self._contradicts(tree, sample, name) for sample in self.far)]

    @staticmethod
    def _is_garbage(value, sample):
        """Return whether a value is so large that a singular matrix must have been inverted on the way."""
        return float(value.abs().max()) > _GARBAGE * (1 + sample.scale + float(sample.truth.norm()))

    def _contradicts(self, tree, sample, layout):
        """Return whether a tree is clearly not the derivative at a point where rounding errors may be large."""
        value, why = self.outcome(tree, sample)
        if why == SINGULAR or value is not None and self._is_garbage(value, sample):
            return False
        wrong = self.error(value, sample.target(layout), sample.scale) > _CLEARLY
        return wrong and not self._is_rounding(tree, sample, value, layout)

    def _is_rounding(self, tree, sample, value, layout):
        """Return whether a difference from the truth is the work of rounding."""
        target = sample.target(layout)
        if value is None or value.shape != target.shape:
            return False
        return not steady(self, tree, sample, value - target, layout, torch.Generator().manual_seed(0))

    def agrees(self, value, sample, layout):
        """Return whether a value is the derivative at a sample."""
        return self.error(value, sample.target(layout), sample.scale) <= self.tolerance

    def too_large(self, tree):
        """Return whether a formula takes too long, or too much memory, at any of the samples."""
        for sample in self.samples:
            shapes = {name: tuple(array.shape) for name, array in sample.point.arrays.items()}
            try:
                effort, _ = work(tree, shapes, sample.point.sizes, self.book)
            except LimitError:
                return True
            except MatcalcError:
                continue
            if effort > MAX_WORK:
                return True
        return False
