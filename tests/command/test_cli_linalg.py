"""matcalc norms, eig and structure on the command line: answers, files, JSON, errors, exit codes."""

import json

import numpy
import pytest
from command_line import matcalc_here, process, terminal
from tables import every_row

from matcalc.linalg import norms, read_matrix

MATRIX = "[[2,1],[1,3]]"


def test_norms():
    done = matcalc_here("norms", MATRIX)
    assert done.exit_code == 0
    assert done.stdout == f"{norms(MATRIX)}\n"
    assert done.stdout.isascii()
    assert "norm(A, 2) = sqrt(5)/2 + 5/2 = 3.61803" in done.stdout
    assert done.stderr.startswith("checked: 9 (sub)gradients")
    assert matcalc_here("norms", MATRIX, "--no-check").stderr == ""


def test_norms_options_reach_the_norms():
    done = matcalc_here("norms", MATRIX, "--p", "4", "--p", "1.5", "--k", "1", "--no-check")
    assert "Schatten 4-norm" in done.stdout and "Schatten 3/2-norm:" in done.stdout and "Ky Fan 1-norm" in done.stdout
    done = matcalc_here("norms", "A", "--shape", "A: n×m", "--p", "5")
    assert "norm(A, 2) <= norm(A) <= sqrt(r)*norm(A, 2)" in done.stdout
    assert "Schatten 5-norm" in done.stdout
    assert "eigmax" in matcalc_here("norms", "S", "--assume", "S pd").stdout


def test_eig():
    done = matcalc_here("eig", "[2 1 0; 0 2 0; 0 0 3]")
    assert done.exit_code == 0
    assert "characteristic polynomial: (lambda - 3)*(lambda - 2)**2" in done.stdout
    assert "algebraic multiplicity 2, geometric 1" in done.stdout
    assert "note: defective: 2 counts 2 times" in done.stdout
    assert "pencil" in matcalc_here("eig", MATRIX, "[1 0; 0 2]").stdout


def test_factorisations():
    done = matcalc_here("eig", MATRIX, "--factor", "svd", "--factor", "qr")
    assert done.stdout.startswith("SVD: A = U@diag(s)@V.T\n")
    assert "QR: A = Q@R" in done.stdout
    for name in ("svd", "polar", "qr", "cholesky", "ldl", "schur", "null"):
        done = matcalc_here("eig", MATRIX, "--factor", name, "--json")
        assert done.exit_code == 0
        assert json.loads(done.stdout)["schema"] == 2


def test_structure():
    done = matcalc_here("structure", "[0 1; 1 0]")
    assert done.exit_code == 0
    assert "  permutation " in done.stdout
    assert "permutation" in json.loads(matcalc_here("structure", "[0 1; 1 0]", "--json").stdout)["structures"]


@pytest.mark.parametrize("command, known", [
    (["norms"], "condition_numbers"), (["eig"], "eigenvalues"), (["structure"], "findings"),
])
def test_json_is_one_object_a_line(command, known):
    done = matcalc_here(*command, MATRIX, "--json")
    assert done.stdout.count("\n") == 1
    record = json.loads(done.stdout)
    assert record["schema"] == 2 and record["input"] in (MATRIX, [MATRIX]) and known in record
    assert done.stderr == ""


def test_the_numbers_of_json_are_those_of_the_interface():
    record = json.loads(matcalc_here("norms", MATRIX, "--json").stdout)
    assert record["check"]["ok"] is True
    for row, mine in zip(record["norms"], norms(MATRIX).norms):
        assert row["value"] == mine.value
        assert read_matrix(row["gradient"]).array.tolist() == mine.gradient.tolist()


@pytest.mark.parametrize("command", ["norms", "eig", "structure"])
def test_files_and_the_standard_input(command, tmp_path):
    expected = matcalc_here(command, MATRIX).stdout
    numpy.save(tmp_path / "A.npy", numpy.array([[2, 1], [1, 3]]))
    (tmp_path / "A.csv").write_text("2,1\n1,3\n")
    for given in (str(tmp_path / "A.npy"), str(tmp_path / "A.csv")):
        assert matcalc_here(command, given).stdout == expected
    assert matcalc_here(command, "-", stdin="2 1\n1 3\n").stdout == expected
    assert matcalc_here(command, "-", stdin=f"{MATRIX}\n").stdout == expected


