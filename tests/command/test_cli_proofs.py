"""matcalc definite and matcalc convex: what they print, where, and with which exit code."""

import json

import numpy as np
import pytest
from command_line import matcalc_here, process, terminal
from tables import every_row

from matcalc.linalg.definiteness.exact import ExactFactors


def test_the_transcript_of_a_matrix():
    done = process("definite", "[[1,-100],[0,2]]")
    assert done.returncode == 0
    lines = done.stdout.decode().splitlines()
    assert lines[0] == ("indefinite: the symmetric part has eigenvalues -48.5 and 51.5;  x.T@A@x = -97 at x = [1, 1]")
    notes = done.stderr.decode().splitlines()
    assert (
        notes[0] == "note: the matrix is not symmetric, so Cholesky and eigvalsh, which read one triangle, cannot tell"
    )
    assert notes[1].startswith("checked: x.T@A@x < 0 at the witness")


def test_a_terminal_gets_unicode():
    code, shown = terminal("definite", "[[1,-100],[0,2]]", "--no-check")
    assert code == 0 and "xᵀ A x = -97" in shown
    code, shown = terminal("convex", "norm(A@x - b)**2", "--wrt", "x")
    assert code == 0 and "‖A x - b‖²" in shown and "2 Aᵀ A is positive semidefinite" in shown


def test_a_proof_and_its_check():
    done = matcalc_here("definite", "A.T@A + c*eye(n)", "--assume", "c positive")
    assert done.exit_code == 0
    assert done.stdout.splitlines()[0] == "positive definite: A.T@A + c*eye(n) (proved in 5 steps)"
    assert done.stdout.splitlines()[1].startswith("  1  A.T@A is positive semidefinite")
    assert done.stderr == "checked: all 5 steps hold at 3 random points\n"


@pytest.mark.parametrize(
    "arguments, code, words",
    [
        (("definite", "[[2, 1], [1, 3]]"), 0, "positive definite"),
        (("definite", "P", "--assume", "P pd"), 0, "positive definite"),
        (("definite", "S", "--assume", "S symmetric"), 1, "not semidefinite"),
        (("definite", "diag(x - sin(sin(x)**3))", "--assume", "x positive"), 4, "unknown: not proved"),
        (("convex", "x.T@x"), 0, "strictly convex in x"),
        (("convex", "-x.T@x"), 0, "strictly concave in x"),
        (("convex", "x.T@A@x"), 1, "neither convex nor concave in x"),
        (("convex", "x - sin(x)", "--shape", "x: scalar", "--assume", "x unit-interval"), 4, "unknown: not proved"),
        (("convex", "norm(A@x - b)^2", "--syntax", "matlab", "--wrt", "x"), 0, "convex in x"),
        (("convex", "norm(A@x - b)**2", "--wrt", "x", "--wrt", "b"), 0, "convex in x and b jointly"),
    ],
)
def test_exit_codes(arguments, code, words):
    done = matcalc_here(*arguments)
    assert words in done.stdout, done.stdout + done.stderr
    assert done.exit_code == code


@every_row(
    "arguments, words",
    [
        (("definite",), "a matrix is missing"),
        (("definite", "[[1, 2]]"), "square matrix"),
        (("definite", "[[1, 2], [3]]"), "row 2"),
        (("definite", "A@x"), "square matrix"),
        (("definite", "missing.csv"), "missing.csv"),
        (("definite", "A", "--assume", "A definit"), "unknown assumption"),
        (("definite", "A", "--json", "--format", "text"), "exclude each other"),
        (("definite", "P", "--no-check", "--points", "3"), "--no-check"),
        (("convex",), "a function is missing"),
        (("convex", "A@x"), "scalar function"),
        (("convex", "u.T@v"), "both possible"),
        (("convex", "tr(X)", "--assume", "X orthogonal"), "convex set"),
        (("convex", "x.T@x", "--wrt", "z"), "no variable 'z'"),
        (("convex", "-", "--wrt", "x"), "no function on the standard input"),
    ],
)
def test_errors_say_what_to_do(arguments, words):
    done = matcalc_here(*arguments, stdin="")
    assert done.exit_code == 2
    assert done.stderr.startswith("error: ") and words in done.stderr and "hint: " in done.stderr
    assert "Traceback" not in done.stderr and not done.stdout


def test_json():
    done = matcalc_here("definite", "[[2, 1], [1, 3]]", "--json")
    record = json.loads(done.stdout)
    assert record["schema"] == 2 and record["verdict"] == "positive definite"
    assert record["minors"] == ["2", "5"] and record["check"]["ok"] is True
    record = json.loads(matcalc_here("convex", "logsumexp(A@x)", "--json").stdout)
    assert record["verdict"] == "convex" and record["wrt"] == "x"
    assert record["proof"][-1]["claim"] == "logsumexp(A@x) is convex" and record["check"]["ok"] is True
    done = matcalc_here("convex", "x.T@A@x", "--json")
    record = json.loads(done.stdout)
    assert done.exit_code == 1 and record["counterexamples"]["convex"]["middle"] is not None
    done = matcalc_here("definite", "A@x", "--json")
    assert done.exit_code == 2 and json.loads(done.stdout)["error"]["kind"] == "shape"


def test_functions_on_stdin():
    done = matcalc_here("convex", "-", "--assume", "P pd", stdin="x.T@P@x\n\nx.T@A@x\nlogsumexp(x)\n")
    assert done.exit_code == 1
    verdicts = [line for line in done.stdout.splitlines() if not line.startswith(" ")]
    assert [line.split(" in ")[0] for line in verdicts] == ["strictly convex", "neither convex nor concave", "convex"]
    assert "line 1: checked" in done.stderr


def test_matrices_from_files_and_stdin(tmp_path):
    np.save(tmp_path / "m.npy", np.diag([1.0, -1.0]))
    assert "indefinite" in matcalc_here("definite", str(tmp_path / "m.npy")).stdout
    done = process("definite", "-", stdin=b"2,1\n1,3\n")
    assert done.stdout.decode().startswith("positive definite") and done.returncode == 0


def test_a_false_certificate_is_an_internal_error(monkeypatch):
    """A wrong verdict must not leave the program as if nothing had happened."""
    monkeypatch.setattr(ExactFactors, "negative", property(lambda factors: 0))
    monkeypatch.setattr(ExactFactors, "zero", property(lambda factors: 0))
    done = matcalc_here("definite", "[[1, 3], [3, 1]]")
    assert done.exit_code == 1
    assert "internal error:" in done.stderr and "FALSE: the signs of the pivots" in done.stderr


def test_the_same_seed_gives_the_same_answer():
    one = matcalc_here("convex", "sum(sin(x))", "--seed", "5")
    assert one.stdout == matcalc_here("convex", "sum(sin(x))", "--seed", "5").stdout


@pytest.mark.parametrize("command", ["definite", "convex"])
def test_help_has_examples_and_exit_codes(command):
    shown = matcalc_here(command, "--help").stdout
    assert "Examples:" in shown and "refuted by a counterexample" in shown


@pytest.mark.parametrize("command", ["definite", "convex"])
def test_help_needs_neither_sympy_nor_torch(command):
    program = (
        "import sys\nfrom matcalc.command.main import main\n"
        f"sys.argv = ['matcalc', '{command}', '--help']\n"
        "try:\n    main()\nfinally:\n    assert not {'sympy', 'torch', 'numpy'} & set(sys.modules)\n"
    )
    assert process(program=program).returncode == 0
