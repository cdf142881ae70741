"""Every line ``short for`` and ``shortens`` in the middle of random formulas: the short form has the same value.

What such a line replaces are some of the factors of a product, and the product may be of scalars, entry by entry, of
matrices, or all of them at once.
"""

import random

import pytest
import torch

from matcalc.api import book_of
from matcalc.calculus.shortening.shorten import simplify
from matcalc.evaluation.evaluate import evaluate
from matcalc.language.syntax import parse_tree, substituted
from matcalc.language.unparse import unparse
from matcalc.presentation import Presenter
from matcalc.rulebook.files import standard_rules
from matcalc.shapes.elaborate import elaborate

SHAPES = {"A": ("n", "n"), "B": ("n", "n"), "X": ("n", "m"), "Y": ("n", "m"), "Z": ("m", "m"),
          "x": ("n", 1), "y": ("n", 1), "w": ("m", 1), "a": (), "b": ()}  # fmt: skip
SIZES = {"n": 3, "m": 2}
SCALAR, COLUMN, ROW, MATRIX, SQUARE = (1, 1), ("n", 1), (1, "n"), ("n", "m"), ("n", "n")
# what stands for X, by its shape
INSIDE = {
    SCALAR: ["a", "a*b", "x.T@y", "a + b", "-a", "2*b", "b - a"],
    COLUMN: ["x", "A@x", "x - y", "-x", "a*x", "x*y", "X@w + b"],
    ROW: ["x.T", "(A@x).T", "-y.T", "x.T@B", "a*x.T"],
    MATRIX: ["X", "X*Y", "A@X", "-X", "X@Z - Y", "x@w.T", "X + a"],
    SQUARE: ["A", "A@B", "A*B", "A.T", "-B", "x@y.T"],
}
# what stands around it: {} is the left side of a line, of the shape of its value
AROUND = {
    SCALAR: ["{}", "{}*a", "a*b*({})**2", "({})*x", "({})*A@x", "x.T@A@y*({})", "({})*X*Y", "({})*relu(a)", "a/({})"],
    COLUMN: ["{}", "({})*y", "A@({})", "({})*(A@x)", "a*({}).T@B", "({})@w.T", "diag({})@A", "({})**2*x", "x/({})",
             "relu(x)*({})", "({}).T@y*x"],
    ROW: ["{}", "({})@A", "({})*y.T", "x@({})", "a*({})*x.T", "({})@x*b", "A*({})"],
    MATRIX: ["{}", "({})*Y", "A@({})@Z", "A@(({})*Y)", "({}).T@A", "({})@w", "({})*x", "({})*w.T*Y", "({})*(A@X)*Y",
             "x.T@({})@w*Y", "({})**2*Y", "Y/({})"],
    SQUARE: ["{}", "({})*A", "A@({})@B", "({})*(A@B)", "({}).T*A", "tr(({})@B)", "({})@x*x", "A*({})*B.T"],
}
LINES = [(rule, identity) for rule in standard_rules() for identity in rule.shortens]


def texts(rng, rule, identity, count):
    """Yield formulas with the left side of a line in them."""
    name = rule.params[0].name
    kinds = list(INSIDE)
    if rule.params[0].sizes == ("n", "1"):
        kinds = [COLUMN]
    elif rule.params[0].sizes == ("n", "n"):
        kinds = [SQUARE]
    for _ in range(count):
        kind = rng.choice(kinds)
        inner = parse_tree(rng.choice(INSIDE[kind]))
        left = unparse(substituted(identity.left_tree, {name: inner}))
        whole = SCALAR if rule.result == ("1", "1") else kind
        if rule.result == ("1", "m"):
            whole = {COLUMN: SCALAR, ROW: ROW}.get(kind)
        elif rule.result == ("n", "1"):
            whole = {COLUMN: COLUMN, ROW: SCALAR}.get(kind)
        yield (rng.choice(AROUND[whole]) if whole in AROUND else "{}").format(left)


def value_of(text, arrays, book):
    return evaluate(parse_tree(text), arrays, SIZES, book)


@pytest.mark.parametrize(("rule", "identity"), LINES, ids=[f"{rule.id}: {identity.left}" for rule, identity in LINES])
def test_the_short_form_has_the_same_value(rule, identity):
    seed = f"short forms 3 {identity.left}"
    rng, book = random.Random(seed), book_of()
    generator = torch.Generator().manual_seed(11)

    def array(shape):
        sizes = [SIZES.get(size, size) for size in shape or (1, 1)]
        return torch.randn(sizes, generator=generator, dtype=torch.float64)

    for text in texts(rng, rule, identity, 6):
        elaborated = elaborate(text, book, SHAPES)
        presenter = Presenter(elaborated.order, elaborated.sums)
        short = unparse(presenter.tree(simplify(elaborated.expression, book)))
        for _ in range(2):
            arrays = {name: array(SHAPES[name]) for name in elaborated.shapes}
            expected, found = value_of(text, arrays, book), value_of(short, arrays, book)
            finite = torch.isfinite(expected)
            assert found.shape == expected.shape, (seed, text, short)
            assert torch.allclose(found[finite], expected[finite], rtol=1e-9, atol=1e-11), (seed, text, short)
