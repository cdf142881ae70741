"""Kronecker products, commutation matrices, diagonals of vecs as tensor networks, which are not built.

A factor with composite rows and columns is a tensor with an index for every part: kron(A, B) is A[i, k]*B[j, l] with
rows (i, j) and the columns (k, l); an identity joins two indices, a commutation matrix changes their order
(Magnus & Neudecker 2019, 2.2 and 3.7). What is left is a sum over the inner indices.
"""

from __future__ import annotations

from itertools import product as combinations
from math import prod
from typing import TYPE_CHECKING

from sympy import Expr, Mul, fraction

from .contraction import assembled, contracted
from .costs import sizes_of, work
from .operations import Graph, Operation, outer_vectors, postorder, scalars_and_arrays
from .patterns import Pattern, Sums, absorbed, merged, pattern_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .costs import Sizes
    from .targets import Target

_STRUCTURED = frozenset({"eye", "diagonal", "multiply"})
# what stays apart within a product: sums of Kronecker products, and what these stand in
_LOOSE = frozenset({"product", "transpose", "negative", "multiply", "add"})
# a product with more networks than these stays as it is
_MOST_TERMS = 8


def networks(graph: Graph, roots: list[Operation], target: Target, known: dict[str, int]) -> list[Operation]:
    """Return the roots with every Kronecker product contracted as a network that contains it.

    A product takes its Kronecker factors as they are; what stands alone is a network of its own. ``known``: sizes by
    name.
    """
    samples, sums = sizes_of(roots, known), Sums()
    whole, parts, taken_apart, loose = {}, {}, {}, {}
    for node in postorder(*roots):
        factors = parts if node.kind in ("product", "kron", "transpose") else whole
        part = taken_apart[node] = graph.remake(node, [factors[o] for o in node.operands])
        inside = graph.remake(node, [loose[o] for o in node.operands]) if node.kind in _LOOSE else part
        alone = part
        if node.kind == "transpose":
            alone = graph.remake(node, [whole[o] for o in node.operands])
        traced = _traced(graph, node, taken_apart[node.operands[0]], target, samples) if node.kind == "ptrace" else None
        whole[node] = traced or _network(graph, alone, target, samples)
        if node.kind == "product" and sums.among(inside.operands):
            whole[node] = _cheaper(whole[node], _summed(graph, inside, target, samples, sums), samples)
        # only products and Kronecker products, and their transposes, are taken apart again
        apart = node.kind in ("kron", "transpose") and _base(part).kind == "kron"
        parts[node] = part if apart else whole[node]
        loose[node] = inside if sums.is_network(inside) else parts[node]
    return [whole[root] for root in roots]


def _network(graph: Graph, node: Operation, target: Target, samples: Sizes) -> Operation:
    if node.kind in ("multiply", "negative"):
        return absorbed(graph, node)
    if node.kind == "product":
        if not any(_base(f).kind in ("kron", "commutation") for f in node.operands):
            return node
    elif node.kind != "kron" or len(node.shape) != 2 or not any(map(_is_structured, node.operands)):
        return node
    return _contraction(graph, node, node, None, target, samples) or node


def _cheaper(whole: Operation, apart: Operation | None, samples: Sizes) -> Operation:
    return whole if apart is None or work([whole], samples) <= work([apart], samples) else apart


def _summed(graph: Graph, node: Operation, target: Target, samples: Sizes, sums: Sums) -> Operation | None:
    """Return a product with sums of networks in it as the sum of its networks, None where there are too many."""
    try:
        terms = _terms(graph, node, samples, sums)
    except NotANetwork:
        return None
    made = []
    for pattern in terms:
        rows, cols, sizes = pattern.ties
        made.append(
            assembled(graph, list(pattern.tensors), list(pattern.scalars), rows, cols, node.shape, target, list(sizes))
        )
    return graph.add(*made)


def _terms(graph: Graph, node: Operation, samples: Sizes, sums: Sums) -> list[Pattern]:
    """Return the contracted networks of which a matrix is the sum; those that are tied alike are one."""
    if node.kind == "add":
        if node not in sums.terms:
            found = [pattern for term in node.operands for pattern in _terms(graph, term, samples, sums)]
            sums.terms[node] = merged(graph, found)
        return sums.terms[node]
    factors = node.operands if node.kind == "product" else (node,)
    choices = [_terms(graph, total, samples, sums) for total in sums.among(factors)]
    if prod(map(len, choices)) > _MOST_TERMS:
        raise NotANetwork
    found = []
    for chosen in combinations(*choices):
        network = Network(graph, chosen, sums)
        rows, cols = network.product(factors)
        tensors = network.tensors_with_axes()
        left = contracted(graph, tensors, [*rows, *cols], network.sizes, samples)
        scalars = [*network.scalars, *network.summed_ones({*rows, *cols})]
        found.append(pattern_of(left, scalars, rows, cols, network.sizes))
    return merged(graph, found)


