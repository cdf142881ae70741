"""Index forms as einsums: for every term its operands, arrays of the language, and the letters of their axes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast

from sympy import Expr, Integer

from ..algebra.constants import eye, ones, unit
from ..algebra.constructors import transpose
from ..algebra.expressions import ONE, is_array
from ..algebra.products import matmul
from ..algebra.strides import Stride, stride
from ..language.unparse import PRODUCT, precedence, unparse
from ..presentation.forms import size_tree
from .derive import IndexDerivative
from .terms import Factor, Group, Index, Letter, Moved, Term

_LETTERS = "ijklpqrstuvmnhoaexbcdfgwyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True)
class Operand:
    """An operand of an einsum: an array of the language, its letters, and their sizes where an axis has several."""

    node: Expr
    letters: str
    sizes: tuple[Expr, ...] = ()


@dataclass(frozen=True)
class Einsum:
    """A scalar times an einsum."""

    coefficient: Expr
    operands: tuple[Operand, ...]
    out: str

    @property
    def subscripts(self) -> str:
        """What stands in quotes: ij,j->i."""
        return ",".join(operand.letters for operand in self.operands) + "->" + self.out


def einsums(derived: IndexDerivative) -> list[Einsum]:
    """Return the terms of an index form as einsums, with the letters of the index form where these are single."""
    free = [letter for group in derived.groups for letter in group]
    own = [str(derived.names.letter(index)) for index in free]
    if any(len(letter) > 1 for letter in own):
        own = list(_LETTERS[: len(free)])
    letters: dict[Letter, str] = dict(zip(free, own))
    return [_einsum(term, letters, derived) for term in derived.terms]


def _einsum(term: Term, free: dict[Letter, str], derived: IndexDerivative) -> Einsum:
    unused = iter([letter for letter in _LETTERS if letter not in free.values()])
    letters = dict(free)
    for summed in term.bound:
        letters[summed] = next(unused)
    operands: list[Operand] = []
    for left, right in term.deltas:
        operands.append(_delta(left[0], right[0], letters))
    for factor in sorted(term.factors, key=lambda factor: derived.presenter.rank(factor.node)):
        operands += _operands(factor, letters, unused)
    used = {letter for operand in operands for letter in operand.letters}
    for index, letter in free.items():
        if letter not in used and isinstance(index, Index):
            operands.append(Operand(ones(index.size), letter))
    return Einsum(term.coefficient, tuple(operands), "".join(free.values()))


def _delta(one: Letter, other: Letter, letters: dict[Letter, str]) -> Operand:
    if isinstance(one, int) or isinstance(other, int):
        index, place = (other, one) if isinstance(one, int) else (one, other)
        return Operand(unit(Integer(place), cast("Index", index).size), letters[index])
    return Operand(eye(one.size), letters[one] + letters[other])


def _operands(factor: Factor, letters: dict[Letter, str], unused: Iterator[str]) -> list[Operand]:
    """Return the operands of an entry: the array, and a unit column for each place that is fixed."""
    found, text, sizes = [], "", []
    shape = factor.node.shape if is_array(factor.node) else (ONE, ONE)
    for group, size in zip((factor.rows, factor.cols), shape):
        for letter in group:
            length = size if isinstance(letter, int) and len(group) == 1 else letter.size
            sizes.append(length)
            if isinstance(letter, Index):
                text += letters[letter]
            elif isinstance(letter, Moved):
                text += next(unused)
                found.append(Operand(_selection(letter), text[-1] + letters[letter.index]))
            else:
                text += next(unused)
                found.append(Operand(unit(Integer(letter), length), text[-1]))
    split = len(factor.rows) > 1 or len(factor.cols) > 1
    if not split and any(isinstance(letter, Moved) for letter in (*factor.rows, *factor.cols)):
        return [_sliced(factor, letters)]
    return [Operand(factor.node, text, tuple(sizes) if split else ()), *found]


def _selection(letter: Moved) -> Expr:
    return stride(Stride(letter.start, letter.step, letter.index.size, letter.size))


def _sliced(factor: Factor, letters: dict[Letter, str]) -> Operand:
    """Return what is taken of an array with one index for an axis as one operand: x[1:] for x[k + 1]."""
    node, text = factor.node, ""
    for group, left in ((factor.rows, True), (factor.cols, False)):
        for letter in group:
            if isinstance(letter, Index):
                text += letters[letter]
                continue
            selected = _selection(letter) if isinstance(letter, Moved) else unit(Integer(letter), letter.size)
            node = matmul(transpose(selected), node) if left else matmul(node, selected)
            text += letters[letter.index] if isinstance(letter, Moved) else ""
    return Operand(node, text)


def einsum_text(derived: IndexDerivative) -> str:
    """Return the index form as text with einsum: 2*einsum("ji,j->i", X, X@w - y)."""
    terms = einsums(derived)
    if not terms:
        return _zeros([group for group in derived.groups], derived)
    text = ""
    for term in terms:
        number, piece = _term_text(term, derived, len(terms) > 1)
        sign = " - " if text else "-"
        text += (sign if number else " + " if text else "") + piece
    return text


def _zeros(groups: Sequence[Group], derived: IndexDerivative) -> str:
    sizes = [unparse(size_tree(letter.size)) for group in groups for letter in group if isinstance(letter, Index)]
    return f"zeros({', '.join(sizes)})" if sizes else "0"


def _term_text(term: Einsum, derived: IndexDerivative, follows: bool) -> tuple[bool, str]:
    """Return (whether it is subtracted, the text of a term)."""
    number, rest = term.coefficient.as_coeff_Mul()
    negative = bool(number.is_number and number.is_negative)
    coefficient = -term.coefficient if negative else term.coefficient
    presenter = derived.presenter
    operands = []
    for operand in term.operands:
        text = unparse(presenter.tree(operand.node))
        if operand.sizes:
            text = f"reshape({text}, {', '.join(unparse(size_tree(size)) for size in operand.sizes)})"
        operands.append(text)
    only = term.operands[0] if len(term.operands) == 1 else None
    if only is not None and only.letters == term.out and not only.sizes:
        tree = presenter.tree(only.node)
        body = operands[0] if precedence(tree) > PRODUCT or coefficient == 1 and not follows else f"({operands[0]})"
    else:
        body = f'einsum("{term.subscripts}", {", ".join(operands)})' if operands else "1"
    if coefficient == 1:
        return negative, body
    tree = presenter.tree(coefficient)
    front = unparse(tree) if precedence(tree) > 1 else f"({unparse(tree)})"
    return negative, front if body == "1" else f"{front}*{body}"
