"""What to write instead of a loop that the language does not have: a sum with an index, terms one by one, a slice."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import chain, count

from .generators import For, Over
from .nodes import Call, Name, Number, Tree, names, postorder, substituted, with_children
from .nodes import children as parts_of
from .subscripts import Range, is_subscript, subscript
from .unparse import unparse

_MOST_TERMS = 4
EACH = "write a for for each index: sum(X[i, j] for i in n for j in m)"
OR = "write the sum of two sums, or a choice of the term: where(logical_or(a > 0, b > 0), term, 0)"
MEMBER = "write the terms one by one, x[0] + x[2], or compare numbers, as in if i != j"
SLICE = "take the sum of a slice: sum(x[::2]) has every second entry"


def _free(letters: str, taken: set[str]) -> str:
    numbered = (f"{letters[0]}{k}" for k in count(1))
    return next(letter for letter in chain(letters, numbered) if letter not in taken)


def for_arrays(function: str, body: Tree, targets: Sequence[str], arrays: Sequence[Tree], index: str = "") -> str:
    """Return the hint for a loop over the entries of arrays, whose names are ``targets``: x[i] for v in x."""
    if len(targets) != len(arrays) or not all(isinstance(array, Name) for array in arrays):
        return "write it with an index: sum(x[i]*y[i] for i in n)"
    taken = {*names(body), *(name for array in arrays for name in names(array))} - set(targets)
    letter = index or _free("ijkl", taken)
    entries = {target: subscript(array, [Name(letter)]) for target, array in zip(targets, arrays)}
    term = substituted(body, entries)
    size = _free("nmpq", {*taken, letter})
    return f"write {unparse(Over(function, term, (For(letter, Number(Fraction(0)), Name(size)),)))}"


def for_places(function: str, body: Tree, index: str, places: Sequence[Tree]) -> str:
    """Return the hint for an index that runs through a list of places."""
    few = 0 < len(places) <= _MOST_TERMS and function == "sum"
    if not few or not all(isinstance(place, (Number, Name)) for place in places):
        return "write the terms one by one: x[0] + x[2]"
    return "write " + " + ".join(unparse(substituted(body, {index: place})) for place in places)


def for_step(function: str, body: Tree, index: str, bounds: Sequence[Tree]) -> str:
    """Return the hint for a range with a step: slices, where the index stands in entries of arrays alone."""
    start, stop, step = bounds
    first = None if isinstance(start, Number) and start.value == 0 else start
    last = None if isinstance(stop, Name) else stop
    made: dict[int, Tree] = {}
    for node in postorder(body):
        parts = [made[id(part)] for part in parts_of(node)]
        if is_subscript(node) and isinstance(node.args[-1], Name) and node.args[-1].id == index:
            if node.function != "[i]" or not isinstance(step, Number):
                return SLICE
            made[id(node)] = subscript(parts[0], [Range(first, last, int(step.value))])
            continue
        if isinstance(node, Name) and node.id == index:
            made[id(node)] = node
            continue
        made[id(node)] = with_children(node, parts)
    found = made[id(body)]
    return SLICE if index in names(found) else f"write {unparse(Call(function, (found,)))}"

