"""torch, NumPy and SciPy are needed by what checks with them, and not by what derives, proves or checks exactly."""

import io
import signal
import sys

import pytest
from command_line import process

from matcalc import libraries
from matcalc.budget import Budget, limits, working
from matcalc.command import progress
from matcalc.errors import MissingLibraryError

# the libraries cannot be found, as where they are not installed
BLOCKED = """
import sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("torch", "numpy", "scipy", "jax"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name.partition(".")[0])

sys.meta_path.insert(0, Blocked())
import matcalc as mc

def refused(function):
    try:
        function()
    except mc.MissingLibraryError as error:
        return error.exit_code == 4 and "pip install" in error.hint
    return False
"""

WITHOUT = BLOCKED + """
d = mc.diff("norm(A@x - b)**2")
assert str(d) == "2*A.T@(A@x - b)" and len(d.steps) == 5 and d.where == [] and d.latex() and d.unicode()
assert d.check(method="exact").ok and d.check().ok and d.check(method="torch").ok is None
assert d.check_steps().ok and str(d.check_steps()) == "all 5 lines hold to 50 digits at 2 points"
assert d.check_accumulation().ok is None and "torch cannot be imported" in d.check_accumulation().reason
assert "torch cannot be imported" in d.check_steps(method="torch").reason
assert d.code() and d.code("torch") and d.graph().svg() and d.accumulation().lines
assert str(mc.diff("logsumexp(A@x)", order=2)) and mc.diff("sum(softsign(x))", rules=RULES).check().ok

assert mc.check("x.T@A@x", "(A + A.T)@x").ok and mc.check("x.T@A@x", "x.T@(A + A.T)", layout="any").ok
wrong = mc.check("x.T@A@x", "2*A@x")
assert wrong.ok is False and str(wrong.right) == "(A + A.T)@x" and "torch cannot be imported" in str(wrong)
turned = mc.check("x.T@A@x", "x.T@(A + A.T)", layout="denom")
assert turned.ok is False and turned.diagnosis == "other layout", turned

proved = mc.linalg.definite("A.T@A")
assert proved.verdict == "positive semidefinite" and proved.verify().ok is None and str(proved)
unknown = mc.linalg.definite("A + A.T")
assert unknown.verdict == "unknown" and "torch cannot be imported" in str(unknown)
assert unknown.record() and unknown.unicode()
assert mc.linalg.convex("norm(A@x - b)**2", "x").verdict == "convex"
unknown = mc.linalg.convex("sum(sin(x))", "x")
assert unknown.verdict == "unknown" and "torch cannot be imported" in str(unknown)
assert unknown.record() and unknown.unicode()

assert refused(lambda: d.evaluate(A=[[1, 2], [3, 4]], x=[1, 2], b=[1, 1]))
assert refused(lambda: d.broken(A=[[1, 2], [3, 4]], x=[1, 2], b=[1, 1]))
assert refused(lambda: mc.linalg.norms("[[2, 1], [1, 3]]")) and refused(lambda: mc.linalg.eig)
assert refused(lambda: mc.linalg.definite("[[2, 1], [1, 3]]")) and refused(lambda: d.code(with_check=True))
assert not {"torch", "numpy", "scipy"} & set(sys.modules)

from click.testing import CliRunner
from matcalc.command.main import main

def code(*args):
    done = CliRunner().invoke(main, args)
    assert "internal error" not in done.output and "Traceback" not in done.output, done.output
    return done.exit_code

assert [code("diff", "x.T@A@x"), code("diff", "x.T@A@x", "--check", "torch"), code("steps", "x.T@A@x")] == [0, 4, 0]
assert code("check", "x.T@A@x", "--claim", "2*A@x") == 1 and code("check", "x.T@x", "--claim", "2*x") == 0
assert code("definite", "A.T@A") == 0 and code("definite", "A + A.T") == 4 and code("convex", "x.T@x") == 0
assert code("norms", "[[1, 2], [3, 4]]") == 4 and code("eig", "[[1, 2], [3, 4]]") == 4 and code("rules", "inv") == 0
assert code("diff", "sum(softsign(x))", "--rules", RULES) == 0
print("done")
"""


def test_what_derives_and_proves_needs_no_library_but_sympy():
    done = process(program=f"RULES = 'docs/examples/activations.rules'\n{WITHOUT}")
    assert (done.stdout.decode(), done.stderr.decode()) == ("done\n", "")


