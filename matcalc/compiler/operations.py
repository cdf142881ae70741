"""The intermediate representation of generated code: a shared graph of array operations of known shape.

An :class:`Operation` is one array, as the generated function computes it. Scalars have the shape ``()``, columns and
rows are vectors ``(n,)``, matrices ``(n, m)``; ``(n, 1)`` and ``(1, m)`` are a column and a row that broadcast. Sizes
are SymPy's. Equal operations are one object within a graph, so nothing is computed twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING

from sympy import Expr, Integer, Rational

from ..algebra import expressions
from ..algebra.expressions import ONE
from ..errors import ShapeError
from ..rulebook.facts import implying

if TYPE_CHECKING:
    from ..rulebook.entries import Rule

# operations of one entry at a time, which broadcast
ELEMENTWISE = frozenset({"add", "multiply", "divide", "power", "negative", "root", "select"})
# leaves that are plain Python numbers in the generated code
_HOST_LEAVES = frozenset({"number", "size"})
_COMMUTATIVE = frozenset({"add", "multiply"})


class Operation:
    """One array of the generated function: what makes it, of which operands, and its shape.

    ``data`` is what else the operation needs (a name, a number, a rule, an axis), ``place`` its place in the order of
    creation, ``facts`` what is known of it. ``host`` operations are Python numbers, made of sizes and constants.
    """

    __slots__ = ("kind", "operands", "data", "shape", "place", "facts", "host")

    def __init__(self, kind, operands, data, shape, place, facts):
        self.kind, self.operands, self.data = kind, operands, data
        self.shape, self.place, self.facts = shape, place, facts
        numeric = kind in ELEMENTWISE or kind == "call"
        self.host = kind in _HOST_LEAVES or numeric and bool(operands) and all(o.host for o in operands)

    @property
    def is_matrix(self) -> bool:
        return len(self.shape) == 2

    @property
    def is_relation(self) -> bool:
        """Whether it is a comparison, 1 where that holds and 0 elsewhere."""
        return self.kind == "call" and bool(self.data.relation)

    @property
    def is_elementwise(self) -> bool:
        """Whether every entry depends on the entries at its own place alone."""
        return self.kind in ELEMENTWISE or self.kind == "call" and self.data.elementwise

    def __repr__(self):
        inner = ", ".join(repr(o) for o in self.operands) or str(self.data)
        return f"{self.kind}({inner})"


def broadcast_shape(shapes: list[tuple[Expr, ...]]) -> tuple[Expr, ...]:
    """Return the shape of an elementwise operation on arrays of these shapes; raises ShapeError."""
    shapes = [shape for shape in shapes if shape]
    if not shapes:
        return ()
    if len({len(shape) for shape in shapes}) > 1:
        raise ShapeError(f"an elementwise operation on arrays of shapes {', '.join(map(str, shapes))}")
    result = []
    for sizes in zip(*shapes):
        wide = dict.fromkeys(size for size in sizes if size != 1)
        if len(wide) > 1:
            raise ShapeError(f"sizes {' and '.join(map(str, wide))} do not broadcast")
        result.append(next(iter(wide), ONE))
    return tuple(result)


class Graph:
    """Makes operations; an operation that is there already is returned, not made again."""

    def __init__(self) -> None:
        self._known = {}
        self._in_any_order = {}

    def make(
        self,
        kind: str,
        operands: Sequence[Operation] = (),
        data: int | str | Expr | None = None,
        shape: tuple[Expr, ...] = (),
        facts: frozenset[str] = frozenset(),
    ) -> Operation:
        """Return the operation of this kind, operands and data."""
        operands = tuple(operands)
        key = (kind, operands, data, shape)
        found = self._known.get(key)
        if found is None and kind in _COMMUTATIVE:
            # of two sums or products of the same operands one is computed
            unordered = (kind, frozenset(Counter(operands).items()), data, shape)
            found = self._known[key] = self._in_any_order.get(unordered)
        if found is None:
            found = self._known[key] = Operation(kind, operands, data, shape, len(self._known), facts)
            if kind in _COMMUTATIVE:
                self._in_any_order[unordered] = found
            keeping = kind in _KEEPING_SYMMETRY or kind == "call" and getattr(data, "elementwise", False)
            if keeping and len(shape) == 2 and shape[0] == shape[1] and self._keeps_symmetry(found):
                found.facts |= {"symmetric"}
        return found

    def _keeps_symmetry(self, node: Operation) -> bool:
        """Whether a square matrix equals its transpose for what is known of its operands."""
        operands = node.operands
        if node.kind == "product":
            half = len(operands) // 2
            mirrored = all(self.transpose(a) is b for a, b in zip(operands[:half], reversed(operands)))
            return mirrored and (len(operands) % 2 == 0 or is_symmetric(operands[half]))
        if node.kind == "multiply" and sum(o.kind == "expand" for o in operands) == 2:
            column, row = (o for o in operands if o.kind == "expand")
            same = column.operands == row.operands and column.data != row.data
            return same and all(is_symmetric(o) for o in operands if o.kind != "expand")
        if node.kind == "add" and len(operands) == 2 and self.transpose(operands[0]) is operands[1]:
            return True
        return all(is_symmetric(o) for o in operands)

    def remake_shaped(self, operation: Operation, operands: list[Operation], shape: tuple[Expr, ...]) -> Operation:
        """Return an elementwise operation on operands of another shape, such as the transposes of its own."""
        if operation.kind in _REMADE:
            return _REMADE[operation.kind](self, operation, operands)
        return self.make(operation.kind, operands, operation.data, shape, operation.facts)

    def remake(self, operation: Operation, operands: list[Operation]) -> Operation:
        """Return the operation on other operands of the same shapes."""
        if all(a is b for a, b in zip(operation.operands, operands)):
            return operation
        builder = _REMADE.get(operation.kind)
        if builder is not None:
            return builder(self, operation, operands)
        return self.make(operation.kind, operands, operation.data, operation.shape, operation.facts)

    # -- numbers and names ----------------------------------------------------------------------------------

    def number(self, value: int | Expr) -> Operation:
        """A number, a Rational or another real SymPy number such as pi."""
        return self.make("number", data=value if not isinstance(value, (int, float)) else Rational(value))

    def size(self, dimension: Expr) -> Operation:
        """A size of an array as a number: n, n*m or 3."""
        if dimension.is_number:
            return self.number(dimension)
        return self.make("size", data=dimension)

    def input(self, name: str, shape: tuple[Expr, ...], facts: frozenset = frozenset()) -> Operation:
        """An argument of the generated function."""
        return self.make("input", data=name, shape=shape, facts=facts)

    # -- elementwise ----------------------------------------------------------------------------------------

    def add(self, *terms: Operation) -> Operation:
        """The sum; numbers are collected, zeros dropped."""
        flat, constant = [], Integer(0)
        for term in terms:
            for part in term.operands if term.kind == "add" else (term,):
                if _rational(part):
                    constant += part.data
                else:
                    flat.append(part)
        if constant != 0 or not flat:
            flat.append(self.number(constant))
        if len(flat) == 1:
            return flat[0]
        return self.make("add", flat, shape=broadcast_shape([t.shape for t in flat]))

    def multiply(self, *factors: Operation) -> Operation:
        """The elementwise product; numbers and signs are collected in front."""
        flat, constant = [], Integer(1)
        for factor in factors:
            sign, factor = split_sign(factor)
            constant *= sign
            for part in factor.operands if factor.kind == "multiply" else (factor,):
                if _rational(part):
                    constant *= part.data
                else:
                    flat.append(part)
        if constant == 0 or not flat:
            return self.number(constant)
        if constant == -1:
            return self.negative(self.multiply(*flat))
        if constant != 1:
            flat.insert(0, self.number(constant))
        if len(flat) == 1:
            return flat[0]
        return self.make("multiply", flat, shape=broadcast_shape([f.shape for f in flat]))

    def negative(self, operand):
        """The negation."""
        if operand.kind == "negative":
            return operand.operands[0]
        if _rational(operand):
            return self.number(-operand.data)
        if operand.kind == "multiply" and _rational(operand.operands[0]):
            return self.multiply(self.number(-1), *operand.operands)
        if operand.kind == "add" and 2 * sum(o.kind == "negative" for o in operand.operands) >= len(operand.operands):
            return self.add(*[self.negative(o) for o in operand.operands])
        return self.make("negative", (operand,), shape=operand.shape)

    def divide(self, numerator: Operation, denominator: Operation) -> Operation:
        """The elementwise quotient."""
        if _rational(denominator) and denominator.data != 0:
            return self.multiply(self.number(1 / denominator.data), numerator)
        sign, denominator = split_sign(_with_fewer_minuses(self, denominator))
        other, numerator = split_sign(numerator)
        if _rational(numerator) and numerator.data == 0:
            return numerator
        shape = broadcast_shape([numerator.shape, denominator.shape])
        quotient = self.make("divide", (numerator, denominator), shape=shape)
        return quotient if sign * other == 1 else self.negative(quotient)

    def power(self, base: Operation, exponent: Operation) -> Operation:
        """The elementwise power; negative exponents become quotients, a half a square root."""
        if _rational(exponent):
            value = exponent.data
            if value == 1:
                return base
            if value == 0:
                return self.number(1)
            if value < 0:
                return self.divide(self.number(1), self.power(base, self.number(-value)))
            if value == Rational(1, 2):
                return self.make("root", (base,), shape=base.shape)
        return self.make("power", (base, exponent), shape=broadcast_shape([base.shape, exponent.shape]))

    def call(self, rule: Rule, *operands: Operation, shape: tuple[Expr, ...] | None = None) -> Operation:
        """A function of the rule book."""
        if shape is None:
            shape = broadcast_shape([o.shape for o in operands])
        return self.make("call", operands, rule, shape, frozenset(rule.gives))

    def select(self, condition: Operation, one: Operation, other: Operation) -> Operation:
        """The entries of one array where a comparison holds, those of the other one elsewhere."""
        operands = (*condition.operands, one, other)
        shape = broadcast_shape([o.shape for o in operands])
        return self.make("select", operands, condition.data.relation, shape)

    # -- arrangement ------------------------------------------------------------------------------------------

    def expand(self, vector: Operation, axis: int) -> Operation:
        """A vector as a matrix of one column (axis 1) or one row (axis 0), which broadcasts; a scalar stays."""
        if not vector.shape:
            return vector
        if vector.kind == "negative":
            return self.negative(self.expand(vector.operands[0], axis))
        shape = (vector.shape[0], ONE) if axis == 1 else (ONE, vector.shape[0])
        return self.make("expand", (vector,), axis, shape)

    def full(self, operand: Operation, shape: tuple[Expr, ...]) -> Operation:
        """The operand repeated to a shape, with all its entries in memory."""
        shape = tuple(shape)
        if operand.shape == shape:
            return operand
        return self.make("full", (operand,), shape, shape)

    def transpose(self, operand: Operation) -> Operation:
        """The transpose of a matrix."""
        if operand.kind == "transpose":
            return operand.operands[0]
        if not operand.is_matrix or operand.facts & SYMMETRIC or operand.kind in ("eye", "diagonal"):
            return operand
        if operand.kind == "expand":
            return self.expand(operand.operands[0], 1 - operand.data)
        if operand.kind == "full":
            inner = operand.operands[0]
            return self.full(self.transpose(inner), operand.shape[::-1])
        return self.make("transpose", (operand,), shape=operand.shape[::-1])

    # -- linear algebra -----------------------------------------------------------------------------------------

    def product(self, *factors: Operation) -> Operation:
        """The matrix product: a vector may be first (a row) or last (a column), matrices stand between.

        Signs stand in front, and a vector that multiplies matrices on its right.
        """
        flat, sign = [], 1
        for factor in factors:
            one, factor = split_sign(factor)
            sign *= one
            nested = factor.kind == "product" and factor.is_matrix
            flat.extend(factor.operands if nested else (factor,))
        if len(flat) == 1:
            return flat[0] if sign == 1 else self.negative(flat[0])
        for left, right in zip(flat, flat[1:]):
            if left.shape[-1] != right.shape[0]:
                raise ShapeError(f"a product of shapes {left.shape} and {right.shape}")
        if not flat[0].is_matrix and (flat[-1].is_matrix or flat[-1].place < flat[0].place):
            flat = [self.transpose(f) for f in reversed(flat)]
        ends = [flat[0].shape[:-1], flat[-1].shape[1:]]
        made = self.make("product", flat, shape=tuple(size for end in ends for size in end))
        return made if sign == 1 else self.negative(made)

    def eye(self, n: Expr) -> Operation:
        """The identity matrix."""
        return self.make("eye", data=n, shape=(n, n), facts=frozenset({"pd", "eye"}))

    def diagonal(self, column: Operation) -> Operation:
        """The diagonal matrix of a vector."""
        sign, column = split_sign(column)
        shape = (column.shape[0], column.shape[0])
        made = self.make("diagonal", (column,), shape=shape, facts=frozenset({"symmetric"}))
        return made if sign == 1 else self.negative(made)


SYMMETRIC = implying("symmetric")
_KEEPING_SYMMETRY = frozenset(
    "product add multiply negative divide inverse add_diagonal power root matrix_power".split()
)


def is_symmetric(operation: Operation) -> bool:
    """Return whether an operation is a scalar, or a matrix known to equal its transpose."""
    if not operation.shape or operation.kind in ("eye", "diagonal"):
        return True
    if operation.kind == "full":
        return operation.is_matrix and not operation.operands[0].shape
    return operation.is_matrix and bool(operation.facts & SYMMETRIC)


def _rational(operation: Operation) -> bool:
    return operation.kind == "number" and operation.data.is_Rational


def scalars_and_arrays(operation: Operation) -> tuple[list[Operation], list[Operation]]:
    """Return (the scalars, the arrays) among the operands."""
    scalars = [o for o in operation.operands if not o.shape]
    return scalars, [o for o in operation.operands if o.shape]


def outer_vectors(arrays: list[Operation]) -> tuple[Operation, Operation] | None:
    """Return (u, v) where the arrays are the column u and the row v of an outer product, else None."""
    if len(arrays) != 2 or any(a.kind != "expand" for a in arrays) or arrays[0].data == arrays[1].data:
        return None
    column, row = arrays if arrays[0].data == 1 else arrays[::-1]
    return column.operands[0], row.operands[0]


def _with_fewer_minuses(graph: Graph, operation: Operation) -> Operation:
    """Return a sum of which most terms have a minus as the negative of a sum, which others may have."""
    if operation.kind != "add":
        return operation
    minuses = [o.kind == "negative" or o.kind == "multiply" and _below_zero(o.operands[0]) for o in operation.operands]
    if 2 * sum(minuses) <= len(minuses):
        return operation
    turned = graph.add(*[graph.negative(o) for o in operation.operands])
    return graph.make("negative", (turned,), shape=operation.shape)


def _below_zero(operation: Operation) -> bool:
    return _rational(operation) and bool(operation.data < 0)


def split_sign(operation: Operation) -> tuple[int, Operation]:
    """Return (1 or -1, the operation without the sign)."""
    return (-1, operation.operands[0]) if operation.kind == "negative" else (1, operation)


_REMADE = {
    "add": lambda graph, operation, operands: graph.add(*operands),
    "multiply": lambda graph, operation, operands: graph.multiply(*operands),
    "divide": lambda graph, operation, operands: graph.divide(*operands),
    "power": lambda graph, operation, operands: graph.power(*operands),
    "negative": lambda graph, operation, operands: graph.negative(*operands),
    "root": lambda graph, operation, operands: graph.power(operands[0], graph.number(Rational(1, 2))),
    "transpose": lambda graph, operation, operands: graph.transpose(*operands),
    "diagonal": lambda graph, operation, operands: graph.diagonal(*operands),
    "expand": lambda graph, operation, operands: graph.expand(operands[0], operation.data),
    "full": lambda graph, operation, operands: graph.full(operands[0], operation.shape),
    # a part of which nothing but a number is left has that in all its entries
    "stack": lambda graph, operation, operands: graph.make(
        "stack", [graph.full(o, old.shape) for o, old in zip(operands, operation.operands)], operation.data,
        operation.shape, operation.facts,
    ),
}


def postorder(*roots: Operation) -> list[Operation]:
    """Return the distinct operations below and including the roots, operands first."""
    return expressions.postorder(*roots, operands=attrgetter("operands"))


def rewrite(graph: Graph, roots: list[Operation], rule: Callable) -> list[Operation]:
    """Return the roots with ``rule(graph, operation)`` applied to every operation, operands first."""
    return rewrite_sharing(graph, roots, lambda old, node, resolve: rule(graph, node))


def rewrite_sharing(graph: Graph, roots: list[Operation], rule: Callable) -> list[Operation]:
    """Return the roots with ``rule(old, operation, resolve)`` applied to every operation, operands first.

    ``old`` is the operation as it was, and ``resolve(other)`` what becomes of another, which does not contain it.
    """
    made: dict = {}

    def resolve(root: Operation) -> Operation:
        for node in postorder(root):
            if node not in made:
                made[node] = rule(node, graph.remake(node, [made[o] for o in node.operands]), resolve)
        return made[root]

    return [resolve(root) for root in roots]
