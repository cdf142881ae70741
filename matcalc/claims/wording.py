"""Shapes of derivatives and values of arrays as messages show them."""

from __future__ import annotations

from ..algebra.expressions import is_array
from ..calculus.differentiate import natural_shape
from ..printers.plain import plain_shape
from ..words import LAYOUT_NAMES, shown_shape


def derivative_shape(query, layout):
    """Return (rows, columns) of the derivative in a layout, as texts."""
    elaborated = query.elaborated
    symbol = query.variable
    rows, cols = natural_shape(elaborated.expression, symbol, query.order)
    array = is_array(elaborated.expression)
    hessian = query.order == 2 and not array and is_array(symbol)
    if not hessian and layout == ("denom" if array else "num"):
        rows, cols = cols, rows
    return tuple(str(size) for size in plain_shape((rows, cols)) or (1, 1))


def shape_text(shape):
    """Return a shape as n×m, or scalar."""
    if tuple(map(str, shape)) == ("1", "1"):
        return "scalar"
    return shown_shape(shape)


def possible_shapes(query, layouts):
    """Say which shape the derivative has: 'n×1 in denominator layout, 1×n in numerator layout'."""
    shapes = {layout: shape_text(derivative_shape(query, layout)) for layout in layouts}
    if len(set(shapes.values())) == 1:
        return next(iter(shapes.values()))
    return ", ".join(f"{shape} in {LAYOUT_NAMES[layout]}" for layout, shape in shapes.items())


def in_layout(case, layout):
    """Return ', in numerator layout' where it is not the layout that was asked for."""
    return "" if layout in case.layouts else f", in {LAYOUT_NAMES[layout]}"
