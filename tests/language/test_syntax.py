"""The parser: precedence as Python's, exact numbers and spans, limits, and errors that point at the place."""

import ast
import random
from fractions import Fraction

import pytest
from counted_work import calls, counted
from tables import every_row

from matcalc.bounds import MAX_CHARACTERS, MAX_DIGITS, MAX_EXPONENT, MAX_NESTING, MAX_REPEATS, MAX_TOKENS
from matcalc.errors import ExpressionSyntaxError, LimitError, UnknownNameError, in_arguments
from matcalc.language.syntax import Binary, Call, Name, Negate, Number, String, Transpose, names, parse_tree, postorder
from matcalc.language.unparse import unparse

OPERATORS = ["+", "-", "*", "/", "@", "**"]


def shown(tree):
    """Return a surface tree as nested tuples, without its spans."""
    found = {}
    for node in postorder(tree):
        if isinstance(node, Binary):
            value = (node.op, found[id(node.left)], found[id(node.right)])
        elif isinstance(node, Negate | Transpose):
            value = (type(node).__name__, found[id(node.operand)])
        elif isinstance(node, Call):
            args = [found[id(arg)] for arg in node.args]
            value = (node.function, *args, *[(name, found[id(arg)]) for name, arg in node.keywords])
        else:
            value = node.id if isinstance(node, Name) else node.value
        found[id(node)] = value
    return found[id(tree)]


def read(text):
    return shown(parse_tree(text))


# -- precedence and associativity --------------------------------------------------------

PYTHON = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.MatMult: "@", ast.Pow: "**"}


def as_python_reads(node):
    """Return Python's own tree of an expression in the form of :func:`shown`."""
    if isinstance(node, ast.BinOp):
        return (PYTHON[type(node.op)], as_python_reads(node.left), as_python_reads(node.right))
    if isinstance(node, ast.UnaryOp):
        return ("Negate", as_python_reads(node.operand))
    if isinstance(node, ast.Attribute):
        return ("Transpose", as_python_reads(node.value))
    if isinstance(node, ast.Call):
        keywords = [(keyword.arg, as_python_reads(keyword.value)) for keyword in node.keywords]
        return (node.func.id, *map(as_python_reads, node.args), *keywords)
    return node.id if isinstance(node, ast.Name) else node.value


def random_text(rng, depth):
    """Return an expression with parentheses and spaces at random, in which precedence decides much."""
    if depth == 0 or rng.random() < 0.1:
        return rng.choice(["x", "A", "lam", "x1", "2", "10", "max_len"])
    kind = rng.random()
    inner = random_text(rng, depth - 1)
    if kind < 0.1:
        return f"-{inner}" if not inner.startswith("-") else f"- {inner}"
    if kind < 0.2:
        return f"({inner})" + rng.choice(["", ".T", ".T.T"])
    if kind < 0.3:
        return f"f({inner}, {random_text(rng, depth - 1)}, axis={rng.randrange(2)})"
    if kind < 0.35:
        return f"A.T{rng.choice(OPERATORS)}{inner}"
    space = rng.choice(["", " ", "  "])
    return f"{inner}{space}{rng.choice(OPERATORS)}{space}{random_text(rng, depth - 1)}"


@pytest.mark.parametrize("seed", range(20))
def test_every_expression_is_grouped_as_python_groups_it(seed):
    rng = random.Random(seed)
    for _ in range(100):
        text = random_text(rng, rng.randint(1, 6))
        assert read(text) == as_python_reads(ast.parse(text, mode="eval").body), f"seed {seed}: {text}"


