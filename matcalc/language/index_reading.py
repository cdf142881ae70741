"""Index notation read back: 6*delta[i,j]*delta[j,k] as an array with an axis for each of its free indices.

What is read is what :mod:`indexed` writes: entries, deltas, sums over an index, arithmetic and functions of entries.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from fractions import Fraction
from typing import NoReturn

from ..errors import ExpressionSyntaxError, ShapeError
from .generators import Over
from .indexed import Apply, Axis, Delta, Entry, Indexed, IndexTree, Letter, Moved, Plus, Product, Raised, Total
from .nodes import Binary, Call, Name, Negate, Number, Tree, children, names, postorder
from .stacks import Stacks, as_written, with_members
from .subscripts import MEMBER, is_subscript
from .unparse import unparse

DELTA = "delta"
_ENTRIES = ("[i]", "[i, j]")
_NO_STACKS: Stacks = {}


def has_indices(tree: Tree, letters: Mapping[str, Tree]) -> bool:
    """Return whether a tree is index notation: it has a delta, or one of these letters as an index."""
    for node in postorder(tree):
        if isinstance(node, Call) and is_subscript(node):
            delta = isinstance(node.args[0], Name) and node.args[0].id == DELTA
            inner = (part for arg in node.args[1:] for part in postorder(arg))
            if delta or any(isinstance(part, Name) and part.id in letters for part in inner):
                return True
    return False


def read_indexed(
    tree: Tree, axes: tuple[Axis, ...], sizes: Mapping[str, Tree], known: Container[str], stacks: Stacks = _NO_STACKS
) -> Indexed:
    """Return what a surface tree stands for whose free indices are those of the axes; ``sizes`` maps them to sizes.

    ``known`` are the names that are no indices, ``stacks`` those of them that are stacks of matrices. Raises
    ExpressionSyntaxError and ShapeError for what is no number at each choice of the indices.
    """
    tree = with_members(tree, stacks)
    reading = _Reading(dict(sizes), known, stacks)
    for node in postorder(tree):
        if isinstance(node, Over):
            reading.take_loops(node)
    for node in postorder(tree):
        reading.enter(node)
    found = reading.number(tree)
    for name in reading.used[id(tree)]:
        if name in reading.sizes and name not in sizes:
            reading.fail_open(names(tree)[name])
    return Indexed(found, axes, reading.sizes)


def no_number(node: Tree) -> ExpressionSyntaxError:
    """Return the error for a part with an index that is an array."""
    hint = "write products as sums: sum(A[i,k]*x[k] for k in n)"
    return ExpressionSyntaxError("in index notation every part with an index is a number", span=node.span, hint=hint)


def _is_entry(tree: IndexTree | None) -> bool:
    return isinstance(tree, Delta) or isinstance(tree, Entry) and bool(tree.axes)


class _Reading:
    """The index trees of the nodes of a surface tree; None for those in which no index occurs."""

    def __init__(self, sizes: dict[str, Tree], known: Container[str], stacks: Stacks) -> None:
        self.sizes, self.free, self.names, self.stacks = sizes, tuple(sizes), known, stacks
        self.known: dict[int, IndexTree | None] = {}
        self.used: dict[int, frozenset[str]] = {}
        self.arrays: set[int] = set()

    def take_loops(self, node: Over) -> None:
        """Enter the indices of a sum with their sizes; an index has one size everywhere."""
        if node.function != "sum" or node.conditions:
            what = "a condition" if node.conditions else node.function
            hint = "leave terms out by a factor 1 - delta[i,j]" if node.conditions else "write a sum"
            raise ExpressionSyntaxError(f"index notation has no {what}", span=node.span, hint=hint)
        for loop in node.loops:
            if not isinstance(loop.start, Number) or loop.start.value != 0:
                raise ExpressionSyntaxError("a sum begins at 0", span=loop.span, hint=f"for {loop.name} in n")
            size = self.sizes.setdefault(loop.name, loop.stop)
            if loop.name in self.free or loop.name in self.names:
                what = "one of the answer's axes" if loop.name in self.free else "a name of the expression"
                hint = "take another letter for the sum"
                raise ExpressionSyntaxError(f"the index {loop.name} is {what}", span=loop.span, hint=hint)
            if unparse(size) != unparse(loop.stop):
                message = f"the index {loop.name} runs to {unparse(size)} and to {unparse(loop.stop)}"
                raise ExpressionSyntaxError(message, span=loop.span, hint="take another letter for one of the sums")

    def enter(self, node: Tree) -> None:
        """Read one node, those that it is made of being read."""
        own = frozenset({node.id}) if isinstance(node, Name) else frozenset()
        used = own.union(*(self.used[id(child)] for child in children(node)))
        self.used[id(node)] = used
        found: IndexTree | None = None
        if isinstance(node, Over):
            self.used[id(node)] = used - set(node.indices)
            found = Total(self.number(node.body), node.indices)
        elif isinstance(node, Call) and is_subscript(node):
            found = self._entry(node)
        elif any(self.known[id(child)] is not None for child in children(node)):
            found = self._operation(node)
        self.known[id(node)] = found

    def number(self, node: Tree) -> IndexTree:
        """Return the index tree of a node: an entry without axes where no index occurs in it."""
        found = self.known[id(node)]
        if found is not None:
            return found
        # an index that stands as a number, as in i*x[i]
        return Product(node.value) if isinstance(node, Number) else Entry(node, (), self._inside(node))

    def _refuse_open(self, place: Tree) -> None:
        for name, node in names(place).items():
            if name not in self.names:
                self._size(node)

    def _inside(self, node: Tree) -> tuple[str, ...]:
        """Return the indices that stand in a node."""
        return tuple(sorted(name for name in self.used[id(node)] if name in self.sizes))

    def _operation(self, node: Tree) -> IndexTree:
        if isinstance(node, Negate):
            return Product(Fraction(-1), (self.number(node.operand),))
        if isinstance(node, Binary) and node.op != "@":
            left, right = self.number(node.left), self.number(node.right)
            if node.op == "+":
                return Plus((left, right))
            if node.op == "-":
                return Plus((left, Product(Fraction(-1), (right,))))
            if node.op == "*":
                return Product(Fraction(1), (left, right))
            return Product(Fraction(1), (left,), (right,)) if node.op == "/" else Raised(left, right)
        of_arrays = any(id(child) in self.arrays for child in children(node))
        if isinstance(node, Call) and not node.keywords and not of_arrays:
            return Apply(node.function, tuple(map(self.number, node.args)))
        if any(_is_entry(self.known[id(child)]) for child in children(node)):
            raise no_number(node)
        self.arrays.add(id(node))  # a number, or an array of which entries are taken
        return Entry(node, (), self._inside(node))

    def _entry(self, node: Call) -> IndexTree | None:
        operand, places = node.args[0], node.args[1:]
        if node.function == MEMBER and len(places) == 2:  # matrix k of a stack, of which entries are taken
            self._refuse_open(places[0])
            return None
        delta = isinstance(operand, Name) and operand.id == DELTA
        if not delta and all(name in self.names for place in places for name in self.used[id(place)]):
            return None
        of_entry = isinstance(operand, Call) and is_subscript(operand) and self.known[id(operand)] is not None
        if node.function not in _ENTRIES or of_entry:
            shown = unparse(as_written(node, self.stacks))
            raise ExpressionSyntaxError(
                f"{shown} is no entry", span=node.span, hint="give every axis one index, as in X[i,k]"
            )
        axes = tuple(self._axis(place) for place in places)
        return self._delta(node, axes) if delta else Entry(operand, axes, self._inside(operand))

    @staticmethod
    def _delta(node: Call, axes: tuple[Axis, ...]) -> IndexTree:
        if len(axes) != 2 or any(len(axis) != 1 for axis in axes):
            raise ExpressionSyntaxError("a delta has two indices", span=node.span, hint="write delta[i,j]")
        (one,), (other,) = axes
        if isinstance(one, int) and isinstance(other, int):
            return Product(Fraction(int(one == other)))
        return Delta(other, one) if isinstance(one, int) else Delta(one, other)

    def _axis(self, place: Tree) -> Axis:
        """Return the letters of an axis: of k, of 0, of k + 1, of j*m + i."""
        if not isinstance(place, Binary) or place.op != "+" or not isinstance(place.right, Name) or (
            place.right.id not in self.sizes
        ):
            return (self._letter(place),)
        front, last = place.left, place.right
        size = self._size(last)
        if not isinstance(front, Binary) or front.op != "*" or unparse(front.right) != unparse(size):
            hint = f"{last.id} runs to {unparse(size)}: write k*{unparse(size)} + {last.id}"
            raise ShapeError(f"the place {unparse(place)} goes through no axis", span=place.span, hint=hint)
        return (*self._axis(front.left), last.id)

    def _letter(self, place: Tree) -> Letter:
        if isinstance(place, Number) and place.value.denominator == 1 and place.value >= 0:
            return int(place.value)
        if isinstance(place, Name):
            self._size(place)
            return place.id
        found = self._moved(place)
        if found is not None:
            return found
        raise ExpressionSyntaxError(
            f"{unparse(place)} is no index", span=place.span, hint="an index is a letter or a number from 0"
        )

    def _moved(self, place: Tree) -> Moved | None:
        """Return k + 1, k - 1, 2*k + 1, n - 1 - k as what is made of one letter, None for other places."""
        letters = [name for name in names(place) if name in self.sizes]
        if len(letters) != 1 or not isinstance(place, Binary):
            return None
        (letter,) = letters
        found = _linear(place, letter)
        if found is None or found[1] == 0:
            return None
        return Moved(letter, found[0], found[1])

    def _size(self, name: Name) -> Tree:
        if name.id not in self.sizes:
            self.fail_open(name)
        return self.sizes[name.id]

    def fail_open(self, name: Name) -> NoReturn:
        """Raise the error for an index that is no axis of the answer where no sum is over it."""
        known = ", ".join(self.free)
        raise ShapeError(
            f"the index {name.id} is none of the answer's axes, and no sum is over it",
            span=name.span,
            hint=f"the axes are {known}" if known else "the answer is a number: it has no axes",
        )


def _linear(place: Tree, letter: str) -> tuple[Tree, int] | None:
    """Return (start, step) of a place start + step*letter, None where it is not of this form."""
    if isinstance(place, Name) and place.id == letter:
        return Number(Fraction(0)), 1
    if not isinstance(place, Binary):
        return place, 0
    left, right = _linear(place.left, letter), _linear(place.right, letter)
    if left is None or right is None:
        return None
    if place.op in ("+", "-"):
        sign = 1 if place.op == "+" else -1
        if _is_zero(left[0]) and sign == 1:
            start = right[0]
        else:
            start = left[0] if _is_zero(right[0]) else Binary(place.op, left[0], right[0])
        return start, left[1] + sign * right[1]
    if left[1] == right[1] == 0:
        return place, 0
    factor, other = (left, right) if left[1] == 0 else (right, left)
    number = factor[0]
    if place.op != "*" or factor[1] != 0 or not _is_zero(other[0]) or not isinstance(number, Number):
        return None
    return (other[0], int(number.value) * other[1]) if number.value.denominator == 1 else None


def _is_zero(tree: Tree) -> bool:
    return isinstance(tree, Number) and tree.value == 0
