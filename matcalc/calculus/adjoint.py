"""Reverse accumulation: from a differential to the gradient, one linear operation transposed at a time.

A scalar's differential df = <G, dX> determines G. The walk visits the shared graph of df once, from
the result to dX, so that a gradient costs a few times the expression (Griewank & Walther 2008, 3.2).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from sympy import Add, Expr, Mul

from ..algebra.blocks import Block
from ..algebra.build import bind, build
from ..algebra.commuting import commutes
from ..algebra.constants import eye, is_zero, scalar_product, shape_of, zero_of
from ..algebra.constructors import add, hadamard, scale, transpose
from ..algebra.expressions import (
    ONE,
    Array,
    ArrayFunction,
    ArraySymbol,
    Diagonal,
    FrechetDerivative,
    Hadamard,
    InnerProduct,
    Kronecker,
    MatMul,
    ScalarFunction,
    Scale,
    Sum,
    Trace,
    Transpose,
    Vec,
    dependent,
    postorder,
)
from ..algebra.indexed import IndexedSum, IndexedTotal, apart_from, indexed_sum
from ..algebra.kronecker import kronecker
from ..algebra.products import matmul
from ..algebra.registry import handles
from ..algebra.selectors import columns, rows
from ..algebra.traces import frobenius_product
from ..errors import NoRuleError

if TYPE_CHECKING:
    from ..rulebook.entries import Book, Rule

# sums of many parts by the addresses of these, which are kept so that the addresses stay theirs
_Sums = dict[tuple[int, ...], tuple[list, Expr]]
_MANY = 8


def gradient(differential: Expr, variable: ArraySymbol, book: Book, cotangent: Expr = ONE) -> Array:
    """Return G, of ``variable``'s shape, such that the scalar ``differential`` is <G, variable>.

    ``variable`` is the symbol dX; ``differential`` is linear in it. Of an array it is <``cotangent``, differential>.
    Raises NoRuleError where the transpose of an operation has no closed form.
    """
    return gradients(differential, (variable,), book, cotangent)[0]


def gradients(differential: Expr, variables: Sequence[Expr], book: Book, cotangent: Expr = ONE) -> list[Expr]:
    """Return the gradients by several symbols dX, dY, …, of one sweep; see :func:`gradient`."""
    sought = set(variables)
    depends = dependent(differential, sought)
    order = [node for node in postorder(differential) if node in depends]
    cotangents = {differential: [cotangent]} if differential in depends else {}
    found: dict[Expr, Expr] = {}
    sums: _Sums = {}
    while order:
        node = order.pop()
        parts = cotangents.pop(node, None)
        if not parts:
            continue
        cotangent = _total(parts, sums)
        if node in sought:
            found[node] = cotangent
        elif isinstance(node, (IndexedSum, IndexedTotal)):
            # what is outside the sum does not have its index: the gradient of the sum is the sum of the gradients
            node = apart_from(node, [cotangent])
            inside = gradients(node.args[0], variables, book, cotangent)
            for variable, inner in zip(variables, inside):
                if variable in depends and not is_zero(inner):
                    cotangents.setdefault(variable, []).append(indexed_sum(inner, node.loop))
        else:
            for operand, part in _pull(node, cotangent, depends, book):
                cotangents.setdefault(operand, []).append(part)
    return [found[variable] if variable in found else zero_of(shape_of(variable)) for variable in variables]


def _total(parts: list[Expr], sums: _Sums) -> Expr:
    """Return a sum of cotangents; of many that of all but the last, which another node may have had, and the last.

    In a program whose lines add to the line before, each term is in the sums of all lines after it.
    """
    if len(parts) < _MANY:
        return parts[0] if len(parts) == 1 else add(*parts)
    key = tuple(map(id, parts))
    _, before = sums.get(key[:-1], (None, None))
    total = add(*parts) if before is None else add(before, parts[-1])
    sums[key] = parts, total
    return total


def _pull(node: Expr, cotangent: Expr, depends: set[Expr], book: Book) -> list[tuple[Expr, Expr]]:
    """Return (operand, its share of the cotangent) for every operand that depends on the variable."""
    puller = _PULLERS.get(type(node))
    if puller is not None:
        return puller(node, cotangent, depends, book)
    if isinstance(node, (ArrayFunction, ScalarFunction)) and node.rule.adjoints:
        return [
            (arg, adjoint_of(node.rule, node.rule.params[i].name, node.args, cotangent, book))
            for i, arg in _changing(node, depends)
        ]
    raise NoRuleError(f"no adjoint for {type(node).__name__}", hint="see matcalc rules")


def adjoint_of(rule: Rule, parameter: str, args: tuple[Expr, ...], cotangent: Array, book: Book) -> Array:
    """Return the adjoint of a linear function of the rule book for one parameter."""
    env = bind(rule, args)
    env["G"] = cotangent
    return build(rule.adjoints[parameter].right, env, book)


def _changing(node: Expr, depends: set[Expr]) -> list[tuple[int, Expr]]:
    return [(i, f) for i, f in enumerate(node.args) if f in depends]


def _pull_chain(node: Array, cotangent: Array, depends: set[Expr], book: Book) -> list[tuple[Array, Array]]:
    result = []
    for index, factor in _changing(node, depends):
        left = [transpose(f) for f in reversed(node.args[:index])]
        right = [transpose(f) for f in reversed(node.args[index + 1 :])]
        result.append((factor, matmul(*left, cotangent, *right)))
    return result


def _pull_inner(node: InnerProduct, cotangent: Expr, depends: set[Expr], book: Book) -> list[tuple[Array, Array]]:
    result = []
    for index, factor in _changing(node, depends):
        left = [transpose(f) for f in reversed(node.args[:index])]
        right = [transpose(f) for f in reversed(node.args[index + 1 :])]
        result.append((factor, scale(cotangent, matmul(*left, *right))))
    return result


def _pull_hadamard(node: Hadamard, cotangent: Array, depends: set[Expr], book: Book) -> list[tuple[Array, Array]]:
    return [(f, hadamard(cotangent, *node.args[:i], *node.args[i + 1 :])) for i, f in _changing(node, depends)]


def _pull_scalar_product(node: Expr, cotangent: Expr, depends: set[Expr], book: Book) -> list[tuple[Expr, Expr]]:
    return [(f, scalar_product(cotangent, *node.args[:i], *node.args[i + 1 :])) for i, f in _changing(node, depends)]


def _pull_scale(node: Array, cotangent: Array, depends: set[Expr], book: Book) -> list[tuple[Expr, Expr]]:
    scalar, array = node.args
    result = []
    if array in depends:
        result.append((array, scale(scalar, cotangent)))
    if scalar in depends:
        result.append((scalar, frobenius_product(cotangent, array)))
    return result


def _pull_kronecker(node: Array, cotangent: Array, depends: set[Expr], book: Book) -> list[tuple[Array, Array]]:
    (rule,) = book.named("kron")
    result = []
    for index, factor in _changing(node, depends):
        share, left = cotangent, kronecker(*node.args[: index + 1])
        if index + 1 < len(node.args):
            share = adjoint_of(rule, "A", (left, kronecker(*node.args[index + 1 :])), share, book)
        if index:
            share = adjoint_of(rule, "B", (kronecker(*node.args[:index]), factor), share, book)
        result.append((factor, share))
    return result


def _pull_named(name: str, parameter: str) -> Callable:
    def puller(node: Array, cotangent: Array, depends: set[Expr], book: Book) -> list[tuple[Array, Array]]:
        rule = next(r for r in book.named(name) if r.params[0].name == parameter)
        return [(node.args[0], adjoint_of(rule, parameter, node.args, cotangent, book))]

    return puller


def _pull_frechet(
    node: FrechetDerivative, cotangent: Array, depends: set[Expr], book: Book
) -> list[tuple[Array, Array]]:
    """The adjoint of a matrix function where the cotangent commutes with X.T (Higham 2008, 3.2)."""
    function, change = node.args
    rule, args = function_and_rule(function, book)
    if rule.commuting is None or not commutes(cotangent, transpose(args[0])):
        raise NoRuleError(
            f"the derivative of {rule.name} has no closed form in the language here",
            hint=f"under a trace with matrices that commute with its argument it has: tr({rule.name}(X))",
        )
    slope = bind(rule, args)
    slope["d" + rule.params[0].name] = eye(node.rows)
    return [(change, matmul(transpose(build(rule.commuting.right, slope, book)), cotangent))]


def function_and_rule(function: ArrayFunction, book: Book) -> tuple[Rule, tuple[Array, ...]]:
    """Return (rule, args) of a matrix function's node."""
    if isinstance(function, ArrayFunction):
        return function.rule, function.args
    base, exponent = function.args
    name = "inv" if exponent == -1 else "matpow"
    (rule,) = book.named(name)
    return rule, (base,) if name == "inv" else (base, exponent)


