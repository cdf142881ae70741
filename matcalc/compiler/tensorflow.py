"""The text of one operation in TensorFlow's words.

TensorFlow's product takes matrices alone, its tensors have no transpose of their own, and a number that is cast becomes
one of single precision first: so numbers are constants of the input's dtype.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .pieces import ATOM, PRODUCT, UNARY, grouped, size_text
from .spell import Speller, compared

if TYPE_CHECKING:
    from ..algebra.indexed import Loop
    from .operations import Operation

    Piece = tuple[str, int]

_TURNED = "tf.transpose("


class TensorFlowSpeller(Speller):
    """Writes operations in TensorFlow's words."""

    def create(self, name: str, *arguments: str) -> str:
        """Return the call of a function that makes an array, with the dtype of the input."""
        dtype = self.dtype or "tf.float64"
        if name == "full":
            return f"tf.fill({arguments[0]}, {self.create('asarray', arguments[1])})"
        # a constant takes no lists with tensors in them
        made = "convert_to_tensor" if arguments[0].startswith("[") else "constant"
        called = made if name == "asarray" else name
        return f"tf.{called}({', '.join(arguments)}, dtype={dtype})"

    def _call(self, operation: Operation, pieces: list[Piece]) -> Piece:
        relation = "" if operation.host else operation.data.relation
        if relation:
            return f"tf.cast({compared(relation, pieces)}, {self.dtype})", ATOM
        return super()._call(operation, pieces)

    # -- arrangement --------------------------------------------------------------------------------------------

    def _transpose(self, operation: Operation, pieces: list[Piece]) -> Piece:
        return f"{_TURNED}{pieces[0][0]})", ATOM

    def _vec(self, operation: Operation, pieces: list[Piece]) -> Piece:
        return f"tf.reshape({_TURNED}{pieces[0][0]}), (-1,))", ATOM

    def _stack(self, operation: Operation, pieces: list[Piece]) -> Piece:
        return f"tf.concat(({', '.join(text for text, _ in pieces)}), {operation.data})", ATOM

    def stacked(self, loop: Loop, name: str, text: str, lines: list[str], of_numbers: bool) -> list[str]:
        """Return the statements that put the terms of a loop one below another."""
        joined = f"tf.stack({name})" if of_numbers else f"tf.concat({name}, 0)"
        inside = [f"    {line}" for line in [*lines, f"{name}.append({text})"]]
        return [f"{name} = []", f"for {loop.index} in range({size_text(loop.stop)}):", *inside, f"{name} = {joined}"]

    def _unit(self, operation: Operation, pieces: list[Piece]) -> Piece:
        return f"tf.one_hot({pieces[0][0]}, {size_text(operation.shape[0])}, dtype={self.dtype or 'tf.float64'})", ATOM

    def _diagonal(self, operation: Operation, pieces: list[Piece]) -> Piece:
        return f"tf.linalg.diag({pieces[0][0]})", ATOM

    def _diagonal_entries(self, operation: Operation, pieces: list[Piece]) -> Piece:
        return f"tf.linalg.diag_part({pieces[0][0]})", ATOM

    # -- products -----------------------------------------------------------------------------------------------

    def _product(self, operation: Operation, pieces: list[Piece]) -> Piece:
        first, *rest = operation.operands
        piece, rank = pieces[0], len(first.shape)
        for operand, other in zip(rest, pieces[1:], strict=True):
            piece, rank = _times(piece, rank, other, len(operand.shape))
        return piece

    def _matmul(self, operation: Operation, pieces: list[Piece]) -> Piece:
        return self._product(operation, pieces)

    def _inner(self, operation: Operation, pieces: list[Piece]) -> Piece:
        return f"tf.reduce_sum({grouped(pieces[0], UNARY)} * {grouped(pieces[1], UNARY)})", ATOM

    def _row_inner(self, operation: Operation, pieces: list[Piece]) -> Piece:
        product = f"{grouped(pieces[0], UNARY)} * {grouped(pieces[1], UNARY)}"
        return f"tf.reduce_sum({product}, axis={operation.data})", ATOM

    def _trace(self, operation: Operation, pieces: list[Piece]) -> Piece:
        return f"tf.linalg.trace({pieces[0][0]})", ATOM

    def _kron(self, operation: Operation, pieces: list[Piece]) -> Piece:
        self.helpers.add("kron")
        text = pieces[0][0]
        for other, _ in pieces[1:]:
            text = f"kron({text}, {other})"
        return f"tf.reshape({text}, (-1,))" if len(operation.shape) == 1 else text, ATOM

    def _matrix_power(self, operation: Operation, pieces: list[Piece]) -> Piece:
        self.helpers.add("power_of_matrix")
        return f"power_of_matrix({pieces[0][0]}, {pieces[1][0]})", ATOM

    # -- linear systems -----------------------------------------------------------------------------------------

    def _solve(self, operation: Operation, pieces: list[Piece]) -> Piece:
        (matrix, turned), (right, end) = _turned(pieces[0][0]), _columns(operation.operands[1], pieces[1])
        return f"tf.linalg.solve({matrix}, {right}{', adjoint=True' if turned else ''}){end}", ATOM

    def _factor_of(self, operation: Operation, pieces: list[Piece]) -> Piece:
        return f"tf.linalg.cholesky({pieces[0][0]})", ATOM

    def _factor_solve(self, operation: Operation, pieces: list[Piece]) -> Piece:
        right, end = _columns(operation.operands[1], pieces[1])
        return f"tf.linalg.cholesky_solve({pieces[0][0]}, {right}){end}", ATOM

    def _factor_logdet(self, operation: Operation, pieces: list[Piece]) -> Piece:
        return f"tf.reduce_sum(tf.math.log(tf.linalg.diag_part({pieces[0][0]})))", ATOM

    def _factor_inverse(self, operation: Operation, pieces: list[Piece]) -> Piece:
        return f"tf.linalg.cholesky_solve({pieces[0][0]}, {self.create('eye', f'{pieces[0][0]}.shape[0]')})", ATOM

    # -- statements ---------------------------------------------------------------------------------------------

    def add_to_diagonal(self, node: Operation, name: str, added: str, written: bool) -> list[str]:
        """Return the statement that adds to the diagonal of a matrix of a name."""
        return [f"{name} = tf.linalg.set_diag({name}, tf.linalg.diag_part({name}) + {added})"]


