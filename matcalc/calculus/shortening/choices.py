"""Choices in the short form: the terms of a sum that a condition and its complement multiply become one ``where``.

(x > 0) + a*exp(x)*(x <= 0) is where(x > 0, 1, a*exp(x)): shorter, and without the product of 0 and infinity that the
sum has where x is large.
"""

from __future__ import annotations

from collections.abc import Sequence

from sympy import Add, Expr, Mul, Pow

from ...algebra.build import call
from ...algebra.choices import complement, is_relation, mask
from ...algebra.constants import ones, zero_of
from ...algebra.constructors import add, hadamard, scale
from ...algebra.expressions import (
    ONE,
    ZERO,
    ArrayFunction,
    Hadamard,
    Power,
    ScalarFunction,
    Sum,
    coefficient,
    is_array,
    postorder,
)
from ...algebra.substitute import rewrite_all
from ...rulebook.entries import Book
from .identities import name_of


def with_choices(expressions: Sequence[Expr], book: Book) -> list[Expr]:
    """Return equal expressions in which a condition does not multiply what may be infinite where it does not hold."""
    if not any(mask(node) for node in postorder(*expressions)):
        return list(expressions)
    joined = rewrite_all(expressions, lambda node: _joined(node, book))
    return rewrite_all(joined, lambda node: _guarded(node, book))


def _split(term: Expr) -> tuple[tuple[Expr, bool], Expr] | None:
    """Return (a condition that is a factor of the term and whether it holds, the other factors), None without one."""
    scalar, body = coefficient(term) if is_array(term) else (ONE, term)
    factors = body.args if isinstance(body, (Hadamard, Mul)) else (body,)
    place, condition = next(((i, found) for i, factor in enumerate(factors) if (found := mask(factor))), (0, None))
    if condition is None:
        return None
    rest = [*factors[:place], *factors[place + 1 :]]
    if not is_array(term):
        return condition, Mul(*rest)
    return condition, scale(scalar, hadamard(*rest) if rest else ones(*term.shape))


def _joined(node: Expr, book: Book) -> Expr:
    """Return a sum whose terms with a condition and with its complement are one choice."""
    scalar, body = coefficient(node) if is_array(node) else node.as_coeff_Mul()
    if _is_choice(body) and scalar.is_Rational and scalar.q != 1:
        condition, one, other = body.args
        return call(book, "where", condition, scale(scalar, one), scale(scalar, other))
    if not isinstance(body, (Sum, Add)):
        return node
    groups: dict[Expr, dict] = {}
    for term in body.args:
        found = _split(term)
        if found is not None:
            (condition, holds), rest = found
            groups.setdefault(condition, {True: {}, False: {}})[holds][term] = rest
    chosen, terms = [], list(body.args)
    inner = scalar if scalar.is_Rational else ONE
    for condition, sides in groups.items():
        if sides[True] and sides[False]:
            one, other = (_sum([*sides[holds].values()], node) for holds in (True, False))
            chosen.append(call(book, "where", condition, scale(inner, one), scale(inner, other)))
            terms = [term for term in terms if term not in sides[True] and term not in sides[False]]
    return scale(scalar / inner, _sum([*chosen, *(scale(inner, term) for term in terms)], node)) if chosen else node


def _is_choice(node: Expr) -> bool:
    return isinstance(node, (ArrayFunction, ScalarFunction)) and node.rule.operation == "choice"


def _sum(terms: list, like: Expr) -> Expr:
    return add(*terms) if terms else zero_of(like.shape) if is_array(like) else ZERO


def _guarded(node: Expr, book: Book) -> Expr:
    """Return a product with a condition as a choice between the other factors and 0, where these may be infinite."""
    scalar, body = coefficient(node) if is_array(node) else (ONE, node)
    found = _split(body) if isinstance(body, (Hadamard, Mul)) else None
    if found is None:
        return node
    (condition, holds), rest = found
    if is_relation(condition) and not any(_may_be_infinite(part, book) for part in postorder(rest)):
        return node
    if not holds and is_relation(condition):
        condition, holds = complement(condition), True
    branches = (rest, _sum([], node))
    return scale(scalar, call(book, "where", condition, *(branches if holds else branches[::-1])))


def _may_be_infinite(node: Expr, book: Book) -> bool:
    """Whether an operation has values that grow beyond all bounds: a function with a pole or a domain, exp, 1/x."""
    if isinstance(node, (Power, Pow)):
        exponent = node.args[1]
        return (is_array(exponent) or not exponent.is_nonnegative) and (is_array(node) or not node.is_number)
    name = name_of(node, book)
    return any(rule.where or rule.series for rule in book.named(name)) if name else False
