"""The contraction of a tensor network, two tensors at a time, and the matrix that its result is arranged to.

Of all orders the cheapest one is taken, every index counted with the size that it has in the mean of the samples.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import TYPE_CHECKING

from sympy import Expr, Mul

from ..algebra.expressions import ONE
from .costs import ENTRY

if TYPE_CHECKING:
    from .costs import Sizes
    from .operations import Graph, Operation
    from .targets import Target

_MOST = 6
# a product over a batch of small matrices takes longer than one product as large
_BATCH = 3.0


def contracted(
    graph: Graph,
    tensors: list[tuple[Operation, tuple[int, ...]]],
    places: list[int],
    sizes: list[Expr],
    samples: Sizes,
) -> list[tuple[Operation, tuple[int, ...]]]:
    """Return the tensors that are left when the indices that have no place in the result have been summed over."""
    kept, usual = set(places), [samples.mean(samples.of(size)) for size in sizes]
    tensors = [_summed_alone(graph, t, tensors, kept, sizes) for t in tensors]
    square = _square(graph, tensors, places, sizes)
    if square is not None:
        return [square]
    while True:
        # two tensors of one matrix go first where all orders cost the same
        marks = tuple((t[1], t[0].operands[0] if t[0].kind in ("transpose", "reshape") else t[0]) for t in tensors)
        pair = _next_pair(marks, frozenset(kept), usual)
        if pair is None:
            return tensors
        i, j = pair
        rest = [t for place, t in enumerate(tensors) if place not in pair]
        tensors = [*rest, _joined(graph, tensors[i], tensors[j], _needed(rest, kept), sizes, places)]


def _square(
    graph: Graph, tensors: list[tuple[Operation, tuple[int, ...]]], places: list[int], sizes: list[Expr]
) -> tuple[Operation, tuple[int, ...]] | None:
    """Return the product of two equal halves as Z.T @ Z, of half the work, None where there are no such halves."""
    summed = {i for _, indices in tensors for i in indices} - set(places)
    plain = [(t.operands[0], i[::-1]) if t.kind == "transpose" and t.is_matrix else (t, i) for t, i in tensors]
    halves = _halves(plain, summed)
    if halves is None:
        return None
    left, partner = halves
    if len(left) < 2 or not summed:
        return None
    columns = [i for i in places if i in partner]
    if set(columns) != set(partner):
        return None
    if set(places[: len(columns)]) != set(columns) and set(places[: len(columns)]) == set(partner.values()):
        # the half of the rows, so that the product is arranged as it is wanted
        left = [(t, tuple(partner.get(i, i) for i in indices)) for t, indices in left]
        partner = {b: a for a, b in partner.items()}
        columns = [i for i in places if i in partner]
    order = [*sorted(summed), *columns]
    half = graph.multiply(*[arranged(graph, tensor, order, sizes) for tensor in sorted(left, key=_by_place)])
    matrix = _reshaped(graph, half, (_size(sorted(summed), sizes), _size(columns, sizes)))
    product = graph.make("matmul", (graph.transpose(matrix), matrix), shape=(matrix.shape[1],) * 2)
    result = (*columns, *[partner[i] for i in columns])
    return _reshaped(graph, product, tuple(sizes[i] for i in result)), result


def _halves(tensors: list, summed: set[int]) -> tuple[list, dict[int, int]] | None:
    """Return (one half of the tensors, the index of the other half for each of its own), None where they differ."""
    rest, left, partner = list(tensors), [], {}
    while rest:
        operation, indices = rest.pop()
        others = [t for t in rest if t[0] is operation]
        for other in others:
            pairs = [(a, b) for a, b in zip(indices, other[1]) if not (a == b and a in summed)]
            for ways in (pairs, [(b, a) for a, b in pairs]):
                if all(_fits(a, b, partner, summed) for a, b in ways):
                    break
            else:
                continue
            rest.remove(other)
            left.append((operation, indices if ways is pairs else other[1]))
            partner.update(ways)
            break
        else:
            return None
    return left, partner


def _fits(a: int, b: int, partner: dict[int, int], summed: set[int]) -> bool:
    """Whether index b of the other half can stand for index a of the one."""
    if a in summed or b in summed or a == b:
        return False
    taken = a in partner.values() or b in partner
    return not taken and partner.get(a, b) == b and (a in partner or b not in partner.values())


def _needed(rest: list[tuple[Operation, tuple[int, ...]]], kept: set[int]) -> set[int]:
    return set(kept).union(*[indices for _, indices in rest])


def _summed_alone(
    graph: Graph,
    tensor: tuple[Operation, tuple[int, ...]],
    tensors: list[tuple[Operation, tuple[int, ...]]],
    kept: set[int],
    sizes: list[Expr],
) -> tuple[Operation, tuple[int, ...]]:
    """Sum over the indices that no other tensor has."""
    operation, indices = tensor
    others = _needed([t for t in tensors if t is not tensor], kept)
    for index in [i for i in indices if i not in others]:
        axis = indices.index(index)
        indices = tuple(i for i in indices if i != index)
        operation = graph.make("sum", (operation,), axis, tuple(sizes[i] for i in indices))
    return operation, indices


def _next_pair(
    tensors: tuple[tuple[tuple[int, ...], Operation], ...], kept: frozenset[int], usual: list[float]
) -> tuple[int, int] | None:
    """Return the places of the two tensors to contract next, None where no summed index is left."""
    if all(set(indices) <= kept for indices, _ in tensors):
        return None
    if len(tensors) > _MOST:
        return min(_pairs(tensors, kept), key=lambda pair: _cost(tensors, pair, kept, usual)[0])
    return _best(tensors, kept, usual)[2]


def _pairs(
    tensors: tuple[tuple[tuple[int, ...], Operation | None], ...], kept: frozenset[int]
) -> list[tuple[int, int]]:
    count = range(len(tensors))
    return [(i, j) for i in count for j in count if i < j and (set(tensors[i][0]) & set(tensors[j][0])) - kept]


def _cost(
    tensors: tuple[tuple[tuple[int, ...], Operation | None], ...],
    pair: tuple[int, int],
    kept: frozenset[int],
    usual: list[float],
) -> tuple[float, tuple[tuple[tuple, Operation | None], ...]]:
    """Return (what it costs, the tensors after) of contracting a pair; ``usual``: sizes of the indices."""
    one, other = tensors[pair[0]][0], tensors[pair[1]][0]
    rest = tuple(t for place, t in enumerate(tensors) if place not in pair)
    needed = kept.union(*[indices for indices, _ in rest])
    result = tuple(i for i in dict.fromkeys((*one, *other)) if i in needed)
    summed = set(one) & set(other) - needed
    batch = set(one) & set(other) & needed
    work = prod(usual[i] for i in {*one, *other}) * (_BATCH if summed and batch else 1.0)
    work += ENTRY * prod(usual[i] for i in result)
    return work, (*rest, (result, None))


def _best(
    tensors: tuple[tuple[tuple[int, ...], Operation | None], ...], kept: frozenset[int], usual: list[float]
) -> tuple[float, int, tuple[int, int] | None]:
    """Return (cost, whether the first pair is of two matrices, first pair) of the cheapest order."""
    pairs = _pairs(tensors, kept)
    if not pairs:
        return 0.0, 0, None
    options = []
    for pair in pairs:
        work, after = _cost(tensors, pair, kept, usual)
        one, other = tensors[pair[0]][1], tensors[pair[1]][1]
        options.append((work + _best(after, kept, usual)[0], int(one is None or one is not other), pair))
    return min(options)


def _joined(
    graph: Graph,
    left: tuple[Operation, tuple[int, ...]],
    right: tuple[Operation, tuple[int, ...]],
    needed: set[int],
    sizes: list[Expr],
    places: list[int],
) -> tuple[Operation, tuple[int, ...]]:
    """Return the contraction of two tensors over the indices that are not needed any more."""
    one, other = left[1], right[1]
    shared = [i for i in one if i in other]
    summed = [i for i in shared if i not in needed]
    batch = [i for i in shared if i in needed]
    first, last = [i for i in one if i not in shared], [i for i in other if i not in shared]
    result = (*batch, *first, *last)
    if not summed:
        # in the order of the result, so that equal products of entries are one; of one that has all indices, in its
        order = [*shared, *places, *result]
        whole = next((indices for indices in (one, other) if set(indices) == set(result)), None)
        result = whole or tuple(sorted(result, key=order.index))
        parts = [arranged(graph, t, result, sizes) for t in sorted((left, right), key=_by_place)]
        return graph.multiply(*parts), result
    shape = [_size(batch, sizes)] if batch else []
    a = _grouped(graph, left, [*([batch] if batch else []), first, summed], sizes)
    b = _grouped(graph, right, [*([batch] if batch else []), summed, last], sizes)
    shape += [_size(first, sizes), _size(last, sizes)]
    if not batch and not first and len(last) <= 1:
        a, shape = _reshaped(graph, a, (_size(summed, sizes),)), shape[1:]
    if not batch and not last and len(first) <= 1:
        b, shape = _reshaped(graph, b, (_size(summed, sizes),)), shape[:-1]
    product = graph.make("matmul", (a, b), shape=tuple(shape)) if batch else _multiplied(graph, a, b)
    return _reshaped(graph, product, tuple(sizes[i] for i in result)), result


def _multiplied(graph: Graph, a: Operation, b: Operation) -> Operation:
    """Return a product of matrices as all others are: planned with the factors of both, a square by its half."""
    if a.kind == b.kind == "transpose":
        return graph.transpose(graph.product(b.operands[0], a.operands[0]))
    factors = []
    for factor in (a, b):
        inner = factor.operands[0] if factor.kind == "transpose" else factor
        if factor is not inner and inner.kind == "product":
            factors += [graph.transpose(f) for f in reversed(inner.operands)]
        else:
            factors.append(factor)
    return graph.product(*factors)


def _by_place(tensor: tuple[Operation, tuple[int, ...]]) -> int:
    return tensor[0].place


def _size(indices: list[int], sizes: list[Expr]) -> Expr:
    return Mul(*[sizes[i] for i in indices])


def _reshaped(graph: Graph, operation: Operation, shape: tuple[Expr, ...]) -> Operation:
    if operation.shape == shape:
        return operation
    if len(operation.shape) == 1 and len(shape) == 2 and ONE in shape:
        return graph.expand(operation, shape.index(ONE))
    return graph.make("reshape", (operation,), shape=shape)


def _permuted(graph: Graph, tensor: tuple[Operation, tuple[int, ...]], order: list[int]) -> Operation:
    """Return the operation with its axes in the order of the indices."""
    operation, indices = tensor
    axes = tuple(indices.index(i) for i in order)
    if axes == tuple(range(len(axes))):
        return operation
    if axes == (1, 0):
        return graph.transpose(operation)
    shape = tuple(operation.shape[axis] for axis in axes)
    return graph.make("permute", (operation,), axes, shape)


def _grouped(
    graph: Graph, tensor: tuple[Operation, tuple[int, ...]], groups: list[list[int]], sizes: list[Expr]
) -> Operation:
    """Return the operation with one axis for every group of indices."""
    operation = _permuted(graph, tensor, [i for group in groups for i in group])
    return _reshaped(graph, operation, tuple(_size(group, sizes) for group in groups))


def arranged(
    graph: Graph, tensor: tuple[Operation, tuple[int, ...]], order: Sequence[int], sizes: list[Expr]
) -> Operation:
    """Return the operation with an axis for every index of ``order``, of size 1 where it does not have the index."""
    own = [i for i in order if i in tensor[1]]
    operation = _permuted(graph, tensor, own)
    return _reshaped(graph, operation, tuple(sizes[i] if i in own else ONE for i in order))


def assembled(
    graph: Graph,
    tensors: list[tuple[Operation, tuple[int, ...]]],
    scalars: list,
    rows: list[int],
    cols: list[int],
    shape: tuple[Expr, Expr],
    target: Target,
    sizes: list[Expr],
) -> Operation:
    """Return the matrix of the product of the remaining tensors, with these row and column indices.

    An index that occurs twice puts the entries on a diagonal of zeros.
    """
    places = [*rows, *cols]
    distinct = list(dict.fromkeys(places))
    if len(distinct) == len(places):
        whole = tuple(sizes[i] for i in places)
        product = graph.multiply(*scalars, *[arranged(graph, t, places, sizes) for t in tensors])
        return _reshaped(graph, graph.full(product, whole), shape)
    if len(places) == 2 and shape == (sizes[places[0]],) * 2:
        vector = graph.multiply(*scalars, *[arranged(graph, t, distinct, sizes) for t in tensors])
        return graph.diagonal(graph.full(vector, shape[:1]))
    whole = tuple(sizes[i] for i in places)
    if target.scatters:
        # blocks that repeat a number or a row are not filled in: they broadcast where they are written
        blocks = graph.multiply(*scalars, *[arranged(graph, t, distinct, sizes) for t in tensors])
        letters = {index: "abcdefghijklmnopqrstuvwxyz"[place] for place, index in enumerate(distinct)}
        data = "".join(letters[i] for i in places) + "->" + "".join(letters[i] for i in distinct)
        return _reshaped(graph, graph.make("scatter", (blocks,), data, whole), shape)
    return _with_identities(graph, tensors, scalars, places, shape, sizes)


def _with_identities(
    graph: Graph,
    tensors: list[tuple[Operation, tuple[int, ...]]],
    scalars: list,
    places: list[int],
    shape: tuple[Expr, Expr],
    sizes: list[Expr],
) -> Operation:
    """Return the matrix with an identity in the place of every index that occurs twice."""
    sizes, tensors, fresh = list(sizes), list(tensors), []
    for index in places:
        if index in fresh:
            sizes.append(sizes[index])
            other = len(sizes) - 1
            tensors.append((graph.eye(sizes[index]), (index, other)))
            index = other
        fresh.append(index)
    product = graph.multiply(*scalars, *[arranged(graph, t, fresh, sizes) for t in tensors])
    return _reshaped(graph, graph.full(product, tuple(sizes[i] for i in fresh)), shape)
