"""Subscripts, lists and blocks: how the language writes them, and the calls that stand for them in a surface tree.

A subscript is a call of an entry of the rule book that no name reaches: X[i, j] is a call of "[i, j]" with the
arguments X, i, j, and X[1:3, j] one of "[:, j]" whose first argument is a call of "[a:b, :]". A list is a call of
"[]" (a column of numbers) or "[[]]" (rows of numbers, each a call of "[,]"), and block([[A, B], [C, D]]) a call of
"block" with rows that are calls of "[A, B]". In a block 0 stands for zeros as high as the row and as wide as the
column: a call of "[0]" with another part of the row and one of the column. A range with a step always has its
beginning, which is the first place for x[::2] and the last for x[::-1]: a call of "[a::s]" with the arguments x, 0, 2.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeGuard

from ..errors import ExpressionSyntaxError, Span
from .nodes import Binary, Call, Negate, Number, Tree

LIST, ROW, DISPLAY, BLOCK, PARTS, ZERO = "[]", "[,]", "[[]]", "block", "[A, B]", "[0]"
NOWHERE = Span(0, 0)
MEMBER = "[k, :, :]"  # matrix k of a stack; with the size n, of those that stand one below another
LISTS = frozenset({LIST, ROW, DISPLAY, PARTS, ZERO})
STACKING = frozenset({BLOCK, "vstack", "hstack"})


@dataclass(frozen=True, slots=True)
class Range:
    """A range a:b of places, one of them None where it is not written, or of every s-th of them, a:b:s."""

    start: Tree | None
    stop: Tree | None
    step: int | Tree = 1


Place = Tree | Range  # one subscript: an index, or a range of them


def is_subscript(node: Tree) -> TypeGuard[Call]:
    """Return whether a node is an entry, a row, a column or a slice of its first argument."""
    return isinstance(node, Call) and node.function.startswith("[") and node.function not in LISTS


def is_block(node: Tree) -> bool:
    """Return whether a node is a block matrix that is given by its rows."""
    rows = node.args if isinstance(node, Call) and node.function == BLOCK else ()
    return bool(rows) and all(isinstance(row, Call) and row.function == PARTS for row in rows)


def as_block(display: Call) -> Call:
    """Return block([[A, B], [C, D]]) for [[A, B], [C, D]], which is made of numbers."""
    rows = [row for row in display.args if isinstance(row, Call)]
    return blocks([row.args for row in rows], [row.span for row in rows], display.span)


def subscript(operand: Tree, places: list[Place], span: Span = NOWHERE) -> Tree:
    """Return the tree of operand[place], operand[place, place] or operand[k, place, place], of a stack of matrices."""
    if len(places) == 3:
        first, *places = places
        if isinstance(first, Range):
            message, hint = "one matrix of a stack is taken, and not several", "write A[k, :, :] with an index k"
            raise ExpressionSyntaxError(message, span=span, hint=hint)
        operand = Call(MEMBER, (operand, first), (), span)
    if len(places) == 1:
        return _one(operand, places[0], "{}", span)
    rows, columns = places
    if not isinstance(rows, Range) and not isinstance(columns, Range):
        return Call("[i, j]", (operand, rows, columns), (), span)
    return _one(_one(operand, rows, "{}, :", span), columns, ":, {}", span)


def _one(operand: Tree, place: Place, form: str, span: Span) -> Tree:
    if not isinstance(place, Range):
        letter = "j" if form.startswith(":") else "i"
        return Call(f"[{form.format(letter)}]", (operand, place), (), span)
    if place.step != 1:
        return _stepped(operand, place, form, span)
    if place.start is None and place.stop is None:
        return operand
    start, stop = "a" if place.start is not None else "", "b" if place.stop is not None else ""
    bounds = tuple(bound for bound in (place.start, place.stop) if bound is not None)
    return Call(f"[{form.format(f'{start}:{stop}')}]", (operand, *bounds), (), span)


def _stepped(operand: Tree, place: Range, form: str, span: Span) -> Tree:
    step = place.step
    if isinstance(step, int):
        step = Number(Fraction(step)) if step > 0 else Negate(Number(Fraction(-step)))
    first = Negate(Number(Fraction(1))) if isinstance(step, Negate) else Number(Fraction(0))
    start = first if place.start is None else place.start
    bounds = (start,) if place.stop is None else (start, place.stop)
    pattern = form.format("a::s" if place.stop is None else "a:b:s")
    return Call(f"[{pattern}]", (operand, *bounds, step), (), span)


def whole_of(tree: Tree) -> int | None:
    """Return the whole number, with or without a sign, that is written; None for other trees."""
    number = tree.operand if isinstance(tree, Negate) else tree
    if not isinstance(number, Number) or number.value.denominator != 1:
        return None
    return int(number.value) * (-1 if isinstance(tree, Negate) else 1)


def step_of(tree: Tree | None) -> int | Tree:
    """Return the step of a range as it is written, 1 where it is not; what is no number is judged by who knows sizes.

    Raises ExpressionSyntaxError for a step that is 0.
    """
    if tree is None:
        return 1
    step = whole_of(tree)
    if step is None:
        return tree
    if step == 0:
        message, hint = "the step of a slice cannot be 0", "write x[::2] for every second entry, x[::-1] to reverse"
        raise ExpressionSyntaxError(message, span=tree.span, hint=hint)
    return step


def _is_first(start: Tree, step: Tree) -> bool:
    """Return whether a range with a step begins where it does when nothing is written."""
    if isinstance(step, Negate):
        return isinstance(start, Negate) and isinstance(start.operand, Number) and start.operand.value == 1
    return isinstance(start, Number) and start.value == 0


def written(call: Call) -> tuple[Tree, list[str | Tree]]:
    """Return the operand of a subscript and the pieces of what stands in its brackets."""
    if call.function == MEMBER:
        return _written_member(call)
    operand, pieces = _written_places(call)
    if isinstance(operand, Call) and operand.function == MEMBER and len(operand.args) == 2:
        return operand.args[0], [operand.args[1], ", ", *pieces]
    return operand, pieces


def _written_member(call: Call) -> tuple[Tree, list[str | Tree]]:
    """Return what is written of matrix k: A[k], or its rows A[k*n:k*n + n, :] of an array that has all of them."""
    if len(call.args) == 2:
        return call.args[0], [call.args[1]]
    operand, place, size = call.args
    start, stop = rows_of(place, size)
    return operand, [*([] if whole_of(start) == 0 else [start]), ":", stop, ", :"]


def rows_of(place: Tree, size: Tree) -> tuple[Tree, Tree]:
    """Return the first row of matrix ``place`` among those of so many rows one below another, and that after it."""
    known, rows = whole_of(place), whole_of(size)
    if known is not None and rows is not None:
        return Number(Fraction(known * rows)), Number(Fraction(known * rows + rows))
    if known == 0:
        return Number(Fraction(0)), size
    if known is not None:
        first = size if known == 1 else Binary("*", Number(Fraction(known)), size)
        return first, Binary("*", Number(Fraction(known + 1)), size)
    start = Binary("*", place, size)
    return start, Binary("+", start, size)


def _written_places(call: Call) -> tuple[Tree, list[str | Tree]]:
    """Return the operand of a subscript and its places, of an array of two dimensions."""
    operand = call.args[0]
    inner = operand if call.function.startswith("[:, ") and isinstance(operand, Call) else None
    if inner is None or inner.function == MEMBER or not is_subscript(inner) or not inner.function.endswith(", :]"):
        return operand, list(_pieces(call.function, call.args[1:]))
    rows = list(_pieces(inner.function.removesuffix(", :]") + "]", inner.args[1:]))
    columns = list(_pieces("[" + call.function.removeprefix("[:, "), call.args[1:]))
    return inner.args[0], [*rows, ", ", *columns]


def _pieces(pattern: str, args: tuple[Tree, ...]) -> Iterator[str | Tree]:
    following = iter(args)
    if ":s" in pattern and _is_first(args[0], args[-1]):
        pattern, following = pattern.replace("a", "", 1), iter(args[1:])
    for part in pattern[1:-1].split():
        for character in part:
            yield next(following) if character in "abijs" else character
        if part.endswith(","):
            yield " "


# -- lists and blocks ------------------------------------------------------------------------------------------------


def list_tree(items: list[Tree], span: Span) -> Call:
    """Return the tree of a list: a column of numbers, or rows of a matrix.

    Raises ExpressionSyntaxError where the rows are not of one length.
    """
    if not any(_is_list(item) for item in items):
        return Call(LIST, tuple(items), (), span)
    rows = [item for item in items if _is_list(item)]
    length = len(rows[0].args)
    for item in items:
        if not _is_list(item) or len(item.args) != length:
            found = f"one of {len(item.args)} stands" if _is_list(item) else "something else stands"
            message = f"the rows are not of one length: {found} beside one of {length}"
            raise ExpressionSyntaxError(message, span=item.span, hint="give every row as many parts")
    return Call(DISPLAY, tuple(Call(ROW, row.args, (), row.span) for row in rows), (), span)


def _is_list(node: Tree) -> TypeGuard[Call]:
    return isinstance(node, Call) and node.function == LIST


def stacked(call: Call) -> Call:
    """Return a call with its list taken apart: hstack([A, B]) is hstack(A, B), reshape(X, (n, m)) reshape(X, n, m)."""
    if call.function == "reshape" and len(call.args) == 2 and _is_list(call.args[1]):
        return Call("reshape", (call.args[0], *call.args[1].args), call.keywords, call.span)
    if call.function not in STACKING or call.keywords:
        return call
    only = call.args[0] if len(call.args) == 1 else None
    if call.function != BLOCK:
        return Call(call.function, only.args, (), call.span) if only is not None and _is_list(only) else call
    if only is None or not isinstance(only, Call) or only.function not in (LIST, DISPLAY):
        return call
    rows = [row for row in only.args if isinstance(row, Call)] if only.function == DISPLAY else [only]
    return blocks([row.args for row in rows], [row.span for row in rows], call.span)


def blocks(rows: list[tuple[Tree, ...]], spans: list[Span], span: Span) -> Call:
    """Return the tree of block([[A, B], [C, D]]); a 0 beside arrays is a block of zeros."""
    mates = [next((part for part in row if not _is_number(part)), None) for row in rows]
    above = [next((part for part in column if not _is_number(part)), None) for column in zip(*rows)]
    made = []
    for row, beside, place in zip(rows, mates, spans):
        parts = [_zeros(part, beside, over) for part, over in zip(row, above)]
        made.append(Call(PARTS, tuple(parts), (), place))
    return Call(BLOCK, tuple(made), (), span)


def _zeros(part: Tree, beside: Tree | None, above: Tree | None) -> Tree:
    if not isinstance(part, Number) or part.value != 0 or beside is None or above is None:
        return part
    return Call(ZERO, (beside, above), (), part.span)


def _is_number(node: Tree) -> bool:
    return isinstance(node, Number)

