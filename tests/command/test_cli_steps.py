"""matcalc steps: pipes, terminals, JSON, stdin, messages and exit codes."""

import json
import re

import pytest
from command_line import matcalc_here, process, terminal
from tables import every_row

import matcalc
from matcalc.checks.steps import StepsReport

HOLDS = re.compile(r"checked: torch: (the line holds|all \d+ lines hold) at (\d+) random points? \(largest .*\)")
LEAST_SQUARES = """\
1  f  = norm(r)**2 = r.T@r,  with r = A@x - b         norm squared (Matrix Cookbook (129), (132))
2  df = 2*r.T@dr                                      product rule (Calculus; Dive into Deep Learning, 2.4)
3  dr = A@dx                                          linear; A and b are constant (Matrix Cookbook (35))
4  df = 2*r.T@A@dx = (2*A.T@r).T@dx                   insert dr; read off df = g.T@dx (Magnus & Neudecker (2019), \
chapter 9)
   df/dx = 2*A.T@(A@x - b)                            denominator layout
"""


def steps(*args, stdin=None):
    return matcalc_here("steps", *args, stdin=stdin)


# -- pipes --------------------------------------------------------------------------------------------


def test_the_derivation_goes_to_stdout_and_the_rest_to_stderr():
    done = steps("norm(A@x - b)**2")
    assert done.exit_code == 0
    assert done.stdout == LEAST_SQUARES
    details, verdict = done.stderr.splitlines()
    assert details == "n×1, denominator layout, by x;  A: m×n, x: n×1, b: m×1"
    assert HOLDS.fullmatch(verdict)[1] == "all 5 lines hold"
    assert HOLDS.fullmatch(verdict)[2] == "3"


