"""The command line through pipes: answers, arguments, messages, exit codes, stdin, JSON."""

import json
import re

import pytest
from command_line import AGREES, EXACT, ROOT, diff, matcalc_here, process
from corpus_entries import READ_SINCE
from counted_work import counted
from tables import every_row

import matcalc.checks.derivative
from matcalc.api import book_of, parse
from matcalc.checks.exact import ExactReport
from matcalc.checks.report import CheckReport

# -- diff into a pipe --------------------------------------------------------------------------------


def test_the_derivative_alone_goes_to_stdout():
    done = matcalc_here("diff", "x.T@A@x", "--layout", "denom")
    assert done.stdout == "(A + A.T)@x\n"
    found, exact, checked = done.stderr.splitlines()
    assert found == "n×1, denominator layout, by x;  A: n×n, x: n×1"
    assert EXACT.fullmatch(exact) and AGREES.fullmatch(checked)
    assert done.exit_code == 0


@every_row("expression", [
    "x.T@A@x", "norm(A@x - b)**2", "logdet(X)", "softmax(A@x)", "sum(sigmoid(A@x))", "-x.T@x", "A@x*c",
])
def test_what_a_pipe_gets_is_ascii_and_reads_back(expression):
    line = diff(expression).stdout
    assert line.isascii()
    assert str(parse(line.strip())) == line.strip()


def test_both_layouts():
    assert diff("a.T@x", "--shape", "a: n").stdout == "a\n"
    for layout in ("num", "numerator"):
        done = diff("a.T@x", "--shape", "a: n", "--layout", layout)
        assert done.stdout == "a.T\n"
        assert done.stderr.startswith("1×n, numerator layout, by x;")


def test_every_variable_has_its_answer():
    done = diff("norm(X@w - y)**2", "--wrt", "w", "--wrt", "X")
    assert done.stdout == "2*X.T@(X@w - y)\n2*(X@w - y)@w.T\n"
    assert ["by w" in line or "by X" in line for line in done.stderr.splitlines()] == [True, True]


def test_one_variable_that_is_not_there_leaves_the_other_its_answer():
    done = diff("norm(X@w - y)**2", "--wrt", "v", "--wrt", "w")
    assert done.stdout == "2*X.T@(X@w - y)\n"
    assert done.exit_code == 2


def test_the_answer_says_under_what_it_was_found():
    done = diff("logdet(S)", "--wrt", "S", "--assume", "S symmetric", "--structure", "projected")
    assert done.stderr == ("n×n, denominator layout, by S, projected on the structure;  S: n×n symmetric;  "
                           "where invertible(S)\n")


def test_latex_and_unicode_on_request():
    assert diff("A.T@x", "--wrt", "x", "--format", "unicode").stdout == "A\n"
    assert diff("x.T@A@x", "--format", "unicode").stdout == "(A + Aᵀ) x\n"
    assert diff("x.T@A@x", "--format", "latex").stdout == "\\left(A + A^{\\top}\\right) x\n"


def test_a_declared_name_that_does_not_occur_is_mentioned():
    assert "note: the expression has no B, whose shape is declared" in diff("x.T@x", "--shape", "B: n×n").stderr


def test_points_and_seed_reach_the_check():
    done = matcalc_here("diff", "x.T@x", "--points", "5", "--seed", "7")
    assert AGREES.search(done.stderr)[1] == "5"
    assert "agrees at 1 random point (" in matcalc_here("diff", "x.T@x", "--points", "1").stderr


# -- expressions that begin with a minus sign, mistyped words ----------------------------------------


@every_row("args, answer", [
    (["-x.T@x"], "-2*x"), (["-x.T@x", "--wrt", "x"], "-2*x"), (["--wrt", "x", "-x.T@x"], "-2*x"),
    (["-h.T@x", "--wrt", "x"], "-h"), (["-sum(sum(x, axis=0))"], "-ones(n)"), (["--", "--x.T@x"], "2*x"),
])
def test_an_expression_may_begin_with_a_minus_sign(args, answer):
    done = diff(*args)
    assert (done.stdout, done.exit_code) == (f"{answer}\n", 0)


