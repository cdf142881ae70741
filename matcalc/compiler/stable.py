"""Stable forms: log(1 + exp(z)) as softplus, 1 - sigmoid(z) as sigmoid(-z), exp(x) - 1 as expm1, and the like.

Each form has the value of the one it replaces, without overflow and without cancellation.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from .signs import definite

if TYPE_CHECKING:
    from ..rulebook.entries import Book
    from .operations import Graph, Operation


def stable_forms(graph: Graph, node: Operation, book: Book) -> Operation:
    """Return the operation in a form that loses no digits; see the module."""
    if node.kind == "add":
        return _sum(graph, node, book)
    if node.kind == "divide":
        return _quotient(graph, node, book)
    if _is_call(node, "log"):
        return _logarithm(graph, node, book)
    return node


def _is_call(node: Operation, name: str) -> bool:
    return node.kind == "call" and node.data.name == name


def _call(graph, book, name, operand, shape=None):
    rule = next(r for r in book.named(name) if not r.literals and len(r.params) == 1)
    return graph.call(rule, operand, shape=shape)


def _without_number(graph, node, value):
    """Return what is added to a number in a sum of this number and one other term, else None."""
    if node.kind == "add" and len(node.operands) == 2:
        rest, number = node.operands
        if number.kind == "number" and number.data == value:
            return rest
    return None


def _sum(graph: Graph, node: Operation, book: Book) -> Operation:
    rest = _without_number(graph, node, 1)
    if rest is not None and rest.kind == "negative" and _is_call(rest.operands[0], "sigmoid"):
        return _call(graph, book, "sigmoid", graph.negative(rest.operands[0].operands[0]))
    rest = _without_number(graph, node, -1)
    if rest is not None and _is_call(rest, "sigmoid"):
        return graph.negative(_call(graph, book, "sigmoid", graph.negative(rest.operands[0])))
    if rest is not None and _is_call(rest, "exp"):
        return _call(graph, book, "expm1", rest.operands[0])
    return node


def _quotient(graph: Graph, node: Operation, book: Book) -> Operation:
    above, below = node.operands
    rest = _without_number(graph, below, 1)
    if rest is not None and _is_call(rest, "exp") and not rest.host:
        if above.kind == "number" and above.data == 1:
            return _call(graph, book, "sigmoid", graph.negative(rest.operands[0]))
        if above is rest:
            return _call(graph, book, "sigmoid", rest.operands[0])
    total = _total_of(below)
    if total is not None and above is total and len(above.shape) == 1 and _is_call(above, "exp"):
        rule = next(r for r in book.named("softmax") if not r.literals)
        return graph.call(rule, above.operands[0], shape=above.shape)
    return node


def _total_of(node):
    """Return the array whose sum of all entries the operation is, else None."""
    if node.kind == "sum" and node.data is None:
        return node.operands[0]
    if node.kind == "product" and not node.shape:
        for one, other in (node.operands[:2], node.operands[:2][::-1]):
            if len(node.operands) == 2 and _is_one(one):
                return other
        if len(node.operands) == 3 and _is_one(node.operands[0]) and _is_one(node.operands[2]):
            return node.operands[1]
    return None


def _is_one(node: Operation) -> bool:
    return node.kind == "full" and node.operands[0].kind == "number" and node.operands[0].data == 1


def _logarithm(graph: Graph, node: Operation, book: Book) -> Operation:
    (inner,) = node.operands
    rest = _without_number(graph, inner, 1)
    if rest is not None and not rest.host:
        if _is_call(rest, "exp"):
            return _call(graph, book, "softplus", rest.operands[0])
        return _call(graph, book, "log1p", rest)
    if _is_call(inner, "sigmoid"):
        return graph.negative(_call(graph, book, "softplus", graph.negative(inner.operands[0])))
    total = _total_of(inner)
    if total is not None and _is_call(total, "exp"):
        argument = graph.full(total.operands[0], total.shape)
        return _call(graph, book, "logsumexp", argument, ())
    if _is_call(inner, "det") and definite(inner.operands[0]) == 2:
        return _call(graph, book, "logdet", inner.operands[0], ())
    return node


def shared_exponentials(order: list[Operation], book: Book) -> Callable:
    """Return a rule that lets softmax and logsumexp of one array share their exponentials and sums."""
    along = {}
    for node in order:
        if _is_call(node, "softmax") or _is_call(node, "logsumexp"):
            along.setdefault((node.operands[0], _axis(node)), set()).add(node.data.name)
    both = {key for key, names in along.items() if len(names) == 2}

    def rule(graph: Graph, node: Operation) -> Operation:
        if not _is_call(node, "softmax") and not _is_call(node, "logsumexp"):
            return node
        (array,), axis = node.operands, _axis(node)
        if (array, axis) not in both:
            return node
        rest = () if axis is None or len(array.shape) == 1 else (array.shape[1 - axis],)
        across = None if not rest else axis
        largest = graph.make("largest", (array,), across, rest)
        beside = largest if not rest else graph.expand(largest, axis)
        exponentials = _call(graph, book, "exp", graph.add(array, graph.negative(beside)))
        total = graph.make("sum", (exponentials,), across, rest)
        if node.data.name == "logsumexp":
            return graph.add(_call(graph, book, "log", total), largest)
        return graph.divide(exponentials, total if not rest else graph.expand(total, axis))

    return rule


def _axis(node: Operation) -> int:
    """Return the axis of a softmax or logsumexp: 0 or 1, None for the sum over all entries of a matrix."""
    literals = dict(node.data.literals)
    if "axis" in literals:
        return int(literals["axis"])
    return 0 if node.data.name == "softmax" or len(node.operands[0].shape) == 1 else None
