"""What the reports of definiteness and convexity share: a proof or a search, and the check of the proof."""

from __future__ import annotations

from .question import rule_names
from .steps import Proof


class ProofReport:
    """A verdict about ``expression`` with a ``proof``, or the ``search`` for counterexamples."""

    proof: Proof | None = None
    search: object = None

    @property
    def certificate(self):
        """What the verdict can be verified by: the proof, or the counterexamples."""
        return self.proof or self.search

    def verify(self, points=3, seed=0):
        """Check every step of the proof at random points; returns a ProofCheck."""
        from .check import ProofCheck, check_proof

        if self.proof is None:
            return ProofCheck(None, 0, 0, "there is no proof to check")
        return check_proof(self.proof, self.ground(), rule_names(self.table), points, seed)
