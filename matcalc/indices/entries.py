"""The entries of an expression that is linear in every direction: each direction's entry is a product of deltas.

Differentiated along the unit array that is 1 at k, l, an expression is its derivative by X[k, l]. So a derivative of
any order is linear in one direction for each index, and its entries are found by the entries of sums, products and
the other linear operations; what no direction occurs in keeps its name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from sympy import Add, Expr, Mul

from ..algebra.expressions import (
    ONE,
    ArrayFunction,
    Diagonal,
    FrechetDerivative,
    Hadamard,
    InnerProduct,
    Kronecker,
    MatMul,
    ScalarFunction,
    Scale,
    Sum,
    Trace,
    Transpose,
    Vec,
    dependent,
    is_array,
    postorder,
)
from ..algebra.indexed import IndexedSum, IndexedTotal
from ..calculus.adjoint import adjoint_of, gradient
from ..calculus.identify import jacobian, jacobian_of, operation_matrices, refuse_frechet
from ..errors import LimitError
from .terms import Factor, Group, Index, Splits, Term, axes_of, axis, products, traced

if TYPE_CHECKING:
    from ..rulebook.entries import Book

MAX_TERMS = 5_000


class Entries:
    """Finds the terms of an expression's entries; ``directions`` maps the directions to the indices of their axes."""

    def __init__(self, root: Expr, directions: Mapping[Expr, tuple[Group, Group]], splits: Splits, book: Book) -> None:
        self.root, self.directions, self.splits, self.book = root, directions, splits, book
        self.depends = dependent(root, directions)

    def of(self, node: Expr, rows: Group = (), cols: Group = ()) -> list[Term]:
        """Return the terms of the entry of a node at given indices. Raises NoRuleError and LimitError."""
        if node not in self.depends:
            return [Term(ONE, (Factor(node, rows, cols),))] if is_array(node) else [Term(node)]
        if node in self.directions:
            (own_rows, own_cols) = self.directions[node]
            pairs = [(rows, own_rows), (cols, own_cols)]
            return [Term(ONE, (), tuple(pair for pair in pairs if pair[0] or pair[1]))]
        handler: Any = _HANDLERS.get(type(node), _of_other)
        found = handler(self, node, rows, cols)
        if len(found) > MAX_TERMS:
            raise LimitError(
                f"the index form has more than {MAX_TERMS} terms", hint="take a direction: --along u, or a lower order"
            )
        return found

    def renewed(self, node: Expr) -> Entries:
        """Return the finder for an expression that is no part of the root."""
        return Entries(node, self.directions, self.splits, self.book)


def _of_sum(entries: Entries, node: Expr, rows: Group, cols: Group) -> list[Term]:
    return [term for part in node.args for term in entries.of(part, rows, cols)]


def _of_scalars(entries: Entries, node: Expr, rows: Group, cols: Group) -> list[Term]:
    return products(entries.of(factor) for factor in node.args)


def _of_scale(entries: Entries, node: Expr, rows: Group, cols: Group) -> list[Term]:
    return products([entries.of(node.args[0]), entries.of(node.args[1], rows, cols)])


def _of_chain(entries: Entries, node: Expr, rows: Group, cols: Group) -> list[Term]:
    """The entry of a product is the sum over all its inner indices."""
    inner = [axis(factor.cols) for factor in node.args[:-1]]
    bound = Term(bound=tuple(index for group in inner for index in group if isinstance(index, Index)))
    places = zip(node.args, [rows, *inner], [*inner, cols])
    return products([[bound], *[entries.of(factor, above, below) for factor, above, below in places]])


def _of_hadamard(entries: Entries, node: Expr, rows: Group, cols: Group) -> list[Term]:
    return products(entries.of(factor, rows, cols) for factor in node.args)


