"""One lifting rule for each operation: from values of the operands to the value of the result."""

from __future__ import annotations

from fractions import Fraction
from typing import TypeGuard

from ...language.syntax import Binary, Call, Tree
from .network import (
    Axis,
    Label,
    Piece,
    Term,
    Unliftable,
    Value,
    collapsed,
    ordered,
    piece_of,
    product,
    single,
)
from .trees import added, call, number, transposed, value_of

_MOST_POWER = 4
# f along each row of a matrix, where an index runs over the rows
ALONG = frozenset({"sum", "mean", "logsumexp", "softmax", "max", "min", "prod"})


def constant(tree: Tree, kind: str) -> Value:
    """Return the value of a tree that depends on no index; ``kind`` is that of its shape."""
    known = value_of(tree) if kind == "number" else None
    if known is not None:
        return Value(terms=(Term(known),))
    rows = Label() if kind in ("column", "matrix") else None
    cols = Label() if kind in ("row", "matrix") else None
    return Value.of(Piece(tree, rows, cols), rows, cols)


def is_unit(node: Tree) -> TypeGuard[Call]:
    """Return whether a node is a unit vector e(i, n)."""
    return isinstance(node, Call) and node.function == "e" and len(node.args) == 2


def unit(size: Tree, label: Label) -> Value:
    """Return the value of e(i, n): a column that is a row of the identity, by the label of the index."""
    rows = Label(size=label.size)
    return Value(rows, None, (Term(pieces=(Piece(call("eye", size), label, rows, unit=True),)),))


def places(start: int, label: Label) -> Value:
    """Return the value of an index itself, as a column of whole numbers from ``start`` on."""
    if label.size is None:
        raise Unliftable
    counted = call("cumsum", call("ones", label.size))
    tree = counted if start == 1 else added([counted, number(start - 1)])
    return Value.of(Piece(tree, label, None))


def matched(left: Value, right: Value) -> tuple[Value, Value, Axis, Axis]:
    """Return two values whose axes have the same labels, where both have one, and the labels of what they make."""
    right = right.apart()
    names = {}
    if right.is_diagonal or left.is_diagonal:
        left, right = _full(left), _full(right)
    for one, other in ((left.rows, right.rows), (left.cols, right.cols)):
        if one is not None and other is not None:
            names[other] = one
    right = right.renamed(names)
    return left, right, left.rows or right.rows, left.cols or right.cols


def _full(value: Value) -> Value:
    """Return a diagonal matrix as a matrix."""
    if not value.is_diagonal:
        return value
    piece = piece_of(Value(value.rows, None, value.terms))
    if piece.labels != {value.rows}:
        raise Unliftable
    rows, cols = Label(), Label()
    return Value.of(Piece(call("diag", piece.seen(value.rows, None)), rows, cols), rows, cols)


def add(left: Value, right: Value, sign: int = 1) -> Value:
    """Return the sum of two values, or their difference."""
    if left.is_diagonal and right.is_diagonal and left.rows is not None and right.rows is not None:
        right = right.renamed({right.rows: left.rows})
        return Value(left.rows, left.cols, left.terms + right.scaled(Fraction(sign)).terms)
    left, right, rows, cols = matched(left, right)
    return Value(rows, cols, left.terms + right.scaled(Fraction(sign)).terms)


def multiply(left: Value, right: Value) -> Value:
    """Return the product entry by entry; a number scales."""
    for one, other in ((left, right), (right, left)):
        if one.is_diagonal and other.rows is None and other.cols is None:
            return product(one, other, one.rows, one.cols)
    left, right, rows, cols = matched(left, right)
    return product(left, right, rows, cols)


def divide(left: Value, right: Value) -> Value:
    """Return the quotient entry by entry."""
    number_below = right.terms[0].coefficient if len(right.terms) == 1 and not right.terms[0].pieces else None
    if number_below:
        return left.scaled(1 / number_below)
    left, right, rows, cols = matched(left, right)
    below = piece_of(right)
    below = Piece(below.tree, below.rows, below.cols, inverse=True)
    return product(left, Value(right.rows, right.cols, (Term(pieces=(below,)),)), rows, cols)


def matrix_product(left: Value, right: Value) -> Value:
    """Return the matrix product; a 1×1 factor scales."""
    if left.cols is None and right.rows is None:
        right = right.apart() if left.rows is None or right.cols is None or left.rows is right.cols else right
        return product(left, right, left.rows, right.cols)
    right = right.apart()
    if left.cols is None or right.rows is None:
        return multiply(left, right)
    inner = left.cols
    right = right.renamed({right.rows: inner})
    if left.is_diagonal or right.is_diagonal:
        rows = inner if left.is_diagonal else left.rows
        cols = inner if right.is_diagonal else right.cols
        return product(left, right, rows, cols)
    made = product(left, right, left.rows, right.cols)
    return made.summed([inner])


def entries_of(value: Value) -> Value:
    """Return the sum of all entries."""
    labels = [label for label in dict.fromkeys((value.rows, value.cols)) if label is not None]
    return Value(terms=single(value).summed(labels).terms)


