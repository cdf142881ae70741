"""Definiteness of expressions: what is proved holds at points drawn by NumPy alone, what is refuted is false there."""

import random
import re

import numpy as np
import numpy_language as language
import pytest
from definite_expressions import ASSUME, SHAPES, Definite
from tables import every_row

from matcalc.errors import ArgumentError, MatcalcError, ShapeError
from matcalc.linalg import definite
from matcalc.linalg.definiteness import counterexample
from matcalc.shapes.declarations import read_assumptions, read_shapes

PD, PSD, ND, NSD = "positive definite", "positive semidefinite", "negative definite", "negative semidefinite"
SIGNS = {PD: 1, PSD: 1, ND: -1, NSD: -1, "positive": 1, "nonnegative": 1, "negative": -1, "nonpositive": -1}
STRICT = {PD, ND, "positive", "negative"}
POINTS = 8

# (expression, verdict, facts, shapes)
PROVED = [
    # what is declared, constants, sums and multiples
    ("P", PD, "P pd", ""),
    ("Q", PSD, "Q psd", ""),
    ("P + Q", PD, "P pd, Q psd", ""),
    ("2*P + 3*eye(n)", PD, "P pd", ""),
    ("A.T@A + c*eye(n)", PD, "c positive", "A: m×n"),
    ("-c*P", ND, "P pd, c positive", "c: scalar"),
    ("c*P", ND, "P pd, c negative", "c: scalar"),
    ("ones(n, n)", PSD, "", ""),
    ("D", PD, "D diagonal positive", ""),
    ("-D", PD, "D diagonal negative", ""),
    ("J", PSD, "J projection symmetric", ""),
    ("exp(c)*P + x@x.T", PD, "P pd", "c: scalar"),
    # Gram matrices and congruences
    ("A.T@A", PSD, "", "A: m×n"),
    ("A@A.T", PSD, "", "A: m×n"),
    ("B.T@B", PD, "B invertible", ""),
    ("B.T@P@B", PD, "P pd, B invertible", ""),
    ("B.T@P@B", PSD, "P pd", "B: n×m"),
    ("O@P@O.T", PD, "P pd, O orthogonal", "O: n×n"),
    ("v@v.T", PSD, "", ""),
    ("inv(B).T@P@inv(B)", PD, "P pd, B invertible", ""),
    ("A.T@diag(w)@A", PSD, "w positive", "A: m×n"),
    ("X.T@diag(sigmoid(X@w)*(1 - sigmoid(X@w)))@X", PSD, "", ""),
    ("A.T@A + A.T@B + B.T@A + B.T@B", PSD, "", "A: m×n, B: m×n"),
    ("2*A.T@A - A.T@B - B.T@A + B.T@B", PSD, "", "A: m×n, B: m×n"),
    ("A.T@P@A - 2*A.T@P@B - 2*B.T@P@A + 5*B.T@P@B", PSD, "P psd", "A: m×n, B: m×n"),
    # powers, inverses, functions of matrices
    ("inv(P)", PD, "P pd", ""),
    ("matpow(S, 2)", PSD, "S symmetric", ""),
    ("S@S + eye(n)", PD, "S symmetric", ""),
    ("matpow(P, 3)", PD, "P pd", ""),
    ("matpow(S, -2)", PD, "S symmetric invertible", ""),
    ("matpow(Q, 3)", PSD, "Q psd", ""),
    ("inv(inv(P) + inv(R))", PD, "P pd, R pd", ""),
    ("pinv(P)", PD, "P pd", ""),
    ("expm(S)", PD, "S symmetric", ""),
    ("sqrtm(P)", PD, "P pd", ""),
    ("logm(eye(n) + P)", PD, "P pd", ""),
    ("P@inv(P + eye(n))", PD, "P pd", ""),
    ("P@(eye(n) + P)", PD, "P pd", ""),
    ("adj(P)", PD, "P pd", ""),
    # Kronecker and elementwise products
    ("kron(P, R)", PD, "P pd, R pd", ""),
    ("kron(-P, -R)", PD, "P pd, R pd", ""),
    ("kron(eye(m), A.T@A)", PSD, "", "A: k×n"),
    ("P*R", PD, "P pd, R pd", ""),
    ("Q*(x@x.T)", PSD, "Q psd", ""),
    ("Q**3", PSD, "Q psd", ""),
    ("exp(Q)", PSD, "Q psd", ""),
    ("cosh(Q)", PSD, "Q psd", ""),
    ("eye(n)*P", PD, "P pd", ""),
    ("eye(n*n) + comm(n, n)", PSD, "", ""),
    # diagonal matrices and signs
    ("diag(x)", PD, "x positive", ""),
    ("diag(x**2)", PSD, "", ""),
    ("diag(1 - tanh(x)**2)", PD, "", ""),
    ("diag(1/(1 + x**2))", PD, "", ""),
    ("diag(log(1 + x**2))", PSD, "", ""),
    ("diag(exp(x) - 1)", PD, "x positive", ""),
    ("diag(sqrt(1 + x**2) - 1)", PSD, "", ""),
    ("diag(u*(1 - u))", PD, "u unit-interval", ""),
    ("diag(maximum(x, 1))", PD, "", ""),
    ("diag(b - b**2)", PSD, "b binary", "b: n"),
    # differences
    ("diag(softmax(x)) - softmax(x)@softmax(x).T", PSD, "", ""),
    ("diag(p) - p@p.T", PSD, "p simplex", ""),
    ("eye(n) - v@v.T/(v.T@v)", PSD, "", ""),
    ("2*eye(n) - v@v.T/(v.T@v)", PD, "", ""),
    ("eye(n) - ones(n, n)/n", PSD, "", ""),
    ("eye(n) - X@inv(X.T@X)@X.T", PSD, "", "X: n×k"),
    ("eye(n) - X@inv(X.T@X + c*eye(k))@X.T", PD, "c positive", "X: n×k"),
    ("(eye(n) - x@x.T/(1 + x.T@x))/sqrt(1 + x.T@x)", PD, "", ""),
    ("P - P@x@x.T@P/(x.T@P@x + 1)", PSD, "P psd", ""),
    ("P - P@H.T@inv(H@P@H.T + R)@H@P", PD, "P pd, R pd", ""),
    ("P - P@inv(P + R)@P", PD, "P pd, R pd", ""),
    ("n*diag(x**2) - x@x.T", PSD, "", "x: n"),
    ("diag(1/x**3) - (1/x**2)@(1/x**2).T/sum(1/x)", PSD, "x positive", ""),
    ("diag(W@ones(n)) - W", PSD, "W symmetric positive", "W: n×n"),
    ("diag(W@ones(n)) + W", PSD, "W symmetric positive", "W: n×n"),
    ("tr(Q)*eye(n) - Q", PSD, "Q psd", ""),
    ("eigmax(S)*eye(n) - S", PSD, "S symmetric", ""),
    ("S - eigmin(S)*eye(n)", PSD, "S symmetric", ""),
    ("norm(S)*eye(n) + S", PSD, "S symmetric", ""),
    ("(x.T@x)*eye(n) - x@x.T", PSD, "", ""),
    ("(eye(n) - v@v.T/(v.T@v))@P@(eye(n) - v@v.T/(v.T@v))", PSD, "P psd", ""),
    ("kron(inv(P), inv(P)) - vec(inv(P))@vec(inv(P)).T/n", PSD, "P pd", "P: n×n"),
    ("eye(n) - x@ones(1, n)/c - ones(n)@x.T/c + (x.T@x)*ones(n, n)/c**2", PSD, "c positive", "c: scalar"),
    # scalars
    ("1 + x.T@x", "positive", "", ""),
    ("x.T@Q@x", "nonnegative", "Q psd", ""),
    ("-x.T@P@x - 1", "negative", "P pd", ""),
    ("tr(P@R)", "nonnegative", "P psd, R psd", ""),
    ("tr(A.T@P@A)", "nonnegative", "P psd", "A: n×m"),
    ("det(P)", "positive", "P pd", ""),
    ("eigmin(P)", "positive", "P pd", ""),
    ("(x.T@x)*(y.T@y) - (x.T@y)**2", "nonnegative", "", "x: n, y: n"),
    ("sum(p*x**2) - (p.T@x)**2", "nonnegative", "p simplex", "x: n, p: n"),
    ("n*(x.T@x) - sum(x)**2", "nonnegative", "", "x: n"),
    ("x.T@x + y.T@y - 2*x.T@y", "nonnegative", "", "x: n, y: n"),
    ("c**2 - 2*c + 2", "positive", "", "c: scalar"),
    ("c**4 - 2*c**2 + 1", "nonnegative", "", "c: scalar"),
    ("log(1 + exp(c))", "positive", "", "c: scalar"),
    ("diag(x - sin(x))", PD, "x positive", ""),
    ("1 - exp(-c**2)", "nonnegative", "", "c: scalar"),
]

