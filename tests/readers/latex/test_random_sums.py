"""Random sums in sums in LaTeX: read with the arrays declared, each has the value of a loop, or is refused."""

import pytest
import torch
from looped_sums import looped
from random_latex_sums import random_latex_sum

import matcalc

SHAPES = {"x": ("n",), "y": ("n",), "u": ("n",), "B": ("n", "n")}
SIZE = 4
REFUSED = "has no form in matrices here"


@pytest.fixture(autouse=True)
def _double():
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(before)


def agrees(seed):
    """Check one sum; return whether it was read."""
    latex, python = random_latex_sum(seed)
    generator = torch.Generator().manual_seed(seed)
    arrays = {name: torch.randn([SIZE] * len(shape) + [1] * (2 - len(shape)), generator=generator)
              for name, shape in SHAPES.items() if f"{name}[" in python}
    shapes = {name: SHAPES[name] for name in arrays}
    try:
        expression = matcalc.parse(latex, syntax="latex", shapes=shapes)
    except matcalc.MatcalcError as error:
        assert error.message.endswith(REFUSED), (seed, latex, error)
        return False
    value = expression.evaluate(**{name: array.numpy() for name, array in arrays.items()})
    expected = float(looped(python, arrays, {"n": SIZE}))
    assert float(value) == pytest.approx(expected, rel=1e-9, abs=1e-9), (seed, latex, expression.text)
    return True


@pytest.mark.parametrize("start", [0, 20, 40])
def test_random_sums_of_papers_agree_with_loops(start):
    assert sum(agrees(seed) for seed in range(start, start + 20)) > 10


@pytest.mark.long
@pytest.mark.parametrize("start", range(1_000, 3_000, 200))
def test_many_random_sums_of_papers_agree_with_loops(start):
    assert sum(agrees(seed) for seed in range(start, start + 200)) > 100
