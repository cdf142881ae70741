"""What is known of how two random arrays vary together: terms of a covariance, entry by entry."""

from __future__ import annotations

from dataclasses import dataclass

from sympy import Expr

from ..algebra.build import apply
from ..algebra.constants import commutation, shape_of
from ..algebra.constructors import hadamard, scale, transpose
from ..algebra.expressions import ONE, is_array
from ..algebra.kronecker import kronecker
from ..algebra.products import matmul
from ..algebra.traces import frobenius_product
from ..rulebook.files import standard_rules


@dataclass(frozen=True)
class Straight:
    """Cov(X[a, b], Y[c, d]) = left[a, c]*right[b, d]: of columns with a covariance matrix, of matrix normal arrays."""

    left: Expr
    right: Expr = ONE

    def swapped(self) -> Straight:
        """Return Cov(Y, X)."""
        return Straight(transpose(self.left), transpose(self.right))

    def moved(self, weight: Expr) -> Expr:
        """Return the sum of weight[a, b]*Cov(X[a, b], Y), shaped like Y."""
        return product(transpose(self.left), weight, self.right)

    def between(self, turned: bool, middle: Expr, other_turned: bool) -> Expr:
        """Return the contraction of X @ middle @ Y, where X and Y may be transposed."""
        left, right = (self.right, self.left) if turned else (self.left, self.right)
        if turned == other_turned:
            return product(left, transpose(middle), right)
        return scale(frobenius_product(middle, right), left)

    def entrywise(self, one: Chain, other: Chain) -> Expr:
        """Return the contraction of (A @ X @ B) * (C @ Y @ D), chains of which X and Y may be transposed."""
        left, right = (self.right, self.left) if one.turned else (self.left, self.right)
        if one.turned == other.turned:
            return _rank_one(one, left, right, other)
        return _crossed(one, left, right, other)

    def of_vecs(self) -> Expr:
        """Return Cov(vec(X), vec(Y))."""
        return kronecker(self.right, self.left)


@dataclass(frozen=True)
class Crossed:
    """Cov(X[a, b], Y[c, d]) = left[a, d]*right[b, c], the other half of what a symmetric random matrix has."""

    left: Expr
    right: Expr

    def swapped(self) -> Crossed:
        """Return Cov(Y, X)."""
        return Crossed(transpose(self.right), transpose(self.left))

    def moved(self, weight: Expr) -> Expr:
        """Return the sum of weight[a, b]*Cov(X[a, b], Y), shaped like Y."""
        return product(transpose(self.right), transpose(weight), self.left)

    def between(self, turned: bool, middle: Expr, other_turned: bool) -> Expr:
        """Return the contraction of X @ middle @ Y, where X and Y may be transposed."""
        left, right = (self.right, self.left) if turned else (self.left, self.right)
        if turned == other_turned:
            return scale(frobenius_product(middle, right), left)
        return product(left, transpose(middle), right)

    def entrywise(self, one: Chain, other: Chain) -> Expr:
        """Return the contraction of (A @ X @ B) * (C @ Y @ D), chains of which X and Y may be transposed."""
        left, right = (self.right, self.left) if one.turned else (self.left, self.right)
        if one.turned != other.turned:
            return _rank_one(one, left, right, other)
        return _crossed(one, left, right, other)

    def of_vecs(self) -> Expr:
        """Return Cov(vec(X), vec(Y))."""
        rows, cols = shape_of(self.left)[1], shape_of(self.right)[1]
        return product(kronecker(self.right, self.left), commutation(cols, rows))


@dataclass(frozen=True)
class Separate:
    """Cov(X[a, b], Y[c, d]) = one[a, b]*other[c, d]."""

    one: Expr
    other: Expr

    def moved(self, weight: Expr) -> Expr:
        """Return the sum of weight[a, b]*Cov(X[a, b], Y), shaped like Y."""
        return scale(frobenius_product(weight, self.one), self.other)


Paired = Straight | Crossed
Term = Paired | Separate


@dataclass(frozen=True)
class Chain:
    """factor * left @ X @ right, where X is transposed if ``turned``."""

    factor: Expr
    left: Expr
    turned: bool
    right: Expr


def product(*factors: Expr) -> Expr:
    """Return the matrix product of arrays, which scalars among them scale."""
    scalars = [factor for factor in factors if not is_array(factor)]
    arrays = [factor for factor in factors if is_array(factor)]
    value = matmul(*arrays) if arrays else ONE
    for scalar in scalars:
        value = scale(scalar, value)
    return value


def _rank_one(one: Chain, left: Expr, right: Expr, other: Chain) -> Expr:
    rows = diagonal_of(product(one.left, left, transpose(other.left)))
    cols = diagonal_of(product(transpose(one.right), right, other.right))
    return scale(one.factor * other.factor, product(rows, transpose(cols)))


def _crossed(one: Chain, left: Expr, right: Expr, other: Chain) -> Expr:
    first = product(one.left, left, other.right)
    second = product(other.left, transpose(right), one.right)
    value = hadamard(first, second) if is_array(first) and is_array(second) else scale(first, second)
    return scale(one.factor * other.factor, value)


def diagonal_of(node: Expr) -> Expr:
    """Return the diagonal of a square array as a column; a scalar is its own."""
    if not is_array(node):
        return node
    (rule,) = [rule for rule in standard_rules() if rule.id == "diag(X)"]
    turned = transpose(node)
    first = min(node, turned, key=lambda array: (array.transposes, array.key))
    return apply(rule, first)
