"""``matcalc check``: what it prints, where to, and with which exit code."""

import json

import pytest
from command_line import matcalc_here, process, terminal
from tables import every_row

QUADRATIC = "x.T@A@x"


def check(*args, stdin=None):
    return matcalc_here("check", *args, stdin=stdin)


def test_a_wrong_claim_in_a_pipe():
    done = check(QUADRATIC, "--claim", "2*A@x")
    assert done.exit_code == 1
    first, right, diagnosis = done.stdout.splitlines()
    assert first.startswith("not the derivative: relative error 0.") and first.endswith(" at a random point")
    assert right == (
        "  right is (A + A.T)@x;  smallest counterexample: A = [[0, 0], [1, 0]], x = [0, 1]: yours [0, 0], right [1, 0]"
    )
    assert diagnosis == "  your formula is right if A is symmetric"
    assert done.stdout.isascii()
    assert done.stderr == ""


def test_a_right_claim_in_a_pipe():
    done = check(QUADRATIC, "--claim", "x.T@(A+A.T)")
    assert done.exit_code == 0
    assert done.stdout == "right, in numerator layout (transpose it for denominator layout)\n"


def test_a_terminal_shows_marks_and_unicode():
    code, shown = terminal("check", QUADRATIC, "--claim", "2*A@x", NO_COLOR="1")
    assert code == 1
    assert shown.startswith("✗ not the derivative: relative error 0.")
    assert "  right is (A + Aᵀ) x;  smallest counterexample:" in shown
    code, shown = terminal("check", QUADRATIC, "--claim", "x.T@(A+A.T)", NO_COLOR="1")
    assert (code, shown) == (0, "✓ right, in numerator layout (transpose it for denominator layout)\n")


def test_a_terminal_without_unicode_shows_none():
    code, shown = terminal("check", QUADRATIC, "--claim", "2*A@x", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert code == 1
    assert shown.isascii()
    assert "(A + A.T)@x" in shown


def test_json_is_one_object_a_claim():
    done = check(QUADRATIC, "--json", "--claim", "2*A@x", "--claim", "(A + A.T)@x")
    assert done.exit_code == 1
    wrong, right = map(json.loads, done.stdout.splitlines())
    assert (wrong["schema"], wrong["ok"], wrong["diagnosis"]) == (2, False, "symmetric only")
    assert wrong["right"] == "(A + A.T)@x"
    assert wrong["counterexample"]["yours"] != wrong["counterexample"]["right"]
    assert (right["ok"], right["layout"], right["counterexample"]) == (True, "denom", None)
    assert wrong["claim"] == "2*A@x" and wrong["wrt"] == "x"


def test_claims_from_the_standard_input():
    done = check("logdet(X)", "--claim", "-", "--layout", "denom", stdin="inv(X).T\n\ninv(X)\nfoo\n")
    assert done.exit_code == 1
    assert done.stdout.startswith("line 1: right, in denominator layout\n")
    assert "line 3: not the derivative in denominator layout\n" in done.stdout
    assert "line 4: the expression has no 'foo'" in done.stderr
    assert check("logdet(X)", "--claim", "-", stdin="\n").exit_code == 2


@every_row(("args", "code", "words"), [
    ((QUADRATIC, "--claim", "B@x"), 2, "the expression has no 'B'"),
    ((QUADRATIC, "--claim", "2*A@"), 2, "an operand is missing after '@'"),
    ((QUADRATIC, "--claim", "2*A = x"), 2, "'=' is not in the expression language"),
    (("x.T@A@", "--claim", "2*A@x"), 2, "an operand is missing after '@'"),
    ((QUADRATIC,), 2, "the formula is missing"),
    ((), 2, "an expression is missing"),
    ((QUADRATIC, "--claim", "x", "--layout", "nom"), 2, "unknown layout"),
    ((QUADRATIC, "--claim", "x", "--claim", "-"), 2, "--claim -"),
    ((QUADRATIC, "--claim", "x", "--json", "--format", "text"), 2, "exclude each other"),
    (("sum(log(-x**2 - 1))", "--claim", "x"), 4, "not judged"),
    ((QUADRATIC, "--clam", "x"), 2, "no such option"),
])
def test_exit_codes_and_errors(args, code, words):
    done = check(*args)
    assert done.exit_code == code, done.stderr
    assert words in done.stderr
    assert done.stdout == ""


def test_an_error_in_the_claim_shows_the_claim():
    done = check(QUADRATIC, "--claim", "2*A@B@x")
    assert done.stderr.splitlines()[1:3] == ["  2*A@B@x", "      ^"]
    record = json.loads(check(QUADRATIC, "--claim", "2*A@B@x", "--json").stdout)
    assert record["error"]["kind"] == "name"
    assert record["claim"] == "2*A@B@x"


@pytest.mark.parametrize(("options", "claim"), [
    (("--wrt", "A"), "x@x.T"),
    (("--order", "2"), "A + A.T"),
    (("--assume", "A symmetric"), "2*A@x"),
    (("--shape", "A: 3×3", "--layout", "num"), "x.T@(A + A.T)"),
    (("--syntax", "matlab"), "A*x + A'*x"),
    (("--syntax", "latex"), r"(A + A^\top) x"),
    (("--seed", "5", "--points", "7"), "-(-A@x - A.T@x)"),
])
def test_options(options, claim):
    expression = {"matlab": "x'*A*x", "latex": r"x^\top A x"}.get(options[1], QUADRATIC)
    done = check(expression, "--claim", claim, *options)
    assert done.exit_code == 0, done.stdout + done.stderr


def test_the_structure_of_a_variable():
    args = ("logdet(S)", "--assume", "S pd", "--claim", "2*inv(S) - inv(S)*eye(n)")
    assert check(*args, "--structure", "parametrized").exit_code == 0
    done = check(*args)
    assert done.exit_code == 1
    assert "--structure parametrized" in done.stdout


def test_latex_of_the_right_answer():
    done = check(QUADRATIC, "--claim", "2*A@x", "--format", "latex")
    assert "A^{\\top}" in done.stdout


def test_rule_files(tmp_path):
    rules = tmp_path / "my.rules"
    rules.write_text(
        "swish(X: n,m) -> n,m\n    elementwise\n    d swish(X) = (sigmoid(X) + X*sigmoid(X)*(1 - sigmoid(X)))*dX\n"
        "    torch     X*torch.sigmoid(X)\n    source    Ramachandran et al. 2017\n"
    )
    args = ("sum(swish(x))", "--rules", str(rules), "--claim")
    assert check(*args, "sigmoid(x) + swish(x)*(1 - sigmoid(x))").exit_code == 0
    assert check(*args, "sigmoid(x) + swish(x)").exit_code == 1


def test_a_formula_may_begin_with_a_minus_sign():
    assert check("-x.T@x", "--claim", "-2*x").exit_code == 0


def test_without_torch_exact_values_judge():
    program = (
        "import sys\n"
        "sys.modules['torch'] = None\n"
        "from matcalc.command.main import main\n"
        "sys.argv = ['matcalc', 'check', 'x.T@x', '--claim', '2*x']\n"
        "main()\n"
    )
    done = process(program=program)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(b"right, in denominator layout\n  torch cannot be imported")


def test_help_names_every_option():
    shown = check("--help").stdout
    for word in ("--claim", "--layout", "--order", "--structure", "--syntax", "--json", "Examples:", "Exit codes:"):
        assert word in shown
