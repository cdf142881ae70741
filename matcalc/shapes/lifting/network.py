"""Products of arrays whose axes carry labels: what a term of a sum is made of, and its contraction to one array.

The label of an axis is an index that is summed over, or a dimension of a vector or a matrix that has no name. A value
is a sum of terms, each a product of pieces with two axes at most; labels of a term that are summed stay so until one
array is wanted. Contraction eliminates one label at a time (variable elimination, as einsum does it): the pieces that
share a label become one matrix product, which works while what results has two labels at most.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import count

from ...language.syntax import Binary, Tree
from . import trees
from .trees import ONE, call, key, matmul, multiplied, scaled, total, transposed

_MOST_TERMS = 64


class Unliftable(Exception):
    """A term has no form in matrices."""


class Label:
    """The label of an axis: an index with its ``name``, or a dimension that has none; ``size`` where it is known."""

    __slots__ = ("name", "size", "rank")
    _ranks = count()

    def __init__(self, name: str = "", size: Tree | None = None) -> None:
        self.name, self.size, self.rank = name, size, (not name, next(self._ranks))

    @property
    def extent(self) -> Tree:
        """The size; raises Unliftable where it is not known."""
        if self.size is None:
            raise Unliftable
        return self.size


Axis = Label | None


def renamed(axis: Axis, names: dict[Label, Label]) -> Axis:
    """Return the new label of an axis, None of one that has none."""
    return None if axis is None else names.get(axis, axis)


@dataclass(frozen=True)
class Piece:
    """An array whose rows and columns have labels, None where there is one row or one column only.

    ``inverse``: whether it divides; ``unit``: whether it is the identity, by which one label is the other.
    """

    tree: Tree
    rows: Axis = None
    cols: Axis = None
    inverse: bool = False
    unit: bool = False

    @property
    def labels(self) -> frozenset[Label]:
        """The labels of its axes."""
        return frozenset(label for label in (self.rows, self.cols) if label is not None)

    def seen(self, rows: Axis, cols: Axis) -> Tree:
        """Return the tree that has its labels at these axes; an axis that it does not have is of size 1."""
        if self.cols is not None and self.cols is rows or self.rows is not None and self.rows is cols:
            return transposed(self.tree)
        return self.tree

    def renamed(self, names: dict[Label, Label]) -> Piece:
        """Return the piece with other labels."""
        return replace(self, rows=renamed(self.rows, names), cols=renamed(self.cols, names))


@dataclass(frozen=True)
class Term:
    """A number times a product of pieces, summed over the labels in ``summed``."""

    coefficient: Fraction = Fraction(1)
    pieces: tuple[Piece, ...] = ()
    summed: frozenset[Label] = frozenset()

    @property
    def free(self) -> frozenset[Label]:
        """The labels that are not summed over."""
        return frozenset().union(*(piece.labels for piece in self.pieces)) - self.summed

    def renamed(self, names: dict[Label, Label]) -> Term:
        """Return the term with other labels."""
        pieces = tuple(piece.renamed(names) for piece in self.pieces)
        return Term(self.coefficient, pieces, frozenset(names.get(label, label) for label in self.summed))

    def times(self, other: Term) -> Term:
        """Return the product; the labels that the other is summed over are made new."""
        other = other.renamed({label: Label(label.name, label.size) for label in other.summed})
        pieces = self.pieces + other.pieces
        return Term(self.coefficient * other.coefficient, pieces, self.summed | other.summed)


@dataclass(frozen=True)
class Value:
    """A sum of terms, as an array whose rows and columns have labels; a diagonal matrix has one label twice."""

    rows: Axis = None
    cols: Axis = None
    terms: tuple[Term, ...] = field(default=())

    @classmethod
    def of(cls, piece: Piece, rows: Axis = None, cols: Axis = None) -> Value:
        """Return the value of one piece."""
        return cls(rows, cols, (Term(pieces=(piece,)),))

    @property
    def labels(self) -> frozenset[Label]:
        """The labels of all terms that are not summed over, and those of its own axes."""
        own = frozenset(label for label in (self.rows, self.cols) if label is not None)
        return own.union(*(term.free for term in self.terms))

    @property
    def is_diagonal(self) -> bool:
        """Whether it is a diagonal matrix that is held by its diagonal."""
        return self.rows is not None and self.rows is self.cols

    def renamed(self, names: dict[Label, Label]) -> Value:
        """Return the value with other labels."""
        terms = tuple(term.renamed(names) for term in self.terms)
        return Value(renamed(self.rows, names), renamed(self.cols, names), terms)

    def apart(self) -> Value:
        """Return the value with new labels at its own axes."""
        own = [label for label in (self.rows, self.cols) if label is not None]
        return self.renamed({label: Label(size=label.size) for label in own})

    def turned(self) -> Value:
        """Return the transpose."""
        return replace(self, rows=self.cols, cols=self.rows)

    def scaled(self, factor: Fraction) -> Value:
        """Return a multiple."""
        return replace(self, terms=tuple(replace(t, coefficient=factor * t.coefficient) for t in self.terms))

    def summed(self, labels: Iterable[Label]) -> Value:
        """Return the sum over labels, all of which every term has."""
        over = frozenset(labels)
        if any(over - term.free for term in self.terms):
            return collapsed(self).summed(over) if len(self.terms) > 1 else self._counted(over)
        return replace(self, terms=tuple(replace(term, summed=term.summed | over) for term in self.terms))

    def _counted(self, over: frozenset[Label]) -> Value:
        """Return the sum of one term, over labels that it may not have: so often it is added."""
        (term,) = self.terms
        absent = over - term.free
        sizes = [label.size for label in sorted(absent, key=lambda label: label.name) if label.size is not None]
        if len(sizes) < len(absent):
            raise Unliftable
        pieces = tuple(map(Piece, sizes))
        return replace(self, terms=(Term(term.coefficient, pieces + term.pieces, term.summed | (over - absent)),))


def product(left: Value, right: Value, rows: Axis, cols: Axis) -> Value:
    """Return the product of two values whose labels have been matched, with the labels of the result's axes."""
    left, right = single(left), single(right)
    if len(left.terms) * len(right.terms) > _MOST_TERMS:
        raise Unliftable
    return Value(rows, cols, tuple(one.times(other) for one in left.terms for other in right.terms))


