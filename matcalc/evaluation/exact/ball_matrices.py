"""Functions of matrices in balls: whatever is found by iteration is enclosed by a theorem before it is used."""

from __future__ import annotations

from fractions import Fraction
from math import isqrt
from typing import Any

from .arithmetic import Arithmetic
from .arrays import Array, NotExact, NoValue, from_rows, transpose

_STEPS = 80
_MOST_ROWS = 12


def _coefficients(c: Arithmetic, A: Array) -> list:
    """Return the matrices of balls that a matrix of series has as its coefficients."""
    rows = A.rows()
    return [c.flint.arb_mat([[entry[order] for entry in row] for row in rows]) for order in range(c.length)]


def _constant_terms(c: Arithmetic, A: Array) -> Any:
    return c.flint.arb_mat([[entry[0] for entry in row] for row in A.rows()])


def _as_series(c: Arithmetic, coefficients: list) -> Array:
    series, width = c.flint.arb_series, coefficients[0].ncols()
    entries = [series(list(entry)) for entry in zip(*(matrix.entries() for matrix in coefficients))]
    return Array((coefficients[0].nrows(), width), entries)


def matmul(c: Arithmetic, A: Array, B: Array) -> Array:
    """Return A @ B, coefficient by coefficient: Cauchy's product of series of matrices."""
    left, right = _coefficients(c, A), _coefficients(c, B)
    return _as_series(c, [_convolved(left, right, order, range(order + 1)) for order in range(c.length)])


def _convolved(left: list, right: list, order: int, places: range) -> Any:
    first, *others = [left[place] * right[order - place] for place in places]
    for other in others:
        first = first + other
    return first


def solve(c: Arithmetic, A: Array, B: Array) -> Array:
    """Return the solution of A @ Y = B; raises NoValue where A may be singular.

    Y has the coefficients Y[k] = inv(A[0]) @ (B[k] - sum of A[i] @ Y[k - i] over i > 0).
    """
    left, right = _coefficients(c, A), _coefficients(c, B)
    try:
        inverse = left[0].inv()
    except ZeroDivisionError:
        raise NoValue("a matrix may be singular") from None
    found: list = []
    for order in range(c.length):
        rest = right[order] - _convolved(left, found, order, range(1, order + 1)) if order else right[0]
        found.append(inverse * rest)
    return _as_series(c, found)


def expm(c: Arithmetic, A: Array) -> Array:
    """f of the block Toeplitz matrix of a series has the coefficients of f of the series in its first blocks.

    Higham (2008), Functions of Matrices, theorem 3.6 and problem 3.16.
    """
    n, k = A.shape[0], c.length
    rows = [[c.flint.arb(0)] * (n * k) for _ in range(n * k)]
    for i, row in enumerate(A.rows()):
        for j, entry in enumerate(row):
            for order in range(k):
                for block in range(k - order):
                    rows[block * n + i][(block + order) * n + j] = entry[order]
    found = c.flint.arb_mat(rows).exp().tolist()
    series = [[[found[i][order * n + j] for order in range(k)] for j in range(n)] for i in range(n)]
    return from_rows([[c.flint.arb_series(entry) for entry in row] for row in series])


def sqrtm(c: Arithmetic, A: Array) -> Array:
    """The principal square root: its constant term by Denman and Beavers' iteration, enclosed.

    A further coefficient solves Y[0] @ Y[k] + Y[k] @ Y[0] = A[k] - sum of Y[i] @ Y[k - i] over 0 < i < k.
    """
    if A.shape[0] > _MOST_ROWS:
        raise NotExact("the square root of a large matrix")
    given = _coefficients(c, A)
    root, operator = [_enclosed_root(c, given[0])], None
    for order in range(1, c.length):
        missing = given[order] - _convolved(root, root, order, range(1, order)) if order > 1 else given[order]
        operator = _sylvester_operator(c, root[0]).inv() if operator is None else operator
        root.append(_unstacked(c, operator * _stacked(c, missing)))
    return _as_series(c, root)