def _times(left: Piece, rank: int, right: Piece, other: int) -> tuple[Piece, int]:
    """Return (the piece of a product of arrays with so many axes, how many it has itself)."""
    if rank == 1 and other == 1:
        return (f"tf.tensordot({left[0]}, {right[0]}, 1)", ATOM), 0
    if other == 1:
        inner, turned = _turned(left[0])
        return (f"tf.linalg.matvec({inner}, {right[0]}{', transpose_a=True' if turned else ''})", ATOM), rank - 1
    if rank == 1:
        inner, turned = _turned(right[0])
        return (f"tf.linalg.matvec({inner}, {left[0]}{'' if turned else ', transpose_a=True'})", ATOM), other - 1
    (one, first), (two, second) = _turned(left[0]), _turned(right[0])
    if first or second:
        words = (", transpose_a=True" if first else "") + (", transpose_b=True" if second else "")
        return (f"tf.matmul({one}, {two}{words})", ATOM), max(rank, other)
    outer = PRODUCT if " @ " in left[0] and "*" not in left[0] else UNARY + 1
    return (f"{grouped(left, outer)} @ {grouped(right, UNARY + 1)}", PRODUCT), max(rank, other)


def _turned(text: str) -> tuple[str, bool]:
    """Return (what a text is the transpose of, True), or (the text, False)."""
    if not (text.startswith(_TURNED) and text.endswith(")")):
        return text, False
    inner, depth = text[len(_TURNED) : -1], 0
    for letter in inner:
        depth += (letter in "([") - (letter in ")]")
        if depth < 0 or depth == 0 and letter == ",":  # another call follows, or the axes are given
            return text, False
    return inner, True


def _columns(operand: Operation, piece: Piece) -> tuple[str, str]:
    """Return (the text of a right-hand side with two axes, what takes the solution of a vector out of it)."""
    return (piece[0], "") if operand.is_matrix else (f"{grouped(piece, ATOM)}[:, None]", "[:, 0]")
