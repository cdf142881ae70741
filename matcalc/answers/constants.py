"""Names that are given their values: constant arrays, written into the expression."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from numbers import Rational
from typing import TYPE_CHECKING, Any

from ..bounds import MAX_WRITTEN_ENTRIES as MOST_ENTRIES
from ..errors import ArgumentError, LimitError, ShapeError, UnknownNameError, shown_value
from ..language.subscripts import DISPLAY, LIST, ROW
from ..language.syntax import Call, Negate, Number, Tree, substituted
from ..language.unparse import unparse
from ..shapes.elaborate import elaborate

if TYPE_CHECKING:
    from ..rulebook.entries import Book
    from ..shapes.elaborate import Elaborated



def with_values(elaborated: Elaborated, values: object, wrt: object, book: Book) -> Elaborated:
    """Return the expression with the values of some names in their place: a number, a list or an array of NumPy.

    Raises ArgumentError where ``values`` is no dictionary or has the name that is differentiated by, UnknownNameError
    for a name that the expression does not have, ShapeError for what is no array of numbers, LimitError for a large
    one.
    """
    if not isinstance(values, Mapping):
        raise ArgumentError("values are a dictionary of arrays", hint='write values={"A": [[1, 2], [3, 4]]}')
    trees = {}
    for name, value in values.items():
        if name not in elaborated.shapes:
            known = ", ".join(elaborated.shapes)
            raise UnknownNameError(f"no variable '{name}' in the expression", hint=f"the names are {known}")
        if name == wrt or isinstance(wrt, (list, tuple)) and name in wrt:
            raise ArgumentError(f"{name} is differentiated by, and is no constant", hint="leave it out of values")
        trees[name] = tree_of(name, value)
    tree = substituted(elaborated.tree, trees)
    shapes = {name: shape for name, shape in elaborated.declared.items() if name not in trees}
    facts = {name: sorted(words) for name, words in elaborated.facts.items() if name not in trees}
    again = elaborate(unparse(tree), book, shapes, facts)
    return replace(again, typed=elaborated.typed, syntax=elaborated.syntax, translation=elaborated.translation)


def tree_of(name: str, value: Any) -> Tree:
    """Return the tree of a value: a number, a list or an array. Raises ShapeError or LimitError."""
    return _tree(name, _rows(name, value))


def _rows(name: str, value: Any) -> list:
    """Return a value as a number, a list of numbers or a list of rows."""
    value = value.tolist() if hasattr(value, "tolist") else value
    return list(value) if isinstance(value, tuple) else value


def _tree(name: str, value: Any) -> Tree:
    if not isinstance(value, list):
        return _number(name, value)
    rows = [list(row) if isinstance(row, (list, tuple)) else row for row in value]
    count = sum(len(row) if isinstance(row, list) else 1 for row in rows)
    if count > MOST_ENTRIES:
        raise LimitError(
            f"{name} has {count} entries; at most {MOST_ENTRIES} are written into an expression",
            hint="leave it a name, and give its value to evaluate() or to generated code",
        )
    if rows and not any(isinstance(row, list) for row in rows):
        return Call(LIST, tuple(_number(name, entry) for entry in rows))
    if count == 0:
        raise ShapeError(f"{name} has no entries", hint="every size is at least 1")
    if any(not isinstance(row, list) or len(row) != len(rows[0]) for row in rows):
        raise ShapeError(f"{name} is no array: its rows are not of one length", hint="give a list of equal rows")
    return Call(DISPLAY, tuple(Call(ROW, tuple(_number(name, entry) for entry in row)) for row in rows))


def _number(name: str, value: Any) -> Tree:
    if isinstance(value, bool) or not isinstance(value, (Rational, float)) or not math.isfinite(value):
        message = f"{shown_value(value)} in the value of {name} is not a number"
        raise ShapeError(message, hint="give finite real numbers")
    exact = Fraction(repr(value)) if isinstance(value, float) else Fraction(value)
    return Number(exact) if exact >= 0 else Negate(Number(-exact))
