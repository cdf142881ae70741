"""Whether a matrix equals its (conjugate) transpose: exactly where it is exact, else within rounding."""

from __future__ import annotations

from dataclasses import dataclass

import numpy

from ..errors import DomainError
from .operand import EPSILON, Operand
from .showing import error_text, number_text


@dataclass(frozen=True)
class Symmetry:
    """``holds``, the relative ``residual`` of A - Aᴴ, and the place of the largest difference, counted from 1."""

    holds: bool
    residual: float
    place: tuple[int, int]


def symmetry(operand):
    """Return the :class:`Symmetry` of a square Operand; floats may differ by the rounding of a few operations."""
    array = operand.array
    difference = numpy.abs(array - array.conj().T)
    place = tuple(int(index) + 1 for index in numpy.unravel_index(int(difference.argmax()), array.shape))
    residual = float(difference.max() / operand.moduli.max()) if array.any() else 0.0
    if operand.exact is not None:
        holds = operand.exact == operand.exact.H
    elif operand.matrix.is_exact:
        holds = residual == 0
    else:
        holds = residual <= 4 * EPSILON
    return Symmetry(bool(holds), residual, place)


def require_symmetric(operand: Operand, what: str) -> numpy.ndarray:
    """Return the scaled array, made exactly Hermitian; raises DomainError where it is not, with the place."""
    found = symmetry(operand)
    if not found.holds:
        i, j = found.place
        array = operand.matrix.array
        word = "Hermitian" if operand.matrix.is_complex else "symmetric"
        here, there = number_text(array[i - 1, j - 1]), number_text(array[j - 1, i - 1])
        raise DomainError(
            f"{what} needs a {word} matrix, but entry ({i}, {j}) is {here} and entry ({j}, {i}) is {there} "
            f"(relative difference {error_text(found.residual)})",
            hint="for the symmetric part take (A + A.T)/2",
        )
    return (operand.array + operand.array.conj().T) / 2
