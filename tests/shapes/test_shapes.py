"""Shape inference: declarations hold, then use decides, and spelling only where use leaves it open."""

import json
import re
from pathlib import Path

import pytest
from counted_work import counted
from tables import every_row

import matcalc
from matcalc.algebra.expressions import dimension
from matcalc.errors import (
    ArgumentError,
    DomainError,
    ExpressionSyntaxError,
    MatcalcError,
    ShapeError,
    UnknownFunctionError,
    UnknownNameError,
)

CORPUS = Path(__file__).resolve().parents[1] / "corpus" / "realworld.jsonl"


def same_up_to_letters(found, expected):
    """Return whether shapes are equal once the letters of the sizes are renamed one to one."""
    if found.keys() != expected.keys():
        return False
    there, back = {}, {}
    for name in expected:
        if len(found[name]) != len(expected[name]):
            return False
        for one, other in zip(found[name], expected[name]):
            if isinstance(one, int) or isinstance(other, int):
                if one != other:
                    return False
            elif there.setdefault(one, other) != other or back.setdefault(other, one) != one:
                return False
    return True


def declared(text):
    """Return the shapes that a text such as 'x n, A n m, c' stands for."""
    entries = [entry.split() for entry in text.split(",") if entry.strip()]
    sizes = [[int(size) if size.isdigit() else size for size in rest] for _, *rest in entries]
    return {entry[0]: (*size, 1) if len(size) == 1 else tuple(size) for entry, size in zip(entries, sizes)}


# -- use first, spelling last --------------------------------------------------------

