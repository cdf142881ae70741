"""The command ``matcalc code``: the source it prints, its options, its messages, and checks that run."""

import ast
import subprocess
import sys

import numpy
import pytest
from command_line import ROOT, environment, matcalc_here
from tables import every_row

import matcalc

EXAMPLE = "norm(X@w - y)**2"


def code(*args, stdin=None):
    return matcalc_here("code", *args, stdin=stdin)


def run(text, folder):
    """Run a printed text as a program of its own."""
    path = folder / "printed.py"
    path.write_text(text, encoding="utf-8")
    return subprocess.run([sys.executable, str(path)], capture_output=True, text=True, timeout=120, cwd=folder,
                          env=environment(JAX_PLATFORMS="cpu", OMP_NUM_THREADS="1", PYTHONPATH=""))


@pytest.mark.parametrize("target", ["numpy", "torch", "jax", "array-api"])
def test_the_source_goes_to_stdout(target):
    done = code(EXAMPLE, "--wrt", "w", "--target", target)
    assert done.exit_code == 0
    assert done.stdout.rstrip("\n") == matcalc.diff(EXAMPLE, "w").code(target).rstrip("\n")
    assert "def value_and_gradient(" in done.stdout


def test_numpy_is_the_target_unless_another_is_named():
    assert code(EXAMPLE, "--wrt", "w").stdout == code(EXAMPLE, "--wrt", "w", "--target", "numpy").stdout


@pytest.mark.parametrize(("args", "wrt", "options"), [
    (["--wrt", "w", "--no-value"], "w", dict(value=False)),
    (["--wrt", "w", "--orders", "0,1,2"], "w", dict(orders=(0, 1, 2))),
    (["--wrt", "w", "--orders", " 2 , 0"], "w", dict(orders=(2, 0))),
    (["--wrt", "w", "--product", "hvp"], "w", dict(product="hvp")),
    (["--wrt", "w", "--product", "hvp", "--value"], "w", dict(product="hvp", value=True)),
    (["--wrt", "w", "--product", "vjp"], "w", dict(product="vjp")),
    (["--wrt", "w", "--name", "loss"], "w", dict(name="loss")),
    (["--wrt", "w", "--wrt", "X"], ["w", "X"], {}),
    (["--wrt", "X", "--wrt", "w", "--product", "hvp"], ["X", "w"], dict(product="hvp")),
])
def test_options_are_those_of_the_method(args, wrt, options):
    done = code(EXAMPLE, *args)
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.rstrip("\n") == matcalc.diff(EXAMPLE, wrt).code(**options).rstrip("\n")


def test_sizes_order_the_products():
    chain = ["A@B@C@x", "--wrt", "x", "--shape", "A: n×m, B: m×p, C: p×k, x: k", "--no-value"]
    one = code(*chain, "--size", "n=1, m=1000", "--size", "p=1000, k=1000").stdout
    other = code(*chain, "--size", "n=1000, m=1000, p=1000, k=1").stdout
    assert one and other and one != other


def test_layout_shapes_and_facts():
    done = code("x.T@inv(S)@x", "--wrt", "x", "--assume", "S pd", "--layout", "num")
    assert "1×n, numerator layout" in done.stdout and "S: n×n, pd" in done.stdout


def test_standard_input_is_read():
    assert code("-", "--wrt", "w", stdin=EXAMPLE + "\n").stdout == code(EXAMPLE, "--wrt", "w").stdout


def test_a_file_is_written(tmp_path):
    path = tmp_path / "gradient.py"
    done = code(EXAMPLE, "--wrt", "w", "--output", str(path))
    assert (done.exit_code, done.stdout) == (0, "")
    assert path.read_text(encoding="utf-8").rstrip("\n") == code(EXAMPLE, "--wrt", "w").stdout.rstrip("\n")


def test_a_users_rules_are_read():
    rules = str(ROOT / "docs" / "examples" / "activations.rules")
    for target in ("numpy", "torch", "jax", "array-api"):
        done = code("sum(softsign(A@x))", "--wrt", "x", "--rules", rules, "--target", target)
        assert done.exit_code == 0 and "def value_and_gradient(" in done.stdout


def test_other_notations_are_read():
    done = code("x'*A*x", "--syntax", "matlab", "--wrt", "x", "--no-value")
    assert done.exit_code == 0 and "def gradient(" in done.stdout


# -- mistakes --------------------------------------------------------------------------------------------------


