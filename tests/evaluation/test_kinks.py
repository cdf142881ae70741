"""Points on both sides of a kink, found from the formula that has the sign."""

import pytest
import torch
from tables import every_row

from matcalc.evaluation.evaluate import evaluate
from matcalc.evaluation.kinks import beside_kink
from matcalc.evaluation.points import Point
from matcalc.language.syntax import parse_tree
from matcalc.rulebook.conditions import Condition

KINKS = """
    a - 6; a - 100; 100000 - a; a*b - 7; exp(a) - 1e6; e(1, 2).T@x - 40; x - 1000; tr(X) - 30; X - 25
""".strip().split("; ")


def entry(text):
    generator = torch.Generator().manual_seed(1)
    shapes = {"a": (1, 1), "b": (1, 1), "x": (2, 1), "X": (2, 2)}
    tree = parse_tree(text)
    arrays = {name: torch.rand(shape, generator=generator, dtype=torch.float64) for name, shape in shapes.items()}
    used = {name: array for name, array in arrays.items() if name in text.replace("exp", "")}
    return tree, Point(used, {})


@every_row("text", KINKS)
def test_points_lie_on_both_sides_of_the_kink(text, book):
    tree, point = entry(text)
    generator = torch.Generator().manual_seed(2)
    signs = set()
    for beside in beside_kink(Condition("nonzero", tree), point, {}, book, generator):
        signs |= set(evaluate(tree, beside.arrays, beside.sizes, book).sign().reshape(-1).tolist())
    assert {1.0, -1.0} <= signs


def test_where_nothing_changes_its_sign_there_are_no_points(book):
    tree, point = entry("a**2 + 1")
    assert list(beside_kink(Condition("nonzero", tree), point, {}, book, torch.Generator().manual_seed(0))) == []


def test_declared_names_are_left_alone(book):
    tree, point = entry("a*b - 7")
    facts = {"b": frozenset({"unit-interval"})}
    for beside in beside_kink(Condition("nonzero", tree), point, facts, book, torch.Generator().manual_seed(0)):
        assert torch.equal(beside.arrays["b"], point.arrays["b"])


def test_names_with_facts_are_moved_as_far_as_they_keep_them(book):
    tree, point = entry("a - 6")
    facts, generator = {"a": frozenset({"positive"})}, torch.Generator().manual_seed(0)
    found = [float(p.arrays["a"]) for p in beside_kink(Condition("nonzero", tree), point, facts, book, generator)]
    assert min(found) > 0 and min(found) < 6 < max(found)


@pytest.mark.parametrize("predicate", ["unique_maximum", "unique_minimum"])
def test_ties_are_found_from_both_sides(predicate, book):
    tree = parse_tree("x")
    point = Point({"x": torch.tensor([[1.0], [5.0], [9.0]], dtype=torch.float64)}, {})
    generator = torch.Generator().manual_seed(0)
    kink = Condition(predicate, tree)
    choose = torch.argmax if predicate == "unique_maximum" else torch.argmin
    found = {int(choose(p.arrays["x"])) for p in beside_kink(kink, point, {}, book, generator)}
    assert len(found) >= 2


@pytest.mark.parametrize("predicate, axis", [("unique_column_maximum", 0), ("unique_row_minimum", 1)])
def test_ties_along_an_axis_are_found_from_both_sides(predicate, axis, book):
    array = torch.tensor([[1.0, 4.0, 9.0], [5.0, 2.0, 8.0], [9.0, 7.0, 6.0]], dtype=torch.float64)
    kink, generator = Condition(predicate, parse_tree("X")), torch.Generator().manual_seed(0)
    choose = torch.argmax if predicate.endswith("maximum") else torch.argmin
    beside = list(beside_kink(kink, Point({"X": array}, {}), {}, book, generator))
    assert len({int(choose(p.arrays["X"].select(1 - axis, 0))) for p in beside}) >= 2
