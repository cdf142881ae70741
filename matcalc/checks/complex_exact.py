"""The exact check of a derivative by complex names: in complex numbers modulo a power of a random prime.

What is rational in real and imaginary parts is evaluated without rounding, as it was typed; differences by a real and
by an imaginary step are the derivatives by both parts, and ∂f/∂z and ∂f/∂conj(z) are made of them by their definitions.
"""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

from ..counts import positive_count, seed_number
from ..errors import MatcalcError
from ..evaluation.exact.arrays import Array, NotExact, NoValue, transpose
from ..evaluation.exact.gaussian import Gaussian, Gaussians
from ..evaluation.exact.padics import Padics, random_prime
from ..evaluation.exact.points import Residues, draw
from ..evaluation.exact.question import Place, Question, extreme_sizes
from ..language.nodes import plain_name
from ..language.syntax import parse_tree
from ..rulebook.facts import hermitian, implying, is_complex, is_pattern
from .exact_report import ExactReport

# digits of the prime in the step, and those to which the derivative is compared
_STEP = 2
_TRIES, _MORE_PLACES = 8, 3


def check_complex_exactly(derivative: Any, points: int = 3, seed: int = 0) -> ExactReport:
    """Compare a derivative by a complex name with exact values of its source text; return an ExactReport."""
    points, seed = positive_count("points", points), seed_number(seed)
    query = derivative.query
    facts = {name: frozenset(words) for name, words in query.elaborated.facts.items()}
    if query.order != 1 or query.structure != "free":
        return ExactReport(None, 0, reason="of complex names first derivatives with free entries are computed exactly")
    if any(words & implying("unitary") for words in facts.values()):
        return ExactReport(None, 0, reason="no exact points are drawn of unitary matrices")
    try:
        question = Question(replace(query, wrt=plain_name(query.wrt)), parse_tree(str(derivative)))
        return _Comparison(query, question, facts, f"{seed} {derivative}", points).report()
    except (MatcalcError, NotExact) as problem:
        return ExactReport(None, 0, reason=str(problem).splitlines()[0])


class _Comparison:
    def __init__(self, query: Any, question: Question, facts: dict, seed: str, points: int) -> None:
        self.query, self.question, self.facts, self.points = query, question, facts, points
        self.random, self.prime = Random(seed), random_prime(seed.partition(" ")[0])
        self.name = plain_name(query.wrt)

    def report(self) -> ExactReport:
        compared: list[Place] = []
        places = list(_first(self.question.places(), self.points + _MORE_PLACES))
        reason = ""
        for turn in range(self.points + _MORE_PLACES):
            if len(compared) == self.points:
                break
            place = places[turn % len(places)]
            problem = place.shape_problem() or self._differs(place)
            if isinstance(problem, NoValue):
                reason = str(problem)
                continue
            if problem:
                return ExactReport(False, len(compared) + 1, extreme_sizes([*compared, place]), reason=problem)
            compared.append(place)
        if len(compared) < min(2, self.points):
            raise NotExact(f"no point was found where both have a value ({reason})")
        return ExactReport(True, len(compared), extreme_sizes(compared))

    def _differs(self, place: Place) -> str | NoValue:
        """Return why the answer differs from the derivative at a random point, "" where both are equal."""
        found = NoValue("")
        for _ in range(_TRIES):
            try:
                return self._compared(place)
            except NoValue as problem:
                found = problem
        return found

    def _compared(self, place: Place) -> str:
        c = Gaussians(self.prime, 2 * _STEP, pi=self.random.randrange(1, self.prime))
        point = {name: self._drawn(place, name) for name in place.shapes}
        shape = place.shapes[self.name]
        direction = self._random(shape, is_complex(self.facts.get(self.name, frozenset())))
        expected, counted = self._expected(c, place, point, direction)
        c.begin(again=False)
        answer = place.contracted(c, place.answer_plan.value(c, point), [counted])
        modulus = self.prime**_STEP
        for one, other in zip(expected, answer):
            if (one.re - other.re) % modulus or (one.im - other.im) % modulus:
                return f"the answer differs from the derivative modulo {self.prime}"
        return ""

    def _expected(self, c: Gaussians, place: Place, point: dict, V: Array) -> tuple[list, Array]:
        """Return the derivative's product with a direction, and the direction that the answer is to be taken along."""
        words = self.facts.get(self.name, frozenset())
        if not is_complex(words):
            return self._along(c, place, point, V), V
        conjugates = self.query.wrt != self.name
        if hermitian(words):
            adjoint = transpose(c.apply(c.conjugate, V))
            # V is half of the first hermitian matrix and i times the second
            parts = (c.add(V, adjoint), c.times_unit(c.subtract(adjoint, V)))
            one, other = (self._along(c, place, point, part) for part in parts)
            half = c.inverse_of(Gaussian(2))
            found = c.reduced([half * (a + c.imaginary_unit() * b) for a, b in zip(one, other)])
            turned = conjugates or self.query.convention == "torch"
            return found, transpose(V) if turned else V
        one, other = (self._along(c, place, point, W) for W in (V, c.times_unit(V)))
        turned = conjugates or self.query.convention == "torch"
        unit = c.imaginary_unit() if turned else -c.imaginary_unit()
        factor = c.one if self.query.convention != "wirtinger" else c.inverse_of(Gaussian(2))
        found = c.reduced([factor * (a + unit * b) for a, b in zip(one, other)])
        return found, c.apply(c.conjugate, V) if turned else V

    def _along(self, c: Gaussians, place: Place, point: dict, V: Array) -> list:
        """Return the derivative of the value along a direction, to as many digits as the step has."""
        step = self.prime**_STEP
        moved = [Gaussian(x.re + step * v.re, x.im + step * v.im) for x, v in zip(point[self.name].entries, V.entries)]
        c.begin(again=False)
        here = place.plan.value(c, point).entries
        c.begin(again=True)
        there = place.plan.value(c, {**point, self.name: Array(V.shape, c.reduced(moved))}).entries
        differences = c.reduced([b - a for a, b in zip(here, there)])
        return [Gaussian(d.re // step, d.im // step) for d in differences]

    # -- points -------------------------------------------------------------------------------------------------------

    def _drawn(self, place: Place, name: str) -> Array:
        words, shape = self.facts.get(name, frozenset()), place.shapes[name]
        c = Padics(self.prime, 2 * _STEP)
        source = Residues(self.random)
        if not is_complex(words):
            return Array(shape, [Gaussian(entry) for entry in draw(c, source, shape, words).entries])
        linear = frozenset(word for word in words if is_pattern(word) or word == "skew")
        real, imaginary = (draw(c, source, shape, linear).entries for _ in range(2))
        found = Array(shape, [Gaussian(a, b) for a, b in zip(real, imaginary)])
        if not hermitian(words):
            return found
        mirrored = transpose(found).entries
        return Array(shape, [Gaussian(a.re + b.re, a.im - b.im) for a, b in zip(found.entries, mirrored)])

    def _random(self, shape: tuple, is_of_complex: bool) -> Array:
        parts = [[self.random.randrange(self.prime) for _ in range(shape[0] * shape[1])] for _ in range(2)]
        return Array(shape, [Gaussian(a, b if is_of_complex else 0) for a, b in zip(*parts)])


def _first(places: Any, most: int) -> Any:
    for _, place in zip(range(most), places):
        yield place
