"""Partial traces: ptrace(kron(A, B), k, axis=0) is tr(A)*B for A of k×k (Nielsen & Chuang 2010, 2.4.3)."""

from __future__ import annotations

from collections.abc import Callable

from sympy import Expr

from ..rulebook.files import standard_rules
from .constants import eye, is_constant, size_product
from .constructors import add, scale
from .expressions import ONE, Array, Kronecker, MatMul, Sum, coefficient, is_array
from .kronecker import kronecker
from .products import matmul
from .traces import trace


def partial_trace(axis: int) -> Callable[[Expr, Expr], Expr | None]:
    """Return the function that gives a partial trace where it simplifies, None elsewhere; ``axis``: which factor."""

    def simplified(node: Expr, k: Expr) -> Expr | None:
        if k == 1:
            return node
        scalar, array = coefficient(node) if is_array(node) else (ONE, node)
        if array.shape == (k, k):
            return scale(scalar, trace(array))
        found = _of_array(array, k, axis)
        return None if found is None else scale(scalar, found)

    return simplified


def _of_array(array: Array, k: Expr, axis: int) -> Expr | None:
    if is_constant(array, "eye"):
        return scale(k, eye(size_product(array.rows, ONE / k)))
    if isinstance(array, Kronecker):
        return _of_kronecker(array.args, k, axis)
    if isinstance(array, MatMul):
        return _of_product(array.args, k, axis)
    if isinstance(array, Sum):
        parts = [_of_array(coefficient(term)[1], k, axis) for term in array.args]
        if any(part is not None for part in parts):
            return add(*[_term(term, part, k, axis) for term, part in zip(array.args, parts)])
    return None


def _term(term: Array, part: Expr | None, k: Expr, axis: int) -> Expr:
    scalar, array = coefficient(term)
    if part is None:
        identity = f"ptrace(X, k, axis={axis})"
        part = next(rule for rule in standard_rules() if rule.id == identity).apply(array, k)
    return scale(scalar, part)


def _of_kronecker(factors: tuple[Array, ...], k: Expr, axis: int) -> Expr | None:
    """Return tr(A)*B of kron(A, B) where A has k rows and columns, tr(B)*A for axis 1."""
    for count in range(1, len(factors)):
        left, right = kronecker(*factors[:count]), kronecker(*factors[count:])
        inner, outer = (left, right) if axis == 0 else (right, left)
        if is_array(inner) and inner.shape == (k, k):
            return scale(trace(inner), outer)
    return None


def _of_product(chain: tuple[Array, ...], k: Expr, axis: int) -> Expr | None:
    """Take kron(U, eye(k)) out of the partial trace of its product with a matrix, U @ ptrace(X) (axis 1)."""
    for end in (0, -1):
        outer = _beside_identity(chain[end], k, axis)
        if outer is not None:
            rest = matmul(*(chain[1:] if end == 0 else chain[:-1]))
            inner = _term(rest, _of_array(coefficient(rest)[1], k, axis) if is_array(rest) else None, k, axis)
            return matmul(outer, inner) if end == 0 else matmul(inner, outer)
    return None


def _beside_identity(factor: Array, k: Expr, axis: int) -> Expr | None:
    """Return U where the factor is kron(U, eye(k)), or kron(eye(k), U) for axis 0."""
    if not isinstance(factor, Kronecker):
        return None
    place = 0 if axis == 0 else -1
    if not is_constant(factor.args[place], "eye") or factor.args[place].rows != k:
        return None
    return kronecker(*(factor.args[1:] if axis == 0 else factor.args[:-1]))
