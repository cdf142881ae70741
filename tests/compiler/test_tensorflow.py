"""Generated code in TensorFlow itself, its check, and its column of the table of kinks (pytest -m tensorflow)."""

import re
import subprocess
import sys
from types import SimpleNamespace

import numpy
import pytest
from code_cases import IDS, NUMBERS, case
from code_functions import FUNCTIONS, derivatives

import matcalc as mc
from docs import generate_kinks
from matcalc.compiler.tape import check_with_tensorflow
from matcalc.errors import MatcalcError

pytestmark = [pytest.mark.tensorflow, pytest.mark.filterwarnings("default")]
TOLERANCE = 1e-10
DOUBLE = numpy.float64
TEXTS = """
x.T@A@x | x.T@inv(A)@y | norm(A@x - y)**2 | logsumexp(A@x) | log(det(A@A.T + eye(n))) | sum(softmax(A@x)*y) | tr(A@A@A)
sum(sigmoid(A@x)) | norm(x) | sum(expm(A)) | sum(cholesky(A@A.T + eye(n))) | prod(x) | sum(cumsum(x)*y)
y.T@tanh(A@x) | sum(kron(A, A)) | max(A@x) | sum(exp(-x**2/2)*y)
""".replace("\n", " | ").strip(" |").split(" | ")


@pytest.fixture(scope="module")
def tf():
    import tensorflow

    return tensorflow


def names(text):
    """Return arguments for a text, and the name to differentiate by."""
    rng = numpy.random.default_rng(len(text))
    arrays = {"A": rng.normal(size=(3, 3)), "x": rng.normal(size=3), "y": rng.normal(size=3)}
    found = {name: array for name, array in arrays.items() if re.search(rf"\b{name}\b", text)}
    return found, "x" if "x" in found else "A"


@pytest.mark.parametrize("number", NUMBERS, ids=IDS)
def test_the_corpus(tf, number):
    one = case(number)
    function = one.derivative.compile("tensorflow")
    shapes = one.derivative.shapes
    given = {name: tf.constant(a if shapes[name] else a.reshape(())) for name, a in one.arrays.items()}
    found = function(**given, **{name: one.sizes[name] for name in function.program.sizes})
    for array, expected in zip(found, one.expected, strict=True):
        assert array.dtype == tf.float64
        assert tuple(array.shape) == (expected.shape if expected.shape != (1, 1) else ())
        assert abs(array.numpy() - expected).max() <= TOLERANCE * abs(expected).max()


@pytest.mark.parametrize("text", FUNCTIONS)
def test_every_function(text):
    for derivative in derivatives(text):
        report = derivative.compile("tensorflow").check(points=2)
        assert report.ok and report.max_error < 1e-9, report


@pytest.mark.parametrize("text", TEXTS)
def test_gradients_are_the_tapes_in_graphs_too(tf, text):
    given, name = names(text)
    function = mc.diff(text, name).compile("tensorflow")
    tensors = {key: tf.constant(array) for key, array in given.items()}
    for called in (function, tf.function(function), tf.function(lambda **words: function.plain(**words))):
        with tf.GradientTape() as tape:
            tape.watch(tensors[name])
            value, gradient = called(**tensors)
        theirs = tape.gradient(value, tensors[name]).numpy()
        assert abs(gradient.numpy().reshape(theirs.shape) - theirs).max() <= TOLERANCE * (1 + abs(theirs).max())


