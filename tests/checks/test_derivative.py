"""The check against autograd: right answers pass in every layout, wrong ones never do, and doubt is said."""

import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy
import pytest
import torch
from counted_work import counted
from samples import asked, quick
from tables import every_row

import matcalc
from matcalc.checks.derivative import check_derivative, relative_error
from matcalc.errors import ArgumentError, LimitError, ShapeError, UnknownNameError
from matcalc.evaluation.points import Sampler, assignments, draw
from matcalc.evaluation.truth import jacobian, structure_matrix
from matcalc.shapes.declared import declared_shapes
from matcalc.shapes.elaborate import elaborate
from matcalc.shapes.query import Query

CORPUS = Path(__file__).resolve().parents[1] / "corpus"


class Claimed:
    """A derivative whose printed form is another text."""

    def __init__(self, derivative, text, **changes):
        self.__dict__.update(vars(derivative))
        self.__dict__.update(changes)
        self.text = text

    @property
    def query(self):
        return Query(self.elaborated, self.book, self.wrt, self.layout, self.order, self.structure)

    def __str__(self):
        return self.text


def claim(text, expr, wrt=None, points=3, seed=0, **options):
    return check_derivative(Claimed(matcalc.diff(expr, wrt, **options), text), points, seed)


# -- right answers --------------------------------------------------------------------------------------------

PAIRS = {
    "scalar by scalar": ("sum(exp(a*x))", "a"),
    "scalar by column": ("norm(A@x - y)**2", "x"),
    "scalar by matrix": ("tr(A@X@B)", "X"),
    "column by scalar": ("exp(a*x)", "a"),
    "column by column": ("tanh(A@x)", "x"),
    "column by matrix": ("X@y", "X"),
    "matrix by scalar": ("inv(eye(n) + a*A)", "a"),
    "matrix by column": ("x@x.T", "x"),
    "matrix by matrix": ("A@X@B", "X"),
}


@every_row("layout", ["denom", "num", "mixed"])
@every_row("pair", PAIRS)
def test_every_pair_passes_in_every_layout(pair, layout):
    report = matcalc.diff(*PAIRS[pair], layout=layout).check()
    assert report.ok is True and report and report.points == 3
    assert 0 <= report.max_error < 1e-10


@pytest.mark.parametrize("pair", [pair for pair in PAIRS if pair != "scalar by scalar"])
def test_the_other_layout_is_noticed(pair):
    expr, wrt = PAIRS[pair]
    numerator = str(matcalc.diff(expr, wrt, layout="num"))
    assert claim(numerator, expr, wrt, layout="num").ok is True
    assert claim(numerator, expr, wrt, layout="denom").ok is False


@pytest.mark.parametrize(("expr", "wrt"), [
    ("logsumexp(A@x)", "x"), ("tr(X.T@A@X)", "X"), ("sum(exp(a*x))", "a"), ("norm(X@w - y)**2", "X"),
])
def test_second_derivatives_pass(expr, wrt):
    derivative = matcalc.diff(expr, wrt, order=2)
    assert derivative.check().ok is True
    assert check_derivative(Claimed(derivative, f"2*({derivative})")).ok is False


STRUCTURES = [("symmetric", "projected"), ("symmetric", "parametrized"), ("pd", "parametrized"), ("psd", "projected"),
              ("skew", "projected"), ("skew", "parametrized"), ("diagonal", "projected"), ("diagonal", "parametrized")]


@pytest.mark.parametrize(("fact", "structure"), STRUCTURES)
@pytest.mark.parametrize(("expr", "order"), [("tr(A@X@X@B)", 1), ("A@X@B", 1), ("tr(A@X@B@X)", 2)])
def test_structured_variables(fact, structure, expr, order):
    options = {"assume": {"X": [fact]}, "order": order}
    derivative = matcalc.diff(expr, "X", structure=structure, **options)
    assert derivative.check().ok is True
    free = matcalc.diff(expr, "X", structure="free", **options)
    assert free.check().ok is True
    assert check_derivative(Claimed(derivative, str(free))).ok is False


