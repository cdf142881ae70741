"""Triangular and orthogonal factors in any arithmetic that has roots, by elimination."""

from __future__ import annotations

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


FACTORS = {
    "torch.linalg.cholesky": cholesky,
    "torch_functions.lu_l": lambda c, X: lower_upper(c, X)[0],
    "torch_functions.lu_u": lambda c, X: lower_upper(c, X)[1],
    "torch_functions.qr_q": lambda c, X: c.matmul(X, c.inverse(_upper(c, X))),
    "torch_functions.qr_r": _upper,
}