@every_row(("text", "meant"), [
    ("a - b - c", "(a - b) - c"),
    ("a/b/c", "(a/b)/c"),
    ("a/b*c", "(a/b)*c"),
    ("c*A@x", "(c*A)@x"),
    ("A@x*y", "(A@x)*y"),
    ("A@B/c", "(A@B)/c"),
    ("1/2*x", "(1/2)*x"),
    ("a**b**c", "a**(b**c)"),
    ("-x**2", "-(x**2)"),
    ("x**-1", "x**(-1)"),
    ("x**-y**2", "x**(-(y**2))"),
    ("x**-1*y", "(x**(-1))*y"),
    ("2**-x.T@y", "(2**(-(x.T)))@y"),
    ("-x*y", "(-x)*y"),
    ("-x@y", "(-x)@y"),
    ("-x + y", "(-x) + y"),
    ("a--b", "a - (-b)"),
    ("a*-b", "a*(-b)"),
    ("--a", "-(-a)"),
    ("A.T**2", "(A.T)**2"),
    ("A**2.0", "A**2"),
    ("-A.T", "-(A.T)"),
    ("A@x.T", "A@(x.T)"),
    ("f(x).T", "(f(x)).T"),
    ("(a)", "a"),
    ("f (x , y)", "f(x,y)"),
    ("a\n + b\t* c", "a + (b*c)"),
])
def test_precedence(text, meant):
    assert read(text) == read(meant)


def test_parentheses_group():
    assert read("a - (b - c)") != read("a - b - c")
    assert read("(a**b)**c") != read("a**b**c")
    assert read("(-x)**2") != read("-x**2")


# -- leaves --------------------------------------------------------


@every_row(("text", "value"), [
    ("0", 0), ("7", 7), ("007", 7), ("0.1", Fraction(1, 10)), (".5", Fraction(1, 2)), ("2.", 2),
    ("1e-3", Fraction(1, 1000)),
    ("2.5E+2", 250), ("1e0", 1), ("3.14159", Fraction(314159, 100000)),
    ("0.30000000000000004", Fraction(30000000000000004, 10**17)),
    ("12345678901234567890", 12345678901234567890), (f"1e{MAX_EXPONENT}", 10**MAX_EXPONENT),
    ("9" * MAX_DIGITS, 10**MAX_DIGITS - 1),
])
def test_numbers_are_exact(text, value):
    tree = parse_tree(text)
    assert isinstance(tree, Number) and tree.value == value and isinstance(tree.value, Fraction)


def test_a_tenth_and_two_tenths_are_three_tenths():
    tenth, fifth, three = (parse_tree(text).value for text in ("0.1", "0.2", "0.3"))
    assert tenth + fifth == three


@every_row("text", [
    "x", "X", "lam", "x1", "max_len", "T", "e", "e1", "E5", "inf", "pi", "x_", "Tx", "a2b",
])
def test_names(text):
    tree = parse_tree(text)
    assert isinstance(tree, Name) and tree.id == text


@pytest.mark.parametrize(("text", "value"), [
    ("'fro'", "fro"), ('"nuc"', "nuc"), ('"it\'s"', "it's"), ("'a b + c'", "a b + c"), ('""', ""),
])
def test_strings(text, value):
    (string,) = parse_tree(f"norm(X, {text})").args[1:]
    assert isinstance(string, String) and string.value == value


def test_calls_have_arguments_and_keywords():
    tree = parse_tree("sum(X + 1, 2, axis=0, keep=a)")
    assert (tree.function, len(tree.args)) == ("sum", 2)
    assert [(name, shown(value)) for name, value in tree.keywords] == [("axis", 0), ("keep", "a")]
    assert read("f()") == ("f",)


def test_names_are_listed_once_in_the_order_of_the_text():
    assert list(names(parse_tree("y + f(x, A@y) - x*B"))) == ["y", "x", "A", "B"]


# -- spans --------------------------------------------------------


def texts(text):
    """Return the part of the text that each node spans, with the node's kind."""
    return [(type(node).__name__, text[node.span.start:node.span.end]) for node in postorder(parse_tree(text))]


