"""What an expression of Python's notation can be beside an array."""

from __future__ import annotations

from typing import Any, NamedTuple


class Library(NamedTuple):
    """A module or a function of a library by its full name; "?name" is a function without a module."""

    name: str


class Method(NamedTuple):
    """A method of an array that waits for its arguments."""

    of: Any
    name: str


class Closure(NamedTuple):
    """A function that the text defines, with the names around it."""

    function: Any
    scope: dict

    @property
    def params(self) -> tuple:
        """The parameters, pairs of a name and its default or None."""
        return self.function.params


class Layer(NamedTuple):
    """A loss or an activation that is made first and called then: nn.MSELoss()."""

    entry: Any
    keywords: tuple


class Parts(NamedTuple):
    """Several values with names: those of slogdet."""

    names: tuple
    values: tuple


class Shape(NamedTuple):
    """The shape of an array."""

    of: Any
