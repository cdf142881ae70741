"""Matrices of a declared pattern, such as circulant: drawn, tested and projected as ``rules/facts.toml`` says."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

import torch

from ..rulebook.facts import implied, is_pattern, pattern

# patterns that have samplers of their own
_OWN = frozenset({"symmetric", "diagonal"})


def patterned(facts: Iterable[str]) -> bool:
    """Whether the facts have a pattern that is drawn by :func:`fitted`: another one than symmetric or diagonal."""
    return any(is_pattern(word) for word in facts if word not in _OWN)


@lru_cache(maxsize=256)
def _places(n: int, facts: frozenset[str]) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the groups of the entries of an n×n matrix as indices, and where it is not 0."""
    groups = torch.tensor(pattern(n, facts)).reshape(-1)
    return groups.clamp(min=0), (groups >= 0).to(torch.float64)


def fitted(array: torch.Tensor, facts: Iterable[str]) -> torch.Tensor:
    """array: n, n -> n, n; every entry is that at the first place of its group, or 0."""
    groups, kept = _places(array.shape[0], frozenset(filter(is_pattern, implied(frozenset(facts)))))
    return (array.reshape(-1)[groups] * kept).reshape(array.shape)


def projected(array: torch.Tensor, facts: Iterable[str]) -> torch.Tensor:
    """array: n, n -> n, n; the nearest matrix of the pattern: the mean over every group, 0 elsewhere."""
    groups, kept = _places(array.shape[0], frozenset(filter(is_pattern, implied(frozenset(facts)))))
    values = array.reshape(-1)
    sums = torch.zeros_like(values).scatter_add(0, groups, values * kept)
    counts = torch.zeros_like(values).scatter_add(0, groups, kept)
    return (sums / counts.clamp(min=1))[groups].mul(kept).reshape(array.shape)


def has_pattern(array: torch.Tensor, word: str, tolerance: float) -> bool:
    """Whether a matrix has the pattern of a fact."""
    square = array.shape[0] == array.shape[1]
    return square and bool((array - fitted(array, [word])).abs().max() <= tolerance)