# an expression, the shapes of its names, its own shape
INFERRED = [
    # spelling: nothing else is known
    ("A", "A n m", "n m"), ("Sigma*2", "Sigma n m", "n m"), ("W1", "W1 n m", "n m"), ("I", "I n m", "n m"),
    ("T", "T n m", "n m"), ("E", "E n m", "n m"), ("x", "x n", "n 1"), ("xs", "xs n", "n 1"), ("h", "h n", "n 1"),
    ("z2", "z2 n", "n 1"), ("weights", "weights n", "n 1"), ("m", "m n", "n 1"), ("a", "a", ""), ("g", "g", ""),
    ("e", "e", ""),
    ("alpha", "alpha", ""), ("lam", "lam", ""), ("sigma1", "sigma1", ""), ("theta", "theta", ""),
    ("c*x", "c, x n", "n 1"), ("a*X*b", "a, X n m, b", "n m"), ("a + b", "a, b", ""), ("exp(c)", "c", ""),
    ("pi*x", "x n", "n 1"), ("2*pi", "", ""), ("x**a", "x n, a", "n 1"), ("2**x", "x n", "n 1"), ("-c", "c", ""),
    # use: the matrix product
    ("A@x", "A m n, x n", "m 1"), ("x.T@A@x", "x n, A n n", ""), ("X@w - y", "X n m, w m, y n", "n 1"),
    ("A@X@B + C", "A n m, X m p, B p q, C n q", "n q"), ("A@A", "A n n", "n n"), ("X.T@X", "X n m", "m m"),
    ("X@Y.T", "X n m, Y p m", "n p"), ("X@W1@W2", "X n m, W1 m p, W2 p q", "n q"), ("x@y.T", "x n, y m", "n m"),
    ("a.T@x", "a n, x n", ""), ("a.T@b", "a n, b n", ""), ("X@b", "X n m, b m", "n 1"),
    ("X@beta", "X n m, beta m", "n 1"),
    ("inv(A)@b", "A n n, b n", "n 1"), ("beta.T@X.T@X@beta", "beta n, X m n", ""), ("q.T@k", "q n, k n", ""),
    ("e.T@x", "e n, x n", ""), ("x.T@W.T@W@x", "x n, W m n", ""),
    # use: sums and elementwise operations
    ("x + y", "x n, y n", "n 1"), ("b - A@x", "b n, A n m, x m", "n 1"), ("x - mu", "x n, mu n", "n 1"),
    ("mu - x", "mu n, x n", "n 1"), ("(x - mu).T@inv(Sigma)@(x - mu)", "x n, mu n, Sigma n n", ""),
    ("A + A.T", "A n n", "n n"), ("A*A.T", "A n n", "n n"), ("X*Y", "X n m, Y n m", "n m"), ("x*y", "x n, y n", "n 1"),
    ("X*x", "X n m, x n", "n m"), ("X**Y", "X n m, Y n m", "n m"), ("y*(X@w)", "y n, X n m, w m", "n 1"),
    ("a*x + b", "a, x n, b n", "n 1"), ("x.T@x + 1", "x n", ""), ("a.T@x + c", "a n, x n, c", ""),
    ("(a.T@x)*B", "a n, x n, B m p", "m p"), ("norm(A@x - b)**2", "A m n, x n, b m", ""),
    ("log(1 + exp(-y*(X@w)))", "y n, X n m, w m", "n 1"), ("X - ones(n)@mean(X, axis=0)", "X n m", "n m"),
    ("X - mean(X, axis=0)", "X n m", "n m"), ("X - sum(X, axis=1)", "X n m", "n m"),
    # use: functions
    ("tr(A)", "A n n", ""), ("tr(A@B)", "A n m, B m n", ""), ("tr(A.T@B)", "A n m, B n m", ""),
    ("det(X@Y)", "X n m, Y m n", ""),
    ("logdet(S)", "S n n", ""), ("tr(x@y.T)", "x n, y n", ""), ("inv(c)", "c n n", "n n"),
    ("matpow(A, 3)", "A n n", "n n"),
    ("solve(A, b)", "A n n, b n", "n 1"), ("solve(A, B)", "A n n, B n m", "n m"), ("outer(x, y)", "x n, y m", "n m"),
    ("dot(x, y)", "x n, y n", ""), ("dot(A, B)", "A n m, B n m", ""), ("kron(A, B)", "A n m, B p q", "n*p m*q"),
    ("kron(A, B)@vec(X)", "A n m, B p q, X q m", "n*p 1"), ("vec(X)", "X n m", "m*n 1"), ("diag(a)", "a n", "n n"),
    ("diag(A)", "A n n", "n 1"), ("diag(x)@A", "x n, A n m", "n m"), ("sum(a)", "a n", ""), ("norm(g)", "g n", ""),
    ("softmax(W@x)", "W m n, x n", "m 1"), ("sum(X, axis=0)", "X n m", "1 m"), ("sum(X, axis=1)", "X n m", "n 1"),
    ("logsumexp(X, axis=1)", "X n m", "n 1"), ("maximum(X, Y)", "X n m, Y n m", "n m"), ("maximum(x, 0)", "x n", "n 1"),
    ("eigmax(A + A.T)", "A n n", ""),
    # sizes that the text names
    ("eye(n) + A", "A n n", "n n"), ("A - lam*eye(k)", "A k k, lam", "k k"), ("eye(3)@x", "x 3", "3 1"),
    ("ones(n).T@x", "x n", ""), ("e(0, n).T@x", "x n", ""), ("X@ones(m)", "X n m", "n 1"),
    ("zeros(n, m) + X", "X n m", "n m"),
    ("ones(n*m)@x.T", "x p", "n*m p"), ("X@eye(2)", "X n 2", "n 2"),
]


@every_row(("text", "shapes", "shape"), INFERRED, ids=[case[0] for case in INFERRED])
def test_inference(text, shapes, shape):
    found, expected = matcalc.parse(text), declared(shapes)
    own = declared(f"result {shape}")["result"] if shape else ()
    if any("*" in str(size) for size in own):
        assert same_up_to_letters(found.shapes, expected)
        letters = {old: new for name in expected for old, new in zip(expected[name], found.shapes[name])}
        meant = [re.sub("[a-z]", lambda m: str(letters.get(m[0], m[0])), str(size)) for size in own]
        assert list(map(str, map(_size, found.shape))) == list(map(str, map(_size, meant)))
    else:
        assert same_up_to_letters({**found.shapes, "result": found.shape}, {**expected, "result": own})


