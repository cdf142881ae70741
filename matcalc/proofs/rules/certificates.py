"""Exact certificates that a polynomial is a sum of squares: a Gram matrix of rationals, p = m.T@G@m.

A numerical search proposes G, and fractions decide: G is rounded, made to fit the coefficients exactly, and factored as
L@D@L.T without rounding. Points at which p is zero narrow the search down: there G@m is zero (Parrilo 2003; Peyrl &
Parrilo 2008, Computing sum of squares decompositions with rational coefficients).
"""

from __future__ import annotations

from functools import lru_cache
from itertools import product
from typing import Any

from sympy import QQ, Add, Expr, Mul, Pow, Rational, S, sqrt
from sympy.polys.matrices import DomainMatrix

_MOST_UNKNOWNS, _LARGEST_DEGREE, _MOST_MONOMIALS, _MOST_ZEROS = 4, 8, 12, 40
_STEPS, _DENOMINATORS = 400, (1, 2, 4, 12, 60, 840, 10**4, 10**6)
_GRID = (-2, -1, 0, 1, 2)


@lru_cache(maxsize=512)
def sum_of_squares(node: Expr, positive: tuple) -> Expr | None:
    """Return a sum of squares that an expanded scalar equals, None where none is found.

    What is no sum, product or power of others counts as an unknown; those in ``positive`` are known not to be negative
    and stand as squares of their roots.
    """
    found = _polynomial(node, positive)
    if found is None:
        return None
    terms, unknowns = found
    monomials = _monomials(terms, len(unknowns))
    if not 0 < len(monomials) <= _MOST_MONOMIALS:
        return None
    squares = _decomposed(terms, monomials)
    if squares is None:
        return None
    shown = [Mul(*[Pow(u, e) for u, e in zip(unknowns, monomial)]) for monomial in monomials]
    return Add(*[number * Add(*[c * m for c, m in zip(row, shown)]) ** 2 for number, row in squares])


def _polynomial(node: Expr, positive: tuple) -> tuple | None:
    """Return ({exponents: coefficient}, unknowns) with whole exponents; roots of an unknown are made unknowns."""
    powers: dict = {}
    for term in Add.make_args(node):
        for factor in Mul.make_args(term):
            base, exponent = factor.as_base_exp()
            if factor.is_Rational:
                continue
            if not exponent.is_Rational or exponent < 0 or isinstance(base, (Add, Mul)):
                return None
            powers[base] = max(powers.get(base, 1), int(exponent.q), 2 if base in positive else 1)
    if not 0 < len(powers) <= _MOST_UNKNOWNS or max(powers.values()) > 2:
        return None
    unknowns, terms = list(powers), {}
    for term in Add.make_args(node):
        number, exponents = S.One, dict.fromkeys(unknowns, 0)
        for factor in Mul.make_args(term):
            if factor.is_Rational:
                number *= factor
            else:
                base, exponent = factor.as_base_exp()
                exponents[base] += int(exponent * powers[base])
        key = tuple(exponents.values())
        terms[key] = terms.get(key, S.Zero) + number
    if max(map(sum, terms)) > 2 * _LARGEST_DEGREE:
        return None
    return terms, [sqrt(u) if powers[u] == 2 else u for u in unknowns]


