"""What the check of a claim returns."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..display import Displayed

DIAGNOSES = (
    "right",
    "other layout",
    "factor",
    "transpose",
    "symmetric only",
    "term",
    "elementwise",
    "order of factors",
    "other variable",
    "conjugate",
    "convention",
    "other tangent",
    "real only",
    "shape",
    "different",
)


@dataclass(frozen=True, repr=False)
class ClaimReport(Displayed):
    """Whether a formula is the derivative, and if not, what is wrong with it.

    ``ok`` is True or False, or None where it could not be judged (then ``diagnosis`` is "" and ``message`` says why).
    ``layout`` is the layout in which the formula is right or came closest, "any" where both are the same;
    ``diagnosis`` is one of ``DIAGNOSES`` and ``message`` says it in a sentence, formulas in the language.
    ``right`` is the derivative in that layout, a :class:`~matcalc.Derivative`, None where matcalc has no rule.
    ``counterexample`` maps every name to a number, a list (a column) or a list of rows, "yours" to the value of
    the formula there and "right" to that of the derivative; None where there is none or the formula has no value.
    ``repaired`` is the formula with the least change that makes it right, ``also`` what else holds of it, ``notes``
    how it was read; ``headline`` is the verdict on a wrong formula in a few words; ``max_error`` is the largest
    relative error at ``points`` random points.
    """

    ok: bool | None
    layout: str
    diagnosis: str
    message: str
    right: object = None
    counterexample: dict | None = None
    repaired: str | None = None
    also: tuple = ()
    notes: tuple = ()
    max_error: float | None = None
    points: int = 0
    headline: str = ""
    claim: str = ""
    wrt: str = ""
    shapes: dict = field(default_factory=dict)

    def __bool__(self):
        return self.ok is True

    def __str__(self):
        from .sentences import report_text

        return report_text(self)