def _size(text):
    """Return a size as SymPy has it, so that n*m is m*n."""
    product = dimension(1)
    for factor in str(text).split("*"):
        product *= dimension(factor)
    return product


def test_names_keep_the_sizes_that_the_text_gives_them():
    assert matcalc.parse("eye(k) + A").shapes == {"A": ("k", "k")}
    assert matcalc.parse("X@ones(m)").shapes["X"][1] == "m"


def test_independent_sizes_get_letters_of_their_own():
    shapes = matcalc.parse("tr(A)*tr(B)*norm(x)*norm(X)").shapes
    letters = [size for name in "ABxX" for size in dict.fromkeys(shapes[name]) if size != 1]
    assert len(letters) == len(set(letters)) == 5


def test_a_letter_that_is_a_name_is_not_used_for_a_size():
    shapes = matcalc.parse("n.T@x*norm(m)").shapes
    sizes = {size for shape in shapes.values() for size in shape if isinstance(size, str)}
    assert sizes and not sizes & {"n", "m"}


# -- declarations hold --------------------------------------------------------


@every_row(("shape", "meant"), [
    ((), ()), ((1,), ()), ((1, 1), ()), (1, ()), ("n", ("n", 1)), (("n",), ("n", 1)), (["n"], ("n", 1)),
    (("n", 1), ("n", 1)),
    (["n", 1], ("n", 1)), (("n", "1"), ("n", 1)), ((1, "n"), (1, "n")), (("n", "m"), ("n", "m")), ((3, 4), (3, 4)),
    (("3", "4"), (3, 4)),
    ((3, 1), (3, 1)), (3, (3, 1)), (("n", 3), ("n", 3)), (("rows", "n_2"), ("rows", "n_2")), ((" n ", "m"), ("n", "m")),
    ((dimension("n"), dimension(2)), ("n", 2)),
])
@every_row("name", ["x", "X", "c"])
def test_a_declared_shape_holds_against_any_spelling(name, shape, meant):
    assert matcalc.parse(f"2*{name}", shapes={name: shape}).shapes == {name: meant}


@pytest.mark.parametrize("size", ["n*m", "m * n"])
def test_a_size_may_be_a_product(size):
    assert set(matcalc.parse("x", shapes={"x": (size, 1)}).shapes["x"][0].split("*")) == {"n", "m"}


def test_a_declared_shape_decides_about_the_other_names():
    assert matcalc.parse("A@x", shapes={"A": (3, 4)}).shapes == {"A": (3, 4), "x": (4, 1)}
    assert matcalc.parse("A@X", shapes={"A": ("n", "n"), "X": ("n", "k")}).shape == ("n", "k")


def test_declared_names_that_do_not_occur_name_sizes():
    assert matcalc.parse("sum(x)/(n*m)", shapes={"x": ("n", 1), "y": ("m", 1)}).shape == ()


@every_row(("word", "text"), [
    ("symmetric", "A@B"), ("pd", "A@B"), ("skew", "A@B"), ("invertible", "A@B"), ("diagonal", "A@B"),
    ("projection", "A@B"),
])
def test_a_declared_structure_makes_a_matrix_square(word, text):
    rows, cols = matcalc.parse(text, assume={"A": [word]}).shapes["A"]
    assert rows == cols


def test_facts_do_not_make_a_name_an_array():
    assert matcalc.parse("c*x", assume={"c": "positive"}).shapes["c"] == ()


# -- dimension names as numbers --------------------------------------------------------