def test_parametrized_is_the_derivative_by_free_parameters():
    """Matrix Cookbook 2.8: each column moves what stands at (i, j) and its mirror image."""
    torch.testing.assert_close(structure_matrix(torch.zeros(2, 2), {"symmetric"}, "parametrized"), torch.tensor(
        [[1.0, 0, 0, 0], [0, 1, 1, 0], [0, 1, 1, 0], [0, 0, 0, 1]], dtype=torch.float64))
    torch.testing.assert_close(structure_matrix(torch.zeros(2, 2), {"skew"}, "projected"), torch.tensor(
        [[0.0, 0, 0, 0], [0, 0.5, -0.5, 0], [0, -0.5, 0.5, 0], [0, 0, 0, 0]], dtype=torch.float64))
    assert structure_matrix(torch.zeros(2, 2), {"symmetric"}, "free") is None


def test_jacobians_agree_by_rows_and_by_columns():
    a = torch.tensor([[0.7]], dtype=torch.float64, requires_grad=True)
    x = torch.randn(4, 1, dtype=torch.float64, generator=torch.Generator().manual_seed(0), requires_grad=True)
    tall = torch.exp(a * x)
    by_rows = torch.stack([torch.autograd.grad(entry, a, retain_graph=True)[0][0] for entry in tall])
    torch.testing.assert_close(jacobian(tall, a), by_rows)
    torch.testing.assert_close(jacobian(tall, x), torch.diag((a * tall)[:, 0]))


@pytest.mark.parametrize(("expr", "wrt", "options"), [
    ("sum(y)", "x", {"shapes": {"x": ("n", 1), "y": ("m", 1)}}),
    ("A@y", "X", {"shapes": {"X": ("p", "q"), "A": ("n", "m"), "y": ("m", 1)}}),
    ("sum(softmax(x))", "x", {}),
    ("sum(sign(x))", "x", {}),
    ("tr(X@inv(X))", "X", {}),
    ("x.T@detach(y)", "y", {}),
])
def test_a_zero_derivative_passes_and_any_other_claim_fails(expr, wrt, options):
    derivative = matcalc.diff(expr, wrt, **options)
    assert derivative.check().ok is True
    shape = derivative.shape
    nonzero = f"1/1000000*ones({shape[0]}, {shape[1]})"
    assert check_derivative(Claimed(derivative, nonzero)).ok is False


@pytest.mark.parametrize("expr", [
    "e(6, n).T@x", "e(40, n).T@x", "log(b - sum(x**2))", "sum(asin(x/4))", "logdet(X.T@X)", "logdet(X@X.T)",
    "tr(logm(X@X.T))", 'norm(X, "nuc")', "eigmax(X.T@X)", "sum(log(b - A@x))",
])
def test_points_are_found_within_the_domain(expr):
    assert matcalc.diff(expr, "X" if "X" in expr else "x").check().ok is True


def test_an_integer_power_is_checked_at_integers():
    assert matcalc.diff("tr(matpow(X, k))", "X").check().ok is True


# -- wrong answers ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("wrong", "expr", "wrt"), [
    ("2*A@x", "x.T@A@x", "x"),
    ("(A + A.T)@x*(1 + 1/100000)", "x.T@A@x", "x"),
    ("-(A + A.T)@x", "x.T@A@x", "x"),
    ("x.T@(A + A.T)", "x.T@A@x", "x"),
    ("zeros(n)", "x.T@A@x", "x"),
    ("(A + A.T)@x + 1/1000000", "x.T@A@x", "x"),
    ("inv(X)", "logdet(X)", "X"),
    ("B.T@A.T", "tr(A@X@B)", "X"),
    ("A@x", "norm(A@x)", "x"),
    ("sign(x)", "norm(x)", "x"),
    ("heaviside(-x)", "sum(relu(x))", "x"),
    ("log(x)", "sum(x*log(x))", "x"),
    ("nosuch(x)", "sum(x)", "x"),
    ("y", "sum(x)", "x"),
    ("ones(n, n)", "sum(x)", "x"),
    ("ones(n)*(", "sum(x)", "x"),
])
def test_a_wrong_answer_never_passes(wrong, expr, wrt):
    for seed in range(5):
        report = claim(wrong, expr, wrt, seed=seed)
        assert report.ok is False and not report, f"seed {seed}"
        assert report.reason


