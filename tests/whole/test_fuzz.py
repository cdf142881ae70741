"""Whatever is given, a user gets an answer or one message: no other exception, no traceback, the right exit code."""

import random
import signal
import subprocess
import time
from contextvars import copy_context
from inspect import isfunction, isroutine, signature

import pytest
from click.testing import CliRunner
from command_line import COMMAND, ROOT, environment, process
from odd_values import TEXTS, WORDS, shapes, value
from tables import every_row

import matcalc as mc
from matcalc.command.main import main

CODES = {0, 1, 2, 3, 4, 5}
LINALG = {name: getattr(mc.linalg, name) for name in mc.linalg.__all__}
PUBLIC = {name: getattr(mc, name) for name in mc.__all__}
FUNCTIONS = {
    name: function for name, function in (PUBLIC | LINALG).items() if isroutine(function) or name == "limits"
}
DERIVATIVE = mc.diff("norm(A@x - b)**2", wrt="x")
OBJECTS = (
    DERIVATIVE, mc.parse("norm(A@x - b)**2"), mc.diff("norm(A@x - b)**2", wrt=["x", "A"]), DERIVATIVE.compile(),
    mc.diff("sum(x**3)", order=3), DERIVATIVE.graph(), DERIVATIVE.derivation, mc.kkt("min x.T@x s.t. A@x == b"),
    mc.expectation("x.T@A@x", "x ~ N(b, S)"),
)
METHODS = [
    (number, name) for number, whole in enumerate(OBJECTS) for name in dir(type(whole))
    if not name.startswith("_") and getattr(getattr(type(whole), name), "__module__", "").startswith("matcalc")
    and isfunction(getattr(type(whole), name))
]
# of every question one that is in order but for what is drawn, so that what lies behind its reading is met
IN_ORDER = {
    "dist": ("x ~ N(mu, S)", "x ~ (m, S)", "W ~ Wishart(S, k)", "x ~ N(0, eye(n)); y ~ N(m, S)", "x ~", "x"),
    "equation": ("A@x + exp(x) = b", "F(x, t) = 0", "x.T@x = 1"),
    "problem": ("min x.T@P@x s.t. A@x = b", "max c.T@x s.t. x >= 0", "min f(x)"),
    "wrt": ("x", ["A", "x"], "A[i, j]"), "claim": TEXTS,
}


def shown(given):
    """Return arguments as a message shows them; Python does not write whole numbers of thousands of digits."""
    try:
        return repr(given)[:300]
    except ValueError:
        return "a number of thousands of digits, and others"


def argument(rng, name):
    """Return some value for the parameter of a name, half the time one of its kind."""
    if name == "shapes":
        return shapes(rng)
    if name in IN_ORDER and rng.random() < 0.6:
        return rng.choice(IN_ORDER[name])
    return value(rng)


def call(rng):
    """Return (what is called, as text, a function that calls it) with arguments of any kind."""
    if rng.random() < 0.25:
        number, name = rng.choice(METHODS)
        function = getattr(OBJECTS[number], name)
    else:
        name = rng.choice(list(FUNCTIONS))
        function = FUNCTIONS[name]
    args, given = [], {}
    for parameter in signature(function).parameters.values():
        if parameter.kind is parameter.VAR_KEYWORD:
            given |= {k: value(rng) for k in ("A", "x", "b") if rng.random() < 0.6}
        elif parameter.kind is parameter.VAR_POSITIONAL:
            args += [value(rng) for _ in range(rng.randrange(3))]
        elif parameter.default is parameter.empty:
            usual = rng.random() < 0.6 and not (name in IN_ORDER or parameter.name in IN_ORDER)
            args.append(rng.choice(TEXTS) if usual else argument(rng, parameter.name))
        elif rng.random() < 0.25:
            given[parameter.name] = argument(rng, parameter.name)
    args = ["x" if isinstance(arg, str) and arg == "-" else arg for arg in args]  # "-" is the standard input

    def called():
        found = function(*args, **given)
        if name == "limits":
            found.restore()
        return found

    return f"{name}({shown(args)}, {shown(given)})", called


def try_calls(seed, count):
    rng = random.Random(seed)
    for _ in range(count):
        text, function = call(rng)
        try:
            with mc.limits(work=20_000, seconds=5):
                answer = function()
            str(answer)
        except mc.MatcalcError as error:
            assert error.message and str(error), f"seed {seed}: {text}"
        except TypeError as error:  # Python's own, for arguments that are missing or too many
            assert "argument" in str(error), f"seed {seed}: {text}: {error!r}"
        except Exception as error:
            raise AssertionError(f"seed {seed}: {text}: {error!r}") from error


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch, tmp_path):
    """Let the files that options ask for be written into a folder that goes."""
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("seed", range(4))
def test_functions_with_arguments_of_any_kind(seed):
    try_calls(seed, 40)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(1000, 1050))
