"""Special functions that torch lacks in this form: what stands as torch_functions.NAME in a torch line."""

from __future__ import annotations

import math

import torch

__all__ = ["digamma", "lgamma", "polygamma"]


class _LogGamma(torch.autograd.Function):
    @staticmethod
    def forward(ctx, X):
        ctx.save_for_backward(X)
        return torch.special.gammaln(X)

    @staticmethod
    def backward(ctx, G):
        return G * digamma(ctx.saved_tensors[0])


class _Digamma(torch.autograd.Function):
    """torch's own derivative of digamma has ten digits only."""

    @staticmethod
    def forward(ctx, X):
        ctx.save_for_backward(X)
        return torch.special.digamma(X)

    @staticmethod
    def backward(ctx, G):
        return G * _derivative(1, ctx.saved_tensors[0])


def lgamma(X: torch.Tensor) -> torch.Tensor:
    """X: n, m, positive -> n, m; the logarithm of the gamma function."""
    return _LogGamma.apply(X)


def digamma(X: torch.Tensor) -> torch.Tensor:
    """X: n, m, positive -> n, m; the derivative of lgamma."""
    return _Digamma.apply(X)


def polygamma(k: torch.Tensor, X: torch.Tensor) -> torch.Tensor:
    """k: 1, 1, a positive integer; X: n, m -> n, m; the k-th derivative of digamma, constant in k."""
    order = float(k.detach().reshape(-1)[0])
    if order != round(order) or order < 1:
        return X * torch.nan
    return _derivative(round(order), X)


def _derivative(order: int, X: torch.Tensor) -> torch.Tensor:
    """Return polygamma of an order, by the zeta function of Hurwitz (Abramowitz & Stegun 6.4.10)."""
    sign = 1 if order % 2 else -1
    return sign * math.factorial(order) * torch.special.zeta(torch.full_like(X, order + 1), X)