def _traced(
    graph: Graph, node: Operation, inner: Operation, target: Target, samples: Sizes
) -> Operation | None:
    """Return a partial trace of a product with Kronecker factors, None for others: the product is not built."""
    factors = inner.operands if inner.kind == "product" else (inner,)
    if len(node.shape) != 2 or not any(_base(factor).kind in ("kron", "commutation") for factor in factors):
        return None
    return _contraction(graph, inner, node, node.data, target, samples)


def _contraction(
    graph: Graph, product: Operation, node: Operation, trace: tuple[Expr, int] | None, target: Target, samples: Sizes
) -> Operation | None:
    """Return ``node``, a product or its partial trace over (size, axis), as a network; None where it is none."""
    network = Network(graph)
    try:
        rows, cols = network.product(product.operands if product.kind == "product" else (product,))
        if trace is not None:
            rows, cols = network.traced(rows, cols, *trace, node.shape)
        tensors = network.tensors_with_axes()
    except NotANetwork:
        return None
    left = contracted(graph, tensors, [*rows, *cols], network.sizes, samples)
    scalars = [*network.scalars, *network.summed_ones({*rows, *cols})]
    return assembled(graph, left, scalars, rows, cols, node.shape, target, network.sizes)


def _is_structured(factor: Operation) -> bool:
    """Whether a factor of a Kronecker product is an identity, a diagonal matrix, an outer product or a multiple."""
    return _base(factor).kind in _STRUCTURED


def _base(factor: Operation) -> Operation:
    return factor.operands[0] if factor.kind == "transpose" else factor


class NotANetwork(Exception):
    """Sizes of neighbouring factors have no common refinement, or an index occurs twice in one tensor."""


