"""What the exact check of a derivative found."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, log10

from ..counts import points_text

DECIMALS = 50
_SURE = 1e-15


@dataclass(frozen=True)
class ExactReport:
    """What the exact check found.

    ``ok`` is True or False, or None where nothing could be compared; ``points`` is how many points were compared,
    ``sizes`` the smallest and the largest size in them, () where all are numbers. ``chance`` bounds the probability
    with which a wrong rational answer passes, None where there is no bound; ``digits`` is the number of decimal digits
    to which values of another kind agree, ``kinks`` that of the kinks close to which they were compared, too, and
    ``missing`` the sides of kinks of which no point was found, as evaluation/exact/sides.py has them.
    ``modulo`` is the power of a random prime modulo which power series agree, where python-flint is missing.
    ``reason`` says why ``ok`` is not True, ``detail`` shows a point at which the values differ.
    """

    ok: bool | None
    points: int
    sizes: tuple = ()
    chance: float | None = None
    digits: int | None = None
    kinks: int = 0
    missing: tuple = ()
    modulo: int | None = None
    reason: str = ""
    detail: str = ""

    def __bool__(self) -> bool:
        return self.ok is True

    def __str__(self) -> str:
        if self.ok is None:
            return f"not checked exactly: {self.reason}"
        if not self.ok:
            return f"exact check: {self.reason}"
        at = points_text(self.points)
        if self.digits is not None:
            kinks = "1 kink" if self.kinks == 1 else f"{self.kinks} kinks"
            beside = f", and on both sides of {kinks}" if self.kinks else ""
            return f"equal to {self.digits} digits at {at.replace('random ', '')}{self._sizes()}{beside}"
        if self.modulo is not None:
            near = f"the power {self.modulo} of a random prime near 2**81"
            return f"power series are equal modulo {near} at {at.replace('random ', '')}{self._sizes()}"
        chance = f" (a wrong answer passes with chance < {_rounded_up(self.chance)})" if self.chance is not None else ""
        return f"exactly equal at {at}{self._sizes()}{chance}"

    def _sizes(self) -> str:
        if not self.sizes:
            return ""
        low, high = self.sizes
        return f", size {low}" if low == high else f", sizes {low} to {high}"


def _rounded_up(chance: float) -> str:
    return f"1e{ceil(log10(max(chance, _SURE)))}".replace("e0", "")
