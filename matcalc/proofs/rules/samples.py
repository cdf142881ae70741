"""Values of a function of one number in floating point: what they contradict is not tried. They prove nothing."""

from __future__ import annotations

import math
from typing import Any

# where a function is looked at, and how far, beside its terms, a value is below 0 that is not so by rounding alone
PLACES = (-20.0, -5.0, -2.0, -1.0, -0.5, -0.1, 0.1, 0.3, 0.5, 1.0, 1.5, 2.0, 5.0, 20.0)
_ROUNDING, _STEP, _FLAT = 1e-9, 1e-3, 1e-4
_CHORD = (-0.1, 0, 0.1)


def value_at(node: Any, letter: Any, x: float) -> float:
    """Return the value of an elementary function of one letter, nan where it has none or is not known."""
    try:
        return _value(node, letter, x)
    except (ValueError, OverflowError, ZeroDivisionError, TypeError):
        return math.nan


def _value(node: Any, letter: Any, x: float) -> float:
    if node == letter:
        return x
    if node.is_number:
        return float(node)
    values = [_value(arg, letter, x) for arg in node.args]
    if node.is_Add:
        return math.fsum(values)
    if node.is_Mul:
        return math.prod(values)
    if node.is_Pow:
        found = values[0] ** values[1]
        return found if isinstance(found, float) else math.nan
    function = getattr(math, type(node).__name__, None)
    return function(*values) if function is not None and len(values) == 1 else math.nan


def is_negative_somewhere(node: Any, letter: Any) -> bool:
    """Whether a sum of functions of one letter is certainly negative at one of some places."""
    for x in PLACES:
        if x > 0 or not letter.is_positive:
            terms = [value_at(term, letter, x) for term in node.args]
            if sum(terms) < -_ROUNDING * sum(map(abs, terms)):
                return True
    return False


def falls_somewhere(node: Any, unknown: Any, end: int, side: int, inside: bool) -> bool:
    """Whether a sum is certainly negative at an end, or falls from there on: up (1) or down (-1), to 1 or farther."""
    before, size = 0.0, 0.0
    for x in (0.0, *(place for place in PLACES if 0 < place < (1 if inside else math.inf))):
        terms = [value_at(term, unknown, end + side * x) for term in node.args]
        value, rounding = sum(terms), _ROUNDING * (size + sum(map(abs, terms)))
        if value < before - rounding:
            return True
        if not math.isnan(value):
            before, size = value, sum(map(abs, terms))
    return False


def is_concave_somewhere(node: Any, letter: Any) -> bool:
    """Whether a sum of functions of one letter lies certainly above a chord at one of some places."""
    for x in PLACES:
        if x < 0 and letter.is_positive:
            continue
        before, here, after = ([value_at(term, letter, x + step * abs(x)) for term in node.args] for step in _CHORD)
        bend = sum(before) - 2 * sum(here) + sum(after)
        if bend < -_ROUNDING * sum(map(abs, (*before, *here, *after))):
            return True
    return False


def is_steep(node: Any, letter: Any, place: Any) -> bool:
    """Whether the derivative of a function of one letter is certainly not 0 at a place."""
    x, before, after = float(place), *(value_at(node, letter, float(place) + step * _STEP) for step in (-1, 1))
    here = value_at(node, letter, x)
    slope = (after - before) / (2 * _STEP)
    return abs(slope) > _FLAT * max(1.0, abs(here)) + abs(after - 2 * here + before) / _STEP
