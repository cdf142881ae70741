"""The inequalities between norms of matrices and columns, with the smallest constants for the shape.

Every one says ``left <= constant * right`` for all n×m matrices, with r = min(n, m). Each names a matrix that
attains it, so that no smaller constant will do. Sources: Golub & Van Loan (2013), Matrix Computations, 2.3.2; Horn &
Johnson (2013), Matrix Analysis, 5.4 and 5.6; Recht, Fazel & Parrilo (2010), Guaranteed minimum-rank solutions, 2.1.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from sympy import Expr, Integer, Max, Rational, Symbol, simplify, sqrt

N, M = Symbol("n", positive=True, integer=True), Symbol("m", positive=True, integer=True)
R = Symbol("r", positive=True, integer=True)
_GOLUB = "Golub & Van Loan (2013), 2.3.2"
_HORN = "Horn & Johnson (2013), 5.6"
_RECHT = "Recht, Fazel & Parrilo (2010), 2.1"
_EXTREME = "extreme points of the unit ball; Horn & Johnson (2013), 5.6"


@dataclass(frozen=True)
class Inequality:
    """``left`` <= ``constant`` * ``right``, attained by the matrix that ``example`` names.

    ``sharp``: whether the constant is attained for every shape; else ``when`` says for which it is.
    """

    left: str
    right: str
    constant: Expr
    example: str
    source: str
    sharp: bool = True
    when: str = ""

    def renamed(self, names: Mapping[Expr, Expr]) -> Inequality:
        """Return the inequality with other letters for its sizes."""
        return replace(self, constant=self.constant.subs(names, simultaneous=True))


MAX, TWO, FRO, NUC, COL, ROW, SUM = (
    "max(abs(A))",
    "norm(A, 2)",
    "norm(A)",
    'norm(A, "nuc")',
    "norm(A, 1)",
    "norm(A, inf)",
    "norm1(A)",
)
# left, right, constant, example, source
_TABLE = [
    *((MAX, right, Integer(1), "one entry", _GOLUB) for right in (TWO, FRO, NUC, COL, ROW, SUM)),
    (TWO, MAX, sqrt(N * M), "ones", _GOLUB),
    (TWO, FRO, Integer(1), "one entry", _GOLUB),
    (TWO, NUC, Integer(1), "one entry", _RECHT),
    (TWO, COL, sqrt(M), "one row of ones", _GOLUB),
    (TWO, ROW, sqrt(N), "one column of ones", _GOLUB),
    (TWO, SUM, Integer(1), "one entry", _HORN),
    (FRO, MAX, sqrt(N * M), "ones", _HORN),
    (FRO, TWO, sqrt(R), "orthonormal rows or columns", _GOLUB),
    (FRO, NUC, Integer(1), "one entry", _RECHT),
    (FRO, COL, sqrt(M), "one row of ones", _HORN),
    (FRO, ROW, sqrt(N), "one column of ones", _HORN),
    (FRO, SUM, Integer(1), "one entry", _HORN),
    (NUC, TWO, R, "orthonormal rows or columns", _RECHT),
    (NUC, FRO, sqrt(R), "orthonormal rows or columns", _RECHT),
    (NUC, SUM, Integer(1), "one entry", _EXTREME),
    (COL, MAX, N, "ones", _GOLUB),
    (COL, TWO, sqrt(N), "one column of ones", _GOLUB),
    (COL, FRO, sqrt(N), "one column of ones", _HORN),
    (COL, NUC, sqrt(N), "one column of ones", _HORN),
    (COL, ROW, N, "one column of ones", _HORN),
    (COL, SUM, Integer(1), "one entry", _HORN),
    (ROW, MAX, M, "ones", _GOLUB),
    (ROW, TWO, sqrt(M), "one row of ones", _GOLUB),
    (ROW, FRO, sqrt(M), "one row of ones", _HORN),
    (ROW, NUC, sqrt(M), "one row of ones", _HORN),
    (ROW, COL, M, "one row of ones", _HORN),
    (ROW, SUM, Integer(1), "one entry", _HORN),
    (SUM, MAX, N * M, "ones", _HORN),
    (SUM, FRO, sqrt(N * M), "ones", _HORN),
    (SUM, NUC, sqrt(N * M), "ones", _EXTREME),
    (SUM, COL, M, "ones", _HORN),
    (SUM, ROW, N, "ones", _HORN),
]


def matrix_inequalities(
    n: int | Expr, m: int | Expr, orders: tuple[Fraction, ...] = (), k: int | None = None
) -> list[Inequality]:
    """Return the inequalities between norms of n×m matrices, n and m integers or positive integer symbols.

    ``orders``: those of Schatten norms, Fractions greater than 1 other than 2; ``k``: that of a Ky Fan norm.
    """
    found = [Inequality(*row) for row in _TABLE] + _nuclear_by_sums(n, m) + _fourier_rows()
    for order in orders:
        found += _schatten(Rational(order.numerator, order.denominator))
    if k is not None:
        found += _ky_fan(k)
    return [_for_shape(inequality, n, m) for inequality in found]


def _nuclear_by_sums(n: int | Expr, m: int | Expr) -> list[Inequality]:
    """Return nuclear norm <= constant * column sum, and row sum: exact for given sizes, else sqrt(r*m) and sqrt(r*n).

    The largest nuclear norm is at an extreme point of the unit ball of the column sums, where each column is ±e(i, n);
    then it is the sum of the roots of how many columns each row has, largest where they are equal.
    """
    found = []
    for right, rows, columns, letters, example in (
        (COL, n, m, "nm", "columns e(i, n), each equally often"),
        (ROW, m, n, "mn", "rows e(j, m).T, each equally often"),
    ):
        if isinstance(rows, int) and isinstance(columns, int):
            share, rest = divmod(columns, rows)
            constant, sharp = rest * sqrt(Integer(share + 1)) + (rows - rest) * sqrt(Integer(share)), True
        else:
            constant, sharp = sqrt(R * columns), rows == columns or 1 in (rows, columns)
        when = "" if sharp else f"{letters[0]} >= {letters[1]}, or {letters[0]} divides {letters[1]}"
        found.append(Inequality(NUC, right, constant, example, _EXTREME, sharp, when))
    return found


def _fourier_rows() -> list[Inequality]:
    constant, when = sqrt(N * M * R), "complex A; real A if some matrix of 1 and -1 has orthogonal rows or columns"
    return [
        Inequality(NUC, MAX, constant, "Fourier matrix", _EXTREME, False, when),
        Inequality(SUM, TWO, constant, "Fourier matrix", _EXTREME, False, when),
    ]


def _schatten(p: Expr) -> list[Inequality]:
    """Return the inequalities between the Schatten p-norm and those for 1, 2 and inf; Bhatia (1997), IV.2."""
    name, source, flat = f"Schatten {p}-norm", "Bhatia (1997), Matrix Analysis, IV.2", "orthonormal rows or columns"
    smaller, larger = ((NUC,), (TWO, FRO)) if p < 2 else ((NUC, FRO), (TWO,))
    exponents = {NUC: Integer(1), FRO: Rational(1, 2), TWO: Integer(0)}
    found = [Inequality(name, left, Integer(1), "one entry", source) for left in smaller]
    found += [Inequality(left, name, R ** (exponents[left] - 1 / p), flat, source) for left in smaller]
    found += [Inequality(right, name, Integer(1), "one entry", source) for right in larger]
    found += [Inequality(name, right, R ** (1 / p - exponents[right]), flat, source) for right in larger]
    return found


def _ky_fan(k: int) -> list[Inequality]:
    """Return the inequalities between the Ky Fan k-norm and the other norms of singular values."""
    name, source, flat = f"Ky Fan {k}-norm", "Bhatia (1997), Matrix Analysis, IV.2", "orthonormal rows or columns"
    return [
        Inequality(TWO, name, Integer(1), "one entry", source),
        Inequality(name, TWO, Integer(k), flat, source),
        Inequality(name, NUC, Integer(1), "one entry", source),
        Inequality(NUC, name, R / k, flat, source),
        Inequality(name, FRO, sqrt(Integer(k)), f"{k} equal singular values, the others 0", source),
        Inequality(FRO, name, Max(1, sqrt(R) / k), f"one entry if r <= {k * k}, else {flat}", source),
    ]


def vector_inequalities(n, orders):
    """Return the inequalities between p-norms of columns of n entries; ``orders`` maps each p to its text."""
    found, ordered = [], sorted(orders, key=float)
    for number, p in enumerate(ordered):
        for q in ordered[number + 1 :]:
            power = _inverse(p) - _inverse(q)
            found.append(Inequality(orders[q], orders[p], Integer(1), "one entry", "Horn & Johnson (2013), 5.4"))
            found.append(Inequality(orders[p], orders[q], N**power, "ones", "Horn & Johnson (2013), 5.4"))
    return [_for_shape(inequality, n, 1) for inequality in found]


def _inverse(p):
    return Integer(0) if p == math.inf else Rational(p.denominator, p.numerator)


def _for_shape(inequality: Inequality, n: int, m: int) -> Inequality:
    """Return an inequality with the sizes of the shape in its constant."""
    least = min(n, m) if isinstance(n, int) and isinstance(m, int) else n if n == m else 1 if 1 in (n, m) else R
    constant = simplify(inequality.constant.subs({N: n, M: m, R: least}, simultaneous=True))
    return replace(inequality, constant=constant)