def test_every_node_knows_its_place():
    assert texts("2*A.T @ x1 - -f(y, axis = 0)**.5") == [
        ("Number", "2"), ("Name", "A"), ("Transpose", "A.T"), ("Binary", "2*A.T"), ("Name", "x1"),
        ("Binary", "2*A.T @ x1"),
        ("Name", "y"), ("Number", "0"), ("Call", "f(y, axis = 0)"), ("Number", ".5"), ("Binary", "f(y, axis = 0)**.5"),
        ("Negate", "-f(y, axis = 0)**.5"), ("Binary", "2*A.T @ x1 - -f(y, axis = 0)**.5"),
    ]


@pytest.mark.parametrize("seed", range(10))
def test_a_span_without_parentheses_reads_as_the_node_itself(seed):
    rng = random.Random(1000 + seed)
    for _ in range(60):
        text = random_text(rng, 4)
        for node in postorder(parse_tree(text)):
            part = text[node.span.start:node.span.end]
            if isinstance(node, Name | Number | Call) or "(" not in text:
                assert read(part) == shown(node), f"seed {seed}: {part!r} in {text!r}"


# -- the text of a tree reads back --------------------------------------------------------


def random_tree(rng, depth):
    if depth == 0:
        leaves = [Name("x"), Name("A"), Name("n1"), Number(Fraction(rng.randrange(12))), Call("eye", (Name("n"),))]
        return rng.choice(leaves)
    kind = rng.randrange(12)
    inner = random_tree(rng, depth - 1)
    if kind == 0:
        return Negate(inner)
    if kind == 1:
        return Transpose(Name("X") if isinstance(inner, Number) else inner)
    if kind == 2:
        return Call("norm", (inner, String("fro")))
    if kind == 3:
        return Call("f", (inner, random_tree(rng, depth - 2 if depth > 1 else 0)), (("axis", Number(Fraction(1))),))
    return Binary(rng.choice(OPERATORS), inner, random_tree(rng, depth - 1))


@pytest.mark.parametrize("seed", range(20))
def test_a_tree_reads_back_as_it_was_written(seed):
    rng = random.Random(seed)
    for _ in range(100):
        tree = random_tree(rng, rng.randint(0, 5))
        assert read(unparse(tree)) == shown(tree), f"seed {seed}: {unparse(tree)}"


@pytest.mark.parametrize(("value", "reads"), [
    (Fraction(2, 3), ("/", 2, 3)), (Fraction(-2), ("Negate", 2)), (Fraction(-1, 2), ("/", ("Negate", 1), 2)),
])
def test_a_number_that_is_no_literal_reads_back_as_a_quotient_or_a_negation(value, reads):
    assert read(unparse(Number(value))) == reads


@every_row(("tree", "text"), [
    (Binary("**", Number(Fraction(1, 2)), Name("x")), "(1/2)**x"),
    (Binary("**", Number(Fraction(-2)), Name("x")), "(-2)**x"),
    (Binary("*", Name("x"), Number(Fraction(1, 2))), "x*(1/2)"),
    (Binary("-", Name("x"), Binary("-", Name("y"), Name("z"))), "x - (y - z)"),
    (Binary("@", Binary("@", Name("A"), Name("B")), Name("C")), "A@B@C"),
    (Binary("@", Name("A"), Binary("@", Name("B"), Name("C"))), "A@(B@C)"),
    (Transpose(Binary("@", Name("A"), Name("B"))), "(A@B).T"),
    (Transpose(Call("inv", (Name("A"),))), "inv(A).T"),
    (Negate(Binary("+", Name("x"), Name("y"))), "-(x + y)"),
    (Call("sum", (Name("X"),), (("axis", Number(Fraction(0))),)), "sum(X, axis=0)"),
])
def test_no_parentheses_that_the_reader_does_not_need(tree, text):
    assert unparse(tree) == text


# -- errors --------------------------------------------------------

