"""Entries, slices and blocks: what is derived of them and by them, as a person would write it, and right."""

import random
import re

import numpy as np
import pytest
import random_blocks
from tables import every_row

import matcalc
from matcalc.errors import MatcalcError
from tests.support.seeds import seed_of

DERIVATIVES = [
    # text, by, derivative
    ("A[i, :]@x", "A", "e(i, m)@x.T"),
    ("x.T@A@x", "A[i, j]", "x[i]*x[j]"),
    ("x.T@A@x", "A[i, :]", "x[i]*x.T"),
    ("A@x", "x[1:3]", "A[:, 1:3].T"),
    ("logdet(X)", "X[i, j]", "inv(X)[j, i]"),
    ("tr(A@X@B)", "X[1:3, :]", "(B@A[:, 1:3]).T"),
    ("softmax(x)[i]", "x", "softmax(x)[i]*(e(i, n) - softmax(x))"),
    ("x[1:3].T@x[1:3] + x[3:].T@b", "x", "vstack(0, 2*x[1:3], b)"),
    ("sum(exp(X[1:3, :-1]))", "X", "vstack(zeros(1, m), hstack(exp(X[1:3, :-1]), zeros(2)), zeros(n - 3, m))"),
    ("x[0]**2 + 3*x[0]*x[1]", "x", "vstack(2*x[0] + 3*x[1], 3*x[0], zeros(n - 2))"),
    ("norm(W@vstack(x, 1) - y)**2", "W", "2*(W@vstack(x, 1) - y)@hstack(x.T, 1)"),
    ("W@vstack(x, 1)", "x", "W[:, :-1].T"),
    ("hstack(A, B)@vstack(x, y)", "y", "B.T"),
    ("logdet(block([[A, B], [C, D]]))", "A", "inv(A - B@inv(D)@C).T"),
    ("logdet(block([[A, B], [C, D]]))", "D", "inv(D - C@inv(A)@B).T"),
    ("logdet(block([[A, 0], [C, D]]))", "D", "inv(D).T"),
    ("det([[a, b], [b, c]])", "b", "-2*b"),
    ("logdet([[a, b], [b, c]])", "a", "c/(a*c - b**2)"),
    ("inv(block([[A, 0], [0, B]]))@z", "z", "block([[inv(A), 0], [0, inv(B)]]).T"),
    ("z.T@block([[A, b], [b.T, 1]])@z", "A", "z[:-1]@z[:-1].T"),
    ("[[1, 2], [3, 4]]@x", "x", "[[1, 3], [2, 4]]"),
    ("vec(unvec(x, n, m)@B)", "x", "kron(B, eye(n))"),
    ("tr(tril(L)@B)", "L", "tril(B.T)"),
    ("cumsum(x).T@w", "x", "w - cumsum(w) + sum(w)"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "by", "derivative"), DERIVATIVES)
def test_a_derivative_is_written_with_entries_slices_and_blocks(text, by, derivative):
    found = matcalc.diff(text, wrt=by)
    report = found.check()
    assert (str(found), report.ok, report.torch.ok) == (derivative, True, True)
    assert found.check_steps().ok


def test_what_the_determinant_of_a_block_needs_is_said():
    found = matcalc.diff("logdet(block([[A, B], [C, D]]))", wrt="A")
    assert found.where == ["invertible(block([[A, B], [C, D]]))", "invertible(D)"]
    assert str(found.everywhere) == "inv(block([[A, B], [C, D]]))[:n, :n].T"
    values = {"A": [[1.0]], "B": [[1.0]], "C": [[1.0]], "D": [[0.0]]}
    assert found.evaluate(**values).tolist() == [[0.0]]  # D is singular, the block is not


def test_indices_are_given_by_name_from_0():
    found = matcalc.diff("x[i]*A[i, j]*x[j] + sum(x[:k])", wrt="x")
    arrays = {"x": [1.0, 2, 3], "A": np.arange(9.0).reshape(3, 3)}
    assert found.evaluate(**arrays, i=0, j=2, k=1).ravel().tolist() == [7, 0, 2]
    assert found.compile(value=False)(**arrays, i=0, j=2, k=1).ravel().tolist() == [7, 0, 2]


REFUSED = [
    ("x[5]", {"x": (5,)}, "there is no entry 5 of 5; entries count from 0", "5"),
    ("x[-6]", {"x": (5,)}, "there is no entry -6 of 5; entries count from 0", "-6"),
    ("x[2:7]", {"x": (5,)}, "there are 5 entries, not 7", "7"),
    ("x[3:1]", {}, "the slice is empty: it begins at 3 and ends before 1", "x[3:1]"),
    ("x[1.5]", {}, "an index is a whole number, or a name of one", "1.5"),
    ("x[i] + i.T@b", {}, "'i' stands as an index and as an array", "i"),
    ("x[i]", {"i": ("n",)}, "'i' is declared, and stands as an index", "i"),
    ("reshape(x, 2, 3)", {"x": (5,)}, "reshape keeps the number of entries: x has 5, not 6", "reshape(x, 2, 3)"),
]  # fmt: skip


@every_row(("text", "shapes", "message", "place"), REFUSED)
def test_what_does_not_fit_is_pointed_at(text, shapes, message, place):
    with pytest.raises(MatcalcError) as caught:
        matcalc.diff(text, wrt="x", shapes=shapes)
    error = caught.value
    assert (error.message, text[error.span.start : error.span.end]) == (message, place)


