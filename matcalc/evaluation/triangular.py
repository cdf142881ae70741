"""Factors without a choice of signs or rows, and sums along diagonals, as torch_functions.NAME in a torch line."""

from __future__ import annotations

import torch

__all__ = ["antidiagonal_sums", "cyclic_sums", "diagonal_sums", "lu_l", "lu_u", "qr_q", "qr_r"]


def qr_q(X: torch.Tensor) -> torch.Tensor:
    """X: n, m with n >= m -> n, m; the orthonormal factor for a positive diagonal of the other one."""
    return _qr(X)[0]


def qr_r(X: torch.Tensor) -> torch.Tensor:
    """X: n, m with n >= m -> m, m; the upper triangular factor, its diagonal positive."""
    return _qr(X)[1]


def _qr(X: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    Q, R = torch.linalg.qr(X)
    signs = torch.sign(torch.diagonal(R.detach()))
    return Q * signs, signs[:, None] * R


def lu_l(X: torch.Tensor) -> torch.Tensor:
    """X: n, n -> n, n; the unit lower triangular factor, without an exchange of rows."""
    return _lu(X)[0]


def lu_u(X: torch.Tensor) -> torch.Tensor:
    """X: n, n -> n, n; the upper triangular factor, without an exchange of rows."""
    return _lu(X)[1]


def _lu(X: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Eliminate column by column; what is 0 has no value."""
    n, rest, columns, rows = len(X), X, [], []
    for k in range(n):
        ahead = torch.zeros(k, 1, dtype=X.dtype)
        column, row = rest[:, :1] / rest[0, 0], rest[:1, :]
        columns.append(torch.cat([ahead, column]))
        rows.append(torch.cat([ahead.mT, row], 1))
        rest = rest[1:, 1:] - column[1:] @ row[:, 1:]
    return torch.cat(columns, 1), torch.cat(rows)


def diagonal_sums(X: torch.Tensor) -> torch.Tensor:
    """X: n, n -> n, n; at each place the sum of the entries of its diagonal."""
    places = torch.arange(len(X))
    return _tied_sums(X, places[:, None] - places + len(X))


def antidiagonal_sums(X: torch.Tensor) -> torch.Tensor:
    """X: n, n -> n, n; at each place the sum of the entries of its antidiagonal."""
    places = torch.arange(len(X))
    return _tied_sums(X, places[:, None] + places)


def cyclic_sums(X: torch.Tensor) -> torch.Tensor:
    """X: n, n -> n, n; at each place the sum of the entries of its diagonal, which continues at the other side."""
    places = torch.arange(len(X))
    return _tied_sums(X, (places[:, None] - places) % len(X))


def _tied_sums(X: torch.Tensor, groups: torch.Tensor) -> torch.Tensor:
    """Return at each place the sum of the entries of its group; ``groups`` are numbers below 2*n."""
    sums = torch.zeros(2 * len(X), dtype=X.dtype).index_add(0, groups.reshape(-1), X.reshape(-1))
    return sums[groups]
