"""The texts of --shape and --assume."""

import pytest
from tables import every_row

import matcalc
from matcalc.errors import ArgumentError, MatcalcError, ShapeError
from matcalc.shapes.declarations import read_assumptions, read_shapes

MATRIX = {"A": ("n", "m")}


@every_row("text", ["A: n×m", "A:n×m", "A: n x m", "A: n X m", "A: nxm", "  A :  n × m  ", "A: n×m,"])
def test_a_matrix_may_be_written_in_these_ways(text):
    assert read_shapes([text]) == MATRIX


@pytest.mark.parametrize("text", ["c: scalar", "c: 1", "c:", "c: Scalar"])
def test_a_scalar_may_be_written_in_these_ways(text):
    assert read_shapes([text]) == {"c": ()}


@every_row("text, shape", [
    ("x: n", ("n", 1)),
    ("x: n×1", ("n", 1)),
    ("x: nx1", ("n", 1)),
    ("x: 5", (5, 1)),
    ("x: 1×n", (1, "n")),
    ("x: 3x4", (3, 4)),
    ("x: n1xn2", ("n1", "n2")),
    ("x: n*m", ("n*m", 1)),
    ("x: n*mx1", ("n*m", 1)),
    ("x: (n*m)×(p*q)", ("n*m", "p*q")),
    ("x: n²×1", ("n*n", 1)),
    ("x: n**2", ("n*n", 1)),
    ("x: max_len", ("max_len", 1)),
    ("x: nx", ("nx", 1)),
    ("x: rows x cols", ("rows", "cols")),
])
def test_sizes(text, shape):
    assert read_shapes([text]) == {"x": shape}


@pytest.mark.parametrize(
    "text, shapes",
    [
        ("X: m, n", {"X": ("m", "n")}),
        ("X: (m, n), w: n", {"X": ("m", "n"), "w": ("n", 1)}),
        ("A: 3,4; x: (n,); c: scalar", {"A": (3, 4), "x": ("n", 1), "c": ()}),
        ("B: (n*m)×(p*q), b: a row, 1×n", {"B": ("n*m", "p*q"), "b": (1, "n")}),
    ],
)
def test_a_list_of_sizes_as_python_writes_a_shape(text, shapes):
    assert read_shapes([text]) == shapes


@pytest.mark.parametrize("text, pointed_at", [("c: scalar, n", "n"), ("X: m×n, y", "y"), ("x: n; m", "m")])
def test_a_name_without_a_shape_is_no_further_size(text, pointed_at):
    with pytest.raises(MatcalcError) as caught:
        read_shapes([text])
    assert text[slice(*caught.value.span)] == pointed_at


def test_several_declarations_in_one_text_and_in_several():
    expected = {"A": ("n", "m"), "x": ("m", 1), "c": ()}
    assert read_shapes(["A: n×m, x: m, c: scalar"]) == expected
    assert read_shapes(["A: n×m; x: m", "c: scalar"]) == expected
    assert read_shapes([]) == {}


def test_the_same_declaration_twice_is_no_contradiction():
    assert read_shapes(["x: n", "x: n×1"]) == {"x": ("n", 1)}


@every_row("text, pointed_at", [
    ("A: n×m, x n", "x n"),
    ("A n×m", "A n×m"),
    ("2A: n×m", "2A"),
    ("x: n, x: m", "x: m"),
    (", ", ", "),
    ("c: scalar, 2λ: scalar", "2λ"),
])
def test_a_wrong_form_is_pointed_at(text, pointed_at):
    with pytest.raises(ArgumentError) as caught:
        read_shapes([text])
    error = caught.value
    assert text[error.span.start:error.span.end] == pointed_at
    assert error.source == text
    assert error.hint


@every_row("text, pointed_at", [
    ("x: n, A: n×m×p×q", "A: n×m×p×q"),
    ("A: nxmxpxq", "A: nxmxpxq"),
    ("A: 0×3", "A: 0×3"),
    ("A: -1", "A: -1"),
    ("A: n×", "A: n×"),
    ("A: 2.5×3", "A: 2.5×3"),
])
def test_a_shape_that_cannot_be_is_pointed_at(text, pointed_at):
    with pytest.raises(ShapeError) as caught:
        read_shapes([text])
    assert text[caught.value.span.start:caught.value.span.end] == pointed_at


def test_assumptions():
    assert read_assumptions(["A symmetric, S pd"]) == {"A": ["symmetric"], "S": ["pd"]}
    assert read_assumptions(["A symmetric invertible"]) == {"A": ["symmetric", "invertible"]}
    expected = {"A": ["symmetric", "invertible"], "x": ["positive"]}
    assert read_assumptions(["A symmetric", "A invertible; x positive"]) == expected
    assert read_assumptions(["A: symmetric"]) == {"A": ["symmetric"]}
    assert read_assumptions([]) == {}


def test_the_documented_synonyms_are_words_too():
    assert set(read_assumptions(["S spd"])) == {"S"}


@every_row("text, pointed_at, message", [
    ("A symetric", "symetric", "unknown assumption 'symetric' about A"),
    ("S pd, A symmetric nice", "nice", "unknown assumption 'nice' about A"),
    ("A, B symmetric", "A", "nothing is assumed about A"),
    ("x positive negative", "x positive negative", "x cannot be both positive and negative"),
    ("", "", "the declaration is empty"),
    (": pd", ": pd", "': pd' cannot be a name"),
])
def test_a_wrong_assumption_is_pointed_at(text, pointed_at, message):
    with pytest.raises(ArgumentError) as caught:
        read_assumptions([text])
    error = caught.value
    assert error.message == message
    assert text[error.span.start:error.span.end] == pointed_at
    assert error.hint


def test_a_contradiction_across_texts_is_refused():
    with pytest.raises(MatcalcError, match="cannot be both"):
        read_assumptions(["x positive", "x negative"])


def test_a_suggestion_for_a_misspelt_word():
    with pytest.raises(ArgumentError) as caught:
        read_assumptions(["A symetric"])
    assert caught.value.hint == "did you mean 'symmetric'?"


def test_three_sizes_are_those_of_a_stack_of_matrices():
    for text in ("A: K×n×n", "A: Kxnxn", "A: (K, n, n)", "A: K,n,n", "A=K,n,n"):
        assert read_shapes([text]) == {"A": ("K", "n", "n")}
    assert read_shapes(["A=3x4x5, x=4"]) == {"A": (3, 4, 5), "x": (4, 1)}
    stacked = matcalc.diff("sum(x.T@A[k*n:k*n + n, :]@x for k in K)", wrt="x", shapes={"A": ("K*n", "n")})
    assert str(stacked) == "sum(A[k*n:k*n + n, :] + A[k*n:k*n + n, :].T for k in K)@x"


@pytest.mark.parametrize(
    ("text", "shape"),
    [("reshape(X, m*n, 1)", ("m", "n")), ("reshape(X, 1, k*n)@b", ("k", "n")), ("reshape(X, 2*n, 1)", (2, "n"))],
)
def test_the_sizes_of_what_is_reshaped_to_a_column_are_its_factors(text, shape):
    assert matcalc.parse(text).shapes["X"] == shape
    assert matcalc.parse(text.replace("@", "*"), syntax="matlab").shapes["X"] == shape
