"""The text of one operation in the words that MATLAB and GNU Octave have in common.

A column and a row are both columns, n×1. An array with three axes and more lies the other way round, the last axis
first: so its entries are in memory as in the other languages, and reshaping it is a plain ``reshape``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .counterparts import parameter_pattern
from .octave_lines import octave_helpers_of, octave_line
from .pieces import ATOM, POWER, PRODUCT, SUM, UNARY, grouped, negated, with_pieces
from .spell import Spelling, extent
from .spell_loops import OctaveLoopSpelling

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sympy import Expr

    from .operations import Operation

    Piece = tuple[str, int]

# operations that take entries of an operand, which has to have a name for that
_INDEXED = frozenset({"entry", "part"})


class OctaveSpeller(OctaveLoopSpelling, Spelling):
    """Writes operations in MATLAB's words."""

    def create(self, name: str, *arguments: str) -> str:
        """Return the call of a function that makes an array."""
        return f"{name}({', '.join(arguments)})"

    def call_of(self, name: str, *pieces: Piece) -> Piece:
        """Return the call of a function on pieces."""
        return f"{name}({', '.join(text for text, _ in pieces)})", ATOM

    def needs_name(self, operation: Operation) -> list[bool]:
        """Return for every operand whether only a name can stand for it."""
        count = len(operation.operands)
        if operation.kind in _INDEXED:
            return [True] + [False] * (count - 1)
        if operation.kind != "call" or operation.data.relation:
            return [False] * count
        line, names = self.line_of(operation)
        return [len(parameter_pattern([name]).findall(line)) > 1 for name in names]

    # -- numbers ------------------------------------------------------------------------------------------------

    def _number(self, operation: Operation, pieces: list) -> Piece:
        if operation.data.is_infinite:
            return ("-Inf", UNARY) if operation.data.is_negative else ("Inf", ATOM)
        return super()._number(operation, pieces)

    def _size(self, operation: Operation, pieces: list) -> Piece:
        text, level = super()._size(operation, pieces)
        text = text.replace("//", "/")
        return text.replace("**", "^"), level

    # -- elementwise --------------------------------------------------------------------------------------------

    def _multiply(self, operation: Operation, pieces: list[Piece]) -> Piece:
        order = sorted(range(len(pieces)), key=lambda i: extent(operation.operands[i]))
        first, *rest = order
        text, several = grouped(pieces[first], PRODUCT), bool(operation.operands[first].shape)
        for place in rest:
            array = bool(operation.operands[place].shape)
            text += f" {'.*' if several and array else '*'} {_factor(pieces[place])}"
            several = several or array
        return text, PRODUCT

    def _divide(self, operation: Operation, pieces: list[Piece]) -> Piece:
        sign = "./" if operation.operands[1].shape else "/"
        return f"{grouped(pieces[0], PRODUCT)} {sign} {_factor(pieces[1])}", PRODUCT

    def _negative(self, operation: Operation, pieces: list[Piece]) -> Piece:
        return negated(pieces[0], PRODUCT)

    def _power(self, operation: Operation, pieces: list[Piece]) -> Piece:
        sign = ".^" if operation.shape else "^"
        exponent = pieces[1][0] if re.fullmatch(r"[\w.]+", pieces[1][0]) else f"({pieces[1][0]})"
        return f"{_factor(pieces[0], ATOM)} {sign} {exponent}", POWER

    def _root(self, operation: Operation, pieces: list[Piece]) -> Piece:
        return self.call_of("sqrt", pieces[0])

    def _call(self, operation: Operation, pieces: list[Piece]) -> Piece:
        rule = operation.data
        if rule.relation:
            return f"double({_compared(rule.relation, pieces)})", ATOM
        line, names = self.line_of(operation)
        self.helpers |= set(octave_helpers_of(line))
        along_rows = ("axis", 1) in [(name, int(v)) for name, v in rule.literals if name == "axis"]
        vectors = any(len(o.shape) == 1 for o in operation.operands)
        if along_rows and vectors:  # what is along the second axis of a vector is a row
            pieces = [(_transposed(p), ATOM) if o.shape else p for o, p in zip(operation.operands, pieces)]
        text, level = _filled(line, names, pieces)
        if len(operation.shape) == 1 and not rule.elementwise:
            if along_rows and vectors or rule.result[0] == "1":
                return _transposed((text, level)), ATOM
            if rule.result[1] != "1" and not any(rule.result == p.sizes for p in rule.params):
                return f"reshape({text}, [], 1)", ATOM
        return text, level

    def line_of(self, operation: Operation) -> tuple[str, list[str]]:
        """Return the line of the function that an operation calls, and the names of its parameters."""
        return octave_line(operation.data), [p.name for p in operation.data.params]

    def _select(self, operation: Operation, pieces: list[Piece]) -> Piece:
        self.helpers.add("choose")
        return f"choose({_compared(operation.data, pieces)}, {pieces[2][0]}, {pieces[3][0]})", ATOM

    # -- arrangement --------------------------------------------------------------------------------------------

    def _expand(self, operation: Operation, pieces: list[Piece]) -> Piece:
        return pieces[0] if operation.data == 1 else (_transposed(pieces[0]), ATOM)

    def _full(self, operation: Operation, pieces: list[Piece]) -> Piece:
        (operand,) = operation.operands
        shape = _sizes(operation.shape) + (", 1" if len(operation.shape) == 1 else "")
        if operand.kind == "number" and operand.data in (0, 1):
            return self.create("ones" if operand.data else "zeros", shape), ATOM
        if operand.shape:
            return f"zeros({shape}) + {grouped(pieces[0], SUM)}", SUM
        return f"{grouped(pieces[0], PRODUCT)} * ones({shape})", PRODUCT

    def _transpose(self, operation: Operation, pieces: list[Piece]) -> Piece:
        return _transposed(pieces[0]), ATOM

    def _vec(self, operation: Operation, pieces: list[Piece]) -> Piece:
        return f"reshape({pieces[0][0]}, [], 1)", ATOM

    def _reshape(self, operation: Operation, pieces: list[Piece]) -> Piece:
        """An array in the order of its rows, as another one."""
        text = _transposed(pieces[0]) if operation.operands[0].is_matrix else pieces[0][0]
        return self._shaped(text, operation.shape)

    @staticmethod
    def _shaped(text: str, shape: Sequence[Expr]) -> Piece:
        """Return an array of this shape whose entries, in the order of its rows, are those of a text in memory."""
        if len(shape) < 2:
            return f"reshape({text}, [], 1)", ATOM
        if len(shape) == 2:
            return f"reshape({text}, {_sizes(shape[::-1])})'", ATOM
        return f"reshape({text}, {_sizes(shape)})", ATOM

    def _permute(self, operation: Operation, pieces: list[Piece]) -> Piece:
        axes, count = operation.data, len(operation.shape)
        order = ", ".join(str(count - axes[count - place]) for place in range(1, count + 1))
        return f"permute({pieces[0][0]}, [{order}])", ATOM

    def _entry(self, operation: Operation, pieces: list[Piece]) -> Piece:
        """One row or column of a matrix, or one entry of a vector."""
        array, index = pieces[0][0], _after(pieces[1][0])
        if len(operation.operands[0].shape) == 1:
            return f"{array}({index})", ATOM
        return (f"{array}(:, {index})" if operation.data == 1 else f"{array}({index}, :)'"), ATOM

    def _part(self, operation: Operation, pieces: list[Piece]) -> Piece:
        """An entry, a row, a column or a slice; data: which bounds are given on every axis, counted from 0."""
        bounds, places = iter(text for text, _ in pieces[1:]), []
        for word in operation.data:
            if word == "i":
                places.append(_after(next(bounds)))
                continue
            first, last, *step = word.split(":")
            start = _after(next(bounds)) if first else "1"
            stop = next(bounds) if last else "end"
            stop = f"end - {stop[1:]}" if stop.startswith("-") else stop
            between = f":{step[0]}:" if step else ":"
            every = ":" if word == ":" else f"{start}{between}{stop}"
            places.append("end:-1:1" if word == "::-1" else every)
        text = f"{pieces[0][0]}({', '.join(places)})"
        return (f"{text}'" if operation.data[0] == "i" and len(operation.shape) == 1 else text), ATOM

    def _stack(self, operation: Operation, pieces: list[Piece]) -> Piece:
        """Arrays one below the other or side by side."""
        return f"[{(', ' if operation.data else '; ').join(text for text, _ in pieces)}]", ATOM

    def _table(self, operation: Operation, pieces: list[Piece]) -> Piece:
        """An array of scalars."""
        rows, cols = operation.data
        texts = [text for text, _ in pieces]
        if len(operation.shape) == 1:
            return f"[{'; '.join(texts)}]", ATOM
        return f"[{'; '.join(', '.join(texts[row * cols : (row + 1) * cols]) for row in range(rows))}]", ATOM

    def _commutation(self, operation: Operation, pieces: list) -> Piece:
        self.helpers.add("commutation")
        return f"commutation({_sizes(operation.data)})", ATOM

    def _kron(self, operation: Operation, pieces: list[Piece]) -> Piece:
        text = pieces[0][0]
        for other, _ in pieces[1:]:
            text = f"kron({text}, {other})"
        return (f"reshape({text}, [], 1)" if len(operation.shape) == 1 else text), ATOM

    # -- linear algebra -----------------------------------------------------------------------------------------

    def _product(self, operation: Operation, pieces: list[Piece]) -> Piece:
        """A product of factors from the left; a vector that is first is a row."""
        words = [_factor(piece) for piece in pieces]
        if operation.operands[0].is_matrix:
            return " * ".join(words), PRODUCT
        row = " * ".join([_transposed(pieces[0]), *words[1:]])
        return (row, PRODUCT) if not operation.shape else (f"({row})'", ATOM)

    def _matmul(self, operation: Operation, pieces: list[Piece]) -> Piece:
        left, right = operation.operands
        if len(operation.shape) > 2:
            self.helpers.add("batched_product")
            return f"batched_product({pieces[1][0]}, {pieces[0][0]})", ATOM
        if len(left.shape) == 1 and right.is_matrix:
            return f"{_transposed(pieces[1])} * {_factor(pieces[0])}", PRODUCT
        return self._product(operation, pieces)

    def _sum(self, operation: Operation, pieces: list[Piece]) -> Piece:
        return self._reduced("sum({}{})", operation, pieces[0][0], "")

    def _largest(self, operation: Operation, pieces: list[Piece]) -> Piece:
        return self._reduced("max({}{})", operation, pieces[0][0], ", []")

    @staticmethod
    def _reduced(call: str, operation: Operation, text: str, between: str) -> Piece:
        operand = operation.operands[0]
        if operation.data is None or len(operand.shape) < 2:
            for _ in operand.shape:
                text = call.format(text, "")
            return text, ATOM
        axes = len(operand.shape)
        dim = operation.data + 1 if axes == 2 else axes - operation.data
        text = call.format(text, f"{between}, {dim}")
        if axes == 2:
            return (f"{text}'" if operation.data == 0 else text), ATOM
        return OctaveSpeller._shaped(text, operation.shape)

    def _inner(self, operation: Operation, pieces: list[Piece]) -> Piece:
        return f"sum(sum({grouped(pieces[0], PRODUCT)} .* {_factor(pieces[1])}))", ATOM

    def _row_inner(self, operation: Operation, pieces: list[Piece]) -> Piece:
        """Sums along an axis of the elementwise product of two matrices."""
        text = f"sum({grouped(pieces[0], PRODUCT)} .* {_factor(pieces[1])}, {operation.data + 1})"
        return (f"{text}'" if operation.data == 0 else text), ATOM

    def _trace(self, operation: Operation, pieces: list[Piece]) -> Piece:
        return self.call_of("trace", pieces[0])

    def _log_det(self, operation: Operation, pieces: list[Piece]) -> Piece:
        self.helpers.add("log_det")
        return self.call_of("log_det", pieces[0])

    def _norm(self, operation: Operation, pieces: list[Piece]) -> Piece:
        kind = ", 'fro'" if operation.operands[0].is_matrix else ""
        return f"norm({pieces[0][0]}{kind})", ATOM

    def _diagonal(self, operation: Operation, pieces: list[Piece]) -> Piece:
        return self.call_of("diag", pieces[0])

    def _diagonal_entries(self, operation: Operation, pieces: list[Piece]) -> Piece:
        return self.call_of("diag", pieces[0])

    def _eye(self, operation: Operation, pieces: list) -> Piece:
        return f"eye({_sizes((operation.data,))})", ATOM

    def _unit(self, operation: Operation, pieces: list[Piece]) -> Piece:
        return f"double((1:{_sizes(operation.shape)})' == {_after(pieces[0][0])})", ATOM

    def _matrix_power(self, operation: Operation, pieces: list[Piece]) -> Piece:
        exponent = pieces[1][0] if re.fullmatch(r"[\w.]+", pieces[1][0]) else f"({pieces[1][0]})"
        return f"{_factor(pieces[0], ATOM)} ^ {exponent}", POWER

    def _inverse(self, operation: Operation, pieces: list[Piece]) -> Piece:
        return self.call_of("inv", pieces[0])

    def _solve(self, operation: Operation, pieces: list[Piece]) -> Piece:
        """The solution of a linear system with one right-hand side or several."""
        return f"{_factor(pieces[0])} \\ {_factor(pieces[1])}", PRODUCT

    def _gather(self, operation: Operation, pieces: list[Piece]) -> Piece:
        """A product with the duplication matrix or an elimination matrix: rows are taken."""
        self.helpers.add(operation.data)
        return self.call_of(operation.data, pieces[0])

    def _ptrace(self, operation: Operation, pieces: list[Piece]) -> Piece:
        self.helpers.add("ptrace")
        size, axis = operation.data
        text = f"ptrace({pieces[0][0]}, {_sizes((size,))}, {axis})"
        return self._shaped(text, operation.shape) if len(operation.shape) < 2 else (text, ATOM)

    # -- factorisations -----------------------------------------------------------------------------------------

    def _factor_of(self, operation: Operation, pieces: list[Piece]) -> Piece:
        if operation.data:
            return f"chol({pieces[0][0]}, 'lower')", ATOM
        self.helpers.add("lu_factor")
        return self.call_of("lu_factor", pieces[0])

    def _factor_solve(self, operation: Operation, pieces: list[Piece]) -> Piece:
        positive, transposed = operation.data
        factor, right = pieces
        if positive:
            return f"{factor[0]}' \\ ({factor[0]} \\ {_factor(right)})", PRODUCT
        name = "lu_solve_transposed" if transposed else "lu_solve"
        self.helpers.add(name)
        return self.call_of(name, factor, right)

    def _factor_logdet(self, operation: Operation, pieces: list[Piece]) -> Piece:
        """Half of the logarithm of the determinant from a Cholesky factor, all of that of its size from LU."""
        name = pieces[0][0]
        return f"sum(log(diag({name})))" if operation.data else f"sum(log(abs(diag({name}.U))))", ATOM

    def _factor_inverse(self, operation: Operation, pieces: list[Piece]) -> Piece:
        name = pieces[0][0]
        return f"{name}' \\ ({name} \\ eye(size({name})))", PRODUCT

    # -- statements ---------------------------------------------------------------------------------------------

    def add_to_diagonal(self, node: Operation, name: str, added: str, written: bool) -> list[str]:
        """Return the statements that add to the diagonal of a matrix of a name."""
        n = _sizes((node.shape[0],))
        return [f"{name}(1:{n} + 1:end) = diag({name}) + {added}"]