def _monomials(terms: dict, count: int) -> list:
    """Return the exponents of the monomials that may be squared: half the degrees, without those that cannot cancel."""
    degree = max(map(sum, terms))
    if degree % 2:
        return []
    least = min(map(sum, terms))
    tops = [max(e[i] for e in terms) // 2 for i in range(count)]
    found = [m for m in product(*[range(t + 1) for t in tops]) if least <= 2 * sum(m) <= degree]
    changed = len(found) <= 10 * _MOST_MONOMIALS
    while changed:
        pairs = {tuple(a + b for a, b in zip(m, k)) for i, m in enumerate(found) for k in found[i + 1 :]}
        kept = [m for m in found if (two := tuple(2 * e for e in m)) in terms or two in pairs]
        changed, found = len(kept) < len(found), kept
    return found


def _decomposed(terms: dict, monomials: list) -> list | None:
    """Return [(number, row), …] with p = sum(number * (row·m)**2), numbers positive; None where none is found."""
    zeros = _zeros(terms, monomials)
    if zeros is None:
        return None
    basis = _complement(zeros, len(monomials))
    size = len(basis)
    if not size:
        return None
    places = [(i, j) for i in range(size) for j in range(i, size)]
    equations = _equations(terms, monomials, basis, places)
    if equations is None:
        return None
    for gram in _rounded(equations, places, size):
        factors = _factored(gram)
        if factors is not None:
            return [
                (d, [sum(c * b[k] for c, b in zip(row, basis)) for k in range(len(monomials))]) for d, row in factors
            ]
    return None


def _zeros(terms: dict, monomials: list) -> list | None:
    """Return the monomials' values at small points where the polynomial is 0; None where it is negative at one."""
    found = []
    for point in product(_GRID, repeat=len(monomials[0])):
        value = sum(c * _at(exponents, point) for exponents, c in terms.items())
        if value < 0:
            return None
        if value == 0 and len(found) < _MOST_ZEROS:
            found.append([_at(m, point) for m in monomials])
    return found


def _at(exponents: tuple, point: tuple) -> int:
    value = 1
    for entry, exponent in zip(point, exponents):
        value *= entry**exponent
    return value


def _complement(rows: list, size: int) -> list:
    """Return a rational basis of the vectors that are orthogonal to rows."""
    if not rows:
        return [[Rational(i == j) for j in range(size)] for i in range(size)]
    matrix = DomainMatrix([[QQ(int(entry)) for entry in row] for row in rows], (len(rows), size), QQ)
    null = matrix.nullspace().to_Matrix()
    return [list(null.row(i)) for i in range(null.rows)]


def _equations(terms: dict, monomials: list, basis: list, places: list) -> tuple | None:
    """Return (the reduced rows, the pivots) of the linear equations that the entries of the Gram matrix obey."""
    products: dict = {}
    for a, one in enumerate(monomials):
        for b, other in enumerate(monomials):
            products.setdefault(tuple(x + y for x, y in zip(one, other)), []).append((a, b))
    if any(key not in products for key in terms):
        return None
    rows = []
    for key, pairs in products.items():
        row = []
        for i, j in places:
            one = sum(basis[i][a] * basis[j][b] for a, b in pairs)
            row.append(one if i == j else 2 * one)
        rows.append([_exact(entry) for entry in [*row, terms.get(key, S.Zero)]])
    reduced, pivots = DomainMatrix(rows, (len(rows), len(places) + 1), QQ).rref()
    if pivots and pivots[-1] == len(places):
        return None
    return reduced.to_Matrix()[: len(pivots), :], pivots


def _exact(number: Rational) -> Any:
    """Return a rational in the arithmetic of SymPy's matrices."""
    return QQ(int(Rational(number).p), int(Rational(number).q))


def _rounded(equations: tuple, places: list, size: int) -> Any:
    """Yield symmetric matrices of rationals that obey the equations, near one that is numerically semidefinite."""
    import numpy

    reduced, pivots = equations
    free = [k for k in range(len(places)) if k not in pivots]
    solution = _numerical(numpy, reduced, places, size)
    for denominator in _DENOMINATORS if free else (1,):
        entries = {k: Rational(round(float(solution[k]) * denominator), denominator) for k in free}
        for row, pivot in enumerate(pivots):
            entries[pivot] = reduced[row, len(places)] - sum(reduced[row, k] * entries[k] for k in free)
        gram = [[S.Zero] * size for _ in range(size)]
        for k, (i, j) in enumerate(places):
            gram[i][j] = gram[j][i] = entries[k]
        yield gram


def _numerical(numpy: Any, reduced: Any, places: list, size: int) -> Any:
    """Return the entries found by projecting in turn on the equations and on matrices with positive eigenvalues."""
    matrix = numpy.array(reduced.tolist(), dtype=float)
    left, right = matrix[:, :-1], matrix[:, -1]
    inverse = numpy.linalg.pinv(left)
    entries = inverse @ right
    rows, columns = numpy.array(places).T
    for _ in range(_STEPS):
        gram = numpy.zeros((size, size))
        gram[rows, columns] = gram[columns, rows] = entries
        values, vectors = numpy.linalg.eigh(gram)
        least = 1e-3 * max(1.0, values[-1])
        if values[0] >= least / 2:
            break
        gram = (vectors * numpy.maximum(values, least)) @ vectors.T
        entries = gram[rows, columns]
        entries = entries - inverse @ (left @ entries - right)
    return entries


def _factored(gram: list) -> list | None:
    """Return [(pivot, row), …] with G = sum(pivot * row.T@row) without rounding; None where G is not semidefinite."""
    left, found = [list(row) for row in gram], []
    for k in range(len(gram)):
        pivot = left[k][k]
        if pivot < 0 or pivot == 0 and any(left[k]):
            return None
        if pivot == 0:
            continue
        row = [entry / pivot for entry in left[k]]
        found.append((pivot, row))
        for i in range(len(gram)):
            factor = left[i][k]
            if factor:
                left[i] = [entry - factor * r for entry, r in zip(left[i], row)]
    return found
