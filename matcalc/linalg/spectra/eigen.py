"""The eigenvalues and eigenvectors of one matrix: symmetric or general, numerically and exactly."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy
from sympy import Basic, Expr, ImmutableMatrix, eye

from .. import exact
from ..factors.factorisations import from_orthonormal
from ..input.matrices import read_matrix, require_square
from ..operand import EPSILON, Operand, scaled
from ..symmetry import symmetry
from .clusters import clusters, conditions_of


@dataclass(frozen=True)
class Eigenvalue:
    """One eigenvalue.

    ``value``: a float or complex. ``exact``: its closed form, or None. ``factor``: the irreducible polynomial it is a
    root of, None where the matrix is not exact. ``algebraic`` and ``geometric``: its multiplicities. ``blocks``: the
    sizes of its Jordan blocks, known where the matrix is exact or symmetric. ``condition``: by how much a change of the
    matrix moves it, inf for a defective one. ``spread``: how far the computed values it stands for are apart.
    ``vectors``: a basis of integer eigenvectors for a rational eigenvalue, or None.
    """

    value: complex
    algebraic: int
    geometric: int
    condition: float
    exact: Expr | None = None
    factor: Basic | None = None
    blocks: tuple | None = None
    spread: float = 0.0
    vectors: ImmutableMatrix | None = None

    @property
    def is_defective(self) -> bool:
        """Whether it has fewer independent eigenvectors than it counts."""
        return self.geometric < self.algebraic


@dataclass(frozen=True)
class Spectrum:
    """What is known of the eigenvalues of a matrix; ``values`` and ``vectors`` are as computed, column by column.

    ``residual`` is ‖A@V − V@diag(values)‖/‖A‖; ``deviation`` ‖VᴴV − I‖ for a symmetric matrix, else ``conditioning``
    is the spectral condition number of V.
    """

    kind: str
    eigenvalues: tuple[Eigenvalue, ...]
    values: numpy.ndarray
    vectors: numpy.ndarray
    residual: float
    deviation: float | None
    conditioning: float | None
    polynomial: Basic | None
    notes: tuple[str, ...]


def spectrum(source):
    """Return the :class:`Spectrum` of a square matrix; raises ShapeError, or DomainError for entries nan or inf."""
    what = "an eigen decomposition"
    operand = Operand(require_square(read_matrix(source), what), what)
    found = symmetry(operand)
    values, vectors = _symmetric(operand) if found.holds else _general(operand)
    conditions = numpy.ones(len(values)) if found.holds else conditions_of(vectors)
    if exact.suits_eigen(operand.matrix):
        polynomial, eigenvalues = _exactly(operand, values, conditions)
    else:
        polynomial, eigenvalues = None, _numerically(operand, values, conditions, found.holds)
    notes = ()
    if found.holds and found.residual:
        notes = (f"symmetric within rounding (relative difference {found.residual:.0e}); (A + A.T)/2 was taken",)
    return Spectrum(
        _kind(operand, found.holds),
        eigenvalues,
        scaled(values, operand.exponent),
        vectors,
        _residual(operand.array, values, vectors),
        from_orthonormal(vectors) if found.holds else None,
        None if found.holds else _conditioning(vectors),
        polynomial,
        notes,
    )


def _kind(operand: Operand, holds: bool) -> str:
    if not holds:
        return "general"
    return "Hermitian" if operand.matrix.is_complex else "symmetric"


def _symmetric(operand: Operand) -> Any:
    array = (operand.array + operand.array.conj().T) / 2
    return numpy.linalg.eigh(array)


def _general(operand: Operand) -> tuple[numpy.ndarray, numpy.ndarray]:
    """Return eigenvalues and unit eigenvectors, ordered by real part, conjugate pairs together."""
    values, vectors = numpy.linalg.eig(operand.array)
    order = numpy.lexsort((-values.imag, numpy.abs(values.imag), values.real))
    return values[order], vectors[:, order]


def _residual(array: numpy.ndarray, values: numpy.ndarray, vectors: numpy.ndarray) -> float:
    """Return ‖AV − VΛ‖/‖A‖ in the Frobenius norm; 0 for a zero matrix."""
    difference = float(numpy.linalg.norm(array @ vectors - vectors * values))
    return difference / float(numpy.linalg.norm(array)) if difference else 0.0


def _conditioning(vectors: numpy.ndarray) -> float:
    values = numpy.linalg.svd(vectors, compute_uv=False)
    return float(values[0] / values[-1]) if values[-1] else math.inf


# -- multiplicities -------------------------------------------------------------------------------------------


def _numerically(
    operand: Operand, values: numpy.ndarray, conditions: numpy.ndarray, is_symmetric: bool
) -> tuple[Eigenvalue, ...]:
    """Return the eigenvalues with the multiplicities that rounding allows to tell."""
    if is_symmetric:
        return _equal_neighbours(operand, values)
    found = clusters(operand.array, values, conditions)
    return tuple(
        Eigenvalue(
            value=_number(scaled(numpy.array([cluster.value]), operand.exponent)[0]),
            algebraic=cluster.algebraic,
            geometric=cluster.geometric,
            condition=cluster.condition,
            spread=operand.unscaled(cluster.spread),
        )
        for cluster in found
    )


def _equal_neighbours(operand: Operand, values: numpy.ndarray) -> tuple[Eigenvalue, ...]:
    """Return the eigenvalues of a symmetric matrix, equal ones together: they are as accurate as n*eps*‖A‖."""
    limit = len(values) * EPSILON * float(numpy.abs(values).max())
    starts = [0, *(k for k in range(1, len(values)) if values[k] - values[k - 1] > limit), len(values)]
    found = []
    for start, stop in zip(starts, starts[1:]):
        part = values[start:stop]
        mean, count = part.mean(), len(part)
        spread = operand.unscaled(float(numpy.abs(part - mean).max()))
        found.append(Eigenvalue(operand.unscaled(mean), count, count, 1.0, blocks=(1,) * count, spread=spread))
    return tuple(found)


def _number(value: Any) -> complex:
    """Return a real number as a float, else a complex."""
    return float(value.real) if not value.imag else complex(value)


def _exactly(
    operand: Operand, values: numpy.ndarray, conditions: numpy.ndarray
) -> tuple[Basic, tuple[Eigenvalue, ...]]:
    """Return (characteristic polynomial, eigenvalues) by exact arithmetic, in the order of computed ones."""
    matrix = operand.matrix.exact
    computed = scaled(values, operand.exponent)
    found = []
    for item in exact.spectrum(matrix):
        roots = item.roots or (None,) * item.factor.degree()
        numbers = [complex(root.evalf(30)) for root in roots] if item.roots else item.values
        for number, root in zip(numbers, roots):
            blocks = item.blocks or ()
            nearest = numpy.abs(computed - number).argmin()
            condition = math.inf if max(blocks, default=1) > 1 else float(conditions[nearest])
            found.append(
                Eigenvalue(
                    value=_number(number),
                    algebraic=item.algebraic,
                    geometric=len(blocks),
                    condition=condition,
                    exact=root,
                    factor=item.factor,
                    blocks=item.blocks,
                    vectors=_integer_vectors(matrix, root),
                )
            )
    found.sort(key=lambda e: (complex(e.value).real, abs(complex(e.value).imag), -complex(e.value).imag))
    return exact.characteristic_polynomial(matrix), tuple(found)


def _integer_vectors(matrix: Expr, root: Expr | None) -> Expr | None:
    if root is None or not root.is_Rational:
        return None
    return exact.null_space(ImmutableMatrix(matrix - root * eye(matrix.rows)))
