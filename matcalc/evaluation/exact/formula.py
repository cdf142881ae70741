"""A surface tree as a list of numbered steps, each made once for all shapes: equal subtrees are one step.

The steps of an answer may stand beside those of its question: what both have is one step of both.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple

from ...budget import spend
from ...language.generators import Over
from ...language.syntax import Binary, Call, Name, Negate, Number, String, Transpose, children, outside_sums, postorder
from ..fitting import integer_names, integer_parameters
from .arithmetic import Arithmetic
from .arrays import Array, NotExact, transpose
from .degrees import Degrees
from .functions import squared_norm
from .lines import entrywise

# how the shape of a node follows from those of its operands
NUMBER, WORD, SAME, TURNED, PRODUCT, ENTRIES, NAME, OWN = range(8)
_ELEMENTWISE = {"+": "add", "-": "subtract", "*": "multiply", "/": "divide", "**": "power"}
# the squares of functions that are roots, so that norm(x)**2 needs no root
_SQUARES = {
    "torch.linalg.vector_norm({})": lambda c, A: Array((1, 1), [squared_norm(c, A)]),
    'torch.linalg.matrix_norm({}, "fro")': lambda c, A: Array((1, 1), [squared_norm(c, A)]),
    "torch.sqrt({})": lambda c, A: A,
    "torch.abs({})": lambda c, A: c.multiply(A, c.apply(c.conjugate, A)),
}


class Step(NamedTuple):
    """A node: its number, how its shape follows (NUMBER, WORD, ...), the numbers of its operands, how it is evaluated.

    ``value`` takes an arithmetic and :class:`Values`; None where it depends on shapes or sizes. ``one`` and ``other``
    are the first two of ``parts``.
    """

    slot: int
    node: Any
    kind: int
    one: int
    other: int
    parts: list
    value: Callable | None


class Values(list):
    """The values of the nodes of a formula, by their numbers, where the names have ``arrays``."""

    __slots__ = ("arrays",)

    def __init__(self, found: list, arrays: dict) -> None:
        super().__init__(found)
        self.arrays = arrays


class Formula:
    """A surface tree in which equal subtrees are one node, with the rule book in force.

    ``beside`` is another formula whose values are at hand; nodes that both have have its numbers. ``table`` has the
    steps of all nodes by their numbers, operands before operators, ``new`` those that ``beside`` has not, ``taken`` the
    numbers of those of its values that are needed. Raises UnknownFunctionError and others for a wrong call.
    """

    def __init__(self, tree: Any, book: Any, beside: Formula | None = None) -> None:
        self.book, self.beside = book, beside
        self._known: dict = {} if beside is None else beside._shared()
        before: dict = {} if beside is None else beside.table
        self.table: dict = {}
        # the numbers of the new calls of a root, or of abs, that stand under even powers only
        self.squared: set = set()
        self._number(tree, 0 if beside is None else beside.count, before)
        self.new: list[Step] = [step for slot, step in self.table.items() if slot not in before]
        self.taken: set = {self.root} & before.keys()
        if before:
            self.taken.update([part for step in self.new for part in step.parts if part in before])
        lookup = book.lookup
        self.rules: dict = {step.slot: tuple(lookup(step.node)) for step in self.new if type(step.node) is Call}
        self._find_squared()
        self._moving: dict = {}

    def _number(self, tree: Any, count: int, before: dict) -> None:
        """Number the nodes of a tree from ``count`` on, operands before operators, and make the steps of the new ones.

        The entries of equal subtrees are then the very same, and a difference of them is 0 without doubt.
        """
        slots: dict = {}
        table, known, place, stack, sums = self.table, self._known, slots.get, [tree], False

        def numbered(node: Any, key: tuple, parts: list) -> int:
            slot = known.get(key)
            if slot is None:
                slot = known[key] = count + len(known) - start
            slots[id(node)] = slot
            if slot not in table:
                table[slot] = before.get(slot) or self._step(slot, node, parts)
            return slot

        def operand(node: Any) -> int | None:
            """Return the number of an operand, None where its own operands come first."""
            slot = place(id(node))
            return numbered(node, (Name, node.id), []) if slot is None and type(node) is Name else slot

        start = len(known)
        while stack:
            node = stack[-1]
            kind = type(node)
            if kind is Binary:
                left, right = operand(node.left), operand(node.right)
                if left is None or right is None:
                    stack += [node.right, node.left] if right is None else [node.left]
                    continue
                numbered(node, (node.op, left, right), [left, right])
            else:
                below = () if kind is Number or kind is Name else children(node)
                parts = [operand(child) for child in below]
                if None in parts:
                    stack += [child for child, part in zip(reversed(below), reversed(parts)) if part is None]
                    continue
                numbered(node, (kind, _own_part(node), *parts) if kind is not Name else (Name, node.id), parts)
                sums = sums or kind is Over
            stack.pop()
        spend(len(slots))
        self.count, self.root = count + len(known) - start, slots[id(tree)]
        if sums:
            outside = {slots[id(node)] for node in postorder(tree, outside_sums)}
            self.table = {slot: step for slot, step in table.items() if slot in outside}

    @property
    def nodes(self) -> list:
        """The nodes, operands before operators; what stands within a sum is not among them."""
        return [step.node for step in self.table.values()]

    def _shared(self) -> dict:
        """Return the numbers of the nodes that have values wherever the root has one."""
        if len(self.table) == len(self._known) and not self.squared:
            return dict(self._known)
        return {key: slot for key, slot in self._known.items() if slot in self.table and slot not in self.squared}

    def _step(self, slot: int, node: Any, parts: list) -> Step:
        kind = type(node)
        if kind is Binary:
            one, other = parts
            if node.op == "@":
                return Step(slot, node, PRODUCT, one, other, parts, lambda c, found: c.matmul(found[one], found[other]))
            return Step(slot, node, ENTRIES, one, other, parts, self._entries(node.op, one, other))
        if kind is Name:
            name = node.id
            return Step(slot, node, NAME, 0, 0, parts, lambda c, found: found.arrays[name])
        if kind is Number:
            return Step(slot, node, NUMBER, 0, 0, parts, constant(node.value))
        if kind is Negate:
            return Step(slot, node, SAME, parts[0], 0, parts, _negated(parts[0]))
        if kind is Transpose:
            inner = parts[0]
            return Step(slot, node, TURNED, inner, 0, parts, lambda c, found: transpose(found[inner]))
        if kind is String:
            return Step(slot, node, WORD, 0, 0, parts, nothing)
        return Step(slot, node, OWN, 0, 0, parts, None)

    def _entries(self, op: str, one: int, other: int) -> Callable:
        method, squared = _ELEMENTWISE[op], self.squared if op == "**" else ()

        def step(c: Arithmetic, found: list) -> Array:
            A, B = found[one], found[other]
            if A.constant is not None and B.constant is not None:
                known = _of_constants(op, A.constant, B.constant)
                if known is not None:
                    return c.array(known)
            return getattr(c, method)(A, c.array(B.constant / 2) if one in squared else B)

        return step

    def _find_squared(self) -> None:
        roots = {slot for slot, rules in self.rules.items() if all(map(square, rules))}
        if not roots:
            return
        found: set = set()
        other = {self.root}
        for step in self.table.values():
            even = step.kind == ENTRIES and step.node.op == "**" and _is_even(step.node.right)
            for place, part in enumerate(step.parts):
                (found if even and not place and part in roots else other).add(part)
        self.squared |= found - other

    def not_rational(self) -> str:
        """Return which function of entries is not rational, "" where none is known before it is evaluated."""
        for slot, rules in self.rules.items():
            reason = "" if slot in self.squared or len(rules) > 1 else _not_rational(entrywise(rules[0].torch))
            if reason:
                return reason if rules[0].name in reason else f"{rules[0].name}: {reason}"
        return ""

    def moving(self, names: frozenset) -> frozenset:
        """Return the numbers of the nodes whose values may depend on some names."""
        moving = self._moving.get(names)
        if moving is None:
            found: set = set()
            for slot, node, kind, _, _, parts, _ in self.table.values():
                if kind == NAME:
                    if node.id in names:
                        found.add(slot)
                elif not found.isdisjoint(parts) or type(node) is Over:
                    found.add(slot)
            moving = self._moving[names] = frozenset(found)
        return moving

    def integer_names(self) -> set:
        """Return the names that stand where only an integer can: the k of matpow(X, k)."""
        found: set = set()
        for step in self.new:
            if type(step.node) is Over:
                found |= integer_names(step.node, self.book)
        for slot, (rule, *_) in self.rules.items():
            integers = integer_parameters(rule)
            for parameter, arg in zip(rule.params, self.table[slot].node.args) if integers else ():
                if parameter.name in integers:
                    found |= {name.id for name in postorder(arg) if isinstance(name, Name)}
        return found


@lru_cache(maxsize=256)
def _not_rational(function: str) -> str:
    """Return why a function of entries has no value in arithmetics without exp and log, "" where it has one."""
    c = Degrees()
    try:
        getattr(c, function or "conjugate")(c.one)
    except NotExact as problem:
        return str(problem)
    return ""


def _is_even(exponent: Any) -> bool:
    return isinstance(exponent, Number) and exponent.value.denominator == 1 and exponent.value % 2 == 0


def _own_part(node: Any) -> Any:
    """Return what a node that is no name and no operation is besides its operands."""
    kind = type(node)
    if kind is Number:
        return node.value.numerator, node.value.denominator
    if kind is Call:
        return node.function, len(node.args), tuple([name for name, _ in node.keywords])
    if kind is Over:
        return node.function, node.indices, tuple([condition.op for condition in node.conditions])
    return node.value if kind is String else None


def constant(value: Fraction) -> Callable:
    """Return the evaluation of a rational number."""
    return lambda c, found: c.array(value)


def nothing(c: Arithmetic, found: list) -> None:
    """Evaluate what has no value of its own: a word."""
    return None


def _negated(inner: int) -> Callable:
    def step(c: Arithmetic, found: list) -> Array:
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


def square(rule: Any) -> Callable | None:
    """Return the function that is the square of a root, or of abs, None of other rules."""
    return _square_of(rule.torch, rule.params[0].name) if len(rule.params) == 1 else None


@lru_cache(maxsize=1024)
def _square_of(torch: str, name: str) -> Callable | None:
    return next((square for line, square in _SQUARES.items() if torch == line.format(name)), None)
