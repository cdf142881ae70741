"""Rules for convexity by composition: what disciplined convex programming knows, with the sources.

A claim is about an expression in the variable of ``given``, all other names being constants, entry by entry; concave
means that the opposite is convex. The domain is where the expression has a real value.
"""

from __future__ import annotations

from sympy import Add, Mul, Pow, Rational, log

from ..constants import is_zero
from ..constructors import add, hadamard, scale, transpose
from ..expressions import (
    ArrayFunction,
    Diagonal,
    Hadamard,
    InnerProduct,
    Kronecker,
    MatMul,
    MatrixPower,
    Power,
    ScalarFunction,
    Scale,
    Sum,
    Trace,
    Transpose,
    Vec,
    dependent,
    is_array,
)
from ..traces import trace
from .proofs import AFFINE, CONVEX, DEFINITE, SIGN, Claim, Rule, all_of
from .proofs_parts import factors_of, function_of, is_symmetric, mirrored, opposite, power_of, signed, terms_of
from .proofs_table import TABLE

_CONVEX_INCREASING = frozenset({"exp", "softplus", "relu", "expm1", "logsumexp", "max", "maximum"})
_CONCAVE_INCREASING = frozenset({"log", "log1p", "min", "minimum"})
_CONVEX_EVEN = frozenset({"abs", "cosh"})
_LINEAR = (Transpose, Vec, Diagonal, Trace)
BOYD = "Boyd & Vandenberghe (2004), "


def varies(node, given):
    """Return whether the variable occurs in an expression."""
    return node in dependent(node, {given.variable})


def convex(node):
    """Return the claim that an expression is convex."""
    return Claim(CONVEX, False, node)


def concave(node):
    """Return the claim that an expression is concave."""
    return Claim(CONVEX, False, opposite(node))


def affine(node):
    """Return the claim that an expression is affine."""
    return Claim(AFFINE, False, node)


# -- affine -------------------------------------------------------------------------------------------------------


def _constant(claim, given):
    return () if claim.expression is given.variable or not varies(claim.expression, given) else None


def _linear(claim, given):
    """Sums, linear functions, and products with constants."""
    node = claim.expression
    if isinstance(node, (Sum, Add, *_LINEAR)):
        return (yield from all_of(*[affine(part) for part in node.args]))
    if isinstance(node, ArrayFunction) and node.rule.id == "diag(X)":
        return (yield from all_of(affine(node.args[0])))
    if isinstance(node, (MatMul, InnerProduct, Hadamard, Kronecker, Scale, Mul)):
        varying = [part for part in node.args if varies(part, given)]
        return (yield from all_of(affine(varying[0]))) if len(varying) == 1 else None
    return None


# -- sums and multiples ------------------------------------------------------------------------------------------


def _affine(claim, given):
    return (yield from all_of(affine(claim.expression)))


def _sum(claim, given):
    number, body = signed(claim.expression)
    terms = terms_of(claim.expression)
    if isinstance(body, Trace):
        terms = [number * trace(term) for term in terms_of(body.args[0])]
    return (yield from all_of(*map(convex, terms))) if len(terms) > 1 else None


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


def _rearranged(claim, given):
    number, body = signed(claim.expression)
    if not isinstance(body, (Transpose, Vec)) or abs(number) != 1:
        return None
    return (yield from all_of(convex(body.args[0] if number > 0 else opposite(body.args[0]))))


# -- compositions ----------------------------------------------------------------------------------------------------


def _increasing(claim, given):
    """exp, softplus, max, logsumexp … of a convex function; -log, -min … of a concave one."""
    number, body = signed(claim.expression)
    name, args = function_of(body)
    if number == 1 and name in _CONVEX_INCREASING:
        return (yield from all_of(*map(convex, args)))
    if number == -1 and name in _CONCAVE_INCREASING:
        return (yield from all_of(*map(concave, args)))
    return None


def _even(claim, given):
    """abs and cosh of an affine function, or of a convex one that is not negative."""
    name, args = function_of(claim.expression)
    if name not in _CONVEX_EVEN:
        return None
    found = yield from all_of(affine(args[0]))
    return found or (yield from all_of(Claim(SIGN, False, args[0]), convex(args[0])))


def _power(claim, given):
    """u**k: k even, or k >= 1 for u >= 0, or k < 0 for concave u > 0; -u**k for 0 < k < 1 and concave u."""
    number, body = signed(claim.expression)
    found = power_of(body)
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


def _entropy(claim, given):
    """u*log(u) of an affine u."""
    node = claim.expression
    factors = factors_of(node)
    if factors is None or len(factors) != 2:
        return None
    for factor, other in (factors, factors[::-1]):
        name, args = function_of(other)
        if name == "log" and args[0] is factor or isinstance(other, log) and args[0] == factor:
            return (yield from all_of(affine(factor)))
    return None


# -- squares, norms and quotients -----------------------------------------------------------------------------------


