"""How SymPy's scalar classes read: each function takes (node, reader, values) and returns a list of factors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from sympy import (
    Abs,
    Add,
    And,
    Basic,
    Determinant,
    Equality,
    Expr,
    Float,
    GreaterThan,
    Heaviside,
    Indexed,
    KroneckerDelta,
    LessThan,
    Max,
    Min,
    Mul,
    Not,
    Or,
    Piecewise,
    Pow,
    Product,
    Rational,
    S,
    StrictGreaterThan,
    StrictLessThan,
    Sum,
    Symbol,
    Trace,
    Unequality,
    log,
)
from sympy.matrices.expressions.dotproduct import DotProduct
from sympy.matrices.expressions.matexpr import MatrixElement
from sympy.tensor.array.expressions import ArrayElement

from ..errors import ConversionError
from ..language.relations import FUNCTIONS
from ..language.syntax import Binary, Name, Negate, Number, Tree
from .indexed import array_entry, delta_of, entry_of, indexed, over
from .summation import Factor, Unlifted, delta, dense, joined, summed
from .trees import ONE, call, chain, number, scaled, total, transposed

if TYPE_CHECKING:
    from .reading import Reader


def constant(node: Basic) -> list[Factor] | None:
    """Return the factors of a number, pi or e, else None."""
    if isinstance(node, (Rational, Float)):
        return [Factor(number(node))]
    if node is S.Pi:
        return [Factor(Name("pi"))]
    if node is S.Exp1:
        return [Factor(call("exp", ONE))]
    return None


def _symbol(node: Expr, reader: Reader, values: dict) -> list[Factor]:
    if node in reader.sizes and reader.indexed:
        return [Factor(Name(node.name))]
    if node in reader.sizes:
        raise Unlifted(f"the index {node} of a sum is used as a number", hint="write it with matrix products")
    return [Factor(Name(reader.names.scalar(node)))]


def _add(node: Expr, reader: Reader, values: Mapping[int, list[Factor] | Name]) -> list[Factor]:
    return [joined(total, [dense(reader.factors(arg, values)) for arg in node.args], "a sum")]


def _mul(node: Expr, reader: Reader, values: Mapping[int, list[Factor] | Name]) -> list[Factor]:
    """The factors of a product; those without indices are one factor, a quotient."""
    plain, indexed = [], []
    for arg in node.args:
        for factor in reader.factors(arg, values):
            (indexed if factor.axes else plain).append(factor.tree if not factor.axes else factor)
    if not plain:
        return indexed
    below = [tree.right for tree in plain if _is_reciprocal(tree)]
    above = [tree for tree in plain if not _is_reciprocal(tree)]
    return [Factor(_quotient(above, below)), *indexed]


def _is_reciprocal(tree: Tree) -> bool:
    return isinstance(tree, Binary) and tree.op == "/" and isinstance(tree.left, Number) and tree.left.value == 1


def _quotient(above: list[Tree], below: list) -> Tree:
    top = scaled(above[:-1], above[-1]) if above else ONE
    if not below:
        return top
    if isinstance(top, Negate):
        return Negate(Binary("/", top.operand, chain("*", below)))
    return Binary("/", top, chain("*", below))


def _pow(node, reader, values):
    base, exponent = dense(reader.factors(node.base, values)), node.exp
    if exponent == S.Half:
        return [Factor(call("sqrt", base.tree), base.axes)]
    if exponent.is_Rational and exponent < 0:
        return [Factor(Binary("/", ONE, _raised(base.tree, -exponent)), base.axes)]
    power = dense(reader.factors(exponent, values))
    return [joined(lambda trees: chain("**", trees), [base, power], "a power")]


def _raised(tree, exponent):
    if exponent == 1:
        return tree
    return call("sqrt", tree) if exponent == S.Half else Binary("**", tree, number(exponent))


def function(name, node, reader, values):
    """A function of one number; of an array, entry by entry."""
    factor = dense(reader.factors(node.args[0], values))
    return [Factor(call(name, factor.tree), factor.axes)]


def _log(node, reader, values):
    """log(Abs(Determinant(X))) is logdet(X)."""
    inside = node.args[0]
    if isinstance(inside, Abs) and isinstance(inside.args[0], Determinant):
        return [Factor(_of_square("logdet", inside.args[0], reader, values))]
    return function("log", node, reader, values)


def _of_square(name, node, reader, values):
    arg = node.args[0]
    tree = reader.tree(arg, values)
    if arg.shape != (1, 1):
        return call(name, tree)
    return call("log", call("abs", tree)) if name == "logdet" else tree


def _of_matrix(name: str) -> Callable:
    return lambda node, reader, values: [Factor(_of_square(name, node, reader, values))]


def _entry(node: Expr, reader: Reader, values: Mapping[int, list[Factor] | Tree]) -> list[Factor]:
    parent, *indices = node.args
    if not parent.is_Matrix:
        raise ConversionError("an entry of what is not a matrix", hint="use a MatrixSymbol")
    return entry_of(reader.tree(parent, values), parent.shape, indices, reader)


def _sum(node: Expr, reader: Reader, values: Mapping[int, list[Factor] | Name]) -> list[Factor]:
    if reader.indexed:
        return over("sum", node, reader, values)
    indices = [limits[0] for limits in node.limits]
    return summed(reader.factors(node.function, values), indices, reader.sizes)


def _product(node: Expr, reader: Reader, values: Mapping[int, list[Factor] | Name]) -> list[Factor]:
    if not reader.indexed:
        raise Unlifted("a product over an index", hint="write it with matrix products")
    return over("prod", node, reader, values)


def _delta(node: Expr, reader: Reader, values: Mapping) -> list[Factor]:
    return [delta_of(node.args[:2], reader) if reader.indexed else delta(node.args[:2], reader.sizes)]


def _dot(node, reader, values):
    left, right = node.args
    row = reader.tree(left, values) if left.shape[0] == 1 else transposed(reader.tree(left, values))
    column = reader.tree(right, values) if right.shape[1] == 1 else transposed(reader.tree(right, values))
    return [Factor(Binary("@", row, column))]


def _largest(name: str) -> Callable:
    def read(node, reader, values):
        def nested(trees):
            result = trees[0]
            for tree in trees[1:]:
                result = call(name, result, tree)
            return result

        return [joined(nested, [dense(reader.factors(arg, values)) for arg in node.args], name)]

    return read


def _of_factors(function: str) -> Callable:
    """Return the reader of a comparison, or of what joins conditions."""

    def read(node, reader, values):
        found = [dense(reader.factors(arg, values)) for arg in node.args]
        while len(found) > 1:
            found[:2] = [joined(lambda trees: call(function, *trees), found[:2], "a condition")]
        return found

    return read


def _not(node: Expr, reader: Reader, values: Mapping) -> list[Factor]:
    factor = dense(reader.factors(node.args[0], values))
    return [Factor(call("logical_not", factor.tree), factor.axes)]


def _piecewise(node: Expr, reader: Reader, values: Mapping) -> list[Factor]:
    """Choices: the last branch is the one for all that is left."""
    *branches, (last, condition) = node.args
    if condition is not S.true:
        raise ConversionError(
            "a Piecewise without a branch for what is left", hint="add one: Piecewise((x, x > 0), (0, True))"
        )
    found = dense(reader.factors(last, values))
    for value, holds in reversed(branches):
        parts = [dense(reader.factors(holds, values)), dense(reader.factors(value, values)), found]
        found = joined(lambda trees: call("where", *trees), parts, "a choice")
    return [found]


def _heaviside(node, reader, values):
    at_zero = node.args[1]
    if at_zero not in (0, S.Half):
        raise ConversionError(
            f"SymPy's Heaviside is {at_zero} at 0; heaviside is 0 or 1/2 there", hint="write Heaviside(x) or (x, 0)"
        )
    literals = () if at_zero == 0 else (number(at_zero),)
    factor = dense(reader.factors(node.args[0], values))
    return [Factor(call("heaviside", factor.tree, *literals), factor.axes)]


SCALARS = {
    Symbol: _symbol,
    Add: _add,
    Mul: _mul,
    Pow: _pow,
    log: _log,
    Trace: _of_matrix("tr"),
    Determinant: _of_matrix("det"),
    MatrixElement: _entry,
    Sum: _sum,
    Product: _product,
    KroneckerDelta: _delta,
    Indexed: indexed,
    ArrayElement: array_entry,
    Piecewise: _piecewise,
    And: _of_factors("logical_and"),
    Or: _of_factors("logical_or"),
    Not: _not,
    **{
        kind: _of_factors(FUNCTIONS[kind.rel_op])
        for kind in (GreaterThan, LessThan, StrictGreaterThan, StrictLessThan, Equality, Unequality)
    },
    DotProduct: _dot,
    Max: _largest("maximum"),
    Min: _largest("minimum"),
    Heaviside: _heaviside,
}
