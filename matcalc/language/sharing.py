"""A surface tree with equal subtrees as one node, so that what is written twice is known to be the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from hashlib import blake2b
from types import MappingProxyType

from .generators import Over
from .nodes import Binary, Call, Name, Negate, Number, String, Transpose, Tree, outside_sums, postorder
from .unparse import unparse

# terms of sums that are compared in whichever order
_MOST_TERMS = 12


class Shared:
    """The distinct subtrees of a surface tree, numbered in order of evaluation.

    ``nodes[i]`` is a node, ``operands[i]`` the numbers of its operands; ``weights[i]`` is 1 for a name, an operator or
    a call, 0 for a number, a minus or a transpose. ``root`` is the number of the whole tree, ``numbers`` maps ``id`` of
    a node to its number. ``unordered``: sums of the same terms are equal in whichever order they are written.
    """

    def __init__(self, tree: Tree, unordered: bool = False) -> None:
        self.nodes, self.operands, self.weights, self.numbers = [], [], [], {}
        self._known, self._terms, self._unordered = {}, {}, unordered
        for node in postorder(tree, outside_sums):
            operands = tuple(self.numbers[id(child)] for child in outside_sums(node))
            key = self._key(node, operands)
            if key not in self._known:
                self._known[key] = len(self.nodes)
                self.nodes.append(node)
                self.operands.append(operands)
                self.weights.append(0 if isinstance(node, (Number, String, Negate, Transpose)) else 1)
            self.numbers[id(node)] = self._known[key]
            if key[0] == "sum":
                self._terms[self._known[key]] = key[1]
        self.root = self.numbers[id(tree)]

    def digest(self) -> str:
        """Return a short text that equal trees share, and different ones do not."""
        words = blake2b(digest_size=9)
        for node, operands in zip(self.nodes, self.operands):
            words.update(f"{_head(node)}{operands}".encode())
        return words.hexdigest()

    def find(self, trees: Sequence[Tree]) -> list[int | None]:
        """Return the numbers of trees that equal subtrees, None for each other one."""
        numbers: dict[int, int | None] = {}
        together = Call("", tuple(trees))
        for node in postorder(together, outside_sums):
            operands = tuple(numbers[id(child)] for child in outside_sums(node))
            numbers[id(node)] = self.numbers.get(id(node), self._known.get(self._key(node, operands)))
        return [numbers[id(tree)] for tree in trees]

    def _key(self, node: Tree, operands: tuple[int | None, ...]) -> tuple:
        """Return what a node shares with those that it equals."""
        known = [number for number in operands if number is not None]
        if not self._unordered or not isinstance(node, Binary) or node.op not in "+-" or len(known) < 2:
            return (_head(node), operands)
        left, right = (self._terms.get(number, ((1, number),)) for number in known)
        sign = 1 if node.op == "+" else -1
        terms = tuple(sorted([*left, *((sign * own, number) for own, number in right)]))
        if len(terms) > _MOST_TERMS:
            return (_head(node), operands)
        return ("sum", terms)

    def tree(self, index: int, names: Mapping[int, str] = MappingProxyType({})) -> Tree:
        """Return the surface tree of a node; ``names`` maps other nodes to the names that stand for them."""
        built: dict[int, Tree] = {}
        stack = [index]
        while stack:
            number = stack[-1]
            if number in names and number != index:
                built[number] = Name(names[number])
            missing = [] if number in built else [o for o in self.operands[number] if o not in built]
            if missing:
                stack.extend(missing)
                continue
            stack.pop()
            if number not in built:
                built[number] = with_operands(self.nodes[number], [built[o] for o in self.operands[number]])
        return built[index]


def _head(node: Tree) -> tuple[str | tuple | Fraction | None, ...]:
    if isinstance(node, Binary):
        return ("binary", node.op)
    if isinstance(node, Call):
        return ("call", node.function, tuple(name for name, _ in node.keywords))
    if isinstance(node, Over):
        return ("over", unparse(node))
    value = node.id if isinstance(node, Name) else node.value if isinstance(node, (Number, String)) else None
    return (type(node).__name__, value)


def with_operands(node: Tree, operands: list[Tree]) -> Tree:
    """Return a surface node on other operands."""
    if isinstance(node, Binary):
        return replace(node, left=operands[0], right=operands[1])
    if isinstance(node, Call):
        count, words = len(node.args), [word for word, _ in node.keywords]
        return replace(node, args=tuple(operands[:count]), keywords=tuple(zip(words, operands[count:])))
    return replace(node, operand=operands[0]) if isinstance(node, (Negate, Transpose)) else node