def square_claims(node, given):
    """Return the claims under which a scalar is a constant plus squared norms of affine functions; None otherwise."""
    claims = []
    for term in terms_of(node):
        number, body = signed(term)
        if not varies(term, given):
            claims.append(Claim(SIGN, False, term))
            continue
        constant = [f for f in Mul.make_args(body) if not varies(f, given)]
        varying = [f for f in Mul.make_args(body) if varies(f, given)]
        if len(varying) != 1 or number < 0:
            return None
        found = _square_of(varying[0], given)
        if found is None:
            return None
        claims += [*found, *([Claim(SIGN, False, Mul(*constant))] if constant else [])]
    return claims


def _square_of(node, given):
    """Return the claims under which a scalar is a squared norm of an affine function, or a multiple of entries'."""
    if power_of(node) is not None and node.args[1] == 2:
        return [affine(node.args[0])]
    if not isinstance(node, InnerProduct):
        return None
    found = mirrored(node.args)
    if found is not None and varies(found[0], given):
        column, middle = found
        if middle is None:
            return [affine(column)]
        return None if varies(middle, given) else [affine(column), Claim(DEFINITE, False, middle)]
    squares = [f for f in node.args if varies(f, given)]
    if len(squares) != 1 or not isinstance(squares[0], (Power, Hadamard)):
        return None
    weights = [Claim(SIGN, False, f) for f in node.args if f is not squares[0]]
    parts = squares[0].args if isinstance(squares[0], Hadamard) else (squares[0],)
    varying = [f for f in parts if varies(f, given)]
    if len(varying) != 1 or power_of(varying[0]) is None or power_of(varying[0])[1] != 2:
        return None
    weights += [Claim(SIGN, False, f) for f in parts if not varies(f, given)]
    return [affine(power_of(varying[0])[0]), *weights]


def _norm(claim, given):
    """A power k >= 1 of a Euclidean norm of affine functions, as (squares)**(k/2)."""
    found = power_of(claim.expression)
    if found is None or not (found[1] - Rational(1, 2)).is_nonnegative:
        return None
    claims = square_claims(found[0], given)
    return None if claims is None else (yield from all_of(*claims))


def _squares(claim, given):
    """A sum of squares of affine functions, weighted by constants that are not negative."""
    claims = square_claims(claim.expression, given)
    return None if claims is None else (yield from all_of(*claims))


def _quadratic_over_linear(claim, given):
    """Squares of affine functions over a concave positive one (the perspective of a square)."""
    node = claim.expression
    if is_array(node) or not isinstance(node, Mul):
        return None
    below = [f.base for f in node.args if isinstance(f, Pow) and f.exp == -1 and varies(f, given)]
    if len(below) != 1:
        return None
    above = node * below[0]
    claims = square_claims(above, given)
    if claims is None:
        return None
    return (yield from all_of(Claim(SIGN, True, below[0]), concave(below[0]), *claims))


# -- functions of matrices ------------------------------------------------------------------------------------------


def _inverse(claim, given):
    """v.T@inv(Y)@v and tr(F.T@inv(Y)@F) for affine v and positive definite affine Y."""
    node = claim.expression
    if isinstance(node, InnerProduct):
        chain = node.args
    elif isinstance(node, Trace):
        chain = node.args[0].args if isinstance(node.args[0], MatMul) else node.args
    else:
        return None
    for start in range(len(chain)):
        turned = (*chain[start:], *chain[:start]) if isinstance(node, Trace) else chain
        found = mirrored(turned) if len(turned) > 1 else (None, turned[0])
        if found is not None and found[1] is not None and _is_inverse(found[1]):
            outer = [] if found[0] is None else [affine(found[0])]
            base = found[1].args[0]
            return (yield from all_of(*outer, affine(base), Claim(DEFINITE, True, base)))
    return None


def _is_inverse(node):
    return isinstance(node, MatrixPower) and node.args[1] == -1


def _determinant(claim, given):
    """-logdet(Y) and -det(Y)**(1/n) for a positive definite affine Y."""
    number, body = signed(claim.expression)
    if number != -1:
        return None
    name, args = function_of(body)
    if name == "log":
        name, args = function_of(args[0])
    elif isinstance(body, Pow):
        name, args = function_of(body.base)
        if name != "det" or not is_array(args[0]) or body.exp != 1 / args[0].rows:
            return None
    if name not in ("det", "logdet") or function_of(body)[0] == "det":
        return None
    return (yield from all_of(Claim(DEFINITE, True, args[0]), affine(args[0])))


def _eigenvalues(claim, given):
    """The largest eigenvalue, and the negative of the smallest one, of an affine matrix."""
    number, body = signed(claim.expression)
    name, args = function_of(body)
    if (name, number) not in (("eigmax", 1), ("eigmin", -1)):
        return None
    return (yield from all_of(affine(args[0])))


def _singular_values(claim, given):
    """The spectral norm and the nuclear norm of an affine matrix; tr(sqrtm(M.T@M)) is the latter."""
    node = claim.expression
    if isinstance(node, ScalarFunction) and node.rule.name == "norm":
        return (yield from all_of(affine(node.args[0])))
    inner = function_of(node.args[0])[1][0] if _is_trace_of(node, "sqrtm") else None
    found = mirrored(inner.args) if isinstance(inner, MatMul) else None
    if found is None or found[1] is not None:
        return None
    return (yield from all_of(affine(found[0])))


