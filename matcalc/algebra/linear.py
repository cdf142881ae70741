"""Checked constructors of multiples, sums and repeated arrays, which are linear in what they are made of."""

from __future__ import annotations

from math import gcd, lcm

from sympy import Expr, Rational, S

from ..errors import ShapeError
from .constants import is_constant, ones, scalar_product, scalar_sum, shape_of, zero_of
from .expressions import ONE, ZERO, Array, Constant, MatMul, Scale, Sum, coefficient, is_array
from .registry import SUM_RULES

# from so many terms on a sum is not taken apart to change its sign
_WIDE = 8


def scale(scalar: Expr, node: Expr) -> Expr:
    """Return scalar * node, for an array or a scalar ``node``."""
    if not is_array(node):
        return scalar_product(scalar, node)
    if scalar is ONE:
        return node
    if scalar is ZERO or is_constant(node, "zeros"):
        return zero_of(node.shape)
    if isinstance(node, Scale):
        return scale(scalar_product(scalar, node.args[0]), node.args[1])
    sign = node.sign if scalar.is_number and scalar.is_positive else 0
    return Scale.of((scalar, node), node.shape, sign)


def negate(node: Expr) -> Expr:
    """Return -node."""
    return scale(S.NegativeOne, node)


# -- sums --------------------------------------------------------------------------------


def add(*terms: Expr) -> Expr:
    """Return the sum of arrays of one shape, or of scalars; like terms are collected.

    Raises ShapeError where the shapes differ: broadcasting is the caller's, see :func:`broadcast_sum`.
    """
    first = next((term for term in terms if isinstance(term, Array)), None)
    if first is None:
        return scalar_sum(*terms)
    shape = first.shape
    for term in terms:
        if shape_of(term) != shape:
            raise ShapeError(f"a sum of shapes {shape} and {shape_of(term)}")
    largest = max(terms, key=_width)
    if isinstance(largest, Scale) and largest.args[0] is S.NegativeOne and _width(largest) >= _WIDE:
        return negate(add(*map(negate, terms)))  # the terms of the largest sum stay as they are
    parts = _collected(terms)
    if not parts:
        return zero_of(shape)
    if len(parts) == 1:
        return parts[0]
    for rule in SUM_RULES:
        joined = rule(parts, shape)
        if joined is not None:
            return add(*joined)
    return _repeated_sum(parts, shape) or _primitive_sum(parts, shape)


def _width(term: Expr) -> int:
    """Return how many terms of a sum a term brings."""
    body = coefficient(term)[1]
    return len(body.args) if isinstance(body, Sum) else 1


def _collected(terms: tuple[Array, ...]) -> list[Array]:
    """Return the terms of a sum, those of sums in it among them, one for each array.

    The terms of a sum differ already: a sum that grows by a term at a time takes a look at each of the others, and no
    more.
    """
    found: dict[Array, Array] = {}
    meeting: dict[Array, list[Expr]] = {}
    for term in terms:
        sign, body = coefficient(term)
        if isinstance(body, Sum) and sign in (1, -1):
            parts = body.args if sign is ONE else [scale(sign, part) for part in body.args]
            added = {part.args[1] if isinstance(part, Scale) else part: part for part in parts}
        else:
            added = {body: term}
        for array in found.keys() & added.keys():
            meeting.setdefault(array, [coefficient(found[array])[0]]).append(coefficient(added[array])[0])
        found.update(added)
    for array, factors in meeting.items():
        found[array] = scale(scalar_sum(*factors), array)
    if not meeting and not any([isinstance(term, Constant) for term in terms]):
        return list(found.values())  # no zeros can be among them
    return [part for part in found.values() if not is_constant(part, "zeros")]


def _repeated_sum(parts: list[Array], shape: tuple[Expr, Expr]) -> MatMul | None:
    """Return the sum of columns (or rows) all repeated along one axis as one repeated sum, else None."""
    sides, inner = set(), []
    for part in parts:
        factor, array = coefficient(part)
        found = repeated(array)
        if found is None and not is_constant(array, "ones") or ONE in shape:
            return None
        sides.add(found[1] if found else None)
        inner.append((factor, found[0] if found else None))
    sides.discard(None)
    if len(sides) != 1:
        return None
    line = ones(shape[0]) if "column" in sides else ones(ONE, shape[1])
    return broadcast(add(*[scale(factor, line if array is None else array) for factor, array in inner]), shape)


