"""Sums of Kronecker products within a product: terms whose indices are tied alike are one tensor, the rest is apart.

With X: n×d, kron(X.T, eye(n)) - diag(vec(X))@kron(ones(d, n), eye(n)) has the rows (a, i) and the columns (j, i) in
both terms: it is X[j, a] - X[i, a], an array of d×n×n entries, where the matrix has n times as many.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import permutations, product
from math import prod
from typing import TYPE_CHECKING

from .contraction import arranged
from .operations import scalars_and_arrays, split_sign

if TYPE_CHECKING:
    from sympy import Expr

    from .operations import Graph, Operation

# tensors of more axes are added up with their axes as they come
_MOST_AXES = 4
_KRONECKER = frozenset({"kron", "commutation"})


@dataclass(frozen=True)
class Pattern:
    """Tensors whose indices are numbered in the order in which rows and columns have them; an index may occur twice."""

    rows: tuple[int, ...]
    cols: tuple[int, ...]
    sizes: tuple[Expr, ...]
    tensors: tuple[tuple[Operation, tuple[int, ...]], ...] = ()
    scalars: tuple[Operation, ...] = ()

    @property
    def ties(self) -> tuple:
        """What terms that can be one tensor have in common."""
        return self.rows, self.cols, self.sizes


def pattern_of(
    tensors: Iterable[tuple[Operation, tuple[int, ...]]],
    scalars: Iterable[Operation],
    rows: list[int],
    cols: list[int],
    sizes: list[Expr],
) -> Pattern:
    """Return the :class:`Pattern` of contracted tensors with the indices of a network, whose sizes are given."""
    distinct = list(dict.fromkeys([*rows, *cols]))
    number = {index: place for place, index in enumerate(distinct)}
    renamed = tuple((operation, tuple(number[i] for i in indices)) for operation, indices in tensors)
    named = (tuple(number[i] for i in rows), tuple(number[i] for i in cols), tuple(sizes[i] for i in distinct))
    return Pattern(*named, renamed, tuple(scalars))


def merged(graph: Graph, patterns: Iterable[Pattern]) -> list[Pattern]:
    """Return the patterns with those that have the same ties added up."""
    groups: dict[tuple, list[Pattern]] = {}
    for pattern in patterns:
        groups.setdefault(pattern.ties, []).append(pattern)
    return [group[0] if len(group) == 1 else _added(graph, group) for group in groups.values()]


def _added(graph: Graph, group: list[Pattern]) -> Pattern:
    """Return the sum of patterns with the same ties as one tensor; equal ones become equal operations."""
    first, having = group[0], {i for pattern in group for _, indices in pattern.tensors for i in indices}
    orders = list(permutations(sorted(having))) if len(having) <= _MOST_AXES else [tuple(sorted(having))]
    descriptions: dict = {}
    for turned, order in product((1, -1), orders):
        terms = sorted((_described(p, order), turned * _key(p)[1], at) for at, p in enumerate(group))
        descriptions.setdefault(tuple(term[:2] for term in terms), (order, turned, [term[2] for term in terms]))
    order, turned, places = descriptions[min(descriptions)]
    parts = [_term(graph, group[at], order, turned) for at in places]
    total = graph.full(graph.add(*parts), tuple(first.sizes[i] for i in order))
    sign = () if turned == 1 else (graph.number(-1),)
    if order:
        return replace(first, tensors=((total, order),), scalars=sign)
    return replace(first, tensors=(), scalars=(total, *sign))


def _key(pattern: Pattern) -> tuple[list[Operation], int]:
    """Return (the scalars but for numbers that are 1 or -1, the sign)."""
    ones = [s for s in pattern.scalars if s.kind == "number" and s.data in (1, -1)]
    return [s for s in pattern.scalars if s not in ones], prod(int(s.data) for s in ones)


def _described(pattern: Pattern, order: tuple[int, ...]) -> tuple:
    """Return what a term is with its axes in an order; the columns of a matrix come before its rows, which are long."""
    places = [(operation.place, tuple(map(order.index, reversed(indices)))) for operation, indices in pattern.tensors]
    return tuple(sorted(places)), tuple(sorted(scalar.place for scalar in _key(pattern)[0]))


def _term(graph: Graph, pattern: Pattern, order: tuple[int, ...], turned: int) -> Operation:
    scalars, sign = _key(pattern)
    parts = [arranged(graph, tensor, order, list(pattern.sizes)) for tensor in pattern.tensors]
    made = graph.multiply(*scalars, *parts)
    return made if sign * turned == 1 else graph.negative(made)


def within(factor: Operation) -> Operation:
    """Return what a factor is without its sign, its scalars and its transpose."""
    while True:
        if factor.kind in ("negative", "transpose"):
            factor = factor.operands[0]
            continue
        arrays = scalars_and_arrays(factor)[1] if factor.kind == "multiply" else ()
        if len(arrays) != 1 or arrays[0].shape != factor.shape:
            return factor
        factor = arrays[0]


class Sums:
    """Which matrices are networks, or sums with networks among their terms; each is looked at once."""

    def __init__(self) -> None:
        self._known: dict[Operation, bool] = {}
        # the networks of which a sum consists, by the sum
        self.terms: dict[Operation, list[Pattern]] = {}

    def is_network(self, factor: Operation) -> bool:
        """Whether a matrix is a Kronecker product or one times others, or a sum with such a term."""
        inner = within(factor)
        if inner.kind in _KRONECKER:
            return True
        if inner.kind not in ("product", "add") or not inner.is_matrix:
            return False
        found = self._known.get(inner)
        if found is None:
            found = self._known[inner] = any(map(self.is_network, inner.operands))
        return found

    def among(self, factors: Iterable[Operation]) -> list[Operation]:
        """Return the factors that are sums of networks, in their order, those within factors among them."""
        found = []
        for factor in factors:
            inner = within(factor)
            if inner.kind == "add" and self.is_network(inner):
                found.append(inner)
            elif inner.kind == "kron" or inner.kind == "product" and self.is_network(inner):
                found += self.among(inner.operands)
        return found


def absorbed(graph: Graph, node: Operation) -> Operation:
    """Return a multiple of what networks made, or of a sum of such, with the scalars at smaller arrays within."""
    if node.kind == "negative":
        scalar, array = graph.number(-1), node.operands[0]
    else:
        scalars, arrays = scalars_and_arrays(node) if node.kind == "multiply" else ([], [])
        if len(arrays) != 1 or not scalars:
            return node
        scalar, array = graph.multiply(*scalars), arrays[0]
    return _times(graph, scalar, array) or node


def _times(graph: Graph, scalar: Operation, array: Operation) -> Operation | None:
    """Return scalar times an array without reading the whole of it, None where that cannot be."""
    if array.kind == "add":
        terms = [_times(graph, scalar, term) for term in array.operands]
        return None if None in terms else graph.add(*[term for term in terms if term is not None])
    if array.kind == "negative":
        found = _times(graph, scalar, array.operands[0])
        return found and graph.negative(found)
    if array.kind == "kron":
        first, *rest = array.operands
        return graph.remake(array, [graph.multiply(scalar, first), *rest])
    if array.kind == "diagonal":
        return graph.diagonal(graph.multiply(scalar, array.operands[0]))
    if array.kind != "reshape":
        return None
    sign, inner = split_sign(array.operands[0])
    if sign < 0:
        scalar = graph.negative(scalar)
    if inner.kind == "scatter":
        return graph.remake(array, [graph.remake(inner, [graph.multiply(scalar, inner.operands[0])])])
    if inner.kind != "multiply":
        return None
    return _times_factor(graph, scalar, array, inner)


def _times_factor(graph: Graph, scalar: Operation, array: Operation, inner: Operation) -> Operation | None:
    """Return a reshaped product of entries with the scalar at the factor of the fewest axes, which repeats."""
    axes = [sum(size != 1 for size in factor.shape) for factor in inner.operands]
    least = min(axes)
    if least == sum(size != 1 for size in inner.shape):
        return None
    factors = list(inner.operands)
    place = axes.index(least)
    factors[place] = _below_reshapes(graph, scalar, factors[place])
    return graph.remake(array, [graph.remake(inner, factors)])


def _below_reshapes(graph: Graph, scalar: Operation, factor: Operation) -> Operation:
    if factor.kind in ("reshape", "transpose", "permute"):
        return graph.remake(factor, [_below_reshapes(graph, scalar, factor.operands[0])])
    return graph.multiply(scalar, factor)
