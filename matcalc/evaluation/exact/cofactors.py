"""Products of all entries but one, cofactors and the derivatives of both, by their definitions, in any arithmetic."""

from __future__ import annotations

from typing import Any

from .arithmetic import Arithmetic
from .arrays import Array, from_rows, transpose


def ratio(c: Arithmetic, A: Array, B: Array) -> Array:
    """Return A/B, and 0 where both are 0."""
    return c.combine(lambda a, b: c.zero if c.is_zero(a) and c.is_zero(b) else c.quotient(a, b), A, B)


def prod_others(c: Arithmetic, X: Array) -> Array:
    """Return at each place the product of all other entries."""
    entries = X.entries
    return Array(X.shape, [c.product(entries[:i] + entries[i + 1 :]) for i in range(len(entries))])


def prod_others_along(c: Arithmetic, X: Array, dim: int) -> Array:
    """Return at each place the product of the other entries of its column (dim 0) or row (dim 1)."""
    rows = (transpose(X) if dim == 0 else X).rows()
    found = from_rows([[c.product(row[:j] + row[j + 1 :]) for j in range(len(row))] for row in rows])
    return transpose(found) if dim == 0 else found


def prod_pairs(c: Arithmetic, x: Array) -> Array:
    """x: n, 1 -> n, n; at (i, j) the product of all entries but the i-th and the j-th, 0 on the diagonal."""
    n = x.shape[0]

    def entry(i: int, j: int) -> Any:
        return c.product([other for k, other in enumerate(x.entries) if k not in (i, j)])

    return Array((n, n), [c.zero if i == j else entry(i, j) for i in range(n) for j in range(n)])


def adj_frechet(c: Arithmetic, X: Array, E: Array) -> Array:
    """Return the derivative of the adjugate: of each cofactor, a determinant M, it is tr(adj(M) @ dM)."""
    n = X.shape[0]

    def entry(i: int, j: int) -> Any:
        minor, change = _without(X, i, j), _without(E, i, j)
        if minor is None or change is None:
            return c.zero
        product = c.matmul(c.adjugate(minor), change)
        found = c.total(product.entries[:: minor.shape[0] + 1])
        return -found if (i + j) % 2 else found

    return Array((n, n), c.reduced([entry(i, j) for j in range(n) for i in range(n)]))


def _without(A: Array, i: int, j: int) -> Array | None:
    rows = [row[:j] + row[j + 1 :] for k, row in enumerate(A.rows()) if k != i]
    return from_rows(rows) if rows else None


def adj_jacobian(c: Arithmetic, X: Array) -> Array:
    """X: n, n -> n*n, n*n; the derivatives of vec(adj(X)) by the entries of vec(X), one a column."""
    n, columns = X.shape[0], []
    for place in range(n * n):
        unit = [c.zero] * (n * n)
        unit[place] = c.one
        columns.append(transpose(adj_frechet(c, X, transpose(Array((n, n), unit)))).entries)
    return transpose(from_rows(columns))


COFACTORS = {
    "torch_functions.adj_frechet": adj_frechet,
    "torch_functions.adj_jacobian": adj_jacobian,
    "torch_functions.adjugate": lambda c, X: c.adjugate(X),
    "torch_functions.prod_others": prod_others,
    "torch_functions.prod_others_along": prod_others_along,
    "torch_functions.prod_pairs": prod_pairs,
    "torch_functions.ratio": ratio,
}