def test_a_disagreement_shows_the_point_and_both_values():
    report = claim("2*A@x", "x.T@A@x", "x")
    assert report.max_error > 1e-3 and report.points == 1
    assert "torch autograd disagrees" in report.reason
    assert {line.split(" = ")[0] for line in report.detail.splitlines()} == {"x", "A", "torch", "matcalc"}


@pytest.mark.parametrize("text", ["log(-x**2)", "ones(n)*(1/0)", "x/(0*x)", "inv(zeros(n, n))@x"])
def test_no_number_is_no_pass(text):
    report = claim(text, "x.T@x", "x")
    assert report.ok is False
    assert "not finite" in report.reason or "no value" in report.reason


def test_tiny_derivatives_are_compared_relative_to_their_size():
    assert claim("1/10**20*ones(n)", "sum(x)/10**20", "x").ok is True
    assert claim("2/10**20*ones(n)", "sum(x)/10**20", "x").ok is False
    assert claim("zeros(n)", "sum(x)/10**20", "x").ok is False
    assert claim("zeros(n)", "1000000 + sum(x)/10**6", "x").ok is False


# -- what cannot be checked ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("expr", "options"), [
    ("sum(A@x)", {"shapes": {"A": (100000, 100000), "x": (100000, 1)}}),
    ("sum(zeros(100000, 100000))*sum(x)", {}),
    ("A@X@B", {"shapes": {"A": (300, 300), "X": (300, 300), "B": (300, 300)}}),
])
def test_what_is_too_large_is_said_at_once(expr, options):
    wrt = "X" if "X" in expr else "x"
    derivative = matcalc.diff(expr, wrt, **options)
    check_derivative(matcalc.diff("x.T@x"))
    with counted(most=300_000):
        report = derivative.check()
    assert report.ok is None and not report
    assert "too large to check" in report.reason


def test_an_empty_domain_is_not_a_pass():
    report = matcalc.diff("sum(log(-x**2 - 1))*a", "a").check()
    assert report.ok is None and report.points == 0 and "no point found" in report.reason


def test_an_answer_that_cannot_be_written_out_is_not_checked():
    derivative = matcalc.diff("x.T@x")

    class TooLong(Claimed):
        def __str__(self):
            raise LimitError("too long")

    report = check_derivative(TooLong(derivative, ""))
    assert report.ok is None and report.reason == "too long"


@pytest.mark.parametrize("points", [0, -1, 1.5, "3"])
def test_the_number_of_points_is_positive(points):
    with pytest.raises(ArgumentError):
        matcalc.diff("x.T@x").check(points=points)


# -- points ----------------------------------------------------------------------------------------------------------


def test_all_sizes_of_a_point_are_different_and_not_one():
    for sizes in assignments({"n", "m", "p"}, taken={3}):
        assert len(set(sizes.values())) == 3 and not set(sizes.values()) & {1, 3}
    orders = list(assignments({"n", "m"}))
    assert any(s["n"] > s["m"] for s in orders) and any(s["n"] < s["m"] for s in orders)


IDENTITY = torch.eye(4, dtype=torch.float64)
STRUCTURE = {
    "symmetric": lambda a: a - a.T,
    "skew": lambda a: a + a.T,
    "diagonal": lambda a: a - torch.diag(torch.diag(a)),
    "orthogonal": lambda a: a.T @ a - IDENTITY,
    "permutation": lambda a: a.T @ a - IDENTITY + a * (1 - a),
    "projection": lambda a: a @ a - a,
    "toeplitz": lambda a: a[1:, 1:] - a[:-1, :-1],
    "circulant": lambda a: a - a.roll((1, 1), (0, 1)),
    "hankel": lambda a: a[1:, :-1] - a[:-1, 1:],
    "lower-triangular": lambda a: a.triu(1),
    "upper-triangular": lambda a: a.tril(-1),
    "pd": lambda a: torch.relu(-torch.linalg.eigvalsh(a)) + (a - a.T).norm(),
    "psd": lambda a: torch.relu(-torch.linalg.eigvalsh(a) - 1e-12) + (a - a.T).norm(),
    "invertible": lambda a: a @ torch.linalg.inv(a) - IDENTITY,
    "positive-det": lambda a: torch.relu(-torch.linalg.det(a)),
    "positive": lambda a: torch.relu(-a) + (a == 0),
    "negative": lambda a: torch.relu(a) + (a == 0),
    "unit-interval": lambda a: torch.relu(-a) + torch.relu(a - 1),
    "simplex": lambda a: a.sum(0) - 1,
    "binary": lambda a: a * (1 - a),
    "integer": lambda a: a - a.round(),
}


