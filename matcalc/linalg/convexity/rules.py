"""Rules for convexity by composition: what disciplined convex programming knows, with the sources.

A claim is about an expression in the variable of ``given``, all other names being constants, entry by entry; concave
means that the opposite is convex. The domain is where the expression has a real value.
"""

from __future__ import annotations

from functools import wraps
from itertools import combinations

from sympy import Abs, Add, Matrix, Mul, Pow, Rational

from ...algebra.blocks import Block
from ...algebra.constants import is_zero
from ...algebra.constructors import add, hadamard, power, scale, transpose
from ...algebra.expressions import (
    Diagonal,
    Hadamard,
    InnerProduct,
    Kronecker,
    MatMul,
    Scale,
    Sum,
    Trace,
    Transpose,
    Vec,
    is_array,
)
from ...algebra.indexed import IndexedSum, IndexedTotal
from ...algebra.products import matmul
from ...algebra.traces import trace
from ...proofs.kinds import AFFINE, CONVEX, DEFINITE, MATRIX_CONVEX, SIGN
from ...proofs.parts import factors_of, function_of, is_symmetric, opposite, power_of, signed, terms_of
from ...proofs.prover import Claim, Rule, all_of
from ...proofs.table import TABLE
from .claims import BOYD, affine, concave, convex, varies
from .functions import FUNCTION_AFFINE_RULES, FUNCTION_CONVEX_RULES
from .matrices import MATRIX_FUNCTION_RULES
from .spectral import MATRIX_CONVEX_RULES, SPECTRAL_RULES
from .squares import SQUARE_RULES

_LINEAR = (Transpose, Vec, Diagonal, Trace, Block)


# -- affine -------------------------------------------------------------------------------------------------------


def _constant(claim, given):
    """The variable itself, and what does not depend on it."""
    return () if claim.expression in given.variables or not varies(claim.expression, given) else None


def _linear(claim, given):
    """Sums, linear functions, and products with constants."""
    node = claim.expression
    if isinstance(node, (Sum, Add, IndexedSum, IndexedTotal, *_LINEAR)):
        return (yield from all_of(*[affine(part) for part in node.args]))
    if isinstance(node, (MatMul, InnerProduct, Hadamard, Kronecker, Scale, Mul)):
        varying = [part for part in node.args if varies(part, given)]
        return (yield from all_of(affine(varying[0]))) if len(varying) == 1 else None
    return None


# -- sums and multiples ------------------------------------------------------------------------------------------


def _affine(claim, given):
    """An affine function is convex and concave."""
    return (yield from all_of(affine(claim.expression)))


def _sum(claim, given):
    """A sum of convex functions, also under a trace."""
    number, body = signed(claim.expression)
    terms = terms_of(claim.expression)
    if isinstance(body, Trace):
        terms = [number * trace(term) for term in terms_of(body.args[0])]
    return (yield from all_of(*map(convex, terms))) if len(terms) > 1 else None


def _of_parts(claim, given):
    """A block of convex parts."""
    number, body = signed(claim.expression)
    if not isinstance(body, Block):
        return None
    return (yield from all_of(*[convex(scale(number, part)) for part in body.args]))


def _over_index(claim, given):
    """A sum over an index: each of its terms is convex."""
    node = claim.expression
    return (yield from all_of(convex(node.args[0]))) if isinstance(node, IndexedTotal) else None


def _multiple(claim, given):
    """A convex function times a constant that is not negative, or a concave one times one that is not positive."""
    factors = factors_of(claim.expression)
    if factors is None:
        return None
    constant = [f for f in factors if not varies(f, given)]
    varying = [f for f in factors if varies(f, given)]
    if not constant or constant == [-1]:
        return None
    rest, factor = _product(varying), _product(constant)
    found = yield from all_of(Claim(SIGN, False, factor), convex(rest))
    return found or (yield from all_of(Claim(SIGN, False, opposite(factor)), concave(rest)))


def _product(factors):
    """Return the elementwise product of scalars and arrays of one shape."""
    scalars = [f for f in factors if not is_array(f)]
    arrays = [f for f in factors if is_array(f)]
    return scale(Mul(*scalars), hadamard(*arrays)) if arrays else Mul(*scalars)


