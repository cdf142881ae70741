"""Formulas in MATLAB's notation, and which notation a text is in."""

import re
from pathlib import Path

import pytest
from matlab_samples import FUNCTIONS, LEFT_SIDES, MATRICES, MATRIXCALCULUS, PRECEDENCE, SHAPES, UNDECLARED
from tables import every_row

import matcalc
from matcalc.errors import MatcalcError
from matcalc.language.syntax import parse_tree
from matcalc.readers import Translation, translate
from matcalc.words import SYNTAXES


def read(text, book, syntax="matlab", shapes=SHAPES):
    return translate(text, book, syntax, shapes).text


@every_row(("text", "meant"), MATRIXCALCULUS + UNDECLARED)
def test_undeclared_names_go_by_use_then_by_spelling(text, meant, book):
    assert read(text, book, shapes=None) == meant


@every_row(("text", "meant"), PRECEDENCE + MATRICES + FUNCTIONS + LEFT_SIDES)
def test_matlab_is_read(text, meant, book):
    assert read(text, book) == meant


@pytest.mark.parametrize("text", [text for text, _ in MATRIXCALCULUS + UNDECLARED])
def test_undeclared_formulas_have_derivatives_that_torch_confirms(text, book):
    """The language finds the same shapes in the translation, so that it can be differentiated as it is."""
    expression = matcalc.parse(text, syntax="matlab")
    variable = next((name for name in ("x", "X", "w", "A") if name in expression.shapes), next(iter(expression.shapes)))
    assert matcalc.diff(expression, wrt=variable).check().ok is not False


# text with the place marked, the message, the hint
REFUSED = [
    ("»x*y«", "shapes do not fit in the product: x is n×1, y is n×1", "x'*y fits"),
    ("»A*w«", "shapes do not fit in the product: A is n×n, w is m×1", 'declare the shapes with --shape "A: n×m, x: m"'),
    ("»x^2«", "a power is one of a scalar or of a square matrix, but x is n×1",
     'write .^ for the entrywise power, or declare --shape "x: scalar"'),
    ("»X^2«", "a power is one of a scalar or of a square matrix, but X is n×m",
     'write .^ for the entrywise power, or declare --shape "X: scalar"'),
    ("»2^x«", "an exponent is a scalar, but x is n×1", "write a number or a scalar"),
    ("»x/y«", "shapes do not fit in '/': x is n×1, y is n×1",
     "write inv(X) for the inverse, ./ for the entrywise quotient"),
    ("»X\\x«", "shapes do not fit in '\\': X is n×m, x is n×1",
     "write inv(X) for the inverse, ./ for the entrywise quotient"),
    ("»max(X)«", "max of a matrix can mean two things",
     "write max(X(:)) for all entries, max(X, [], 1) for the columns"),
    ("max(X, [], »3«)", "there are rows and columns only", "write max(X, [], 1) or max(X, [], 2)"),
    ("sum(sin(X, »[«]))", "an expression is missing after '('", "write one between the parentheses"),
    ("vecnorm(X, »1«)", "vecnorm is read of order 2 alone", "write sum(abs(X), 1) for the order 1"),
    ("»mean(X)«", "mean of a matrix can mean two things",
     "write mean(X(:)) for all entries, mean(X, 1) for the columns"),
    ("»eye«", "the size of eye is open here", "write eye(n) or ones(n, 1)"),
    ("»x(0.5)«*c + x", "x is a variable, and this is no index of it",
     "write x*(…) for a product, x(i) for an entry"),
    ("A*»:«", "a range stands outside of subscripts", "write X(:) for vec(X), A(1, :) for a row"),
    ("x(1:»0«:5)", "the step of a slice cannot be 0",
     "write x(1:2:end) for every second entry, x(end:-1:1) to reverse"),
    ("x(1:»k«:5)", "the step of a range is a whole number", "write it as a number: x(1:2:end)"),
    ("x(5:-1:»k«)", "the end of a range that goes back is a number", "write x(end:-1:1)"),
    ("x(1:2:3»:«5)", "a range has two bounds and a step at most", "write x(1:2:9)"),
    ("»[«1 2; 3 4", "'[' is never closed", "add ']' at the end"),
    ("c = 2 + x »=« 3", "'=' stands in the middle of the formula", "write only the right-hand side"),
    ("x + y »=« 0", "'=' stands in the middle of the formula", "write only the right-hand side"),
    ("»x«; y", "this statement defines nothing", "give each formula on its own, or a name, as in r = A*x - b; r'*r"),
    ("2»x«", "missing operator before 'x'", "write 2*x"),
    ("x »y«", "missing operator before 'y'", "write x*y"),
    ("(x) »(«y)", "missing operator before '('", "write * for a product; only names have subscripts"),
    ("x'»*«", "an operand is missing after '*'", "add one"),
    ("x »+« ", "an operand is missing after '+'", "add one"),
    ("»(«x", "'(' is never closed", "add ')' at the end"),
    ("x»)«", "')' has no '('", "remove it"),
    ("»(«)", "an expression is missing after '('", "write one between the parentheses"),
    ("sum(x, »)«", "an argument of sum is missing", "add it"),
    ("x»**«2", "'**' is not an operator of MATLAB", "write ^ or .^"),
    ("2^-3»^«2", "a power after a signed exponent", "write parentheses: 2^(-(x^2)) or (2^-x)^2"),
    ("norm(x, »3«)", "this norm is not read", "write norm(x), norm(x, 1), norm(x, inf) or norm(X, 'fro')"),
    ("sum(X, »3«)", "there are rows and columns only", "write sum(X, 1) or sum(X, 2)"),
    ("»eye(n, m)«", "an identity matrix is square", "write eye(n)"),
    ("»'«x", "a prime needs an operand on its left, and a quotation its second mark", "write x' for the transpose"),
    ("»~«x", "relations and logic are not read", "write - for a negation"),
    ("x»,« y", "',' stands outside the arguments of a function", "write one formula"),
    ("s»[«0]", "missing operator before '['", "write s*["),
    ("»λ«*x", "'λ' (U+03BB) cannot stand in a name", "write lam"),
    ("»lgdet«(A)", "unknown function 'lgdet'", "did you mean 'logdet'?"),
    ("»quux«(x)", "unknown function 'quux'", "write quux*(…) for a product"),
    ("»import« + 1", "'import' is a reserved word of the language", "use another name"),
    ("»_x«", "'_x' cannot be a name: names begin with a letter", "rename it"),
    ("s».«f", "structures and their fields are not read", "write .* ./ .^ or .' for an entrywise operation"),
]