@every_row(("text", "shapes"), [
    ("sum(x)/n", {"x": ("n", 1)}), ("n*x", {"x": ("n", 1)}), ("x + n", {"x": ("n", 1)}), ("x/(2*n)", {"x": ("n", 1)}),
    ("sum(X)/(n*m)", {"X": ("n", "m")}), ("norm(X@w - y)**2/n", {"X": ("n", "m")}), ("log(n)*x", {"x": ("n", 1)}),
    ("x**n", {"x": ("n", 1)}),
    ("eye(n)/n + A", None), ("n*x + ones(n)", None), ("n*logdet(kron(eye(n), S))", None),
])
def test_a_known_dimension_is_a_number(text, shapes):
    found = matcalc.parse(text, shapes=shapes).shapes
    assert "n" not in found and "m" not in found


def test_a_dimension_used_as_a_number_is_the_dimension():
    value = matcalc.diff("sum(x)/n", "x", shapes={"x": ("n", 1)}).evaluate(x=[1.0, 2.0, 4.0, 8.0])
    assert value.tolist() == [[0.25]] * 4


@pytest.mark.parametrize("text", ["sum(x)/n", "n*x", "norm(x)**2/(2*n)", "x - n*sum(x)"])
def test_a_letter_that_is_only_a_number_is_a_variable_and_no_invented_size(text):
    assert matcalc.parse(text).shapes == {"x": ("m", 1), "n": ()}


@every_row(("text", "shapes"), [
    ("logdet(kron(eye(n), S))", "S p p"), ("tr(kron(eye(n), F))", "F p p"),
    ("kron(A, B)@vec(X)", "A n m, B p q, X q m"),
    ("vec(A).T@vec(B)", "A n m, B n m"), ("norm(vec(A) - vec(B))**2", "A n m, B n m"),
    ("sum(vec(A)*vec(B))", "A n m, B n m"), ("vec(A@X).T@vec(B)", "A n m, X m p, B n p"),
    ("vec(X).T@kron(A, B)@vec(X)", "X n m, A m m, B n n"), ("logdet(kron(A, B))", "A n n, B m m"),
    ("inv(kron(A, B))@vec(X)", "A n n, B m m, X m n"), ("kron(A, B) - kron(C, D)", "A n m, B p q, C n m, D p q"),
    ("logdet(kron(M, K) + kron(eye(q), S))", "M q q, K p p, S p p"), ("tr(kron(A, kron(B, C)))", "A n n, B m m, C p p"),
    ("log(c + (y - m).T@inv(kron(A, B))@(y - m))", "A n n, B p p, c, y n*p, m n*p"),
    ("comm(n, m)@vec(A)", "A n m"), ("norm(vec(A*B) - vec(C@D))", "A n m, B n m, C n p, D p m"),
])
def test_equal_products_of_sizes_are_matched_index_by_index(text, shapes):
    found, expected = matcalc.parse(text).shapes, declared(shapes)
    there = {}
    for name, sizes in expected.items():
        for size, got in zip(sizes, found[name]):
            if "*" not in str(size):
                assert there.setdefault(size, got) == got, (text, found)
    assert len(set(there.values())) == len(there) and found.keys() == expected.keys()
    for name, sizes in expected.items():
        for size, got in zip(sizes, found[name]):
            if "*" in str(size):
                assert _size(got) == _size("*".join(str(there[factor]) for factor in size.split("*")))


def test_a_declared_name_is_a_variable_though_it_looks_like_a_dimension():
    assert matcalc.parse("n.T@x", shapes={"n": ("k", 1), "x": ("k", 1)}).shapes["n"] == ("k", 1)
    assert matcalc.parse("n*x", shapes={"n": (), "x": ("k", 1)}).shapes["n"] == ()


# -- broadcasting --------------------------------------------------------

BROADCAST = {"A": ("n", "m"), "x": ("n", 1), "r": (1, "m"), "c": ()}


