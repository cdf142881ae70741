"""What a reader finds in a formula besides its tree."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Reading:
    """The surface tree of a formula, its products open, and what stands around it.

    ``notes`` say how something was read that can be read otherwise. ``wrt`` are the names that an operator in front
    differentiates by, ``order`` is how often. ``assume`` and ``shapes`` are what the text says of its names, as in
    declarations; ``spelled`` maps a name to the way it is written in the text. ``entries`` maps
    the arrays of entries x_i, with how many places these have, to the name in the tree; ``indices`` are those of sums,
    ``arrays`` says what of an array its entries are.
    ``left`` is the name that stands left of the equals sign; ``defined`` are the trees of arrays whose entries the
    formula has, as of p in y_k log p_k, where p = softmax(z).
    """

    tree: Any
    notes: list[str] = field(default_factory=list)
    wrt: tuple[str, ...] = ()
    order: int | None = None
    assume: dict[str, list[str]] = field(default_factory=dict)
    shapes: dict[str, tuple] = field(default_factory=dict)
    spelled: dict[str, str] = field(default_factory=dict)
    entries: dict[tuple, str] = field(default_factory=dict)
    indices: list[Any] = field(default_factory=list)
    left: str = ""
    arrays: dict[str, tuple] = field(default_factory=dict)
    defined: dict[str, Any] = field(default_factory=dict)

    def fact(self, name: str, word: str) -> None:
        """Add a fact about a name."""
        words = self.assume.setdefault(name, [])
        if word not in words:
            words.append(word)

    def note(self, text: str) -> None:
        """Add a note, once."""
        if text not in self.notes:
            self.notes.append(text)