def _is_trace_of(node, name):
    return isinstance(node, Trace) and function_of(node.args[0])[0] == name


def _trace_power(base, exponent):
    """Yield the claims under which tr(Y**k) is convex: Y definite, unless k is even."""
    if exponent.is_negative:
        return (yield from all_of(affine(base), Claim(DEFINITE, True, base)))
    if exponent.is_even:
        return (yield from all_of(affine(base)))
    if (exponent - 1).is_nonnegative:
        return (yield from all_of(affine(base), Claim(DEFINITE, False, base)))
    return None


def _trace_function(claim, given):
    """tr f(Y) of an affine symmetric Y for convex f: expm, even powers, Y@logm(Y); -tr(sqrtm(Y)), -tr(logm(Y))."""
    number, body = signed(claim.expression)
    if not isinstance(body, Trace) or abs(number) != 1:
        return None
    (matrix,) = body.args
    name, args = function_of(matrix)
    if name == "expm" and number == 1 and is_symmetric(args[0]):
        return (yield from all_of(affine(args[0])))
    if isinstance(matrix, MatrixPower) and number == 1 and is_symmetric(matrix.args[0]):
        return (yield from _trace_power(*matrix.args))
    if name in ("sqrtm", "logm") and number == -1:
        return (yield from all_of(affine(args[0]), Claim(DEFINITE, True, args[0])))
    if isinstance(matrix, MatMul) and len(matrix.args) == 2 and number == 1:
        for factor, other in (matrix.args, matrix.args[::-1]):
            name, args = function_of(other)
            if name == "logm" and args[0] is factor:
                return (yield from all_of(affine(factor), Claim(DEFINITE, True, factor)))
    return None


# -- the Hessian -------------------------------------------------------------------------------------------------------


def _second_order(claim, given):
    """A semidefinite Hessian; a definite one for strict convexity."""
    if given.hessian is None:
        return None
    function, hessian = given.hessian
    for node, matrix in ((function, hessian), (opposite(function), opposite(hessian))):
        if claim.expression == node:
            kind = DEFINITE if is_array(matrix) else SIGN
            # the Hessian may be symmetric without being written so
            found = yield from all_of(Claim(kind, claim.strict, matrix))
            if found or not is_array(matrix) or is_symmetric(matrix):
                return found
            halved = scale(Rational(1, 2), add(matrix, transpose(matrix)))
            return (yield from all_of(Claim(kind, claim.strict, halved)))
    return None


def _zero_hessian(claim, given):
    if given.hessian is None or claim.expression != given.hessian[0]:
        return None
    return () if is_zero(given.hessian[1]) else None


def _weakly(apply):
    """Return a rule's function as one that proves no strict claims."""
    return lambda claim, given: None if claim.strict else apply(claim, given)


SECOND_ORDER = "second-order condition"
AFFINE_RULES = (
    Rule("the variable, or constant", "by definition", _constant),
    Rule("linear operation", BOYD + "2.3.2", _linear),
    Rule("no second derivative", BOYD + "3.1.4", _zero_hessian),
)
_COMPOSITION = (
    ("affine", BOYD + "3.1.1", _affine),
    ("sum of convex functions", BOYD + "3.2.1", _sum),
    ("multiple of a convex function", BOYD + "3.2.1", _multiple),
    ("weighted sum of convex functions", BOYD + "3.2.1", _weighted_sum),
    ("rearranged entries", "by definition", _rearranged),
    ("monotone composition", BOYD + "3.2.4", _increasing),
    ("even function", BOYD + "3.2.4", _even),
    ("power", BOYD + "3.1.5 and 3.2.4", _power),
    ("negative entropy", BOYD + "3.1.5", _entropy),
    ("sum of squares of affine functions", BOYD + "3.2.2", _squares),
    ("power of a norm", BOYD + "3.1.5 and 3.2.4", _norm),
    ("quadratic over linear", BOYD + "3.1.5 and 3.2.6", _quadratic_over_linear),
    ("matrix fractional function", BOYD + "example 3.4", _inverse),
    ("determinant", BOYD + "3.1.5", _determinant),
    ("extreme eigenvalue", BOYD + "example 3.10", _eigenvalues),
    ("norm of singular values", BOYD + "3.1.5 and example 3.11", _singular_values),
    (
        "trace of a matrix function",
        "Davis (1957), All convex invariant functions of hermitian matrices",
        _trace_function,
    ),
)
CONVEX_RULES = (
    Rule(SECOND_ORDER, BOYD + "3.1.4", _second_order),
    *(Rule(name, source, _weakly(apply)) for name, source, apply in _COMPOSITION),
)
CONVEX_TABLE = {**TABLE, CONVEX: CONVEX_RULES, AFFINE: AFFINE_RULES}