@every_row(("text", "shape"), [
    ("A {} x", ("n", "m")), ("x {} A", ("n", "m")), ("A {} r", ("n", "m")), ("r {} A", ("n", "m")),
    ("x {} r", ("n", "m")),
    ("r {} x", ("n", "m")), ("A {} c", ("n", "m")), ("c {} A", ("n", "m")), ("x {} c", ("n", 1)), ("r {} c", (1, "m")),
    ("A {} 2", ("n", "m")), ("2 {} r", (1, "m")), ("A {} (x.T@x)", ("n", "m")), ("A {} sum(A, axis=0)", ("n", "m")),
    ("A {} mean(A, axis=1)", ("n", "m")), ("c {} 2", ()),
])
@every_row("operator", ["+", "-", "*", "/", "**"])
def test_rows_columns_and_scalars_are_repeated_as_in_torch(text, shape, operator):
    assert matcalc.parse(text.format(operator), shapes=BROADCAST).shape == shape


@every_row("text", [
    "A*y", "A + s", "x*y", "A*A.T", "r + s", "maximum(x, y)", "minimum(A, A.T)", "x/y", "2**x + y",
])
def test_different_sizes_do_not_broadcast(text):
    with pytest.raises(ShapeError):
        matcalc.parse(text, shapes={**BROADCAST, "y": ("k", 1), "s": (1, "k")})


# -- errors --------------------------------------------------------

PRODUCT = 'declare the shapes with --shape "A: n×m, x: m"'
ENTRYWISE = "an elementwise operation takes operands of one shape; @ is the matrix product"
ROW = 'write {0}.T for a row, or declare --shape "{0}: n×m"'
BOTH = "A n m, B m n"

