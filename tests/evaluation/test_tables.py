"""Frames and series of pandas where arrays are expected: their entries count, their labels are compared."""

import numpy as np
import pandas as pd
import pytest
import torch

import matcalc
from matcalc.errors import ArgumentError, DomainError, MatcalcError, ShapeError

X = pd.DataFrame({"rooms": [3, 2, 4], "age": [10.0, 20.0, 5.0]})
Y = pd.Series([1.0, 2.0, 3.0], name="price")
W = pd.Series([1.0, 2.0], index=["rooms", "age"])
GRADIENT = matcalc.diff("norm(X@w - y)**2", wrt="w")
RIGHT = [[380.0], [2150.0]]


def told(call, **given):
    """Return the lines of the error that a call ends with."""
    with pytest.raises(MatcalcError) as caught:
        call(**given)
    return str(caught.value).splitlines()


@pytest.mark.parametrize("frame", [X, X.convert_dtypes(), X.astype({"rooms": "uint8"})], ids=["numpy", "own", "mixed"])
@pytest.mark.parametrize("target", ["numpy", "torch", "jax", "array-api"])
def test_tables_are_arrays_for_values_and_for_code(frame, target):
    assert GRADIENT.evaluate(X=frame, w=W, y=Y).tolist() == RIGHT
    function = GRADIENT.compile(target)
    for _ in range(2):  # the second call takes the short way, where there is one
        value, gradient = function(X=frame, w=W, y=Y.to_frame())
        assert float(value) == 2205 and np.asarray(gradient).tolist() == RIGHT
    assert function.broken(X=frame, w=W, y=Y) == []


def test_single_precision_is_kept_by_code():
    x = X["age"].astype("float32")
    assert matcalc.diff("x.T@x").compile("torch", value=False)(x=x).dtype == torch.float32


def test_an_expression_is_evaluated_as_it_is_written():
    assert matcalc.parse("X[1] - mean(X, axis=0)").evaluate(X=X).tolist() == [[-1.0, 20 - 35 / 3]]
    assert matcalc.parse("X[i, j]").evaluate(X=X, i=2, j=0) == 4.0
    assert matcalc.parse("det(X)").evaluate(X=[[1, 2], [3, 4]]) == pytest.approx(-2)
    moment = matcalc.expectation("x.T@A@x", dist="x ~ (m, S)")
    assert moment.evaluate(A=np.eye(2), S=np.eye(2), m=[1, 2]) == 7.0
    with pytest.raises(DomainError, match="singular"):
        matcalc.parse("inv(X)").evaluate(X=np.ones((2, 2)))
    with pytest.raises(DomainError, match="unknown function"):
        matcalc.parse("f(x)").evaluate(x=[1.0])


def test_a_name_that_is_read_as_a_number_can_be_declared_an_array():
    first, hint = told(matcalc.parse("a + b").evaluate, a=[1, 2, 3], b=1)
    assert first == "a is read as a number, and an array of 3 entries is given"
    assert hint == 'hint: declare it: shapes={"a": ("n", 1)}'
    declared = matcalc.parse("a + b", shapes={"a": ("n", 1)})
    assert declared.evaluate(a=[1, 2, 3], b=[1, 1, 1]).ravel().tolist() == [2, 3, 4]


def test_a_broken_condition_is_told_of_the_line_that_asked():
    with pytest.warns(matcalc.ConditionWarning) as caught:
        matcalc.diff("norm1(x)").evaluate(x=[0.0, 1.0])
    assert caught[0].filename == __file__


