"""Linear systems with block matrices: a part of an inverse is never formed to meet a vector, and blocks are eliminated.

``inv(M)[:n, :]@v`` is a part of the solution of M x = v. Where a block on the diagonal is positive definite or
diagonal, the system is solved by it and by its Schur complement (Boyd & Vandenberghe, Convex Optimization, C.4), which
for a system of Karush, Kuhn and Tucker is the range space method (Nocedal & Wright, Numerical Optimization, 16.2).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..algebra.expressions import ONE
from ..algebra.strides import Stride
from .operations import Graph, Operation, rewrite, split_sign
from .signs import definite
from .stacks import is_zero, places_of, stacked, taken

if TYPE_CHECKING:
    from collections.abc import Callable

    from sympy import Expr

Grid = list[list[Operation]]


def sliced_inverses(graph: Graph, node: Operation) -> Operation:
    """Return a product with parts of inverses next to vectors as parts of solutions."""
    if node.kind != "product":
        return node
    factors = list(node.operands)
    for _ in range(2):  # a vector may be at either end
        while len(factors) > 1 and not factors[-1].is_matrix and _inverse_part(factors[-2]) is not None:
            factors[-2:] = [_solution_part(graph, factors[-2], factors[-1])]
        factors = [graph.transpose(factor) for factor in reversed(factors)]
    return node if len(factors) == len(node.operands) else graph.product(*factors)


def _inverse_part(factor: Operation) -> Operation | None:
    """Return the inverse that a factor is some rows and columns of, None for other factors."""
    inner = factor.operands[0] if factor.kind == "transpose" else factor
    if inner.kind != "part" or len(inner.data) != 2 or any(word == "i" or word.count(":") > 1 for word in inner.data):
        return None
    whole = inner.operands[0]
    whole = whole.operands[0] if whole.kind == "transpose" else whole
    return whole if whole.kind == "inverse" else None


def _solution_part(graph: Graph, factor: Operation, vector: Operation) -> Operation:
    turned = factor.kind == "transpose"
    part = factor.operands[0] if turned else factor
    whole = part.operands[0]
    places = places_of(part)
    rows, cols = places[::-1] if turned else places
    matrix = graph.transpose(whole) if turned else whole
    solution = graph.product(matrix, _padded(graph, vector, cols, whole.shape[0]))
    sign, inner = split_sign(solution)
    found = taken(graph, inner, (rows,))
    return found if sign > 0 else graph.negative(found)


def _padded(graph: Graph, vector: Operation, place: Stride, size: Expr) -> Operation:
    """Return a vector with zeros around it."""
    parts = [(vector, (place.count, ONE))]
    if place.start != 0:
        parts.insert(0, (graph.number(0), (place.start, ONE)))
    if place.end != size:
        parts.append((graph.number(0), (size - place.end, ONE)))
    return stacked(graph, parts, 0)


# -- elimination -------------------------------------------------------------------------------------------------------


def by_elimination(explicit: set[Operation]) -> Callable:
    """Return a rule that eliminates a block of the matrices of systems whose inverses are not ``explicit``."""

    def rule(graph: Graph, node: Operation) -> Operation:
        if node.kind == "part" and node.operands[0].kind == "stack":
            return taken(graph, node.operands[0], places_of(node))
        if node.kind != "product":
            return node
        factors = list(node.operands)
        for _ in range(2):
            while len(factors) > 1 and not factors[-1].is_matrix:
                made = _eliminated(graph, factors[-2], factors[-1], explicit)
                if made is None:
                    break
                factors[-2:] = [made]
            factors = [graph.transpose(factor) for factor in reversed(factors)]
        return node if len(factors) == len(node.operands) else _joined(graph, factors)

    return rule


def _joined(graph: Graph, factors: list[Operation]) -> Operation:
    """Return the product; of two stacks that are cut in the same places part by part."""
    shapes = [[part.shape for part in factor.operands] for factor in factors if factor.kind == "stack"]
    vectors = all(factor.kind == "stack" and not factor.is_matrix for factor in factors)
    if len(factors) == 2 and vectors and shapes[0] == shapes[1]:
        return graph.add(*[graph.product(*pair) for pair in zip(*[factor.operands for factor in factors])])
    return graph.product(*factors)


def _eliminated(graph: Graph, factor: Operation, vector: Operation, explicit: set[Operation]) -> Operation | None:
    """Return the solution of a system of two block rows by a block of the diagonal, None where none is known to do."""
    inner = factor.operands[0] if factor.kind == "transpose" else factor
    if inner.kind != "inverse" or inner in explicit:
        return None
    matrix = inner.operands[0]
    rows = _grid(graph, graph.transpose(matrix) if factor.kind == "transpose" else matrix)
    if rows is None or rows[0][0].shape[0] != rows[0][0].shape[1]:
        return None
    size = rows[0][0].shape[0]
    total = vector.shape[0]
    upper = taken(graph, vector, (Stride(0 * ONE, ONE, size, total),))
    lower = taken(graph, vector, (Stride(size, ONE, total - size, total),))
    if not upper.shape or not lower.shape:
        return None
    if _is_pivot(rows[0][0]):
        first, second = _solved(graph, rows, upper, lower)
    elif _is_pivot(rows[1][1]):
        second, first = _solved(graph, [row[::-1] for row in rows[::-1]], lower, upper)
    else:
        return None
    return stacked(graph, [(first, (size, ONE)), (second, (total - size, ONE))], 0)


def _is_pivot(block: Operation) -> bool:
    return block.kind in ("diagonal", "eye") or definite(block) == 2


def _grid(graph: Graph, matrix: Operation) -> Grid | None:
    """Return the two rows of two blocks that a matrix is put together of, else None."""
    inner = matrix.operands[0] if matrix.kind == "transpose" else matrix
    rows = [part.operands for part in inner.operands] if inner.kind == "stack" and inner.data == 0 else []
    stacks = all(part.kind == "stack" and part.data == 1 and part.is_matrix for part in inner.operands)
    if len(rows) != 2 or not stacks or any(len(row) != 2 for row in rows):
        return None
    if [part.shape[1] for part in rows[0]] != [part.shape[1] for part in rows[1]]:
        return None
    found = [list(row) for row in rows]
    if matrix.kind == "transpose":
        return [[graph.transpose(found[r][c]) for r in range(2)] for c in range(2)]
    return found


def _solved(graph: Graph, rows: Grid, upper: Operation, lower: Operation) -> tuple[Operation, Operation]:
    """Return (x, y) of P x + B y = upper, C x + D y = lower: y by the complement C inv(P) B - D of P."""
    (pivot, right), (below, corner) = rows
    inverse = _inverse(graph, pivot)
    start = graph.product(inverse, upper)
    if is_zero(right) or is_zero(below):
        complement, turned = corner, True
    else:
        sign, positive = split_sign(corner)
        through = graph.product(below, inverse, right)
        turned = not is_zero(corner) and sign > 0
        if is_zero(corner):
            complement = through
        else:
            complement = graph.add(corner, graph.negative(through)) if turned else graph.add(through, positive)
    passed = lower if is_zero(below) else graph.add(lower, graph.negative(graph.product(below, start)))
    end = graph.product(_inverse(graph, complement), passed if turned else graph.negative(passed))
    if is_zero(right):
        return start, end
    return graph.add(start, graph.negative(graph.product(inverse, right, end))), end


def _inverse(graph: Graph, matrix: Operation) -> Operation:
    if matrix.kind == "eye":
        return matrix
    if matrix.kind == "diagonal":
        return graph.diagonal(graph.divide(graph.number(1), matrix.operands[0]))
    facts = frozenset(matrix.facts & {"symmetric", "pd"})
    return graph.make("inverse", (matrix,), shape=matrix.shape, facts=facts)


def systems(graph: Graph, roots: list[Operation], explicit: Callable) -> list[Operation]:
    """Return the roots with the systems of block matrices solved by parts; ``explicit(roots)`` are inverses needed."""
    roots = rewrite(graph, roots, sliced_inverses)
    return rewrite(graph, roots, by_elimination(explicit(roots)))
