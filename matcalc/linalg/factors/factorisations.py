"""Factorisations of a matrix: SVD, polar, QR and Cholesky, each with its residual.

They are computed for the matrix scaled by a power of two, so that nothing overflows, and the scale is put back.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy

from ...budget import limited
from ...errors import DomainError, LimitError
from ..input.matrices import read_matrix, require_square
from ..operand import Operand, scaled
from ..showing import Report, error_text, json_value, matrix_text, shape_text, vector_text
from ..symmetry import require_symmetric


@dataclass(frozen=True)
class Factorisation(Report):
    """A product of factors that equals the matrix.

    ``equation`` in the language, ``factors`` by name, ``residual`` the Frobenius norm of the difference to the matrix
    over the norm of the matrix, ``deviations`` how far factors are from what they should be: orthonormal columns.
    """

    name: str
    equation: str
    factors: dict[str, numpy.ndarray]
    residual: float
    deviations: dict[str, float]
    notes: tuple[str, ...] = ()

    def __getitem__(self, name: str) -> numpy.ndarray:
        """Return a factor by its letter."""
        return self.factors[name]

    def lines(self, unicode=False):
        """Return the lines of the report: the equation, the factors, how well it holds."""
        lines = [f"{self.name}: {self.equation}"]
        for name, factor in self.factors.items():
            lines.append(f"    {name} = {_factor_text(factor, len(name) + 7)}")
        found = [f"residual {error_text(self.residual)}"]
        found += [f"{what} {error_text(value)}" for what, value in self.deviations.items()]
        return [*lines, f"    {', '.join(found)}", *(f"    note: {note}" for note in self.notes)]

    def record(self) -> dict[str, object]:
        """Return the report as JSON has it."""
        return json_value(
            {
                "factorisation": self.name,
                "equation": self.equation,
                "factors": self.factors,
                "residual": self.residual,
                "deviations": self.deviations,
                "notes": self.notes,
            }
        )


def _factor_text(factor, indent):
    if factor.ndim == 1:
        return vector_text(factor)
    return matrix_text(factor, " " * indent) or f"{shape_text(factor.shape)} entries (--json writes them)"


def operand_of(source, what):
    """Return a source as an Operand; raises DomainError where entries are nan or inf."""
    return source if isinstance(source, Operand) else Operand(read_matrix(source), what)


def unscaled(array: numpy.ndarray, exponent: int) -> float | numpy.ndarray:
    """Return an array times a power of two; raises LimitError where float64 cannot hold it."""
    with numpy.errstate(over="ignore"):
        found = scaled(array, exponent)
    if not numpy.isfinite(found).all():
        raise LimitError("a factor is too large for float64", hint="scale the matrix")
    return found


def relative_residual(array: numpy.ndarray, product: numpy.ndarray) -> float:
    """Return ‖A − product‖ / ‖A‖ in the Frobenius norm; 0 for two zero matrices."""
    difference = float(numpy.linalg.norm(array - product))
    return difference / float(numpy.linalg.norm(array)) if difference else 0.0


def from_orthonormal(columns: numpy.ndarray) -> float:
    """Return ‖QᴴQ − I‖ in the Frobenius norm."""
    return float(numpy.linalg.norm(columns.conj().T @ columns - numpy.eye(columns.shape[1])))


@limited("factoring the matrix")
def svd(source):
    """Return the thin singular value decomposition A = U@diag(s)@V.T (the conjugate transpose for complex A).

    Golub & Van Loan (2013), 2.4. For A n×m, r = min(n, m): U n×r, s r values in falling order, V m×r.
    """
    operand = operand_of(source, "the singular value decomposition")
    left, values, right = operand.svd
    return Factorisation(
        "SVD",
        f"A = U@diag(s)@{_adjoint(operand, 'V')}",
        {"U": left, "s": unscaled(values, operand.exponent), "V": right.conj().T},
        relative_residual(operand.array, (left * values) @ right),
        {"U from orthonormal": from_orthonormal(left), "V from orthonormal": from_orthonormal(right.conj().T)},
    )


@limited("factoring the matrix")
def polar(source):
    """Return the polar decomposition A = U@P: P positive semidefinite, U with orthonormal columns (or rows).

    Higham (2008), Functions of Matrices, 8. For A n×m: U n×m, P m×m.
    """
    operand = operand_of(source, "the polar decomposition")
    left, values, right = operand.svd
    unitary, positive = left @ right, (right.conj().T * values) @ right
    positive = (positive + positive.conj().T) / 2
    rows, columns = operand.array.shape
    deviation = from_orthonormal(unitary if rows >= columns else unitary.conj().T)
    notes = ()
    if operand.rank < min(rows, columns):
        notes = (f"the rank is {operand.rank}, less than {min(rows, columns)}: U is not unique",)
    return Factorisation(
        "polar",
        "A = U@P",
        {"U": unitary, "P": unscaled(positive, operand.exponent)},
        relative_residual(operand.array, unitary @ positive),
        {"U from orthonormal": deviation},
        notes,
    )


@limited("factoring the matrix")
def qr(source):
    """Return the thin QR decomposition A = Q@R with a diagonal of R that is not negative.

    Golub & Van Loan (2013), 5.2. For A n×m, r = min(n, m): Q n×r with orthonormal columns, R r×m upper triangular.
    """
    operand = operand_of(source, "the QR decomposition")
    orthogonal, upper = numpy.linalg.qr(operand.array)
    diagonal = numpy.diagonal(upper)
    phases = numpy.where(diagonal == 0, 1, diagonal / numpy.where(diagonal == 0, 1, numpy.abs(diagonal)))
    orthogonal, upper = orthogonal * phases, phases.conj()[:, None] * upper
    notes = ()
    small = numpy.flatnonzero(numpy.abs(diagonal) <= operand.tolerance * numpy.linalg.norm(operand.array))
    if len(small):
        notes = (f"column {small[0] + 1} depends on the columns before it, within rounding: Q is not unique",)
    return Factorisation(
        "QR",
        "A = Q@R",
        {"Q": orthogonal, "R": unscaled(upper, operand.exponent)},
        relative_residual(operand.array, orthogonal @ upper),
        {"Q from orthonormal": from_orthonormal(orthogonal)},
        notes,
    )


@limited("factoring the matrix")
def cholesky(source):
    """Return the Cholesky decomposition A = L@L.T of a positive definite matrix, L lower triangular.

    Golub & Van Loan (2013), 4.2. Raises ShapeError where A is not square, DomainError where it is not symmetric
    (which LAPACK would not notice: it reads one triangle) or not positive definite, with the leading block that fails.
    """
    what = "the Cholesky decomposition"
    operand = operand_of(require_square(read_matrix(source), what), what)
    array = require_symmetric(operand, what)
    odd = operand.exponent % 2
    array = array * 2.0**odd
    try:
        lower = numpy.linalg.cholesky(array)
    except numpy.linalg.LinAlgError:
        size = _first_failing_block(array)
        raise DomainError(
            f"{what} needs a positive definite matrix, but its leading {size}x{size} block is not, within rounding",
            hint="--factor ldl has a symmetric factorisation of every symmetric matrix",
        )
    return Factorisation(
        "Cholesky",
        f"A = L@{_adjoint(operand, 'L')}",
        {"L": unscaled(lower, (operand.exponent - odd) // 2)},
        relative_residual(array, lower @ lower.conj().T),
        {},
    )


def _first_failing_block(array: numpy.ndarray) -> int:
    """Return the size of the smallest leading block without a Cholesky factor, by bisection: larger ones fail too."""
    low, high = 0, len(array)
    while high - low > 1:
        middle = (low + high) // 2
        try:
            numpy.linalg.cholesky(array[:middle, :middle])
            low = middle
        except numpy.linalg.LinAlgError:
            high = middle
    return high


def _adjoint(operand: Operand, letter: str) -> str:
    return f"{letter}.H" if operand.matrix.is_complex else f"{letter}.T"
