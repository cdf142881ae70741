"""What a foreign notation leaves open until the shapes are known: its products, quotients, powers and some functions.

A reader writes them into the surface tree as operators and calls that the language does not have. Which of the
language's forms each stands for is the matter of :mod:`inference` and :mod:`resolve`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from ...language.syntax import Binary, Call, Name, Number, Tree

# A x, A*x: a matrix product, or a scaling where one side is a scalar
PRODUCT = "juxtaposition"
# a \cdot b: the same, and the inner product of two columns
DOT_PRODUCT = "dot"
# A \times B: the same as A B, and the cross product of two columns of 3
TIMES = "times"
# A/B: by a scalar, or A@inv(B)
QUOTIENT = "quotient"
# \frac{A}{b}: by a scalar, or entrywise by a column or a row
FRACTION = "fraction"
# A\b: the solution x of A x = b
LEFT_QUOTIENT = "left quotient"
# A^2: of a scalar, or the matrix power
POWER = "caret"
OPEN_OPERATORS = frozenset({PRODUCT, DOT_PRODUCT, TIMES, QUOTIENT, FRACTION, LEFT_QUOTIENT, POWER})

# constants whose size follows from what stands around them; a call of one of these has no size arguments
FITTING_EYE, FITTING_ONES, FITTING_MATRIX, FITTING_UNIT = "eye that fits", "ones that fit", "matrix that fits", "unit"
FITTING = frozenset({FITTING_EYE, FITTING_ONES, FITTING_MATRIX, FITTING_UNIT})


# numel(x), size(X, 1): a number, which is known when the shapes are
COUNTS: dict[str, Callable[..., tuple]] = {
    "numel": lambda rows, cols: (rows, cols),
    "length": lambda rows, cols: (rows, cols),
    "rows of": lambda rows, cols: (rows,),
    "columns of": lambda rows, cols: (cols,),
}

COLUMNS = "columns"


def literal_number(tree: Tree) -> Tree:
    """Return the number that a quotient of two numbers is, as a literal argument may be written; else the tree."""
    if isinstance(tree, Binary) and tree.op in (QUOTIENT, FRACTION, "/"):
        left, right = tree.left, tree.right
        if isinstance(left, Number) and isinstance(right, Number) and right.value:
            return Number(left.value / right.value, tree.span)
    return tree


def is_bars(node: Tree) -> bool:
    """Return whether a tree is one between single bars: an absolute value, a determinant, or the length of a column."""
    return isinstance(node, Call) and node.function == BARS


@dataclass(frozen=True)
class ByShape:
    """A function whose meaning depends on the shape of its operand, or of its operands, which have one shape.

    Each field takes the operands and the span and returns a tree: ``vector`` for a scalar, a column or a row,
    ``square`` for a matrix whose sizes are equal or can be, ``matrix`` for any other. None: refused, with ``hint``.
    ``reduces``: for each of the three whether it gives a scalar (True), a row of a value for each column (COLUMNS), or
    keeps the shape (False).
    """

    vector: Callable
    matrix: Callable | None
    square: Callable | None = None
    reduces: tuple = (True, True, True)
    shown: str = ""
    hint: str = ""


def applied(function, *extra):
    """Return what makes a call of a function of the language, with further literal arguments."""
    return lambda operand, span: Call(function, (operand, *extra), (), span)


def _spread(name, ddof):
    return lambda operand, span: Call(name, (operand,), (("ddof", Number(Fraction(ddof))),), span)


def _largest_entry(operand, span):
    return Call("max", (Call("abs", (operand,), (), span),), (), span)


def _dot(left, right, span):
    return Call("dot", (left, right), (), span)


def _dot_of_columns(left, right, span):
    return Call("sum", (Binary("*", left, right, span),), (("axis", Number(Fraction(0), span)),), span)


DOT_OF_COLUMNS = "dot of columns"
# x^T W x of a column is a scalar; of a matrix its trace is meant
GRAM = "trace of a Gram matrix"
BARS, EULER_POWER, NORM_2, NORM_1, NORM_INF = "bars", "e to the power", "2-norm", "1-norm", "infinity norm"
_KEEPS = (False, False, False)

BY_SHAPE = {
    BARS: ByShape(applied("abs"), applied("abs"), applied("det"), (False, False, True)),
    EULER_POWER: ByShape(applied("exp"), applied("exp"), applied("expm"), _KEEPS),
    GRAM: ByShape(lambda operand, span: operand, applied("tr"), applied("tr")),
    NORM_2: ByShape(applied("norm"), applied("norm", Number(Fraction(2)))),
    NORM_1: ByShape(applied("norm1"), applied("norm", Number(Fraction(1)))),
    DOT_OF_COLUMNS: ByShape(_dot, _dot_of_columns, reduces=(True, COLUMNS, COLUMNS), shown="dot"),
    NORM_INF: ByShape(_largest_entry, applied("norm", Name("inf"))),
    **{
        f"{name} of a vector by {divisor}": ByShape(
            _spread(name, ddof),
            None,
            shown=name,
            hint=f"write {name}(X(:)) for all entries",
        )
        for name in ("var", "std")
        for divisor, ddof in (("n - 1", 1), ("n", 0))
    },
    **{
        f"{name} of a vector": ByShape(
            applied(name),
            None,
            shown=name,
            hint=f"write {name}(X(:)) for all entries, {name}(X, {dimension}) for the columns",
        )
        for name, dimension in {"mean": "1", "max": "[], 1", "min": "[], 1", "prod": "1"}.items()
    },
}
