"""A thin square plus a diagonal, F @ F.T + diag(d), that is only inverted or has its determinant taken, is not formed.

Systems, determinants and the diagonal of the inverse are those of an order of F's columns (Woodbury's identity). So it
is with F @ W @ F.T + diag(d) for a positive definite W, as the kernels of inducing points, of whose inverse the
operation has the operand, the third.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .operations import Graph, Operation, rewrite, scalars_and_arrays
from .products import square_root
from .signs import definite, nonnegative
from .structure import inner

if TYPE_CHECKING:
    from collections.abc import Callable

    from .targets import Target

KIND = "thin_sum"
# data of one whose d may have entries that are not positive, and which is then factorised as a whole
UNSURE = "unsure"
# the diagonal of its inverse, the sum of that, and the trace of F.T @ inverse @ F
DIAGONAL, TRACE, SQUARE = "thin_diagonal", "thin_trace", "thin_square"
# inverse @ F @ W
COLUMNS = "thin_columns"
# the logarithm of the determinant, of which that of inv(W) is the second operand
LOGDET = "thin_logdet"


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
        if matrix is None or len(matrix.operands) == 2:
            return node if matrix is None else graph.call(node.data, matrix, shape=())
        within = graph.call(node.data, matrix.operands[2], shape=())
        return graph.make(LOGDET, (matrix, within))
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
            plain = len(inverse.operands[0].operands) == 2
            scale = times_factor(graph, inverse.operands[0].operands[0], first) if plain else None
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
    factor, entries, *within = inverses[0].operands[0].operands
    left, right = rest
    squared = graph.transpose(left) is right and times_factor(graph, factor, left) is not None
    if within or entries.shape or not squared or middle.index(right) - middle.index(left) != 1:
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
    parts = _thin_factor(graph, arrays[0], target) if len(arrays) == 1 and all(map(nonnegative, scalars)) else None
    if parts is None or scalars and len(parts) > 1:
        return None
    factor, *within = parts
    if scalars:
        factor = graph.multiply(square_root(graph, graph.multiply(*scalars)), factor)
    facts = frozenset({"pd"} if positive else {"symmetric"})
    return graph.make(KIND, (factor, entries, *within), None if positive else UNSURE, matrix.shape, facts)


def _thin_factor(graph: Graph, square: Operation, target: Target) -> tuple[Operation, ...] | None:
    """Return F of F @ F.T, or of F @ diag(w) @ F.T as one factor, and (F, inv(W)) of F @ W @ F.T.

    F is what is written as higher than wide. What an inverse stands within is so, as the kernels of inducing points:
    nobody inverts a large matrix for a small one.
    """
    if square.kind != "product":
        return None
    factors = square.operands
    half = len(factors) // 2
    mirrored = all(graph.transpose(a) is b for a, b in zip(factors[:half], reversed(factors)))
    if not mirrored or not half:
        return None
    left, middle = graph.product(*factors[:half]), factors[half] if len(factors) % 2 else None
    inverted = middle is not None and middle.kind == "inverse"
    if left.shape[0] == left.shape[1] or factors[half - 1].kind == "transpose" and not inverted:
        return None
    if middle is None:
        return (left,)
    if middle.kind == "diagonal":
        root = nonnegative(middle.operands[0]) and square_root(graph, middle.operands[0])
        return (graph.product(left, graph.diagonal(root)),) if root else None
    if definite(middle) != 2 or not target.branches or middle.operands and middle.operands[0].kind == KIND:
        return None
    if inverted:
        return left, middle.operands[0]
    return left, graph.make("inverse", (middle,), shape=middle.shape, facts=frozenset({"pd"}))


def columns_in_products(order: list[Operation]) -> Callable:
    """Return a rule that takes inverse @ F @ W of thin sums with W within products as one operation.

    Next to a vector alone it is cheaper to go on with the vector.
    """
    found = set()

    def wanted(factors: tuple[Operation, ...], vectors: bool) -> bool:
        return all(f.is_matrix for f in factors) or vectors

    for node in order:
        if node.kind == "product" and wanted(node.operands, False):
            found |= {f.operands[0] for f in node.operands if _is_inverted(f)}

    def rule(graph: Graph, node: Operation) -> Operation:
        if node.kind != "product":
            return node
        factors = list(node.operands)
        for place, factor in enumerate(factors):
            if not _is_inverted(factor) or len(factor.operands[0].operands) == 2:
                continue
            thin = factor.operands[0]
            if not wanted(tuple(factors), thin in found):
                continue
            columns = graph.make(COLUMNS, (thin,), shape=thin.operands[0].shape)
            after, before = _sides(graph, thin)
            if tuple(factors[place + 1 : place + 1 + len(after)]) == after:
                return graph.product(*factors[:place], columns, *factors[place + 1 + len(after) :])
            start = place - len(before)
            if start >= 0 and tuple(factors[start:place]) == before:
                return graph.product(*factors[:start], graph.transpose(columns), *factors[place + 1 :])
        return node

    return rule


def _sides(graph: Graph, thin: Operation) -> tuple[tuple[Operation, ...], tuple[Operation, ...]]:
    """Return the factors of F @ W and of W @ F.T."""
    factor, _, within = thin.operands
    weight = within.operands[0] if within.kind == "inverse" else graph.make(
        "inverse", (within,), shape=within.shape, facts=frozenset({"pd"})
    )
    product = graph.product(factor, weight)
    return product.operands, tuple(graph.transpose(f) for f in reversed(product.operands))
