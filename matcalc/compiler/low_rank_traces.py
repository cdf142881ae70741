"""Traces and diagonals with the inverse of a thin sum S = F @ F.T + diag(d) and a whole matrix X, by X @ inv(S) @ F.

As inv(S) is diag(1/d) - diag(1/d) @ F @ (inv(S) @ F).T, tr(inv(S) @ X) and the diagonal of inv(S) @ X @ inv(S) take the
diagonal of X and a thin product, which the derivative by F has as well (Petersen & Pedersen, The Matrix Cookbook, 3.2).
"""

from __future__ import annotations

from itertools import product as combinations
from math import prod
from typing import NamedTuple

from sympy import Rational

from .low_rank import COLUMNS, DIAGONAL, KIND, TRACE
from .operations import Graph, Operation, is_symmetric, postorder, rewrite, scalars_and_arrays
from .structure import structure

# tr(inv(S) @ X), the diagonal of inv(S) @ X @ inv(S), and the sum of that
MET, BETWEEN, BETWEEN_TRACE = "thin_met", "thin_between", "thin_between_trace"
# a sum of more products is left together
_MOST_TERMS = 8


class _Term(NamedTuple):
    """A term of a matrix: scalars, and the factors of a product."""

    scalars: tuple[Operation, ...]
    factors: tuple[Operation, ...]


def traces_of_thin_sums(graph: Graph, roots: list[Operation]) -> list[Operation]:
    """Return the roots whose traces, inner products, diagonals and thin products make no wholes of thin inverses."""
    if not any(node.kind == KIND for node in postorder(*roots)):
        return roots
    within: dict[Operation, bool] = {}

    def rule(graph: Graph, node: Operation) -> Operation:
        _has_thin(node, within)  # operands come first, so that nothing is walked through twice
        if node.kind == "product":
            return _multiplied_out(graph, node, within)
        return _without_wholes(graph, node, within)

    return rewrite(graph, roots, rule)


def _without_wholes(graph: Graph, node: Operation, within: dict[Operation, bool]) -> Operation:
    """Return a trace, an inner product or a diagonal by its terms, those of which have forms of their own."""
    if node.kind in ("trace", "diagonal_entries"):
        matrix: Operation | None = node.operands[0]
    elif node.kind == "inner" and node.operands[0].is_matrix or node.kind == "row_inner" and node.data == 1:
        matrix = _joined(graph, *node.operands)
    else:
        return node
    if matrix is None or not _has_thin(matrix, within):
        return node
    terms = _terms(graph, matrix, within)
    found = [_special(graph, term, node) for term in terms or ()]
    if terms is None or not any(found):
        return node
    made = [part or _plain(graph, term, node) for part, term in zip(found, terms)]
    return graph.add(*[graph.multiply(*term.scalars, part) for term, part in zip(terms, made)])


def _multiplied_out(graph: Graph, node: Operation, within: dict[Operation, bool]) -> Operation:
    """Return a product of a thin matrix or a vector with X @ inv(S) + diag(d) as one with the thin one first."""
    sums = [f for f in node.operands if f.is_matrix and f.kind in ("add", "add_diagonal") and _has_thin(f, within)]
    sums = [f for f in sums if f.shape[0] == f.shape[1]]
    if not sums or sums[0].shape == node.shape or any(f.kind == "diagonal" for f in node.operands):
        return node
    terms = _terms(graph, node, within)
    return node if terms is None else graph.add(*[graph.multiply(*t.scalars, graph.product(*t.factors)) for t in terms])


def _joined(graph: Graph, left: Operation, right: Operation) -> Operation | None:
    """Return left @ right.T, of matrices."""
    if not (left.is_matrix and right.is_matrix) or left.shape != right.shape:
        return None
    return graph.make("product", (left, graph.transpose(right)), shape=(left.shape[0], right.shape[0]))


def _inverted(node: Operation) -> Operation | None:
    """Return the thin sum whose inverse an operation is, None for others."""
    return node.operands[0] if node.kind == "inverse" and node.operands[0].kind == KIND else None


def _has_thin(matrix: Operation, within: dict[Operation, bool]) -> bool:
    """Whether the inverse of a thin sum is in a matrix, seen through sums, products, multiples and transposes.

    ``within`` remembers it.
    """
    if matrix not in within:
        inside = matrix.kind in _SEEN_THROUGH and any([_has_thin(operand, within) for operand in matrix.operands])
        within[matrix] = inside or _inverted(matrix) is not None
    return within[matrix]


_SEEN_THROUGH = frozenset({"product", "add", "add_diagonal", "negative", "multiply", "transpose"})


