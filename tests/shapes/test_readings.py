"""Formulas as people type them, with nothing declared: each is read as a person would, and its derivative is right.

``tests/corpus/readings.jsonl``: ``text`` as typed, ``means`` in the language, the ``shapes`` that a reader assumes;
``names`` maps a name of these to the one in the answer, ``assume`` says at which points the derivative is judged.
"""

from __future__ import annotations

import re

import pytest
from corpus_entries import entries

import matcalc

# the notations that are read; a row of another one is not judged
NOTATIONS = ("matcalc", "matlab", "latex", "python", "unicode")
ROWS = [row for row in entries("readings") if row["notation"] in NOTATIONS]


def renamed(row: dict) -> tuple[str, dict, dict]:
    """Return what a row means, its shapes and its facts, under the names that the answer has."""
    names = row.get("names", {})
    means = re.sub(r"[A-Za-z]\w*", lambda match: names.get(match[0], match[0]), row["means"])
    shapes = {names.get(name, name): tuple(shape) for name, shape in row["shapes"].items()}
    return means, shapes, {names.get(name, name): words for name, words in row.get("assume", {}).items()}


def same_shapes(found: dict, expected: dict) -> bool:
    """Return whether shapes are equal once the letters of the expected sizes are renamed, one to one."""
    there: dict = {}
    if found.keys() != expected.keys():
        return False
    for name, sizes in expected.items():
        for size, got in zip(sizes, found[name]):
            if "*" in str(size):
                got = frozenset(str(got).split("*"))
                size = frozenset(str(there.get(factor)) for factor in size.split("*"))
                if size != got:
                    return False
            elif isinstance(size, int) or isinstance(got, int):
                if size != got:
                    return False
            elif there.setdefault(size, got) != got:
                return False
        if len(sizes) != len(found[name]):
            return False
    return len(set(there.values())) == len(there)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_a_formula_is_read_as_a_person_means_it(row):
    means, shapes, assume = renamed(row)
    found = matcalc.parse(row["text"], assume=assume, syntax=None)
    composite = {name: shape for name, shape in shapes.items() if any("*" in str(size) for size in shape)}
    ordered = {**{name: shape for name, shape in shapes.items() if name not in composite}, **composite}
    assert same_shapes(found.shapes, ordered), (found.shapes, shapes)
    meant = matcalc.parse(means, found.shapes, assume)
    assert found == meant
    wrt = row.get("names", {}).get(row["wrt"], row["wrt"])
    derivative = matcalc.diff(row["text"], wrt, assume=assume, order=row["order"], syntax=None)
    assert derivative.check(points=1).ok, derivative


def test_every_way_of_writing_is_among_them():
    assert len(ROWS) > 110 and {row["notation"] for row in ROWS} == set(NOTATIONS)