@every_row(("args", "status", "message"), [
    ([], 2, "an expression is missing"),
    (["x.T@", "--wrt", "x"], 2, "an operand is missing"),
    (["x.T@A@x", "--wrt", "z"], 2, "z"),
    (["x.T@A@x", "--target", "nunpy"], 2, "numpy"),
    (["x.T@A@x", "--product", "hpv"], 2, "hvp"),
    (["x.T@A@x", "--orders", "0,7"], 2, "'0,7' are no orders"),
    (["x.T@A@x", "--orders", "1,1"], 2, "'1,1' are no orders"),
    (["x.T@A@x", "--orders", ""], 2, "are no orders"),
    (["x.T@A@x", "--orders", "1", "--value"], 2, "contradict"),
    (["x.T@A@x", "--orders", "1", "--product", "hvp"], 2, "exclude each other"),
    (["x.T@A@x", "--size", "n"], 2, "'n' is no size"),
    (["x.T@A@x", "--size", "n=0"], 2, "'n=0' is no size"),
    (["x.T@A@x", "--size", "n=-3"], 2, "'n=-3' is no size"),
    (["x.T@A@x", "--size", "n=²"], 2, "is no size"),
    (["x.T@A@x", "--name", "1a"], 2, "cannot be the name"),
    (["x.T@A@x", "--name", "lambda"], 2, "cannot be the name"),
    (["x.T@A@x", "--name", "numpy"], 2, "take another name"),
    (["A@x", "--wrt", "x", "--product", "hvp"], 2, "a Hessian is of a scalar"),
    (["A@x", "--wrt", "x", "--orders", "0,1,2"], 3, "the derivative of order 2 has three or more indices"),
    (["x.T@A@x", "--wrt", "x", "--wrt", "x"], 2, "different names"),
    (["x.T@A@x", "--rules", "nowhere.rules"], 2, "nowhere.rules"),
    (["x.T@A@x", "--output", "/nowhere/file.py"], 2, "/nowhere/file.py"),
    (["logdet(S)", "--wrt", "S", "--assume", "S symmetric", "--structure", "projected", "--with-check"], 2,
     "free entries"),
    (["x.T@A@x", "--with-check", "--name", "value_alone"], 2, "take another name"),
    (["sum(value_alone)", "--with-check", "--shape", "value_alone: n"], 2, "take another name"),
])
def test_a_mistake_is_named_and_nothing_is_printed(args, status, message):
    done = code(*args)
    assert done.exit_code == status, done.output
    assert done.stdout == ""
    assert message in done.stderr and "Traceback" not in done.stderr


def test_the_value_comes_with_an_array_of_three_indices():
    done = code("sum(x**4)", "--orders", "0,3")
    names = {}
    exec(done.stdout, names)
    x = numpy.array([1.0, -2.0, 3.0])
    value, third = names["value_and_derivative_3"](x=x)
    assert (done.exit_code, value) == (0, 98)
    assert third.tolist() == [[[24 * x[i] * (i == j == k) for k in range(3)] for j in range(3)] for i in range(3)]


# -- the check that a text carries ---------------------------------------------------------------------------------

CHECKED = [
    ("numpy", [EXAMPLE, "--wrt", "w", "--orders", "0,1,2"]),
    ("numpy", ["logdet(S) + x.T@inv(S)@x", "--wrt", "S", "--assume", "S pd", "--wrt", "x"]),
    ("numpy", ["softmax(A@x)", "--wrt", "x", "--product", "vjp"]),
    ("numpy", ["inv(X)", "--wrt", "X", "--layout", "num"]),
    ("numpy", ["found.T@expected*sum(exp(given*max))", "--wrt", "found", "--wrt", "max",
               "--shape", "found: n, expected: n, given: n, max: n"]),
    ("numpy", ["x*exp(c)", "--wrt", "c", "--layout", "denom"]),
    ("numpy", ["sum(exp(A@X))", "--wrt", "X", "--product", "hvp", "--value"]),
    ("numpy", ["sum(ones(n)*c**3)", "--wrt", "c", "--orders", "1,2"]),
    ("torch", ["sum(sigmoid(A@x))", "--wrt", "x", "--product", "hvp"]),
    ("torch", ["norm(W2@tanh(W1@x) - y)**2", "--wrt", "W1", "--wrt", "W2"]),
    ("jax", ["logsumexp(A@x)", "--wrt", "x", "--orders", "0,1,2"]),
    ("array-api", ["x.T@A@x", "--wrt", "x", "--layout", "num"]),
]


@pytest.mark.parametrize(("target", "args"), CHECKED, ids=[f"{target} {args[0]}" for target, args in CHECKED])
def test_a_check_runs_and_agrees(target, args, tmp_path):
    done = code(*args, "--target", target, "--with-check")
    assert done.exit_code == 0
    assert "import matcalc" not in done.stdout and "from matcalc" not in done.stdout
    ran = run(done.stdout, tmp_path)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "agree: largest relative error" in ran.stdout


def test_the_checked_function_is_the_plain_one():
    plain, checked = (code(EXAMPLE, "--wrt", "w", *more).stdout for more in ([], ["--with-check"]))
    assert plain.partition("def ")[2].strip() in checked


@pytest.mark.parametrize(("target", "args", "place"), [
    ("numpy", ["x.T@A@x", "--wrt", "x"], 0),
    ("numpy", ["x.T@A@x", "--wrt", "x"], 1),
    ("numpy", [EXAMPLE, "--wrt", "w", "--product", "hvp"], 0),
    ("torch", [EXAMPLE, "--wrt", "w"], 1),
    ("numpy", ["sin(c)", "--wrt", "c", "--shape", "c: scalar"], 1),
])
def test_a_wrong_result_does_not_pass_its_check(target, args, place, tmp_path):
    text = code(*args, "--target", target, "--with-check").stdout
    head, mark, rest = text.partition("\n    return ")  # of the checked function, which comes first
    results = ast.unparse(ast.parse(rest.partition("\n")[0]).body[0].value)
    wrong = f"results = {results}\n    results = list(results) if isinstance(results, tuple) else [results]\n"
    wrong += f"    results[{place}] = 1.001 * results[{place}]\n"
    wrong += "    return results if len(results) > 1 else results[0]\n"
    ran = run(head + "\n    " + wrong + rest.partition("\n")[2], tmp_path)
    assert ran.returncode != 0 and "AssertionError: not the derivative" in ran.stderr
