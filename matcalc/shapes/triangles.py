"""Sizes that are quotients: vech(X) has n*(n + 1)/2 entries for X of n×n, a partial trace n/k rows."""

from __future__ import annotations

from typing import Any

from sympy import Expr, Integer

from ..algebra.binding import size_value
from ..errors import MatcalcError
from ..language.syntax import names, parse_tree
from .sizes import Size, find

QUOTIENT = "quotient"


class SizeQuotients:
    """The part of the inference that solves them; all attributes are the inference's."""

    def _quotient_of_sizes(self: Any, text: str, env: dict[str, Size | Expr]) -> Size | Expr:
        """Return the size that a text such as n*(n + 1)/2 stands for, in one size of ``env``."""
        (name,) = names(parse_tree(text))
        size = find(env.setdefault(name, Size()))
        if not isinstance(size, Size):
            return value_of(text, {name: size})
        out = Size()
        self._defer((QUOTIENT, text, name, size, out), (size, out))
        return out

    def _attempt_triangle(self: Any, text: str, name: str, size: Size | Expr, out: Size | Expr) -> bool:
        """Find the size or what it is put into; return whether both are known."""
        size, total = find(size), find(out)
        if not isinstance(size, Size):
            self._equal_sizes(out, value_of(text, {name: size}))
            return True
        if isinstance(total, Size):
            return False
        root = solved(text, name, total)
        if root is None:
            raise self._sizes_error(self.tree, total, text.replace(name, "k"))
        self._equal_sizes(size, root)
        return True


def value_of(text: str, values: dict[str, Expr]) -> Expr:
    """Return the size that a text of sums, products and quotients of sizes stands for, multiplied out."""
    return size_value(parse_tree(text), values)


def size_of(text: str) -> Expr | None:
    """Return the size that a text such as n*(n + 1)/2 or n**2 stands for; None where it is none."""
    try:
        tree = parse_tree(text)
        found = size_value(tree)
    except MatcalcError:
        return None
    return found if found is not None and _is_size(found) else None


def _is_size(size: Expr) -> bool:
    """Return whether a polynomial is a whole number above 0 for all sizes that are not small."""
    if size.is_number:
        return bool(size.is_Integer and size > 0)
    letters = sorted(size.free_symbols, key=str)
    if not size.is_polynomial(*letters):
        return False
    places = [{letter: Integer(start + 3 * turn) for turn, letter in enumerate(letters)} for start in range(5, 9)]
    values = [size.xreplace(place) for place in places]
    return all(value.is_Integer and value > 0 for value in values)


def solved(text: str, name: str, total: Expr) -> Expr | None:
    """Return the size for which a text such as n*(n + 1)/2, which grows with it, is ``total``; None for none."""
    if not total.is_Integer:
        tried = [letter + shift for letter in sorted(total.free_symbols, key=str) for shift in range(-2, 3)]
        return next((size for size in tried if value_of(text, {name: size}) == total), None)
    low, high = 1, 2
    while value_of(text, {name: Integer(high)}) < total:
        low, high = high, 2 * high
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if value_of(text, {name: Integer(middle)}) < total else (low, middle)
    return Integer(low) if value_of(text, {name: Integer(low)}) == total else None
