"""Rules for definite sums, among them differences: Schur complements, completed squares, dominated terms.

The terms of which nothing is known are set against the definite ones; whatever is left over is a claim of its own.
"""

from __future__ import annotations

from sympy import Add, Mul

from ...algebra.build import call
from ...algebra.constants import eye, is_constant, ones
from ...algebra.constructors import add, diagonal, hadamard, power, scale, transpose
from ...algebra.expressions import ONE, ArraySymbol, Constant, Diagonal, MatMul, Sum, coefficient, is_array, postorder
from ...algebra.linear import negate
from ...algebra.products import matmul, matrix_power
from ...algebra.traces import total, trace
from ...rulebook.facts import implying
from ..kinds import DEFINITE, NONZERO, SIGN
from ..parts import is_symmetric, mirrored, power_of, signed, sum_of, terms_of
from ..prover import Claim, Rule, all_of
from .matrices import HORN

MAX_TERMS = 12


def _terms(claim):
    """Return the terms of a sum of arrays that is not too long, else None."""
    if not is_array(claim.expression):
        return None
    found = terms_of(claim.expression)
    return found if 1 < len(found) <= MAX_TERMS else None


def _rest(terms, *used):
    """Return the claims about what is left of the terms: none where nothing is."""
    left = [term for term in terms if not any(term is other for other in used)]
    return [Claim(DEFINITE, False, add(*left))] if left else []


def _sum(claim, given):
    """A sum of semidefinite matrices, one of them definite where that is claimed."""
    terms = terms_of(claim.expression) if is_array(claim.expression) else ()
    return (yield from sum_of(claim, terms)) if len(terms) > 1 else None


def _common_factor(claim, given):
    """F.T@M@F + F.T@N@F is F.T@(M + N)@F, and a scalar that all terms share is put in front."""
    terms = _terms(claim)
    if terms is None:
        return None
    chains = [
        (scalar, array.args if isinstance(array, MatMul) else (array,)) for scalar, array in map(coefficient, terms)
    ]
    first, last = chains[0][1][0], chains[0][1][-1]
    if first is not transpose(last) or any(len(c) < 2 or c[0] is not first or c[-1] is not last for _, c in chains):
        return None
    inner = [scale(scalar, matmul(*chain[1:-1]) if len(chain) > 2 else eye(first.cols)) for scalar, chain in chains]
    if not all(map(is_array, inner)):
        return None
    return (yield from all_of(Claim(DEFINITE, claim.strict, matmul(first, add(*inner), last))))


def _common_scalar(claim, given):
    """A scalar that all terms share is put in front."""
    terms = _terms(claim)
    if terms is None:
        return None
    shared = None
    for term in terms:
        powers = {base: exponent for base, exponent in _powers(coefficient(term)[0])}
        if shared is None:
            shared = powers
            continue
        shared = {
            b: min(e, powers[b]) for b, e in shared.items() if b in powers and e.is_number and powers[b].is_number
        }
    factor = Mul(*[base**exponent for base, exponent in shared.items()])
    if factor.is_number:
        return None
    inner = add(*[scale(coefficient(t)[0] / factor, coefficient(t)[1]) for t in terms])
    return (yield from all_of(Claim(SIGN, claim.strict, factor), Claim(DEFINITE, claim.strict, inner)))


def _powers(scalar):
    return [f.as_base_exp() for f in Mul.make_args(scalar) if not f.is_number]


def _joined_diagonals(claim, given):
    """diag(v) + c*eye(n) is diag(v + c)."""
    terms = _terms(claim)
    if terms is None:
        return None
    columns = {term: diagonal_column(term) for term in terms}
    joined = [column for column in columns.values() if column is not None]
    if len(joined) < 2:
        return None
    others = [term for term in terms if columns[term] is None]
    total = diagonal(add(*joined))
    return (yield from all_of(Claim(DEFINITE, claim.strict, add(total, *others) if others else total)))


def diagonal_column(term):
    """Return v where the matrix is diag(v), None for matrices that are not diagonal."""
    scalar, array = coefficient(term)
    if is_constant(array, "eye"):
        return scale(scalar, ones(array.rows))
    return scale(scalar, array.args[0]) if isinstance(array, Diagonal) else None


# -- Schur complements -----------------------------------------------------------------------------------------------


