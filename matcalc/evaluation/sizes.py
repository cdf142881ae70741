"""Surface trees of whole numbers: the sizes and places that they stand for."""

from __future__ import annotations

from fractions import Fraction

from ..errors import ShapeError, UnknownNameError
from ..language.syntax import Binary, Name, Negate, Number, postorder


def whole_number(tree, sizes):
    """Return the integer that a surface tree of numbers and size names stands for.

    Raises ShapeError where it is not an integer, UnknownNameError for a name that is no size.
    """
    if isinstance(tree, Name) and tree.id in sizes:
        return sizes[tree.id]
    if isinstance(tree, Number) and tree.value.denominator == 1:
        return tree.value.numerator
    values = {}
    for node in postorder(tree):
        if isinstance(node, Number):
            value = node.value
        elif isinstance(node, Name) and node.id in sizes:
            value = Fraction(sizes[node.id])
        elif isinstance(node, Name):
            raise UnknownNameError(
                f"the size '{node.id}' is not known", span=node.span, hint="declare it in the shape of a name"
            )
        elif isinstance(node, Negate):
            value = -values[id(node.operand)]
        elif isinstance(node, Binary):
            value = _arithmetic(node, values[id(node.left)], values[id(node.right)])
        else:
            raise ShapeError("a size is made of numbers and names of sizes", span=node.span, hint="write n or n*m")
        values[id(node)] = value
    if values[id(tree)].denominator != 1:
        raise ShapeError(f"{values[id(tree)]} is not a size", span=tree.span, hint="a size is an integer")
    return int(values[id(tree)])


def _arithmetic(node, left, right):
    if node.op == "+":
        return left + right
    if node.op == "-":
        return left - right
    if node.op == "*":
        return left * right
    if node.op == "/" and right:
        return left / right
    if node.op == "**" and right.denominator == 1 and 0 <= right <= 64:
        return left ** int(right)
    raise ShapeError(f"'{node.op}' cannot stand in a size", span=node.span, hint="write n, n*m or n + 1")