@pytest.mark.parametrize(("by", "message"), [
    ("A[x, 0]", "'x' is a variable of the expression, not an index"),
    ("B[0]", "no variable 'B' in the expression"),
    ("A[0, 1, 2]", "A is n×n, and three subscripts take an entry of a stack of matrices"),
    ("(A + A)[0]", "'(A + A)[0]' is no part of an array"),
])
def test_a_part_that_is_none_is_refused(by, message):
    with pytest.raises(MatcalcError) as caught:
        matcalc.diff("x.T@A@x", wrt=by)
    assert caught.value.message == message


@pytest.mark.parametrize(("text", "size"), [
    ("sum(sqrt((x[1:] - x[:-1])**2 + e))", "n"), ("norm(x[1:] - e)**2", "n"), ("x[:-1].T@y + e", "n"),
    ("sum(x[1:] + [1, 2])*e", 3),
])
def test_a_slice_beside_a_number_is_no_number(text, size):
    assert matcalc.diff(text, wrt="x", shapes={"e": ()}).shapes["x"] == (size, 1)


def random_formulas(count, seed):
    """Yield (text, by) of formulas with at least one name."""
    for number in range(count):
        rng = random.Random(f"blocks {seed} {number}")
        text = random_blocks.scalar(rng, rng.choice([1, 2, 2, 3]))
        names = [name for name in random_blocks.SHAPES if re.search(rf"\b{name}\b", text)]
        if names:
            yield text, rng.choice(names), {name: random_blocks.SHAPES[name] for name in names}


def compare_random_formulas(count, seed, code=4, second=5):
    """Compare gradients with torch, every so often those of generated code, with the values, and second derivatives."""
    for number, (text, by, shapes) in enumerate(random_formulas(count, seed)):
        found = matcalc.diff(text, wrt=by, shapes=shapes)
        report = found.check(points=1, method="torch")
        assert report.ok, f"seed {seed}: {text} by {by}: {found}: {report.reason}"
        if number % code == 0:
            report = found.compile("numpy").check(points=1)
            assert report.ok, f"seed {seed}: code of {text} by {by}: {report.reason}"
        if number % second == 0 and len(text) < 120:
            found = matcalc.diff(text, wrt=by, shapes=shapes, order=2)
            report = found.check(points=1, method="torch")
            assert report.ok, f"seed {seed}: {text} by {by} twice: {found}: {report.reason}"


def test_random_formulas_agree_with_torch():
    compare_random_formulas(70, seed_of("formulas with slices and blocks"))


@pytest.mark.long
def test_many_random_formulas_agree_with_torch():
    compare_random_formulas(1_000, 2, code=2, second=3)


@pytest.mark.parametrize(("text", "by"), [
    ("norm(block([[[[-2], [2]], C[:2, 1:2]*c], [B[2:3, 1:]@x[2:], C[1:2, 2:3]]]))**2", "c"),
    ("sum(exp(block([[[[1], [2]], [[0], [1]]], [x[0], c]])))", "x"),
    ("norm(tanh(hstack(C[1:, 0:-3], B[:3, 1:-1])))**2", "C"),
])
def test_blocks_that_random_formulas_found_wrong(text, by):
    shapes = {name: random_blocks.SHAPES[name] for name in "BCxc" if re.search(rf"\b{name}\b", text)}
    assert matcalc.diff(text, wrt=by, shapes=shapes).check(points=1).ok


CODE = [
    ("sum(hstack((B[-3, -2]**2), (A[2, 1]*A[1:-2, 0:2])))", "A"),
    ("sum(((B[:1, 0:]@x[:3])@([[2, 1]]@C[1:-1, 1:])))", "C"),
    ("sum((A[0:4, :-1][1:3, 0:2]@hstack(x[1:-1], x[:2])))", "A"),
    ("norm(block([[C, A], [A.T, 0]])@vstack(x, y))**2", "x"),
    ("norm(hstack(A, ones(4))@vstack(y, 1) - x)**2", "y"),
    ("norm(hstack(sin(A[2:-1, 0:3]), (y[0]*B[0, -2]))[0:1, 1:])**2", "A"),
    ("sum(hstack(0*A, x)@block([[B, 0*y], [A[:1, :], 1]]))", "B"),
    ("(C[1:4, :4][2:, :-1].T.T@block([[A[0:-3, 0:-1], B[1, 1]], [0, B[1:, 0:-2]]])@C[1:4, :4][2:, :-1].T)", "B"),
]  # fmt: skip


@pytest.mark.parametrize("target", ["numpy", "torch", "array-api"])
@pytest.mark.parametrize(("text", "by"), CODE)
def test_generated_code_of_blocks_computes_the_formula(text, by, target):
    shapes = {name: random_blocks.SHAPES[name] for name in "ABCxy" if re.search(rf"\b{name}\b", text)}
    report = matcalc.diff(text, wrt=by, shapes=shapes).compile(target).check()
    assert report.ok, report.reason


SLICED = [("sum(X[:, 1:3]@w)", "X"), ("sum(x[1:3])", "x"), ("norm(X[1:3, 0:2])**2", "X")]


@pytest.mark.parametrize(("text", "by"), SLICED)
def test_slices_that_may_end_with_the_array_are_checked_exactly(text, by):
    report = matcalc.diff(text, by).check()
    assert report.ok and report.exact.ok


@pytest.mark.parametrize("text", [
    "sum(abs(x[1:] - x[:-1]))", "sum(abs(X[1:, :] - X[:-1, :])) + sum(abs(X[:, 1:] - X[:, :-1]))",
    "norm(x[2:] - 2*x[1:-1] + x[:-2])**2", "sum(huber(X[1:, :] - X[:-1, :], 1))",
])
def test_differences_of_slices_have_no_selectors_in_their_derivatives(text):
    derivative = matcalc.diff(text, wrt="X" if "X" in text else "x")
    assert "eye" not in str(derivative) and derivative.check().ok
