"""Sizes and indices that fit: where the places of subscripts lie within the arrays.

``needed`` are texts of what must not be below 0, such as n - i - 1 for x[i]; ``indices`` are the names among the sizes
that are indices and so may be 0, equal or different.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from math import isqrt

from ..language.syntax import Name, names
from ..rulebook.entries import size_tree
from .fitting import whole_number

_MOST_PLACES = 1_000


def free_sizes(texts: Iterable[str]) -> set[str]:
    """Return the names in texts of sizes, which are to be chosen."""
    return {name for text in set(texts) for name in _names_in(text)}


@lru_cache(maxsize=1024)
def _names_in(text: str) -> tuple[str, ...]:
    return tuple(names(size_tree(text)))


def least_size(least: int, needed: Iterable[str]) -> int:
    """Return the size from which x[5] has its entry: one for which everything needed holds but for what names say."""
    zero = dict.fromkeys(free_sizes(needed), 0)
    return max([least, *[-whole_number(size_tree(text), zero) for text in needed]])


def placed(assignments: Iterable[dict], indices: Iterable[str], needed: Sequence[str]) -> Iterator[dict]:
    """Yield assignments of sizes with values for the indices, where all that is needed holds.

    Of each assignment there are several: indices of one array are different in the first, and equal in the last.
    """
    indices = sorted(indices)
    if not indices and not needed:
        yield from assignments
        return
    for sizes in assignments:
        if not _holds(needed, sizes):
            continue
        made = []
        for start, differ in ((1, True), (0, True), (2, False)) if indices else ((0, False),):
            chosen = _chosen(sizes, indices, needed, start, differ)
            if chosen is not None and chosen not in made:
                made.append(chosen)
                yield chosen


def _chosen(sizes: dict, indices: list[str], needed: Sequence[str], start: int, differ: bool) -> dict | None:
    chosen, most = dict(sizes), max([1, *sizes.values()])
    for turn, name in enumerate(indices):
        used = {chosen[other] for other in indices[:turn]} if differ else set()
        first = start + turn if differ else start
        order = [(first + step) % most for step in range(min(most, _MOST_PLACES))]
        places = [place for place in order if place not in used] + [place for place in order if place in used]
        place = next((place for place in places if _holds(needed, {**chosen, name: place})), None)
        if place is None:
            return None
        chosen[name] = place
    return chosen


def _holds(needed: Sequence[str], sizes: dict) -> bool:
    """Return whether nothing is below 0 of what is needed and made of these sizes alone."""
    known = [tree for tree in map(size_tree, needed) if all(name in sizes for name in names(tree))]
    return all(whole_number(tree, sizes) >= 0 for tree in known)


def bound_sizes(texts: Iterable[tuple[str, int]], sizes: dict) -> None:
    """Add the sizes that texts such as n + 1 with their values give, where one name in them is not known."""
    waiting = [(size_tree(text), value) for text, value in texts]
    while True:
        later = []
        for tree, value in waiting:
            unknown = [name for name in names(tree) if name not in sizes]
            if len(unknown) == 1 and not isinstance(tree, Name):
                found = _solved(tree, unknown[0], value, sizes)
                if found is not None:
                    sizes[unknown[0]] = found
            elif unknown:
                later.append((tree, value))
        if len(later) == len(waiting) or not later:
            return
        waiting = later


def _solved(tree: object, name: str, value: int, sizes: dict) -> int | None:
    """Return the size for which a tree such as n + 1 or n*(n + 1)/2 has a value, None where there is none."""

    def at(place: int) -> int:
        return whole_number(tree, {**sizes, name: place})

    base, step = at(0), at(1)
    if at(2) - step == step - base != 0:
        found, rest = divmod(value - base, step - base)
        return found if rest == 0 else None
    # at least quadratic, and so not far above the root of twice the value
    tried = range(1, isqrt(2 * max(value, 0)) + 3)
    return next((place for place in tried if at(place) == value), None)
