"""What is said of the sides of kinks at which a right formula was not compared, since no point of them was found."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from ..algebra.build import build
from ..errors import MatcalcError
from ..evaluation.exact.sides import MissingSide
from ..language.syntax import Binary, Number, Tree
from ..proofs.kinds import SIGN
from ..proofs.parts import opposite
from ..proofs.prover import Claim, Given, Prover
from ..proofs.question import declared_bounds
from ..proofs.table import TABLE
from .case import shown

_MOST = 3


def not_compared(query: Any, missing: tuple[MissingSide, ...]) -> tuple[str, ...]:
    """Return the notes on sides that were not found; those that are proved to be empty are left out."""
    told = [text for side in missing for text in [_told(query, side)] if text]
    told = list(dict.fromkeys(told))
    if not told:
        return ()
    more = f", and {len(told) - _MOST} more" if len(told) > _MOST else ""
    return (f"not compared where {' or '.join(told[:_MOST])}{more}: no such point was found",)


def _told(query: Any, side: MissingSide) -> str:
    tree = side.tree
    if not side.sign:
        return f"{shown(tree)} is on another side of its kinks"
    if _is_empty(query, tree, side.sign):
        return ""
    left: Tree = tree
    right: Tree = Number(Fraction(0))
    sign = side.sign
    if isinstance(tree, Binary) and tree.op == "-":
        left, right = tree.left, tree.right
    if isinstance(left, Number):
        left, right, sign = right, left, -sign
    return f"{shown(left)} {'<' if sign < 0 else '>'} {shown(right)}"


def _is_empty(query: Any, tree: Tree, sign: int) -> bool:
    """Whether a tree is proved to have this sign nowhere."""
    elaborated = query.elaborated
    try:
        value = build(tree, {**elaborated.sizes, **elaborated.symbols}, query.book)
        claim = Claim(SIGN, False, value if sign < 0 else opposite(value))
        return Prover(TABLE, Given(declared_bounds(elaborated), query.book)).prove(claim)
    except MatcalcError:
        return False
