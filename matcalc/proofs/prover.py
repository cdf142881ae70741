"""Proofs by rules: claims about expressions, rules that reduce a claim to smaller ones, and a bounded search.

A rule is a function of a claim that yields the claims it rests on and is told whether each of them was proved; it
returns the premises that it used, or None where it does not apply. The search runs the rules on a stack of its own,
tries every claim once, and stops after MAX_CLAIMS claims; so it takes polynomial time and needs no recursion.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from ..algebra.constants import is_constant
from ..algebra.expressions import is_array
from ..bounds import MAX_CLAIMS, MAX_EARLY_CLAIMS
from ..budget import spend


class Claim(NamedTuple):
    """A statement: ``kind`` (SIGN, …) of an expression, strictly or not."""

    kind: str
    strict: bool
    expression: Any


@dataclass(frozen=True)
class Rule:
    """A way to prove claims: ``apply(claim, given)`` yields claims and returns the premises used, or None.

    ``costly`` rules are left out once many claims have been made.
    """

    name: str
    source: str
    apply: Any
    costly: bool = False


@dataclass(frozen=True)
class Given:
    """What holds where the proof is to hold: claims, and the rule book.

    ``variables`` are those of a convexity claim, and ``curvature`` knows second derivatives by one of them.
    ``table`` is that of the prover, for proofs about a number that stands for something else; ``letter`` is that
    number, where it may have any value of which the claims allow.
    """

    claims: tuple = ()
    book: Any = None
    variables: frozenset = frozenset()
    curvature: Any = None
    table: Any = None
    letter: Any = None


@dataclass(frozen=True)
class Inference:
    """A proved claim: by which rule, and from which claims."""

    claim: Claim
    rule: Rule
    premises: tuple


def all_of(*claims):
    """Yield the claims until one is not proved; return them all, or None."""
    for claim in claims:
        if not (yield claim):
            return None
    return claims


def one_of(*claims):
    """Yield the claims until one is proved; return it alone, or None."""
    for claim in claims:
        if (yield claim):
            return (claim,)
    return None


class Prover:
    """Proves claims by the rules of a table, ``{kind: rules}``, under what is given."""

    def __init__(self, table, given):
        self.table, self.given = table, replace(given, table=table)
        self.known = {}

    def prove(self, claim):
        """Return whether a claim is proved; the inferences stay in ``known``."""
        frames, answer = [], None
        waiting = [] if claim in self.known else [claim]
        if waiting:
            frames.append((claim, self._attempt(claim)))
            self.known[claim] = None
        while frames:
            current, attempt = frames[-1]
            try:
                wanted = attempt.send(answer)
            except StopIteration as ended:
                frames.pop()
                self.known[current] = ended.value
                answer = ended.value is not None
                continue
            # a claim that is being tried further down has the entry None: it does not prove itself
            if wanted in self.known or len(self.known) >= MAX_CLAIMS:
                answer = self.known.get(wanted) is not None
            else:
                self.known[wanted], answer = None, None
                frames.append((wanted, self._attempt(wanted)))
        return self.known[claim] is not None

    def _attempt(self, claim):
        """Try the rules in order; return the Inference, or None."""
        for rule in self.table[claim.kind]:
            if rule.costly and len(self.known) > MAX_EARLY_CLAIMS:
                continue
            spend()
            premises = rule.apply(claim, self.given)
            if isinstance(premises, Generator):
                premises = yield from premises
            if premises is not None:
                return Inference(claim, rule, tuple(premises))
        return None

    def inferences(self, claim):
        """Return the inferences that a proved claim rests on, premises first, each once; trivial ones left out."""
        found, stack = {}, [(claim, False)]
        while stack:
            current, done = stack.pop()
            inference = self.known[current]
            if done:
                found.setdefault(current, inference)
            elif current not in found:
                stack.append((current, True))
                stack.extend((premise, False) for premise in reversed(inference.premises))
        return [inference for current, inference in found.items() if current is claim or not is_trivial(current)]


def is_trivial(claim):
    """Return whether a claim is about a number or zeros alone, and goes without saying."""
    node = claim.expression
    return is_constant(node, "zeros") if is_array(node) else bool(node.is_number)
