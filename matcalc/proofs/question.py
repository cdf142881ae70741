"""What is to be proved of an elaborated expression: the domain as premises, and the search for a proof."""

from __future__ import annotations

from ..algebra.build import build
from ..algebra.expressions import is_array
from ..rulebook.conditions import conditions, under_roots_only
from ..shapes.known import always_holds
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


def domain_claims(elaborated, book, variable=None, closed=False):
    """Return (conditions, claims): the conditions of an expression that are not known to hold, and what they claim.

    Where the domain is to be ``closed``, that of a root is where its argument is not negative.
    """
    found, claims = [], []
    prover = Prover(TABLE, Given(declared_bounds(elaborated), book))
    env = {**elaborated.sizes, **elaborated.symbols}
    rooted = under_roots_only(elaborated.tree, book) if closed and variable is None else ()
    for condition in conditions(elaborated.tree, elaborated.facts, book, variable):
        claim = condition_claim(condition, env, book)
        if claim is None:
            if not always_holds(condition, elaborated, book):  # X.T@X is symmetric
                found.append(condition)
        elif not prover.prove(claim) and not (str(condition) in rooted and prover.prove(claim._replace(strict=False))):
            found.append(condition)
            claims.append(claim)
    return found, declared_bounds(elaborated) + tuple(claims)


def declared_bounds(elaborated):
    """Return what the declared facts of scalars say beyond their signs: those of the unit interval are below 1."""
    facts, symbols = elaborated.facts, elaborated.symbols
    inside = [symbols[name] for name in symbols if "unit-interval" in facts.get(name, ())]
    return tuple(Claim(BOUND, True, symbol) for symbol in inside if not is_array(symbol))


def condition_claim(condition, env, book):
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
