"""Matrices as input: one :class:`Matrix` from a literal, a file, the standard input, an array or a nested list."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from math import lcm
from numbers import Complex, Integral, Rational
from pathlib import Path
from typing import Any

import numpy
from sympy import I, ImmutableMatrix
from sympy import Rational as ExactNumber
from sympy.core.expr import Expr
from sympy.matrices.matrixbase import MatrixBase

from ...bounds import MAX_MATRIX_ENTRIES as MAX_ENTRIES
from ...budget import limited
from ...errors import ArgumentError, DomainError, LimitError, ShapeError
from .entries import entry_parts, is_exact_entry
from .files import read_file, read_stdin
from .literals import Table, ragged, read_literal, too_large
from .texts import is_matrix_text

_SOURCE_HINT = "give [[2, 1], [1, 3]], a .npy, .csv or .txt file, or - for the standard input"


@dataclass(frozen=True, eq=False)
class Matrix:
    """A matrix of numbers.

    ``array``: float64 or complex128, of two dimensions, read-only. ``source``: where it comes from, for people.
    ``numbers``: the rows of exact entries as they were given, None where some are floats.
    """

    array: numpy.ndarray
    source: str
    numbers: tuple | None = None

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns)."""
        return self.array.shape

    @property
    def is_exact(self) -> bool:
        """Whether all entries are exact: integers, fractions, or decimals as they are written."""
        return self.numbers is not None

    @property
    def is_complex(self) -> bool:
        """Whether the entries are complex numbers."""
        return self.array.dtype.kind == "c"

    @property
    def is_square(self):
        """Whether there are as many rows as columns."""
        return self.array.shape[0] == self.array.shape[1]

    @property
    def is_finite(self) -> bool:
        """Whether no entry is nan or inf."""
        return bool(numpy.isfinite(self.array).all())

    @cached_property
    def exact(self) -> Expr:
        """The exact entries as a SymPy ImmutableMatrix of (complex) rationals; None where some are floats.

        It is made when it is first used: look at the size first, it takes microseconds an entry.
        """
        if self.numbers is None:
            return None
        return ImmutableMatrix(*self.shape, [_exact_number(number) for row in self.numbers for number in row])

    @cached_property
    def exact_bits(self) -> int | None:
        """The length in bits of the largest exact entry over a common denominator; None where some are floats."""
        if self.numbers is None:
            return None
        parts = [Fraction(int(part.p), int(part.q)) for entry in self.exact.flat() for part in entry.as_real_imag()]
        denominator = lcm(*(part.denominator for part in parts))
        return denominator.bit_length() + max(abs(part * denominator).numerator.bit_length() for part in parts)

    def __repr__(self):
        rows, columns = self.shape
        return f"Matrix({rows}×{columns}, {self.source!r})"


@limited("reading the matrix")
def read_matrix(source: Any) -> Matrix:
    """Return the :class:`Matrix` that a source means; a Matrix is returned as it is.

    ``source``: a text (a literal such as ``[[2, 1], [1, 3]]`` or ``[2 1; 1 3]``, the path of a .npy, .csv or .txt file,
    or ``-`` for the standard input), a Path, a NumPy array, a nested list, a number, a SymPy matrix. What has one
    dimension is a column. Integers, fractions and decimals in a text are exact; floats are not.

    Raises a MatcalcError: ExpressionSyntaxError for what is no number, ShapeError for ragged rows, no entries or more
    than two dimensions, ArgumentError for a file or an object that holds no matrix, LimitError beyond MAX_ENTRIES.

    >>> read_matrix("[1/3 2; 0.5 -1]").exact
    Matrix([
    [1/3,  2],
    [1/2, -1]])
    """
    if isinstance(source, Matrix):
        return source
    if isinstance(source, str):
        return _from_text(source)
    if isinstance(source, Path):
        return _from_content(read_file(source), str(source))
    if isinstance(source, MatrixBase):
        return _from_rows([list(source.row(i)) for i in range(source.rows)], "a SymPy matrix")
    if isinstance(source, (list, tuple)) or _is_number(source):
        return _from_list(source)
    return _from_array(_as_array(source), "an array")


