"""What is told of cancelled and factored forms before they are sought: a form that is left out is not shorter."""

from random import Random

import pytest
from seeds import seed_of
from sympy import Integer, cancel, factor, symbols

from matcalc.calculus.shortening.polynomials import may_be_shorter
from matcalc.presentation import Presenter

NAMES = symbols("a b c d", positive=True)


def length(scalar):
    return Presenter(priced=True).cost(scalar)


def drawn(random, depth):
    """Return a random sum, product or quotient of names and small numbers."""
    if depth == 0:
        return random.choice(NAMES) if random.random() < 0.8 else Integer(random.randint(1, 3))
    one, other = drawn(random, depth - 1), drawn(random, depth - random.randint(1, depth))
    kind = random.randrange(6)
    if kind < 3:
        return one + other if kind else one - other
    return one / other if kind == 3 and other != 0 else one * other


@pytest.mark.parametrize("block", range(4))
def test_a_form_that_is_left_out_is_not_shorter(block):
    seed = seed_of(f"forms that are left out {block}")
    random, left_out = Random(seed), 0
    for _ in range(60):
        scalar = drawn(random, 3)
        if scalar.is_number or scalar.is_Symbol:
            continue
        weights = {name: 1 for name in sorted(scalar.free_symbols, key=str)}
        wanted = may_be_shorter(scalar, weights, length(scalar))
        for wants, form in zip(wanted, (cancel, factor)):
            left_out += not wants
            assert wants or length(form(scalar)) >= length(scalar), f"seed {seed}: {scalar}"
    assert left_out > 20, f"seed {seed}"


A, B, C, D = NAMES


@pytest.mark.parametrize(("scalar", "wanted"), [
    ((A**2 - B**2) / (A - B), (True, True)),
    (A * B + A * C + B * D + C * D, (True, True)),
    (1 / (A + 1) + 1 / (A + 1) ** 2, (True, True)),
    (A * (B + C) / B, (True, True)),
    ((A - B) * (A + B), (True, False)),
    (A * (B + C) * (B - 2 * C), (False, False)),
    ((A + B) * (C + D + 1) + A * (B + 1) * (C + A), (False, False)),
    (A * (B + C) / (D + 1) ** 3, (False, False)),
])
def test_what_may_be_shorter(scalar, wanted):
    weights = {name: 1 for name in NAMES if name in scalar.free_symbols}
    assert may_be_shorter(scalar, weights, length(scalar)) == wanted
