"""Triangular and orthogonal factors in any arithmetic that has roots, by elimination."""

from __future__ import annotations

from collections.abc import Callable

from .arithmetic import Arithmetic
from .arrays import Array, from_rows, transpose
from .functions import symmetric_part


def lower_upper(c: Arithmetic, X: Array) -> tuple[Array, Array]:
    """Return the unit lower and the upper triangular factor, without an exchange of rows."""
    n, rows = X.shape[0], [list(row) for row in X.rows()]
    lower = [[c.one if i == j else c.zero for j in range(n)] for i in range(n)]
    for k in range(n):
        for i in range(k + 1, n):
            part = lower[i][k] = c.quotient(rows[i][k], rows[k][k])
            rows[i] = [*[c.zero] * (k + 1), *c.reduced([rows[i][j] - part * rows[k][j] for j in range(k + 1, n)])]
    return from_rows(lower), from_rows(rows)


def cholesky(c: Arithmetic, X: Array) -> Array:
    lower, upper = lower_upper(c, symmetric_part(c, X))
    roots = [c.sqrt(upper.rows()[i][i]) for i in range(X.shape[0])]
    return from_rows([c.reduced([entry * root for entry, root in zip(row, roots)]) for row in lower.rows()])


def _upper(c: Arithmetic, X: Array) -> Array:
    return transpose(cholesky(c, c.matmul(transpose(X), X)))


def _tied(number: Callable) -> Callable:
    """Return the function that gives each entry the sum of those with its number; ``number`` is one of (i, j, n)."""

    def sums(c: Arithmetic, X: Array) -> Array:
        n, groups = X.shape[0], {}
        places = [number(i, j, n) for i in range(n) for j in range(n)]
        for place, entry in zip(places, X.entries):
            groups.setdefault(place, []).append(entry)
        found = dict(zip(groups, c.reduced([c.total(entries) for entries in groups.values()])))
        return Array(X.shape, [found[place] for place in places])

    return sums


FACTORS = {
    "torch_functions.antidiagonal_sums": _tied(lambda i, j, n: i + j),
    "torch_functions.cyclic_sums": _tied(lambda i, j, n: (i - j) % n),
    "torch_functions.diagonal_sums": _tied(lambda i, j, n: i - j),
    "torch.linalg.cholesky": cholesky,
    "torch_functions.lu_l": lambda c, X: lower_upper(c, X)[0],
    "torch_functions.lu_u": lambda c, X: lower_upper(c, X)[1],
    "torch_functions.qr_q": lambda c, X: c.matmul(X, c.inverse(_upper(c, X))),
    "torch_functions.qr_r": _upper,
}
