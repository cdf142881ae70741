"""The exact verdict on a formula, beside torch's: it sees what rounding hides, and rounding does not deceive it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ..checks.exact import ExactReport, compare_exactly


class ExactVerdict:
    """What exact values say of a formula in each layout; nothing is computed before it is asked for."""

    def __init__(self, query: object, tree: object, seed: int) -> None:
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
