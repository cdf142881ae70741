"""Sums of Kronecker products within a product: terms whose indices are tied alike are one tensor, the rest is apart.

With X: n×d, kron(X.T, eye(n)) - diag(vec(X))@kron(ones(d, n), eye(n)) has the rows (a, i) and the columns (j, i) in both
terms: it is X[j, a] - X[i, a], an array of d×n×n entries, where the matrix has n times as many.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .contraction import arranged
from .operations import scalars_and_arrays

if TYPE_CHECKING:
    from sympy import Expr

    from .operations import Graph, Operation

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
    first = group[0]
    having = sorted({i for pattern in group for _, indices in pattern.tensors for i in indices})
    sizes = list(first.sizes)
    terms = []
    for pattern in group:
        parts = [arranged(graph, tensor, having, sizes) for tensor in pattern.tensors]
        terms.append(graph.multiply(*pattern.scalars, *parts))
    total = graph.full(graph.add(*terms), tuple(sizes[i] for i in having))
    if not having:
        return Pattern(*first.ties, (), (total,))
    return Pattern(*first.ties, ((total, tuple(having)),))


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


def is_network(factor: Operation) -> bool:
    """Whether a matrix is a Kronecker product or one times others, or a sum with such a term."""
    inner = within(factor)
    if inner.kind in _KRONECKER:
        return True
    return inner.kind in ("product", "add") and inner.is_matrix and any(map(is_network, inner.operands))


def sums_of_networks(factors: Iterable[Operation]) -> list[Operation]:
    """Return the factors that are sums of networks, in their order, those of factors that are products among them."""
    found = []
    for factor in factors:
        inner = within(factor)
        if inner.kind == "add" and is_network(inner):
            found.append(inner)
        elif inner.kind == "product" and is_network(inner):
            found += sums_of_networks(inner.operands)
    return found
