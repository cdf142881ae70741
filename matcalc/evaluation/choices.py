"""Conditions as torch_functions.NAME in a torch line: 1 where they hold and 0 elsewhere, constant as in torch."""

from __future__ import annotations

import torch

__all__ = ["equal", "greater", "greater_equal", "less", "less_equal", "not_equal"]


def greater(A: torch.Tensor, B: torch.Tensor) -> torch.Tensor:
    """A, B: n, m -> n, m; A > B."""
    return (A > B).to(A.dtype)


def greater_equal(A: torch.Tensor, B: torch.Tensor) -> torch.Tensor:
    """A, B: n, m -> n, m; A >= B."""
    return (A >= B).to(A.dtype)


def less(A: torch.Tensor, B: torch.Tensor) -> torch.Tensor:
    """A, B: n, m -> n, m; A < B."""
    return (A < B).to(A.dtype)


def less_equal(A: torch.Tensor, B: torch.Tensor) -> torch.Tensor:
    """A, B: n, m -> n, m; A <= B."""
    return (A <= B).to(A.dtype)


def equal(A: torch.Tensor, B: torch.Tensor) -> torch.Tensor:
    """A, B: n, m -> n, m; A == B."""
    return (A == B).to(A.dtype)


def not_equal(A: torch.Tensor, B: torch.Tensor) -> torch.Tensor:
    """A, B: n, m -> n, m; A != B."""
    return (A != B).to(A.dtype)
