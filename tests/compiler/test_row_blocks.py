"""Large matrices of which only sums are needed are there by blocks of rows; in many blocks the values are the same."""

import re

import numpy
import pytest

import matcalc

from ..support.seeds import seed_of

SIZES = {"n": 23, "m": 17, "k": 3, "p": 4}
SHAPES = {
    "U": ("n", "k"), "V": ("m", "k"), "A": ("n", "m"), "W": ("n", "m"), "u": ("n", 1), "v": ("m", 1), "X": ("n", "k"),
    "Y": ("n", "k"), "L": ("n", "n"), "g": (), "P": ("p", "k"), "Q": ("p", "k"), "F": ("n", "p"), "s": (),
    "B": ("m", "n"), "w": ("m", 1), "S": ("n", "n"),
}  # fmt: skip
KERNEL = "exp(-g*(sum(X**2, axis=1) + sum(X**2, axis=1).T - 2*X@X.T))"
CASES = [
    ("sum(W*softplus(-A*(U@V.T)))", ["U", "V"]),
    ("norm(W*(A - U@V.T))**2 + g*norm(U)**2", ["U", "V", "g"]),
    ("sum(U@V.T - A*log(U@V.T))", ["V"]),
    ("u.T@u - sum(exp((u + v.T - A)/g))", ["u", "v"]),
    (f"sum({KERNEL})", ["X"]),
    (f"tr(L@{KERNEL})", ["X"]),
    (f"u.T@{KERNEL}@u", ["X", "u"]),
    (f"sum(log(sum({KERNEL}, axis=1)))", ["X"]),
    (f"sum(log(sum({KERNEL}, axis=0)))", ["X"]),
    ("sum(logsumexp(X@Y.T/g, axis=1)) - tr(X@Y.T)/g", ["X", "Y"]),
    ("sum(logsumexp(X@Y.T/g, axis=0)) - tr(X@Y.T)/g", ["X", "Y"]),
    ("norm(softmax((F@P)@(F@Q).T, axis=1)@X - Y)**2", ["P", "Q", "X"]),
    ("norm(softmax((F@P)@(F@Q).T, axis=0)@X - Y)**2", ["P", "Q"]),
    ("sum(B.T*tanh(U@V.T)) + sum(W*sin(U@V.T))", ["U"]),
    ("sum(tanh(V@U.T)*B)", ["U", "V"]),
    ("norm(exp(u + v.T)@w)**2", ["u", "v", "w"]),
    ("sum(relu(A - u - v.T)**2)", ["u", "v"]),
    ("sum(tanh(U@V.T))/norm(exp(U@V.T))", ["U"]),
    ("norm(S*(X@X.T))**2 + sum(tanh(X@X.T), axis=0)@u", ["X"]),
    ("sum(max(A - U@V.T, axis=1)) + sum((A*W)*(U@V.T)**3)", ["U", "V"]),
]


@pytest.mark.parametrize(("text", "wrt"), CASES)
def test_values_by_blocks_are_those_of_the_plain_code(text, wrt):
    shapes = {name: shape for name, shape in SHAPES.items() if name in matcalc.parse(text).shapes}
    facts = {"S": ["symmetric"], "g": ["positive"], "U": ["positive"], "V": ["positive"]}
    derivatives = matcalc.diff(text, wrt, shapes=shapes, assume={n: f for n, f in facts.items() if n in shapes})
    source = derivatives.code(orders=(0, 1))
    rng = numpy.random.default_rng(seed_of(text))
    arrays = {}
    for name, shape in shapes.items():
        drawn = rng.standard_normal([SIZES.get(size, size) for size in shape])
        drawn = abs(drawn) + 0.1 if name in "UVg" else drawn
        arrays[name] = drawn + drawn.T if name == "S" else drawn
    before = {name: array.copy() for name, array in arrays.items()}
    expected = derivatives.compile(orders=(0, 1), passes=[])(**arrays)
    for block in (1, 100, 10**6):  # rows one by one, some, all at once
        space = {}
        exec(source.replace("120_000", str(block)).replace("max(16,", "max(1,"), space)  # noqa: S102
        found = space[re.search(r"^def (value\w*)", source, re.MULTILINE)[1]](**arrays)
        for one, other in zip(found, expected, strict=True):
            assert numpy.abs(one - other).max() <= 1e-10 * max(1, numpy.abs(other).max())
        assert all((arrays[name] == before[name]).all() for name in arrays)


@pytest.mark.parametrize(("text", "wrt", "shapes"), [
    ("norm(W*(A - U@V.T))**2", "U", ("n", "m")),
    (f"sum({KERNEL})", "X", ("n", "n")),
    ("norm(softmax((F@P)@(F@Q).T, axis=1)@X - Y)**2", "P", ("n", "n")),
])
def test_a_large_matrix_is_never_there_as_a_whole(text, wrt, shapes):
    used = {name: SHAPES[name] for name in matcalc.parse(text).shapes}
    source = matcalc.diff(text, wrt, shapes=used).code(orders=(0, 1))
    assert "for rows in row_blocks(" in source


@pytest.mark.parametrize(("text", "wrt", "order"), [
    ("norm(U@V.T - A)**2 + sum(exp(U@V.T))", "A", 1),  # as large as the result
    ("sum(exp(X@X.T)@inv(exp(X@X.T)))", "X", 0),  # needed as a whole
    ("u.T@exp(A)@v", "u", 1),
])
def test_what_is_needed_as_a_whole_is_not_cut(text, wrt, order):
    used = {name: SHAPES[name] for name in matcalc.parse(text).shapes}
    assert "row_blocks" not in matcalc.diff(text, wrt, shapes=used).code(orders=order)


def test_known_sizes_that_fit_the_cache_are_not_cut():
    derivative = matcalc.diff("norm(W*(A - U@V.T))**2", "U", shapes={name: SHAPES[name] for name in "WAUV"})
    assert "row_blocks" not in derivative.code(sizes={"n": 100, "m": 50})
    assert "row_blocks" in derivative.code(sizes={"n": 10_000, "m": 5000})
