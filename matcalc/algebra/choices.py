"""Conditions, which are 1 or 0 entry by entry, and choices by them."""

from __future__ import annotations

from sympy import Add, Expr, Mul

from .constants import is_constant, ones, shape_of, zero_of
from .constructors import broadcast, broadcast_sum, common_shape, hadamard, negate, repeated, scale
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


def choice(condition: Expr, one: Expr, other: Expr) -> Expr | None:
    """Return where(condition, one, other) where it is simpler than that, else None."""
    shape = common_shape(condition, one, other)
    if _is_number(condition, 0, 1):
        return broadcast(one if _is_number(condition, 1) else other, shape)
    if one == other:
        return broadcast(one, shape)
    if not is_condition(condition):
        return None
    if _is_number(one, 1) and _is_number(other, 0):
        return broadcast(condition, shape)
    if _is_number(one, 0) and _is_number(other, 1):
        return broadcast(complement(condition), shape)
    return None


def complement(condition: Expr) -> Expr:
    """Return the condition that is 0 where this one is 1."""
    if isinstance(condition, (ArrayFunction, ScalarFunction)) and condition.rule.complement:
        return condition.rule.book.overloads(condition.rule.complement)[0].apply(*condition.args)
    return broadcast_sum(ones(*shape_of(condition)), negate(condition))


def is_condition(node: Expr) -> bool:
    """Return whether all entries of a node are known to be 0 or 1."""
    if _is_number(node, 0, 1):
        return True
    if isinstance(node, (ArrayFunction, ScalarFunction)):
        chosen = node.rule.operation == "choice" and all(map(is_condition, node.args[1:]))
        return bool(node.rule.complement) or chosen
    if isinstance(node, ArraySymbol):
        return "binary" in node.facts
    if isinstance(node, (Hadamard, Mul)):
        return all(map(is_condition, node.args))
    if isinstance(node, Transpose):
        return is_condition(node.args[0])
    if isinstance(node, (Sum, Add, Scale)):
        return _is_complement(node) or _is_either(node)
    line = repeated(node) if is_array(node) else None
    return line is not None and is_condition(line[0])


def _is_complement(node: Expr) -> bool:
    """Whether a sum is 1 - C for a condition C."""
    rest = broadcast_sum(ones(*shape_of(node)), negate(node))
    body = coefficient(rest)[1] if is_array(rest) else rest
    return not isinstance(body, (Sum, Add)) and is_condition(rest)


def _is_either(node: Expr) -> bool:
    """Whether a sum is C + D - C*D for conditions C and D."""
    scalar, body = coefficient(node) if is_array(node) else (1, node)
    terms = [_times(scalar, part) for part in body.args] if isinstance(body, (Sum, Add)) else []
    held = [term for term in terms if is_condition(term)]
    if len(terms) != 3 or len(held) != 2:
        return False
    both = hadamard(*held) if is_array(node) else Mul(*held)
    return _is_number(broadcast_sum(node, negate(held[0]), negate(held[1]), both), 0)


def _times(scalar: Expr, part: Expr) -> Expr:
    return scale(scalar, part) if is_array(part) else scalar * part


def _is_number(node: Expr, *numbers: int) -> bool:
    """Whether all entries of a node are one of these numbers."""
    if not isinstance(node, Array):
        return node in numbers
    if is_constant(node, "zeros") or node == zero_of(node.shape):
        return 0 in numbers
    factor, array = coefficient(node)
    return is_constant(array, "ones") and factor in numbers