def single(value: Value) -> Value:
    """Return a value as one term, where that has two labels at most."""
    return collapsed(value) if len(value.terms) > 1 and len(value.labels) <= 2 else value


def collapsed(value: Value) -> Value:
    """Return a value as one piece; raises Unliftable where that would have more than two labels."""
    piece = piece_of(value)
    return Value(value.rows, value.cols, (Term(pieces=(piece,)),))


def piece_of(value: Value) -> Piece:
    """Return a value as one array, its indices before its other labels; raises Unliftable."""
    pieces = [contracted(term) for term in value.terms]
    labels = frozenset().union(*(piece.labels for piece in pieces))
    if len(labels) > 2:
        raise Unliftable
    rows, cols = _axes(labels, value)
    return Piece(trees.added([piece.seen(rows, cols) for piece in pieces]), rows, cols)


def _axes(labels: frozenset[Label], value: Value) -> tuple[Axis, Axis]:
    """Return which of the labels is that of the rows."""
    if not labels:
        return None, None
    if len(labels) == 1:
        (label,) = labels
        return (None, label) if label is value.cols and label is not value.rows else (label, None)
    if labels == {value.rows, value.cols}:
        return value.rows, value.cols
    return ordered(labels)


def ordered(labels: Iterable[Label]) -> tuple[Axis, Axis]:
    """Return the labels of the rows and of the columns of an array that has two of them at most."""
    rows, cols, *_ = (*sorted(labels, key=lambda label: label.rank), None, None)
    return rows, cols


# -- contraction -------------------------------------------------------------------------------------------------


def contracted(term: Term) -> Piece:
    """Return a term as one piece; raises Unliftable where a product of two matrices does not give it."""
    pieces, summed = _without_units(list(term.pieces), list(_in_order(term)))
    while summed:
        label = min(summed, key=lambda one: (len(_others(pieces, one)), bool(one.name), summed.index(one)))
        pieces, gone = _without(pieces, label, set(summed))
        summed = [one for one in summed if one not in gone]
    return _hadamard(pieces, term.coefficient)


def _without_units(pieces: list[Piece], summed: list[Label]) -> tuple[list[Piece], list[Label]]:
    """Return the pieces and the labels to be summed over, where the sum over the label of an identity is taken."""
    while True:
        units = [piece for piece in pieces if piece.unit and not piece.inverse and len(piece.labels) == 2]
        sides = [(unit, *pair) for unit in units for pair in ((unit.rows, unit.cols), (unit.cols, unit.rows))]
        for unit, gone, left in sides:
            rest = [piece for piece in pieces if piece is not unit]
            if left is not None and gone in summed and any(gone in piece.labels for piece in rest):
                pieces = [piece.renamed({gone: left}) for piece in rest]
                summed = [label for label in summed if label is not gone]
                break
        else:
            return pieces, summed


def _in_order(term: Term) -> list[Label]:
    found: dict[Label, None] = {}
    for piece in term.pieces:
        for label in (piece.rows, piece.cols):
            if label in term.summed:
                found.setdefault(label)
    return list(found)


def _others(pieces: list[Piece], label: Label) -> frozenset[Label]:
    """Return the labels that stand beside a label in its pieces."""
    return frozenset().union(*(piece.labels for piece in pieces if label in piece.labels)) - {label}


