"""SymPy's sums over indices, entries by index and array expressions: values as SymPy's own, in and out."""

import numpy as np
import pytest
import sympy as sp
from seeds import seed_of
from sympy import Idx, IndexedBase, KroneckerDelta, Lambda, MatrixSymbol, Piecewise, Product, Sum, cos, exp, log
from sympy.combinatorics import Permutation
from sympy.tensor.array.expressions import (
    ArrayAdd,
    ArrayContraction,
    ArrayDiagonal,
    ArrayElementwiseApplyFunc,
    ArraySymbol,
    ArrayTensorProduct,
    OneArray,
    PermuteDims,
    Reshape,
)
from tables import every_row

import matcalc

n, m = sp.symbols("n m", integer=True, positive=True)
i, j, k = sp.symbols("i j k", integer=True)
t = sp.Symbol("t")
SIZES = {n: 3, m: 4}
x, a = IndexedBase("x"), IndexedBase("a")
w, W = IndexedBase("w", shape=(m,)), IndexedBase("W", shape=(n, m))
A, v = MatrixSymbol("A", n, n), MatrixSymbol("v", n, 1)
first = Idx("i", n)
B, C, u = ArraySymbol("B", (n, m)), ArraySymbol("C", (n, n)), ArraySymbol("u", (n,))
swapped = Permutation([1, 0])


def arrays_for(shapes):
    """Return positive random arrays of declared shapes."""
    rng = np.random.default_rng(seed_of("sympy sums"))
    lengths = {str(size): number for size, number in SIZES.items()}
    return {name: rng.uniform(0.5, 1.5, [lengths.get(one, one) for one in shape]) for name, shape in shapes.items()}


def value_in_sympy(expression, arrays, base=0):
    """Return SymPy's own value, of a number by lambdify, of an array by that of its entries.

    ``base``: the number of the first entry of an IndexedBase.
    """
    written = expression
    if hasattr(expression, "as_explicit"):
        written = expression.subs(SIZES).as_explicit()
    elif expression.has(Product):
        written = expression.subs(SIZES).doit()
    given = {name: _flat(array, base) if name in ("x", "a", "w", "u") else array for name, array in arrays.items()}
    function = sp.lambdify([*given, "n", "m"], written.tolist() if hasattr(written, "tolist") else [[written]], "math")
    return np.array(function(*given.values(), *SIZES.values()))


def _flat(array, base):
    return np.concatenate([[np.nan] * base, array[:, 0]])


EXPRESSIONS = [
    (Sum(a[i] * x[i] ** 2, (i, 0, n - 1)), "sum(a*x**2)"),
    (Sum(x[first] ** 3, first), "sum(x**3)"),
    (Sum(W[i, j] * w[j] * x[i], (i, 0, n - 1), (j, 0, m - 1)), "x.T@W@w"),
    (Sum(log(1 + exp(-a[i] * Sum(W[i, j] * w[j], (j, 0, m - 1)))), (i, 0, n - 1)), "sum(log(exp(-a*(W@w)) + 1))"),
    (Sum((x[i + 1] - x[i]) ** 2, (i, 0, n - 2)), "norm(x[1:] - x[:-1])**2"),
    (Sum(v[i, 0] * v[i + 1, 0], (i, 0, n - 2)), "v[:-1].T@v[1:]"),
    (Sum(i * x[i], (i, 0, n - 1)), "sum(i*x[i] for i in n)"),
    (Sum(i * w[i], (i, 1, m - 1)), None),
    (Sum(x[i] * x[j], (j, 0, i - 1), (i, 0, n - 1)), None),
    (Sum(exp(W[i, j] * a[k]), (i, 0, n - 1), (j, 0, m - 1), (k, 0, n - 1)), None),
    (Product(1 + x[i] ** 2, (i, 0, n - 1)), "prod(x**2 + 1)"),
    (Sum(KroneckerDelta(i, j) * A[i, j], (i, 0, n - 1), (j, 0, n - 1)), "sum(A*eye(n))"),
    (Sum(KroneckerDelta(i, j + 1) * A[i, j], (i, 0, n - 1), (j, 0, n - 1)), None),
    (Sum(Piecewise((x[i], x[i] > 1), (0, True)), (i, 0, n - 1)), "sum(where(x > 1, x, 0))"),
    (Sum(Piecewise((x[i] * x[j], i < j), (x[i], sp.Eq(i, j)), (0, True)), (i, 0, n - 1), (j, 0, n - 1)), None),
    (Piecewise((t**2, (t > 0) & (t < 1)), (t, sp.Or(t > 2, ~(t > -1))), (cos(t), True)), None),
    (Sum(A[i, i] ** i, (i, 0, n - 1)), "sum(A[i, i]**i for i in n)"),
    (x[0] * x[2] + w[1], None),
    (A[0:2, 0:2] * v[1:3, :], "A[:2, :2]@v[1:3]"),
    (sp.Matrix([[t, v[0, 0]], [1, t**2]]) * v[0:2, :], None),
    (sp.FunctionMatrix(n, n, Lambda((i, j), exp(-((v[i, 0] - v[j, 0]) ** 2)))) * v, "exp(-(v.T - v)**2)@v"),
    (sp.FunctionMatrix(n, 2, Lambda((i, j), v[i, 0] ** j)), None),
    (ArrayContraction(ArrayTensorProduct(C, B), (1, 2)), "C@B"),
    (ArrayContraction(ArrayTensorProduct(u, C, u), (0, 1), (2, 3)), "u.T@C@u"),
    (ArrayContraction(C, (0, 1)), "tr(C)"),
    (ArrayDiagonal(C, (0, 1)), "diag(C)"),
    (ArrayDiagonal(ArrayTensorProduct(u, B), (0, 1)), "(u*B).T"),
    (ArrayAdd(C, PermuteDims(C, swapped), ArrayTensorProduct(u, u)), "C + C.T + u@u.T"),
    (ArrayElementwiseApplyFunc(Lambda(t, exp(t) + 1), B), "exp(B) + 1"),
    (ArrayAdd(C, OneArray(n, n)), "C + 1"),
    (Sum(C[i, j] * u[j] * u[i], (i, 0, n - 1), (j, 0, n - 1)), "u.T@C@u"),
    (Reshape(B, (12,)), "vec(B.T)"),
    (sp.Array([[1, t], [3, 4]]), "[[1, t], [3, 4]]"),
]  # fmt: skip


