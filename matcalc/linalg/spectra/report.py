"""``eig``: the eigen decomposition of a matrix, or of two, as a report."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy

from ...budget import limited
from ..exact import text_in
from ..factors.ranks import RankReport, rank
from ..input.matrices import read_matrix
from ..operand import EPSILON
from ..showing import DIGITS, Report, cut, error_text, exact_text, json_value, matrix_text, number_text, shape_text
from .eigen import Eigenvalue, Spectrum, spectrum
from .pencils import pencil

if TYPE_CHECKING:
    from sympy import Basic

_MAX_LINES = 32
_MAX_DIGITS = 17
_ILL_CONDITIONED = 1e6
_SMALL_GAP = 1e-6
_SCHUR = "matcalc eig --factor schur has a decomposition of every square matrix"


@dataclass(frozen=True, repr=False)
class EigenReport(Report):
    """The eigen decomposition of a square matrix.

    ``kind``: symmetric, Hermitian or general. ``eigenvalues``: a tuple of
    :class:`~matcalc.linalg.spectra.eigen.Eigenvalue` with multiplicities. ``values`` and ``vectors``: as computed,
    one column a value. ``notes`` say what not to rely on.
    """

    shape: tuple[int, int]
    is_exact: bool
    spectrum: Spectrum
    rank: RankReport
    spectral_radius: float
    notes: tuple[str, ...]

    kind = property(lambda self: self.spectrum.kind)
    eigenvalues = property(lambda self: self.spectrum.eigenvalues)
    values = property(lambda self: self.spectrum.values)
    vectors = property(lambda self: self.spectrum.vectors)
    residual = property(lambda self: self.spectrum.residual)
    polynomial = property(lambda self: self.spectrum.polynomial)

    @property
    def is_defective(self) -> bool:
        """Whether there is no basis of eigenvectors: exactly for an exact matrix, else within rounding."""
        return any(eigenvalue.is_defective for eigenvalue in self.eigenvalues)

    def lines(self, unicode: bool = False) -> list[str]:
        """Return the lines of the report."""
        letter = "λ" if unicode else "lambda"
        exact = ", exact" if self.is_exact else ""
        lines = [f"{shape_text(self.shape, unicode)} matrix, {self.kind}{exact}"]
        if self.polynomial is not None:
            lines.append(f"characteristic polynomial: {cut(polynomial_text(self.polynomial, letter))}")
        digits = _digits(self.eigenvalues[:_MAX_LINES])
        lines += [_eigenvalue_line(eigenvalue, letter, digits) for eigenvalue in self.eigenvalues[:_MAX_LINES]]
        if len(self.eigenvalues) > _MAX_LINES:
            lines.append(f"... and {len(self.eigenvalues) - _MAX_LINES} more (--json writes them)")
        lines += self._vector_lines()
        lines.append(f"spectral radius: {number_text(self.spectral_radius)}")
        return [*lines, *self.rank.lines(unicode), *(f"note: {note}" for note in self.notes)]

    def _vector_lines(self) -> list[str]:
        found = self.spectrum
        shown = matrix_text(found.vectors, " " * 4) or f"{shape_text(self.shape)} entries (--json writes them)"
        parts = [f"residual {error_text(found.residual)}"]
        if found.deviation is not None:
            parts.append(f"V from orthonormal {error_text(found.deviation)}")
        elif found.conditioning is not None:
            parts.append(f"condition number of V {number_text(found.conditioning, 2)}")
        return [f"V = {shown}", f"    A@V = V@diag(values): {', '.join(parts)}"]

    def record(self) -> dict[str, object]:
        """Return the report as JSON has it."""
        found = self.spectrum
        return json_value(
            {
                "shape": self.shape,
                "exact": self.is_exact,
                "kind": self.kind,
                "characteristic_polynomial": None if self.polynomial is None else polynomial_text(self.polynomial),
                "eigenvalues": [_eigenvalue_record(eigenvalue) for eigenvalue in self.eigenvalues],
                "defective": self.is_defective,
                "values": found.values,
                "vectors": found.vectors,
                "residual": found.residual,
                "deviation": found.deviation,
                "condition_number_of_vectors": found.conditioning,
                "spectral_radius": self.spectral_radius,
                "rank": self.rank.record(),
                "notes": self.notes,
            }
        )


@limited("computing eigenvalues")
def eig(source, other=None):
    """Return the :class:`EigenReport` of a square matrix, or the Pencil of A@x = lambda*B@x for two.

    ``source`` and ``other``: what :func:`~matcalc.linalg.read_matrix` reads. Eigenvalues, characteristic polynomial,
    multiplicities and Jordan blocks are exact where the entries are (up to 16 rows); else multiplicities are those that
    rounding cannot rule out, and the notes say so. Raises ShapeError for a matrix that is not square, DomainError for
    entries that are nan or inf and for a singular pencil.

    >>> report = eig("[2 1 0; 0 2 0; 0 0 3]")
    >>> [(e.exact, e.algebraic, e.geometric) for e in report.eigenvalues]
    [(2, 2, 1), (3, 1, 1)]
    """
    if other is not None:
        return pencil(source, other)
    matrix = read_matrix(source)
    found = spectrum(matrix)
    radius = max(abs(eigenvalue.value) for eigenvalue in found.eigenvalues)
    notes = (*found.notes, *_defects(found), *_doubts(found))
    return EigenReport(matrix.shape, found.polynomial is not None, found, rank(matrix), float(radius), notes)


def polynomial_text(polynomial: Basic, letter: str = "lambda") -> str:
    """Return a polynomial, factored where it has several factors."""
    content, factors = polynomial.factor_list()
    parts = []
    for factor, count in factors:
        text = text_in(letter, factor)
        text = f"({text})" if (len(factors) > 1 or count > 1) and len(factor.terms()) > 1 else text
        parts.append(f"{text}**{count}" if count > 1 else text)
    return "*".join(parts) if content == 1 else text_in(letter, polynomial)


def _digits(eigenvalues: tuple[Eigenvalue, ...]) -> int:
    """Return how many digits tell the eigenvalues apart, at least the usual number."""
    digits = DIGITS
    while digits < _MAX_DIGITS and len({number_text(e.value, digits) for e in eigenvalues}) < len(eigenvalues):
        digits += 1
    return digits


def _eigenvalue_line(eigenvalue: Eigenvalue, letter: str, digits: int) -> str:
    """Return one eigenvalue: closed form, value, multiplicities, condition."""
    exact, value = exact_text(eigenvalue.exact), number_text(eigenvalue.value, digits)
    parts = [exact] if exact and exact != value else []
    shown = f"{letter} = {' = '.join([*parts, value])}"
    words = []
    if eigenvalue.algebraic > 1:
        words.append(f"algebraic multiplicity {eigenvalue.algebraic}, geometric {eigenvalue.geometric}")
    if eigenvalue.blocks and eigenvalue.blocks[0] > 1:
        words.append(f"Jordan blocks {', '.join(map(str, eigenvalue.blocks))}")
    if 1.5 < eigenvalue.condition < math.inf:
        words.append(f"condition {number_text(eigenvalue.condition, 2)}")
    if eigenvalue.spread and eigenvalue.is_defective:
        words.append(f"computed values within {error_text(eigenvalue.spread)}")
    if eigenvalue.vectors is not None and eigenvalue.vectors.rows <= 8:
        columns = [eigenvalue.vectors.col(j) for j in range(eigenvalue.vectors.cols)]
        shown_vectors = ", ".join(str(list(column)) for column in columns)
        words.append(f"eigenvector{'s' if len(columns) > 1 else ''} {shown_vectors}")
    return f"{shown}{';  ' if words else ''}{';  '.join(words)}"


def _eigenvalue_record(eigenvalue: Eigenvalue) -> dict[str, Any]:
    return {
        "value": eigenvalue.value,
        "exact": None if eigenvalue.exact is None else str(eigenvalue.exact),
        "factor": None if eigenvalue.factor is None else str(eigenvalue.factor.as_expr()),
        "algebraic": eigenvalue.algebraic,
        "geometric": eigenvalue.geometric,
        "jordan_blocks": eigenvalue.blocks,
        "condition": eigenvalue.condition,
        "vectors": None if eigenvalue.vectors is None else eigenvalue.vectors.tolist(),
    }


# -- what not to rely on -----------------------------------------------------------------------------------------


def _defects(found: Spectrum) -> list[str]:
    """Return the notes on eigenvalues without enough eigenvectors."""
    notes = []
    for eigenvalue in found.eigenvalues:
        if not eigenvalue.is_defective:
            continue
        many = "eigenvector" if eigenvalue.geometric == 1 else "eigenvectors"
        what = (
            f"{number_text(eigenvalue.value)} counts {eigenvalue.algebraic} times and has {eigenvalue.geometric} {many}"
        )
        if eigenvalue.blocks is None:
            notes.append(f"defective within rounding: {what}; a matrix nearby may have distinct eigenvalues")
        else:
            notes.append(f"defective: {what}, so no basis of eigenvectors exists and V is singular")
    return [*notes, _SCHUR] if notes else notes


def _doubts(found: Spectrum) -> list[str]:
    """Return the notes on eigenvalues that small changes move far, and on eigenvectors of near eigenvalues."""
    if found.kind != "general":
        return _near_neighbours(found)
    finite = [e for e in found.eigenvalues if _ILL_CONDITIONED <= e.condition < math.inf and not e.is_defective]
    if not finite:
        return []
    worst = max(finite, key=lambda eigenvalue: eigenvalue.condition)
    error = EPSILON * worst.condition
    return [
        f"ill-conditioned: a relative change of 1e-16 of A can move {number_text(worst.value)} by about "
        f"{error_text(error)} of norm(A, 2), and within {error_text(1 / worst.condition)} of it there is a matrix "
        "with a multiple eigenvalue (Wilkinson 1972)"
    ]


def _near_neighbours(found: Spectrum) -> list[str]:
    values = numpy.array([eigenvalue.value for eigenvalue in found.eigenvalues])
    size = float(numpy.abs(values).max())
    if len(values) < 2 or not size:
        return []
    gaps = numpy.diff(values)
    k = int(gaps.argmin())
    relative = float(gaps[k]) / size
    if relative >= _SMALL_GAP:
        return []
    angle = min(1.0, len(found.values) * EPSILON / relative) if relative else 1.0
    apart = f"{error_text(float(gaps[k]))} apart" if gaps[k] else "nearer to each other than float64 can tell"
    return [
        f"eigenvalues near {number_text(values[k])} are {apart}: each of their eigenvectors is determined up to about "
        f"{error_text(angle)}, the plane they span much better (Davis & Kahan 1970)"
    ]