def test_rules_are_checked_exactly_where_torch_is_not_installed(tmp_path):
    wrong = tmp_path / "wrong.rules"
    lines = "cube(X: n,m) -> n,m\n  elementwise\n  d cube(X) = 2*X**2*dX\n  torch X**3\n  source Calculus\n"
    wrong.write_text(lines, encoding="utf-8")
    program = BLOCKED + f"""
try:
    mc.diff("sum(cube(x))", rules={str(wrong)!r})
except mc.RuleFileError as error:
    print(error.message)
"""
    assert b"without rounding the formula '2*X**2*dX' is wrong" in process(program=program).stdout


def test_a_library_that_is_there_and_broken(tmp_path):
    (tmp_path / "torch").mkdir()
    (tmp_path / "torch" / "__init__.py").write_text("raise OSError('libtorch.so: cannot open shared object file')\n")
    program = f"""
import sys
sys.path.insert(0, {str(tmp_path)!r})
import matcalc as mc
report = mc.diff("x.T@A@x").check()
print(report.ok, report.torch.reason)
print(mc.check("x.T@x", "2*x").ok)
"""
    expected = b"True torch cannot be imported (libtorch.so: cannot open shared object file)\nTrue\n"
    assert process(program=program).stdout == expected


# -- imports and interrupts -------------------------------------------------------------------------------------------


@pytest.fixture
def slow_library(tmp_path, monkeypatch):
    name = "a_slow_library"
    lines = ["import os, signal", "first = True", "os.kill(os.getpid(), signal.SIGINT)", "last = True"]
    (tmp_path / f"{name}.py").write_text("\n".join(lines))
    monkeypatch.syspath_prepend(tmp_path)
    yield name
    sys.modules.pop(name, None)


def test_an_interrupt_waits_for_the_end_of_an_import(slow_library):
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        libraries.load(slow_library)
    assert signal.getsignal(signal.SIGINT) is before
    assert sys.modules[slow_library].last
    assert libraries.load(slow_library).first


def test_where_interrupts_are_ignored_they_stay_ignored(slow_library):
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        assert libraries.load(slow_library).last
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_imports_are_not_counted(tmp_path, monkeypatch):
    (tmp_path / "a_counting_library.py").write_text("from matcalc.budget import spend\nspend(1000)\n")
    monkeypatch.syspath_prepend(tmp_path)
    with limits(work=10) as budget:
        libraries.load("a_counting_library")
    assert budget.spent == 0


def test_what_is_missing_is_named_with_its_remedy():
    with pytest.raises(MissingLibraryError) as caught:
        libraries.require("this", "no_such_library")
    assert caught.value.message.startswith("this needs no_such_library: no_such_library cannot be imported (No module")
    assert caught.value.hint == "python -m pip install no_such_library"


def test_other_import_errors_stay_what_they_are():
    with pytest.raises(ImportError, match="our own fault"), working("this"):
        raise ImportError("our own fault", name="matcalc.missing")
    with pytest.raises(MissingLibraryError, match="this needs scipy, which cannot be imported"), working("this"):
        raise ModuleNotFoundError("No module named 'scipy.linalg'", name="scipy.linalg")


# -- progress ----------------------------------------------------------------------------------------------------------


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_line_says_what_is_done_and_how_much_of_the_budget_is_spent():
    with limits(work=1000) as budget:
        budget.spent, budget.doing = 345, "checking"
        assert progress.progress_line(budget, 2.4) == "checking, 2 s, 34 % of what is allowed (Ctrl-C ends it)"
    assert progress.progress_line(None, 3.0) == "working, 3 s (Ctrl-C ends it)"


def test_the_line_comes_after_a_silence_and_goes_before_other_output(monkeypatch):
    monkeypatch.setattr(progress, "_SILENCE", 0.01)
    monkeypatch.setattr(progress, "_BETWEEN", 0.01)
    monkeypatch.setenv("TERM", "xterm")
    terminal = Terminal()
    with progress.shown_progress(terminal), limits(work=100):
        while "working" not in terminal.getvalue() and "allowed" not in terminal.getvalue():
            pass
    shown = terminal.getvalue()
    assert shown.startswith("\r\x1b[K") and shown.endswith("\r\x1b[K")


@pytest.mark.parametrize(("stream", "term"), [(io.StringIO(), "xterm"), (Terminal(), "dumb")])
def test_nobody_is_shown_a_line_who_does_not_sit_at_a_terminal(stream, term, monkeypatch):
    monkeypatch.setattr(progress, "_SILENCE", 0.0)
    monkeypatch.setenv("TERM", term)
    with progress.shown_progress(stream):
        pass
    assert stream.getvalue() == ""


def test_how_much_of_a_budget_is_spent():
    budget = Budget(limits().allowance)
    budget.spent = budget.allowance.work // 4
    assert budget.part() == 0.25
