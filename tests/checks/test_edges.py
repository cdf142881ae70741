"""Derivatives at ties, zeros, singular matrices and repeated eigenvalues, against differences of the function itself.

Wherever the function has a derivative the answer has a value, in `evaluate` and in the compiled code of every target.
"""

import warnings

import array_api_strict
import jax
import numpy
import pytest
import torch
from tables import every_row

import matcalc as mc
from matcalc.errors import ConditionWarning
from tests.support.seeds import seed_of

RNG = numpy.random.default_rng(5)
SEED = seed_of("edges")
SQUARE = RNG.normal(size=(3, 3))
SYMMETRIC = SQUARE + SQUARE.T
RANK_ONE = numpy.outer([1.0, 2, 3], [1.0, -1, 2])
RANK_TWO = numpy.array([[1.0, 2, 3], [4, 5, 6], [7, 8, 9]])
MATERN = "(1 + sqrt(5)*norm(x - y)/l + 5*norm(x - y)**2/(3*l**2))*exp(-sqrt(5)*norm(x - y)/l)"
SCALARS = {"r": (), "a": ()}
KERNEL = {"wrt": "x", "shapes": {"l": ()}}

# (expression, arrays, options): the function has a derivative there
POINTS = [
    # ties that fill a region, or are forced
    ("minimum(r*a, minimum(maximum(r, 0.8), 1.2)*a)", {"r": 0.9, "a": 2.0}, {"wrt": "r", "shapes": SCALARS}),
    ("minimum(r*a, minimum(maximum(r, 0.8), 1.2)*a)", {"r": 1.1, "a": -3.0}, {"wrt": "r", "shapes": SCALARS}),
    ("minimum(r, minimum(r, a))", {"r": 0.9, "a": 2.0}, {"wrt": "r", "shapes": SCALARS}),
    ("maximum(minimum(r, a), r)", {"r": 0.9, "a": 2.0}, {"wrt": "r", "shapes": SCALARS}),
    ("sum(maximum(x, abs(x)))", {"x": [1.0, -2, 3]}, {}),
    ("sum(minimum(x, maximum(x, y)))", {"x": [1.0, -2, 3], "y": [0.0, 0, 5]}, {"wrt": "x"}),
    ("max(abs(X.T@X - eye(n)))", {"X": [[1.0, 2], [3, 4], [0, 1]]}, {}),
    ("min(-X@X.T)", {"X": [[1.0, 2], [3, -4]]}, {}),
    ("norm(X.T@X, inf)", {"X": [[1.0, 2], [3, 4]]}, {}),
    ("max(kron(x, ones(2)))", {"x": [1.0, 3, 2]}, {"wrt": "x"}),
    # zeros
    ("prod(x)", {"x": [0.0, 2, 3]}, {}),
    ("prod(x)", {"x": [0.0, 0, 3]}, {}),
    ("prod(x)", {"x": [0.0, 2, 3, 4]}, {"order": 2}),
    ("prod(x)", {"x": [0.0, 2, 0, 4]}, {"order": 2}),
    ("prod(A@x)", {"A": [[1.0, 1], [2, 1]], "x": [1.0, -1]}, {"wrt": "x"}),
    ("prod(X)", {"X": [[0.0, 2], [3, 4]]}, {"wrt": "X"}),
    ("prod(X)", {"X": [[0.0, 2], [3, 0]]}, {"wrt": "X", "order": 2}),
    ("sum(exp(prod(X, axis=0)))", {"X": [[0.0, 2, 1], [3, 0, 2]]}, {"wrt": "X", "order": 2}),
    ("prod(X, axis=1).T@y", {"X": [[0.0, 2, 0], [3, 0, 2]], "y": [1.0, 2]}, {"wrt": "X", "order": 2}),
    ("exp(prod(x))", {"x": [0.0, 2, 3]}, {}),
    ("*".join(f"(a - {i})" for i in range(26)), {"a": 3.0}, {"wrt": "a", "shapes": {"a": ()}}),
    ("sum(abs(x)**1.5)", {"x": [0.0, 1, -2]}, {}),
    ("abs(a)**1.5", {"a": 0.0}, {"wrt": "a", "shapes": {"a": ()}}),
    ("sum(abs(x)**3)", {"x": [0.0, 1, -2]}, {"order": 2}),
    ("norm(x)**3", {"x": [0.0, 0]}, {}),
    ("norm(x)**3", {"x": [0.0, 0]}, {"order": 2}),
    ("norm(X)**3", {"X": [[0.0, 0], [0, 0]]}, {"order": 2}),
    ("norm(A@x - b)**3", {"A": [[1.0, 2], [0, 1]], "x": [1.0, 1], "b": [3.0, 1]}, {"wrt": "x", "order": 2}),
    ("(x.T@x)**(3/4)", {"x": [0.0, 0]}, {}),
    # the pole and what vanishes with it are in different factors, or in a sum taken apart
    ("(x.T@x)**(3/4) + norm(x)**3", {"x": [0.0, 0]}, {}),
    ("(x.T@x)**(3/4)*exp(norm(x)**2)", {"x": [0.0, 0]}, {}),
    ("(x.T@x)**(3/4) + norm(x)*sum(x)", {"x": [0.0, 0]}, {}),
    ("sum(abs(x)**1.5*y + x)*sum(x*y)", {"x": [0.0, 1], "y": [2.0, 3]}, {"wrt": "x"}),
    ("((2*x - x**2).T@(2*x - x**2))**(3/4) + det((2*x - x**2)@y.T)", {"x": [2.0, 0], "y": [2.0, 3]}, {"wrt": "x"}),
    ("((x*y).T@(x*y))**(3/4)*exp(-x.T@x)", {"x": [0.5, 0], "y": [0.0, 1]}, {"wrt": "x"}),
    ("(tr(X.T@X)**(3/4) + 1)*exp(-norm(X)**3)", {"X": [[0.0, 0], [0, 0]]}, {}),
    ("(x.T@S@x)**(3/4)", {"x": [0.0, 0], "S": [[2.0, 1], [1, 2]]}, {"wrt": "x", "assume": {"S": ["pd"]}}),
    ("(1 + norm(x - y)/l)*exp(-norm(x - y)/l)", {"x": [1.0, 2], "y": [1.0, 2], "l": 0.7}, KERNEL),
    ("(1 + norm(x - y)/l)*exp(-norm(x - y)/l)", {"x": [1.0, 2], "y": [1.0, 2], "l": 0.7}, {**KERNEL, "order": 2}),
    (MATERN, {"x": [1.0, 2], "y": [1.0, 2], "l": 0.7}, KERNEL),
    (MATERN, {"x": [1.0, 2], "y": [1.0, 2], "l": 0.7}, {**KERNEL, "order": 2}),
    # a bounded quotient, 0/0 here, beside a factor that is 0 by chance
    ("sum(x)*norm(x - y)", {"x": [1.0, -1], "y": [1.0, -1]}, {"wrt": "x"}),
    ("norm(x)*norm(x - y)", {"x": [0.0, 0], "y": [0.0, 0]}, {"wrt": "x"}),
    ("sum(x)*norm(x - y, 3)", {"x": [1.0, -1], "y": [1.0, -1]}, {"wrt": "x"}),
    ("tr(X)*norm(X - Y)", {"X": [[1.0, 2], [3, -1]], "Y": [[1.0, 2], [3, -1]]}, {"wrt": "X"}),
    ("sum(w*sqrt(sum(X**2, axis=1)))", {"X": [[0.0, 0], [1, 2]], "w": [0.0, 1]}, {"wrt": "X"}),
    ("sum(relu(x)**2)", {"x": [0.0, 1, -2]}, {}),
    ("sum(relu(x)**3)", {"x": [0.0, 1, -2]}, {"order": 2}),
    ("norm(x, inf)", {"x": [0.0, 2, -3]}, {}),
    ("norm(X, 1)**2", {"X": [[0.0, 0], [0, 0]]}, {}),
    # singular matrices
    ("det(X)", {"X": [[1.0, 2], [2, 4]]}, {}),
    ("det(X)", {"X": RANK_TWO}, {}),
    ("det(X)", {"X": RANK_ONE}, {}),
    ("det(X)", {"X": RANK_TWO}, {"order": 2}),
    ("det(X)", {"X": RANK_ONE}, {"order": 2}),
    ("det(X)**2 + tr(X)", {"X": RANK_TWO}, {}),
    ("det(A@X@B)", {"A": SQUARE, "X": RANK_TWO, "B": SQUARE.T}, {"wrt": "X"}),
    ("det(X.T@X)", {"X": RANK_ONE}, {}),
    ("tr(A@adj(X))", {"A": SQUARE, "X": RANK_TWO}, {"wrt": "X"}),
    ("tr(A@adj(X))", {"A": SQUARE, "X": RANK_ONE}, {"wrt": "X"}),
    ("tr(adj(x@y.T)@A)", {"A": SQUARE[:2, :2], "x": [1.0, 2], "y": [3.0, -1]}, {"wrt": "x"}),
    ("det(x@x.T + y@y.T)", {"x": [1.0, 2, 3], "y": [3.0, -1, 1]}, {"wrt": "x"}),
    ("det(X)", {"X": [[0.0, 0], [0, 1]]}, {"layout": "num"}),
    # repeated eigenvalues
    ("sum(exp(eigvals(S)))", {"S": numpy.eye(3)}, {"assume": {"S": ["symmetric"]}}),
    ("sum(eigvals(S)**3)", {"S": numpy.diag([1.0, 1, 2])}, {"assume": {"S": ["symmetric"]}}),
    ("sum(svdvals(X)**2)", {"X": numpy.eye(2)}, {}),
    ("sum(log(eigvals(S)))", {"S": 2 * numpy.eye(2)}, {"assume": {"S": ["pd"]}}),
]
# the same where the other factor is not 0: no derivative, and no value
WITHOUT = [
    ("sum(x)*norm(x - y)", {"x": [1.0, 2], "y": [1.0, 2]}),
    ("exp(sum(x))*norm(x - y, 3)", {"x": [1.0, -1], "y": [1.0, -1]}),
    ("sum(w*sqrt(sum(X**2, axis=1)))", {"X": [[0.0, 0], [1, 2]], "w": [1.0, 1]}),
]
IDS = [f"{text[:40]}-{number}" for number, (text, _, _) in enumerate(POINTS)]


