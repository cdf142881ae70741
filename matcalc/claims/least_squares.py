"""A difference as a combination of terms with rational numbers, by least squares over several points."""

from __future__ import annotations

from fractions import Fraction

import torch

from .factors import rational

_CONDITION = 1e7
_RESIDUAL = 1e-6
_ZERO = 1e-7


def combination(terms, rest):
    """Return the rational numbers c_j with rest = sum of c_j*term_j, None for one that is not rational.

    ``terms``: for each term its values at the points; ``rest``: the values of the difference. Returns None where there
    is no such combination, or where the terms depend on one another.
    """
    columns = [torch.cat([value.reshape(-1) for value in values]) for values in terms]
    lengths = torch.stack([column.norm() for column in columns])
    matrix = torch.stack(columns, 1) / lengths
    right = torch.cat([difference.reshape(-1) for difference in rest])
    if matrix.shape[0] < matrix.shape[1] or float(torch.linalg.cond(matrix)) > _CONDITION:
        return None
    found = torch.linalg.lstsq(matrix, right[:, None]).solution[:, 0]
    if float((matrix @ found - right).norm()) > _RESIDUAL * float(right.norm()):
        return None
    least = _ZERO * float(right.norm())
    return [rational(float(c / n)) if abs(float(c)) > least else Fraction(0) for c, n in zip(found, lengths)]