# text with the place marked by » «, the message, the hint
_AFTER_DOT = "only .T and .H can follow a dot"
_TRANSPOSES = "write X.T for the transpose, X.H for the conjugate transpose, inv(X) for the inverse"
SYNTAX = [
    ("»«", "the expression is empty", "write one, such as x.T@A@x"),
    ("»   «", "the expression is empty", "write one, such as x.T@A@x"),
    ("x »+«", "an operand is missing after '+'", "add one"),
    ("x »@« ", "an operand is missing after '@'", "add one"),
    ("a »*«/ b", "an operand is missing after '*'", "add one"),
    ("a »**«*b", "an operand is missing after '**'", "add one"),
    ("a »/«/ b", "an operand is missing after '/'", "add one"),
    ("f(»-«)", "an operand is missing after '-'", "add one"),
    ("a +\n b »+«", "an operand is missing after '+'", "add one"),
    ("»*« x", "an expression is missing here", "write one"),
    ("»@«x", "an expression is missing here", "write one"),
    ("».T«", "an expression is missing here", "write one"),
    ("»+«x", "a sign '+' needs an operand on its left", "leave it out"),
    ("a +»+« b", "a sign '+' needs an operand on its left", "leave it out"),
    ("»(«x", "'(' is never closed", "add ')' at the end"),
    ("»(«(x)", "'(' is never closed", "add ')' at the end"),
    ("f»(«g(x)", "'(' is never closed", "add ')' at the end"),
    ("x»)«", "')' has no '('", "remove it"),
    ("f(x)»)« + y", "')' has no '('", "remove it"),
    ("x + »)«", "')' has no '('", "remove it"),
    ("»(«)", "an expression is missing after '('", "write one between the parentheses"),
    ("f(»,«x)", "an argument of f is missing", "add it"),
    ("f(x,»)«", "an argument of f is missing", "add it"),
    ("f(x,»,«y)", "an argument of f is missing", "add it"),
    ("sum(x, axis=»)«", "an argument of sum is missing", "add it"),
    ("sum(»*«x)", "an argument of sum is missing", "add it"),
    ("f(a=1, »x«)", "a plain argument follows a named one", "put it first"),
    ("a»,« b", "',' stands outside the arguments of a function", "write one expression"),
    ("(a»,« b)", "',' stands outside the arguments of a function", "write one expression"),
    ("f »=« norm(x)", "'=' is not in the expression language", "write only the right-hand side"),
    ("f((a»=«b))", "'=' is not in the expression language", "write only the right-hand side"),
    ("A »x«", "missing operator before 'x'", "write A*x"),
    ("x.T@x »where« x is unit", "missing operator before 'where'",
     "leave out 'where x is unit': what is known of a name is declared with --assume and --shape"),
    ("2»x«", "missing operator before 'x'", "write 2*x"),
    ("A.T »x«", "missing operator before 'x'", "write A.T*x"),
    ("e(0 »n«)", "missing operator before 'n'", "write 0*n"),
    ("0»x10«", "missing operator before 'x10'", "write 0*x10"),
    ("a»^«2", "'^' is not a power here", "write a**2, or read the whole as MATLAB style with --syntax matlab"),
    ("x»'«@x", "a prime is not a transpose here", "write .T"),
    ("x.T»'«", "a prime is not a transpose here", "write .T"),
    ("f(x)»'«", "a prime is not a transpose here", "write .T"),
    ("»'«abc", "the quotation is never closed", "close it, or write .T for a transpose"),
    ("A».«I", _AFTER_DOT, _TRANSPOSES),
    ("x».«t", _AFTER_DOT, _TRANSPOSES),
    ("x».«TT", _AFTER_DOT, _TRANSPOSES),
    ("x».«", _AFTER_DOT, _TRANSPOSES),
    ("()».«__class__", _AFTER_DOT, _TRANSPOSES),
    ("torch».«dot(x, x)", _AFTER_DOT,
     'write sum(X, axis=0) for X.sum(axis=0), or read the whole as Python with syntax="python"'),
    ("sum(X, axis=1, keepdims=»True«)", "'True' is a reserved word",
     "leave it out: what is summed along an axis stays a row or a column"),
    ("»lambda«*x", "'lambda' is a reserved word", "write lam"),
    ("»import« os", "'import' is a reserved word", "use another name"),
    ("»None«", "'None' is a reserved word", "use another name"),
    ("»{«x}", "'{' is not in the expression language", "write parentheses"),
    ("»\\«frac{1}{2}", "'\\' is not in the expression language",
     "write the expression as in Python: x.T@A@x, not LaTeX"),
    ("a < b »<« c", "comparisons are not chained", "write (a < x)*(x < b), or logical_and(a < x, x < b)"),
    ("a »≤« b", "'≤' is not in the expression language", "write <="),
    ("a »−« b", "'−' is not in the expression language", "write - (the ASCII minus)"),
    ("a »–« b", "'–' is not in the expression language", "write - (the ASCII minus)"),
    ("a »⊙« b", "'⊙' is not in the expression language", "write *"),
    ("a »⊗« b", "'⊗' is not in the expression language", "write kron(A, B)"),
    ("x»²«", "'²' is not in the expression language", "write **2"),
    ("A»ᵀ«", "'ᵀ' is not in the expression language", "write .T"),
    ("»√«x", "'√' is not in the expression language", "write sqrt(x)"),
    ("»‖«x‖", "'‖' is not in the expression language", "write norm(x)"),
    ("a »%« b", "'%' is not in the expression language", "write an expression without %"),
    ("a»;« b", "';' is not in the expression language", "write one expression"),
    ("»~«a", "'~' is not in the expression language", "write - for a negation"),
    ("»\0«", "'U+0000' is not in the expression language", "remove it"),
    ("a»\u200b«b", "'U+200B' is not in the expression language", "remove it"),
    ("a»\u00a0«+ b", "'U+00A0' is not in the expression language", "remove it"),
]
NAMES = [
    ("»х«.T@x", "'х' (U+0445) cannot stand in a name", "write x"),
    ("»А«@x", "'А' (U+0410) cannot stand in a name", "write A"),
    ("»α«*x", "'α' (U+03B1) cannot stand in a name", "write alpha"),
    ("a + »λ«", "'λ' (U+03BB) cannot stand in a name", "write lam"),
    ("»Σ«", "'Σ' (U+03A3) cannot stand in a name", "write Sigma"),
    ("x»é«", "'é' (U+00E9) cannot stand in a name", "names are written in ASCII letters"),
    ("»日«", "'日' (U+65E5) cannot stand in a name", "names are written in ASCII letters"),
    ("»__builtins__«", "'__builtins__' cannot be a name: names begin with a letter", "rename it"),
    ("»_x« + 1", "'_x' cannot be a name: names begin with a letter", "rename it"),
]


