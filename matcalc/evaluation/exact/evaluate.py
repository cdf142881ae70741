"""The value of a surface tree in any arithmetic, by the torch lines of the rules and nothing of the engine."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from ...budget import spend
from ...errors import LimitError, UnknownNameError
from ...language.generators import Over
from ...language.nodes import IMAGINARY
from ...language.syntax import Call
from ..fitting import broadcast_shape, choose_among, choose_known, product_shape, work
from ..loops import runs
from .arithmetic import Arithmetic
from .arrays import Array, NotExact, reshape
from .formula import ENTRIES, NAME, NUMBER, OWN, PRODUCT, TURNED, WORD, Formula, Step, Values, constant, nothing, square
from .lines import function_of, read_line

# so many multiplications of the exact arithmetic are one unit of work
_MULTIPLICATIONS = 4
_REPEATED = {"sum": "add", "mean": "add", "prod": "multiply"}


class Plan:
    """A formula for given shapes of its names and sizes, ready to be evaluated at many points.

    ``shape`` is that of the value, ``work`` about how many multiplications an evaluation takes. ``beside`` is the plan
    of the formula that this one stands beside, for the same shapes. Raises LimitError where the work is more than
    ``most``, ShapeError where the shapes do not fit, UnknownNameError.
    """

    def __init__(self, formula: Formula, shapes: dict, sizes: dict, most: float, beside: Plan | None = None) -> None:
        self.sizes, self.book, self.work, self.most = sizes, formula.book, 0, most
        self.formula, self.root, self.beside = formula, formula.root, beside
        known = [] if beside is None else beside._shapes
        self._shapes: list = known + [None] * (formula.count - len(known))
        self._steps: list = []
        found, steps = self._shapes, self._steps
        for step in formula.new:
            slot, node, kind, one, other, _, value = step
            if kind == NAME and node.id in shapes:
                shape = shapes[node.id]
                effort = shape[0] * shape[1]
            elif kind == PRODUCT:
                left, right = found[one], found[other]
                shape = (left[0], right[1]) if left[1] == right[0] else product_shape(node, left, right)
                effort = shape[0] * shape[1] * left[1]
            elif kind == ENTRIES:
                shape, right = found[one], found[other]
                if shape != right and right != (1, 1):
                    shape = right if shape == (1, 1) else broadcast_shape(node, shape, right)
                effort = shape[0] * shape[1]
            else:
                value, shape, effort = self._planned(step, shapes)
            found[slot] = shape
            steps.append((slot, value))
            self.work += effort
            if self.work > most:
                hint = "declare smaller sizes"
                raise LimitError("too large to be computed exactly", span=node.span, hint=hint)
        self.shape = self._shapes[formula.root]

    def value(self, c: Arithmetic, arrays: dict) -> Array:
        """Return the value; ``arrays`` maps the names to arrays of the arithmetic.

        Raises NoValue where there is none at this point, NotExact where the arithmetic has none at any point.
        """
        if self.beside is None:
            return self.values(c, arrays)[self.root]
        return self.value_beside(c, self.beside.values(c, arrays, self.formula.table))

    def values(self, c: Arithmetic, arrays: dict, needed: dict | None = None) -> Values:
        """Return the values of all nodes by their numbers, or of those that are needed; raises what ``value`` does."""
        steps = self._steps if needed is None else [step for step in self._steps if step[0] in needed]
        return self._run(c, Values([None] * self.formula.count, arrays), steps)

    def moved(self, c: Arithmetic, arrays: dict, known: Values, names: frozenset) -> Array:
        """Return the value where some of the names have moved from where all values are ``known``."""
        moving = self.formula.moving(names)
        return self._run(c, Values(known, arrays), [step for step in self._steps if step[0] in moving])[self.root]

    def value_beside(self, c: Arithmetic, known: Values) -> Array:
        """Return the value at a point where all values of the formula beside are ``known``."""
        return self.values_beside(c, known)[self.root]

    def values_beside(self, c: Arithmetic, known: Values) -> Values:
        """Return the values of all nodes, by their numbers, where those of the formula beside are ``known``."""
        found = Values(known + [None] * (self.formula.count - len(known)), known.arrays)
        return self._run(c, found, self._steps)

    def constants_of(self, c: Any, fixed: dict, known: Values, names: frozenset) -> Values:
        """Return the values of the formula beside as constants, where ``names`` moved and are ``fixed`` again."""
        found = Values(known, fixed)
        made: dict = {}
        beside = self.formula.beside
        for slot in self.formula.taken.intersection(beside.moving(names)) if beside is not None else ():
            A = known[slot]
            entries = [made.get(id(x)) or made.setdefault(id(x), c.constant_of_entry(x)) for x in A.entries]
            found[slot] = Array(A.shape, entries, A.constant)
        return found

    def _run(self, c: Arithmetic, found: Values, steps: list) -> Values:
        spend(len(steps) + self.work // _MULTIPLICATIONS)
        for slot, value in steps:
            found[slot] = value(c, found)
        return found

    def _planned(self, step: Step, shapes: dict) -> tuple:
        """Return how a node that is no array and no operation of two is evaluated, its shape, and its work."""
        _, _, kind, one, _, _, value = step
        if kind == NAME:
            return self._named(step)
        if kind == OWN:
            return self._own(step, shapes)
        if kind in (NUMBER, WORD):
            return (value, (1, 1), 1) if kind == NUMBER else (value, None, 0)
        shape = self._shapes[one][::-1] if kind == TURNED else self._shapes[one]
        return value, shape, shape[0] * shape[1]

    def _named(self, step: Step) -> tuple:
        """Return what ``_planned`` does for a name that is no array: a size, or a constant."""
        name = step.node.id
        if name in self.sizes:
            return constant(Fraction(self.sizes[name])), (1, 1), 1
        if name == "pi":
            return (lambda c, found: Array((1, 1), [c.pi()])), (1, 1), 1
        if name == IMAGINARY:
            return (lambda c, found: Array((1, 1), [c.imaginary_unit()])), (1, 1), 1
        if name == "inf":
            return nothing, (1, 1), 1
        raise UnknownNameError(f"'{name}' has no value", span=step.node.span, hint=f"give one for {name}")

    def _own(self, step: Step, shapes: dict) -> tuple:
        """Return what ``_planned`` does for a call, or for a sum over an index."""
        node = step.node
        if isinstance(node, Call):
            given = tuple([self._shapes[part] for part in step.parts[: len(node.args)]])
            value, shape = self._call(step, given)
            return value, shape, shape[0] * shape[1] * max([1, *[max(arg or (1,)) for arg in given]])
        if isinstance(node, Over):
            value, shape = self._over(node, shapes)
            return value, shape, shape[0] * shape[1]
        raise NotExact(f"{type(node).__name__.lower()}: its exact value is not known")

    def _over(self, node: Over, shapes: dict) -> tuple:
        """A sum over an index, or a product, term by term."""
        formula, plans = Formula(node.body, self.book), []
        for sizes in runs(node, self.sizes):
            plans.append(Plan(formula, shapes, sizes, self.most - self.work))
            self.work += plans[-1].work
        if not plans:
            shape = work(node.body, shapes, {**self.sizes, **dict.fromkeys(node.indices, 0)}, self.book, False)[1]
            empty = Fraction(int(node.function == "prod"))
            return (lambda c, found: Array(shape, [c.number(empty)] * (shape[0] * shape[1]))), shape
        if node.function not in _REPEATED:
            return _impossible(f"{node.function} over an index: its exact value is not known"), (1, 1)
        method = _REPEATED[node.function]

        def value(c: Arithmetic, found: Values) -> Array:
            total = plans[0].value(c, found.arrays)
            for plan in plans[1:]:
                total = getattr(c, method)(total, plan.value(c, found.arrays))
            return c.divide(total, c.array(Fraction(len(plans)))) if node.function == "mean" else total

        return value, plans[0].shape

    def _call(self, step: Step, given: tuple) -> tuple:
        rules, args = self.formula.rules[step.slot], step.parts
        rule, fitted, shape = choose_known(rules, given) or self._chosen(rules, step.node, given)
        squared = square(rule) if step.slot in self.formula.squared else None
        if squared is not None:
            inner = args[0]
            return (lambda c, found: squared(c, found[inner])), shape
        place, name = id(step.node), rule.name
        if len(rule.params) == 1 == len(args) and not rule.params[0].is_whole:
            function = function_of(rule.torch, rule.params[0].name)
            if function is not None:
                return _of_one(function, args[0], shape, place, name), shape
        named = [(parameter.name, arg) for parameter, arg in zip(rule.params, args) if not parameter.is_whole]
        try:
            line = read_line(rule.torch)
        except NotExact as problem:
            return _impossible(f"{name}: {problem}"), shape

        def value(c: Arithmetic, found: Values) -> Array:
            values = dict(fitted)
            for word, key in named:
                values[word] = found[key]
            c.place = place
            try:
                result = line(c, values)
            except NotExact as problem:
                raise _with_name(name, problem) from None
            return result if result.shape == shape else reshape(result, shape)

        return value, shape

    def _chosen(self, rules: tuple, node: Call, given: tuple) -> tuple:
        rule, (fitted, shape) = choose_among(rules, node, given, self.sizes)
        return rule, fitted, shape


def _of_one(function: Callable, operand: int, shape: tuple, place: int, name: str) -> Callable:
    """Return the evaluation of a function of one array."""

    def value(c: Arithmetic, found: Values) -> Array:
        c.place = place
        try:
            result = function(c, found[operand])
        except NotExact as problem:
            raise _with_name(name, problem) from None
        except TypeError:
            raise NotExact(f"{name}: its torch line calls a function in a way that is not known") from None
        return result if result.shape == shape else reshape(result, shape)

    return value


def _with_name(name: str, problem: NotExact) -> NotExact:
    """Return why a function has no exact value, with its name."""
    message = str(problem)
    return NotExact(message if name in message else f"{name}: {message}")


def _impossible(reason: str) -> Callable:
    def value(c: Arithmetic, found: Values) -> Array:
        raise NotExact(reason)

    return value