# text with the place marked, the declared shapes, the message, the hint
MISFITS = [
    ("»A@x«", "A n m, x n", "shapes do not fit in '@': A is n×m, x is n×1 (m ≠ n)", "A.T @ x fits"),
    ("»x.T@A« + 1", "x n, A m n", "shapes do not fit in '@': x.T is 1×n, A is m×n (n ≠ m)", "x.T @ A.T fits"),
    ("tr(»A@B«)", "A n m, B n m", "shapes do not fit in '@': A is n×m, B is n×m (m ≠ n)", "A.T @ B fits"),
    ("»A@B«", "A n m, B p q", "shapes do not fit in '@': A is n×m, B is p×q (m ≠ p)", PRODUCT),
    ("»A@B«", "A n 3, B 4 q", "shapes do not fit in '@': A is n×3, B is 4×q (3 ≠ 4)", PRODUCT),
    ("»2*x.T@A@x«", "A n m, x n", "shapes do not fit in '@': 2*x.T@A is 1×m, x is n×1 (m ≠ n)", PRODUCT),
    ("»inv(A)@b«", "A n n, b m", "shapes do not fit in '@': inv(A) is n×n, b is m×1 (n ≠ m)", PRODUCT),
    ("»kron(A, B)@x«", "A n m, B p q, x k", "shapes do not fit in '@': kron(A, B) is (n*p)×(m*q), x is k×1 (m*q ≠ k)",
     PRODUCT),
    ("»A*B«", BOTH, "shapes do not fit in '*': A is n×m, B is m×n (n ≠ m)", ENTRYWISE),
    ("»A + B«", BOTH, "shapes do not fit in '+': A is n×m, B is m×n (n ≠ m)", ENTRYWISE),
    ("norm(»A/B«)", BOTH, "shapes do not fit in '/': A is n×m, B is m×n (n ≠ m)", ENTRYWISE),
    ("1 - »A**B«", BOTH, "shapes do not fit in '**': A is n×m, B is m×n (n ≠ m)", ENTRYWISE),
    ("»A - x«", "A n m, x k", "shapes do not fit in '-': A is n×m, x is k×1 (n ≠ k)", ENTRYWISE),
    ("»A + A.T«", "A n m", "shapes do not fit in '+': A is n×m, A.T is m×n (n ≠ m)", ENTRYWISE),
    ("»eye(n) + A«", "A m k", "shapes do not fit in '+': eye(n) is n×n, A is m×k (n ≠ m)", ENTRYWISE),
    ("sum(»maximum(x, y)«)", "x n, y m", "shapes do not fit in maximum: sizes n and m",
     "its arguments have one shape, or one of them is a scalar"),
    ("tr(»A«)", "A n m", "tr needs a square matrix, but A is n×m", 'declare --shape "A: n×n"'),
    ("1 + logdet(»A@B«)", "A n m, B m k", "logdet needs a square matrix, but A@B is n×k",
     'declare --shape "A: n×n, B: n×n"'),
    ("inv(»x«)", "x n", "inv needs a square matrix, but x is n×1", 'declare --shape "x: n×n"'),
    ("expm(»A«)", "A n m", "expm needs a square matrix, but A is n×m", 'declare --shape "A: n×n"'),
    ("matpow(»A«, 2)", "A n m", "matpow needs a square matrix, but A is n×m", 'declare --shape "A: n×n"'),
    ("diag(»A«)", "A n m", "diag needs a square matrix, but A is n×m", 'declare --shape "A: n×n"'),
    ("solve(A, »b«)", "A n n, b m", "solve takes solve(A: n,n; B: n,m), but b is m×1", "see matcalc rules solve"),
    ("dot(x, »y«)", "x n, y m", "dot takes dot(A: m,n; B: m,n), but y is m×1", "see matcalc rules dot"),
    ("outer(x, »A«)", "x n, A m k", "outer takes outer(a: m,1; b: n,1), but A is m×k", "see matcalc rules outer"),
    ("eye(»A«)", "A m k", "eye needs a size, a whole number or a dimension's name", "write eye(n) with n a dimension"),
    ("eye(»1.5«)@x", "", "eye needs a size, a whole number or a dimension's name", "write eye(n) with n a dimension"),
    ("eye(»0«)", "", "the size 0 is not positive", "write a size of at least 1"),
    ("f@»x«", "", "'x' cannot be a column here, as its spelling says", ROW.format("x")),
    ("»kron(x, x)*x«", "", "a size would be a multiple of itself here", PRODUCT),
    ("»z*kron(W.T, W@z)«", "", "a size would be a multiple of itself here", PRODUCT),
    ("norm(»A@x - b«)", "A n m, x m, b k", "shapes do not fit in '-': A@x is n×1, b is k×1 (n ≠ k)", ENTRYWISE),
]


@every_row(("marked", "shapes", "message", "hint"), MISFITS, ids=[case[0] for case in MISFITS])
def test_a_misfit_is_pointed_at(marked, shapes, message, hint):
    start, end = marked.index("»"), marked.index("«") - 1
    text = marked.replace("»", "").replace("«", "")
    with pytest.raises(ShapeError) as caught:
        matcalc.parse(text, shapes=declared(shapes))
    error = caught.value
    assert (error.message, error.hint) == (message, hint)
    assert error.source == text and tuple(error.span) == (start, end)


@every_row(("marked", "kind", "message", "hint"), [
    ("»exp« + 1", UnknownNameError, "'exp' is a function, not a variable", "write exp(…) or rename the variable"),
    ("»norm«.T@x", UnknownNameError, "'norm' is a function, not a variable", "write norm(…) or rename the variable"),
    ("1 + »sigmod«(x)", UnknownFunctionError, "unknown function 'sigmod'", "did you mean 'sigmoid'?"),
    ("»Exp«(x)", UnknownFunctionError, "unknown function 'Exp'", "did you mean 'exp'?"),
    ("»foo«(x)", UnknownFunctionError, "unknown function 'foo'",
     "matcalc rules lists the functions; --rules FILE adds one, --function declares an unknown one"),
    ("2*»exp(x, y)«", ExpressionSyntaxError, "exp is not called this way", "write exp(X)"),
    ("»tr()«", ExpressionSyntaxError, "tr is not called this way", "write tr(A)"),
    ("»sum(x, axis=2)«", ExpressionSyntaxError, "sum is not called this way",
     "write sum(X) or sum(X, axis=0) or sum(X, axis=1)"),
    ("»sum(x, dim=0)«", ExpressionSyntaxError, "sum is not called this way",
     "write sum(X) or sum(X, axis=0) or sum(X, axis=1)"),
    ("»exp('a')«", ExpressionSyntaxError, "exp takes an expression", "write exp(X)"),
    ("x + »1/0«", DomainError, "a division by zero", "remove it"),
])
def test_what_is_no_shape_error_is_pointed_at_too(marked, kind, message, hint):
    start, end = marked.index("»"), marked.index("«") - 1
    text = marked.replace("»", "").replace("«", "")
    with pytest.raises(kind) as caught:
        matcalc.parse(text)
    error = caught.value
    assert (error.message, error.hint, tuple(error.span)) == (message, hint, (start, end))


