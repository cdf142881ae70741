"""Vectors of three entries and the order of entries, as torch_functions.NAME in a torch line."""

from __future__ import annotations

import torch

__all__ = ["hardmedian", "skew", "sortperm", "stepped", "vee"]


def stepped(X: torch.Tensor, a: int, b: int | None, s: int) -> torch.Tensor:
    """X: n, m -> k, m; the rows X[a:b:s], which torch itself does not count backwards."""
    return X[list(range(len(X))[slice(a, b, s)])]


def skew(x: torch.Tensor) -> torch.Tensor:
    """x: 3, 1 -> 3, 3; the matrix of the cross product with x from the left."""
    a, b, c = x[0, 0], x[1, 0], x[2, 0]
    zero = torch.zeros_like(a)
    return torch.stack([zero, -c, b, c, zero, -a, -b, a, zero]).reshape(3, 3)


def vee(X: torch.Tensor) -> torch.Tensor:
    """X: 3, 3 -> 3, 1; the x of which skew(x) is the skew part of X."""
    return torch.stack([X[2, 1] - X[1, 2], X[0, 2] - X[2, 0], X[1, 0] - X[0, 1]])[:, None] / 2


def sortperm(x: torch.Tensor) -> torch.Tensor:
    """x: n, 1 -> n, n; the permutation matrix that sorts, constant; equal entries keep their order."""
    return torch.eye(len(x), dtype=x.dtype)[torch.sort(x.detach()[:, 0], stable=True)[1]]


def hardmedian(X: torch.Tensor) -> torch.Tensor:
    """X: n, m -> n, m; 1 at the middle entry, or 1/2 at each of the two, constant."""
    entries = X.detach().reshape(-1)
    order = torch.sort(entries, stable=True)[1]
    found = torch.zeros_like(entries)
    for place in ((len(entries) - 1) // 2, len(entries) // 2):
        found[order[place]] += 0.5
    return found.reshape(X.shape)
