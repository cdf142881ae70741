"""Convexity: what is proved obeys Jensen's inequality at points drawn by NumPy, what is refuted violates it."""

import json
import random
import re

import numpy as np
import numpy_language as language
import pytest
from convex_functions import ASSUME, SHAPES, Convex
from tables import every_row

from matcalc.errors import ArgumentError, LimitError, MatcalcError, ShapeError, UnknownNameError
from matcalc.linalg import convex
from matcalc.linalg.convexity import counterexample
from matcalc.shapes.declarations import read_assumptions, read_shapes

STRICTLY, CONVEX, AFFINE = "strictly convex", "convex", "affine"
STRICTLY_CONCAVE, CONCAVE = "strictly concave", "concave"
NEITHER, NOT_CONVEX = "neither convex nor concave", "not convex"
PAIRS = 10

# (function, in which name, verdict, facts, shapes)
PROVED = [
    # the list of the issue
    ("norm(A@x - b)**2", "x", CONVEX, "", ""),
    ("sum(log(1 + exp(-y*(X@w))))", "w", CONVEX, "", ""),
    ("logsumexp(A@x + b)", "x", CONVEX, "", ""),
    ("(a.T@x)**2/(b.T@x)", "x", CONVEX, "x positive, b positive", ""),
    ("sum(x*log(x))", "x", STRICTLY, "x positive", ""),
    ("-sum(x*log(x))", "x", STRICTLY_CONCAVE, "x simplex", ""),
    ("sum(x*log(x/y))", "x", STRICTLY, "x positive, y positive", ""),
    ("-logdet(X)", "X", STRICTLY, "X pd", ""),
    ("tr(inv(X))", "X", STRICTLY, "X pd", ""),
    ("norm(x)**2", "x", STRICTLY, "", ""),
    ("norm(x)**4", "x", CONVEX, "", ""),
    ("prod(x)**(1/n)", "x", CONCAVE, "x positive", "x: n"),
    ("n/sum(1/x)", "x", CONCAVE, "x positive", "x: n"),
    ("x.T@A.T@A@x", "x", CONVEX, "", ""),
    ("sqrt(1 + x.T@x)", "x", STRICTLY, "", ""),
    ("x.T@x/(1 + sum(x))", "x", CONVEX, "x positive", ""),
    # Boyd & Vandenberghe, chapter 3: functions of numbers
    ("exp(c*x)", "x", CONVEX, "", "x: scalar, c: scalar"),
    ("x**4", "x", CONVEX, "", "x: scalar"),
    ("x**(3/2)", "x", STRICTLY, "x positive", "x: scalar"),
    ("x**(1/2)", "x", STRICTLY_CONCAVE, "x positive", "x: scalar"),
    ("1/x", "x", STRICTLY, "x positive", "x: scalar"),
    ("log(x)", "x", STRICTLY_CONCAVE, "x positive", "x: scalar"),
    ("x*log(x)", "x", STRICTLY, "x positive", "x: scalar"),
    ("abs(x)**3", "x", CONVEX, "", "x: scalar"),
    ("x**4 - 2*x**3 + 3*x**2", "x", STRICTLY, "", "x: scalar"),
    ("log(1 + exp(x))", "x", STRICTLY, "", "x: scalar"),
    ("log(cosh(x))", "x", STRICTLY, "", "x: scalar"),
    # norms and maxima
    ("norm(x)", "x", CONVEX, "", ""),
    ("norm(A@x - b)", "x", CONVEX, "", ""),
    ("norm1(x)", "x", CONVEX, "", ""),
    ("max(A@x + b)", "x", CONVEX, "", ""),
    ("min(A@x)", "x", CONCAVE, "", ""),
    ("norm(X, 2)", "X", CONVEX, "", ""),
    ('norm(X, "nuc")', "X", CONVEX, "", ""),
    ("eigmax(X)", "X", CONVEX, "X symmetric", ""),
    ("eigmin(X)", "X", CONCAVE, "X symmetric", ""),
    ("norm(A@x - b) + c*norm1(x)", "x", CONVEX, "c positive", ""),
    # quadratic forms and quotients
    ("x.T@P@x + a.T@x", "x", STRICTLY, "P pd", ""),
    ("-x.T@Q@x", "x", CONCAVE, "Q psd", ""),
    ("x.T@inv(P)@x", "x", STRICTLY, "P pd", ""),
    ("norm(A@x - b)**2/(1 + exp(c))", "x", CONVEX, "", "c: scalar"),
    ("norm(A@x - b)**2/sum(x)", "x", CONVEX, "x positive", ""),
    ("sum((A@x)**2*w)", "x", CONVEX, "w positive", ""),
    ("x.T@(eye(n) - ones(n, n)/n)@x", "x", CONVEX, "", ""),
    ("a.T@inv(X)@a", "X", CONVEX, "X pd", ""),
    # exponentials, logarithms, barriers
    ("sum(exp(A@x))", "x", CONVEX, "", ""),
    ("log(sum(exp(x)))", "x", CONVEX, "", ""),
    ("-sum(log(x))", "x", STRICTLY, "x positive", ""),
    ("-sum(log(b - A@x))", "x", CONVEX, "", ""),
    ("-log(1 - x.T@x)", "x", STRICTLY, "", ""),
    ("exp(x.T@Q@x)", "x", CONVEX, "Q psd", ""),
    ("exp(norm1(x))", "x", CONVEX, "", ""),
    ("sum(exp(x))**2", "x", STRICTLY, "", ""),
    ("-exp(mean(log(x)))", "x", CONVEX, "x positive", ""),
    ("1/(a.T@x)", "x", CONVEX, "x positive, a positive", ""),
    ("sum(1/x)", "x", STRICTLY, "x positive", ""),
    ("-sum(sqrt(x))", "x", STRICTLY, "x positive", ""),
    # machine learning
    ("sum(relu(A@x))", "x", CONVEX, "", ""),
    ("sum(maximum(1 - y*(X@w), 0)) + c*norm(w)**2", "w", CONVEX, "c positive", ""),
    ("logsumexp(x) + c*norm(x)**2", "x", STRICTLY, "c positive", ""),
    ("sum(sqrt(1 + x**2))", "x", STRICTLY, "", ""),
    ("norm(X@W - Y)**2", "W", CONVEX, "", ""),
    ("tr(X.T@Q@X)", "X", CONVEX, "Q psd", ""),
    ("softplus(norm(x))", "x", CONVEX, "", ""),
    # functions of matrices
    ("logdet(X)", "X", STRICTLY_CONCAVE, "X pd", ""),
    ("log(det(X))", "X", STRICTLY_CONCAVE, "X pd", ""),
    ("det(X)**(1/n)", "X", CONCAVE, "X pd", "X: n×n"),
    ("tr(sqrtm(X))", "X", CONCAVE, "X pd", ""),
    ("tr(expm(X))", "X", CONVEX, "X symmetric", ""),
    ("tr(X@logm(X))", "X", CONVEX, "X pd", ""),
    ("tr(matpow(X, 2))", "X", CONVEX, "X symmetric", ""),
    ("tr(A@X@B@X)", "X", CONVEX, "X symmetric, A psd, B psd", ""),
    ("tr(A@X) - logdet(X)", "X", STRICTLY, "X pd", ""),
    # affine
    ("a.T@x + c", "x", AFFINE, "", "c: scalar"),
    ("tr(A@X)", "X", AFFINE, "", ""),
    ("sum(softmax(x))", "x", AFFINE, "", ""),
]

