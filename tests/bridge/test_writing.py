"""Expressions out in SymPy's own classes: what is written, round trips, values."""

import numpy as np
import pytest
import sympy as sp
from sympy import (
    Abs,
    Determinant,
    MatrixSymbol,
    S,
    Symbol,
    Trace,
    exp,
    log,
    symbols,
)
from sympy.matrices.expressions import (
    DiagMatrix,
    DiagonalOf,
    HadamardPower,
    HadamardProduct,
    Identity,
    Inverse,
    KroneckerProduct,
    MatAdd,
    MatMul,
    MatPow,
    OneMatrix,
    Transpose,
    ZeroMatrix,
)
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction
from sympy.matrices.expressions.matexpr import MatrixElement
from tables import every_row

import matcalc
from matcalc.api import book_of
from matcalc.bridge import from_sympy, to_sympy

n, m = symbols("n m")
i, j, k = symbols("i j k")
t, c = Symbol("t"), Symbol("c", positive=True)
A, B, X = (MatrixSymbol(name, n, n) for name in "ABX")
W = MatrixSymbol("W", m, n)
x, y = (MatrixSymbol(name, n, 1) for name in "xy")
b = MatrixSymbol("b", m, 1)
r = MatrixSymbol("r", 1, n)
one = OneMatrix(n, 1)
VALUES = {"n": 3, "m": 4}


def read(expression):
    return from_sympy(expression, book_of())


def arrays_for(shapes, seed=0):
    """Return random arrays of the declared shapes, positive and with well-conditioned squares."""
    rng = np.random.default_rng(seed)
    found = {}
    for name, shape in shapes.items():
        sizes = [VALUES.get(size, size) for size in shape]
        array = rng.uniform(0.5, 1.5, sizes)
        found[name] = array + 3 * np.eye(sizes[0]) if len(sizes) == 2 and sizes[0] == sizes[1] else array
    return found


# -- out ------------------------------------------------------------------------------------------------------

WRITTEN = [
    ("x.T@A@x", MatrixElement(x.T * A * x, 0, 0)),
    ("(A + B)@x", MatMul(MatAdd(A, B), x)),
    ("inv(A).T", Transpose(Inverse(A))),
    ("matpow(A, 3)", MatPow(A, 3)),
    ("sqrtm(A)", MatPow(A, S.Half)),
    ("A*B", HadamardProduct(A, B)),
    ("A**3", HadamardPower(A, 3)),
    ("kron(A, B)", KroneckerProduct(A, B)),
    ("diag(x)", DiagMatrix(x)),
    ("diag(A)", DiagonalOf(A)),
    ("tr(A@B)", Trace(A * B)),
    ("det(A)", Determinant(A)),
    ("logdet(A)", log(Abs(Determinant(A)))),
    ("eye(n) + A", MatAdd(Identity(n), A)),
    ("e(0, n).T@A@e(1, n)", A[0, 1]),
    ("e(2, n).T@x", x[2, 0]),
    ("ones(n)@x.T", MatMul(one, x.T)),
    ("zeros(n, n)", ZeroMatrix(n, n)),
    ("2*A@x", MatMul(2, A, x)),
]


def test_an_elementwise_function_is_applied_to_the_entries():
    found = parsed("exp(A)").sympy
    assert isinstance(found, ElementwiseApplyFunction)
    assert found.function(t) == exp(t)


SHAPES = {
    "A": ("n", "n"),
    "B": ("n", "n"),
    "X": ("n", "n"),
    "x": ("n", 1),
    "y": ("n", 1),
    "W": ("m", "n"),
    "c": (),
    "b": ("m", 1),
}


def parsed(text):
    used = matcalc.parse(text, {name: shape for name, shape in SHAPES.items() if name in text}).shapes
    return matcalc.parse(text, {name: SHAPES[name] for name in used})


@every_row("text, expected", WRITTEN, ids=[row[0] for row in WRITTEN])
def test_what_is_written(text, expected):
    found = to_sympy(parsed(text).expression, [A, B, x, n])
    assert type(found) is type(expected)
    assert set(found.args) == set(expected.args)


ROUND_TRIPS = [row[0] for row in WRITTEN] + [
    "log(det(A)) + c",
    "exp(x.T@A@x)/c",
    "norm(W@x - b)**2",
    "norm(x)",
    "sum(exp(A@x))",
    "logsumexp(W@x)",
    "softmax(W@x)",
    "pinv(W)@b",
    "sigmoid(A@x)*y",
    "relu(c)",
    "maximum(A, B)",
    "vec(A@B)",
    "kron(eye(n), A)@vec(X)",
    "comm(n, n)@vec(A)",
    "tr(expm(A))",
    "adj(A)@x",
    "max(A)*x",
    "softmax(A, axis=1)@y",
    "sum(A, axis=0)",
    "mean(W, axis=1)",
    "prod(x)",
    "A.T@(A@x - y)/n",
    "X/(1 + X**2)",
    "2**A",
    "A**B",
    "log(X)*abs(A)",
    "-A + 2*B.T/3",
    "c**2*x.T@x",
    "sqrt(c)*x",
    "diag(A@x)@B",
    "matpow(A, -2)",
    "e(0, n)",
    "erf(x)",
    "x@y.T",
    'norm(A, "nuc")',
    "W.T@W",
    "sin(c)*cos(x)",
    "(x.T@y)*A",
    "1/(x.T@x)",
    "norm(x)*A",
    "log(c)",
    "tr(A)*tr(B) + tr(A@B)",
    "outer(x, y)",
    "solve(A, x)",
    "norm1(x)",
    "det(A)*inv(A).T",
]


