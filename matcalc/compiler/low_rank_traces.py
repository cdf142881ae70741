"""Traces and diagonals with the inverse of a thin sum S = F @ F.T + diag(d) and a whole matrix X, by X @ inv(S) @ F.

As inv(S) is diag(1/d) - diag(1/d) @ F @ (inv(S) @ F).T, tr(inv(S) @ X) and the diagonal of inv(S) @ X @ inv(S) take the
diagonal of X and a thin product, which the derivative by F has as well (Petersen & Pedersen, The Matrix Cookbook, 3.2).
"""

from __future__ import annotations

from itertools import product as combinations
from typing import NamedTuple

from sympy import Rational

from .low_rank import COLUMNS, DIAGONAL, KIND, TRACE
from .operations import Graph, Operation, is_symmetric, scalars_and_arrays
from .structure import structure

# tr(inv(S) @ X), the diagonal of inv(S) @ X @ inv(S), and the sum of that
MET, BETWEEN, BETWEEN_TRACE = "thin_met", "thin_between", "thin_between_trace"
# a sum of more products is left together
_MOST_TERMS = 8


class _Term(NamedTuple):
    """A term of a matrix: scalars, and the factors of a product."""

    scalars: tuple[Operation, ...]
    factors: tuple[Operation, ...]


def traces_of_thin_sums(graph: Graph, node: Operation) -> Operation:
    """Return a trace, an inner product, a diagonal or a thin product with no wholes made of inverses of thin sums."""
    if node.kind == "product":
        return _multiplied_out(graph, node)
    if node.kind in ("trace", "diagonal_entries"):
        (matrix,) = node.operands
    elif node.kind == "inner" and node.operands[0].is_matrix or node.kind == "row_inner" and node.data == 1:
        left, right = node.operands
        if left.shape[0] != right.shape[0]:
            return node
        matrix = _joined(graph, left, right)
    else:
        return node
    if matrix is None or not _has_thin(matrix):
        return node
    terms = _terms(graph, matrix)
    if terms is None:
        return node
    found = [_special(graph, term, node) for term in terms]
    if not any(found):
        return node
    made = [part or _plain(graph, term, node) for part, term in zip(found, terms)]
    return graph.add(*[graph.multiply(*term.scalars, part) for term, part in zip(terms, made)])


def _multiplied_out(graph: Graph, node: Operation) -> Operation:
    """Return a product of a thin matrix or a vector with X @ inv(S) + diag(d) as one with the thin one first."""
    sums = [f for f in node.operands if f.is_matrix and f.kind in ("add", "add_diagonal") and _has_thin(f)]
    sums = [f for f in sums if f.shape[0] == f.shape[1]]
    if not sums or sums[0].shape == node.shape or any(f.kind == "diagonal" for f in node.operands):
        return node
    terms = _terms(graph, node)
    return node if terms is None else graph.add(*[graph.multiply(*t.scalars, graph.product(*t.factors)) for t in terms])


def _joined(graph: Graph, left: Operation, right: Operation) -> Operation | None:
    """Return left @ right.T, of matrices."""
    if not (left.is_matrix and right.is_matrix) or left.shape != right.shape:
        return None
    return graph.make("product", (left, graph.transpose(right)), shape=(left.shape[0], right.shape[0]))


def _inverted(node: Operation) -> Operation | None:
    """Return the thin sum whose inverse an operation is, None for others."""
    return node.operands[0] if node.kind == "inverse" and node.operands[0].kind == KIND else None


def _has_thin(matrix: Operation) -> bool:
    """Whether the inverse of a thin sum is in a matrix, seen through sums, products, multiples and transposes."""
    if _inverted(matrix) is not None:
        return True
    return matrix.kind in _SEEN_THROUGH and any(map(_has_thin, matrix.operands))


_SEEN_THROUGH = frozenset({"product", "add", "add_diagonal", "negative", "multiply", "transpose"})


def _terms(graph: Graph, matrix: Operation) -> list[_Term] | None:
    """Return the terms that a matrix is the sum of, sums without thin inverses kept; None of too many."""
    if matrix.kind not in _SEEN_THROUGH or not _has_thin(matrix):
        return [_Term((), matrix.operands if matrix.kind == "product" else (matrix,))]
    if matrix.kind == "transpose":
        return _turned(graph, _terms(graph, matrix.operands[0]))
    if matrix.kind == "multiply":
        scalars, arrays = scalars_and_arrays(matrix)
        if len(arrays) != 1:
            return [_Term((), (matrix,))]
        inner = _terms(graph, arrays[0])
        return inner and [_Term((*scalars, *term.scalars), term.factors) for term in inner]
    if matrix.kind == "negative":
        inner = _terms(graph, matrix.operands[0])
        return inner and [_Term((graph.number(-1), *term.scalars), term.factors) for term in inner]
    parts = [_terms(graph, part) for part in _parts(graph, matrix)]
    if None in parts:
        return None
    if matrix.kind != "product":
        found = [term for terms in parts for term in terms]
    else:
        found = [
            _Term(sum((t.scalars for t in chosen), ()), sum((t.factors for t in chosen), ()))
            for chosen in combinations(*parts)
        ]
    return found if len(found) <= _MOST_TERMS else None


def _parts(graph: Graph, matrix: Operation) -> tuple[Operation, ...]:
    """Return the operands of a sum or a product; what is added to a diagonal as a diagonal matrix."""
    if matrix.kind != "add_diagonal":
        return matrix.operands
    base, entries = matrix.operands
    eye = graph.eye(matrix.shape[0])
    return base, graph.diagonal(entries) if entries.shape else graph.multiply(entries, eye)


def _turned(graph: Graph, terms: list[_Term] | None) -> list[_Term] | None:
    return terms and [_Term(t.scalars, tuple(graph.transpose(f) for f in reversed(t.factors))) for t in terms]


def _special(graph: Graph, term: _Term, node: Operation) -> Operation | None:
    """Return the trace or the diagonal of a term by the thin product of X, None where it has another form."""
    factors = [f for f in term.factors if f.kind != "eye"]
    trace = node.shape == ()
    places = [place for place, factor in enumerate(factors) if _inverted(factor) is not None]
    sums = {_inverted(factors[place]) for place in places}
    if len(sums) != 1:
        return None
    (thin,) = sums
    rest = [factor for factor in factors if _inverted(factor) is None]
    if not rest:
        kind = (TRACE if trace else DIAGONAL) if len(places) == 1 else None
        return kind and graph.make(kind, (thin,), shape=node.shape)
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
