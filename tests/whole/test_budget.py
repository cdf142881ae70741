"""The budget of work: what is counted, where it ends, and what the user is told."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from inspect import isroutine

import pytest
from command_line import matcalc_here, process
from tables import every_row

import matcalc as mc
from matcalc.budget import current, limited, parse_limits, spend, uncounted, working

DEFAULTS = (2_500_000, 10.0, 3_000_000_000)


def bounds():
    found = mc.limits()
    return found.work, found.seconds, found.memory


def nested(function, depth, inside="x"):
    return f"{function}(" * depth + inside + ")" * depth


# -- setting bounds ------------------------------------------------------------------------------------------------


def test_the_defaults():
    assert bounds() == DEFAULTS
    assert str(mc.limits()) == "limits(work=2500000, seconds=10.0, memory=3000000000)"


def test_a_block_bounds_what_is_done_in_it_in_sum_and_puts_back_what_was():
    with mc.limits(work=2_000) as budget:
        assert bounds() == (2_000, *DEFAULTS[1:])
        with pytest.raises(mc.LimitError):
            for _ in range(100):
                mc.diff("x.T@A@x")
        assert budget.spent > 2_000
    assert bounds() == DEFAULTS and current() is None


def test_a_statement_bounds_every_following_question_by_itself():
    bound = mc.limits(work=2_000)
    try:
        for _ in range(20):
            mc.diff("x.T@A@x")
        with pytest.raises(mc.LimitError):
            mc.diff(" + ".join(f"x.T@A{i}@x" for i in range(50)))
    finally:
        bound.restore()
    assert bounds() == DEFAULTS


def test_an_inner_block_takes_from_the_outer_one():
    with mc.limits(work=3_000) as outer:
        with mc.limits(work=1_000_000) as inner:
            mc.diff("x.T@A@x")
            spent = inner.spent
        assert outer.spent == spent > 0
        with mc.limits(work=None), pytest.raises(mc.LimitError):
            mc.diff(" + ".join(f"x.T@A{i}@x" for i in range(50)))
        with pytest.raises(mc.LimitError):
            mc.diff("x.T@A@x")


def test_blocks_can_be_entered_twice():
    bound = mc.limits(work=100_000)
    for _ in range(2):
        with bound:
            mc.diff("x.T@A@x")
            assert bounds()[0] == 100_000
        assert bounds() == DEFAULTS


def test_threads_have_bounds_of_their_own():
    with mc.limits(work=10), ThreadPoolExecutor(1) as pool:
        assert pool.submit(lambda: str(mc.diff("x.T@A@x"))).result() == "(A + A.T)@x"


@every_row(("given", "message"), [
    ({"memory": -(10**400)}, "memory is a number of more than 40 digits"),
    ({"work": 0}, "work is 0"), ({"work": -1}, "work is -1"), ({"work": 1.5}, "work is 1.5"),
    ({"work": "many"}, "work is 'many'"), ({"work": True}, "work is True"), ({"seconds": "5"}, "seconds is '5'"),
    ({"seconds": float("inf")}, "seconds is inf"), ({"seconds": float("nan")}, "seconds is nan"),
    ({"memory": "5 cows"}, "memory is '5 cows'"), ({"memory": ""}, "memory is ''"), ({"memory": []}, "memory is []"),
])
def test_what_is_no_bound_is_refused(given, message):
    with pytest.raises(mc.ArgumentError) as caught:
        mc.limits(**given)
    assert caught.value.message == message
    assert bounds() == DEFAULTS


@every_row(("text", "expected"), [
    ("500 MB", 500_000_000), ("2GB", 2_000_000_000), ("1.5 kb", 1_500), ("1 MiB", 2**20), ("512", 512), (4096, 4096),
])
def test_memory_as_a_text(text, expected):
    with mc.limits(memory=text):
        assert bounds()[2] == expected


# -- counting --------------------------------------------------------------------------------------------------------


def units(function, *args, **kwargs):
    with mc.limits(work=None) as budget:
        function(*args, **kwargs)
    return budget.spent


PROGRAM = """
import matcalc as mc
with mc.limits(work=None) as budget:
    derivative = mc.diff("norm(W2@tanh(W1@x) - y)**2", wrt="W1")
    derivative.latex(), derivative.steps, derivative.check(method="exact")
