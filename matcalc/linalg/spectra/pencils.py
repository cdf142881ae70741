"""The generalised eigenvalue problem A@x = lambda*B@x, also where B is singular."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy
from sympy import Poly, interpolate

from ...errors import DomainError, ShapeError
from .. import exact
from ..exact import LAMBDA, ExactEigenvalue, text_in
from ..input.matrices import read_matrix, require_square
from ..operand import EPSILON, Operand, scaled
from ..showing import Report, cut, error_text, exact_text, json_value, matrix_text, number_text, shape_text
from ..symmetry import symmetry

_SHIFTS = (0.0, 0.61803, -1.32471, 2.41421, -3.30277)
_WELL_CONDITIONED = 1e8


@dataclass(frozen=True)
class Pencil(Report):
    """The solutions of A@x = lambda*B@x.

    ``values``: the eigenvalues, inf where B@x = 0; ``vectors``: one a column. ``residual``: the largest of
    ‖A@x − lambda*B@x‖/((‖A‖ + |lambda|*‖B‖)*‖x‖). ``deviation``: ‖XᴴBX − I‖ where A is symmetric and B positive
    definite. ``factors``: the irreducible factors of det(A − lambda*B) with multiplicities, None where not exact.
    """

    kind: str
    values: numpy.ndarray
    vectors: numpy.ndarray
    residual: float
    deviation: float | None
    factors: tuple | None
    infinite: int
    notes: tuple[str, ...] = ()

    def lines(self, unicode: bool = False) -> list[str]:
        """Return the lines of the report."""
        times, letter = ("×", "λ") if unicode else ("x", "lambda")
        size = len(self.values)
        lines = [f"{size}{times}{size} pencil, A@x = {letter}*B@x, {self.kind}"]
        if self.factors is not None:
            lines += [f"    {_factor_line(factor, letter)}" for factor in self.factors]
        for value in self.values[:32]:
            lines.append(f"{letter} = {number_text(value)}")
        if size > 32:
            lines.append(f"... and {size - 32} more (--json writes them)")
        shown = matrix_text(self.vectors, " " * 4) or f"{shape_text(self.vectors.shape)} entries (--json writes them)"
        lines.append(f"X = {shown}")
        deviation = "" if self.deviation is None else f", X.T@B@X from eye({size}) {error_text(self.deviation)}"
        return [*lines, f"residual {error_text(self.residual)}{deviation}", *(f"note: {note}" for note in self.notes)]

    def record(self) -> dict[str, object]:
        """Return the report as JSON has it."""
        factors = None
        if self.factors is not None:
            factors = [{"factor": str(f.factor.as_expr()), "multiplicity": f.algebraic} for f in self.factors]
        return json_value(
            {
                "kind": self.kind,
                "eigenvalues": self.values,
                "vectors": self.vectors,
                "residual": self.residual,
                "deviation": self.deviation,
                "factors": factors,
                "infinite": self.infinite,
                "notes": self.notes,
            }
        )


def _factor_line(item: ExactEigenvalue, letter: str) -> str:
    roots = item.roots or ()
    shown = [text for root in roots if (text := exact_text(root))]
    times = f", {item.algebraic} times" if item.algebraic > 1 else ""
    closed = f": {letter} = {' or '.join(shown)}" if roots and len(shown) == len(roots) else ""
    return f"factor {cut(text_in(letter, item.factor))} of det(A - {letter}*B){closed}{times}"


def pencil(first: str | list[list[float]] | numpy.ndarray, second: str | list[list[float]] | numpy.ndarray) -> Pencil:
    """Return the :class:`Pencil` of two square matrices of one size.

    Symmetric A with positive definite B by Cholesky, Golub & Van Loan (2013), 8.7.2; else with a well-conditioned B by
    inv(B)@A; else by inv(A - s*B)@B with a shift s. Raises ShapeError, and DomainError where A - lambda*B is singular
    for every lambda, so that every number would be an eigenvalue.
    """
    what = "a generalised eigen decomposition"
    a, b = (Operand(require_square(read_matrix(source), what), what) for source in (first, second))
    if a.array.shape != b.array.shape:
        shapes = [shape_text(operand.array.shape, True) for operand in (a, b)]
        raise ShapeError(
            f"{what} needs matrices of one size, but A is {shapes[0]} and B is {shapes[1]}", hint="give both n×n"
        )
    factors, infinite = _factors(a, b)
    definite = symmetry(a).holds and symmetry(b).holds
    found = _by_cholesky(a.array, b.array) if definite else None
    kind = "symmetric A, positive definite B" if found else "general"
    values, vectors = found or _general(a.array, b.array)
    vectors = vectors if found else vectors / numpy.linalg.norm(vectors, axis=0)
    order = numpy.lexsort((-values.imag, numpy.abs(values.imag), values.real))
    values, vectors = values[order], vectors[:, order]
    residual = _residual(a.array, b.array, values, vectors)
    deviation = None
    if found:
        deviation = float(numpy.linalg.norm(vectors.conj().T @ b.array @ vectors - numpy.eye(len(values))))
        vectors = vectors * 2.0 ** (-b.exponent / 2)
    count = int(numpy.isinf(values).sum()) if infinite is None else infinite
    notes = (f"{count} infinite: B is singular",) if count else ()
    return Pencil(kind, scaled(values, a.exponent - b.exponent), vectors, residual, deviation, factors, count, notes)


def _by_cholesky(a: numpy.ndarray, b: numpy.ndarray) -> tuple[numpy.ndarray, numpy.ndarray] | None:
    """Return (values, vectors with XᴴBX = I), None where B is not positive definite or nearly singular."""
    try:
        lower = numpy.linalg.cholesky(b)
    except numpy.linalg.LinAlgError:
        return None
    if numpy.linalg.cond(lower) ** 2 > 1 / (len(b) * EPSILON):
        return None
    half = numpy.linalg.solve(lower, a)
    reduced = numpy.linalg.solve(lower, half.conj().T)
    values, vectors = numpy.linalg.eigh((reduced + reduced.conj().T) / 2)
    return values, numpy.linalg.solve(lower.conj().T, vectors)


def _general(a: numpy.ndarray, b: numpy.ndarray) -> Any:
    """Return (values, vectors), values inf where B@x = 0; raises DomainError for a singular pencil."""
    if numpy.linalg.cond(b) < _WELL_CONDITIONED:
        return numpy.linalg.eig(numpy.linalg.solve(b, a))
    shifted = {shift: a - shift * b for shift in _SHIFTS}
    shift = min(shifted, key=lambda s: numpy.linalg.cond(shifted[s]))
    if numpy.linalg.cond(shifted[shift]) * len(a) * EPSILON >= 1:
        raise _singular(" within rounding")
    inverses, vectors = numpy.linalg.eig(numpy.linalg.solve(shifted[shift], b))
    infinite = numpy.abs(inverses) <= len(a) * EPSILON * numpy.abs(inverses).max() * 100
    values = shift + 1 / numpy.where(infinite, 1, inverses)
    return numpy.where(infinite, numpy.inf, values), vectors


def _singular(how: str = "") -> DomainError:
    return DomainError(
        f"A - lambda*B is singular for every lambda{how}: every number is an eigenvalue",
        hint="A and B share a null vector, or have other common structure; remove it first",
    )


def _residual(a: numpy.ndarray, b: numpy.ndarray, values: numpy.ndarray, vectors: numpy.ndarray) -> float:
    finite = numpy.isfinite(values)
    weights = numpy.where(finite, values, 0)
    errors = numpy.where(finite, numpy.linalg.norm(a @ vectors - (b @ vectors) * weights, axis=0), 0.0)
    errors = numpy.where(finite, errors, numpy.linalg.norm(b @ vectors, axis=0))
    size = numpy.linalg.norm(b) or 1.0
    sizes = numpy.where(finite, numpy.linalg.norm(a) + numpy.abs(weights) * size, size)
    return float((errors / (sizes * numpy.linalg.norm(vectors, axis=0))).max())


def _factors(a: Operand, b: Operand) -> tuple[tuple[ExactEigenvalue, ...] | None, int | None]:
    """Return (factors of det(A − lambda*B), number of infinite eigenvalues), (None, None) where not exact."""
    if not (exact.suits_eigen(a.matrix) and exact.suits_eigen(b.matrix)):
        return None, None
    first, second = a.matrix.exact, b.matrix.exact
    size, points = first.rows, []
    for k in range(size + 1):
        matrix = exact.domain_matrix(first - k * second)
        points.append((k, matrix.domain.to_sympy(matrix.det())))
    polynomial = Poly(interpolate(points, LAMBDA), LAMBDA)
    if polynomial.is_zero:
        raise _singular()
    found = tuple(ExactEigenvalue(factor, count) for factor, count in polynomial.factor_list()[1])
    return found, size - max(polynomial.degree(), 0)