def require_square(matrix: Matrix, what: str) -> Matrix:
    """Return the matrix; raises ShapeError where it is not square: ``what`` needs that."""
    rows, columns = matrix.shape
    if rows != columns:
        raise ShapeError(f"{what} needs a square matrix, but this is {rows}×{columns}", hint="A.T@A is square")
    return matrix


def require_finite(matrix: Matrix, what: str) -> Matrix:
    """Return the matrix; raises DomainError that names the first entry which is nan or inf."""
    if not matrix.is_finite:
        i, j = numpy.argwhere(~numpy.isfinite(matrix.array))[0]
        value = matrix.array[i, j]
        raise DomainError(f"{what} needs finite entries, but entry ({i + 1}, {j + 1}) is {value}", hint="replace it")
    return matrix


# -- texts ----------------------------------------------------------------------------------------------------


def _from_text(text: str) -> Matrix:
    stripped = text.strip()
    if stripped.startswith("["):
        source = stripped if len(stripped) <= 60 else f"{stripped[:57]}..."
        return _from_content(read_literal(stripped), source)
    if stripped == "-":
        return _from_content(read_stdin(), "the standard input")
    if is_matrix_text(stripped):
        return _from_content(read_file(stripped), stripped)
    raise ArgumentError(f"'{stripped[:60]}' is neither a matrix nor a file", hint=_SOURCE_HINT)


def _from_content(content: Table | numpy.ndarray, source: str) -> Matrix:
    if not isinstance(content, Table):
        return _from_array(content, source)
    exact = all(is_exact_entry(text) for row in content.texts for text in row)
    numbers = tuple(map(tuple, content.texts)) if exact else None
    return Matrix(_frozen(numpy.array(content.values)), source, numbers)


# -- Python objects -------------------------------------------------------------------------------------------


def _is_number(value):
    return isinstance(value, (Complex, Decimal, numpy.number, numpy.bool_, Expr))


def _from_list(source):
    """Return the Matrix of a number, a list of numbers (a column) or a list of rows."""
    if _is_number(source):
        return _from_rows([[source]], "a number")
    listed = [row.tolist() if isinstance(row, numpy.ndarray) and row.ndim else row for row in source]
    nested = [isinstance(row, (list, tuple)) for row in listed]
    if any(nested) and not all(nested):
        place = nested.index(False) + 1
        raise ShapeError(f"row {place} is not a list, other rows are", hint="write [[2, 1], [1, 3]]")
    return _from_rows(listed if any(nested) else [[item] for item in listed], "a list")


def _from_rows(rows: list[list[Any]], source: str) -> Matrix:
    if not rows or not rows[0]:
        raise ShapeError("the matrix has no entries", hint=_SOURCE_HINT)
    for number, row in enumerate(rows, 1):
        if len(row) != len(rows[0]):
            raise ShapeError(ragged(number, len(row), len(rows[0])), hint="give all rows the same number of entries")
    if len(rows) * len(rows[0]) > MAX_ENTRIES:
        raise too_large(len(rows) * len(rows[0]))
    numbers = [[_number(item, i, j) for j, item in enumerate(row, 1)] for i, row in enumerate(rows, 1)]
    exact = all(isinstance(number, (Fraction, tuple)) for row in numbers for number in row)
    values = [[_value(number, i, j) for j, number in enumerate(row, 1)] for i, row in enumerate(numbers, 1)]
    return Matrix(_frozen(numpy.array(values)), source, tuple(map(tuple, numbers)) if exact else None)


