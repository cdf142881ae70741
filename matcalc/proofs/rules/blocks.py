"""Rules for blocks: definiteness by a Schur complement, rank and sign by their parts."""

from __future__ import annotations

from collections.abc import Generator

from sympy import Expr, S

from ...algebra.blocks import Block, in_two
from ...algebra.constructors import add, scale, transpose
from ...algebra.linear import negate
from ...algebra.products import matmul, matrix_power
from ..kinds import DEFINITE, RANK, SIGN
from ..parts import signed
from ..prover import Claim, Given, Rule, all_of, one_of

Premises = Generator | tuple | None

_MOST_PARTS = 6


def _by_schur(claim: Claim, given: Given) -> Premises:
    """[A, B; B.T, D] where A is definite and D - B.T@inv(A)@B is, too, or the other way round; for B = 0 both parts."""
    number, body = signed(claim.expression)
    if not isinstance(body, Block) or body.heights != body.widths or transpose(body) is not body:
        return None
    for cut in range(1, min(len(body.heights), _MOST_PARTS)):
        a, b, c, d = (scale(number, part) for part in in_two(body, cut))
        if _is_zero(b):
            found = yield from all_of(Claim(DEFINITE, claim.strict, a), Claim(DEFINITE, claim.strict, d))
            if found:
                return found
            continue
        for first, beside, below, last in ((a, b, c, d), (d, c, b, a)):
            if _is_zero(first):
                continue
            complement = add(last, negate(matmul(below, matrix_power(first, S.NegativeOne), beside)))
            found = yield from all_of(Claim(DEFINITE, True, first), Claim(DEFINITE, claim.strict, complement))
            if found:
                return found
    return None


def _is_zero(part: Expr) -> bool:
    return getattr(part, "name", "") == "zeros" or part == 0


def _rank_of_parts(claim: Claim, given: Given) -> Premises:
    """One below the other: full column rank of one of them is enough."""
    node = claim.expression
    if not isinstance(node, Block) or len(node.widths) != 1:
        return None
    return (yield from one_of(*[Claim(RANK, True, part) for part in node.args]))


def _sign_of_parts(claim: Claim, given: Given) -> Premises:
    """The entries of a block are those of its parts."""
    number, body = signed(claim.expression)
    if not isinstance(body, Block):
        return None
    return (yield from all_of(*[Claim(SIGN, claim.strict, scale(number, part)) for part in body.args]))


BLOCK_RULES = (Rule("Schur complement of a block", "Horn & Johnson (2013), theorem 7.7.7", _by_schur),)
BLOCK_RANK_RULES = (Rule("rank of a part", "Horn & Johnson (2013), 0.4.5", _rank_of_parts),)
BLOCK_SIGN_RULES = (Rule("entries of the parts", "by definition", _sign_of_parts),)
