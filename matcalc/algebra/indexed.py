"""Sums over an index that have no form in matrices: a term in which a whole number from ``start`` to ``stop`` stands.

The index is a symbol in the term, at places such as e(i, n). It is bound: what stands outside of the sum does not have
it, so that constant factors may be taken out of the sum, and a sum of terms without it is a multiple.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import count
from typing import Any, NamedTuple

from sympy import Expr, Mul, S, Symbol

from ..errors import NoRuleError
from ..language.generators import Over
from .constants import is_constant, is_zero, scalar_power, scalar_product, shape_of, unit, zero_of
from .constructors import add, scale, transpose
from .expressions import (
    ONE,
    ZERO,
    Array,
    Constant,
    InnerProduct,
    MatMul,
    ScalarNode,
    Scale,
    Sum,
    Transpose,
    coefficient,
    is_array,
    key_of,
    operands,
    postorder,
)
from .interning import intern
from .keys import Key
from .products import matmul
from .registry import REBUILDERS, TRANSPOSERS

# the letters of indices whose own name has another meaning where they come to stand
_LETTERS = "ijklpqrstuv"


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

    def with_index(self, index: Expr, value: Expr) -> Loop:
        """Return the loop with a place in the place of an index, in its bounds and its conditions, or as its own."""
        changed = {index: value}
        conditions = tuple((sign, *(side.xreplace(changed) for side in pair)) for sign, *pair in self.conditions)
        own = value if self.index == index else self.index
        return Loop(own, self.start.xreplace(changed), self.stop.xreplace(changed), conditions)

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
    body = without_capture(body, [loop.index])
    chosen = _chosen_term(body, loop)
    if chosen is not None:
        return chosen
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


def delta(one: Expr, other: Expr, size: Expr) -> Expr:
    """Return eye(size)[one, other]: 1 where two places are equal, else 0."""
    if (one - other).is_Integer:
        return ONE if one == other else ZERO
    return matmul(transpose(unit(one, size)), unit(other, size))


def _chosen_term(body: Expr, loop: Loop) -> Expr | None:
    """Return the one term of a sum over a whole axis that a factor eye(n)[k, l] leaves; None where there is none."""
    if loop.conditions or loop.start != 0:
        return None
    if isinstance(body, Sum):
        parts = [_chosen_term(term, loop) for term in body.args]
        if any(part is not None for part in parts):
            whole = [indexed_sum(term, loop) if part is None else part for part, term in zip(parts, body.args)]
            return add(*whole)
        return None
    factor, array = body.args if isinstance(body, Scale) else (body, None)
    if is_array(factor):
        return None
    parts = Mul.make_args(factor)
    for place, part in enumerate(parts):
        other = _other_place(part, loop)
        if other is not None:
            rest = Mul(*parts[:place], *parts[place + 1 :])
            rest = rest if array is None else scale(rest, array)
            return with_index(rest, loop.index, other)
    return None


def _other_place(part: Expr, loop: Loop) -> Expr | None:
    """Return l of a factor eye(n)[k, l] or eye(n)[l, k], where a loop over k goes through all n; else None."""
    if not isinstance(part, InnerProduct) or len(part.args) != 2 or not isinstance(part.args[0], Transpose):
        return None
    one, other = part.args[0].args[0], part.args[1]
    if not is_constant(one, "e") or not is_constant(other, "e") or one.dims[1] != loop.stop:
        return None
    for own, found in ((one.dims[0], other.dims[0]), (other.dims[0], one.dims[0])):
        if own == loop.index and loop.index not in found.free_symbols:
            return found
    return None


def picked_term(left: Array, right: Array) -> list[Expr] | None:
    """Return a column of a sum of columns in their places, sum(x*e(i, n).T for i in n)[:, k], or such a row."""
    if not isinstance(left, IndexedSum) and not isinstance(right, IndexedSum):
        return None
    for one, other, turned in ((left, right, False), (transpose(right), transpose(left), True)):
        if not isinstance(one, IndexedSum) or not is_constant(other, "e"):
            continue
        body = coefficient(one.args[0])[1]
        last = body.args[-1] if isinstance(body, MatMul) else body
        unit_row = last.args[0] if isinstance(last, Transpose) else last
        if last is unit_row or not is_constant(unit_row, "e") or unit_row.dims != (one.loop.index, one.loop.stop):
            continue
        renamed = without_capture(one, other.dims[0].free_symbols)
        if isinstance(renamed, IndexedSum):
            found = indexed_sum(matmul(renamed.args[0], other), renamed.loop)
            return [transpose(found) if turned and is_array(found) else found]
    return None


# -- indices that change their names ---------------------------------------------------------------------------------


def with_index(root: Expr, index: Expr, value: Expr) -> Expr:
    """Return an expression with a place in the place of an index, where no sum in it binds that."""
    if not occurs(index, root):
        return root
    root = without_capture(root, value.free_symbols - {index})
    changed: dict[Expr, Expr] = {index: value}

    def free(node: Expr) -> tuple[Expr, ...]:
        bound = isinstance(node, (IndexedSum, IndexedTotal)) and node.loop.index == index
        return () if bound or node == index else operands(node)

    for node in postorder(root, operands=free):
        if node == index:
            continue
        parts = free(node)
        new = tuple(changed.get(part, part) for part in parts)
        made = node
        if isinstance(node, Constant):
            own = {index: value}
            dims = tuple(size.xreplace(own) for size in node.dims)
            made = Constant(node.name, dims, node.rows.xreplace(own), node.cols.xreplace(own))
        elif isinstance(node, (IndexedSum, IndexedTotal)) and parts:
            made = indexed_sum(new[0], node.loop.with_index(index, value))
        elif any(one is not other for one, other in zip(new, parts)):
            made = REBUILDERS[-1](node, *new)
        changed[node] = made
    return changed[root]


def without_capture(root: Expr, names: Iterable[Expr]) -> Expr:
    """Return an expression of which no sum binds one of these indices, which have a meaning of their own around it."""
    names = set(names)
    if not names or not any(loop.index in names for loop in loops_in(root)):
        return root
    changed: dict[Expr, Expr] = {}
    for node in postorder(root):
        parts = operands(node)
        new = tuple(changed.get(part, part) for part in parts)
        if isinstance(node, (IndexedSum, IndexedTotal)) and node.loop.index in names:
            other = next(_fresh([root, *names]))
            made = indexed_sum(with_index(new[0], node.loop.index, other), node.loop.with_index(node.loop.index, other))
        else:
            same = all(one is two for one, two in zip(new, parts))
            made = node if same else REBUILDERS[-1](node, *new)
        changed[node] = made
    return changed[root]


def loops_in(root: Expr) -> list[Loop]:
    """Return the loops of the sums in an expression."""
    return [node.loop for node in postorder(root) if isinstance(node, (IndexedSum, IndexedTotal))]


def apart_from(root: Expr, others: Iterable[Expr]) -> Expr:
    """Return an expression of which no sum binds an index that has a meaning in other expressions."""
    loops = {loop.index for loop in loops_in(root)}
    return without_capture(root, {index for index in loops if any(occurs(index, other) for other in others)})


def with_common_indices(roots: list[Expr], taken: Iterable[Expr] = ()) -> list[Expr]:
    """Return expressions in which sums that differ in the letters of their indices are the same.

    A sum that has so many sums one in the other has the letter of the first such sum, unless it is ``taken``.
    """
    letters: dict[int, Expr] = {}
    used, heights = set(taken), {}
    changed: dict[Expr, Expr] = {}
    fresh = _fresh([*roots, *used])
    for node in postorder(*roots):
        parts = operands(node)
        height = max((heights[part] for part in parts), default=0)
        new = tuple(changed.get(part, part) for part in parts)
        heights[node] = height
        if isinstance(node, (IndexedSum, IndexedTotal)):
            heights[node] = height = height + 1
            if height not in letters:
                letters[height] = node.loop.index if node.loop.index not in used else next(fresh)
                used.add(letters[height])
            index, letter = node.loop.index, letters[height]
            made = indexed_sum(with_index(new[0], index, letter), node.loop.with_index(index, letter))
        else:
            same = all(one is other for one, other in zip(new, parts))
            made = node if same else REBUILDERS[-1](node, *new)
        changed[node] = made
    return [changed[root] for root in roots]


def _fresh(nodes: list[Expr]) -> Iterator[Symbol]:
    """Return indices whose names do not occur in expressions."""
    taken = set()
    for node in postorder(*nodes):
        sides = [*node.shape, *(node.dims if isinstance(node, Constant) else ())] if is_array(node) else [node]
        if isinstance(node, (IndexedSum, IndexedTotal)):
            loop = node.loop
            sides += [loop.index, loop.start, loop.stop, *(side for _, *pair in loop.conditions for side in pair)]
        taken |= {symbol.name for side in sides for symbol in side.free_symbols if hasattr(symbol, "name")}
        taken |= {node.name} if getattr(node, "is_symbol", False) else set()
    yield from (index_symbol(letter) for letter in _LETTERS if letter not in taken)
    yield from (index_symbol(f"i{number}") for number in count(1) if f"i{number}" not in taken)


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


_INSTEAD = {"prod": "take the sum of logarithms, or give the index a number as its end"} | {
    word: f"write it of a vector or of rows, {word}(x) or {word}(X, axis=1), or give the index a number as its end"
    for word in ("max", "min")
}


def over_indices(node: Over, values: Mapping[int, Expr], env: Mapping[str, Expr]) -> Expr:
    """Return the value of a sum over indices in a surface tree, given those of its parts; the last runs fastest.

    Raises NoRuleError for what is no sum.
    """
    if node.function not in ("sum", "mean"):
        raise NoRuleError(
            f"the {node.function} over {', '.join(node.indices)} has no form in matrices here",
            hint=_INSTEAD[node.function],
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