def _number(item, i, j):
    """Return an entry as a Fraction, a pair of Fractions (a complex number), or else a float or complex."""
    if isinstance(item, (numpy.bool_, Integral)):
        return Fraction(int(item))
    if isinstance(item, Rational):
        return Fraction(int(item.numerator), int(item.denominator))
    if isinstance(item, Decimal):
        return Fraction(item) if item.is_finite() else float(item)
    if isinstance(item, Expr):
        return _sympy_number(item, i, j)
    if isinstance(item, (complex, numpy.complexfloating)):
        return complex(item)
    if isinstance(item, (Complex, numpy.number)):
        return float(item)
    if isinstance(item, (list, tuple)):
        raise ShapeError(f"entry ({i}, {j}) is a list: a matrix has two dimensions", hint="write [[2, 1], [1, 3]]")
    hint = "give numbers; a text of the whole matrix is read by read_matrix"
    raise ArgumentError(f"entry ({i}, {j}) is {type(item).__name__}, not a number", hint=hint)


def _sympy_number(item, i, j):
    if item.free_symbols or not item.is_number:
        raise ArgumentError(f"entry ({i}, {j}) is {item}, not a number", hint="substitute numbers for the symbols")
    real, imaginary = item.as_real_imag()
    if real.is_Rational and imaginary.is_Rational:
        parts = Fraction(int(real.p), int(real.q)), Fraction(int(imaginary.p), int(imaginary.q))
        return parts if parts[1] else parts[0]
    value = complex(item)
    return value if value.imag else value.real


def _value(number: float | Fraction, i: int, j: int) -> float:
    """Return the nearest float or complex of an entry."""
    try:
        if isinstance(number, tuple):
            return complex(*map(float, number))
        return number if isinstance(number, complex) else float(number)
    except OverflowError:
        raise LimitError(f"entry ({i}, {j}) is too large for float64", hint="scale the matrix")


def _exact_number(number):
    """Return an exact entry (a text, a Fraction, a pair of them, an int) as a SymPy number."""
    real, imaginary = number, None
    if isinstance(number, str):
        real, imaginary = entry_parts(number)
    elif isinstance(number, tuple):
        real, imaginary = number
    value = ExactNumber(real.numerator, real.denominator)
    return value if imaginary is None else value + I * ExactNumber(imaginary.numerator, imaginary.denominator)


# -- arrays ---------------------------------------------------------------------------------------------------


def _as_array(source: numpy.ndarray) -> numpy.ndarray:
    """Return an object as a NumPy array: an array, a torch tensor, whatever has ``__array__``."""
    if hasattr(source, "detach"):
        source = source.detach().cpu().numpy()
    if not hasattr(source, "__array__"):
        raise ArgumentError(f"a matrix cannot be read from {type(source).__name__}", hint=_SOURCE_HINT)
    if isinstance(source, numpy.ma.MaskedArray) and source.mask.any():
        raise ArgumentError("the array has masked entries", hint="fill them: A.filled(0)")
    return numpy.asarray(source)


def _from_array(array: numpy.ndarray, source: str) -> Matrix:
    if array.ndim > 2:
        raise ShapeError(f"the array has {array.ndim} dimensions", hint="give one matrix, of two dimensions")
    if not array.size:
        raise ShapeError("the matrix has no entries", hint=_SOURCE_HINT)
    if array.size > MAX_ENTRIES:
        raise too_large(array.size)
    if array.ndim < 2:
        array = array.reshape(-1, 1)
    if array.dtype.kind == "O":
        return _from_rows(array.tolist(), source)
    if array.dtype.kind not in "biufc":
        raise ArgumentError(f"the array holds {array.dtype}, not numbers", hint="convert it: A.astype(float)")
    numbers = None
    if array.dtype.kind in "biu":
        numbers = tuple(tuple(map(int, row)) for row in array.tolist())
    return Matrix(_frozen(array), source, numbers)


def _frozen(array: numpy.ndarray) -> numpy.ndarray:
    """Return a copy as float64 or complex128 that cannot be changed."""
    frozen = numpy.array(array, dtype=numpy.complex128 if array.dtype.kind == "c" else numpy.float64, order="C")
    frozen.setflags(write=False)
    return frozen
