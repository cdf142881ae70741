"""The exact check of a derivation: every form of every line is compared without rounding, in balls.

Values are those of the definitions; differentials, Jacobians and sensitivities are coefficients of power series of the
definitions, displaced in a direction or entry by entry; the derivative is contracted as in the check of the answer.
Nothing is differentiated by a rule, and neither torch nor NumPy is needed.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from random import Random
from typing import TYPE_CHECKING, Any

from ..bounds import MAX_EXACT_WORK
from ..errors import MatcalcError
from ..evaluation.exact.arrays import Array, NotExact, NoValue, transpose
from ..evaluation.exact.balls import Balls, balls, digits, load_flint
from ..evaluation.exact.evaluate import Plan
from ..evaluation.exact.formula import Formula
from ..evaluation.exact.points import Positives, Reals
from ..evaluation.exact.question import Place, Question
from ..evaluation.exact.rationals import Rationals
from ..language.syntax import parse_tree
from ..steps.step import DERIVATIVE, GRADIENT
from .exact import derivative_in_balls
from .exact_report import DECIMALS
from .report import StepsReport

if TYPE_CHECKING:
    from ..language.syntax import Tree
    from ..steps.step import Step

_TRIES, _BITS = 12, 400
_MOST_POINTS, _MORE_PLACES = 2, 3
# a sensitivity or a Jacobian takes a series for each entry
_MOST_ENTRIES = 40


def check_steps_exactly(derivation: Any, derivative: Any, points: int = 3, seed: int = 0) -> StepsReport:
    """Compare every line of a Derivation with exact values; ``derivative`` is the Derivative that it leads to.

    At up to two of the ``points``, of different sizes. Returns a :class:`StepsReport` with a verdict on each line;
    its ``ok`` is None where no exact values could be compared.
    """
    lines, wanted = len(derivation.steps), min(points, _MOST_POINTS)
    random, compared, reason = Random(f"{seed} {derivative.query.elaborated.text}"), 0, ""
    verdicts: list[bool | None] = [True] * lines
    try:
        load_flint()
        question = Question(derivative.query, parse_tree(derivation.steps[-1].expression))
        for place in islice(question.places(), wanted + _MORE_PLACES):
            try:
                found = _judged(derivation, derivative.query, place, random)
            except NoValue as problem:
                reason = str(problem)
                continue
            compared += 1
            verdicts = [None if None in pair else all(pair) for pair in zip(verdicts, found.verdicts)]
            reason = found.reason or reason
            if found.ok is False or compared == wanted:
                break
    except NotExact as problem:
        return _undecided(lines, str(problem))
    except MatcalcError as error:
        return _undecided(lines, error.message)
    if not compared:
        return _undecided(lines, f"no point was found where all lines have a value ({reason})")
    ok = False if False in verdicts else None if None in verdicts else True
    held = compared if ok else 0
    return StepsReport(ok, None, compared, lines, "" if ok else reason, exact_points=held, verdicts=tuple(verdicts))


def _undecided(lines: int, reason: str) -> StepsReport:
    return StepsReport(None, None, 0, lines, reason, verdicts=(None,) * lines)


def _judged(derivation: Any, query: Any, place: Place, random: Random) -> StepsReport:
    """Judge the lines at one point of a place, up to the first that does not hold; raises NoValue where none is found.

    A line whose exact value is not known has the verdict None, and those behind it are judged.
    """
    reason: NoValue | None = None
    for turn in range(_TRIES):
        rationals, source = Rationals(), Positives(random) if turn % 3 == 2 else Reals(random)
        point = place.point(rationals, source)
        with balls(_BITS, place.order + 1) as c:
            try:
                return _at_point(derivation, _Moment(derivation, query, place, c, point, source))
            except NoValue as problem:
                reason = problem
    raise reason or NoValue("no point was found")


def _at_point(derivation: Any, moment: _Moment) -> StepsReport:
    lines, unknown = len(derivation.steps), ""
    verdicts: list[bool | None] = []
    for index, step in enumerate(derivation.steps, 1):
        try:
            found = moment.judge(step)
        except NotExact as problem:
            unknown = unknown or f"line {index}, {step}: {problem}"
            verdicts.append(None)
            continue
        verdicts.append(not found)
        if found:
            verdicts += [None] * (lines - index)
            reason = f"line {index}, {step}: without rounding {found}"
            return StepsReport(False, None, 1, lines, reason, verdicts=tuple(verdicts))
    return StepsReport(None if unknown else True, None, 1, lines, unknown, verdicts=tuple(verdicts))


class _Moment:
    """A point with the exact values of everything that a line can speak of."""

    def __init__(
        self, derivation: Any, query: Any, place: Place, c: Balls, point: dict, source: Reals
    ) -> None:
        self.derivation, self.query, self.place, self.c = derivation, query, place, c
        self.point, self.source, self._contractions = point, source, {}
        self.arrays = {name: c.displaced(array, None) for name, array in point.items()}
        self.arrays |= self._values(self.arrays)
        self.own = self._value(query.elaborated.tree, self.arrays)
        self.arrays |= {**self._changes(), **self._sensitivities(), **self._jacobians()}

    def _value(self, tree: Tree, arrays: dict) -> Array:
        formula = Formula(tree, self.query.book)
        shapes = {name: array.shape for name, array in arrays.items()}
        return Plan(formula, shapes, self.place.sizes, MAX_EXACT_WORK).value(self.c, arrays)

    def _values(self, arrays: dict, after: str = "") -> dict:
        """Return the values of the definitions, or of those after a part, which stands among the arrays."""
        found, waiting = {}, bool(after)
        for name, text in self.derivation.values.items():
            if not waiting:
                found[name] = self._value(parse_tree(text), {**arrays, **found})
            waiting = waiting and name != after
        return found

    # -- what the names of differentials, sensitivities and Jacobians stand for ----------------------------------------

    def _coefficients(self, A: Array) -> Array:
        return Array(A.shape, [self._series([ball]) for ball in self.c.coefficients(A, 1)])

    def _series(self, coefficients: list) -> Any:
        flint: Any = self.c.flint
        return flint.arb_series(coefficients)

    def _changes(self) -> dict:
        variable, c = self.derivation.variable, self.c
        X = self.point[variable]
        direction = Array(X.shape, [self.source.free() for _ in X.entries])
        moved = {**self.arrays, variable: c.displaced(X, direction)}
        values, found = self._values(moved), {}
        for name, change in self.derivation.changes.items():
            found[change] = c.displaced(direction, None) if name == variable else self._coefficients(values[name])
        return found

    def _moved(self, name: str) -> list:
        """Return the array of a name, one entry of it displaced by h, for each entry row by row."""
        A, h = self.arrays[name], self._series([0, 1])
        if len(A.entries) > _MOST_ENTRIES:
            raise NotExact(f"{name} has too many entries")
        return [
            Array(A.shape, [entry + h if place == at else entry for place, entry in enumerate(A.entries)])
            for at in range(len(A.entries))
        ]

    def _sensitivities(self) -> dict:
        function, found = self.derivation.function, {}
        self.up_to_skew = set()
        for part, name in self.derivation.sensitivities.items():
            slopes = []
            for moved in self._moved(part):
                value = self._values({**self.arrays, part: moved}, after=part)[function]
                slopes.append(self._series([self.c.coefficients(value, 1)[0]]))
            Z = self.arrays[part]
            found[name] = Array(Z.shape, slopes)
            if Z.shape[0] == Z.shape[1] and self._equal(Z, transpose(Z)):
                self.up_to_skew.add(name)
        return found

    def _jacobians(self) -> dict:
        variable = self.derivation.variable
        by_scalar, found = self.arrays[variable].shape == (1, 1), {}
        columns: dict = {part: [] for part in self.derivation.jacobians}
        if columns:
            for moved in self._moved(variable):
                values = self._values({**self.arrays, variable: moved})
                for part, kept in columns.items():
                    kept.append(self._coefficients(values[part]))
        for part, kept in columns.items():
            name = self.derivation.jacobians[part]
            found[name] = kept[0] if by_scalar else self._matrix(kept, self.arrays[variable].shape)
        return found

    @staticmethod
    def _matrix(columns: list, shape: tuple) -> Array:
        """Return the matrix of vec(dZ) by vec(dX), both column by column; ``columns`` are row by row in X."""
        rows, cols = shape
        ordered = [transpose(columns[i * cols + j]).entries for j in range(cols) for i in range(rows)]
        height = len(ordered[0])
        return Array((height, len(ordered)), [column[i] for i in range(height) for column in ordered])

    # -- judging a line ------------------------------------------------------------------------------------------------

    def judge(self, step: Step) -> str:
        """Return why a line is false, '' where it holds."""
        if step.kind in (DERIVATIVE, GRADIENT):
            return next(filter(None, (self._contracted(step.kind, text) for text in step.forms)), "")
        truth = self._value(parse_tree(step.left), self.arrays)
        pairs = [(step.left, self.own)] if step.left == self.derivation.function else []
        pairs += [(text, self._value(parse_tree(text), self.arrays)) for text in step.forms]
        skew = step.left in self.up_to_skew
        for text, value in pairs:
            if not self._same(value, truth, skew):
                return f"'{text}' is not {step.left}"
        for name, text in step.definitions:
            if not self._same(self._value(parse_tree(text), self.arrays), self.arrays[name], False):
                return f"'{text}' is not {name}"
        return ""

    def _same(self, one: Array, other: Array, skew: bool) -> bool:
        if one.shape != other.shape:
            return False
        if skew:
            one, other = (self.c.add(A, transpose(A)) for A in (one, other))
        return self._equal(one, other)

    def _equal(self, one: Array, other: Array) -> bool:
        """Whether two arrays are equal; raises NoValue where that cannot be told to all digits."""
        values = [self.c.coefficients(A, 0) for A in (one, other)]
        return self._agree(*values)

    def _agree(self, ours: list, truth: list) -> bool:
        scale = max(float(abs(ball).mid()) for ball in [*ours, *truth])
        differences = [one - other for one, other in zip(ours, truth)]
        if not all(difference.contains(0) for difference in differences):
            return False
        if not all(digits(float(difference.abs_upper()), max(scale, 1.0)) >= DECIMALS for difference in differences):
            raise NoValue("too few digits are left")
        return True

    def _contracted(self, kind: str, text: str) -> str:
        """Return why a form is not the derivative, or not the gradient that a second derivative begins with."""
        if kind not in self._contractions:
            place, rationals = self.place, Rationals()
            if kind == GRADIENT:
                first = replace(self.query, order=1, layout="mixed")
                place = Place(Question(first, parse_tree(text)), dict(self.place.sizes), set(self.place.free))
            directions = place.directions(rationals, self.source)
            moves = place.moves(rationals, self.point, directions)
            truth = derivative_in_balls(place, self.c, self.point, moves)
            self._contractions[kind] = place, [self.c.displaced(d, None) for d in directions], truth
        place, along, truth = self._contractions[kind]
        value = self._value(parse_tree(text), self.arrays)
        ours = self.c.coefficients(Array((1,), place.contracted(self.c, value, along)), 0)
        return "" if len(ours) == len(truth) and self._agree(ours, truth) else f"'{text}' is not the {kind}"
