"""``norms``: of a matrix of numbers, or of an expression, whose norms are compared for its shape."""

from __future__ import annotations

import math
from fractions import Fraction

from ...answers.complex_variable import refuse_complex
from ...api import Expression, parse
from ...budget import limited
from ...errors import ArgumentError
from ..input.matrices import read_matrix
from ..input.texts import is_matrix_text
from .inequality_report import inequality_report
from .report import norm_report

MAX_ORDER = 1000


@limited("computing norms")
def norms(source, p=3, k=None, shapes=None, assume=None, rules=None):
    """Return all norms of a matrix or column with their gradients; for an expression, the inequalities between them.

    ``source``: what :func:`~matcalc.linalg.read_matrix` reads, or an expression of the language. ``p``: a number
    greater than 1, or several, the orders of further p-norms and Schatten norms. ``k``: the order of the Ky Fan norm
    (default: 2, or 1 where there is one singular value). ``shapes`` and ``assume`` are for expressions, as for
    ``matcalc.parse``.

    Returns a :class:`~matcalc.linalg.norm.report.NormReport` for numbers, an
    :class:`~matcalc.linalg.norm.inequality_report.InequalityReport` for an expression. Raises a MatcalcError:
    ArgumentError for a p or k that gives no norm, DomainError for entries that are nan or inf, and what reading raises.

    >>> report = norms("[[2, 1], [1, 3]]")
    >>> report["spectral norm"].exact
    sqrt(5)/2 + 5/2
    """
    orders = tuple(_order(order) for order in (p if isinstance(p, (list, tuple)) else (p,)))
    if isinstance(source, Expression) or isinstance(source, str) and not is_matrix_text(source):
        expression = parse(source, shapes, assume, rules)
        refuse_complex(expression.elaborated)
        facts = frozenset(word for word in (assume or {}).get(str(expression), ()))
        return inequality_report(expression, facts, orders, _count(k, _least(expression.shape)))
    matrix = read_matrix(source)
    return norm_report(matrix, orders, _count(k, min(matrix.shape)))


def _order(value: float | str) -> Fraction:
    """Return the order of a p-norm as a Fraction; raises ArgumentError where it gives no norm."""
    try:
        order = Fraction(str(value).strip()) if isinstance(value, str) else Fraction(value)
    except (ValueError, TypeError, ZeroDivisionError, OverflowError):
        hint = "give a number such as 3, 1.5 or 5/2; the norms for 1, 2 and inf are there without it"
        raise ArgumentError(f"p = {str(value)[:40]} is not the order of a p-norm", hint=hint)
    if order < 1:
        hint = "give p >= 1; the number of nonzero entries is there without it"
        raise ArgumentError(f"p = {order} gives no norm: the triangle inequality fails for p < 1", hint=hint)
    if order > MAX_ORDER or order.denominator > MAX_ORDER:
        raise ArgumentError(f"p = {str(value)[:40]} is out of range", hint=f"give p up to {MAX_ORDER}, or take inf")
    return order


def _least(shape: tuple[int | str, ...]) -> float:
    """Return the smaller of two sizes, inf where it is not known."""
    return min((size for size in shape if isinstance(size, int)), default=math.inf)


def _count(k: int | None, singular_values: float) -> int:
    """Return the order of the Ky Fan norm; raises ArgumentError where there are fewer singular values."""
    if k is None:
        return int(min(2, singular_values))
    if isinstance(k, bool) or not isinstance(k, int) or not 1 <= k <= singular_values:
        hint = "the Ky Fan k-norm adds the k largest singular values"
        raise ArgumentError(f"k = {k} is not between 1 and {singular_values}", hint=hint)
    return k