def _weighted_sum(claim, given):
    """A matrix product of one convex factor with constants that are not negative."""
    number, body = signed(claim.expression)
    if not isinstance(body, (InnerProduct, MatMul)) or abs(number) != 1:
        return None
    varying = [f for f in body.args if varies(f, given)]
    if len(varying) != 1:
        return None
    signs = [Claim(SIGN, False, f) for f in body.args if f is not varying[0]]
    return (yield from all_of(*signs, convex(varying[0] if number > 0 else opposite(varying[0]))))


def _entrywise_sum(claim, given):
    """x.T@y is the sum of the entries of x*y."""
    number, body = signed(claim.expression)
    if not isinstance(body, InnerProduct) or sum(varies(f, given) for f in body.args) < 2:
        return None
    entries = hadamard(transpose(body.args[0]), matmul(*body.args[1:]))
    return (yield from all_of(convex(scale(number, entries)))) if isinstance(entries, Hadamard) else None


def _rearranged(claim, given):
    """X.T and vec(X) have the entries of X."""
    number, body = signed(claim.expression)
    if not isinstance(body, (Transpose, Vec)) or abs(number) != 1:
        return None
    return (yield from all_of(convex(body.args[0] if number > 0 else opposite(body.args[0]))))


# -- compositions ----------------------------------------------------------------------------------------------------


def _power(claim, given):
    """u**k: k even, or k >= 1 for u >= 0, or k < 0 for concave u > 0; -u**k for 0 < k < 1 and concave u."""
    number, body = signed(claim.expression)
    found = power_of(body) or _power_of_absolute(body)
    if found is None or abs(number) != 1 or varies(found[1], given):
        return None
    base, exponent = found
    if number == -1:
        if not exponent.is_positive or (exponent - 1).is_positive is not False or exponent.is_integer:
            return None
        return (yield from all_of(concave(base)))
    if exponent.is_negative:
        return (yield from all_of(Claim(SIGN, True, base), concave(base)))
    if exponent.is_even:
        found = yield from all_of(affine(base))
        if found:
            return found
    if not (exponent - 1).is_nonnegative:
        return None
    if not exponent.is_integer:  # the power has a value where the base is not negative
        return (yield from all_of(convex(base)))
    return (yield from all_of(Claim(SIGN, False, base), convex(base)))


def _power_of_absolute(node):
    """Return (abs(u), k + 1) for abs(u)*u**k with an even k, which SymPy makes of abs(u)**(k + 1); else None."""
    if not isinstance(node, Mul) or len(node.args) != 2:
        return None
    for factor, other in (node.args, node.args[::-1]):
        if isinstance(factor, Abs) and isinstance(other, Pow) and other.base == factor.args[0] and other.exp.is_even:
            return factor, other.exp + 1
    return None


def _entropy(claim, given):
    """u*log(u) of an affine u, and u*log(u/v) of affine u and v where v is positive."""
    number, body = signed(claim.expression)
    factors = factors_of(body)
    if factors is None or len(factors) != 2 or abs(number) != 1:
        return None
    for factor, other in (factors, factors[::-1]):
        name, args = function_of(other)
        if name != "log" or is_array(factor) is not is_array(args[0]):
            continue
        if number == 1 and args[0] == factor:
            return (yield from all_of(affine(factor)))
        if is_array(factor):
            ratio = hadamard(args[0], power(factor, -number))
        else:
            ratio = args[0] * Pow(factor, -number)
        below = power(ratio, -number) if is_array(ratio) else Pow(ratio, -number)
        found = yield from all_of(Claim(SIGN, True, below), affine(factor), affine(below))
        if found:
            return found
    return None


# -- the Hessian -------------------------------------------------------------------------------------------------------


def _second_order(claim, given):
    """A semidefinite Hessian; a definite one for strict convexity."""
    matrix = None if given.curvature is None else given.curvature.of_function(claim.expression)
    return None if matrix is None else (yield from _semidefinite(matrix, claim.strict))


def _second_order_of_part(claim, given):
    """A semidefinite Hessian of a part that is smooth wherever it has a value."""
    if given.curvature is None or is_array(claim.expression):
        return None
    matrix = given.curvature.of_part(claim.expression, given)
    return None if matrix is None else (yield from _semidefinite(matrix, claim.strict))


