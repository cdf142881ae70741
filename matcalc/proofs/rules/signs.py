"""Rules for signs: of scalars, and of arrays entry by entry.

A claim holds wherever the expression has a real value, so that 1/u**2 is positive and the root of u is not negative.
"""

from __future__ import annotations

from sympy import Add, Symbol

from ...algebra.expressions import (
    ArrayFunction,
    ArraySymbol,
    Constant,
    Diagonal,
    Kronecker,
    MatMul,
    MatrixPower,
    Transpose,
    Vec,
    is_array,
)
from ...rulebook.facts import implying
from ..kinds import NONZERO, SIGN
from ..parts import factors_of, function_of, opposite, power_of, product_of, signed, sum_of, terms_of
from ..prover import Claim, Rule, all_of, one_of
from .functions import CALCULUS, FUNCTION_SIGN_RULES

_POSITIVE_FACTS = implying("positive")
_MOST_GIVEN = 20


# -- what is known at once --------------------------------------------------------------------------------------


def _number(claim, given):
    """A number is compared with 0 exactly."""
    node = claim.expression
    if is_array(node) or not node.is_number:
        return None
    return () if (node.is_positive if claim.strict else node.is_nonnegative) else None


def given_at_once(claim, given):
    """A condition of the domain, or a positive multiple of one."""
    for known in given.claims:
        if known.kind == claim.kind and (known.strict or not claim.strict):
            if known.expression is claim.expression or known.expression == claim.expression:
                return ()
            if claim.kind == SIGN and not is_array(known.expression) and not is_array(claim.expression):
                ratio = claim.expression / known.expression
                if ratio.is_number and ratio.is_positive:
                    return ()
    return None


def _beyond_given(claim, given):
    """What exceeds something that is given."""
    node = claim.expression
    if not isinstance(node, Add):
        return None
    for known in given.claims[:_MOST_GIVEN]:
        if known.kind == SIGN and isinstance(known.expression, Add):
            rest = node - known.expression
            if len(Add.make_args(rest)) < len(node.args):
                strict = claim.strict and not known.strict
                premises = yield from all_of(Claim(SIGN, strict, rest))
                if premises:
                    return (*premises, known)
    return None


def _declared(claim, given):
    """What is declared of a name: positive, negative, unit-interval, simplex, binary."""
    number, body = signed(claim.expression)
    if isinstance(body, Symbol):
        known = body if number > 0 else -body
        return () if (known.is_positive if claim.strict else known.is_nonnegative) else None
    if isinstance(body, ArraySymbol):
        words = _POSITIVE_FACTS if number > 0 else {"negative"}
        weak = number > 0 and not claim.strict and body.facts & {"binary", "permutation"}
        square = body.is_square and body.facts & {"diagonal", "permutation", "orthogonal", "projection"}
        return () if body.facts & words and not (square and claim.strict) or weak else None
    return None


def _sizes(claim, given):
    """A polynomial in sizes, which are positive integers."""
    node = claim.expression
    if is_array(node) or node.is_number or not node.is_Add:
        return None
    if not all(isinstance(s, Symbol) and s.is_integer and s.is_positive for s in node.atoms(Symbol)):
        return None
    if not node.is_polynomial(*node.free_symbols):
        return None
    return () if (node.is_positive if claim.strict else node.is_nonnegative) else None


def _constants(claim, given):
    """The entries of ones(n, m) are 1, those of eye(n), zeros(n, m), e(i, n) and comm(n, m) are 0 or 1."""
    node = claim.expression
    if not isinstance(node, Constant):
        return None
    return () if node.name == "ones" or not claim.strict else None


# -- operations ----------------------------------------------------------------------------------------------------


def _sum(claim, given):
    """A sum of terms that are not negative, of which one is positive where that is claimed."""
    terms = terms_of(claim.expression)
    return (yield from sum_of(claim, terms)) if len(terms) > 1 else None


def _product(claim, given):
    """A product: of its factors an even number is negative."""
    number, body = signed(claim.expression)
    factors = factors_of(body) or [body]
    if number == 0 or len(factors) == 1 and abs(number) == 1:
        return None
    return (yield from product_of(claim, factors, bool(number.is_negative)))


def _power(claim, given):
    """A power: even, or of a positive base; a root that has a value is not negative."""
    number, body = signed(claim.expression)
    found = power_of(body)
    if found is None or abs(number) != 1:
        return None
    base, exponent = found
    if not exponent.is_Rational:
        return (yield from all_of(Claim(SIGN, True, base))) if number == 1 else None
    if exponent.is_Integer and exponent % 2:
        turned = base if number == 1 else opposite(base)
        return (yield from all_of(Claim(SIGN, claim.strict and exponent > 0, turned)))
    if number != 1:
        return None
    if not claim.strict or exponent < 0:
        return ()
    return (yield from all_of(Claim(NONZERO, True, base)))


def _extremum(claim, given):
    """The greater of two is positive where one is, the smaller where both are; below 0 the other way round."""
    number, body = signed(claim.expression)
    name, args = function_of(body)
    if name not in ("maximum", "minimum") or abs(number) != 1:
        return None
    claims = [Claim(SIGN, claim.strict, a if number == 1 else opposite(a)) for a in args]
    one_suffices = (name == "maximum") == (number == 1)
    return (yield from (one_of if one_suffices else all_of)(*claims))


def _entries(claim, given):
    """Products, transposes and rearrangements of arrays whose entries are not negative."""
    node = claim.expression
    if isinstance(node, (Transpose, Vec)):
        return (yield from all_of(Claim(SIGN, claim.strict, node.args[0])))
    if isinstance(node, (MatMul, Kronecker)):
        return (yield from all_of(*[Claim(SIGN, claim.strict, f) for f in node.args]))
    if isinstance(node, Diagonal) and not claim.strict:
        return (yield from all_of(Claim(SIGN, False, node.args[0])))
    if isinstance(node, MatrixPower) and node.args[1].is_positive and node.args[1].is_integer and not claim.strict:
        return (yield from all_of(Claim(SIGN, False, node.args[0])))
    if isinstance(node, ArrayFunction) and node.rule.id == "diag(X)":
        return (yield from all_of(Claim(SIGN, claim.strict, node.args[0])))
    return None


FACTS = "the declared facts and the domain"
SIGN_RULES = (
    Rule("a number", CALCULUS, _number),
    Rule("given", FACTS, given_at_once),
    Rule("declared", FACTS, _declared),
    Rule("sizes are positive integers", CALCULUS, _sizes),
    Rule("entries of a constant array", "by definition", _constants),
    Rule("sum of nonnegative terms", CALCULUS, _sum),
    Rule("product of signs", CALCULUS, _product),
    Rule("sign of a power", CALCULUS, _power),
    *FUNCTION_SIGN_RULES,
    Rule("maximum and minimum", CALCULUS, _extremum),
    Rule("product of nonnegative arrays", "Horn & Johnson (2013), 8.1", _entries),
)
LATE_SIGN_RULES = (Rule("more than what is given", CALCULUS, _beyond_given),)
