"""einsum("ij,j->i", A, x) to matrix form: a sum over the letters that its result does not have.

An operand with one letter is a column, one with two a matrix, one with none a number.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import NoReturn

from ...errors import ExpressionSyntaxError, ShapeError, Span
from ...language.syntax import Call, Name, String, Tree, rebuilt
from .network import Label, Piece, Term, Unliftable, Value, piece_of
from .trees import call, is_einsum

_LETTERS = re.compile(r"[A-Za-z]*")
_SHOW = 'write einsum("ij,jk->ik", A, B)'
KINDS = ("number", "column", "matrix")


def letters_of(text: str, count: int, span: Span, most: int = 2) -> tuple[list[str], str]:
    """Return the letters of the operands, at most so many, and of the result, at most two.

    Raises ExpressionSyntaxError for what is no such text.
    """
    left, arrow, right = text.replace(" ", "").partition("->")
    operands = left.split(",")

    def fail(message: str, hint: str = _SHOW) -> NoReturn:
        raise ExpressionSyntaxError(message, span=span, hint=hint)

    if "." in text:
        fail("'...' stands for any number of dimensions, and arrays have two at most here", "write the letters")
    if not all(_LETTERS.fullmatch(part) for part in (*operands, right)):
        fail("the letters of einsum are one word for each operand, with commas between them")
    if len(operands) != count:
        fail(f"einsum has {count} operand{'s' if count != 1 else ''} and letters for {len(operands)}")
    if not arrow:
        every = "".join(operands)
        right = "".join(sorted(letter for letter in set(every) if every.count(letter) == 1))
    if len(set(right)) < len(right):
        fail("a letter stands twice in the result")
    if set(right) - set("".join(operands)):
        fail(f"the letter {min(set(right) - set(''.join(operands)))} of the result stands in no operand")
    for part in operands:
        if len(part) > most:
            fail(f"{part} has {len(part)} letters: arrays have two dimensions here, and stacks of matrices three")
    if len(right) > 2:
        hint = "write it for one index, with A[k] for a stack: A[k]@B[k] is a matrix"
        fail(f"the result has {len(right)} letters: it has two dimensions at most", hint)
    return operands, right


def contracted(text: str, operands: Sequence[Tree], span: Span) -> Tree:
    """Return what einsum means in matrices, a column for one letter. Raises ExpressionSyntaxError or ShapeError."""
    words, result = letters_of(text, len(operands), span)
    labels = {letter: Label(letter) for letter in "".join(words)}
    pieces = []
    for word, tree in zip(words, operands):
        rows, cols, *_ = (*(labels[letter] for letter in word), None, None)
        pieces.append(Piece(tree, rows, cols))
    rows, cols, *_ = (*(labels[letter] for letter in result), None, None)
    summed = frozenset(label for letter, label in labels.items() if letter not in result)
    try:
        piece = piece_of(Value(rows, cols, (Term(pieces=tuple(pieces), summed=summed),)))
    except Unliftable:
        hint = "split it into products of two operands"
        raise ShapeError(f"einsum('{text}') is no product of matrices", span=span, hint=hint) from None
    tree = piece.seen(rows, cols)
    if rows is not None and piece.rows is piece.cols:
        tree = call("diag", piece.tree)
    return replace(tree, span=span)


def without_einsum(tree: Tree) -> tuple[Tree, dict[str, str]]:
    """Return a tree with every einsum in matrix form, and {name: kind} of the operands that are names."""
    kinds: dict[str, str] = {}

    def in_matrices(node: Tree) -> Tree:
        return _of_call(node, kinds) if isinstance(node, Call) and is_einsum(node) else node

    return rebuilt(tree, in_matrices), kinds


def _of_call(node: Call, kinds: dict[str, str]) -> Tree:
    first, *operands = node.args or (None,)
    if not isinstance(first, String) or not operands or node.keywords:
        raise ExpressionSyntaxError("einsum takes letters and arrays", span=node.span, hint=_SHOW)
    words, _ = letters_of(first.value, len(operands), first.span)
    for word, operand in zip(words, operands):
        if isinstance(operand, Name):
            kinds[operand.id] = KINDS[len(word)]
    return contracted(first.value, operands, node.span)
