"""What matcalc prints in LaTeX, and what a writer of MATLAB's notation writes, reads back with the same values."""

import random

import pytest
import torch
from corpus_entries import QUESTIONS, answer
from matlab_writer import matlab_text
from random_expressions import SHAPES, Generator
from samples import asked, spread

import matcalc
from matcalc.evaluation.evaluate import evaluate
from matcalc.language.syntax import Call, Name, parse_tree, postorder
from matcalc.language.unparse import unparse
from matcalc.printers.latex import latex_text
from matcalc.printers.sizes import name_shapes, node_shapes
from matcalc.readers import translate

WRITERS = {"latex": latex_text, "matlab": matlab_text}
SEEDS = range(400)


def trees(questions):
    """Yield (id, tree, shapes) for the expression and the answer of entries of the corpus, each once."""
    seen = set()
    for entry in questions:
        derivative = answer(entry)
        for kind, tree in (("expression", parse_tree(entry["expr"])), ("answer", derivative.tree)):
            key = (unparse(tree), str(derivative.shapes))
            if key not in seen:
                seen.add(key)
                yield f"{entry['id']} {kind}", tree, derivative.shapes


def loses_a_size(tree):
    """Return whether LaTeX does not say all of a tree: e_0 has any size."""
    return any(isinstance(node, Call) and node.function == "e" for node in postorder(tree))


def has_entries_of_values(tree):
    """Return whether entries of something other than a name are taken, which MATLAB has no notation for."""
    calls = [node for node in postorder(tree) if isinstance(node, Call)]
    return any(":" in node.function and not isinstance(node.args[0], Name) for node in calls)


def has_absolute_values_of_a_square_matrix(tree, book, shapes):
    """Return whether bars stand around a square matrix, where a paper means its determinant."""
    found = node_shapes(tree, book, name_shapes(tree, book, shapes))
    sizes = [found[id(node.args[0])] for node in postorder(tree) if isinstance(node, Call) and node.function == "abs"]
    return any(rows == cols != "1" for rows, cols in sizes)


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


@pytest.mark.parametrize("times", [2, pytest.param(len(QUESTIONS), marks=pytest.mark.long)])
@pytest.mark.parametrize("syntax", WRITERS)
def test_the_corpus_comes_back(syntax, times, book):
    wrong, read, identical = [], 0, 0
    places = spread(QUESTIONS, asked, times)
    for label, tree, shapes in trees([QUESTIONS[place] for place in places]):
        if syntax == "latex" and loses_a_size(tree) or syntax == "matlab" and has_entries_of_values(tree):
            continue
        written = WRITERS[syntax](tree, book, shapes)
        again = translate(written, book, syntax, shapes).text
        read += 1
        identical += again == unparse(tree)
        if again != unparse(tree) and not same_value(tree, parse_tree(again), shapes, book):
            wrong.append((label, unparse(tree), written, again))
    assert not wrong
    assert read > 1.2 * len(places) and identical > 0.9 * read


@pytest.mark.parametrize("syntax", WRITERS)
def test_random_expressions_come_back(syntax, book):
    compared = 0
    for seed in SEEDS:
        text, _ = Generator(random.Random(seed)).draw(3)
        tree = parse_tree(text)
        if syntax == "latex" and (
            loses_a_size(tree) or has_absolute_values_of_a_square_matrix(tree, book, SHAPES)
        ):
            continue
        written = WRITERS[syntax](tree, book, SHAPES)
        again = translate(written, book, syntax, SHAPES).text
        if again == unparse(tree):
            continue
        compared += 1
        assert same_value(tree, parse_tree(again), SHAPES, book), (seed, unparse(tree), written, again)
    assert compared > 50


@pytest.mark.parametrize("syntax", WRITERS)
def test_what_is_typed_in_another_notation_is_differentiated_alike(syntax, book):
    entries = [entry for entry in QUESTIONS if entry["id"].startswith("rw-")][::12]
    assert len(entries) > 10
    for entry in entries:
        expected = answer(entry)
        typed = WRITERS[syntax](parse_tree(entry["expr"]), book, expected.shapes)
        found = matcalc.diff(
            typed, entry["wrt"], entry["layout"], entry["order"], expected.shapes, entry.get("assume"), syntax=syntax
        )
        assert str(found) == str(expected) or found.check().ok, (entry["id"], typed, str(found), str(expected))
