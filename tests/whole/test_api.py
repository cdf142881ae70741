"""The Python interface: names and signatures, what may be given, and what comes back."""

import inspect
import json
from pathlib import Path

import numpy
import pytest
import sympy
import torch
from tables import every_row

import matcalc
from matcalc.errors import (
    ArgumentError,
    DomainError,
    ExpressionSyntaxError,
    NoRuleError,
    RuleFileError,
    ShapeError,
    UnknownNameError,
)

CORPUS = Path(__file__).resolve().parents[1] / "corpus"
ENTRIES = [json.loads(line) for name in ("textbook.jsonl", "realworld.jsonl")
           for line in (CORPUS / name).read_text(encoding="utf-8").splitlines() if line.strip()]
ANSWERED = [entry for entry in ENTRIES if "error" not in entry]


def refused(kind, message, hint, call, *args, **options):
    with pytest.raises(kind) as caught:
        call(*args, **options)
    assert (caught.value.message, caught.value.hint) == (message, hint)


# -- names and signatures ----------------------------------------


@pytest.mark.parametrize(("function", "signature"), [
    (matcalc.diff, "(expr, wrt=None, layout='denom', order=1, shapes=None, assume=None, structure='free', "
     "rules=None, syntax='matcalc', along=None, functions=None, values=None, convention='wirtinger')"),
    (matcalc.Derivative.check, "(self, points=3, seed=0, method='both')"),
    (matcalc.Derivative.evaluate, "(self, values=None, /, **arrays)"),
    (matcalc.Derivative.unicode, "(self)"),
    (matcalc.Derivative.latex, "(self)"),
])
def test_signatures(function, signature):
    found = inspect.signature(function)
    plain = [parameter.replace(annotation=inspect.Parameter.empty) for parameter in found.parameters.values()]
    assert str(found.replace(parameters=plain, return_annotation=inspect.Signature.empty)) == signature
    assert found.return_annotation is not inspect.Signature.empty


def test_parse_takes_a_text_shapes_and_assumptions():
    assert list(inspect.signature(matcalc.parse).parameters)[:3] == ["text", "shapes", "assume"]


def test_what_a_derivative_tells():
    derivative = matcalc.diff("logdet(A@X)", "X", layout="numerator", assume={"A": "invertible"})
    assert str(derivative) == "inv(X)"
    assert (derivative.wrt, derivative.layout, derivative.order, derivative.structure) == ("X", "num", 1, "free")
    assert derivative.text == "logdet(A@X)" and derivative.assume == {"A": ["invertible"]}
    assert derivative.shape == ("n", "n") and derivative.shapes == {"A": ("n", "n"), "X": ("n", "n")}
    assert isinstance(derivative.sympy, sympy.MatrixExpr)
    assert derivative.unicode() == "X⁻¹" and "X^{-1}" in derivative.latex()
    assert derivative._repr_latex_() == f"$\\displaystyle {derivative.latex()}$"
    assert repr(derivative) == "Derivative('inv(X)', wrt='X', layout='num')"


def test_the_report_of_a_check():
    report = matcalc.diff("x.T@A@x").check(points=2, seed=5)
    assert isinstance(report, matcalc.CheckReport)
    assert report.ok is True and report.points == 2 and 0 <= report.max_error < 1e-12 and report.reason == ""


def test_every_public_name_is_there():
    for name in matcalc.__all__:
        assert getattr(matcalc, name) is not None
        assert name in dir(matcalc)
    with pytest.raises(AttributeError):
        matcalc.differentiate_everything  # noqa: B018


# -- what an expression may be ----------------------------------------


def test_text_an_expression_and_sympy_give_the_same():
    n = sympy.Symbol("n")
    a, x = sympy.MatrixSymbol("A", n, n), sympy.MatrixSymbol("x", n, 1)
    texts = {str(matcalc.diff(expr, "x")) for expr in ("x.T@A@x", matcalc.parse("x.T@A@x"), x.T*a*x)}
    assert texts == {"(A + A.T)@x"}
    assert str(matcalc.diff(sympy.Symbol("t")**3)) == "3*t**2"
    assert str(matcalc.diff(x.T*a*x, x)) == "(A + A.T)@x"


