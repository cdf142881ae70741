"""Hessians of few diagonals, and of what depends on pairs of rows: nothing is made that is larger than the result."""

import tracemalloc

import numpy
import pytest
import torch

import matcalc

V, W = ("n", 1), ("n", "d")
DISTANCES = "(sum(X**2, axis=1) + sum(X**2, axis=1).T - 2*X@X.T)"
# (text, by, order, shapes, facts)
BANDED = [
    ("norm(x - y)**2/2 + a*sum(sqrt((x[1:] - x[:-1])**2 + c))", "x", 2, {"a": (), "c": ()}, {"c": ["positive"]}),
    ("sum(exp(x[2:] - 2*x[1:-1] + x[:-2])) - y.T@exp(x)", "x", 2, {"x": V, "y": V}, {}),
    ("sum(exp(x[2:]*x[:-2])) + (x.T@A@x)", "x", 2, {"x": V, "A": ("n", "n")}, {}),
    ("exp(x[2:]*x[:-2])", "x", 1, {"x": V}, {}),
    ("w*(x[1:] - x[:-1])**2", "x", 1, {"x": V}, {}),
    ("sum(w*(x[3:] - x[:-3])**4) + norm(x[1:]*x[:-1])**2", "x", 2, {"x": V}, {}),
    ("sum(log(1 + exp(x[1:-1])))", "x", 2, {"x": V}, {}),
    ("sum(sin(A@x)) + sum(cos(x[1:]*x[:-1]))", "x", 2, {"A": ("m", "n"), "x": V}, {}),
]  # fmt: skip
PAIRS = [
    (f"sum(W*exp(-{DISTANCES}))", "X", 2, {"X": W, "W": ("n", "n")}, {}),
    (f"norm(sqrt(c + {DISTANCES}) - D)**2", "X", 2, {"X": W, "c": ()}, {"D": ["symmetric"], "c": ["positive"]}),
    ("sum(exp(X@X.T))", "X", 2, {"X": W}, {}),
    ("sum(exp(X@Y.T) + (X@Y.T)**3)", "X", 2, {"X": W, "Y": ("m", "d")}, {}),
    ("norm(A - X@X.T)**2 + norm(X.T@X - eye(d))**2", "X", 2, {"X": W, "A": ("n", "n")}, {}),
    ("norm(A@X - X@B)**2 + norm(X)**4", "X", 2, {"X": W, "A": ("n", "n"), "B": ("d", "d")}, {}),
]  # fmt: skip


def derivative(text, by, order, shapes, facts):
    return matcalc.diff(text, by, order=order, shapes=shapes, assume=facts)


@pytest.mark.parametrize("target", ["numpy", "torch"])
@pytest.mark.parametrize("case", BANDED + PAIRS, ids=[case[0][:60] for case in BANDED + PAIRS])
def test_the_code_computes_the_formula(case, target):
    report = derivative(*case).compile(target, value=False).check(points=1)
    assert report.ok, report.reason


@pytest.mark.parametrize("case", [*BANDED[:3], *BANDED[5:7], *PAIRS], ids=lambda case: case[0][:60])
def test_no_array_is_larger_than_the_hessian(case):
    function = derivative(*case).compile("numpy", value=False)
    sizes, given = {"n": 60, "d": 3, "m": 20}, {}
    for argument in function.program.arguments:
        known = [size.xreplace({letter: sizes[str(letter)] for letter in size.free_symbols}) for size in argument.shape]
        lengths = [int(length) for length in known if length != 1]
        given[argument.name] = numpy.full(lengths, 0.1)
    result = function(**given)
    tracemalloc.start()
    try:
        result = function(**given)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 4 * result.nbytes


POSITIVE = {"K": ["pd"], "B": ["pd"]}
SPECTRAL = [
    ("tr(sqrtm(K)@B)", POSITIVE),
    ("tr(inv(sqrtm(K))@B)", POSITIVE),
    ("norm(logm(K) - logm(B))**2", POSITIVE),
    ("tr(expm(K)@B)", {"K": ["symmetric"], "B": ["symmetric"]}),
    ("tr(sqrtm(K)@B)", {}),
]


@pytest.mark.parametrize(("text", "facts"), SPECTRAL, ids=[f"{text} {len(facts)}" for text, facts in SPECTRAL])
def test_torch_code_of_matrix_functions_is_differentiated_where_eigenvalues_meet(text, facts):
    function = matcalc.diff(text, "K", assume=facts).compile("torch")
    report = function.check(points=1)
    assert report.ok, report.reason
    given = {name: scale * torch.eye(3, dtype=torch.float64) for name, scale in (("K", 1), ("B", 2))}
    value, gradient = function(**given)
    leaf = given["K"].clone().requires_grad_()
    (found,) = torch.autograd.grad(function.plain(**{**given, "K": leaf})[0], leaf)
    torch.testing.assert_close(found, gradient)
    mapped = torch.func.vmap(lambda K: function.plain(**{**given, "K": K})[0])(torch.stack([given["K"]] * 2))
    torch.testing.assert_close(mapped, torch.stack([value] * 2))


@pytest.mark.parametrize("target", ["torch", "array-api"])
def test_no_system_of_all_entries_is_solved_for_the_derivative_of_a_root(target):
    assert "sylvester(" not in matcalc.diff("tr(sqrtm(X)@B)", "X").code(target).rpartition('"""')[2]


def test_a_program_whose_parts_are_used_twice_is_looked_through_once():
    lines = ["P0 = X@X + A", *(f"P{k + 1} = P{k}@P{k} + P{k}@A" for k in range(40))]
    derivative = matcalc.diff("; ".join(lines) + "; tr(P40)", "X", shapes={"X": ("n", "n"), "A": ("n", "n")})
    assert len(derivative.code()) < 20_000