def place(marked):
    """Return a text and the span that is marked in it."""
    return marked.replace("»", "").replace("«", ""), (marked.index("»"), marked.index("«") - 1)


@every_row(("marked", "message", "hint"), REFUSED, ids=[case[0] for case in REFUSED])
def test_what_is_refused_is_pointed_at(marked, message, hint, book):
    text, span = place(marked)
    with pytest.raises(MatcalcError) as caught:
        translate(text, book, "matlab", SHAPES)
    error = caught.value
    assert (error.message, error.hint) == (message, hint)
    assert error.source == text and tuple(error.span) == span


@pytest.mark.parametrize(("text", "syntax", "span"), [("x'*A*x + x^2", "matlab", (9, 12)), ("x'^2", "matlab", (0, 4)),
                                                       (r"x^{-1} x^\top", "latex", (0, 6))])
def test_a_power_does_not_make_a_column_a_matrix(text, syntax, span, book):
    with pytest.raises(matcalc.ShapeError, match="by its spelling x is a column, which has no power") as caught:
        translate(text, book, syntax)
    assert tuple(caught.value.span) == span and caught.value.source == text
    assert "matpow" in translate("x'*A*x + x^2", book, "matlab", {"x": ("n", "n")}).text


def test_two_spellings_of_one_name_are_refused(book):
    with pytest.raises(matcalc.UnknownNameError, match="lambda and lam would both be called lam"):
        translate("lambda*lam", book, "matlab")
    assert read("lambda*x", book, shapes={"lambda_": (), "x": ("n", 1)}) == "lambda_*x"


def test_a_foreign_formula_is_read_under_the_shapes_that_the_language_finds(book):
    assert read(r"\frac{1}{n}\|Xw - y\|^2", book, "latex", None) == "1/n*norm(X@w - y)**2"


# -- which notation ---------------------------------------------------


@every_row(("text", "syntax"), [
    ("x.T@A@x", "matcalc"), ("2*A*x", "matcalc"), ("c", "matcalc"), ('norm(X, "fro")', "matcalc"),
    ("norm(X, 'fro')", "matcalc"),
    ("x'*A*x", "matlab"), ("x.*y", "matlab"), ("x.^2", "matlab"), ("x./y", "matlab"), ("x.'*y", "matlab"),
    ("A\\b", "matlab"), ("A \\ (b + y)", "matlab"), ("B'\\b", "matlab"), ("df/dx = 2*A'*x;", "matlab"),
    ("(A*x)'", "matlab"), ("A\\bb", "matlab"), ("x’*y", "matlab"),
    (r"\frac{1}{2} x", "latex"), ("x^{2} y", "latex"), ("z_{1}", "latex"), (r"A \beta", "latex"), (r"\|x\|", "latex"),
    (r"x'A x + \lambda", "latex"), (r"\alpha x'", "latex"),
])
def test_the_notation_is_found_by_its_tokens(text, syntax, book):
    shapes = {"x": ("n", 1), "c": ()} if "^{2}" not in text else {"x": (), "y": ()}
    assert translate(text, book, None, shapes).syntax == syntax


