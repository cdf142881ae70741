"""``--syntax``: the command line says what it read where it was not the language."""

import json

import pytest
from command_line import diff, matcalc_here
from corpus_entries import TRAPS

from matcalc.errors import LimitError


def test_the_reading_is_told_on_stderr_and_the_answer_alone_on_stdout():
    done = diff("2*x'*A*x")
    assert done.exit_code == 0
    assert done.stdout == "2*(A + A.T)@x\n"
    assert done.stderr.startswith("read as MATLAB: 2*x.T@A@x\n")
    done = diff(r"\frac{1}{2} x^\top A x")
    assert done.stderr.startswith("read as LaTeX: 1/2*x.T@A@x\n")
    assert "read as" not in diff("x.T@A@x").stderr


def test_json_has_the_formula_as_typed_and_as_read():
    record = json.loads(matcalc_here("diff", "x'*A*x", "--json").stdout)
    assert (record["input"], record["syntax"], record["read_as"]) == ("x'*A*x", "matlab", "x.T@A@x")
    assert record["check"]["ok"] is True
    record = json.loads(diff("x.T@A@x", "--json").stdout)
    assert record["input"] == "x.T@A@x" and "read_as" not in record and "syntax" not in record


def test_json_points_into_the_formula_as_typed():
    record = json.loads(diff("x'*A*lgdet(A)", "--json").stdout)
    assert record["input"] == "x'*A*lgdet(A)"
    assert record["error"]["kind"] == "function" and record["error"]["span"] == [5, 10]


def test_every_line_of_stdin_has_its_own_notation():
    lines = "x.T@A@x\nx'*A*x\n\\|x\\|_2^2\nx^2 + c\n"
    done = diff("-", "--assume", "A symmetric", stdin=lines)
    assert done.stdout == "2*A@x\n2*A@x\n2*x\n"
    assert "line 2: read as MATLAB: x.T@A@x\n" in done.stderr
    assert "line 3: read as LaTeX: norm(x)**2\n" in done.stderr
    assert "line 4: '^' is not a power here" in done.stderr
    assert done.exit_code == 2


@pytest.mark.parametrize(("syntax", "code"), [("auto", 2), ("matcalc", 2), ("matlab", 0)])
def test_the_notation_can_be_told(syntax, code):
    done = diff("norm(A*x - b)^2", "--wrt", "x", "--syntax", syntax)
    assert done.exit_code == code
    assert (done.stdout == "2*A.T@(A@x - b)\n") == (syntax == "matlab")


def test_an_unknown_notation_is_refused_with_a_suggestion():
    done = diff("x", "--syntax", "matlb")
    assert done.exit_code == 2
    assert done.stderr == "error: unknown syntax 'matlb'\nhint: did you mean 'matlab'?\n"


def test_shapes_are_declared_for_the_names_as_they_are_read():
    done = diff(r"\hat\beta^\top X^\top X \hat\beta", "--wrt", "beta_hat", "--shape", "beta_hat: m, X: n×m")
    assert done.stdout == "2*X.T@X@beta_hat\n"


@pytest.mark.parametrize("entry", [entry for entry in TRAPS if "\\frac" not in entry["expr"]], ids=lambda e: e["id"])
def test_a_trap_stays_refused_where_the_notation_is_found(entry):
    shapes = [f"{name}: {'×'.join(map(str, shape))}" for name, shape in entry["shapes"].items()]
    options = [word for shape in shapes for word in ("--shape", shape)]
    done = diff("--wrt", entry["wrt"], *options, "--", entry["expr"])
    code = LimitError.exit_code if entry["error"] == "limit" else 2
    assert done.exit_code == code and done.stdout == "" and "read as" not in done.stderr
