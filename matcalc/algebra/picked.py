"""Products with what their factors select taken up as rows and columns of their neighbours."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sympy import Expr

from .constants import eye
from .expressions import Array, Transpose
from .strides import Stride, stride_of


@dataclass(frozen=True)
class Item:
    """A factor of a product, turned or not, and which of its rows and columns are taken."""

    factor: Array
    flip: bool
    rows: Stride | None = None
    cols: Stride | None = None

    @property
    def width(self) -> Expr:
        if self.cols is not None:
            return self.cols.count
        return self.factor.rows if self.flip else self.factor.cols


def selection(factor: Array, flip: bool) -> tuple[Stride | None, bool]:
    """Return the places that a factor selects and whether it selects rows of what is on its right."""
    inner = factor.args[0] if isinstance(factor, Transpose) else factor
    return stride_of(inner), isinstance(factor, Transpose) != flip


def picked(items: list[tuple[Array, bool]]) -> list[Item]:
    """Return the factors of a product with their selections taken up as rows and columns of their neighbours."""
    found: list[Item] = []
    waiting: tuple[Item, Stride] | None = None
    for turn, (factor, flip) in enumerate(items):
        place, of_rows = selection(factor, flip)
        if place is not None and place.is_reversal:
            of_rows = turn < len(items) - 1
        item = Item(factor, flip)
        if place is None:
            found.append(item if waiting is None else replace(item, rows=waiting[1]))
            waiting = None
        elif of_rows:
            if waiting is not None:
                found.append(waiting[0])
            waiting = (item, place)
        elif waiting is not None:
            found.append(Item(eye(place.size), False, waiting[1], place))
            waiting = None
        elif found and found[-1].cols is None and selection(found[-1].factor, found[-1].flip)[0] is None:
            found[-1] = replace(found[-1], cols=place)
        else:
            found.append(item)
    return found if waiting is None else [*found, waiting[0]]