@every_row("text", [
    "norm(A@x - b)^2", "a^b + c", "x'@A@x", "f'{x}'", "().__class__", "import os", "x[0]'", "x.T'", "", "x**2'", "A x",
    "x + ", "foo(x", "x'.T", "x == y'", "a.b", "1..2",
])
def test_what_is_in_no_notation_gets_the_error_of_the_language(text, book):
    with pytest.raises(MatcalcError) as expected:
        parse_tree(text)
    with pytest.raises(MatcalcError) as caught:
        translate(text, book)
    assert str(caught.value) == str(expected.value)


@pytest.mark.parametrize(("text", "message"), [
    ("x'*", "an operand is missing after '*'"),
    ("x.*{1 2}", "cell arrays are not read"),
    (r"\frac{x}", r"an argument of \frac is missing"),
    (r"x^{\top} y'' \foo", r"unknown command '\foo'"),
])
def test_the_error_is_that_of_the_notation_that_fits(text, message, book):
    with pytest.raises(MatcalcError) as caught:
        translate(text, book)
    assert caught.value.message == message and caught.value.source == text


def test_the_language_itself_is_left_alone(book):
    for text in ("x.T @ A @ x", "x'*A*x", "\\frac", ""):
        assert translate(text, book, "matcalc") == Translation(text, "matcalc")


def test_an_unknown_syntax_is_refused(book):
    with pytest.raises(matcalc.ArgumentError) as caught:
        translate("x", book, "octave")
    assert caught.value.hint == f"one of {', '.join(SYNTAXES)}"
    for call in (matcalc.diff, matcalc.parse):
        with pytest.raises(matcalc.ArgumentError, match="unknown syntax 'octave'"):
            call("x", syntax="octave")


# -- the Python interface ---------------------------------------------


def test_diff_and_parse_read_other_notations():
    derivative = matcalc.diff("norm(A*x - b)^2", wrt="x", syntax="matlab")
    assert str(derivative) == "2*A.T@(A@x - b)"
    assert (derivative.text, derivative.typed, derivative.syntax) == ("norm(A@x - b)**2", "norm(A*x - b)^2", "matlab")
    expression = matcalc.parse(r"\|Ax - b\|_2^2", syntax=None)
    assert (expression.text, expression.typed, expression.syntax) == ("norm(A@x - b)**2", r"\|Ax - b\|_2^2", "latex")
    assert matcalc.diff(expression, wrt="x", assume={"A": ["positive"]}).typed == r"\|Ax - b\|_2^2"


def test_the_default_is_the_language_alone():
    for call in (matcalc.diff, matcalc.parse):
        with pytest.raises(matcalc.ExpressionSyntaxError, match="a prime is not a transpose here"):
            call("x'*A*x")
    assert matcalc.parse("x.T@x").syntax == "matcalc"
    assert matcalc.parse("x.T@x").typed == "x.T@x"


def test_a_function_of_a_rule_file_is_read(tmp_path):
    rule = tmp_path / "my.rules"
    rule.write_text(
        "swish(X: n,m) -> n,m\n    elementwise\n    d swish(X) = (sigmoid(X) + X*sigmoid(X)*(1 - sigmoid(X)))*dX\n"
        "    torch     X*torch.sigmoid(X)\n    source    Ramachandran et al. (2017)\n",
        encoding="utf-8",
    )
    for text, syntax in (("sum(swish(A*x))", "matlab"), (r"\operatorname{sum}(\operatorname{swish}(Ax))", "latex")):
        assert matcalc.parse(text, rules=str(rule), syntax=syntax).text == "sum(swish(A@x))"


# -- the page ---------------------------------------------------------

PAGE = Path(__file__).resolve().parents[2] / "docs" / "other-syntaxes.md"
ROW = re.compile(r"^\| `([^`]+)` \| `([^`]+)` \|$", re.MULTILINE)
PAGE_SHAPES = {**SHAPES, "beta_hat": ("m", 1), "Sigma": ("n", "n")}


@pytest.mark.parametrize(("heading", "syntax"), [("## MATLAB's notation", "matlab"), ("## LaTeX", "latex")])
def test_the_tables_of_the_page_are_true(heading, syntax, book):
    section = PAGE.read_text(encoding="utf-8").partition(heading + "\n")[2].partition("\n## ")[0]
    rows = ROW.findall(section)
    assert len(rows) > 20
    shapes = {name: shape for name, shape in PAGE_SHAPES.items() if name not in ("lam", "r")}
    if syntax == "latex":
        shapes.pop("d")
    for typed, meant in rows:
        known = {name: shape for name, shape in shapes.items() if name != "sigma"}
        assert translate(typed, book, syntax, known).text == meant, typed
