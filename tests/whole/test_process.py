"""What matcalc leaves behind in a process, and what its results are worth in another one."""

import copy
import gc
import linecache
import pickle
import subprocess
import sys
import threading
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import cloudpickle
import joblib
import pytest
import torch
from distributed import Client
from tables import every_row

import matcalc
from matcalc.algebra.constructors import transpose
from matcalc.algebra.expressions import ArraySymbol, Transpose
from matcalc.errors import RuleFileError

ROOT = Path(__file__).resolve().parents[2]
ACTIVATIONS = str(ROOT / "docs" / "examples" / "activations.rules")


# -- torch as its user has set it -----------------------------------------------------------------------------


def verdicts():
    right = matcalc.diff("x.T@A@x")
    return [
        matcalc.check("x.T@A@x", "zeros(n)").ok, matcalc.check("x.T@A@x", "(A + A.T)@x").ok, right.check().ok,
        right.check_steps().ok, right.check_accumulation().ok, matcalc.diff("norm(x)", order=2).check().ok,
    ]


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode, torch.enable_grad])
def test_checks_do_not_depend_on_the_mode_that_they_are_called_in(mode):
    with mode():
        before = torch.is_grad_enabled(), torch.is_inference_mode_enabled()
        assert verdicts() == [False, True, True, True, True, True]
        assert (torch.is_grad_enabled(), torch.is_inference_mode_enabled()) == before


def test_checks_leave_dtype_device_and_threads_as_they_found_them():
    threads = torch.get_num_threads()
    torch.set_default_dtype(torch.float16)
    torch.set_default_device("meta")
    try:
        torch.set_num_threads(2)
        assert verdicts() == [False, True, True, True, True, True]
        assert torch.get_default_dtype() == torch.float16 and torch.get_default_device().type == "meta"
        assert torch.get_num_threads() == 2
    finally:
        torch.set_default_dtype(torch.float32)
        torch.set_default_device("cpu")
        torch.set_num_threads(threads)


def test_rule_files_are_judged_alike_without_gradients(tmp_path):
    file = tmp_path / "own.rules"
    lines = "bump(X: n,m) -> n,m\n    elementwise\n    d bump(X) = -2*X*bump(X)*dX\n    torch     torch.exp(-X**2)\n"
    file.write_text(lines + "    source    ours\n")
    with torch.no_grad():
        assert str(matcalc.diff("sum(bump(x))", rules=str(file))) == "-2*x*bump(x)"
    file.write_text(lines.replace("-2*X", "2*X") + "    source    ours\n")
    with torch.inference_mode(), pytest.raises(RuleFileError):
        matcalc.diff("sum(bump(x))", rules=str(file))


def test_checks_of_several_threads_leave_the_number_of_threads():
    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        found = in_threads(4, lambda number: matcalc.check("x.T@A@x", "2*A@x", seed=number).ok)
        assert found == [False] * 4 and torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(threads)


# -- memory and threads ---------------------------------------------------------------------------------------


def in_threads(count, work):
    """Return the results of ``work(number)`` in threads that start together and are switched often."""
    results, ready, interval = [None] * count, threading.Barrier(count), sys.getswitchinterval()

    def run(number):
        ready.wait()
        results[number] = work(number)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    sys.setswitchinterval(1e-6)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    return results


def alive(cls):
    gc.collect()
    return sum(1 for item in gc.get_objects() if type(item) is cls)


def test_transposes_are_let_go():
    before = alive(Transpose)
    for number in range(300):
        transpose(ArraySymbol(f"Let_go_{number}", "n", "m"))
    assert alive(Transpose) - before < 10


def test_compiled_functions_leave_no_source_behind():
    before = len(linecache.cache)
    for number in range(5):
        matcalc.diff(f"norm(A@x - {number}*b)**2", "x").compile()
    gc.collect()
    assert len(linecache.cache) == before


@pytest.mark.parametrize("round_", range(6))
def test_threads_share_the_one_object_of_an_expression(round_):
    text = f"tr(A{round_}@X@inv(X + B{round_})) + norm(X@a{round_} - {round_}*b)**2"
    found = in_threads(8, lambda number: matcalc.diff(text, "X"))
    assert len({id(d.expression) for d in found}) == 1, text


def test_the_standard_rules_keep_their_book():
    standard = matcalc.diff("sum(softplus(x))")
    before = [rule.book for rule in standard.book.rules]
    matcalc.diff("sum(softsign(x))", rules=ACTIVATIONS)
    assert [rule.book for rule in standard.book.rules] == before == [standard.book] * len(before)


# -- results in another process -------------------------------------------------------------------------------

QUESTIONS = ["norm(X@w - y)**2", "logsumexp(A@x)", "softmax(W@x)", "det(X)*tr(inv(X)@A)/2", "c*x", "3*x",
             "norm(vstack(A@x, b))**2", "sum(x[1:]*x[:n - 1])"]


