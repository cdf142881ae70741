"""Rules for squares, norms and quotients of affine functions, and of convex functions that are not negative."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from sympy import Mul, Pow, Rational

from ...algebra.expressions import (
    ArrayFunction,
    Diagonal,
    Hadamard,
    InnerProduct,
    Kronecker,
    MatMul,
    Scale,
    Trace,
    Transpose,
    Vec,
    is_array,
)
from ...proofs.kinds import DEFINITE, SIGN
from ...proofs.parts import mirrored, power_of, signed, terms_of
from ...proofs.prover import Claim, Given, all_of
from .claims import BOYD, affine, concave, convex, varies


def squares_of(node: Any, given: Given) -> Generator[Claim, Any, list | None]:
    """Yield the claims under which all entries are a constant plus weighted squares; return them, or None.

    What is squared is affine, or convex and not negative; the weights and the constant are not negative. So the root
    of an entry is a weighted norm, in the latter case one that increases in what it is the norm of.
    """
    premises = []
    for term in terms_of(node):
        if not varies(term, given):
            found = yield from all_of(Claim(SIGN, False, term))
        else:
            found = yield from _square_of(term, given)
        if found is None:
            return None
        premises += found
    return premises


def _square_of(node: Any, given: Given) -> Generator[Claim, Any, list | None]:
    """Yield the claims that make one term a sum of weighted squares."""
    number, body = signed(node)
    if number.is_negative:
        return None
    if isinstance(body, (Mul, Hadamard, Scale, Kronecker)):
        return (yield from _weighted(body.args, given))
    if power_of(body) is not None and body.args[1] == 2:
        return (yield from _magnitude(body.args[0], given))
    if isinstance(body, (Transpose, Vec, Diagonal)):
        return (yield from squares_of(body.args[0], given))
    if isinstance(body, Trace) or isinstance(body, ArrayFunction) and body.rule.id == "diag(X)":
        return (yield from _on_diagonal(body, given))
    if isinstance(body, InnerProduct):
        found = yield from _quadratic(body.args, given)
        return found or (yield from _weighted(body.args, given))
    return (yield from _weighted(body.args, given)) if isinstance(body, MatMul) else None


def _on_diagonal(node: Any, given: Given) -> Generator[Claim, Any, list | None]:
    """Yield the claims of a trace, or of a diagonal: that of F.T@M@F has weighted sums of squares."""
    premises = []
    for term in terms_of(node.args[0]):
        number, body = signed(term)
        if number.is_negative:
            return None
        found = yield from squares_of(term, given)
        chain = body.args if isinstance(body, MatMul) else ()
        for start in range(len(chain) if isinstance(node, Trace) else 1):
            found = found or (yield from _quadratic((*chain[start:], *chain[:start]), given))
        if found is None:
            return None
        premises += found
    return premises


def _weighted(parts: tuple, given: Given) -> Generator[Claim, Any, list | None]:
    """Yield the claims of a product of one factor that is a sum of squares with weights that are not negative."""
    varying = [part for part in parts if varies(part, given)]
    if len(varying) != 1:
        return (yield from _magnitude(varying[0], given)) if len(varying) == 2 and varying[0] is varying[1] else None
    weights = [Claim(SIGN, False, part) for part in parts if part is not varying[0]]
    proved = yield from all_of(*weights)
    found = None if proved is None else (yield from squares_of(varying[0], given))
    return None if found is None else [*proved, *found]


def _quadratic(chain: tuple, given: Given) -> Generator[Claim, Any, list | None]:
    """Yield the claims of the diagonal of F.T@M@F with a semidefinite constant M, or without M."""
    found = mirrored(chain) if len(chain) > 1 else None
    if found is None or not varies(found[0], given):
        return None
    factor, middle = found
    if middle is not None and varies(middle, given):
        return None
    weights = [] if middle is None else [Claim(DEFINITE, False, middle)]
    proved = yield from all_of(affine(factor), *weights)
    if proved is None:
        monotone = weights and [*weights, Claim(SIGN, False, middle)]
        proved = yield from all_of(*monotone, Claim(SIGN, False, factor), convex(factor))
    return proved


def _magnitude(node: Any, given: Given) -> Generator[Claim, Any, list | None]:
    """Yield what makes a square convex: an affine base, or a convex one that is not negative."""
    found = yield from all_of(affine(node))
    return found or (yield from all_of(Claim(SIGN, False, node), convex(node)))


def _norm(claim: Claim, given: Given) -> Any:
    """A power k >= 1 of a Euclidean norm of affine functions, as (squares)**(k/2)."""
    found = power_of(claim.expression)
    if found is None or not (found[1] - Rational(1, 2)).is_nonnegative:
        return None
    return (yield from squares_of(found[0], given))


def _squares(claim: Claim, given: Given) -> Any:
    """A sum of squares of affine functions, weighted by constants that are not negative."""
    return (yield from squares_of(claim.expression, given))


def _quadratic_over_linear(claim: Claim, given: Given) -> Any:
    """Squares of affine functions over a concave positive one (the perspective of a square)."""
    node = claim.expression
    if is_array(node) or not isinstance(node, Mul):
        return None
    below = [f.base for f in node.args if isinstance(f, Pow) and f.exp == -1 and varies(f, given)]
    if len(below) != 1:
        return None
    proved = yield from all_of(Claim(SIGN, True, below[0]), concave(below[0]))
    found = None if proved is None else (yield from squares_of(node * below[0], given))
    return None if found is None else [*proved, *found]


SQUARE_RULES = (
    ("sum of squares of affine functions", BOYD + "3.2.2", _squares),
    ("power of a norm", BOYD + "3.1.5 and 3.2.4", _norm),
    ("quadratic over linear", BOYD + "3.1.5 and 3.2.6", _quadratic_over_linear),
)
