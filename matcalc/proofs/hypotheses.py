"""What would be enough: a sign or definiteness of the names that are constants, under which a claim is proved."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..algebra.expressions import is_array
from ..rulebook.facts import implying, of_one_sign
from .kinds import DEFINITE, SIGN
from .parts import is_symmetric, opposite
from .prover import Claim, Given, Prover
from .steps import relation

_MOST_NAMES = 6


def sufficient(claims: dict, given: Given, symbols: dict, table: dict) -> tuple[str, str] | None:
    """Return (what is claimed, the hypothesis in words) for the first claim that one hypothesis or two signs prove.

    ``claims`` maps claims to their words, ``symbols`` the names of constants to their symbols. None where the names
    are too many, or nothing helps.
    """
    if not 0 < len(symbols) <= _MOST_NAMES:
        return None
    single = [(claim,) for name in symbols for claim in _hypotheses(symbols[name])]
    signs = [[c for c in _hypotheses(s) if c.kind == SIGN] for s in symbols.values()]
    pairs = [(a, b) for i, one in enumerate(signs) for other in signs[i + 1 :] for a in one for b in other]
    for hypotheses in (*single, *pairs[: 2 * _MOST_NAMES]):
        prover = Prover(table, replace(given, claims=(*given.claims, *hypotheses)))
        for claim, words in claims.items():
            if prover.prove(claim):
                return words, " and ".join(map(_written, hypotheses))
    return None


def _hypotheses(symbol: Any) -> list:
    """Return the claims about a name that its declared facts leave open."""
    facts = symbol.facts if is_array(symbol) else ()
    known = bool(set(facts) & of_one_sign())
    known = known or not is_array(symbol) and (symbol.is_positive or symbol.is_negative)
    found = [] if known else [Claim(SIGN, False, symbol), Claim(SIGN, False, opposite(symbol))]
    if is_array(symbol) and symbol.is_square and is_symmetric(symbol) and not implying("psd") & set(facts):
        found += [Claim(DEFINITE, False, symbol), Claim(DEFINITE, False, opposite(symbol))]
    return found


def _written(claim: Claim) -> str:
    """Return a hypothesis in words: c >= 0, P is positive semidefinite."""
    node, negative = claim.expression, False
    if not getattr(node, "name", None):
        node, negative = opposite(node), True
    entries = " in every entry" if claim.kind == SIGN and is_array(node) else ""
    return f"{node.name} {relation(claim.kind, False, negative)}{entries}"
