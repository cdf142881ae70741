"""A question and its answer at points of chosen sizes: what is evaluated, in which directions, and how both compare."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from functools import lru_cache
from itertools import islice
from operator import mul
from random import Random
from typing import Any

from ...bounds import MAX_EXACT_WORK as MAX_WORK
from ...bounds import MOST_DIFFERENT_SIZES, SIZE_PERIODS
from ...errors import LimitError, MatcalcError, ShapeError
from ...language.indexed import Indexed
from ...rulebook.entries import size_tree
from ...rulebook.facts import convention, pattern
from ..fitting import whole_number
from ..places import free_sizes, least_size, placed
from .arithmetic import Arithmetic
from .arrays import Array, NotExact, transpose
from .curved import CURVED
from .evaluate import Plan
from .formula import Formula
from .points import SMALL, Source, draw
from .tensors import TensorPlan

_MOST_ASSIGNMENTS = 12


def size_assignments(names: set, taken: set, least: int) -> Iterator[dict]:
    """Yield assignments of different sizes to the names, each pair of names in both orders, a size of 4 in the first.

    ``taken`` are the sizes that are numbers already; they are left out. No size is below ``least``.
    """
    ordered = sorted(names)
    if not ordered:
        yield {}
        return
    found, known = [], frozenset(taken)
    for turn in range(_MOST_ASSIGNMENTS):
        values = _sizes(len(ordered), known, least, turn)
        if values not in found:
            found.append(values)
            yield dict(zip(ordered, values))


@lru_cache(maxsize=1024)
def _sizes(number: int, taken: frozenset, least: int, turn: int) -> list:
    start = (least, least + 1, least, least + 2)[turn % 4] + turn // 4
    count = number if number <= MOST_DIFFERENT_SIZES else SIZE_PERIODS[turn % len(SIZE_PERIODS)]
    values = list(islice((v for v in range(start, start + 10_000) if v not in taken), count))
    values = [values[place % count] for place in range(number)]
    if turn == 0 and values[-1] < 4:
        values[-1] = next(v for v in range(4, 10_000) if v not in taken)
    if turn % 2:
        values.reverse()
    return values[1:] + values[:1] if turn % 4 >= 2 and number > 1 else values


class Question:
    """A query with what is to be compared with its derivative: a surface tree, or an array in index notation."""

    def __init__(self, query: Any, answer: Any) -> None:
        elaborated = query.elaborated
        self.query, self.answer, self.book = query, answer, query.book
        self.by, self.free, self.is_usual = query.by, query.free, query.is_usual
        self.tree, self.variable = elaborated.tree, query.wrt
        self.shapes = {name: (_text(rows), _text(cols)) for name, (rows, cols) in elaborated.shapes.items()}
        self.named_sizes = {name: str(size) for name, size in elaborated.sizes.items()}
        self.facts = {name: frozenset(words) for name, words in elaborated.facts.items()}
        texts = {text for shape in self.shapes.values() for text in shape}
        self.numbers = {text: int(text) for text in texts if text.isdigit()}
        self.formula = Formula(self.tree, self.book)
        self._answer_formula: Formula | None = None
        for name in self.formula.integer_names():
            self.facts[name] = self.facts.get(name, frozenset()) | {"integer"}

    @property
    def answer_formula(self) -> Formula:
        """The answer, ready to be planned; raises UnknownFunctionError and others where it is no formula."""
        self._answer_formula = self._answer_formula or Formula(self.answer, self.book, self.formula)
        return self._answer_formula

    def not_rational(self) -> str:
        """Return which function of the question or of the answer is not rational, "" where none is known."""
        found = self.formula.not_rational()
        return found if found or isinstance(self.answer, Indexed) else self.answer_formula.not_rational()

    def planned_answer(self, shapes: dict, sizes: dict, beside: Plan) -> Plan | TensorPlan:
        """Return the answer, a formula or an array in index notation, for given shapes; raises what a Plan raises."""
        if isinstance(self.answer, Indexed):
            return TensorPlan(self.answer, self.book, shapes, sizes, MAX_WORK)
        return Plan(self.answer_formula, shapes, sizes, MAX_WORK, beside)

    @property
    def few_points(self) -> bool:
        """Whether a declared fact leaves so few points that chance says nothing."""
        numbers = [self.facts.get(name, frozenset()) for name, shape in self.shapes.items() if shape == ("1", "1")]
        return any("integer" in words for words in numbers) or any(words & SMALL for words in self.facts.values())

    def places(self) -> Iterator[Place]:
        """Yield the places at which the question can be asked, one for each assignment of sizes.

        Raises LimitError where all are too large, ShapeError where none fits.
        """
        texts = [text for shape in self.shapes.values() for text in shape] + list(self.named_sizes.values())
        indices, needed = self.query.elaborated.indices, self.query.elaborated.needed_in_checks
        free = free_sizes(texts) - indices
        taken = {int(text) for text in texts if text.isdigit()}
        found = False
        problems: list[MatcalcError] = []
        for sizes in placed(size_assignments(free, taken, least_size(2, needed)), indices, needed):
            try:
                place = Place(self, sizes, free)
            except MatcalcError as error:
                problems.append(error)
                continue
            found = True
            yield place
        if not found:
            raise next((problem for problem in problems if isinstance(problem, LimitError)), problems[0])


class Place:
    """A question at one assignment of sizes."""

    def __init__(self, question: Question, sizes: dict, free: set) -> None:
        self.question, self.free = question, {name: sizes[name] for name in free}
        self.sizes = sizes | {name: _size(text, sizes) for name, text in question.named_sizes.items()}
        known = question.numbers | self.sizes
        self.shapes = {
            name: (_size(rows, known), _size(cols, known)) for name, (rows, cols) in question.shapes.items()
        }
        for rows, cols in self.shapes.values():
            if min(rows, cols) < 1:
                raise ShapeError(f"an array of {rows}×{cols}", hint="declare other sizes")
            if rows * cols > MAX_WORK:
                raise LimitError(f"a matrix of {rows}×{cols} is too large", hint="declare smaller sizes")
        self.plan = Plan(question.formula, self.shapes, self.sizes, MAX_WORK)
        self._planned: Plan | TensorPlan | None = None
        self.answer_problem = ""
        try:
            self._planned = question.planned_answer(self.shapes, self.sizes, self.plan)
        except LimitError:
            raise
        except MatcalcError as error:
            self.answer_problem = error.message
        self.whole_shape = self.variable_shape = self.shapes[question.variable]
        self.part: Plan | None = None
        if question.query.part is not None:
            formula = Formula(question.query.part.tree, question.book)
            self.part = Plan(formula, {question.variable: self.whole_shape}, self.sizes, MAX_WORK)
            self.variable_shape = self.part.shape
        self.placing = None
        if question.query.placing is not None:
            placing = question.query.placing
            self.parameters = next(iter(placing.shapes))
            formula = Formula(placing.tree, question.book)
            self.placing = Plan(formula, {self.parameters: self.variable_shape}, self.sizes, MAX_WORK)
        self.order, self.layout = question.query.order, question.query.layout
        # of numbers that are integers even and odd ones take turns
        self._odd = False
        self.by, self.along = question.by, question.query.along

    # -- points and directions -------------------------------------------------------------------------------------

    def point(self, c: Arithmetic, source: Source) -> dict:
        """Return random arrays for all names; numbers that are integers may be exponents, and are small."""
        found = {}
        known = self.question.facts
        for name, shape in self.shapes.items():
            facts = known.get(name)
            if not facts:
                found[name] = Array(shape, source.several(shape[0] * shape[1]))
            elif shape == (1, 1) and "integer" in facts:
                self._odd = not self._odd
                found[name] = c.array(_small_integer(source.random, facts, self._odd))
            else:
                found[name] = draw(c, source, shape, facts)
        return found

    def directions(self, c: Arithmetic, source: Source) -> list:
        """Return a random direction for each index of the answer: for each order that is along none of its names."""
        shapes = [self.shapes[name] for name in self.question.free]
        if self.part is not None:
            shapes = [self.variable_shape] * len(shapes)
        return [Array(shape, source.several(shape[0] * shape[1])) for shape in shapes]

    def moves(self, c: Arithmetic, point: dict, directions: list) -> list:
        """Return how the variable of each order moves: for the directions of the answer, then along its names."""
        free = [self._followed(c, name, point[name], direction) for name, direction in zip(self.by, directions)]
        return free + [point[name] for name in self.along]

    def _followed(self, c: Arithmetic, name: str, X: Array, direction: Array) -> Array:
        """Return how a variable moves for a direction of the answer: as the convention of its structure says.

        *projected*: the orthogonal projection on the subspace; *parametrized*: entry (i, j) moves the free parameter
        that stands there (Matrix Cookbook 2.8).
        """
        if self.part is not None:
            direction = self._placed(c, direction)
        elif self.question.query.structure == "free":
            return direction
        structure, (rows, cols) = self.question.query.structure, direction.shape
        if structure == "free" or rows * cols == 1:
            return direction
        kind = convention(self.question.facts.get(name, frozenset()))
        if not kind or kind not in CURVED and rows != cols:
            return direction
        if kind in CURVED:
            return CURVED[kind](c, direction, X)
        if kind == "skew":
            both = c.subtract(direction, transpose(direction))
            return c.scale(Fraction(1, 2 if structure == "projected" else 1), both)
        groups = [number for row in pattern(rows, [kind]) for number in row]
        found: dict = {}
        for number, entry in zip(groups, direction.entries):
            found.setdefault(number, []).append(entry)
        sums = {number: c.total(entries) for number, entries in found.items()}
        if structure == "projected":
            sums = {number: total * c.number(Fraction(1, len(found[number]))) for number, total in sums.items()}
        return Array(direction.shape, c.reduced([c.zero if number < 0 else sums[number] for number in groups]))

    # -- comparison ---------------------------------------------------------------------------------------------------

    def _placed(self, c: Arithmetic, direction: Array) -> Array:
        """Return a direction of the whole variable that moves the part it is differentiated by alone."""
        if self.placing is not None:
            return self.placing.value(c, {self.parameters: direction})
        if self.part is None:
            return direction
        rows, cols = self.whole_shape
        numbers = Array(self.whole_shape, list(range(rows * cols)))
        entries = [c.zero] * (rows * cols)
        for place, entry in zip(self.part.value(c, {self.question.variable: numbers}).entries, direction.entries):
            entries[place] = entry
        return Array(self.whole_shape, entries)

    @property
    def answer_plan(self) -> Plan | TensorPlan:
        """The plan of the answer; raises NotExact where there is none, as :meth:`shape_problem` says."""
        if self._planned is None:
            raise NotExact(self.answer_problem)
        return self._planned

    def shape_problem(self) -> str:
        """Return why the answer has another shape than the derivative, '' where it has its shape."""
        if self._planned is None:
            return f"the answer cannot be evaluated: {self.answer_problem}"
        expected, shape = self._derivative_shape(), self.answer_plan.shape
        if isinstance(self.question.answer, Indexed):
            shape = tuple(size for size in shape if size != 1)  # an axis of n - 2 places may have one for this n
        if shape == expected:
            return ""
        shown = ["×".join(map(str, sizes)) for sizes in (self.answer_plan.shape, expected)]
        return f"the answer is {shown[0]}, the derivative {shown[1]}"

    def _derivative_shape(self) -> tuple:
        value, variable = self.plan.shape, self.variable_shape
        if isinstance(self.question.answer, Indexed):
            return self._tensor_shape()
        if not self.question.is_usual:
            return self._mixed_shape()
        if variable == (1, 1):
            return value[::-1] if self.layout == "denom" else value
        size = variable[0] * variable[1]
        if value == (1, 1):
            if self.order == 2:
                return size, size
            return variable[::-1] if self.layout == "num" else variable
        found = (value[0] * value[1], size)
        return found[::-1] if self.layout == "denom" else found

    def _tensor_shape(self) -> tuple:
        """Return the size of each axis: the value's, then those of each variable; a column has one, a number none."""
        free = [self.shapes[name] for name in self.question.free]
        shapes = [self.plan.shape, *([self.variable_shape] * len(free) if self.part is not None else free)]
        return tuple(size for shape in shapes for size in shape if size != 1)

    def _contracted_tensor(self, c: Arithmetic, answer: Array, directions: list) -> list:
        """Return the entries of an array with an axis for each index, applied to the directions."""
        entries = answer.entries
        for direction in reversed(directions):
            along = direction.entries
            lines = (entries[start : start + len(along)] for start in range(0, len(entries), len(along)))
            entries = c.reduced([c.total([one * other for one, other in zip(line, along)]) for line in lines])
        return entries

    def _mixed_shape(self) -> tuple:
        value, shapes = self.plan.shape, [self.shapes[name] for name in self.question.free]
        arrays = [shape for shape in shapes if shape != (1, 1)]
        if value != (1, 1):
            found = (value[0] * value[1], arrays[0][0] * arrays[0][1]) if arrays else value
            return found[::-1] if self.layout == "denom" else found
        if len(shapes) == 2 and not self.along or len(arrays) == 2:
            rows, cols = shapes if len(shapes) == 2 else arrays
            return rows[0] * rows[1], cols[0] * cols[1]
        found = arrays[0] if arrays else value
        return found[::-1] if self.layout == "num" else found

    def _contracted_mixed(self, c: Arithmetic, answer: Array, directions: list) -> list:
        """Return the entries of a mixed derivative applied to the directions."""
        value, numbers = self.plan.shape, [v for v in directions if v.shape == (1, 1)]
        arrays = [v for v in directions if v.shape != (1, 1)]
        columns = [Array((len(v.entries), 1), transpose(v).entries) for v in arrays]
        block = value == (1, 1) and (len(directions) == 2 and not self.along or len(arrays) == 2)
        matrix = transpose(answer) if not block and self.layout == ("denom" if value != (1, 1) else "num") else answer
        if block:
            rows, cols = columns if len(columns) == 2 else [columns[0] if v in arrays else v for v in directions]
            found = c.matmul(transpose(rows), c.matmul(matrix, cols))
            numbers = numbers if len(columns) == 2 else []
        elif value != (1, 1) and arrays:
            stacked = c.matmul(matrix, columns[0])
            found = transpose(Array(value[::-1], stacked.entries))
        elif arrays:
            found = c.array(c.total(c.multiply(matrix, arrays[0]).entries))
        else:
            found = matrix
        for number in numbers:
            found = c.multiply(found, number)
        return c.reduced(found.entries)

    def contracted(self, c: Arithmetic, answer: Array, directions: list) -> list:
        """Return the entries of the answer applied to the directions, in the order of those of the value."""
        if isinstance(self.question.answer, Indexed):
            return self._contracted_tensor(c, answer, directions)
        if not self.question.is_usual:
            return self._contracted_mixed(c, answer, directions)
        if self.variable_shape == (1, 1):
            turned = transpose(answer) if self.layout == "denom" else answer
            found = turned
            for direction in directions:
                found = c.multiply(found, direction)
            return found.entries
        if self.plan.shape == (1, 1) and self.order == 1:
            gradient = transpose(answer) if self.layout == "num" else answer
            return c.reduced([c.total(list(map(mul, gradient.entries, directions[0].entries)))])
        columns = [Array((len(v.entries), 1), transpose(v).entries) for v in directions]
        if self.plan.shape == (1, 1):
            return c.matmul(transpose(columns[0]), c.matmul(answer, columns[1])).entries
        matrix = transpose(answer) if self.layout == "denom" else answer
        stacked = c.matmul(matrix, columns[0])
        rows, cols = self.plan.shape
        return transpose(Array((cols, rows), stacked.entries)).entries


@lru_cache(maxsize=1024)
def _text(size: object) -> str:
    return str(size)


def _size(text: str, sizes: dict) -> int:
    found = sizes.get(text)
    return whole_number(size_tree(text), sizes) if found is None else found


def _small_integer(random: Random, facts: frozenset, odd: bool) -> int:
    if "binary" in facts:
        return random.randrange(2)
    sign = 1 if "positive" in facts else -1 if "negative" in facts else random.choice((1, -1))
    return sign * random.choice((1, 3, 5) if odd else (2, 4))


def extreme_sizes(places: Iterable[Place]) -> tuple:
    """Return (the smallest, the largest) free size of some places, () where they have none."""
    sizes = [size for place in places for size in place.free.values()]
    return (min(sizes), max(sizes)) if sizes else ()
