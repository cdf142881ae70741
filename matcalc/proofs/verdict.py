"""What the check of a proof found."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ProofCheck:
    """What the check of a proof found.

    ``ok`` is True or False, or None where nothing could be evaluated; ``points`` and ``steps`` count what was checked,
    ``reason`` says why ``ok`` is not True, and ``step`` is the number of a false step.
    """

    ok: bool | None
    points: int
    steps: int
    reason: str = ""
    step: int | None = None

    def __bool__(self):
        return self.ok is True
