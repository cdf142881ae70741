"""Traces with A.T @ inv(M) @ A of a positive definite M in them, by the half of it.

tr(A.T @ inv(M) @ A @ K) is the inner product of H and H @ K for H = inv(L) @ A with the Cholesky factor L of M; its
derivative by K's inverse has the square of H @ K.
"""

from __future__ import annotations

from collections.abc import Callable

from .operations import Graph, Operation
from .signs import definite
from .structure import inner


def traces_by_halves(graph: Graph, order: list[Operation], explicit: set[Operation]) -> Callable:
    """Return the rule for inner products beside a square with the same half; ``explicit``: inverses needed as such."""
    known = set()
    for node in order:
        factors, place = node.operands, len(node.operands) // 2
        if node.kind == "product" and len(factors) % 2 and node.is_matrix and has_half(factors[place]):
            if all(graph.transpose(a) is b for a, b in zip(factors[:place], reversed(factors))) and place:
                known.add((factors[place], factors[place + 1]))

    def rule(graph: Graph, node: Operation) -> Operation:
        if node.kind != "inner" or not any(o.kind == "product" for o in node.operands):
            return node
        left, right = (o.operands if o.kind == "product" else (o,) for o in node.operands)
        factors = (*left, *[graph.transpose(factor) for factor in reversed(right)])
        count = len(factors)
        if count < 3:
            return node
        for place, middle in enumerate(factors):
            after = factors[(place + 1) % count]
            if (middle, after) not in known or middle in explicit or graph.transpose(after) is not factors[place - 1]:
                continue
            half = half_solved(graph, middle, after)
            rest = [factors[(place + 2 + step) % count] for step in range(count - 3)]
            return inner(graph, half, graph.product(half, *rest) if rest else half)
        return node

    return rule


def has_half(factor: Operation) -> bool:
    """Whether a factor is the inverse of a positive definite matrix whose Cholesky factor one would solve with."""
    return factor.kind == "inverse" and factor.operands[0].kind != "thin_sum" and bool(definite(factor.operands[0]))


def half_solved(graph: Graph, inverse: Operation, right: Operation) -> Operation:
    """Return inv(L) @ right for the Cholesky factor L of what is inverted."""
    return graph.make("half_solve", (inverse.operands[0], right), shape=right.shape)