print(budget.spent)
"""


def test_the_same_question_takes_the_same_work_in_every_process():
    first, second = (process(program=PROGRAM, PYTHONHASHSEED=seed).stdout for seed in "12")
    assert first == second and int(first) > 1_000


def test_work_grows_with_the_sum_and_not_with_its_square():
    def work(count):
        return units(lambda: str(mc.diff(" + ".join(f"x.T@A{i}@x" for i in range(count)), wrt="x")))

    assert work(200) < 2.4 * work(100)


@pytest.mark.parametrize("family", [
    " * ".join(f"a{i}" for i in range(1_000)), " + ".join(f"a{i}" for i in range(1_000)),
    "x.T@(" + " + ".join(f"b{i}" for i in range(1_000)) + ")", "@".join(["A"] * 300) + "@x",
])
def test_large_inputs_stay_far_below_the_default(family):
    wrt = "x" if "x" in family else "a1"
    assert units(lambda: str(mc.diff(family, wrt=wrt))) < DEFAULTS[0] / 10


def test_what_is_done_once_in_a_process_is_not_counted():
    with mc.limits(work=10) as budget, uncounted():
        spend(1_000)
    assert budget.spent == 0


# -- every layer asks ------------------------------------------------------------------------------------------------

LONG_SUM = " + ".join(f"x.T@A{i}@x" for i in range(60))
DERIVATIVE = mc.diff(LONG_SUM, wrt="x")
LAYERS = {
    "reading": lambda: mc.parse(LONG_SUM),
    "differentiating": lambda: mc.diff(LONG_SUM, wrt="x"),
    "writing the expression": lambda: mc.diff(LONG_SUM, wrt="x").latex(),
    "deriving the steps": lambda: mc.diff(LONG_SUM, wrt="x").steps,
    "making the graph": DERIVATIVE.graph,
    "accumulating": DERIVATIVE.accumulation,
    "checking": DERIVATIVE.check,
    "checking exactly": lambda: DERIVATIVE.check(method="exact"),
    "checking by torch": lambda: DERIVATIVE.check(method="torch"),
    "checking the steps": lambda: mc.diff(LONG_SUM, wrt="x").check_steps(),
    "writing the code": DERIVATIVE.code,
    "checking the formula": lambda: mc.check(LONG_SUM, "x", wrt="x"),
    "a proof": lambda: mc.linalg.definite(" + ".join(f"A{i}.T@A{i}" for i in range(60))),
    "a proof of convexity": lambda: mc.linalg.convex(LONG_SUM, "x"),
}


@every_row("layer", LAYERS)
def test_every_layer_ends_in_a_limit_error(layer):
    with pytest.raises(mc.LimitError) as caught, mc.limits(work=400):
        LAYERS[layer]()
    assert "more than 400 units of work" in caught.value.message
    assert caught.value.hint == "take a smaller expression, or allow more: --limit work=1600"
    assert "mc.limits(work=1600)" in str(caught.value)
    assert caught.value.exit_code == 5


def test_half_an_answer_is_never_given():
    """A part that was ended must not be taken for a part that failed, from which an answer goes on without it."""
    whole = units(mc.check, "norm(A@x - b)**2", "A.T@(A@x - b)")
    for part in range(1, 12):
        with pytest.raises(mc.LimitError), mc.limits(work=whole * part // 12):
            mc.check("norm(A@x - b)**2", "A.T@(A@x - b)")


def test_processor_time_is_bounded():
    took = r"takes more than 0.01 seconds of processor time"
    with pytest.raises(mc.LimitError, match=took), mc.limits(seconds=0.01):
        mc.diff(" + ".join(f"x.T@A{i}@x" for i in range(300)), wrt="x")


def test_memory_is_bounded():
    with pytest.raises(mc.LimitError, match=r"takes more than 1 bytes of memory"), mc.limits(memory=1):
        # so much at once is new to the process: smaller pieces may lie where others were freed
        kept = bytearray(b"\1") * 64_000_000
        while kept:
            spend(100)


@pytest.mark.parametrize(("fault", "message"), [
    (RecursionError, "walking nests scalar operations too deeply"),
    (MemoryError, "walking takes more memory than there is"),
])
def test_recursion_and_memory_end_in_a_limit_error(fault, message):
    @limited("walking")
    def walk():
        raise fault

    with pytest.raises(mc.LimitError) as caught:
        walk()
    assert caught.value.message == message


def test_time_in_another_thread_counts():
    with mc.limits(seconds=100) as budget:
        before = budget.seconds()

        def work():
            budget.seconds()
            end = time.thread_time() + 0.02
            while time.thread_time() < end:
                pass
            budget.seconds()

        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        assert budget.seconds() >= before + 0.02


def test_work_is_said_to_be_what_the_outermost_function_does():
    with pytest.raises(mc.LimitError, match="^outside takes more"), mc.limits(work=10), working("outside"):
        with working("inside"):
            spend(5)
        spend(10)


# -- the command line ---------------------------------------------------------------------------------------------


@every_row("args", [
    ("diff", "x.T@A@x"), ("steps", "x.T@A@x"), ("check", "x.T@A@x", "--claim", "2*A@x"), ("graph", "x.T@A@x"),
    ("code", "x.T@A@x"), ("definite", "A.T@A"), ("convex", "x.T@x"), ("norms", "A@B"),
])
def test_every_command_takes_a_limit_and_ends_with_exit_code_5(args):
    done = matcalc_here(*args, "--limit", "work=8")
    assert done.exit_code == 5
    assert "takes more than 8 units of work" in done.output
    assert "--limit work=32" in done.output
    assert bounds() == DEFAULTS


def _answered_and_checked(text):
    derivative = mc.diff(text)
    str(derivative)
    derivative.check()


def test_answer_and_check_are_bounded_together():
    _answered_and_checked("x.T@A@x")  # what is read once in a process is read
    derivative = units(lambda: str(mc.diff("x.T@A@x")))
    both = units(lambda: _answered_and_checked("x.T@A@x"))
    done = matcalc_here("diff", "x.T@A@x", "--limit", f"work={(derivative + both) // 2}")
    assert (done.exit_code, done.stdout) == (5, "(A + A.T)@x\n")


def test_every_line_has_the_limit_to_itself():
    done = matcalc_here("diff", "-", "--no-check", "--limit", "work=2000", stdin="x.T@A@x\n" * 20)
    assert (done.exit_code, done.stdout) == (0, "(A + A.T)@x\n" * 20)
    lines = f"x.T@x\n{LONG_SUM}\nx.T@x\n"
    done = matcalc_here("diff", "-", "--no-check", "--limit", "work=2000", "--json", stdin=lines)
    assert done.exit_code == 5
    assert [('"kind": "limit"' in line) for line in done.stdout.splitlines()] == [False, True, False]


@every_row(("text", "message"), [
    ("seconds", "--limit is 'seconds'"), ("speed=1", "--limit is 'speed=1'"), ("work=many", "work is 'many'"),
    ("work=-1", "work is -1"), ("", "--limit is ''"), ("work=1e999", "work is inf"), ("work=nan", "work is nan"),
    ("seconds=0", "seconds is 0"), ("memory=many", "memory is 'many'"),
])
def test_a_limit_that_is_none_is_refused(text, message):
    done = matcalc_here("diff", "x.T@x", "--limit", text)
    assert done.exit_code == 2
    assert done.stderr.startswith(f"error: {message}\n")


def test_several_limits():
    assert parse_limits(("seconds=2.5, work=10", "memory=1 GB")) == {"seconds": 2.5, "work": 10, "memory": "1 GB"}
    assert parse_limits(("work=none",)) == {"work": None}


# of every public function a question that is not done at once
QUESTIONS = {
    "check": lambda: mc.check("x.T@A@x", "2*A@x", "x"),
    "condition": lambda: mc.condition("x | y", "x, y ~ N([a, b], [[P, C], [C.T, Q]])"),
    "covariance": lambda: mc.covariance("A@x", "B@x", "x ~ (m, S)"),
    "diff": lambda: mc.diff("x.T@A@x"),
    "entropy": lambda: mc.entropy("x ~ N(m, S)"),
    "expectation": lambda: mc.expectation("x.T@A@x", "x ~ (m, S)"),
    "fisher": lambda: mc.fisher("b", "y ~ N(X@b, S)"),
    "implicit": lambda: mc.implicit("A@x = b", "b"),
    "kkt": lambda: mc.kkt("min x.T@x s.t. A@x == b"),
    "kl_divergence": lambda: mc.kl_divergence("x ~ N(a, P)", "x ~ N(b, Q)"),
    "newton": lambda: mc.newton("exp(a.T@x)", "x"),
    "parse": lambda: mc.parse("x.T@A@x"),
    "propagate": lambda: mc.propagate("exp(a.T@x)", "x ~ (m, S)"),
    "taylor": lambda: mc.taylor("exp(a.T@x)", wrt="x"),
    "variance": lambda: mc.variance("A@x", "x ~ (m, S)"),
    "convex": lambda: mc.linalg.convex("norm(A@x - b)**2", "x"),
    "definite": lambda: mc.linalg.definite("A.T@A"),
    "norms": lambda: mc.linalg.norms("A@x"),
}
# what reads numbers, not formulas: floats of a size that memory bounds
OF_NUMBERS = {"cholesky", "eig", "ldl", "null_space", "polar", "qr", "rank", "read_matrix", "schur",
              "spectral_radius", "structure", "svd"}


def test_every_public_function_has_a_question_here():
    public = {name: getattr(mc, name) for name in mc.__all__} | {n: getattr(mc.linalg, n) for n in mc.linalg.__all__}
    assert {name for name, found in public.items() if isroutine(found)} == set(QUESTIONS) | OF_NUMBERS


@every_row("name", QUESTIONS)
def test_every_public_function_counts_its_work_where_no_block_does(name):
    bound = mc.limits(work=5)
    try:
        with pytest.raises(mc.LimitError, match="more than 5 units of work"):
            QUESTIONS[name]()
    finally:
        bound.restore()
