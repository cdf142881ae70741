"""Whether two surface trees have the same value, at a random point."""

from __future__ import annotations

import torch

from matcalc.evaluation.evaluate import evaluate


def arrays_for(shapes, seed):
    """Return random arrays of the declared shapes, and the sizes."""
    generator, sizes = torch.Generator().manual_seed(seed), {}
    arrays = {}
    for name, shape in shapes.items():
        padded = [*shape, *[1] * (2 - len(shape))]
        for size in padded:
            for letter in str(size).split("*"):
                sizes.setdefault(letter, 2 + len(sizes) % 3)
        numbers = []
        for size in padded:
            number = 1
            for letter in str(size).split("*"):
                number *= int(letter) if letter.isdigit() else sizes[letter]
            numbers.append(number)
        array = torch.rand(numbers, generator=generator, dtype=torch.float64) / 2 + 0.1
        if numbers[0] == numbers[1] > 1:
            array = array + array.T + 2 * torch.eye(numbers[0], dtype=torch.float64)
        arrays[name] = array
    return arrays, {letter: number for letter, number in sizes.items() if not letter.isdigit()}


def same_value(tree, again, shapes, book):
    """Return whether two trees have one value at a random point, NaN in the same places included."""
    arrays, sizes = arrays_for(shapes, seed=1)
    value, other = evaluate(tree, arrays, sizes, book), evaluate(again, arrays, sizes, book)
    assert not value.isnan().all(), "the point says nothing"
    return value.shape == other.shape and torch.allclose(value, other, rtol=1e-9, atol=1e-12, equal_nan=True)
