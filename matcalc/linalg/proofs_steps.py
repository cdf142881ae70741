"""A finished proof: numbered steps, each with its rule, its source, and the steps that it rests on.

The steps hold texts of the language only, so that they can be printed, and checked without the engine.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..expressions import is_array
from ..presentation import Presenter
from ..printers.text import unparse
from .proofs import AFFINE, BOUND, CONVEX, DEFINITE, NONZERO, RANK, SIGN
from .proofs_parts import opposite

_RULE_COLUMN = 60


@dataclass(frozen=True)
class ProofStep:
    """One line of a proof.

    ``kind`` and ``strict`` say what is claimed of ``expression`` (a text in the language), ``negative`` that it is
    claimed of its opposite; ``premises`` are numbers of earlier steps. ``entries``: the claim is about all entries.
    """

    number: int
    kind: str
    strict: bool
    negative: bool
    expression: str
    entries: bool
    rule: str
    source: str
    premises: tuple

    @property
    def relation(self):
        """What is claimed, in words: 'is positive definite', '> 0'."""
        return relation(self.kind, self.strict, self.negative, self.entries)

    @property
    def statement(self):
        """The claim as a sentence."""
        return statement(self.expression, self)

    @property
    def reason(self):
        """The rule and the steps it is applied to."""
        return self.rule if not self.premises else f"{self.rule}, by {', '.join(map(str, self.premises))}"

    def __str__(self):
        return f"{self.statement:<{_RULE_COLUMN}}  {self.reason} ({self.source})"

    def record(self):
        """Return what --json says of the step."""
        return {
            "number": self.number,
            "claim": self.statement,
            "rule": self.rule,
            "source": self.source,
            "premises": list(self.premises),
        }


def statement(shown, step):
    """Return the claim of a step, its expression written as ``shown``."""
    if step.kind == BOUND:
        return f"abs({shown}) {'<' if step.strict else '<='} 1" + (" in every entry" if step.entries else "")
    return f"{shown} {step.relation}"


def relation(kind, strict, negative, entries):
    """Return the words for a claim."""
    if kind == SIGN:
        sign = {(True, False): ">", (False, False): ">=", (True, True): "<", (False, True): "<="}[strict, negative]
        return f"{sign} 0" + (" in every entry" if entries else "")
    if kind == NONZERO:
        return "!= 0" + (" in every entry" if entries else "")
    if kind == BOUND:
        return "is bounded by 1"
    if kind == DEFINITE:
        return f"is {'negative' if negative else 'positive'} {'' if strict else 'semi'}definite"
    if kind == RANK:
        return "has full column rank"
    if kind == AFFINE:
        return "is affine"
    if kind == CONVEX:
        return f"is {'strictly ' if strict else ''}{'concave' if negative else 'convex'}"
    raise ValueError(kind)


@dataclass(frozen=True)
class Proof:
    """The steps of a proof; the last one is what was to be shown."""

    steps: tuple

    def __str__(self):
        width = len(str(len(self.steps)))
        return "\n".join(f"{step.number:>{width}}  {step}" for step in self.steps)

    def __len__(self):
        return len(self.steps)

    def __iter__(self):
        return iter(self.steps)

    def record(self):
        """Return what --json says of the proof."""
        return [step.record() for step in self.steps]


def written_proof(inferences, elaborated):
    """Return the Proof that a list of inferences makes, expressions written as the user writes them."""
    presenter = Presenter(elaborated.order, elaborated.sums, "norm" in elaborated.text)
    numbers = {inference.claim: number for number, inference in enumerate(inferences, 1)}
    return Proof(tuple(_step(inference, numbers, presenter) for inference in inferences))


def _step(inference, numbers, presenter):
    claim, rule = inference.claim, inference.rule
    node = claim.expression
    text = unparse(presenter.tree(node))
    negative = claim.kind in (SIGN, DEFINITE, CONVEX) and text.startswith("-")
    if negative:
        text = unparse(presenter.tree(opposite(node)))
    premises = tuple(sorted({numbers[p] for p in inference.premises if p in numbers}))
    return ProofStep(
        numbers[claim],
        claim.kind,
        claim.strict,
        negative,
        text,
        is_array(node),
        rule.name,
        rule.source,
        premises,
    )
