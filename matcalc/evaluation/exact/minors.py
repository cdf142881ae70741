"""Cofactors of small matrices, written out: sums, differences and products alone, in any arithmetic.

Those of four rows are sums of products of 2×2 minors of the first two rows and of the last two (Laplace).
"""

from __future__ import annotations

from typing import Any

# the largest number of rows for which they are written out
MOST_ROWS = 4


def adjugate_of(entries: list, size: int) -> list:
    """Return the entries of the adjugate of a square matrix of two to four rows, both row by row."""
    if size == 2:
        a, b, c, d = entries
        return [d, -b, -c, a]
    if size == 3:
        a, b, c, d, e, f, g, h, i = entries
        first = [e * i - f * h, c * h - b * i, b * f - c * e]
        return first + [f * g - d * i, a * i - c * g, c * d - a * f, d * h - e * g, b * g - a * h, a * e - b * d]
    a, b, c, d, e, f, g, h, i, j, k, m, p, q, r, s = entries
    ab, ac, ad, bc, bd, cd = _minors(*entries[:8])
    ij, ik, im, jk, jm, km = _minors(*entries[8:])
    return [
        *(f * km - g * jm + h * jk, c * jm - b * km - d * jk, q * cd - r * bd + s * bc, k * bd - j * cd - m * bc),
        *(g * im - e * km - h * ik, a * km - c * im + d * ik, r * ad - p * cd - s * ac, i * cd - k * ad + m * ac),
        *(e * jm - f * im + h * ij, b * im - a * jm - d * ij, p * bd - q * ad + s * ab, j * ad - i * bd - m * ab),
        *(f * ik - e * jk - g * ij, a * jk - b * ik + c * ij, q * ac - p * bc - r * ab, i * bc - j * ac + k * ab),
    ]


def determinant_of(entries: list, size: int) -> Any:
    """Return the determinant of a square matrix of one to four rows, whose entries stand row by row."""
    if size == 1:
        return entries[0]
    if size == 2:
        a, b, c, d = entries
        return a * d - b * c
    if size == 3:
        a, b, c, d, e, f, g, h, i = entries
        return a * (e * i - f * h) + b * (f * g - d * i) + c * (d * h - e * g)
    ab, ac, ad, bc, bd, cd = _minors(*entries[:8])
    ij, ik, im, jk, jm, km = _minors(*entries[8:])
    return ab * km - ac * jm + ad * jk + bc * im - bd * ik + cd * ij


def _minors(a: Any, b: Any, c: Any, d: Any, e: Any, f: Any, g: Any, h: Any) -> tuple:
    """Return the minors of two rows of four: of their columns 0 and 1, 0 and 2, 0 and 3, 1 and 2, 1 and 3, 2 and 3."""
    return a * f - b * e, a * g - c * e, a * h - d * e, b * g - c * f, b * h - d * f, c * h - d * g
