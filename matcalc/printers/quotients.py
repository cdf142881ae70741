"""The left-hand side of a derivative: df/dx, ∂f/∂x, or a fraction in LaTeX."""

from __future__ import annotations

TEXT_MARKS = ("d", ".T", "2")
UNICODE_MARKS = ("∂", "ᵀ", "²")


def quotient(above, below, shape, variable_shape, order, marks=TEXT_MARKS):
    """Return df/dx, dvec(Y)/dvec(X) where one of both is neither scalar nor column, or d2f/dxdx.T.

    ``above`` and ``below`` are the function and the variable as they are written, ``shape`` and ``variable_shape``
    their shapes as in declarations.
    """
    top, bottom = quotient_parts(above, below, shape, variable_shape, order, marks)
    return f"{top}/{bottom}"


def latex_quotient(above, below, shape, variable_shape, order):
    r"""Return \frac{\partial f}{\partial x}."""
    marks = (r"\partial ", r"^{\top}", "^{2}")
    top, bottom = quotient_parts(above, below, shape, variable_shape, order, marks, r"\operatorname{vec}")
    return rf"\frac{{{top}}}{{{bottom}}}"


def quotient_parts(
    above: str,
    below: str,
    shape: tuple[int | str, ...],
    variable_shape: tuple[int | str, ...],
    order: int,
    marks: tuple[str, ...],
    vec: str = "vec",
) -> tuple[str, str]:
    """Return what stands above and below the line."""
    d, transposed, two = marks
    if shape and variable_shape and (shape[1] != 1 or variable_shape[1] != 1):
        above, below = f"{vec}({above})", f"{vec}({below})"
    if order == 1:
        return f"{d}{above}", f"{d}{below}"
    if not variable_shape:
        return f"{d}{two}{above}", f"{d}{below}{two}"
    if variable_shape[1] != 1 and not below.startswith(vec):
        below = f"{vec}({below})"
    return f"{d}{two}{above}", f"{d}{below}{d}{below}{transposed}"