TRAPS = [
    ("x.T@A@x", "x", NEITHER, "", ""),
    ("x.T@P@x - x.T@R@x", "x", NEITHER, "P pd, R pd", ""),
    ("sum(sin(x))", "x", NEITHER, "", ""),
    # bent the other way only far out, or close to 0
    ("log(c)**2", "c", NEITHER, "c positive", "c: scalar"),
    ("log(c)**4", "c", NEITHER, "c positive", "c: scalar"),
    ("log(c)*c**2", "c", NEITHER, "c positive", "c: scalar"),
    ("sum(tanh(x))", "x", NEITHER, "", ""),
    ("(a.T@x)*(b.T@x)", "x", NEITHER, "", "a: n, b: n"),
    ("prod(x)", "x", NEITHER, "x positive", ""),
    ("sum(x)/norm(x)", "x", NEITHER, "x positive", ""),
    ("1/x", "x", NEITHER, "", "x: scalar"),
    ("x**3", "x", NEITHER, "", "x: scalar"),
    ("x**4 - 2*x**2", "x", NEITHER, "", "x: scalar"),
    ("log(1 + x**2)", "x", NEITHER, "", "x: scalar"),
    ("x.T@x/(1 - x.T@x)", "x", NEITHER, "", ""),
    ("x.T@x/(1 + sum(x))", "x", NEITHER, "", ""),
    ("logdet(X)", "X", NEITHER, "", ""),
    ("det(X)", "X", NEITHER, "X pd", ""),
    ("det(X)**(1/2)", "X", NEITHER, "X pd", "X: n×n"),
    ("tr(X@X)", "X", NEITHER, "", ""),
    ("norm(W2@relu(W1@x))**2", "W1", NEITHER, "", ""),
    ("norm(A@B - Y)**2", "A", CONVEX, "", ""),
    ("norm(A@A - Y)**2", "A", NEITHER, "", ""),
    ("sigmoid(a.T@x)", "x", NEITHER, "", ""),
    ("sin(x)", "x", NOT_CONVEX, "x unit-interval", "x: scalar"),
    ("sqrt(abs(x))", "x", NEITHER, "", "x: scalar"),
    ("min(x) + norm(x)", "x", NEITHER, "", ""),
    ("exp(-x.T@x)", "x", NEITHER, "", ""),
]


