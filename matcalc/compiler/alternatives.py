"""Other forms of a derivative than the shortest one: code is generated from the form that costs least.

A short form keeps sums within products, which is what one reads; the sum of products that reverse accumulation makes
often meets vectors and thin factors earlier. No form is taken that has poles which the printed one does not have.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sympy import Expr

from ..algebra.expressions import ArrayFunction, MatrixPower, ScalarFunction, postorder
from ..algebra.substitute import substitute
from ..calculus.differentiate import derivative as natural_derivative
from ..calculus.everywhere import has_pole
from ..calculus.layout import arrange
from ..calculus.shortening.shorten import simplify
from ..errors import NoRuleError
from ..shapes.elaborate import with_free_entries
from .costs import sizes_of, work

if TYPE_CHECKING:
    from .operations import Operation

# longer derivatives are taken as they are shown
_MOST_NODES = 600
# what is only a little cheaper by this count is not worth another form than the printed one
_BETTER = 0.97


def cheapest(candidates: list[tuple[Expr, ...]], optimised: Callable, known: dict[str, int]) -> list[Operation]:
    """Return the operations for one form of every result, which together cost least.

    ``candidates`` are the forms of each result, ``optimised`` makes operations of a list of expressions, ``known`` are
    sizes by name. Of one result after another the form is changed, the others being what they are.
    """
    chosen = [forms[0] for forms in candidates]
    best = optimised(chosen)
    if all(len(forms) == 1 for forms in candidates):
        return best
    sizes = sizes_of(best, known)
    least = work(best, sizes)
    for place, forms in enumerate(candidates):
        for form in forms[1:]:
            other = [*chosen[:place], form, *chosen[place + 1 :]]
            made = optimised(other)
            cost = work(made, sizes)
            if cost < _BETTER * least:
                chosen, best, least = other, made, cost
    return best


def forms(derivative: Any) -> list[Expr]:
    """Return the expressions that code for a derivative may be made of, that of its printed form first."""
    printed = derivative.everywhere.expression
    query = derivative.query
    usual = query.is_usual and query.part is None and query.order <= 2 and derivative.structure == "free"
    if not usual or derivative.everywhere is not derivative:
        return [printed]
    if len(postorder(printed)) > _MOST_NODES:
        return [printed]
    found, known = [printed], _singular(printed) | _singular(derivative.elaborated.expression)
    book = derivative.book
    between = [lambda e: simplify(e, book)] if derivative.order == 2 else []
    for change in [lambda e: e, *between]:
        try:
            other = _unshortened(derivative, change)
        except NoRuleError:
            continue
        if other not in found and len(postorder(other)) <= _MOST_NODES and _singular(other) <= known:
            found.append(other)
    return found


def _unshortened(derivative: Any, between: Callable) -> Expr:
    """Return the derivative as the two sweeps make it; ``between`` is applied before a second differentiation."""
    elaborated, book = derivative.elaborated, derivative.book
    symbol = elaborated.symbols[derivative.wrt]
    expression, free = with_free_entries(elaborated, derivative.wrt, book)
    conventions = (derivative.structure, elaborated.facts.get(derivative.wrt, frozenset()))
    value = natural_derivative(expression, free, derivative.order, conventions, book, between)
    if free is not symbol:
        value = substitute(value, {free: symbol})
    return arrange(value, elaborated.expression, symbol, derivative.layout, derivative.order)


def _singular(expression: Expr) -> set[Expr]:
    """Return what an expression divides by or inverts, and the functions in it that have no value somewhere."""
    found = set()
    for node in postorder(expression):
        if has_pole(node) or isinstance(node, MatrixPower):
            found.add(node.args[0])
        elif isinstance(node, (ArrayFunction, ScalarFunction)) and node.rule.where:
            found.add(node)
    return found