def _terms(graph: Graph, matrix: Operation, within: dict[Operation, bool]) -> list[_Term] | None:
    """Return the terms that a matrix is the sum of, sums without thin inverses kept; None of too many."""
    if matrix.kind not in _SEEN_THROUGH or not _has_thin(matrix, within):
        return [_Term((), matrix.operands if matrix.kind == "product" else (matrix,))]
    if matrix.kind in ("transpose", "negative"):
        inner = _terms(graph, matrix.operands[0], within)
        turned = matrix.kind == "transpose"
        return inner and [_turned(graph, term) if turned else _times(term, graph.number(-1)) for term in inner]
    if matrix.kind == "multiply":
        scalars, arrays = scalars_and_arrays(matrix)
        if len(arrays) != 1:
            return [_Term((), (matrix,))]
        inner = _terms(graph, arrays[0], within)
        return inner and [_times(term, *scalars) for term in inner]
    parts = [_terms(graph, part, within) for part in matrix.operands[: 1 if matrix.kind == "add_diagonal" else None]]
    if matrix.kind == "add_diagonal":
        parts.append([_diagonal_term(graph, matrix.operands[1], matrix)])
    known = [terms for terms in parts if terms is not None]
    count = prod(map(len, known)) if matrix.kind == "product" else sum(map(len, known))
    if len(known) < len(parts) or count > _MOST_TERMS:
        return None
    if matrix.kind != "product":
        return [term for terms in known for term in terms]
    return [_joined_terms(chosen) for chosen in combinations(*known)]


def _joined_terms(chosen: tuple[_Term, ...]) -> _Term:
    factors = [factor for term in chosen for factor in term.factors]
    rest = [factor for factor in factors if factor.kind != "eye"]
    return _Term(tuple(scalar for term in chosen for scalar in term.scalars), tuple(rest or factors[:1]))


def _times(term: _Term, *scalars: Operation) -> _Term:
    return _Term((*scalars, *term.scalars), term.factors)


def _diagonal_term(graph: Graph, entries: Operation, matrix: Operation) -> _Term:
    """Return what is added to a diagonal as a term."""
    if entries.shape:
        return _Term((), (graph.diagonal(entries),))
    return _Term((entries,), (graph.eye(matrix.shape[0]),))


def _turned(graph: Graph, term: _Term) -> _Term:
    return _Term(term.scalars, tuple(graph.transpose(factor) for factor in reversed(term.factors)))


def _special(graph: Graph, term: _Term, node: Operation) -> Operation | None:
    """Return the trace or the diagonal of a term by the thin product of X, None where it has another form."""
    factors = [f for f in term.factors if f.kind != "eye"]
    trace = node.shape == ()
    places = [place for place, factor in enumerate(factors) if _inverted(factor) is not None]
    sums = {factors[place].operands[0] for place in places}
    if len(sums) != 1:
        return None
    (thin,) = sums
    rest = [factor for factor in factors if _inverted(factor) is None]
    if not rest:
        return graph.make(TRACE if trace else DIAGONAL, (thin,), shape=node.shape) if len(places) == 1 else None
    if len(rest) != 1 or not _is_whole(rest[0]) or len(places) > 2:
        return None
    (whole,) = rest
    if len(places) == 1:
        return graph.make(MET, (thin, whole, _thin_product(graph, whole, thin)), shape=()) if trace else None
    if not trace and places != [0, 2]:
        return None
    symmetric = whole if is_symmetric(whole) else graph.multiply(
        graph.number(Rational(1, 2)), graph.add(whole, graph.transpose(whole))
    )
    operands = (thin, whole, _thin_product(graph, symmetric, thin))
    return graph.make(BETWEEN_TRACE if trace else BETWEEN, operands, shape=node.shape)


def _is_whole(matrix: Operation) -> bool:
    """Whether a matrix is there with all its entries, not a diagonal one, nor a product that may have thin factors."""
    return matrix.kind not in ("product", "diagonal", "eye", "kron", "unit") and _inverted(matrix) is None


def _thin_product(graph: Graph, whole: Operation, thin: Operation) -> Operation:
    """Return X @ inv(S) @ F; what F is times a number is multiplied by it last, as others have it, too."""
    factor, _, *within = thin.operands
    if within:
        return graph.product(whole, graph.make(COLUMNS, (thin,), shape=factor.shape))
    inverse = graph.make("inverse", (thin,), shape=thin.shape, facts=thin.facts)
    scalars, arrays = scalars_and_arrays(factor) if factor.kind == "multiply" else ([], [factor])
    if len(arrays) != 1:
        scalars, arrays = [], [factor]
    multiples, wholes = scalars_and_arrays(whole) if whole.kind == "multiply" else ([], [whole])
    if len(wholes) != 1:
        multiples, wholes = [], [whole]
    return graph.multiply(*scalars, *multiples, graph.product(*wholes, inverse, *arrays))


def _plain(graph: Graph, term: _Term, node: Operation) -> Operation:
    """Return the trace or the diagonal of a term as of any other product."""
    kind = "trace" if node.shape == () else "diagonal_entries"
    return structure(graph, graph.make(kind, (graph.product(*term.factors),), shape=node.shape))