def outer_form(term):
    """Return (F, S, needed) where the matrix is F @ inv(S) @ F.T and S is positive by the claims needed; else None."""
    scalar, array = coefficient(term)
    positive = [Claim(SIGN, True, scalar)]
    if is_constant(array, "ones") and array.is_square:
        return ones(array.rows), 1 / scalar, positive
    found = mirrored(array.args) if isinstance(array, MatMul) else None
    if found is None:
        return None
    turned, middle = found
    factor = transpose(turned)
    if middle is None:
        return factor, 1 / scalar if factor.is_column else scale(1 / scalar, eye(factor.cols)), positive
    inverse = scale(1 / scalar, matrix_power(middle, -ONE))
    return factor, inverse, [Claim(DEFINITE, True, scale(scalar, middle))]


def weighted_gram(matrix, factor):
    """Return (G, needed), where G is F.T @ pinv(P) @ F for a factor F in the range of the matrix P; None without it.

    Under the claims needed F.T@z is 0 where P@z is, and G is what the Cauchy-Schwarz inequality of P has for F.
    """
    scalar, array = coefficient(matrix)
    stripped = _stripped(scalar, array, factor)
    if stripped is not None:
        return stripped
    if isinstance(array, Diagonal) and factor.is_column:
        ratios = hadamard(factor, factor, power(array.args[0], -ONE))
        strict = any(power_of(n) and is_array(n) and n.args[1].is_negative for n in postorder(ratios))
        return total(ratios) / scalar, [Claim(DEFINITE, strict, matrix), *_not_zero(scalar)]
    if isinstance(array, (Sum, Constant)):
        return None
    inverse = diagonal(power(array.args[0], -ONE)) if isinstance(array, Diagonal) else matrix_power(array, -ONE)
    return scale(1 / scalar, matmul(transpose(factor), inverse, factor)), [Claim(DEFINITE, True, matrix)]


def _not_zero(scalar):
    return [] if scalar.is_number else [Claim(NONZERO, True, scalar)]


