"""What comes of reading a formula in any notation."""

from __future__ import annotations

from typing import NamedTuple


class Translation(NamedTuple):
    """A formula in the language, the notation it was read in, and the surface tree where the text was parsed.

    ``shapes``: {name: (rows, columns)} where the formula was read under shapes that its text does not show. ``notes``
    say how something was read that can be read otherwise. ``arrays`` maps the letters of entries such as x_i to the
    (array, such an entry, whether these are its rows or its entries). ``wrt`` are the names by which an operator in
    front differentiates, ``order`` is how often; ``assume`` is what the text says of its names, as in declarations;
    ``spelled`` maps names to the way they are written in LaTeX.
    """

    text: str
    syntax: str
    tree: object = None
    shapes: dict = {}
    notes: tuple = ()
    wrt: tuple[str, ...] = ()
    order: int | None = None
    assume: dict = {}
    spelled: dict = {}
    arrays: dict = {}
