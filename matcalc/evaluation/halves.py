"""Halves of square matrices as columns and partial traces, as torch_functions.NAME in a torch line."""

from __future__ import annotations

import torch

__all__ = ["dup", "elim", "ptrace", "unvech", "unvecp", "vech", "vecp"]


def _places(n: int, shift: int) -> list[int]:
    """Return the places in vec of the entries from ``shift`` below the diagonal on, column by column."""
    return [j * n + i for j in range(n) for i in range(j + shift, n)]


def vech(X: torch.Tensor) -> torch.Tensor:
    """X: n, n -> n*(n + 1)/2, 1; the columns of the lower triangle, stacked."""
    return X.mT.reshape(-1)[_places(len(X), 0)][:, None]


def vecp(X: torch.Tensor) -> torch.Tensor:
    """X: n, n -> n*(n - 1)/2, 1; the columns below the diagonal, stacked."""
    return X.mT.reshape(-1)[_places(len(X), 1)][:, None]


def unvech(x: torch.Tensor, n: int) -> torch.Tensor:
    """x: n*(n + 1)/2, 1 -> n, n; the symmetric matrix with this vech."""
    return (dup(n).to(x.dtype) @ x).reshape(n, n)


def unvecp(x: torch.Tensor, n: int) -> torch.Tensor:
    """x: n*(n - 1)/2, 1 -> n, n; the strictly lower triangular matrix with this vecp."""
    return (elim(n, 1).to(x.dtype).mT @ x).reshape(n, n).mT


def elim(n: int, shift: int) -> torch.Tensor:
    """n -> n*(n + 1)/2, n**2; the rows of the identity that take the half from vec(X)."""
    return torch.eye(n * n, dtype=torch.float64)[_places(n, shift)]


def dup(n: int) -> torch.Tensor:
    """n -> n**2, n*(n + 1)/2; the columns of the identity, each once for both places of an entry."""
    order = {place: number for number, place in enumerate(_places(n, 0))}
    numbers = [order[min(i, j) * n + max(i, j)] for j in range(n) for i in range(n)]
    return torch.eye(len(order), dtype=torch.float64)[numbers]


def ptrace(X: torch.Tensor, k: int, axis: int) -> torch.Tensor:
    """X: r*k, s*k -> r, s; the trace over the second factor of size k, over the first one where ``axis`` is 0."""
    r, s = X.shape[0] // k, X.shape[1] // k
    if axis == 0:
        return torch.einsum("kikj->ij", X.reshape(k, r, k, s))
    return torch.einsum("ikjk->ij", X.reshape(r, k, s, k))
