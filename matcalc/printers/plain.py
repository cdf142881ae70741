"""Sizes and shapes as declarations have them: 3, 'n', 'n*m'; () for a scalar, ('n', 1) for a column."""

from __future__ import annotations

from collections.abc import Mapping

from sympy import Expr, Integer

from ..algebra.expressions import ONE
from ..language.unparse import unparse
from ..presentation.forms import size_tree


def plain_size(size: Expr) -> int | str:
    """Return a size as an int or a text: 3, 'n', 'n*m', 'n*n'."""
    return int(size) if isinstance(size, Integer) else unparse(size_tree(size))


def plain_shape(shape: tuple[Expr, Expr]) -> tuple[int | str, ...]:
    """Return a shape as declarations have it: () for a scalar, ('n', 1) for a column, ('n', 'm')."""
    return () if tuple(shape) == (ONE, ONE) else tuple(plain_size(size) for size in shape)


def plain_shapes(shapes: Mapping[str, tuple[Expr, Expr]]) -> dict[str, tuple[int | str, ...]]:
    """Return the shapes of names as declarations have them."""
    return {name: plain_shape(shape) for name, shape in shapes.items()}