def _sylvester_operator(c: Arithmetic, root: Any) -> Any:
    """Return kron(I, Y) + kron(Y.T, I), the matrix of E -> Y @ E + E @ Y on stacked columns."""
    n = root.nrows()
    identity = [[int(i == j) for j in range(n)] for i in range(n)]
    return c.flint.arb_mat(_sum_of_kronecker(identity, root.tolist()))


def _stacked(c: Arithmetic, matrix: Any) -> Any:
    return c.flint.arb_mat([[matrix[i, j]] for j in range(matrix.ncols()) for i in range(matrix.nrows())])


def _unstacked(c: Arithmetic, column: Any) -> Any:
    n = isqrt(column.nrows())
    return c.flint.arb_mat([[column[j * n + i, 0] for j in range(n)] for i in range(n)])


def _enclosed_root(c: Arithmetic, matrix: Any) -> Any:
    """Enclose the square root of a matrix of balls near an approximation, by the Newton–Kantorovich theorem.

    For F(Y) = Y@Y - X the derivative E -> Y@E + E@Y is Lipschitz with constant 2n in the largest entry; with b the
    norm of its inverse at Y and e = |F'(Y)**(-1) F(Y)|, a root lies within 2e of Y where 2n*b*e <= 1/2.
    """
    flint, n = c.flint, matrix.nrows()
    root = _approximate_root(c, matrix.mid())
    inverse = _sylvester_operator(c, root).inv()
    stacked = _stacked(c, root * root - matrix)
    step = max((abs(entry).upper() for entry in (inverse * stacked).entries()), default=flint.arb(0))
    norm = max(sum(abs(entry).upper() for entry in row) for row in inverse.tolist())
    if not 2 * n * norm * step < flint.arb("0.5"):
        raise NoValue("a square root could not be enclosed")
    ball = flint.arb(0, (2 * step).upper())
    return flint.arb_mat([[entry + ball for entry in row] for row in root.tolist()])


def _sum_of_kronecker(identity: list, root: list) -> list:
    """Return kron(I, Y) + kron(Y.T, I) as rows."""
    n = len(root)
    return [
        [identity[a][b] * root[i][j] + root[b][a] * identity[i][j] for b in range(n) for j in range(n)]
        for a in range(n)
        for i in range(n)
    ]


def _approximate_root(c: Arithmetic, matrix: Any) -> Any:
    """Denman and Beavers' iteration, product form (Higham 2008, 6.29), without the rounding errors."""
    flint, n = c.flint, matrix.nrows()
    identity = flint.arb_mat([[int(i == j) for j in range(n)] for i in range(n)])
    product, root, half = matrix, matrix, flint.arb(1) / 2
    for _ in range(_STEPS):
        inverse = product.inv().mid()
        root = (root * (identity + inverse) * half).mid()
        product = ((identity + (product + inverse) * half) * half).mid()
        if all(abs(entry) < flint.arb(2) ** (8 - c.bits) for entry in (product - identity).entries()):
            return root
    raise NoValue("the square root does not converge")


def logm(c: Arithmetic, A: Array) -> Array:
    """Inverse scaling and squaring: 2**k times the logarithm of a root near I, by the series of atanh.

    Higham (2008), Functions of Matrices, 11.5; what is left out of the series is bounded coefficient by coefficient.
    """
    n, root, roots = A.shape[0], A, 0
    eye = c.eye(n)
    while not _norms(c, c.subtract(root, eye))[0] < c.flint.arb("0.25"):
        root, roots = sqrtm(c, root), roots + 1
        if roots > _STEPS:
            raise NoValue("the logarithm does not converge")
    change = c.subtract(root, eye)
    Z = c.matmul(change, c.inverse(c.add(change, c.scale(2, eye))))
    square, power, found = c.matmul(Z, Z), Z, Z
    terms = c.bits // 4
    for k in range(1, terms):
        power = c.matmul(power, square)
        found = c.add(found, c.scale(Fraction(1, 2 * k + 1), power))
    tail = _tail(c, _norms(c, Z), 2 * terms + 1)
    found = Array(found.shape, [entry + tail for entry in found.entries])
    return c.scale(2 ** (roots + 1), found)