@pytest.mark.parametrize(("text", "words"), [
    *[(text, {}) for text in TEXTS],
    ("logsumexp(A@x)", {"order": 2}), ("tanh(A@x)", {}), ("A@X@B", {"wrt": "X"}),
    ("tr(X.T@A@X)", {"wrt": "X", "order": 2}),
    ("logsumexp(A@x)", {"order": 3, "along": ["u"]}), ("norm(X@w - y)**2", {"wrt": "X", "layout": "num"}),
    ("logdet(S) + tr(S@A)", {"wrt": "S", "assume": {"S": ["pd"]}, "structure": "parametrized"}),
    ("tr(S@A@S)", {"wrt": "S", "assume": {"S": ["symmetric"]}, "structure": "projected"}),
    ("eigmax(S)", {"wrt": "S", "assume": {"S": ["symmetric"]}}),
    ("sum(eigvals(S)*x)", {"wrt": "S", "assume": {"S": ["symmetric"]}}),
    ("c*norm(x)**2", {"wrt": "c", "shapes": {"c": ()}}), ("sum(x[i]**2*x[i+1] for i in range(n-1))", {"wrt": "x"}),
    ("sum(relu(A@x))", {}), ("norm(x, 1)", {}), ("sum(X[0:2, :]**3)", {"wrt": "X"}),
])  # fmt: skip
def test_its_check(text, words):
    report = mc.diff(text, **words).check(points=2, method="tensorflow")
    assert report.ok and report.max_error < 1e-8 and report.torch.witness == "TensorFlow GradientTape", report


def test_a_wrong_answer_is_found_by_it():
    derivative = mc.diff("x.T@A@x", "x")

    class Wrong(SimpleNamespace):
        def __getattr__(self, name):
            return getattr(derivative, name)

        def __str__(self):
            return "2*A@x"

    report = check_with_tensorflow(Wrong())
    assert report.ok is False and "TensorFlow GradientTape disagrees" in report.reason


@pytest.mark.parametrize(("text", "words"), [
    ("x.T@A@x", {"orders": (0, 1, 2)}), ("norm(A@x - y)**2", {"product": "hvp"}), ("tanh(A@x)", {}),
    ("sum(exp(A@x))", {"orders": (0, 1, 2)}), ("x.T@inv(A)@x", {"wrt": "A"}),
])  # fmt: skip
def test_code_with_a_check_runs(tmp_path, text, words):
    wrt = words.pop("wrt", "x")
    order = 2 if "product" in words else 1
    path = tmp_path / "made.py"
    path.write_text(mc.diff(text, wrt, order=order).code("tensorflow", with_check=True, **words))
    done = subprocess.run([sys.executable, path], capture_output=True, text=True, check=False)  # noqa: S603
    assert "tf.GradientTape agree: largest relative error" in done.stdout, done.stderr


def test_arrays_in_and_out(tf):
    function = mc.diff("x.T@A@x", "x").compile("tensorflow")
    A, x = numpy.array([[1.0, 2.0], [3.0, 4.0]]), numpy.array([1.0, 2.0])
    for given in ({"x": x, "A": A}, {"x": [1, 2], "A": A.tolist()}, {"x": tf.Variable(x), "A": tf.constant(A)}):
        value, gradient = function(**given)
        assert float(value) == 27 and gradient.numpy().tolist() == [[12.0], [21.0]] and gradient.dtype == tf.float64
    single = function(x=tf.constant(x, tf.float32), A=tf.constant(A, tf.float32))
    assert {array.dtype for array in single} == {tf.float32}
    assert function(x=tf.constant(x, tf.float32), A=A)[0].dtype == tf.float64


@pytest.mark.parametrize(("given", "message"), [
    (lambda tf: {"x": tf.complex([1.0], [1.0]), "A": [[1.0]]}, "x has the dtype complex64"),
    (lambda tf: {"x": "a", "A": [[1.0]]}, "x has the dtype string"),
    (lambda tf: {"x": [1.0], "A": tf.sparse.from_dense([[1.0]])}, "A is a tensorflow.SparseTensor"),
    (lambda tf: {"x": [1.0, 2.0], "A": [[1.0]]}, "A is 1×1, but its shape is n×n"),
    (lambda tf: {"x": None, "A": [[1.0]]}, "x is not an array of numbers"),
    (lambda tf: {"x": [1.0, 1.0], "A": [[1.0, 1.0], [1.0, 1.0]]}, "has no value here: .*is not invertible"),
])
def test_what_is_refused(tf, given, message):
    function = mc.diff("x.T@inv(A)@x", "x").compile("tensorflow")
    with pytest.raises(MatcalcError, match=message):
        function(**given(tf))


