"""Operations on arrays of 0, 1 or 2 dimensions: which dimensions fit together, and what each is in the language.

A vector of one dimension is a column of the language, or a row where it comes as one: sums of columns, x @ A. Each
kind of operation has a relation, the tuples of the numbers of dimensions of its operands and of its value, and a
builder, which is given the operands as :class:`Value`.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import product
from typing import Any, NamedTuple

from ...errors import ShapeError, Span
from ...language.syntax import Binary, Call, Name, Negate, Number, String, Transpose
from ...shapes.lifting.einsum import contracted, letters_of
from ...shapes.lifting.einsum_stacks import without_stacks


class Value(NamedTuple):
    """A value in the language: its dimensions in the library, its tree, and whether a vector's tree is a row."""

    dimensions: int
    tree: Any
    is_row: bool = False


@dataclass(eq=False, slots=True)
class Op:
    """One operation: its ``kind``, the operands, what is fixed of it, and its place in the text."""

    kind: Kind
    args: tuple
    fixed: tuple
    span: Span


class Kind(NamedTuple):
    """A kind of operation: the relation of its dimensions, and what builds it, both functions of the operation."""

    name: str
    relation: Any
    build: Any
    takes: str = ""


def transposed(tree: Any) -> Any:
    """Return the transpose of a tree, without a second transpose or one around x.T@A."""
    if isinstance(tree, Transpose):
        return tree.operand
    if isinstance(tree, Binary) and tree.op == "@" and isinstance(tree.left, Transpose):
        return Binary("@", transposed(tree.right), tree.left.operand, tree.span)
    return Transpose(tree, tree.span)


def column(value: Value) -> Any:
    """Return the tree of a vector as a column; other values as they are."""
    return transposed(value.tree) if value.is_row else value.tree


def row(value: Value) -> Any:
    """Return the tree of a vector as a row."""
    return value.tree if value.is_row else transposed(value.tree)


# -- leaves --------------------------------------------------------------------------------------------


def _build_number(op: Op, values: list) -> Value:
    return Value(0, Number(op.fixed[0], op.span))


NUMBER = Kind("number", lambda op: [(0,)], _build_number)
NAME = Kind("name", lambda op: [(d,) for d in op.fixed[1]], None)
CONSTANT = Kind("constant", lambda op: [(0,)], lambda op, values: Value(0, Name(op.fixed[0], op.span)))

# -- entry by entry ------------------------------------------------------------------------------------


@cache
def _broadcast(count: int) -> list[tuple]:
    return [(*dims, max(dims)) for dims in product((0, 1, 2), repeat=count)]


def _build_entrywise(op: Op, values: list) -> Value:
    dimensions = max(value.dimensions for value in values)
    if dimensions == 2:
        trees = [row(value) if value.dimensions == 1 else value.tree for value in values]
        return Value(2, _applied(op, trees))
    rows = dimensions == 1 and all(value.is_row for value in values if value.dimensions)
    trees = [value.tree if rows else column(value) for value in values]
    return Value(dimensions, _applied(op, trees), rows)


def _applied(op: Op, trees: list) -> Any:
    sign = op.fixed[0]
    if sign == "negate":
        return Negate(trees[0], op.span)
    if sign == "*" and isinstance(trees[0], Number) and trees[0].value == 1:
        return trees[1]
    if sign == "/" and isinstance(trees[1], Number) and trees[1].value == 1:
        return trees[0]
    if sign in ("+", "-", "*", "/", "**"):
        left, right = trees
        return Binary(sign, left, right, op.span)
    return Call(sign, (*trees, *op.fixed[1:]), (), op.span)


ENTRYWISE = Kind("entry by entry", lambda op: _broadcast(len(op.args)), _build_entrywise)

# -- products ------------------------------------------------------------------------------------------

_PRODUCTS = {
    "@": [(1, 1, 0), (2, 1, 1), (1, 2, 1), (2, 2, 2), (3, 1, 2), (1, 3, 2)],
    "matrix": [(2, 2, 2)],
    "matrix and vector": [(2, 1, 1)],
    "vectors": [(1, 1, 0)],
    "numpy": [(1, 1, 0), (2, 1, 1), (1, 2, 1), (2, 2, 2), *_broadcast(2)[:3], (1, 0, 1), (2, 0, 2)],
}


def _build_batched(op: Op, left: Value, right: Value) -> Value:
    """Return the products of all matrices of a stack with a vector, a row for each of them."""
    letters = "kij,j->ki" if left.dimensions == 3 else "kij,i->kj"
    stack, vector = (left, right) if left.dimensions == 3 else (right, left)
    call = Call("einsum", (String(letters, op.span), stack.tree, column(vector)), (), op.span)
    return Value(2, without_stacks(call, {}, {}))


