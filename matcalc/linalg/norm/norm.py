"""What a norm is to the reports: its value, its dual, a subgradient with the reason where there is no gradient."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy

if TYPE_CHECKING:
    from ..operand import Operand


@dataclass(frozen=True)
class Slope:
    """A subgradient G, norm(A + H) ≥ norm(A) + Re tr(GᴴH); the gradient where ``kinks`` is empty; None for none."""

    value: numpy.ndarray | None
    kinks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Norm:
    """A norm with its dual.

    ``text`` and ``unicode`` are formulas in A (x for a column), ``formula`` an expression of the language whose
    derivative the rules know, or ''. ``value`` and ``dual`` take an Operand and return the norm of its scaled array;
    ``slope`` takes an Operand and returns a :class:`Slope`; ``exact`` takes one and returns an exact value or None.
    What is not ``homogeneous`` does not change when the array is scaled.
    """

    name: str
    text: str
    unicode: str
    dual_name: str
    value: Callable
    dual: Callable
    slope: Callable
    exact: Callable
    source: str
    formula: str = ""
    homogeneous: bool = True


def signs(array: numpy.ndarray) -> numpy.ndarray:
    """Return the entries divided by their absolute values, 0 where they are 0."""
    moduli = numpy.abs(array)
    return numpy.divide(array, moduli, out=numpy.zeros_like(array), where=moduli > 0)


def listed(words: Iterable[str]) -> str:
    """Return words joined by commas and 'and'; of many the first few and their number."""
    words = list(words)
    if len(words) > 4:
        return f"{', '.join(words[:3])} and {len(words) - 3} more"
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def zeros_among(
    array: numpy.ndarray, rows: list[int] | None = None, columns: list[int] | None = None
) -> tuple[str, ...]:
    """Return the kinks of absolute values: which of the entries (of some rows, or columns) are 0."""
    chosen = numpy.zeros(array.shape, dtype=bool)
    chosen[slice(None) if rows is None else rows, slice(None) if columns is None else columns] = True
    places = numpy.argwhere(chosen & (array == 0))
    if not len(places):
        return ()
    verb = "entry" if len(places) == 1 else "entries"
    return (f"{verb} {listed(place_text(place, array) for place in places)} {'is' if len(places) == 1 else 'are'} 0",)


def place_text(place, array):
    """Return the place of an entry, counted from 1: a number in a column, else a pair."""
    return str(place[0] + 1) if array.shape[1] == 1 else f"({place[0] + 1}, {place[1] + 1})"


def at_zero(operand: Operand) -> tuple:
    """Return the kink of every norm."""
    return ("all entries are 0",) if operand.is_zero else ()
