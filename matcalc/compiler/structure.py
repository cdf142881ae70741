"""Structure is never written out: sums, traces and diagonals of products, identities, unit columns, columns of ones."""

from __future__ import annotations

from collections.abc import Callable

from .operations import Graph, Operation, outer_vectors, scalars_and_arrays, split_sign
from .orientation import AT_HAND
from .stacks import by_parts


def structure(graph: Graph, node: Operation) -> Operation:
    """Return the operation without arrays of ones, identities, or products of which only a part is needed."""
    rule = _RULES.get(node.kind)
    return rule(graph, node) if rule else node


# -- products ------------------------------------------------------------------------------------------------------


def _product(graph, node):
    sign, node = split_sign(graph.product(*node.operands))
    if sign < 0:
        return graph.negative(_product(graph, node) if node.kind == "product" else node)
    if node.kind != "product":
        return node
    factors = [f for f in node.operands if f.kind != "eye"] or list(node.operands[:1])
    parted = by_parts(graph, factors)
    if parted is not factors:
        return parted[0] if len(parted) == 1 else _product(graph, graph.product(*parted))
    if len(factors) == 1:
        return factors[0]
    factors = _with_middle(graph, factors)
    for ends, axis in ((factors, 0), (factors[::-1], 1)):
        first = ends[0]
        if len(first.shape) == 1 and first.kind in ("full", "unit"):
            rest = ends[1:] if axis == 0 else ends[:0:-1]
            sign, rest = split_sign(graph.product(*rest))
            rest = _product(graph, rest) if rest.kind == "product" else rest
            rest = rest if sign == 1 else graph.negative(rest)
            if first.kind == "full" and not first.operands[0].shape:
                # of a vector of zeros nothing is left but a number
                return graph.full(graph.multiply(first.operands[0], summed(graph, rest, axis)), node.shape)
            if first.kind == "unit":
                return _entry(graph, rest, axis, first.operands[0])
    return graph.product(*factors)


def _with_middle(graph: Graph, factors: list[Operation]) -> list[Operation]:
    """Return the factors of X.T @ (w[:, None] * X) as X.T, diag(w), X: equal from both ends; else as they are."""
    half = len(factors) // 2
    if len(factors) % 2 or not all(graph.transpose(a) is b for a, b in zip(factors[: half - 1], factors[:half:-1])):
        return factors
    left, right = graph.transpose(factors[half - 1]), factors[half]
    for one, other in ((left, right), (right, left)):
        if other.kind == "multiply" and other.is_matrix:
            scalars, arrays = scalars_and_arrays(other)
            weights = [a.operands[0] for a in arrays if a.kind == "expand" and a.data == 1]
            rest = [a for a in arrays if not (a.kind == "expand" and a.data == 1)]
            if weights and rest and graph.multiply(*rest) is one:
                middle = graph.diagonal(graph.multiply(*scalars, *weights))
                return [*factors[: half - 1], graph.transpose(one), middle, one, *factors[half + 1 :]]
    return factors


def summed(graph, operand, axis):
    """Return the sum of a vector, or of a matrix along an axis, structure used."""
    if not operand.shape:
        return operand
    if len(operand.shape) == 1:
        return _sum(graph, graph.make("sum", (operand,), None, ()))
    return _sum(graph, graph.make("sum", (operand,), axis, (operand.shape[1 - axis],)))


def _entry(graph, operand, axis, index):
    if len(operand.shape) == 1:
        return graph.make("entry", (operand, index), 0, ())
    if operand.kind == "transpose":
        return _entry(graph, operand.operands[0], 1 - axis, index)
    return graph.make("entry", (operand, index), axis, (operand.shape[1 - axis],))


# -- sums and traces -----------------------------------------------------------------------------------------------