class Network:
    """Tensors whose axes carry indices; indices can be joined, and split where a neighbour's are finer.

    ``sizes`` maps indices to sizes, ``scalars`` are factors without indices. ``patterns`` stand for the sums of
    networks among the factors, in their order; without them such a sum is a matrix as any other.
    """

    def __init__(self, graph: Graph, patterns: Iterable[Pattern] = (), sums: Sums | None = None) -> None:
        self.graph, self._patterns, self._sums = graph, iter(patterns), sums
        self.sizes, self.scalars = [], []
        self._tensors, self._joined, self._parts = [], {}, {}
        # indices of vectors of ones, which are no tensors
        self._repeated: list = []

    # -- indices ------------------------------------------------------------------------------------------------

    def index(self, size: Expr) -> int:
        """Return a new index of a size."""
        self.sizes.append(size)
        return len(self.sizes) - 1

    def _root(self, index: int) -> int:
        while index in self._joined:
            index = self._joined[index]
        return index

    def leaves(self, index: int) -> list[int]:
        """Return the indices that an index consists of by now."""
        index = self._root(index)
        if index not in self._parts:
            return [index]
        return [leaf for part in self._parts[index] for leaf in self.leaves(part)]

    def _join(self, left: list[int], right: list[int]) -> None:
        """Let two sequences of indices be the same, splitting those that are coarser."""
        left = [leaf for i in left for leaf in self.leaves(i)][::-1]
        right = [leaf for i in right for leaf in self.leaves(i)][::-1]
        while left and right:
            one, other = left.pop(), right.pop()
            if self.sizes[one] == self.sizes[other]:
                if one != other:
                    self._joined[other] = one
                continue
            for coarse, fine, stack in ((one, other, left), (other, one, right)):
                rest = _quotient(self.sizes[coarse], self.sizes[fine])
                if rest is not None:
                    self._parts[coarse] = (self.index(self.sizes[fine]), self.index(rest))
                    self._joined[fine] = self._parts[coarse][0]
                    stack.append(self._parts[coarse][1])
                    break
            else:
                raise NotANetwork
        if left or right:
            raise NotANetwork

    # -- factors ------------------------------------------------------------------------------------------------

    def product(self, factors: tuple[Operation, ...]) -> tuple[list[int], list[int]]:
        """Enter a matrix product; return its row indices and its column indices."""
        rows, cols = self._factor(factors[0], row=len(factors) > 1)
        for factor in factors[1:]:
            above, following = self._factor(factor, row=False)
            self._join(cols, above)
            cols = following
        found = [[leaf for i in side for leaf in self.leaves(i)] for side in (rows, cols)]
        return found[0], found[1]

    def traced(
        self, rows: list[int], cols: list[int], size: Expr, axis: int, shape: tuple[Expr, ...]
    ) -> tuple[list[int], list[int]]:
        """Let the first index (axis 0) or the last one of rows and of columns be the same; return what is left."""
        common, *kept = self.index(size), *map(self.index, shape)
        for indices, other in zip((rows, cols), kept):
            self._join(indices, [common, other] if axis == 0 else [other, common])
        return self.leaves(kept[0]), self.leaves(kept[1])

    def _factor(self, factor: Operation, row: bool) -> tuple[list[int], list[int]]:
        """Enter a factor; return its (row indices, column indices). A vector is a column, or a row."""
        if factor.kind == "transpose":
            rows, cols = self._factor(factor.operands[0], False)
            return cols, rows
        if factor.kind == "negative":
            self.scalars.append(self.graph.number(-1))
            return self._factor(factor.operands[0], row)
        if factor.kind == "expand":
            indices = self._vector(factor.operands[0])
            return (indices, []) if factor.data == 1 else ([], indices)
        if factor.kind == "kron":
            parts = [self._factor(f, False) for f in factor.operands]
            return [i for rows, _ in parts for i in rows], [i for _, cols in parts for i in cols]
        if factor.kind == "eye":
            index = self.index(factor.shape[0])
            return [index], [index]
        if factor.kind == "commutation":
            n, m = (self.index(size) for size in factor.data)
            return [n, m], [m, n]
        if factor.kind == "diagonal":
            indices = self._vector(factor.operands[0])
            return indices, indices
        if factor.kind == "multiply":
            return self._outer(factor)
        if self._sums is not None and factor.kind in ("product", "add") and self._sums.is_network(factor):
            return self.product(factor.operands) if factor.kind == "product" else self._pattern(next(self._patterns))
        if len(factor.shape) == 1:
            indices = self._vector(factor)
            return ([], indices) if row else (indices, [])
        return self._matrix(factor)

    def _pattern(self, pattern: Pattern) -> tuple[list[int], list[int]]:
        """Enter tensors whose indices are tied; return the row indices and the column indices."""
        own = [self.index(size) for size in pattern.sizes]
        self.scalars += pattern.scalars
        self._tensors += [(tensor, [[own[i]] for i in indices]) for tensor, indices in pattern.tensors]
        having = {i for _, indices in pattern.tensors for i in indices}
        self._repeated += [index for place, index in enumerate(own) if place not in having]
        return [own[i] for i in pattern.rows], [own[i] for i in pattern.cols]

    def _matrix(self, matrix: Operation) -> tuple[list[int], list[int]]:
        """Enter a matrix as it is; return its row index and its column index."""
        if matrix.kind == "full" and not matrix.operands[0].shape:
            self.scalars.append(matrix.operands[0])
            ones = [self.index(size) for size in matrix.shape]
            self._repeated += ones
            return [ones[0]], [ones[1]]
        row, column = (self.index(size) for size in matrix.shape)
        self._tensors.append((matrix, [[row], [column]]))
        return [row], [column]

    def _vector(self, vector: Operation) -> list[int]:
        """Enter a vector; return its indices, two for the vec of a matrix."""
        if vector.kind == "vec":
            rows, cols = self._matrix(vector.operands[0])
            return cols + rows
        index = self.index(vector.shape[0])
        if vector.kind == "full" and not vector.operands[0].shape:
            # a vector of ones is its index alone: what has it is summed, or repeated
            self.scalars.append(vector.operands[0])
            self._repeated.append(index)
        else:
            self._tensors.append((vector, [[index]]))
        return [index]

    def _outer(self, factor: Operation) -> tuple[list[int], list[int]]:
        """Enter scalars times a matrix, or an outer product of a column and a row."""
        scalars, arrays = scalars_and_arrays(factor)
        self.scalars += scalars
        outer = outer_vectors(arrays)
        if outer is not None:
            return self._vector(outer[0]), self._vector(outer[1])
        rest = self.graph.full(self.graph.multiply(*arrays), factor.shape)
        return self._matrix(rest) if rest.kind == "multiply" else self._factor(rest, False)

    def tensors_with_axes(self) -> list[tuple[Operation, tuple[int, ...]]]:
        """Return the tensors as (operation, indices), reshaped so that every axis has one index."""
        found = []
        for operation, axes in self._tensors:
            indices = [leaf for axis in axes for i in axis for leaf in self.leaves(i)]
            if len(set(indices)) < len(indices):
                raise NotANetwork
            if len(indices) > len(operation.shape):
                shape = tuple(self.sizes[i] for i in indices)
                operation = self.graph.make("reshape", (operation,), shape=shape)
            found.append((operation, tuple(indices)))
        return found

    def summed_ones(self, kept: set[int]) -> list[Operation]:
        """Return the sizes of the indices that only vectors of ones have, which are summed over."""
        having = {leaf for _, axes in self._tensors for axis in axes for i in axis for leaf in self.leaves(i)}
        alone = dict.fromkeys(leaf for index in self._repeated for leaf in self.leaves(index))
        return [self.graph.size(self.sizes[index]) for index in alone if index not in having and index not in kept]


def _quotient(size: Expr, part: Expr) -> Expr | None:
    """Return size/part where that is a product of sizes, else None."""
    above, below = fraction(Mul(size, 1 / part))
    return above if below == 1 and above != 1 else None
