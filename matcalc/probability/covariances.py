"""Covariances of functions of random names: linear ones for every distribution, polynomials of Gaussian names.

Two copies x and y of a Gaussian name with Cov(x, y) = S have E f(x) g(y) = exp(C) F(x) G(y) at the means, where F and
G are the expectations of f and g as functions of the mean and C contracts one differential of each with S (Mehler's
formula). So Cov(f, g) is the sum of the terms with at least one contraction, and nothing cancels. For several
independent laws the law of total covariance takes one after the other.
"""

from __future__ import annotations

from sympy import Expr, Mul, Rational

from ..algebra.constants import shape_of, zero_of
from ..algebra.constructors import add, scale, transpose
from ..algebra.expressions import ArraySymbol, dependent, is_array
from ..algebra.kronecker import vec
from ..algebra.linear import negate
from ..algebra.products import matmul
from ..algebra.substitute import substitute
from ..calculus.linearise import linearise
from ..calculus.shortening.shorten import simplify
from ..errors import NoRuleError
from ..rulebook.entries import Book
from .contract import contract
from .degree import degree
from .laws import Law, free_symbol, latent_size, needs_gaussian
from .moments import Record, changes, expectation, smoothed, substitute_size


def joined(one: Expr, other: Expr) -> Expr:
    """Return vec(one) @ vec(other).T, the products of all pairs of entries; of scalars their product."""
    if not is_array(one) and not is_array(other):
        return Mul(one, other)
    if not is_array(one) or not is_array(other):
        return scale(one, transpose(vec(other))) if not is_array(one) else scale(other, vec(one))
    return matmul(vec(one), transpose(vec(other)))


def covariance(one: Expr, other: Expr, laws: list[Law], book: Book, record: Record) -> Expr:
    """Return Cov(vec(one), vec(other)) over independent laws, those of inner names first.

    Raises NoRuleError where it does not follow from what is known.
    """
    if not laws:
        return zero_of(shape_of(joined(one, other)))
    law, *rest = laws
    within = _covariance(one, other, law, book, record)
    means = [simplify(expectation(function, law, book, Record()), book) for function in (one, other)]
    if rest and means[0] in dependent(means[0], {s for law in rest for s in law.symbols}):
        record.say("the law of total covariance: the mean of the conditional one and that of the means", None, "")
    for outer in rest:
        within = simplify(expectation(within, outer, book, record), book)
    return add(within, covariance(means[0], means[1], rest, book, record))


def _covariance(one: Expr, other: Expr, law: Law, book: Book, record: Record) -> Expr:
    variables = set(law.symbols)
    zero = zero_of(shape_of(joined(one, other)))
    if one not in dependent(one, variables) or other not in dependent(other, variables):
        return zero
    record.require(*law.where[1:])
    orders = degree(one, variables), degree(other, variables)
    if orders == (1, 1):
        value = substitute(contracted(one, other, law, book), law.at_mean)
        record.say("linear: the differentials contracted with the covariance", value, "Matrix Cookbook, linear forms")
        return value
    if None not in orders and law.gaussian:
        return _of_polynomials(one, other, law, orders, book, record)
    if None not in orders and law.latent is not None:
        inner, whole = law.latent
        copies = [substitute(function, {law.symbols[0]: whole}) for function in (one, other)]
        return substitute_size(_covariance(copies[0], copies[1], inner, book, record), latent_size(law, inner))
    if law.gaussian or law.moment is not None:
        return _as_difference(one, other, law, book, record)
    known = [order for order in orders if order is not None]
    raise needs_gaussian(law, sum(known) if len(known) == len(orders) else None)


def _as_difference(one: Expr, other: Expr, law: Law, book: Book, record: Record) -> Expr:
    means = [expectation(function, law, book, Record()) for function in (one, other)]
    both = expectation(joined(one, other), law, book, record)
    record.say("Cov(f, g) = E f g - E f E g", None, "the definition of a covariance")
    return add(both, negate(joined(*means)))


def _of_polynomials(one: Expr, other: Expr, law: Law, orders: tuple, book: Book, record: Record) -> Expr:
    smooth = [add(*smoothed(function, law, order, book)) for function, order in zip((one, other), orders)]
    copies = {symbol: copy_of(symbol) for symbol in law.symbols}
    term = joined(simplify(smooth[0], book), substitute(simplify(smooth[1], book), copies))
    total = zero_of(shape_of(term))
    at_mean = {**law.at_mean, **{copy: mean for copy, mean in zip(copies.values(), law.means)}}
    for k in range(1, min(orders) + 1):
        term = simplify(scale(Rational(1, k), mixed(term, law, copies, book)), book)
        if term == zero_of(shape_of(total)):
            break
        value = substitute(term, at_mean)
        pairs = "one pair" if k == 1 else f"{k} pairs"
        told = f"{pairs} of factors, one of each function, contracted"
        record.say(told, value, "Isserlis' theorem; Mehler's formula")
        total = add(total, value)
    return total


def copy_of(symbol: Expr) -> Expr:
    return ArraySymbol(f"copy of {symbol.name}", *symbol.shape) if is_array(symbol) else free_symbol(
        f"copy of {symbol.name}", shape_of(symbol)
    )


def mixed(function: Expr, law: Law, copies: dict[Expr, Expr], book: Book) -> Expr:
    """Return the contraction of one differential by the names and one by their copies."""
    one, other = changes(law, "one"), changes(law, "other")
    parts = []
    for (i, j), terms in law.covariances.items():
        if terms:
            first = linearise(function, {law.symbols[i]: one[i]}, book)
            second = linearise(first, {copies[law.symbols[j]]: other[j]}, book)
            parts.append(contract(second, one[i], other[j], terms, book))
    return add(*parts) if parts else zero_of(shape_of(function))


def contracted(one: Expr, other: Expr, law: Law, book: Book) -> Expr:
    """Return the covariance of two functions that are linear in the names."""
    first, second = changes(law, "one"), changes(law, "other")
    parts = []
    for (i, j), terms in law.covariances.items():
        left = linearise(one, {law.symbols[i]: first[i]}, book)
        right = linearise(other, {law.symbols[j]: second[j]}, book)
        parts.append(contract(joined(left, right), first[i], second[j], terms, book))
    return add(*parts) if parts else zero_of(shape_of(joined(one, other)))


def refuse_wide(one: Expr, other: Expr) -> None:
    """Raise NoRuleError for a covariance between arrays of which one is a matrix and the other no array at all."""
    shapes = {shape_of(one), shape_of(other)}
    if any(rows != 1 and cols != 1 for rows, cols in shapes) and len(shapes) > 1:
        raise NoRuleError(
            "a covariance of a matrix and something else has no layout of its own", hint="take vec of both"
        )
