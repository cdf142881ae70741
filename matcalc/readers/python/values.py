"""What an expression of Python's notation can be beside an array."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
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


class Pass(NamedTuple):
    """One way through what a loop runs over: what its names stand for, its indices, and what leaves out rounds.

    ``ordered``: whether the rounds come in the order of the one index.
    """

    element: Any
    loops: tuple
    conditions: tuple = ()
    ordered: bool = True


@dataclass(frozen=True, eq=False)
class Run:
    """What a loop runs over where how often it does is not written out: range(n), an array, the terms of another loop.

    ``make`` returns a :class:`Pass` with indices of its own, called by the names that are given. Where it has one
    index, ``at`` returns what is at a place, counted from 0, and ``count`` is how many there are. ``values``: all of
    them, where they are known; ``depth``: how many runs it is made of, one within another;
    ``is_generator``: whether it is the terms of a comprehension without brackets, which no library takes for an array.
    """

    make: Callable[[list[str]], Pass]
    at: Callable[[Any], Any] | None = None
    count: Any = None
    values: Sequence | None = None
    depth: int = 0
    is_generator: bool = False


class Lost(NamedTuple):
    """What a name stands for behind a loop or a condition that sets it: on which round or branch it depends."""

    reason: str
    hint: str
