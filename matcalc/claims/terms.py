"""The terms of a formula: what it is a sum of, with products and linear functions taken apart."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from ..language.syntax import Binary, Call, Negate, Number, Transpose
from ..rulebook.conditions import constant_value
from .trees import scaled, with_children

MOST_TERMS = 48
_UNIT = Number(Fraction(1))
# functions of one array that are linear in it
LINEAR = frozenset({"tr", "trace", "sum", "mean", "diag", "vec"})


def terms(tree):
    """Return the terms of a tree as pairs (number, tree), the sums within products taken apart.

    The tree of a number is None. At most ``MOST_TERMS``: a product that would have more stays whole.
    """
    done, stack = {}, [(tree, False)]
    while stack:
        node, ready = stack.pop()
        if ready:
            done[id(node)] = _merged(_terms(node, done))
        elif id(node) not in done:
            stack.append((node, True))
            stack.extend((part, False) for part in _parts(node))
    return done[id(tree)]


def _parts(node):
    if isinstance(node, (Negate, Transpose)):
        return (node.operand,)
    if isinstance(node, Binary) and node.op in "+-@*":
        return (node.left, node.right)
    if isinstance(node, Binary) and node.op == "/":
        return (node.left,)
    return node.args if _is_linear(node) else ()


def _is_linear(node):
    return isinstance(node, Call) and (
        node.function in LINEAR
        and len(node.args) == 1
        or node.function in ("kron", "outer", "dot")
        and len(node.args) == 2
    )


def _terms(node, done):
    found = [done[id(part)] for part in _parts(node)]
    if isinstance(node, Negate):
        return [(-number, term) for number, term in found[0]]
    if isinstance(node, Transpose):
        return [(number, None if term is None else Transpose(term)) for number, term in found[0]]
    if isinstance(node, Binary) and node.op in "+-":
        sign = 1 if node.op == "+" else -1
        return [*found[0], *[(sign * number, term) for number, term in found[1]]]
    if isinstance(node, Binary) and node.op == "/":
        divisor = constant_value(node.right)
        if divisor:
            return [(number / divisor, term) for number, term in found[0]]
        return [(number, replace(node, left=term or _UNIT)) for number, term in found[0]]
    if isinstance(node, Binary) and node.op in "@*" and len(found) == 2 or isinstance(node, Call) and len(found) == 2:
        return _products(node, *found)
    if _is_linear(node) and all(term is not None for _, term in found[0]):
        return [(number, replace(node, args=(term,))) for number, term in found[0]]
    value = constant_value(node)
    return [(Fraction(1) if value is None else value, node if value is None else None)]


def _products(node, left, right):
    """Return the terms of a product of sums; a None, the number 1, is only left out of an elementwise product."""
    broadcast = any(term is None for _, term in [*left, *right]) and not (isinstance(node, Binary) and node.op == "*")
    if broadcast or len(left) * len(right) > MOST_TERMS:
        return [(Fraction(1), node)]
    found = []
    for one, first in left:
        for other, second in right:
            if first is None or second is None:
                term = second if first is None else first
            else:
                term = with_children(node, [first, second])
            found.append((one * other, term))
    return found


def _merged(found):
    """Return the terms with the numbers of those that are one and the same node added up."""
    numbers, trees = {}, {}
    for number, term in found:
        trees[id(term)] = term
        numbers[id(term)] = numbers.get(id(term), 0) + number
    return [(number, trees[key]) for key, number in numbers.items() if number]


def whole(term):
    """Return the tree of a pair (number, tree)."""
    number, tree = term
    return Number(Fraction(number)) if tree is None else scaled(tree, number)
