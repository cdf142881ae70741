"""Cheap forms of elementwise operations: small powers as products."""

from __future__ import annotations

_LARGEST = 8


def powers(graph, node):
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


def _product(graph, base, exponent):
    """Return base**exponent by squaring; at most five products."""
    if exponent == 1:
        return base
    half = _product(graph, base, exponent // 2)
    parts = [half, half] + ([base] if exponent % 2 else [])
    return graph.make("multiply", parts, shape=base.shape)