def test_two_minus_signs_need_a_separator():
    done = diff("--x.T@x")
    assert done.exit_code == 2
    assert 'matcalc diff -- "--x.T@x"' in done.stderr


@every_row("args, message, hint", [
    (["dif", "x.T@x"], "no such command 'dif'", "did you mean 'diff'?"),
    (["x.T@x"], "no such command 'x.T@x'", 'did you mean: matcalc diff "x.T@x"?'),
    (["--versoin"], "no such option '--versoin'", "did you mean --version?"),
    (["diff", "x.T@x", "--layot", "num"], "no such option '--layot'", "did you mean --layout?"),
    (["diff", "x.T@x", "--no-chek"], "no such option '--no-chek'", "did you mean --no-check?"),
    (["diff", "x.T@x", "--layout", "nm"], "unknown layout 'nm'", "did you mean 'num'?"),
    (["diff", "x.T@x", "--structure", "fre"], "unknown structure 'fre'", "did you mean 'free'?"),
    (["diff", "x.T@x", "--format", "pdf"], "unknown format 'pdf'",
     "one of text, unicode, latex, typst, mathml, markdown, json"),
    (["diff", "x.T@x", "--wrt", "z"], "no variable 'z' in the expression", "did you mean --wrt x?"),
    (["diff", "lgdet(X)"], "unknown function 'lgdet'", "did you mean 'logdet'?"),
    (["rules", "lgdet"], "the rule book has no 'lgdet'", "did you mean 'logdet'?"),
    (["diff"], "an expression is missing", 'write it in quotes: matcalc diff "x.T@A@x"'),
    (["diff", "x", "y"], "got unexpected extra argument (y)", "matcalc diff --help shows the options"),
    (["diff", "x", "--json", "--format", "latex"], "--json and --format latex exclude each other",
     "leave one of them out"),
    (["diff", "x", "--no-check", "--seed", "1"], "--points and --seed are for the check, which --no-check leaves out",
     "leave one of them out"),
])
def test_a_mistake_gets_one_hint(args, message, hint):
    done = matcalc_here(*args)
    assert done.exit_code == 2
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    assert lines[0] == f"error: {message}"
    assert lines[-1] == f"hint: {hint}"
    assert sum(line.startswith("hint:") for line in lines) == 1


@pytest.mark.parametrize("args", [["--order", "7"], ["--points", "0"], ["--seed", "-1"], ["--wrt"]])
def test_a_value_that_cannot_be_is_a_usage_error(args):
    done = matcalc_here("diff", "x.T@x", *args)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith("error: ")


def test_without_a_command_the_help_is_an_error():
    done = matcalc_here()
    assert (done.exit_code, done.stdout) == (2, "")
    assert "Examples:" in done.stderr


# -- errors ------------------------------------------------------------------------------------------


def test_an_error_shows_the_place():
    done = diff("A @ (x + b")
    assert done.stdout == ""
    assert done.stderr.splitlines() == [
        "error: '(' is never closed",
        "  A @ (x + b",
        "      ^",
        "hint: add ')' at the end",
    ]


def test_an_error_in_a_declaration_shows_its_place():
    shown = diff("x.T@x", "--shape", "x: n, A: n×m×p×q").stderr.splitlines()
    assert shown[1:3] == ["  x: n, A: n×m×p×q", "        ^^^^^^^^^^"]
    shown = diff("x.T@x", "--assume", "x positve").stderr.splitlines()
    assert shown[1:3] == ["  x positve", "    ^^^^^^^"]


def test_control_characters_do_not_reach_the_terminal():
    done = diff("x.T@\x1b[31mx")
    assert done.exit_code == 2
    assert "\x1b" not in done.stderr


