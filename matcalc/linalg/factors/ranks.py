"""Rank, null space and spectral radius: with the tolerance used and the gap, and exactly where entries are exact."""

from __future__ import annotations

from dataclasses import dataclass

import numpy
from sympy import ImmutableMatrix

from ...bounds import MAX_BASIS_ENTRIES
from ...budget import limited
from ...errors import LimitError
from .. import exact
from ..input.matrices import read_matrix, require_square
from ..operand import EPSILON
from ..showing import Report, error_text, json_value, matrix_text, number_text, shape_text
from .factorisations import operand_of


@dataclass(frozen=True)
class RankReport(Report):
    """``rank`` by exact elimination where ``is_exact``, else the number of singular values above the ``tolerance``.

    ``numerical`` is that number in both cases; ``last`` and ``next`` are the singular values on both sides of it (None
    where there is none).
    """

    rank: int
    is_exact: bool
    numerical: int
    tolerance: float
    last: float | None
    next: float | None
    shape: tuple[int, int]

    def __int__(self) -> int:
        return self.rank

    def lines(self, unicode: bool = False) -> list[str]:
        """Return the lines of the report."""
        full = " (full)" if self.rank == min(self.shape) else ""
        sides = [f"{name} {number_text(value)}" for name, value in self._sides() if value is not None]
        by = f"{', '.join(sides)}; tolerance {error_text(self.tolerance)}"
        if not self.is_exact:
            return [f"rank: {self.rank}{full};  {by}"]
        lines = [f"rank: {self.rank}{full}, exactly"]
        if self.numerical != self.rank:
            lines.append(f"    note: within rounding it looks like {self.numerical}: {by}")
        return lines

    def _sides(self) -> tuple[tuple[str, float | None], tuple[str, float | None]]:
        return ("smallest singular value above", self.last), ("largest below", self.next)

    def record(self) -> dict[str, object]:
        """Return the report as JSON has it."""
        return json_value({name: getattr(self, name) for name in self.__dataclass_fields__})


@limited("factoring the matrix")
def rank(source):
    """Return the :class:`RankReport` of a matrix.

    The tolerance is max(n, m)*eps*norm(A, 2), as in LAPACK and MATLAB; Golub & Van Loan (2013), 5.4.1.
    """
    operand = operand_of(source, "the rank")
    values, shape = operand.singular_values, operand.array.shape
    tolerance = max(shape) * EPSILON * float(values[0])
    numerical = int((values > tolerance).sum())
    is_exact = exact.suits_rank(operand.matrix)
    return RankReport(
        exact.rank(operand.exact) if is_exact else numerical,
        is_exact,
        numerical,
        operand.unscaled(tolerance),
        operand.unscaled(values[numerical - 1]) if numerical else None,
        operand.unscaled(values[numerical]) if numerical < len(values) else None,
        shape,
    )


@dataclass(frozen=True)
class NullSpace(Report):
    """The columns of ``basis`` are an orthonormal basis of the null space, with ``residual`` ‖A@basis‖/‖A‖.

    ``exact``: a basis of coprime integers as a SymPy matrix, None where the entries are not exact.
    """

    basis: numpy.ndarray
    exact: ImmutableMatrix | None
    residual: float
    rank: RankReport

    @property
    def dimension(self) -> int:
        """The number of columns."""
        return self.basis.shape[1]

    def lines(self, unicode=False):
        """Return the lines of the report."""
        lines = [f"null space: dimension {self.dimension}"]
        if self.dimension:
            basis = matrix_text(self.basis, " " * 12) or f"{shape_text(self.basis.shape)} entries (--json writes them)"
            lines.append(f"    basis = {basis}")
            if self.exact is not None and len(self.exact) <= 64:
                lines.append(f"    exact = {self.exact.tolist()}")
            lines.append(f"    residual {error_text(self.residual)}")
        return lines

    def record(self):
        """Return the report as JSON has it."""
        exact_basis = None if self.exact is None else self.exact.tolist()
        return json_value(
            {"dimension": self.dimension, "basis": self.basis, "exact": exact_basis, "residual": self.residual}
        )


@limited("factoring the matrix")
def null_space(source):
    """Return the :class:`NullSpace` of a matrix n×m; it has m minus the rank dimensions.

    Exact arithmetic decides the rank where the entries are exact.
    Raises LimitError where the basis would have more than 9 million entries.
    """
    operand = operand_of(source, "the null space")
    found = rank(operand)
    columns = operand.array.shape[1]
    if columns * (columns - min(operand.array.shape) + 1) > MAX_BASIS_ENTRIES:
        raise LimitError("the basis of the null space is too large", hint="take a part of the matrix")
    _, _, right = numpy.linalg.svd(operand.array, full_matrices=True)
    basis = right[found.rank :].conj().T
    size = numpy.linalg.norm(operand.array)
    residual = float(numpy.linalg.norm(operand.array @ basis) / size) if size else 0.0
    exact_basis = exact.null_space(operand.exact) if found.is_exact else None
    return NullSpace(basis, exact_basis, residual, found)


@limited("factoring the matrix")
def spectral_radius(source):
    """Return the largest absolute value of the eigenvalues of a square matrix, a float.

    From the exact characteristic polynomial where the matrix is exact and small. Raises ShapeError where the matrix is
    not square.
    """
    what = "the spectral radius"
    operand = operand_of(require_square(read_matrix(source), what), what)
    if exact.suits_eigen(operand.matrix):
        values = [abs(value) for item in exact.factors(operand.exact) for value in item.values]
    else:
        values = numpy.abs(numpy.linalg.eigvals(operand.array))
    return operand.unscaled(max(values))
