"""A sample of statements whose truth is known, near the threshold at which it changes: no verdict is false."""

import random

import pytest
from known_statements import convex_statements, definite_statements

from matcalc.linalg import convex, definite
from matcalc.shapes.declarations import read_assumptions, read_shapes

SAMPLE, FEW, LEAST_DECIDED = 14, 5, 0.5
SEED = 20
_POSITIVE = ("positive definite", "positive semidefinite", "positive", "nonnegative")
_REFUTING = ("not semidefinite", "not positive semidefinite", "not nonnegative", "of either sign", "not convex")
_NEGATIVE = ("negative definite", "negative semidefinite", "negative", "nonpositive", "strictly concave", "concave")


def declared(statement):
    facts = read_assumptions([statement.facts]) if statement.facts else None
    return facts, read_shapes([statement.shapes]) if statement.shapes else None


def judged(statements, judge, proved):
    """Return how many of the statements are decided; assert that none is decided wrongly."""
    decided = 0
    for statement in statements:
        verdict = judge(statement).verdict
        refuted = verdict in (*_REFUTING, *_NEGATIVE, "neither convex nor concave")
        assert not (statement.holds and refuted), f"{statement} is called {verdict}, seed {SEED}"
        assert statement.holds or verdict not in proved, f"{statement} is called {verdict}, seed {SEED}"
        decided += refuted or verdict in proved
    return decided


def test_signs_and_definiteness():
    statements = random.Random(SEED).sample(definite_statements(), SAMPLE)
    decided = judged(statements, lambda s: definite(s.text, *declared(s)), _POSITIVE)
    assert decided >= LEAST_DECIDED * SAMPLE


@pytest.mark.parametrize("count", [FEW, pytest.param(SAMPLE, marks=pytest.mark.long)])
def test_convexity(count):
    statements = random.Random(SEED).sample(convex_statements(), count)

    def judge(statement):
        return convex(statement.text, list(statement.names), *declared(statement))

    assert judged(statements, judge, ("convex", "strictly convex", "affine")) >= LEAST_DECIDED * count
