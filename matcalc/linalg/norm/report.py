"""The norms of a matrix of numbers: values, duals, gradients, condition numbers, as a report."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy

from ...api import diff
from ...errors import ArgumentError
from ...language.nodes import Call, Name, substituted
from ...language.syntax import parse_tree
from ...language.unparse import unparse
from ..operand import Operand, scaled
from ..showing import Report, exact_text, json_value, matrix_text, number_text, shape_text
from .check import GradientCheck, check_gradients
from .conditioning import SOURCE, Conditioning, condition_numbers
from .matrices import matrix_norms
from .norm import Norm
from .vectors import vector_norms

if TYPE_CHECKING:
    from sympy import Expr

    from ..input.matrices import Matrix

_LONGEST_FORMULA = 60
_PRECISION = 30


@dataclass(frozen=True)
class NormRow:
    """One norm, or one condition number (which has no dual).

    ``gradient`` is a subgradient where ``kinks`` says why there is no gradient, and None where there is neither.
    ``formula`` is the gradient in the language, ``where`` its conditions, for norms that the rules differentiate;
    ``expression`` is what they differentiate.
    """

    name: str
    text: str
    unicode: str
    value: float
    exact: Expr | None
    dual_name: str
    dual: float | None
    gradient: numpy.ndarray | None
    kinks: tuple[str, ...]
    formula: str
    where: tuple[str, ...]
    expression: str
    source: str
    note: str = ""
    norm: Norm | None = field(default=None, repr=False, compare=False)

    def record(self) -> dict[str, object]:
        """Return the row as JSON has it."""
        return json_value(
            {
                "name": self.name,
                "expression": self.text or None,
                "value": self.value,
                "exact": None if self.exact is None else str(self.exact),
                "dual": {"name": self.dual_name, "value": self.dual} if self.dual_name else None,
                "differentiable": self.gradient is not None and not self.kinks,
                "kinks": self.kinks,
                "gradient": self.gradient,
                "formula": self.formula or None,
                "where": self.where,
                "source": self.source,
                "note": self.note or None,
            }
        )


@dataclass(frozen=True, repr=False)
class NormReport(Report):
    """The norms and condition numbers of a matrix or a column."""

    shape: tuple[int, int]
    is_exact: bool
    norms: tuple[NormRow, ...]
    conditions: tuple[NormRow, ...]
    operand: Operand = field(repr=False, compare=False)
    orders: tuple = field(default=(), repr=False, compare=False)
    k: int = field(default=1, repr=False, compare=False)

    def __reduce__(self):
        """The rows hold functions of the operand, which do not travel: they are made again where the report arrives."""
        return norm_report, (self.operand.matrix, self.orders, self.k)

    def __getitem__(self, name: str) -> NormRow:
        """Return the row of a norm by its name, such as "spectral norm", or its expression, such as "norm(A, 2)".

        Raises ArgumentError for a name that the report has not.
        """
        for row in (*self.norms, *self.conditions):
            if name in (row.name, row.text):
                return row
        listed = ", ".join(row.name for row in self.norms)
        raise ArgumentError(f"the report has no norm '{name}'", hint=f"one of {listed}")

    def lines(self, unicode: bool = False) -> list[str]:
        """Return the lines of the report."""
        kind = "column" if self.shape[1] == 1 else "matrix"
        lines = [f"{shape_text(self.shape, unicode)} {kind}{', exact' if self.is_exact else ''}"]
        for row in (*self.norms, *self.conditions):
            lines += _row_lines(row, unicode)
        return lines

    def record(self) -> dict[str, object]:
        """Return the report as JSON has it."""
        return {
            "shape": list(self.shape),
            "exact": self.is_exact,
            "norms": [row.record() for row in self.norms],
            "condition_numbers": [row.record() for row in self.conditions],
        }

    def check(self) -> GradientCheck:
        """Verify every gradient and subgradient; return a :class:`~matcalc.linalg.norm.check.GradientCheck`."""
        return check_gradients(self)


def norm_report(matrix: Matrix, orders: tuple[Fraction, ...], k: int) -> NormReport:
    """Return the :class:`NormReport` of a Matrix; ``orders`` are Fractions, ``k`` the order of the Ky Fan norm.

    Raises DomainError where an entry is nan or inf.
    """
    operand = Operand(matrix)
    column = operand.array.shape[1] == 1
    norms = vector_norms(orders) if column else matrix_norms(orders, k)
    rows = tuple(_norm_row(norm, operand) for norm in norms)
    conditions = () if column else tuple(_condition_row(found, operand) for found in condition_numbers(operand))
    return NormReport(operand.matrix.shape, operand.matrix.is_exact, rows, conditions, operand, orders, k)


def _norm_row(norm: Norm, operand: Operand) -> NormRow:
    slope = norm.slope(operand)
    formula, where = _formula(norm.formula, operand)
    value, dual, exact = norm.value(operand), norm.dual(operand), norm.exact(operand)
    if norm.homogeneous:
        dual, exact = operand.unscaled(dual), operand.exact_unscaled(exact)
        value = operand.unscaled(value) if exact is None else float(exact.evalf(_PRECISION))
    return NormRow(
        name=norm.name,
        text=norm.text,
        unicode=norm.unicode,
        value=value,
        exact=exact,
        dual_name=norm.dual_name,
        dual=dual,
        gradient=slope.value,
        kinks=slope.kinks,
        formula=formula,
        where=where,
        expression=norm.formula if formula else "",
        source=norm.source,
        note="" if norm.homogeneous else "not a norm: it does not scale with x",
        norm=norm,
    )


def _condition_row(found: Conditioning, operand: Operand) -> NormRow:
    norm, slope = found.norm, found.slope
    square = operand.array.shape[0] == operand.array.shape[1]
    of_inverse = substituted(parse_tree(norm.text), {"A": Call("inv", (Name("A"),))})
    expression = f"{norm.text}*{unparse(of_inverse)}" if square else ""
    formula, where = _formula(expression, operand) if slope and not slope.kinks else ("", ())
    gradient, note = None, found.note
    if slope is not None and not slope.kinks:
        with numpy.errstate(over="ignore"):
            gradient = scaled(slope.value, -operand.exponent)
        if not numpy.isfinite(gradient).all():
            gradient, note = None, "its gradient is too large for float64"
    return NormRow(
        name=f"condition number, {norm.name}",
        text=expression,
        unicode=f"κ{norm.unicode.removeprefix('‖A‖')}(A)",
        value=found.value,
        exact=found.exact,
        dual_name="",
        dual=None,
        gradient=gradient,
        kinks=slope.kinks if slope else (),
        formula=formula,
        where=where,
        expression=expression if formula else "",
        source=SOURCE,
        note=note,
    )


def _formula(expression: str, operand: Operand) -> tuple[str, tuple[str, ...]]:
    """Return the gradient of an expression in A (or x) in the language, and its conditions; ('', ()) for none."""
    if not expression or operand.matrix.is_complex:
        return "", ()
    rows, columns = operand.array.shape
    if columns == 1:
        return _gradient_formula(expression, "x", ("n", 1))
    return _gradient_formula(expression, "A", ("n", "n" if rows == columns else "m"))


@lru_cache(maxsize=256)
def _gradient_formula(expression: str, name: str, shape: tuple[str, int | str]) -> tuple[str, tuple[str, ...]]:
    derivative = diff(expression, name, shapes={name: shape})
    return str(derivative), tuple(derivative.where)


# -- lines ----------------------------------------------------------------------------------------------------


def _row_lines(row: NormRow, unicode: bool) -> list[str]:
    symbol, exact, value = row.unicode if unicode else row.text, exact_text(row.exact), number_text(row.value)
    if math.isinf(row.value) and row.dual_name:
        value = "(above 1.8e308)"
    shown = " = ".join(filter(None, [symbol, exact if exact != value else None, value]))
    dual = f";  dual: {row.dual_name} = {number_text(row.dual)}" if row.dual is not None else ""
    lines = [f"{row.name}:  {shown}{dual}{f'  ({row.note})' if row.note else ''}"]
    if row.kinks:
        lines.append(f"    no gradient: {'; '.join(row.kinks)}")
    if row.gradient is not None:
        lines += _gradient_lines(row, row.gradient, "    a subgradient is " if row.kinks else "    gradient ")
    return lines


def _gradient_lines(row: NormRow, gradient: numpy.ndarray, lead: str) -> list[str]:
    shown = matrix_text(gradient, " " * 8)
    formula = f" = {row.formula}" if row.formula and len(row.formula) <= _LONGEST_FORMULA and not row.kinks else ""
    if shown is None:
        rows, columns = gradient.shape
        shown = f"of {rows}x{columns} entries (--json writes them)"
    if "\n" in shown:
        return [f"{lead.rstrip()}{formula}", f"        {shown}"]
    return [f"{lead}{shown}{formula}"]
