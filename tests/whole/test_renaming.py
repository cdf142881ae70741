"""Answers depend on the order in which variables appear, and not on what they are called."""

import random
import re

import pytest
from corpus_entries import QUESTIONS
from random_expressions import ASSUME, SHAPES, Generator

import matcalc

# every fifth here, all of them in the long run
SOME = [pytest.param(entry, marks=[] if number % 8 == 0 else [pytest.mark.long], id=entry["id"])
        for number, entry in enumerate(QUESTIONS)]
LETTERS = "ABCFGHJKLMQRUVWXYZabcfghkpqrsuvwxyz"
ENDINGS = ["", "_", "1", "9x", "q", "_Z", "aa", "0"]
# each seed is one question
SEEDS = [*range(20), *[pytest.param(seed, marks=pytest.mark.long) for seed in range(20, 1000)]]


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
    assert asked(entry, table) == renamed(asked(entry, {}), table)


@pytest.mark.parametrize("seed", SEEDS)
def test_no_names_in_the_same_order_change_an_answer(seed):
    print(f"seed {seed}")
    rng = random.Random(seed)
    text, shape = Generator(rng).draw(rng.randint(2, 6))
    names = sorted(matcalc.parse(text, shapes=SHAPES, assume=ASSUME).shapes)
    if not names:
        return
    words = {letter + ending for letter in LETTERS for ending in ENDINGS}
    others = sorted(rng.sample(sorted(words), len(names)))
    entry = dict(
        expr=text, wrt=rng.choice(names), shapes={name: SHAPES[name] for name in names},
        assume={name: facts for name, facts in ASSUME.items() if name in names},
        order=rng.choice([1, 1, 2]) if shape == (1, 1) else 1, structure=rng.choice(["free", "projected"]),
    )
    table = dict(zip(names, others))
    try:
        answer = asked(entry, {})
    except matcalc.NoRuleError:
        with pytest.raises(matcalc.NoRuleError):
            asked(entry, table)
    else:
        assert asked(entry, table) == renamed(answer, table)


@pytest.mark.parametrize("sizes", ["q p", "zz a", "X1 X0"])
@pytest.mark.parametrize("text", ["X@X.T@A", "kron(X, eye(m)) + kron(X, ones(m, m))", "inv(eye(n) + X@X.T)"])
def test_what_sizes_are_called_orders_no_terms(text, sizes):
    table = dict(zip("nm", sizes.split()))
    shapes = {"X": ("n", "m"), "A": ("n", "n")}
    answer = str(matcalc.diff(text, "X", shapes=shapes))
    shapes = {name: tuple(table[size] for size in shape) for name, shape in shapes.items()}
    assert str(matcalc.diff(renamed(text, table), "X", shapes=shapes)) == renamed(answer, table)


@pytest.mark.parametrize("names", ["A x b C d", "A1 x b C1 d", "P z q T r", "Z y u W v"])
def test_an_inner_product_of_residuals_begins_with_its_first_name(names):
    first, x, b, second, d = names.split()
    answer = str(matcalc.diff(f"({first}@{x} + {b}).T@({second}@{x} + {d})", x))
    assert answer.startswith(f"{first}.T@")


def test_a_name_that_contains_norm_is_no_norm():
    assert str(matcalc.diff("c*(x.T@x)", "c")) == str(matcalc.diff("normal*(x.T@x)", "normal")) == "x.T@x"
