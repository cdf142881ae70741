"""The value of a surface tree in any arithmetic, by the torch lines of the rules and nothing of the engine."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from ...budget import spend
from ...errors import LimitError, UnknownNameError
from ...language.generators import Over
from ...language.nodes import IMAGINARY
from ...language.syntax import (
    Binary,
    Call,
    Name,
    Negate,
    Number,
    String,
    Transpose,
    children,
    outside_sums,
    postorder,
    with_children,
)
from ..fitting import broadcast_shape, choose_among, product_shape
from ..loops import runs
from .arithmetic import Arithmetic
from .arrays import Array, NotExact, reshape, transpose
from .functions import squared_norm
from .lines import read_line

# so many multiplications of the exact arithmetic are one unit of work
_MULTIPLICATIONS = 4
# how the shape of a node follows from those of its operands
_NUMBER, _WORD, _SAME, _TURNED, _PRODUCT, _ENTRIES, _OWN = range(7)
_REPEATED = {"sum": "add", "mean": "add", "prod": "multiply"}
_ELEMENTWISE = {"+": "add", "-": "subtract", "*": "multiply", "/": "divide", "**": "power"}
# the squares of functions that are roots, so that norm(x)**2 needs no root
_SQUARES = {
    "torch.linalg.vector_norm({})": lambda c, A: Array((1, 1), [squared_norm(c, A)]),
    'torch.linalg.matrix_norm({}, "fro")': lambda c, A: Array((1, 1), [squared_norm(c, A)]),
    "torch.sqrt({})": lambda c, A: A,
    "torch.abs({})": lambda c, A: c.multiply(A, c.apply(c.conjugate, A)),
}


class Formula:
    """A surface tree in which equal subtrees are one node, with the rule book in force.

    What does not depend on shapes is made once for all plans. Raises UnknownFunctionError and others for a wrong call.
    """

    def __init__(self, tree: Any, book: Any) -> None:
        found = interned(tree)
        self.root: Any = found[-1]
        self.nodes: list = found
        self.book = book
        if any(isinstance(node, Over) for node in found):
            self.nodes = postorder(self.root, outside_sums)
        self.rules = {id(node): book.lookup(node) for node in self.nodes if isinstance(node, Call)}
        self.squared = self._only_squared()
        self.steps = [self._planned(node) for node in self.nodes]

    def _planned(self, node: Any) -> tuple:
        """Return the key of a node, the node, how its shape follows, from which keys, and how it is evaluated.

        The last is None where that depends on shapes or sizes.
        """
        if isinstance(node, Binary):
            kind = _PRODUCT if node.op == "@" else _ENTRIES
            return id(node), node, kind, id(node.left), id(node.right), self._binary(node)
        if isinstance(node, Number):
            return id(node), node, _NUMBER, 0, 0, _constant(node.value)
        if isinstance(node, Negate):
            inner = id(node.operand)
            return id(node), node, _SAME, inner, 0, _negated(inner)
        if isinstance(node, Transpose):
            inner = id(node.operand)
            return id(node), node, _TURNED, inner, 0, lambda c, found, arrays: transpose(found[inner])
        if isinstance(node, String):
            return id(node), node, _WORD, 0, 0, _nothing
        return id(node), node, _OWN, 0, 0, None

    def _binary(self, node: Binary) -> Callable:
        one, other = id(node.left), id(node.right)
        if node.op == "@":
            return lambda c, found, arrays: c.matmul(found[one], found[other])
        method, halved = _ELEMENTWISE[node.op], node.op == "**" and one in self.squared

        def step(c: Arithmetic, found: dict, arrays: dict) -> Array:
            A, B = found[one], found[other]
            if A.constant is not None and B.constant is not None:
                known = _of_constants(node.op, A.constant, B.constant)
                if known is not None:
                    return c.array(known)
            return getattr(c, method)(A, c.array(B.constant / 2) if halved else B)

        return step

    def _only_squared(self) -> set:
        """Return the ids of the calls of a root, or of abs, that stand under even powers only."""
        roots = {key for key, rules in self.rules.items() if all(map(_square, rules))}
        if not roots:
            return roots
        found: set = set()
        other: set = set()
        for node in self.nodes:
            base = node.left if isinstance(node, Binary) and node.op == "**" and _is_even(node.right) else None
            for child in children(node):
                (found if child is base and id(child) in roots else other).add(id(child))
        return found - other


class Plan:
    """A formula for given shapes of its names and sizes, ready to be evaluated at many points.

    ``shape`` is that of the value, ``work`` about how many multiplications an evaluation takes. Raises LimitError
    where that is more than ``most``, ShapeError where the shapes do not fit, UnknownNameError.
    """

    def __init__(self, formula: Formula, shapes: dict, sizes: dict, most: float) -> None:
        self.sizes, self.book, self.work, self.most = sizes, formula.book, 0, most
        self.root, self.steps, self._formula = formula.root, [], formula
        self._shapes: dict = {}
        for key, node, kind, one, other, step in formula.steps:
            if step is None:
                step, shape, effort = self._step(node, shapes)
            else:
                shape, effort = self._shape(node, kind, one, other)
            self._shapes[key] = shape
            self.steps.append((key, step))
            self.work += effort
            if self.work > most:
                raise LimitError("too large to be computed exactly", span=node.span, hint="declare smaller sizes")
        self.shape = self._shapes[id(self.root)]

    def value(self, c: Arithmetic, arrays: dict) -> Array:
        """Return the value; ``arrays`` maps the names to arrays of the arithmetic.

        Raises NoValue where there is none at this point, NotExact where the arithmetic has none at any point.
        """
        found: dict = {}
        spend(len(self.steps) + self.work // _MULTIPLICATIONS)
        for key, step in self.steps:
            c.place = key
            found[key] = step(c, found, arrays)
        return found[id(self.root)]

    def _shape(self, node: Any, kind: int, one: int, other: int) -> tuple:
        """Return the shape of a node, None of a word, and how many multiplications it takes."""
        if kind in (_NUMBER, _WORD):
            return (None, 0) if kind == _WORD else ((1, 1), 1)
        left = self._shapes[one]
        if kind == _PRODUCT:
            shape = product_shape(node, left, self._shapes[other])
            return shape, shape[0] * shape[1] * left[1]
        if kind == _ENTRIES:
            right = self._shapes[other]
            shape = left if left == right else broadcast_shape(node, left, right)
        else:
            shape = left[::-1] if kind == _TURNED else left
        return shape, shape[0] * shape[1]

    def _step(self, node: Any, shapes: dict) -> tuple:
        """Return how a node is evaluated for these shapes, its own shape, and how many multiplications that takes."""
        inner = 1
        if isinstance(node, Name):
            step, shape = self._name(node, shapes)
        elif isinstance(node, Call):
            step, shape = self._call(node)
            inner = max([1, *[max(self._shapes[id(arg)] or (1,)) for arg in node.args]])
        elif isinstance(node, Over):
            step, shape = self._over(node, shapes)
        else:
            raise NotExact(f"{type(node).__name__.lower()}: its exact value is not known")
        return step, shape, shape[0] * shape[1] * inner

    def _name(self, node: Name, shapes: dict) -> tuple:
        name = node.id
        if name in shapes:
            return (lambda c, found, arrays: arrays[name]), shapes[name]
        if name in self.sizes:
            return _constant(Fraction(self.sizes[name])), (1, 1)
        if name == "pi":
            return (lambda c, found, arrays: Array((1, 1), [c.pi()])), (1, 1)
        if name == IMAGINARY:
            return (lambda c, found, arrays: Array((1, 1), [c.imaginary_unit()])), (1, 1)
        if name == "inf":
            return _nothing, (1, 1)
        raise UnknownNameError(f"'{name}' has no value", span=node.span, hint=f"give one for {name}")

    def _over(self, node: Over, shapes: dict) -> tuple:
        """A sum over an index, or a product, term by term."""
        formula, plans = Formula(node.body, self.book), []
        for sizes in runs(node, self.sizes):
            plans.append(Plan(formula, shapes, sizes, self.most - self.work))
            self.work += plans[-1].work
        if not plans:
            shape = Plan(formula, shapes, {**self.sizes, **dict.fromkeys(node.indices, 0)}, self.most).shape
            empty = Fraction(int(node.function == "prod"))
            return (lambda c, found, arrays: Array(shape, [c.number(empty)] * (shape[0] * shape[1]))), shape
        if node.function not in _REPEATED:
            return _impossible(f"{node.function} over an index: its exact value is not known"), (1, 1)
        method = _REPEATED[node.function]

        def step(c: Arithmetic, found: dict, arrays: dict) -> Array:
            total = plans[0].value(c, arrays)
            for plan in plans[1:]:
                total = getattr(c, method)(total, plan.value(c, arrays))
            return c.divide(total, c.array(Fraction(len(plans)))) if node.function == "mean" else total

        return step, plans[0].shape

    def _call(self, node: Call) -> tuple:
        rules, given = self._formula.rules[id(node)], [self._shapes[id(arg)] for arg in node.args]
        rule, (fitted, shape) = choose_among(rules, node, given, self.sizes)
        if id(node) in self._formula.squared:
            square, inner = _square(rule), id(node.args[0])
            return (lambda c, found, arrays: square(c, found[inner])), shape
        fixed = dict(fitted)
        named = [(parameter.name, id(arg)) for parameter, arg in zip(rule.params, node.args) if not parameter.is_whole]
        try:
            line = read_line(rule.torch)
        except NotExact as problem:
            return _impossible(f"{rule.name}: {problem}"), shape

        def step(c: Arithmetic, found: dict, arrays: dict) -> Array:
            values = dict(fixed)
            for name, key in named:
                values[name] = found[key]
            try:
                value = line(c, values)
            except NotExact as problem:
                message = str(problem)
                raise NotExact(message if rule.name in message else f"{rule.name}: {message}") from None
            return value if value.shape == shape else reshape(value, shape)

        return step, shape


def _is_even(exponent: Any) -> bool:
    return isinstance(exponent, Number) and exponent.value.denominator == 1 and exponent.value % 2 == 0


def interned(root: Any) -> list:
    """Return the nodes of a surface tree in which equal subtrees are one node, so that each is evaluated once.

    Operands come before operators, the root is the last. The entries of equal subtrees are then the very same, and a
    difference of them is 0 without doubt.
    """
    known: dict = {}
    found: dict = {}
    for node in postorder(root):
        parts = [found[id(child)] for child in children(node)]
        key = (type(node), _own_part(node), *map(id, parts))
        made = known.get(key)
        if made is None:
            made = known[key] = _with_children(node, parts)
        found[id(node)] = made
    return list(known.values())


def _own_part(node: Any) -> Any:
    """Return what a node is besides its operands."""
    if isinstance(node, Binary):
        return node.op
    if isinstance(node, Name):
        return node.id
    if isinstance(node, Number):
        return node.value.numerator, node.value.denominator
    if isinstance(node, Call):
        return node.function, len(node.args), tuple([name for name, _ in node.keywords])
    if isinstance(node, Over):
        return node.function, node.indices, tuple([condition.op for condition in node.conditions])
    return node.value if isinstance(node, String) else None


def _with_children(node: Any, parts: list) -> Any:
    for one, other in zip(parts, children(node)):
        if one is not other:
            return with_children(node, tuple(parts))
    return node


def _constant(value: Fraction) -> Callable:
    return lambda c, found, arrays: c.array(value)


def _nothing(c: Arithmetic, found: dict, arrays: dict) -> None:
    return None


def _impossible(reason: str) -> Callable:
    def step(c: Arithmetic, found: dict, arrays: dict) -> Array:
        raise NotExact(reason)

    return step


def _negated(inner: int) -> Callable:
    def step(c: Arithmetic, found: dict, arrays: dict) -> Array:
        A = found[inner]
        return c.negate(A) if A.constant is None else c.array(-A.constant)

    return step


def _of_constants(op: str, one: Fraction, other: Fraction) -> Fraction | None:
    """Return an operation of two rational numbers, None where its value is none."""
    if op == "+":
        return one + other
    if op == "-":
        return one - other
    if op == "*":
        return one * other
    if op == "/":
        return one / other if other else None
    small = other.denominator == 1 and abs(other) <= 64 and (one or other > 0)
    return one ** int(other) if small else None


def _square(rule: Any) -> Callable | None:
    if len(rule.params) != 1:
        return None
    return next((square for line, square in _SQUARES.items() if rule.torch == line.format(rule.params[0].name)), None)
