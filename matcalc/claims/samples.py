"""Points with the truth of a query, and the comparison of formulas with it.

The truth is torch autograd's of the user's own text; nothing here knows of the engine.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field

import torch

from ..checks.problem import Problem, informative_point
from ..errors import DomainError, MatcalcError
from ..evaluation.evaluate import evaluate
from ..evaluation.kinks import TIES, beside_kink
from ..evaluation.points import Point, acceptable
from ..language.syntax import Binary, Call, Name, Number, postorder
from ..rulebook.conditions import conditions, constant_value
from ..rulebook.facts import of_one_sign

MOST_POINTS = 9
_FAR_POINTS, _FAR_POINTS_OF_KINKS, _FAR_TRIES = 6, 24, 8
_MOST_KINKS, _DISTANCES = 6, (1e-8, 1e-5, 1e-3, 0.3)
# beside a kink a condition holds by less than elsewhere
_BESIDE = 1e-12
_OF_SIZES = ("eye", "ones", "zeros", "comm", "e")
# the largest size at which a formula is compared, and at how many sizes
_LARGEST_SIZE, _MOST_SIZES = 40, 8
_KINKS = ("nonzero", *TIES)
_SIGN_PREDICATES = ("positive", "nonzero", "above_minus_one")


@dataclass(eq=False)
class Sample:
    """A point and torch's derivative there, in numerator layout; ``values`` are those of known nodes by id."""

    point: Point
    truth: torch.Tensor
    scale: float
    of_shape: tuple
    far: bool = False
    values: dict = field(default_factory=dict)

    def target(self, layout):
        """Return the derivative in a layout: each is the other's transpose."""
        return self.truth.mT if layout == "denom" else self.truth

    def row_stacked(self, layout, variable, which="both"):
        """Return the Jacobian in a layout for a vec that stacks rows, of the "value", by the "variable", or "both"."""
        rows, cols = _row_order(self.of_shape), _row_order(tuple(self.point.arrays[variable].shape))
        found = self.truth if which == "variable" else self.truth[rows]
        found = found if which == "value" else found[:, cols]
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
    small = False

    def __init__(self, query, claim):
        super().__init__(query, claim)
        self.own_kinks = list(self.kinks)

    def admits(self, point):
        """Whether a point will do, after it was adjusted."""
        if self.adjust is not None:
            self.adjust(point)
        return super().admits(point)

    def refuse_large(self, shapes, sizes):
        """Raise LimitError where autograd or the formula would take too long; ``small`` points never do."""
        if not self.small:
            super().refuse_large(shapes, sizes)

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
        names = [Name(name) for name in self.shapes if not self.facts.get(name, frozenset()) & of_one_sign()]
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

    def where_broken(self):
        """Return samples at the points that were refused since conditions fail there exactly, with torch's values."""
        found = []
        for point, _ in self.broken_points:
            try:
                value, derivative, scale = self.derivative(point)
            except DomainError:
                continue  # the expression itself has no value there
            if acceptable(value) and acceptable(derivative):
                found.append(Sample(point, self.true_value(value, derivative, point), scale, tuple(value.shape)))
        return found

    def has_kinks(self, tree):
        """Return whether the expression or a formula has functions with kinks."""
        return any(has_kink(node, self.book) for root in (tree, self.tree) for node in postorder(root))

    def has_roots(self, tree):
        """Return whether the expression or a formula has roots, which are of one sign over the reals alone."""
        return any(_is_root(node) for root in (tree, self.tree) for node in postorder(root))

    def of_other_sizes(self, seed, tree):
        """Return samples of sizes that are drawn for no other, where sizes stand as numbers.

        Beside sizes in a row those are around each number that the formula or the expression has.
        """
        counted = numbers_of_sizes(tree) | numbers_of_sizes(self.tree)
        known, found = self.sampler(seed).assignments, []
        if not known or not counted.intersection(known[0]):
            return []
        numbers = {int(n.value) for n in postorder(tree) if isinstance(n, Number) and n.value.denominator == 1}
        around = {abs(number) + step for number in numbers for step in (-1, 0, 1, 2)}
        starts = [size for size in sorted({4, 5, 7, 8, *around}) if 2 <= size <= _LARGEST_SIZE][:_MOST_SIZES]
        for start in starts:
            with suppress(RuntimeError):
                drawn = self.sampler(seed, start).draw(_FAR_TRIES)
                if drawn is not None:
                    found.append(Sample(drawn, *self.found, self.of_shape, True))
        return found

    def far_samples(self, seed, tree):
        """Return samples farther out, at which what is right in a part of the domain only shows itself."""
        count, most = (_FAR_POINTS_OF_KINKS, 5) if self.has_kinks(tree) else (_FAR_POINTS, 2)
        sampler, found = self.sampler(seed), []
        before = self.adjust

        def farther(point):
            self._stretch(point, sampler.generator, most)
            if before is not None:
                before(point)

        self.adjust = farther
        for _ in range(count):
            try:
                drawn = sampler.draw(_FAR_TRIES)
            except RuntimeError:  # torch cannot differentiate there, as at an eigenvalue that is not simple
                continue
            if drawn is not None:
                found.append(Sample(drawn, *self.found, self.of_shape, True))
        self.adjust = before
        return [*found, *self._beside_kinks(sampler, tree), *self.of_other_sizes(seed, tree)]

    def _beside_kinks(self, sampler, tree):
        """Return samples on both sides of the kinks of the expression and of a formula, and very near to them."""
        point, found = sampler.draw(), []
        claimed = [c for c in conditions(tree, self.facts, self.book, self.variable) if c.predicate in _KINKS]
        kinks = {str(kink): kink for kink in [*self.own_kinks, *self.ties, *claimed]}
        if point is None or not kinks:
            return []
        before, self.margin = self.margin, _BESIDE
        for kink in list(kinks.values())[:_MOST_KINKS]:
            for beside in beside_kink(kink, point, self.facts, self.book, sampler.generator, _DISTANCES):
                with suppress(MatcalcError, RuntimeError):
                    if super().admits(beside):
                        found.append(Sample(beside, *self.found, self.of_shape, True))
        self.margin = before
        return found

    def _stretch(self, point, generator, most):
        """Multiply the values of names without facts by a sign and a power of 3 with an exponent up to ``most``."""
        for name in point.arrays:
            if not self.facts.get(name):
                exponent, sign = (
                    torch.randint(-1, most + 1, (), generator=generator),
                    torch.randint(2, (), generator=generator),
                )
                point.arrays[name] = point.arrays[name] * (3.0**exponent * (1 - 2 * sign))


def numbers_of_sizes(tree):
    """Return the names in a tree that stand outside of the arguments of eye, ones, zeros and unit columns."""
    made = [n for n in postorder(tree) if isinstance(n, Call) and n.function in _OF_SIZES]
    inside = {id(part) for call in made for arg in call.args for part in postorder(arg)}
    return {n.id for n in postorder(tree) if isinstance(n, Name) and id(n) not in inside}


def _is_root(node):
    if isinstance(node, Binary) and node.op == "**":
        exponent = constant_value(node.right)
        return exponent is None or exponent.denominator != 1
    return isinstance(node, Call) and node.function == "sqrt"


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
