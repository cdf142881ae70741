"""Shorter names for what the derivatives of spectral functions are made of.

V@diag(exp(eigvals(X)))@V.T with V = eigvecs(X) is expm(X), svdu(X)@svdv(X).T is polar(X), and the trace of a Fréchet
derivative with a matrix that commutes with its argument needs none. Every rewrite leaves fewer such functions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...algebra.build import call
from ...algebra.constants import eye, is_constant
from ...algebra.constructors import add, scale, transpose
from ...algebra.expressions import (
    Array,
    ArrayFunction,
    ArraySymbol,
    Diagonal,
    Hadamard,
    MatMul,
    Power,
    ScalarNode,
    Scale,
    Sum,
    Trace,
    Transpose,
    is_array,
    postorder,
)
from ...algebra.products import matmul, matrix_power
from ...algebra.substitute import rewrite
from ...algebra.traces import frobenius_product
from ...language.syntax import Call
from ..adjoint import adjoint_of

if TYPE_CHECKING:
    from sympy import Expr

    from ...rulebook.entries import Book


def of_product(node: Array, book: Book) -> MatMul:
    """Return a matrix product with the spectral decompositions in it written as functions of the matrix itself."""
    factors = node.args
    for index, factor in enumerate(factors):
        if not _is_call(factor, "eigvecs", "svdu"):
            continue
        for width in (3, 2):
            found = _whole(factors[index : index + width], book)
            if found is not None:
                return matmul(*factors[:index], found, *factors[index + width :])
    return node


def _whole(factors: tuple[Array, ...], book: Book) -> ArraySymbol | None:
    """Return what V@diag(c)@V.T, U@diag(s)@W.T or U@W.T is as a function of the matrix, else None."""
    first, last = factors[0], factors[-1]
    if len(factors) == 3 and not isinstance(factors[1], Diagonal) or not isinstance(last, Transpose):
        return None
    other, matrix = last.args[0], first.args[0]
    if _is_call(first, "eigvecs") and other is first and len(factors) == 3:
        return _matrix_function(factors[1].args[0], call(book, "eigvals", matrix), matrix, book)
    if _is_call(first, "svdu") and _is_call(other, "svdv") and other.args[0] is matrix:
        if len(factors) == 2:
            return call(book, "polar", matrix)
        return matrix if factors[1].args[0] is call(book, "svdvals", matrix) else None
    return None


def _matrix_function(column, values, matrix, book):
    """Return f(X) where the column is f(eigvals(X)) for a function f that has a name for matrices, else None."""
    made = {}
    for node in postorder(column):
        made[node] = _with_matrix(node, made, values, matrix, book) if is_array(node) else node
    return made[column]


def _with_matrix(node, made, values, matrix, book):
    if node is values:
        return matrix
    if is_constant(node, "ones"):
        return eye(matrix.rows)
    if not isinstance(node, (Scale, Sum, Hadamard, Power, ArrayFunction)) or any(
        made[arg] is None for arg in node.args
    ):
        return None
    args = [made[arg] for arg in node.args]
    if isinstance(node, Power):
        return _power(*args, book)
    if isinstance(node, ArrayFunction):
        name = _for_matrices(node.rule.name, book)
        return call(book, name, *args) if name else None
    return {Scale: scale, Sum: add, Hadamard: matmul}[type(node)](*args)


def _for_matrices(name: str, book: Book) -> str | None:
    """Return the function of matrices whose value for a scalar is a function by its name: expm for exp."""
    for rule in book.rules:
        if rule.matrix_function and isinstance(rule.scalar, Call) and rule.scalar.function == name:
            return rule.name
    return None


def _power(matrix, exponent, book):
    if is_array(exponent):
        return None
    if exponent.is_Integer:
        return matrix_power(matrix, exponent)
    root = call(book, "sqrtm", matrix)
    return matrix_power(root, 2 * exponent) if (2 * exponent).is_Integer else None


def without_differentials(root: Expr, book: Book) -> Expr:
    """Return an expression with tr(C@L(X, E)), where C commutes with X, as tr(f'(X)@C@E).

    By the adjoints of the rules (Higham 2008, Functions of Matrices, 3.2).
    """
    return rewrite(root, lambda node: _of_trace(node, book) if isinstance(node, Trace) else node)


def _of_trace(node: ScalarNode, book: Book) -> ScalarNode:
    factors = node.args[0].args if isinstance(node.args[0], MatMul) else node.args
    for index, factor in enumerate(factors):
        if not isinstance(factor, ArrayFunction) or factor.rule.commutative is None:
            continue
        others = (*factors[index + 1 :], *factors[:index])
        (parameter,) = factor.rule.linear
        place = [p.name for p in factor.rule.params].index(parameter)
        around = transpose(matmul(*others)) if others else eye(factor.rows)
        share = adjoint_of(factor.rule, parameter, factor.args, around, book)
        if not any(isinstance(part, ArrayFunction) and part.rule is factor.rule for part in postorder(share)):
            return frobenius_product(share, factor.args[place])
    return node


def _is_call(node: Array, *names: str) -> bool:
    return isinstance(node, ArrayFunction) and node.rule.name in names