def _of_kronecker(entries: Entries, node: Expr, rows: Group, cols: Group) -> list[Term]:
    above = entries.splits.split(rows, [factor.rows for factor in node.args])
    below = entries.splits.split(cols, [factor.cols for factor in node.args])
    return products(entries.of(*place) for place in zip(node.args, above, below))


def _of_diagonal(entries: Entries, node: Expr, rows: Group, cols: Group) -> list[Term]:
    return products([[Term(deltas=((rows, cols),))], entries.of(node.args[0], rows)])


def _of_vec(entries: Entries, node: Expr, rows: Group, cols: Group) -> list[Term]:
    (inner,) = node.args
    right, left = entries.splits.split(rows, [inner.cols, inner.rows])
    return entries.of(inner, left, right)


def _of_trace(entries: Entries, node: Expr, rows: Group, cols: Group) -> list[Term]:
    index = Index(node.args[0].rows)
    return products([[Term(bound=(index,))], entries.of(node.args[0], (index,), (index,))])


def _of_other(entries: Entries, node: Expr, rows: Group, cols: Group) -> list[Term]:
    """A linear function of the rule book by its matrix: vec(Y) = J @ vec(A)."""
    if isinstance(node, FrechetDerivative):
        refuse_frechet(node)
    if isinstance(node, (IndexedSum, IndexedTotal)):
        return _of_indexed(entries, node, rows, cols)
    if isinstance(node, (ArrayFunction, ScalarFunction)):
        rule = node.rule
        if rule.name == "ptrace":
            index, above, below = traced(node, rows, cols)
            return products([[Term(bound=(index,))], entries.of(node.args[0], above, below)])
        for parameter, arg in zip(rule.params, node.args):
            if parameter.name in rule.linear and arg in entries.depends:
                if isinstance(node, ScalarFunction):
                    return _weighted(entries, adjoint_of(rule, parameter.name, node.args, ONE, entries.book), arg)
                matrix = jacobian_of(rule, parameter.name, node.args, entries.book)
                return _through(entries, matrix, arg, rows, cols)
    found: list[Term] = []
    for matrix, operand in operation_matrices(node, entries.depends, entries.book):
        found += _through(entries, matrix, operand, rows, cols)
    return found


def _of_indexed(entries: Entries, node: Expr, rows: Group, cols: Group) -> list[Term]:
    """A sum over an index that is linear in one of the directions, by its matrix."""
    direction = next(part for part in postorder(node) if part in entries.directions)
    if is_array(node):
        return _through(entries, jacobian(node, direction, entries.book), direction, rows, cols)
    return _weighted(entries, gradient(node, direction, entries.book), direction)


def _through(entries: Entries, matrix: Expr, arg: Expr, rows: Group, cols: Group) -> list[Term]:
    if not is_array(matrix):
        return products([entries.renewed(matrix).of(matrix), entries.of(arg, rows, cols)])
    above, below = axes_of(arg)
    inner = tuple(index for index in (*below, *above) if isinstance(index, Index))
    outer = entries.renewed(matrix).of(matrix, (*cols, *rows), inner)
    return products([[Term(bound=inner)], outer, entries.of(arg, above, below)])


def _weighted(entries: Entries, weights: Expr, arg: Expr) -> list[Term]:
    above, below = axes_of(arg)
    inner = tuple(index for index in (*above, *below) if isinstance(index, Index))
    outer = entries.renewed(weights).of(weights, above, below)
    return products([[Term(bound=inner)], outer, entries.of(arg, above, below)])


_HANDLERS: dict[type, Callable] = {
    Sum: _of_sum,
    Add: _of_sum,
    Mul: _of_scalars,
    Scale: _of_scale,
    MatMul: _of_chain,
    InnerProduct: _of_chain,
    Hadamard: _of_hadamard,
    Kronecker: _of_kronecker,
    Diagonal: _of_diagonal,
    Vec: _of_vec,
    Transpose: lambda entries, node, rows, cols: entries.of(node.args[0], cols, rows),
    Trace: _of_trace,
}
