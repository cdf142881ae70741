"""The text of products with duplication and elimination matrices, and of partial traces: rows are taken and added."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .pieces import ATOM, shape_text, size_text

if TYPE_CHECKING:
    from .operations import Operation
    from .targets import Target


class RowSpelling:
    """The part of a :class:`~matcalc.compiler.spell.Speller` that spells them."""

    target: Target
    helpers: set

    def _gather(self, operation: Operation, pieces: list[tuple[str, int]]) -> tuple[str, int]:
        """A product with the duplication matrix or an elimination matrix: rows are taken."""
        self.helpers.add(operation.data)
        return f"{operation.data}({pieces[0][0]})", ATOM

    def _ptrace(self, operation: Operation, pieces: list[tuple[str, int]]) -> tuple[str, int]:
        self.helpers.add("ptrace")
        size, axis = operation.data
        text = f"ptrace({pieces[0][0]}, {size_text(size)}, {axis})"
        if len(operation.shape) < 2:
            text = f"{self.target.function('reshape')}({text}, {shape_text(operation.shape)})"
        return text, ATOM
