"""The benchmark of generated code compares what is the same: everybody's results agree. No time is tested."""

import json
import re
from dataclasses import asdict, replace
from math import isfinite

import jax
import numpy
import pytest
from samples import operations, quick

from benchmarks import code, contenders, derivation, measuring, passes, symbolic, timing
from benchmarks.contenders import GENERATED, GROUPS, HAND, JAX, TORCH, disagreement, ways
from benchmarks.families import FAMILIES as GROWING
from benchmarks.problem import KINDS
from benchmarks.problems import BY_TITLE, PROBLEMS, rows
from benchmarks.reporting import size_text

# torch says so itself when it loads what forward mode needs
pytestmark = pytest.mark.filterwarnings("ignore:.torch.jit.script. is deprecated:DeprecationWarning")

SHORT = timing.Effort(rounds=2, round_seconds=1e-5)
NUMPY = GENERATED["numpy"]


@pytest.fixture(autouse=True, scope="module")
def jax_precision():
    """What JAX's precision was before, for the tests of other modules."""
    before = jax.config.jax_enable_x64
    yield
    jax.config.update("jax_enable_x64", before)


def every_problem(function):
    return pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem.title)(function)


def small(problem):
    """The arrays of a few entries, and the first hand-written result for them."""
    arrays = problem.arrays(problem.small_size())
    return arrays, problem.by_hand[0](**arrays)


def entry_of(problem, groups, size=None):
    """What the child process of a problem prints for one size."""
    size = size or problem.small_size()
    found = timing.compare(problem, size, groups, SHORT)
    return json.loads(json.dumps({"title": problem.title, "size": size_text(size), **asdict(found)}))


# -- the problems --------------------------------------------------------------------------------------------------


def test_titles_are_unique_and_kinds_known():
    assert len(BY_TITLE) == len(PROBLEMS)
    assert {problem.kind for problem in PROBLEMS} == set(KINDS)


@every_problem
def test_sizes_grow_and_cover_the_shapes(problem):
    sizes = " ".join(str(size) for shape in problem.shapes.values() for size in shape)
    letters = set(re.findall(r"[a-z]", sizes))
    assert len(problem.sizes) == 3
    for size in problem.sizes:
        assert size.keys() == letters
    for smaller, larger in zip(problem.sizes, problem.sizes[1:]):
        assert all(smaller[letter] < larger[letter] for letter in letters)


@every_problem
def test_hand_written_agrees_with_torch(problem):
    arrays, expected = small(problem)
    for label, run in ways(problem, TORCH, arrays):
        assert disagreement(expected, run()) < 1e-10, label


def kinds_of(problem):
    return {problem.kind} | operations(problem.text)


@pytest.mark.parametrize("problem", quick(PROBLEMS, lambda one: [one.kind], [problem.title for problem in PROBLEMS]))
def test_hand_written_agrees_with_jax(problem):
    arrays, expected = small(problem)
    # one way of differentiating is enough, of every way to write the function
    for function in problem.functions:
        label, run = next(ways(replace(problem, functions=(function,)), JAX, arrays))
        assert disagreement(expected, run()) < 1e-10, label


@pytest.mark.parametrize("problem", quick(PROBLEMS, kinds_of, [problem.title for problem in PROBLEMS], times=2))
def test_generated_code_agrees_with_hand_written(problem):
    arrays, expected = small(problem)
    for label, run in ways(problem, NUMPY, arrays):
        assert disagreement(expected, run()) < 1e-10, label


@pytest.mark.parametrize("problem", [p for p in PROBLEMS if len(p.by_hand) > 1], ids=lambda problem: problem.title)
def test_hand_written_functions_agree_with_one_another(problem, monkeypatch):
    # at a size with more than one tile, and several blocks of rows
    monkeypatch.setattr(rows, "BLOCK_ENTRIES", 20_000)
    arrays = problem.arrays(problem.sizes[0])
    expected = problem.by_hand[0](**arrays)
    for function in problem.by_hand[1:]:
        assert disagreement(expected, function(**arrays)) < 1e-10, function.__name__