@every_row("text", ROUND_TRIPS)
def test_out_and_in_again(text):
    expression = parsed(text)
    source, shapes, facts = read(expression.sympy)
    assert matcalc.parse(source, shapes, facts) == expression


def _explicit(scalar):
    """Return a scalar with the traces, determinants and entries of matrix expressions written out."""
    values = {
        Trace: lambda e: e.arg.as_explicit().trace(),
        Determinant: lambda e: e.arg.as_explicit().det(),
        MatrixElement: lambda e: e.args[0].as_explicit()[e.args[1], e.args[2]],
    }
    return scalar.replace(lambda e: type(e) in values, lambda e: values[type(e)](e))


@pytest.mark.parametrize(
    "text",
    [
        "x.T@A@x",
        "A@B@x - 2*y",
        "inv(A)@x",
        "A*B + X**2",
        "kron(A, x)",
        "diag(x)@A",
        "tr(A@B)",
        "det(A)*B",
        "logdet(A)",
        "exp(A)@x",
        "ones(3)@x.T",
        "eye(3) + A.T",
        "norm(A@x - y)**2",
        "sum(log(A))",
        "x/(1 + y)",
        "matpow(A, 3)@x",
        "e(0, 3).T@A@e(1, 3)",
        "(x.T@y)*A",
        "diag(A)",
        "x@y.T",
        "-c*A/3",
        "A.T@(A@x - y)",
        "sum(A, axis=0)",
        "sqrt(x)",
    ],
)
def test_standard_classes_have_the_right_value(text):
    """as_explicit, which is SymPy's alone, against NumPy's value of the same text."""
    order = 2 if "inv" in text else 3  # SymPy's inverse of nine names is long
    shapes = {
        name: tuple(order if size == "n" else size for size in shape)
        for name, shape in SHAPES.items() if name in "ABXxyc"
    }  # fmt: skip
    used = matcalc.parse(text, shapes).shapes
    arrays = arrays_for({name: shapes[name] for name in used}, seed=1)
    known = {
        "tr": np.trace,
        "det": np.linalg.det,
        "inv": np.linalg.inv,
        "logdet": lambda a: np.linalg.slogdet(a)[1],
        "exp": np.exp,
        "log": np.log,
        "norm": np.linalg.norm,
        "kron": np.kron,
        "eye": np.eye,
        "ones": lambda size: np.ones((size, 1)),
        "sqrt": np.sqrt,
        "diag": lambda a: np.diag(a[:, 0]) if a.shape[1] == 1 else np.diag(a)[:, None],
        "matpow": np.linalg.matrix_power,
        "sum": lambda a, axis=None: np.sum(a, axis=axis, keepdims=axis is not None),
        "e": lambda at, size: np.eye(size)[:, [at]],
    }
    expected = eval(text.replace(".T", ".transpose()"), {**known, **arrays})  # the texts of this very list
    found = matcalc.parse(text, {name: shapes[name] for name in used}).sympy
    found = found.as_explicit().applyfunc(_explicit) if found.is_Matrix else sp.Matrix([[_explicit(found)]])
    values = {
        entry: arrays[str(entry.args[0])][int(entry.args[1]), int(entry.args[2])]
        for entry in found.atoms(MatrixElement)
    }
    values |= {Symbol("c", real=True): arrays.get("c", 0)}
    found = np.array(found.subs(values).evalf().tolist(), dtype=float)
    assert np.allclose(found, np.atleast_2d(expected), rtol=1e-10, atol=0)


def test_ours_and_theirs_mix():
    derivative = matcalc.diff("logsumexp(W@x)", wrt="x").sympy
    mixed = derivative + MatrixSymbol("z", *derivative.shape)
    assert isinstance(mixed, MatAdd)
    text, shapes, _ = read(mixed)
    assert matcalc.parse(text, shapes) == matcalc.parse("W.T@softmax(W@x) + z", shapes)
    scalar = exp(matcalc.parse("x.T@A@x").sympy)
    assert str(matcalc.diff(scalar, wrt="x")) == "exp(x.T@A@x)*(A + A.T)@x"


def test_what_sympy_has_no_class_for_stays_ours():
    found = parsed("pinv(W)@b").sympy
    assert isinstance(found, MatMul)
    assert found.shape == (parsed("x").sympy.shape)
    assert str(found) == "pinv(W)*b"


def test_the_callers_own_symbols_are_used():
    expression = log(Determinant(A + c * B))
    text, shapes, facts = read(expression)
    value = matcalc.parse(text, shapes, facts).expression
    assert to_sympy(value, expression.free_symbols) == expression


def test_sympify_takes_an_expression_of_ours():
    assert sp.sympify(matcalc.parse("tr(A@B)", SHAPES)) == matcalc.parse("tr(A@B)", SHAPES).sympy
    assert isinstance(sp.sympify(matcalc.parse("x.T@A@x")), MatrixElement)


@pytest.mark.parametrize(
    "text", ["+".join(f"A{index}@x" for index in range(2000)), "@".join(["A"] * 1) + "@B" * 2000 + "@x"]
)
def test_large_expressions_go_out_and_in(text):
    expression = matcalc.parse(text)
    source, shapes, facts = read(expression.sympy)
    assert matcalc.parse(source, shapes, facts) == expression
