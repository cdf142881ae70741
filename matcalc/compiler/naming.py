"""The names that a reader would give to what generated code computes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .operations import Operation


class Names:
    """Gives every operation a readable name of its own; ``fitting`` makes of a wish a name of the language."""

    def __init__(self, taken: list[str], fitting: Callable[[str], str]) -> None:
        self.taken, self.fitting = set(taken), fitting

    def new(self, wish: str) -> str:
        """Return the wish, or the wish with a number where it is taken."""
        wish = self.fitting(wish)
        name, number = wish, 2
        while name in self.taken:
            name, number = f"{wish}_{number}" if wish[-1].isdigit() else f"{wish}{number}", number + 1
        self.taken.add(name)
        return name


def wish(node: Operation) -> str:
    """Return the name that a reader would give an operation."""
    if node.kind == "call":
        return node.data.name
    if node.kind in _WISHES:
        return _WISHES[node.kind]
    if node.kind == "add":
        return "R" if node.is_matrix else "r" if node.shape else "s"
    return "M" if node.is_matrix else "v" if node.shape else "c"


_WISHES = {
    "factor_of": "factor",
    "low_rank_factor": "factor",
    "symmetric_factor": "factor",
    "symmetric_solve": "solution",
    "symmetric_logdet": "logdet",
    "symmetric_inverse": "inverse",
    "eigen": "eigen",
    "low_rank_solve": "solution",
    "low_rank_logdet": "logdet",
    "low_rank_inverse": "inverse",
    "low_rank_columns": "solution",
    "low_rank_diagonal": "entries",
    "low_rank_trace": "trace",
    "low_rank_met": "trace",
    "low_rank_between": "entries",
    "low_rank_between_trace": "trace",
    "inverse": "inverse",
    "factor_inverse": "inverse",
    "factor_logdet": "logdet",
    "factor_solve": "solution",
    "solve": "solution",
    "root": "root",
    "kron": "K",
    "trace": "trace",
}