@every_row("args, code", [
    (["x.T@x"], 0), (["x.T@"], 2), (["A@y", "--shape", "A: n×m, y: n"], 2), (["foo(x)"], 2), (["u.T@v"], 2),
    (["expm(X)", "--order", "2"], 3), (["x.T@x", "--assume", "y pd"], 2),
])
def test_exit_codes(args, code):
    assert diff(*args).exit_code == code


def traps():
    for line in (ROOT / "tests" / "corpus" / "realworld.jsonl").read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        if "error" in entry and entry["id"] not in READ_SINCE:
            yield pytest.param(entry, id=entry["id"])


@pytest.mark.parametrize("entry", list(traps()))
def test_traps_are_refused_in_place_and_with_little_work(entry):
    book_of()  # what a process does once is not the trap's work
    args = ["--syntax", "matcalc", "--wrt", entry["wrt"]]
    for name, shape in entry["shapes"].items():
        args += ["--shape", f"{name}: {'×'.join(map(str, shape))}"]
    with counted(most=1_000_000):
        done = diff(*args, "--", entry["expr"])
    assert (done.exit_code, done.stdout) == (5 if entry["error"] == "limit" else 2, "")
    assert done.stderr.startswith("error: ")
    assert "Traceback" not in done.stderr
    by_no_variable = entry["error"] == "name" and "not a variable" in done.stderr  # what is wrong is --wrt
    assert re.search(r"^ +\^+$", done.stderr, re.MULTILINE) or by_no_variable
    record = json.loads(diff(*args, "--json", "--", entry["expr"]).stdout)
    assert record["error"]["kind"] in (entry["error"], *entry.get("error_alt", ()))


def test_an_unforeseen_error_is_one_line(monkeypatch):
    def fail(*_args):
        raise RuntimeError("boom")

    monkeypatch.setattr("matcalc.command.questions.parse", fail)
    monkeypatch.delenv("MATCALC_DEBUG", raising=False)
    done = diff("x.T@x")
    assert done.exit_code == 1
    assert done.stderr.startswith("internal error: RuntimeError: boom; this is a bug, please report it")
    assert done.stderr.count("\n") == 1
    monkeypatch.setenv("MATCALC_DEBUG", "1")
    assert "Traceback" in diff("x.T@x").stderr


# -- the check ---------------------------------------------------------------------------------------


def disagreement(*_args, **_options):
    return CheckReport(False, 0.52, 1, "torch autograd disagrees: relative error 0.52",
                       "x = [[1.0]]\ntorch = [[3.0]]\nmatcalc = [[2.0]]")


def test_a_disagreement_shows_both_values_and_fails(monkeypatch):
    monkeypatch.setattr(matcalc.checks.derivative, "check_derivative", disagreement)
    done = matcalc_here("diff", "x.T@x")
    assert done.exit_code == 1
    assert "internal error: this derivative by x is wrong, do not use it: 2*x" in done.stderr
    assert "torch = [[3.0]]" in done.stderr
    assert "matcalc = [[2.0]]" in done.stderr
    assert "please report it" in done.stderr
    assert not AGREES.search(done.stderr)


def test_a_disagreement_in_json_gives_no_derivative(monkeypatch):
    monkeypatch.setattr(matcalc.checks.derivative, "check_derivative", disagreement)
    done = matcalc_here("diff", "x.T@x", "--json")
    record = json.loads(done.stdout)
    assert done.exit_code == 1
    assert "derivative" not in record
    assert record["error"]["kind"] == "check"
    assert record["check"]["ok"] is False


