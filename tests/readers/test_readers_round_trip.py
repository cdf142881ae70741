"""What matcalc prints in LaTeX, and what a writer of MATLAB's notation writes, reads back with the same values."""

import random

import pytest
from corpus_entries import QUESTIONS, answer
from matlab_writer import matlab_text
from random_expressions import SHAPES, Generator
from same_values import same_value
from samples import asked, spread

import matcalc
from matcalc.language.syntax import Call, Name, parse_tree, postorder
from matcalc.language.unparse import unparse
from matcalc.printers.latex import latex_text
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


def has_entries_of_values(tree):
    """Return whether entries of something other than a name are taken, which MATLAB has no notation for."""
    calls = [node for node in postorder(tree) if isinstance(node, Call)]
    return any(":" in node.function and not isinstance(node.args[0], Name) for node in calls)


@pytest.mark.parametrize("times", [2, pytest.param(len(QUESTIONS), marks=pytest.mark.long)])
@pytest.mark.parametrize("syntax", WRITERS)
def test_the_corpus_comes_back(syntax, times, book):
    wrong, read, identical = [], 0, 0
    places = spread(QUESTIONS, asked, times)
    for label, tree, shapes in trees([QUESTIONS[place] for place in places]):
        if syntax == "matlab" and has_entries_of_values(tree):
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
