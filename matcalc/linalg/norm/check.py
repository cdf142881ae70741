"""The check of gradients of norms, by convex analysis and by the rules.

G is a subgradient of a norm at A exactly where Re tr(GᴴA) = norm(A) and the dual norm of G is at most 1
(Watson 1992; Rockafellar 1970, Convex Analysis, 23): both are evaluated for every norm. Where the rules have a formula
that rounding does not spoil, its value at A, by torch, is compared too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy

from ...api import diff
from ...bounds import MAX_COMPARED_ENTRIES
from ...errors import MatcalcError
from ..operand import EPSILON, Operand
from ..showing import error_text, json_value

if TYPE_CHECKING:
    from .norm import Norm
    from .report import NormReport

TOLERANCE = 1e-7
_SENSITIVITY = 1e-9


@dataclass(frozen=True)
class GradientCheck:
    """What the check found: ``ok`` is False where ``reason`` says what is wrong.

    ``certified`` norms have a (sub)gradient that convex analysis confirms, with the largest relative error
    ``max_error``; ``compared`` gradients agree with the value of the rules' formula.
    """

    ok: bool
    certified: int
    compared: int
    max_error: float
    reason: str = ""

    def __bool__(self):
        return self.ok

    def record(self):
        """Return what the check found as JSON has it."""
        found = {"ok": self.ok, "certified": self.certified, "compared": self.compared, "max_error": self.max_error}
        return json_value({**found, "reason": self.reason} if self.reason else found)

    def __str__(self):
        if not self.ok:
            return f"wrong: {self.reason}"
        found = f"{self.certified} (sub)gradients of dual norm at most 1 attain the norm"
        if self.compared:
            found += f", {self.compared} agree with the rules' formula"
        return f"checked: {found} (largest relative error {error_text(self.max_error)})"


def check_gradients(report: NormReport) -> GradientCheck:
    """Return the :class:`GradientCheck` of a NormReport."""
    operand, worst, certified, compared = report.operand, 0.0, 0, 0
    for row in (*report.norms, *report.conditions):
        errors = []
        if row.norm is not None and row.gradient is not None and row.dual_name:
            errors.append(certificate_error(row.norm, row.gradient, operand))
            certified += 1
        difference = _difference(row, report)
        if difference is not None:
            errors.append(difference)
            compared += 1
        worst = max([worst, *errors])
        if worst > TOLERANCE:
            return GradientCheck(
                False, certified, compared, worst, f"the gradient of {row.name} is wrong by {worst:.0e}"
            )
    return GradientCheck(True, certified, compared, worst)


def certificate_error(norm: Norm, subgradient: numpy.ndarray, operand: Operand) -> float:
    """Return by how much, relatively, the subgradient of a norm misses what makes it one."""
    value = norm.value(operand)
    if not subgradient.any():
        return float(value)
    gradient = Operand(subgradient)
    dual = gradient.unscaled(norm.dual(gradient))
    inner = float(numpy.vdot(subgradient, operand.array).real)
    return max(abs(inner - value) / value, dual - 1)


def _difference(row, report):
    """Return the relative difference to the value of the rules' formula; None where that is not to be relied on."""
    operand = report.operand
    if not row.expression or row.kinks or row.gradient is None or operand.array.size > MAX_COMPARED_ENTRIES:
        return None
    if EPSILON * _sensitivity(operand) > _SENSITIVITY:
        return None
    name = "x" if report.shape[1] == 1 else "A"
    shapes = {name: (report.shape[0], 1) if name == "x" else report.shape}
    try:
        theirs = diff(row.expression, name, shapes=shapes).evaluate(**{name: operand.array})
    except MatcalcError:
        return None  # the formula has conditions, such as entries that are not 0, which the gradient does not need
    ours = row.gradient if row.dual_name else numpy.ldexp(row.gradient, operand.exponent)
    theirs = numpy.asarray(theirs).reshape(ours.shape)
    if not numpy.isfinite(theirs).all():
        return None
    # a condition number's gradient is a difference of two terms of the size of the condition number
    size = numpy.linalg.norm(ours) if row.dual_name else max(numpy.linalg.norm(ours), row.value)
    return float(numpy.linalg.norm(ours - theirs) / size)


def _sensitivity(operand: Operand) -> float:
    """Return by which factor rounding grows in formulas with inv(A.T@A) or the adjugate of its eigenvalue."""
    values = operand.singular_values
    gap = (values[0] - values[1]) / values[0] if len(values) > 1 else 1.0
    least = min(gap, values[-1] / values[0])
    return 1 / least**2 if least else numpy.inf
