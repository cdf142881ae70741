"""The contraction of a bilinear expression with a covariance: the mean of D(dx, dy) over random dx and dy.

D is the second differential of a function, or a product of two differentials. A pair of neighbours in a chain becomes
a covariance (dx @ dy.T is S), a pair around a matrix a trace (dx.T @ M @ dy is tr(M @ S.T)), and where one of the two
stands in a scalar factor, the other is replaced by its covariance with that scalar. What is none of these goes through
gradients and Jacobians.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from sympy import Add, Expr, Mul

from ..algebra.build import apply
from ..algebra.constants import commutation, eye, ones, shape_of, zero_of
from ..algebra.constructors import add, diagonal, hadamard, scale, transpose
from ..algebra.expressions import (
    ONE,
    ArrayFunction,
    ArraySymbol,
    Diagonal,
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
)
from ..algebra.kronecker import kronecker, vec
from ..algebra.substitute import substitute
from ..algebra.traces import frobenius_product, trace
from ..calculus.adjoint import gradient
from ..calculus.identify import jacobian
from .covariance import Chain, Paired, Separate, Term, product

if TYPE_CHECKING:
    from ..rulebook.entries import Book

MAX_TERMS = 400


def contract(form: Expr, one: Expr, other: Expr, terms: Iterable[Term], book: Book) -> Expr:
    """Return the sum over all entries of ``form`` at unit directions, weighted with Cov(X, Y).

    ``form`` is linear in the symbol ``one``, which stands for a change of X, and in ``other``, a change of Y.
    Raises NoRuleError where there is no closed form in the language.
    """
    parts = []
    for term in terms:
        if isinstance(term, Separate):
            parts.append(substitute(form, {one: term.one, other: term.other}))
        else:
            parts.append(_Contraction(one, other, term, book).of(form))
    return add(*parts) if parts else zero_of(shape_of(form))


class _Shapeless(Exception):
    """A form that is no sum of chains: its contraction is found by differentiation."""


class _Contraction:
    def __init__(self, one: Expr, other: Expr, term: Paired, book: Book) -> None:
        self.one, self.other, self.term, self.book = one, other, term, book
        self.terms = 0

    def of(self, form: Expr) -> Expr:
        """Return the contraction of a form, an array or a scalar."""
        depends = dependent(form, {self.one}) & dependent(form, {self.other})
        if form not in depends:
            return zero_of(shape_of(form))
        try:
            return self._structural(form)
        except _Shapeless:
            return self._by_derivatives(form)

    def _has(self, node: Expr) -> tuple[bool, bool]:
        depends = dependent(node, {self.one}), dependent(node, {self.other})
        return node in depends[0], node in depends[1]

    def _structural(self, node: Expr) -> Expr:
        if isinstance(node, (Sum, Add)):
            return add(*[self._structural(part) for part in node.args])
        if isinstance(node, (Scale, Mul)):
            return self._factors(node)
        if isinstance(node, (MatMul, InnerProduct)):
            return self._chain(node.args)
        if isinstance(node, Hadamard):
            return self._entrywise(node.args)
        if isinstance(node, Transpose):
            return transpose(self._structural(node.args[0]))
        if isinstance(node, (Diagonal, Vec, Trace)):
            wrap = {Diagonal: diagonal, Vec: vec, Trace: trace}[type(node)]
            return wrap(self._structural(node.args[0]))
        if isinstance(node, Kronecker) and all(factor.is_column for factor in node.args):
            return self._kronecker(node.args)
        if isinstance(node, Kronecker):
            return self._column_and_row(node.args)
        if isinstance(node, (ArrayFunction, ScalarFunction)) and node.rule.linear:
            places = [i for i, arg in enumerate(node.args) if any(self._has(arg))]
            if len(places) == 1 and node.rule.params[places[0]].name in node.rule.linear:
                (place,) = places
                inner = self._structural(node.args[place])
                return apply(node.rule, *node.args[:place], inner, *node.args[place + 1 :])
        raise _Shapeless

    def _factors(self, node: Expr) -> Expr:
        """A product with scalars: both changes in one factor, or one of them in a scalar."""
        found = [(i, *self._has(factor)) for i, factor in enumerate(node.args)]
        both = [i for i, first, second in found if first and second]
        if both:
            rest = [arg for i, arg in enumerate(node.args) if i != both[0]]
            return _scaled(rest, self._structural(node.args[both[0]]))
        (first,) = [i for i, has, _ in found if has]
        (second,) = [i for i, _, has in found if has]
        one, other = node.args[first], node.args[second]
        rest = [arg for i, arg in enumerate(node.args) if i not in (first, second)]
        if not is_array(one) and not is_array(other):
            moved = self.term.moved(self._weight(one, self.one))
            return _scaled(rest, frobenius_product(moved, self._weight(other, self.other)))
        if not is_array(one):
            return _scaled(rest, substitute(other, {self.other: self.term.moved(self._weight(one, self.one))}))
        moved = self.term.swapped().moved(self._weight(other, self.other))
        return _scaled(rest, substitute(one, {self.one: moved}))

    def _weight(self, scalar: Expr, change: Expr) -> Expr:
        return gradient(scalar, change, self.book) if is_array(change) else substitute(scalar, {change: ONE})

    def _kronecker(self, columns: Sequence[Expr]) -> Expr:
        """kron(a, b, c) = kron(a, I, c) @ b for columns, and kron(b, c) = vec(c @ b.T)."""
        found = [(i, *self._has(factor)) for i, factor in enumerate(columns)]
        varying = [i for i, first, second in found if first or second]
        rest = [eye(column.rows) if i in varying else column for i, column in enumerate(columns)]
        if len(varying) == 1:
            return product(kronecker(*rest), self._structural(columns[varying[0]]))
        first, second = (columns[i] for i in varying)
        pair = vec(self._structural(product(second, transpose(first))))
        return pair if len(columns) == 2 else product(kronecker(*rest), pair)

    def _column_and_row(self, factors: Sequence[Expr]) -> Expr:
        """kron(r.T, A, b) = kron(A, b) @ kron(r.T, I), and kron(a@b.T, c@d.T) = kron(a, c) @ kron(b, d).T."""
        found = [self._has(factor) for factor in factors]
        both = [i for i, (first, second) in enumerate(found) if first and second]
        if both:
            return kronecker(*factors[: both[0]], self._structural(factors[both[0]]), *factors[both[0] + 1 :])
        split = [_column_times_row(factor, any(found[i])) for i, factor in enumerate(factors)]
        outer, inner = kronecker(*[column for column, _ in split]), kronecker(*[row for _, row in split])
        has = self._has(outer), self._has(inner)
        for place, other in ((0, 1), (1, 0)):
            if all(has[place]) and not any(has[other]):
                value = self._structural((outer, inner)[place])
                return product(value, inner) if place == 0 else product(outer, value)
        if has not in (((True, False), (False, True)), ((False, True), (True, False))):
            raise _Shapeless
        varying = (self.one, self.other) if has[0][0] else (self.other, self.one)
        sides = _beside(outer, varying[0]), _beside(transpose(inner), varying[1])
        if sides[0] is None or sides[1] is None:
            raise _Shapeless
        return self._of_sides(sides[0], sides[1])

    # -- chains ------------------------------------------------------------------------------------------------------

    def _chain(self, factors: Sequence[Expr]) -> Expr:
        found = [(i, *self._has(factor)) for i, factor in enumerate(factors)]
        both = [i for i, first, second in found if first and second]
        if both:
            (place,) = both
            return product(*factors[:place], self._structural(factors[place]), *factors[place + 1 :])
        start, end = sorted(i for i, first, second in found if first or second)
        swapped = next(first for i, first, _ in found if i == start) is False
        return self._pair(factors, start, end, swapped)

    def _pair(self, factors: Sequence[Expr], start: int, end: int, swapped: bool) -> Expr:
        varying = (self.other, self.one) if swapped else (self.one, self.other)
        for place in (start, end):
            opened = _opened(factors[place], varying[place != start])
            if opened is not None:
                return self._structural(product(*factors[:place], *opened, *factors[place + 1 :]))
            parts = _summands(factors[place])
            if parts is not None:
                self._count(len(parts))
                return add(*[self._structural(_with(factors, place, part)) for part in parts])
        left, right = factors[:start], factors[end + 1 :]
        middle = product(*factors[start + 1 : end]) if end > start + 1 else _identity(factors[start])
        one, other = factors[start], factors[end]
        term: Paired = self.term.swapped() if swapped else self.term
        if _is_leaf(one) and _is_leaf(other):
            contracted = term.between(isinstance(one, Transpose), middle, isinstance(other, Transpose))
            return product(*left, contracted, *right)
        if isinstance(one, Diagonal) and isinstance(other, Diagonal):
            outer = self._structural(product(one.args[0], transpose(other.args[0])))
            return product(*left, hadamard(middle, outer), *right)
        if isinstance(one, Diagonal):
            rest = product(*factors[start + 1 :])
            column = one.args[0]
            wide = product(column, ones(ONE, rest.cols)) if rest.cols != 1 else column
            return product(*left, self._structural(hadamard(wide, rest)))
        if isinstance(other, Diagonal):
            turned = [transpose(factor) for factor in reversed(factors)]
            return transpose(self._structural(product(*turned)))
        if end == start + 1:
            sides = _beside(one, varying[0]), _beside(transpose(other), varying[1])
            if sides[0] is not None and sides[1] is not None:
                return product(*left, self._of_sides(sides[0], sides[1]), *right)
        if isinstance(one, Vec) and isinstance(other, Transpose) and isinstance(other.args[0], Vec) and not swapped:
            first = jacobian(one.args[0], self.one, self.book)
            second = jacobian(other.args[0].args[0], self.other, self.book)
            if end == start + 1:
                return product(*left, first, self.term.of_vecs(), transpose(second), *right)
        raise _Shapeless

    def _of_sides(self, one: tuple[Expr, Expr, Expr], other: tuple[Expr, Expr, Expr]) -> Expr:
        """kron(A, b) @ kron(C.T, d.T) = kron(A @ C.T, b @ d.T), with commutation matrices on both sides."""
        (front, first, column), (back, second, line) = one, other
        pair = self._structural(product(column, transpose(line)))
        return product(front, kronecker(product(first, transpose(second)), pair), transpose(back))

    def _count(self, terms: int) -> None:
        self.terms += terms
        if self.terms > MAX_TERMS:
            raise _Shapeless

    # -- entry by entry ----------------------------------------------------------------------------------------------

    def _entrywise(self, factors: Sequence[Expr]) -> Expr:
        found = [(i, *self._has(factor)) for i, factor in enumerate(factors)]
        both = [i for i, first, second in found if first and second]
        rest = [factor for i, factor in enumerate(factors) if not found[i][1] and not found[i][2]]
        if both:
            return hadamard(*rest, self._structural(factors[both[0]]))
        (first,) = [i for i, has, _ in found if has]
        (second,) = [i for i, _, has in found if has]
        pairs = [
            self._entry_pair(one, other)
            for one in self._chains(factors[first], self.one)
            for other in self._chains(factors[second], self.other)
        ]
        value = add(*pairs)
        return hadamard(*rest, value) if rest else value

    def _entry_pair(self, one: Chain | tuple[Expr, Expr], other: Chain | tuple[Expr, Expr]) -> Expr:
        if isinstance(one, Chain):
            if isinstance(other, Chain):
                return self.term.entrywise(one, other)
            (scalar, array), chain = other, one
            moved = self.term.swapped().moved(self._weight(scalar, self.other))
        elif isinstance(other, Chain):
            (scalar, array), chain = one, other
            moved = self.term.moved(self._weight(scalar, self.one))
        else:
            raise _Shapeless
        turned = product(chain.left, transpose(moved) if chain.turned else moved, chain.right)
        return hadamard(array, scale(chain.factor, turned))

    def _chains(self, node: Expr, change: Expr) -> list[Chain | tuple[Expr, Expr]]:
        """Return an array linear in a change as chains A @ dX @ B, and as (scalar, array) pairs."""
        if isinstance(node, Sum):
            self._count(len(node.args))
            return [chain for part in node.args for chain in self._chains(part, change)]
        rows, cols = shape_of(node)
        if _is_leaf(node):
            return [Chain(ONE, eye(rows), isinstance(node, Transpose), eye(cols))]
        if isinstance(node, Scale):
            scalar, array = node.args
            if scalar in dependent(scalar, {change}):
                return [(scalar, array)]
            return [_times(scalar, chain) for chain in self._chains(array, change)]
        if isinstance(node, MatMul):
            (place,) = [i for i, factor in enumerate(node.args) if factor in dependent(factor, {change})]
            inner = self._chains(node.args[place], change)
            left, right = product(*node.args[:place]), product(*node.args[place + 1 :])
            return [_within(left, chain, right) for chain in inner]
        raise _Shapeless

    # -- what is no chain --------------------------------------------------------------------------------------------

    def _by_derivatives(self, form: Expr) -> Expr:
        """Return the trace of the map from dy to the covariance with the gradient by dx; of arrays, entry by entry."""
        if is_array(form):
            probe = ArraySymbol("d probe", *form.shape)
            return gradient(self.of(frobenius_product(probe, form)), probe, self.book)
        weight = self._weight(form, self.one)
        moved = self.term.moved(weight)
        if not is_array(self.other):
            return substitute(moved, {self.other: ONE})
        return trace(jacobian(moved, self.other, self.book))


def _summands(factor: Expr) -> list[Expr] | None:
    """Return the terms of a factor that is a sum, also within diag and vec; None for others."""
    if isinstance(factor, Sum):
        return list(factor.args)
    if isinstance(factor, Transpose):
        parts = _summands(factor.args[0])
        return None if parts is None else [transpose(part) for part in parts]
    if isinstance(factor, Vec) and isinstance(factor.args[0], Sum):
        return [vec(part) for part in factor.args[0].args]
    return None


def _opened(factor: Expr, change: Expr) -> list[Expr] | None:
    """Return kron(a, b, c) of columns, in one of which the change stands, as [kron(a, I, c), b]; None for others."""
    if isinstance(factor, Transpose) or factor.is_row:
        inner = _opened(transpose(factor), change) if factor.is_row and not _is_leaf(factor) else None
        return None if inner is None else [transpose(part) for part in reversed(inner)]
    if not isinstance(factor, Kronecker) or not all(column.is_column for column in factor.args):
        return None
    varying = [i for i, column in enumerate(factor.args) if column in dependent(column, {change})]
    if len(varying) != 1:
        return None
    (place,) = varying
    rest = [eye(column.rows) if i == place else column for i, column in enumerate(factor.args)]
    return [kronecker(*rest), factor.args[place]]


def _column_times_row(factor: Expr, varies: bool) -> tuple[Expr, Expr]:
    """Return (column, row) of a factor of a Kronecker product, or (A, I) for one without changes."""
    if factor.is_column:
        return factor, ONE
    if factor.is_row:
        return ONE, factor
    if isinstance(factor, MatMul):
        for place in range(1, len(factor.args)):
            if factor.args[place - 1].is_column:
                return product(*factor.args[:place]), product(*factor.args[place:])
    if varies:
        raise _Shapeless
    return factor, eye(factor.cols)


def _beside(factor: Expr, change: Expr) -> tuple[Expr, Expr, Expr] | None:
    """Return kron(A, b) or kron(b, A), where the change stands in the column b, as (K, A, b): K @ kron(A, b)."""
    if not isinstance(factor, Kronecker) or len(factor.args) != 2:
        return None
    varying = [part in dependent(part, {change}) for part in factor.args]
    column, matrix = factor.args if varying[0] else factor.args[::-1]
    if varying[0] == varying[1] or not column.is_column:
        return None
    return commutation(column.rows, matrix.rows) if varying[0] else eye(factor.rows), matrix, column


def _is_leaf(node: Expr) -> bool:
    return isinstance(node, ArraySymbol) or isinstance(node, Transpose) and isinstance(node.args[0], ArraySymbol)


def _with(factors: Sequence[Expr], place: int, part: Expr) -> Expr:
    return product(*factors[:place], part, *factors[place + 1 :])


def _identity(factor: Expr) -> Expr:
    return eye(factor.cols)


def _times(scalar: Expr, chain: Chain | tuple[Expr, Expr]) -> Chain | tuple[Expr, Expr]:
    if isinstance(chain, Chain):
        return Chain(scalar * chain.factor, chain.left, chain.turned, chain.right)
    return chain[0], scale(scalar, chain[1])


def _within(left: Expr, chain: Chain | tuple[Expr, Expr], right: Expr) -> Chain | tuple[Expr, Expr]:
    if isinstance(chain, Chain):
        return Chain(chain.factor, product(left, chain.left), chain.turned, product(chain.right, right))
    return chain[0], product(left, chain[1], right)


def _scaled(scalars: Sequence[Expr], node: Expr) -> Expr:
    """Return the product of a few factors of which one may be an array."""
    for factor in scalars:
        node = scale(factor, node) if not is_array(factor) else scale(node, factor)
    return node
