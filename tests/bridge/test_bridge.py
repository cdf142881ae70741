"""SymPy's own classes in: what is read, what is refused, derivatives of SymPy input."""

import numpy as np
import pytest
import sympy as sp
from sympy import (
    Abs,
    Determinant,
    Function,
    Lambda,
    MatrixSymbol,
    Max,
    Min,
    Rational,
    S,
    Sum,
    Symbol,
    Trace,
    exp,
    log,
    sqrt,
    symbols,
)
from sympy.matrices.expressions import (
    Adjoint,
    BlockMatrix,
    DiagMatrix,
    DiagonalMatrix,
    DiagonalOf,
    HadamardPower,
    HadamardProduct,
    Identity,
    Inverse,
    KroneckerProduct,
    MatMul,
    MatPow,
    OneMatrix,
    Transpose,
    ZeroMatrix,
)
from sympy.matrices.expressions.dotproduct import DotProduct
from sympy.matrices.expressions.matexpr import MatrixElement
from sympy.stats import Normal
from sympy.tensor.array.expressions import ArraySymbol, ArrayTensorProduct
from tables import every_row

import matcalc
from matcalc.api import book_of
from matcalc.bridge import from_sympy
from matcalc.errors import ConversionError

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


# -- in ------------------------------------------------------------------------------------------------

READ = [
    (x.T * A * x, "x.T@A@x"),
    ((x.T * A * x)[0, 0], "x.T@(A@x)"),
    (MatrixElement(x.T * A * x, 0, 0), "x.T@A@x"),
    (2 * A * x - y, "2*(A@x) - y"),
    (-2 * A * x / 3, "-(2/3*(A@x))"),
    (c * A, "c*A"),
    (r * x, "r@x"),
    (MatMul(x.T, x, y.T), "x.T@x@y.T"),
    (MatPow(A, 3), "matpow(A, 3)"),
    (MatPow(A, k), "matpow(A, k)"),
    (MatPow(A, S.Half), "sqrtm(A)"),
    (MatPow(A, -S.Half), "inv(sqrtm(A))"),
    (Inverse(A) * x, "inv(A)@x"),
    (Transpose(A * B), "(A@B).T"),
    (Adjoint(A) * x, "A.T@x"),
    (Trace(A * B), "tr(A@B)"),
    (log(Determinant(A)), "log(det(A))"),
    (log(Abs(Determinant(A))), "logdet(A)"),
    (HadamardProduct(A, B), "A*B"),
    (HadamardPower(A, 3), "A**3"),
    (HadamardPower(A, B), "A**B"),
    (KroneckerProduct(A, B, W), "kron(kron(A, B), W)"),
    (Identity(n) + A, "eye(n) + A"),
    (A * ZeroMatrix(n, m), "zeros(n, m)"),
    (OneMatrix(n, 1) * x.T, "ones(n)@x.T"),
    (A + OneMatrix(n, n), "A + ones(n, n)"),
    (A.applyfunc(exp), "exp(A)"),
    (A.applyfunc(Lambda(t, 1 / (1 + exp(-t)))), "1/(1 + exp(-A))"),
    (A.applyfunc(Lambda(t, c * t**2 + t)), "A + c*A**2"),
    (A.applyfunc(Lambda(t, c)), "c*ones(n, n)"),
    (r.applyfunc(Lambda(t, sp.sin(t) * t)), "r*sin(r)"),
    (A.applyfunc(Function("sigmoid")), "sigmoid(A)"),
    (DiagMatrix(x), "diag(x)"),
    (DiagMatrix(r), "diag(r.T)"),
    (DiagonalOf(A), "diag(A)"),
    (DiagonalMatrix(A), "diag(diag(A))"),
    (DotProduct(x, y), "x.T@y"),
    (A[0, 1], "A[0, 1]"),
    (x[2, 0], "x[2]"),
    (r[0, 2], "r[2]"),
    (A[i, j], "A[i, j]"),
    (Max(t, c), "maximum(c, t)"),
    (Min(t, c, 2), "minimum(minimum(2, c), t)"),
    (sp.Heaviside(t, 0), "heaviside(t)"),
    (sp.Heaviside(t), "heaviside(t, 1/2)"),
    (c * t / (t + 1), "t*c/(1 + t)"),
    (sqrt(t), "sqrt(t)"),
    (1 / sqrt(t), "1/sqrt(t)"),
    (t ** Rational(2, 3), "t**(2/3)"),
    (sp.pi * exp(1), "exp(1)*pi"),
    (sp.Float(0.1) * t, "1/10*t"),
    (n * t, "n*t"),
    (Trace(A) / n, "tr(A)/n"),
    (sp.ImmutableMatrix.eye(2) * MatrixSymbol("Y", 2, 2), "Y"),
    (MatMul(sp.ImmutableMatrix([[1, 1], [1, 1]]), MatrixSymbol("Y", 2, 2)), "ones(2, 2)@Y"),
    (BlockMatrix([[A, B]]), "block([[A, B]])"),
    (A[0:2, 0:2], "A[:2, :2]"),
    (sp.ImmutableMatrix([[1, 2], [3, 4]]) * MatrixSymbol("Y", 2, 2), "[[1, 2], [3, 4]]@Y"),
]


