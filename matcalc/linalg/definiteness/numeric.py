"""The definiteness of a matrix of numbers: a verdict with what it takes to verify it by hand.

Exact entries are judged by exact arithmetic; floats by their eigenvalues, as far as these exceed what rounding may
have changed: n*eps*norm (Golub & Van Loan 2013, 8.1.1 and 8.7).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy

from ...bounds import MAX_EXACT_DIGITS
from ...bounds import MAX_EXACT_FACTORS as MAX_EXACT_SIZE
from ..input.matrices import Matrix, require_finite, require_square
from .exact import ExactFactors, direction, exact_factors, leading_minors
from .witness import exact_form, rounded_form, small_witness

POSITIVE, NEGATIVE = "positive definite", "negative definite"
POSITIVE_SEMI, NEGATIVE_SEMI = "positive semidefinite", "negative semidefinite"
INDEFINITE, ZERO, UNDECIDED = "indefinite", "zero", "undecided"

EPSILON = float(numpy.finfo(float).eps)


@dataclass(frozen=True)
class Witness:
    """A vector of integers (complex for a complex matrix) and the value of the quadratic form there."""

    vector: tuple[int, ...]
    value: float | Fraction


@dataclass(frozen=True)
class Numbers:
    """What was found out about a matrix of numbers.

    ``smallest`` and ``largest`` are the eigenvalues of the symmetric (Hermitian) part, ``margin`` what rounding may
    have changed them by; ``exact`` whether exact arithmetic decided. ``factors`` (:class:`ExactFactors`) and ``minors``
    are exact; ``cholesky`` is the factor of a definite matrix of floats, of its negative for a negative definite one.
    ``below``, ``above`` and ``kernel`` are witnesses: the form is negative, positive or zero there.
    """

    matrix: Matrix
    verdict: str
    symmetric: bool
    smallest: float
    largest: float
    margin: float
    exact: bool
    factors: ExactFactors | None = None
    minors: tuple | None = None
    cholesky: numpy.ndarray | None = None
    below: Witness | None = None
    above: Witness | None = None
    kernel: Witness | None = None


def judge(matrix):
    """Return the :class:`Numbers` of a square Matrix of finite entries.

    Raises ShapeError where it is not square, DomainError for nan and inf.
    """
    require_finite(require_square(matrix, "definiteness"), "definiteness")
    size = matrix.shape[0]
    part, exponent, symmetric = _hermitian_part(matrix.array)
    values = numpy.linalg.eigvalsh(part)
    margin = size * EPSILON * max(abs(values[0]), abs(values[-1]))
    smallest, largest, margin = (_unscaled(value, exponent) for value in (values[0], values[-1], margin))
    found = {"matrix": matrix, "smallest": smallest, "largest": largest, "margin": margin}
    if _suits_exact(matrix):
        return _judge_exactly(matrix, part, found)
    return _judge_floats(part, exponent, symmetric, values, found)


def _unscaled(value: float, exponent: int) -> float:
    """Return 2**exponent * value as a float, inf where it is too large."""
    with numpy.errstate(over="ignore"):
        return float(numpy.ldexp(value, exponent))


def _hermitian_part(array: numpy.ndarray) -> tuple[numpy.ndarray, int, bool]:
    """Return (H, k, symmetric): the Hermitian part is 2**k * H, k even, no part of an entry of A/2**k is above 1."""
    parts = array.view(numpy.float64) if array.dtype.kind == "c" else array
    exponent = int(numpy.frexp(numpy.abs(parts).max())[1])
    exponent += exponent % 2
    scaled = numpy.ldexp(parts, -exponent).view(array.dtype)
    turned = scaled.conj().T
    symmetric = bool(numpy.abs(scaled - turned).max() <= 8 * EPSILON)
    return (scaled + turned) / 2, exponent, symmetric


# -- exact --------------------------------------------------------------------------------------------------------


def _suits_exact(matrix: Matrix) -> bool:
    if matrix.numbers is None or not matrix.is_exact or matrix.shape[0] > MAX_EXACT_SIZE:
        return False
    return sum(len(str(number)) for row in matrix.numbers for number in row) <= MAX_EXACT_DIGITS


def exact_rows(matrix: Matrix) -> tuple[list[list[Fraction]], bool]:
    """Return the exact entries of the symmetric part as lists of Fractions, and whether the matrix is symmetric.

    A complex matrix is held as the real one [[Re, -Im], [Im, Re]], which is definite where it is.
    """
    entries = [[entry.as_real_imag() for entry in matrix.exact.row(i)] for i in range(matrix.shape[0])]
    real = [[Fraction(int(re.p), int(re.q)) for re, _ in row] for row in entries]
    if matrix.is_complex:
        imaginary = [[Fraction(int(im.p), int(im.q)) for _, im in row] for row in entries]
        top = [[*re, *[-i for i in im]] for re, im in zip(real, imaginary)]
        real = top + [[*im, *re] for re, im in zip(real, imaginary)]
    turned = list(map(list, zip(*real)))
    symmetric = real == turned
    return [[(a + b) / 2 for a, b in zip(*rows)] for rows in zip(real, turned)], symmetric


def _judge_exactly(matrix, part, found):
    rows, symmetric = exact_rows(matrix)
    factors = exact_factors(rows)
    verdict = _verdict(factors.negative > 0, factors.positive > 0, factors.zero > 0)
    if matrix.is_complex:
        part = numpy.block([[part.real, -part.imag], [part.imag, part.real]])
    form = exact_form(rows)

    def witness(sign: int) -> Witness | None:
        vector = small_witness(part, form, sign) if sign else None
        vector = vector or direction(factors, sign)
        return None if vector is None else Witness(_folded(vector, matrix), form(vector))

    return Numbers(
        **found,
        verdict=verdict,
        symmetric=symmetric,
        exact=True,
        factors=factors,
        minors=None if matrix.is_complex else leading_minors(factors),
        below=witness(-1) if factors.negative else None,
        above=witness(1) if factors.positive else None,
        kernel=witness(0) if factors.zero else None,
    )


def _folded(vector, matrix):
    """Return a real vector of twice the size as the complex one that it stands for."""
    size = matrix.shape[0]
    if not matrix.is_complex:
        return vector
    return tuple(complex(re, im) if im else re for re, im in zip(vector[:size], vector[size:]))


def _verdict(negative: bool, positive: bool, zero: bool) -> str:
    """Return the verdict for the signs of the eigenvalues."""
    if negative and positive:
        return INDEFINITE
    if positive:
        return POSITIVE_SEMI if zero else POSITIVE
    if negative:
        return NEGATIVE_SEMI if zero else NEGATIVE
    return ZERO


# -- floats --------------------------------------------------------------------------------------------------------


def _judge_floats(part, exponent, symmetric, values, found):
    margin = len(part) * EPSILON * max(abs(values[0]), abs(values[-1]))
    negative, positive = bool(values[0] < -margin), bool(values[-1] > margin)
    unclear = bool((numpy.abs(values) <= margin).any())
    verdict = _verdict(negative, positive, unclear)
    if unclear and verdict != INDEFINITE and (positive or negative):
        verdict = UNDECIDED
    factor = None
    if verdict in (POSITIVE, NEGATIVE):
        factor = _cholesky(part if positive else -part, exponent)
        verdict = verdict if factor is not None else UNDECIDED
    real = numpy.block([[part.real, -part.imag], [part.imag, part.real]]) if part.dtype.kind == "c" else part
    form = rounded_form(real)

    def witness(sign):
        vector = small_witness(real, form, sign)
        if vector is None:
            return None
        return Witness(_folded(vector, found["matrix"]), _unscaled(form(vector), exponent))

    return Numbers(
        **found,
        verdict=verdict,
        symmetric=symmetric,
        exact=False,
        cholesky=factor,
        below=witness(-1) if negative else None,
        above=witness(1) if positive else None,
    )


def _cholesky(part: numpy.ndarray, exponent: int) -> numpy.ndarray | None:
    """Return the lower factor L of 2**exponent * part, None where the factorization breaks down."""
    try:
        factor = numpy.linalg.cholesky(part)
    except numpy.linalg.LinAlgError:
        return None
    parts = factor.view(numpy.float64) if factor.dtype.kind == "c" else factor
    return numpy.ldexp(parts, exponent // 2).view(factor.dtype)
