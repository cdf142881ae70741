"""The exact verdict on a formula, beside torch's: it sees what rounding hides, and rounding does not deceive it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from ..api import Derivative, answer
from ..checks.exact import check_exactly, compare_exactly
from ..checks.exact_report import ExactReport
from ..errors import MatcalcError
from ..shapes.query import Query
from ..words import LAYOUT_NAMES, TRANSPOSED_LAYOUTS
from .reading import Claim, unknown_name
from .report import ClaimReport
from .sentences import right_message
from .sides import not_compared


class ExactVerdict:
    """What exact values say of a formula in each layout; nothing is computed before it is asked for."""

    def __init__(self, query: Any, tree: Any, seed: int) -> None:
        self.query, self.tree, self.seed = query, tree, seed
        self._known: dict = {}

    def report(self, layout: str) -> ExactReport:
        """Return the exact report on the formula in a layout."""
        if layout not in self._known:
            query = replace(self.query, layout=layout)
            self._known[layout] = compare_exactly(query, self.tree, f"{self.seed} {query.elaborated.text}")
        return self._known[layout]

    def right(self, layouts: Iterable[str]) -> list:
        """Return the layouts in which the formula is exactly equal to the derivative."""
        return [layout for layout in layouts if self.report(layout).ok]

    def not_wrong(self, layouts: Iterable[str]) -> list:
        """Return the layouts in which exact values do not contradict the formula."""
        return [layout for layout in layouts if self.report(layout).ok is not False]


class ExactCheck:
    """One claim about one query, judged by exact values alone, as where torch is not installed."""

    def __init__(self, query: Query, claim: Claim, layouts: list[str], seed: int, notes: tuple) -> None:
        self.query, self.claim, self.layouts, self.seed, self.notes = query, claim, layouts, seed, notes

    def report(self) -> ClaimReport:
        """Return the report: right, right in the other layout, wrong, or not judged."""
        verdicts = [(reading, ExactVerdict(self.query, reading.tree, self.seed)) for reading in self.claim.readings]
        for reading, verdict in verdicts:
            agreeing = verdict.right(self.layouts)
            if agreeing:
                both = len(verdict.right(TRANSPOSED_LAYOUTS)) == 2
                found = verdict.report(agreeing[0])
                layout = "any" if both else agreeing[0]
                said = right_message(agreeing[0], both)
                notes = (*reading.notes, *not_compared(self.query, found.missing))
                return self._report(True, layout, "right", said, found.points, notes)
        for node in self.claim.unusual:
            raise unknown_name(node, self.query).at(self.claim.text)
        reading, verdict = verdicts[0]
        open_layouts = verdict.not_wrong(self.layouts)
        if open_layouts:
            reason = verdict.report(open_layouts[0]).reason
            return self._report(None, open_layouts[0], "", f"not judged: {reason}", 0, reading.notes)
        others = [layout for layout in TRANSPOSED_LAYOUTS if layout not in self.layouts]
        turned = verdict.right(others)
        found = verdict.report(self.layouts[0])
        if turned:
            said = f"right in {LAYOUT_NAMES[turned[0]]}, not in {LAYOUT_NAMES[self.layouts[0]]}"
            return self._report(False, turned[0], "other layout", said, found.points, reading.notes)
        said = "its exact values are not those of the derivative"
        return self._report(False, self.layouts[0], "different", said, found.points, reading.notes)

    def _report(self, ok, layout, diagnosis, message, points, notes):
        shapes = {name: tuple(map(str, shape)) for name, shape in self.query.elaborated.shapes.items()}
        first = self.layouts[0] if layout == "any" or ok is False and layout not in self.layouts else layout
        wrong = "not the derivative: exact values differ" if ok is False else ""
        return ClaimReport(
            ok,
            layout,
            diagnosis,
            message,
            right=exactly_verified_answer(self.query, first),
            notes=(*self.notes, *notes),
            points=points,
            headline=wrong,
            claim=self.claim.text,
            wrt=self.query.wrt,
            shapes=shapes,
        )


def exactly_verified_answer(query: Query, layout: str) -> Derivative | None:
    """Return the engine's Derivative in a layout, None where it has none or exact values contradict it."""
    try:
        found = answer(replace(query, layout=layout))
        return None if check_exactly(found).ok is False else found
    except MatcalcError:
        return None
