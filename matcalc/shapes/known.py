"""What is known of a condition from the shapes and facts of an elaborated expression."""

from __future__ import annotations

from ..algebra.build import build
from ..algebra.constructors import transpose
from ..algebra.expressions import is_array

_OF_SEVERAL = ("unique_maximum", "unique_minimum", "simple_maximum", "simple_minimum", "simple_spectrum")


def always_holds(condition, elaborated, book):
    """Return whether a condition is known to hold everywhere: positive(1 + exp(x)), symmetric(X@X.T), or one of one."""
    # a condition may have the sizes of the names in it: that of mean(abs(x)) has n
    letters = {symbol.name: symbol for shape in elaborated.shapes.values() for d in shape for symbol in d.free_symbols}
    env = {**letters, **elaborated.sizes, **elaborated.symbols}
    if condition.predicate in _OF_SEVERAL:
        return not is_array(build(condition.tree, env, book))
    if condition.predicate == "symmetric":
        value = build(condition.tree, env, book)
        return not is_array(value) or transpose(value) == value
    if condition.predicate not in ("positive", "nonzero", "nonzero_array", "above_minus_one"):
        return False
    value = build(condition.tree, env, book)
    return value.sign == 1 if is_array(value) else bool(value.is_positive)
