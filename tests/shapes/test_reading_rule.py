"""The rule for undeclared names: what decides, that order and letters do not, and that doubtful guesses are said."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest
from corpus_entries import entries
from counted_work import calls
from tables import every_row

import matcalc
from matcalc.answers.book import book_of
from matcalc.errors import MatcalcError
from matcalc.language.syntax import Binary, Call, Negate, Transpose, parse_tree, postorder
from matcalc.language.unparse import unparse
from matcalc.linalg.convexity.convex import convex
from matcalc.linalg.definiteness.definite import definite
from matcalc.shapes.declarations import read_shapes
from matcalc.shapes.declared import declared_shapes
from matcalc.shapes.inference import Inference
from matcalc.shapes.reading import kind_of
from tests.support.seeds import seed_of

FORMULAS = sorted({row["text"] for row in entries("readings") if row["notation"] == "matcalc"})
IDENTITIES = sorted({entry["expr"] for entry in entries("textbook", "realworld") if "error" not in entry})


def shapes_of(text: str) -> dict:
    """Return the shapes of the names of a formula."""
    return Inference(parse_tree(text), text, {}, {}, book_of()).run()


def kinds(text: str) -> dict[str, str]:
    """Return what every name of a formula is read as."""
    inference = Inference(parse_tree(text), text, {}, {}, book_of())
    inference.run()
    return {name: kind_of(shape) for name, shape in inference.names.items()}


# -- what decides --------------------------------------------------------------------------------------------------

# why, then formulas with the names that are columns, rows and matrices in them; the others are numbers
READ = {
    "added to something: its shape": [
        ("norm(A@x - b)**2", "x b", "", "A"), ("(y - w.T@x - b)**2/2", "w x", "", ""), ("X@w - Y", "w Y", "", "X"),
        ("x.T@A@x + C", "x", "", "A"), ("W@x + b", "x b", "", "W"), ("C*sum(x) + norm(x)", "x", "", ""),
    ],
    "beside a product of matrices or a matrix: a row, a number by its letter": [
        ("X@W + b", "", "b", "X W"), ("relu(X@W1 + b1)@W2 + b2", "", "b1 b2", "X W1 W2"), ("X - mu", "", "mu", "X"),
        ("X@W + b + lam*norm(b)", "", "b", "X W"), ("X - c", "", "", "X"), ("X + t", "", "", "X"),
    ],
    "beside a row of a matrix: a row": [
        ("norm(x - C[k, :])**2", "", "x", "C"), ("sum(norm(X[i, :] - c)**2 for i in n)", "", "c", "X"),
        ("(X[0, :] - mu)@inv(S)@(X[0, :] - mu).T", "", "mu", "S X"), ("mean(X, axis=0) - m", "", "m", "X"),
        ("norm(x - C[k, :])**2 + x.T@A@x", "x", "", "A C"),
    ],
    "transposed: a column": [
        ("sum((x - z.T)**2)", "x z", "", ""), ("x.T@a + y.T@b - sum(x + y.T - C)", "x y a b", "", "C"),
    ],
    "meets 1×1 values alone, or is an exponent: a number": [
        ("norm(X@w - y)**2/n", "w y", "", "X"),
        ("exp(-norm(x - y)**2/(2*q**2))", "x y", "", ""), ("norm(x)**p", "x", "", ""),
        ("log(1 + exp(-y*(w.T@x)))", "w x", "", ""), ("norm(x)**2/N", "x", "", ""), ("norm(x)**2/(2*M)", "x", "", ""),
        ("n/2*logdet(S)", "", "", "S"), ("(nu + p)*log(x.T@x)", "x", "", ""), ("x**k", "x", "", ""),
    ],
    "no column stands against a row": [
        ("k*x.T@x", "x", "", ""), ("p*x.T@x", "x", "", ""), ("-y*w.T@x", "w x", "", ""),
        ("z*sum(X, axis=0)", "", "", "X"),
    ],
    "a factor of an array: by its letter": [
        ("sum(softplus(-y*(X@w)))", "y w", "", "X"), ("w*(A@x - b)**2", "w x b", "", "A"),
        ("p*log(p/q)", "p q", "", ""),
        ("x - t*g", "x g", "", ""), ("softmax(z/t)", "z", "", ""), ("A + t*B", "", "", "A B"),
        ("expm(t*A)", "", "", "A"), ("x - lr*g", "x g", "", ""), ("x/std", "x", "", ""), ("x*batch_size", "x", "", ""),
        ("x0 + v*t + a*t**2/2", "x0 v a", "", ""),
        ("x - n*sum(x)", "x", "", ""), ("T*log(sum(exp(x/T)))", "x", "", ""), ("sigma_n*x", "x", "", ""),
    ],
    "a factor of a matrix that has to be square: a number": [
        ("inv(A + x*B)", "", "", "A B"), ("expm(z*A)", "", "", "A"), ("det(A - z*eye(n))", "", "", "A"),
    ],
    "alone: by its spelling": [
        ("h", "h", "", ""), ("2**x", "x", "", ""), ("exp(T)", "", "", "T"),
        ("a*b", "", "", ""), ("x*y", "x y", "", ""), ("m*g*h", "", "", ""),
        ("norm(s*g)", "g", "", ""), ("sum(exp(2*t))", "t", "", ""), ("tr(A)*B", "", "", "A B"),
    ],
}
CASES = [case for cases in READ.values() for case in cases]


@every_row(("text", "columns", "rows", "matrices"), CASES, ids=[case[0] for case in CASES])
def test_what_undeclared_names_are_read_as(text, columns, rows, matrices):
    expected = {name: kind for kind, names in (("column", columns), ("row", rows), ("matrix", matrices))
                for name in names.split()}
    found = kinds(text)
    assert found == {**dict.fromkeys(found, "number"), **expected}


def table() -> str:
    """Return the table of the page on the language: what is read how."""
    lines = ["| why | written | columns | rows | matrices | numbers |", "| --- | --- | --- | --- | --- | --- |"]
    for why, cases in READ.items():
        for text, columns, rows, matrices in cases:
            others = set(kinds(text)) - {*columns.split(), *rows.split(), *matrices.split()}
            cells = [" ".join(f"`{name}`" for name in sorted(names))
                     for names in (columns.split(), rows.split(), matrices.split(), others)]
            lines.append(f"| {why} | `{text}` | {' | '.join(cells)} |")
            why = ""
    return "\n".join(re.sub(" +", " ", line) for line in lines)


def test_the_page_has_the_table_of_what_is_read_how():
    assert table() in (Path(__file__).resolve().parents[2] / "docs" / "language.md").read_text(encoding="utf-8")


def test_the_choice_does_not_depend_on_what_else_stands_there():
    for text in ("norm(X@w - y)**2/n", "n/2*logdet(S) + tr(S@A)/2", "n/2*logdet(S) + r.T@inv(S)@r", "sum(x)/n + n"):
        assert kinds(text)["n"] == "number"


# -- order and letters do not decide ---------------------------------------------------------------------------------


def shuffled(text: str, rng: random.Random) -> str:
    """Return a formula with the terms of all its sums in another order."""
    built = {}
    for node in postorder(parse_tree(text)):
        built[id(node)] = _shuffled(node, built, rng)
        last = built[id(node)]
    return unparse(last)


def _shuffled(node, built, rng):
    if isinstance(node, Binary) and node.op in "+-":
        terms = []
        stack = [(1, node)]
        while stack:
            sign, part = stack.pop()
            if isinstance(part, Binary) and part.op in "+-":
                stack += [(sign if part.op == "+" else -sign, part.right), (sign, part.left)]
            else:
                terms.append((sign, built[id(part)]))
        rng.shuffle(terms)
        (sign, total), *rest = terms
        total = total if sign > 0 else Negate(total)
        for sign, term in rest:
            total = Binary("+" if sign > 0 else "-", total, term)
        return total
    if isinstance(node, Binary):
        return Binary(node.op, built[id(node.left)], built[id(node.right)])
    if isinstance(node, (Negate, Transpose)):
        return type(node)(built[id(node.operand)])
    if isinstance(node, Call):
        return Call(node.function, tuple(built[id(arg)] for arg in node.args), node.keywords)
    return node


def up_to_letters(shapes: dict) -> dict:
    """Return shapes with the letters of sizes in the order of the names' alphabet."""
    letters: dict = {}
    return {
        name: tuple(re.sub("[A-Za-z]\\w*", lambda m: letters.setdefault(m[0], f"s{len(letters)}"), str(size))
                    for size in shapes[name] if "*" not in str(size))
        for name in sorted(shapes)
    }