def answers(text, arrays, options):
    """Return the derivative, and its value by `evaluate`."""
    derivative = mc.diff(text, **options)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConditionWarning)
        return derivative, numpy.atleast_2d(derivative.evaluate(**arrays))


@pytest.mark.parametrize("text, arrays", WITHOUT)
def test_a_bounded_quotient_has_no_value_beside_what_is_not_zero(text, arrays):
    _, value = answers(text, arrays, {"wrt": next(iter(arrays))})
    assert numpy.isnan(value).any()


def function_of(text, arrays, name, options):
    """Return f(entries of the variable, columns stacked) by torch alone, and where it is asked for."""
    from matcalc.algebra.books import make_book
    from matcalc.evaluation.evaluate import evaluate
    from matcalc.language.syntax import parse_tree

    tree, book = parse_tree(text), make_book()
    tensors = {}
    for key, array in arrays.items():
        array = numpy.asarray(array, dtype=float)
        tensors[key] = torch.tensor(array.reshape(-1, 1) if array.ndim < 2 else array)
    shape = tensors[name].shape
    sizes = {"n": tensors["X"].shape[1]} if "eye(n)" in text else {}

    def function(vector):
        moved = torch.tensor(numpy.asarray(vector).reshape(shape[1], shape[0]).T.copy())
        return float(evaluate(tree, {**tensors, name: moved}, sizes, book))

    return function, tensors[name].T.reshape(-1).numpy().copy()


