"""The command line as a program: terminals, encodings, interruptions, start-up, help, completion."""

import re
import signal
import subprocess

import pytest
from command_line import COMMAND, diff, environment, matcalc_here, process, terminal
from tables import every_row

import matcalc

# -- terminals ---------------------------------------------------------------------------------------


def test_the_transcript_on_a_terminal():
    code, shown = terminal("diff", "x.T@A@x", "--layout", "denom", NO_COLOR="1")
    answer, exact, verdict, note = shown.splitlines()
    assert answer == "∂f/∂x = (A + Aᵀ) x            n×1, denominator layout, by x;  A: n×n, x: n×1"
    assert exact == (
        "✓ exactly equal at 3 random points, sizes 2 to 4 (a wrong answer passes with chance < 1e-15)"
    )
    assert re.fullmatch(r"✓ torch autograd: 3 random points, largest relative error [\de.-]+", verdict)
    assert note == '  with A symmetric (--assume "A symmetric"): 2\u2009A\u2009x'
    assert code == 0


def test_a_repeated_function_gets_a_letter_on_a_terminal():
    _, shown = terminal("diff", "softmax(W@x)", "--wrt", "x", "--layout", "num", "--no-check")
    assert shown == ("∂y/∂x = (diag(s) - s sᵀ) W    m×n, numerator layout, by x;  s = softmax(W x);  "
                     "W: m×n, x: n×1\n")


def test_a_letter_is_none_that_is_taken():
    _, shown = terminal("diff", "softmax(s@x)", "--wrt", "x", "--no-check", "--shape", "s: p×q", "--layout", "num")
    assert "r = softmax(s x)" in shown


@every_row("args, left", [
    (["logsumexp(A@x)", "--order", "2"], "∂²f/∂x∂xᵀ = "),
    (["c**3", "--order", "2"], "∂²f/∂c² = "),
    (["alpha*x.T@x", "--wrt", "alpha"], "∂f/∂α = xᵀ x"),
    (["X@Y", "--wrt", "X"], "∂vec(Z)/∂vec(X) = "),
    (["f.T@x", "--wrt", "x", "--shape", "f: n"], "∂g/∂x = "),
    (["x.T@A@x", "--format", "text"], "df/dx = (A + A.T)@x "),
])
def test_the_left_hand_side(args, left):
    assert terminal("diff", "--no-check", *args)[1].startswith(left)


def test_a_narrow_terminal_has_the_details_below():
    _, shown = terminal("diff", "norm(X@w - y)**2", "--wrt", "w", "--no-check", COLUMNS="50")
    first, *rest = shown.splitlines()
    assert first == "∂f/∂w = 2 Xᵀ (X w - y)"
    assert all(line.startswith("    ") and len(line) <= 50 for line in rest)


def test_a_terminal_without_unicode_gets_ascii():
    code, shown = terminal("diff", "x.T@A@x", "--no-check", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert shown.startswith("df/dx = (A + A.T)@x           nx1, denominator layout, by x;  A: nxn, x: nx1\n")
    assert (code, shown.isascii()) == (0, True)


@pytest.mark.parametrize("changes, coloured", [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)])
def test_colour_on_a_terminal_unless_asked_not_to(changes, coloured):
    code, shown = terminal("diff", "x.T@", "--no-check", **changes)
    assert code == 2
    assert ("\x1b[" in shown) == coloured


def test_a_pipe_that_cannot_carry_unicode_gets_ascii_errors():
    done = process("diff", "A@y", "--shape", "A: n×m, y: n", "--no-check", PYTHONIOENCODING="ascii", PYTHONUTF8="0",
                   LC_ALL="C.UTF-8")
    assert done.returncode == 2
    assert done.stderr.isascii()
    assert b"A is nxm, y is nx1 (m != n)" in done.stderr


def test_unicode_that_cannot_be_carried_falls_back_to_the_language():
    done = process("diff", "x.T@A@x", "--no-check", "--format", "unicode", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert (done.stdout, done.returncode) == (b"(A + A.T)@x\n", 0)


# -- interruptions -----------------------------------------------------------------------------------


def waiting():
    """Start a command that has answered one line and waits for the next."""
    running = subprocess.Popen([*COMMAND, "diff", "-", "--no-check"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, env=environment())
    running.stdin.write(b"x.T@x\n")
    running.stdin.flush()
    assert running.stdout.readline() == b"2*x\n"
    return running


def test_an_answer_comes_as_soon_as_its_line_and_ctrl_c_ends_it():
    running = waiting()
    running.send_signal(signal.SIGINT)
    _, errors = running.communicate(timeout=60)
    assert running.returncode == 130
    assert b"Traceback" not in errors


def test_a_closed_pipe_is_quiet():
    running = waiting()
    running.stdout.close()
    running.stdin.write(b"logdet(X)\n" * 3)
    running.stdin.close()
    errors = running.stderr.read().decode()
    running.stderr.close()
    assert running.wait(60) == 141
    assert "Traceback" not in errors
    assert "Error" not in errors


# -- help, version, completion -----------------------------------------------------------------------


def test_help_ends_with_examples_and_names_the_completion():
    for args in (["--help"], ["diff", "--help"], ["diff", "-h"], ["rules", "--help"]):
        done = matcalc_here(*args)
        assert done.exit_code == 0
        assert "Examples:" in done.stdout
    assert 'eval "$(_MATCALC_COMPLETE=bash_source matcalc)"' in matcalc_here("--help").stdout


def test_the_examples_in_the_help_work():
    shown = matcalc_here("diff", "--help").stdout
    examples = re.findall(r'^ +matcalc diff "(.*?)"(.*)$', shown, re.MULTILINE)
    assert len(examples) >= 5
    for expression, options in examples:
        words = re.findall(r'"([^"]*)"|(\S+)', options)
        done = diff(expression, *(quoted or plain for quoted, plain in words if plain != "--no-check"))
        assert done.exit_code == 0, done.stderr


def test_help_imports_nothing_heavy_and_little_at_all():
    program = ("import sys\nfrom matcalc.command.main import main\ntry:\n    main()\nfinally:\n"
               "    print({'sympy', 'numpy', 'torch'} & set(sys.modules), file=sys.stderr)\n")
    for args in (["--help"], ["diff", "--help"], ["--version"], ["rules", "logdet"]):
        assert process(*args, program=program).stderr == b"set()\n"
    program = program.replace("{'sympy', 'numpy', 'torch'} & set(sys.modules)", "len(sys.modules)")
    assert int(process("--help", program=program).stderr) < 400


def test_version():
    assert matcalc_here("--version").stdout == f"matcalc {matcalc.__version__}\n"


def test_completion():
    for shell in ("zsh", "fish"):
        done = process(_MATCALC_COMPLETE=f"{shell}_source")
        assert done.returncode == 0
        assert b"_MATCALC_COMPLETE" in done.stdout
    completions = process(_MATCALC_COMPLETE="bash_complete", COMP_WORDS="matcalc diff --layout ", COMP_CWORD="3").stdout
    assert b"plain,denom\n" in completions
    assert b"plain,logdet\n" in process(_MATCALC_COMPLETE="bash_complete", COMP_WORDS="matcalc rules lo",
                                        COMP_CWORD="2").stdout
