"""Expressions on their way to another process: one flat list of nodes, whatever their depth.

pickle follows references by recursion, and would neither reach the end of a long product nor make nodes by their
constructors; interned nodes have to be made again, so that equal ones stay identical.
"""

from __future__ import annotations

import copyreg
from typing import Any

from sympy import Basic

from . import expressions
from .blocks import Block
from .expressions import (
    Array,
    ArrayFunction,
    ArraySymbol,
    Constant,
    ScalarFunction,
    ScalarNode,
    postorder,
)
from .indexed import IndexedSum, IndexedTotal


def register() -> None:
    """Let pickle take every class of expressions through :func:`flattened`."""
    for cls in (*vars(expressions).values(), Block, IndexedSum, IndexedTotal):
        if isinstance(cls, type) and issubclass(cls, (Array, ScalarNode)):
            copyreg.pickle(cls, _reduced)


def _reduced(node: Array | ScalarNode) -> tuple[Any, ...]:
    return restored, (flattened(node),)


def flattened(root: Basic) -> list[tuple[Any, ...]]:
    """Return the nodes below and including ``root``, operands first: (how it is made, places of operands, data)."""
    places: dict[Basic, int] = {}
    entries: list[tuple[Any, ...]] = []
    for node in postorder(root):
        parts = () if isinstance(node, (ArraySymbol, Constant)) else node.args
        places[node] = len(entries)
        entries.append((*_how(node), [places[part] for part in parts]))
    return entries


def _how(node: Basic) -> tuple[str, Any, Any]:
    """Return the kind of an entry, its class or its object, and the data that its operands do not hold."""
    if isinstance(node, ArraySymbol):
        return "named", type(node), (node.name, node.rows, node.cols, node.facts)
    if isinstance(node, Constant):
        return "named", type(node), (node.name, node.dims, node.rows, node.cols)
    if isinstance(node, ArrayFunction):
        return "function", type(node), (node.rule, node.shape)
    if isinstance(node, ScalarFunction):
        return "function", type(node), (node.rule,)
    if isinstance(node, Block):
        return "block", type(node), (node.heights, node.widths)
    if isinstance(node, (IndexedSum, IndexedTotal)):
        return "loop", type(node), (node.loop,)
    if isinstance(node, Array):
        return "operation", type(node), (node.shape, node.sign)
    if isinstance(node, ScalarNode):
        return "operation", type(node), (node.nonnegative,)
    return ("atom", node, ()) if not node.args else ("scalar", node.func, ())


def restored(entries: list[tuple[Any, ...]]) -> Basic:
    """Return the root of flattened nodes, made by the constructors of their classes."""
    made: list[Basic] = []
    for kind, what, data, places in entries:
        parts = tuple(made[place] for place in places)
        if kind == "named":
            node = what(*data)
        elif kind == "loop":
            node = what(*parts, *data)
        elif kind == "block":
            node = what(*data, parts)
        elif kind == "function":
            node = what(data[0], parts, *data[1:])
        elif kind == "operation":
            node = what.of(parts, *data)
        elif kind == "scalar":
            node = what(*parts)
        else:
            node = what
        made.append(node)
    return made[-1]
