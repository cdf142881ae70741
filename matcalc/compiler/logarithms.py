"""Logarithms of sums of exponentials, and quotients by them, without overflow: log(1 + sum(exp(z))), exp(z)/(c + …).

What is positive and has exponentials in it is known by its logarithm: that of a product is a sum, of a sum of entries
``logsumexp``, of a sum of terms ``a + softplus(b - a)`` (Blanchard, Higham & Higham 2021). A quotient is taken as the
exponential of a difference of logarithms where its denominator is such a sum.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from sympy import log

from .operations import Graph, Operation, split_sign
from .signs import POSITIVE

if TYPE_CHECKING:
    from ..rulebook.entries import Book

# what a sum of entries is: (array, axis), see stable.total_of
Total = Callable[[Operation], tuple]
Call = Callable[..., Operation]


class Logarithms:
    """Finds logarithms of operations; ``call`` makes a function of one array, ``total_of`` says what is summed."""

    def __init__(self, graph: Graph, book: Book, call: Call, total_of: Total) -> None:
        self.graph, self.book, self.call, self.total_of = graph, book, call, total_of

    def of(self, node: Operation) -> Operation | None:
        """Return log(node) for an operation with exponentials in it and nothing that may be negative, else None."""
        return self._of(node) if self._has_exponentials(node) else None

    def of_term(self, node: Operation) -> Operation | None:
        """Return log(node) for a term of a sum that has a logarithm."""
        return self._of(node)

    def lower(self, total: Operation) -> tuple[Operation | None, list]:
        """Return (the logarithm of a divisor or of a factor of it, what is left of it), (None, []) where none is."""
        if total.kind == "add" or self.total_of(total)[0] is not None:
            return self.of(total), []
        shifted = self.shifted(total)
        return (None, []) if shifted is None else (shifted[1], [shifted[0]])

    def shifted(self, total: Operation) -> tuple[Operation, Operation] | None:
        """Return (y @ exp(z - c), c) for y @ exp(z), c the largest entry of z: the signs of y do not matter."""
        if total.kind != "product" or total.shape or len(total.operands) != 2:
            return None
        graph = self.graph
        for weights, powers in (total.operands, total.operands[::-1]):
            if powers.kind == "call" and powers.data.name == "exp" and powers.operands[0].shape:
                largest = graph.make("largest", powers.operands)
                exponent = graph.add(powers.operands[0], graph.negative(largest))
                return graph.product(weights, self.call(graph, self.book, "exp", exponent)), largest
        return None

    def _has_exponentials(self, node: Operation) -> bool:
        if node.kind == "call":
            return node.data.name == "exp"
        if node.kind in ("add", "multiply", "divide", "full", "expand"):
            return any(map(self._has_exponentials, node.operands))
        total, _ = self.total_of(node)
        return total is not None and self._has_exponentials(total)

    def _of(self, node: Operation) -> Operation | None:
        graph = self.graph
        if node.kind == "call" and node.data.name == "exp":
            return node.operands[0]
        if not self._has_exponentials(node):
            return self._of_plain(node)
        if node.kind == "expand":
            inner = self._of(node.operands[0])
            return None if inner is None else graph.expand(inner, node.data)
        if node.kind == "add":
            return self._of_sum(node)
        if node.kind in ("multiply", "divide"):
            parts = _all_of(map(self._of, node.operands))
            if parts is None:
                return None
            return graph.add(*parts) if node.kind == "multiply" else graph.add(parts[0], graph.negative(parts[1]))
        return self._of_total(node)

    def _of_plain(self, node: Operation) -> Operation | None:
        if node.kind == "number":
            return self.graph.number(log(node.data)) if node.data.is_positive else None
        positive = node.facts & POSITIVE or node.host and _is_positive(node)
        return self.call(self.graph, self.book, "log", node) if positive else None

    def _of_sum(self, node: Operation) -> Operation | None:
        """Return the logarithm of a sum, its plain numbers first: softplus takes arrays."""
        plain = [term for term in node.operands if term.host]
        terms = [self.graph.add(*plain)] if plain else []
        parts = _all_of(map(self._of, (*terms, *[term for term in node.operands if not term.host])))
        if parts is None:
            return None
        total = parts[0]
        for part in parts[1:]:
            change = self.graph.add(part, self.graph.negative(total))
            total = self.graph.add(total, self.call(self.graph, self.book, "softplus", change))
        return total

    def _of_total(self, node: Operation) -> Operation | None:
        total, axis = self.total_of(node)
        if total is None:
            return None
        inner = self._of(total)
        if inner is None:
            return None
        return self.call(self.graph, self.book, "logsumexp", self.graph.full(inner, total.shape), node.shape, axis)


def _is_positive(node: Operation) -> bool:
    """Whether a plain number made of sizes and constants is positive."""
    if node.kind == "number":
        return bool(node.data.is_positive)
    return node.kind == "size" or node.kind in ("add", "multiply", "divide") and all(map(_is_positive, node.operands))


def quotient(logarithms: Logarithms, above: Operation, below: Operation) -> Operation | None:
    """Return above/below where exponentials meet sums of exponentials, each pair as exp(log - log); None elsewhere."""
    graph, rest, totals = logarithms.graph, [], _factors(below)
    left, changed = [], False
    for factor in above.operands if above.kind == "multiply" else (above,):
        if factor.kind == "divide" and not factor.shape:
            totals += _factors(factor.operands[1])
            factor = factor.operands[0]
        rest.append(factor)
    for total in totals:
        # one that has met a sum already comes last
        places = sorted((i for i, f in enumerate(rest) if _is_exponential(f)), key=lambda i: _terms(rest[i]))
        lower, remaining = logarithms.lower(total)
        if lower is None or not places:
            left.append(total)
            continue
        changed, place = True, places[0]
        rest[place] = _met(logarithms, rest[place], total, lower)
        left += remaining
    if not changed:
        return None
    return _divided(logarithms, graph.multiply(*rest), left)


def _met(logarithms: Logarithms, factor: Operation, total: Operation, lower: Operation) -> Operation:
    """Return an exponential over a sum, for the logarithm ``lower``: exp(z - lower), sigmoid(z - y) of two terms."""
    graph = logarithms.graph
    if factor.kind == "product":
        return graph.product(*[
            _met(logarithms, f, total, lower) if f.kind == "call" and _is_exponential(f) else f for f in factor.operands
        ])
    inner = _unexpanded(factor)
    if inner in total.operands and len(total.operands) == 2 and total.kind == "add":
        (other,) = [term for term in total.operands if term is not inner] or [inner]
        exponent = graph.add(inner.operands[0], graph.negative(logarithms.of_term(other)))
        made = logarithms.call(graph, logarithms.book, "sigmoid", exponent)
    else:
        exponent = graph.add(inner.operands[0], graph.negative(lower))
        made = logarithms.call(graph, logarithms.book, "exp", exponent)
    return graph.expand(made, factor.data) if factor.kind == "expand" and len(made.shape) == 1 else made


def _is_exponential(factor: Operation) -> bool:
    if factor.kind == "product" and not factor.shape:
        return any(f.kind == "call" and _is_exponential(f) for f in factor.operands)
    inner = _unexpanded(factor)
    return inner.kind == "call" and inner.data.name == "exp"


def _unexpanded(factor: Operation) -> Operation:
    return factor.operands[0] if factor.kind == "expand" else factor


def _terms(exponential: Operation) -> int:
    if exponential.kind == "product":
        return min(_terms(f) for f in exponential.operands if _is_exponential(f))
    exponent = _unexpanded(exponential).operands[0]
    return len(exponent.operands) if exponent.kind == "add" else 1


def _factors(below: Operation) -> list[Operation]:
    """Return the factors of a denominator, a whole power as often as it says."""
    found = []
    for factor in below.operands if below.kind == "multiply" else (below,):
        exponent = factor.operands[1] if factor.kind == "power" else None
        if exponent is not None and exponent.kind == "number" and exponent.data.is_Integer and 0 < exponent.data <= 4:
            found += [factor.operands[0]] * int(exponent.data)
        else:
            found.append(factor)
    return found


def scaled(logarithms: Logarithms, node: Operation) -> Operation | None:
    """Return a product with a quotient 1/sum in it through logarithms: (1/(1 + sum(exp(z)))) * exp(z); else None.

    A sum of exponentials that it multiplies is multiplied out, the diagonal of a diagonal matrix as well.
    """
    graph = logarithms.graph
    for factor in node.operands:
        if factor.kind == "divide" and any(logarithms.lower(t)[0] is not None for t in _factors(factor.operands[1])):
            rest = list(node.operands)
            rest.remove(factor)
            found = _multiplied(logarithms, factor, graph.multiply(*rest))
            if found is not None:
                return found
    return None


def _multiplied(logarithms: Logarithms, factor: Operation, rest: Operation) -> Operation | None:
    """Return the quotient ``factor`` times the rest, multiplied out, where exponentials meet in a term, else None."""
    graph = logarithms.graph
    sign, rest = split_sign(rest)
    made: Operation | None
    if rest.kind == "add":
        terms = [_multiplied(logarithms, factor, term) for term in rest.operands]
        if not any(terms):
            return None
        made = graph.add(*[
            new or _divided(logarithms, graph.multiply(factor.operands[0], old), _factors(factor.operands[1]))
            for new, old in zip(terms, rest.operands)
        ])
    elif rest.kind == "diagonal":
        inner = _multiplied(logarithms, factor, rest.operands[0])
        made = None if inner is None else graph.diagonal(inner)
    else:
        above, below = factor.operands
        made = quotient(logarithms, graph.multiply(above, rest), below)
    return graph.negative(made) if made is not None and sign < 0 else made


def _all_of(found: Iterable[Operation | None]) -> list[Operation] | None:
    """Return all of some operations, None where one of them is None."""
    listed = list(found)
    known = [node for node in listed if node is not None]
    return known if len(known) == len(listed) else None


def _divided(logarithms: Logarithms, node: Operation, totals: list[Operation]) -> Operation:
    """Return a quotient by sums that no exponential meets; 1/(c + exp(z)) is sigmoid(log(c) - z)/c."""
    graph, left = logarithms.graph, []
    for total in totals:
        lower = logarithms.of(total) if total.kind == "add" else None
        plain = [t for t in total.operands if not _is_exponential(t)]
        logarithm = logarithms.of_term(plain[0]) if len(plain) == 1 and len(total.operands) == 2 else None
        if lower is None or logarithm is None:
            left.append(total)
            continue
        (other,) = [t for t in total.operands if t is not plain[0]]
        exponent = graph.add(logarithm, graph.negative(other.operands[0]))
        node = graph.multiply(node, logarithms.call(graph, logarithms.book, "sigmoid", exponent))
        left.append(plain[0])
    return graph.divide(node, graph.multiply(*left)) if left else node