@every_row("expression, text", READ, ids=[row[1] for row in READ])
def test_what_is_read(expression, text):
    assert read(expression)[0] == text


def test_declarations():
    assert read(c * W * x + b) == (
        "c*(W@x) + b",
        {"W": ("m", "n"), "x": ("n", 1), "b": ("m", 1), "c": ()},
        {"c": ["positive"]},
    )
    assert read(r)[1] == {"r": (1, "n")}
    assert read(MatrixSymbol("Z", 2, 2 * n))[1] == {"Z": (2, "2*n")}
    assert read(Symbol("q", integer=True, negative=True))[2] == {"q": ["integer", "negative"]}
    assert read(MatrixSymbol("Z", n + 1, n))[1] == {"Z": ("1 + n", "n")}
    assert read(MatrixSymbol("s", 1, 1) * A)[:2] == ("s*A", {"s": (), "A": ("n", "n")})
    assert read(Trace(A) + n)[1] == {"A": ("n", "n")}, "a size is no variable"


SUMS = [
    ((x.T * B * y)[0, 0], "x.T@B@y"),
    ((x.T * x)[0, 0], "x.T@x"),
    ((x.T * (A + A.T) * y)[0, 0], "x.T@(A + A.T)@y"),
    (((A * x - y).T * (A * x - y))[0, 0], "norm(A@x - y)**2"),
    ((x.T * A * B * x)[0, 0], "x.T@A@B@x"),
    ((A * B * x)[2, 0], "e(2, n).T@A@B@x"),
    ((A * B)[0, 1], "e(0, n).T@A@B@e(1, n)"),
    ((x.T * A.I * x)[0, 0], "x.T@inv(A)@x"),
    ((x.T * DiagMatrix(y) * x)[0, 0], "sum(y*x**2)"),
    ((one.T * A * one)[0, 0], "sum(A)"),
    ((one.T * x.applyfunc(exp))[0, 0], "sum(exp(x))"),
    ((x.T * A.applyfunc(exp) * x)[0, 0], "x.T@exp(A)@x"),
    (Sum(A[i, i], (i, 0, n - 1)), "tr(A)"),
    (Sum(A[i, j] * B[j, i], (i, 0, n - 1), (j, 0, n - 1)), "sum(A*B.T)"),
    (Sum(A[i, j] * B[j, k] * X[k, i], (i, 0, n - 1), (j, 0, n - 1), (k, 0, n - 1)), "sum(A.T*(B@X))"),
    (Sum((x[i, 0] - Sum(x[j, 0], (j, 0, n - 1)) / n) ** 2, (i, 0, n - 1)), "norm(x - mean(x))**2"),
    (Sum(c, (i, 0, n - 1)), "n*c"),
    (Sum(log(x[i, 0]) * y[i, 0] ** 3, (i, 0, n - 1)), "sum(log(x)*y**3)"),
    (Sum(x[i, 0] + y[j, 0], (i, 0, n - 1), (j, 0, n - 1)), "sum(x + y.T)"),
]


@every_row("expression, text", SUMS, ids=[row[1] for row in SUMS])
def test_sums_over_entries_become_products(expression, text):
    """SymPy writes the entry of a product as a sum; it means the same expression as the product."""
    source, shapes, facts = read(expression)
    assert matcalc.parse(source, shapes, facts) == matcalc.parse(text, shapes, facts)


