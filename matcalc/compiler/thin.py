"""Thin arrays, from which large ones are made, take what would be done to those.

The inner product of a matrix with a sum of thin arrays is taken term by term: for sum(W*(v + v.T - 2*X@X.T)) no array
as large as W is made. A column that is repeated meets the row sums of W, and a thin product X@Y.T meets it as the inner
product of W@Y with X. A multiple of X@Y.T is a product of a multiple of X.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from sympy import Rational

from .operations import Graph, Operation, is_symmetric, postorder, rewrite_sharing, scalars_and_arrays, split_sign
from .structure import inner, structure, summed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


def inner_products(graph: Graph, roots: list[Operation]) -> list[Operation]:
    """Return the roots with inner products of a matrix and a sum of thin arrays taken term by term."""
    roots = rewrite_sharing(graph, roots, _by_terms(graph, roots))
    return rewrite_sharing(graph, roots, _with_symmetric_parts(graph, postorder(*roots)))


def _by_terms(graph: Graph, roots: list[Operation]) -> Callable:
    order = postorder(*roots)
    uses = Counter(o for node in order for o in node.operands) + Counter(roots)

    def rule(old: Operation, node: Operation, resolve: Callable) -> Operation:
        if old.kind != "inner":
            return node
        for weight, total in (old.operands, old.operands[::-1]):
            sign, added = split_sign(total)
            matrix = added.operands[0] if added.kind == "transpose" else added
            if matrix.kind == "add_diagonal" and weight is not total and uses[matrix] == 1:
                base, entries = map(resolve, matrix.operands)
                base = base if added is matrix or is_symmetric(weight) else graph.transpose(base)
                found = _with_diagonal(graph, resolve(weight), base, entries)
                return found if sign > 0 else graph.negative(found)
            terms = added.operands if added.kind == "add" else ()
            if weight is not total and terms and uses[added] == 1 and all(_is_thin(t, added, uses) for t in terms):
                found = _met_by_all(graph, resolve(weight), terms, resolve)
                return found if sign > 0 else graph.negative(found)
        return node

    return rule


def _with_diagonal(graph: Graph, weight: Operation, matrix: Operation, entries: Operation) -> Operation:
    """Return the inner product of a matrix with a sum of another one and a diagonal matrix, which is not formed."""
    diagonal = structure(graph, graph.make("diagonal_entries", (weight,), shape=weight.shape[:1]))
    summed_entries = graph.product(diagonal, entries) if entries.shape else (
        graph.multiply(entries, graph.make("sum", (diagonal,), None, ()))
    )
    sign, matrix = split_sign(matrix)
    whole = inner(graph, weight, matrix)
    return graph.add(whole if sign > 0 else graph.negative(whole), summed_entries)


def _taken_apart(term: Operation) -> tuple[int, list[Operation], list[Operation]]:
    """Return (sign, scalars, arrays) of a term."""
    sign, term = split_sign(term)
    if term.kind == "multiply":
        return (sign, *scalars_and_arrays(term))
    return sign, [], [term]


def _is_thin(term: Operation, total: Operation, uses: Counter[Operation]) -> bool:
    """Whether a term is a repeated vector, or a product of two matrices that nothing else needs."""
    _, _, arrays = _taken_apart(term)
    if len(arrays) != 1:
        return False
    (array,) = arrays
    if array.kind == "expand":
        return True
    factors = array.operands
    return (
        array.kind == "product" and len(factors) == 2 and uses[array] == 1
        and all(factor.is_matrix for factor in factors) and factors[0].shape[1] not in total.shape
    )  # fmt: skip


def _met_by_all(graph: Graph, weight: Operation, terms: tuple[Operation, ...], resolve: Callable) -> Operation:
    """Return the inner product of a matrix with thin terms; a vector that is repeated both ways meets both sums."""
    found, sums = [], {}
    for term in terms:
        sign, scalars, (array,) = _taken_apart(term)
        if array.kind == "expand":
            key = (sign, tuple(scalars), array.operands[0])
            sums.setdefault(key, []).append(summed(graph, weight, array.data))
        else:
            left, right = map(resolve, array.operands)
            product = inner(graph, graph.product(weight, graph.transpose(right)), left)
            found.append(_times(graph, sign, scalars, product, resolve))
    for (sign, scalars, vector), totals in sums.items():
        found.append(_times(graph, sign, scalars, graph.product(graph.add(*totals), resolve(vector)), resolve))
    return graph.add(*found)


def _times(graph: Graph, sign: int, scalars: Iterable[Operation], found: Operation, resolve: Callable) -> Operation:
    found = graph.multiply(*map(resolve, scalars), found)
    return found if sign > 0 else graph.negative(found)


def _with_symmetric_parts(graph: Graph, order: list[Operation]) -> Callable:
    """Return a rule that takes S = W + W.T, and products with it, where these are computed anyway.

    The inner product of W@X with X is half of that of S@X with X, and W's sums along both axes are one of S.
    """
    known, halves = {}, {}
    for node in (node for node in order if node.kind == "add" and node.is_matrix and len(node.operands) == 2):
        one, other = node.operands
        if graph.transpose(one) is other:
            halves |= {one: node, other: node}
    for node in order:
        if node.kind == "product" and len(node.operands) == 2 and node.operands[0] in halves.values():
            for half in node.operands[0].operands:
                known[half, node.operands[1]] = node

    def rule(old: Operation, node: Operation, resolve: Callable) -> Operation:
        if old.kind == "inner":
            for product, other in (old.operands, old.operands[::-1]):
                if product.kind == "product" and product.operands[-1] is other and product.operands in known:
                    whole = inner(graph, resolve(known[product.operands]), resolve(other))
                    return graph.multiply(graph.number(Rational(1, 2)), whole)
        if old.kind == "add" and len(old.operands) == 2 and all(o.kind == "sum" for o in old.operands):
            one, other = old.operands
            axes = {one.data, other.data}
            if axes == {0, 1} and one.operands == other.operands and one.operands[0] in halves:
                return graph.make("sum", (resolve(halves[one.operands[0]]),), 1, node.shape)
        return node

    return rule


def scaled_factors(graph: Graph, roots: list[Operation]) -> list[Operation]:
    """Return the roots with multiples of products X@Y.T, which nothing else needs, as products of multiples of X.

    X has the shape of data, more rows than columns, so that X@Y.T is larger than it; X.T@Y is smaller.
    """
    order = postorder(*roots)
    uses = Counter(o for node in order for o in node.operands) + Counter(roots)

    def rule(old: Operation, node: Operation, resolve: Callable) -> Operation:
        if old.kind != "multiply" or not old.is_matrix:
            return node
        scalars, arrays = scalars_and_arrays(old)
        if len(arrays) != 1 or arrays[0].kind != "matmul" or uses[arrays[0]] > 1:
            return node
        left, right = arrays[0].operands
        tall = left.is_matrix and left.kind != "transpose" and right.kind == "transpose"
        if not tall or left.shape[1] in (left.shape[0], right.shape[1]):
            return node
        scalar, factor = graph.multiply(*map(resolve, scalars)), resolve(left)
        if uses[left] > 1 and factor.kind == "multiply":
            # as a factor of its own: taken apart, what it is made of would be needed twice
            factor = graph.make("multiply", (scalar, factor), shape=factor.shape)
        else:
            factor = graph.multiply(scalar, factor)
        return graph.make("matmul", (factor, resolve(right)), shape=node.shape)

    return rewrite_sharing(graph, roots, rule)
