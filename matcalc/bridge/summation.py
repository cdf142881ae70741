"""Sums over entries, as SymPy writes the entry of a product, back to matrix products.

``(x.T*A*x)[0, 0]`` is ``Sum(A[i, j]*x[i, 0]*x[j, 0], (i, 0, n - 1), (j, 0, n - 1))`` in SymPy. A scalar in which
indices are free is kept as a list of factors; a factor is an array with one axis for each index, at most two: a
column for one index, a matrix for two. A sum multiplies the factors that share its index, and the index is gone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from ..errors import ConversionError
from ..language.subscripts import Range, subscript
from ..language.syntax import Binary, Call, Number, Tree
from .trees import ONE, call, chain, scaled, size, transposed

if TYPE_CHECKING:
    from sympy import Expr


class Factor(NamedTuple):
    """A surface tree and the indices of its axes: () for a scalar, (i,) a column, (i, j) a matrix."""

    tree: object
    axes: tuple = ()


class Unlifted(ConversionError):
    """A sum over entries that is no product of matrices by what this module knows; the language may bring it there."""


def index_sizes(sums: Iterable) -> dict[Expr, Expr]:
    """Return {index: its number of values} of SymPy's sums.

    Raises ConversionError for a sum that does not begin at 0, or an index of two sums of different sizes.
    """
    found = {}
    for node in sums:
        for limits in node.limits:
            if len(limits) != 3 or limits[1] != 0:
                raise Unlifted(
                    f"the sum over {limits[0]} does not run over all entries of an array",
                    hint="sum from 0 to n - 1, or write the sum as a product: (x.T*A*x)[0, 0]",
                )
            count = limits[2] + 1
            if found.setdefault(limits[0], count) != count:
                raise Unlifted(
                    f"two sums of different lengths have the index {limits[0]}", hint="rename one of them"
                )
    for index, count in found.items():
        if count.free_symbols & found.keys():
            raise Unlifted(
                f"the range of the index {index} depends on another index",
                hint="write the expression with matrix products",
            )
    return found


def oriented(factor, axes):
    """Return the tree of a factor, broadcast where it has fewer axes than ``axes`` (two at most)."""
    if not factor.axes or factor.axes == axes or factor.axes == axes[:1]:
        return factor.tree
    return transposed(factor.tree)


def joined(op: Callable, factors: list[Factor], what: str) -> Factor:
    """Return the one factor that elementwise ``op`` makes of factors; at most two indices may occur in them.

    ``op``: a function of the list of trees. Raises ConversionError, which says ``what`` it was.
    """
    axes = tuple(dict.fromkeys(axis for factor in factors for axis in factor.axes))
    if len(axes) > 2:
        raise Unlifted(f"{what} of entries with more than two indices", hint="write it with matrix products")
    if any(factor.axes == axes[::-1] and len(axes) == 2 for factor in factors) and not any(
        factor.axes == axes for factor in factors
    ):
        axes = axes[::-1]
    return Factor(op([oriented(factor, axes) for factor in factors]), axes)


def dense(factors):
    """Return the product of factors as one factor."""
    if len(factors) == 1:
        return factors[0]
    return joined(lambda trees: scaled(trees[:-1], trees[-1]), factors, "a product")


def summed(factors: list[Factor], indices: list[Expr], sizes: Mapping[Expr, Expr]) -> list[Factor]:
    """Return the factors of the sum of a product over ``indices``; ``sizes``: the number of values of each."""
    factors, left = list(factors), list(indices)
    while left:
        index = min(reversed(left), key=lambda i: len(_neighbours(factors, i)))
        left.remove(index)
        inside = [factor for factor in factors if index in factor.axes]
        if len(_neighbours(factors, index)) > 2:
            raise Unlifted(
                f"the sum over {index} joins more than two other indices",
                hint="write the expression with matrix products",
            )
        outside = [factor for factor in factors if index not in factor.axes]
        factors = [*outside, _contracted(inside, index, size(sizes[index]))]
    return factors


def _neighbours(factors: list[Factor], index: Expr) -> tuple[Expr, ...]:
    return tuple(dict.fromkeys(a for f in factors if index in f.axes for a in f.axes if a != index))


def _contracted(factors, index, count):
    """Return the sum of the product of the factors over an index that they all have."""
    if not factors:
        return Factor(count)
    columns = [factor.tree for factor in factors if factor.axes == (index,)]
    others = _neighbours(factors, index)
    matrices = [_matrix(factors, index, other) for other in others]
    if not others:
        if len(columns) == 1:
            return Factor(_entry_sum(columns[0]))
        return Factor(Binary("@", transposed(columns[0]), chain("*", columns[1:])))
    column = chain("*", columns) if columns else None
    if len(others) == 1:
        return Factor(Binary("@", transposed(matrices[0]), call("ones", count) if column is None else column), others)
    right = matrices[1] if column is None else Binary("@", call("diag", column), matrices[1])
    return Factor(Binary("@", transposed(matrices[0]), right), others)


def _entry_sum(column):
    """Return the sum of a column's entries: tr(A) for the diagonal of A, x.T@x for x**2."""
    if isinstance(column, Call) and column.function == "diag":
        return call("tr", *column.args)
    is_power = isinstance(column, Binary) and column.op == "**" and isinstance(column.right, Number)
    if is_power and column.right.value == 2:
        return Binary("@", transposed(column.left), column.left)
    return call("sum", column)