@every_row(("shapes", "kind", "message"), [
    ({"A": ("n", "m", "k")}, ShapeError, "A is a stack of matrices, n×m×k, and stands here as one matrix"),
    ({"A": ("n", "m", "k", "l")}, ShapeError, "A has 4 dimensions; stacks of matrices have 3, and others at most 2"),
    ({"A": ("n", 0)}, ShapeError, "'0' is not a size"),
    ({"A": (-3, "n")}, ShapeError, "'-3' is not a size"),
    ({"A": ("n", 1.5)}, ShapeError, "'1.5' is not a size"),
    ({"A": ("n", "m+")}, ShapeError, "'m+' is not a size"),
    ({"A": ("n", "1-2")}, ShapeError, "'1-2' is not a size"),
    ({"A": ("n", "")}, ShapeError, "'' is not a size"),
    ({"2A": ("n", "m")}, UnknownNameError, "'2A' cannot be a name"),
])
def test_what_is_no_shape_is_refused(shapes, kind, message):
    with pytest.raises(kind) as caught:
        matcalc.parse("A", shapes=shapes)
    assert caught.value.message.startswith(message) and "A" in caught.value.message and caught.value.hint


@pytest.mark.parametrize(("assume", "kind", "message", "hint"), [
    ({"A": ["simetric"]}, ArgumentError, "unknown assumption 'simetric' about A", "did you mean 'symmetric'?"),
    ({"A": ["positive", "negative"]}, ArgumentError, "A cannot be both positive and negative", "leave one of them out"),
    ({"B": ["pd"]}, UnknownNameError, "no variable 'B' in the expression, of which pd is assumed",
     "leave the assumption out"),
    ({"AA": ["pd"]}, UnknownNameError, "no variable 'AA' in the expression, of which pd is assumed", "did you mean A?"),
])
def test_what_cannot_be_assumed_is_refused(assume, kind, message, hint):
    with pytest.raises(kind) as caught:
        matcalc.parse("A@x", assume=assume)
    assert (caught.value.message, caught.value.hint) == (message, hint)


def test_a_matrix_that_is_not_square_is_not_symmetric():
    with pytest.raises(ShapeError) as caught:
        matcalc.parse("x.T@A", shapes={"A": ("n", "m")}, assume={"A": ["symmetric"]})
    assert caught.value.message == "'symmetric' is for square matrices, but A is n×m"
    assert tuple(caught.value.span) == (4, 5)


# -- the traps of the corpus --------------------------------------------------------

ENTRIES = [json.loads(line) for line in CORPUS.read_text(encoding="utf-8").splitlines() if line.strip()]
TRAPS = [entry for entry in ENTRIES if entry.get("error") in ("shape", "name", "function")]


def test_the_corpus_has_traps():
    assert len(TRAPS) >= 20


