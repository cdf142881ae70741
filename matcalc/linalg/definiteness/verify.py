"""Certificates of definiteness verified, by code that shares nothing with the code that found them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate
from operator import mul
from typing import TYPE_CHECKING

import numpy

if TYPE_CHECKING:
    from ..input.matrices import Matrix
    from .exact import ExactFactors
    from .numeric import Numbers

_SIGNS = {
    "positive definite": (False, True, False),
    "positive semidefinite": (False, True, True),
    "negative definite": (True, False, False),
    "negative semidefinite": (True, False, True),
    "indefinite": (True, True, None),
    "zero": (False, False, True),
    "undecided": (None, None, None),
}
# the residual of a Cholesky factorization is at most about n*eps*norm (Higham 2002, theorem 10.3)
_ROUNDING = 8


@dataclass(frozen=True)
class Verification:
    """Whether a certificate holds; ``checks`` are (what was checked, whether it holds)."""

    ok: bool
    checks: tuple[tuple[str, bool], ...]

    def __bool__(self) -> bool:
        return self.ok

    def __str__(self):
        return "\n".join(f"{'holds' if held else 'FALSE'}: {what}" for what, held in self.checks)


def verify(found: Numbers) -> Verification:
    """Return the :class:`Verification` of a ``Numbers``: everything in it is computed again from the matrix."""
    checks = [*_witnesses(found)]
    if found.exact:
        checks += _exact(found)
    elif found.cholesky is not None:
        checks += _cholesky(found, found.cholesky)
    return Verification(all(held for _, held in checks), tuple(checks))


def _form(matrix: Matrix, vector: tuple[int, ...]) -> Fraction:
    """Return the real part of x*@A@x, exactly; a float is the fraction that it is."""
    places = [i for i, entry in enumerate(vector) if entry]
    x = {i: (Fraction(vector[i].real), Fraction(vector[i].imag)) for i in places}
    total = Fraction(0)
    for i in places:
        for j in places:
            (a, b), (c, d), (p, q) = x[i], x[j], _entry(matrix, i, j)
            total += (a * c + b * d) * p - (a * d - b * c) * q
    return total


def _entry(matrix: Matrix, i: int, j: int) -> tuple[Fraction, Fraction]:
    if matrix.is_exact:
        real, imaginary = matrix.exact[i, j].as_real_imag()
        return Fraction(int(real.p), int(real.q)), Fraction(int(imaginary.p), int(imaginary.q))
    value = complex(matrix.array[i, j])
    return Fraction(value.real), Fraction(value.imag)


def _witnesses(found: Numbers) -> Iterator[tuple[str, bool]]:
    for witness, name, holds in (
        (found.below, "x.T@A@x < 0", lambda v: v < 0),
        (found.above, "x.T@A@x > 0", lambda v: v > 0),
        (found.kernel, "x.T@A@x = 0", lambda v: v == 0),
    ):
        if witness is None:
            continue
        value = _form(found.matrix, witness.vector)
        close = value == witness.value or abs(float(value) - float(witness.value)) <= 1e-9 * abs(float(value))
        yield f"{name} at the witness", holds(value) and close and any(witness.vector)
    negative, positive, zero = _SIGNS[found.verdict]
    if negative is not None and not found.exact and found.verdict == "indefinite":
        yield "both signs have a witness", found.below is not None and found.above is not None


def _exact(found):
    matrix, factors = found.matrix, found.factors
    size = matrix.shape[0]
    entries = [[_entry(matrix, i, j) for j in range(size)] for i in range(size)]
    half = [[(entries[i][j][0] + entries[j][i][0]) / 2 for j in range(size)] for i in range(size)]
    if matrix.is_complex:
        odd = [[(entries[i][j][1] - entries[j][i][1]) / 2 for j in range(size)] for i in range(size)]
        half = [[*half[i], *[-v for v in odd[i]]] for i in range(size)] + [[*odd[i], *half[i]] for i in range(size)]
    yield (
        "A[order][:, order] = L@D@L.T, exactly",
        _multiplied(factors) == [[half[i][j] for j in factors.order] for i in factors.order],
    )
    lower = factors.lower
    unit = all(row[i] == 1 and not any(row[i + 1 :]) for i, row in enumerate(lower))
    yield "L is unit lower triangular", unit
    coupled = len(factors.couplings)
    signs = [(p > 0) - (p < 0) for p in factors.pivots]
    free = len(signs) - 2 * coupled
    negative, positive = signs.count(-1) + coupled, signs.count(1) + coupled
    zero = free - signs.count(-1) - signs.count(1)
    wanted = _SIGNS[found.verdict]
    fits = (negative > 0, positive > 0) == wanted[:2] and (wanted[2] is None or (zero > 0) == wanted[2])
    yield "the signs of the pivots are those of the verdict", fits
    if found.minors is not None:
        yield (
            "the leading minors are the products of the pivots",
            found.minors == tuple(accumulate(factors.pivots, mul)),
        )


def _multiplied(factors: ExactFactors) -> list[list[Fraction]]:
    """Return L@D@L.T as lists of Fractions."""
    size = len(factors.pivots)
    scaled = []
    for row in factors.lower:
        line = [entry * pivot for entry, pivot in zip(row, factors.pivots)]
        for k, d in factors.couplings.items():
            line[k] += row[k + 1] * d
            line[k + 1] += row[k] * d
        scaled.append([(j, entry) for j, entry in enumerate(line) if entry])
    return [
        [sum((e * factors.lower[j][k] for k, e in scaled[i]), Fraction(0)) for j in range(size)] for i in range(size)
    ]


def _cholesky(found: Numbers, factor: numpy.ndarray) -> Iterator[tuple[str, bool]]:
    array = found.matrix.array
    sign = 1 if found.verdict == "positive definite" else -1
    scale = numpy.abs(factor).max()
    half = (array / scale / 2 + array.conj().T / scale / 2) * sign
    residual = numpy.abs(half / scale - (factor / scale) @ (factor / scale).conj().T).max()
    bound = _ROUNDING * len(factor) * numpy.finfo(float).eps
    yield "the residual of A = L@L.T is that of rounding", bool(residual <= bound)
    diagonal = numpy.diagonal(factor).real
    yield "the diagonal of L is positive", bool((diagonal > 0).all()) and not numpy.triu(factor, 1).any()
    margin, extreme = found.margin, min(abs(found.smallest), abs(found.largest))
    yield "the eigenvalues exceed the margin of rounding", extreme > margin