@pytest.mark.parametrize(
    "tables, message, fix",
    [
        ({"w": W[::-1]}, "the rows of w are labelled 'age', 'rooms', and the columns of X 'rooms', 'age'", W),
        ({"X": X[["age", "rooms"]]}, "the rows of w are labelled 'rooms', 'age', and the columns of X 'age'", None),
        ({"y": Y.loc[[2, 0, 1]]}, "the rows of y are labelled 2, 0, 1, and the rows of X 0, 1, 2", Y),
        ({"X": X.loc[[2, 0, 1]]}, "the rows of y are labelled 0, 1, 2, and the rows of X 2, 0, 1", None),
    ],
)
def test_another_order_is_told_with_what_mends_it(tables, message, fix):
    given = {"X": X, "w": W, "y": Y} | tables
    for call in (GRADIENT.evaluate, GRADIENT.compile("numpy")):
        first, hint = told(call, **given)
        assert first.startswith(message) and first.endswith(", in another order")
    name, mended = hint.removeprefix("hint: give ").partition(".")[0], hint.removeprefix("hint: give ")
    given[name] = eval(mended, {}, given)
    found = GRADIENT.evaluate(**given)
    assert fix is None or found.tolist() == RIGHT


def test_other_labels_are_refused_unless_one_table_only_counts():
    first, hint = told(lambda: GRADIENT.evaluate(X=X, w=W.rename({"age": "year"}), y=Y))
    assert first == "the rows of w are labelled 'rooms', 'year', and the columns of X 'rooms', 'age'"
    assert hint == "hint: give w.to_numpy() if the places are those of X all the same"
    assert GRADIENT.evaluate(X=X, w=pd.Series([1, 2]), y=Y.to_numpy()).tolist() == RIGHT
    assert GRADIENT.evaluate(X=X.set_axis(["a", "b", "c"]), w=W, y=Y).tolist() == RIGHT
    # the third table is held against the second, too, where the first one counts
    quadratic = matcalc.diff("x.T@A@y + norm(A)", wrt="A", shapes={"A": ("n", "n")})
    with pytest.raises(ShapeError, match="the rows of x are labelled"):
        quadratic.evaluate(A=pd.DataFrame(np.eye(2)), y=W, x=W[::-1])


def test_a_long_table_shows_where_the_labels_part():
    names = [f"pixel{k}" for k in range(784)]
    other = [*names[:500], "label", *names[501:]]
    frame, weights = pd.DataFrame(np.ones((2, 784)), columns=names), pd.Series(np.ones(784), index=other)
    first, _ = told(lambda: matcalc.diff("norm(X@w)", wrt="w").evaluate(X=frame, w=weights))
    assert first == (
        "the rows of w are labelled …, 'label', 'pixel501', 'pixel502', 'pixel503', …, "
        "and the columns of X …, 'pixel500', 'pixel501', 'pixel502', 'pixel503', …"
    )


@pytest.mark.parametrize(
    "column, message, hint",
    [
        (["a", "b", "a"], "column 'city' of X has entries of (str|object), not numbers", "pandas.get_dummies(X, colu"),
        (pd.Categorical(["a", "b", "a"]), "column 'city' of X has entries of category, not", "columns=['city'])"),
        (pd.date_range("2020", periods=3), r"column 'city' of X has entries of datetime64\[.s\], not", "days since"),
        ([1.0, None, None], "column 'city' of X has 2 missing entries", "X.fillna(X.mean())"),
        (pd.array([1, None, 2], dtype="Int64"), "column 'city' of X has 1 missing entry", "X.fillna(X.mean())"),
    ],
)
def test_a_column_that_is_no_numbers_is_named(column, message, hint):
    frame = X.assign(city=column)
    for call in (GRADIENT.evaluate, GRADIENT.compile("numpy")):
        with pytest.raises(ArgumentError, match=message) as caught:
            call(X=frame, w=[1, 2, 3], y=Y)
        assert hint in str(caught.value)


def test_one_hot_columns_and_filled_entries_are_numbers():
    frame = pd.get_dummies(X.assign(city=["a", None, "b"]), columns=["city"], dummy_na=True)
    filled = X.mask(X == 10).pipe(lambda table: table.fillna(table.mean()))
    assert GRADIENT.evaluate(X=frame, w=np.ones(5), y=Y).shape == (5, 1)
    assert GRADIENT.evaluate(X=filled, w=W, y=Y).shape == (2, 1)


def test_columns_of_one_name_are_columns_all_the_same():
    frame = pd.DataFrame([[1, 2], [3, 4]], columns=["a", "a"])
    assert matcalc.parse("sum(X, axis=0)").evaluate(X=frame).tolist() == [[4.0, 6.0]]