# what is not semidefinite, although it may look so; each is refuted in small numbers
REFUTED = [
    ("S", "S symmetric", ""),
    ("A + A.T", "", "A: n×n"),
    ("A", "A invertible", ""),
    ("A", "A orthogonal", "A: n×n"),
    ("P - R", "P pd, R pd", ""),
    ("P@R + R@P", "P pd, R pd", ""),
    ("eye(n) - c*x@x.T", "c positive", "c: scalar"),
    ("eye(n) - x@x.T", "", ""),
    ("diag(x)", "", ""),
    ("diag(x) - x@x.T", "x positive", ""),
    ("diag(x) - x@x.T", "x unit-interval", ""),
    ("W", "W symmetric positive", ""),
    ("matpow(S, 3)", "S symmetric", ""),
    ("S**2", "S symmetric", ""),
    ("S**2 - S@S", "S symmetric", ""),
    ("logm(P)", "P pd", ""),
    ("comm(n, n)", "", ""),
    ("x@y.T + y@x.T", "", "x: n, y: n"),
    ("eigmax(S)*eye(n) - 2*S", "S symmetric", ""),
    ("eigmin(S)*eye(n) + S", "S symmetric", ""),
    ("kron(S, S)", "S symmetric", ""),
    ("A.T@A - A@A.T", "", "A: n×n"),
    ("A.T@B + B.T@A", "", "A: m×n, B: m×n"),
    ("A.T@A - 2*A.T@B - 2*B.T@A + B.T@B", "", "A: m×n, B: m×n"),
    ("K", "K toeplitz symmetric", ""),
    ("sin(P)", "P pd", ""),
    ("diag(tanh(x) - x)", "", ""),
    ("n*diag(x**2) - 2*x@x.T", "", "x: n"),
    ("2*P - matpow(P, 2)", "P pd", ""),
    ("P - P@x@x.T@P/(x.T@P@x - 1)", "P pd", ""),
    ("(x.T@x)*(y.T@y) - 2*(x.T@y)**2", "", "x: n, y: n"),
    ("c**2 - 2*c", "", "c: scalar"),
    ("sum(x)", "", ""),
    ("x.T@A@x", "", ""),
    ("det(S)", "S symmetric", ""),
    ("tr(P@S)", "P pd, S symmetric", ""),
]

