"""A thin square plus a diagonal, F @ F.T + diag(d), that is only inverted or has its determinant taken, is not formed.

Systems, determinants and the diagonal of the inverse are those of an order of F's columns (Woodbury's identity).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .halves import half_solved, has_half
from .operations import Graph, Operation, rewrite, scalars_and_arrays
from .products import square_root
from .signs import definite, nonnegative
from .structure import inner

if TYPE_CHECKING:
    from .targets import Target

KIND = "thin_sum"
# data of one whose d may have entries that are not positive, and which is then factorised as a whole
UNSURE = "unsure"
# the diagonal of its inverse, the sum of that, and the trace of F.T @ inverse @ F
DIAGONAL, TRACE, SQUARE = "thin_diagonal", "thin_trace", "thin_square"


def thin_sums(graph: Graph, roots: list[Operation], target: Target) -> list[Operation]:
    """Return the roots whose inverses and logarithms of determinants of thin sums have F and d as operands.

    Where code for the target has branches, the signs of d may be found out when the function is called.
    """
    return rewrite(graph, roots, lambda graph, node: _through_factor(graph, node, target))


def _through_factor(graph: Graph, node: Operation, target: Target) -> Operation:
    if node.kind == "inverse":
        matrix = _thin_sum(graph, node.operands[0], target)
        return node if matrix is None else graph.make("inverse", (matrix,), shape=node.shape, facts=matrix.facts)
    if node.kind == "call" and node.data.name == "logdet":
        matrix = _thin_sum(graph, node.operands[0], target)
        return node if matrix is None else graph.call(node.data, matrix, shape=())
    if node.kind in ("trace", "diagonal_entries") and _is_inverted(node.operands[0]):
        (matrix,) = node.operands[0].operands
        kind = TRACE if node.kind == "trace" else DIAGONAL
        return graph.make(kind, (matrix,), shape=node.shape)
    if node.kind == "inner":
        return _met_by_product(graph, node)
    return _with_equal_halves(graph, node) if node.kind == "product" and not node.shape else node


def _is_inverted(node: Operation) -> bool:
    return node.kind == "inverse" and node.operands[0].kind == KIND


def _met_by_product(graph: Graph, node: Operation) -> Operation:
    """Return tr(A @ B @ inv(S)) as the inner product of A.T and B @ inv(S), thin where A and B are."""
    for inverse, product in (node.operands, node.operands[::-1]):
        if _is_inverted(inverse) and product.kind == "product" and product.operands[0].is_matrix:
            first, rest = product.operands[0], graph.product(*product.operands[1:])
            scale = times_factor(graph, inverse.operands[0].operands[0], first)
            if scale is not None and graph.transpose(rest) is first:
                square = graph.make(SQUARE, inverse.operands)
                return graph.divide(square, graph.power(scale, graph.number(2)))
            return inner(graph, first, graph.product(inverse, graph.transpose(rest)))
    return node


def _with_equal_halves(graph: Graph, node: Operation) -> Operation:
    """Return y.T @ F @ F.T @ K @ K @ y with the inverse K of F @ F.T + c*I, which commutes, as a sum of squares."""
    vector, *middle, last = node.operands
    inverses = [factor for factor in middle if _is_inverted(factor)]
    rest = [factor for factor in middle if not _is_inverted(factor)]
    if vector is not last or len(set(inverses)) != 1 or len(inverses) % 2 or len(rest) != 2:
        return node
    factor, entries = inverses[0].operands[0].operands
    left, right = rest
    squared = graph.transpose(left) is right and times_factor(graph, factor, left) is not None
    if entries.shape or not squared or middle.index(right) - middle.index(left) != 1:
        return node
    half = inverses[: len(inverses) // 2]
    return graph.product(vector, *half, left, right, *half, last)


def times_factor(graph: Graph, factor: Operation, array: Operation) -> Operation | None:
    """Return the number that an array times is F, None where F is no multiple of it."""
    if factor is array:
        return graph.number(1)
    scalars, arrays = scalars_and_arrays(factor) if factor.kind == "multiply" else ([], [])
    return graph.multiply(*scalars) if arrays == [array] else None


def _thin_sum(graph: Graph, matrix: Operation, target: Target) -> Operation | None:
    """Return the operation of F and d that a symmetric matrix F @ F.T + diag(d) is, None for others."""
    if matrix.kind != "add_diagonal":
        return None
    positive = definite(matrix) == 2
    if not positive and not target.branches:
        return None
    square, entries = matrix.operands
    scalars, arrays = scalars_and_arrays(square) if square.kind == "multiply" else ([], [square])
    factor = _thin_factor(graph, arrays[0], target) if len(arrays) == 1 and all(map(nonnegative, scalars)) else None
    if factor is None:
        return None
    if scalars:
        factor = graph.multiply(square_root(graph, graph.multiply(*scalars)), factor)
    facts = frozenset({"pd"} if positive else {"symmetric"})
    return graph.make(KIND, (factor, entries), None if positive else UNSURE, matrix.shape, facts)


def _thin_factor(graph: Graph, square: Operation, target: Target) -> Operation | None:
    """Return F of F @ F.T, F @ diag(w) @ F.T or F @ inv(M) @ F.T as one factor, written as what is higher than wide.

    What an inverse stands within is thin, as the kernels of inducing points: none inverts a large matrix for a small one.
    """
    if square.kind != "product":
        return None
    factors = square.operands
    half = len(factors) // 2
    mirrored = all(graph.transpose(a) is b for a, b in zip(factors[:half], reversed(factors)))
    if not mirrored or not half:
        return None
    middle = factors[half] if len(factors) % 2 else None
    if middle is not None and has_half(middle) and target.symmetric_products and middle.shape != square.shape:
        return graph.transpose(half_solved(graph, middle, graph.product(*factors[half + 1 :])))
    if factors[half - 1].kind == "transpose":
        return None
    left = graph.product(*factors[:half])
    if left.shape[0] == left.shape[1]:
        return None
    if middle is None:
        return left
    if middle.kind != "diagonal" or not nonnegative(middle.operands[0]):
        return None
    return graph.product(left, graph.diagonal(square_root(graph, middle.operands[0])))
