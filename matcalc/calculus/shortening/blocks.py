"""Determinants and inverses of blocks: by their parts where that is shorter.

A part of an inverse on the diagonal is the inverse of a Schur complement, inv(M)[:n, :n] = inv(A - B@inv(D)@C) for
M = [A, B; C, D] with an invertible D (Horn & Johnson 2013, 0.7.3). The determinant of a block triangular matrix is the
product of those of its diagonal (0.8.5).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from sympy import Add, Expr, Matrix, Mul, S

from ...algebra.blocks import Block, in_two
from ...algebra.build import call
from ...algebra.constants import chosen, is_constant
from ...algebra.constructors import add, transpose
from ...algebra.expressions import ZERO, Array, MatrixPower, ScalarFunction, Transpose, is_array, postorder
from ...algebra.linear import negate
from ...algebra.products import matmul, matrix_power

if TYPE_CHECKING:
    from ...rulebook.entries import Book

_LARGEST_OF_NUMBERS = 12
Parts = tuple[Expr, Expr, Expr, Expr]


def by_parts(node: Expr, book: Book) -> Expr:
    """Return det or logdet of a block by its parts: block triangular, of two rows of scalars, or of numbers."""
    if not isinstance(node, ScalarFunction) or node.rule.name not in ("det", "logdet"):
        return node
    (matrix,) = node.args
    if not isinstance(matrix, Block) or matrix.heights != matrix.widths:
        return node
    determinant = _determinant(matrix)
    if determinant is not None:
        return determinant if node.rule.name == "det" else call(book, "log", call(book, "abs", determinant))
    halves = _triangular(matrix)
    if halves is None:
        return node
    made = [by_parts(call(book, node.rule.name, part), book) for part in halves]
    return Mul(*made) if node.rule.name == "det" else Add(*made)


def _determinant(matrix: Block) -> Expr | None:
    """Return a*d - b*c, or the determinant of numbers; None for other blocks."""
    if any(map(is_array, matrix.args)):
        return None
    if len(matrix.heights) == 2:
        a, b, c, d = matrix.args
        return a * d - b * c
    if len(matrix.heights) <= _LARGEST_OF_NUMBERS and all(part.is_Rational for part in matrix.args):
        return Matrix(matrix.grid).det()
    return None


def _triangular(matrix: Block) -> tuple[Expr, Expr] | None:
    """Return the diagonal parts A and D of [A, B; 0, D] or [A, 0; C, D], None for other blocks."""
    for cut in range(1, len(matrix.heights)):
        first, above, below, last = in_two(matrix, cut)
        if any(_is_zeros(part) for part in (above, below)):
            return first, last
    return None


def _is_zeros(part: Expr) -> bool:
    return is_constant(part, "zeros") if is_array(part) else part == 0


# -- parts of inverses -------------------------------------------------------------------------------------------------


def by_schur(node: Expr, cost: Callable[[Expr], float]) -> Expr:
    """Return a product in which a part of an inverse is that of a Schur complement, where that is shorter."""
    factors = list(node.args)
    for index in range(1, len(factors) - 1):
        found = _complement(*factors[index - 1 : index + 2])
        if found is not None:
            candidate = matmul(*factors[: index - 1], found, *factors[index + 2 :])
            if cost(candidate) < cost(node):
                return candidate
    return node


def _complement(left: Array, middle: Array, right: Array) -> Expr | None:
    """Return inv(A - B@inv(D)@C) for S.T@inv(M)@S, where S selects the first or the last rows of a block M."""
    place = chosen(left.args[0]) if isinstance(left, Transpose) else None
    turned = isinstance(middle, Transpose)
    power = middle.args[0] if turned else middle
    if place is None or chosen(right) != place or not _is_inverse(power):
        return None
    matrix = power.args[0]
    found = _cut_at(matrix, place)
    if found is None:
        return None
    a, b, c, d = found
    if not is_array(a) and not is_array(d) or _is_zeros(d) or not _is_square(d):
        return None
    complement = add(a, negate(matmul(b, matrix_power(d, S.NegativeOne), c)))
    value = matrix_power(complement, S.NegativeOne)
    return transpose(value) if turned else value


def _is_inverse(node: Expr) -> bool:
    return isinstance(node, MatrixPower) and node.args[1] == -1 and _is_even_block(node.args[0])


def _is_even_block(node: Expr) -> bool:
    return isinstance(node, Block) and node.heights == node.widths


def _is_square(part: Expr) -> bool:
    return not is_array(part) or part.is_square


def _cut_at(matrix: Block, place: Sequence[Expr]) -> Parts | None:
    """Return A, B, C, D where A is what is selected, the first or the last rows and columns of a block."""
    start, stop, size = place
    end = ZERO
    for cut, height in enumerate(matrix.heights[:-1], 1):
        end = end + height
        if start == 0 and stop == end:
            return in_two(matrix, cut)
        if start == end and stop == size:
            a, b, c, d = in_two(matrix, cut)
            return d, c, b, a
    return None


def is_of_blocks(expression: Expr) -> bool:
    """Return whether an inverse or a determinant of a block occurs, whose derivative may need more than itself."""
    for node in postorder(expression):
        if isinstance(node, MatrixPower) and _is_even_block(node.args[0]):
            return True
        if isinstance(node, ScalarFunction) and node.args and _is_even_block(node.args[0]):
            return True
    return False

