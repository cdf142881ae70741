"""A derivation: its steps, what their names stand for, and how it is shown."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ..display import Short
from ..language.stacks import Stacks, text_as_written
from ..printers.plain import plain_shapes
from ..words import known_width
from .show import latex, records, text_lines, unicode_lines

if TYPE_CHECKING:
    from ..rulebook.entries import Book
    from .step import Step


@dataclass(frozen=True, repr=False)
class Derivation(Short):
    """The steps that lead to a derivative.

    ``function`` is the letter for the function, ``variable`` the name that it is differentiated by, ``change`` the
    name of that variable's differential. ``shapes`` are those of all names in the steps, as in declarations.
    ``values`` maps the function and its named parts to their definitions, in order of evaluation; for a second
    derivative those of the gradient follow. ``changes`` maps names to the names of their differentials,
    ``sensitivities`` parts to the names of ∂f/∂z, ``jacobians`` parts to the names of ∂z/∂x, and ``spelled`` names to
    the way they were typed in LaTeX. Of a complex variable ``tangents`` are the names z and conj(z), and ``convention``
    says whose gradient the last line is. ``stacks`` are those of matrices, of which the steps have the rows of one.
    """

    steps: tuple[Step, ...]
    function: str
    variable: str
    order: int
    shapes: dict[str, tuple[int | str, ...]]
    book: Book = field(repr=False)
    values: dict[str, str] = field(default_factory=dict)
    changes: dict[str, str] = field(default_factory=dict)
    sensitivities: dict[str, str] = field(default_factory=dict)
    jacobians: dict[str, str] = field(default_factory=dict)
    spelled: dict[str, str] = field(default_factory=dict)
    tangents: tuple[str, ...] = ()
    convention: str = "wirtinger"
    stacks: Stacks = field(default_factory=dict)

    @property
    def as_written(self) -> Derivation:
        """The derivation as it is written, with A[k] of stacks of matrices."""
        if not self.stacks:
            return self
        steps = tuple(step.with_texts(lambda text: text_as_written(text, self.stacks)) for step in self.steps)
        return replace(self, steps=steps, shapes=self.shapes | plain_shapes({}, self.stacks), stacks={})

    def __str__(self) -> str:
        return "\n".join(text_lines(self.as_written))

    def unicode(self, width: int | None = None) -> str:
        """Return the derivation in Unicode mathematics; ``width``: that of the page in characters, None for no end."""
        return "\n".join(unicode_lines(self.as_written, self.book, known_width(width)))

    def latex(self, column: str | None = None) -> str:
        """Return the derivation as an align* of LaTeX.

        ``column``: the width of a paper's column, such as "252pt" or "86mm" of a font of 10 points. Lines are broken to
        fit it, and reasons are text between them. Raises ArgumentError for what is no such width.
        """
        if column is None:
            return latex(self.as_written, self.book)
        from .paper import column_width, paper

        return paper(self.as_written, self.book, column_width(column))

    def _repr_latex_(self) -> str:
        return self.latex()

    def records(self) -> list[dict[str, str | list[str]]]:
        """Return the steps as dictionaries of texts and lists, as JSON has them."""
        return records(self.as_written)


class Steps(list):
    """The steps of a derivation, a list, which a notebook shows as mathematics."""

    def __init__(self, derivation: Derivation) -> None:
        super().__init__(derivation.as_written.steps)
        self._derivation = derivation

    def _repr_latex_(self) -> str:
        return self._derivation.latex()

    def __reduce__(self) -> tuple:
        return (Steps, (self._derivation,))
