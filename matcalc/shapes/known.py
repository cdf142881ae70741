"""What is known of a condition from the shapes and facts of an elaborated expression."""

from __future__ import annotations

from ..algebra.build import build
from ..algebra.expressions import is_array

_OF_SEVERAL = ("unique_maximum", "unique_minimum", "simple_maximum", "simple_minimum", "simple_spectrum")


def always_holds(condition, elaborated, book):
    """Return whether a condition is known to hold everywhere: positive(1 + exp(x)), or uniqueness among one."""
    if condition.predicate in _OF_SEVERAL:
        return not is_array(build(condition.tree, {**elaborated.sizes, **elaborated.symbols}, book))
    if condition.predicate not in ("positive", "nonzero", "nonzero_array", "above_minus_one"):
        return False
    value = build(condition.tree, {**elaborated.sizes, **elaborated.symbols}, book)
    return value.sign == 1 if is_array(value) else bool(value.is_positive)
