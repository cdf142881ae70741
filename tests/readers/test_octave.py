"""MATLAB's notation is read as GNU Octave computes it. Needs Octave: pytest -m octave."""

import numpy as np
import octave_code
import pytest
import torch

from matcalc.answers.book import book_of
from matcalc.errors import MatcalcError
from matcalc.evaluation.evaluate import evaluate
from matcalc.language.syntax import parse_tree
from matcalc.readers import translate

pytestmark = pytest.mark.octave
TEXTS = octave_code.formulas()


@pytest.fixture(scope="module")
def values():
    arrays = octave_code.arrays()
    return arrays, dict(zip(TEXTS, octave_code.octave_values(TEXTS, arrays)))


def test_octave_computes_enough_of_them(values):
    assert sum(not isinstance(answer, str) for answer in values[1].values()) >= 300


@pytest.mark.parametrize("text", TEXTS)
def test_a_formula_means_what_octave_computes(text, values):
    arrays, answers = values
    octave = answers[text]
    if isinstance(octave, str):
        with pytest.raises(MatcalcError):
            translate(text, book_of(None), "matlab", octave_code.SHAPES)
        return
    read = translate(text, book_of(None), "matlab", octave_code.SHAPES).text
    tensors = {name: torch.tensor(np.atleast_2d(array)) for name, array in arrays.items()}
    found = evaluate(parse_tree(read), tensors, {"n": 3, "m": 2}, book_of(None)).numpy()
    assert found.shape == octave.shape
    np.testing.assert_allclose(found, octave, rtol=1e-8, atol=1e-9)
