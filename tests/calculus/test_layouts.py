"""The table of layouts: every pair, in every layout, against torch; and the conventions for structured variables."""

import numpy
import pytest
import torch
from tables import every_row

import matcalc
from matcalc.algebra.books import make_book
from matcalc.errors import ArgumentError, NoRuleError
from matcalc.evaluation.evaluate import evaluate
from matcalc.language.syntax import names, parse_tree

BOOK = make_book()
NUMBERS = {"n": 3, "m": 4, "p": 2, "q": 5}
SYMBOLIC = {
    "A": ("n", "n"), "B": ("m", "n"), "X": ("p", "q"), "Y": ("n", "p"), "Z": ("q", "m"), "S": ("n", "n"),
    "x": ("n", 1), "y": ("m", 1),
    "u": ("p", 1), "v": ("q", 1), "r": (1, "n"), "a": (), "b": (),
}
CONCRETE = {name: tuple(NUMBERS.get(size, size) for size in shape) for name, shape in SYMBOLIC.items()}


def point(seed=0):
    rng = numpy.random.default_rng(seed)
    return {name: rng.uniform(0.3, 1.5, shape or (1, 1)) for name, shape in CONCRETE.items()}


POINT = point()


def names_in(text):
    return [name for name in SYMBOLIC if name in names(parse_tree(text))]


def torch_derivative(text, wrt):
    """Return (value, ∂vec(Y)/∂vec(X)ᵀ) by autograd."""
    tree = parse_tree(text)
    arrays = {name: torch.from_numpy(array) for name, array in POINT.items()}

    def function(array):
        return evaluate(tree, {**arrays, wrt: array}, NUMBERS, BOOK)

    jacobian = torch.autograd.functional.jacobian(function, arrays[wrt])
    value = function(arrays[wrt])
    return value, jacobian.permute(1, 0, 3, 2).reshape(value.numel(), arrays[wrt].numel())


def in_layout(jacobian, value_shape, wrt_shape, layout):
    """Return what the table of layouts asks for, from ∂vec(Y)/∂vec(X)ᵀ."""
    if value_shape == (1, 1):
        gradient = jacobian.reshape(wrt_shape[1], wrt_shape[0]).mT
        return gradient.mT if layout == "num" else gradient
    if wrt_shape == (1, 1):
        derivative = jacobian.reshape(value_shape[1], value_shape[0]).mT
        return derivative.mT if layout == "denom" else derivative
    return jacobian.mT if layout == "denom" else jacobian


def evaluated(derivative, text, wrt):
    arrays = {name: POINT[name] for name in names_in(text)}
    return numpy.atleast_2d(derivative.evaluate(**{**arrays, wrt: POINT[wrt]}))


