"""Norms and moduli of complex arrays written out, as a derivation differentiates them: X.H@X for norm(X)**2."""

from __future__ import annotations

from ..algebra.constants import shape_of
from ..language.nodes import conjugate, with_children
from ..language.syntax import Binary, Call, Transpose, Tree, children, postorder
from ..rulebook.conditions import constant_value
from .twin import Pair, Twin

_MODULI = ("norm", "norm2", "abs")


def spelled_out(tree: Tree, twin: Twin) -> Tree:
    """Return a tree with X.H@X for norm(X)**2 and X*conj(X) for abs(X)**2, for complex X; roots of them for both."""
    pairs = twin.pairs(tree)
    made: dict[int, Tree] = {}
    for node in postorder(tree):
        parts = [made[id(child)] for child in children(node)]
        made[id(node)] = with_children(node, parts)
        inner = node.left if isinstance(node, Binary) and _is_squared(node) else node
        if isinstance(inner, Call) and _is_modulus(inner) and not twin.is_real(pairs[id(inner.args[0])]):
            (arg,) = inner.args
            square = _square(inner, made[id(arg)], pairs[id(arg)], twin)
            made[id(node)] = square if inner is not node else Call("sqrt", (square,), (), node.span)
    return made[id(tree)]


def _is_squared(node: Binary) -> bool:
    return node.op == "**" and constant_value(node.right) == 2


def _is_modulus(node: Call) -> bool:
    return node.function in _MODULI and len(node.args) == 1 and not node.keywords


def _square(node: Call, arg: Tree, pair: Pair, twin: Twin) -> Tree:
    """Return the square of norm(X) or abs(X)."""
    rows, cols = shape_of(twin.built(pair.plain))
    if node.function == "abs" or rows == cols == 1:
        return Binary("*", arg, conjugate(arg), node.span)
    if rows == 1:
        return Binary("@", arg, Transpose(conjugate(arg)), node.span)
    product = Binary("@", Transpose(conjugate(arg)), arg, node.span)
    return product if cols == 1 else Call("tr", (product,), (), node.span)
