"""What is to be proved of an elaborated expression: the domain as premises, and the search for a proof."""

from __future__ import annotations

from ..algebra.build import build
from ..algebra.expressions import is_array
from ..rulebook.conditions import conditions
from .kinds import BOUND, NONZERO, RANK, SIGN
from .prover import Claim, Given, Prover
from .steps import written_proof
from .table import TABLE

# the claim that a condition of the rule book makes about what it speaks of
_CLAIMS = {
    "positive": (SIGN, True),
    "nonzero": (NONZERO, True),
    "invertible": (RANK, True),
    "full_column_rank": (RANK, True),
    "inside_unit": (BOUND, True),
}


def domain_claims(elaborated, book, variable=None):
    """Return (conditions, claims): the conditions of an expression that are not known to hold, and what they claim."""
    found, claims = [], []
    prover = Prover(TABLE, Given((), book))
    for condition in conditions(elaborated.tree, elaborated.facts, book, variable):
        claim = _claim_of(condition, {**elaborated.sizes, **elaborated.symbols}, book)
        if claim is None:
            found.append(condition)
        elif not prover.prove(claim):
            found.append(condition)
            claims.append(claim)
    return found, tuple(claims)


def _claim_of(condition, env, book):
    """Return the Claim that a condition makes; None for one that says nothing about signs or rank."""
    value = build(condition.tree, env, book)
    if condition.predicate == "nonzero_array":
        if not is_array(value):
            return Claim(NONZERO, True, value)
        return Claim(RANK, True, value) if value.is_column else None
    kind = _CLAIMS.get(condition.predicate)
    return None if kind is None else Claim(*kind, value)


def first_proof(claims, given, elaborated, table=TABLE):
    """Return (claim, Proof) for the first of the claims that is proved by the rules of a table, else (None, None)."""
    prover = Prover(table, given)
    for claim in claims:
        if prover.prove(claim):
            return claim, written_proof(prover.inferences(claim), elaborated)
    return None, None


def rule_names(table=TABLE):
    """Return the names of the rules of each kind of claim, for the check of a proof."""
    return {kind: {rule.name for rule in rules} for kind, rules in table.items()}