def _pull_block(node: Block, cotangent: Array, depends: set[Expr], book: Book) -> list[tuple[Expr, Expr]]:
    """The part of the cotangent that stands where a part of the block does."""
    if isinstance(cotangent, Block) and (cotangent.heights, cotangent.widths) == (node.heights, node.widths):
        return [(part, share) for part, share in zip(node.args, cotangent.args) if part in depends]
    return [
        (part, columns(rows(cotangent, above, above + height), before, before + width))
        for (above, before, part), (height, width) in zip(node.placed(), node.sizes())
        if part in depends
    ]


_PULLERS = {
    Transpose: lambda node, g, depends, book: [(node.args[0], transpose(g))],
    Sum: lambda node, g, depends, book: [(f, g) for _, f in _changing(node, depends)],
    Add: lambda node, g, depends, book: [(f, g) for _, f in _changing(node, depends)],
    Mul: _pull_scalar_product,
    Scale: _pull_scale,
    MatMul: _pull_chain,
    InnerProduct: _pull_inner,
    Hadamard: _pull_hadamard,
    Kronecker: _pull_kronecker,
    Trace: lambda node, g, depends, book: [(node.args[0], scale(g, eye(node.args[0].rows)))],
    Block: _pull_block,
    Diagonal: _pull_named("diag", "v"),
    Vec: _pull_named("vec", "X"),
    FrechetDerivative: _pull_frechet,
}
handles(
    "adjoint",
    _PULLERS,
    "ArraySymbol Constant Power MatrixPower ArrayFunction ScalarFunction IndexedSum IndexedTotal",
)