@every_row("expr", [3, None, numpy.eye(3), b"x.T@x", ["x"], 2.5])
@every_row("call", [matcalc.diff, matcalc.parse])
def test_anything_else_is_refused(call, expr):
    refused(ArgumentError, f"an expression is a text or a SymPy object, not {type(expr).__name__}",
            'write diff("x.T@A@x")', call, expr)


def test_a_derivative_can_be_differentiated_again_as_text():
    first = matcalc.diff("x.T@A@x")
    again = matcalc.diff(str(first), "x", layout="num", shapes=first.shapes)
    assert str(again) == str(matcalc.diff("x.T@A@x", order=2))


def test_the_shapes_that_come_back_are_declarations():
    for text in ("norm(X@w - y)**2", "c*x", "kron(A, B)@vec(C)", "x.T@A@x + a", "sum(X, axis=0)"):
        expression = matcalc.parse(text)
        again = matcalc.parse(text, shapes=expression.shapes)
        assert again == expression and again.shapes == expression.shapes and again.shape == expression.shape
        name = next(iter(expression.shapes))
        derivative = matcalc.diff(text, name)
        assert str(matcalc.diff(text, name, shapes=derivative.shapes)) == str(derivative)


# -- the variable ----------------------------------------


@every_row(("text", "wrt"), [
    ("x.T@A@x", "x"), ("tr(A@X)", "X"), ("norm(X@w - y)", "X"), ("norm(A@w - y)", "w"), ("y.T@A@x", "x"),
    ("A@W@b", "W"),
    ("theta.T@A@theta", "theta"), ("theta*x", "x"), ("tr(A)", "A"), ("c*norm(z)", "z"), ("c**2", "c"), ("t.T@t", "t"),
    ("a*sin(b)*norm(q)", "q"),
])
def test_the_variable_without_wrt(text, wrt):
    assert matcalc.diff(text).wrt == wrt


def test_x_is_preferred_to_X_and_X_to_w():
    assert matcalc.diff("x.T@X@w").wrt == "x"
    assert matcalc.diff("y.T@X@w").wrt == "X"
    assert matcalc.diff("y.T@W@w").wrt == "w"


@every_row(("text", "wrt", "message", "hint"), [
    ("A@B", None, "differentiate by what? A (n×m) and B (m×p) are both possible", "add --wrt A or --wrt B"),
    ("a.T@b", None, "differentiate by what? a (n×1) and b (n×1) are both possible", "add --wrt a or --wrt b"),
    ("a*b*c", None, "differentiate by what? a (scalar), b (scalar) and c (scalar) are all possible",
     "add --wrt a or --wrt b or --wrt c"),
    ("2", None, "there is no variable in the expression", "write one with a name, such as x.T@A@x"),
    ("x.T@A@x", "X", "no variable 'X' in the expression", "did you mean --wrt x?"),
    ("alpha*x", "alhpa", "no variable 'alhpa' in the expression", "did you mean --wrt alpha?"),
    ("x.T@A@x", "n", "'n' is a dimension, not a variable", "one of x, A"),
    ("sum(x)/n*norm(ones(n))", "n", "'n' is a dimension, not a variable", "one of x"),
    ("pi*x", "pi", "'pi' is a constant, not a variable", "one of x"),
])
def test_no_variable(text, wrt, message, hint):
    refused(UnknownNameError, message, hint, matcalc.diff, text, wrt)


def test_a_declared_name_that_does_not_occur_has_derivative_zero():
    shapes = {"A": ("n", "m"), "c": (), "x": ("n", 1)}
    assert str(matcalc.diff("x.T@x", "A", shapes=shapes)) == "zeros(n, m)"
    assert str(matcalc.diff("x.T@x", "A", layout="num", shapes=shapes)) == "zeros(m, n)"
    assert str(matcalc.diff("x.T@x", "c", shapes=shapes)) == "0"
    assert matcalc.diff("x.T@x", "A", shapes=shapes).check().ok


