"""Slices with a step as products, and what products with the matrices that select them simplify to."""

from __future__ import annotations

from collections.abc import Callable

from sympy import Expr

from .constants import eye, is_constant, ones, shape_of, unit, zero_of
from .constructors import transpose
from .expressions import STRIDE, Array, Transpose
from .products import matmul
from .strides import Stride, stride, stride_of, taken


def _rows(node: Expr, start: Expr, stop: Expr | None, step: Expr) -> Expr:
    return matmul(transpose(taken(start, stop, step, shape_of(node)[0])), node)


def _columns(node: Expr, start: Expr, stop: Expr | None, step: Expr) -> Expr:
    return matmul(node, taken(start, stop, step, shape_of(node)[1]))


STEPPING: dict[str, Callable[..., Expr]] = {
    "rows_by": _rows,
    "rows_by_from": lambda node, start, step: _rows(node, start, None, step),
    "columns_by": _columns,
    "columns_by_from": lambda node, start, step: _columns(node, start, None, step),
}


def joined_strides(left: Array, right: Array) -> list[Expr] | None:
    """Return what two factors of a product simplify to of which one takes places with a step, None for others.

    It ends: there is one factor less, or both are constants.
    """
    if not any(is_constant(part.args[0] if isinstance(part, Transpose) else part, STRIDE) for part in (left, right)):
        return None
    above, beside = _rows_taken(left), _rows_taken(right)
    if above is not None and beside is not None:
        return [transpose(stride(beside.of(above)))]
    if above is not None:
        found = _rows_of(above, right)
        if found is not None:
            return [found]
    before, after = stride_of(left), stride_of(right)
    if before is not None and after is not None:
        return [stride(before.of(after))]
    if after is not None:
        found = _rows_of(after, transpose(left))
        return None if found is None else [transpose(found)]
    return None


def _rows_taken(factor: Array) -> Stride | None:
    """Return the places of which a factor takes the rows of what is on its right."""
    if isinstance(factor, Transpose):
        return stride_of(factor.args[0])
    places = stride_of(factor)
    return places if places is not None and places.is_reversal else None


def _rows_of(places: Stride, node: Array) -> Expr | None:
    """Return the rows of a constant, None where that is not known."""
    if is_constant(node, "ones"):
        return ones(places.count, node.cols)
    other = stride_of(node)
    if other is None:
        return None
    if other == places:
        return eye(places.count)
    if other.count == 1:
        return _of_unit(places, other.start)
    if places.count == 1:
        found = _of_unit(other, places.start)
        return None if found is None else transpose(found)
    apart = places.start - other.start
    if places.step == other.step and apart.is_Integer and apart % places.step != 0:
        return zero_of((places.count, other.count))
    return None


def _of_unit(places: Stride, index: Expr) -> Expr | None:
    number = places.place_of(index)
    if number is None:
        return None
    return zero_of((places.count, shape_of(index)[1])) if number == -1 else unit(number, places.count)