def _factor(piece: Piece, least: int = POWER) -> str:
    return grouped(piece, least)


def _transposed(piece: Piece) -> str:
    """Return the transpose of a piece, without two of them."""
    text, level = piece
    if level == ATOM and text.endswith("'"):
        return text[1:-2] if re.fullmatch(r"\([^()]*\)'", text) else text[:-1]
    return f"{grouped(piece, ATOM)}'"


def _after(index: str) -> str:
    """Return the place that is counted from 1 for an index that is counted from 0."""
    return str(int(index) + 1) if index.isdigit() else f"{index} + 1"


def _sizes(shape: Sequence[Expr]) -> str:
    """Return the sizes of an array as arguments; those of three axes and more the other way round."""
    texts = [str(size).replace("**", "^") for size in shape]
    return ", ".join(texts[::-1] if len(texts) > 2 else texts)


def _sign(sign: str) -> str:
    return "~=" if sign == "!=" else sign


def _compared(sign: str, pieces: list[Piece]) -> str:
    return f"{pieces[0][0]} {_sign(sign)} {pieces[1][0]}"


def _filled(line: str, names: list[str], pieces: list[Piece]) -> Piece:
    """Return a rule's line with its parameters replaced by pieces."""
    given = dict(zip(names, pieces))

    text = with_pieces(line, given)
    if line in given:
        return text, given[line][1]
    simple = re.fullmatch(r"\w+\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)", text) is not None
    return text, ATOM if simple else SUM