@every_row("expression, shown", EXPRESSIONS, ids=[str(row[0]) for row in EXPRESSIONS])
def test_values_are_those_of_sympy(expression, shown):
    shapes = {"B": (3, 4)} if isinstance(expression, Reshape) else None
    read = matcalc.parse(expression, shapes)
    if shown is not None:
        assert str(read) == shown
    arrays = arrays_for(read.shapes)
    expected = value_in_sympy(expression, arrays)
    found = np.asarray(read.evaluate(**arrays))
    assert np.allclose(found.ravel(), expected.ravel(), rtol=1e-12)


@pytest.mark.parametrize("expression", [
    Sum(x[i] ** i, (i, 1, n)), Product(x[i] + 1, (i, 1, n)), Sum(x[Idx("l", (1, 3))], Idx("l", (1, 3))),
    Sum((x[i + 1] - x[i]) * a[i], (i, 1, n - 1)), Sum(x[i] * a[j], (j, 1, i), (i, 1, n)),
])  # fmt: skip
def test_where_all_indices_run_from_one_entries_are_counted_from_one(expression):
    read = matcalc.parse(expression, {"a": ("n", 1)} if expression.has(a) else None)
    arrays = arrays_for({name: ("n", 1) for name in read.shapes})
    value = value_in_sympy(expression, arrays, base=1)
    assert np.allclose(np.asarray(read.evaluate(**arrays)), value, rtol=1e-12)


@every_row("text, name", [
    ("sum(i*x[i]**2 for i in n)", "x"), ("sum(exp(i*x[i]*x[j]) for i in n for j in n if i != j)", "x"),
    ("sum(where(i < j, x[i]*x[j], 0) for i in n for j in n)", "x"), ("where(c > 1, c**2, c)", "c"), ("(c <= 1)*x", "x"),
    ("sum(A[i, i]**i for i in n)", "A"), ("x[i]*x[j]*x", "x"),
    ("sum(exp(A[i, j]*x[k]) for i in n for j in n for k in n)", "x"),
])  # fmt: skip
def test_sums_and_choices_go_out_and_come_back(text, name):
    """In SymPy's classes alone, which means the same when it is read again; of the derivative, too."""
    known = {"x": ("n", 1), "A": ("n", "n"), "c": ()}
    shapes = {one: shape for one, shape in known.items() if one in matcalc.parse(text).shapes}
    for expression in (matcalc.parse(text, shapes), matcalc.diff(text, name, shapes=shapes)):
        out = expression.sympy
        assert out.atoms(Sum, Piecewise, sp.matrices.expressions.matexpr.MatrixElement) or "eye" in str(expression)
        again = matcalc.parse(out)
        arrays = arrays_for(shapes)
        places = {"i": 1, "j": 2} if "x[i]*x[j]*x" in text else {"n": 3} if str(expression) == "(c <= 1)*eye(n)" else {}
        meant = matcalc.parse(str(expression), {one: shapes[one] for one in again.shapes})
        names = {one: arrays[one] for one in again.shapes}
        value = np.asarray(meant.evaluate(**names, **places))
        assert np.allclose(np.asarray(again.evaluate(**names, **places)), value, rtol=1e-12), (text, out, again)


def test_the_derivative_of_a_sum_over_an_index_is_checked():
    derivative = matcalc.diff(Sum(log(1 + exp(-a[i] * Sum(W[i, j] * w[j], (j, 0, m - 1)))), (i, 0, n - 1)), wrt="w")
    assert str(derivative) == "W.T@(a*(sigmoid(a*(W@w)) - 1))"
    assert derivative.check().ok
