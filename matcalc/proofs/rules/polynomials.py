"""Rules for the signs of polynomials in scalars: multiplied out, factored, without roots."""

from __future__ import annotations

from functools import lru_cache

from sympy import QQ, Add, Mul, Poly, Pow
from sympy.polys.rings import ring

from ...algebra.expressions import is_array
from ..kinds import SIGN
from ..parts import product_of
from ..prover import Claim, Rule, all_of
from .signs import CALCULUS

_MOST_MONOMIALS = 40
_LARGEST_POWER = 6
_MOST_UNKNOWNS, _MOST_FACTORED, _LARGEST_DEGREE = 12, 4, 8


def polynomial(node):
    """Return a scalar as an element of a polynomial ring, and what its generators stand for; None where it is large.

    Whatever is no sum, product or small whole power counts as one unknown.
    """
    order = _postorder(node)
    unknowns = [part for part in order if not _operands(part) and not part.is_Rational]
    if len(unknowns) > _MOST_UNKNOWNS:
        return None
    polynomials, *generators = ring([f"u{number}" for number in range(len(unknowns))], QQ)
    values = dict(zip(unknowns, generators))
    for part in order:
        if part in values:
            continue
        if isinstance(part, Add):
            values[part] = sum((values[a] for a in part.args), polynomials.zero)
        elif isinstance(part, Mul):
            values[part] = polynomials.one
            for factor in part.args:
                values[part] = values[part] * values[factor]
                if len(values[part]) > _MOST_MONOMIALS:
                    return None
        elif _operands(part):
            if len(values[part.base]) ** int(part.exp) > _MOST_MONOMIALS**2:
                return None
            values[part] = values[part.base] ** int(part.exp)
        else:
            values[part] = polynomials.one * QQ(part.p, part.q)
        if len(values[part]) > _MOST_MONOMIALS:
            return None
    return values[node], unknowns


def _postorder(node):
    """Return the distinct sums, products, powers and unknowns that a scalar is a polynomial of, operands first."""
    seen, order, stack = set(), [], [(node, False)]
    while stack:
        part, done = stack.pop()
        if done:
            order.append(part)
        elif part not in seen:
            seen.add(part)
            stack.append((part, True))
            stack.extend((operand, False) for operand in _operands(part))
    return order


def _operands(node):
    """Return what a scalar is a polynomial of at its top."""
    if isinstance(node, (Add, Mul)):
        return node.args
    small = isinstance(node, Pow) and node.exp.is_Integer and 0 < node.exp <= _LARGEST_POWER
    return (node.base,) if small else ()


def _multiplied_out(claim, given):
    """The expression multiplied out."""
    node = claim.expression
    found = polynomial(node) if not is_array(node) and isinstance(node, (Add, Mul)) else None
    if found is None:
        return None
    expanded = found[0].as_expr(*found[1])
    return None if expanded == node else (yield from all_of(Claim(SIGN, claim.strict, expanded)))


def _factored(claim, given):
    """The expression written as a product."""
    found = polynomial(claim.expression) if isinstance(claim.expression, Add) else None
    if found is None or len(found[1]) > _MOST_FACTORED:
        return None
    value, unknowns = found
    if value.is_ground or sum(value.degrees()) > _LARGEST_DEGREE:
        return None
    number, factors = _factors(value)
    if len(factors) < 2 and not any(exponent > 1 for _, exponent in factors):
        return None
    parts = [Pow(base.as_expr(*unknowns), exponent) for base, exponent in factors]
    return (yield from product_of(claim, parts, bool(number < 0)))


def _factors(value):
    """Return (number, [(factor, exponent), …]) of a polynomial; one and its opposite are factored once."""
    if value.LC < 0:
        number, factors = _positive_factors(-value)
        return -number, factors
    return _positive_factors(value)


@lru_cache(maxsize=1024)
def _positive_factors(value):
    return value.factor_list()


def _without_roots(claim, given):
    """A polynomial in one unknown that is positive somewhere and has no root."""
    found = polynomial(claim.expression) if isinstance(claim.expression, Add) else None
    if found is None or len(found[1]) != 1 or found[0].is_ground:
        return None
    value, (unknown,) = found
    univariate = Poly(value.as_expr())
    premises = yield from all_of(Claim(SIGN, False, unknown))
    if univariate.count_roots(0 if premises else None, None) or univariate.eval(1) <= 0:
        return None
    return premises or ()


POLYNOMIAL_RULES = (
    Rule("multiplied out", CALCULUS, _multiplied_out),
    Rule("factored", CALCULUS, _factored),
    Rule("polynomial without roots", "Sturm's theorem", _without_roots),
)
