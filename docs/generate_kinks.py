"""The table of kinks in docs/conventions.md: what matcalc and the libraries give there, asked of those installed.

Run ``python -m docs.generate_kinks`` to write it. Where TensorFlow is not installed its column stays as it was.
"""

from __future__ import annotations

import warnings
from importlib.util import find_spec
from pathlib import Path

PAGE = Path(__file__).parent / "conventions.md"
BEGIN, END = "<!-- kinks: begin -->", "<!-- kinks: end -->"
CUT_BEGIN, CUT_END = "<!-- pinv: begin -->", "<!-- pinv: end -->"

# (derivative, by, point, other arrays, torch's function, JAX's, TensorFlow's)
ROWS = [
    ("abs(x)", "x", 0.0, {}, "torch.abs(x)", "jnp.abs(x)", "tf.abs(x)"),
    ("relu(x)", "x", 0.0, {}, "torch.relu(x)", "jax.nn.relu(x)", "tf.nn.relu(x)"),
    ("maximum(x, a)", "x", 1.0, {"a": 1.0}, "torch.maximum(x, a)", "jnp.maximum(x, a)", "tf.maximum(x, a)"),
    ("minimum(x, a)", "x", 1.0, {"a": 1.0}, "torch.minimum(x, a)", "jnp.minimum(x, a)", "tf.minimum(x, a)"),
    ("maximum(x, 0)", "x", 0.0, {}, "torch.maximum(x, 0*x.detach())", "jnp.maximum(x, 0.0)", "tf.maximum(x, 0.0)"),
    ("max(x)", "x", [2.0, 2.0, 1.0], {}, "torch.amax(x)", "jnp.max(x)", "tf.reduce_max(x)"),
    ("min(x)", "x", [2.0, 1.0, 1.0], {}, "torch.amin(x)", "jnp.min(x)", "tf.reduce_min(x)"),
    ("norm(x, inf)", "x", [2.0, -2.0, 1.0], {}, "torch.amax(torch.abs(x))",
     "jnp.max(jnp.abs(x))", "tf.reduce_max(tf.abs(x))"),  # fmt: skip
    ("norm(x)", "x", [0.0, 0.0], {}, "torch.linalg.vector_norm(x)", "jnp.linalg.norm(x)", "tf.norm(x)"),
    ("norm(x)**2", "x", [0.0, 0.0], {}, "torch.linalg.vector_norm(x)**2", "jnp.linalg.norm(x)**2", "tf.norm(x)**2"),
    ("norm(x)**3", "x", [0.0, 0.0], {}, "torch.linalg.vector_norm(x)**3", "jnp.linalg.norm(x)**3", "tf.norm(x)**3"),
    ("abs(x)**1.5", "x", 0.0, {}, "torch.abs(x)**1.5", "jnp.abs(x)**1.5", "tf.abs(x)**1.5"),
    ("sqrt(x)", "x", 0.0, {}, "torch.sqrt(x)", "jnp.sqrt(x)", "tf.sqrt(x)"),
    ("where(x > 0, x, 3*x)", "x", 0.0, {}, "torch.where(x > 0, x, 3*x)",
     "jnp.where(x > 0, x, 3*x)", "tf.where(x > 0, x, 3*x)"),  # fmt: skip
    ("clip(x, 0, 1)", "x", 1.0, {}, "torch.clamp(x, 0, 1)", "jnp.clip(x, 0.0, 1.0)", "tf.clip_by_value(x, 0.0, 1.0)"),
    ("leaky_relu(x, 0.2)", "x", 0.0, {}, "torch.nn.functional.leaky_relu(x, 0.2)",
     "jax.nn.leaky_relu(x, 0.2)", "tf.nn.leaky_relu(x, 0.2)"),  # fmt: skip
    ("prod(x)", "x", [0.0, 2.0, 3.0], {}, "torch.prod(x)", "jnp.prod(x)", "tf.reduce_prod(x)"),
    ("det(X)", "X", [[1.0, 2.0], [2.0, 4.0]], {}, "torch.linalg.det(X)", "jnp.linalg.det(X)", "tf.linalg.det(X)"),
]


def shown(value):
    """Return a number or an array as the table has it: 0.5, [0.5, 0.5, 0]; a column in brackets."""
    import numpy

    array = numpy.asarray(value, dtype=float)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.size == 1:
        return f"{float(array.reshape(())) + 0.0:g}"
    parts = [shown(part) for part in array]
    return "[" + ", ".join(parts) + "]"


