"""Definite functions of one symmetric matrix: the sign of the function on what is known of the eigenvalues."""

from __future__ import annotations

from typing import Any

from sympy import Add, Mul, S, Symbol

from ...algebra.build import build
from ...algebra.constants import is_constant
from ...algebra.expressions import ArrayFunction, ArraySymbol, MatMul, MatrixPower, Scale, Sum
from ..kinds import DEFINITE, SIGN
from ..parts import is_symmetric
from ..prover import Claim, Given, Prover, Rule
from .functions import HIGHAM, Premises
from .matrices import function_base

_EIGENVALUES = {"projection": (S.Zero, S.One), "orthogonal": (S.NegativeOne, S.One)}


def _on_spectrum(claim: Claim, given: Given) -> Premises:
    """A function of a symmetric matrix, which is definite where the function is positive on the eigenvalues."""
    node = claim.expression
    base = function_base(node) if isinstance(node, (Sum, MatMul, Scale)) else None
    if base is None or not is_symmetric(base):
        return None
    known = base.facts & _EIGENVALUES.keys() if isinstance(base, ArraySymbol) else ()
    if known:
        values = [_as_scalar(node, value, given) for value in _EIGENVALUES[min(known)]]
        return () if all(_fits(value, claim.strict) for value in values) else None
    premises: tuple = ()
    letter = Symbol("t", real=True)
    for strict in (True, False):
        definite = Claim(DEFINITE, strict, base)
        if (yield definite):
            premises, letter = (definite,), Symbol("t", positive=True) if strict else Symbol("t", nonnegative=True)
            break
    function = _as_scalar(node, letter, given)
    if function is None:
        return None
    return premises if _proved(Claim(SIGN, claim.strict, function), given) else None


def _fits(value: Any, strict: bool) -> bool:
    return value is not None and bool(value.is_positive if strict else value.is_nonnegative)


def _as_scalar(node: Any, letter: Any, given: Given) -> Any | None:
    """Return the function of a number of which a matrix function is made; None where a part has no counterpart."""
    parts = [_as_scalar(part, letter, given) for part in node.args] if isinstance(node, (Sum, MatMul)) else []
    if None in parts:
        return None
    if is_constant(node, "eye"):
        return S.One
    if isinstance(node, Sum):
        return Add(*parts)
    if isinstance(node, MatMul):
        return Mul(*parts)
    if isinstance(node, Scale):
        inner = _as_scalar(node.args[1], letter, given)
        return None if inner is None else node.args[0] * inner
    if isinstance(node, MatrixPower):
        inner = _as_scalar(node.args[0], letter, given)
        return None if inner is None else inner ** node.args[1]
    if isinstance(node, ArrayFunction) and node.rule.matrix_function:
        return _of_function(node, letter, given)
    return letter


def _of_function(node: ArrayFunction, letter: Any, given: Given) -> Any | None:
    """Return the scalar counterpart of a matrix function, as the rule book has it."""
    scalar = node.rule.scalar
    inner = _as_scalar(node.args[0], letter, given)
    if scalar is None or inner is None or len(node.args) != 1:
        return None
    return build(scalar, {node.rule.params[0].name: inner}, given.book)


def _proved(claim: Claim, given: Given) -> bool:
    """Whether a claim about a number that stands for all eigenvalues is proved; it is no claim about the matrix."""
    return Prover(given.table, Given(given.claims, given.book)).prove(claim)


SPECTRUM_RULES = (Rule("function positive on the spectrum", HIGHAM, _on_spectrum),)
