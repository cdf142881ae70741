"""Rules for the signs of scalars made of arrays, and the Cauchy-Schwarz inequality."""

from __future__ import annotations

from sympy import Add, Mul

from ...algebra.constants import is_constant
from ...algebra.constructors import hadamard, power, transpose
from ...algebra.expressions import ONE, ArrayFunction, InnerProduct, MatMul, Trace, is_array, postorder
from ...algebra.products import matmul
from ...algebra.traces import total
from ..kinds import DEFINITE, RANK, SIGN
from ..parts import gram_of, opposite, power_of, product_of, signed
from ..prover import Claim, Rule, all_of
from .functions import CALCULUS, SCALAR_OF_DEFINITE

MAX_ROTATIONS = 12
_MOST_TERMS = 12


def _square(claim, given):
    """x.T@x is a sum of squares."""
    sign, column, middle = gram_of(claim.expression, InnerProduct) or (0, None, None)
    if sign != 1 or middle is not None:
        return None
    return (yield from all_of(Claim(RANK, True, column))) if claim.strict else ()


def _quadratic_form(claim, given):
    """x.T@M@x has the sign of a definite M."""
    number, column, middle = gram_of(claim.expression, InnerProduct) or (0, None, None)
    if middle is None:
        return None
    claims = [Claim(RANK, True, column)] if claim.strict else []
    return (yield from all_of(Claim(DEFINITE, claim.strict, middle if number == 1 else opposite(middle)), *claims))


def _inner_product(claim, given):
    """A product of arrays none of which has entries of both signs."""
    number, body = signed(claim.expression)
    if not isinstance(body, InnerProduct) or abs(number) != 1:
        return None
    return (yield from product_of(claim, body.args, bool(number.is_negative)))


def _trace(claim, given):
    """The trace of a semidefinite matrix, or of the product of two, is not negative."""
    number, body = signed(claim.expression)
    if not isinstance(body, Trace) or abs(number) != 1:
        return None
    (matrix,) = body.args
    found = yield from all_of(Claim(DEFINITE, claim.strict, matrix if number == 1 else opposite(matrix)))
    if found or number != 1 or claim.strict or not isinstance(matrix, MatMul) or len(matrix.args) > MAX_ROTATIONS:
        return found
    chain = matrix.args
    for start in range(len(chain)):
        turned = chain[start:] + chain[:start]
        for cut in range(1, len(chain) + 1):
            parts = [matmul(*part) for part in (turned[:cut], turned[cut:]) if part]
            if all(part.is_square for part in parts):
                found = yield from all_of(*[Claim(DEFINITE, False, part) for part in parts])
                if found:
                    return found
    return None


def _diagonal_of_definite(claim, given):
    """The diagonal of a definite matrix."""
    number, body = signed(claim.expression)
    if not isinstance(body, ArrayFunction) or body.rule.id != "diag(X)" or abs(number) != 1:
        return None
    (matrix,) = body.args
    return (yield from all_of(Claim(DEFINITE, claim.strict, matrix if number == 1 else opposite(matrix))))


# -- Cauchy–Schwarz -------------------------------------------------------------------------------------------------


def _summed(node):
    """Return the array whose entries a scalar adds up, None where it is no such sum."""
    if isinstance(node, InnerProduct):
        chain = node.args
        if is_constant(chain[0], "ones") and len(chain) == 2:
            return chain[1]
        return hadamard(transpose(chain[0]), matmul(*chain[1:]))
    return None


def _square_roots(product):
    """Return (number, [R, …], rest) where the product is number times the squares of the Rs times the rest."""
    number, body = product.as_coeff_Mul()
    roots, rest = [], []
    for factor in Mul.make_args(body):
        base, exponent = factor.as_base_exp()
        if exponent == 2 and isinstance(base, InnerProduct):
            roots.append(base)
        else:
            rest.append(factor)
    return number, roots, Mul(*rest)


def _cauchy_schwarz(claim, given):
    """C*sum(p) - K*sum(r)**2 where C - K*sum(r**2/p) is not negative and p is not (Cauchy–Schwarz)."""
    node = claim.expression
    if not isinstance(node, Add) or claim.strict or len(node.args) > _MOST_TERMS:
        return None
    for negative in node.args:
        number, roots, factor = _square_roots(negative)
        if not number.is_negative:
            continue
        for positive in (term for term in node.args if term is not negative):
            for root in roots:
                others = Mul(*[r**2 for r in roots if r is not root])
                found = yield from _weighted(positive, root, -number * factor * others, node - negative - positive)
                if found:
                    return found
    return None


def _weighted(positive, root, weight, rest):
    """Yield what shows that positive - weight*root**2 + rest is not negative."""
    entries = _summed(root)
    for candidate in Mul.make_args(positive):
        weights = _summed(candidate)
        if weights is None or weights.shape != entries.shape:
            continue
        ratios = hadamard(entries, entries, power(weights, -ONE))
        if any(power_of(n) and is_array(n) and n.args[1].is_negative for n in postorder(ratios)):
            nonnegative = Claim(SIGN, True, weights)
        else:
            nonnegative = Claim(SIGN, False, weights)
        left = positive / candidate - weight * total(ratios)
        claims = [nonnegative, Claim(SIGN, False, weight), Claim(SIGN, False, left), Claim(SIGN, False, rest)]
        found = yield from all_of(*claims)
        if found:
            return found
    return None


SCALAR_RULES = (
    Rule("sum of squares", "Boyd & Vandenberghe (2004), A.1.1", _square),
    Rule("quadratic form", "Horn & Johnson (2013), definition 4.1.11", _quadratic_form),
    Rule("inner product of signs", CALCULUS, _inner_product),
    Rule("trace of semidefinite matrices", "Boyd & Vandenberghe (2004), example 2.24", _trace),
    SCALAR_OF_DEFINITE,
    Rule("diagonal of a definite matrix", "Horn & Johnson (2013), observation 7.1.2", _diagonal_of_definite),
)
CAUCHY_SCHWARZ_RULES = (Rule("Cauchy-Schwarz inequality", "Boyd & Vandenberghe (2004), A.1.1", _cauchy_schwarz),)