# the expression, the variable, the shape of the derivative in numerator layout
TABLE = {
    "scalar by scalar": [("sin(a)*b", "a", ()), ("exp(a*b)/a", "b", ()), ("det(A + a*S)", "a", ()),
                         ("tr(expm(a*A))", "a", ())],
    "scalar by column": [("x.T@A@x", "x", (1, "n")), ("norm(B@x - y)", "x", (1, "n")),
                         ("logsumexp(B@x)", "x", (1, "n")),
                         ("u.T@X@v", "u", (1, "p")), ("sum(r)*sum(x**3)", "x", (1, "n"))],
    "scalar by matrix": [("u.T@X@v", "X", ("q", "p")), ("logdet(A)", "A", ("n", "n")), ("norm(X)", "X", ("q", "p")),
                         ("sum(tanh(Y@X@v))", "Y", ("p", "n")), ("tr(A@A@A)", "A", ("n", "n"))],
    "column by scalar": [("a**2*x", "a", ("n", 1)), ("sin(a*y)", "a", ("m", 1)), ("inv(A + a*S)@x", "a", ("n", 1))],
    "column by column": [("tanh(B@x)", "x", ("m", "n")), ("softmax(x)", "x", ("n", "n")), ("X@v*u", "v", ("p", "q")),
                         ("x/norm(x)", "x", ("n", "n")), ("B@x", "x", ("m", "n"))],
    "column by matrix": [("X@v", "X", ("p", "p*q")), ("inv(A)@x", "A", ("n", "n*n")), ("diag(A)", "A", ("n", "n*n")),
                         ("sum(Y, axis=1)", "Y", ("n", "n*p")), ("tanh(B@x)", "B", ("m", "n*m"))],
    "matrix by scalar": [("exp(a)*X", "a", ("p", "q")), ("inv(A + a*S)", "a", ("n", "n")), ("X**a", "a", ("p", "q"))],
    "matrix by column": [("u@v.T", "u", ("p*q", "p")), ("diag(x)@A", "x", ("n*n", "n")), ("X*v.T", "v", ("p*q", "q"))],
    "matrix by matrix": [("Y@X", "X", ("n*q", "p*q")), ("Y@X@Z", "X", ("n*m", "p*q")), ("inv(A)", "A", ("n*n", "n*n")),
                         ("X.T", "X", ("p*q", "p*q")), ("tanh(X)", "X", ("p*q", "p*q")),
                         ("A@A.T", "A", ("n*n", "n*n"))],
}
PAIRS = [(pair, *case) for pair, cases in TABLE.items() for case in cases]


def sizes_of(shape):
    """Return a shape with its sizes as sets of factors, so that n*m is m*n; a concrete one as numbers."""
    return tuple(size if isinstance(size, int) else sorted(size.split("*")) for size in shape)


def number(size):
    product = 1
    for factor in str(size).split("*"):
        product *= NUMBERS.get(factor) or int(factor)
    return product


def turned(shape):
    return tuple(reversed(shape))


def shape_in(pair, shape, wrt, layout):
    """Return the shape that the table gives in a layout for the shape in numerator layout."""
    if layout == "num" or layout == "mixed" and not pair.startswith("scalar by"):
        return shape
    return turned(shape)


