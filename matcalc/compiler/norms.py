"""Norms that neither overflow nor vanish by squaring; u@u.T/norm(x), u = x/norm(x), for x@x.T/norm(x)**3.

The language's norm is the root of a sum of squares, which leaves the range of floating point where the norm does not
(Blue 1978, A Portable Fortran Program to Find the Euclidean Norm of a Vector).
"""

from __future__ import annotations

from sympy import Expr, Integer

from .operations import Graph, Operation, scalars_and_arrays


def norms(graph: Graph, node: Operation) -> Operation:
    """Return an operation with odd powers of norms as such, and vectors divided by their norms as unit vectors."""
    if node.kind in ("root", "power"):
        array, exponent = _norm_power(node)
        if array is not None and exponent.is_odd:
            return graph.power(_norm(graph, array), graph.number(exponent))
    return _with_units(graph, node) if node.kind == "multiply" else node


def _norm(graph: Graph, array: Operation) -> Operation:
    return graph.make("norm", (array,))


def _norm_power(node: Operation) -> tuple[Operation | None, Expr]:
    """Return (array, k) of an operation that is norm(array)**k, else (None, 0)."""
    if node.kind == "norm":
        return node.operands[0], Integer(1)
    pair = node.kind in ("product", "inner") and not node.shape and len(node.operands) == 2
    if pair and node.operands[0] is node.operands[1]:
        return node.operands[0], Integer(2)
    if node.kind == "root" or node.kind == "power" and node.operands[1].kind == "number":
        array, below = _norm_power(node.operands[0])
        exponent = below / 2 if node.kind == "root" else below * node.operands[1].data
        if array is not None and exponent.is_Integer and exponent > 0:
            return array, exponent
    return None, Integer(0)


def _with_units(graph: Graph, node: Operation) -> Operation:
    """Return a product in which a vector meets a quotient by its norm with the unit vector in its place."""
    for factor in scalars_and_arrays(node)[0]:
        if factor.kind != "divide":
            continue
        array, count = _norm_power(factor.operands[1])
        if array is None or count < 2 or not any(_is(f, array) for f in node.operands):
            continue
        rest = list(node.operands)
        rest.remove(factor)
        unit = graph.divide(array, _norm(graph, array))
        for place, other in enumerate(rest):
            if count and _is(other, array):
                rest[place] = graph.expand(unit, other.data) if other.kind == "expand" else unit
                count -= 1
        left = graph.divide(factor.operands[0], graph.power(_norm(graph, array), graph.number(count)))
        return graph.multiply(left, *rest)
    return node


def _is(factor: Operation, array: Operation) -> bool:
    return factor is array or factor.kind == "expand" and factor.operands[0] is array