def _norms(c: Arithmetic, A: Array) -> list:
    """Return upper bounds of the row-sum norms of the coefficients of a matrix of series."""
    zero: Any = c.flint.arb(0)
    return [
        max(sum((abs(entry[order]).upper() for entry in row), zero).upper() for row in A.rows())
        for order in range(c.length)
    ]


def _tail(c: Arithmetic, norms: list, first: int) -> Any:
    """Return balls that hold the coefficients of the sum of Z**k over k from ``first`` on (Cauchy's estimate)."""
    flint, radius = c.flint, c.flint.arb(1)
    while True:
        size = sum((norm * radius**order for order, norm in enumerate(norms)), flint.arb(0))
        if size < flint.arb("0.5"):
            break
        radius /= 2
        if radius < flint.arb("1e-9"):
            raise NoValue("the series of the logarithm converges too slowly")
    bound = (size**first / (1 - size)).upper()
    return flint.arb_series([flint.arb(0, (bound / radius**order).upper()) for order in range(len(norms))])


def eigen(c: Arithmetic, A: Array) -> tuple:
    """Return the ascending eigenvalues of a symmetric matrix and its unit eigenvectors, as rows.

    Those of the constant term are enclosed by Arb; Newton's method on A@v = value*v, v.T@v = 1 gives the other
    coefficients. Raises NoValue where two eigenvalues may meet.
    """
    n = A.shape[0]
    if n > _MOST_ROWS:
        raise NotExact("the eigenvalues of a large matrix")
    if n == 1:
        return [A.entries[0]], [[c.one]]
    try:
        values, vectors = c.flint.acb_mat(_constant_terms(c, A)).eig(right=True)
    except ValueError:
        raise NoValue("two eigenvalues may meet") from None
    columns = transpose(from_rows(vectors.tolist())).rows()
    pairs = sorted(zip([value.real for value in values], columns), key=lambda pair: float(pair[0].mid()))
    lifted = [_lifted(c, A, value, _unit(c, column)) for value, column in pairs]
    return [value for value, _ in lifted], [vector for _, vector in lifted]


def _unit(c: Arithmetic, column: list) -> list:
    """Return the real unit vector along an enclosed complex eigenvector of a real symmetric matrix."""
    largest = max(column, key=lambda entry: float(abs(entry).mid()))
    real = [(entry / largest).real for entry in column]
    zero: Any = c.flint.arb(0)
    length = sum((entry * entry for entry in real), zero).sqrt()
    return [entry / length for entry in real]


def _lifted(c: Arithmetic, A: Array, value: Any, vector: list) -> tuple:
    n, right = A.shape[0], 1
    value, vector = c.flint.arb_series([value]), [c.flint.arb_series([entry]) for entry in vector]
    while right < c.length:
        column = Array((n, 1), vector)
        image = c.matmul(A, column).entries
        rows = A.rows()
        bordered = [
            [rows[i][j] - value if i == j else rows[i][j] for j in range(n)] + [-vector[i]] for i in range(n)
        ]
        bordered.append([-entry for entry in vector] + [c.zero])
        length = c.total([entry * entry for entry in vector])
        missing = [value * entry - moved for entry, moved in zip(vector, image)]
        missing.append((length - c.one) * c.number(Fraction(1, 2)))
        step = c.solve(from_rows(bordered), Array((n + 1, 1), missing)).entries
        vector = [entry + change for entry, change in zip(vector, step)]
        value = value + step[-1]
        right *= 2
    return value, vector
