"""Points on the sides of kinks that random points do not show: far out, in thin places, and where several meet.

A formula of a person's own may be wrong on one side of a kink alone, as 0 is for relu(min(x) - 10**6). Sides are
sought as tests are that are guided by coverage: first at points of many sizes and patterns (all entries alike, of one
sign, one name larger than the others), and at those made of the names of two that were found; what is still missing by
making the argument of the sign as large as it gets (BFGS, with the exact derivatives of power series).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from itertools import product
from math import inf
from random import Random
from typing import NamedTuple

from ...language.syntax import Binary, Number, Tree
from ...language.unparse import unparse
from ...rulebook.conditions import constant_value
from ...rulebook.facts import facts_with
from ...rulebook.kinks import kink_argument
from .arrays import Array, NoValue
from .ascent import Side, ascend, signs_at
from .evaluate import Plan
from .facts import has
from .points import Positives, Reals
from .question import Place
from .rationals import Rationals

# facts of sets that are not convex: these names are drawn, and not moved
FIXED = facts_with(convex=False)
_CONES = facts_with(scales=True)
_SIZES = tuple(Fraction(2) ** power for power in (0, 3, -3, 7, 12, -8, 18, 25, -16, 40, -40, 96, -96, 400, -400))
# entries that are all alike differ by so much of their size
_NOISE = Fraction(1, 2**7)
_VERY_CLOSE = Fraction(1, 2**44)
_OF_CORNERS, _FAR_OUT = (1, 2**18), 100
# evaluations of signs in the sweep and in the ascents; comparisons of points that show no new side, but a new pair
_MOST_SWEPT, _MOST_CROSSED, _MOST_CLIMBED, _MOST_PAIRS = 600, 100, 700, 16
_MOST_CONSTANTS, _MOST_KEPT, _WITNESSES, _MOST_TARGETS, _MOST_MOVES = 4, 8, 4, 6, 24
_SIGNS_IN_PAIRS, _MOST_OTHERS, _MOST_WATCHED, _MOST_BETWEEN, _HALVINGS = 24, 6, 8, 2, 120
# facts that each entry has or lacks by itself
_OF_ENTRIES = frozenset({"positive", "negative", "unit-interval"})


class Sides:
    """The search at one place; ``compare`` takes a point and returns whether both had a value there.

    ``missing`` are the sides of which no point was found.
    """

    def __init__(self, place: Place, random: Random, compare: Callable[[dict], bool]) -> None:
        self.place, self.random, self.compare = place, random, compare
        self.facts = {name: place.question.facts.get(name, frozenset()) for name in place.shapes}
        self.met: set = set()
        self.pairs: set = set()
        # some points of each side, and for each the point that came closest
        self.witness: dict = {}
        self.closest: dict = {}
        self.usual: set = set()
        # how often a side was compared on that usual points do not show: the first may be where nothing is to be seen
        self.compared: Counter = Counter()
        # of each argument up to two of its values, and 0 where it is 0
        self.values: dict = {}
        self.swept = self.of_pairs = self.climbed = 0
        self.watch = frozenset(_differences(place))
        self.of_sizes = _of_sizes(place)

    @property
    def missing(self) -> list:
        """The sides opposite to those that were met, and that were not met themselves.

        What is 0 at random points, as a condition of where is, has no other side, nor has a constant.
        """
        sides = map(_opposite, sorted(self.met))
        moved = {key for key, values in self.values.items() if 0.0 not in values and len(values) > 1}
        moved = {key for key in moved if key[0] not in self.watch | self.of_sizes}
        return [side for side in sides if side not in self.met and side[:2] in moved]

    def search(self) -> None:
        """Compare at points on all sides that are found."""
        self._sweep(self._usual(), _MOST_SWEPT)
        self.usual = set(self.met)
        if self.missing or not self.met:
            self._sweep(self._far(), _MOST_SWEPT)
            self._sweep(self._crossed(), _MOST_SWEPT + _MOST_CROSSED)
            if self.missing:
                self._sweep(self._between(), _MOST_SWEPT + 2 * _MOST_CROSSED)
            self._climb()

    # -- points of many sizes and patterns ------------------------------------------------------------------------

    def _sweep(self, points: Iterable, most: int) -> None:
        for point in points:
            if self.swept >= most:
                return
            self._visit(point)

    def _visit(self, point: dict | None, always: bool = False) -> bool:
        """Compare at a point if it shows something new; return whether it does."""
        if point is None:
            return False
        self.swept += 1
        try:
            found = signs_at(self.place, point, watch=self.watch)
        except NoValue:
            return False
        self._remember(found, point)
        sides = [Side(key[0], key[1], sign) for key, (sign, _) in found.items() if sign and key[0] not in self.watch]
        late = [side for side in sides if side not in self.usual] if self.usual else []
        new = not self.met.issuperset(sides) or any(self.compared[side] < _WITNESSES for side in late)
        pairs = self._pairs_of(sides) - self.pairs
        if not new and (not pairs or self.of_pairs >= _MOST_PAIRS) and not always or not self.compare(point):
            return False
        self.of_pairs += not new
        self.compared.update(late)
        self.met |= set(sides)
        self.pairs |= pairs
        return new

    @staticmethod
    def _pairs_of(sides: list) -> set:
        some = sides[:_SIGNS_IN_PAIRS]
        return {(one, other) for number, one in enumerate(some) for other in some[:number]}

    def _remember(self, found: dict, point: dict) -> None:
        for key, (sign, series) in found.items():
            values, value = self.values.setdefault(key, set()), float(series[0].mid())
            if len(values) < 2 or not sign:
                values.add(value if sign else 0.0)
            if not series[0].is_exact():  # what varies by less than is told, as exp(-(a - 50)**2) - 0.9 does at 0
                values.add(inf)
            if sign:
                known = self.witness.setdefault(Side(key[0], key[1], sign), [])
                if len(known) < _WITNESSES:
                    known.append(point)
                size = abs(value)
                side = Side(key[0], key[1], -sign)
                if side not in self.closest or size < self.closest[side][0]:
                    self.closest[side] = (size, point)

    def _usual(self) -> Iterator[dict | None]:
        for size in _SIZES[:3]:
            for kind in (Reals, Positives):
                yield self._drawn(kind(self.random, size))

    def _far(self) -> Iterator[dict | None]:
        """Yield points of many sizes: entries at random, alike, alike and negative; of all names, and of each alone."""
        names = [name for name in self.place.shapes if not self.facts[name] & FIXED]
        for size in [*self._constants(), *_SIZES]:
            for kind in self._kinds(size):
                drawn = self._drawn(kind, size)
                yield drawn
                usual = self._drawn(Reals(self.random))
                if drawn is None or usual is None or len(names) < 2:
                    continue
                for name in names:
                    yield {**usual, name: drawn[name]}
                    if abs(size) >= _FAR_OUT:  # what is flat far out, as tanh(A@x) is, is not beside what is small
                        yield {**self._shrunk(usual, size), name: drawn[name]}
            yield from self._special(size)

    def _shrunk(self, point: dict, size: Fraction) -> dict:
        """Return a point divided by a size, but for the names that do not keep their facts."""
        return {
            name: Array(array.shape, [x / size for x in array.entries]) if self.facts[name] <= _CONES else array
            for name, array in point.items()
        }

    def _kinds(self, size: Fraction) -> list:
        random = self.random
        corners = [_Corner(random, number, size) for number in range(3)] if size in _OF_CORNERS else []
        shifted = [_Shifted(random, sign * size) for sign in (1, -1)]
        return [_Alike(random, size), _Alike(random, -size), *shifted, Reals(random, size), *corners]

    def _special(self, size: Fraction) -> Iterator[dict | None]:
        """Yield points at which a name without facts is all but a multiple of the identity, or all but another name."""
        usual = self._drawn(Reals(self.random))
        if usual is None:
            return
        close = (_NOISE, _VERY_CLOSE) if size == 1 else (_NOISE,)
        for name, (rows, cols) in self.place.shapes.items():
            if self.facts[name]:
                continue
            if rows == cols > 1:
                for factor, part in product((size, -size), close):
                    noise = Reals(self.random, size * part)
                    entries = [noise.free() + (factor if i == j else 0) for i in range(rows) for j in range(cols)]
                    yield {**usual, name: Array((rows, cols), entries)}
            if size == 1 and rows * cols > 1:
                for other, shape in self.place.shapes.items():
                    if other != name and shape == (rows, cols):
                        for part in close:
                            unit = Reals(self.random, part)
                            yield {**usual, name: Array(shape, [x * (1 + unit.free()) for x in usual[other].entries])}

    def _crossed(self) -> Iterator[dict | None]:
        """Yield points made of two that show different sides: a name of one, and the others of the other."""
        late = [point for side, known in self.witness.items() if side not in self.usual for point in known]
        points = late + [known[0] for known in self.witness.values()]
        late, points = (list({id(point): point for point in some}.values()) for some in (late, points))
        for number, one in enumerate(late[:_MOST_KEPT]):
            for other in points[number + 1 :][:_MOST_KEPT]:
                for name in one:
                    yield {**other, name: one[name]}
                    yield {**one, name: other[name]}

    def _between(self) -> Iterator[dict | None]:
        """Yield points at which a difference from a number is all but 0: exp(-(u - 50)**2) is flat elsewhere."""
        for slot in sorted(self.watch):
            known = [self.witness.get(Side(slot, 0, sign), []) for sign in (1, -1)]
            for one, other in list(zip(*known))[:_MOST_BETWEEN]:
                yield self._zero_between(slot, one, other)

    def _zero_between(self, slot: int, one: dict, other: dict) -> dict | None:
        """Return the point on the way between two at which the first entry of a watched node is all but 0."""
        low = one
        high = {name: one[name] if self.facts[name] & FIXED else array for name, array in other.items()}
        for _ in range(_HALVINGS):
            middle = {
                name: Array(a.shape, [(x + y) / 2 for x, y in zip(a.entries, high[name].entries)])
                for name, a in low.items()
            }
            try:
                sign = signs_at(self.place, middle, watch=self.watch)[slot, 0][0]
            except NoValue:
                return None
            if sign > 0:
                low = middle
            else:
                high = middle
        return low

    def _constants(self) -> list:
        """Return the sizes of the numbers in the formulas, a little above and a little below."""
        trees = [*self.place.question.formula.nodes, *self.place.question.answer_formula.nodes]
        found = {abs(node.value) for node in trees if isinstance(node, Number) and node.value not in (0, 1, 2)}
        found |= {power for node in trees if (power := _of_power(node)) is not None}
        some = sorted(found)[-_MOST_CONSTANTS:]
        return [value * part for value in some for part in (1 + _NOISE, 1 - _NOISE, 2)]

    def _drawn(self, source: Reals, size: Fraction = Fraction(1)) -> dict | None:
        """Return a point with all facts; what has a fact of a cone is multiplied by the size."""
        try:
            point = self.place.point(Rationals(), source)
        except NoValue:
            return None
        for name, words in self.facts.items():
            if words and words <= _CONES and abs(size) != 1:
                point[name] = Array(point[name].shape, [abs(size) * entry for entry in point[name].entries])
        return point

    # -- the largest value of an argument -----------------------------------------------------------------------

    def _climb(self) -> None:
        """Make the argument of a missing side as large as it gets, and then those of all sides that were rare."""
        rare = []
        for side in self.missing[:_MOST_TARGETS]:
            starts = [self.closest[side][1]] if side in self.closest else []
            drawn = [self._drawn(kind(self.random)) for kind in (Reals, Positives)]
            starts += [point for point in drawn if point]
            if any(self._ascend(start, [side], []) for start in starts):
                rare.append(side)
        if len(rare) > 1:
            self._ascend(self.witness[rare[-1]][0], rare, [])
        for number, (one, other) in enumerate(self._apart()):
            if number >= _MOST_TARGETS:
                return
            self._ascend(self.witness[one][0], [other], [one])

    def _ascend(self, start: dict, wanted: list, kept: list) -> bool:
        """Climb from a point until some sides are met, those that are kept as well; return whether they are."""
        if self.climbed >= _MOST_CLIMBED:
            return False
        if not kept and len(wanted) == 1 and wanted[0] in self.met:
            return False
        top, spent = ascend(self, start, wanted, kept, _MOST_CLIMBED - self.climbed)
        self.climbed += spent
        self._visit(top, always=len(wanted) + len(kept) > 1)
        return self.met.issuperset(wanted)

    def _apart(self) -> Iterator[tuple[Side, Side]]:
        """Yield two sides of different kinks that were met, the first not by usual points, and never both at once."""
        nodes = {(one.node, one.sign, other.node, other.sign) for one, other in self.pairs}
        nodes |= {(*four[2:], *four[:2]) for four in nodes}
        seen = set()
        for one in sorted(self.met - self.usual):
            for other in sorted(self.met):
                four = (one.node, one.sign, other.node, other.sign)
                if one.node == other.node or four in nodes or four in seen or self._same(one, other):
                    continue
                seen |= {four, (*four[2:], *four[:2])}
                yield one, other

    def _same(self, one: Side, other: Side) -> bool:
        """Whether two kinks have one argument, or opposite ones."""
        found = signs_at(self.place, self.witness[one][0])
        if one[:2] not in found or other[:2] not in found:
            return True
        a, b = (found[side[:2]][1][0] for side in (one, other))
        return (a - b).contains(0) or (a + b).contains(0)

    def moves(self, point: dict) -> list:
        """Return directions in which the names of a point can be moved: entries, or towards others with their facts."""
        found = []
        for name, words in self.facts.items():
            shape = self.place.shapes[name]
            count = shape[0] * shape[1]
            if words & FIXED:
                continue
            if not words - _OF_ENTRIES:
                for number in range(count):
                    found.append({name: Array(shape, [Fraction(int(i == number)) for i in range(count)])})
                continue
            for turn in range(2 * min(count, _MOST_OTHERS)):
                other = self._drawn(_Corner(self.random, turn // 2) if turn % 2 else Reals(self.random))
                if other is not None:
                    entries = [y - x for x, y in zip(point[name].entries, other[name].entries)]
                    found.append({name: Array(shape, entries)})
        return found if len(found) <= _MOST_MOVES else self.random.sample(found, _MOST_MOVES)

    def admits(self, point: dict) -> bool:
        """Whether all names have their facts at a point."""
        return all(has(array, self.facts[name]) for name, array in point.items())


class _Alike(Reals):
    """Entries that are all about as large as ``size`` and of its sign."""

    def free(self) -> Fraction:
        return self.size * (1 + _NOISE * self._unit())

    def positive(self) -> Fraction:
        return abs(self.free())


class _Shifted(Reals):
    """Entries that differ by about 1, all of them far out: softmax and var see no more than these differences."""

    def free(self) -> Fraction:
        return self.size + 2 * self._unit()

    def positive(self) -> Fraction:
        return abs(self.size) + 2 * self._unit()


class _Corner(Reals):
    """One entry that is large beside all others, as in a corner of a simplex."""

    def __init__(self, random: Random, number: int, size: Fraction = Fraction(1)) -> None:
        super().__init__(random, size)
        self.left = number

    def _part(self) -> Fraction:
        self.left -= 1
        return Fraction(1) if self.left == -1 else _VERY_CLOSE

    def free(self) -> Fraction:
        return super().free() * self._part()

    def positive(self) -> Fraction:
        return super().positive() * self._part()


def _opposite(side: Side) -> Side:
    return side._replace(sign=-side.sign)


def _differences(place: Place) -> list:
    """Return the numbers of the differences from a number, and of such sums, in the formulas."""
    question, plan = place.question, place.answer_plan
    if not isinstance(plan, Plan):
        return []
    steps = {**question.formula.table, **question.answer_formula.table}
    found = [
        slot for slot, step in steps.items()
        if isinstance(step.node, Binary) and step.node.op in "+-"
        and _is_number(step.node.left) is not _is_number(step.node.right)
    ]
    return found[:_MOST_WATCHED]


def _of_sizes(place: Place) -> set:
    """Return the ids of the nodes that depend on no name."""
    found: set = set()
    for formula in (place.question.formula, place.question.answer_formula):
        moving = set(formula.moving(frozenset(place.shapes)))
        found.update(id(step.node) for slot, step in formula.table.items() if slot not in moving)
    return found


def _is_number(node: Tree) -> bool:
    return constant_value(node) is not None or _of_power(node) is not None


def _of_power(node: object) -> Fraction | None:
    """Return the value of a power of numbers such as 10**6, None of anything else."""
    one, other = getattr(node, "left", None), getattr(node, "right", None)
    if getattr(node, "op", "") != "**" or not isinstance(one, Number) or not isinstance(other, Number):
        return None
    small = other.value.denominator == 1 and abs(other.value) <= 400 and abs(one.value.numerator) <= 10**6
    return one.value ** int(other.value) if small and one.value > 1 else None


class MissingSide(NamedTuple):
    """A side of a kink of which no point was found: the sign of a surface tree there.

    Of a node whose kinks are no signs of its argument, as those of max(x) are not, it is the node, and the sign 0.
    """

    tree: Tree
    sign: int


def missing_sides(place: Place, missing: list) -> tuple:
    """Return the :class:`MissingSide` of each node and sign of which sides were not found."""
    question, found = place.question, {}
    nodes = {id(node): node for node in [*question.formula.nodes, *question.answer_formula.nodes]}
    for side in missing:
        node = nodes[side.node]
        tree = kink_argument(node, question.book)
        one = MissingSide(node, 0) if tree is None else MissingSide(tree, side.sign)
        found[unparse(one.tree), one.sign] = one
    return tuple(found.values())

