"""The degree of an expression as a polynomial in some of its names."""

from __future__ import annotations

from sympy import Add, Expr, Mul, Pow

from ..algebra.expressions import (
    ArrayFunction,
    Diagonal,
    Hadamard,
    InnerProduct,
    Kronecker,
    MatMul,
    MatrixPower,
    Power,
    ScalarFunction,
    Scale,
    Sum,
    Trace,
    Transpose,
    Vec,
    dependent,
    is_array,
    postorder,
)

_SUMS = (Sum, Add)
_PRODUCTS = (Scale, MatMul, InnerProduct, Hadamard, Kronecker, Mul)
_LINEAR = (Transpose, Trace, Vec, Diagonal)
_POWERS = (Power, MatrixPower, Pow)


def degree(root: Expr, variables: set[Expr]) -> int | None:
    """Return a bound of the degree of ``root`` in the variables, None where it is not seen to be a polynomial."""
    depends = dependent(root, variables)
    found: dict[Expr, int | None] = {}
    for node in postorder(root):
        if node in variables:
            found[node] = 1
        elif node not in depends:
            found[node] = 0
        else:
            found[node] = _degree(node, found)
    return found[root]


def _degree(node: Expr, found: dict[Expr, int | None]) -> int | None:
    orders = [order for arg in node.args if (order := found.get(arg, 0)) is not None]
    if len(orders) < len(node.args):
        return None
    if isinstance(node, _SUMS):
        return max(orders)
    if isinstance(node, _PRODUCTS):
        return sum(orders)
    if isinstance(node, _LINEAR):
        return orders[0]
    if isinstance(node, _POWERS):
        exponent = node.args[1]
        whole = not is_array(exponent) and exponent.is_Integer and exponent >= 0
        return orders[0] * int(exponent) if whole and not orders[1] else None
    if isinstance(node, (ArrayFunction, ScalarFunction)) and node.rule.linear:
        varying = [p.name for p, order in zip(node.rule.params, orders) if order]
        return sum(orders) if all(name in node.rule.linear for name in varying) else None
    return None

