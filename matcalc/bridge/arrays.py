"""SymPy's array expressions: contractions of tensor products, permuted axes, and whatever else has two axes in the end.

An array is read at indices, one for each axis: what stands there is a list of factors (see ``summation``), a
contraction is a sum over an index that two axes share, and a permutation puts the indices in another order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from sympy import Dummy, Expr, Lambda, NDimArray
from sympy.tensor.array.expressions import (
    ArrayAdd,
    ArrayContraction,
    ArrayDiagonal,
    ArrayElementwiseApplyFunc,
    ArraySymbol,
    ArrayTensorProduct,
    OneArray,
    PermuteDims,
    Reshape,
    ZeroArray,
)

from ..errors import ConversionError
from ..language.subscripts import NOWHERE, list_tree
from ..language.syntax import Name, Tree
from .indexed import as_matrix, refuse_axes
from .summation import Factor, dense, entry, joined, oriented, summed
from .trees import ONE, ZERO, call, scaled, size, total

if TYPE_CHECKING:
    from .reading import Reader

Indices = tuple[Expr, ...]


def rank(node: Expr) -> int:
    """Return how many axes an array, a matrix or a number has."""
    shape = getattr(node, "shape", ())
    return len(shape) if shape is not None else 0


def array(node: Expr, reader: Reader) -> Tree | list[Factor]:
    """Return the tree of an array of one axis, a column, or two; for one without axes the factors of a number."""
    refuse_axes(node, rank(node))
    indices = _indices(node.shape, reader)
    factor = dense(_at(node, indices, reader))
    if not indices:
        return [factor]
    if not factor.axes:
        rows, columns = (size(length) for length in as_matrix(node.shape))
        return scaled([factor.tree], call("ones", rows, columns) if len(indices) > 1 else call("ones", rows))
    if len(factor.axes) < len(indices):
        ones = Factor(call("ones", *(size(length) for length in node.shape)), indices)
        factor = dense([factor, ones])
    return oriented(factor, indices)


def _indices(shape: Sequence[Expr], reader: Reader) -> Indices:
    found = tuple(Dummy("axis", integer=True) for _ in shape)
    for length in shape:
        reader.names.size(length)
    reader.sizes.update(zip(found, shape))
    return found


def _at(node: Expr, indices: Indices, reader: Reader) -> list[Factor]:
    """Return the factors of an entry of an array."""
    if type(node) in _KINDS:
        return _KINDS[type(node)](node, indices, reader)
    if isinstance(node, NDimArray):
        return _leaf(_explicit(node, reader), node.shape, indices, reader)
    if rank(node):
        return _leaf(reader.tree(node, reader.values(node)), node.shape, indices, reader)
    return reader.factors(node, reader.values(node))


def _leaf(tree: Tree, shape: Sequence[Expr], indices: Indices, reader: Reader) -> list[Factor]:
    whole = as_matrix(shape)
    places = [*indices, *whole[len(indices) :]]  # the column of a vector is of length 1, and its index is left out
    return [entry(tree, whole, places, reader.sizes)]


def _symbol(node: ArraySymbol, indices: Indices, reader: Reader) -> list[Factor]:
    refuse_axes(node, rank(node))
    return _leaf(Name(reader.names.matrix(str(node.name), as_matrix(node.shape))), node.shape, indices, reader)


def _explicit(node: NDimArray, reader: Reader) -> Tree:
    refuse_axes(node, rank(node))

    def part(entries: NDimArray | Expr) -> Tree:
        if rank(entries):
            return list_tree([part(one) for one in entries], NOWHERE)
        return reader.tree(entries, reader.values(entries))

    return part(node)


def _product(node: ArrayTensorProduct, indices: Indices, reader: Reader) -> list[Factor]:
    found, place = [], 0
    for arg in node.args:
        found += _at(arg, indices[place : place + rank(arg)], reader)
        place += rank(arg)
    return found


def _contraction(node: ArrayContraction, indices: Indices, reader: Reader) -> list[Factor]:
    groups, shape = node.contraction_indices, node.expr.shape
    bound = _indices([shape[group[0]] for group in groups], reader)
    shared = {axis: index for group, index in zip(groups, bound) for axis in group}
    free = iter(indices)
    inner = tuple(shared[axis] if axis in shared else next(free) for axis in range(len(shape)))
    return summed(_at(node.expr, inner, reader), list(bound), reader.sizes)


def _diagonal(node: ArrayDiagonal, indices: Indices, reader: Reader) -> list[Factor]:
    """The axes that are not on a diagonal come first, then one for each diagonal."""
    groups = node.diagonal_indices
    free, bound = iter(indices), indices[len(indices) - len(groups) :]
    shared = {axis: index for group, index in zip(groups, bound) for axis in group}
    inner = tuple(shared[axis] if axis in shared else next(free) for axis in range(rank(node.expr)))
    return _at(node.expr, inner, reader)


def _permuted(node: PermuteDims, indices: Indices, reader: Reader) -> list[Factor]:
    inner = dict(zip(node.permutation.array_form, indices))
    return _at(node.expr, tuple(inner[axis] for axis in range(len(indices))), reader)


def _sum(node: ArrayAdd, indices: Indices, reader: Reader) -> list[Factor]:
    return [joined(total, [dense(_at(arg, indices, reader)) for arg in node.args], "a sum")]


def _applied(node: ArrayElementwiseApplyFunc, indices: Indices, reader: Reader) -> list[Factor]:
    function = node.function
    if not isinstance(function, Lambda):
        variable = Dummy("d")
        function = Lambda(variable, function(variable))
    bound = {function.variables[0]: dense(_at(node.expr, indices, reader))}
    return [dense(reader.factors(function.expr, reader.values(function.expr, bound)))]


def _filled(tree: Tree) -> Callable:
    return lambda node, indices, reader: [Factor(tree)]


def _reshaped(node: Reshape, indices: Indices, reader: Reader) -> list[Factor]:
    inner = array(node.expr, reader)
    if isinstance(inner, list):
        raise ConversionError("a number with another shape", hint="leave Reshape out")
    rows, columns = (size(length) for length in as_matrix(node.shape))
    return _leaf(call("reshape", inner, rows, columns), node.shape, indices, reader)


_KINDS = {
    ArraySymbol: _symbol,
    ArrayTensorProduct: _product,
    ArrayContraction: _contraction,
    ArrayDiagonal: _diagonal,
    PermuteDims: _permuted,
    ArrayAdd: _sum,
    ArrayElementwiseApplyFunc: _applied,
    ZeroArray: _filled(ZERO),
    OneArray: _filled(ONE),
    Reshape: _reshaped,
}
ARRAYS = (*_KINDS, NDimArray)
