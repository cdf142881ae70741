"""What the reports of definiteness and convexity share: a proof or a search, and the check of the proof."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..libraries import trouble
from .question import rule_names
from .steps import Proof, UnicodeStyle
from .verdict import ProofCheck


def text_of(headline: str, details: list[str], notes: Sequence[str] = ()) -> str:
    """Return a report as a text: the verdict, indented lines, notes."""
    return "\n".join([headline, *(f"  {line}" for line in details), *(f"note: {note}" for note in notes)])


def count_of(count: int, noun: str) -> str:
    """Return a number with its noun: '1 step', '3 steps'."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


class ProofReport:
    """A verdict about ``expression`` with a ``proof``, or the ``search`` for counterexamples."""

    proof: Proof | None = None
    search: Any = None
    expression: Any
    headline: Callable[..., str]
    details: Callable[..., list[str]]
    notes: Any

    def unicode(self) -> str:
        """Return verdict and proof in Unicode mathematics."""
        style = UnicodeStyle(self.expression.book, self.expression.shapes)
        return text_of(self.headline(style), self.details(style))

    def __str__(self) -> str:
        return text_of(self.headline(), self.details(), self.notes)

    @property
    def certificate(self):
        """What the verdict can be verified by: the proof, or the counterexamples."""
        return self.proof or self.search

    def verify(self, points=3, seed=0):
        """Check every step of the proof at random points; returns a ProofCheck."""
        if self.proof is None:
            return ProofCheck(None, 0, 0, "there is no proof to check")
        if trouble():
            return ProofCheck(None, 0, len(self.proof), trouble())
        from .check import check_proof

        return check_proof(self.proof, self.ground(), rule_names(self.table), points, seed)
