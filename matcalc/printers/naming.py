"""Long formulas as programs: what they repeat gets a name, r = A@x - b; 2*A.T@r.

A surface tree with its equal parts as one node is a program already: what is written more than once, and is longer than
a name, is a line of it. The program is no longer than the formula has different parts, however long it is itself
(Downey, Sethi & Tarjan 1980, Variations on the common subexpression problem).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import chain, count, islice
from typing import TYPE_CHECKING

from ..budget import spend
from ..language.generators import Over
from ..language.sharing import Shared
from ..language.subscripts import is_subscript
from ..language.syntax import Binary, Call, Name, Negate, Transpose, Tree, names
from ..language.unparse import unparse
from ..words import CONSTANTS
from .sizes import SCALAR, name_shapes, node_shapes

if TYPE_CHECKING:
    from ..rulebook.entries import Book

# characters of a name that is not chosen yet, and of a line beside its name and its expression: ` = ` and `; `
_NAME, _LINE = 2, 5
# characters that a name saves at least
_WORTHWHILE = 6
# letters for numbers, columns and rows, matrices; more parts of a kind are numbered: v1, v2, …
_LETTERS = {"number": "cabgfs", "vector": "rsuvzt", "matrix": "MNSTUV"}
_STEMS = {"number": "c", "vector": "v", "matrix": "M"}


@dataclass(frozen=True)
class Program:
    """A formula with names for some of its parts, ``parts`` of (name, tree) in order, ``tree`` in terms of them.

    ``shapes`` are those of all names, (rows, columns) as texts.
    """

    parts: tuple[tuple[str, Tree], ...]
    tree: Tree
    shapes: Mapping[str, tuple[str, str]]

    @property
    def trees(self) -> list[Tree]:
        """The trees of the parts and of the whole."""
        return [*(tree for _, tree in self.parts), self.tree]

    def __str__(self) -> str:
        return "; ".join([*(f"{name} = {unparse(tree)}" for name, tree in self.parts), unparse(self.tree)])


def program_of(tree: Tree, book: Book, shapes: Mapping[str, tuple], given: Mapping[str, Tree], taken: set) -> Program:
    """Return a formula as a program; ``shapes`` are those of its names, as in declarations.

    ``given`` are names that a user gave to parts, which keep them; ``taken`` are names that no part may have beside
    those in the tree and in ``shapes``.
    """
    shared = Shared(tree, unordered=True)
    known = name_shapes(tree, book, shapes)
    of_nodes = node_shapes(tree, book, known)
    found = {number: of_nodes[node] for node, number in shared.numbers.items()}
    taken = {*taken, *names(tree), *shapes, *CONSTANTS, *chain(*known.values())}
    own = _given_numbers(shared, given, taken)
    chosen = _chosen(shared, set(shapes), own)
    called = _named(chosen, found, own, taken | set(given))
    parts = tuple((name, shared.tree(number, called)) for number, name in called.items())
    return Program(parts, shared.tree(shared.root, called), known | {n: found[k] for k, n in called.items()})


def program_texts(program: Program, book: Book, written: Callable) -> tuple[str, list[str]]:
    """Return what a formula is in terms of its parts, and what each part is, by a printer such as unicode_text."""

    def text(tree: Tree) -> str:
        return written(tree, book, program.shapes)

    return text(program.tree), [f"{text(Name(name))} = {text(tree)}" for name, tree in program.parts]


def _given_numbers(shared: Shared, given: Mapping[str, Tree], taken: set[str]) -> dict[int, str]:
    """Return {number of a node: the name that its user gave it}."""
    own: dict[int, str] = {}
    for name, number in zip(given, shared.find(list(given.values()))):
        if number is not None and name not in taken:
            own.setdefault(number, name)
    return own


def _chosen(shared: Shared, variables: set[str], own: Mapping[int, str]) -> list[int]:
    """Return the numbers of the parts that get names, operands first: those whose name makes the whole shorter."""
    used = [0] * len(shared.nodes)
    for operands in shared.operands:
        for number in operands:
            used[number] += 1
    chosen, widths, varying = [], [], []
    for number, (node, operands) in enumerate(zip(shared.nodes, shared.operands)):
        spend(1)
        width = _width(node, [widths[operand] for operand in operands])
        varying.append(_varies(node, variables) or any(varying[operand] for operand in operands))
        name = len(own[number]) if number in own else _NAME
        saved = used[number] * (width - name) - width - name - _LINE
        if used[number] > 1 and saved >= _WORTHWHILE and varying[number] and _may_have_name(node):
            chosen.append(number)
            width = name
        widths.append(width)
    return chosen


def _width(node: Tree, operands: list[int]) -> int:
    """Return about how many characters a node is written with, its operands those many."""
    if isinstance(node, Binary):
        return sum(operands) + (3 if node.op in "+-" else len(node.op)) + 1
    if isinstance(node, (Negate, Transpose)):
        return operands[0] + (1 if isinstance(node, Negate) else 2)
    if isinstance(node, Call):
        words = sum(len(word) + 1 for word, _ in node.keywords)
        return len(node.function) + sum(operands) + words + 2 * max(1, len(operands))
    return len(unparse(node))


def _varies(node: Tree, variables: set[str]) -> bool:
    """Return whether a node without operands has a variable: a name, or a sum over an index."""
    return isinstance(node, (Name, Over)) and not variables.isdisjoint(names(node))


def _may_have_name(node: Tree) -> bool:
    """Return whether a part may stand alone: no name or number, no minus or transpose of it, no row of a block."""
    if isinstance(node, Call):
        return node.function.isidentifier() or is_subscript(node)
    return isinstance(node, Binary)


def _named(
    chosen: list[int], shapes: Mapping[int, tuple[str, str]], own: Mapping[int, str], taken: set[str]
) -> dict[int, str]:
    """Return {number: name} of the parts, a letter for the kind of each: small ones for numbers and columns."""
    kinds = {number: _kind(shapes[number]) for number in chosen}
    wanted, letters = [kind for number, kind in kinds.items() if number not in own], {}
    for kind in _LETTERS:
        found = _names(kind, wanted.count(kind), taken)
        taken, letters[kind] = taken.union(found), iter(found)
    return {number: own.get(number) or next(letters[kinds[number]]) for number in chosen}


def _kind(shape: tuple[str, str]) -> str:
    return "number" if shape == SCALAR else "vector" if "1" in shape else "matrix"


def _names(kind: str, wanted: int, taken: set[str]) -> list[str]:
    letters = [letter for letter in _LETTERS[kind] if letter not in taken]
    if wanted <= len(letters):
        return letters[:wanted]
    numbered = (f"{_STEMS[kind]}{place}" for place in count(1))
    return list(islice((name for name in numbered if name not in taken), wanted))