def test_the_order_of_terms_counts_for_nothing():
    seed = seed_of("the order of terms")
    rng = random.Random(seed)
    for text in [*FORMULAS, *rng.sample(IDENTITIES, 120)]:
        other = shuffled(text, rng)
        assert up_to_letters(shapes_of(other)) == up_to_letters(shapes_of(text)), (text, other)


@every_row("text", [
    "logdet(kron(eye({0}), S))", "tr(A@kron(X, eye({0})))", "norm(X@w - y)**2/{0} + ones({0}).T@x", "eye({0})/{0} + A",
    "logdet(kron(M, K) + kron(eye({0}), S))", "x.T@eye({0})@x/{0}", "sum(x)/{0} + tr(eye({0}))",
])
def test_the_letter_of_a_size_counts_for_nothing(text):
    read = {letter: up_to_letters(shapes_of(text.format(letter))) for letter in ("n", "q", "k", "N", "size")}
    assert len({str(shapes) for shapes in read.values()}) == 1, read


def test_invented_sizes_avoid_every_letter_of_the_text():
    for text in [*FORMULAS, *IDENTITIES]:
        inference = Inference(parse_tree(text), text, {}, {}, book_of())
        shapes = inference.run()
        sizes = {symbol.name for shape in shapes.values() for size in shape for symbol in size.free_symbols}
        assert not sizes & set(inference.names), text