REFUSED = [
    (sp.Derivative(t**2, t), "Derivative"),
    (sp.Integral(t, t), "Integral"),
    (sp.I * t, "ImaginaryUnit"),
    (sp.oo + t, "Infinity"),
    (sp.conjugate(t), "conjugate"),
    (sp.gamma(t), "gamma"),
    (sp.Dummy("t"), "Dummy"),
    (sp.nan, "NaN"),
    (sp.zoo, "ComplexInfinity"),
    (sp.Tuple(t, t), "Tuple"),
    (sp.Permanent(A), "Permanent"),
    (Function("foo")(t), "foo"),
    (exp(A), "shape n×n"),
    (sp.Heaviside(t, 1), "1 at 0"),
    (DiagMatrix(W), "shape m×n"),
    (DiagonalOf(W), "shape m×n"),
    (MatrixSymbol("x_{1}", n, n), "x_{1}"),
    (MatrixSymbol("α", n, n), "α"),
    (MatrixSymbol("det", n, n), "function"),
    (Symbol("lambda"), "lambda"),
    (Symbol("pi"), "pi"),
    (Symbol("w", imaginary=True), "real"),
    (MatrixSymbol("n", n, n), "a size"),
    (MatrixSymbol("t", n, n) * t, "a scalar"),
    (A * MatrixSymbol("B", n, m) * MatrixSymbol("B", m, n), "different shapes"),
    (Symbol("x", positive=True) + Symbol("x"), "different assumptions"),
    (x[i, 0] + Sum(x[i, 0], (i, 0, n - 1)), "outside its sum"),
    (Normal("N", 0, 1), "RandomSymbol"),
    (sp.Piecewise((t, t > 0)), "a branch for what is left"),
    (Sum(x[i, 0], (i, 0, sp.oo)), "no end"),
    (Sum(sp.IndexedBase("a")[i, j, k], (i, 0, n - 1), (j, 0, n - 1), (k, 0, n - 1)), "a has 3 axes"),
    (ArraySymbol("T", (n, n, n)), "T has 3 axes"),
    (ArrayTensorProduct(ArraySymbol("T", (n, n)), ArraySymbol("v", (n,))), "has 3 axes"),
    (sp.Array([[[1, 2], [3, 4]]]), "has 3 axes"),
    (sp.KroneckerDelta(i, j), "no sum runs over"),
]


@every_row("expression, words", REFUSED, ids=[row[1] for row in REFUSED])
def test_what_is_unknown_is_refused(expression, words):
    with pytest.raises(ConversionError) as caught:
        read(expression)
    assert words in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize("name", ["Sum", "Product", "Limit", "MatrixPermute", "Contains"])
def test_a_class_of_tomorrow_is_refused_too(name):
    other = type(name + "OfTomorrow", (sp.Expr,), {})(t)
    with pytest.raises(ConversionError, match="OfTomorrow"):
        read(1 + other)


def test_text_is_never_executed():
    with pytest.raises(ConversionError):
        read("__import__('os').getcwd()")
    with pytest.raises(ConversionError):
        read(Symbol("__import__('os').getcwd()"))


# -- derivatives of SymPy input ------------------------------------------------------------------------------


def _softmax(z):
    return np.exp(z) / np.exp(z).sum()