@every_row("entry", TRAPS, ids=lambda entry: entry["id"])
def test_a_trap_is_refused_where_it_lies(entry):
    with pytest.raises(MatcalcError) as caught, counted(most=1_000_000):
        matcalc.diff(entry["expr"], entry["wrt"], shapes=entry["shapes"], assume=entry["assume"], order=entry["order"])
    error = caught.value
    assert error.kind in (entry["error"], *entry.get("error_alt", ()))
    assert error.message
    if error.span is not None:
        assert 0 <= error.span.start < error.span.end <= max(1, len(entry["expr"]))


# -- size --------------------------------------------------------


@pytest.mark.parametrize("text", [
    " + ".join(["A@x"] * 600),
    " + ".join(f"c{i}*x" for i in range(300)),
    "@".join(["A"] * 600) + "@x",
    "*".join(["x"] * 600),
    "tanh(A@" * 300 + "x" + ")" * 300,
    " - ".join(f"x{i}" for i in range(250)),
    f"eye({' + '.join(['n'] * 600)})@x",
], ids=["equal terms", "different names", "product", "elementwise product", "layers", "250 columns", "a long size"])
def test_long_expressions_take_little_work(text):
    with counted(most=3_600_000):
        expression = matcalc.parse(text)
    assert len(expression.shape) == 2 and expression.shape[1] == 1


def test_a_misfit_is_said_of_the_operator_that_has_it():
    with pytest.raises(ShapeError) as refused:
        matcalc.parse("2*(X@W - Y)@X.T", shapes={"X": ("n", "m"), "W": ("m", "p"), "Y": ("n", "p")})
    assert refused.value.message.startswith("shapes do not fit in '@'")
    with pytest.raises(ShapeError) as refused:
        matcalc.parse("(X@W - Y)@Z", shapes={"X": ("n", "m"), "W": ("m", "p"), "Y": ("m", "p"), "Z": ("p", "q")})
    assert refused.value.message.startswith("shapes do not fit in '-'")


@pytest.mark.parametrize(("text", "meant", "noted"), [
    ("sum(X, axis=-1)", "sum(X, axis=1)", False), ("softmax(X, axis=-2)", "softmax(X)", False),
    ("logsumexp(A@x, axis=-1)", "logsumexp(A@x, axis=1)", True),
])
def test_an_axis_is_counted_from_the_last_one(text, meant, noted):
    read = matcalc.parse(text)
    assert read == matcalc.parse(meant)
    assert any("over all entries it is axis=0" in note for note in read.notes) is noted


@every_row(("text", "shapes"), [
    ("x[1:] + c*y[:-1]", "x: n, y: n"), ("A[1:, :]@x + B[:-1, :]@x", "A: m n, B: m n"),
    ("x[1:] + y[2:]", "x: n, y: n + 1"), ("x[2:] - 2*x[1:-1] + x[:-2]", "x: n"),
    ("norm(X[1:, :-1] - Y[:-1, 1:])**2", "X: n m, Y: n m"), ("x[2:] + y[1:-1] + z[:-2]", "x: n, y: n, z: n"),
    ("vstack(x, 1, 2) + vstack(y, 2)", "x: n, y: n + 1"), ("x[1:3] + y[1:3]", "x: n, y: m"),
    ("sum(sqrt((X[1:, :-1] - X[:-1, :-1])**2 + (X[:-1, 1:] - X[:-1, :-1])**2 + e))", "X: n m"),
])  # fmt: skip
def test_slices_of_several_names_that_fit_together_say_their_sizes(text, shapes):
    found = matcalc.parse(text).shapes
    for declaration in shapes.split(", "):
        name, sizes = declaration.split(": ")
        rows, *cols = [sizes] if "+" in sizes else sizes.split()
        assert found[name] == (rows, *(cols or [1]))


def test_readings_that_were_tried_leave_no_bounds():
    assert matcalc.parse("vstack(12*ones(2, 4), X[2:])").shapes == {"X": ("n", 4)}
    assert matcalc.parse("block([[ones(2, 4)], [X[2:]]])").shapes == {"X": ("n", 4)}
