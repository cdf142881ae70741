"""Twins in canonical form where real algebra leaves two: of a matrix and its transpose, of a product and its root."""

from __future__ import annotations

from sympy import Expr, Mul, Pow

from ..algebra.complexes import power_of_unit
from ..algebra.constructors import hadamard, power, transpose
from ..algebra.expressions import (
    ArrayFunction,
    Hadamard,
    MatrixPower,
    Power,
    ScalarFunction,
    Transpose,
    is_array,
)
from ..algebra.products import matrix_power
from ..algebra.substitute import rewrite


def settled_twin(expression: Expr) -> Expr:
    """Return an equal expression in which i has no powers, and of inv(S) and inv(S.T).T only one occurs."""
    return rewrite(rewrite(expression, power_of_unit), _settled)


def _settled(node: Expr) -> Expr:
    if isinstance(node, MatrixPower) and _prefers_transpose(node.args[0]):
        base, exponent = node.args
        turned = matrix_power(transpose(base), exponent)
        return Transpose.of((turned,), node.shape, turned.sign) if isinstance(turned, MatrixPower) else node
    if isinstance(node, ArrayFunction) and node.rule.commutes_with_transpose and len(node.args) == 1:
        if node.rule.matrix_function and _prefers_transpose(node.args[0]):
            turned = ArrayFunction(node.rule, (transpose(node.args[0]),), node.shape)
            return Transpose.of((turned,), node.shape, turned.sign)
    if isinstance(node, ScalarFunction) and node.rule.invariant and _prefers_transpose(node.args[0]):
        return ScalarFunction(node.rule, (transpose(node.args[0]), *node.args[1:]))
    if isinstance(node, Hadamard):
        return _without_roots(node)
    return _scalar_without_roots(node) if isinstance(node, Mul) else node


def _prefers_transpose(node: Expr) -> bool:
    """Return whether of a matrix and its transpose, with as many transposes each, the second is taken."""
    turned = transpose(node) if is_array(node) else node
    return turned.transposes == node.transposes and turned.key < node.key if is_array(node) else False


def _without_roots(node: Hadamard) -> Expr:
    """X*Y*(X*Y)**r as (X*Y)**(r + 1)."""
    factors = list(node.args)
    for factor in node.args:
        if isinstance(factor, Power) and not is_array(factor.args[1]) and isinstance(factor.args[0], Hadamard):
            base, exponent = factor.args
            others = [part for part in factors if part is not factor]
            if all(part in others for part in base.args):
                rest = [part for part in others if part not in base.args]
                return hadamard(*rest, power(base, exponent + 1))
    return node


def _scalar_without_roots(node: Mul) -> Expr:
    for factor in node.args:
        if isinstance(factor, Pow) and isinstance(factor.base, Mul) and factor.exp.is_Rational:
            others = [part for part in node.args if part is not factor]
            if all(part in others for part in factor.base.args):
                rest = [part for part in others if part not in factor.base.args]
                return Mul(*rest, Pow(factor.base, factor.exp + 1))
    return node
