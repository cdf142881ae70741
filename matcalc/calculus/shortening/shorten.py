"""The short form: what a textbook would write.

Reverse accumulation gives most of it, since nothing is expanded. On top, from the leaves up: names for
compositions, common factors, cancelled elementwise fractions, and products over sums where they cancel.
Of two equal forms the shorter, in operators and leaves, wins; so every step ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sympy import Add, Expr, Mul

from ...algebra.constants import is_constant
from ...algebra.constructors import add, scale
from ...algebra.expressions import (
    Array,
    ArraySymbol,
    Hadamard,
    InnerProduct,
    MatMul,
    MatrixPower,
    Scale,
    Sum,
    Transpose,
    coefficient,
    is_array,
)
from ...algebra.products import matmul
from ...algebra.substitute import rewrite, rewrite_all
from ...presentation import Presenter
from .blocks import by_parts, by_schur
from .choices import with_choices
from .elementwise import shortest_entries, shortest_rational
from .factor import chain_of, shortest_scalar_sum, shortest_sum
from .recognise import recognise
from .triangles import with_triangles

if TYPE_CHECKING:
    from ...rulebook.entries import Book

MAX_DISTRIBUTED = 6
MAX_PRODUCTS = 12
MAX_PASSES = 3
MAX_LENGTH = 2_000
# operands of the forms that are priced while an answer is shortened: the hardest of the corpus needs 2,300, all but
# four a hundred; so many more for each operand of a long one, whose parts are made anew from pass to pass
MAX_PRICED = 1_600
_PRICED_AGAIN = 4
_MOST_ROUNDS = 3
# terms of which all common factors stand at an end
_CHAINS = (MatMul, MatrixPower, ArraySymbol, Transpose)


class _Length:
    """The length of expressions' shortest forms, remembered: the search for the shortest forms of ``expressions``.

    ``sums``: the shortest forms of sums that were sought, ``nodes``: what became of each node, ``expanded``: products
    multiplied out, each of which is sought alone and among the terms of a sum.
    """

    def __init__(self, expressions: Sequence[Expr]) -> None:
        self.presenter = Presenter(priced=True)
        self.sums: dict[Expr, Expr] = {}
        self.nodes: dict[Expr, Expr] = {}
        self.expanded: dict[Expr, tuple[Expr, bool]] = {}
        for expression in expressions:
            self(expression)
        self.most = MAX_PRICED * len(expressions) + _PRICED_AGAIN * self.presenter.operands

    @property
    def exhausted(self) -> bool:
        """Whether forms of so many operands were made that what has not been found yet stays as it is."""
        return self.presenter.operands > self.most

    def __call__(self, node: Expr) -> float:
        return self.presenter.form(node).cost


def named(expression: Expr, book: Book) -> Expr:
    """Return the expression with names for compositions, such as softmax(x) for exp(x)/sum(exp(x))."""
    return rewrite(expression, lambda node: by_parts(recognise(node, book, inverses=False), book))


def simplify(expression: Expr, book: Book) -> Expr:
    """Return an equal expression, as short as the rewrites find."""
    return simplify_all([expression], book)[0]


def simplify_all(expressions: Sequence[Expr], book: Book) -> list[Expr]:
    """Return equal expressions, each as short as the rewrites find; what they share is shortened once."""
    found = _shortened(with_triangles(expressions, book), book)
    for _ in range(_MOST_ROUNDS):
        # halves of a matrix that stood apart stand together once the rest is short
        joined = with_triangles(found, book)
        if all(new is old for new, old in zip(joined, found)):
            break
        found = _shortened(joined, book)
    return with_choices(found, book)


def _shortened(expressions: list[Expr], book: Book) -> list[Expr]:
    cost, best = _Length(expressions), list(expressions)
    places = list(range(len(best)))
    for _ in range(MAX_PASSES):
        found = rewrite_all([best[place] for place in places], lambda node: _shortest(node, cost, book))
        pairs = [(place, simpler) for place, simpler in zip(places, found) if cost(simpler) <= cost(best[place])]
        places = [place for place, simpler in pairs if cost(simpler) < cost(best[place])]
        for place, simpler in pairs:
            best[place] = simpler
        if not places:
            break
    return best


def _shortest(node: Expr, cost: _Length, book: Book) -> Expr:
    """Return the shortest form of a node whose operands are in theirs; most nodes are met in every pass."""
    if node not in cost.nodes:
        cost.nodes[node] = _sought(node, cost, book)
    return cost.nodes[node]


def _sought(node: Expr, cost: _Length, book: Book) -> Expr:
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
    expanded, gains = _expanded(node, cost)
    if not gains:
        return node
    number = any(term.is_number for term in Add.make_args(expanded))
    return expanded if cost(expanded) < cost(node) + (1 if number else 0) else node


def _distributed(node: Array, cost: _Length) -> Array:
    """A @ (B + C) as A@B + A@C where the terms simplify enough to make it shorter."""
    expanded, gains = (node, False) if cost.exhausted else _expanded(node, cost)
    if not gains:
        return node
    expanded = shortest_sum(expanded, cost) if is_array(expanded) else expanded
    return expanded if cost(expanded) < cost(node) else node


def _expanded(node: Expr, cost: _Length) -> tuple[Expr, bool]:
    """Return the product multiplied out over its sums, and whether that gains something for the product alone.

    Itself and False where it has no sums, or where there would be too many terms.
    """
    if node not in cost.expanded:
        cost.expanded[node] = _multiplied_out(node)
    return cost.expanded[node]


def _multiplied_out(node: Expr) -> tuple[Expr, bool]:
    products: list[tuple[Array, ...]] = [()]
    for factor in node.args:
        terms = [_terms_of(factor)] if not _is_power_of_sum(factor) else [factor.args[0].args] * int(factor.args[1])
        for options in terms:
            products = [(*done, term) for done in products for term in options]
            if len(products) > MAX_PRODUCTS:
                return node, False
    if len(products) == 1:
        return node, False
    terms = [matmul(*factors) for factors in products]
    whole = add(*terms)
    return whole, _gains(node, products, terms, whole)


def _gains(node: Expr, products: list[tuple[Array, ...]], terms: list[Expr], whole: Expr) -> bool:
    """Return whether multiplying out did more than write factors repeatedly: terms that met, or factors that cancelled.

    Without that, taking out common factors would at best lead back to the product. An identity is gone where a name
    stands beside its sum: A@(eye(n) - B) is A - A@B.
    """
    if len(_summands(whole)) < len(terms):
        return True
    if any(_factors(term) < sum(map(_factors, factors)) for factors, term in zip(products, terms, strict=True)):
        return True
    if any(isinstance(part, MatrixPower) and isinstance(part.args[0], MatMul) for f in products for part in f):
        return True  # a power of a product is a longer product, too
    pairs = list(zip(node.args, node.args[1:]))
    return any(_has_identity(one) and _is_name(other) for pair in pairs for one, other in (pair, pair[::-1]))


def _has_identity(node: Array) -> bool:
    return isinstance(node, Sum) and any(is_constant(coefficient(term)[1], "eye") for term in node.args)


def _is_name(node: Array) -> bool:
    return isinstance(node.args[0] if isinstance(node, Transpose) else node, ArraySymbol)


def _summands(node: Expr) -> tuple[Expr, ...]:
    body = coefficient(node)[1] if is_array(node) else node
    return body.args if isinstance(body, (Sum, Add)) else (body,)


def _factors(node: Expr) -> int:
    """Return the number of arrays that a product multiplies, identities left out."""
    body = coefficient(node)[1] if is_array(node) else node
    if isinstance(body, Transpose):
        return _factors(body.args[0])
    if isinstance(body, MatrixPower) and body.args[1].is_Integer:
        return abs(int(body.args[1])) * _factors(body.args[0])
    if isinstance(body, (MatMul, InnerProduct)):
        return sum(map(_factors, body.args))
    return 0 if is_constant(body, "eye") else 1


def _terms_of(factor: Array) -> tuple[Array, ...]:
    return factor.args if isinstance(factor, Sum) else (factor,)


def _is_power_of_sum(node: Array) -> bool:
    return isinstance(node, MatrixPower) and isinstance(node.args[0], Sum) and node.args[1] in (2, 3)


def _distributed_terms(node: Array, cost: _Length) -> Array:
    """Multiply out the products among the terms of a sum where that makes the whole shorter."""
    scalar, body = coefficient(node)
    if not isinstance(body, Sum) or len(body.args) > MAX_DISTRIBUTED or cost.exhausted:
        return node
    arrays, expansions, terms, gains = [], [], [], False
    for part in body.args:
        factor, array = coefficient(part)
        expanded, alone = _expanded(array, cost) if isinstance(array, MatMul) else (array, False)
        arrays.append(array)
        expansions.append(expanded)
        terms.append(part if expanded is array and not isinstance(array, Sum) else _scaled_terms(factor, expanded))
        gains = gains or alone
    candidate = scale(scalar, add(*terms))
    if candidate is node:
        return node
    together = sum(len(_summands(expanded)) for expanded in expansions)
    if not gains and len(_summands(candidate)) == together and not _may_share(arrays, expansions):
        return node
    candidate = shortest_sum(candidate, cost) if is_array(candidate) else candidate
    return candidate if cost(candidate) < cost(node) else node


def _may_share(arrays: list[Array], expansions: list[Array]) -> bool:
    """Return whether terms of different products begin or end alike once they are multiplied out, and did not before.

    Where they do not, what can be taken out of the terms leads back to the products.
    """
    found = [[coefficient(term) for term in _summands(expanded)] for expanded in expansions]
    if not all(scalar.is_Number and isinstance(term, _CHAINS) for part in found for scalar, term in part):
        return True
    terms = [[term for _, term in part] for part in found]
    for side in (0, -1):
        before = [chain_of(array)[side] for array in arrays]
        ends: dict[Array, set[int]] = {}
        for place, part in enumerate(terms):
            for term in part:
                ends.setdefault(chain_of(term)[side], set()).add(place)
        for end, places in ends.items():
            if len(places) > 1 and any(before[place] is not end for place in places):
                return True
    return False


def _scaled_terms(factor: Expr, node: Array) -> Array:
    scalar, body = coefficient(node)
    parts = body.args if isinstance(body, Sum) else (body,)
    return add(*[scale(factor * scalar, part) for part in parts])