@pytest.mark.parametrize(("text", "shape"), [("2", ()), ("pi**2", ()), ("eye(3)", (3, 3)), ("ones(2)", (2, 1))])
def test_constants_have_a_value_and_derivative_zero(text, shape):
    assert matcalc.parse(text).shape == shape and matcalc.parse(text).shapes == {}
    derivative = matcalc.diff(text, "c", shapes={"c": ()})
    assert derivative.evaluate(c=1) == 0 if shape == () else not derivative.evaluate(c=1).any()


# -- the other arguments ----------------------------------------


@every_row("order", [0, 7, -1, "2", None, 1.5])
def test_orders_are_from_1_to_6(order):
    message = f"order {order!r} is not from 1 to 6"
    refused(ArgumentError, message, "order=2 is the second derivative", matcalc.diff, "x.T@x", order=order)


@every_row(("option", "message", "hint"), [
    ({"layout": "foo"}, "unknown layout 'foo'", "one of denom, num, mixed"),
    ({"structure": "fre"}, "unknown structure convention 'fre'", "did you mean 'free'?"),
    ({"assume": {"A": ["symetric"]}}, "unknown assumption 'symetric' about A", "did you mean 'symmetric'?"),
    ({"assume": {"x": ["postive"]}}, "unknown assumption 'postive' about x", "did you mean 'positive'?"),
    ({"assume": {"x": ["positive", "negative"]}}, "x cannot be both positive and negative", "leave one of them out"),
    ({"assume": {"A": ["skew", "pd"]}}, "A cannot be both skew and pd", "leave one of them out"),
])
def test_unknown_words_are_refused_with_what_was_meant(option, message, hint):
    refused(ArgumentError, message, hint, matcalc.diff, "x.T@A@x", **option)


@every_row(("words", "answer"), [
    (["symmetric"], "2*A@x"), ("symmetric", "2*A@x"), (["spd"], "2*A@x"), (["Symmetric"], "2*A@x"), (["psd"], "2*A@x"),
    (["diagonal"], "2*A@x"), ([], "(A + A.T)@x"), (["invertible"], "(A + A.T)@x"),
])
def test_what_is_assumed_shortens_the_answer(words, answer):
    assert str(matcalc.diff("x.T@A@x", assume={"A": words})) == answer


def test_a_skew_form_is_zero():
    assert str(matcalc.diff("x.T@A@x", assume={"A": ["skew"]})) == "zeros(n)"


def test_no_closed_form_is_refused_with_its_exit_code():
    with pytest.raises(NoRuleError) as caught:
        matcalc.diff("tr(matpow(A, k))", "k", shapes={"k": ()})
    assert caught.value.exit_code == 3 and caught.value.hint


# -- conditions ----------------------------------------


@every_row(("text", "options", "where"), [
    ("x.T@A@x", {}, []), ("logdet(X)", {}, ["invertible(X)"]), ("log(x)", {}, ["positive(x)"]),
    ("1/c", {}, ["nonzero(c)"]),
    ("logdet(X)", {"assume": {"X": ["pd"]}}, []), ("log(x)", {"assume": {"x": ["positive"]}}, []),
    ("inv(A)@x", {"wrt": "x"}, ["invertible(A)"]), ("norm(X@w - y)", {"wrt": "w"}, ["nonzero_array(X@w - y)"]),
])
def test_where_lists_the_conditions(text, options, where):
    assert matcalc.diff(text, **options).where == where


# -- values ----------------------------------------

FORM = matcalc.diff("x.T@A@x")
SQUARE = numpy.array([[1.0, 2.0], [3.0, 4.0]])


