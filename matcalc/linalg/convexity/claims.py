"""Claims about convexity, and where the variable of such a claim occurs."""

from __future__ import annotations

from ...algebra.expressions import dependent
from ...proofs.kinds import AFFINE, CONVEX
from ...proofs.parts import opposite
from ...proofs.prover import Claim

BOYD = "Boyd & Vandenberghe (2004), "


def varies(node, given):
    """Return whether one of the variables occurs in an expression."""
    return node in dependent(node, given.variables)


def convex(node):
    """Return the claim that an expression is convex."""
    return Claim(CONVEX, False, node)


def concave(node):
    """Return the claim that an expression is concave."""
    return Claim(CONVEX, False, opposite(node))


def affine(node):
    """Return the claim that an expression is affine."""
    return Claim(AFFINE, False, node)
