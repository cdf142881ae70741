"""Products of all entries but one, cofactors, and the derivatives of both, by their definitions, without division.

So they are right where an entry is 0 or a matrix is singular, and torch differentiates them there.
"""

from __future__ import annotations

import torch

__all__ = ["adj_frechet", "adj_jacobian", "adjugate", "prod_others", "prod_others_along", "prod_pairs", "ratio"]


def ratio(A, B):
    """A, B: n, m or 1, 1 -> n, m; A/B, and 0 where both are 0."""
    return A / torch.where((A == 0) & (B == 0), torch.ones_like(B), B)


def prod_others(X):
    """X: n, m -> n, m; at each place the product of all other entries."""
    entries = X.reshape(-1)
    apart = torch.eye(len(entries), dtype=torch.bool)
    return torch.where(apart, torch.ones_like(entries), entries).prod(1).reshape(X.shape)


def prod_others_along(X, dim):
    """X: n, m -> n, m; at each place the product of the other entries of its column (dim 0) or row (dim 1)."""
    lines = X.mT if dim == 0 else X
    apart = torch.eye(lines.shape[1], dtype=torch.bool)
    found = torch.where(apart, torch.ones_like(lines)[:, None, :], lines[:, None, :]).prod(2)
    return found.mT if dim == 0 else found


def prod_pairs(x):
    """x: n, 1 -> n, n; at (i, j) the product of all entries but the i-th and the j-th, 0 on the diagonal."""
    n = len(x)
    same = torch.eye(n, dtype=torch.bool)
    left_out = same[:, None, :] | same[None, :, :]
    products = torch.where(left_out, torch.ones_like(x[:, 0]), x[:, 0]).prod(2)
    return torch.where(same, torch.zeros_like(products), products)


def _others(n):
    """Return for each of n indices all others, n×(n - 1)."""
    return torch.tensor([[j for j in range(n) if j != i] for i in range(n)], dtype=torch.int64).reshape(n, n - 1)


def _signs(n, dtype):
    signs = ((-1.0) ** torch.arange(n, dtype=torch.float64)).to(dtype)
    return signs[:, None] * signs


def _minors(X):
    """Return the matrices that are X without a row i and a column j: ..., n, n, n - 1, n - 1."""
    rest = _others(X.shape[-1])
    return X[..., rest[:, None, :, None], rest[None, :, None, :]]


def adjugate(X):
    """X: ..., n, n -> ..., n, n; the transposed matrix of cofactors (Magnus & Neudecker 2019, 1.9)."""
    n = X.shape[-1]
    if n == 1:
        return torch.ones_like(X)
    return (torch.linalg.det(_minors(X)) * _signs(n, X.dtype)).mT


def _cofactor_gradients(X):
    """Return ∂(cofactor of X at i, j)/∂X, an array n, n, n, n: the cofactors of the minors, each at its place."""
    n = len(X)
    found = torch.zeros(n, n, n, n, dtype=X.dtype)
    if n == 1:
        return found
    rest, index = _others(n), torch.arange(n)
    place = (index[:, None, None, None], index[None, :, None, None], rest[:, None, :, None], rest[None, :, None, :])
    return found.index_put(place, adjugate(_minors(X)).mT * _signs(n, X.dtype)[:, :, None, None])


def adj_frechet(X, E):
    """X, E: n, n -> n, n; the derivative of the adjugate at X in the direction E."""
    return (_cofactor_gradients(X) * E).sum((2, 3)).mT


def adj_jacobian(X):
    """X: n, n -> n*n, n*n; ∂vec(adj(X))/∂vec(X)ᵀ."""
    return _cofactor_gradients(X).permute(0, 1, 3, 2).reshape(X.numel(), X.numel())