# scalars, by which name, and the same scalar in NumPy: SymPy's own matrix diff is silently wrong on many of them
SCALARS = [
    (log(Determinant(X)), "X", lambda X: np.log(np.linalg.det(X))),
    (log(Abs(Determinant(X))), "X", lambda X: np.linalg.slogdet(X)[1]),
    (Determinant(X) ** 2, "X", lambda X: np.linalg.det(X) ** 2),
    (Determinant(X.T * A * X), "X", lambda X, A: np.linalg.det(X.T @ A @ X)),
    (log(Determinant(X * X.T + Identity(n))), "X", lambda X: np.log(np.linalg.det(X @ X.T + np.eye(3)))),
    (exp((x.T * A * x)[0, 0] / 100), "x", lambda x, A: np.exp((x.T @ A @ x).item() / 100)),
    (exp(-(x.T * A * x) / 100), "x", lambda x, A: np.exp(-(x.T @ A @ x).item() / 100)),
    ((x.T * A * x)[0, 0], "x", lambda x, A: (x.T @ A @ x).item()),
    ((x.T * A * x)[0, 0], "A", lambda x, A: (x.T @ A @ x).item()),
    ((x.T * A * x)[0, 0] ** 2, "x", lambda x, A: (x.T @ A @ x).item() ** 2),
    (sqrt((x.T * x)[0, 0]), "x", lambda x: np.linalg.norm(x)),
    (1 / (1 + exp(-(x.T * y)[0, 0])), "x", lambda x, y: 1 / (1 + np.exp(-(x.T @ y).item()))),
    (Trace(A * X) + Trace(X.T * B * X), "X", lambda A, X, B: np.trace(A @ X) + np.trace(X.T @ B @ X)),
    (Trace(X) + Trace(X * X), "X", lambda X: np.trace(X) + np.trace(X @ X)),
    (Trace(X) * Trace(A * X), "X", lambda X, A: np.trace(X) * np.trace(A @ X)),
    (Trace(X**3), "X", lambda X: np.trace(X @ X @ X)),
    (Trace(A * X.I * B), "X", lambda A, X, B: np.trace(A @ np.linalg.inv(X) @ B)),
    (log(Trace(X.T * X)), "X", lambda X: np.log((X**2).sum())),
    (sqrt(Trace(X.T * X)), "X", lambda X: np.linalg.norm(X)),
    (log((one.T * x.applyfunc(exp))[0, 0]), "x", lambda x: np.log(np.exp(x).sum())),
    (log((OneMatrix(m, 1).T * (W * x).applyfunc(exp))[0, 0]), "x", lambda W, x: np.log(np.exp(W @ x).sum())),
    (
        (b.T * (W * x).applyfunc(exp))[0, 0] / (OneMatrix(m, 1).T * (W * x).applyfunc(exp))[0, 0],
        "x",
        lambda b, W, x: (b * _softmax(W @ x)).sum(),
    ),
    (((W * x - b).T * (W * x - b))[0, 0], "x", lambda W, x, b: ((W @ x - b) ** 2).sum()),
    (((W * x - b).T * (W * x - b))[0, 0], "W", lambda W, x, b: ((W @ x - b) ** 2).sum()),
    (
        ((W * x - b).T * (W * x - b))[0, 0] + c * (x.T * x)[0, 0],
        "x",
        lambda W, x, b, c: ((W @ x - b) ** 2).sum() + c * (x**2).sum(),
    ),
    (sqrt(((W * x - b).T * (W * x - b))[0, 0]), "x", lambda W, x, b: np.linalg.norm(W @ x - b)),
    ((x.T * A * x)[0, 0] / (x.T * x)[0, 0], "x", lambda x, A: (x.T @ A @ x).item() / (x**2).sum()),
    (log((x.T * A * x)[0, 0]), "x", lambda x, A: np.log((x.T @ A @ x).item())),
    ((one.T * HadamardPower(x, 3))[0, 0], "x", lambda x: (x**3).sum()),
    ((y.T * HadamardProduct(x, x))[0, 0], "x", lambda y, x: (y * x * x).sum()),
    ((x.T * DiagMatrix(y) * x)[0, 0], "y", lambda x, y: (y * x * x).sum()),
    ((y.T * x.applyfunc(Lambda(t, log(1 + exp(t)))))[0, 0], "x", lambda y, x: (y * np.log1p(np.exp(x))).sum()),
    ((y.T * (A * x).applyfunc(sp.tanh))[0, 0], "A", lambda y, A, x: (y * np.tanh(A @ x)).sum()),
    (Trace(HadamardProduct(A, X) * B), "X", lambda A, X, B: np.trace((A * X) @ B)),
    (Trace(KroneckerProduct(A, X)), "X", lambda A, X: np.trace(np.kron(A, X))),
    (Trace(DiagonalMatrix(X) * A), "X", lambda X, A: np.trace(np.diag(np.diag(X)) @ A)),
    (X[0, 1] * X[1, 0], "X", lambda X: X[0, 1] * X[1, 0]),
    ((x.T * Inverse(A) * y)[0, 0], "A", lambda x, A, y: (x.T @ np.linalg.inv(A) @ y).item()),
    (exp(Trace(A * X) / 10) * Determinant(X), "X", lambda A, X: np.exp(np.trace(A @ X) / 10) * np.linalg.det(X)),
]


def _finite_difference(function, arrays, name, step=1e-5):
    """Return the gradient by central differences."""
    gradient = np.zeros_like(arrays[name])
    for index in np.ndindex(gradient.shape):
        values = []
        for sign in (1, -1):
            moved = {key: np.array(value) for key, value in arrays.items()}
            moved[name][index] += sign * step
            values.append(function(**moved))
        gradient[index] = (values[0] - values[1]) / (2 * step)
    return gradient


@pytest.mark.parametrize("expression, wrt, function", SCALARS, ids=[f"{row[0]} by {row[1]}"[:70] for row in SCALARS])
def test_the_derivative_of_sympy_input_is_right(expression, wrt, function):
    derivative = matcalc.diff(expression, wrt=wrt)
    arrays = arrays_for(read(expression)[1])
    expected = _finite_difference(function, arrays, wrt)
    found = derivative.evaluate(**arrays)
    assert np.abs(found - expected).max() <= 1e-6 * np.abs(expected).max()
