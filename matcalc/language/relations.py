"""Comparisons: x > 0 is a call of the function greater, whose value is 1 where it holds and 0 elsewhere."""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import ExpressionSyntaxError
from .tokens import RELATIONS, Token

FUNCTIONS = dict(zip(RELATIONS, ("not_equal", "equal", "less_equal", "greater_equal", "less", "greater")))
SIGNS = {function: sign for sign, function in FUNCTIONS.items()}
CONNECTIVES = {"and": "logical_and", "or": "logical_or", "not": "logical_not"}


def refuse_chain(token: Token, operators: Sequence[str], text: str) -> None:
    """Raise ExpressionSyntaxError for a comparison of a comparison, a < x < b, which Python would read otherwise."""
    if not FUNCTIONS.keys().isdisjoint(operators):
        hint = "write (a < x)*(x < b), or logical_and(a < x, x < b)"
        raise ExpressionSyntaxError("comparisons are not chained", source=text, span=token.span, hint=hint)