def ask(text, name, facts="", shapes=""):
    return convex(text, name, read_assumptions([facts]) if facts else None, read_shapes([shapes]) if shapes else None)


def pairs(report, text, count, seed):
    """Yield (f(a), f(b), f((a + b)/2)) at points of the domain, by NumPy alone; far apart and near each other."""
    shapes, name = report.expression.shapes, report.wrt
    facts = {key: set(words) for key, words in report.expression.elaborated.facts.items()}
    rng, letters = np.random.default_rng(seed), re.findall(r"\b[nmk]\b", text)
    for number in range(count):
        sizes = language.draw_sizes(rng, shapes, set(letters) - set(shapes))
        point = language.draw_point(rng, shapes, facts, sizes)
        other = language.draw_point(rng, {name: shapes[name]}, facts, sizes)[name]
        if number % 2:
            other = point[name] + 0.2 * (other - point[name])
        places = [point[name], other, (point[name] + other) / 2]
        values = [float(language.value(text, {**point, name: x}, sizes)[0, 0]) for x in places]
        if np.isfinite(values).all():
            yield values


def assert_jensen(report, text, seed=0, count=PAIRS):
    """Assert that a proved verdict agrees with the midpoints of random chords; return how many were compared."""
    compared = 0
    for first, last, middle in pairs(report, text, count, seed):
        gap, size = (first + last) / 2 - middle, max(1.0, abs(first), abs(last), abs(middle))
        if report.verdict == AFFINE or "concave" in report.verdict:
            assert gap <= 1e-9 * size, f"{text} at seed {seed}\n{report}"
        if report.verdict == AFFINE or "convex" in report.verdict:
            assert gap >= -1e-9 * size, f"{text} at seed {seed}\n{report}"
        compared += 1
    return compared


@pytest.mark.parametrize("text, name, verdict, facts, shapes", PROVED, ids=[f"{row[0]} {row[3]}" for row in PROVED])
def test_proved(text, name, verdict, facts, shapes):
    report = ask(text, name, facts, shapes)
    assert report.verdict == verdict, str(report)
    assert report.convex_domain
    assert_jensen(report, text, seed=2)
    check = report.verify(points=2)
    assert check.ok, check.reason


@pytest.mark.parametrize("text, name, verdict, facts, shapes", TRAPS, ids=[f"{row[0]} {row[3]}" for row in TRAPS])
def test_traps(text, name, verdict, facts, shapes):
    report = ask(text, name, facts, shapes)
    assert report.verdict == verdict, str(report)
    if verdict in (NEITHER, NOT_CONVEX):
        assert chord_gap(report, text, report.search.above) > 0
        if report.search.below is not None:
            assert chord_gap(report, text, report.search.below) < 0
        assert report.counterexample is report.search.above


def chord_gap(report, text, chord):
    """Return how far the function lies above the middle of a chord, by NumPy."""
    shapes = report.expression.shapes
    arrays = {name: matrix(value) for name, value in chord.values.items() if name in shapes}
    ends = [matrix(chord.one), matrix(chord.other)]
    sizes = {name: value for name, value in chord.values.items() if name not in shapes}
    for name, array in {**arrays, report.wrt: ends[0]}.items():
        sizes |= {size: n for size, n in zip(shapes[name], array.shape) if isinstance(size, str)}
    values = [
        float(language.value(text, {**arrays, report.wrt: x}, sizes)[0, 0]) for x in (*ends, (ends[0] + ends[1]) / 2)
    ]
    assert values[:2] == pytest.approx(list(chord.ends), rel=1e-4, abs=1e-6)
    assert values[2] == pytest.approx(chord.middle, rel=1e-4, abs=1e-6)
    return values[2] - (values[0] + values[1]) / 2


def matrix(value):
    array = np.array(value, dtype=float)
    return array.reshape(-1, 1) if array.ndim < 2 else array


