"""A finished proof: numbered steps, each with its rule, its source, and the steps that it rests on.

The steps hold texts of the language only, so that they can be printed, and checked without the engine.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..algebra.expressions import is_array
from ..language.syntax import parse_tree
from ..language.unparse import unparse
from ..presentation import Presenter
from ..presentation.order import prefers_norm
from ..printers.unicode import unicode_text
from .kinds import AFFINE, BOUND, CONVEX, DEFINITE, MATRIX_CONVEX, NONZERO, RANK, SIGN
from .parts import opposite

_RULE_COLUMN = 60
_SIGNS = {(True, False): ">", (False, False): ">=", (True, True): "<", (False, True): "<="}
_WORDS = {RANK: "has full column rank", AFFINE: "is affine", MATRIX_CONVEX: "is matrix convex"}
_UNICODE = {">=": "≥", "<=": "≤", "!=": "≠"}


class Style:
    """How claims are written: in the language, as they can be read back."""

    def expression(self, text):
        """Return an expression of the language as it is shown."""
        return text

    def sign(self, relation):
        """Return the sign of a relation, as >=, as it is shown."""
        return relation

    def either(self, plain, unicode):
        """Return what is no formula of the language in one of the two ways in which it is written."""
        return plain


class UnicodeStyle(Style):
    """Unicode mathematics; ``shapes`` are those of the names, as in declarations."""

    def __init__(self, book, shapes):
        self.book, self.shapes = book, shapes

    def expression(self, text):
        return unicode_text(parse_tree(text), self.book, self.shapes)

    def sign(self, relation):
        return _UNICODE.get(relation, relation)

    def either(self, plain, unicode):
        return unicode


PLAIN = Style()


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
    def statement(self):
        """The claim as a sentence."""
        return self.written(PLAIN)

    def written(self, style):
        """Return the claim as a sentence in a :class:`Style`."""
        entries = " in every entry" if self.entries else ""
        if self.kind == BOUND:
            shown = style.expression(f"abs({self.expression})")
            return f"{shown} {style.sign('<' if self.strict else '<=')} 1{entries}"
        words = relation(self.kind, self.strict, self.negative, style)
        return f"{style.expression(self.expression)} {words}{entries if self.kind in (SIGN, NONZERO) else ''}"

    @property
    def reason(self):
        """The rule and the steps it is applied to."""
        return self.rule if not self.premises else f"{self.rule}, by {', '.join(map(str, self.premises))}"

    def line(self, style):
        """Return the claim, its reason and the source, in one line."""
        return f"{self.written(style):<{_RULE_COLUMN}}  {self.reason} ({self.source})"

    def __str__(self):
        return self.line(PLAIN)

    def record(self):
        """Return what --json says of the step."""
        return {
            "number": self.number,
            "claim": self.statement,
            "rule": self.rule,
            "source": self.source,
            "premises": list(self.premises),
        }


def relation(kind, strict, negative, style=PLAIN):
    """Return the words for a claim of a kind other than BOUND."""
    if kind == SIGN:
        return f"{style.sign(_SIGNS[strict, negative])} 0"
    if kind == NONZERO:
        return f"{style.sign('!=')} 0"
    if kind == DEFINITE:
        return f"is {'negative' if negative else 'positive'} {'' if strict else 'semi'}definite"
    if kind == CONVEX:
        return f"is {'strictly ' if strict else ''}{'concave' if negative else 'convex'}"
    return _WORDS[kind]


@dataclass(frozen=True)
class Proof:
    """The steps of a proof; the last one is what was to be shown."""

    steps: tuple

    def lines(self, style):
        """Return the numbered steps in a :class:`Style`."""
        width = len(str(len(self.steps)))
        return [f"{step.number:>{width}}  {step.line(style)}" for step in self.steps]

    def __str__(self):
        return "\n".join(self.lines(PLAIN))

    def __len__(self):
        return len(self.steps)

    def __iter__(self):
        return iter(self.steps)

    def record(self):
        """Return what --json says of the proof."""
        return [step.record() for step in self.steps]


def written_proof(inferences, elaborated):
    """Return the Proof that a list of inferences makes, expressions written as the user writes them."""
    presenter = Presenter(elaborated.order, elaborated.sums, prefers_norm(elaborated.tree))
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