@pytest.mark.parametrize("text", QUESTIONS)
def test_derivatives_and_expressions_travel(text):
    derivative, expression = matcalc.diff(text), matcalc.parse(text)
    again = pickle.loads(pickle.dumps(derivative))
    assert str(again) == str(derivative) and again.expression is derivative.expression
    assert list(map(str, again.steps)) == list(map(str, derivative.steps)) and again.check().ok
    other = pickle.loads(pickle.dumps(expression))
    assert other == expression and hash(other) == hash(expression) == hash(matcalc.parse(text))


RESULTS = {
    "several derivatives": lambda: matcalc.diff("norm(W2@tanh(W1@x) - y)**2", wrt=["W1", "W2"]),
    "a function of a rule file": lambda: matcalc.diff("sum(softsign(x))", rules=ACTIVATIONS),
    "graph": lambda: matcalc.parse("x.T@A@x").graph(),
    "accumulation": lambda: matcalc.diff("x.T@A@x").accumulation(),
    "derivation": lambda: matcalc.diff("x.T@A@x").derivation,
    "check": lambda: matcalc.diff("x.T@A@x").check(),
    "check of steps": lambda: matcalc.diff("x.T@A@x").check_steps(),
    "claim": lambda: matcalc.check("x.T@A@x", "2*A@x"),
    "proof": lambda: matcalc.linalg.definite("A.T@A + c*eye(n)", assume={"c": ["positive"]}),
    "certificate": lambda: matcalc.linalg.definite("[[2, 1], [1, 3]]"),
    "convexity": lambda: matcalc.linalg.convex("norm(A@x - b)**2", "x"),
    "norms": lambda: matcalc.linalg.norms("[[2, 1], [1, 3]]"),
    "inequalities": lambda: matcalc.linalg.norms("A@B"),
    "eigenvalues": lambda: matcalc.linalg.eig("[[2, 1], [1, 3]]"),
    "structure": lambda: matcalc.linalg.structure("[[2, 1], [1, 3]]"),
    "factors": lambda: matcalc.linalg.svd("[[2, 1], [1, 3]]"),
    "matrix": lambda: matcalc.linalg.read_matrix("[[2, 1], [1, 3]]"),
}


@pytest.mark.parametrize("name", RESULTS)
def test_results_travel_and_can_be_copied(name):
    result = RESULTS[name]()
    for again in (pickle.loads(pickle.dumps(result)), copy.copy(result), copy.deepcopy(result)):
        assert type(again) is type(result) and str(again) == str(result)


@pytest.mark.parametrize("target", ["numpy", "torch", "jax", "array-api"])
def test_compiled_functions_travel_with_their_source(target):
    function = matcalc.diff("norm(X@w - y)**2", "w").compile(target)
    again = pickle.loads(pickle.dumps(function))
    given = {"X": [[1.0, 2.0], [3.0, 4.0]], "w": [1.0, 1.0], "y": [3.0, 6.0]}
    assert again.source == function.source
    assert [r.tolist() for r in again(**given)][1:] == [r.tolist() for r in function(**given)][1:]


def test_depth_does_not_matter_on_the_way():
    text = "x"
    for _ in range(250):
        text = f"tanh(W@{text})"
    long = matcalc.diff(" + ".join(f"x.T@A{i}@x" for i in range(500)), "x")
    assert pickle.loads(pickle.dumps(matcalc.parse(text))) == matcalc.parse(text)
    assert pickle.loads(pickle.dumps(long)).expression is long.expression


def test_errors_travel():
    with pytest.raises(matcalc.MatcalcError) as caught:
        matcalc.parse("A @ (x + b")
    again = pickle.loads(pickle.dumps(caught.value))
    assert str(again) == str(caught.value) and again.hint == caught.value.hint and again.span == caught.value.span


def test_a_pool_of_spawned_processes_gives_and_takes_results():
    derivative = matcalc.diff("norm(X@w - y)**2", "w")
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        there = pool.submit(matcalc.diff, "norm(X@w - y)**2", "w").result()
        text = pool.submit(str, derivative).result()
        value = pool.submit(derivative.compile(value=False), X=[[1.0]], w=[2.0], y=[5.0]).result()
    assert there.expression is derivative.expression and text == "2*X.T@(X@w - y)" and value.tolist() == [[-6.0]]


def test_cloudpickle_carries_what_pickle_carries():
    derivative = matcalc.diff("norm(X@w - y)**2", "w")
    function = cloudpickle.loads(cloudpickle.dumps(derivative.compile(value=False)))
    assert cloudpickle.loads(cloudpickle.dumps(derivative)).expression is derivative.expression
    assert function(X=[[1.0]], w=[2.0], y=[5.0]).tolist() == [[-6.0]]