def test_blocks_of_rows_cover_a_matrix(monkeypatch):
    monkeypatch.setattr(rows, "BLOCK_ENTRIES", 10)
    X = numpy.arange(28).reshape(7, 4)
    blocks = [X[block] for block in rows.row_blocks(X)]
    assert [len(block) for block in blocks] == [2, 2, 2, 1]
    assert (numpy.concatenate(blocks) == X).all()


def test_disagreement():
    expected = (2.0, numpy.array([1.0, -4.0]))
    assert disagreement(expected, (2.0, numpy.array([[1.0], [-4.0]]))) == 0
    assert disagreement(expected, (2.0, numpy.array([1.0, -3.0]))) == 0.25
    assert disagreement(expected, (2.0, numpy.array([1.0, numpy.nan]))) == numpy.inf
    assert disagreement(expected, 2.0) == numpy.inf


def test_a_hessian_with_four_indices_is_put_in_the_order_of_vec():
    rows_, cols = 2, 3
    indices = numpy.arange((rows_ * cols) ** 2).reshape(rows_, cols, rows_, cols)
    (flat,) = contenders.flat(indices)
    assert flat[2 * rows_ + 1, 1 * rows_ + 0] == indices[1, 2, 0, 1]


# -- the comparison and its table ----------------------------------------------------------------------------------


def test_the_table_of_a_problem():
    problem = BY_TITLE["least squares, gradient"]
    entry = entry_of(problem, GROUPS)
    assert entry["seconds"].keys() == set(GROUPS) and not entry["wrong"] and not entry["failed"]
    assert entry["way"][TORCH] == "autograd.grad of least_squares"
    heading, line, legend = code.table([entry])
    assert line.startswith("least squares, gradient") and size_text(problem.small_size()) in line
    assert len(line.split()[-6:]) == 6 and len(heading) == len(line) and code.MISSED in legend
    found = {what: figure for what, figure, _ in code.summary([entry])}
    assert found["NumPy / hand-written: geometric mean"] == found["NumPy / hand-written: most"]
    assert not any("Hessians" in what for what in found)


def test_a_wrong_contender_is_reported_and_not_timed():
    problem = BY_TITLE["least squares, gradient"]
    wrong = replace(problem, functions=(lambda library, X, w, y: 2 * ((X @ w - y) ** 2).sum(),))
    entry = entry_of(wrong, (HAND, TORCH))
    assert list(entry["seconds"]) == [HAND] and list(entry["wrong"].values()) == [1.0]
    assert any("wrong, not timed: torch autodiff" in line for line in code.lines(entry))


def test_a_contender_that_fails_is_reported():
    problem = BY_TITLE["least squares, gradient"]
    failing = replace(problem, text="norm(X@w - y")
    entry = entry_of(failing, (HAND, NUMPY))
    assert any(line.startswith("    failed: NumPy") for line in code.lines(entry))
    assert ("  missed: least squares, gradient", "-", "at most 1.2") not in list(code.summary([entry], code.GOALS[1:]))
    assert ("NumPy / hand-written", "not measured", "") in list(code.summary([entry]))


def entry_with(title, **seconds):
    """An entry about the largest size of a problem."""
    names = {"hand": HAND, "numpy": NUMPY, "torch": TORCH, "jax": JAX}
    timed = {names[name]: value for name, value in seconds.items()}
    return {"title": title, "size": size_text(BY_TITLE[title].sizes[-1]), "seconds": timed, "wrong": {}, "failed": {}}