@every_row("fact", STRUCTURE)
def test_names_are_drawn_for_their_declared_facts(fact):
    for seed in range(20):
        array = draw((4, 4), frozenset({fact}), "normal", torch.Generator().manual_seed(seed))
        assert STRUCTURE[fact](array).norm() < 1e-9, f"seed {seed}"
        assert array.norm() > 0 or fact == "binary"


@every_row("facts", [{"symmetric", "positive"}, {"orthogonal", "symmetric"}, {"diagonal", "negative"},
                                   {"projection", "symmetric"}, {"toeplitz", "symmetric"}, {"integer", "positive"},
                                   {"toeplitz", "pd"}, {"circulant", "symmetric"}, {"lower-triangular", "toeplitz"}])
def test_two_facts_hold_together(facts):
    array = draw((4, 4), frozenset(facts), "normal", torch.Generator().manual_seed(3))
    for fact in facts - ({"negative", "positive"} if "diagonal" in facts else set()):
        assert STRUCTURE[fact](array).norm() < 1e-9, fact


def test_undeclared_matrices_are_generic():
    array = draw((4, 4), frozenset(), "normal", torch.Generator().manual_seed(0))
    assert (array - array.T).norm() > 0.1 and torch.linalg.matrix_rank(array) == 4


def test_a_point_where_the_derivative_vanishes_is_drawn_again():
    for seed in range(30):
        assert claim("zeros(n)", "relu(a.T@x - 1)", "x", points=1, seed=seed,
                     shapes={"a": ("n", 1), "x": ("n", 1)}).ok is False, f"seed {seed}"


def test_both_sides_of_a_kink_are_seen():
    for seed in range(20):
        assert claim("y", "abs(x.T@y)", "x", seed=seed).ok is False, f"seed {seed}"


def test_a_sampler_says_why_there_is_no_point():
    sampler = Sampler({"x": lambda sizes: (sizes["n"], 1)}, {}, [{"n": 2}], lambda point: False, 0)
    assert sampler.draw() is None and "no point found" in sampler.reason


# -- values for given arrays -----------------------------------------------------------------------------------------


def test_evaluate_takes_arrays_lists_numbers_and_tensors():
    derivative = matcalc.diff("norm(A@x - c*y)**2", "x")
    A, x, y = numpy.array([[1.0, 2], [3, 4], [5, 6]]), numpy.array([1.0, -1]), [1, 2, 3]
    expected = 2 * A.T @ (A @ x - 2.0 * numpy.array(y))
    for given in (x, x[:, None], x.tolist(), torch.tensor(x)):
        found = derivative.evaluate(A=A, x=given, y=y, c=2)
        assert isinstance(found, numpy.ndarray) and found.shape == (2, 1)
        numpy.testing.assert_allclose(found[:, 0], expected, rtol=1e-13)
    assert derivative.evaluate({"A": A, "x": x, "y": y}, c=2).tolist() == found.tolist()
    assert matcalc.parse("x.T@x").evaluate({"x": [1, 2]}) == 5.0
    assert matcalc.diff("a**3", "a").evaluate(a=2) == 12.0
    assert isinstance(matcalc.diff("a**3", "a").evaluate(a=2), float)


def test_evaluate_knows_the_sizes():
    assert matcalc.diff("sum(x)/n", "x", shapes={"x": ("n", 1)}).evaluate(x=[1, 2, 4]).tolist() == [[1 / 3]] * 3