@every_row("x", [
    [1, 2], (1, 2), [[1], [2]], numpy.array([1, 2]), numpy.array([[1.0], [2.0]]),
    numpy.array([1, 2], dtype=numpy.float32), torch.tensor([1, 2]),
    torch.tensor([[1.0], [2.0]], requires_grad=True), numpy.array([[1, 9], [2, 9]])[:, 0], numpy.array([2, 1])[::-1],
])
@every_row("a",
                         [SQUARE, SQUARE.tolist(), torch.from_numpy(SQUARE), numpy.asfortranarray(SQUARE),
                          SQUARE.T.copy().T])
def test_arrays_may_be_given_in_these_ways(x, a):
    found = FORM.evaluate(x=x, A=a)
    assert isinstance(found, numpy.ndarray) and found.dtype == numpy.float64
    assert found.tolist() == [[12.0], [21.0]]


def test_evaluation_does_not_change_what_is_given():
    x = numpy.array([1.0, 2.0])
    FORM.evaluate(x=x, A=SQUARE)[0] = 100
    assert x.tolist() == [1, 2] and SQUARE[0, 0] == 1


@every_row("a", [2, 2.0, [2], [[2]], numpy.float32(2), numpy.array(2), torch.tensor(2.0)])
def test_a_scalar_is_a_float(a):
    found = matcalc.diff("a**3").evaluate(a=a)
    assert type(found) is float and found == 12.0


def test_a_vector_for_a_row_is_a_row():
    derivative = matcalc.diff("r@A@r.T", "r", shapes={"r": (1, "n")})
    assert derivative.evaluate(r=[1, 2], A=SQUARE).shape == (1, 2)


def test_sizes_that_the_text_uses_are_those_of_the_arrays():
    assert matcalc.diff("norm(X@w - y)**2/n", "w", shapes={"X": ("n", "m"), "w": ("m", 1), "y": ("n", 1)}).evaluate(
        X=numpy.ones((4, 1)), w=[1], y=numpy.zeros(4)).tolist() == [[2.0]]


def test_empty_arrays_have_a_value():
    assert FORM.evaluate(x=[], A=numpy.zeros((0, 0))).shape == (0, 1)


@every_row(("arrays", "kind", "message", "hint"), [
    ({}, UnknownNameError, "no value for x, A", "write evaluate(x=...)"),
    ({"x": [1, 2]}, UnknownNameError, "no value for A", "write evaluate(A=...)"),
    ({"x": [1, 2], "A": SQUARE, "y": 3}, UnknownNameError, "no variable 'y' in the expression", "the names are x, A"),
    ({"x": [1, 2], "a": SQUARE}, UnknownNameError, "no variable 'a' in the expression", "the names are x, A"),
    ({"x": [1, 2], "A": numpy.eye(3)}, ShapeError, "A is 3×3, but its shape is n×n (n = 2)",
     "give A as an array of n×n"),
    ({"x": [1, 2], "A": [1, 2, 3, 4]}, ShapeError, "A is 4×1, but its shape is n×n (n = 2)",
     "give A as an array of n×n"),
    ({"x": "a", "A": SQUARE}, ShapeError, "x is not an array of numbers",
     "give a NumPy array, a nested list or a number"),
    ({"x": [[1], [2, 3]], "A": SQUARE}, ShapeError, "x is not an array of numbers",
     "give a NumPy array, a nested list or a number"),
    ({"x": [1, 2j], "A": SQUARE}, ShapeError, "x is declared real, and complex numbers are given",
     'declare it: assume={"x": ["complex"]}'),
    ({"x": numpy.ones((2, 1, 1)), "A": SQUARE}, ShapeError, "x has 3 dimensions, and its shape is n×1",
     "give at most two"),
])
def test_arrays_that_do_not_fit_are_refused(arrays, kind, message, hint):
    refused(kind, message, hint, FORM.evaluate, **arrays)


def test_a_singular_matrix_has_no_inverse():
    with pytest.raises(DomainError):
        matcalc.diff("inv(A)@b", "b").evaluate(A=numpy.zeros((2, 2)), b=[1, 2])