@every_row("args, message, hint", [
    (["norms"], "a matrix is missing", "write it in quotes"),
    (["eig"], "a matrix is missing", "write it in quotes"),
    (["structure"], "a matrix is missing", "write it in quotes"),
    (["norms", "[[1,2],[3]]"], "row 2 has 1 entry, row 1 has 2\n  [[1,2],[3]]\n         ^^^", "give all rows"),
    (["norms", "[1 nan]"], "entry (2, 1) is nan", "replace it"),
    (["norms", "missing.npy"], "there is no file missing.npy", ""),
    (["norms", MATRIX, "--p", "0.5"], "p = 1/2 gives no norm", "p >= 1"),
    (["norms", MATRIX, "--k", "3"], "k = 3 is not between 1 and 2", ""),
    (["norms", "x.T@x"], "a scalar has no norms", ""),
    (["norms", "lgdet(X)"], "unknown function 'lgdet'", "did you mean 'logdet'?"),
    (["norms", MATRIX, "--jsn"], "no such option '--jsn'", "did you mean --json?"),
    (["eig", "[1 2 3; 4 5 6]"], "needs a square matrix, but this is 2×3", ""),
    (["eig", "A"], "'A' is neither a matrix nor a file", "a .npy, .csv or .txt file"),
    (["eig", MATRIX, MATRIX, MATRIX], "at most two matrices", ""),
    (["eig", "-", "-"], "only one matrix can come from the standard input", ""),
    (["eig", MATRIX, MATRIX, "--factor", "svd"], "--factor is for one matrix", ""),
    (["eig", MATRIX, "--factor", "sdv"], "unknown factorisation 'sdv'", "did you mean 'svd'?"),
    (["eig", "[1 -100; 0 2]", "--factor", "cholesky"], "needs a symmetric matrix", "(A + A.T)/2"),
    (["structure", "[1 2", "--json", "--format", "text"], "--json and --format text exclude each other", ""),
    (["structure", "nonsense"], "neither a matrix nor a file", ""),
])
def test_errors(args, message, hint):
    done = matcalc_here(*args)
    assert done.exit_code == 2
    assert done.stdout == ""
    assert done.stderr.startswith("error: ")
    assert message in done.stderr and hint in done.stderr


@pytest.mark.parametrize("command", ["norms", "eig", "structure"])
def test_errors_as_json(command):
    done = matcalc_here(command, "[1 2; 3]", "--json")
    assert done.exit_code == 2
    error = json.loads(done.stdout)["error"]
    assert error["kind"] == "shape" and error["span"] == [4, 8]


def test_a_factorisation_that_fails_leaves_the_ones_before_it():
    done = matcalc_here("eig", "[1 2; 2 1]", "--factor", "ldl", "--factor", "cholesky")
    assert done.exit_code == 2
    assert done.stdout.startswith("LDL: A[p, p] = L@D@L.T")
    assert "positive definite" in done.stderr


@pytest.mark.parametrize("command", ["norms", "eig", "structure"])
def test_help_needs_neither_sympy_nor_numpy(command):
    program = (
        "import sys\nfrom matcalc.command.main import main\n"
        f"sys.argv = ['matcalc', '{command}', '--help']\n"
        "try:\n    main()\nfinally:\n    assert not {'sympy', 'numpy', 'torch'} & set(sys.modules)\n"
    )
    done = process(program=program)
    assert done.returncode == 0, done.stderr
    assert b"Examples:" in done.stdout


def test_a_terminal_gets_unicode():
    code, shown = terminal("norms", MATRIX, "--no-check")
    assert code == 0
    assert "‖A‖₂ = sqrt(5)/2 + 5/2" in shown and "κ₂(A)" in shown
    _, shown = terminal("norms", MATRIX, "--no-check", PYTHONUTF8="0", PYTHONIOENCODING="ascii")
    assert "norm(A, 2) = sqrt(5)/2 + 5/2" in shown


def test_norms_need_no_torch_without_the_check():
    program = (
        "import sys\nfrom matcalc.command.main import main\n"
        "sys.argv = ['matcalc', 'norms', '[[2,1],[1,3]]', '--no-check']\n"
        "try:\n    main()\nfinally:\n    assert 'torch' not in sys.modules\n"
    )
    assert process(program=program).returncode == 0
