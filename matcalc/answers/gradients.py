"""Answers to several queries about one expression: gradients by several names are of one sweep back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, Any

from ..algebra.expressions import is_array
from ..calculus.differentiate import gradients_by
from ..calculus.everywhere import is_singular_by_construction
from ..calculus.layout import arrange
from ..calculus.shortening.shorten import simplify_all
from ..errors import NoRuleError
from ..rulebook.facts import facts_with
from .derivative import Derivative, answer_of_any_shape
from .shown import presenter_of
from .values import has_no_form

if TYPE_CHECKING:
    from sympy import Expr

    from ..shapes.query import Query


def answers(queries: Sequence[Query]) -> list[Any]:
    """Return what several queries about one expression ask for; raises what :func:`diff` raises."""
    together = [query for query in queries if _is_plain_gradient(query)]
    by_name: dict[str, Derivative] = {}
    if len(together) > 1 and not is_singular_by_construction(queries[0].elaborated.expression):
        with suppress(NoRuleError, RecursionError):  # each by itself says what it is that has no rule
            by_name = _gradients(together)
    return [by_name[q.wrt] if q.wrt in by_name else answer_of_any_shape(q) for q in queries]


def _is_plain_gradient(query: Query) -> bool:
    """Return whether a query asks for the gradient of a real scalar by an array whose entries vary freely."""
    elaborated = query.elaborated
    by_one = query.is_usual and query.order == 1 and query.part is None and query.structure == "free"
    scalar = not is_array(elaborated.expression) and is_array(elaborated.symbols[query.wrt])
    free = elaborated.twin is None and scalar and not elaborated.symbols[query.wrt].facts & facts_with(tied=True)
    return by_one and free


def _gradients(queries: Sequence[Query]) -> dict[str, Derivative]:
    elaborated, book = queries[0].elaborated, queries[0].book
    derived = gradients_by(elaborated.expression, [query.variable for query in queries], book)
    @cache
    def values() -> list[Expr]:
        """The short forms of all, of one search: what they share is shortened once."""
        return simplify_all(derived, book)

    def sought(place: int, query: Query) -> Callable[[], Expr]:
        return lambda: arrange(values()[place], elaborated.expression, query.variable, query.layout, 1)

    presenter = presenter_of(elaborated)
    found = {query.wrt: Derivative(query, sought(place, query), presenter) for place, query in enumerate(queries)}
    if has_no_form(*derived):
        values()
    return found
