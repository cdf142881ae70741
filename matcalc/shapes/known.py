"""What is known of a condition from the shapes and facts of an elaborated expression."""

from __future__ import annotations

from sympy import Mul, Pow

from ..algebra.build import build
from ..algebra.constructors import transpose
from ..algebra.expressions import ArrayFunction, Hadamard, Power, ScalarFunction, Scale, Trace, is_array
from ..algebra.products import positive_definite

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
    return _above_zero(build(condition.tree, env, book))


def _above_zero(value):
    """Whether a scalar, or every entry of an array, is known to be positive."""
    if value.sign == 1 if is_array(value) else bool(value.is_positive):
        return True
    if isinstance(value, (Scale, Mul, Hadamard)):
        return all(_above_zero(part) for part in value.args)
    if isinstance(value, (Pow, Power)) and value.args[1].is_number:
        return _above_zero(value.args[0])
    if isinstance(value, Trace):
        return positive_definite(value.args[0])
    if isinstance(value, (ArrayFunction, ScalarFunction)) and is_array(value.args[0]):
        first = value.rule.params[0].name
        return positive_definite(value.args[0]) and any(line.text == first for line in value.rule.definite)
    return False