def by_matcalc(text, name, point, others):
    """Return the value of matcalc's derivative at a point, or the word for none."""
    import matcalc

    shapes = {key: () for key, value in {name: point, **others}.items() if isinstance(value, float)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", matcalc.ConditionWarning)
        return shown(matcalc.diff(text, wrt=name, shapes=shapes).evaluate(**{name: point}, **others))


def by_torch(code, name, point, others):
    """Return torch's gradient at a point."""
    import torch

    values = {key: torch.tensor(value, dtype=torch.float64) for key, value in {name: point, **others}.items()}
    values[name].requires_grad_()
    eval(code, {"torch": torch}, values).backward()  # noqa: S307 (the lines above)
    return shown(values[name].grad.numpy())


def by_jax(code, name, point, others):
    """Return JAX's gradient at a point."""
    import jax
    import jax.numpy as jnp

    def function(value):
        given = {key: jnp.asarray(other) for key, other in others.items()}
        return eval(code, {"jax": jax, "jnp": jnp}, {**given, name: value})  # noqa: S307 (the lines above)

    return shown(jax.grad(function)(jnp.asarray(point)))


def by_tensorflow(code, name, point, others):
    """Return TensorFlow's gradient at a point, or that it ends in an error."""
    import tensorflow as tf

    values = {key: tf.constant(value, dtype=tf.float64) for key, value in {name: point, **others}.items()}
    try:
        with tf.GradientTape() as tape:
            tape.watch(values[name])
            value = eval(code, {"tf": tf}, values)  # noqa: S307 (the lines above)
        return shown(tape.gradient(value, values[name]).numpy())
    except tf.errors.InvalidArgumentError:
        return "an error"


def tensorflow_column(text):
    """Return (the heading of TensorFlow's column, its entries); where it is not installed, those of the page."""
    if find_spec("tensorflow") is None:
        rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.partition(BEGIN)[2].splitlines()[1:]]
        return rows[0][-1], [row[-1] for row in rows[2 : 2 + len(ROWS)]]
    import tensorflow as tf

    heading = "TensorFlow " + ".".join(tf.__version__.split(".")[:2])
    return heading, [by_tensorflow(row[-1], *row[1:4]) for row in ROWS]


def kinks(text):
    """Return the lines of the table of kinks, for the text of the page."""
    heading, column = tensorflow_column(text)
    lines = [f"| derivative of | at | matcalc | PyTorch | JAX | {heading} |"]
    lines.append("| --- | --- | --- | --- | --- | --- |")
    for (text, name, point, others, torch_code, jax_code, _), tensorflow in zip(ROWS, column, strict=True):
        at = ", ".join(f"{key} = {shown(value)}" for key, value in {name: point, **others}.items())
        found = [by_matcalc(text, name, point, others), by_torch(torch_code, name, point, others)]
        found.append(by_jax(jax_code, name, point, others))
        lines.append(f"| `{text}` by {name} | {at} | {' | '.join(found)} | {tensorflow} |")
    return lines


def cut_offs():
    """Return the lines of the table of pinv(diag(1, 1e-15)): the second entry of its diagonal."""
    import jax.numpy as jnp
    import numpy
    import torch

    X = numpy.diag([1.0, 1e-15])
    values = {
        "`numpy.linalg.pinv`": numpy.linalg.pinv(X),
        "`torch.linalg.pinv`": torch.linalg.pinv(torch.tensor(X)).numpy(),
        "`jax.numpy.linalg.pinv`": numpy.asarray(jnp.linalg.pinv(jnp.asarray(X))),
    }
    lines = ["| library | entry (2, 2) of pinv(diag(1, 1e-15)) |", "| --- | --- |"]
    return [*lines, *[f"| {name} | {float(value[1, 1]):.0e} |" for name, value in values.items()]]


def page():
    """Return the page with both tables made anew."""
    text = PAGE.read_text(encoding="utf-8")
    for begin, end, lines in ((BEGIN, END, kinks(text)), (CUT_BEGIN, CUT_END, cut_offs())):
        before, _, rest = text.partition(begin)
        text = before + begin + "\n" + "\n".join(lines) + "\n" + end + rest.partition(end)[2]
    return text


if __name__ == "__main__":
    import jax

    jax.config.update("jax_enable_x64", True)
    PAGE.write_text(page(), encoding="utf-8")