@every_row("layout", ["denom", "num", "mixed"])
@every_row("sizes", ["symbolic", "concrete"])
@every_row(("pair", "text", "wrt", "shape"), PAIRS, ids=[f"{p}: {t}" for p, t, _, _ in PAIRS])
def test_the_table_of_layouts(pair, text, wrt, shape, sizes, layout):
    declared = SYMBOLIC if sizes == "symbolic" else CONCRETE
    derivative = matcalc.diff(text, wrt, layout=layout, shapes={name: declared[name] for name in names_in(text)})
    expected = shape_in(pair, shape, wrt, layout)
    if sizes == "symbolic":
        assert sizes_of(derivative.shape) == sizes_of(expected)
    else:
        assert derivative.shape == tuple(map(number, expected))
    value, jacobian = torch_derivative(text, wrt)
    truth = in_layout(jacobian, tuple(value.shape), POINT[wrt].shape, layout)
    ours = evaluated(derivative, text, wrt)
    assert ours.shape == tuple(truth.shape)
    numpy.testing.assert_allclose(ours, truth.numpy(), rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize(("pair", "text", "wrt", "shape"), PAIRS, ids=[f"{p}: {t}" for p, t, _, _ in PAIRS])
def test_the_two_layouts_are_transposes_of_each_other(pair, text, wrt, shape):
    shapes = {name: SYMBOLIC[name] for name in names_in(text)}
    denom, num, mixed = (matcalc.diff(text, wrt, layout=layout, shapes=shapes) for layout in ("denom", "num", "mixed"))
    assert denom.shape == turned(num.shape)
    numpy.testing.assert_allclose(evaluated(denom, text, wrt), evaluated(num, text, wrt).T, rtol=1e-12, atol=1e-13)
    same = denom if pair.startswith("scalar by") else num
    assert str(mixed) == str(same) and mixed.shape == same.shape


def test_the_nine_pairs_are_covered():
    kinds = ["scalar", "column", "matrix"]
    assert set(TABLE) == {f"{one} by {other}" for one in kinds for other in kinds}


# -- finite differences, with nothing of torch ---------------------------------------------------------------------


def central_difference(function, array, step=1e-6):
    """Return ∂vec(Y)/∂vec(X)ᵀ by central differences."""
    columns = []
    for column in range(array.shape[1]):
        for row in range(array.shape[0]):
            change = numpy.zeros_like(array)
            change[row, column] = step
            slope = (function(array + change) - function(array - change)) / (2 * step)
            columns.append(slope.reshape(-1, order="F"))
    return numpy.array(columns).T


@every_row(("text", "wrt", "function"), [
    ("x.T@A@x", "x", lambda x: x.T @ POINT["A"] @ x),
    ("det(A)", "A", lambda a: numpy.array([[numpy.linalg.det(a)]])),
    ("inv(A)", "A", numpy.linalg.inv),
    ("Y@X@Z", "X", lambda x: POINT["Y"] @ x @ POINT["Z"]),
    ("X.T", "X", lambda x: x.T),
    ("X@v", "X", lambda x: x @ POINT["v"]),
    ("softmax(x)", "x", lambda x: numpy.exp(x) / numpy.exp(x).sum()),
    ("u@v.T", "u", lambda u: u @ POINT["v"].T),
])
def test_the_jacobian_stacks_columns(text, wrt, function):
    derivative = matcalc.diff(text, wrt, layout="num", shapes={name: SYMBOLIC[name] for name in names_in(text)})
    slopes = central_difference(function, POINT[wrt])
    ours = evaluated(derivative, text, wrt)
    if slopes.shape[0] == 1:
        slopes = slopes.reshape(POINT[wrt].shape[::-1])
    numpy.testing.assert_allclose(ours, slopes, rtol=1e-6, atol=1e-7)


# -- second derivatives --------------------------------------------------------


@pytest.mark.parametrize("layout", ["denom", "num", "mixed"])
@pytest.mark.parametrize(("text", "wrt", "shape"), [
    ("sin(a)*b", "a", ()), ("a**3*b", "b", ()), ("x.T@A@x", "x", ("n", "n")), ("logsumexp(B@x)", "x", ("n", "n")),
    ("exp(r@A@r.T/9)", "r", ("n", "n")), ("norm(X)**4", "X", ("p*q", "p*q")), ("logdet(A)", "A", ("n*n", "n*n")),
    ("u.T@X@v", "X", ("p*q", "p*q")),
    ("tr(A@A.T@A)", "A", ("n*n", "n*n")), ("norm(B@x - y)", "x", ("n", "n")),
])
def test_the_second_derivative_of_a_scalar_is_the_jacobian_of_its_gradient_in_every_layout(text, wrt, shape, layout):
    derivative = matcalc.diff(text, wrt, layout=layout, order=2,
                              shapes={name: SYMBOLIC[name] for name in names_in(text)})
    assert sizes_of(derivative.shape) == sizes_of(shape) and derivative.order == 2
    tree, arrays = parse_tree(text), {name: torch.from_numpy(array) for name, array in POINT.items()}
    hessian = torch.autograd.functional.hessian(
        lambda array: evaluate(tree, {**arrays, wrt: array}, NUMBERS, BOOK).sum(), arrays[wrt])
    size = arrays[wrt].numel()
    truth = hessian.permute(1, 0, 3, 2).reshape(size, size)
    numpy.testing.assert_allclose(evaluated(derivative, text, wrt), truth.numpy(), rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize(("text", "shape"), [("a**3*x", ("n", 1)), ("exp(2*a)*X", ("p", "q"))])
def test_the_second_derivative_of_an_array_by_a_scalar_is_laid_out_as_the_first(text, shape):
    shapes = {name: SYMBOLIC[name] for name in names_in(text)}
    assert matcalc.diff(text, "a", layout="num", order=2, shapes=shapes).shape == shape
    assert matcalc.diff(text, "a", layout="denom", order=2, shapes=shapes).shape == turned(shape)
    assert matcalc.diff(text, "a", layout="mixed", order=2, shapes=shapes).shape == shape


@pytest.mark.parametrize("text", ["B@x", "tanh(B@x)", "x@x.T"])
def test_the_second_derivative_of_an_array_by_an_array_has_an_index_for_each_entry(text):
    derivative = matcalc.diff(text, "x", order=2, shapes={name: SYMBOLIC[name] for name in names_in(text)})
    tree, arrays = parse_tree(text), {name: torch.from_numpy(array) for name, array in POINT.items()}

    def value(array):
        return evaluate(tree, {**arrays, "x": array}, NUMBERS, BOOK).squeeze()

    entries = range(value(arrays["x"]).numel())
    hessians = [torch.autograd.functional.hessian(lambda x, k=k: value(x).reshape(-1)[k], arrays["x"]) for k in entries]
    truth = torch.stack([hessian.squeeze() for hessian in hessians])
    truth = truth.reshape(*value(arrays["x"]).shape, *truth.shape[1:])
    found = derivative.evaluate(**{name: POINT[name] for name in names_in(text)})
    assert derivative.shape[-2:] == ("n", "n") and found.shape == truth.shape
    numpy.testing.assert_allclose(found, truth.numpy(), rtol=1e-9, atol=1e-10)


# -- rows --------------------------------------------------------


@pytest.mark.parametrize(("text", "num"), [
    ("r@A@r.T", ("n", 1)), ("sum(exp(r))", ("n", 1)), ("norm(r)", ("n", 1)), ("r@x", ("n", 1)), ("r", ("n", "n")),
    ("r@A", ("n", "n")),
    ("sin(r)*x", ("n*n", "n")), ("A*r", ("n*n", "n")), ("x@r", ("n*n", "n")), ("B@r.T", ("m", "n")),
])
def test_a_row_is_a_matrix_of_one_row(text, num):
    shapes = {name: SYMBOLIC[name] for name in names_in(text)}
    value, jacobian = torch_derivative(text, "r")
    for layout in ("denom", "num", "mixed"):
        derivative = matcalc.diff(text, "r", layout=layout, shapes=shapes)
        truth = in_layout(jacobian, tuple(value.shape), (1, 3), layout)
        numpy.testing.assert_allclose(evaluated(derivative, text, "r"), truth.numpy(), rtol=1e-9, atol=1e-11)
    assert sizes_of(matcalc.diff(text, "r", layout="num", shapes=shapes).shape) == sizes_of(num)


# -- zero --------------------------------------------------------


@every_row(("text", "wrt", "num"), [
    ("a**2", "b", ()), ("a**2", "x", (1, "n")), ("x.T@x", "X", ("q", "p")), ("x", "a", ("n", 1)),
    ("B@x", "v", ("m", "q")),
    ("x", "X", ("n", "p*q")), ("X", "a", ("p", "q")), ("X", "x", ("p*q", "n")), ("X", "Z", ("p*q", "m*q")),
    ("2", "x", (1, "n")),
])
def test_the_derivative_by_what_does_not_occur_is_the_zero_of_its_shape(text, wrt, num):
    for layout in ("num", "denom"):
        derivative = matcalc.diff(text, wrt, layout=layout, shapes=SYMBOLIC)
        assert sizes_of(derivative.shape) == sizes_of(num if layout == "num" else turned(num))
        assert str(derivative) == "0" or str(derivative).startswith("zeros(")


# -- words --------------------------------------------------------


@every_row(("word", "layout"), [
    ("denom", "denom"), ("denominator", "denom"), ("Denominator Layout", "denom"), ("denominator-layout", "denom"),
    ("gradient", "denom"),
    ("num", "num"), ("numerator", "num"), ("numerator layout", "num"), ("NUM", "num"), ("jacobian", "num"),
    ("mixed", "mixed"),
    ("mixed layout", "mixed"),
])
def test_layouts_have_long_spellings(word, layout):
    assert matcalc.diff("x.T@x", layout=word).layout == layout


@pytest.mark.parametrize("word", ["", "row", "denominators", None, 1])
def test_other_layouts_are_refused(word):
    with pytest.raises(ArgumentError) as caught:
        matcalc.diff("x.T@x", layout=word)
    assert caught.value.hint == "one of denom, num, mixed" and caught.value.exit_code == 2


# -- structured variables --------------------------------------------------------

WORDS = {"symmetric": 1, "pd": 1, "psd": 1, "skew": -1, "diagonal": 0}
STRUCTURED = ["tr(B.T@B@S)", "x.T@S@x", "y.T@B@S@x", "sum(exp(S))", "norm(S - A)**2", "tr(S@S@A)",
    "logdet(S + 4*eye(n))"]


def direction(row, column, sign, size=3):
    """Return how a matrix changes with the free parameter at an entry; ``sign``: 1 symmetric, -1 skew, 0 diagonal."""
    matrix = numpy.zeros((size, size))
    if row == column:
        matrix[row, row] = sign >= 0
    elif sign:
        matrix[row, column], matrix[column, row] = 1, sign
    return matrix


def directions(sign, projected):
    """Return the matrix that takes ∂/∂vec(S)ᵀ with free entries to the convention, one column an entry."""
    columns = []
    for column in range(3):
        for row in range(3):
            matrix = direction(row, column, sign)
            columns.append((matrix / (2 if projected and row != column else 1)).reshape(-1, order="F"))
    return numpy.array(columns).T


def structured_point(sign):
    matrix = POINT["S"]
    return matrix + matrix.T if sign == 1 else matrix - matrix.T if sign == -1 else numpy.diag(numpy.diag(matrix))


@pytest.mark.parametrize("structure", ["projected", "parametrized"])
@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("text", STRUCTURED)
def test_the_gradient_by_a_structured_variable(text, word, structure, monkeypatch):
    sign = WORDS[word]
    monkeypatch.setitem(POINT, "S", structured_point(sign))
    shapes = {name: SYMBOLIC[name] for name in names_in(text)}
    _, jacobian = torch_derivative(text, "S")
    truth = (jacobian.numpy() @ directions(sign, structure == "projected")).reshape(3, 3, order="F")
    derivative = matcalc.diff(text, "S", shapes=shapes, assume={"S": [word]}, structure=structure)
    assert derivative.structure == structure and derivative.shape == ("n", "n")
    numpy.testing.assert_allclose(evaluated(derivative, text, "S"), truth, rtol=1e-9, atol=1e-10)
    turned_round = matcalc.diff(text, "S", shapes=shapes, assume={"S": [word]}, structure=structure, layout="num")
    numpy.testing.assert_allclose(evaluated(turned_round, text, "S"), truth.T, rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("structure", ["projected", "parametrized"])
@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("text", ["S@x", "B@S@x", "S@S", "diag(S)"])
def test_the_jacobian_by_a_structured_variable(text, word, structure, monkeypatch):
    sign = WORDS[word]
    monkeypatch.setitem(POINT, "S", structured_point(sign))
    shapes = {name: SYMBOLIC[name] for name in names_in(text)}
    _, jacobian = torch_derivative(text, "S")
    derivative = matcalc.diff(text, "S", layout="num", shapes=shapes, assume={"S": [word]}, structure=structure)
    truth = jacobian.numpy() @ directions(sign, structure == "projected")
    numpy.testing.assert_allclose(evaluated(derivative, text, "S"), truth, rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("structure", ["projected", "parametrized"])
@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("text", ["norm(S)**2", "tr(S@S@A)", "sum(exp(S))"])
def test_the_second_derivative_by_a_structured_variable(text, word, structure, monkeypatch):
    sign = WORDS[word]
    monkeypatch.setitem(POINT, "S", structured_point(sign))
    shapes = {name: SYMBOLIC[name] for name in names_in(text)}
    tree, arrays = parse_tree(text), {name: torch.from_numpy(array) for name, array in POINT.items()}
    hessian = torch.autograd.functional.hessian(
        lambda array: evaluate(tree, {**arrays, "S": array}, NUMBERS, BOOK).sum(), arrays["S"])
    free = hessian.permute(1, 0, 3, 2).reshape(9, 9).numpy()
    change = directions(sign, structure == "projected")
    derivative = matcalc.diff(text, "S", order=2, shapes=shapes, assume={"S": [word]}, structure=structure)
    numpy.testing.assert_allclose(evaluated(derivative, text, "S"), change.T @ free @ change, rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("text", STRUCTURED)
def test_by_default_the_entries_vary_freely_and_the_structure_only_shortens(text, word, monkeypatch):
    monkeypatch.setitem(POINT, "S", structured_point(WORDS[word]))
    shapes = {name: SYMBOLIC[name] for name in names_in(text)}
    _, jacobian = torch_derivative(text, "S")
    derivative = matcalc.diff(text, "S", shapes=shapes, assume={"S": [word]})
    assert derivative.structure == "free"
    truth = jacobian.numpy().reshape(3, 3, order="F")
    numpy.testing.assert_allclose(evaluated(derivative, text, "S"), truth, rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("structure", ["projected", "parametrized"])
def test_a_variable_without_structure_has_one_derivative(structure):
    plain = matcalc.diff("tr(A@S@S)", "S")
    assert str(matcalc.diff("tr(A@S@S)", "S", structure=structure)) == str(plain)


def test_the_formulas_of_orthogonal_and_toeplitz_variables(monkeypatch):
    Q = numpy.linalg.qr(POINT["S"])[0]
    monkeypatch.setitem(POINT, "S", Q)
    options = {"shapes": {"A": ("n", "n"), "S": ("n", "n")}, "structure": "projected"}
    along = matcalc.diff("tr(A@S)", "S", assume={"S": ["orthogonal"]}, **options)
    gradient = POINT["A"].T
    truth = gradient - Q @ (Q.T @ gradient + gradient.T @ Q) / 2
    numpy.testing.assert_allclose(evaluated(along, "tr(A@S)", "S"), truth, rtol=1e-9, atol=1e-10)
    sums = {k: numpy.trace(gradient, k) for k in range(-2, 3)}
    for structure, size in (("parametrized", lambda k: 1), ("projected", lambda k: 3 - abs(k))):
        options["structure"] = structure
        found = matcalc.diff("tr(A@S)", "S", assume={"S": ["toeplitz"]}, **options)
        truth = numpy.array([[sums[j - i] / size(j - i) for j in range(3)] for i in range(3)])
        numpy.testing.assert_allclose(evaluated(found, "tr(A@S)", "S"), truth, rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize(("word", "structure"), [
    ("orthogonal", "parametrized"), ("permutation", "projected"), ("permutation", "parametrized"),
    ("projection", "projected"), ("projection", "parametrized"),
])
def test_a_structure_that_is_no_such_subspace_is_refused(word, structure):
    with pytest.raises(NoRuleError) as caught:
        matcalc.diff("tr(A@S)", "S", assume={"S": [word]}, structure=structure)
    assert caught.value.exit_code == 3
    assert word in caught.value.message and structure in caught.value.message
    assert caught.value.hint.startswith('use structure="free"')


@pytest.mark.parametrize("structure", ["", "Free", "symmetric", None])
def test_other_conventions_are_refused(structure):
    with pytest.raises(ArgumentError) as caught:
        matcalc.diff("tr(A@S)", "S", assume={"S": ["symmetric"]}, structure=structure)
    assert caught.value.hint in ("did you mean 'free'?", "one of free, projected, parametrized")
