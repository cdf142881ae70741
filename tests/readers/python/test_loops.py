"""Loops and comprehensions are read as what NumPy, PyTorch and JAX compute for the same text: values and gradients."""

import re

import jax
import library_loops
import numpy as np
import pytest
import torch
from library_code import differences, read_value, same, seeded
from tables import every_row, in_parts

import matcalc
from matcalc.answers.book import book_of
from matcalc.readers.python.reader import dimensions_of

CODE = [
    *[("numpy", text) for text in library_loops.texts(library_loops.NUMPY)],
    *[("torch", text) for text in library_loops.texts(library_loops.TORCH)],
]


def tensors_of(found, library="torch"):
    """Return arrays and numbers as torch's tensors of double precision where the code is torch's, sizes as they are."""
    if library != "torch":
        return found
    return {name: value if isinstance(value, int) else torch.tensor(np.asarray(value)) for name, value in found.items()}


def gradient(library, text, found, name):
    """Return the gradient by torch autograd of torch's code, by differences of others."""
    if library == "numpy":
        return differences(lambda array: float(library_loops.real(text, {**found, name: array})), found[name])
    tensors = tensors_of(found)
    tensors[name].requires_grad_()
    value = library_loops.real(text, tensors)
    return torch.autograd.grad(value, [tensors[name]])[0]


@in_parts(("library", "text"), CODE, 2)
def test_what_is_read_is_what_the_library_computes(library, text):
    expression = matcalc.parse(text, syntax="python")
    arrays, sizes = library_loops.drawn(expression.shapes, dimensions_of(text, book_of(None)), seeded(text))
    found = {**sizes, **arrays}
    with jax.enable_x64(True):
        same(read_value(expression, arrays, sizes), library_loops.real(text, tensors_of(found, library)))


def compare_gradient(library, text):
    """Compare the derivative by the first array of a text with the library's."""
    expression = matcalc.parse(text, syntax="python")
    if expression.shape != ():
        return
    arrays, sizes = library_loops.drawn(expression.shapes, dimensions_of(text, book_of(None)), seeded(text))
    found = {**sizes, **arrays}
    name = next(name for name in dict.fromkeys(re.findall(r"[A-Za-z]\w*", text)) if name in arrays)
    derivative = matcalc.diff(text, wrt=name, syntax="python")
    values = {n: found[n] for n in derivative.shapes}
    with jax.enable_x64(True):
        same(derivative.evaluate(**values), gradient(library, text, found, name), 1e-8 if library == "torch" else 1e-4)


@every_row(("library", "text"), [row for row in CODE if row[0] == "torch"] + CODE[::9])
def test_some_gradients_are_the_library_s(library, text):
    compare_gradient(library, text)


@pytest.mark.long
@in_parts(("library", "text"), CODE, 4)
def test_all_gradients_are_the_library_s(library, text):
    compare_gradient(library, text)
