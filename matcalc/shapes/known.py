"""What is known of a condition from the shapes and facts of an elaborated expression."""

from __future__ import annotations

from ..algebra.build import build
from ..algebra.expressions import is_array


def always_holds(condition, elaborated, book):
    """Return whether a condition is known to hold everywhere: positive(1 + exp(x))."""
    if condition.predicate not in ("positive", "nonzero", "nonzero_array", "above_minus_one"):
        return False
    value = build(condition.tree, {**elaborated.sizes, **elaborated.symbols}, book)
    return value.sign == 1 if is_array(value) else bool(value.is_positive)
