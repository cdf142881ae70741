"""Random sums over one to three indices: value and a gradient of each against a loop in torch."""

import random

import pytest
import torch
from looped_sums import gradient, looped
from random_sums import random_sum

import matcalc
from matcalc.answers.book import book_of
from matcalc.evaluation.evaluate import evaluate

SIZES = {"n": 4, "m": 3, "k": 2, "d": 3}
PER_TEST = 12


def agrees(seed):
    """Check one sum; the message of a failure has its seed."""
    text, shapes = random_sum(seed)
    generator = torch.Generator().manual_seed(seed)
    arrays = {}
    for name, sizes in shapes.items():
        dims = [SIZES[size] for size in sizes]
        arrays[name] = 0.7 * torch.randn((*dims, *[1] * (2 - len(dims))), generator=generator, dtype=torch.float64)
    expression = matcalc.parse(text, shapes=shapes)
    value = evaluate(expression.elaborated.tree, arrays, SIZES, book_of(None))
    close(value, looped(text, arrays, SIZES), 1e-9, (seed, text, expression.text))
    name = random.Random(seed).choice(sorted(arrays))
    answer = matcalc.diff(expression, wrt=name)
    ours = answer.evaluate(**{name: array.numpy() for name, array in arrays.items()})
    close(torch.as_tensor(ours), gradient(text, arrays, SIZES, name), 1e-8, (seed, text, name, str(answer)))


def close(ours, truth, tolerance, told):
    assert float((ours.reshape(truth.shape) - truth).norm()) <= tolerance * max(1.0, float(truth.norm())), told


@pytest.fixture(autouse=True)
def _double():
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(before)


@pytest.mark.parametrize("start", range(0, 60, PER_TEST))
def test_random_sums_agree_with_loops(start):
    for seed in range(start, start + PER_TEST):
        agrees(seed)


@pytest.mark.long
@pytest.mark.parametrize("start", range(1_000, 3_000, 200))
def test_many_random_sums_agree_with_loops(start):
    for seed in range(start, start + 200):
        agrees(seed)
