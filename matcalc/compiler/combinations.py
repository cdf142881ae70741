"""Linear combinations of matrices flattened, their outer products added to one matrix in a single product of low rank.

2*(A - (u @ x.T + c*eye(n))/q)/q is (2/q)*A plus an outer product plus a multiple of the identity: scalars go into the
vectors, where they cost nothing, and the matrix is read and written once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from .operations import Graph, Operation, outer_vectors, scalars_and_arrays

_DIAGONAL = frozenset({"eye", "diagonal"})


def combinations(graph: Graph, order: list[Operation], roots: list[Operation]) -> Callable:
    """Return a rule that makes a sum of matrices with outer products in it a matrix with an update of low rank."""
    uses = Counter(o for node in order for o in node.operands) + Counter(roots)

    def rule(old, node, resolve):
        if not _is_linear(old):
            return node
        terms = _flattened(old, uses, graph.number(-1))
        outer = [(scalars, outer_vectors(parts)) for scalars, parts in terms if outer_vectors(parts)]
        rest = [(scalars, parts) for scalars, parts in terms if not outer_vectors(parts)]
        whole = [parts for _, parts in rest if len(parts) != 1 or parts[0].kind not in _DIAGONAL]
        if not outer or not any(any(p.shape == old.shape for p in parts) for parts in whole):
            return node
        base = [graph.multiply(*map(resolve, [*scalars, *parts])) for scalars, parts in rest]
        return _updated(graph, graph.full(graph.add(*base), old.shape), outer, resolve)

    return rule


def _is_linear(node: Operation) -> bool:
    """Whether a node is a sum of matrices, or a multiple of one."""
    if not node.is_matrix:
        return False
    if node.kind == "add":
        return True
    _, arrays = scalars_and_arrays(node)
    return node.kind in ("multiply", "negative") and len(arrays) == 1 and _is_linear(arrays[0])


def _flattened(
    node: Operation, uses: Counter[Operation], minus: Operation
) -> list[tuple[list[Operation], list[Operation]]]:
    """Return the terms of a linear combination as (scalars, arrays), a -1 among the scalars for a sign."""
    found, stack = [], [(node, [])]
    while stack:
        term, scalars = stack.pop()
        if term.kind == "add" and (term is node or uses[term] == 1):
            stack += [(part, scalars) for part in reversed(term.operands)]
        elif term.kind == "negative":
            stack.append((term.operands[0], [*scalars, minus]))
        elif term.kind == "multiply":
            own, arrays = scalars_and_arrays(term)
            if len(arrays) == 1:
                stack.append((arrays[0], [*scalars, *own]))
            else:
                found.append(([*scalars, *own], arrays))
        else:
            found.append((scalars, [term]))
    return found


def _updated(graph, base, outer, resolve):
    """Return base plus the outer products; those with a vector in common are joined."""
    by_row: dict = {}
    for scalars, (column, row) in outer:
        by_row.setdefault(row, []).append((scalars, column))
    left, right = [], []
    for row, columns in by_row.items():
        terms = [graph.multiply(*map(resolve, scalars), resolve(column)) for scalars, column in columns]
        left.append(graph.full(graph.add(*terms), (base.shape[0],)))
        right.append(resolve(row))
    return graph.make("rank_update", (base, *left, *right), shape=base.shape)
