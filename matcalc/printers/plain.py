"""Sizes and shapes as declarations have them: 3, 'n', 'n*m'; () for a scalar, ('n', 1) for a column."""

from __future__ import annotations

from collections.abc import Mapping

from sympy import Expr, Integer

from ..algebra.expressions import ONE
from ..language.nodes import Tree
from ..language.stacks import Stacks
from ..language.subscripts import whole_of
from ..language.unparse import unparse
from ..presentation.forms import size_tree


def plain_size(size: Expr) -> int | str:
    """Return a size as an int or a text: 3, 'n', 'n*m', 'n*n'."""
    return int(size) if isinstance(size, Integer) else unparse(size_tree(size))


def plain_shape(shape: tuple[Expr, Expr]) -> tuple[int | str, ...]:
    """Return a shape as declarations have it: () for a scalar, ('n', 1) for a column, ('n', 'm')."""
    return () if tuple(shape) == (ONE, ONE) else tuple(plain_size(size) for size in shape)


def plain_shapes(
    shapes: Mapping[str, tuple[Expr, Expr]], stacks: Stacks | None = None
) -> dict[str, tuple[int | str, ...]]:
    """Return the shapes of names as declarations have them, three sizes of a stack of matrices."""
    found = {name: plain_shape(shape) for name, shape in shapes.items()}
    return found | {name: tuple(map(plain_tree, sizes)) for name, sizes in (stacks or {}).items()}


def plain_tree(size: Tree) -> int | str:
    """Return the tree of a size as an int or a text."""
    number = whole_of(size)
    return unparse(size) if number is None else number
