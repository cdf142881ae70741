"""The left-hand side of a derivative: df/dx, ∂f/∂x, or a fraction in LaTeX."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

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


def mixed_quotient(
    above: str,
    below: Sequence[str],
    shape: tuple[int | str, ...],
    variable_shapes: Sequence[tuple[int | str, ...]],
    along: Sequence[str] = (),
    marks: tuple[str, ...] = TEXT_MARKS,
) -> str:
    """Return d2f/dwdb.T, d3f/dx3, or along a direction d3f/dxdx.T[u].

    ``below`` are the variables that are differentiated by in turn, without those along whose directions ``along`` it
    goes; ``variable_shapes`` their shapes.
    """
    d, transposed, two = marks
    order, arrays = len(below) + len(along), [bool(variable_shape) for variable_shape in variable_shapes]
    if shape and (shape[1] != 1 or any(s and s[1] != 1 for s in variable_shapes)):
        above = f"vec({above})"
    words = [f"vec({name})" if s and s[1] != 1 else name for name, s in zip(below, variable_shapes)]
    if not shape and arrays and arrays[-1] and (sum(arrays) > 1 or len(below) == 2):
        words[-1] += transposed
    runs = [(name, len(list(run))) for name, run in groupby(words)]
    bottom = "".join(f"{d}{name}{_raised(two, count)}" for name, count in runs)
    return f"{d}{_raised(two, order)}{above}/{bottom}" + (f"[{', '.join(along)}]" if along else "")


def _raised(two: str, order: int) -> str:
    """Return an order as it stands above d; nothing for 1."""
    return "" if order == 1 else two.replace("2", str(order)).replace("²", "⁰¹²³⁴⁵⁶⁷⁸⁹"[order])


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
