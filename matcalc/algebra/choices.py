"""Conditions, which are 1 or 0 entry by entry, and choices by them."""

from __future__ import annotations

from sympy import Add, Expr, Mul

from .constants import is_constant, ones, shape_of, zero_of
from .constructors import broadcast, broadcast_sum, common_shape, hadamard, repeated, scale
from .expressions import (
    Array,
    ArrayFunction,
    ArraySymbol,
    Hadamard,
    ScalarFunction,
    Scale,
    Sum,
    Transpose,
    coefficient,
    is_array,
)
from .linear import negate


def choice(condition: Expr, one: Expr, other: Expr) -> Expr | None:
    """Return where(condition, one, other) where it is simpler than that, else None."""
    shape = common_shape(condition, one, other)
    inner = _branch(one, condition, 1), _branch(other, condition, 2)
    if inner[0] is not one or inner[1] is not other:
        rule = (one if inner[0] is not one else other).rule
        return rule.apply(condition, *inner)
    if _is_number(condition, 0, 1):
        return broadcast(one if _is_number(condition, 1) else other, shape)
    if one == other:
        return broadcast(one, shape)
    binary = isinstance(condition, ArraySymbol) and "binary" in condition.facts
    if is_relation(condition) or binary or isinstance(condition, Scale) and is_condition(condition):
        if _is_number(one, 1) and _is_number(other, 0):
            return broadcast(condition, shape)
        if _is_number(one, 0) and _is_number(other, 1):
            return broadcast(complement(condition), shape)
    return None


def _branch(node: Expr, condition: Expr, place: int) -> Expr:
    """Return what a choice by the same condition has in a branch of another one."""
    chosen = isinstance(node, (ArrayFunction, ScalarFunction)) and node.rule.operation == "choice"
    return node.args[place] if chosen and node.args[0] == condition else node


def complement(condition: Expr) -> Expr:
    """Return the condition that is 0 where a comparison or an array of zeros and ones is 1."""
    if is_relation(condition):
        return condition.rule.book.overloads(condition.rule.complement)[0].apply(*condition.args)
    return broadcast_sum(ones(*shape_of(condition)), negate(condition))


def is_relation(node: Expr) -> bool:
    """Return whether a node is a comparison."""
    return isinstance(node, (ArrayFunction, ScalarFunction)) and bool(node.rule.complement)


def mask(node: Expr) -> tuple[Expr, bool] | None:
    """Return (condition, whether it holds) for a node that is 1 where a condition holds, or does not; else None."""
    if is_relation(node):
        opposite = complement(node)
        rules = node.rule.book.rules
        first = rules.index(node.rule) < rules.index(opposite.rule)
        return (node, True) if first else (opposite, False)
    if isinstance(node, (ArrayFunction, ScalarFunction)) and node.rule.operation == "choice":
        condition, one, other = node.args
        for holds in (True, False):
            if _is_number(one, holds) and _is_number(other, not holds):
                return condition, holds
    return None


def is_condition(node: Expr) -> bool:
    """Return whether all entries of a node are known to be 0 or 1."""
    if _is_number(node, 0, 1):
        return True
    if isinstance(node, (ArrayFunction, ScalarFunction)):
        return is_relation(node) or node.rule.operation == "choice" and all(map(is_condition, node.args[1:]))
    if isinstance(node, ArraySymbol):
        return "binary" in node.facts
    if isinstance(node, (Hadamard, Mul)):
        return all(map(is_condition, node.args))
    if isinstance(node, Transpose):
        return is_condition(node.args[0])
    if isinstance(node, Scale) and all(map(is_condition, node.args)):
        return True
    if isinstance(node, (Sum, Add, Scale)):
        return _is_complement(node) or _is_either(node)
    line = repeated(node) if is_array(node) else None
    return line is not None and is_condition(line[0])


def _is_complement(node: Expr) -> bool:
    """Whether a sum is 1 - C for a condition C."""
    rest = broadcast_sum(ones(*shape_of(node)), negate(node))
    scalar, body = coefficient(rest) if is_array(rest) else rest.as_coeff_Mul()
    return scalar == 1 and not isinstance(body, (Sum, Add)) and is_condition(body)


def _is_either(node: Expr) -> bool:
    """Whether a sum is C + D - C*D for conditions C and D."""
    scalar, body = coefficient(node) if is_array(node) else (1, node)
    terms = [scale(scalar, part) for part in body.args] if isinstance(body, (Sum, Add)) else []
    held = [term for term in terms if is_condition(term)]
    if len(terms) != 3 or len(held) != 2:
        return False
    both = hadamard(*held) if is_array(node) else Mul(*held)
    return _is_number(broadcast_sum(node, negate(held[0]), negate(held[1]), both), 0)


def _is_number(node: Expr, *numbers: int) -> bool:
    """Whether all entries of a node are one of these numbers."""
    if not isinstance(node, Array):
        return node in numbers
    if is_constant(node, "zeros") or node == zero_of(node.shape):
        return 0 in numbers
    factor, array = coefficient(node)
    return is_constant(array, "ones") and factor in numbers
