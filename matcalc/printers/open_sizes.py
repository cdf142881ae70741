"""Which constants of a formula need their size written: those that nothing beside them gives one.

In A + I the identity has the size of A; in I ⊗ A, and alone, it has any. Sizes that must be equal are put into one
class (union-find); a class that holds a size of a name is known.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ..language.subscripts import MEMBER
from ..language.syntax import Binary, Call, Name, Negate, Transpose, Tree, postorder
from .sizes import fitting_rule, is_differential

if TYPE_CHECKING:
    from ..rulebook.entries import Book, Rule

_KNOWN = 0
# unit columns with another index have their size, e_k being a name
UNIT_INDICES = frozenset("ij")


def is_unit(node: Tree, book: Book) -> bool:
    """Return whether a node is a unit column."""
    return isinstance(node, Call) and any(rule.operation == "unit" for rule in book.overloads(node.function))



def with_open_sizes(tree: Tree, book: Book, shapes: Mapping[int, tuple], left_out: frozenset[str]) -> set[int]:
    """Return the ids of the calls of constants whose sizes follow from nothing; ``shapes``: those of all nodes.

    ``left_out``: the operations of the constants that are written without a size where it follows.
    """
    if not any(isinstance(node, Call) and _operations(node, book) & left_out for node in postorder(tree)):
        return set()
    return _Classes(book, shapes, left_out).open_constants(tree)


def _operations(node: Call, book: Book) -> set[str]:
    return {rule.operation for rule in book.overloads(node.function)}


class _Classes:
    """The classes of equal sizes, as numbers; class 0 is that of the sizes that names have."""

    def __init__(self, book: Book, shapes: Mapping[int, tuple], left_out: frozenset[str]) -> None:
        self.book, self.shapes, self.left_out = book, shapes, left_out
        self.parent = [_KNOWN]
        self.of: dict[int, tuple] = {}
        self.constants: list[tuple[int, tuple]] = []
        # matrices of ones, which a column of them does not stand for
        self.filled: set[int] = set()

    def open_constants(self, tree: Tree) -> set[int]:
        for node in postorder(tree):
            found = self._classes(node)
            self.of[id(node)] = tuple(
                _KNOWN if size == "1" else place for size, place in zip(self.shapes[id(node)], found)
            )
        return {
            key for key, places in self.constants
            if len(places) == 2 and key in self.filled or any(self._root(place) != _KNOWN for place in places)
        }  # fmt: skip

    def _new(self) -> int:
        self.parent.append(len(self.parent))
        return self.parent[-1]

    def _root(self, place: int) -> int:
        while self.parent[place] != place:
            self.parent[place] = place = self.parent[self.parent[place]]
        return place

    def _unite(self, one: int, other: int) -> None:
        first, second = sorted((self._root(one), self._root(other)))
        self.parent[second] = first

    def _classes(self, node: Tree) -> tuple:
        if isinstance(node, Name):
            return (_KNOWN, _KNOWN)
        if isinstance(node, Negate):
            return self.of[id(node.operand)]
        if isinstance(node, Transpose):
            return self.of[id(node.operand)][::-1]
        if isinstance(node, Binary):
            return self._binary(node)
        if not isinstance(node, Call) or node.function == MEMBER:
            return (_KNOWN, _KNOWN)
        if is_differential(node, self.book):
            return self.of[id(node.args[0])]
        return self._call(node, fitting_rule(node, self.book, self.shapes))

    def _binary(self, node: Binary) -> tuple:
        left, right = self.of[id(node.left)], self.of[id(node.right)]
        if node.op != "@":
            self._spread(node)
            return self._entrywise([node.left, node.right])
        if self.shapes[id(node.left)][1] != "1":
            self._unite(left[1], right[0])
        return (left[0], right[1])

    def _spread(self, node: Binary) -> None:
        """Take note of ones beside a whole matrix, which a column of ones is spread over as well."""
        for one, other in ((node.left, node.right), (node.right, node.left)):
            if id(one) in self.filled and id(other) not in self.filled:
                whole = self.shapes[id(one)] == self.shapes[id(other)]
                self.filled -= {id(one)} if whole else set()

    def _entrywise(self, operands: list) -> tuple:
        """Unite the sizes of operands where they are not 1, which broadcasts."""
        found = []
        for axis in (0, 1):
            places = [self.of[id(node)][axis] for node in operands if self.shapes[id(node)][axis] != "1"]
            for other in places[1:]:
                self._unite(places[0], other)
            found.append(places[0] if places else _KNOWN)
        return tuple(found)

    def _call(self, node: Call, rule: Rule) -> tuple:
        if rule.operation in self.left_out:
            places = (self._new(),) * 2 if rule.operation == "eye" else (self._new(), self._new())
            shape = self.shapes[id(node)]
            self.filled |= {id(node)} if rule.operation == "ones" and "1" not in shape else set()
            self.constants.append((id(node), tuple(p for p, size in zip(places, shape) if size != "1")))
            return places
        if rule.elementwise:
            return self._entrywise(list(node.args))
        letters: dict[str, int] = {}
        for parameter, arg in zip(rule.params, node.args):
            if parameter.kind == "array":
                for letter, place, size in zip(parameter.sizes, self.of[id(arg)], self.shapes[id(arg)]):
                    if size != "1":
                        self._unite(letters.setdefault(letter, place), place)
        if not letters:  # its sizes are written, as those of the commutation matrix
            return (_KNOWN, _KNOWN)
        return tuple(letters[text] if text in letters else self._new() for text in rule.result)