def refused(marked, kind, message, hint):
    """Parse a text in which » « mark the place; assert what the error says and where its carets stand."""
    start, end = marked.index("»"), marked.index("«") - 1
    text = marked.replace("»", "").replace("«", "")
    with pytest.raises(kind) as caught:
        parse_tree(text)
    error = caught.value
    assert (error.message, error.hint, error.source) == (message, hint, text)
    assert (error.span.start, error.span.end) == (start, max(end, start + 1))
    if "\n" not in text:
        carets = " " * start + "^" * max(1, end - start)
        assert str(error) == f"{message}\n  {text}\n  {carets}\nhint: {in_arguments(hint)}"


@every_row(("marked", "message", "hint"), SYNTAX)
def test_what_is_not_in_the_language_is_pointed_at(marked, message, hint):
    refused(marked, ExpressionSyntaxError, message, hint)


@every_row(("marked", "message", "hint"), NAMES)
def test_what_cannot_be_a_name_is_pointed_at(marked, message, hint):
    refused(marked, UnknownNameError, message, hint)


# -- limits --------------------------------------------------------


@pytest.mark.parametrize(("text", "message"), [
    ("(" * (MAX_NESTING + 1) + "x" + ")" * (MAX_NESTING + 1), f"more than {MAX_NESTING} nested parentheses"),
    ("f(" * (MAX_NESTING + 1), f"more than {MAX_NESTING} nested parentheses"),
    ("-" * (MAX_REPEATS + 1) + "x", f"'-' is repeated more than {MAX_REPEATS} times"),
    ("x" + ".T" * (MAX_REPEATS + 1), f"'.T' is repeated more than {MAX_REPEATS} times"),
    ("**".join(["x"] * (MAX_REPEATS + 2)), f"'**' is repeated more than {MAX_REPEATS} times"),
    ("1" * (MAX_DIGITS + 1), f"a number of {MAX_DIGITS + 1} digits; at most {MAX_DIGITS} are read"),
    ("0." + "1" * MAX_DIGITS, f"a number of {MAX_DIGITS + 2} digits; at most {MAX_DIGITS} are read"),
    (f"1e{MAX_EXPONENT + 1}", f"the exponent of '1e{MAX_EXPONENT + 1}' is beyond {MAX_EXPONENT}"),
    (f"1e-{MAX_EXPONENT + 1}", f"the exponent of '1e-{MAX_EXPONENT + 1}' is beyond {MAX_EXPONENT}"),
    ("1e999999999999", "the exponent of '1e999999999999' is beyond 400"),
    ("x+" * (MAX_TOKENS // 2) + "x", f"the expression has more than {MAX_TOKENS} words and signs"),
    (" " * (MAX_CHARACTERS + 1),
     f"the expression has {MAX_CHARACTERS + 1} characters; at most {MAX_CHARACTERS} are read"),
])
def test_too_large_an_input_is_refused_at_once(text, message):
    with pytest.raises(LimitError) as caught, counted(most=10_000_000):
        parse_tree(text)
    assert caught.value.message == message and caught.value.hint
    assert len(str(caught.value)) < 1000


@pytest.mark.parametrize("text", [
    "(" * MAX_NESTING + "x" + ")" * MAX_NESTING,
    "f(" * MAX_NESTING + "x" + ")" * MAX_NESTING,
    "-" * MAX_REPEATS + "x",
    "x" + ".T" * MAX_REPEATS,
    "**".join(["x"] * (MAX_REPEATS + 1)),
    "+".join(["x"] * (MAX_TOKENS // 8)),
    "x*(1+" * MAX_NESTING + "x" + ")" * MAX_NESTING,
    "x - (" * MAX_NESTING + "x" + ")" * MAX_NESTING,
], ids=["groups", "calls", "minus signs", "transposes", "powers", "sum", "nested products", "nested sums"])
def test_what_is_within_the_limits_is_read_and_written_without_recursion(text):
    tree = parse_tree(text)
    again = unparse(tree)
    assert unparse(parse_tree(again)) == again


def test_reading_takes_work_in_proportion_to_the_length():
    few, many = (calls(parse_tree, " + ".join(["2*A.T@x1"] * terms)) for terms in (300, 3000))
    assert many < 11 * few


# -- nothing is executed --------------------------------------------------------


@pytest.mark.parametrize("text", [
    "__import__('os').system('touch {0}')",
    "open('{0}', 'w')",
    "eval(\"open('{0}', 'w')\")",
    "exec('open(\"{0}\", \"w\").close()')",
    "(lambda: open('{0}', 'w'))()",
    "[open('{0}', 'w') for x in (1,)]",
    "f'{{open(\"{0}\", \"w\")}}'",
    "Symbol('x', open('{0}', 'w'))",
])
def test_no_text_is_ever_executed(text, tmp_path):
    import matcalc

    target = tmp_path / "executed"
    with pytest.raises(matcalc.MatcalcError):
        matcalc.parse(text.format(target))
    assert not target.exists()
