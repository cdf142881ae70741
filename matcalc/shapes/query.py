"""What is asked: of which expression the derivative by which name is wanted, and how it is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..rulebook.entries import Book
    from .elaborate import Elaborated


@dataclass(frozen=True)
class Query:
    """An elaborated expression, the name ``wrt`` it is differentiated by, and the conventions of the derivative.

    ``layout``, ``order`` and ``structure`` are those of :func:`matcalc.diff`; ``book`` is the rule book in force.
    ``also`` are the names after the first where they are others, as in a mixed derivative; ``along`` the names of the
    directions along which the last derivatives are taken, which are names of ``elaborated``, too. ``part`` is the
    entry, row, column or slice of the name that it is differentiated by, or its free parameters as vech(S), None for
    all of it. ``placing`` says how the name moves with free parameters that stand at several places, as an expression
    of one name: unvech(…, n). ``every`` is the index of ``part`` where that is matrix k of a stack and all of these are
    meant. Of a complex name
    ``convention`` says which derivative is meant, one of ``words.CONVENTIONS``; conj(z) is a name, too.
    """

    elaborated: Elaborated
    book: Book
    wrt: str
    layout: str = "denom"
    order: int = 1
    structure: str = "free"
    also: tuple[str, ...] = ()
    along: tuple[str, ...] = ()
    part: Elaborated | None = None
    placing: Elaborated | None = None
    convention: str = "wirtinger"
    every: str = ""

    @property
    def by(self) -> tuple[str, ...]:
        """The names that are differentiated by, one for each order."""
        return (self.wrt, *(self.also or (self.wrt,) * (self.order - 1)))

    @property
    def free(self) -> tuple[str, ...]:
        """The names of :attr:`by` without those along whose directions the derivative is taken: one for each index."""
        return self.by[: self.order - len(self.along)]

    @property
    def is_usual(self) -> bool:
        """Whether it asks for a first or a second derivative by one name."""
        return self.order <= 2 and len(set(self.by)) == 1 and not self.along

    @property
    def target(self) -> str:
        """What the expression is differentiated by, as a text: a name or a part of it, A[i, j]."""
        return self.wrt if self.part is None else self.part.text

    @property
    def variable(self) -> Any:
        """What the expression is differentiated by: a symbol, or the part of an array."""
        return self.elaborated.symbols[self.wrt] if self.part is None else self.part.expression
