"""Choices in the short form: the terms of a sum that a condition and its complement multiply become one ``where``.

(x > 0) + a*exp(x)*(x <= 0) is where(x > 0, 1, a*exp(x)): shorter, and without the product of 0 and infinity that the
sum has where x is large.
"""

from __future__ import annotations

from collections.abc import Callable

from sympy import Add, Expr, Mul, Pow
from sympy.core.function import Function

from ...algebra.build import call
from ...algebra.choices import complement
from ...algebra.constants import ones, zero_of
from ...algebra.constructors import add, hadamard, scale
from ...algebra.expressions import (
    ONE,
    ZERO,
    Array,
    ArrayFunction,
    Hadamard,
    Power,
    ScalarFunction,
    Sum,
    coefficient,
    is_array,
    postorder,
)
from ...algebra.substitute import rewrite
from ...rulebook.entries import Book


def with_choices(expression: Expr, book: Book) -> Expr:
    """Return an equal expression in which a condition does not multiply what may be infinite where it does not hold."""
    if not any(_is_relation(node) for node in postorder(expression)):
        return expression
    joined = rewrite(expression, lambda node: _of_body(node, (Sum, Add), _joined, book))
    return rewrite(joined, lambda node: _of_body(node, (Hadamard, Mul), _guarded, book))


def _is_relation(node: Expr) -> bool:
    return isinstance(node, (ArrayFunction, ScalarFunction)) and bool(node.rule.complement)


def _of_body(node: Expr, kinds: tuple, change: Callable, book: Book) -> Expr:
    """Return a node with a change of its body, where that is of these kinds."""
    scalar, body = coefficient(node) if is_array(node) else (ONE, node)
    return _times(scalar, change(body, book)) if isinstance(body, kinds) else node


def _times(scalar: Expr, node: Expr) -> Expr:
    return scale(scalar, node) if is_array(node) else scalar * node


def _split(term: Expr) -> tuple[Expr | None, Expr]:
    """Return (a condition that is a factor of the term, the other factors); (None, the term) where there is none."""
    scalar, body = coefficient(term) if is_array(term) else (ONE, term)
    factors = body.args if isinstance(body, (Hadamard, Mul)) else (body,)
    place = next((i for i, factor in enumerate(factors) if _is_relation(factor)), None)
    if place is None:
        return None, term
    rest = [*factors[:place], *factors[place + 1 :]]
    if not is_array(term):
        return factors[place], Mul(*rest)
    return factors[place], scale(scalar, hadamard(*rest) if rest else ones(*term.shape))


def _joined(node: Expr, book: Book) -> Expr:
    """Return a sum whose terms with a condition and with its complement are one choice."""
    zero = zero_of(node.shape) if is_array(node) else ZERO
    groups: dict[Expr, list] = {}
    others = []
    for term in node.args:
        condition, rest = _split(term)
        if condition is None:
            others.append(term)
        else:
            groups.setdefault(condition, []).append((rest, term))
    for condition in list(groups):
        opposite = complement(condition)
        if condition not in groups or opposite not in groups:
            continue
        first, second = sorted((condition, opposite), key=lambda held: book.rules.index(held.rule))
        one, other = ([rest for rest, _ in groups.pop(held)] for held in (first, second))
        others.append(call(book, "where", first, _sum(one, zero), _sum(other, zero)))
    left = [term for pairs in groups.values() for _, term in pairs]
    return node if len(left) + len(others) == len(node.args) else _sum([*others, *left], zero)


def _sum(terms: list, zero: Expr) -> Expr:
    return add(*terms) if terms else zero


def _guarded(node: Expr, book: Book) -> Expr:
    """Return a product with a condition as a choice between the other factors and 0, where these may be infinite."""
    condition, rest = _split(node)
    if condition is None or not _may_be_infinite(rest):
        return node
    return call(book, "where", condition, rest, zero_of(node.shape) if is_array(node) else ZERO)


def _may_be_infinite(node: Expr) -> bool:
    """Whether there are functions without finite bounds, or powers with other exponents than whole numbers above 0."""
    for part in postorder(node):
        if isinstance(part, (Power, Pow)) and not (part.args[1].is_Integer and part.args[1].is_positive):
            if is_array(part) or not part.is_number:
                return True
        if isinstance(part, (ArrayFunction, ScalarFunction)):
            bounds = part.rule.bounds
            if bounds is None or bounds.high == float("inf"):
                return True
        elif isinstance(part, Function) and not isinstance(part, Array):
            return True
    return False
