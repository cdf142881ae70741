"""Rules for what is never zero, and for what is bounded by one."""

from __future__ import annotations

from ...algebra.constants import is_constant, ones
from ...algebra.constructors import add, scale
from ...algebra.expressions import ONE, ArraySymbol, Constant, Transpose, is_array
from ...rulebook.facts import within
from ..kinds import BOUND, NONZERO, SIGN
from ..parts import factors_of, opposite, power_of, signed, terms_of
from ..prover import Claim, Rule, all_of, one_of
from .functions import (
    CALCULUS,
    FUNCTION_BOUND_RULES,
    FUNCTION_NONZERO_RULES,
    FUNCTION_SUM_RULES,
    function_bounded,
)
from .signs import FACTS, given_at_once


def _of_one_sign(claim, given):
    """What is positive, or negative, is not zero."""
    node = claim.expression
    return (yield from one_of(Claim(SIGN, True, node), Claim(SIGN, True, opposite(node))))


def _nonzero_parts(claim, given):
    """A product or a power of what is not zero."""
    node = claim.expression
    if power_of(node):
        base, exponent = power_of(node)
        return () if exponent.is_negative else (yield from all_of(Claim(NONZERO, True, base)))
    factors = factors_of(node)
    if factors is None:
        return None
    return (yield from all_of(*[Claim(NONZERO, True, f) for f in factors]))


def _bounded_values(claim, given):
    """Functions and names with values between -1 and 1."""
    node = claim.expression
    if function_bounded(node, claim.strict, given):
        return ()
    if isinstance(node, ArraySymbol):
        return () if "unit-interval" in node.facts or node.facts & within(-1, 1) and not claim.strict else None
    if isinstance(node, Constant) and node.name != "zeros":
        return None if claim.strict else ()
    if not is_array(node) and node.is_number:
        return () if (abs(node) < 1 if claim.strict else abs(node) <= 1) else None
    return None


def _bounded_parts(claim, given):
    """A product or a positive power of what is bounded by 1; 1/(1 + u) where u is not negative."""
    node = claim.expression
    if isinstance(node, Transpose):
        return (yield from all_of(Claim(BOUND, claim.strict, node.args[0])))
    if power_of(node):
        base, exponent = power_of(node)
        if exponent.is_positive:
            return (yield from all_of(Claim(BOUND, claim.strict, base)))
        if not exponent.is_negative:
            return None
        above = add(base, scale(-ONE, ones(*base.shape))) if is_array(base) else base - 1
        return (yield from all_of(Claim(SIGN, claim.strict, above)))
    factors = factors_of(node)
    if not factors:
        return None
    return (yield from all_of(*[Claim(BOUND, claim.strict and i == 0, f) for i, f in enumerate(factors)]))


def _below_bound(claim, given):
    """c - f is positive where f/c is bounded by 1."""
    found = _against_constant(claim.expression)
    if found is None or not found[0].is_positive:
        return None
    return (yield from all_of(Claim(BOUND, claim.strict, found[1])))


def _against_constant(node):
    """Return (c, f) where the expression is c*(1 - f) for a number c, else None."""
    constant, rest = [], []
    for term in terms_of(node):
        number, body = signed(term)
        (constant if body == 1 or is_constant(body, "ones") else rest).append((number, term))
    if len(constant) != 1 or len(rest) != 1:
        return None
    number, term = constant[0][0], rest[0][1]
    return number, scale(-1 / number, term) if is_array(term) else -term / number


def _above_bound(claim, given):
    """f - c is positive where f/c is above 1: u**k for u > 1 and k > 0."""
    found = _against_constant(claim.expression)
    if found is None or not found[0].is_negative:
        return None
    body = found[1]
    if power_of(body) is None or not power_of(body)[1].is_positive:
        return None
    base = power_of(body)[0]
    above = add(base, scale(-ONE, ones(*base.shape))) if is_array(base) else base - 1
    return (yield from all_of(Claim(SIGN, claim.strict, above)))


NONZERO_RULES = (
    Rule("given", FACTS, given_at_once),
    Rule("of one sign", CALCULUS, _of_one_sign),
    Rule("product without a zero", CALCULUS, _nonzero_parts),
    *FUNCTION_NONZERO_RULES,
)
BOUND_RULES = (
    Rule("given", FACTS, given_at_once),
    Rule("bounded values", CALCULUS, _bounded_values),
    Rule("bounded product", CALCULUS, _bounded_parts),
    *FUNCTION_BOUND_RULES,
)
BOUNDED_SIGN_RULES = (
    *FUNCTION_SUM_RULES,
    Rule("bounded function", CALCULUS, _below_bound),
    Rule("function bounded from below", CALCULUS, _above_bound),
)
