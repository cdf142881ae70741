"""Random expressions in complex names, against autograd of real and imaginary parts and torch's own .grad."""

import random

import pytest
from random_complex import COMPLEX, SHAPES, column, number, real_number

import matcalc
from matcalc.language.syntax import names, parse_tree

KINDS = (real_number, number, column)


def disagreements(seeds):
    """Return what torch contradicts, each with its seed."""
    wrong = []
    for seed in seeds:
        rng = random.Random(seed)
        text = KINDS[seed % 3](rng, rng.randrange(1, 3))
        used = names(parse_tree(text))
        if "z" not in used:
            continue
        asked = [("z", "wirtinger"), ("conj(z)", "wirtinger")]
        asked = [asked[seed // 3 % 2], ("z", ("torch", "jax")[seed // 6 % 2])] if seed % 3 == 0 else asked[seed % 2 :]
        for wrt, convention in asked:
            assume = {name: words for name, words in COMPLEX.items() if name in used}
            shapes = {name: shape for name, shape in SHAPES.items() if name in used}
            derivative = matcalc.diff(text, wrt, assume=assume, shapes=shapes, convention=convention)
            report = derivative.check(points=1, seed=seed, method="torch")
            if report.ok is not True:
                wrong.append((seed, text, wrt, convention, str(derivative), report.reason))
    return wrong


def test_random_derivatives_agree_with_torch():
    assert disagreements(range(60)) == []


@pytest.mark.long
def test_many_random_derivatives_agree_with_torch():
    assert disagreements(range(1000, 1500)) == []
