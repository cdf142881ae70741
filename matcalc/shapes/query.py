"""What is asked: of which expression the derivative by which name is wanted, and how it is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..rulebook.entries import Book
    from .elaborate import Elaborated


@dataclass(frozen=True)
class Query:
    """An elaborated expression, the name ``wrt`` it is differentiated by, and the conventions of the derivative.

    ``layout``, ``order`` and ``structure`` are those of :func:`matcalc.diff`; ``book`` is the rule book in force.
    """

    elaborated: Elaborated
    book: Book
    wrt: str
    layout: str = "denom"
    order: int = 1
    structure: str = "free"