# true for reasons that no rule has, or always zero at the points: nothing is claimed, nothing is refuted
UNKNOWN = [
    ("P@R@P@R@P - P@R@P@R@P", "P pd, R pd", False),
    ("(a**2*b**4 + a**4*b**2 + 1 - 3*a**2*b**2)*eye(3)", "", True),
    ("diag(x**2 + 2 - 2*cos(x))", "", True),
    ("diag(exp(x) - 1 - x)", "", True),
]


def facts_of(text):
    return read_assumptions([text]) if text else {}


def shapes_of(text):
    return read_shapes([text]) if text else {}


def points(report, text, count=POINTS, seed=0):
    """Yield (value, point) at points that NumPy draws, of all sizes from 1 to 4."""
    function = report.expression
    facts = {name: set(words) for name, words in function.elaborated.facts.items()}
    rng, letters = np.random.default_rng(seed), re.findall(r"\b[nmk]\b", text)
    for _ in range(count):
        sizes = language.draw_sizes(rng, function.shapes, set(letters) - set(function.shapes))
        point = language.draw_point(rng, function.shapes, facts, sizes)
        try:
            value = language.value(text, point, sizes)
        except np.linalg.LinAlgError:
            continue
        if np.isfinite(value).all():
            yield (value + value.T) / 2, point


def assert_holds(report, text, seed=0, count=POINTS):
    """Assert that a proved verdict holds at points; a strict one strictly, as far as rounding shows."""
    sign, found = SIGNS[report.verdict], []
    for value, _ in points(report, text, count, seed):
        eigenvalues = np.linalg.eigvalsh(sign * value)
        size = max(1.0, np.abs(eigenvalues).max())
        assert eigenvalues[0] >= -1e-7 * size, f"{text} at seed {seed}\n{report}"
        found.append(eigenvalues[0] > 1e-13 * np.abs(eigenvalues).max())
    if report.verdict in STRICT and found:
        assert any(found), f"{text} at seed {seed}\n{report}"
    return len(found)