def _without(pieces: list[Piece], label: Label, summed: set[Label]) -> tuple[list[Piece], set[Label]]:
    """Return the pieces after a label is summed over, and the labels that are gone; raises Unliftable."""
    own = [piece for piece in pieces if label in piece.labels]
    rest = [piece for piece in pieces if label not in piece.labels]
    others = _others(pieces, label)
    if len(others) > 2:
        raise Unliftable
    if len(others) == 1:
        (other,) = others
        if other in summed and not any(len(piece.labels - {label, other}) for piece in pieces if other in piece.labels):
            mine = [piece for piece in pieces if piece.labels & {label, other}]
            rest = [piece for piece in rest if other not in piece.labels]
            return [*rest, Piece(_double(mine, label, other))], {label, other}
    if not others:
        return [*rest, Piece(_single(own, label))], {label}
    weights = [piece for piece in own if piece.labels == {label}]
    if len(others) == 1:
        return [*rest, _toward(own, weights, label, *others)], {label}
    one, two = ordered(others)
    left = [piece for piece in own if one in piece.labels]
    right = [piece for piece in own if two in piece.labels]
    if any(piece in right for piece in left):
        raise Unliftable
    before, after = _array(left, one, label), _array(right, label, two)
    if weights:
        before = matmul(before, call("diag", _array(weights, label, None)))
    return [*rest, Piece(matmul(before, after), one, two)], {label}


def _toward(own: list[Piece], weights: list[Piece], label: Label, other: Label) -> Piece:
    """Return the column that is left of a label's pieces once it is summed over."""
    arrays = [piece for piece in own if other in piece.labels]
    if weights:
        return Piece(matmul(_array(arrays, other, label), _array(weights, label, None)), other, None)
    if any(piece.rows is label and piece.cols is other for piece in arrays[:1]):
        return Piece(transposed(call("sum", _array(arrays, label, other), axis=0)), other, None)
    return Piece(call("sum", _array(arrays, other, label), axis=1), other, None)


def _product(pieces: list[Piece], rows: Axis, cols: Axis) -> Tree | None:
    """Return the product of pieces entry by entry, seen with these axes; None: of no pieces."""
    above = [_diagonal(piece).seen(rows, cols) for piece in pieces if not piece.inverse]
    below = [_diagonal(piece).seen(rows, cols) for piece in pieces if piece.inverse]
    return multiplied(above, below)


def _array(pieces: list[Piece], rows: Axis, cols: Axis) -> Tree:
    return _product(pieces, rows, cols) or ONE


def _diagonal(piece: Piece) -> Piece:
    """Return the diagonal of a piece both of whose axes have one label."""
    if piece.rows is not None and piece.rows is piece.cols:
        return Piece(call("diag", piece.tree), piece.rows, None, piece.inverse)
    return piece


def _single(own: list[Piece], label: Label) -> Tree:
    """Return the sum over a label that no piece has beside another one."""
    if len(own) == 1 and own[0].rows is own[0].cols and not own[0].inverse:
        return call("tr", own[0].tree)
    if len(own) == 2 and not any(piece.inverse for piece in own):
        one, two = (_diagonal(piece).seen(label, None) for piece in own)
        if key(one) != key(two):
            return matmul(transposed(one), two)
    return total(_array(own, label, None))


def _double(own: list[Piece], label: Label, other: Label) -> Tree:
    """Return the sum over two labels that stand in no piece beside a third one."""
    arrays = [piece for piece in own if len(piece.labels) == 2]
    mine = [piece for piece in own if piece.labels == {label}]
    others = [piece for piece in own if piece.labels == {other}]
    rows, cols = (label, other) if arrays[0].rows is label else (other, label)
    if rows is other:
        mine, others = others, mine
    if not mine and not others:
        if len(arrays) == 2 and not any(piece.inverse for piece in arrays) and arrays[1].rows is cols:
            if any(isinstance(piece.tree, Binary) and piece.tree.op == "@" for piece in arrays):
                return call("tr", matmul(arrays[0].tree, arrays[1].tree))
        return total(_array(arrays, rows, cols))
    matrix = _array(arrays, rows, cols)
    if mine and others:
        return matmul(matmul(transposed(_array(mine, rows, None)), matrix), _array(others, cols, None))
    if mine:
        return call("sum", matmul(transposed(_array(mine, rows, None)), matrix))
    return call("sum", matmul(matrix, _array(others, cols, None)))


def _hadamard(pieces: list[Piece], coefficient: Fraction) -> Piece:
    """Return the product of pieces entry by entry; raises Unliftable where they have more than two labels."""
    labels: dict[Label, None] = {}
    for piece in pieces:
        for label in (piece.rows, piece.cols):
            if label is not None:
                labels.setdefault(label)
    if len(labels) > 2:
        raise Unliftable
    wide = next((piece for piece in pieces if len(piece.labels) == 2), None)
    rows, cols = ordered(labels)
    if rows is not None and cols is not None and wide is None and not any(piece.inverse for piece in pieces):
        return _outer(pieces, coefficient, rows, cols)
    return Piece(scaled(coefficient, _product(pieces, rows, cols)), rows, cols)


def _outer(pieces: list[Piece], coefficient: Fraction, rows: Label, cols: Label) -> Piece:
    """Return the product of a column over one label with a row over another."""
    constants = [piece for piece in pieces if not piece.labels]
    left = _array([piece for piece in pieces if rows in piece.labels], rows, None)
    right = _array([piece for piece in pieces if cols in piece.labels], cols, None)
    tree = matmul(left, transposed(right))
    if constants:
        tree = Binary("*", _array(constants, None, None), tree)
    return Piece(scaled(coefficient, tree), rows, cols)