@pytest.mark.parametrize("points", [0, -1, "3", 1.5, None])
def test_a_check_takes_at_least_one_point(points):
    refused(ArgumentError, f"points is {points!r}", "give a positive integer", FORM.check, points=points)


# -- text ----------------------------------------


@pytest.mark.parametrize("part", [0, *[pytest.param(part, marks=pytest.mark.long) for part in range(1, 8)]])
def test_what_is_printed_reads_back_as_the_same_expression(part):
    compared = 0
    for entry in ANSWERED[part::8]:
        for text in filter(None, (entry["expr"], entry.get("expected"))):
            expression = matcalc.parse(text, shapes=entry["shapes"], assume=entry.get("assume"))
            declared = {"shapes": entry["shapes"], "assume": entry.get("assume")}
            assert matcalc.parse(str(expression), **declared) == expression, entry["id"]
            compared += 1
    assert compared > 50


def test_an_expression_shows_itself():
    expression = matcalc.parse("x.T@A@x")
    assert repr(expression) == "Expression('x.T@A@x')" and str(expression) == expression.text
    assert expression.unicode() == "xᵀ A x" and expression.latex() == "x^{\\top} A x"
    assert expression._repr_latex_() == "$\\displaystyle x^{\\top} A x$"


def test_expressions_are_equal_where_they_mean_the_same():
    expression = matcalc.parse("A@x + b")
    assert matcalc.parse("b + A@x", shapes=expression.shapes) == expression
    assert hash(matcalc.parse("x*y")) == hash(matcalc.parse("x*y"))
    assert matcalc.parse("A@B") != matcalc.parse("B@A") and matcalc.parse("x") != "x"


# -- rule files ----------------------------------------

CUBE = """
cube(X: n,m) -> n,m
    elementwise
    d cube(X) = {}*X**2*dX
    torch     X**3
    source    Calculus
"""


