"""The exact check of a derivative: no rounding, no rule of calculus, and neither torch nor NumPy.

Where the question and the answer are rational, both are evaluated modulo a power of a random prime, and the answer is
compared with a finite difference, which is exact there (evaluation/exact/padics.py). Elsewhere, where python-flint is
installed, it is compared with the power series of the question in balls that hold the true value. Nothing is shared
with the engine but the parser.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from itertools import product
from math import prod
from random import Random
from typing import Any

from ..counts import positive_count, seed_number
from ..errors import ArgumentError, LimitError, MatcalcError
from ..evaluation.exact.arrays import Array, NotExact, NoValue, Undefined
from ..evaluation.exact.balls import balls, digits, load_flint, middle_of
from ..evaluation.exact.degrees import Degrees, of_derivative
from ..evaluation.exact.differences import difference_along
from ..evaluation.exact.formula import Values
from ..evaluation.exact.kinks import compare_beside_kinks
from ..evaluation.exact.padic_functions import AnalyticPadics
from ..evaluation.exact.padics import BITS, PRIMES, Padics, random_prime
from ..evaluation.exact.points import Bounds, Positives, Reals, Residues
from ..evaluation.exact.question import Place, Question, extreme_sizes
from ..evaluation.exact.rationals import FlintRationals, Rationals
from ..evaluation.exact.sides import missing_sides
from ..language.stacks import read_back
from ..rulebook.facts import facts_with
from .exact_report import DECIMALS, ExactReport

# digits of the prime to which a derivative is compared; more where divisors are multiples of it
_DIGITS, _MORE_DIGITS = 1, 5
_TRIES = 12
# as many where the names are multiples of the prime, whose powers hide terms
_ANALYTIC_DIGITS, _LEAST_ANALYTIC_DIGITS, _ANALYTIC_TRIES = 12, 8, 30
# what is no multiple of the prime; an order is nothing to it
_RIGID = facts_with(scales=False) - {"unit-interval"}
# how many places may have no point at which both have a value
_MORE_PLACES = 3
# one side of a kink says nothing of the other
_MORE_POINTS_OF_KINKS = 6
# for a person's formula, where the names have few values: so many times as many points
_MORE_OF_FEW = 4
_SIDE_TRIES = 4
_BITS = (240, 480, 1200)
# what changes by more between the two sides of a kink jumps
_JUMP = 1e-30


def check_exactly(derivative: Any, points: int = 3, seed: int = 0) -> ExactReport:
    """Compare a Derivative or an IndexForm with exact values of its source text; return an :class:`ExactReport`.

    At ``points`` random points of different sizes, drawn from ``seed`` and the texts. Raises ArgumentError where
    ``points`` is not positive.
    """
    points, seed = positive_count("points", points), seed_number(seed)
    text = ""
    try:
        text = str(derivative)
        stacks = derivative.query.elaborated.stacks
        answer = derivative.indexed if hasattr(derivative, "indexed") else read_back(text, stacks)
    except LimitError as error:
        return ExactReport(None, 0, reason=error.message)
    except MatcalcError as error:
        return ExactReport(False, 0, reason=f"the answer cannot be read back: {error.message}")
    return _compared(derivative.query, answer, f"{seed} {derivative.query.elaborated.text} {text}", points, False)


def compare_exactly(query: Any, answer: Any, seed: str, points: int = 3) -> ExactReport:
    """Compare a formula, a surface tree or an array in index notation, with the derivative that a query asks for.

    A formula of a person's own may be wrong in one corner alone: more kinks are compared than for an answer.
    """
    return _compared(query, answer, seed, points, True)


def _compared(query: Any, answer: Any, seed: str, points: int, thorough: bool) -> ExactReport:
    try:
        return _Comparison(Question(query, answer), seed, points, thorough).report()
    except NotExact as problem:
        return ExactReport(None, 0, reason=str(problem))
    except MatcalcError as error:
        return ExactReport(None, 0, reason=error.message)


def difference_at(query: object, answer: object, arrays: dict, sizes: dict) -> float | None:
    """Return the relative difference of a formula from the derivative at a point of fractions, 0 to 50 digits or fewer.

    ``arrays`` maps names to rows, ``sizes`` the letters of the shapes to numbers. None where it cannot be told.
    """
    try:
        question = Question(query, answer)
        place = Place(question, dict(sizes), set(sizes))
        point = {name: Array((len(rows), len(rows[0])), sum(rows, [])) for name, rows in arrays.items()}
        _Comparison(question, "0", 1).at(place, point)
    except _Differs as found:
        return found.args[2]
    except (NotExact, NoValue, MatcalcError):
        return None
    return 0.0


class _Differs(Exception):
    """The answer is not the derivative: the message says where."""


class _TooFewDigits(NoValue):
    """The balls are too wide to say that both are equal: more bits may help."""


class _Comparison:
    def __init__(self, question: Question, seed: str, points: int, thorough: bool = False) -> None:
        self.question, self.seed, self._thorough = question, seed, thorough
        # a formula may be right for even numbers alone
        self.points = points * _MORE_OF_FEW if thorough and question.few_points else points
        self.random, self._kinked = Random(seed), False
        self._residues, self._known_arithmetics = Residues(self.random), {}
        self._number = seed.partition(" ")[0]
        self._places: list[Place] = []
        self._more: Iterator[Place] | None = question.places()

    def _place(self, turn: int) -> Place:
        """Return the next place to ask the question at: first those of different sizes, then these again."""
        while self._more is not None and len(self._places) <= turn:
            place = next(self._more, None)
            if place is None:
                self._more = None
            else:
                self._places.append(place)
        return self._places[turn % len(self._places)]

    def report(self) -> ExactReport:
        for turn in range(min(2, self.points)):
            problem = self._place(turn).shape_problem()
            if problem:
                return ExactReport(False, 1, reason=problem)
        known = self.question.not_rational()
        try:
            if known:
                raise NotExact(known)
            return self._run(self._modulo_a_prime, self._chance)
        except NotExact as problem:
            rational = problem
        try:
            load_flint()
        except ArgumentError as missing:
            return self._without_flint(rational, missing)
        return self._run(self._in_balls, None)

    def _without_flint(self, rational: NotExact, missing: ArgumentError) -> ExactReport:
        try:
            found = self._run(self._analytically, None)
        except NotExact:
            raise NotExact(f"{rational}, and {missing.message}") from None
        return replace(found, digits=None, modulo=_LEAST_ANALYTIC_DIGITS)

    def _run(self, at_point: Any, chance: Any) -> ExactReport:
        """Compare at one place after another, each time at up to so many points until one has a value."""
        compared, reason = [], ""
        for turn in range(self.points + _MORE_PLACES):
            if len(compared) == self.points:
                break
            place = self._place(turn)
            try:
                at_point(place, turn)
            except _Differs as found:
                shown = self._in_numbers(place, turn) or found
                sizes = extreme_sizes([*compared, place])
                return ExactReport(False, len(compared) + 1, sizes, reason=shown.args[0], detail=shown.args[1])
            except Undefined as problem:
                where = _shown_sizes(place)
                raise NotExact(f"the answer has no value at {where}, where the derivative has one: {problem}") from None
            except NoValue as problem:
                reason = f"no point was found where both have a value ({problem})"
            else:
                compared.append(place)
        if len(compared) < min(2, self.points):
            raise NotExact(reason)
        if chance is None:
            try:
                kinks, missing = self._beside_kinks(compared[0])
            except _Differs as found:
                places = extreme_sizes(compared)
                return ExactReport(False, len(compared) + 1, places, reason=found.args[0], detail=found.args[1])
            sizes = extreme_sizes(compared)
            return ExactReport(True, len(compared), sizes, digits=DECIMALS, kinks=kinks, missing=missing)
        return ExactReport(True, len(compared), extreme_sizes(compared), chance(compared))

    # -- rational ---------------------------------------------------------------------------------------------------

    def _modulo_a_prime(self, place: Place, turn: int) -> None:
        reason: NoValue | None = None
        step = _DIGITS
        for _ in range(_TRIES):
            try:
                return self._once_modulo_a_prime(place, step)
            except NoValue as problem:
                reason, step = problem, _MORE_DIGITS
        raise reason or NoValue("no point was found")

    def _analytically(self, place: Place, turn: int) -> None:
        """Compare power series modulo a prime: what agrees is equal, and what differs proves nothing."""
        reason: NoValue | None = None
        for attempt in range(_ANALYTIC_TRIES):
            try:
                return self._once_modulo_a_prime(place, _ANALYTIC_DIGITS, attempt)
            except _Differs:
                raise NotExact("the values modulo a prime differ, which proves nothing of real numbers") from None
            except NoValue as problem:
                reason = problem
        raise reason or NoValue("no point was found")

    def _small(self, place: Place, point: dict, attempt: int) -> list:
        """Return the names that are multiples of the prime, so that power series converge: all, or some of them."""
        free = [name for name in point if not self.question.facts.get(name, frozenset()) & _RIGID]
        if attempt % 3 == 0:
            return free
        if attempt % 3 == 1:
            return [name for name in free if name == self.question.variable]
        return [name for name in free if self.random.randrange(2)]

    def _arithmetics(self, order: int, step: int, analytic: bool) -> tuple[Padics, Padics]:
        """Return the arithmetic of a question and its differences, with another number for pi, and a shorter one."""
        found = self._known_arithmetics.get((order, step))
        if found is None:
            kind = AnalyticPadics if analytic else Padics
            c = kind(random_prime(self._number), (order + 1) * step)
            found = self._known_arithmetics[order, step] = c, c.shortened(step)
        pi = 1 + self.random.getrandbits(BITS)
        for c in found:
            c.restart(pi)
        return found

    def _once_modulo_a_prime(self, place: Place, step: int, attempt: int | None = None) -> None:
        order = place.order
        c, shorter = self._arithmetics(order, step, attempt is not None)
        prime, residues = c.prime, self._residues
        point = place.point(c, residues)
        if attempt is not None:
            point |= {name: c.scaled_by_prime(point[name]) for name in self._small(place, point, attempt)}
        directions = place.directions(c, residues)
        moves = place.moves(c, point, directions)
        found, known = difference_along(place, c, point, moves, step)
        kept = min(step, c.digits - order * step - c.lost)
        if step == _DIGITS and kept == step:
            c = shorter
        c.begin(again=False)
        answer = place.contracted(c, place.answer_plan.value_beside(c, known), directions)
        kept = min(kept, c.digits - c.lost)
        if kept < (_DIGITS if attempt is None else _LEAST_ANALYTIC_DIGITS):
            raise NoValue("too few digits are left")
        modulus = prime**kept
        if any((one - other) % modulus for one, other in zip(found, answer)):
            raise _Differs(f"the answer differs from the derivative modulo {prime}, at {_shown_sizes(place)}", "")

    def _chance(self, places: list) -> float | None:
        """Return a bound of the probability with which a wrong answer passes, None where chance says nothing."""
        if self.question.few_points:
            return None
        c, source, worst = Degrees(), Bounds(self.random), 0.0
        for place in _largest(places):
            point = place.point(c, source)
            known = place.plan.values(c, point)
            value = of_derivative(known[place.plan.root].entries[0], place.order)
            answer = place.answer_plan.value_beside(c, known)
            count = len(answer.entries)
            bound = value - answer.entries[0].of_sum(count)
            degree = bound.top + place.order
            # so many primes, at most, divide all its coefficients
            content = bound.size / BITS / PRIMES if bound.size > BITS else 0.0
            worst = max(worst, degree / 2**BITS + content)
        return worst

    def _in_numbers(self, place: Place, turn: int) -> _Differs | None:
        """Return a difference in real numbers, None where none is found: residues modulo a prime say little."""
        try:
            self._in_balls(place, turn)
        except _Differs as found:
            return found
        except (ArgumentError, NoValue, NotExact):
            return None
        return None

    # -- balls --------------------------------------------------------------------------------------------------------

    def _scale(self, turn: int) -> Fraction:
        """Return about how large entries are: every other time small ones, where a steep function is not yet flat."""
        return Fraction(1, 2 ** self.random.randrange(6, 20)) if turn % 2 else Fraction(1 if turn % 4 else 2)

    def _in_balls(self, place: Place, turn: int) -> None:
        problems: list[Any] = []
        rationals = FlintRationals(load_flint())
        for attempt in range(_TRIES):
            kind = Positives if attempt % 3 == 2 else Reals
            source = kind(self.random, self._scale(turn + attempt), rationals.fraction)
            point = place.point(rationals, source)
            directions = place.directions(rationals, source)
            moves = place.moves(rationals, point, directions)
            for bits in _BITS:
                try:
                    self._once_in_balls(place, point, directions, moves, bits)
                    return
                except _TooFewDigits as problem:
                    problems.append(problem)
                except NoValue as missing:
                    problems.append(missing)
                    self._kinked = True
                    break
        raise next((problem for problem in problems if not isinstance(problem, Undefined)), problems[0])

    def _beside_kinks(self, place: Place) -> tuple[int, tuple]:
        """Compare at more points, and on both sides of the kinks; return how many there were, and sides not found."""
        if not self._kinked:
            return 0, ()
        for turn in range(_MORE_POINTS_OF_KINKS):
            with suppress(NoValue):
                self._in_balls(self._place(turn % self.points), turn)
        rationals, source = Rationals(), Reals(self.random)

        def compare(*points: dict) -> bool | None:
            directions, values = place.directions(rationals, source), []
            for point in points:
                moves = place.moves(rationals, point, directions)
                with suppress(NoValue):
                    values.append(self._once_in_balls(place, point, directions, moves, _BITS[1]))
            if len(values) < len(points):
                return None
            first, last = values[0], values[-1]
            return any(not (a - b).contains(0) and float(abs(a - b).mid()) > _JUMP for a, b in zip(first, last))

        count, missing = compare_beside_kinks(place, self.random, compare, self._thorough)
        return count, missing_sides(place, missing)

    def at(self, place: Place, point: dict) -> None:
        """Compare at a given point of fractions; raises _Differs, NotExact and NoValue."""
        load_flint()
        rationals, source = Rationals(), Reals(self.random)
        directions = place.directions(rationals, source)
        self._once_in_balls(place, point, directions, place.moves(rationals, point, directions), _BITS[-1])

    @staticmethod
    def _difference_of(place: Place, point: dict, differences: list, values: list) -> _Differs:
        """Return what says by how much an answer is off, of how much."""
        shown, size = (max(map(abs, some), key=lambda ball: ball.mid()) for some in (differences, values))
        said = f"the answer is off by {middle_of(shown)} of {middle_of(size)}, at {_shown_sizes(place)}"
        return _Differs(said, _shown_point(point), float((shown.mid() / size.mid()).mid()))

    def _once_in_balls(self, place: Place, point: dict, directions: list, moves: list, bits: int) -> list:
        """Compare at a point; return the derivative along the directions, in balls."""
        with balls(bits, place.order + 1) as c:
            c.signs, c.known = [], {} if self._kinked else None
            fixed = {name: c.displaced(array, None) for name, array in point.items()}
            found, known = _of_question(_coefficient, place, c, point, fixed, moves)
            along = [c.displaced(direction, None) for direction in directions]
            constants = place.answer_plan.constants_of(c, fixed, known, frozenset(place.by))
            answer = place.answer_plan.value_beside(c, constants)
            ours = c.coefficients(Array((1,), place.contracted(c, answer, along)), 0)
            self._kinked = self._kinked or bool(c.signs)
            scale = max(float(abs(ball).mid()) for ball in [*found, *ours])
            differences = [one - other for one, other in zip(found, ours)]
            if not all(difference.contains(c.nothing) for difference in differences):
                raise self._difference_of(place, point, differences, [*found, *ours])
            width = max(float(difference.abs_upper()) for difference in differences)
            if not digits(width, max(scale, 1.0)) >= DECIMALS:  # it is no number where both are infinite
                raise _TooFewDigits("too few digits are left")
        return ours


def _of_question(function: Any, *args: object) -> tuple[list, Values]:
    """Return the derivative of the question; where it has none, there is nothing that the answer could lack."""
    try:
        return function(*args)
    except Undefined as problem:
        raise NoValue(str(problem)) from None


def _coefficient(place: Place, c: Any, point: dict, fixed: dict, moves: list) -> tuple[list, Values]:
    """Return the derivative of the question along the moves as balls, from its power series, and its values.

    ``fixed`` is the point in balls, for the names that stay where they are.
    """
    rationals = Rationals()  # sums and negatives, which are those of the fractions of the moves
    known: Any = None

    def series(signs: tuple) -> list:
        nonlocal known
        along: dict = {}
        for name, move, sign in zip(place.by, moves, signs):
            move = rationals.negate(move) if sign < 0 else move
            along[name] = rationals.add(along[name], move) if name in along else move
        arrays = fixed | {name: c.displaced(point[name], move) for name, move in along.items()}
        known = place.plan.values(c, arrays)
        c.coefficients(known[place.plan.root], 0)
        return c.coefficients(known[place.plan.root], place.order)

    total: list = []
    for signs in product((1, -1), repeat=place.order - 1):  # polarisation: the part that is linear in every move
        values = [prod(signs) * entry for entry in series((1, *signs))]
        total = [a + b for a, b in zip(total, values)] if total else values
    return [entry / 2 ** (place.order - 1) for entry in total], known


def derivative_in_balls(place: Place, c: Any, point: dict, moves: list) -> list:
    """Return the derivative of the question of a place along moves, as balls; raises NoValue where it has none."""
    fixed = {name: c.displaced(array, None) for name, array in point.items()}
    return _of_question(_coefficient, place, c, point, fixed, moves)[0]


def _largest(places: list) -> list:
    """Return the places none of whose sizes are all below those of another: the degrees grow with the sizes."""
    found: list = []
    for place in sorted(places, key=lambda place: -sum(place.free.values())):
        if not any(all(other.free[name] >= size for name, size in place.free.items()) for other in found):
            found.append(place)
    return found


def _shown_sizes(place: Place) -> str:
    return ", ".join(f"{name} = {size}" for name, size in sorted(place.free.items())) or "a random point"


def _shown_point(point: dict) -> str:
    lines = []
    for name, array in point.items():
        rows = [", ".join(f"{float(entry):.6g}" for entry in row) for row in array.rows()]
        lines.append(f"{name} = [{'; '.join(rows)}]")
    return "\n".join(lines)