@pytest.mark.long
def test_joblib_gives_and_takes_results():
    derivative = matcalc.diff("norm(X@w - y)**2", "w")
    function = derivative.compile(value=False)
    with joblib.parallel_config(backend="loky", n_jobs=2):
        texts = joblib.Parallel()(joblib.delayed(str)(derivative) for _ in range(3))
        found = joblib.Parallel()(joblib.delayed(matcalc.diff)("norm(X@w - y)**2", "w") for _ in range(2))
        values = joblib.Parallel()(joblib.delayed(function)(X=[[1.0]], w=[2.0], y=[float(y)]) for y in range(3))
    assert texts == ["2*X.T@(X@w - y)"] * 3 and [d.expression for d in found] == [derivative.expression] * 2
    assert [value.item() for value in values] == [4.0, 2.0, 0.0]


@pytest.mark.long
def test_dask_distributed_gives_and_takes_results():
    derivative = matcalc.diff("norm(X@w - y)**2", "w")
    function = derivative.compile(value=False)
    with Client(processes=True, n_workers=1, threads_per_worker=2, dashboard_address=None) as client:
        assert client.submit(str, derivative).result() == "2*X.T@(X@w - y)"
        assert client.submit(matcalc.diff, "norm(X@w - y)**2", "w").result().expression is derivative.expression
        assert client.submit(function, X=[[1.0]], w=[2.0], y=[5.0]).result().tolist() == [[-6.0]]
        verdicts = client.map(lambda seed: matcalc.check("x.T@A@x", "2*A@x", seed=seed).ok, range(4))
        assert client.gather(verdicts) == [False] * 4


def test_results_are_equal_where_they_say_the_same():
    one, other = matcalc.parse("norm(A@x - b)**2"), matcalc.parse("norm(A@x-b)**2")
    assert one == other and hash(one) == hash(other) and one != matcalc.parse("norm(A@x)**2") and one != "x"
    assert len({one, other, matcalc.parse("x.T@x")}) == 2


@pytest.mark.long
def test_thousands_of_derivatives_leave_no_nodes_behind():
    def ask(numbers):
        for number in numbers:
            str(matcalc.diff(f"norm(A{number}@x - b{number})**2 + {number}*x.T@C{number}@x", wrt="x"))
        return alive(ArraySymbol)

    assert ask(range(2000, 8000)) < 1.5 * ask(range(2000))


def test_without_torch_all_but_the_check_works():
    program = (
        "import sys\n"
        "sys.modules['torch'] = None\n"
        "import matcalc as mc\n"
        "assert mc.linalg.definite('A.T@A').verdict and mc.linalg.convex('norm(A@x - b)**2', 'x').verdict == 'convex'\n"
        "assert mc.linalg.norms('[[2, 1], [1, 3]]') and str(mc.diff('x.T@A@x')) == '(A + A.T)@x'\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


# -- wrong values of arguments --------------------------------------------------------------------------------

NO_SEEDS = [None, "1", 1.5, True, 2**63, -(2**70), [1]]
SEEDED = {
    "check": lambda seed: matcalc.diff("x.T@A@x").check(seed=seed),
    "check of steps": lambda seed: matcalc.diff("x.T@A@x").check_steps(seed=seed),
    "check of an accumulation": lambda seed: matcalc.diff("x.T@A@x").check_accumulation(seed=seed),
    "claim": lambda seed: matcalc.check("x.T@A@x", "2*A@x", seed=seed),
    "code": lambda seed: matcalc.diff("x.T@A@x").compile().check(seed=seed),
    "definite": lambda seed: matcalc.linalg.definite("x@x.T - A", seed=seed),
    "convex": lambda seed: matcalc.linalg.convex("sum(sin(x))", "x", seed=seed),
}


@pytest.mark.parametrize("name", SEEDED)
def test_what_is_no_seed_is_refused(name):
    for seed in NO_SEEDS:
        with pytest.raises(matcalc.MatcalcError, match="the seed is"):
            SEEDED[name](seed)


@every_row(("text", "options"), [
    ("pi*x.T@x", {"shapes": {"pi": ("n", 1)}}), ("inf*x", {"shapes": {"inf": ()}}),
    ("x.T@x", {"shapes": {"x": (10**5000,)}}), ("x.T@x", {"order": torch.ones(2).numpy()}),
    ("sqrt(2)**30000*x", {"wrt": "x"}), ("sqrt(2)**10**9*x", {"wrt": "x"}),
    ("2**3500*3**2000*5**1600*7**1300*x", {"wrt": "x"}),
])
def test_values_beyond_reason_are_refused_with_a_message(text, options):
    with pytest.raises(matcalc.MatcalcError) as caught:
        matcalc.diff(text, **options)
    assert caught.value.hint and len(str(caught.value)) < 500


def test_diagnosing_a_deep_claim_takes_bounded_work():
    from matcalc.evaluation import evaluate

    calls, apply_rule = [0], evaluate.apply_rule

    def counted(*args):
        calls[0] += 1
        return apply_rule(*args)

    evaluate.apply_rule = counted
    try:
        report = matcalc.check("sin(" * 40 + "x" + ")" * 40, "1", wrt="x")
    finally:
        evaluate.apply_rule = apply_rule
    assert report.ok is False and calls[0] < 60_000
