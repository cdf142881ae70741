"""One factorisation of a matrix for all systems, determinants and inverses with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from .low_rank import COLUMNS, DIAGONAL, KIND, LOGDET, SQUARE, TRACE, times_factor
from .low_rank_traces import BETWEEN, BETWEEN_TRACE, MET
from .operations import Graph, Operation, is_symmetric
from .signs import definite

if TYPE_CHECKING:
    from ..rulebook.entries import Rule
    from .targets import Target


LOW_RANK = "low rank"
# Cholesky is tried when the function is called, and LU taken where it fails
TRIED = "tried"
_OF_THIN = (DIAGONAL, TRACE, SQUARE, MET, BETWEEN, BETWEEN_TRACE, COLUMNS, LOGDET)
_BY_COLUMNS = (DIAGONAL, BETWEEN, BETWEEN_TRACE)


def determinants_of_products(graph: Graph, order: list[Operation]) -> Callable:
    """Return a rule: the logarithm of the determinant of a product of square matrices is the sum of theirs.

    logdet(L @ L.T) takes one factorisation of L, which inv(L) shares, and no product. It is that of the absolute value.
    """
    inverted = {node.operands[0] for node in order if node.kind == "inverse"}

    def rule(old: Operation, node: Operation, resolve: Callable) -> Operation:
        if not _is_logdet(old):
            return node
        factors = _square_factors(old.operands[0])
        if len(factors) < 2 or old.operands[0] in inverted:
            return node
        plain = [f.operands[0] if f.kind == "transpose" else f for f in factors]
        return graph.add(*[_logdet(graph, node.data, resolve(f), plain.count(f)) for f in dict.fromkeys(plain)])

    return rule


def _square_factors(matrix: Operation) -> tuple[Operation, ...]:
    """Return the factors of a product of square matrices, none where one is not square or is structured."""
    if matrix.kind != "product":
        return ()
    plain = all(f.kind not in ("diagonal", "eye") for f in matrix.operands)
    return matrix.operands if plain and all(f.shape == matrix.shape for f in matrix.operands) else ()


def _logdet(graph: Graph, rule: Rule, matrix: Operation, times: int) -> Operation:
    return graph.multiply(graph.number(times), graph.call(rule, matrix, shape=()))


def _is_logdet(node: Operation) -> bool:
    return node.kind == "call" and node.data.name == "logdet"


def factorisations(graph: Graph, order: list[Operation], target: Target) -> Callable:
    """Return a rule that lets operations on one matrix share its factorisation.

    ``order`` are the operations. Cholesky where the matrix is known to be positive definite, else LU where at least
    two operations can share it and the target keeps one. Where that has ``low_rank``, F @ F.T + diag(d) is solved by a
    system of the order of F's columns (Woodbury's identity, and the lemma for determinants), where those are few when
    the function is called. Where it has ``branches``, a matrix that is symmetric, and whose logarithm of the
    determinant is wanted or to whose diagonal something is added, as to that of a kernel matrix, is tried by Cholesky.
    """
    uses: dict = {}
    for node in order:
        found = _matrix_of(node)
        if found is not None:
            uses.setdefault(found[0], set()).add(node)
    shared: dict = {}
    for matrix, nodes in uses.items():
        # what is inverted is nonsingular, and a semidefinite matrix that is so is definite
        positive = definite(matrix) > 0
        if target.low_rank and _thin(matrix) is not None and not any(node.kind == "half_solve" for node in nodes):
            shared[matrix] = LOW_RANK
        elif target.branches and not positive and is_symmetric(matrix) and _suggests(matrix, nodes):
            shared[matrix] = TRIED
        elif positive or target.keeps_lu and _sharing(nodes, target) > 1:
            shared[matrix] = positive
    return lambda old, node, resolve: _with_factor(graph, old, node, shared, target.branches)


def _sharing(nodes: set[Operation], target: Target) -> int:
    """Return how many operations can share the factors of a matrix by LU: where code has branches, its inverse, too."""
    return sum(target.branches or node.kind != "inverse" for node in nodes)


def _suggests(matrix: Operation, nodes: set[Operation]) -> bool:
    """Whether a symmetric matrix is likely to be positive definite."""
    return matrix.kind == "add_diagonal" or any(node.kind == "call" for node in nodes)


def _tried(graph: Graph, node: Operation, matrix: Operation) -> Operation:
    """Return an operation with a symmetric matrix through the factor that is tried."""
    factor = graph.make("symmetric_factor", (matrix,), None, matrix.shape)
    if node.kind == "solve":
        return graph.make("symmetric_solve", (factor, node.operands[1]), None, node.shape)
    if node.kind == "call":
        return graph.make("symmetric_logdet", (factor,))
    return graph.make("symmetric_inverse", (factor,), None, node.shape, node.facts)


def _thin(matrix: Operation) -> tuple[Operation, ...] | None:
    """Return (F, d) of a matrix F @ F.T + diag(d) with positive d, else None."""
    if matrix.kind == KIND:
        return matrix.operands
    if matrix.kind != "add_diagonal" or definite(matrix) != 2:
        return None
    square, entries = matrix.operands
    if square.kind != "matmul":
        return None
    left, right = square.operands
    mirrored = right.kind == "transpose" and right.operands[0] is left or left.kind == "transpose" and (
        left.operands[0] is right
    )
    return (left, entries) if mirrored and left.is_matrix and left.shape[0] != left.shape[1] else None


def _with_low_rank(graph: Graph, node: Operation, matrix: Operation, parts: tuple[Operation, ...]) -> Operation:
    """Return an operation with F @ F.T + diag(d), or F @ W @ F.T + diag(d), through the factor of that."""
    factor = graph.make("low_rank_factor", parts, matrix.data if matrix.kind == KIND else None, matrix.shape)
    columns = graph.make("low_rank_columns", (factor, *parts[2:]), None, parts[0].shape)
    if node.kind == COLUMNS:
        return columns
    if node.kind == "solve":
        scale = times_factor(graph, parts[0], node.operands[1]) if len(parts) == 2 else None
        if scale is not None:
            return graph.multiply(graph.divide(graph.number(1), scale), columns)
        return graph.make("low_rank_solve", (factor, node.operands[1]), None, node.shape)
    if node.kind == "call":
        return graph.make("low_rank_logdet", (factor,))
    if node.kind in _OF_THIN:
        by_columns = node.kind in _BY_COLUMNS or node.kind == TRACE and len(parts) > 2
        operands = (factor, columns) if by_columns else (factor,)
        return graph.make(node.kind.replace("thin", "low_rank"), (*operands, *node.operands[1:]), None, node.shape)
    operands = (factor, columns) if len(parts) > 2 else (factor,)
    return graph.make("low_rank_inverse", operands, None, node.shape, node.facts)


def _matrix_of(node):
    """Return (matrix, transposed) of an operation that needs a factorisation, else None."""
    if node.kind in ("solve", "inverse", "half_solve", *_OF_THIN) or _is_logdet(node):
        matrix = node.operands[0]
    else:
        return None
    return (matrix.operands[0], True) if matrix.kind == "transpose" else (matrix, False)


def _with_factor(graph: Graph, old: Operation, node: Operation, shared: dict, branches: bool) -> Operation:
    found = _matrix_of(old)
    if found is None or found[0] not in shared:
        return node
    positive, (matrix, transposed) = shared[found[0]], _matrix_of(node)
    if positive is LOW_RANK:
        thin = _thin(matrix)
        return node if thin is None else _with_low_rank(graph, node, matrix, thin)
    if positive is TRIED:
        return _tried(graph, node, matrix)
    factor = graph.make("factor_of", (matrix,), positive, matrix.shape)
    if node.kind == "solve":
        return graph.make("factor_solve", (factor, node.operands[1]), (positive, transposed), node.shape)
    if node.kind == "half_solve":
        return graph.make("factor_half_solve", (factor, node.operands[1]), shape=node.shape)
    if node.kind == "call":
        logarithms = graph.make("factor_logdet", (factor,), positive, ())
        return graph.multiply(graph.number(2), logarithms) if positive else logarithms
    if not positive and not branches:
        return node
    inverse = graph.make("factor_inverse", (factor,), bool(positive), node.shape, node.facts)
    return graph.transpose(inverse) if transposed else inverse
