"""Code for TensorFlow: its words, its names, what is refused where it is not installed."""

import ast
import re
import sys

import pytest

import matcalc as mc
from matcalc.compiler.counterparts import counterpart, helper_names, helper_source
from matcalc.compiler.tensorflow_words import in_tensorflow
from matcalc.errors import MatcalcError, NoRuleError

# helper functions that are written for another library alone
_OTHERS = re.compile(r"\b(numpy|torch|scipy)\.")


def body(text, *names, **words):
    """Return the statements of a function for TensorFlow."""
    source = mc.diff(text, *names).code("tensorflow", **words)
    return [line.strip() for line in source.rpartition('"""')[2].strip().splitlines()]


def test_the_words_are_tensorflows():
    assert body("norm(X@w - y)**2", "w", orders=(0, 1, 2)) == [
        "w = tf.reshape(w, (-1,))",
        "y = tf.reshape(y, (-1,))",
        "r = y - tf.linalg.matvec(X, w)",
        "value = tf.tensordot(r, r, 1)",
        "gradient = (-2 * tf.linalg.matvec(X, r, transpose_a=True))[:, None]",
        "hessian = 2 * tf.matmul(X, X, transpose_a=True)",
        "return value, gradient, hessian",
    ]


@pytest.mark.parametrize(("text", "name", "line"), [
    ("tr(A@X@B)", "X", "return tf.reduce_sum(M * tf.transpose(X)), tf.transpose(M)"),
    ("x.T@inv(A)@y", "x", "solution = tf.linalg.solve(A, y[:, None])[:, 0]"),
    ("x.T@inv(A)@y", "A", "tf.linalg.solve(A, x[:, None], adjoint=True)[:, 0]"),
    ("sum(tril(X)*B)", "X", "tf.linalg.band_part(B, -1, 0)"),
    ("x[i]**2", "x", "tf.one_hot(i, n, dtype=x.dtype)"),
    ("sum((x > y)*x)", "x", "tf.cast(x > y, x.dtype)"),
    ("sum(maximum(x, 0.1))", "x", "tf.constant(1 / 10, dtype=x.dtype)"),
    ("A@X@B", "X", "kron(B, tf.transpose(A))"),
])
def test_operations_have_their_words(text, name, line):
    assert line in mc.diff(text, name).code("tensorflow")


def test_what_has_a_counterpart_in_the_standard_has_one_here(book):
    """All lines of the rule book and all helper functions, translated: nothing of the standard is left in them."""
    count = 0
    for rule in book.rules:
        for vectors in (False, True):
            try:
                counterpart(rule, "array-api", vectors)
            except NoRuleError:
                continue
            line = counterpart(rule, "tensorflow", vectors)
            ast.parse(line)
            assert not re.search(r"\bxp\b|\.m?T\b|\bdevice\b", line), (rule.id, line)
            count += 1
    assert count > 300
    for name in helper_names():
        texts, _ = helper_source([name], "tensorflow")
        for text in texts:
            ast.parse(text)
            code = text.split('"""')[-1]
            assert _OTHERS.search(code) or not re.search(r"\bxp\b|\w\.m?T\b|\bdevice\b|array_functions", code), text


def test_the_rest_of_a_text_stays():
    text = 'def f(X):\n    """X: é."""\n    # a comment\n    return xp.sum(X.T, axis=0, keepdims=True)[:, None]  # so\n'
    assert in_tensorflow(text) == text.replace("xp.sum(X.T,", "tf.reduce_sum(tf.transpose(X),")


def test_what_tensorflow_lacks_is_refused():
    with pytest.raises(NoRuleError, match="'searchsorted' has no counterpart in tensorflow"):
        in_tensorflow("xp.searchsorted(X, Y)")


def test_a_name_that_is_a_module_has_another_one():
    source = mc.diff("tf.T@tf", "tf", shapes={"tf": ("n", 1)}).code("tensorflow")
    assert "def value_and_gradient(tf2: tf.Tensor)" in source


def test_where_it_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorflow", None)
    derivative = mc.diff("x.T@A@x", "x")
    with pytest.raises(MatcalcError, match="the target tensorflow needs tensorflow, which is not installed"):
        derivative.compile("tensorflow")
    report = derivative.check(method="tensorflow")
    assert report.ok is None and report.max_error is None
    assert report.reason.startswith("tensorflow cannot be imported") and report.reason.endswith(
        ": python -m pip install tensorflow"
    )
    assert str(report) == f"not checked by TensorFlow: {report.reason}"


def test_what_its_check_does_not_compare():
    for derivative in (mc.diff("sum(x**3)", order=3), mc.diff("norm(z)**2", "z", assume={"z": ["complex"]})):
        report = derivative.check(method="tensorflow")
        assert report.ok is None and report.reason.startswith("TensorFlow's check is of derivatives by real names")


def test_lines_are_not_compared():
    report = mc.diff("x.T@A@x", "x").check_steps(method="tensorflow")
    assert report.ok is None and "exactly and by torch" in report.reason
