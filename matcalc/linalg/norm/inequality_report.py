"""Norms of an expression: the inequalities between them for its shape, and their gradients by a name."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from sympy import Expr, Symbol, powsimp
from sympy.printing.str import StrPrinter

from ...api import Expression, diff
from ...errors import ArgumentError, NoRuleError
from ...language.nodes import Name, substituted
from ...language.syntax import parse_tree
from ...language.unparse import unparse
from ...rulebook.facts import implying
from ..showing import Report, json_value
from .inequalities import (
    COL,
    FRO,
    MAX,
    NUC,
    ROW,
    SUM,
    TWO,
    Inequality,
    M,
    N,
    R,
    matrix_inequalities,
    vector_inequalities,
)
from .vectors import p_norm

_UNICODE = {
    MAX: "‖A‖_max",
    TWO: "‖A‖₂",
    FRO: "‖A‖_F",
    NUC: "‖A‖_*",
    COL: "‖A‖₁",
    ROW: "‖A‖_∞",
    SUM: "Σ|a_ij|",
}
PRODUCTS = (
    (f"{TWO}**2 <= {COL}*{ROW}", "‖A‖₂² ≤ ‖A‖₁ ‖A‖_∞", "Golub & Van Loan (2013), corollary 2.3.2"),
    (f"{FRO}**2 <= {TWO}*{NUC}", "‖A‖_F² ≤ ‖A‖₂ ‖A‖_*", "Hölder's inequality for singular values"),
)


@dataclass(frozen=True)
class GradientFormula:
    """The gradient of a norm of a name, in the language, and the conditions under which it holds."""

    expression: str
    formula: str
    where: tuple[str, ...]


@dataclass(frozen=True, repr=False)
class InequalityReport(Report):
    """The inequalities between the norms of an expression of a shape; ``notes`` hold for its declared structure."""

    text: str
    shape: tuple[int | str, int | str]
    inequalities: tuple[Inequality, ...]
    gradients: tuple[GradientFormula, ...]
    notes: tuple[str, ...] = ()

    @property
    def is_column(self) -> bool:
        """Whether these are norms of columns."""
        return self.shape[1] == 1

    def lines(self, unicode: bool = False) -> list[str]:
        """Return the lines of the report: one a pair of norms, with the matrices that attain both sides."""
        times = "×" if unicode else "x"
        letter = "x" if self.is_column else "A"
        named = "" if self.text == letter else f"{letter} = {self.text}, "
        head = f"{named}{times.join(map(str, self.shape))}"
        if any(inequality.constant.has(R) for inequality in self.inequalities):
            head += f";  r = min({self.shape[0]}, {self.shape[1]})"
        lines = [head]
        for pair in _pairs(self.inequalities):
            lines += _pair_lines(pair, unicode)
        if not self.is_column:
            lines += [chosen if unicode else text for text, chosen, _ in PRODUCTS]
        lines += [f"note: {note}" for note in self.notes]
        for gradient in self.gradients:
            where = f"    where {', '.join(gradient.where)}" if gradient.where else ""
            lines.append(f"gradient of {gradient.expression}: {gradient.formula}{where}")
        return lines

    def record(self) -> dict[str, object]:
        """Return the report as JSON has it."""
        listed = [
            {
                "left": item.left,
                "right": item.right,
                "constant": str(item.constant),
                "sharp": item.sharp,
                "sharp_for": item.when or None,
                "attained_by": item.example,
                "source": item.source,
            }
            for item in self.inequalities
        ]
        products = [] if self.is_column else [{"inequality": text, "source": source} for text, _, source in PRODUCTS]
        gradients = [
            {"expression": item.expression, "gradient": item.formula, "where": list(item.where)}
            for item in self.gradients
        ]
        return json_value(
            {
                "input": self.text,
                "shape": self.shape,
                "inequalities": listed,
                "products": products,
                "notes": self.notes,
                "gradients": gradients,
            }
        )


def inequality_report(expression, facts, orders, k):
    """Return the :class:`InequalityReport` of an Expression; ``facts`` are those declared of it where it is a name.

    Raises ArgumentError for a scalar.
    """
    if not expression.shape:
        raise ArgumentError("a scalar has no norms but its absolute value", hint="give a column or a matrix")
    n, m = (size if isinstance(size, int) else letter for size, letter in zip(expression.shape, (N, M)))
    if expression.shape[0] == expression.shape[1]:
        m = n
    names = {symbol: _size(size) for symbol, size in zip((N, M), expression.shape) if not isinstance(size, int)}
    text = str(expression)
    if expression.shape[1] == 1:
        texts = {p: p_norm(p).text for p in (Fraction(1), Fraction(2), *orders, math.inf)}
        found, expressions = vector_inequalities(n, texts), texts.values()
    else:
        found = matrix_inequalities(n, m, orders, k)
        expressions = (FRO, TWO, NUC, COL, ROW, MAX, SUM)
    renamed = tuple(item.renamed(names) for item in found)
    is_name = text in expression.shapes
    gradients = _gradients(expression, expressions, facts) if is_name else ()
    notes = _notes(facts) if is_name else ("the constants are the best for all matrices of this shape",)
    return InequalityReport(text, expression.shape, renamed, gradients, notes)


def _size(text: str) -> Expr:
    """Return the size of a shape as a positive symbol, which SymPy writes as it is written: n, m*n."""
    return Symbol(str(text) if str(text).isidentifier() else f"({text})", positive=True, integer=True)


def _gradients(expression: Expression, texts: Iterable[str], facts: frozenset[str]) -> tuple[GradientFormula, ...]:
    """Return the gradients of norms of a name by it, in the expression's own shape; those that have a closed form."""
    (name,) = expression.shapes
    found = []
    for text in texts:
        letter = "x" if expression.shape[1] == 1 else "A"
        written = unparse(substituted(parse_tree(text), {letter: Name(name)}))
        try:
            derivative = diff(written, name, shapes=expression.shapes, assume={name: sorted(facts)})
        except NoRuleError:
            continue
        found.append(GradientFormula(written, str(derivative), tuple(derivative.where)))
    return tuple(found)


