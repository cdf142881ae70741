"""From a differential to the Jacobian: vec(dY) = J @ vec(dX) (Magnus & Neudecker 2019, chapter 9).

Each linear operation has a matrix: vec(A @ dX @ B) = kron(B.T, A) @ vec(dX), the commutation matrix for
a transpose, diag(vec(A)) for a Hadamard product. For columns these reduce to ordinary products.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sympy import Expr, Mul

from ..algebra.blocks import Block
from ..algebra.build import bind, build
from ..algebra.constants import commutation, eye, selector, shape_of, size_product, zero_of
from ..algebra.constructors import add, diagonal, hadamard, scale, transpose
from ..algebra.expressions import (
    ONE,
    Array,
    ArrayFunction,
    ArraySymbol,
    Diagonal,
    FrechetDerivative,
    Hadamard,
    Kronecker,
    MatMul,
    Scale,
    Sum,
    Transpose,
    Vec,
    dependent,
    is_array,
    postorder,
)
from ..algebra.indexed import IndexedSum, indexed_sum
from ..algebra.kronecker import kronecker, vec
from ..algebra.products import matmul
from ..algebra.registry import handles
from ..errors import NoRuleError
from .adjoint import gradient

if TYPE_CHECKING:
    from ..rulebook.entries import Book, Rule


def size(node: Array) -> Expr:
    """Return the number of entries of an expression, as a dimension."""
    rows, cols = shape_of(node)
    return size_product(rows, cols)


def jacobian(differential: Array, variable: ArraySymbol, book: Book) -> Array:
    """Return J, of (size of differential)×(size of variable), with vec(differential) = J @ vec(variable).

    ``variable`` is the symbol dX; ``differential``, an array or a scalar, is linear in it.
    Raises NoRuleError where an operation's matrix has no closed form in the language.
    """
    if not is_array(differential):
        return transpose(vec(gradient(differential, variable, book)))
    depends = dependent(differential, {variable})
    if differential not in depends:
        return zero_of((size(differential), size(variable)))
    matrices = _Matrices(variable, book)
    for node in postorder(differential):
        if node in depends:
            matrices.enter(node, depends)
    return matrices.of(differential)


class _Matrices:
    """The Jacobians of the nodes of a differential.

    A node with one varying operand keeps only the matrix of its operation: a product is multiplied out
    once, at its end, so that a chain of operations costs as much as it is long.
    """

    def __init__(self, variable: ArraySymbol, book: Book) -> None:
        self.variable, self.book = variable, book
        self.links, self.known = {}, {variable: eye(size(variable))}

    def enter(self, node: Expr, depends: set[Expr]) -> None:
        if node in self.known or not is_array(node):
            return
        if isinstance(node, IndexedSum):
            self.known[node] = indexed_sum(jacobian(node.args[0], self.variable, self.book), node.loop)
            return
        terms = operation_matrices(node, depends, self.book)
        if len(terms) == 1:
            self.links[node] = terms[0]
        else:
            self.known[node] = add(*[_times(outer, self.of(operand)) for outer, operand in terms])

    def of(self, node: Expr) -> Array:
        """Return the Jacobian of a node that has been entered, or of a number, which the parts of numbers need not."""
        outers, end = [], node
        while end not in self.known:
            if not is_array(end):
                self.known[end] = transpose(vec(gradient(end, self.variable, self.book)))
                break
            outer, end = self.links[end]
            outers.append(outer)
        if end is not node:
            self.known[node] = _times(_product(outers), self.known[end])
        return self.known[node]


def _product(outers: list[Expr]) -> Expr:
    scalars = [outer for outer in outers if not is_array(outer)]
    arrays = [outer for outer in outers if is_array(outer)]
    return scale(Mul(*scalars), matmul(*arrays)) if arrays else Mul(*scalars)


def _times(outer: Expr, matrix: Array) -> Array:
    if is_array(outer) and is_array(matrix):
        return matmul(outer, matrix)
    return scale(matrix, outer) if is_array(outer) else scale(outer, matrix)


def operation_matrices(node: Array, depends: set[Expr], book: Book) -> list[tuple[Expr, Expr]]:
    """Return (M, operand) for every varying operand of a linear operation, vec(dY) = sum of M @ vec(d operand).

    M is a matrix, or a scalar for scaling. Raises NoRuleError where there is none in the language.
    """
    builder = _BUILDERS.get(type(node))
    if builder is not None:
        return builder(node, depends, book)
    if isinstance(node, ArrayFunction) and node.rule.jacobians:
        return [
            (jacobian_of(node.rule, node.rule.params[i].name, node.args, book), arg)
            for i, arg in enumerate(node.args)
            if arg in depends
        ]
    if isinstance(node, FrechetDerivative):
        refuse_frechet(node)
    name = getattr(getattr(node, "rule", None), "name", type(node).__name__)
    hint = f"the gradient of a scalar needs none: sum({name}(X)) has one"
    raise NoRuleError(f"the Jacobian of {name} has no closed form in the language", hint=hint)


def refuse_frechet(node):
    """Raise NoRuleError for the differential of a matrix function that has no closed form."""
    name = getattr(getattr(node.args[0], "rule", None), "name", "matpow")
    raise NoRuleError(
        f"the derivative of {name} has no closed form in the language", hint=f"the gradient of tr({name}(X)) has one"
    )


def jacobian_of(rule: Rule, parameter: str, args: tuple[Array, ...], book: Book) -> Array:
    """Return the matrix of a linear function of the rule book for one parameter."""
    return build(rule.jacobians[parameter].right, bind(rule, args), book)


def _of_scale(node: Array, depends: set[Expr], book: Book) -> list[tuple[Expr, Expr]]:
    scalar, array = node.args
    terms = [(scalar, array)] if array in depends else []
    return [*terms, (vec(array), scalar)] if scalar in depends else terms


def _of_chain(node: Array, depends: set[Expr], book: Book) -> list[tuple[Array, Array]]:
    terms = []
    for index, factor in enumerate(node.args):
        if factor in depends:
            left = matmul(*node.args[:index]) if index else eye(factor.rows)
            right = matmul(*node.args[index + 1 :]) if index + 1 < len(node.args) else eye(factor.cols)
            terms.append((kronecker(transpose(right), left), factor))
    return terms


def _of_hadamard(node: Hadamard, depends: set[Expr], book: Book) -> list[tuple[Array, Array]]:
    return [
        (diagonal(vec(hadamard(*node.args[:i], *node.args[i + 1 :]))), factor)
        for i, factor in enumerate(node.args)
        if factor in depends
    ]


def _of_kronecker(node: Array, depends: set[Array], book: Book) -> list[tuple[Array, Array]]:
    (rule,) = book.named("kron")
    terms = []
    for index, factor in enumerate(node.args):
        if factor not in depends:
            continue
        matrix = ONE
        if index:
            matrix = jacobian_of(rule, "B", (kronecker(*node.args[:index]), factor), book)
        if index + 1 < len(node.args):
            left = kronecker(*node.args[: index + 1])
            matrix = _times(jacobian_of(rule, "A", (left, kronecker(*node.args[index + 1 :])), book), matrix)
        terms.append((matrix, factor))
    return terms


def _of_named(name: str, parameter: str) -> Callable:
    def builder(node: Array, depends: set[Expr], book: Book) -> list[tuple[Array, Array]]:
        rule = next(r for r in book.named(name) if r.params[0].name == parameter)
        return [(jacobian_of(rule, parameter, node.args, book), node.args[0])]

    return builder


def _of_block(node: Block, depends: set[Expr], book: Book) -> list[tuple[Expr, Expr]]:
    """vec of a block with the part A in the rows S and the columns R is kron(R, S) @ vec(A)."""
    terms = []
    for (above, before, part), (height, width) in zip(node.placed(), node.sizes()):
        if part in depends:
            left, right = selector(above, above + height, node.rows), selector(before, before + width, node.cols)
            terms.append((kronecker(right, left), part))
    return terms


_BUILDERS = {
    Block: _of_block,
    Transpose: lambda node, depends, book: [(commutation(node.cols, node.rows), node.args[0])],
    Sum: lambda node, depends, book: [(ONE, term) for term in node.args if term in depends],
    Scale: _of_scale,
    MatMul: _of_chain,
    Hadamard: _of_hadamard,
    Kronecker: _of_kronecker,
    Diagonal: _of_named("diag", "v"),
    Vec: _of_named("vec", "X"),
}
handles(
    "jacobian",
    _BUILDERS,
    "ArraySymbol Constant Power MatrixPower FrechetDerivative ArrayFunction ScalarFunction InnerProduct Trace "
    "IndexedSum IndexedTotal",
)
