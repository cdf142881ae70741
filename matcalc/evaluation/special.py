"""Special functions that torch lacks in this form: what stands as torch_functions.NAME in a torch line."""

from __future__ import annotations

import math

import torch

__all__ = ["clip", "digamma", "huber", "lgamma", "polygamma"]


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


def polygamma(k: torch.Tensor | int, X: torch.Tensor) -> torch.Tensor:
    """k: 1, 1, a positive integer; X: n, m -> n, m; the k-th derivative of digamma, constant in k."""
    order = float(k.detach().reshape(-1)[0] if isinstance(k, torch.Tensor) else k)
    if order != round(order) or order < 1:
        return X * torch.nan
    return _derivative(round(order), X)


def _derivative(order: int, X: torch.Tensor) -> torch.Tensor:
    """Return polygamma of an order, by the zeta function of Hurwitz (Abramowitz & Stegun 6.4.10)."""
    sign = 1 if order % 2 else -1
    return sign * math.factorial(order) * torch.special.zeta(torch.full_like(X, order + 1), X)


def clip(X: torch.Tensor, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """X, a, b: n, m -> n, m; X within a and b; no value where a is above b."""
    return torch.clamp(X, a, b) + _nowhere(a > b)


def huber(X: torch.Tensor, delta: torch.Tensor) -> torch.Tensor:
    """X: n, m; delta: 1, 1 -> n, m; X**2/2 near 0, linear from delta on; no value where delta is not positive."""
    size = torch.abs(X)
    value = torch.where(size > delta, delta * (size - delta / 2), X * X / 2)
    return value + _nowhere(delta <= 0)


def _nowhere(excluded: torch.Tensor) -> torch.Tensor:
    """Return NaN where a condition holds and 0 elsewhere, which spoils no derivative there."""
    return torch.where(excluded, torch.nan, 0.0).to(torch.float64)
