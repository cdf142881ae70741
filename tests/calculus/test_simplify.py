"""The short form: sound, idempotent, independent of the order in which things are written, and never longer."""

import random

import pytest
import torch
from counted_work import calls
from random_expressions import ASSUME, SHAPES, Generator
from tables import every_row

import matcalc
from matcalc.api import book_of
from matcalc.calculus.shortening.shorten import simplify
from matcalc.evaluation.evaluate import evaluate
from matcalc.language.syntax import Binary, names, parse_tree, postorder
from matcalc.language.unparse import unparse
from matcalc.presentation import Presenter
from matcalc.shapes.elaborate import elaborate

SEED = 77
SIZES = {"n": 3, "m": 4}


def _arrays(seed):
    generator = torch.Generator().manual_seed(seed)
    arrays = {}
    for name, shape in SHAPES.items():
        rows, cols = [SIZES.get(s, s) for s in shape or (1, 1)]
        arrays[name] = torch.randn(rows, cols, generator=generator, dtype=torch.float64) / 2
    arrays["S"] = arrays["S"] + arrays["S"].mT
    arrays["P"] = arrays["P"] @ arrays["P"].mT + torch.eye(3, dtype=torch.float64)
    arrays["c"] = arrays["c"].abs() + 0.1
    return arrays


def _value(expression, arrays, book):
    text = unparse(Presenter().tree(expression))
    return evaluate(parse_tree(text), arrays, SIZES, book)


def _expressions(count, depth):
    for number in range(count):
        rng = random.Random(SEED * 1000 + number)
        yield number, Generator(rng).draw(depth)[0]


@pytest.mark.parametrize("count", [70, pytest.param(500, marks=pytest.mark.long)])
def test_soundness_and_length(count):
    print(f"seed {SEED}")
    book, compared = book_of(), 0
    for number, text in _expressions(count, 5):
        before = elaborate(text, book, SHAPES, ASSUME).expression
        after = simplify(before, book)
        assert Presenter().cost(after) <= Presenter().cost(before), text
        arrays = _arrays(number)
        expected, found = _value(before, arrays, book), _value(after, arrays, book)
        if torch.isfinite(expected).all() and float(expected.abs().max()) < 1e8:
            compared += 1
            scale = max(float(expected.norm()), 1e-8 * float(sum(a.norm() for a in arrays.values())))
            assert float((expected - found).norm()) <= 1e-7 * scale, text
    assert compared > 0.7*count


@pytest.mark.parametrize("count", [35, pytest.param(300, marks=pytest.mark.long)])
def test_idempotence(count):
    print(f"seed {SEED}")
    book = book_of()
    for _, text in _expressions(count, 5):
        once = simplify(elaborate(text, book, SHAPES, ASSUME).expression, book)
        twice = simplify(once, book)
        assert Presenter().cost(twice) == Presenter().cost(once), text


def _swapped(tree, rng):
    """Return the text of the tree with the operands of some sums and elementwise products swapped."""
    replaced = {}
    for node in postorder(tree):
        if isinstance(node, Binary):
            left, right = replaced.get(id(node.left), node.left), replaced.get(id(node.right), node.right)
            if node.op in "+*" and rng.random() < 0.5:
                left, right = right, left
            replaced[id(node)] = Binary(node.op, left, right)
        elif hasattr(node, "operand"):
            replaced[id(node)] = type(node)(replaced.get(id(node.operand), node.operand))
        elif hasattr(node, "function"):
            args = tuple(replaced.get(id(a), a) for a in node.args)
            replaced[id(node)] = type(node)(node.function, args, node.keywords)
    return unparse(replaced.get(id(tree), tree))


@pytest.mark.parametrize("count", [40, pytest.param(300, marks=pytest.mark.long)])
def test_independence_of_order(count):
    print(f"seed {SEED}")
    for number, text in _expressions(count, 5):
        other = _swapped(parse_tree(text), random.Random(number))
        one = matcalc.parse(text, shapes=SHAPES, assume=ASSUME)
        two = matcalc.parse(other, shapes=SHAPES, assume=ASSUME)
        assert one.expression == two.expression, (text, other)
        names = list(one.shapes)
        if names:
            try:
                first, second = (matcalc.diff(t, wrt=names[0], shapes=SHAPES, assume={}) if "eig" not in t else None
                                 for t in (text, other))
            except matcalc.NoRuleError:
                continue
            assert first is None or first.length == second.length, (text, other)