# -- what is doubtful is said -----------------------------------------------------------------------------------------


GIVEN = {"number": (), "column": ("zz", 1), "row": (1, "zz")}


def signature(derivative) -> tuple:
    """Return a shape up to the letters of its sizes."""
    return tuple("1" if size == 1 else str(size).count("*") for size in derivative.shape)


def is_plausible(text: str, declared: dict) -> bool:
    """Return whether no column stands against a row and no function of arrays has a number, other than undeclared."""
    def places(shapes):
        inference = Inference(parse_tree(text), text, shapes, {}, book_of())
        inference.run()
        return inference.implausible()

    return not places(declared_shapes(declared)) - places({})


ASKED = [
    *[(row["text"], row["wrt"]) for row in entries("readings") if row["notation"] == "matcalc"][::2],
    ("X@W + b", "W"), ("softmax(z/t)", "z"), ("x - t*g", "t"), ("A + t*B", "t"), ("exp(x)*c", "x"), ("x**k", "x"),
    ("norm(A@x - b)**2", "b"), ("(y - w.T@x)**2", "w"), ("sum(p*log(p/q))", "p"), ("norm(x - y)", "y"),
]


@pytest.mark.parametrize(("text", "wrt"), ASKED)
def test_a_guess_that_another_would_change_is_said(text, wrt):
    inference = Inference(parse_tree(text), text, {}, {}, book_of())
    inference.run()
    here = matcalc.diff(text, wrt)
    for name, kind in inference.guesses().items():
        for other in {"number": ("column", "row"), "column": ("number",), "row": ("column",)}.get(kind, ()):
            declared = {name: GIVEN[other]}
            try:
                there = matcalc.diff(text, wrt, shapes=declared)
                fits = is_plausible(text, declared)
            except MatcalcError:
                continue
            if fits and signature(there) != signature(here):
                assert any(re.search(rf"\b{name}\b", note) for note in here.notes), (name, other)
            if fits:
                break


@every_row(("text", "wrt", "note"), [
    ("norm(X@w - y)**2/n", "w", 'n is read as a number; as a column: shapes={"n": ("k", 1)}'),
    ("X@W + b", "W", 'b is a row, added to each row of a matrix as NumPy does with vectors; a column: '
     'shapes={"b": ("k", 1)}'),
    ("x**2", "x", 'x is read as a column; as a number: shapes={"x": ()}'),
    ("norm(A*x - b)**2", "b", "`*` is entry by entry; the matrix product is A@x"),
    ("tr(X.T*A*X)", "X", "`*` is entry by entry; the matrix product is X.T@A@X"),
    ("2*x.T*A*x", "x", "`*` is entry by entry; the matrix product is 2*x.T@A@x"),
    ("sum(norm(X[i, :] - A@z)**2 for i in n)", "z", "X[i, :] is a row and A@z a column: X[i, :] - A@z is a matrix; "
     "the row as a column is X[i, :].T"),
    ("norm(2*C[k, :] - x)**2 + x.T@A@x", "x", "C[k, :] is a row and x a column: 2*C[k, :] - x is a matrix; the row "
     "as a column is C[k, :].T"),
])
def test_notes(text, wrt, note):
    assert note in matcalc.diff(text, wrt).notes


