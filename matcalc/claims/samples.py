"""Points with the truth of a query, and the comparison of formulas with it.

The truth is torch autograd's of the user's own text; nothing here knows of the engine.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import torch

from ..conditions import conditions
from ..errors import DomainError, LimitError, MatcalcError
from ..evaluation import evaluate, node_values, work
from ..numeric_check import TOLERANCE, relative_error
from ..points import Point
from ..problem import MAX_WORK, Problem, informative_point
from ..syntax import Call, Name, postorder

LAYOUTS = ("denom", "num")
MISFIT, SINGULAR, UNDEFINED = "misfit", "singular", "undefined"
MOST_POINTS = 9
_FAR_POINTS, _FAR_POINTS_OF_KINKS, _FAR_TRIES = 6, 24, 8
_SURE_OF_SIGNS = frozenset({"positive", "negative", "unit-interval", "simplex", "binary"})
_SIGN_PREDICATES = ("positive", "nonzero", "above_minus_one")
_CACHED_NODES = 400
# a relative change of the point that only rounding errors notice
_JITTER = 1e-13
# below this part of the largest intermediate gradient a derivative may be rounding noise
_NOISE = 1e-5
_CLEARLY = 1e-3
_GARBAGE = 1e9


@dataclass(eq=False)
class Sample:
    """A point and torch's derivative there, in numerator layout; ``values`` are those of known nodes by id."""

    point: Point
    truth: torch.Tensor
    scale: float
    of_shape: tuple
    values: dict = field(default_factory=dict)

    def target(self, layout):
        """Return the derivative in a layout: each is the other's transpose."""
        return self.truth.mT if layout == "denom" else self.truth

    def row_stacked(self, layout, variable):
        """Return the Jacobian in a layout for a vec that stacks rows."""
        rows, cols = _row_order(self.of_shape), _row_order(tuple(self.point.arrays[variable].shape))
        found = self.truth[rows][:, cols]
        return found.mT if layout == "denom" else found


def _row_order(shape):
    """Return the places in vec of an array's entries, row by row."""
    return torch.arange(shape[0] * shape[1]).reshape(shape[1], shape[0]).mT.reshape(-1)


class Ground(Problem):
    """A query in numerator layout with the claimed formula, and points that show all there is to see of both.

    ``adjust`` changes every point that is drawn, so that it meets a restriction; ``shapes`` and ``facts`` may be
    changed before a point is drawn.
    """

    adjust = None

    def __init__(self, query, claim):
        super().__init__(query, claim)
        self.own_kinks = list(self.kinks)

    def admits(self, point):
        """Whether a point will do, after it was adjusted."""
        if self.adjust is not None:
            self.adjust(point)
        self.last = point
        return super().admits(point)

    def true_value(self, value, found, point):
        """Return torch's derivative in numerator layout; keeps the shape of the value of the expression."""
        self.of_shape = tuple(value.shape)
        return super().true_value(value, found, point)

    def at_same_points(self, samples):
        """Return samples at the points of others, those left out where torch has no derivative."""
        return [Sample(s.point, *self.found, self.of_shape) for s in samples if self.admits(s.point)]

    def watch(self, tree, point):
        """Let points be sought on both sides of what decides about a sign in a formula, and of every name."""
        self.kinks = list(self.own_kinks)
        names = [Name(name) for name in self.shapes if not self.facts.get(name, frozenset()) & _SURE_OF_SIGNS]
        wanted = [c.tree for c in conditions(tree, self.facts, self.book) if c.predicate in _SIGN_PREDICATES]
        for node in [*wanted, *names]:
            try:
                evaluate(node, point.arrays, point.sizes, self.book)
            except MatcalcError:
                continue
            self.kinks.append(_Side(node))

    def draw(self, sampler, seen):
        """Return the next sample, or None."""
        point = informative_point(self, sampler, seen)
        return None if point is None else Sample(point, *self.found, self.of_shape)

    def samples(self, count, seed, tree):
        """Return ``count`` samples, and a few more while they show new sides of what has signs."""
        sampler, seen, found = self.sampler(seed), set(), []
        for number in range(MOST_POINTS):
            before = len(seen)
            sample = self.draw(sampler, seen)
            if sample is None or number >= count and len(seen) == before:
                break
            if number == 0:
                self.watch(tree, sample.point)
            found.append(sample)
        self.reason = sampler.reason
        return found

    def far_samples(self, seed, tree):
        """Return samples farther out, at which what is right in a part of the domain only shows itself."""
        kinked = any(has_kink(node, self.book) for root in (tree, self.tree) for node in postorder(root))
        sampler, found = self.sampler(seed), []
        before, self.adjust = self.adjust, lambda point: self._stretch(point, sampler.generator)
        for _ in range(_FAR_POINTS_OF_KINKS if kinked else _FAR_POINTS):
            if sampler.draw(_FAR_TRIES) is not None:
                found.append(Sample(self.last, *self.found, self.of_shape))
        self.adjust = before
        return found

    def _stretch(self, point, generator):
        """Multiply the values of names about which nothing is declared by a power of 3 and a sign."""
        for name in point.arrays:
            if not self.facts.get(name):
                exponent, sign = (
                    torch.randint(-1, 3, (), generator=generator),
                    torch.randint(2, (), generator=generator),
                )
                point.arrays[name] = point.arrays[name] * (3.0**exponent * (1 - 2 * sign))


def has_kink(node, book):
    """Return whether a node is a function that is not differentiable somewhere in its domain, such as abs."""
    if not isinstance(node, Call):
        return False
    rules = book.lookup(node)
    where = [text for rule in rules for formula in rule.differentials for text in formula.where]
    return any(rule.kink for rule in rules) or any(text.startswith("nonzero") for text in where)


@dataclass(frozen=True)
class _Side:
    """What has a sign that a formula may depend on."""

    tree: object


def jittered(ground, sample, generator):
    """Return the sample at a point that differs by rounding errors only, None where torch has no value there."""
    arrays = {
        name: array
        if ground.facts.get(name, frozenset()) & {"integer", "binary"}
        else array * (1 + _JITTER * torch.randn(array.shape, generator=generator, dtype=torch.float64))
        for name, array in sample.point.arrays.items()
    }
    point = Point(arrays, sample.point.sizes)
    adjust, ground.adjust = ground.adjust, None
    try:
        admitted = ground.admits(point)
    except DomainError:
        admitted = False
    finally:
        ground.adjust = adjust
    return Sample(point, *ground.found, ground.of_shape) if admitted else None


class Scale:
    """Compares the values of formulas with the truth at the samples of a ground.

    ``samples`` are for every formula, ``far`` only for those that agree there.
    """

    def __init__(self, ground, samples, far=()):
        self.ground, self.book, self.samples, self.far = ground, ground.book, samples, far
        self.tolerance = TOLERANCE[ground.query.order]
        self.spent = 0

    @property
    def total(self):
        """How many points there are."""
        return len(self.samples) + len(self.far)

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
        self.spent += 1
        point = sample.point
        try:
            values = node_values(tree, point.arrays, point.sizes, self.book, sample.values)
        except DomainError:
            return None, SINGULAR
        except MatcalcError:  # an edit may put an array where a size belongs
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
            left = [name for name in left if self.agrees(value, sample, name)]
            if not left:
                return left
            count += 1
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
        return self.error(value, sample.target(layout), sample.scale) > _CLEARLY

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
