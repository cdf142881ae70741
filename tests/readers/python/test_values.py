"""What is read is what NumPy, PyTorch and JAX compute for the same text: values, and gradients by autodiff."""

import re

import jax
import library_code
import torch
from library_code import differences, read_value, same
from tables import in_parts

import matcalc
from matcalc.answers.book import book_of
from matcalc.readers.python.reader import dimensions_of

CODE = [
    *[("numpy", text) for text in library_code.lines(library_code.NUMPY)],
    *[("torch", text) for text in library_code.lines(library_code.TORCH)],
    *[("jax", text) for text in library_code.lines(library_code.JAX)],
]

# NumPy's gradients by differences: the same operations as torch's, so some of them
SOME = frozenset(text for _, text in CODE[::6])


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
