"""Sums over an index that have no form in matrices: a term in which a whole number from ``start`` to ``stop`` stands.

The index is a symbol in the term, at places such as e(i, n). It is bound: what stands outside of the sum does not have
it, so that constant factors may be taken out of the sum, and a sum of terms without it is a multiple.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from sympy import Expr, Mul, S, Symbol

from ..errors import NoRuleError
from ..language.generators import Over
from .constants import is_zero, scalar_power, scalar_product, shape_of, zero_of
from .constructors import scale, transpose
from .expressions import (
    Array,
    Constant,
    MatMul,
    ScalarNode,
    Scale,
    is_array,
    key_of,
    operands,
    postorder,
)
from .interning import intern
from .keys import Key
from .products import matmul
from .registry import TRANSPOSERS


def index_symbol(name: str) -> Symbol:
    """Return the symbol of an index, a whole number from 0."""
    return Symbol(name, integer=True, nonnegative=True)


class Loop(NamedTuple):
    """The index of a sum, its bounds, and its conditions as (sign, left, right)."""

    index: Symbol
    start: Expr
    stop: Expr
    conditions: tuple[tuple[str, Expr, Expr], ...] = ()

    @property
    def count(self) -> Expr:
        """How many values the index takes, where there is no condition."""
        return self.stop - self.start

    @property
    def has_terms(self) -> bool:
        """Whether the sum has a term at all sizes."""
        return not self.conditions and bool(self.count.is_positive)

    def mentions(self, index: Expr) -> bool:
        """Return whether another index stands in its bounds or its conditions."""
        sides = (self.start, self.stop, *(side for _, *pair in self.conditions for side in pair))
        return any(index in side.free_symbols for side in sides)

    @property
    def key(self) -> Key:
        """The key by which loops are ordered, as expressions are."""
        sides = (self.index, self.start, self.stop, *(side for _, *pair in self.conditions for side in pair))
        return Key.of(" ".join(["loop", *(sign for sign, *_ in self.conditions)]), [key_of(side) for side in sides])


class IndexedSum(Array):
    """A sum of arrays over an index; ``args`` holds the term."""

    loop: Loop

    def __new__(cls, body: Array, loop: Loop) -> IndexedSum:
        def fill(new: Any) -> None:
            keys = (Key.of(cls.__name__, [key, loop.key]) for key in (body.key, body.unoriented_key))
            new._fill((body,), body.shape, tuple(keys))
            new.loop = loop

        return intern(cls, (body, *loop), fill)


class IndexedTotal(ScalarNode):
    """A sum of numbers over an index; ``args`` holds the term."""

    loop: Loop

    def __new__(cls, body: Expr, loop: Loop) -> IndexedTotal:
        def fill(new: Any) -> None:
            new._fill((body,), Key.of(cls.__name__, [key_of(body), loop.key]))
            new.loop = loop

        return intern(cls, (body, *loop), fill)


def indexed_sum(body: Expr, loop: Loop) -> Expr:
    """Return the sum of a term over an index, constant factors in front."""
    if is_zero(body):
        return zero_of(shape_of(body))
    if not loop.conditions and not occurs(loop.index, body):
        return scale(loop.count, body) if is_array(body) else scalar_product(loop.count, body)
    bound = {loop.index, *(side for _, *sides in loop.conditions for side in sides)}
    if isinstance(body, Scale):
        factor, array = body.args
        if not any(occurs(index, factor) for index in bound):
            return scale(factor, indexed_sum(array, loop))
        outer, inner = _split(factor, bound)
        return scale(outer, IndexedSum(scale(inner, array), loop))
    if isinstance(body, MatMul):
        return _of_product(body, loop, bound)
    if is_array(body):
        return IndexedSum(body, loop)
    outer, inner = _split(body, bound)
    return scalar_product(outer, IndexedTotal(inner, loop))


def _split(factor: Expr, bound: set) -> tuple[Expr, Expr]:
    """Return the factors of a number without and with an index."""
    parts = Mul.make_args(factor)
    outer = [part for part in parts if not any(occurs(index, part) for index in bound)]
    return Mul(*outer), Mul(*[part for part in parts if part not in outer])


def _of_product(body: MatMul, loop: Loop, bound: set) -> Expr:
    """Return the sum of a matrix product; factors at its ends that do not have the index stand outside."""
    factors = list(body.args)
    constant = [not any(occurs(index, factor) for index in bound) for factor in factors]
    first = constant.index(False) if False in constant else 0
    last = len(factors) - constant[::-1].index(False) if False in constant else len(factors)
    inner = matmul(*factors[first:last])
    # a 1×1 product inside would be no array, and its neighbours no chain
    if not is_array(inner):
        return IndexedSum(body, loop)
    return matmul(*factors[:first], IndexedSum(inner, loop), *factors[last:])


def occurs(index: Expr, node: Expr) -> bool:
    """Return whether an index stands in an expression where no sum there binds it."""
    if index.is_number:
        return False

    def free(part: Expr) -> tuple[Expr, ...]:
        return () if isinstance(part, (IndexedSum, IndexedTotal)) and part.loop.index == index else operands(part)

    for part in postorder(node, operands=free):
        if part == index or isinstance(part, Constant) and any(index in dim.free_symbols for dim in part.dims):
            return True
        if isinstance(part, (IndexedSum, IndexedTotal)) and part.loop.index != index and part.loop.mentions(index):
            return True
    return False


def over_indices(node: Over, values: Mapping[int, Expr], env: Mapping[str, Expr]) -> Expr:
    """Return the value of a sum over indices in a surface tree, given those of its parts; the last runs fastest.

    Raises NoRuleError for what is no sum.
    """
    if node.function not in ("sum", "mean"):
        raise NoRuleError(
            f"the {node.function} over {', '.join(node.indices)} has no form in matrices here",
            hint="take the sum of logarithms, or give the index a number as its end",
        )
    conditions = tuple((one.op, values[id(one.left)], values[id(one.right)]) for one in node.conditions)
    total = values[id(node.body)]
    for place, loop in enumerate(reversed(node.loops)):
        start, stop = values[id(loop.start)], values[id(loop.stop)]
        own = Loop(env[loop.name], start, stop, conditions if place == 0 else ())
        total = indexed_sum(total, own)
        if node.function == "mean":
            total = _divided(total, own.count)
    return total


def _divided(total: Expr, count: Expr) -> Expr:
    below = scalar_power(count, S.NegativeOne)
    return scale(below, total) if is_array(total) else scalar_product(below, total)


TRANSPOSERS[IndexedSum] = lambda node: indexed_sum(transpose(node.args[0]), node.loop)
