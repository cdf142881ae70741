"""Symmetric gauge functions: norms of vectors that unitarily invariant norms apply to the singular values.

Each has a value, a dual, and a subgradient at nonnegative numbers; von Neumann (1937), Horn & Johnson (2013),
Matrix Analysis, 7.4.7. By Lewis (1995), The convex analysis of unitarily invariant matrix functions, theorem 3.1,
the subgradients of the matrix norm at U diag(s) Vᴴ are U diag(g) Vᴴ with g a subgradient of the gauge at s.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy

from ..operand import power


@dataclass(frozen=True)
class PowerGauge:
    """The p-norm, p ≥ 1 or inf."""

    p: float

    @property
    def conjugate(self) -> float:
        """The q with 1/p + 1/q = 1."""
        if self.p == 1:
            return math.inf
        return 1.0 if math.isinf(self.p) else self.p / (self.p - 1)

    def value(self, values: numpy.ndarray) -> float:
        """Return the norm of nonnegative numbers."""
        return power(values, self.p)

    def dual(self, values: numpy.ndarray) -> float:
        """Return the dual norm: the q-norm."""
        return power(values, self.conjugate)

    def subgradient(self, values: numpy.ndarray) -> numpy.ndarray:
        """Return one subgradient at nonnegative numbers; of several for p = inf, the one of the first largest."""
        values = numpy.asarray(values, dtype=float)
        if not values.any():
            return numpy.zeros_like(values)
        if self.p == 1:
            return (values > 0).astype(float)
        if math.isinf(self.p):
            found = numpy.zeros_like(values)
            found[int(values.argmax())] = 1.0
            return found
        scaled = values / values.max()
        return (scaled / power(scaled, self.p)) ** (self.p - 1)


@dataclass(frozen=True)
class KyFanGauge:
    """The sum of the k largest of nonnegative numbers in falling order."""

    k: int

    def value(self, values: numpy.ndarray) -> float:
        """Return the sum of the k largest."""
        return float(numpy.sort(values)[::-1][: self.k].sum())

    def dual(self, values: numpy.ndarray) -> float:
        """Return the dual norm, the larger of max(s) and sum(s)/k; Bhatia (1997), Matrix Analysis, exercise IV.1.18."""
        return max(float(numpy.max(values)), float(numpy.sum(values)) / self.k)

    def subgradient(self, values: numpy.ndarray) -> numpy.ndarray:
        """Return one subgradient at nonnegative numbers in falling order: ones for the k first that are not zero."""
        found = numpy.zeros(len(values))
        found[: self.k] = 1.0
        return found * (numpy.asarray(values) > 0)
