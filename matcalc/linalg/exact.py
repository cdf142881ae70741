"""Exact linear algebra over the rationals, or the Gaussian rationals: what rounding cannot decide.

SymPy's DomainMatrix does the arithmetic. Eigenvalues are kept as the irreducible factors of the characteristic
polynomial: their multiplicities and the sizes of their Jordan blocks need no roots.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import gcd, lcm
from typing import TYPE_CHECKING, Any

import mpmath
from sympy import Basic, Expr, ImmutableMatrix, Poly, Symbol, expand, expand_complex, sqrt, sqrtdenest
from sympy.polys.matrices import DomainMatrix

from ..bounds import MAX_COMPLEX_EIGEN_SIZE, MAX_EIGEN_SIZE, MAX_RANK_ENTRIES
from ..bounds import MAX_EXACT_BITS as MAX_BITS

if TYPE_CHECKING:
    from sympy.matrices import MatrixBase

    from .input.matrices import Matrix

LAMBDA = Symbol("lambda")
_DIGITS = 30
_RELATIVE_RADIUS = 1e-18


def text_in(letter: str, polynomial: Poly) -> str:
    """Return a polynomial in LAMBDA as a text in another letter."""
    return str(polynomial.as_expr().xreplace({LAMBDA: Symbol(letter)}))


@dataclass(frozen=True)
class ExactEigenvalue:
    """The roots of one irreducible factor of a characteristic polynomial, which share all that is said here.

    ``factor``: a Poly; ``algebraic``: the multiplicity of each root; ``blocks``: the sizes of the Jordan blocks of each
    root, largest first, None for a matrix that has none (a pencil, singular values).
    """

    factor: Poly
    algebraic: int
    blocks: tuple | None = None

    @property
    def geometric(self) -> int | None:
        """The dimension of the eigenspace of each root; None where there are no Jordan blocks."""
        return None if self.blocks is None else len(self.blocks)

    @cached_property
    def roots(self) -> tuple[Expr, ...] | None:
        """The roots in closed form, for degrees 1 and 2 of rational polynomials; else None."""
        return closed_roots(self.factor)

    @cached_property
    def values(self) -> tuple[complex, ...]:
        """The roots as complex numbers, all digits right; real ones have the imaginary part 0."""
        if self.roots is not None:
            return tuple(complex(root.evalf(_DIGITS)) for root in self.roots)
        return numerical_roots(self.factor)


def numerical_roots(factor: Basic) -> tuple[complex, ...]:
    """Return the simple roots of an irreducible polynomial as complex numbers with all digits right.

    They are eigenvalues of its companion matrix, computed with more and more digits until each has a disk of relative
    radius 1e-18 around it, and no two meet: a disk of radius n*abs(f/f') holds a root (Laguerre; Henrici 1974, Applied
    and Computational Complex Analysis, 6.4). One that meets the real axis holds a real root if the coefficients are
    rational, since it would hold the conjugate root too.
    """
    coefficients = factor.monic().all_coeffs()
    is_real = all(c.is_Rational for c in coefficients)
    longest = max(len(str(c)) for c in coefficients)
    digits = _DIGITS
    while True:
        with mpmath.workdps(digits):
            roots = mpmath.eig(_companion(coefficients), left=False, right=False)
        with mpmath.workdps(2 * digits + longest):
            radii = _radii(coefficients, roots)
            if _isolated(roots, radii):
                return tuple(
                    complex(r.real) if is_real and abs(r.imag) <= radius else complex(r)
                    for r, radius in zip(roots, radii)
                )
        digits *= 2


def _companion(coefficients: list[Expr]) -> Any:
    degree = len(coefficients) - 1
    companion = mpmath.zeros(degree)
    for k in range(1, degree):
        companion[k, k - 1] = 1
    for k, coefficient in enumerate(reversed(coefficients[1:])):
        companion[k, degree - 1] = -_multiprecision(coefficient)
    return companion


def _multiprecision(number: Expr) -> Any:
    real, imaginary = number.as_real_imag()
    parts = [mpmath.mpf(int(part.p)) / int(part.q) for part in (real, imaginary)]
    return mpmath.mpc(*parts) if parts[1] else parts[0]


def _radii(coefficients: list[Expr], roots: list[Any]) -> list[Any]:
    """Return radii of disks around approximate roots that hold a root each."""
    numbers, radii = [_multiprecision(coefficient) for coefficient in coefficients], []
    for point in roots:
        value, slope = mpmath.polyval(numbers, point, derivative=True)
        radii.append(len(roots) * abs(value / slope) if slope else mpmath.inf)
    return radii


def _isolated(roots: list[Any], radii: list[Any]) -> bool:
    """Return whether all disks are small, and none meets another."""
    if any(radius > abs(point) * _RELATIVE_RADIUS for point, radius in zip(roots, radii)):
        return False
    pairs = list(zip(roots, radii))
    return all(
        abs(point - other) > radius + another
        for number, (point, radius) in enumerate(pairs)
        for other, another in pairs[:number]
    )


def closed_roots(factor: Basic) -> tuple[Expr, ...] | None:
    """Return the roots of a polynomial of degree 1 or 2 in closed form, larger first where they are real; or None."""
    coefficients = factor.all_coeffs()
    if len(coefficients) == 2:
        return (_complex(-coefficients[1] / coefficients[0]),)
    if len(coefficients) != 3 or not all(c.is_Rational for c in coefficients):
        return None
    a, b, c = coefficients
    half, root = -b / (2 * a), sqrt(b * b - 4 * a * c) / abs(2 * a)
    return (half + root, half - root)


def _complex(value: Expr) -> Expr:
    return value if value.is_Rational else expand_complex(value)


def suits(matrix: Matrix, entries: int, size: int | None = None) -> bool:
    """Return whether a Matrix is exact and small enough for exact work: so many entries, and digits of results.

    Determinants of n rows have n times the bits of the entries over their common denominator.
    """
    rows, columns = matrix.shape
    if not matrix.is_exact or rows * columns > entries or size is not None and max(rows, columns) > size:
        return False
    bits = matrix.exact_bits
    return bits is not None and max(rows, columns) * bits <= MAX_BITS


def suits_eigen(matrix: Matrix) -> bool:
    """Return whether the characteristic polynomial of a Matrix is within the limits."""
    size = MAX_COMPLEX_EIGEN_SIZE if matrix.is_complex else MAX_EIGEN_SIZE
    return suits(matrix, size**2, size)


def suits_rank(matrix: Matrix) -> bool:
    """Return whether exact elimination is within the limits."""
    return suits(matrix, MAX_RANK_ENTRIES)


def domain_matrix(exact: Expr) -> Any:
    """Return a SymPy matrix of rationals as a dense DomainMatrix over a field."""
    return DomainMatrix.from_Matrix(exact).to_field().to_dense()


def polynomial(coefficients: list[Any], domain: Any) -> Basic:
    """Return the Poly in lambda of coefficients in a domain, primitive over the integers where they are rational."""
    poly = Poly([domain.to_sympy(c) for c in coefficients], LAMBDA)
    poly = poly.clear_denoms(convert=True)[1] if domain.is_QQ else poly
    return poly


def characteristic_polynomial(exact: Expr) -> Basic:
    """Return det(lambda*I - A) as a monic Poly."""
    matrix = domain_matrix(exact)
    return Poly([matrix.domain.to_sympy(c) for c in matrix.charpoly()], LAMBDA)


def spectrum(exact: Expr) -> tuple[ExactEigenvalue, ...]:
    """Return the eigenvalues of a square matrix as :class:`ExactEigenvalue`, with their Jordan blocks.

    Source: the blocks of a root of the factor f have the sizes that the ranks of f(A)**k tell,
    Horn & Johnson (2013), Matrix Analysis, 3.1.18.
    """
    matrix = domain_matrix(exact)
    found = []
    for coefficients, multiplicity in matrix.charpoly_factor_list():
        factor = polynomial(coefficients, matrix.domain)
        found.append(ExactEigenvalue(factor, multiplicity, _block_sizes(matrix, coefficients, multiplicity)))
    return tuple(found)


def gram(exact: Expr) -> Expr:
    """Return the smaller of AᴴA and AAᴴ."""
    return (exact.H * exact if exact.rows >= exact.cols else exact * exact.H).applyfunc(expand)


def squared_singular_values(exact: Expr) -> tuple[ExactEigenvalue, ...]:
    """Return the eigenvalues of the smaller of AᴴA and AAᴴ, as ExactEigenvalues without blocks."""
    return factors(gram(exact))


def factors(exact: Expr) -> tuple[ExactEigenvalue, ...]:
    """Return the irreducible factors of the characteristic polynomial as ExactEigenvalues without blocks."""
    matrix = domain_matrix(exact)
    return tuple(
        ExactEigenvalue(polynomial(coefficients, matrix.domain), multiplicity)
        for coefficients, multiplicity in matrix.charpoly_factor_list()
    )


def _block_sizes(matrix: Any, coefficients: list[Any], multiplicity: int) -> tuple[int, ...]:
    """Return the sizes of the Jordan blocks of each root of a factor, largest first."""
    if multiplicity == 1:
        return (1,)
    size, degree = matrix.shape[0], len(coefficients) - 1
    value = _horner(matrix, coefficients)
    power, nullities = value, [0]
    while nullities[-1] < multiplicity:
        nullities.append((size - power.rank()) // degree)
        power = power.matmul(value)
    # so many blocks have at least k rows: nullity of the k-th power minus that of the one before
    at_least = [after - before for before, after in zip(nullities, nullities[1:])] + [0]
    sizes = []
    for k in range(len(at_least) - 1, 0, -1):
        sizes += [k] * (at_least[k - 1] - at_least[k])
    return tuple(sizes)


def _horner(matrix: Any, coefficients: list[Any]) -> Any:
    """Return the value of a polynomial at a matrix."""
    identity = DomainMatrix.eye(matrix.shape[0], matrix.domain).to_dense()
    value = identity * coefficients[0]
    for coefficient in coefficients[1:]:
        value = value.matmul(matrix) + identity * coefficient
    return value


def product(first: Expr, second: Expr) -> MatrixBase:
    """Return the product of two SymPy matrices of rationals."""
    left, right = domain_matrix(first).unify(domain_matrix(second))
    return left.matmul(right).to_Matrix()


def is_nilpotent(exact: Expr) -> bool:
    """Return whether a power of a square SymPy matrix of rationals is 0."""
    power, done = domain_matrix(exact), 1
    while done < exact.rows:
        power, done = power.matmul(power), 2 * done
    return power.is_zero_matrix


def rank(exact: Expr) -> int:
    """Return the rank of a SymPy matrix of rationals."""
    return domain_matrix(exact).rank()


def null_space(exact: Expr) -> Expr:
    """Return a basis of the null space: the columns of a SymPy matrix of coprime integers, where they are real."""
    basis = domain_matrix(exact).nullspace()
    rows = [_integers(row) if all(entry.is_Rational for entry in row) else row for row in basis.to_Matrix().tolist()]
    return ImmutableMatrix(rows).T if rows else ImmutableMatrix(exact.cols, 0, [])


def _integers(row: list[Expr]) -> list[int]:
    """Return a row of rationals as coprime integers, the first nonzero one positive."""
    scale = lcm(*(int(entry.q) for entry in row))
    numerators = [int(entry * scale) for entry in row]
    divisor = gcd(*numerators)
    first = next(entry for entry in numerators if entry)
    return [entry // (divisor if first > 0 else -divisor) for entry in numerators]


def inverse(exact: Expr) -> MatrixBase:
    """Return the inverse of a square SymPy matrix of rationals, None where it is singular."""
    matrix = domain_matrix(exact)
    return None if matrix.rank() < matrix.shape[0] else matrix.inv().to_Matrix()


def root(value: Expr) -> Expr:
    """Return the square root of an exact number, denested."""
    return expand(sqrtdenest(sqrt(value)))