def _notes(facts: frozenset[str]) -> tuple[str, ...]:
    """Return what declared structure adds; the constants above are those for all matrices of the shape."""
    notes = []
    if facts & (implying("symmetric") | {"skew"}):
        notes.append("norm(A, 1) == norm(A, inf), so norm(A, 2) <= norm(A, 1)")
    if facts & implying("psd"):
        notes.append('norm(A, "nuc") == tr(A) and norm(A, 2) == eigmax(A)')
    if facts & implying("orthogonal"):
        notes.append("norm(A, 2) == 1 and norm(A) == sqrt(n)")
    return tuple(notes)


# -- lines ----------------------------------------------------------------------------------------------------


def _pairs(inequalities: tuple[Inequality, ...]) -> list[tuple[Inequality, Inequality]]:
    """Return the inequalities in pairs a <= c b, b <= d a, in the order in which the norms are first met."""
    table = {(item.left, item.right): item for item in inequalities}
    pairs = []
    for key, item in table.items():
        back = table.get((key[1], key[0]))
        if back is not None and (back, item) not in pairs:
            pairs.append((item, back))
    return pairs


def _pair_lines(pair: tuple[Inequality, Inequality], unicode: bool) -> list[str]:
    """Return a pair as lower/c <= middle <= constant*lower, and below it what attains both sides."""
    lower, upper = pair  # lower: left <= c*right; upper: right <= d*left
    left, right = lower.left, lower.right
    le = "≤" if unicode else "<="
    first = left_text = _symbol(left, unicode)
    if lower.constant != 1:
        first = f"{left_text}/{_factor(lower.constant)}"
    last = left_text if upper.constant == 1 else f"{_factor(upper.constant)}*{left_text}"
    chain = f"{first} {le} {_symbol(right, unicode)} {le} {last}"
    return [chain, f"    equal: {_attained(lower)};  {_attained(upper)}"]


def _attained(item: Inequality) -> str:
    return item.example if item.sharp else f"{item.example} ({item.when})"


def _symbol(text: str, unicode: bool) -> str:
    return _UNICODE.get(text, text) if unicode else text


class _Printer(StrPrinter):
    """SymPy's texts with the language's name for the larger of two."""

    def _print_Max(self, node: Expr) -> str:
        return f"max({', '.join(map(self._print, node.args))})"


def _factor(constant: Expr) -> str:
    text = _Printer().doprint(powsimp(constant, combine="base"))
    return f"({text})" if constant.is_Add else text
