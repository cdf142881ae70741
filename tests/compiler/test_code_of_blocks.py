"""Blocks, slices, tables of scalars and sums over pairs in generated code: nothing is put together that need not be."""

import re
import sys

import numpy
import pytest

import matcalc

N, M = ("n", "n"), ("m", "n")
KKT = "inv(block([[H, A.T], [A, 0]]))"
# (text, by, order, shapes, facts)
CASES = [
    ("norm(block([[H, A.T], [A, 0]])@z - r)**2", "z", 1, {"H": N, "A": M}, {}),
    ("norm(block([[H, A.T], [A, 0]])@vstack(x, y) - r)**2", "y", 1, {"H": N, "A": M, "x": ("n", 1)}, {}),
    (f"p.T@{KKT}@r", "r", 1, {"H": N, "A": M}, {"H": ["pd"]}),
    ("p.T@inv(block([[-D, B], [B.T, diag(exp(s))]]))@r", "r", 1, {"D": N, "B": ("n", "m")}, {"D": ["pd"]}),
    ("p.T@inv(block([[D, B], [C, -S]]))@r", "r", 1, {"D": N, "S": ("m", "m")}, {"D": ["pd"], "S": ["pd"]}),
    ("p.T@inv(block([[D, B], [C, S]]))@r", "r", 1, {"D": N, "B": ("n", "m"), "S": ("m", "m")}, {"S": ["pd"]}),
    ("p.T@inv(block([[eye(n), B], [0, E]]))@r", "r", 1, {"B": ("n", "m"), "E": ("m", "m")}, {}),
    (f"p.T@{KKT}[:n, :n]@g + q.T@{KKT}[n:, :n].T.T@g", "g", 1, {"H": N, "A": M, "g": ("n", 1)}, {}),
    (f"logdet(block([[H, A.T], [A, C]])) + p.T@{KKT}@r", "r", 1, {"H": N, "A": M, "C": ("m", "m")}, {"H": ["pd"]}),
    ("norm(w[0]*x[2:] + w[1]*x[1:-1] + w[2]*x[:-2] - y)**2", "x", 1, {"w": (3, 1), "x": ("n", 1)}, {}),
    ("norm(x - y)**2 + c*norm(x[2:] - 2*x[1:-1] + x[:-2])**2", "x", 1, {"c": ()}, {}),
    ("sum(exp(x[3:] + 2*x[:-3] - x[1:-2]))", "x", 1, {}, {}),
    ("norm(X - Y)**2 + c*(norm(X[1:, :] - X[:-1, :])**2 + norm(X[:, 1:] - X[:, :-1])**2)", "X", 1, {"c": ()}, {}),
    ("sum(softplus(-y*(hstack(X, Z, ones(m, 1))@w)))", "w", 1, {"X": ("m", "n"), "Z": ("m", "k")}, {}),
    ("sum(softplus(-y*(hstack(X, Z, ones(m, 1))@w)))", "w", 2, {"X": ("m", "n"), "Z": ("m", "k")}, {}),
    ("norm(hstack(A, B)@w - y)**2 + norm(vstack(A.T, B.T).T)**2", "w", 1, {}, {}),
    ("logdet(block([[A, B], [B.T, C]])) - tr(S@block([[A, B], [B.T, C]]))", "B", 1, {"A": N, "C": ("m", "m")}, {}),
    ("sum(W[i, j]*norm(X[i, :] - X[j, :])**2 for i in n for j in n)", "X", 1, {}, {}),
    ("sum(W[i, j]*norm(X[i, :] - Y[j, :])**2 for i in n for j in m)", "X", 1, {}, {}),
    ("sum((norm(X[i, :] - X[j, :])**2 - D[i, j])**2 for i in n for j in n)", "X", 1, {}, {}),
    ("sum(exp(-g*norm(X[i, :] - X[j, :])**2) for i in n for j in n)", "g", 1, {"g": ()}, {}),
    ("norm([[1, 2, 3], [3, 4, 1/2]]@x - b)**2", "x", 1, {}, {}),
    ("x.T@[[a, b], [b, c]]@x", "x", 1, {"a": (), "b": (), "c": ()}, {}),
    ("det([[a, b], [b, c]]) + norm([a, b, 2*c])**2", "b", 1, {"a": (), "b": (), "c": ()}, {}),
    ("logdet(vstack(hstack(A, B), hstack(0*B.T, C)))", "A", 1, {"A": N, "C": ("m", "m")}, {}),
]  # fmt: skip


def derivative(text, by, order, shapes, facts):
    return matcalc.diff(text, by, order=order, shapes=shapes, assume=facts)


@pytest.mark.parametrize("case", CASES, ids=[case[0][:60] for case in CASES])
def test_the_code_computes_the_formula(case):
    report = derivative(*case).compile("numpy").check(points=2)
    assert report.ok, report.reason


@pytest.mark.parametrize("target", ["torch", pytest.param("jax", marks=pytest.mark.long), "array-api"])
@pytest.mark.parametrize("case", CASES[::4], ids=[case[0][:60] for case in CASES[::4]])
@pytest.mark.usefixtures("double_precision_in_jax")
def test_other_targets_compute_it_too(case, target):
    report = derivative(*case).compile(target).check(points=1)
    assert report.ok, report.reason


def body(found):
    """Return the statements of the function for NumPy."""
    return found.code("numpy").rpartition('"""')[2]


def shapes_made(function, arrays):
    """Return the shapes of all NumPy arrays that hold a value while a generated function runs."""
    found = set()

    def look(frame, event, _):
        if frame.f_code.co_filename.startswith("<matcalc"):
            found.update(numpy.shape(a) for a in frame.f_locals.values() if isinstance(a, numpy.ndarray))
        return look

    before = sys.gettrace()
    sys.settrace(look)
    try:
        function.plain(**arrays)
    finally:
        sys.settrace(before)
    return found


def test_blocks_are_not_put_together_to_meet_a_vector():
    rng, n, m = numpy.random.default_rng(0), 7, 3
    A = rng.standard_normal((m, n))
    given = {"H": A.T @ A + numpy.eye(n), "A": A, "z": rng.standard_normal(n + m), "r": rng.standard_normal(n + m),
             "p": rng.standard_normal(n + m)}
    for text, by, facts in ((CASES[0][0], "z", {}), (CASES[2][0], "r", {"H": ["pd"]})):
        found = derivative(text, by, 1, {"H": N, "A": M}, facts)
        function = found.compile("numpy")
        made = shapes_made(function, {name: given[name] for name in found.shapes})
        assert made and (n + m, n + m) not in made, function.source


def test_a_weighted_sum_over_pairs_makes_one_array_of_pairs():
    text = CASES[17][0]
    source = body(matcalc.diff(text, "X"))
    assert "X @ X.T" not in source and source.count(" @ X") == 1


def test_parts_are_written_once_and_added_where_they_belong():
    source = matcalc.diff("logdet(block([[H, A.T], [A, 0]]))", "A", shapes={"H": N, "A": M}).code("numpy")
    assert "concatenate" not in source and len(re.findall(r"M\[.*\] = ", source)) == 3
    image = body(derivative(*CASES[12]))
    assert "zeros" not in image and "concatenate" not in image


def test_a_window_is_one_call_where_numpy_has_it():
    source = derivative(*CASES[9]).code("numpy")
    assert source.count("numpy.correlate(") == source.count("numpy.convolve(") == 1
    assert "convolve" not in derivative(*CASES[9]).code("jax")


def test_a_table_of_numbers_is_written_as_a_list():
    assert "[[1, 3], [2, 4], [3, 0.5]]" in body(derivative(*CASES[21]))