def squares(value: Value) -> Value:
    """Return the sum of the squares of all entries."""
    value = single(value)
    terms = list(value.terms)
    labels = [label for label in dict.fromkeys((value.rows, value.cols)) if label is not None]
    found = []
    for place, one in enumerate(terms):
        found.append(one.times(one))
        found += [_doubled(one.times(other)) for other in terms[place + 1 :]]
    return Value(terms=tuple(found)).summed(labels)


def _doubled(term: Term) -> Term:
    return Term(2 * term.coefficient, term.pieces, term.summed)


def trace(value: Value) -> Value:
    """Return the trace."""
    if value.rows is None or value.cols is None:
        return Value(terms=value.terms)
    rows = value.rows
    value = value if value.is_diagonal else value.renamed({value.cols: rows})
    return Value(terms=value.summed([rows]).terms)


def diagonal(value: Value) -> Value:
    """Return the diagonal of a matrix as a column, or the diagonal matrix of a column."""
    if value.is_diagonal:
        return Value(value.rows, None, value.terms)
    if value.rows is None or value.cols is None:
        return Value(value.rows, value.rows, value.terms)
    return Value(value.rows, None, value.renamed({value.cols: value.rows}).terms)


def power(base: Value, exponent: Value, exact: Fraction | None) -> Value:
    """Return a power entry by entry; ``exact`` is the exponent where it is a number."""
    base = single(base)
    whole = exact is not None and exact.denominator == 1 and 0 < exact <= _MOST_POWER
    factors = int(exact) if exact is not None and whole else 0
    if factors and len(base.terms) == 1 and not base.is_diagonal:
        found = Value(base.rows, base.cols, base.terms)
        for _ in range(factors - 1):
            found = product(found, base, base.rows, base.cols)
        return found
    if factors and len(base.labels) > 2 and not base.is_diagonal:
        found = base
        for _ in range(factors - 1):
            found = product(found, base, base.rows, base.cols)
        return found
    return elementwise([base, exponent], lambda trees: Binary("**", *trees))


def elementwise(values: list[Value], build) -> Value:
    """Return what a function of entries makes of values; ``build`` takes their trees, which broadcast."""
    first = values[0]
    rows, cols = first.rows, first.cols
    if first.is_diagonal:
        first = _full(first)
        rows, cols = first.rows, first.cols
    placed = [first]
    for other in values[1:]:
        left, right, rows, cols = matched(Value(rows, cols, first.terms), other)
        placed.append(right)
    pieces = [piece_of(value) for value in placed]
    labels = frozenset().union(*(piece.labels for piece in pieces))
    if len(labels) > 2:
        raise Unliftable
    top, side = ordered(labels)
    tree = build([piece.seen(top, side) for piece in pieces])
    return Value(rows, cols, (Term(pieces=(Piece(tree, top, side),)),))


def along(function: str, value: Value) -> Value:
    """Return a function of a vector for each index: logsumexp(X, axis=1) for logsumexp(x[i])."""
    value = collapsed(value)
    (own,) = [label for label in (value.rows, value.cols) if label is not None]
    piece = piece_of(value)
    others = piece.labels - {own}
    if len(others) != 1:
        raise Unliftable
    (index,) = others
    tree = call(function, piece.seen(index, own), axis=1)
    if function == "softmax":
        return Value(value.rows, value.cols, (Term(pieces=(Piece(tree, index, own),)),))
    return Value(terms=(Term(pieces=(Piece(tree, index, None),)),))


def solved(matrix: Tree, right: Value) -> Value:
    """Return solve(A, b) where b alone depends on an index."""
    piece = piece_of(collapsed(right))
    others = piece.labels - {right.rows}
    if right.cols is not None or len(others) != 1:
        raise Unliftable
    (index,) = others
    tree = transposed(call("solve", matrix, piece.seen(right.rows, index)))
    rows = Label()
    return Value(rows, None, (Term(pieces=(Piece(tree, index, rows),)),))


def root(value: Value) -> Value:
    """Return the square root."""
    return elementwise([value], lambda parts: call("sqrt", *parts))


def number_of(tree: Tree) -> Value:
    """Return the value of a tree that is a number and depends on no index."""
    return Value(terms=(Term(pieces=(Piece(tree),)),))


def mean_over(value: Value, label: Label) -> Value | None:
    """Return the mean of a value over an index as one call, None where there is no such call."""
    try:
        piece = piece_of(value)
    except Unliftable:
        return None
    if label not in piece.labels:
        return None
    others = piece.labels - {label}
    if not others:
        return Value(value.rows, value.cols, (Term(pieces=(Piece(call("mean", piece.tree)),)),))
    (other,) = others
    if piece.rows is label:
        tree = transposed(call("mean", piece.tree, axis=0))
    else:
        tree = call("mean", piece.seen(other, label), axis=1)
    return Value(value.rows, value.cols, (Term(pieces=(Piece(tree, other, None),)),))


def counted(label: Label) -> Tree:
    """Return how many values an index takes."""
    return label.size if label.size is not None else number(1)