@pytest.mark.parametrize("text, verdict, facts, shapes", PROVED, ids=[f"{row[0]} {row[2]}" for row in PROVED])
def test_proved(text, verdict, facts, shapes):
    report = definite(text, facts_of(facts), shapes_of(shapes))
    assert report.verdict == verdict, str(report)
    assert report.proof.steps[-1].number == len(report.proof)
    assert_holds(report, text, seed=1) if "adj" not in text else None
    check = report.verify(points=3)
    assert check.ok, check.reason


@pytest.mark.parametrize("text, facts, shapes", REFUTED, ids=[f"{row[0]} {row[1]}" for row in REFUTED])
def test_refuted(text, facts, shapes):
    report = definite(text, facts_of(facts), shapes_of(shapes))
    assert report.proof is None
    assert report.verdict.startswith(("not", "of either")), str(report)
    example = report.counterexample
    assert value_at(report, text, example) < 0
    assert value_at(report, text, example) == pytest.approx(example.value, rel=1e-4)
    if report.search.above is not None:
        assert value_at(report, text, report.search.above) > 0


def value_at(report, text, example):
    """Return x.T@M@x at a counterexample, by NumPy, after a look at the declared facts."""
    shapes, facts = report.expression.shapes, report.expression.elaborated.facts
    arrays = {name: np.array(v, dtype=float) for name, v in example.values.items() if name in shapes}
    arrays = {name: a.reshape(-1, 1) if a.ndim < 2 else a for name, a in arrays.items()}
    sizes = {}
    for name, array in arrays.items():
        assert_has(array, facts.get(name, ()))
        sizes |= {size: n for size, n in zip(shapes[name], array.shape) if isinstance(size, str)}
    sizes |= {name: v for name, v in example.values.items() if name not in shapes}
    x = np.array(example.vector or (1,), dtype=float).reshape(-1, 1)
    sizes.setdefault("n", int(np.sqrt(len(x))) if "comm" in text else len(x))
    return float((x.T @ language.value(text, arrays, sizes) @ x)[0, 0])


def assert_has(array, words):
    tests = {
        "symmetric": lambda a: (a == a.T).all(),
        "pd": lambda a: np.linalg.eigvalsh(a)[0] > 0,
        "positive": lambda a: (a > 0).all(),
        "invertible": lambda a: abs(np.linalg.det(a)) > 1e-9,
        "orthogonal": lambda a: np.allclose(a @ a.T, np.eye(len(a))),
        "unit-interval": lambda a: ((a > 0) & (a < 1)).all(),
    }
    for word in set(words) & tests.keys():
        assert tests[word](array), (word, array)


@pytest.mark.parametrize("text, facts, nothing", UNKNOWN, ids=[row[0] for row in UNKNOWN])
def test_unknown_claims_nothing(text, facts, nothing):
    report = definite(text, facts_of(facts))
    if nothing:
        assert report.verdict in ("unknown", "positive semidefinite")
        assert report.proof is not None or "not proved" in str(report)


def test_there_are_enough_cases():
    assert len(PROVED) >= 60
    assert len(REFUTED) >= 30


@pytest.mark.parametrize("seeds", [range(90), pytest.param(range(90, 350), marks=pytest.mark.long)])
def test_whatever_is_proved_holds(monkeypatch, seeds):
    """Soundness: random expressions, seeds in the message; the search for counterexamples is left out."""
    monkeypatch.setattr(counterexample, "search", lambda *_: counterexample.Search(None, None, 0))
    proved = compared = 0
    for seed in seeds:
        rng = random.Random(seed)
        draw, depth = Definite(rng), rng.choice([1, 1, 2, 2, 3])
        kind = rng.choice("mmmsc")
        text = {"m": draw.matrix, "s": draw.scalar}.get(kind, lambda d, draw=draw: f"diag({draw.column(d)})")(depth)
        names = set(re.findall(r"\w+", text))
        declared = {name: shape for name, shape in SHAPES.items() if name in names}
        try:
            report = definite(text, {n: words for n, words in ASSUME.items() if n in names}, declared)
        except ShapeError:  # a column that has no size of its own
            continue
        if report.proof is not None:
            proved += 1
            compared += assert_holds(report, text, seed, count=12)
    assert proved > len(seeds) / 3
    assert compared > 4 * len(seeds)