def test_a_matrix_that_is_not_positive_definite(tf):
    function = mc.diff("logdet(S) + x.T@inv(S)@x", "S", assume={"S": ["pd"]}).compile("tensorflow")
    with pytest.raises(MatcalcError, match="a matrix has no Cholesky factor"):
        function(S=[[1.0, 2.0], [2.0, 1.0]], x=[1.0, 1.0])


def test_sizes_that_a_trace_leaves_open(tf):
    function = mc.diff("x.T@A@x", "x").compile("tensorflow")
    vector, matrix = tf.TensorSpec([None], tf.float64), tf.TensorSpec([None, None], tf.float64)
    with pytest.raises(Exception, match="sizes of x are not known while tf.function traces"):
        tf.function(lambda x, A: function(x=x, A=A), input_signature=[vector, matrix])([1.0], [[1.0]])


def test_an_array_of_three_indices():
    form = mc.diff("sum(x**3) + sum(x)**3", order=3)
    assert form.compile("tensorflow").check(points=2).ok


@pytest.mark.parametrize("text", [
    "tf.reduce_sum(tf.square(A @ A) * A)", "tf.reduce_logsumexp(tf.linalg.matvec(A, x))", "tf.linalg.trace(A @ A)",
    "tf.tensordot(x, tf.linalg.matvec(A, x, transpose_a=True), 1)", "tf.nn.softplus(tf.norm(x))", "tf.reduce_max(A)",
    "tf.reduce_mean(tf.nn.softmax(A) * A)", "tf.linalg.logdet(tf.matmul(A, A, transpose_b=True))",
    "tf.reduce_sum(tf.nn.sigmoid(x) * tf.stop_gradient(x))", "tf.math.reduce_variance(x)", "tf.reduce_prod(x)",
    "tf.reduce_sum(tf.where(x > 0, x, 3*x))", "tf.reduce_sum(tf.math.log1p(tf.exp(x)))", "tf.linalg.det(A)",
])  # fmt: skip
def test_its_own_code_is_read_as_it_computes(tf, text):
    given, _ = names(text)
    tensors = {name: tf.constant(array) for name, array in given.items()}
    name = next(reversed(tensors))
    with tf.GradientTape() as tape:
        tape.watch(tensors[name])
        value = eval(text, {"tf": tf}, tensors)  # noqa: S307 (the lines above)
    shapes = {"A": ("n", "n"), "x": ("n", 1)}
    gradient = mc.diff(text, name, syntax="python", shapes={name: shapes[name] for name in tensors})
    theirs = tape.gradient(value, tensors[name]).numpy()
    ours = numpy.asarray(gradient.evaluate(**{name: array.numpy() for name, array in tensors.items()}))
    assert abs(ours.reshape(theirs.shape) - theirs).max() <= TOLERANCE * (1 + abs(theirs).max())


def test_the_page_of_the_notes_prints_what_it_says(capsys):
    """Its fences without prompts are TensorFlow's: each line that prints has its output in a comment."""
    page = (generate_kinks.PAGE.parent / "notes" / "automatic-differentiation.md").read_text(encoding="utf-8")
    fences = re.findall(r"```python3\n(.*?)```", page, re.DOTALL)
    assert len(fences) == 3
    text = "\n".join(fences)
    exec(text, {})  # noqa: S102 (the page above)
    assert capsys.readouterr().out.splitlines() == re.findall(r"print\(.*\)  # (.*)", text)


@pytest.mark.usefixtures("double_precision_in_jax")
def test_the_table_of_kinks_is_what_it_gives():
    page = generate_kinks.PAGE.read_text(encoding="utf-8")
    assert generate_kinks.page() == page, "run python -m docs.generate_kinks"
