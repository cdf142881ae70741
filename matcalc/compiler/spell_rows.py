"""The text of products with duplication and elimination matrices, of partial traces, and of arrays put together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .pieces import ATOM, shape_text, size_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from .operations import Operation
    from .targets import Target


class RowSpelling:
    """The part of a :class:`~matcalc.compiler.spell.Speller` that spells them."""

    target: Target
    helpers: set
    create: Callable[..., str]

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

    def _table(self, operation: Operation, pieces: list[tuple[str, int]]) -> tuple[str, int]:
        """An array of scalars; of numbers alone it is written as the list that it is."""
        rows, cols = operation.data
        texts = [text for text, _ in pieces]
        if not all(operand.host for operand in operation.operands) and self.target.name in ("torch", "array-api"):
            zero = self.create("zeros", "()")
            joined = self.target.function("stack") + f"([{', '.join(f'{zero} + {text}' for text in texts)}])"
            if len(operation.shape) == 1:
                return joined, ATOM
            return f"{self.target.function('reshape')}({joined}, {shape_text(operation.shape)})", ATOM
        lines = [f"[{', '.join(texts[row * cols : (row + 1) * cols])}]" for row in range(rows)]
        listed = f"[{', '.join(lines)}]" if len(operation.shape) == 2 else f"[{', '.join(texts)}]"
        return self.create("asarray", listed), ATOM

    def _correlate(self, operation: Operation, pieces: list[tuple[str, int]]) -> tuple[str, int]:
        """The sums of a window that slides over a vector, in NumPy's code alone; data: where the window may stand."""
        inside = operation.data == "valid"
        name, mode = ("correlate", ", 'valid'") if inside else ("convolve", "")
        return f"numpy.{name}({pieces[0][0]}, {pieces[1][0]}{mode})", ATOM

    @property
    def concatenation(self) -> str:
        """The function that puts arrays one below another."""
        name = {"array-api": "xp.concat", "torch": "torch.cat"}.get(self.target.name)
        return name or f"{self.target.namespace}.concatenate"

    def _stack(self, operation: Operation, pieces: list[tuple[str, int]]) -> tuple[str, int]:
        """Arrays one below the other or side by side."""
        name = self.concatenation
        axis = "" if operation.data == 0 else f", {'dim' if self.target.name == 'torch' else 'axis'}={operation.data}"
        return f"{name}(({', '.join(text for text, _ in pieces)}){axis})", ATOM
