"""Random arrays of declared facts have them: every fact, every pair of facts, at all small sizes."""

from itertools import combinations

import pytest
import torch
from tables import every_row

from matcalc.errors import DomainError
from matcalc.evaluation.draws import draw
from matcalc.evaluation.facts import FACTS, draw_small, has

SEED = 3
STRUCTURED = sorted(FACTS - {"positive", "negative", "unit-interval", "simplex", "binary", "integer"})


def drawn(shape, facts, seed=SEED):
    return draw(shape, frozenset(facts), "normal", torch.Generator().manual_seed(seed))


@every_row("n", [1, 2, 3, 4])
@every_row("fact", sorted(FACTS))
def test_what_is_drawn_has_the_fact(fact, n):
    for seed in range(5):
        assert has(drawn((n, n), {fact}, seed), {fact})


# pairs that no matrix of two rows and more has
IMPOSSIBLE = """
    diagonal+simplex negative+orthogonal orthogonal+positive orthogonal+simplex orthogonal+unit-interval negative+pd
    negative+permutation permutation+positive permutation+simplex permutation+unit-interval negative+projection
    negative+psd binary+simplex integer+simplex negative+skew pd+skew permutation+skew positive+skew simplex+skew
    skew+unit-interval negative+simplex negative+positive negative+unit-interval binary+negative
    binary+unit-interval integer+unit-interval
    lower-triangular+negative lower-triangular+positive lower-triangular+simplex lower-triangular+unit-interval
    negative+upper-triangular positive+upper-triangular simplex+upper-triangular unit-interval+upper-triangular
""".split()
# a strictly triangular matrix is nilpotent, and has zeros
NEVER_NILPOTENT = ["invertible", "positive-det", "pd", "orthogonal", "permutation", "positive", "negative",
                   "unit-interval", "simplex"]
IMPOSSIBLE += ["+".join(sorted((f"strictly-{side}-triangular", word)))
               for side in ("lower", "upper") for word in NEVER_NILPOTENT]
# a matrix of rank one is singular, and has an eigenvector of its own
NEVER_OF_RANK_ONE = ["invertible", "orthogonal", "pd", "permutation", "positive-det", "skew"]
IMPOSSIBLE += ["+".join(sorted((word, other)))
               for word in ("rank-one", "symmetric-rank-one") for other in NEVER_OF_RANK_ONE]
IMPOSSIBLE += [f"strictly-{side}-triangular+symmetric-rank-one" for side in ("lower", "upper")]


@pytest.mark.parametrize("n", [2, 3, 4])
def test_every_possible_pair_of_facts_is_drawn(n):
    odd = {"invertible+skew", "orthogonal+skew", "positive-det+skew"} if n % 2 else set()
    failing = set()
    for pair in combinations(sorted(FACTS), 2):
        try:
            assert has(drawn((n, n), pair), set(pair))
        except DomainError:
            failing.add("+".join(pair))
    assert failing == set(IMPOSSIBLE) | odd


def test_a_skew_matrix_of_one_row_is_zero_and_an_orthogonal_one_is_one_or_minus_one():
    assert float(drawn((1, 1), {"skew"})) == 0
    assert {abs(float(drawn((1, 1), {"orthogonal"}, seed))) for seed in range(8)} == {1.0}
    assert {float(drawn((1, 1), {"orthogonal"}, seed)) for seed in range(8)} == {1.0, -1.0}
    generator = torch.Generator().manual_seed(0)
    assert float(draw_small((1, 1), {"skew"}, 1.0, generator)) == 0


def test_a_tall_orthogonal_matrix_has_orthonormal_columns_and_a_wide_one_is_refused():
    Q = drawn((4, 2), {"orthogonal"})
    assert torch.allclose(Q.mT @ Q, torch.eye(2, dtype=torch.float64))
    with pytest.raises(DomainError, match="2×4 matrix was found that is orthogonal"):
        drawn((2, 4), {"orthogonal"})


@every_row("fact", STRUCTURED)
def test_structures_are_not_always_the_same_matrix(fact):
    if fact != "permutation":
        assert not torch.equal(drawn((3, 3), {fact}, 0), drawn((3, 3), {fact}, 1))