@pytest.mark.parametrize("asked, code", [([], 0), (["--check"], 4), (["--points", "2"], 4), (["--seed", "1"], 4)])
def test_a_check_that_cannot_run_fails_only_where_it_was_asked_for(monkeypatch, asked, code):
    report, exact = CheckReport(None, None, 0, "no finite point"), ExactReport(None, 0, reason="too large")
    monkeypatch.setattr(matcalc.checks.derivative, "check_derivative", lambda *_args, **_options: report)
    monkeypatch.setattr(matcalc.checks.methods, "check_exactly", lambda *_args, **_options: exact)
    done = matcalc_here("diff", "x.T@x", *asked)
    assert done.stdout == "2*x\n"
    assert done.stderr.splitlines()[-2:] == ["not checked exactly: too large", "not checked: no finite point"]
    assert done.exit_code == code
    record = json.loads(matcalc_here("diff", "x.T@x", "--json", *asked).stdout)
    assert record["exact"]["ok"] is None and record["exact"]["reason"] == "too large"
    assert record["check"] == {"ok": None, "points": 0, "max_error": None, "reason": "no finite point"}


WITHOUT_TORCH = """
import sys

class NoTorch:
    def find_spec(name, path=None, target=None):
        if name == "torch":
            print("torch is asked for", flush=True)
            raise ImportError("no torch here", name="torch")

sys.meta_path.insert(0, NoTorch)
from matcalc.command.main import main
main()
"""


def test_the_derivative_comes_before_torch_is_imported():
    done = process("diff", "x.T@x", program=WITHOUT_TORCH)
    assert done.stdout.decode().split("\n") == ["2*x", "torch is asked for", ""]
    assert "not checked: torch cannot be imported (no torch here)" in done.stderr.decode()
    assert done.returncode == 0


def test_a_demanded_check_without_torch_fails():
    assert process("diff", "x.T@x", "--check", "torch", program=WITHOUT_TORCH).returncode == 4


def test_the_exact_check_needs_no_torch():
    done = process("diff", "x.T@x", "--check", "exact", program=WITHOUT_TORCH)
    assert (done.stdout, done.returncode) == (b"2*x\n", 0)
    assert EXACT.search(done.stderr.decode())


def test_checks_that_contradict_each_other_are_both_shown(monkeypatch):
    exact = ExactReport(False, 1, reason="the answer is off by 2 of 3")
    monkeypatch.setattr(matcalc.checks.methods, "check_exactly", lambda *_args, **_options: exact)
    done = matcalc_here("diff", "x.T@x")
    assert done.exit_code == 1
    assert AGREES.search(done.stderr)
    assert "internal error: this derivative by x is wrong, do not use it: 2*x" in done.stderr
    assert "the answer is off by 2 of 3, but torch agrees with it: the two checks contradict each other" in done.stderr


@pytest.mark.parametrize("method, lines", [("exact", [True, False]), ("torch", [False, True]), ("both", [True, True])])
def test_one_check_is_left_out(method, lines):
    done = matcalc_here("diff", "--check", method, "x.T@x")
    assert [bool(EXACT.search(done.stderr)), bool(AGREES.search(done.stderr))] == lines


def test_a_check_without_a_method_takes_no_expression_for_one():
    assert matcalc_here("diff", "--check", "x.T@x").stdout == "2*x\n"
    assert matcalc_here("diff", "x.T@x", "--check", "--no-check").exit_code == 2


def test_without_a_check_torch_is_not_imported():
    done = process("diff", "x.T@x", "--no-check", program=WITHOUT_TORCH)
    assert (done.stdout, done.returncode) == (b"2*x\n", 0)


# -- stdin -------------------------------------------------------------------------------------------


def test_stdin_has_one_expression_a_line():
    assert diff("-", stdin="x.T@x\n\n  logdet(X)\n-x.T@x").stdout == "2*x\ninv(X).T\n-2*x\n"


def test_an_error_names_its_line_and_the_others_go_on():
    done = diff("-", stdin="x.T@x\nA @ (x + b\n\nlogdet(X)\nA@x - A.T@x@\n")
    assert done.stdout == "2*x\ninv(X).T\n"
    errors = [line for line in done.stderr.splitlines() if line.startswith("error:")]
    assert errors[0] == "error: line 2: '(' is never closed"
    assert errors[1].startswith("error: line 5: ")
    assert len(errors) == 2
    assert done.exit_code == 2


