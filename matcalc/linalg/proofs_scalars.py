"""Rules for the signs of scalars made of arrays, and of polynomials in scalars."""

from __future__ import annotations

from math import prod

from sympy import Add, Dummy, Mul, Poly, Pow, expand, factor_list

from ..constants import is_constant
from ..constructors import hadamard, power, transpose
from ..expressions import ONE, InnerProduct, MatMul, Trace, is_array, postorder
from ..products import matmul
from ..traces import total
from .proofs import DEFINITE, RANK, SIGN, Claim, Rule, all_of, one_of
from .proofs_parts import function_of, mirrored, opposite, power_of, signed
from .proofs_signs import CALCULUS

MAX_ROTATIONS = 12
_MOST_TERMS = 12
_MOST_MONOMIALS = 40
_LARGEST_POWER = 6
_MOST_ATOMS = 4


def _square(claim, given):
    """x.T@x is a sum of squares."""
    found = mirrored(claim.expression.args) if isinstance(claim.expression, InnerProduct) else None
    if found is None or found[1] is not None:
        return None
    return (yield from all_of(Claim(RANK, True, found[0]))) if claim.strict else ()


def _quadratic_form(claim, given):
    """x.T@M@x has the sign of a definite M."""
    number, body = signed(claim.expression)
    found = mirrored(body.args) if isinstance(body, InnerProduct) and abs(number) == 1 else None
    if found is None or found[1] is None:
        return None
    column, middle = found
    claims = [Claim(RANK, True, column)] if claim.strict else []
    return (yield from all_of(Claim(DEFINITE, claim.strict, middle if number == 1 else opposite(middle)), *claims))


def _inner_product(claim, given):
    """A product of arrays none of which has entries of both signs."""
    number, body = signed(claim.expression)
    if not isinstance(body, InnerProduct) or abs(number) != 1:
        return None
    negative, premises = number < 0, []
    for factor in body.args:
        found = yield from one_of(Claim(SIGN, claim.strict, factor), Claim(SIGN, claim.strict, opposite(factor)))
        if found is None:
            return None
        negative ^= found[0].expression is not factor
        premises.extend(found)
    return None if negative else premises


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


def _spectral(claim, given):
    """Determinant, eigenvalues and diagonal of a definite matrix."""
    number, body = signed(claim.expression)
    name, args = function_of(body)
    if name not in ("det", "eigmax", "eigmin", "diag") or not is_array(args[0]) or abs(number) != 1:
        return None
    if name == "det" and number != 1 or name == "diag" and args[0].is_column:
        return None
    return (yield from all_of(Claim(DEFINITE, claim.strict, args[0] if number == 1 else opposite(args[0]))))


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


# -- polynomials in scalars -----------------------------------------------------------------------------------------


def _polynomial(node):
    """Return a polynomial (a SymPy expression in dummies) and what the dummies stand for; None where it is large.

    Whatever is no sum, product or small whole power counts as one unknown.
    """
    unknowns, values, monomials = {}, {}, {}
    stack = [node]
    while stack:
        part = stack[-1]
        waiting = [a for a in _operands(part) if a not in values]
        if waiting:
            stack.extend(waiting)
            continue
        stack.pop()
        if isinstance(part, Add):
            values[part], count = Add(*[values[a] for a in part.args]), sum(monomials[a] for a in part.args)
        elif isinstance(part, Mul):
            values[part] = Mul(*[values[a] for a in part.args])
            count = min(prod(monomials[a] for a in part.args), _MOST_MONOMIALS + 1)
        elif _operands(part):
            values[part], count = values[part.base] ** part.exp, monomials[part.base] ** int(part.exp)
        else:
            values[part], count = part if part.is_Rational else unknowns.setdefault(part, Dummy(real=True)), 1
        monomials[part] = min(count, _MOST_MONOMIALS + 1)
    if monomials[node] > _MOST_MONOMIALS:
        return None
    return values[node], {dummy: part for part, dummy in unknowns.items() if values[node].has(dummy)}


def _operands(node):
    """Return what a scalar is a polynomial of at its top."""
    if isinstance(node, (Add, Mul)):
        return node.args
    small = isinstance(node, Pow) and node.exp.is_Integer and 0 < node.exp <= _LARGEST_POWER
    return (node.base,) if small else ()


def _scalar_only(node):
    return not is_array(node) and isinstance(node, (Add, Mul))


def _multiplied_out(claim, given):
    """The expression multiplied out."""
    found = _polynomial(claim.expression) if _scalar_only(claim.expression) else None
    if found is None:
        return None
    expanded = expand(found[0])
    if expanded == found[0] or len(Add.make_args(expanded)) > _MOST_MONOMIALS:
        return None
    return (yield from all_of(Claim(SIGN, claim.strict, expanded.xreplace(found[1]))))


def _factored(claim, given):
    """The expression written as a product."""
    found = _polynomial(claim.expression) if isinstance(claim.expression, Add) else None
    if found is None or len(found[1]) > _MOST_ATOMS:
        return None
    number, factors = factor_list(expand(found[0]))
    if len(factors) < 2 and not any(exponent > 1 for _, exponent in factors):
        return None
    parts = [Pow(base.xreplace(found[1]), exponent) for base, exponent in factors]
    negative, premises = bool(number.is_negative), []
    for part in parts:
        answer = yield from one_of(Claim(SIGN, claim.strict, part), Claim(SIGN, claim.strict, -part))
        if answer is None:
            return None
        negative ^= answer[0].expression is not part
        premises.extend(answer)
    return None if negative else premises


def _without_roots(claim, given):
    """A polynomial in one unknown that is positive somewhere and has no root (of odd order) to cross."""
    found = _polynomial(claim.expression) if isinstance(claim.expression, Add) else None
    if found is None or len(found[1]) != 1:
        return None
    ((dummy, unknown),) = found[1].items()
    polynomial = Poly(expand(found[0]), dummy)
    if not polynomial.is_univariate or not all(c.is_Rational for c in polynomial.all_coeffs()):
        return None
    premises = yield from all_of(Claim(SIGN, False, unknown))
    low = 0 if premises else None
    if polynomial.count_roots(low, None) or polynomial.eval(1) <= 0:
        return None
    return premises or ()


SCALAR_RULES = (
    Rule("sum of squares", "Boyd & Vandenberghe (2004), A.1.1", _square),
    Rule("quadratic form", "Horn & Johnson (2013), definition 4.1.11", _quadratic_form),
    Rule("inner product of signs", CALCULUS, _inner_product),
    Rule("trace of semidefinite matrices", "Boyd & Vandenberghe (2004), example 2.24", _trace),
    Rule("eigenvalues of a definite matrix", "Horn & Johnson (2013), theorem 7.2.1", _spectral),
)
POLYNOMIAL_RULES = (
    Rule("Cauchy-Schwarz inequality", "Boyd & Vandenberghe (2004), A.1.1", _cauchy_schwarz),
    Rule("multiplied out", CALCULUS, _multiplied_out),
    Rule("factored", CALCULUS, _factored),
    Rule("polynomial without roots", "Sturm's theorem", _without_roots),
)
