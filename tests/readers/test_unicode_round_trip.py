"""What matcalc prints in Unicode is what it reads: the answers of the corpus, and the sizes of constants."""

import pytest
from corpus_entries import QUESTIONS, answer
from tables import every_row

import matcalc
from matcalc.algebra.expressions import is_array
from matcalc.language.syntax import names, parse_tree
from matcalc.printers.unicode import unicode_text

ENTRIES = [pytest.param(entry, marks=[] if number % 7 == 0 else [pytest.mark.long], id=entry["id"])
           for number, entry in enumerate(QUESTIONS)]  # fmt: skip


@pytest.mark.parametrize("entry", ENTRIES)
def test_an_answer_of_the_corpus_comes_back(entry):
    derivative = answer(entry)
    declared = {"shapes": derivative.shapes, "assume": derivative.assume}
    printed = matcalc.parse(derivative.unicode(), syntax=None, **declared).expression
    meant = matcalc.parse(str(derivative), **declared).expression
    if derivative.unicode() == "0":  # zeros of any shape are written 0
        assert is_array(meant) and str(meant).startswith("zeros") or meant == 0
    else:
        assert printed == meant


@pytest.mark.parametrize(("typed", "meant"), [
    ("min_w ‖Xw − y‖²", "norm(X@w - y)**2"), ("arg min_w ½‖Xw − y‖²", "1/2*norm(X@w - y)**2"),
    ("max_w -‖w‖²", "-norm(w)**2"), ("L = min_θ ‖θ‖²", "norm(theta)**2"), ("min_w + ‖w‖²", "min_w + norm(w)**2"),
    ("min_w·‖w‖²", "min_w*norm(w)**2"), ("𝐱ᵀ𝐀𝐱", "x.T@A@x"),
    ("(𝐱₁ − 𝛍)ᵀ𝚺⁻¹(𝐱₁ − 𝛍)", "(x1 - mu).T@inv(Sigma)@(x1 - mu)"), ("𝑥ᵀ𝐴𝑥", "x.T@A@x"),
    ("𝟙ᵀx", "sum(x)"), ("tr(E) + xᵀE x", "tr(E) + x.T@E@x"),
])  # fmt: skip
def test_what_stands_in_front_and_letters_of_mathematics_are_read(typed, meant):
    assert matcalc.parse(typed, syntax=None).text == meant


NAMES = {"A": ("n", "n"), "B": ("q", "n"), "x": ("n", 1), "a": ("r", 1)}


@every_row(("text", "shown"), [
    ("A + eye(n)", "A + I"), ("kron(eye(n), A)", "Iₙ ⊗ A"),
    ("kron(eye(m*n), x)", "I_(m n) ⊗ x"), ("comm(n, q)@kron(x, B)@A", "Kₙ,_q (x ⊗ B) A"),
    ("inv(A + 2*eye(n))", "(A + 2 I)⁻¹"), ("vec(eye(n)).T@vec(A)", "vec(Iₙ)ᵀ vec(A)"), ("eye(3)", "I₃"),
    ("tr(A)*ones(n, m)", "tr(A) ones(n, m)"), ("A@ones(n)", "A 𝟏"), ("ones(m)@x.T", "𝟏ₘ xᵀ"),
    ("B - ones(q)@x.T", "B - 𝟏 xᵀ"), ("matpow(A, n - 1).T", "(Aⁿ⁻¹)ᵀ"), ("inv(A).T", "A⁻ᵀ"),
    ("matpow(A, -1).T", "A⁻ᵀ"), ("comm(q, r)@kron(a, eye(q))", "K_q,ᵣ (a ⊗ I_q)"), ("diag(ones(n)) + A", "diag(𝟏) + A"),
    ("(eye(n*n) + comm(n, n))@vec(A)", "(I + Kₙ,ₙ) vec(A)"),
])  # fmt: skip
def test_sizes_that_follow_from_nothing_are_written(text, shown, book):
    tree = parse_tree(text)
    shapes = {name: NAMES[name] for name in names(tree) if name in NAMES}
    assert unicode_text(tree, book, shapes) == shown
    if not shown.isascii():
        assert matcalc.parse(shown, shapes, syntax=None).expression == matcalc.parse(text, shapes).expression


ENTRIES_AND_SLICES = [
    "x[i]*x[j]", "A[i, :]@x", "A[:, j].T@y", "inv(X)[j, i]", "(A@x)[i]**2", "x[:-1].T@x[1:]", "exp(x)[0]",
    "x[n - 1]**3", "2*x[i]*A[i, :].T", "norm(A[i, :] - b.T)**2", "x[:2*k]", "norm(A@x[::-1])**2", "X[::2, 1::3]@b",
    "X.T[i, :]@y", "vstack(0, x[1:3], zeros(n - 3))", "tr(X[:k, :k])", "-x[i] + softmax(x)[i]", "inv(A[:2, :2])",
    "eye(2*n)[:, ::2]@x[::2]", "(A@x - b)[i]*c", "X[i, j]**2",
]  # fmt: skip


@pytest.mark.parametrize("text", ENTRIES_AND_SLICES)
def test_entries_and_slices_come_back(text):
    expression = matcalc.parse(text, shapes={"X": (6, 6)} if "::3" in text else None)
    for printed in (expression.unicode(), expression.latex()):
        assert matcalc.parse(printed, shapes=expression.shapes, syntax=None) == expression


@pytest.mark.parametrize(("typed", "meant"), [
    ("A[x + y]", "A@(x + y)"), ("xᵀ [A + B] x", "x.T@(A + B)@x"), ("(A + B)[x − y]", "(A + B)@(x - y)"),
    ("X[i,j]² + x[2 n − 1]", "X[i, j]**2 + x[2*n - 1]"),
])  # fmt: skip
def test_brackets_that_hold_no_places_are_factors(typed, meant):
    assert matcalc.parse(typed, syntax="unicode").text == meant
