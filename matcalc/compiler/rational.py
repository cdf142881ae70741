"""Sums of quotients whose terms cancel: 1 - t/(t + c) is c/(t + c), the same with both terms over sqrt(t + c).

Second derivatives of losses such as sqrt(t + c) are made of such pairs. Joined they have no difference of numbers
that are nearly equal where t is large, and a sign that can be seen.
"""

from __future__ import annotations

from collections import Counter
from itertools import permutations
from typing import NamedTuple

from sympy import Rational

from .operations import Graph, Operation

_MOST_TERMS = 6


class Monomial(NamedTuple):
    """A rational number times powers of operations."""

    number: Rational
    powers: Counter


def joined_quotients(graph: Graph, node: Operation) -> Operation:
    """Return a sum with those pairs of terms as one quotient whose numerators cancel but for one term."""
    if node.kind != "add" or node.host or len(node.operands) > _MOST_TERMS:
        return node
    terms = list(node.operands)
    known = {term: monomial(term) for term in terms}
    if not any(exponent < 0 for m in known.values() for exponent in m.powers.values()):
        return node
    for one, other in permutations(terms, 2):
        joined = _joined(graph, known[one], known[other])
        if joined is not None:
            rest = [term for term in terms if term is not one and term is not other]
            return graph.full(joined_quotients(graph, graph.add(*rest, joined)), node.shape)
    return node


def monomial(node: Operation) -> Monomial:
    """Return an operation as a product of powers; what is no product, quotient or power is a factor itself."""
    kind, operands = node.kind, node.operands
    if kind == "number" and node.data.is_Rational:
        return Monomial(node.data, Counter())
    if kind == "negative":
        inner = monomial(operands[0])
        return Monomial(-inner.number, inner.powers)
    if kind in ("multiply", "divide"):
        found, powers = Rational(1), Counter()
        for place, operand in enumerate(operands):
            inner, sign = monomial(operand), -1 if kind == "divide" and place else 1
            if inner.number == 0:
                return Monomial(Rational(1), Counter({node: 1}))
            found *= inner.number**sign
            powers = _added(powers, inner.powers, sign)
        return Monomial(found, powers)
    exponent = Rational(1, 2) if kind == "root" else operands[1].data if kind == "power" else None
    if exponent is not None and (kind == "root" or operands[1].kind == "number" and exponent.is_Rational):
        inner = monomial(operands[0])
        if inner.number == 1 and len(inner.powers) == 1:
            return Monomial(Rational(1), Counter({b: e * exponent for b, e in inner.powers.items()}))
        if exponent.is_Integer and inner.number != 0:
            return Monomial(inner.number**exponent, Counter({b: e * exponent for b, e in inner.powers.items()}))
        return Monomial(Rational(1), Counter({operands[0]: exponent}))
    return Monomial(Rational(1), Counter({node: Rational(1)}))


def _added(powers: Counter, others: Counter, sign: int) -> Counter:
    found = Counter(powers)
    for base, exponent in others.items():
        found[base] += sign * exponent
        if found[base] == 0:
            del found[base]
    return found


def _joined(graph: Graph, one: Monomial, other: Monomial) -> Operation | None:
    """Return one + other as a quotient by B, where their ratio is a multiple of N/B and the multiples cancel."""
    ratio = _added(one.powers, other.powers, -1)
    below = [base for base, exponent in ratio.items() if exponent == -1 and base.kind == "add"]
    above = Counter({base: exponent for base, exponent in ratio.items() if exponent > 0})
    if len(below) != 1 or len(above) != len(ratio) - 1:
        return None
    total = Counter()
    for factor, terms in ((other.number, _terms(below[0])), (one.number, _expanded(above))):
        for powers, number in terms.items():
            total[powers] += factor * number
    left = [(powers, number) for powers, number in total.items() if number != 0]
    if len(left) > 1:
        return None
    if not left:
        return graph.number(0)
    ((powers, number),) = left
    quotient = _added(other.powers, Counter({below[0]: 1}), -1)
    return _made(graph, number, _added(quotient, Counter(dict(powers)), 1))


def _terms(node: Operation) -> Counter:
    """Return the terms of a sum: their numbers by their powers."""
    found = Counter()
    for term in node.operands:
        number, powers = monomial(term)
        found[frozenset(powers.items())] += number
    return found


def _expanded(above: Counter) -> Counter:
    """Return the terms of what stands above: of a sum its own, of a product itself."""
    if len(above) == 1:
        ((base, exponent),) = above.items()
        if base.kind == "add" and exponent == 1:
            return _terms(base)
    return Counter({frozenset(above.items()): Rational(1)})


def _made(graph: Graph, number: Rational, powers: Counter) -> Operation:
    above = [graph.power(base, graph.number(exponent)) for base, exponent in powers.items() if exponent > 0]
    below = [graph.power(base, graph.number(-exponent)) for base, exponent in powers.items() if exponent < 0]
    numerator = graph.multiply(graph.number(number), *above)
    return graph.divide(numerator, graph.multiply(*below)) if below else numerator
