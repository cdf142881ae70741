"""Random well-typed expressions of all operators and functions, compared with torch: no wrong answer, no crash."""

import random
from collections import Counter
from functools import cache

import pytest
from random_expressions import ASSUME, SHAPES, Generator
from samples import operations, spread

import matcalc

SEED = 20_261_123
BLOCK = 300
BLOCKS = range(5)
SAMPLED = 300  # from so many questions the quick suite takes some of every kind
DEEPEST = 6


def _question(seed):
    """Return (text, keyword arguments of diff), or None for a constant."""
    rng = random.Random(seed)
    text, shape = Generator(rng).draw(rng.randint(1, DEEPEST))
    names = list(matcalc.parse(text, shapes=SHAPES, assume=ASSUME).shapes)
    order = rng.choice([1, 1, 1, 2]) if shape == (1, 1) else 1
    layout = rng.choice(["denom", "num", "mixed"])
    structure = rng.choice(["free", "free", "free", "projected", "parametrized"])
    if not names:
        return None
    facts = {name: words for name, words in ASSUME.items() if name in names}
    return text, dict(
        wrt=rng.choice(names), layout=layout, order=order, structure=structure, shapes=SHAPES, assume=facts
    )


@cache
def _sample():
    """Return numbers of questions in which every operation occurs, with every layout and the like."""
    questions = [_question(SEED + number) for number in range(SAMPLED)]

    def kinds(question):
        if question is None:
            return ()
        text, options = question
        return operations(text) | {options["layout"], options["order"], options["structure"]}

    return spread(questions, kinds)


def _outcomes(numbers):
    """Return how often an answer passes its checks; assert that none is wrong, and that each is read back."""
    outcomes, wrong, unread = Counter(), [], []
    for number in numbers:
        seed = SEED + number
        question = _question(seed)
        if question is None:
            outcomes["constant"] += 1
            continue
        text, options = question
        try:
            derivative = matcalc.diff(text, **options)
        except matcalc.NoRuleError:
            outcomes["refused"] += 1
            continue
        report = derivative.check(points=1, seed=number)
        outcomes[report.ok] += 1
        if report.ok is False:
            wrong.append((seed, text, options, str(derivative), report.reason))
        again = matcalc.parse(str(derivative), shapes=SHAPES, assume=ASSUME)
        if matcalc.parse(str(again), shapes=SHAPES, assume=ASSUME) != again:
            unread.append((seed, text, str(again)))
    assert not wrong
    assert not unread
    return outcomes


def test_no_wrong_answer_and_no_crash_in_a_sample():
    print(f"seed {SEED}")
    outcomes = _outcomes(_sample())
    assert outcomes[True] >= 0.75 * outcomes.total() > 0.75 * 15, outcomes


@pytest.mark.long
@pytest.mark.parametrize("block", BLOCKS)
def test_no_wrong_answer_and_no_crash(block):
    print(f"seed {SEED}, block {block}")
    outcomes = _outcomes(range(block * BLOCK, (block + 1) * BLOCK))
    assert outcomes[True] >= 0.8 * BLOCK, outcomes
    assert outcomes["refused"] + outcomes[None] <= 0.05 * BLOCK, outcomes