def _jointly_second_order(claim, given):
    """A matrix of second derivatives by several numbers none of whose principal minors is negative."""
    if given.curvature is None or is_array(claim.expression):
        return None
    rows = given.curvature.by_numbers(claim.expression, given)
    if rows is None:
        return None
    places = [chosen for size in range(1, len(rows) + 1) for chosen in combinations(range(len(rows)), size)]
    minors = [Matrix([[rows[i][j] for j in chosen] for i in chosen]).det(method="berkowitz") for chosen in places]
    return (yield from all_of(*[Claim(SIGN, False, minor) for minor in minors]))


def _semidefinite(matrix, strict):
    """Yield what makes a matrix semidefinite; a Hessian may be symmetric without being written so."""
    kind = DEFINITE if is_array(matrix) else SIGN
    found = yield from all_of(Claim(kind, strict, matrix))
    if found or not is_array(matrix) or is_symmetric(matrix):
        return found
    halved = scale(Rational(1, 2), add(matrix, transpose(matrix)))
    return (yield from all_of(Claim(kind, strict, halved)))


def _smooth_part(claim, given):
    """The terms that are smooth are convex together, and so is every other one."""
    terms = terms_of(claim.expression)
    if given.curvature is None or is_array(claim.expression) or len(terms) < 3:
        return None
    smooth = [term for term in terms if given.curvature.is_smooth(term, given)]
    if not 1 < len(smooth) < len(terms):
        return None
    rest = [term for term in terms if term not in smooth]
    return (yield from all_of(convex(Add(*smooth)), *map(convex, rest)))


def _zero_hessian(claim, given):
    """A second derivative that is zero."""
    matrix = None if given.curvature is None else given.curvature.of_function(claim.expression)
    return () if matrix is not None and is_zero(matrix) else None


def _weakly(apply):
    """Return a rule's function as one that proves no strict claims."""

    @wraps(apply)
    def weak(claim, given):
        return None if claim.strict else apply(claim, given)

    return weak


SECOND_ORDER = "second-order condition"
AFFINE_RULES = (
    Rule("the variable, or constant", "by definition", _constant),
    Rule("linear operation", BOYD + "2.3.2", _linear),
    *(Rule(*parts) for parts in FUNCTION_AFFINE_RULES),
    Rule("no second derivative", BOYD + "3.1.4", _zero_hessian),
)
_COMPOSITION = (
    ("affine", BOYD + "3.1.1", _affine),
    ("sum of convex functions", BOYD + "3.2.1", _sum),
    ("sum over an index of convex functions", BOYD + "3.2.1", _over_index),
    ("block of convex parts", "by definition", _of_parts),
    ("multiple of a convex function", BOYD + "3.2.1", _multiple),
    ("weighted sum of convex functions", BOYD + "3.2.1", _weighted_sum),
    ("sum of entrywise products", "by definition", _entrywise_sum),
    ("rearranged entries", "by definition", _rearranged),
    *FUNCTION_CONVEX_RULES,
    ("power", BOYD + "3.1.5 and 3.2.4", _power),
    ("negative entropy", BOYD + "3.1.5", _entropy),
    *SQUARE_RULES,
    *MATRIX_FUNCTION_RULES,
    *SPECTRAL_RULES,
)
CONVEX_RULES = (
    Rule(SECOND_ORDER, BOYD + "3.1.4", _second_order),
    *(Rule(name, source, _weakly(apply)) for name, source, apply in _COMPOSITION),
    Rule("second-order condition of a part", BOYD + "3.1.4", _weakly(_second_order_of_part)),
    Rule("principal minors of second derivatives", BOYD + "3.1.4 and A.5.5", _weakly(_jointly_second_order)),
    Rule("sum of a smooth part and others", BOYD + "3.2.1", _weakly(_smooth_part)),
)
CONVEX_TABLE = {
    **TABLE,
    CONVEX: CONVEX_RULES,
    AFFINE: AFFINE_RULES,
    MATRIX_CONVEX: tuple(Rule(*parts) for parts in MATRIX_CONVEX_RULES),
}
