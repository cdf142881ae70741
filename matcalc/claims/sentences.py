"""The report of a claim as text: the lines that the command line shows."""

from __future__ import annotations

from ..printers.formats import in_document
from ..words import LAYOUT_NAMES


def headline(case):
    """Return the verdict on a wrong formula in a few words."""
    verdict = case.verdict
    if verdict.digits is not None:
        return f"not the derivative: it agrees to {verdict.digits} digits only"
    if verdict.layouts:
        return f"not the derivative in {LAYOUT_NAMES[case.layouts[0]]}"
    if verdict.misfit and not verdict.compared:
        return "not the derivative: its shapes do not fit together"
    if verdict.undefined or not verdict.compared:
        return _without_value(case)
    error = min(verdict.errors[name] for name in case.layouts)
    if error == float("inf"):
        return "not the derivative: its shape is another one"
    return f"not the derivative: relative error {error:.2g} at a random point"


def _without_value(case):
    count, total = len(case.verdict.undefined) or len(case.verdict.singular), case.verdict.total
    return f"not the derivative: it has no value at {count} of {total} random points, where the derivative has one"


def right_message(layout, both):
    """Say in which layout a formula is right."""
    if both:
        return "right"
    if layout == "num":
        return "right, in numerator layout (transpose it for denominator layout)"
    return f"right, in {LAYOUT_NAMES[layout]}"


def report_text(report):
    """Return a report as lines of text, formulas in the language."""
    return "\n".join(report_lines(report))


def report_lines(report, written=str, form=None):
    """Return the lines of a report, all but the first indented; ``written`` writes a formula given in the language.

    With ``form``, one of ``words.DOCUMENT_FORMATS``, the right answer is in that form.
    """
    if report.ok is not False:
        return [report.message, *_indented(report.notes)]
    right = None
    if report.right is not None:
        right = in_document(report.right.latex(), form) if form else written(str(report.right))
    lines = [*_answers(report, right), report.message, *_mended(report, written), *report.also, *report.notes]
    return [report.headline, *_indented(lines)]


def _answers(report, right):
    parts = [] if right is None else [f"right is {right}"]
    if report.counterexample is not None:
        parts.append(f"smallest counterexample: {counterexample_text(report.counterexample)}")
    return [";  ".join(parts)] if parts else []


def counterexample_text(found):
    """Return A = [[0, 1], [0, 0]], x = [1, 1]: yours [2, 0], right [1, 1]."""
    *point, (_, yours), (_, right) = found.items()
    values = ", ".join(f"{name} = {value}" for name, value in point)
    # complex numbers are texts, since JSON has none
    return f"{values}: yours {yours}, right {right}".replace("'", "")


def _mended(report, written):
    if report.repaired is None or report.right is not None and report.repaired == str(report.right):
        return []
    return [f"your formula, mended: {written(report.repaired)}"]


def _indented(lines):
    return ["  " + line for line in lines]