def _build_product(op: Op, values: list) -> Value:
    left, right = values
    if 3 in (left.dimensions, right.dimensions):
        return _build_batched(op, left, right)
    if 0 in (left.dimensions, right.dimensions):
        return _build_entrywise(Op(ENTRYWISE, op.args, ("*",), op.span), values)
    dimensions = left.dimensions + right.dimensions - 2
    one = row(left) if left.dimensions == 1 else left.tree
    other = column(right)
    is_row = left.dimensions == 1 and right.dimensions == 2
    return Value(dimensions, Binary("@", one, other, op.span), is_row)


PRODUCT = Kind(
    "product", lambda op: _PRODUCTS[op.fixed[0]], _build_product, "vectors and matrices, entry by entry it is *"
)


def _build_all_dot(op: Op, values: list) -> Value:
    trees = tuple(column(value) for value in values)
    if values[0].dimensions == 0:
        left, right = trees
        return Value(0, Binary("*", left, right, op.span))
    return Value(0, Call("dot", trees, (), op.span))


ALL_DOT = Kind("dot", lambda op: [(0, 0, 0), (1, 1, 0), (2, 2, 0)], _build_all_dot, "two arrays of one shape")

def _of_letters(op: Op) -> list[tuple]:
    operands, result = letters_of(op.fixed[0], len(op.args), op.span, 3)
    return [(*map(len, operands), len(result))]


def _build_einsum(op: Op, values: list) -> Value:
    trees = [column(value) for value in values]
    operands, result = letters_of(op.fixed[0], len(op.args), op.span, 3)
    if any(len(word) == 3 for word in operands):
        call = Call("einsum", (String(op.fixed[0], op.span), *trees), (), op.span)
        return Value(len(result), without_stacks(call, {}, {}))
    return Value(len(result), contracted(op.fixed[0], trees, op.span))


EINSUM = Kind("einsum", _of_letters, _build_einsum, "arrays with one dimension for each letter")

# -- sums and the like ---------------------------------------------------------------------------------


def _axis(fixed: int, dimensions: int) -> int:
    return fixed % dimensions if dimensions else fixed


def _reduced(op: Op) -> list[tuple]:
    _, axis, keepdims = op.fixed
    if axis is None:
        return [(0, 0), (1, 0), (2, 0)]
    matrix = (2, 2 if keepdims else 1)
    return [matrix] if axis in (1, -2) else [(1, 0), matrix]


def _build_reduction(op: Op, values: list) -> Value:
    name, axis, keepdims = op.fixed
    (value,) = values
    if value.dimensions == 0 and name in ("sum", "mean", "max", "min", "prod"):
        return value
    if axis is None or value.dimensions < 2:
        return Value(0, Call(name, (value.tree,), (), op.span))
    place = _axis(axis, 2)
    tree = Call(name, (value.tree,), (("axis", Number(Fraction(place), op.span)),), op.span)
    return Value(2 if keepdims else 1, tree, place == 0 and not keepdims)


REDUCTION = Kind("reduction", _reduced, _build_reduction, "an array with that axis")


def _softened(op: Op) -> list[tuple]:
    axis = op.fixed[1]
    if axis is None:
        return [(1, 1)]
    return [(2, 2)] if axis in (1, -2) else [(1, 1), (2, 2)]


def _build_softmax(op: Op, values: list) -> Value:
    name, axis = op.fixed
    (value,) = values
    if value.dimensions == 1:
        return Value(1, Call(name, (column(value),), (), op.span))
    place = _axis(axis, 2)
    keywords = (("axis", Number(Fraction(place), op.span)),) if place == 1 or name != "softmax" else ()
    return Value(2, Call(name, (value.tree,), keywords, op.span))


SOFTMAX = Kind("softmax", _softened, _build_softmax, "an array with that axis")


def _build_size(op: Op, values: list) -> Value:
    return Value(0, Name(op.fixed[1], op.span))


def _sized(op: Op) -> list[tuple]:
    axis, _, exact = op.fixed
    if axis == 2:
        return [(3, 0)]
    if exact is not None:
        return [(exact, 0)]
    return [(2, 0), (3, 0)] if axis in (1, -2) else [(1, 0), (2, 0), (3, 0)]


SIZE = Kind("size", _sized, _build_size, "an array with that axis")

COUNT = Kind("count", lambda op: [(1, 0), (2, 0)], _build_size, "an array")

# -- norms ---------------------------------------------------------------------------------------------

_INFINITY = float("inf")


def _norms(op: Op) -> list[tuple]:
    order, entries = op.fixed
    if entries:
        return [(1, 0), (2, 0)]
    if order in ("fro", "nuc"):
        return [(2, 0)]
    return [(1, 0), (2, 0)] if order in (None, 1, 2, _INFINITY) else [(1, 0)]