def _primitive_sum(parts: list[Array], shape: tuple[Expr, Expr]) -> Array:
    """Return the sum with its rational content and sign taken out: 2*(A + B), not 2*A + 2*B."""
    parts = _in_order(parts)
    content = _rational_content(parts)
    if coefficient(parts[0])[0].as_coeff_Mul()[0].is_negative:
        content = -content
    if content is not ONE:
        parts = [_divided(part, content) for part in parts]
        if any([isinstance(part, Sum) or _width(part) > 1 and part.args[0] == -1 for part in parts]):
            return scale(content, add(*parts))
    result = Sum.of(parts, shape, 1 if all(p.sign == 1 for p in parts) else 0)
    return result if content is ONE else Scale.of((content, result), shape, result.sign if content > 0 else 0)


def _divided(part: Array, content: Expr) -> Array:
    return part.args[1] if isinstance(part, Scale) and part.args[0] is content else scale(1 / content, part)


def _in_order(parts: list[Array]) -> list[Array]:
    """Return terms in an order in which a sum and its transpose begin with the same; ranks are compared first."""
    arrays = [part.args[1] if isinstance(part, Scale) else part for part in parts]
    shared, own = [array.unoriented_key for array in arrays], [array.key for array in arrays]
    ranks, own_ranks = [key.rank for key in shared], [key.rank for key in own]
    found = sorted(zip(ranks, shared, own_ranks, own, range(len(parts))))
    return [parts[place] for *_, place in found]


def _rational_content(parts: list[Array]) -> Expr:
    scalars = [part.args[0] for part in parts if isinstance(part, Scale)]
    if not scalars:
        return ONE
    numerators, denominators = int(len(scalars) < len(parts)), 1
    for scalar in scalars:
        number = scalar.as_coeff_Mul()[0]
        if not number.is_Rational:
            return ONE
        numerators = gcd(numerators, abs(number.p))
        denominators = lcm(denominators, number.q)
    content = Rational(numerators, denominators)
    return content if content != 0 else ONE


# -- repeated arrays ---------------------------------------------------------------------


def broadcast(node: Expr, shape: tuple[Expr, Expr]) -> Expr:
    """Return the array repeated to the shape (rows, columns) as torch repeats it."""
    if shape_of(node) == shape:
        return node
    if not is_array(node):
        return scale(node, ones(*shape))
    factor, array = coefficient(node)
    if array.is_column and array.rows == shape[0]:
        return scale(factor, outer_product(array, ones(ONE, shape[1])))
    if array.is_row and array.cols == shape[1]:
        return scale(factor, outer_product(ones(shape[0]), array))
    raise ShapeError(f"{node.shape} does not broadcast to {shape}")


def outer_product(left: Array, right: Array) -> Array:
    """Return left @ right for a column and a row."""
    shape = (left.rows, right.cols)
    if is_constant(left, "zeros") or is_constant(right, "zeros"):
        return zero_of(shape)
    if is_constant(left, "ones") and is_constant(right, "ones"):
        return ones(*shape)
    left_factor, left = coefficient(left)
    right_factor, right = coefficient(right)
    factors = [f for side in (left, right) for f in (side.args if isinstance(side, MatMul) else (side,))]
    return scale(left_factor * right_factor, MatMul.of(factors, shape, left.sign * right.sign))


def repeated(node: Array) -> tuple[Array, str] | None:
    """Return (A, side) where the array is a column ('row of ones' on the right) or row A repeated, else None."""
    if not isinstance(node, MatMul):
        return None
    first, last = node.args[0], node.args[-1]
    if is_constant(last, "ones") and last.is_row and node.args[-2].is_column:
        return _part(node.args[:-1], (node.rows, ONE)), "column"
    if is_constant(first, "ones") and first.is_column:
        return _part(node.args[1:], (ONE, node.cols)), "row"
    return None


def _part(factors: tuple[Array, ...], shape: tuple[Expr, Expr]) -> Array:
    return factors[0] if len(factors) == 1 else MatMul.of(factors, shape, 1 if all(f.sign == 1 for f in factors) else 0)