@pytest.mark.parametrize("seeds", [range(8), pytest.param(range(8, 70), marks=pytest.mark.long)])
def test_whatever_is_proved_obeys_jensen(monkeypatch, seeds):
    """Soundness: random functions, seeds in the message; the search for counterexamples is left out."""
    monkeypatch.setattr(counterexample, "search_chords", lambda *_: counterexample.ChordSearch(None, None, 0))
    proved = compared = 0
    for seed in seeds:
        rng = random.Random(seed)
        positive = rng.random() < 0.5
        text = Convex(rng, positive).scalar(rng.choice([0, 1, 1, 2, 2, 3]))
        names = set(re.findall(r"\w+", text)) | {"x"}
        facts = {name: words for name, words in ASSUME.items() if name in names}
        if positive:
            facts["x"] = ["positive"]
        try:
            report = convex(text, "x", facts, {name: shape for name, shape in SHAPES.items() if name in names})
        except ShapeError:  # dot of columns of two sizes
            continue
        if report.proof is not None and report.convex_domain:
            proved += 1
            compared += assert_jensen(report, text, seed, count=20)
    assert proved >= len(seeds) / 4
    assert compared > 5*len(seeds)


# -- domains ----------------------------------------------------------------------------------------------------------


def test_a_convex_domain_is_named():
    report = ask("-sum(log(b - A@x))", "x")
    assert report.where == ("positive(b - A@x)",) and report.convex_domain
    assert "where positive(b - A@x)" in report.headline()


def test_a_domain_that_is_not_convex_is_named():
    report = ask("1/x**2", "x", "", "x: scalar")
    assert report.verdict == STRICTLY and not report.convex_domain
    assert "on every convex set where nonzero(x)" in report.headline()
    assert report.verify(points=30).ok  # no chord crosses the pole


def test_between_kinks_is_not_everywhere():
    report = ask("norm(W2@relu(W1@x))**2", "W1")
    assert report.verdict == NEITHER
    assert "convex on every convex set where nonzero(W1@x)" in report.notes[0]


def test_counterexamples_do_not_cross_poles():
    chord = ask("1/x", "x", "", "x: scalar").search
    assert chord.above.one * chord.above.other > 0 and chord.below.one * chord.below.other > 0


def test_a_symmetric_variable_varies_among_symmetric_matrices():
    assert ask("tr(X@X)", "X").verdict == NEITHER
    assert ask("tr(X@X)", "X", "X symmetric").verdict in (CONVEX, STRICTLY)


def test_the_proof_ends_with_the_function():
    report = ask("logsumexp(A@x)", "x")
    assert report.proof.steps[-1].statement == "logsumexp(A@x) is convex"
    assert "second-order condition" in str(report.proof)
    assert report.hessian == "A.T@(diag(softmax(A@x)) - softmax(A@x)@softmax(A@x).T)@A"
    assert "Aᵀ" in report.unicode()


def test_other_notations_and_rule_files(tmp_path):
    assert convex("norm(A*x - b)^2", "x", syntax="matlab").verdict == CONVEX
    (tmp_path / "my.rules").write_text(
        "huber(X: n,m) -> n,m\n    elementwise\n    d huber(X) = tanh(X) * dX\n    torch torch.log(torch.cosh(X))\n"
        "    source Huber (1964)\n"
    )
    assert convex("sum(huber(A@x))", "x", rules=str(tmp_path / "my.rules")).verdict == CONVEX


@every_row(
    "text, name, facts, error, words",
    [
        ("A@x", "x", "", ShapeError, "scalar function"),
        ("x.T@x", "z", "", UnknownNameError, "z"),
        ("u.T@A@v", None, "", UnknownNameError, "both possible"),
        ("tr(X)", "X", "X orthogonal", ArgumentError, "convex set"),
        ("sum(b)", "b", "b binary", ArgumentError, "convex set"),
        ("detach(x).T@x", "x", "", ArgumentError, "detach"),
        ("sum(", "x", "", MatcalcError, ""),
    ],
)
def test_what_cannot_be_judged(text, name, facts, error, words):
    with pytest.raises(error) as caught:
        ask(text, name, facts)
    assert words in caught.value.message and caught.value.hint


def test_the_ends_of_a_chord_are_apart_from_all_names():
    names = ["a", "b", "u", "v", "p", "q", "r", "s", "end1", "end2", "one_end"]
    report = convex(f"x**3*{'*'.join(names)}", "x", shapes=dict.fromkeys([*names, "x"], ()))
    assert "f((one_end1 + other_end)/2)" in str(report)


def test_records_are_json():
    for row in (*PROVED[:3], *TRAPS[:2]):
        record = json.loads(json.dumps(ask(row[0], row[1], row[3], row[4]).record(), allow_nan=False))
        assert record["verdict"] and (record["proof"] or record["counterexamples"])


def test_a_function_that_is_too_deep_is_an_error_or_an_answer():
    deep = "log(1 + exp(" * 50 + "x.T@x" + "))" * 50
    try:
        assert convex(deep, "x").verdict
    except LimitError as error:
        assert error.hint