def _sum(graph: Graph, node: Operation) -> Operation:
    (operand,) = node.operands
    if operand.kind == "negative":
        return graph.negative(_sum(graph, graph.make("sum", operand.operands, node.data, node.shape)))
    if operand.kind == "full":
        return _sum_of_repeated(graph, node, operand)
    if operand.kind == "transpose":
        axis = None if node.data is None else 1 - node.data
        return _sum(graph, graph.make("sum", operand.operands, axis, node.shape))
    if node.data is not None and operand.is_matrix:
        return _sum_along(graph, node, operand)
    if operand.kind == "sum" and node.data is None:
        return _sum(graph, graph.make("sum", operand.operands, None, ()))
    if operand.kind == "unit":
        return graph.number(1)
    if operand.kind == "power" and operand.operands[1].kind == "number" and operand.operands[1].data.is_even:
        base = graph.power(operand.operands[0], graph.number(operand.operands[1].data / 2))
        operand = graph.make("multiply", (base, base), shape=operand.shape)
    if node.data is None and operand.kind == "multiply":
        return _sum_of_product(graph, operand)
    if node.data is None and operand.kind == "row_inner":
        whole = graph.multiply(*operand.operands)
        return _sum_of_product(graph, whole) if whole.kind == "multiply" else inner(graph, *operand.operands)
    if node.data is None and operand.kind == "product" and len(operand.shape) == 1 and operand.operands[0].is_matrix:
        return graph.product(summed(graph, operand.operands[0], 0), *operand.operands[1:])
    return node


def _sum_along(graph: Graph, node: Operation, operand: Operation) -> Operation:
    """The sums of the rows or columns of a matrix: of sums apart, of products without the products in memory."""
    axis = node.data
    if operand.kind == "add":
        totals = [_sum_of_term(graph, term, node, operand.shape) for term in operand.operands]
        # a number that is repeated is added as it is
        plain = [t.operands[0] if t.kind == "full" and not t.operands[0].shape else t for t in totals]
        return graph.full(graph.add(*plain), node.shape)
    if operand.kind == "power" and operand.operands[1].kind == "number" and operand.operands[1].data == 2:
        operand = graph.make("multiply", (operand.operands[0],) * 2, shape=operand.shape)
    if operand.kind == "product":
        # a vector meets the factors, and the product need not be there
        factors = operand.operands
        if axis == 1:
            return graph.product(*factors[:-1], summed(graph, factors[-1], 1))
        return graph.product(summed(graph, factors[0], 0), *factors[1:])
    if operand.kind != "multiply":
        return node
    scalars, arrays = scalars_and_arrays(operand)
    beside = [a.operands[0] for a in arrays if a.kind == "expand" and a.data == axis]
    whole = [a for a in arrays if a.kind != "expand"]
    across = [a for a in arrays if a.kind == "expand" and a.data != axis]
    if across or len(beside) + len(whole) < len(arrays) or any(a.shape != operand.shape for a in whole):
        return node
    if len(whole) == 2:
        total = graph.make("row_inner", whole, axis, node.shape)
    elif len(whole) == 1 and (scalars or beside):
        total = _sum(graph, graph.make("sum", whole, axis, node.shape))
    else:
        return node
    return graph.multiply(*scalars, *beside, total)


def _sum_of_term(graph: Graph, term: Operation, node: Operation, shape: tuple) -> Operation:
    """The sum along an axis of one term of a sum of matrices, which may repeat a row, a column or a number."""
    axis = node.data
    sign, inner = split_sign(term)
    vector = _unexpanded(graph, inner, axis)
    if vector is not None:
        total = graph.multiply(graph.size(shape[axis]), vector)
    else:
        whole = graph.full(inner, shape)
        total = _sum(graph, graph.make("sum", (whole,), axis, node.shape))
    return total if sign == 1 else graph.negative(total)


def _unexpanded(graph: Graph, node: Operation, axis: int) -> Operation | None:
    """Return the vector that a matrix of one row (axis 0) or column repeats, times numbers; None for another matrix."""
    if node.kind == "expand" and node.data == axis:
        return node.operands[0]
    if node.kind == "multiply" and node.is_matrix and node.shape[axis] == 1:
        scalars, arrays = scalars_and_arrays(node)
        vectors = [vector for a in arrays if (vector := _unexpanded(graph, a, axis)) is not None]
        return graph.multiply(*scalars, *vectors) if len(vectors) == len(arrays) else None
    return None


