"""Square brackets and subscripts in MATLAB's notation: [A, B; C, D], A(:, 1), x(2:end).

Places count from 1 there and from 0 in the language. A name that is an index alone stays what it is: it stands for a
place, whichever way that is counted, and is given from 0. Numbers, ``end`` and the bounds of ranges are counted anew.
"""

from __future__ import annotations

from fractions import Fraction

from ...errors import ExpressionSyntaxError, Span
from ...language.subscripts import Range, subscript, whole_of
from ...language.syntax import Binary, Call, Name, Negate, Number, Tree, postorder

END = "end"
FROM_END = "write x(end - k), or x(2:end - 1)"
_INDEX_LETTERS = frozenset("ijklmn")


def is_index(args: list[Tree | Range]) -> bool:
    """Return whether the arguments of what is no function look like places: numbers, ranges, end, i and j."""
    return 0 < len(args) <= 3 and all(isinstance(arg, Range) or _is_place(arg) for arg in args)


def _is_place(tree: Tree) -> bool:
    leaves = [node for node in postorder(tree) if isinstance(node, (Name, Number, Call))]
    return all(
        isinstance(leaf, Number) and leaf.value.denominator == 1
        or isinstance(leaf, Name) and (leaf.id == END or leaf.id in _INDEX_LETTERS)
        for leaf in leaves
    )


def subscripted(operand: Name, args: list[Tree | Range], span: Span) -> Tree:
    """Return the tree of A(i, j), the places counted from 0; of A(:, :, k), matrix k of a stack."""
    *places, last = [_place(arg) for arg in args]
    return subscript(operand, [last, *places] if len(places) == 2 else [*places, last], span)


def _place(arg: Tree | Range) -> Tree | Range:
    if not isinstance(arg, Range):
        return arg if isinstance(arg, Name) and arg.id != END else less_one(arg)
    start = None if arg.start is None else less_one(arg.start)
    if isinstance(arg.step, int) and arg.step < 0:
        return Range(start, arg.stop and _before(arg.stop), arg.step)
    if isinstance(start, Number) and start.value == 0:
        start = None
    stop = arg.stop
    if stop is not None and has_end(stop):
        stop = _after_end(stop)
    return Range(start, stop, arg.step)


def is_fixed(tree: Tree) -> bool:
    """Return whether a bound is a number, or counted from the end."""
    leaves = [node for node in postorder(tree) if not isinstance(node, Binary)]
    return all(isinstance(leaf, Number) or isinstance(leaf, Name) and leaf.id == END for leaf in leaves)


def _before(stop: Tree) -> Tree | None:
    """Return the place before the last one of a range that goes back, which is where NumPy ends it; None for 1."""
    last = whole_of(less_one(stop))
    return _whole(Fraction(last - 1), stop.span) if last else None


def has_end(tree: Tree) -> bool:
    """Return whether ``end`` stands in a tree."""
    return any(isinstance(node, Name) and node.id == END for node in postorder(tree))


def _after_end(stop: Tree) -> Tree | None:
    """Return the bound of 2:end - 1, which includes the last but one: -1; None for 2:end."""
    return _from_end(stop)


def less_one(tree: Tree) -> Tree:
    """Return a place counted from 0 for one that is counted from 1; ``end`` is the last, -1."""
    if isinstance(tree, Number):
        return _whole(tree.value - 1, tree.span)
    if has_end(tree):
        place = _from_end(tree)
        return _whole(Fraction(-1), tree.span) if place is None else less_one(place)
    if isinstance(tree, Negate) and isinstance(tree.operand, Number):
        return _whole(-tree.operand.value - 1, tree.span)
    if isinstance(tree, Binary) and tree.op in "+-" and isinstance(tree.right, Number):
        shift = tree.right.value if tree.op == "+" else -tree.right.value
        if shift == 1:
            return tree.left
        op = "+" if shift > 1 else "-"
        return Binary(op, tree.left, Number(abs(shift - 1), tree.right.span), tree.span)
    return Binary("-", tree, Number(Fraction(1), tree.span), tree.span)


def _from_end(tree: Tree) -> Tree | None:
    """Return how far behind the end a place is, below 0 before it: -k for end - k; None for the end itself.

    Raises ExpressionSyntaxError where ``end`` is more than the beginning of a sum.
    """
    if isinstance(tree, Name) and tree.id == END:
        return None
    if not isinstance(tree, Binary) or tree.op not in "+-" or has_end(tree.right):
        raise ExpressionSyntaxError("a place is counted from the end by a difference", span=tree.span, hint=FROM_END)
    before = _from_end(tree.left)
    if before is None:
        if isinstance(tree.right, Number):
            return _whole(tree.right.value if tree.op == "+" else -tree.right.value, tree.span)
        return tree.right if tree.op == "+" else Negate(tree.right, tree.span)
    number = whole_of(before)
    if number is not None and isinstance(tree.right, Number):
        return _whole(number + tree.right.value * (1 if tree.op == "+" else -1), tree.span)
    return Binary(tree.op, before, tree.right, tree.span)


def _whole(value: Fraction, span: Span) -> Tree:
    return Number(value, span) if value >= 0 else Negate(Number(-value, span), span)