def test_functions_with_arguments_of_any_kind_at_length(seed):
    try_calls(seed, 100)


# -- commands ------------------------------------------------------------------------------------------------

# what serves or fetches is tested in a process of its own
COMMANDS = tuple(sorted(set(main.commands) - {"serve", "export", "mcp"}))
OPTIONS = {name: sorted({option for parameter in main.commands[name].params for option in parameter.opts
                         if option.startswith("-")}) for name in COMMANDS}
SMALL = ("1", "2", "0", "-1", "10**9", "1e400", "text", "json", "unicode", "x: n", "A: n×n", "A: n×m×k", "x positive",
         "n=3", "seconds=1", "work=100", "memory=x", "0,1", "hvp", "/dev/null", "no/such.rules",
         *(text for texts in IN_ORDER.values() for text in texts if isinstance(text, str)))


def command(rng):
    name = rng.choice(COMMANDS)
    args = [name] if rng.random() < 0.95 else [rng.choice(TEXTS)]
    args += [rng.choice(TEXTS)] if rng.random() < 0.9 else []
    for _ in range(rng.randrange(4)):
        others = ("--wrong", "-", "--", "-h", *OPTIONS[rng.choice(COMMANDS)])
        args.append(rng.choice(OPTIONS[name] if rng.random() < 0.8 else others))
        if rng.random() < 0.7:
            args.append(rng.choice(SMALL + WORDS + TEXTS))
    args = [arg.replace("\0", "") for arg in args]  # no system passes on such a letter
    return [*args, *(() if "--limit" in args else ("--limit", "work=20000, seconds=5"))]


def try_commands(seed, count):
    rng = random.Random(seed)
    for _ in range(count):
        args = command(rng)
        given = "\n".join(rng.sample(TEXTS, 3))
        # in a context of its own: a command that fails while its options are read leaves its --limit behind
        done = copy_context().run(CliRunner().invoke, main, args, input=given)
        where = f"seed {seed}: {args}: {done.output[-300:]}"
        assert done.exit_code in CODES, where
        assert "internal error" not in done.output and "Traceback" not in done.output, where
        if done.exit_code == 5:
            assert "hint: " in done.output or '"hint"' in done.output, where


@pytest.mark.parametrize("seed", range(4))
def test_commands_with_arguments_of_any_kind(seed):
    try_commands(seed, 25)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(2000, 2050))
def test_commands_with_arguments_of_any_kind_at_length(seed):
    try_commands(seed, 100)


# -- faults --------------------------------------------------------------------------------------------------


def run_with(**streams):
    """Run a command with streams of its own."""
    given = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **streams}
    return subprocess.run([*COMMAND, "diff", "x.T@x", "--no-check"], **given, env=environment(), timeout=60)


def test_a_full_disk_is_said_in_one_line():
    with open("/dev/full", "wb") as full:
        done = run_with(stdout=full)
    assert done.returncode == 74
    assert done.stderr.decode().splitlines()[-2:] == [
        "error: the output cannot be written: No space left on device", "hint: free space, or write it elsewhere"
    ]


def test_messages_that_cannot_be_written_leave_the_answer():
    with open("/dev/full", "wb") as full:
        done = run_with(stderr=full)
    assert (done.stdout, done.returncode) == (b"2*x\n", 74)


@pytest.mark.parametrize(("redirected", "code"), [("<&-", 2), (">&-", 0), ("2>&-", 0)])
def test_closed_streams(redirected, code):
    program = ["sh", "-c", f'exec "$@" {redirected}', "sh", *COMMAND]
    args = ["diff", "-", "--no-check"] if redirected == "<&-" else ["diff", "x.T@x", "--no-check"]
    done = subprocess.run([*program, *args], capture_output=True, env=environment(), timeout=60)
    assert done.returncode == code
    assert b"Traceback" not in done.stderr and b"internal error" not in done.stderr


def test_a_byte_order_mark_on_the_standard_input():
    assert process("diff", "-", "--no-check", stdin=b"\xef\xbb\xbfx.T@x\n").stdout == b"2*x\n"