def _matrix(factors, row, column):
    """Return the elementwise product of the factors with exactly these two indices, as a matrix."""
    return chain("*", [oriented(f, (row, column)) for f in factors if set(f.axes) == {row, column}])


def entry(tree: Tree, shape: tuple[Expr, Expr], indices: list[Expr], sizes: Mapping[Expr, Expr]) -> Factor:
    """Return the factor that ``A[i, j]`` is; ``tree`` and ``shape`` are those of A.

    An index of a sum becomes an axis; any other one is the index of an entry, a row or a column.
    """
    axes, chosen = [], []
    for index, length in zip(indices, shape):
        is_axis = index in sizes
        if is_axis and sizes[index] != length:
            raise Unlifted(
                f"the sum over {index} runs over {sizes[index]} of {length} entries",
                hint="sum over all entries: from 0 to n - 1",
            )
        if not is_axis and index.free_symbols & sizes.keys():
            raise Unlifted(
                f"the entry with index {index} shifts a sum's index", hint="write it with matrix products"
            )
        axes += [index] if is_axis else []
        chosen.append(None if is_axis or length == 1 else _index(index))
    if len(axes) == 2 and axes[0] == axes[1]:
        return Factor(call("diag", tree), (axes[0],))
    if shape == (1, 1):
        return Factor(tree)
    tree = part(tree, shape, [Range(None, None) if place is None else place for place in chosen])
    return Factor(transposed(tree) if len(axes) == 1 and indices[1] in sizes else tree, tuple(axes))


def part(tree: Tree, shape: tuple[Expr, Expr], places: list[Tree | Range]) -> Tree:
    """Return the tree of tree[places]; a column and a row have one place."""
    rows, columns = places
    return subscript(tree, [rows] if shape[1] == 1 else [columns] if shape[0] == 1 else [rows, columns])


def _index(index):
    if index.is_Integer and index < 0:
        raise ConversionError(f"an entry cannot be taken at index {index}", hint="count from 0")
    return size(index)


def delta(indices, sizes):
    """Return the factor of KroneckerDelta(i, j) where i or j is a sum's index."""
    axes = tuple(index for index in indices if index in sizes)
    if not axes:
        raise ConversionError("KroneckerDelta of indices that no sum runs over", hint="use Identity(n) and its entries")
    count = size(sizes[axes[0]])
    if len(axes) == 2:
        return Factor(call("eye", count), axes) if axes[0] != axes[1] else Factor(ONE)
    (fixed,) = [index for index in indices if index not in sizes]
    if fixed.free_symbols & sizes.keys():
        raise Unlifted(f"KroneckerDelta with index {fixed} shifts a sum's index", hint="write it with matrix products")
    return Factor(call("e", _index(fixed), count), axes)
