"""A part of a long list that has something of every kind: the quick suite runs it, and what is left is ``long``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import cache

import pytest

from matcalc.language.syntax import Binary, Call, parse_tree, postorder


def spread(items: Sequence, kinds: Callable[[object], Iterable], times: int = 1) -> list[int]:
    """Return the places of some items, in order: every kind occurs in ``times`` of them, or in all that have it."""
    met, places = Counter(), []
    for place, item in enumerate(items):
        found = set(kinds(item))
        if any(met[kind] < times for kind in found):
            met.update(found)
            places.append(place)
    return places


def quick(items: Sequence, kinds: Callable[[object], Iterable], ids: Sequence[str], times: int = 1) -> list:
    """Return the items as parameters of a test, those marked ``long`` that :func:`spread` leaves out."""
    places = set(spread(items, kinds, times))
    return [
        pytest.param(item, marks=[] if place in places else [pytest.mark.long], id=ids[place])
        for place, item in enumerate(items)
    ]


def met_twice(outer: Sequence[str], inner: Sequence[str], slow: Sequence[tuple[str, str]] = ()) -> list:
    """Return all pairs as parameters; the quick suite has two for each of ``outer``, and none of the ``slow`` ones."""
    pairs = []
    for row, one in enumerate(outer):
        for column, other in enumerate(inner):
            taken = (column - row) % len(inner) in (0, 2) and (one, other) not in slow
            pairs.append(pytest.param(one, other, marks=[] if taken else [pytest.mark.long]))
    return pairs


@cache
def operations(text: str) -> frozenset[str]:
    """Return the names of the functions and the signs of the operators in a text of the language."""
    found = set()
    for node in postorder(parse_tree(text)):
        if isinstance(node, Call):
            found.add(f"{node.function}/{len(node.args)}{''.join(name for name, _ in node.keywords)}")
        else:
            found.add(node.op if isinstance(node, Binary) else type(node).__name__)
    return frozenset(found)


def asked(entry: dict) -> set:
    """Return what is particular about a question of the corpus: its operations, facts, layout, order and shapes."""
    kinds = set(operations(entry["expr"]))
    facts = {fact for facts in (entry.get("assume") or {}).values() for fact in facts}
    shape = tuple(1 if size == 1 else 2 for size in entry["shapes"].get(entry["wrt"], ()))
    kinds |= {("fact", fact, entry.get("structured")) for fact in facts}
    return kinds | {(entry["layout"], entry["order"], shape), entry.get("family")}