# -- what is said --------------------------------------------------------------------------------------------------


def test_the_proof_is_a_numbered_derivation():
    report = definite("A.T@A + c*eye(n)", {"c": ["positive"]})
    lines = str(report.proof).splitlines()
    assert [line.split()[0] for line in lines] == ["1", "2", "3", "4", "5"]
    assert "Gram matrix" in lines[0] and "by 2, 3" in lines[3] and "by 1, 4" in lines[4]
    assert report.headline() == "positive definite: A.T@A + c*eye(n) (proved in 5 steps)"
    assert "Aᵀ A + c I is positive definite" in report.unicode()


def test_the_letters_of_a_counterexample_are_apart_from_the_names():
    report = definite("x*M*v*A*eye(2)", shapes=dict.fromkeys("xMvA", ()))
    assert "z.T@B@z = " in str(report) and ", B the matrix" in str(report) and "zᵀ B z = " in report.unicode()


def test_a_bound_is_written_as_an_absolute_value():
    report = definite("1 - tanh(x)*tanh(y)", shapes={"x": (), "y": ()})
    assert "abs(tanh(x)) < 1" in str(report) and "|tanh(x)| < 1" in report.unicode()


def test_conditions_are_named_and_used():
    report = definite("eye(n) - X@inv(X.T@X)@X.T", shapes={"X": ("n", "k")})
    assert report.where == ("invertible(X.T@X)",)
    assert definite("diag(1/sqrt(x))").where == ("positive(x)",)


def test_a_matrix_that_is_not_symmetric_is_judged_by_its_symmetric_part():
    report = definite("P + K", {"P": ["pd"], "K": ["skew"]})
    assert report.verdict == PD and not report.symmetric
    assert "(M + M.T)/2" in str(report)


def test_sympy_matrices_and_expressions_are_taken():
    import sympy

    import matcalc

    x = sympy.MatrixSymbol("X", 3, 2)
    assert definite(x.T * x).verdict == PSD
    assert definite(matcalc.parse("P + eye(n)", assume={"P": ["psd"]})).verdict == PD
    assert definite(sympy.Matrix([[2, 1], [1, 2]])).verdict == PD


@pytest.mark.parametrize(
    "text, error, words",
    [("A@x", ShapeError, "square matrix"), ("A.T@A +", MatcalcError, ""), ("foo(A)", MatcalcError, "foo")],
)
def test_what_cannot_be_judged(text, error, words):
    with pytest.raises(error) as caught:
        definite(text)
    assert words in str(caught.value) and caught.value.hint


def test_unknown_facts_are_refused():
    with pytest.raises(ArgumentError):
        definite("A", {"A": ["definit"]})


def test_records_are_json():
    import json

    for text, facts in (("A.T@A", {}), ("S", {"S": ["symmetric"]})):
        record = json.loads(json.dumps(definite(text, facts).record(), allow_nan=False))
        assert record["verdict"] and (record["proof"] or record["counterexamples"])


BLOCKS = [
    ("block([[A, 0], [0, C]])", {"A": ["pd"], "C": ["pd"]}, "positive definite"),
    ("block([[A, B], [B.T, B.T@inv(A)@B]])", {"A": ["pd"]}, "positive semidefinite"),
    ("block([[A, B], [B.T, B.T@inv(A)@B + C]])", {"A": ["pd"], "C": ["pd"]}, "positive definite"),
    ("block([[eye(n), A], [A.T, A.T@A]])", {}, "positive semidefinite"),
    ("-block([[A, 0], [0, C]])", {"A": ["pd"], "C": ["pd"]}, "negative definite"),
    ("[[a, 0], [0, c]]", {"a": ["positive"], "c": ["positive"]}, "positive definite"),
    ("[[2, b], [b, b**2]]", {}, "positive semidefinite"),
]  # fmt: skip


@every_row(("text", "facts", "verdict"), BLOCKS)
def test_a_block_is_definite_by_its_schur_complement(text, facts, verdict):
    report = definite(text, assume=facts)
    assert report.verdict == verdict
    assert report.verify().ok


def test_when_a_small_matrix_is_definite_is_said():
    report = definite("[[a, b], [b, c]]")
    assert report.verdict == "not semidefinite"
    assert report.condition.startswith("positive definite exactly where a > 0 and a*c - b**2 > 0")
    assert definite("[[2, b], [b, 3]]").condition.startswith("positive definite exactly where 6 - b**2 > 0")