SHORT = [
    ("A@x + B@x", {}, "(A + B)@x"),
    ("exp(x)/sum(exp(x))", {}, "softmax(x)"),
    ("log(sum(exp(x)))", {}, "logsumexp(x)"),
    ("1/(1 + exp(-x))", {}, "sigmoid(x)"),
    ("log(1 + exp(x))", {}, "softplus(x)"),
    ("x*(y/x)", {"y": ["positive"]}, "y"),
    ("inv(X.T@X)@X.T", {}, "pinv(X)"),
    ("sinh(x)/cosh(x)", {}, "tanh(x)"),
    ("relu(x)*heaviside(x)", {}, "relu(x)"),
    ("S@x + S.T@x", {"S": ["symmetric"]}, "2*S@x"),
    ("Q.T@Q@x", {"Q": ["orthogonal"]}, "x"),
    ("a*A@x + a*B@x", {}, "a*(A + B)@x"),
    ("diag(x) + diag(y)", {}, "diag(x + y)"),
    ("kron(A, B)@kron(inv(A), inv(B))", {}, "eye(n*n)"),
]


@every_row("text, assume, short", SHORT, ids=[row[0] for row in SHORT])
def test_what_a_textbook_would_write(text, assume, short):
    shapes = {"A": ("n", "n"), "B": ("n", "n"), "S": ("n", "n"), "Q": ("n", "n"), "X": ("n", "m"), "x": ("n", 1),
              "y": ("n", 1), "a": ()}
    book = book_of()
    found = simplify(elaborate(text, book, shapes, assume).expression, book)
    assert Presenter().cost(found) <= Presenter().cost(elaborate(short, book, shapes, assume).expression)
    assert found == simplify(elaborate(short, book, shapes, assume).expression, book)


def test_the_search_for_common_factors_is_bounded():
    """A trace of many affine factors has exponentially many groupings; each is tried once, and not all of them."""
    work = {}
    matcalc.diff("tr(A@X)", "X")  # the rule book is read
    for count in (3, 4, 6, 8):
        text = "tr(" + "@".join(f"(A{i} + B{i}@X@C{i})" for i in range(count)) + ")"
        work[count] = calls(matcalc.diff, text, "X")
    assert max(work.values()) < 8 * work[3], work


@pytest.mark.parametrize("text", ["exp(prod(x) - x.T@x)", "exp(-x.T@x)*exp(prod(A@x))"])
def test_a_common_exponential_is_taken_out_once(text):
    assert "exp" in str(matcalc.diff(text, wrt="x"))


@pytest.mark.parametrize(("text", "wrt"), [
    ("norm(W2@relu(W1@x))**2", "W1"), ("norm(W2@tanh(W1@x))**2", "W1"), ("sum(W2@sigmoid(W1@x))**2", "W1"),
    ("norm(W2@abs(W1@x))**2", "W1"), ("norm(W2@exp(W1@x))**2", "W1"), ("norm(W2@softplus(W1@x))**2", "W1"),
    ("sum((A@relu(X))*heaviside(X))", "A"), ("sum((A@abs(X))*sign(X))", "A"), ("sum((A@sqrt(X))/sqrt(X))", "A"),
])
def test_short_forms_of_entries_do_not_reach_into_matrix_products(text, wrt):
    derivative = matcalc.diff(text, wrt)
    assert derivative.check().ok, str(derivative)


def test_the_logarithm_of_a_sum_of_many_exponentials_is_not_too_much_work():
    """Each term asks what lines of the rule book are for the arguments of all."""
    terms = [f"exp(a{i}.T@x)" for i in range(60)]
    found = matcalc.diff(f"log({' + '.join(terms)})", "x", shapes={"x": ("n", 1)})
    assert len(str(found)) < 3_000 and set(names(found.tree)) == {"x", *(f"a{i}" for i in range(60))}
