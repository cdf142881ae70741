"""Hints lead somewhere: the text that a hint proposes is in the language, and means what was meant."""

import re

import pytest
from command_line import diff
from tables import every_row

import matcalc
from matcalc.answers.book import book_of
from matcalc.errors import MatcalcError, in_arguments
from matcalc.language.syntax import Call, names, parse_tree, postorder
from matcalc.rulebook.foreign import foreign_names

# what is typed, and what is meant by it
MEANT = [
    ("2x^2", "2*x**2"), ("x^T A x", "x.T@A@x"), ("2x.T@x", "2*x.T@x"), ("A x", "A@x"), ("x'A x", "x.T@A@x"),
    ("norm(A*x-b)^2", "norm(A@x - b)**2"), ("x^T*A*x", "x.T@A@x"), ("X^-1", "inv(X)"), ("e^x", "exp(x)"),
    ("2(x + y)^2", "2*(x + y)**2"), ("A^2", "matpow(A, 2)"), ("x^2 + 3x", "x**2 + 3*x"),
    ("(A x - b)^T (A x - b)", "(A@x - b).T@(A@x - b)"), ("A.T x", "A.T@x"), ("c A x", "c*A@x"),
    ("matmul(A, B)", "A@B"), ("mm(A, B + C)", "A@(B + C)"), ("matmul(A + B, x)", "(A + B)@x"), ("mv(A, x)", "A@x"),
    ("quad_form(x, A)", "x.T@A@x"), ("cbrt(x - y)", "(x - y)**(1/3)"), ("ln(x)", "log(x)"), ("pow(x, 3)", "x**3"),
    ("lambda_max(A)", "eigmax(A)"), ("transpose(A@B)", "(A@B).T"), ("mse(x, y)", "mean((x - y)**2)"),
    ("inverse(A)", "inv(A)"), ("logistic(X@w)", "sigmoid(X@w)"), ("identity(n)", "eye(n)"), ("l2(x)", "norm(x)"),
    ("xT A x", "x.T@A@x"), ("xt A x", "x.T@A@x"), ("XT X", "X.T@X"), ("(A x - b)T (A x - b)", "(A@x - b).T@(A@x - b)"),
    ("X'X", "X.T@X"), ("x^TAx", "x.T@A@x"), ("A^+ b", "pinv(A)@b"),
    ("variance(x - y)", "var(x - y)"), ("rowSums(X)", "sum(X, axis=1)"),
    ("d/dx x^T A x", "x.T@A@x"), ("min_w norm(X@w - y)**2", "norm(X@w - y)**2"), ("argmax_x c^T x", "c.T@x"),
    ("(1/2n) * norm(y - X@w)^2", "1/(2*n)*norm(y - X@w)**2"), ("f(x) = x^T A x", "x.T@A@x"),
]
# words that the language has no counterpart for: the hint says why, and where to go
ADVICE = ["rank(A)", "lu(A)", "argmin(x)", "svd(X)", "argmax(x)", "qr(A)"]


def hint_of(text):
    with pytest.raises(MatcalcError) as caught:
        matcalc.parse(text)
    return caught.value.hint


@every_row(("typed", "meant"), MEANT)
def test_a_hint_proposes_what_was_meant(typed, meant):
    hint = hint_of(typed)
    proposed = re.fullmatch(r"write (.+?)(?:, or read the whole as .* with --syntax (\w+))?", hint)
    assert proposed, hint
    assert proposed[1] == meant
    parse_tree(proposed[1])
    if proposed[2]:
        assert matcalc.parse(typed, syntax=proposed[2]).text == meant


@every_row("typed", ADVICE)
def test_what_has_no_counterpart_gets_advice(typed):
    hint = hint_of(typed)
    assert "did you mean" not in hint and not hint.startswith("write ")


@pytest.mark.parametrize(("typed", "word"), [("sigmod(x)", "sigmoid"), ("lgdet(X)", "logdet"), ("Exp(x)", "exp")])
def test_a_slip_of_the_fingers_is_mended(typed, word):
    assert hint_of(typed) == f"did you mean '{word}'?"


@pytest.mark.parametrize("typed", ["Psi(x)", "foo(x)", "lo(x)"])
def test_no_word_is_proposed_for_its_letters(typed):
    assert "did you mean" not in hint_of(typed)


def test_every_line_of_the_table_is_in_the_language():
    book = book_of()
    assert len(foreign_names()) > 90
    for name, line in foreign_names().items():
        if line.parameters is not None:
            tree = parse_tree(line.text)
            assert set(line.parameters) == {*names(tree)}, name
            assert all(book.overloads(node.function) for node in postorder(tree) if isinstance(node, Call)), name


@pytest.mark.parametrize(("option", "argument"), [
    ('declare --shape "n: scalar"', 'declare shapes={"n": ()}'),
    ('declare the shapes with --shape "A: n×m, x: m"', 'declare the shapes with shapes={"A": ("n", "m"), "x": ("m",)}'),
    ('declare --assume "A symmetric"', 'declare assume={"A": ["symmetric"]}'),
    ("add --wrt A or --wrt B", 'add wrt="A" or wrt="B"'),
    ("read it with --syntax latex", 'read it with syntax="latex"'),
])
def test_hints_speak_of_arguments_in_python(option, argument):
    assert in_arguments(option) == argument


def test_the_command_line_speaks_of_options():
    assert "--wrt A or --wrt B" in diff("A@B").stderr
    with pytest.raises(MatcalcError, match='wrt="A" or wrt="B"'):
        matcalc.diff("A@B")


@pytest.mark.parametrize(("typed", "place"), [("A† x", 1), ("‖A† x − b‖²", 2), ("A^† b", 1)])
def test_a_dagger_is_named_as_it_is_typed(typed, place):
    with pytest.raises(MatcalcError) as caught:
        matcalc.parse(typed)
    assert caught.value.message == "'†' is not read" and caught.value.span.start == place
    assert "A⁺ for the pseudoinverse" in caught.value.hint
    assert matcalc.parse("A† x", assume={"A": "complex", "x": "complex"}).text == "A.H@x"


@pytest.mark.parametrize(
    ("typed", "note"),
    [("xTAx", "xTAx is one name; the product is x.T@A@x"), ("xT@A@x", "xT is one name; the transpose is x.T")],
)
def test_a_transpose_whose_sign_was_lost_is_said(typed, note):
    assert note in matcalc.parse(typed).notes
    assert not any("one name" in said for said in matcalc.parse("CT@A").notes)