def test_missed_goals_are_marked():
    slow = entry_with("ridge, gradient", hand=1.0, numpy=1.5, torch=1.25, jax=3.0)
    fast = entry_with("least squares, gradient", hand=1.0, numpy=1.0, torch=2.0, jax=4.0)
    assert code.marks(slow) == {NUMPY, TORCH} and code.marks(fast) == set()
    assert code.marks({**slow, "size": "another"}) == set()
    found = list(code.summary([slow, fast]))
    assert ("NumPy / hand-written: most", "1.5", "at most 1.2 each, missed") in found
    assert ("  missed: ridge, gradient", "1.2", "at most 1") in found
    assert ("NumPy / hand-written: geometric mean", "1.22", "at most 1.1, missed") in found
    assert ("NumPy / JAX autodiff, first derivatives: geometric mean", "0.354", "at most 0.8") in found


def test_the_last_size_counts():
    first = {**entry_with("ridge, gradient", hand=1.0, numpy=5.0), "size": "m=1 n=1"}
    found = list(code.summary([first, entry_with("ridge, gradient", hand=1.0, numpy=1.0)]))
    assert ("NumPy / hand-written: most", "1", "at most 1.2 each") in found


def test_without_jax_its_columns_say_so(monkeypatch):
    monkeypatch.setattr(contenders, "find_spec", lambda name: None)
    assert contenders.present_groups() == (HAND, NUMPY, GENERATED["torch"], TORCH)
    (line,) = code.lines(entry_with("ridge, gradient", hand=1.0, numpy=1.0, torch=2.0))
    assert line.count("no JAX") == 2


def test_a_problem_has_a_process_with_one_thread():
    (entry,) = measuring.in_children("code", [BY_TITLE["chain by x, ordered, gradient"]], quick=True)
    assert entry["seconds"].keys() == set(GROUPS) and entry["threads"].keys() == set(GROUPS)


def test_one_thread_is_made_sure_of(monkeypatch):
    monkeypatch.delenv("NPROC", raising=False)
    with pytest.raises(RuntimeError, match="NPROC"):
        timing.use_one_thread()


def test_rows_of_the_passes(monkeypatch):
    from matcalc.compiler import PASSES

    entry = {"title": "a", "seconds": {measuring.ALL: 1.0, PASSES[0]: 3.0}, "failed": {PASSES[1]: "MemoryError: "}}
    monkeypatch.setattr(passes, "in_children", lambda *given: [entry])
    found = list(passes.measure())
    assert (f"without the pass {PASSES[0]}: geometric mean", "3 times", "3 times on a") in found
    assert (f"  without {PASSES[1]}: a", "failed", "MemoryError: ") in found


# -- derivations beside SymPy's ------------------------------------------------------------------------------------


@pytest.mark.parametrize("family, answered", [("trace", 2), ("forms", 2), ("layers", 1)])
def test_sympy_is_asked_for_growing_expressions(family, answered, monkeypatch, capsys):
    monkeypatch.setattr(symbolic, "LARGEST", 2)
    symbolic.child("sympy", family)
    points = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [point["k"] for point in points] == [1, 2]
    assert [point.get("zero") for point in points].count(False) == answered


def test_a_silent_zero_is_told(monkeypatch):
    points = [{"k": k, "seconds": 0.01 * k * k, "zero": k == 4} for k in (1, 2, 4)]
    monkeypatch.setattr(symbolic, "measured", lambda *given: points)
    what, figure, remarks = symbolic.other_row("sympy", "forms", 1)
    assert (what, figure) == ("  SymPy", "k^2.00")
    assert remarks.startswith("0.16 s at k=4, matcalc ") and remarks.endswith("silently zero, which is wrong, at k=4")


def test_a_library_without_an_answer_in_time(monkeypatch):
    monkeypatch.setattr(symbolic, "measured", lambda *given: [])
    assert symbolic.other_row("sympy", "forms", 1) == ("  SymPy", "no answer", "within 1 s")


# -- derivations ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("family", GROWING, ids=lambda family: family.title)
def test_families_are_derived_here_and_traced_by_jax(family, monkeypatch):
    monkeypatch.setattr(derivation, "REPEATS", 1)
    exponent, taken, shown, traced = derivation.compared(family, sizes=(2, 3))
    assert isfinite(exponent) and taken > 0 and shown > 0 and traced > 0
