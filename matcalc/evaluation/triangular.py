"""Factors with a fixed choice of signs, and without pivots, as torch_functions.NAME in a torch line."""

from __future__ import annotations

import torch

__all__ = ["lu_l", "lu_u", "qr_q", "qr_r"]


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