@every_row(("arrays", "error", "words"), [
    ({"A": numpy.ones((3, 2))}, UnknownNameError, ["no value for x"]),
    ({"A": numpy.ones((3, 3)), "x": [1, 2]}, ShapeError, ["n"]),
    ({"A": numpy.ones((2, 3)), "x": [1, 2]}, ShapeError, ["A is 2×3", "n×n"]),
    ({"A": numpy.ones((2, 2)), "x": numpy.ones((2, 2))}, ShapeError, ["x is 2×2", "n×1"]),
    ({"A": numpy.ones((2, 2, 2)), "x": [1, 2]}, ShapeError, ["3 dimensions"]),
    ({"A": [[1, 2], [3]], "x": [1, 2]}, ShapeError, ["not an array of numbers"]),
    ({"A": None, "x": [1, 2]}, ShapeError, ["A is not an array of numbers"]),
    ({"A": [["1"]], "x": [1]}, ShapeError, ["A is not an array of numbers"]),
    ({"A": numpy.ones((2, 2)), "x": [1, 2], "B": 1}, UnknownNameError, ["no variable 'B'"]),
])
def test_evaluate_says_what_does_not_fit(arrays, error, words):
    with pytest.raises(error) as caught:
        matcalc.diff("x.T@A@x", "x").evaluate(**arrays)
    assert all(word in caught.value.message for word in words)
    assert caught.value.hint


def test_evaluate_takes_nothing_without_a_name():
    with pytest.raises(matcalc.ArgumentError, match="evaluate takes its arrays by name, not list"):
        matcalc.diff("x.T@A@x", "x").evaluate([1, 2])


# -- the corpus, and torch's place -----------------------------------------------------------------------------------

LINES = [line for path in sorted(CORPUS.glob("*.jsonl")) for line in path.read_text(encoding="utf-8").splitlines()]
ENTRIES = [entry for entry in map(json.loads, LINES) if entry.get("expected")]


@pytest.mark.parametrize("entry", quick(ENTRIES, asked, [entry["id"] for entry in ENTRIES], times=2))
def test_the_corpus_entry_is_right(entry, book):
    """The textbook's own form agrees with autograd: the check calls no right formula wrong."""
    elaborated = elaborate(entry["expr"], book, entry["shapes"], entry.get("assume"))
    if entry["wrt"] not in elaborated.shapes:
        elaborated.shapes.update(declared_shapes({entry["wrt"]: entry["shapes"][entry["wrt"]]}))
    derivative = SimpleNamespace(elaborated=elaborated, book=book, wrt=entry["wrt"], layout=entry["layout"],
                                 order=entry["order"],
                                 structure="parametrized" if entry.get("structured") else "free")
    report = check_derivative(Claimed(derivative, entry["expected"]), points=1)
    assert report.ok is True, report


def test_a_derivative_imports_no_torch():
    program = "import sys, matcalc; str(matcalc.diff('norm(A@x)**2', 'x')); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_a_maximum_and_its_argument_are_written_alike():
    """The subgradient of a maximum compares max(X) with detach(X): both have to be computed in the same way."""
    text = (
        "(1 + (norm((c*(3*(-(P))))*((outer(kron(eye(n), u.T)@vec(Y.T), -(e(1, m))))@(((1 + (X.T)**2)**b)*"
        "(3*(X.T)))), inf))**2)**b"
    )
    shapes = {"c": (), "b": (), "P": ("n", "n"), "u": ("m", 1), "Y": ("n", "m"), "X": ("n", "m")}
    derivative = matcalc.diff(text, wrt="P", layout="mixed", shapes=shapes, assume={"P": ["pd"], "c": ["positive"]})
    report = derivative.check(points=2, seed=1220)
    assert report.ok is True, report.reason


def test_a_value_that_is_not_a_number_is_infinitely_wrong():
    nothing = torch.full((1, 1), float("nan"), dtype=torch.float64)
    assert relative_error(torch.zeros(1, 1, dtype=torch.float64), nothing) == float("inf")
