"""Elementary inequalities: squares compared, denominators multiplied out, least values, certificates."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from sympy import Add, Dummy, Mul, Pow, Rational, S, expand_mul
from sympy.core.function import Function

from ...algebra.expressions import is_array, key_of
from ..kinds import NONZERO, SIGN
from ..prover import Claim, Given, Rule, all_of
from .certificates import sum_of_squares
from .samples import is_concave_somewhere, is_negative_somewhere, is_steep
from .signs import CALCULUS

_MOST_TERMS, _MOST_POWERS = 8, 4
# where a convex function of one unknown may have its minimum
_PLACES = (S.Zero, S.One, S.NegativeOne, Rational(1, 2), S(2))


def _compared_squares(claim: Claim, given: Given) -> Generator | None:
    """a - b where a is not negative and a**2 not below b**2, and one of them is a multiple of a root."""
    node = claim.expression
    if is_array(node) or not isinstance(node, Add) or len(node.args) > _MOST_TERMS:
        return None
    for term in node.args:
        if not any(isinstance(f, Pow) and f.exp == Rational(1, 2) for f in Mul.make_args(term)):
            continue
        for above, other in ((term, node - term), (node - term, term)):
            gap = expand_mul(expand_mul(above**2) - expand_mul(other**2))
            found = yield from all_of(Claim(SIGN, False, above), Claim(SIGN, claim.strict, gap))
            if found:
                return found
    return None


def _denominators(claim: Claim, given: Given) -> Generator | None:
    """A sum of quotients, multiplied by a positive common denominator."""
    node = claim.expression
    if is_array(node) or not isinstance(node, Add) or len(node.args) > _MOST_TERMS:
        return None
    largest: dict = {}
    for term in node.args:
        for factor in Mul.make_args(term):
            base, exponent = factor.as_base_exp()
            if exponent.is_Integer and exponent.is_negative:
                largest[base] = max(largest.get(base, 0), int(-exponent))
    if not largest or max(largest.values()) > _MOST_POWERS:
        return None
    premises, factors = [], []
    for base, exponent in largest.items():
        positive = yield from all_of(Claim(SIGN, True, base))
        if positive is None:
            positive = yield from all_of(Claim(NONZERO, True, base))
            exponent += exponent % 2
        if positive is None:
            return None
        premises += positive
        factors.append(Pow(base, exponent))
    multiplied = Add(*[Mul(term, *factors) for term in node.args])
    found = yield from all_of(Claim(SIGN, claim.strict, multiplied))
    return None if found is None else [*premises, *found]


def _least_value(claim: Claim, given: Given) -> Generator | None:
    """A convex function of one unknown that is not negative where its derivative is zero."""
    node = claim.expression
    if is_array(node) or not isinstance(node, Add) or claim.strict or len(node.args) > _MOST_TERMS:
        return None
    unknown = unknown_of(node)
    if unknown is None:
        return None
    letter = Dummy(real=True, **({"positive": True} if unknown.is_positive else {}))
    function = node.xreplace({unknown: letter})
    if is_negative_somewhere(function, letter) or is_concave_somewhere(function, letter):
        return None
    places = [p for p in _PLACES if p.is_positive or not unknown.is_positive]
    places = [place for place in places if not is_steep(function, letter, place)]
    if not places:
        return None
    slope = function.diff(letter)
    for place in places:
        least = function.subs(letter, place)
        if slope.subs(letter, place) == 0 and least.is_nonnegative:
            curvature = slope.diff(letter).xreplace({letter: unknown})
            return (yield from all_of(Claim(SIGN, False, curvature)))
    return None


def unknown_of(node: Any) -> Any:
    """Return the one expression of which a sum is an elementary function; None where there are several, or kinks."""
    found, stack = set(), [node]
    while stack:
        part = stack.pop()
        if isinstance(part, (Add, Mul)) or isinstance(part, Pow) and part.exp.is_Rational:
            stack.extend(part.args)
        elif isinstance(part, Function) and type(part).__module__.startswith("sympy.functions.elementary"):
            if type(part).__name__ in _KINKED:
                return None
            stack.extend(part.args)
        elif not part.is_number:
            found.add(part)
    return found.pop() if len(found) == 1 else None


_KINKED = frozenset({"Abs", "Max", "Min", "sign", "Heaviside"})


def _certified(claim: Claim, given: Given) -> Generator | None:
    """A polynomial that is a sum of squares, with rational numbers."""
    node = claim.expression
    if is_array(node) or claim.strict or not isinstance(node, Add):
        return None
    squares = sum_of_squares(expand_mul(node), ())
    if squares is not None:
        return (yield from all_of(Claim(SIGN, False, squares)))
    return None


def _certified_where_positive(claim: Claim, given: Given) -> Generator | None:
    """A polynomial that is a sum of squares in the roots of what is not negative."""
    node = claim.expression
    if is_array(node) or claim.strict or not isinstance(node, Add):
        return None
    expanded = expand_mul(node)
    unknowns = sorted(
        {f.as_base_exp()[0] for term in expanded.args for f in Mul.make_args(term) if not f.is_number},
        key=key_of,
    )
    signs = []
    for unknown in unknowns:
        signs.append((yield Claim(SIGN, False, unknown)))
    positive = tuple(u for u, known in zip(unknowns, signs) if known)
    squares = sum_of_squares(expanded, positive) if positive else None
    if squares is None:
        return None
    return (yield from all_of(*[Claim(SIGN, False, unknown) for unknown in positive], Claim(SIGN, False, squares)))


PARRILO = "Parrilo (2003), Semidefinite programming relaxations"
INEQUALITY_RULES = (
    Rule("squares compared", CALCULUS, _compared_squares, costly=True),
    Rule("common denominator", CALCULUS, _denominators, costly=True),
    Rule("least value of a convex function", "Boyd & Vandenberghe (2004), 3.1.3", _least_value, costly=True),
    Rule("sum of squares with a certificate", PARRILO, _certified, costly=True),
    Rule("sum of squares of roots", PARRILO, _certified_where_positive, costly=True),
)