def test_a_pipe_gets_ascii_and_lines_that_matcalc_reads():
    done = process("steps", "logsumexp(A@x)", "--order", "2", "--no-check", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert (done.returncode, done.stdout.isascii(), done.stderr.isascii()) == (0, True, True)
    last = done.stdout.decode().splitlines()[-1]
    assert last.strip().startswith("d2f/dxdx.T = A.T@(diag(softmax(A@x)) - ")
    answer = re.split(" {2,}", last.strip())[0].removeprefix("d2f/dxdx.T = ")
    assert matcalc.parse(answer) == matcalc.parse(str(matcalc.diff("logsumexp(A@x)", order=2)))


@pytest.mark.parametrize("form", ["text", "unicode", "latex"])
def test_a_form_is_that_of_python(form):
    derivation = matcalc.diff("softmax(A@x)", wrt="x").derivation
    expected = {"text": str(derivation), "unicode": derivation.unicode(), "latex": derivation.latex()}[form]
    assert steps("softmax(A@x)", "--wrt", "x", "--format", form, "--no-check").stdout == expected + "\n"


@pytest.mark.parametrize("text", ["tr(matpow(X, 5))", "norm(X, inf)", "norm(X, 1)", "norm(X, 2)", 'norm(X, "nuc")'])
@pytest.mark.parametrize("form", ["unicode", "latex"])
def test_rules_with_the_differential_of_an_expression_are_shown(text, form):
    done = steps(text, "--wrt", "X", "--format", form, "--no-check")
    assert done.exit_code == 0, done.stderr


def test_unicode_that_cannot_be_carried_falls_back_to_the_language():
    done = process("steps", "x.T@A@x", "--no-check", "--format", "unicode", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert (done.stdout.decode(), done.returncode) == (steps("x.T@A@x", "--no-check").stdout, 0)


def test_no_check():
    done = steps("x.T@A@x", "--no-check")
    assert done.stderr.splitlines() == ["n×1, denominator layout, by x;  A: n×n, x: n×1"]


@pytest.mark.parametrize(
    "options, points", [([], "3"), (["--points", "1"], "1"), (["--points", "7", "--seed", "5"], "7")]
)
def test_the_number_of_points(options, points):
    assert HOLDS.fullmatch(steps("x.T@A@x", *options).stderr.splitlines()[-1])[2] == points


# -- terminals -----------------------------------------------------------------------------------------


def test_the_transcript_on_a_terminal():
    code, shown = terminal("steps", "norm(A@x - b)**2", NO_COLOR="1", COLUMNS="110")
    *lines, details, verdict = shown.splitlines()
    assert code == 0
    assert lines == [
        "1  f  = ‖r‖² = rᵀ r,  with r = A x - b               norm squared (Matrix Cookbook (129), (132))",
        "2  df = 2 rᵀ dr                                      product rule (Calculus; Dive into Deep Learning, 2.4)",
        "3  dr = A dx                                         linear; A and b are constant (Matrix Cookbook (35))",
        "4  df = 2 rᵀ A dx = (2 Aᵀ r)ᵀ dx                     insert dr; read off df = gᵀ dx (Magnus & Neudecker",
        "                                                     (2019), chapter 9)",
        "   ∂f/∂x = 2 Aᵀ (A x - b)                            denominator layout",
    ]
    assert details == "n×1, denominator layout, by x;  A: m×n, x: n×1, b: m×1"
    assert re.fullmatch(r"✓ torch: all 5 lines hold at 3 random points, largest relative error [\de.-]+", verdict)


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_a_terminal_of_any_width(columns):
    code, shown = terminal("steps", "x.T@A@x/(x.T@x)", "--wrt", "x", "--no-check", COLUMNS=str(columns))
    assert code == 0
    *lines, _ = shown.splitlines()
    for line in lines:
        assert len(line) <= columns or " = " in line
    assert (max(map(len, lines)) > 120) == (columns == 200)


@pytest.mark.parametrize("changes, coloured", [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)])
def test_colour_on_a_terminal_unless_asked_not_to(changes, coloured):
    code, shown = terminal("steps", "x.T@", **changes)
    assert code == 2
    assert ("\x1b[" in shown) == coloured


# -- JSON ----------------------------------------------------------------------------------------------


def test_json():
    done = steps("norm(A@x - b)**2", "--json")
    record = json.loads(done.stdout)
    assert (done.exit_code, done.stderr) == (0, "")
    assert {"schema", "input", "wrt", "layout", "order", "derivative", "shape", "shapes", "check", "steps"} <= {*record}
    assert record["check"]["ok"] is True
    assert record["derivative"] == record["steps"][-1]["expression"] == "2*A.T@(A@x - b)"
    lines = matcalc.diff("norm(A@x - b)**2").derivation.records()
    assert record["steps"] == [{**line, "exact": True} for line in lines]
    assert record["exact"] == {"ok": True, "points": 2, "digits": 50, "lines": [True] * len(lines)}
    assert record["steps"][0]["definitions"] == {"r": "A@x - b"}
    assert [step["kind"] for step in record["steps"]] == ["value", *["differential"] * 3, "derivative"]


def test_json_of_errors_and_of_several_lines():
    done = steps("-", "--json", "--no-check", stdin="x.T@x\nx.T@\nlogdet(X)\n")
    first, second, third = map(json.loads, done.stdout.splitlines())
    assert done.exit_code == 2
    assert (len(first["steps"]), len(third["steps"])) == (2, 2)
    assert first["exact"] is None and [step["exact"] for step in first["steps"]] == [None, None]
    assert second["error"]["message"] == "an operand is missing after '@'"
    assert "steps" not in second


# -- several questions --------------------------------------------------------------------------------


def test_several_variables():
    done = steps("x.T@A@x", "--wrt", "x", "--wrt", "A", "--no-check")
    assert [line.split()[0] for line in done.stdout.splitlines()] == ["1", "df/dx", "1", "df/dA"]
    assert [line.split(";")[0] for line in done.stderr.splitlines()] == [
        "n×1, denominator layout, by x", "n×n, denominator layout, by A",
    ]  # fmt: skip


def test_stdin():
    done = steps("-", stdin="x.T@x\n\nlogdet(X)\n")
    assert done.exit_code == 0
    assert done.stdout.count("read off") == 2
    errors = done.stderr.splitlines()
    assert errors[0] == "line 1: n×1, denominator layout, by x;  x: n×1"
    assert HOLDS.fullmatch(errors[1].removeprefix("line 1: "))
    assert errors[2].startswith("line 3: n×n, denominator layout, by X")


def test_options_of_the_question():
    done = steps("tr(A@X)", "--wrt", "X", "--assume", "X symmetric", "--structure", "parametrized", "--layout", "num")
    assert done.exit_code == 0
    assert "X is symmetric: by the free parameters; numerator layout: the transpose of what was read off" in done.stdout
    assert steps("sin(a)*a", "--order", "2").stdout.splitlines()[-1].startswith("   d2f/da2 = ")
    done = steps("sum(softsign(W@x))", "--wrt", "W", "--rules", "docs/examples/activations.rules")
    assert "d softsign(X) = dX / (1 + abs(X))**2" in done.stdout
    assert HOLDS.search(done.stderr)


# -- messages and exit codes ----------------------------------------------------------------------------


@every_row(
    "args, code, message",
    [
        (["x.T@"], 2, "an operand is missing after '@'"),
        (["x.T@A@x", "--wrt", "q"], 2, "no variable 'q' in the expression"),
        (["frobnicate(x)"], 2, "unknown function 'frobnicate'"),
        (["A@x", "--shape", "A: n×m, x: k"], 2, "shapes do not fit in '@'"),
        (["x.T@x", "--order", "7"], 2, "order 7 is not from 1 to 6"),
        (["x.T@x", "--no-check", "--points", "2"], 2, "--points and --seed are for the check"),
        (["x.T@x", "--rules", "no/such/file"], 2, "no/such/file"),
        (["z.H@z", "--assume", "z complex", "--order", "2"], 3, "steps by complex names are of first derivatives"),
        (["x.T@x", "--shape", "x: 1000000000", "--check"], 4, "not checked: too large to check"),
    ],
)  # fmt: skip
def test_errors(args, code, message):
    done = steps(*args)
    assert done.exit_code == code
    assert message in done.stderr
    assert "Traceback" not in done.stderr + done.stdout
    assert done.exception is None or isinstance(done.exception, SystemExit)


def test_a_check_that_was_not_asked_for_need_not_run():
    done = steps("x.T@x", "--shape", "x: 1000000000")
    assert done.exit_code == 0
    assert "not checked: too large to check" in done.stderr


def test_the_worst_exit_code_counts():
    assert steps("-", "--no-check", stdin="A@exp(x)\nx.T@\nx.T@x\n").exit_code == 2
    complexes = ("--assume", "z complex", "--order", "2")
    assert steps("-", "--no-check", *complexes, stdin="z.H@z\nz.T@\nz.T@z\n").exit_code == 3


def test_nothing_on_stdin():
    done = steps("-", stdin="\n")
    assert done.exit_code == 2
    assert "there is no expression on the standard input" in done.stderr


FALSE = StepsReport(False, 0.5, 1, 2, "line 1, df = 3*x.T@dx: '3*x.T@dx' is off by 0.5")


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_false_line_is_an_internal_error(form, monkeypatch):
    monkeypatch.setattr(matcalc.Derivative, "check_steps", lambda derivative, points, seed: FALSE)
    done = steps("x.T@x", "--format", form)
    assert done.exit_code == 1
    said = json.loads(done.stdout)["error"]["message"] if form == "json" else done.stderr
    assert f"the derivation by x has a false line, do not use it: {FALSE.reason}" in said
    assert "this is a bug in matcalc, please report it" in done.stdout + done.stderr


def test_an_expression_as_deep_as_it_is_long():
    done = steps("(" * 3000 + "x.T@x" + ")" * 3000)
    assert done.exit_code == 0
    assert done.stdout.splitlines()[-1].startswith("   df/dx = 2*x")


def test_the_examples_in_the_help_work():
    shown = steps("--help").stdout
    examples = re.findall(r'^ +matcalc steps "(.*?)"(.*)$', shown, re.MULTILINE)
    assert len(examples) >= 5
    for expression, options in examples:
        done = steps(expression, *options.strip().split("  ")[0].split(), "--no-check")
        assert done.exit_code == 0, done.stderr
