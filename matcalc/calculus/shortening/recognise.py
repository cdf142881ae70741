"""Compositions that have a name of their own: those of the rule book's lines, adj, pinv, functions of a matrix.

Each rewrite replaces an expression by an equal one with fewer operations, so applying them ends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sympy import Expr, Mul, Pow, S
from sympy.core.function import Function

from ...algebra.build import call
from ...algebra.constants import is_constant
from ...algebra.constructors import diagonal, hadamard, scale, transpose
from ...algebra.expressions import (
    Array,
    ArrayFunction,
    ArraySymbol,
    Hadamard,
    InnerProduct,
    MatMul,
    MatrixPower,
    Power,
    ScalarFunction,
    Scale,
    Trace,
)
from ...algebra.products import matmul, matrix_power
from ...algebra.traces import trace
from .identities import replace_factor, shortened_call, shortened_product
from .spectral import of_product

if TYPE_CHECKING:
    from ...rulebook.entries import Book


def recognise(node: Expr, book: Book, inverses: bool = True) -> Expr:
    """Return an equal expression in which the outermost operations have a name of their own, where they do.

    ``inverses``: also pinv and adj, whose differentials ask for more than those of what they replace.
    """
    if isinstance(node, (ArrayFunction, ScalarFunction, Function)):
        return shortened_call(node, book)
    rewrite = _REWRITES.get(type(node))
    if not inverses and rewrite in (_product, _pseudoinverse, _scaled):
        rewrite = _shortened if rewrite is _scaled else None
    return rewrite(node, book) if rewrite is not None else node


def _function(node: Expr, name: str) -> bool:
    return isinstance(node, (ArrayFunction, ScalarFunction)) and node.rule.name == name


def _elementwise_product(node: Hadamard, book: Book) -> Array:
    """An elementwise product with an identity matrix is diagonal; else the lines of the rule book."""
    factors = list(node.args)
    if any(is_constant(f, "eye") for f in factors):
        rest = hadamard(*[f for f in factors if not is_constant(f, "eye")])
        return diagonal(call(book, "diag", rest))
    return _shortened(node, book)


def _shortened(node: Expr, book: Book) -> Expr:
    """The lines ``short for`` and ``shortens`` of the rule book, one after the other."""
    shorter = shortened_product(node, book)
    return node if shorter == node else recognise(shorter, book)


def _scalar_product(node: Expr, book: Book) -> Expr:
    """det(X)*tr(inv(X)) is tr(adj(X)); else the lines of the rule book."""
    for factor in node.args:
        if isinstance(factor, Trace):
            adjugate = _adjugate(node, factor.args[0], book)
            if adjugate is not None:
                return Mul(node / factor / adjugate[0], trace(adjugate[1]))
    return _shortened(node, book)


# -- products ---------------------------------------------------------------------------------------------


def _adjugate(scalar, array, book):
    """Return (det(X), the array with adj(X) for inv(X)) where det(X) is a factor of the scalar, or None.

    For a plain name det(X)*inv(X) stays, as textbooks have it.
    """
    for factor in Mul.make_args(scalar):
        if not _function(factor, "det") or isinstance(factor.args[0], ArraySymbol):
            continue
        (matrix,) = factor.args
        for form in (matrix, transpose(matrix)):
            replaced = replace_factor(array, matrix_power(form, S.NegativeOne), call(book, "adj", form))
            if replaced is not None:
                return factor, replaced
    return None


def _scaled(node: Array, book: Book) -> Scale:
    """det(X)*inv(X) is adj(X); else the lines of the rule book."""
    scalar, array = node.args
    adjugate = _adjugate(scalar, array, book)
    if adjugate is not None:
        return recognise(scale(scalar / adjugate[0], adjugate[1]), book)
    return _shortened(node, book)


def _product(node: Array, book: Book) -> MatMul:
    found = of_product(node, book)
    return _pseudoinverse(found, book) if isinstance(found, MatMul) else found


def _pseudoinverse(node: Expr, book: Book) -> Expr:
    """inv(X.T@X) @ X.T is pinv(X), where the inverse exists (Golub & Van Loan 2013, 5.5.2)."""
    factors = list(node.args)
    for index in range(len(factors) - 1):
        for inverse, other, flip in (
            (factors[index], factors[index + 1], False),
            (factors[index + 1], factors[index], True),
        ):
            matrix = _gram_factor(inverse)
            if matrix is None:
                continue
            if not flip and other is transpose(matrix):
                return matmul(*factors[:index], call(book, "pinv", matrix), *factors[index + 2 :])
            if flip and other is matrix:
                return matmul(*factors[:index], transpose(call(book, "pinv", matrix)), *factors[index + 2 :])
    return node


def _gram_factor(node):
    """Return X where the array is inv(X.T @ X) and X is not square, else None."""
    if not isinstance(node, MatrixPower) or node.args[1] != -1 or not isinstance(node.args[0], MatMul):
        return None
    factors = node.args[0].args
    half = len(factors) // 2
    if len(factors) % 2 or any(transpose(a) is not b for a, b in zip(factors[:half], reversed(factors[half:]))):
        return None
    matrix = matmul(*factors[half:])
    return None if matrix.is_square else matrix


_REWRITES = {
    Power: _shortened,
    Hadamard: _elementwise_product,
    Scale: _scaled,
    MatMul: _product,
    InnerProduct: _pseudoinverse,
    Mul: _scalar_product,
    Pow: _shortened,
}
