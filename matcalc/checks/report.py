"""What the checks of a derivative found, and both of them together."""

from __future__ import annotations

from dataclasses import dataclass

from .exact import ExactReport


@dataclass(frozen=True)
class CheckReport:
    """What the checks of a derivative found.

    ``ok`` is True where a check passed and none contradicts it, False where one contradicts the answer, None where
    nothing could be compared. Of the comparison with torch autograd ``max_error`` is the largest relative error (None
    without one); ``points`` is the number of points compared. ``reason`` says why ``ok`` is not True, and ``detail``
    shows the point and both values where they disagree. ``exact`` is the :class:`~matcalc.checks.exact.ExactReport` and
    ``torch`` the CheckReport of torch alone, each None where that check was left out. ``broken`` are conditions of the
    answer that fail in a whole region, as where a tie is forced, and where torch agrees nevertheless.
    """

    ok: bool | None
    max_error: float | None
    points: int
    reason: str = ""
    detail: str = ""
    exact: ExactReport | None = None
    torch: CheckReport | None = None
    broken: tuple = ()

    def __bool__(self) -> bool:
        return self.ok is True


@dataclass(frozen=True)
class StepsReport:
    """What the evaluation of a derivation's lines found.

    ``ok`` is True or False, or None where nothing could be evaluated; ``max_error`` is the largest relative error,
    ``points`` the number of points and directions, ``lines`` that of the lines. ``reason`` says why ``ok`` is not True.
    """

    ok: bool | None
    max_error: float | None
    points: int
    lines: int
    reason: str = ""

    def __bool__(self):
        return self.ok is True
