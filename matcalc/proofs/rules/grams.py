"""The rule for sums of products F.T@M@G with numbers in front: squares multiplied out, of arrays and of scalars."""

from __future__ import annotations

from sympy import Matrix, Rational

from ...algebra.constants import eye
from ...algebra.constructors import transpose
from ...algebra.expressions import InnerProduct, MatMul, MatrixPower, is_array
from ...algebra.products import matmul, matrix_power
from ..kinds import DEFINITE, SIGN
from ..parts import is_symmetric, signed, terms_of
from ..prover import Claim, Rule, all_of

_MOST_FACTORS = 6


def _halves(node):
    """Yield (F, M, G) with node = F.T@M@G, M None for two factors that meet, for every cut of a product."""
    chain = node.args if isinstance(node, (MatMul, InnerProduct)) else ()
    if isinstance(node, MatrixPower) and node.args[1].is_even and node.args[1].is_positive:
        half = matrix_power(node.args[0], node.args[1] / 2)
        yield transpose(half), None, half
    for cut in range(1, len(chain)):
        yield transpose(matmul(*chain[:cut])), None, matmul(*chain[cut:])
    for place in range(1, len(chain) - 1):
        if chain[place].is_square and is_symmetric(chain[place]):
            yield transpose(matmul(*chain[:place])), chain[place], matmul(*chain[place + 1 :])


def _combination(claim, given):
    """The sum of c_ij * F_i.T@M@F_j is semidefinite where the numbers c_ij are the entries of a semidefinite matrix."""
    node = claim.expression
    terms = terms_of(node)
    if claim.strict or len(terms) < 3 or len(terms) > _MOST_FACTORS**2:
        return None
    cross = next((t for t in terms if _is_product(t) and (not is_array(t) or transpose(t) is not t)), None)
    for first, middle, last in _halves(signed(cross)[1]) if cross is not None else ():
        if first is last or first.shape != last.shape:
            continue
        found = _coefficients(terms, middle, [first, last])
        if found is None:
            continue
        numbers, rest = found
        if not numbers.is_positive_semidefinite:
            continue
        kind = DEFINITE if is_array(node) else SIGN
        needed = [Claim(DEFINITE, False, middle)] if middle is not None else []
        needed += [Claim(kind, False, term) for term in rest]
        if (yield from all_of(*needed)) is not None:
            return tuple(needed)
    return None


def _is_product(term):
    return isinstance(signed(term)[1], (MatMul, InnerProduct))


def _coefficients(terms, middle, factors):
    """Return the symmetric matrix of the numbers c_ij, and the terms that are no such products; None for too many."""
    entries, rest = {}, []
    for term in terms:
        number, body = signed(term)
        place = _place(body, middle, factors) if number.is_Rational else None
        if place is None:
            rest.append(term)
        else:
            entries[place] = entries.get(place, 0) + number
    if len(factors) > _MOST_FACTORS:
        return None
    scalar = not is_array(terms[0])
    size = len(factors)

    def entry(i, j):
        both = entries.get((i, j), 0) + entries.get((j, i), 0)
        return Rational(both) / 2 if i != j else Rational(entries.get((i, j), 0))

    numbers = Matrix(size, size, entry)
    if not scalar and any(entries.get((i, j), 0) != entries.get((j, i), 0) for i, j in entries):
        return None
    return numbers, rest


def _place(body, middle, factors):
    """Return (i, j) where the term is F_i.T@M@F_j; a factor that meets a known one is added to the list."""
    for first, between, last in _halves(body):
        if between is middle and first.rows == factors[0].rows and last.rows == factors[0].rows:
            if first in factors or last in factors or first is last:
                for factor in (first, last):
                    if factor not in factors:
                        factors.append(factor)
                return factors.index(first), factors.index(last)
    if middle is not None and middle is body:
        identity = eye(body.rows)
        if identity not in factors:
            factors.append(identity)
        return factors.index(identity), factors.index(identity)
    return None


GRAM_RULES = (Rule("squares multiplied out", "Horn & Johnson (2013), theorem 7.2.10", _combination),)
