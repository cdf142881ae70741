"""What the checks of a derivative found, and both of them together."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..counts import points_text
from ..display import Displayed
from .exact_report import DECIMALS, ExactReport


@dataclass(frozen=True, repr=False)
class CheckReport(Displayed):
    """What the checks of a derivative found.

    ``ok`` is True where a check passed and none contradicts it, False where one contradicts the answer, None where
    nothing could be compared. Of the comparison with torch autograd ``max_error`` is the largest relative error (None
    without one); ``points`` is the number of points compared. ``reason`` says why ``ok`` is not True, and ``detail``
    shows the point and both values where they disagree. ``exact`` is the :class:`~matcalc.checks.exact.ExactReport` and
    ``torch`` the CheckReport of torch alone, each None where that check was left out. ``broken`` are conditions of the
    answer that fail in a whole region, as where a tie is forced, and where torch agrees nevertheless. ``witness`` is
    what the answer was compared with: torch autograd, or TensorFlow's GradientTape.
    """

    ok: bool | None
    max_error: float | None
    points: int
    reason: str = ""
    detail: str = ""
    exact: ExactReport | None = None
    torch: CheckReport | None = None
    broken: tuple = ()
    witness: str = field(default="torch autograd", compare=False)

    @property
    def library(self) -> str:
        """The library that the answer was compared with: torch, TensorFlow."""
        return self.witness.partition(" ")[0]

    def __bool__(self) -> bool:
        return self.ok is True

    def __str__(self) -> str:
        """Return one line for each check that was made."""
        made = [str(self.exact)] if self.exact is not None else []
        torch = self if self.exact is None else self.torch
        return "\n".join(made + ([torch_line(torch)] if torch is not None else []))


@dataclass(frozen=True, repr=False)
class StepsReport(Displayed):
    """What the evaluation of a derivation's lines found.

    ``ok`` is True or False, or None where nothing could be evaluated; ``max_error`` is the largest relative error,
    ``points`` the number of points and directions, ``lines`` that of the lines. ``reason`` says why ``ok`` is not True.
    ``exact_points`` is how many there were at which every line held to 50 digits; ``max_error`` is None where torch was
    left out. ``verdicts`` says of each line whether it is exactly right, None where that is unknown, () where no exact
    values were asked for; ``exact_reason`` says why they are not all True.
    """

    ok: bool | None
    max_error: float | None
    points: int
    lines: int
    reason: str = ""
    exact_points: int = field(default=0, compare=False)
    verdicts: tuple[bool | None, ...] = field(default=(), compare=False)
    exact_reason: str = field(default="", compare=False)

    def __bool__(self) -> bool:
        return self.ok is True

    def __str__(self) -> str:
        if self.ok is None:
            return f"not checked: {self.reason}"
        lines = "the line holds" if self.lines == 1 else f"all {self.lines} lines hold"
        if self.ok and self.max_error is None:
            return f"{lines} to {DECIMALS} digits at {points_text(self.points).replace('random ', '')}"
        if self.max_error is None:
            return self.reason
        verdict = f"all {self.lines} lines hold" if self.ok else self.reason
        return f"{verdict} at {points_text(self.points)} (largest relative error {self.max_error or 0:.0e})"


def torch_line(report: CheckReport) -> str:
    """Return what the check by autodiff found, as one line."""
    if report.ok is None:
        return f"not checked by {report.library}: {report.reason}"
    if not report.ok:
        return f"{report.library} disagrees: {report.reason}"
    error = f"largest relative error {report.max_error or 0:.0e}"
    return f"{report.witness} agrees at {points_text(report.points)} ({error})"
