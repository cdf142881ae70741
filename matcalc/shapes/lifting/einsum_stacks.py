"""einsum("kij,i,j->", A, x, x) with stacks of matrices: a sum over the first letter of each operand that has three.

What is left within that sum is an einsum of matrices and columns; a letter of the result over which a sum runs places
its term: einsum("kij,j->ki", A, x) is sum(e(k, K)@(A[k]@x).T for k in K).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from ...errors import ExpressionSyntaxError
from ...language.generators import For, Over
from ...language.stacks import Stacks
from ...language.subscripts import MEMBER
from ...language.syntax import Binary, Call, Name, String, Transpose, Tree, postorder, rebuilt
from ...rulebook.entries import size_tree
from .einsum import contracted, letters_of
from .trees import call, is_einsum, number, occurring


def has_stacks(tree: Tree) -> bool:
    """Return whether a tree has a call of einsum with three letters for an operand."""
    return any(isinstance(node, Call) and is_einsum(node) and _is_of_stacks(node) for node in postorder(tree))


def _is_of_stacks(node: Call) -> bool:
    first = node.args[0] if node.args else None
    return isinstance(first, String) and any(len(word) == 3 for word in _words(first.value))


def _words(text: str) -> list[str]:
    return text.replace(" ", "").partition("->")[0].split(",")


def without_stacks(tree: Tree, declared: Mapping[str, tuple], stacks: Stacks) -> Tree:
    """Return a tree in which every einsum with stacks is a sum over an index. Raises ExpressionSyntaxError.

    ``declared``: {name: (rows, columns)} of SymPy sizes; ``stacks``: the sizes of the declared stacks.
    """
    taken = {*occurring(tree), *declared, *(str(size) for shape in declared.values() for size in shape)}

    def as_sum(node: Tree) -> Tree:
        if isinstance(node, Call) and is_einsum(node) and _is_of_stacks(node):
            return _Sum(node, declared, stacks, taken).tree()
        return node

    return rebuilt(tree, as_sum)


class _Sum:
    """One call of einsum as a sum; ``taken`` are names that no index and no size may have."""

    def __init__(self, node: Call, declared: Mapping[str, tuple], stacks: Stacks, taken: set[str]) -> None:
        self.node, self.declared, self.stacks, self.taken = node, declared, stacks, taken
        text, *self.operands = node.args
        self.words, self.result = letters_of(cast(String, text).value, len(self.operands), text.span, 3)
        self.loops = list(dict.fromkeys(word[0] for word in self.words if len(word) == 3))
        self.names = {letter: self._fresh(letter, "ijklpqrst") for letter in self.loops}

    def _fresh(self, wish: str, letters: str) -> str:
        name = next(letter for letter in (wish, *letters, f"{wish}_") if letter not in self.taken)
        self.taken.add(name)
        return name

    def tree(self) -> Tree:
        """Return the sum."""
        words, parts = [], []
        for word, operand in zip(self.words, self.operands):
            left, part = self._taken_of(word, operand)
            words.append(left)
            parts.append(part)
        inner = "".join(letter for letter in self.result if letter not in self.loops)
        body = contracted(f"{','.join(words)}->{inner}", parts, self.node.span)
        sizes = {letter: self._size(letter) for letter in self.loops}
        body = self._placed(body, sizes)
        loops = tuple(For(self.names[letter], number(0), sizes[letter], self.node.span) for letter in self.loops)
        return Over("sum", body, loops, (), self.node.span)

    def _taken_of(self, word: str, operand: Tree) -> tuple[str, Tree]:
        """Return the letters of an operand over which no sum runs, and what is taken of it for the others."""
        if len(word) == 3:
            if not isinstance(operand, Name):
                message = f"{word} has three letters, and is of no name of a stack of matrices"
                raise ExpressionSyntaxError(message, span=operand.span, hint="write the name of a stack, A")
            operand = Call(MEMBER, (operand, Name(self.names[word[0]])), (), operand.span)
            word = word[1:]
        inside = [letter in self.loops for letter in word]
        left = "".join(letter for letter in word if letter not in self.loops)
        places = [Name(self.names[letter]) for letter in word if letter in self.loops]
        if not any(inside):
            return word, operand
        if len(word) == 1:
            return "", Call("[i]", (operand, *places), (), operand.span)
        if all(inside):
            return "", Call("[i, j]", (operand, *places), (), operand.span)
        if inside[0]:
            return left, Transpose(Call("[i, :]", (operand, *places), (), operand.span), operand.span)
        return left, Call("[:, j]", (operand, *places), (), operand.span)

    def _placed(self, body: Tree, sizes: dict[str, Tree]) -> Tree:
        """Return a term at its place in the result: in row k, in column k, or in both."""
        units = {
            axis: call("e", Name(self.names[letter]), sizes[letter])
            for axis, letter in enumerate(self.result)
            if letter in self.loops
        }
        if not units:
            return body
        if len(self.result) == 1:
            return Binary("*", body, units[0])
        if len(units) == 2:
            return Binary("*", body, Binary("@", units[0], Transpose(units[1])))
        return Binary("@", units[0], Transpose(body)) if 0 in units else Binary("@", body, Transpose(units[1]))

    def _size(self, letter: str) -> Tree:
        """Return how far a sum goes: by a declaration, else a new letter."""
        for word, operand in zip(self.words, self.operands):
            if letter in word and isinstance(operand, Name):
                known: Any = self.stacks.get(operand.id)
                if known is None and operand.id in self.declared:
                    known = tuple(size_tree(str(size)) for size in self.declared[operand.id])
                if known is not None:
                    return known[word.index(letter)]
        return Name(self._fresh(letter.upper(), "KNMLPQRST"))