@pytest.mark.parametrize("lines, code", [("x.T@x\n", 0), ("x.T@\nx.T@x\n", 2), ("x.T@\nexpm(x@x.T)\nx.T@x\n", 3)])
def test_the_exit_code_is_the_worst(lines, code):
    assert diff("-", "--order", "2", "--wrt", "x", stdin=lines).exit_code == code


def test_a_wrong_answer_is_the_worst(monkeypatch):
    monkeypatch.setattr(matcalc.checks.derivative, "check_derivative", disagreement)
    assert matcalc_here("diff", "-", stdin="x.T@x\nx.T@\n").exit_code == 1


def test_an_assumption_is_for_the_lines_that_have_the_name():
    done = diff("-", "--assume", "A symmetric", stdin="x.T@A@x\nx.T@x\n")
    assert (done.stdout, done.exit_code) == ("2*A@x\n2*x\n", 0)


def test_empty_input_is_an_error():
    for nothing in ("", "\n\n"):
        done = diff("-", stdin=nothing)
        assert (done.exit_code, done.stdout) == (2, "")
        assert "no expression on the standard input" in done.stderr


def test_bytes_that_are_no_text_are_an_error_of_their_line():
    done = process("diff", "-", "--no-check", stdin=b"x.T@x\n\xff\xfe\n")
    assert done.stdout == b"2*x\n"
    assert done.returncode == 2
    assert "error: line 2:" in done.stderr.decode()


def test_an_argument_that_is_no_text_is_an_error():
    done = process("diff", b"x.T@x\xff", "--no-check")
    assert (done.stdout, done.returncode) == (b"", 2)
    assert done.stderr.startswith(b"error: ")


# -- JSON --------------------------------------------------------------------------------------------


def test_json_is_one_object_a_line():
    done = matcalc_here("diff", "-", "--json", stdin="logdet(X)\nx.T@\n")
    answer, error = map(json.loads, done.stdout.splitlines())
    check, exact = answer.pop("check"), answer.pop("exact")
    assert exact == {"ok": True, "points": 3, "sizes": [2, 4], "digits": 50, "chance": None}
    assert answer == {
        "schema": 2, "input": "logdet(X)", "wrt": "X", "layout": "denom", "order": 1, "derivative": "inv(X).T",
        "shape": ["n", "n"], "shapes": {"X": ["n", "n"]}, "where": ["invertible(X)"], "assume": {}, "structure": "free",
        "notes": [],
    }
    assert check["ok"] is True
    assert check["points"] == 3
    assert 0 <= check["max_error"] < 1e-7
    assert error == {"schema": 2, "input": "x.T@", "error": {
        "kind": "syntax", "message": "an operand is missing after '@'", "hint": "add one", "span": [3, 4]}}
    assert done.exit_code == 2
    assert done.stderr == ""


def test_json_is_ascii_and_the_same_as_the_format():
    done = diff("х.T@x", "--json")
    assert done.stdout.isascii()
    assert json.loads(done.stdout)["input"] == "х.T@x"
    assert diff("x.T@x", "--json").stdout == diff("x.T@x", "--format", "json").stdout


def test_json_shapes():
    record = json.loads(diff("c*x", "--wrt", "x", "--shape", "c: scalar, x: 3", "--json").stdout)
    assert record["shapes"] == {"c": [], "x": [3, 1]}
    assert record["shape"] == [3, 3]
    assert record["check"] is None


def test_a_wrong_declaration_in_json_has_no_span_in_the_input():
    error = json.loads(diff("x.T@x", "--shape", "x n", "--json").stdout)["error"]
    assert (error["kind"], error["span"]) == ("argument", None)