def _sum_of_repeated(graph, node, operand):
    """The sum of an array that repeats a scalar, a column or a row."""
    inner = operand.operands[0]
    if not inner.shape:
        sizes = operand.shape if node.data is None else (operand.shape[node.data],)
        total = graph.multiply(inner, *[graph.size(size) for size in sizes])
        return total if node.data is None else graph.full(total, node.shape)
    if inner.kind != "expand":
        return node
    (vector,) = inner.operands
    if node.data == inner.data:
        return graph.multiply(graph.size(operand.shape[node.data]), vector)
    total = summed(graph, vector, 0)
    if node.data is None:
        return graph.multiply(graph.size(operand.shape[inner.data]), total)
    return graph.full(total, node.shape)


def _sum_of_product(graph: Graph, operand: Operation) -> Operation:
    scalars, arrays = scalars_and_arrays(operand)
    whole = [o for o in arrays if o.shape == operand.shape]
    if not whole:
        return graph.make("sum", (operand,), None, ())
    different = dict.fromkeys(arrays)
    halves = [half for a in different if (half := _half_power(graph, a, arrays.count(a))) is not None]
    if len(halves) == len(different):
        half = graph.full(graph.multiply(*halves), operand.shape)
        return graph.multiply(*scalars, inner(graph, half, half))
    last = whole[-1]
    rest = list(arrays)
    rest.remove(last)
    if not rest:
        return graph.multiply(*scalars, graph.make("sum", (last,), None, ()))
    left = graph.multiply(*rest)
    if left.shape != operand.shape:
        return graph.multiply(*scalars, graph.make("sum", (graph.multiply(left, last),), None, ()))
    return graph.multiply(*scalars, inner(graph, left, last))


