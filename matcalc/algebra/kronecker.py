"""Checked constructors of Kronecker products and vec."""

from __future__ import annotations

from sympy import Expr, Mul

from .constants import eye, is_constant, ones, size_product, zero_of
from .constructors import add, scale, transpose
from .expressions import (
    ONE,
    Array,
    ArrayFunction,
    FrechetDerivative,
    Kronecker,
    MatMul,
    Sum,
    Transpose,
    Vec,
    coefficient,
    is_array,
)
from .linear import outer_product
from .registry import TRANSPOSERS


def kronecker(*factors: Expr) -> Array:
    """kron(A, B, …): flat, scalars taken out, neighbouring identities joined."""
    scalars, parts = [], []
    for factor in factors:
        scalar, array = coefficient(factor) if is_array(factor) else (factor, None)
        scalars.append(scalar)
        if array is not None:
            parts.extend(array.args if isinstance(array, Kronecker) else (array,))
    joined = []
    for part in parts:
        together = _join_tensor(joined[-1], part) if joined else None
        if together is None:
            joined.append(part)
        else:
            joined[-1] = together
    if not joined:
        return Mul(*scalars)
    rows, cols = size_product(*[p.rows for p in joined]), size_product(*[p.cols for p in joined])
    if any(is_constant(p, "zeros") for p in joined):
        return zero_of((rows, cols))
    if len(joined) == 1:
        return scale(Mul(*scalars), joined[0])
    sign = 1 if all(p.sign == 1 for p in joined) else 0
    return scale(Mul(*scalars), Kronecker.of(joined, (rows, cols), sign))


def _join_tensor(left: Array, right: Array) -> Array | None:
    """Return kron(left, right) where it is a simpler array, else None."""
    if is_constant(left, "eye") and is_constant(right, "eye"):
        return eye(left.rows * right.rows)
    if is_constant(left, "ones") and is_constant(right, "ones"):
        return ones(left.rows * right.rows, left.cols * right.cols)
    if left.is_column and right.is_row:
        return outer_product(left, right)
    if left.is_row and right.is_column:
        return outer_product(right, left)
    return None


def vec(node: Expr) -> Expr:
    """vec(X): the columns stacked; a column is its own, a row becomes its transpose."""
    if not is_array(node) or node.is_column:
        return node
    if node.is_row:
        return transpose(node)
    scalar, array = coefficient(node)
    shape = (size_product(array.rows, array.cols), ONE)
    if is_constant(array, "zeros") or is_constant(array, "ones"):
        return scale(scalar, ones(*shape)) if array.name == "ones" else zero_of(shape)
    if _is_unvec(array):
        return scale(scalar, array.args[0])
    if isinstance(array, MatMul) and len(array.args) == 2 and array.args[0].is_column:
        return scale(scalar, kronecker(transpose(array.args[1]), array.args[0]))
    if isinstance(array, Sum) and any(isinstance(vec(term), Kronecker) for term in array.args):
        return scale(scalar, add(*[vec(term) for term in array.args]))
    return scale(scalar, Vec.of((array,), shape, array.sign))


def unvec(node: Expr, rows: Expr, cols: Expr) -> Expr | None:
    """unvec(x, n, m) where it simplifies: of vec(X), of a column or a row, of what is 0 or 1 everywhere; else None."""
    if cols == 1 or not is_array(node):
        return node
    if rows == 1:
        return transpose(node)
    scalar, array = coefficient(node)
    if isinstance(array, Vec) and array.args[0].shape == (rows, cols):
        return scale(scalar, array.args[0])
    if is_constant(array, "zeros") or is_constant(array, "ones"):
        return scale(scalar, ones(rows, cols)) if array.name == "ones" else zero_of((rows, cols))
    return None


def _is_unvec(array: Array) -> bool:
    return isinstance(array, ArrayFunction) and array.rule.operation == "unvec"


def _transpose_vec(node: Array) -> Array:
    return Transpose.of((node,), (node.cols, node.rows))


TRANSPOSERS.update(
    {
        Kronecker: lambda node: kronecker(*[transpose(a) for a in node.args]),
        Vec: _transpose_vec,
        FrechetDerivative: _transpose_vec,
    }
)
