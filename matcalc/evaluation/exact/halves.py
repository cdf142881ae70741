"""Halves of square matrices as columns and partial traces in any arithmetic, by torch's names."""

from __future__ import annotations

from collections.abc import Callable

from .arithmetic import Arithmetic
from .arrays import Array, from_rows


def _pairs(n: int, shift: int) -> list[tuple[int, int]]:
    return [(i, j) for j in range(n) for i in range(j + shift, n)]


def _half(shift: int) -> Callable:
    def taken(c: Arithmetic, X: Array) -> Array:
        rows = X.rows()
        entries = [rows[i][j] for i, j in _pairs(X.shape[0], shift)]
        return Array((len(entries), 1), entries)

    return taken


def _unvech(c: Arithmetic, x: Array, n: int) -> Array:
    found = dict(zip(_pairs(n, 0), x.entries))
    return from_rows([[found[max(i, j), min(i, j)] for j in range(n)] for i in range(n)])


def _unvecp(c: Arithmetic, x: Array, n: int) -> Array:
    found = dict(zip(_pairs(n, 1), x.entries))
    return from_rows([[found.get((i, j), c.zero) for j in range(n)] for i in range(n)])


def _elim(c: Arithmetic, n: int, shift: int) -> Array:
    return from_rows([[c.one if k == j * n + i else c.zero for k in range(n * n)] for i, j in _pairs(n, shift)])


def _dup(c: Arithmetic, n: int) -> Array:
    places = [(max(i, j), min(i, j)) for j in range(n) for i in range(n)]
    return from_rows([[c.one if pair == place else c.zero for pair in _pairs(n, 0)] for place in places])


def _ptrace(c: Arithmetic, X: Array, k: int, axis: int) -> Array:
    r, s, rows = X.shape[0] // k, X.shape[1] // k, X.rows()
    if axis == 0:
        found = [[[rows[t * r + i][t * s + j] for t in range(k)] for j in range(s)] for i in range(r)]
    else:
        found = [[[rows[i * k + t][j * k + t] for t in range(k)] for j in range(s)] for i in range(r)]
    return from_rows([c.reduced([c.total(terms) for terms in row]) for row in found])


HALVES = {
    "torch_functions.dup": _dup,
    "torch_functions.elim": _elim,
    "torch_functions.ptrace": _ptrace,
    "torch_functions.unvech": _unvech,
    "torch_functions.unvecp": _unvecp,
    "torch_functions.vech": _half(0),
    "torch_functions.vecp": _half(1),
}
