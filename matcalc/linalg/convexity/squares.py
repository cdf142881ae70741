"""Rules for squares, norms and quotients of affine functions."""

from __future__ import annotations

from sympy import Mul, Pow, Rational

from ...algebra.expressions import Hadamard, InnerProduct, Power, is_array
from ...proofs.kinds import DEFINITE, SIGN
from ...proofs.parts import mirrored, power_of, signed, terms_of
from ...proofs.prover import Claim, all_of
from .claims import BOYD, affine, concave, varies


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


SQUARE_RULES = (
    ("sum of squares of affine functions", BOYD + "3.2.2", _squares),
    ("power of a norm", BOYD + "3.1.5 and 3.2.4", _norm),
    ("quadratic over linear", BOYD + "3.1.5 and 3.2.6", _quadratic_over_linear),
)
