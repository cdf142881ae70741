"""Each fact holds of what is drawn for it, alone and combined, at every size."""

from fractions import Fraction
from itertools import combinations, product
from random import Random

import pytest
from tables import every_row

from matcalc.evaluation.exact.arrays import Array, NoValue, transpose
from matcalc.evaluation.exact.degrees import Degrees
from matcalc.evaluation.exact.facts import has
from matcalc.evaluation.exact.padics import Padics, random_prime
from matcalc.evaluation.exact.points import Bounds, Reals, Residues, Small, draw
from matcalc.evaluation.exact.rationals import Rationals
from matcalc.shapes.declared import FACTS

ENTRIES = ["positive", "negative", "unit-interval", "simplex", "binary", "integer"]
SQUARE = [word for word in FACTS if word not in ENTRIES]
# pairs of which no matrix of more than one row has both facts
IMPOSSIBLE = {
    frozenset(pair)
    for word, others in {
        "rank-one": ["skew", "orthogonal", "permutation"],
        "symmetric-rank-one": ["skew", "orthogonal", "permutation", "strictly-lower-triangular",
                               "strictly-upper-triangular"],
        "skew": ["pd", "positive", "negative", "unit-interval", "simplex", "binary", "permutation", "psd"],
        "negative": ["positive", "unit-interval", "simplex", "binary", "pd", "psd", "permutation", "projection"],
        "unit-interval": ["binary", "integer", "orthogonal", "permutation"],
        "simplex": ["binary", "integer", "permutation", "orthogonal", "diagonal"],
        **{f"strictly-{side}-triangular": ["invertible", "positive-det", "pd", "orthogonal", "permutation", "positive",
                                           "negative", "unit-interval", "simplex"] for side in ("lower", "upper")},
    }.items()
    for pair in ((word, other) for other in others)
}


@every_row("source", [Reals, Small])
@every_row("n", [1, 2, 3, 4])
@every_row("word", FACTS)
def test_each_fact_holds_of_what_is_drawn(word, n, source):
    rationals, seed = Rationals(), 3
    for turn in range(4):
        drawn = draw(rationals, source(Random(seed + turn)), (n, n), frozenset({word}))
        assert has(drawn, frozenset({word})), f"seed {seed + turn}: {drawn.rows()}"


@every_row(("word", "shape"), [
    *product(ENTRIES, [(3, 2), (2, 4), (5, 1), (1, 3)]), ("orthogonal", (3, 2)), ("orthogonal", (5, 1)),
])
def test_facts_hold_of_arrays_that_are_not_square(word, shape):
    drawn = draw(Rationals(), Reals(Random(1)), shape, frozenset({word}))
    assert drawn.shape == shape and has(drawn, frozenset({word}))


@pytest.mark.parametrize("shape", [(2, 4), (1, 3)])
def test_no_wide_matrix_has_orthonormal_columns(shape):
    with pytest.raises(NoValue, match="orthonormal"):
        draw(Rationals(), Reals(Random(1)), shape, frozenset({"orthogonal"}))


def test_columns_drawn_modulo_a_prime_are_orthonormal():
    c = Padics(random_prime("0"), 4)
    drawn = draw(c, Residues(Random(2)), (4, 2), frozenset({"orthogonal"}))
    assert c.matmul(transpose(drawn), drawn).entries == [1, 0, 0, 1]


@every_row("pair", list(combinations(FACTS, 2)), ids="+".join)
def test_two_facts_hold_together_or_no_array_is_given(pair):
    facts, given = frozenset(pair), 0
    for n in (1, 2, 3, 4):
        try:
            drawn = draw(Rationals(), Reals(Random(n)), (n, n), facts)
        except NoValue:
            continue
        given += 1
        assert has(drawn, facts), drawn.rows()
    assert given or facts in IMPOSSIBLE


@every_row("word", SQUARE)
def test_the_same_recipes_hold_modulo_a_prime(word):
    prime = random_prime("0")
    c = Padics(prime, 4)
    drawn = draw(c, Residues(Random(2)), (3, 3), frozenset({word}))
    rows = drawn.rows()
    turned = [list(column) for column in zip(*rows)]
    square = c.matmul(drawn, Array((3, 3), [entry for row in turned for entry in row])).entries
    if word in ("symmetric", "pd", "psd"):
        assert rows == turned
    if word == "skew":
        assert [[-entry % c.modulus for entry in row] for row in rows] == turned
    if word in ("orthogonal", "permutation"):
        assert square == [1, 0, 0, 0, 1, 0, 0, 0, 1]
    if word == "projection":
        assert c.matmul(drawn, drawn).entries == drawn.entries


def test_the_bound_of_a_degree_counts_how_a_structured_matrix_is_made():
    drawn = draw(Degrees(), Bounds(Random(0)), (3, 3), frozenset({"pd"}))
    assert drawn.entries[0].top == 2
    drawn = draw(Degrees(), Bounds(Random(0)), (3, 3), frozenset({"symmetric"}))
    assert drawn.entries[0].top == 1


def test_points_come_from_a_large_set():
    drawn = draw(Rationals(), Reals(Random(0)), (4, 4), frozenset())
    assert len({entry.denominator for entry in drawn.entries}) > 1
    assert all(isinstance(entry, Fraction) for entry in drawn.entries)