def one_sided(function, point, direction, step=1e-5):
    """Return the slopes of a function to both sides along a direction, of third order in the step."""
    slopes = []
    for sign in (1, -1):
        h = sign * step
        values = [function(point + k * h * direction) for k in range(4)]
        slopes.append((-11 * values[0] + 18 * values[1] - 9 * values[2] + 2 * values[3]) / (6 * h))
    return slopes


def second_difference(function, point, one, other, step=2e-5):
    """Return the second derivative along two directions."""
    def mixed(h):
        total = sum(s * t * function(point + h * (s * one + t * other)) for s in (1, -1) for t in (1, -1))
        return total / (4 * h * h)

    return (4 * mixed(step / 2) - mixed(step)) / 3


@pytest.mark.parametrize("text, arrays, options", POINTS, ids=IDS)
def test_the_value_is_the_slope_from_both_sides(text, arrays, options):
    derivative, value = answers(text, arrays, options)
    function, point = function_of(text, arrays, derivative.wrt, options)
    value = value.T if options.get("layout") == "num" else value
    generator = numpy.random.default_rng(SEED)
    for _ in range(3):
        direction = generator.normal(size=point.shape)
        if options.get("order") == 2:
            other = generator.normal(size=point.shape)
            found, expected = direction @ value @ other, [second_difference(function, point, direction, other)]
        else:
            found, expected = value.T.reshape(-1) @ direction, one_sided(function, point, direction)
        size = max(1.0, float(numpy.abs(value).max()))
        # abs(x)**1.5 and the like come to their slope as the root of the step
        assert numpy.allclose(found, expected, rtol=2e-3, atol=2e-2 * size), f"seed {SEED}: {found}, {expected}"


