"""Sums of products that take what is computed anyway: sum(W*R*R) is the inner product of W*R and R, where W*R is there.

The array W*R is in memory for the gradient; so the value costs one pass over two arrays and no third one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from .operations import Graph, Operation, scalars_and_arrays

_REDUCTIONS = frozenset({"inner", "row_inner", "sum"})
_LARGEST = 4


def products_at_hand(graph: Graph, order: list[Operation], roots: list[Operation]) -> Callable:
    """Return a rule: sums of elementwise products of matrices use those products that are computed anyway."""
    needed = {o for node in order if node.kind not in _REDUCTIONS for o in node.operands} | set(roots)
    known = [(arrays, node) for node in order if node in needed for arrays in [_factors(node)] if arrays]
    # of two products that fit the longer one leaves less to do
    known.sort(key=lambda item: (-item[0].total(), item[1].place))

    def rule(old: Operation, node: Operation, resolve: Callable) -> Operation:
        if old.kind not in _REDUCTIONS:
            return node
        found = _arrays_of(old, needed)
        if found is None:
            return node
        scalars, arrays, passes = found
        for part, product in known:
            rest = arrays - part
            if part <= arrays and max(0, rest.total() - 1) < passes + (not rest):
                one, numbers = resolve(product), scalars_and_arrays(product)[0]
                left = [graph.divide(graph.number(1), resolve(number)) for number in numbers]
                others = graph.multiply(*[resolve(o) for o in rest.elements()]) if rest else None
                made = _reduced(graph, old, one, others)
                return graph.multiply(*map(resolve, scalars), *left, made)
        return node

    return rule


def _factors(node: Operation) -> Counter[Operation]:
    """Return the arrays of an elementwise product of whole matrices and numbers, none for other operations."""
    if node.kind != "multiply" or not node.is_matrix:
        return Counter()
    scalars, arrays = scalars_and_arrays(node)
    plain = all(s.kind == "number" for s in scalars) and all(a.shape == node.shape for a in arrays)
    return Counter(arrays) if plain and len(arrays) > 1 else Counter()


def _arrays_of(
    node: Operation, needed: set[Operation]
) -> tuple[list[Operation], Counter[Operation], int] | None:
    """Return (scalars, the matrices whose product is summed, the products that are formed for it), None for others."""
    scalars, arrays, passes = [], [], 0
    for operand in node.operands:
        if not operand.is_matrix:
            return None
        own, inner = scalars_and_arrays(operand) if operand.kind == "multiply" else ([], [operand])
        inner = [factor for part in inner for factor in _repeated(part)]
        if operand in needed:
            inner, own = [operand], []
        elif any(a.shape != operand.shape for a in inner):
            return None
        scalars += own
        arrays += inner
        passes += len(inner) - 1
    return scalars, Counter(arrays), passes


def _repeated(node: Operation) -> list[Operation]:
    """Return the factors of a small power, the operation itself for others."""
    if node.kind == "power" and node.operands[1].kind == "number" and node.operands[1].data in range(2, _LARGEST + 1):
        return [node.operands[0]] * int(node.operands[1].data)
    return [node]


def _reduced(graph: Graph, old: Operation, one: Operation, other: Operation | None) -> Operation:
    """Return the sum that an operation is, of one array or of the product of two."""
    axis = old.data if old.kind != "inner" else None
    if other is None:
        return graph.make("sum", (one,), axis, old.shape)
    if axis is None:
        return graph.make("inner", (one, other), shape=())
    return graph.make("row_inner", (one, other), axis, old.shape)
