"""Moments compared with formulas from books by their values, and random questions about moments."""

import random

import torch

from matcalc.evaluation.draws import draw
from matcalc.evaluation.evaluate import evaluate, own_torch_state
from matcalc.evaluation.fitting import whole_number
from matcalc.language.syntax import names, parse_tree
from matcalc.rulebook.entries import size_tree

SIZES = {letter: size for size, letter in enumerate("nmpqkrstuvw", 3)}


def difference(expression, formula, seed=1):
    """Return the largest relative difference of an Expression and of a formula at a random point."""
    tree = parse_tree(formula)
    generator = torch.Generator().manual_seed(seed)
    shapes = {name: shape or (1, 1) for name, shape in expression.shapes.items()}
    extra = [name for name in names(tree) if name not in {*shapes, *SIZES, "pi"}]
    assert not extra, extra
    facts = expression.elaborated.facts
    with own_torch_state():
        arrays = {
            name: draw(tuple(whole_number(size_tree(str(size)), SIZES) for size in shape),
                       frozenset(facts.get(name, ())) | _scalar_facts(shape), "normal", generator)
            for name, shape in shapes.items()
        }
        found, right = (evaluate(t, arrays, SIZES, expression.book) for t in (expression.tree, tree))
    assert found.shape == right.shape, (found.shape, right.shape)
    return float((found - right).abs().max() / right.abs().max().clamp(min=1e-300))


def _scalar_facts(shape):
    return frozenset({"positive"}) if tuple(shape) == (1, 1) else frozenset()


SCALARS = ("a.T@x", "x.T@A@x", "norm(B@x - b)**2", "sum(x)", "dot(x, c)", "tr(A@x@x.T)", "x.T@x", "(a.T@x)*(c.T@x)",
           "mean(x)", "sum(x*x)", "(a.T@x - t)**2")
COLUMNS = ("x", "A@x", "x*a", "x*x", "A@x - c", "diag(x)@A@x", "x*(A@x)", "A.T@x + c")
MATRICES = ("x@x.T", "A@x@x.T", "x@a.T", "diag(x)", "diag(x)@A", "(A@x - c)@x.T", "diag(x)@A@diag(x)")
BEYOND = ("exp(a.T@x/4)", "sum(exp(x/4))", "sin(a.T@x)", "sum(erf(A@x))", "sum(cos(x - c))", "(a.T@x)*exp(c.T@x/4)",
          "exp(-(x - a).T@(x - a)/2)")
SHAPES = {"x": ("n", 1), "a": ("n", 1), "c": ("n", 1), "A": ("n", "n"), "B": ("m", "n"), "b": ("m", 1), "t": ()}


def random_question(generator: random.Random):
    """Return (text, dist): a random polynomial, or beyond, of a random column with random declarations."""
    pick = generator.choice
    kind = generator.randrange(5)
    if kind == 0:
        text = f"{pick(SCALARS)} + t*({pick(SCALARS)})"
    elif kind == 1:
        text = f"({pick(SCALARS)})*({pick(SCALARS)})"
    elif kind == 2:
        text = f"A@({pick(COLUMNS)}) + {pick(COLUMNS)}"
    elif kind == 3:
        text = f"A@({pick(MATRICES)}) - ({pick(MATRICES)}).T"
    else:
        text = f"{pick(BEYOND)} + {pick(SCALARS)}"
    mean = pick(("mu", "0", "A@mu", "a"))
    covariance = pick(("S", "S", "A@A.T", "s2*eye(n)", "diag(v)"))
    return text, f"x ~ N({mean}, {covariance})"


FACTS = {"v": ["positive"], "s2": ["positive"]}


def assumptions(text, dist):
    """Return the facts about the names that occur."""
    present = names(parse_tree(text)) | names(parse_tree(dist.partition("(")[2].rpartition(")")[0].replace(",", "@")))
    return {name: words for name, words in FACTS.items() if name in present}
