"""What Python's notation has beside the forms of the language: attributes, calls of what is not a name, indices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ...errors import Span
from ...language.generators import If
from ...language.syntax import children as plain_children
from ...language.syntax import postorder as tree_postorder


@dataclass(frozen=True, slots=True, eq=False)
class Attribute:
    """value.name"""

    value: Any
    name: str
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Apply:
    """function(args, keyword=value)"""

    function: Any
    args: tuple
    keywords: tuple
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Index:
    """value[items]"""

    value: Any
    items: tuple
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Sequence:
    """(a, b) or [a, b]"""

    items: tuple
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Slice:
    """a:b or a:b:s within an index, its parts Numbers, Negates, Names or None; ``full`` where it is the colon alone."""

    full: bool
    span: Span
    start: Any = None
    stop: Any = None
    step: Any = None


@dataclass(frozen=True, slots=True)
class Clause:
    """for target in values if conditions; ``target`` is a Name or a Sequence of such."""

    target: Any
    values: Any
    conditions: tuple[If, ...]
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Comprehension:
    """[body for target in values if conditions]; ``listed``: whether it stands in square brackets."""

    body: Any
    clauses: tuple[Clause, ...]
    span: Span
    listed: bool = False


@dataclass(frozen=True, slots=True)
class Loop:
    """for target in values: body"""

    clause: Clause
    body: tuple
    span: Span


@dataclass(frozen=True, slots=True)
class Choice:
    """if conditions: body, else: otherwise, within a loop"""

    conditions: tuple[If, ...]
    body: tuple
    otherwise: tuple
    span: Span


@dataclass(frozen=True, slots=True)
class Skip:
    """continue"""

    span: Span


@dataclass(frozen=True, slots=True)
class Append:
    """name.append(value)"""

    name: str
    value: Any
    span: Span


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the text: ``params`` are pairs of a name and its default or None, ``body`` its statements."""

    name: str
    params: tuple
    body: tuple
    span: Span


@dataclass(frozen=True, slots=True)
class Assign:
    """name = value, or for several names the parts of a value; ``names`` are Names."""

    names: tuple
    value: Any
    several: bool


@dataclass(frozen=True, slots=True)
class Result:
    """An expression that stands alone, or is returned; ``pulled``: backward() is called on it, which is no value."""

    value: Any
    returned: bool
    pulled: bool = False


@dataclass(frozen=True, slots=True)
class Import:
    """The name in the text and the full name in the library: np, numpy."""

    name: str
    full: str


def children(node: Any) -> tuple:
    """Return the parts of a node that only Python's notation has, left to right."""
    if isinstance(node, Attribute):
        return (node.value,)
    if isinstance(node, Apply):
        return (node.function, *node.args, *(value for _, value in node.keywords))
    if isinstance(node, Index):
        return (node.value, *node.items)
    return node.items if isinstance(node, Sequence) else ()


def postorder(root: Any) -> list:
    """Return the distinct nodes of an expression, operands before what has them."""
    return tree_postorder(root, lambda node: plain_children(node) or children(node))