def given(target, array):
    array = numpy.asarray(array, dtype=float)
    if target == "jax":
        return jax.numpy.asarray(array)
    return {"numpy": numpy.asarray, "torch": torch.tensor, "array-api": array_api_strict.asarray}[target](array)


@pytest.mark.usefixtures("double_precision_in_jax")
@pytest.mark.parametrize(
    "number, target",
    [(n, target) for n in (0, 6, 9, 10, 13, 18, 28, 37, 43) for target in ("numpy", "torch", "array-api")]
    + [(n, "jax") for n in (0, 10, 28)],
)
def test_compiled_code_has_the_same_domain(number, target):
    text, arrays, options = POINTS[number]
    derivative, value = answers(text, arrays, options)
    found = derivative.compile(target, value=False)(**{name: given(target, array) for name, array in arrays.items()})
    assert numpy.allclose(numpy.asarray(found), value, rtol=1e-9, atol=1e-9)


@every_row(
    "text, where",
    [
        ("norm(x)**3", []),
        ("norm(x)**2*norm(x)", []),
        ("sum(relu(x)**2)", []),
        ("sum(abs(x)*x)", []),
        ("sum(abs(x)**3)", []),
        ("sum(svdvals(X)**2)", ["tall(X)"]),
        ("norm(x, inf)", ["nonzero_array(x)", "unique_maximum(abs(x))"]),
        ("sum(norm(X, axis=1)**3)", []), ("sum(max(X, axis=1)**2)", ["unique_row_maximum(X)"]),
        ("sum(norm(X, axis=1))*norm(X)", ["nonzero(norm(X, axis=1))"]),
        ("norm(X, inf)", [
        "nonzero(where(sum(abs(X), axis=1) == max(sum(abs(X), axis=1)), X, 1))", "unique_maximum(sum(abs(X), axis=1))",
    ]),
        ("norm1(x)", ["nonzero(x)"]),
        ("norm(x)", ["nonzero_array(x)"]),
        ("det(X)", ["invertible(X)"]),
        ("sqrt(x.T@x)", ["nonzero_array(x)"]),
        ("sum(sign(x))", ["nonzero(x)"]),
    ],
)
def test_conditions_are_no_stronger_than_the_function_needs(text, where):
    assert mc.diff(text).where == where


def test_second_derivatives_keep_the_conditions_of_the_first():
    assert mc.diff("norm1(x)", order=2).where == ["nonzero(x)"]
    assert mc.diff("sum(exp(eigvals(S)))", assume={"S": ["symmetric"]}).where == []
    assert mc.diff("eigmax(S)", assume={"S": ["symmetric"]}).where == ["simple_maximum(S)"]


def test_the_form_that_holds_everywhere_is_an_answer_of_its_own():
    derivative = mc.diff("det(X)")
    assert str(derivative) == "det(X)*inv(X).T"
    assert str(derivative.everywhere) == "adj(X).T"
    assert derivative.everywhere.where == []
    assert str(mc.diff("prod(x)").everywhere) == "prod_others(x)"
    plain = mc.diff("x.T@A@x")
    assert plain.everywhere is plain
    definite = mc.diff("det(S)", assume={"S": ["pd"]})
    assert definite.everywhere is definite


def test_conditions_that_a_point_breaks_are_reported():
    derivative = mc.diff("sum(abs(x))")
    assert derivative.broken(x=[0, 1]) == ["nonzero(x)"]
    assert derivative.broken(x=[1e-9, 1]) == []
    with pytest.warns(ConditionWarning, match=r"nonzero\(x\)"):
        assert derivative.evaluate(x=[0, 1]).tolist() == [[0.0], [1.0]]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        mc.diff("det(X)").evaluate(X=[[1, 2], [2, 4]])
        mc.diff("norm(x)**3").evaluate(x=[0, 0])