def _build_norm(op: Op, values: list) -> Value:
    order, entries = op.fixed
    tree, span = column(values[0]), op.span
    matrix = values[0].dimensions == 2 and not entries
    if order == "nuc" or matrix and order == 2:
        extra: Any = String("nuc", span) if order == "nuc" else Number(Fraction(2), span)
        return Value(0, Call("norm", (tree, extra), (), span))
    if order in (None, "fro", 2):
        return Value(0, Call("norm", (tree,), (), span))
    if matrix:
        extra = Name("inf", span) if order == _INFINITY else Number(Fraction(1), span)
        return Value(0, Call("norm", (tree, extra), (), span))
    size = Call("abs", (tree,), (), span)
    if order == _INFINITY:
        return Value(0, Call("max", (size,), (), span))
    if order == 1:
        return Value(0, Call("norm1", (tree,), (), span))
    number = Number(order, span)
    total = Call("sum", (Binary("**", size, number, span),), (), span)
    return Value(0, Binary("**", total, Binary("/", Number(Fraction(1), span), number, span), span))


NORM = Kind("norm", _norms, _build_norm, "a vector or a matrix, as the order says")

# -- functions of the language, with the dimensions of their operands and of their value -----------------


def _build_call(op: Op, values: list) -> Value:
    name, relation, *keywords = op.fixed
    dims = tuple(value.dimensions for value in values)
    out = next(row[-1] for row in relation if row[:-1] == dims)
    return Value(out, Call(name, tuple(column(value) for value in values), tuple(keywords), op.span))


CALL = Kind("call", lambda op: list(op.fixed[1]), _build_call)


def _build_alike(op: Op, values: list) -> Value:
    if values[0].dimensions != values[1].dimensions:
        raise ShapeError(
            "a vector beside a matrix of scores would be indices of classes, which are not read",
            span=op.span,
            hint="give one-hot rows, a matrix Y",
        )
    return values[0]


ALIKE = Kind("alike", lambda op: [(1, 1, 1), (2, 2, 2), (1, 2, 2)], _build_alike, "two arrays of one shape")
MATRIX = ((2, 2),)
OF_MATRIX = ((2, 0),)


def takes(relation: list[tuple]) -> str:
    """Return in words what operands a relation admits: a matrix and a vector, or two matrices."""
    words = {0: "a number", 1: "a vector", 2: "a matrix", 3: "a stack of matrices"}
    found = list(dict.fromkeys(" and ".join(words[d] for d in dims[:-1]) for dims in relation))
    return ", or ".join(found)


# -- other forms of the same entries -------------------------------------------------------------------


def _build_transpose(op: Op, values: list) -> Value:
    (value,) = values
    return Value(2, transposed(value.tree)) if value.dimensions == 2 else value


TRANSPOSE = Kind(
    "transpose", lambda op: [(2, 2)] if op.fixed[0] else [(0, 0), (1, 1), (2, 2)], _build_transpose, "a matrix"
)
SAME = Kind("same", lambda op: [(d, d) for d in op.fixed[0]], lambda op, values: values[0])


def _build_ravel(op: Op, values: list) -> Value:
    (value,) = values
    if value.dimensions == 1:
        return value
    return Value(1, Call("vec", (transposed(value.tree),), (), op.span))


RAVEL = Kind("ravel", lambda op: [(1, 1), (2, 1)], _build_ravel, "a vector or a matrix")
COLUMN = Kind("column", lambda op: [(1, 2)], lambda op, values: Value(2, column(values[0])), "a vector")
ROW = Kind("row", lambda op: [(1, 2)], lambda op, values: Value(2, row(values[0])), "a vector")

# -- constants of a size --------------------------------------------------------------------------------


def _build_filled(op: Op, values: list) -> Value:
    trees = tuple(value.tree for value in values)
    if not trees:
        return Value(0, Number(Fraction(int(op.fixed[0] == "ones")), op.span))
    return Value(len(trees), Call(op.fixed[0], trees, (), op.span))


FILLED = Kind("filled", lambda op: [(*[0] * len(op.args), len(op.args))], _build_filled, "sizes")


def _build_filled_like(op: Op, values: list) -> Value:
    name, *places = op.fixed
    (value,) = values
    if value.dimensions == 0:
        return Value(0, Number(Fraction(int(name == "ones")), op.span))
    trees = tuple(Name(place, op.span) for place in places[: value.dimensions])
    return Value(value.dimensions, Call(name, trees, (), op.span))


FILLED_LIKE = Kind("filled like", lambda op: [(0, 0), (1, 1), (2, 2)], _build_filled_like, "an array")
EYE = Kind(
    "eye", lambda op: [(0, 2)], lambda op, values: Value(2, Call("eye", (values[0].tree,), (), op.span)), "a size"
)
