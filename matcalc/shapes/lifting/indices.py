"""The indices of a sum: the labels that they give to axes, the sizes of these, and entries at i + 1."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from ...errors import ShapeError
from ...language.generators import For
from ...language.stacks import member_as_written
from ...language.subscripts import MEMBER
from ...language.syntax import Binary, Call, Name, Negate, Number, Tree
from ...language.unparse import unparse
from .network import Label, Unliftable
from .trees import number

# the axis that goes through the matrices of a stack, beside those of rows and columns
STACK = 2
_WHAT = ("entries or rows", "columns", "matrices")


class Bound(NamedTuple):
    """A bound of an index, or the place of an entry: ``name + offset``, with "" for the name of a plain number."""

    name: str
    offset: int

    def tree(self) -> Tree:
        """Return the surface tree."""
        if not self.name:
            return number(self.offset)
        if not self.offset:
            return Name(self.name)
        op = "+" if self.offset > 0 else "-"
        return Binary(op, Name(self.name), number(abs(self.offset)))

    def plus(self, other: int) -> Bound:
        """Return the bound moved by a number."""
        return Bound(self.name, self.offset + other)


def bound_of(tree: Tree) -> Bound | None:
    """Return the bound that a tree of one name and whole numbers is, None where it is more."""
    if isinstance(tree, Number) and tree.value.denominator == 1:
        return Bound("", int(tree.value))
    if isinstance(tree, Name):
        return Bound(tree.id, 0)
    if isinstance(tree, Negate) and (inner := bound_of(tree.operand)) and not inner.name:
        return Bound("", -inner.offset)
    if isinstance(tree, Binary) and tree.op in ("+", "-"):
        left, right = bound_of(tree.left), bound_of(tree.right)
        if left is None or right is None or right.name and (left.name or tree.op == "-"):
            return None
        return Bound(left.name or right.name, left.offset + (right.offset if tree.op == "+" else -right.offset))
    return None


class Index(NamedTuple):
    """An index of a sum: where it begins and ends, and the label that it gives to axes."""

    name: str
    start: Bound
    stop: Bound
    label: Label
    loop: For


def index_of(loop: For) -> Index:
    """Return the index of a loop; raises Unliftable where its bounds are more than a name and a number."""
    start, stop = bound_of(loop.start), bound_of(loop.stop)
    if start is None or stop is None or start.name:
        raise Unliftable
    return Index(loop.name, start, stop, Label(loop.name, stop.plus(-start.offset).tree()), loop)


class Extents:
    """How long the axes are that indices run over: {(array, axis): its size}; ``declared`` sizes hold.

    ``axes_of(array)`` are the axes of names from which an array that is no name has its own, None where it has none.
    """

    def __init__(self, source: str, axes_of: Callable[[Tree], tuple]) -> None:
        self.source, self.axes_of = source, axes_of
        self.sizes: dict[tuple[str, int], Bound] = {}
        self.fixed: set[tuple[str, int]] = set()

    def declare(self, name: str, axis: int, size: Any) -> None:
        """Take the size of an axis from a declaration."""
        number, rest = size.as_coeff_Add()
        if not number.is_Integer or rest != 0 and not rest.is_Symbol:
            number, rest = 0, size
        self.fix(name, axis, Bound("" if rest == 0 else str(rest), int(number)))

    def fix(self, name: str, axis: int, bound: Bound) -> None:
        """Take the size of an axis as it is declared."""
        self.sizes[name, axis] = bound
        self.fixed.add((name, axis))

    def axis(self, base: Tree, axis: int) -> tuple[str, int] | None:
        """Return the axis of a name that an axis of an array is, None where it is none."""
        if isinstance(base, Call) and base.function == MEMBER and isinstance(base.args[0], Name):
            return f"{base.args[0].id}[k]", axis
        return (base.id, axis) if isinstance(base, Name) else self.axes_of(base)[axis] if axis < STACK else None

    def use(self, base: Tree, place: int, index: Index, offset: int, node: Tree) -> None:
        """Take note of entries from index.start + offset to index.stop + offset; raises ShapeError for none such."""
        found = self.axis(base, place)
        if found is None:
            return
        name, axis = found
        node = member_as_written(node)
        if index.start.offset + offset < 0:
            message = f"{unparse(node)} begins before the first entry: {index.name} is {index.start.offset} there"
            raise self._error(node, message, f"let {index.name} run from {-offset}")
        end = index.stop.plus(offset)
        known = self.sizes.get((name, axis))
        if known is None:
            self.sizes[name, axis] = end
        elif known.name != end.name:
            what = f"{_text(known)} {_WHAT[axis]}"
            message = f"{name} has {what} here, but {index.name} runs to {_text(index.stop)}"
            raise self._error(node, message, f"let {index.name} run to {_text(known.plus(-offset))}")
        elif end.offset > known.offset:
            if (name, axis) in self.fixed:
                message = f"{name} ends at {_text(known)}, but {unparse(node)} runs to {_text(end)}"
                raise self._error(node, message, f"let {index.name} run to {_text(known.plus(-offset))}")
            self.sizes[name, axis] = end

    def _error(self, node: Tree, message: str, hint: str) -> ShapeError:
        return ShapeError(message, source=self.source, span=node.span, hint=hint)

    def cut(self, tree: Tree, base: Tree, axis: int, index: Index, offset: int, is_column: bool) -> Tree:
        """Return the part of an array that an index runs over, along one of its axes; ``base`` as it was typed."""
        known = self.axis(base, axis)
        start, stop = index.start.plus(offset), index.stop.plus(offset)
        ends = known is not None and self.sizes.get(known, stop) == stop
        if start == Bound("", 0) and ends:
            return tree
        bounds = [] if start == Bound("", 0) else [start.tree()]
        bounds += [] if ends else [stop.tree()]
        span = ("a" if start != Bound("", 0) else "") + ":" + ("" if ends else "b")
        form = f"[{span}]" if is_column else f"[:, {span}]" if axis else f"[{span}, :]"
        return Call(form, (tree, *bounds))


def _text(bound: Bound) -> str:
    return unparse(bound.tree())
