"""``structure``: which structures a matrix has, each with its residual against a tolerance, or exactly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy
from sympy import ImmutableMatrix

from ...bounds import MAX_EXACT_COMPLEX_ENTRIES, MAX_EXACT_ENTRIES
from ...budget import limited
from ...errors import ArgumentError
from .. import exact
from ..input.matrices import read_matrix
from ..operand import Operand
from ..showing import Report, error_text, json_value, shape_text
from .predicates import PREDICATES, Predicate, identity

_NEAR = 1e-4
_MAX_NILPOTENT_SIZE = 12


@dataclass(frozen=True)
class Finding:
    """Whether a matrix has a structure: ``holds`` is None where rounding cannot tell.

    ``residual``: the largest entry of what must be zero, relative to the matrix where a multiple of it would have the
    structure too; it is compared with ``tolerance``, which is 0 where the decision ``is_exact``.
    """

    name: str
    meaning: str
    holds: bool | None
    residual: float
    tolerance: float
    is_exact: bool

    def record(self) -> dict[str, object]:
        """Return the finding as JSON has it."""
        return json_value({name: getattr(self, name) for name in self.__dataclass_fields__})


@dataclass(frozen=True)
class StructureReport(Report):
    """The findings for all structures, and the ``bandwidths``: nonzero diagonals below and above the main one."""

    shape: tuple[int, int]
    is_exact: bool
    tolerance: float
    findings: tuple[Finding, ...]
    bandwidths: tuple[int, ...]

    def __getitem__(self, name: str) -> Finding:
        """Return the Finding of a structure by its name; the part in parentheses may be left out.

        Raises ArgumentError for a name that the report has not.
        """
        for finding in self.findings:
            if name in (finding.name, finding.name.partition(" (")[0]):
                return finding
        raise ArgumentError(
            f"the report has no structure '{name}'",
            hint=f"one of {', '.join(finding.name for finding in self.findings)}",
        )

    @property
    def names(self) -> list[str]:
        """The names of the structures that the matrix has."""
        return [finding.name for finding in self.findings if finding.holds]

    def lines(self, unicode: bool = False) -> list[str]:
        """Return the lines of the report: what holds, what nearly holds, what does not."""
        how = "exactly" if self.is_exact else f"within rounding: tolerance {error_text(self.tolerance)}"
        lines = [f"{shape_text(self.shape, unicode)} matrix, {how}"]
        width = max((len(finding.name) for finding in self.findings), default=0)
        lines += [f"  {finding.name:<{width}}  {_found(finding)}" for finding in self.findings if finding.holds]
        near = [finding for finding in self.findings if finding.holds is False and finding.residual < _NEAR]
        others = [finding for finding in self.findings if finding.holds is False and finding not in near]
        for word, chosen in (("nearly", near), ("not", others)):
            if chosen:
                shown = ", ".join(f"{finding.name} ({error_text(finding.residual)})" for finding in chosen)
                lines.append(f"{word} (residual): {shown}")
        open_ones = [finding.name for finding in self.findings if finding.holds is None]
        if open_ones:
            lines.append(f"not decided (rounding hides it): {', '.join(open_ones)}")
        below, above = self.bandwidths
        return [*lines, f"bandwidths: {below} below, {above} above the diagonal"]

    def record(self):
        """Return the report as JSON has it."""
        return {
            "shape": list(self.shape),
            "exact": self.is_exact,
            "tolerance": self.tolerance,
            "structures": self.names,
            "findings": [finding.record() for finding in self.findings],
            "bandwidths": list(self.bandwidths),
        }


def _found(finding: Finding) -> str:
    if finding.is_exact:
        return finding.meaning
    return f"{finding.meaning};  residual {error_text(finding.residual)}"


@limited("looking at the structure")
def structure(source: str | numpy.ndarray) -> StructureReport:
    """Return the :class:`StructureReport` of a matrix.

    Exact where the entries are (up to 900, complex ones up to 225); else against the tolerance 4*max(n, m)*eps. Raises
    DomainError for entries that are nan or inf.

    >>> structure("[0 1; 1 0]").names[:3]
    ['symmetric', 'normal', 'orthogonal']
    """
    operand = Operand(read_matrix(source), "the structure")
    entries = _exact_entries(operand)
    square = operand.array.shape[0] == operand.array.shape[1]
    tolerance = 0.0 if entries is not None else operand.tolerance
    findings = [_decide(p, operand, entries) for p in PREDICATES if _applies(p, operand, square)]
    findings.append(_rank_one(operand, tolerance))
    if square:
        findings += [_nilpotent(operand, entries, tolerance), _unipotent(operand, entries, tolerance)]
    return StructureReport(
        operand.array.shape, entries is not None, tolerance, tuple(findings), _bandwidths(operand.array)
    )


def _applies(predicate: Predicate, operand: Operand, square: bool) -> bool:
    """Return whether a predicate says something new of a matrix: Hermitian only of complex ones, and so on."""
    if predicate.square and not square:
        return False
    if predicate.name in ("orthonormal columns", "orthonormal rows"):
        rows, columns = operand.array.shape
        return rows > columns if predicate.name.endswith("columns") else columns > rows
    return operand.matrix.is_complex or predicate.name not in ("Hermitian", "skew-Hermitian", "unitary")


def _exact_entries(operand: Operand) -> numpy.ndarray | None:
    """Return the entries as an array of SymPy numbers; None where they are not exact, or too many."""
    matrix = operand.matrix
    limit = MAX_EXACT_COMPLEX_ENTRIES if matrix.is_complex else MAX_EXACT_ENTRIES
    if not exact.suits(matrix, limit):
        return None
    return numpy.array(matrix.exact.tolist(), dtype=object)


def _decide(predicate: Predicate, operand: Operand, entries: numpy.ndarray | None) -> Finding:
    array = operand.matrix.array if predicate.degree == 0 else operand.array
    if entries is not None:
        deviation = predicate.deviation(entries)
        holds = not any(entry != 0 for entry in numpy.ravel(deviation))
        residual = 0.0 if holds else _size(numpy.abs(_as_numbers(deviation)))
        if not holds and predicate.degree:
            residual /= _size(numpy.abs(_as_numbers(entries))) ** predicate.degree
        return Finding(predicate.name, predicate.meaning, holds, float(residual), 0.0, True)
    with numpy.errstate(over="ignore", invalid="ignore"):
        residual = _size(numpy.abs(predicate.deviation(array)))
        if predicate.degree and operand.array.any():
            residual /= float(operand.moduli.max()) ** predicate.degree
    holds = residual <= operand.tolerance
    return Finding(predicate.name, predicate.meaning, bool(holds), residual, operand.tolerance, False)


def _as_numbers(entries: numpy.ndarray) -> numpy.ndarray:
    """Return exact entries as floats or complex numbers; inf where float64 cannot hold one."""
    found = []
    for entry in numpy.ravel(entries):
        try:
            found.append(complex(entry))
        except OverflowError:
            found.append(complex("inf"))
    return numpy.array(found)


def _size(moduli: numpy.ndarray) -> float:
    """Return the largest of absolute values, inf where one overflowed."""
    largest = float(numpy.max(moduli, initial=0.0))
    return largest if largest == largest else float("inf")


def _rank_one(operand: Operand, tolerance: float) -> Finding:
    values = operand.singular_values
    residual = float(values[1] / values[0]) if len(values) > 1 and values[0] else float(not values[0])
    is_exact = exact.suits_rank(operand.matrix)
    holds = exact.rank(operand.exact) == 1 if is_exact else bool(values[0]) and residual <= operand.tolerance
    residual = 0.0 if is_exact and holds else residual
    return Finding("rank one", "A == u@v.T", bool(holds), residual, tolerance, is_exact)


def _nilpotent(operand: Operand, entries: numpy.ndarray | None, tolerance: float) -> Finding:
    return _power_zero("nilpotent", "a power of A is 0", operand.array, entries, tolerance)


def _unipotent(operand: Operand, entries: numpy.ndarray | None, tolerance: float) -> Finding:
    meaning = "a power of A - eye(n) is 0: all eigenvalues are 1"
    shifted = None if entries is None else entries - identity(entries)
    return _power_zero("unipotent", meaning, operand.matrix.array - identity(operand.array), shifted, tolerance)


def _power_zero(
    name: str, meaning: str, array: numpy.ndarray, entries: numpy.ndarray | None, tolerance: float
) -> Finding:
    """Decide whether the n-th power is 0: exactly; for floats by traces, the places of zeros, then by size."""
    size = len(array)
    residual = _traces(array)
    if entries is not None:
        vanishes = exact.is_nilpotent(ImmutableMatrix(entries))
        return Finding(name, meaning, vanishes, 0.0 if vanishes else residual, 0.0, True)
    if residual > tolerance:
        return Finding(name, meaning, False, residual, tolerance, False)
    if not _pattern_of_power(array, size).any():
        return Finding(name, meaning, True, residual, tolerance, False)
    # rounding moves the eigenvalues of a nilpotent matrix to about eps**(1/n): beyond 12 rows too far to tell
    if size > _MAX_NILPOTENT_SIZE:
        return Finding(name, meaning, None, residual, tolerance, False)
    power = numpy.linalg.matrix_power(array / numpy.linalg.norm(array, 2), size)
    residual = max(residual, float(numpy.abs(power).max()))
    return Finding(name, meaning, residual <= tolerance, residual, tolerance, False)


def _traces(array: numpy.ndarray) -> float:
    """Return the largest abs(tr(A**k))/norm(A)**k for k up to n, at most 6: all are 0 for a nilpotent matrix."""
    largest = float(numpy.abs(array).max())
    if not largest:
        return 0.0
    scaled = array / largest
    scaled = scaled / numpy.linalg.norm(scaled)
    power, found = scaled, [abs(numpy.trace(scaled))]
    for _ in range(min(len(array), 6) - 1):
        power = power @ scaled
        found.append(abs(numpy.trace(power)))
    return float(max(found))


def _pattern_of_power(array: numpy.ndarray, exponent: int) -> numpy.ndarray:
    """Return where a power, at least the exponent, can have nonzero entries, from where the matrix has them."""
    pattern, done = (array != 0).astype(float), 1
    while done < exponent:
        pattern, done = ((pattern @ pattern) != 0).astype(float), 2 * done
    return pattern


def _bandwidths(array: numpy.ndarray) -> tuple[int, int]:
    rows, columns = numpy.nonzero(array)
    if not len(rows):
        return 0, 0
    return int(max(0, (rows - columns).max())), int(max(0, (columns - rows).max()))