@pytest.fixture
def rule_file(tmp_path):
    def write(text, name="mine.rules"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path
    return write


def test_a_users_rule_is_used(rule_file):
    path = rule_file(CUBE.format(3))
    for rules in (path, str(path), [path], [str(path)]):
        derivative = matcalc.diff("sum(cube(A@x))", "x", rules=rules)
        assert str(derivative) == "3*A.T@(A@x)**2" and derivative.check().ok
        assert derivative.evaluate(A=numpy.eye(2), x=[1, 2]).tolist() == [[3.0], [12.0]]
    assert str(matcalc.parse("cube(x)", rules=path)) == "cube(x)"
    with pytest.raises(matcalc.UnknownFunctionError):
        matcalc.diff("sum(cube(x))")


def test_a_wrong_rule_is_refused(rule_file):
    with pytest.raises(RuleFileError) as caught:
        matcalc.diff("sum(cube(x))", rules=rule_file(CUBE.format(2)))
    assert "cube" in str(caught.value) and "mine.rules" in str(caught.value)


@pytest.mark.parametrize("text", [
    CUBE.format(3).replace("    source    Calculus\n", ""), CUBE.format(3).replace("*dX", ""), CUBE.format("k"),
    "cube(X", "not a rule file at all", CUBE.format(3).replace("X**3", "__import__('os')"),
])
def test_a_rule_that_does_not_follow_the_format_is_refused(rule_file, text):
    with pytest.raises(RuleFileError):
        matcalc.diff("x.T@x", rules=rule_file(text))


@pytest.mark.parametrize("path", ["no/such/file.rules", "."])
def test_a_file_that_cannot_be_read_is_refused(path):
    with pytest.raises(ArgumentError) as caught:
        matcalc.diff("x.T@x", rules=path)
    assert path in caught.value.message and caught.value.hint == "give the path of a text file"


# -- what is said of the text goes with the error ----------------------------------------


def test_an_error_shows_the_text_and_the_place():
    with pytest.raises(ExpressionSyntaxError) as caught:
        matcalc.diff("x.T@A^2@x")
    assert str(caught.value).startswith("'^' is not a power here\n  x.T@A^2@x\n       ^\nhint: ")


@pytest.mark.parametrize("text", ["0*x", "y - y", "inv(A)@A", "x**0", "tr(inv(A)@A)"])
def test_a_constant_of_undeclared_size_is_read(text):
    expression = matcalc.parse(text)
    assert matcalc.parse(str(expression), shapes=expression.shapes).expression is not None
    assert matcalc.diff(text, wrt=next(iter(expression.shapes))).check(points=1).ok


def test_an_expression_takes_further_declarations_and_stays_as_it_is():
    expression = matcalc.parse("x.T@A@x")
    assert str(matcalc.diff(expression, "x", assume={"A": ["symmetric"]})) == "2*A@x"
    assert str(matcalc.diff(expression, "z", shapes={"z": ("k", 1)})) == "zeros(k)"
    assert str(matcalc.diff(expression, "x")) == "(A + A.T)@x"
    assert "z" not in expression.shapes


@pytest.mark.parametrize("text", [
    "(X@w - y)**2", "sum(relu(W@-x + b)**2)", "norm(X@w + b - y)**2/2", "eye(n) + X@Y", "X.T@A@X",
])
def test_the_letters_of_sizes_do_not_count(text):
    expression = matcalc.parse(text)
    again = matcalc.parse(str(expression))
    assert again == expression and hash(again) == hash(expression)
    declared = matcalc.parse("X@w", shapes={"X": ("p", "q"), "w": ("q", 1)})
    assert declared == matcalc.parse("X@w")
    assert declared != matcalc.parse("X@w", shapes={"X": ("p", "p"), "w": ("p", 1)})
    assert declared != matcalc.parse("X@w", shapes={"X": ("p", "q"), "w": ("q", "r")})


@pytest.mark.parametrize(
    ("text", "wrt", "shown"),
    [
        ("norm(x + W@tanh(V@x) - y)**2/2", "x",
         "x + W@tanh(V@x) - y + V.T@((1 - tanh(V@x)**2)*(W.T@(x + W@tanh(V@x) - y)))"),
        ("norm(W3@tanh(W2@tanh(W1@x)) - y)**2/2", "W1",
         "W2.T@(W3.T@(W3@tanh(W2@tanh(W1@x)) - y)*(1 - tanh(W2@tanh(W1@x))**2))*(1 - tanh(W1@x)**2)@x.T"),
        ("c.T@x - sum(log(b - A@x))", "x", "c + A.T@(1/(b - A@x))"),
    ],
)
def test_answers_keep_the_users_sums_together_and_the_textbooks_signs(text, wrt, shown):
    assert str(matcalc.diff(text, wrt=wrt)) == shown


def test_a_quotient_before_a_matrix_product_stands_in_parentheses():
    assert str(matcalc.parse("(1/x).T@A", shapes={"x": ("n", 1), "A": ("n", "m")})) == "(1/x.T)@A"


@pytest.mark.parametrize(
    "text",
    [
        "(B@X + X@B).T",
        "-(inv(X)@(B@inv(X)@A + A@inv(X)@B)@inv(X)).T",
        "(matpow(X, 3)@A + A@matpow(X, 3) + X@A@(X@X) + X@X@A@X).T",
        "(2*A@x@x.T + norm(x)**2*A).T",
        "(x.T@B + x.T@A)@C",
    ],
)
def test_a_transposed_sum_is_shown_in_the_order_in_which_it_was_written(text):
    assert str(matcalc.parse(text)) == text


@pytest.mark.parametrize("text", ["x*y", "norm(A@x)", "A@x + b", "a + sin(b)*x.T@y"])
def test_expressions_are_found_again_in_a_set(text):
    expression = matcalc.parse(text, shapes={"a": ()} if text.startswith("a") else None)
    assert expression in {expression} and expression in {matcalc.parse(text, shapes=expression.shapes)}
