"""Functions of symmetric matrices, and their Fréchet derivatives, from one decomposition by eigenvalues."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .operations import is_symmetric
from .signs import definite

if TYPE_CHECKING:
    from .operations import Graph, Operation

# functions of matrices by that of the eigenvalues, and Fréchet derivatives
_FUNCTIONS = {"expm": "exp", "logm": "log", "sqrtm": "sqrt"}
_CHANGES = {"expm_frechet": "exp", "logm_frechet": "log"}
# defined for positive eigenvalues alone
_POSITIVE = frozenset({"log", "sqrt"})


def by_eigenvalues(graph: Graph, node: Operation) -> Operation:
    """Return a function of a symmetric matrix, its inverse or its derivative through the eigenvalues of that.

    The sylvester(R, R, C) of a root R = sqrtm(X) is the derivative of the root in the direction C.
    """
    if node.kind == "inverse" and node.operands[0].kind == "spectral_function":
        function = node.operands[0]
        return _function(graph, function.operands[0], function.data[0], not function.data[1])
    if node.kind != "call":
        return node
    name = node.data.name
    if name in _FUNCTIONS:
        factor = _factor(graph, node.operands[0], _FUNCTIONS[name])
        return node if factor is None else _function(graph, factor, _FUNCTIONS[name], False)
    if name in _CHANGES:
        factor = _factor(graph, node.operands[0], _CHANGES[name])
        return node if factor is None else _change(graph, factor, _CHANGES[name], node)
    if name == "sylvester" and node.operands[0] is node.operands[1]:
        root = node.operands[0]
        if root.kind == "spectral_function" and root.data == ("sqrt", False):
            return _change(graph, root.operands[0], "sqrt", node)
    return node


def by_roots(graph: Graph, node: Operation) -> Operation:
    """Return the derivative of a square root of matrices, a sylvester(R, R, C), without the system of n*n unknowns."""
    if node.kind != "call" or node.data.name != "sylvester" or node.operands[0] is not node.operands[1]:
        return node
    root = node.operands[0]
    if root.kind != "call" or root.data.name != "sqrtm" or not root.is_matrix:
        return node
    return graph.make("root_change", (root.operands[0], node.operands[2]), shape=node.shape)


def _factor(graph: Graph, matrix: Operation, function: str) -> Operation | None:
    """Return the decomposition of a matrix for a function of it, None where that is not known to be there."""
    if not is_symmetric(matrix) or not matrix.is_matrix or function in _POSITIVE and not definite(matrix):
        return None
    return graph.make("eigen", (matrix,), function in _POSITIVE, matrix.shape)


def _function(graph: Graph, factor: Operation, name: str, inverted: bool) -> Operation:
    facts = frozenset({"symmetric"} if name == "log" else {"pd"})
    return graph.make("spectral_function", (factor,), (name, inverted), factor.shape, facts)


def _change(graph: Graph, factor: Operation, name: str, node: Operation) -> Operation:
    return graph.make("spectral_change", (factor, node.operands[-1]), name, node.shape)
