"""What is read is what NumPy, PyTorch and JAX compute for the same text: values, and gradients by autodiff."""

import re

import jax
import library_code
import numpy as np
import torch
from tables import in_parts

import matcalc
from matcalc.answers.book import book_of
from matcalc.evaluation.evaluate import evaluate
from matcalc.language.syntax import parse_tree
from matcalc.readers.python.reader import dimensions_of

CODE = [
    *[("numpy", text) for text in library_code.lines(library_code.NUMPY)],
    *[("torch", text) for text in library_code.lines(library_code.TORCH)],
    *[("jax", text) for text in library_code.lines(library_code.JAX)],
]

# NumPy's gradients by differences: the same operations as torch's, so some of them
SOME = frozenset(text for _, text in CODE[::6])


def read_value(expression, arrays):
    """Return the value of what was read for arrays of the library."""
    columns = {name: torch.tensor(np.reshape(array, (-1, np.shape(array)[1] if np.ndim(array) == 2 else 1)))
               for name, array in arrays.items()}
    sizes = {size: length for name, shape in expression.shapes.items()
             for size, length in zip(shape, columns[name].shape)}
    value = evaluate(parse_tree(expression.text), columns, sizes, book_of(None)).numpy()
    return value[0, 0] if value.shape == (1, 1) else value


def as_array(value):
    if isinstance(value, torch.Tensor):
        value = value.detach().numpy()
    return np.asarray(value, dtype=np.float64)


def same(read, real, tolerance=1e-9):
    """Compare a value of the language, a column or a row for a vector, with a library's."""
    real = as_array(real)
    read = np.asarray(read, dtype=np.float64)
    if real.ndim < 2:
        assert read.ndim == 0 or 1 in read.shape
        read = read.reshape(real.shape)
    assert read.shape == real.shape
    np.testing.assert_allclose(read, real, rtol=tolerance, atol=tolerance/10)


@in_parts(("library", "text"), CODE, 12)
def test_values_and_gradients_are_the_librarys(library, text):
    expression = matcalc.parse(text, syntax="python")
    dimensions = dimensions_of(text, book_of(None))
    rng = library_code.seeded(text)
    found = library_code.arrays(expression.shapes, dimensions, rng)
    given = {name: torch.tensor(array) for name, array in found.items()} if library == "torch" else found
    with jax.enable_x64(True):
        same(read_value(expression, found), library_code.value(text, given))
    if expression.shape == () and (library == "torch" or text in SOME):
        name = next(name for name in dict.fromkeys(re.findall(r"[A-Za-z]\w*", text)) if name in found)
        gradient = matcalc.diff(text, wrt=name, syntax="python")
        values = {n: found[n] for n in gradient.shapes}
        with jax.enable_x64(True):
            real = gradient_of(library, text, found, name)
        same(gradient.evaluate(**values), real, 1e-9 if library == "torch" else 1e-5)


def gradient_of(library, text, found, name):
    """Return the gradient by torch autograd of torch's code, by differences of NumPy's and JAX's."""
    if library == "torch":
        tensors = {n: torch.tensor(array, requires_grad=n == name) for n, array in found.items()}
        value = library_code.value(text, tensors)
        if not value.requires_grad:
            return torch.zeros_like(tensors[name])
        (gradient,) = torch.autograd.grad(value, [tensors[name]], allow_unused=True)
        return torch.zeros_like(tensors[name]) if gradient is None else gradient
    return differences(lambda array: library_code.value(text, {**found, name: array}), found[name])


def differences(function, at):
    """Return the gradient of a function of an array by central differences."""
    at, step = np.asarray(at, dtype=np.float64), 1e-6
    result = np.zeros_like(at)
    for index in np.ndindex(at.shape):
        change = np.zeros_like(at)
        change[index] = step
        result[index] = (function(at + change) - function(at - change))/(2*step)
    return result
