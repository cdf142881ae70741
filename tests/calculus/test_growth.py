"""Derivations grow with their formulas, in units of counted work."""

import math
import pickle

import pytest

import matcalc
from benchmarks.derivation import block_matrix, concatenated_pieces, sum_of_slices


def work(text, wrt, shapes, shown=True):
    """Return the units of work of a derivation, that of the short form among them where it is ``shown``."""
    with matcalc.limits(work=10**9, seconds=None) as budget:
        found = matcalc.diff(text, wrt, shapes=shapes)
        if shown:
            for derivative in [found] if isinstance(wrt, str) else found:
                assert derivative.expression is not None
    return budget.spent


def tower(levels):
    return "tanh(" * levels + "x" + ")" * levels, "x", {"x": ()}


def layers(count):
    """A network of so many layers, by all its weights."""
    names = [f"W{i}" for i in range(count)]
    text = "".join(f"tanh({name}@" for name in names) + "x" + ")" * count
    return f"sum({text})", names, {name: ("n", "n") for name in names} | {"x": ("n", 1)}


def filter_steps(count):
    lines = "".join(
        f"M{i} = A@P{i}@A.T + Q; S{i} = H@M{i}@H.T + R; P{i + 1} = M{i} - M{i}@H.T@inv(S{i})@H@M{i}; "
        for i in range(count)
    )
    shapes = {"A": ("n", "n"), "P": ("n", "n"), "Q": ("n", "n"), "H": ("m", "n"), "R": ("m", "m")}
    total = " + ".join(f"logdet(S{i})" for i in range(count))
    return f"P0 = P; {lines}{total} + tr(P{count})", "Q", shapes


@pytest.mark.parametrize(("family", "size", "most"), [
    (tower, 40, 1.2), (layers, 8, 1.2), (filter_steps, 4, 1.2), (block_matrix, 18, 1.2), (sum_of_slices, 12, 1.2),
    (concatenated_pieces, 8, 1.2),
])
def test_work_grows_little_more_than_the_formula(family, size, most):
    small, large = work(*family(size)), work(*family(2 * size))
    assert math.log2(large / small) < most


@pytest.mark.parametrize(
    ("text", "wrt", "most"),
    [
        ("tr((A+B@X@C)@(D+E@X@F)@(G+H@X@J)@(K+L@X@M))", "X", 8_000),
        ("(A@x+B@K@x).T@Q@(A@x+B@K@x) + ((A+B@K)@(A@x+B@K@x)).T@Q@((A+B@K)@(A@x+B@K@x)) + x.T@K.T@R@K@x", "K", 26_000),
        ("norm(y - X@inv(X.T@X)@X.T@y)**2", "X", 20_000),
    ],
)
def test_the_search_for_a_short_form_has_no_cliffs(text, wrt, most):
    assert work(text, wrt, None) < most


def test_towers_of_functions_have_their_derivative():
    text, _, shapes = tower(20)
    assert matcalc.diff(text, "x", shapes=shapes).check(points=1).ok
    both = "sin(" * 15 + "x" + ")" * 15 + "*" + "cos(2*" * 16 + "x" + ")" * 16
    assert matcalc.diff(both, "x", shapes=shapes).check(points=1).ok


def test_several_gradients_are_those_of_each_name():
    text, shapes = "c*norm(W2@tanh(W1@x + b1) - y)**2 + b1.T@b1", {"c": ()}
    names = ["W1", "b1", "W2", "c", "x"]
    together = matcalc.diff(text, names, shapes=shapes)
    assert [str(d) for d in together] == [str(matcalc.diff(text, name, shapes=shapes)) for name in names]


def test_a_short_form_is_sought_when_it_is_shown():
    questions = [("tr((A+B@X@C)@(D+E@X@F)@(G+H@X@J))", "X"), ("norm(A@x - b)**2 + c.T@x", ["x", "c"])]
    for text, wrt in questions:
        assert work(text, wrt, None, shown=False) < 0.8 * work(text, wrt, None)
    derivative = matcalc.diff("norm(A@x - b)**2", "x")
    assert str(pickle.loads(pickle.dumps(derivative))) == str(derivative) == "2*A.T@(A@x - b)"


def residual_layers(count):
    lines = "".join(f"h{i + 1} = h{i} + tanh(W@h{i} + b); " for i in range(count))
    shapes = {"W": ("n", "n"), "b": ("n", 1), "x": ("n", 1), "y": ("n", 1)}
    return f"h0 = x; {lines}norm(h{count} - y)**2", "W", shapes


def test_the_lines_of_a_program_are_added_to_the_sum_of_the_line_before():
    small, large = (work(*residual_layers(count), shown=False) for count in (15, 60))
    assert math.log(large / small, 4) < 1.4


def repeated_product(count):
    return f"tr({'@'.join(['A@X'] * count)})", "X", None


def test_the_trace_of_a_power_is_differentiated_once():
    small, large = work(*repeated_product(16)), work(*repeated_product(64))
    assert math.log(large / small, 4) < 1.2


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("tr(matpow(A@X, 3))", "3*(matpow(A@X, 2)@A).T"),
        ("tr(matpow(A@X + B, -3))", "-3*(matpow(A@X + B, -4)@A).T"),
        ("tr(A@X.T@A@X.T@A@X.T)", "3*A@X.T@A@X.T@A"),
        ("tr(matpow(X, 2)@A)", "(A@X + X@A).T"),
    ],
)
def test_the_trace_of_a_power_has_its_short_form(text, answer):
    derivative = matcalc.diff(text, "X")
    assert str(derivative) == answer
    assert derivative.check().ok and derivative.of_order(2).check().ok
