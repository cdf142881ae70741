"""The table of kinks in docs/conventions.md: what matcalc, PyTorch and JAX give there, asked of those installed.

Run ``python -m docs.generate_kinks`` to write it. What TensorFlow gives is from its documentation, not asked.
"""

from __future__ import annotations

import warnings
from pathlib import Path

PAGE = Path(__file__).parent / "conventions.md"
BEGIN, END = "<!-- kinks: begin -->", "<!-- kinks: end -->"
CUT_BEGIN, CUT_END = "<!-- pinv: begin -->", "<!-- pinv: end -->"

# (derivative, by, point, other arrays, torch's function, JAX's function, what TensorFlow's documentation or code says)
ROWS = [
    ("abs(x)", "x", 0.0, {}, "torch.abs(x)", "jnp.abs(x)", "0"),
    ("relu(x)", "x", 0.0, {}, "torch.relu(x)", "jax.nn.relu(x)", "0"),
    ("maximum(x, a)", "x", 1.0, {"a": 1.0}, "torch.maximum(x, a)", "jnp.maximum(x, a)", "1 for the first"),
    ("minimum(x, a)", "x", 1.0, {"a": 1.0}, "torch.minimum(x, a)", "jnp.minimum(x, a)", "1 for the first"),
    ("maximum(x, 0)", "x", 0.0, {}, "torch.maximum(x, 0*x.detach())", "jnp.maximum(x, 0.0)", "1"),
    ("max(x)", "x", [2.0, 2.0, 1.0], {}, "torch.amax(x)", "jnp.max(x)", "shared"),
    ("min(x)", "x", [2.0, 1.0, 1.0], {}, "torch.amin(x)", "jnp.min(x)", "shared"),
    ("norm(x, inf)", "x", [2.0, -2.0, 1.0], {}, "torch.amax(torch.abs(x))", "jnp.max(jnp.abs(x))", "shared"),
    ("norm(x)", "x", [0.0, 0.0], {}, "torch.linalg.vector_norm(x)", "jnp.linalg.norm(x)", "nan"),
    ("norm(x)**2", "x", [0.0, 0.0], {}, "torch.linalg.vector_norm(x)**2", "jnp.linalg.norm(x)**2", "nan"),
    ("norm(x)**3", "x", [0.0, 0.0], {}, "torch.linalg.vector_norm(x)**3", "jnp.linalg.norm(x)**3", "nan"),
    ("abs(x)**1.5", "x", 0.0, {}, "torch.abs(x)**1.5", "jnp.abs(x)**1.5", "0"),
    ("sqrt(x)", "x", 0.0, {}, "torch.sqrt(x)", "jnp.sqrt(x)", "inf"),
    ("where(x > 0, x, 3*x)", "x", 0.0, {}, "torch.where(x > 0, x, 3*x)", "jnp.where(x > 0, x, 3*x)", "3"),
    ("clip(x, 0, 1)", "x", 1.0, {}, "torch.clamp(x, 0, 1)", "jnp.clip(x, 0.0, 1.0)", "1"),
    ("leaky_relu(x, 0.2)", "x", 0.0, {}, "torch.nn.functional.leaky_relu(x, 0.2)", "jax.nn.leaky_relu(x, 0.2)", "0.2"),
    ("prod(x)", "x", [0.0, 2.0, 3.0], {}, "torch.prod(x)", "jnp.prod(x)", "[6, 0, 0]"),
    ("det(X)", "X", [[1.0, 2.0], [2.0, 4.0]], {}, "torch.linalg.det(X)", "jnp.linalg.det(X)", "an error"),
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


def kinks():
    """Return the lines of the table of kinks."""
    lines = ["| derivative of | at | matcalc | PyTorch | JAX | TensorFlow (documented) |"]
    lines.append("| --- | --- | --- | --- | --- | --- |")
    for text, name, point, others, torch_code, jax_code, tensorflow in ROWS:
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
    for begin, end, lines in ((BEGIN, END, kinks()), (CUT_BEGIN, CUT_END, cut_offs())):
        before, _, rest = text.partition(begin)
        text = before + begin + "\n" + "\n".join(lines) + "\n" + end + rest.partition(end)[2]
    return text


if __name__ == "__main__":
    import jax

    jax.config.update("jax_enable_x64", True)
    PAGE.write_text(page(), encoding="utf-8")
