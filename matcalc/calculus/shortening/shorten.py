"""The short form: what a textbook would write.

Reverse accumulation gives most of it, since nothing is expanded. On top, from the leaves up: names for
compositions, common factors, cancelled elementwise fractions, and products over sums where they cancel.
Of two equal forms the shorter, in operators and leaves, wins; so every step ends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sympy import Add, Expr, Mul

from ...algebra.constructors import add, scale
from ...algebra.expressions import Array, Hadamard, InnerProduct, MatMul, MatrixPower, Scale, Sum, coefficient, is_array
from ...algebra.products import matmul
from ...algebra.substitute import rewrite
from ...presentation import Presenter
from .blocks import by_parts, by_schur
from .choices import with_choices
from .elementwise import shortest_entries, shortest_rational
from .factor import shortest_scalar_sum, shortest_sum
from .recognise import recognise
from .triangles import with_triangles

if TYPE_CHECKING:
    from ...rulebook.entries import Book

MAX_DISTRIBUTED = 6
MAX_PRODUCTS = 12
MAX_PASSES = 3
MAX_LENGTH = 2_000


class _Length:
    """The length of expressions' shortest forms, remembered; ``sums``: the shortest forms of
    sums that were sought, ``tried``: how many groupings that took."""

    def __init__(self) -> None:
        self.presenter = Presenter()
        self.sums: dict[Array, Array] = {}
        self.tried = 0

    def __call__(self, node: Expr) -> float:
        return self.presenter.form(node).cost


def named(expression: Expr, book: Book) -> Expr:
    """Return the expression with names for compositions, such as softmax(x) for exp(x)/sum(exp(x))."""
    return rewrite(expression, lambda node: by_parts(recognise(node, book, inverses=False), book))


def simplify(expression: Expr, book: Book) -> Expr:
    """Return an equal expression, as short as the rewrites find."""
    return with_choices(_shortened(with_triangles(expression, book), book), book)


def _shortened(expression: Expr, book: Book) -> Expr:
    cost = _Length()
    for _ in range(MAX_PASSES):
        simpler = rewrite(expression, lambda node: _shortest(node, cost, book))
        if simpler is expression or cost(simpler) >= cost(expression):
            return simpler if cost(simpler) <= cost(expression) else expression
        expression = simpler
    return expression


def _shortest(node: Expr, cost: _Length, book: Book) -> Expr:
    node = by_parts(recognise(node, book), book)
    if isinstance(node, (MatMul, InnerProduct)) and not book.everywhere:
        node = by_schur(node, cost)
    if not isinstance(node, Array):
        return _shortest_scalar(node, cost)
    body = coefficient(node)[1]
    if isinstance(body, (Sum, Hadamard, MatMul)) and cost(node) > MAX_LENGTH:
        return node
    if isinstance(body, Sum):
        node = shortest_sum(node, cost)
        node = _distributed_terms(node, cost)
        return shortest_entries(node, cost) if is_array(node) else node
    if isinstance(body, Hadamard):
        return shortest_entries(node, cost)
    if isinstance(body, MatMul) and not isinstance(node, Scale):
        return _distributed(node, cost)
    return node


def _shortest_scalar(node: Expr, cost: _Length) -> Expr:
    if isinstance(node, InnerProduct):
        return _distributed_inner(node, cost)
    if isinstance(node, (Add, Mul)) and cost(node) <= MAX_LENGTH:
        node = shortest_scalar_sum(node, cost)
        return shortest_rational(node, cost)
    return node


def _distributed_inner(node: InnerProduct, cost: _Length) -> InnerProduct:
    """a.T@(b + c) as a.T@b + a.T@c where that is shorter, or leaves a plain number."""
    expanded = _expanded(node)
    if expanded is None:
        return node
    number = any(term.is_number for term in Add.make_args(expanded))
    return expanded if cost(expanded) < cost(node) + (1 if number else 0) else node


def _distributed(node: Array, cost: _Length) -> Array:
    """A @ (B + C) as A@B + A@C where the terms simplify enough to make it shorter."""
    expanded = _expanded(node)
    if expanded is None:
        return node
    expanded = shortest_sum(expanded, cost) if is_array(expanded) else expanded
    return expanded if cost(expanded) < cost(node) else node


def _expanded(node, among_others=False):
    """Return the product multiplied out over its sums, or None where it has none or too many, or gains nothing.

    ``among_others``: whether its terms may meet those of a sum that it stands in.
    """
    products = [()]
    for factor in node.args:
        terms = [_terms_of(factor)] if not _is_power_of_sum(factor) else [factor.args[0].args] * int(factor.args[1])
        for options in terms:
            products = [(*done, term) for done in products for term in options]
            if len(products) > MAX_PRODUCTS:
                return None
    if len(products) == 1:
        return None
    terms = [matmul(*factors) for factors in products]
    whole = add(*terms)
    return whole if among_others or _gains(products, terms, whole) else None


def _gains(products: list[tuple[Array, ...]], terms: list[Expr], whole: Expr) -> bool:
    """Return whether multiplying out did more than write factors repeatedly: terms that met, or factors that cancelled.

    Without that, taking out common factors would at best lead back to the product.
    """
    if len(_summands(whole)) < len(terms):
        return True
    return any(_factors(term) < sum(map(_factors, factors)) for factors, term in zip(products, terms, strict=True))


def _summands(node: Expr) -> tuple[Expr, ...]:
    body = coefficient(node)[1] if is_array(node) else node
    return body.args if isinstance(body, (Sum, Add)) else (body,)


def _factors(node: Expr) -> int:
    """Return the number of arrays that a product multiplies."""
    body = coefficient(node)[1] if is_array(node) else node
    if isinstance(body, MatrixPower) and body.args[1].is_Integer:
        return abs(int(body.args[1])) * _factors(body.args[0])
    return len(body.args) if isinstance(body, (MatMul, InnerProduct)) else 1


def _terms_of(factor: Array) -> tuple[Array, ...]:
    return factor.args if isinstance(factor, Sum) else (factor,)


def _is_power_of_sum(node: Array) -> bool:
    return isinstance(node, MatrixPower) and isinstance(node.args[0], Sum) and node.args[1] in (2, 3)


def _distributed_terms(node: Array, cost: _Length) -> Array:
    """Multiply out the products among the terms of a sum where that makes the whole shorter."""
    scalar, body = coefficient(node)
    if not isinstance(body, Sum) or len(body.args) > MAX_DISTRIBUTED:
        return node
    terms = []
    for part in body.args:
        factor, array = coefficient(part)
        expanded = array if isinstance(array, Sum) else _expanded(array, True) if isinstance(array, MatMul) else None
        terms.append(part if expanded is None else _scaled_terms(factor, expanded))
    candidate = scale(scalar, add(*terms))
    if candidate is node:
        return node
    candidate = shortest_sum(candidate, cost) if is_array(candidate) else candidate
    return candidate if cost(candidate) < cost(node) else node


def _scaled_terms(factor: Expr, node: Array) -> Array:
    scalar, body = coefficient(node)
    parts = body.args if isinstance(body, Sum) else (body,)
    return add(*[scale(factor * scalar, part) for part in parts])
