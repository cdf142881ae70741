"""Forward accumulation: the differential of an expression, linear in the differentials of its variables.

The rule book says what the differential of a function is; the product and sum rules of n-ary operations
stand here. An expression the walk does not know raises: nothing falls through as a constant.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

import sympy
from sympy import Add, Expr, Integer, Mul, Pow, S

from ..algebra.blocks import Block, mapped
from ..algebra.build import apply, bind, build, call
from ..algebra.commuting import commutes
from ..algebra.constants import is_zero, scalar_product, shape_of, zero_of
from ..algebra.constructors import add, broadcast_sum, diagonal, hadamard, power, scale, transpose
from ..algebra.expressions import (
    ONE,
    Array,
    ArrayFunction,
    Diagonal,
    FrechetDerivative,
    Hadamard,
    InnerProduct,
    Kronecker,
    MatMul,
    MatrixPower,
    Power,
    ScalarFunction,
    Scale,
    Sum,
    Trace,
    Transpose,
    Vec,
    dependent,
    is_array,
    operands,
    postorder,
)
from ..algebra.indexed import IndexedSum, IndexedTotal, apart_from, indexed_sum
from ..algebra.kronecker import kronecker, vec
from ..algebra.products import matmul, matrix_power
from ..algebra.registry import handles
from ..algebra.traces import trace
from ..bounds import MAX_POWER, MAX_SYMPY_DEPTH
from ..errors import NoRuleError
from ..language.syntax import names

if TYPE_CHECKING:
    from ..rulebook.entries import Book, Rule

LOGARITHMIC_FROM = 24
_COMPARISON = re.compile(r"(\w+)\s*([<>])\s*(-?\d+)$")


def linearise(root: Expr, seeds: Mapping[Expr, Expr], book: Book) -> Expr:
    """Return the differential of ``root``.

    ``seeds`` maps variables (or any subexpressions) to their differentials, of the same shapes; everything
    else is constant. The result is of ``root``'s shape, and linear in the seeds.
    Raises NoRuleError where a function has no differential.
    """
    root = apart_from(root, seeds.values())
    depends = dependent(root, seeds)
    tangents = _Tangents()
    for node in postorder(root, operands=lambda node: _changing_parts(node, seeds)):
        if node in seeds:
            tangents[node] = seeds[node]
        elif node in depends and tangents.is_in_tower(node):
            arg = node.args[0]
            tangents.slopes[node] = (_tangent(node, {arg: ONE}, book), arg)
        elif node in depends:
            tangents[node] = _tangent(node, tangents, book)
    return tangents[root] if root in tangents else zero_of(shape_of(root))


class _Tangents(dict):
    """The differentials of nodes.

    ``slopes`` maps a function in a tower of functions of numbers to (its slope, its argument): the factors of the chain
    rule are multiplied once, where the differential of the whole is asked for, and not again for every level.
    """

    def __init__(self) -> None:
        super().__init__()
        self.slopes: dict[Expr, tuple[Expr, Expr]] = {}
        self.levels: dict[Expr, int] = {}

    def __missing__(self, node: Expr) -> Expr:
        factors, inner = [], node
        while inner in self.slopes and not super().__contains__(inner):
            slope, inner = self.slopes[inner]
            factors.append(slope)
        if not factors:
            raise KeyError(node)
        self[node] = scalar_product(self[inner], *reversed(factors))
        return self[node]

    def __contains__(self, node: object) -> bool:
        return super().__contains__(node) or node in self.slopes

    def get(self, node: Expr, default: Expr | None = None) -> Expr | None:
        try:
            return self[node]
        except KeyError:
            return default

    def is_in_tower(self, node: Expr) -> bool:
        """Return whether a node is a function of a number that is one of a number, and so on, many levels deep."""
        if not isinstance(node, (ScalarFunction, sympy.Function)) or len(node.args) != 1 or is_array(node.args[0]):
            return False
        self.levels[node] = self.levels.get(node.args[0], 0) + 1
        return self.levels[node] > MAX_SYMPY_DEPTH


def _tangent(node, tangents, book):
    handler = _HANDLERS.get(type(node))
    if handler is not None:
        return handler(node, tangents, book)
    if isinstance(node, (ArrayFunction, ScalarFunction)):
        return differential(node.rule, node.args, node, tangents, book)
    if isinstance(node, sympy.Function) and len(node.args) == 1:
        return differential(_scalar_rule(node, book), node.args, node, tangents, book)
    raise NoRuleError(
        f"no rule for the derivative of {type(node).__name__}", hint="write it with the functions of `matcalc rules`"
    )


def _scalar_rule(node: Expr, book: Book) -> Rule:
    for rule in book.rules:
        if rule.sympy == type(node).__name__:
            return rule
    raise NoRuleError(f"no rule for the derivative of {type(node).__name__}", hint="add one with --rules FILE")


# -- sums and products ------------------------------------------------------------------------


def _product_rule(join: Callable | type) -> Callable:
    """Return the handler of an n-ary product: one factor differentiated at a time."""

    return lambda node, tangents, book: _one_changed(node, tangents, join)


def _one_changed(node: Expr, tangents: Mapping[Expr, Expr], join: Callable, length: int | None = None) -> Expr:
    """Return the sum of a product with one of its first ``length`` factors differentiated, of all where it is None."""
    terms = []
    for index, factor in enumerate(node.args[:length]):
        change = tangents.get(factor)
        if change is not None and not is_zero(change):
            terms.append(join(*node.args[:index], change, *node.args[index + 1 :]))
    return add(*terms) if terms else zero_of(shape_of(node))


def _many_factors(node, tangents, book, quotient, join):
    """The logarithmic derivative of a long product, f * sum(df_i/f_i), or None for a short one.

    It has no value where a factor is 0: where the value is wanted everywhere, it is the product rule for two halves.
    """
    changing = [f for f in node.args if f in tangents and not is_zero(tangents[f])]
    if len(changing) < LOGARITHMIC_FROM:
        return None
    if book.everywhere:
        return join(*[f for f in node.args if f not in changing], _by_halves(changing, tangents, join))
    return join(node, add(*[quotient(tangents[f], f) for f in changing]))


def _by_halves(factors: list, tangents: dict[Expr, Expr], join: Callable) -> Expr:
    if len(factors) == 1:
        return tangents[factors[0]]
    left, right = factors[: len(factors) // 2], factors[len(factors) // 2 :]
    return add(join(_by_halves(left, tangents, join), *right), join(*left, _by_halves(right, tangents, join)))


def _scalar_product(node: Expr, tangents: dict[Expr, Expr], book: Book) -> Expr:
    long = _many_factors(node, tangents, book, lambda change, f: Mul(change, Pow(f, S.NegativeOne)), Mul)
    return long if long is not None else _product_rule(Mul)(node, tangents, book)


def _elementwise_product(node: Hadamard, tangents: dict[Expr, Expr], book: Book) -> Array:
    long = _many_factors(node, tangents, book, lambda change, f: hadamard(change, power(f, S.NegativeOne)), hadamard)
    return long if long is not None else _product_rule(hadamard)(node, tangents, book)


def _sum(node: Expr, tangents: Mapping[Expr, Expr], book: Book) -> Expr:
    return add(*[tangents[term] for term in node.args if term in tangents])


def _scaling(node: Array, tangents: Mapping[Expr, Expr], book: Book) -> Array:
    scalar, array = node.args
    terms = []
    if scalar in tangents:
        terms.append(scale(tangents[scalar], array))
    if array in tangents:
        terms.append(scale(scalar, tangents[array]))
    return add(*terms)


def _power(node: Expr, tangents: Mapping[Expr, Expr], book: Book) -> Expr:
    """k*X**(k - 1)*dX, and X**k*log(X)*dk where the exponent varies (Calculus)."""
    base, exponent = node.args
    array = is_array(node)
    terms = []
    if base in tangents:
        less = broadcast_sum(exponent, S.NegativeOne)
        if array:
            outer = power(base, less)
            outer = hadamard(exponent, outer) if is_array(exponent) else scale(exponent, outer)
            terms.append(hadamard(outer, tangents[base]))
        else:
            terms.append(scalar_product(exponent, Pow(base, less), tangents[base]))
    if exponent in tangents:
        change, logarithm = tangents[exponent], call(book, "log", base)
        if array:
            change = hadamard(node, logarithm, change) if is_array(change) else scale(change, hadamard(node, logarithm))
            terms.append(change)
        else:
            terms.append(Mul(node, logarithm, change))
    return add(*terms)


def _trace(node: Trace, tangents: Mapping[Expr, Expr], book: Book) -> Expr:
    """k*tr(X**(k - 1) @ dX) of the trace of a power: its k terms are rotations of one another (Matrix Cookbook 100)."""
    (array,) = node.args
    if array in tangents or not _is_power(array):
        return trace(tangents[array])
    if isinstance(array, MatrixPower):
        base, exponent = array.args
        return scale(exponent, trace(matmul(matrix_power(base, exponent - 1), tangents[base])))
    length = _period(array.args)
    return scale(Integer(len(array.args) // length), trace(_one_changed(array, tangents, matmul, length)))


def _is_power(array: Array) -> bool:
    """Return whether a matrix is a power, or a product that repeats itself."""
    if isinstance(array, MatrixPower):
        return array.args[1].is_Integer and abs(array.args[1]) > 1
    return isinstance(array, MatMul) and _period(array.args) < len(array.args)


def _changing_parts(node: Expr, seeds: Mapping[Expr, Expr]) -> tuple[Expr, ...]:
    """Return the operands whose differentials that of a node is made of."""
    of_power = isinstance(node, Trace) and node.args[0] not in seeds and _is_power(node.args[0])
    return operands(node.args[0] if of_power else node)


def _period(factors: Sequence[Expr]) -> int:
    """Return how many factors a product repeats, all of them where it repeats none (Knuth, Morris and Pratt 1977)."""
    borders = [0] * len(factors)
    for place in range(1, len(factors)):
        border = borders[place - 1]
        while border and factors[border] is not factors[place]:
            border = borders[border - 1]
        borders[place] = border + (factors[border] is factors[place])
    length = len(factors) - borders[-1]
    return length if len(factors) % length == 0 else len(factors)


def _linear(construct: Callable) -> Callable:
    return lambda node, tangents, book: construct(tangents[node.args[0]])


def _block(node: Block, tangents: Mapping[Expr, Expr], book: Book) -> Expr:
    return mapped(node, lambda part: tangents[part] if part in tangents else zero_of(shape_of(part)))


def _matrix_power(node: MatrixPower, tangents: Mapping[Expr, Expr], book: Book) -> Array:
    base, exponent = node.args
    if exponent == -1:
        (rule,) = book.named("inv")
        return differential(rule, (base,), node, tangents, book)
    (rule,) = book.named("matpow")
    return differential(rule, (base, exponent), node, tangents, book)


_HANDLERS = {
    Sum: _sum,
    Scale: _scaling,
    MatMul: _product_rule(matmul),
    InnerProduct: _product_rule(matmul),
    Hadamard: _elementwise_product,
    Kronecker: _product_rule(kronecker),
    Power: _power,
    MatrixPower: _matrix_power,
    Transpose: _linear(transpose),
    Diagonal: _linear(diagonal),
    Block: _block,
    Vec: _linear(vec),
    Trace: _trace,
    Add: _sum,
    Mul: _scalar_product,
    Pow: _power,
    IndexedSum: lambda node, tangents, book: indexed_sum(tangents[node.args[0]], node.loop),
    IndexedTotal: lambda node, tangents, book: indexed_sum(tangents[node.args[0]], node.loop),
}
handles("differential", _HANDLERS, "ArraySymbol Constant FrechetDerivative ArrayFunction ScalarFunction")


# -- functions of the rule book ------------------------------------------------------------------


def differential(rule, args, node, tangents, book):
    """Return the differential of one function of the rule book for the tangents of its arguments."""
    if rule.constant:
        return zero_of(shape_of(node))
    if rule.linear and not rule.differentials:
        terms = [apply(rule, *args[:i], tangents[a], *args[i + 1 :]) for i, a in enumerate(args) if a in tangents]
        return add(*terms)
    env = _environment(rule, args, tangents, book)
    exponent = args[1] if rule.name == "matpow" else None
    if exponent is not None and exponent in tangents and not is_zero(tangents[exponent]):
        raise NoRuleError(
            "a matrix power is not differentiable by its exponent here", hint="the exponent is an integer"
        )
    _refuse_constants(rule, args, tangents)
    if rule.commuting is not None and commutes(tangents[args[0]], args[0]):
        return build(rule.commuting.right, env, book)
    if book.everywhere and rule.everywhere:
        return build(rule.everywhere.right, env, book)
    for formula in rule.differentials:
        if all(_holds(condition, env) for condition in formula.where):
            return build(formula.right, env, book)
    if rule.commuting is not None:
        return FrechetDerivative.of((node, tangents[args[0]]), node.shape)
    if rule.unknown:
        raise NoRuleError(
            f"the derivative of {rule.name} here is no matrix: {rule.name} is unknown, and its argument is one",
            hint="it is for a column or a number, and a function of a column to a number or a column",
        )
    raise NoRuleError(f"no rule for the differential of {rule.id}", hint=f"see matcalc rules {rule.name}")


def _refuse_constants(rule: Rule, args: tuple[Expr, ...], tangents: Mapping[Expr, Expr]) -> None:
    """Raise NoRuleError where a number varies by which the rule has no differential, such as k in polygamma(k, X)."""
    for parameter, arg in zip(rule.params, args):
        if parameter.kind == "scalar" and not is_zero(tangents.get(arg, S.Zero)) and not _varies(rule, parameter.name):
            message = f"{rule.name} has no derivative by its {parameter.name}"
            raise NoRuleError(message, hint=f"{parameter.name} is a constant: differentiate by something else")


@lru_cache(maxsize=256)
def _varies(rule: Rule, parameter: str) -> bool:
    formulas = [*rule.differentials, *filter(None, [rule.commuting, rule.everywhere])]
    return any(f"d{parameter}" in names(formula.right) for formula in formulas)


def _environment(rule, args, tangents, book):
    env = bind(rule, args)
    seeds = {}
    for parameter, arg in zip(rule.params, args):
        change = tangents[arg] if arg in tangents else zero_of(shape_of(arg))
        env["d" + parameter.name] = change
        if arg in tangents:
            seeds[arg] = change
    env["d"] = lambda expression: linearise(expression, seeds, book)
    return env


def _holds(condition, env):
    """Return whether a condition on a number holds; conditions on matrices are for the reader and the check."""
    match = _COMPARISON.match(condition)
    if match is None:
        return True
    value = env[match[1]]
    if not value.is_Integer or abs(value) > MAX_POWER:
        return False
    return value > int(match[3]) if match[2] == ">" else value < int(match[3])