def _half_power(graph: Graph, factor: Operation, count: int) -> Operation | None:
    """Return the array whose square a factor that occurs ``count`` times is, None where that takes a root."""
    base, exponent = factor, 1
    if factor.kind == "power" and factor.operands[1].kind == "number" and factor.operands[1].data.is_Integer:
        base, exponent = factor.operands[0], int(factor.operands[1].data)
    if count * exponent % 2:
        return None
    return graph.power(base, graph.number(count * exponent // 2))


def inner(graph: Graph, left: Operation, right: Operation) -> Operation:
    """Return the sum of the elementwise product of two arrays of one shape."""
    if left.kind == "transpose" and right.kind == "transpose":
        left, right = left.operands[0], right.operands[0]
    if len(left.shape) == 1:
        return graph.product(left, right)
    return graph.make("inner", (left, right), shape=())


def _trace(graph: Graph, node: Operation) -> Operation:
    (operand,) = node.operands
    if node.data == AT_HAND:
        return node
    if operand.kind == "product":
        factors = operand.operands
        for place, factor in enumerate(factors):
            if factor.kind == "diagonal" and len(factors) > 1:
                rest = graph.product(*factors[place + 1 :], *factors[:place])
                return graph.product(_entries_of(graph, rest), factor.operands[0])
        left, right = _parts(graph, factors)
        return inner(graph, left, right)
    if operand.kind == "transpose":
        return _trace(graph, graph.make("trace", operand.operands, shape=()))
    if operand.kind == "multiply":
        scalars, arrays = scalars_and_arrays(operand)
        outer = outer_vectors(arrays)
        if outer is not None:
            return graph.multiply(*scalars, graph.product(*outer))
    return node


# -- diagonals -----------------------------------------------------------------------------------------------------


def _entries_of(graph, operand):
    return _diagonal_entries(graph, graph.make("diagonal_entries", (operand,), shape=operand.shape[:1]))


def _diagonal_entries(graph: Graph, node: Operation) -> Operation:
    (operand,) = node.operands
    if operand.kind == "diagonal":
        return operand.operands[0]
    if operand.kind == "product" and operand.operands[0].is_matrix and operand.operands[-1].is_matrix:
        return graph.make("row_inner", _parts(graph, operand.operands), 1, node.shape)
    return node


def _parts(graph: Graph, factors: tuple[Operation, ...]) -> tuple[Operation, Operation]:
    """Return L and R of a product L @ R.T of matrices: of one that reads the same from both ends, its equal halves."""
    half = len(factors) // 2
    mirrored = len(factors) % 2 == 0 and all(graph.transpose(a) is b for a, b in zip(factors[:half], factors[::-1]))
    place = half if mirrored else len(factors) - 1
    left, right = graph.product(*factors[:place]), graph.product(*factors[place:])
    return left, left if mirrored else graph.transpose(right)


def _multiply(graph: Graph, node: Operation) -> Operation:
    """A Hadamard product with an identity or a diagonal matrix is a diagonal matrix."""
    for place, factor in enumerate(node.operands):
        if factor.kind in ("eye", "diagonal") and len(node.operands) > 1:
            rest = graph.multiply(*node.operands[:place], *node.operands[place + 1 :])
            if not rest.shape:
                return node
            n = factor.shape[0]
            entries = _entries_of(graph, graph.full(rest, (n, n)))
            column = entries if factor.kind == "eye" else graph.multiply(factor.operands[0], entries)
            return graph.diagonal(column)
    return node


def _add(graph: Graph, node: Operation) -> Operation:
    """A sum with a multiple of the identity or a diagonal matrix changes the diagonal alone."""
    if not node.is_matrix:
        return node
    rest, changes = [], []
    for term in node.operands:
        change = _on_diagonal(graph, term)
        (rest if change is None else changes).append(term if change is None else change)
    if not changes or not rest:
        return node
    matrix = graph.full(graph.add(*rest), node.shape)
    return graph.make("add_diagonal", (matrix, graph.add(*changes)), shape=node.shape)


def _on_diagonal(graph: Graph, term: Operation) -> Operation | None:
    """Return what a term adds to the diagonal, a scalar or a vector, None where it is not diagonal."""
    if term.kind == "eye":
        return graph.number(1)
    if term.kind == "diagonal":
        return term.operands[0]
    if term.kind == "negative":
        inside = _on_diagonal(graph, term.operands[0])
        return None if inside is None else graph.negative(inside)
    if term.kind == "multiply":
        scalars, arrays = scalars_and_arrays(term)
        if len(arrays) == 1:
            inside = _on_diagonal(graph, arrays[0])
            return None if inside is None else graph.multiply(*scalars, inside)
    return None


def shared_sums(graph: Graph, order: list[Operation]) -> Callable:
    """Return a rule: the sum of all entries is that of sums along an axis which are computed anyway."""
    along = {n.operands[0]: n for n in order if n.kind == "sum" and n.data is not None}

    def rule(old: Operation, node: Operation, resolve: Callable) -> Operation:
        if old.kind != "sum" or old.data is not None or old.operands[0] not in along:
            return node
        return graph.make("sum", (resolve(along[old.operands[0]]),), None, ())

    return rule


def sums_with_transposes(graph: Graph, node: Operation) -> Operation:
    """X + X.T as one operation, for targets in whose memory it can be computed by tiles."""
    if node.kind == "add" and len(node.operands) == 2 and node.is_matrix:
        one, other = node.operands
        if one.kind == "transpose" and one.operands[0] is other or other.kind == "transpose" and (
            other.operands[0] is one
        ):
            matrix = other if one.kind == "transpose" else one
            facts = frozenset({"symmetric"})
            return graph.make("plus_transpose", (matrix,), shape=node.shape, facts=facts)
    return node


_RULES = {
    "product": _product,
    "sum": _sum,
    "trace": _trace,
    "diagonal_entries": _diagonal_entries,
    "multiply": _multiply,
    "add": _add,
}
