"""Cheap forms of elementwise operations: small powers, common factors once, parts of products and sums used again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import reduce
from operator import and_
from typing import TYPE_CHECKING

from .operations import split_sign

if TYPE_CHECKING:
    from .operations import Graph, Operation

_LARGEST = 8


def powers(graph: Graph, node: Operation) -> Operation:
    """Return a power with a small whole exponent as a product, x**(k/2) through the square root."""
    if node.kind != "power" or node.operands[1].kind != "number" or node.host:
        return node
    base, exponent = node.operands[0], node.operands[1].data
    if exponent.is_Integer and 2 <= exponent <= _LARGEST:
        return _product(graph, base, int(exponent))
    if exponent.is_Rational and exponent.q == 2 and 0 < exponent.p < 2 * _LARGEST:
        root = graph.make("root", (base,), shape=base.shape)
        return graph.multiply(_product(graph, base, exponent.p // 2), root)
    return node


def _product(graph: Graph, base: Operation, exponent: int) -> Operation:
    """Return base**exponent by squaring; at most five products."""
    if exponent == 1:
        return base
    half = _product(graph, base, exponent // 2)
    parts = [half, half] + ([base] if exponent % 2 else [])
    return graph.make("multiply", parts, shape=base.shape)


def common_factors(graph: Graph, order: list[Operation], roots: list[Operation]) -> Callable:
    """Return a rule: A*B - A*C is A*(B - C), one product of whole matrices less; A**2*B - A**5 is A**2*(B - A**3)."""
    uses = Counter(o for node in order for o in node.operands) + Counter(roots)

    def rule(old: Operation, node: Operation, resolve: Callable) -> Operation:
        if old.kind != "add" or not old.is_matrix or any(uses[term] > 1 for term in old.operands):
            return node
        terms = [(sign, *_factored(inner)) for sign, inner in map(split_sign, node.operands)]
        common = reduce(and_, [arrays for _, _, arrays in terms])
        whole = [base for base in common if base.shape == node.shape]
        common = Counter({base: common[base] for base in whole})
        lasting = sum(arrays != common for _, _, arrays in terms)
        if not common or lasting < 2:
            return node
        rest = [_signed(graph, sign, *others, *_powers(graph, arrays - common)) for sign, others, arrays in terms]
        return graph.multiply(*_powers(graph, common), graph.add(*rest))

    return rule


def _factored(node: Operation) -> tuple[list[Operation], Counter[Operation]]:
    """Return (the other factors, how often each matrix is a factor) of a term."""
    others, arrays = [], Counter()
    for factor in node.operands if node.kind == "multiply" else (node,):
        exponent = factor.operands[1] if factor.kind == "power" else None
        if exponent is not None and exponent.kind == "number" and exponent.data.is_Integer:
            arrays[factor.operands[0]] += int(exponent.data)
        elif factor.is_matrix and factor.shape == node.shape:
            arrays[factor] += 1
        else:
            others.append(factor)
    return others, arrays


def _powers(graph: Graph, arrays: Counter[Operation]) -> list[Operation]:
    return [graph.power(base, graph.number(exponent)) for base, exponent in arrays.items()]


def _signed(graph: Graph, sign: int, *factors: Operation) -> Operation:
    product = graph.multiply(*factors)
    return product if sign == 1 else graph.negative(product)


def shared_factors(graph: Graph, order: list[Operation]) -> Callable:
    """Return a rule: an elementwise product of matrices that contains another one is made from that one."""
    products = [n for n in order if _is_whole(n)]
    counted = [(Counter(n.operands), n) for n in products if not any(o.kind == "number" for o in n.operands)]

    def rule(old: Operation, node: Operation, resolve: Callable) -> Operation:
        if not _is_whole(old):
            return node
        own = Counter(old.operands)
        inner = [(c, n) for c, n in counted if c < own and n.shape == old.shape]
        if not inner:
            return node
        count, part = max(inner, key=lambda item: (len(item[1].operands), -item[1].place))
        rest = [resolve(o) for o in (own - count).elements()]
        return graph.make("multiply", [*rest, resolve(part)], shape=old.shape)

    return rule


def shared_terms(graph: Graph, order: list[Operation]) -> Callable:
    """Return a rule: a sum of arrays that contains another one is made from that one, as in h + f(h) + g(h + f(h)).

    Every sum is looked for under the term that the fewest sums have, so that few are compared.
    """
    sums = {n: frozenset(n.operands) for n in order if n.kind == "add" and n.shape and not n.host}
    sums = {n: terms for n, terms in sums.items() if len(terms) == len(n.operands) > 1}
    frequent = Counter(term for terms in sums.values() for term in terms)
    filed: dict[Operation, list[Operation]] = {}
    for node, terms in sums.items():
        filed.setdefault(min(terms, key=lambda term: (frequent[term], -term.place)), []).append(node)

    def rule(old: Operation, node: Operation, resolve: Callable) -> Operation:
        own = sums.get(old, frozenset())
        inner = [part for term in old.operands if own for part in filed.get(term, ()) if _is_smaller(part, old)]
        inner.sort(key=lambda part: (-len(part.operands), part.place))
        part = next((part for part in inner if sums[part] < own), None)
        if part is None:
            return node
        rest = [resolve(term) for term in old.operands if term not in sums[part]]
        return graph.make("add", [resolve(part), *rest], shape=old.shape)

    return rule


def _is_smaller(part: Operation, whole: Operation) -> bool:
    return len(part.operands) < len(whole.operands) and part.shape == whole.shape


def _is_whole(node: Operation) -> bool:
    """Whether a node is an elementwise product in which several matrices have the shape of the result."""
    return node.kind == "multiply" and node.is_matrix and sum(o.shape == node.shape for o in node.operands) > 1