def _stripped(scalar, array, factor):
    """Return what :func:`weighted_gram` does where P is H.T@M@H and F is written as H.T@M@Y: Y.T@M@Y."""
    number, body = coefficient(factor)
    chain = array.args if isinstance(array, MatMul) else (array,)
    found = mirrored(chain) if len(chain) > 1 else (None, array)
    if found is None:
        return None
    middle = found[1]
    if is_constant(middle, "eye"):
        return _over(scalar, matmul(transpose(factor), factor)), [Claim(SIGN, True, scalar)]
    head = chain[: (len(chain) + 1) // 2]
    factors = body.args if isinstance(body, MatMul) else (body,)
    if len(head) > len(factors) or any(a is not b for a, b in zip(head, factors)):
        return None
    column = scale(number, matmul(*factors[len(head) :]) if len(factors) > len(head) else eye(factor.cols))
    inner = matmul(transpose(column), *([] if middle is None else [middle]), column)
    definite = Claim(SIGN, False, scalar) if middle is None else Claim(DEFINITE, False, scale(scalar, middle))
    return _over(scalar, inner), [definite, *_not_zero(scalar)]


def _over(scalar, node):
    return scale(1 / scalar, node)


def _schur(claim, given):
    """P - F@inv(S)@F.T where S - F.T@pinv(P)@F is semidefinite: a Schur complement of [[P, F], [F.T, S]]."""
    terms = _terms(claim)
    if terms is None:
        return None
    for subtracted in terms:
        form = outer_form(negate(subtracted))
        if form is None or (yield Claim(DEFINITE, False, subtracted)):
            continue
        for minuend in terms:
            if minuend is subtracted or not is_symmetric(minuend):
                continue
            found = yield from _schur_of(claim.strict, minuend, form, _rest(terms, minuend, subtracted))
            if found:
                return found
    return None


def _schur_of(strict, matrix, form, rest):
    """Yield the claims that make matrix - F @ inv(S) @ F.T semidefinite, and those about the rest."""
    factor, pivot, pivot_positive = form
    found = weighted_gram(matrix, factor)
    if found is None:
        return None
    inner, needed = found
    gap = add(pivot, negate(inner)) if is_array(pivot) else pivot - inner
    kind = DEFINITE if is_array(pivot) else SIGN
    common = [*pivot_positive, *needed]
    premises = yield from all_of(Claim(DEFINITE, strict, matrix), *common, Claim(kind, strict, gap), *rest)
    if premises is None and strict and rest:
        # semidefinite is enough where what is left over is definite
        rest = [claim._replace(strict=True) for claim in rest]
        premises = yield from all_of(Claim(DEFINITE, False, matrix), *common, Claim(kind, False, gap), *rest)
    return premises


# -- completing the square -----------------------------------------------------------------------------------


def _completed_square(claim, given):
    """P + F@G.T + G@F.T + rest is a square, of P + F@G.T, plus rest - G@(F.T@pinv(P)@F)@G.T."""
    terms = _terms(claim)
    if terms is None or claim.strict:
        return None
    for cross in terms:
        partner = transpose(cross)
        if partner is cross or not any(term is partner for term in terms) or not _is_product(cross):
            continue
        for square in terms:
            if square is cross or square is partner or not is_symmetric(square):
                continue
            found = yield from _completed(square, cross, [t for t in terms if t is not square])
            if found:
                return found
    return None


def _is_product(term):
    return isinstance(coefficient(term)[1], MatMul)


def _completed(square, cross, rest):
    """Yield the claims that are left once the cross term and its transpose belong to a square."""
    scalar, array = coefficient(cross)
    for cut in range(1, len(array.args)):
        left, right = scale(scalar, matmul(*array.args[:cut])), matmul(*array.args[cut:])
        found = weighted_gram(square, left)
        if found is None:
            continue
        inner, needed = found
        others = [term for term in rest if term is not cross and term is not transpose(cross)]
        left_over = add(*others, negate(matmul(transpose(right), inner, right)))
        premises = yield from all_of(Claim(DEFINITE, False, square), *needed, Claim(DEFINITE, False, left_over))
        if premises:
            return premises
    return None


# -- dominated terms ---------------------------------------------------------------------------------------------------


def _dominated(claim, given):
    """c*eye(n) - M where c is at least the largest eigenvalue: it is at most tr(M) and norm(M)."""
    terms = _terms(claim)
    if terms is None:
        return None
    identity = next((term for term in terms if is_constant(coefficient(term)[1], "eye")), None)
    if identity is None:
        return None
    multiple = coefficient(identity)[0]
    for term in terms:
        matrix = negate(term)
        if term is identity or not is_symmetric(term):
            continue
        for bound, needed in _eigenvalue_bounds(matrix, given):
            gap = Claim(SIGN, claim.strict, Add(multiple, -bound))
            found = yield from all_of(gap, *needed, *_rest(terms, identity, term))
            if found:
                return found
    return None


def _eigenvalue_bounds(matrix, given):
    """Return the numbers that the largest eigenvalue does not exceed, each with what has to be shown for that."""
    scalar, array = coefficient(matrix)
    bounds = [(trace(matrix), [Claim(DEFINITE, False, matrix)])]
    if is_constant(array, "comm") or isinstance(array, ArraySymbol) and array.facts & implying("orthogonal"):
        bounds += [(scalar, [Claim(SIGN, False, scalar)]), (-scalar, [Claim(SIGN, False, -scalar)])]
    for sign in (1, -1):
        extreme = call(given.book, "eigmax" if sign == 1 else "eigmin", array)
        bounds.append((scalar * extreme, [Claim(SIGN, False, sign * scalar)]))
        bounds.append((sign * scalar * call(given.book, "norm", array), [Claim(SIGN, False, sign * scalar)]))
    return bounds


def _laplacian(claim, given):
    """diag(v) - M where the entries of M are not negative, and v not below the sums of its rows."""
    terms = _terms(claim)
    if terms is None or len(terms) != 2:
        return None
    for one, other in (terms, terms[::-1]):
        column = diagonal_column(one)
        if column is None or not is_symmetric(other):
            continue
        number, matrix = signed(other)
        rows = scale(abs(number), matmul(matrix, ones(matrix.cols)))
        gap = Claim(SIGN, claim.strict, add(column, negate(rows)))
        found = yield from all_of(Claim(SIGN, False, matrix), gap)
        if found:
            return found
    return None


SUM_RULES = (
    Rule("sum", HORN + "observation 7.1.3", _sum),
    Rule("common factor", "the distributive law", _common_factor),
    Rule("common scalar factor", "the distributive law", _common_scalar),
    Rule("sum of diagonal matrices", "by definition", _joined_diagonals),
    Rule("Schur complement", "Boyd & Vandenberghe (2004), A.5.5", _schur),
    Rule("completed square", "Boyd & Vandenberghe (2004), A.5.5", _completed_square),
    Rule("largest eigenvalue", HORN + "theorem 4.2.2", _dominated),
    Rule("diagonal dominance", HORN + "theorem 6.1.10", _laplacian),
)