def interrupted(after):
    """Return (exit code, stderr) of a command that is interrupted after so many seconds."""
    text = " + ".join(f"x.T@A{i}@x" for i in range(300))
    command = [COMMAND[0], "-m", "announced", "diff", text, "--wrt", "x"]
    path = {"PYTHONPATH": f"{ROOT / 'tests' / 'support'}:{ROOT}"}
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**environment(), **path})
    assert running.stderr.readline() == b"begun\n"  # before that Python itself is interrupted
    time.sleep(after)
    running.send_signal(signal.SIGINT)
    _, told = running.communicate(timeout=60)
    return running.returncode, told.decode()


def test_an_interrupt_ends_a_command_cleanly():
    code, told = interrupted(1.0)
    assert code in (130, 0)
    assert "Traceback" not in told and "internal error" not in told


@pytest.mark.parametrize("work", [
    "eval('signal.raise_signal(signal.SIGINT)')",
    "kept = Kept(); weakref.finalize(kept, signal.raise_signal, signal.SIGINT); del kept; time.sleep(30)",
], ids=["through eval", "in a callback"])
def test_an_interrupt_that_python_marks_or_drops_is_code_130(work, tmp_path):
    program = f"""
import signal, time, weakref
import matcalc.command.main as commands
from matcalc.__main__ import main
class Kept: pass
def work():
    {work}
commands.main = work
main()
"""
    (tmp_path / "interrupted.py").write_text(program)
    path = {"PYTHONPATH": f"{tmp_path}:{ROOT}"}
    done = subprocess.run([COMMAND[0], "-m", "interrupted"], capture_output=True, env={**environment(), **path})
    assert (done.returncode, done.stderr) == (130, b"")


@pytest.mark.long
@pytest.mark.parametrize("moment", range(50))
def test_an_interrupt_at_many_moments_ends_a_command_cleanly(moment):
    code, told = interrupted(0.3 + 0.1 * moment)
    assert code in (130, 0), told
    assert "Traceback" not in told and "internal error" not in told


# -- the faults that were found ------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [
    "(-1, 2)", "(10**30, 2)", "(1e3, 2)", "('a',)", "(0, 3)", "(2, 2, 2)", "None", "(True, 2)",
])
def test_headers_of_npy_files_that_declare_no_matrix(tmp_path, shape):
    header = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    path = tmp_path / "a.npy"
    path.write_bytes(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + bytes(64))
    with pytest.raises(mc.MatcalcError):
        mc.linalg.read_matrix(str(path))


BIG = 10**5000


@every_row("use", [
    lambda: mc.diff("x.T@x", order=BIG), lambda: mc.diff("x.T@x", layout=BIG), lambda: DERIVATIVE.check(points=BIG),
    lambda: DERIVATIVE.check(seed=BIG), lambda: DERIVATIVE.accumulation(BIG), lambda: DERIVATIVE.code(sizes={"n": BIG}),
    lambda: DERIVATIVE.evaluate(A=[[BIG]], x=[1], b=[1]), lambda: mc.linalg.norms("[[1, 2]]", p=BIG),
    lambda: mc.linalg.norms("[[1, 2]]", k=BIG), lambda: mc.linalg.read_matrix([[BIG]]), lambda: mc.limits(memory=-BIG),
])
def test_whole_numbers_of_thousands_of_digits(use):
    with pytest.raises(mc.MatcalcError) as caught:
        use()
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize(("text", "message"), [
    ('"1,000",2\n3,4\n', "'1,000' is not a number"), ('"1,5";2\n', "'1,5' is not a number"),
    ('"1 000",2\n', "'1 000' is not a number"), ('"1,2\n3,4', "a quotation mark is never closed"),
])
def test_entries_in_quotation_marks_are_one_number_each(tmp_path, text, message):
    path = tmp_path / "a.csv"
    path.write_text(text)
    with pytest.raises(mc.ExpressionSyntaxError, match=message):
        mc.linalg.read_matrix(str(path))
    path.write_text('"1","2.5"\n" 3 ",4\n')
    assert mc.linalg.read_matrix(str(path)).array.tolist() == [[1, 2.5], [3, 4]]


def test_points_are_bounded():
    with pytest.raises(mc.LimitError, match="points is 1000000000, more than 10,000"):
        DERIVATIVE.check(points=10**9)


@pytest.mark.parametrize("name", ["n", "m", "k"])
def test_variables_named_like_sizes_are_drawn(name):
    assert mc.diff(f"{name}*norm(A@x - b)**2", wrt="x", shapes={name: ()}).graph().svg(adjoints=True).startswith("<svg")


def test_orders_of_norms_that_floats_do_not_hold():
    done = CliRunner().invoke(main, ["norms", "[[1, 2]]", "--p", "1e400"])
    assert done.exit_code == 2 and "p = 1e400 is out of range" in done.output
