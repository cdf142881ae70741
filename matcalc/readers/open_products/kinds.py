"""Kinds of shapes as far as they are known: scalars, matrices, and whether two shapes can be one."""

from __future__ import annotations

from ...shapes.sizes import Size, find, is_one


def is_scalar(shape):
    """Return True or False where it is known whether a shape is 1×1, else None."""
    known = [is_one(size) for size in shape]
    return False if False in known else None if None in known else True


def is_matrix(shape):
    """Return True or False where it is known whether a shape is one of neither a scalar, a column nor a row."""
    known = [is_one(size) for size in shape]
    return False if True in known else None if None in known else True


def compatible(one, other):
    """Return whether nothing that is known forbids that two sizes are equal."""
    one, other = find(one), find(other)
    if isinstance(one, Size) or isinstance(other, Size):
        return {is_one(one), is_one(other)} != {True, False}
    return one == other


def fits(out, shape):
    """Return whether nothing that is known forbids that two shapes are equal."""
    return all(compatible(one, other) for one, other in zip(out, shape))