@every_row(("text", "wrt"), [
    ("x.T@A@x", "x"), ("norm(A@x - b)**2 + lam*x.T@x", "x"), ("logdet(X)", "X"), ("X*Y", "X"), ("tr(A.T@X)", "X"),
    ("k*x.T@x", "x"), ("sum(exp(X@w))", "w"), ("softmax(W@x)", "x"), ("y*(X@w)", "w"), ("norm(x - y)**2", "x"),
    ("norm(A@x - b)**2", "b"), ("tanh(W@x + b)", "b"), ("tanh(W@x + U@h + b)", "b"),
])
def test_a_convention_is_not_noted(text, wrt):
    assert matcalc.diff(text, wrt).notes == ()


@pytest.mark.parametrize("text", ["c*x", "x*c", "x/c", "-c*x", "exp(c)*x", "sum(c*x)", "exp(1j*c)*x"])
def test_a_declared_number_says_nothing_of_what_it_multiplies(text):
    shapes = [matcalc.parse(text, shapes=given).shapes for given in ({"c": ()}, {"c": (), "x": ("n",)})]
    assert shapes[0] == shapes[1]


def test_what_is_beside_a_declared_column_is_no_guess():
    assert matcalc.diff("norm(x - m)**2*c", "x", shapes={"m": ("n", 1), "c": ()}).notes == ()
    assert matcalc.parse("exp(x - m)", {"m": ("n", 1)}).notes == ()


@pytest.mark.parametrize("shapes", [{"X": ("m", "n")}, {"W": ("n", "k")}, {"X": (5, 3), "W": (3, 2)}])
def test_what_is_declared_of_one_name_leaves_the_notes_on_the_others(shapes):
    undeclared = matcalc.diff("X@W + b", "W")
    assert undeclared.notes and matcalc.diff("X@W + b", "W", shapes=shapes).notes
    declared_later = matcalc.diff(matcalc.parse("X@W + b", shapes), "W", shapes=shapes)
    assert declared_later.notes == matcalc.diff("X@W + b", "W", shapes=shapes).notes
    assert matcalc.diff(matcalc.parse("X@W + b"), "W", shapes={"b": ("m", 1)}).notes == ()


@pytest.mark.parametrize("text", ["norm(X@w - y)**2/n", "X@W + b", "(y - w.T@x)**2", "exp(x)*c"])
def test_what_a_note_proposes_is_another_reading(text):
    here = matcalc.parse(text)
    for note in here.notes:
        (choice,) = re.findall(r'--shape "(.*)"', note.option)
        there = matcalc.parse(text, read_shapes([choice]))
        assert there.shape != here.shape or "row" in note
        assert not set(there.notes) & {note}


def test_reports_carry_the_notes():
    text = "(y - w.T@x)**2"
    note = 'y is read as a number; as a column: shapes={"y": ("k", 1)}'
    assert note in matcalc.parse(text).notes
    assert note in matcalc.check(text, "2*(w.T@x - y)*x", "w").notes
    assert note in convex(text, "w").notes
    assert note in definite(text).notes


def test_the_work_of_reading_grows_with_the_length():
    def work(count):
        text = " + ".join(f"n{i}*norm(X{i}@w - y{i})**2/t{i}" for i in range(count))
        tree = parse_tree(text)
        return calls(Inference(tree, text, {}, {}, book_of()).run)

    few, many = work(40), work(400)
    assert many < 14*few


def test_notes_on_a_long_formula_cost_little():
    expression = matcalc.parse(" + ".join(f"norm(x{i} - y)**2/n{i}" for i in range(300)))
    assert calls(lambda: expression.notes) < 200_000
    assert "300 more" in expression.notes[0] or "more are read as numbers" in expression.notes[0]
