"""Random arrays of declared facts, complex ones among them."""

from __future__ import annotations

import torch

from ..rulebook.facts import hermitian, implying, is_complex, is_pattern
from .draws import draw as draw_real


def draw(shape: tuple[int, int], facts: frozenset[str], recipe: str, generator: torch.Generator) -> torch.Tensor:
    """Return a random array of ``shape`` that has the declared facts; raises DomainError where there is none."""
    if not is_complex(facts):
        return draw_real(shape, facts, recipe, generator)
    linear = frozenset(word for word in facts if is_pattern(word) or word == "skew")
    parts = [draw_real(shape, linear, kind, generator) for kind in (recipe, "normal")]
    array = torch.complex(*parts)
    rows, cols = shape
    if facts & implying("unitary"):
        return torch.linalg.qr(array)[0]
    if not hermitian(facts):
        return array + 0.5 * torch.eye(rows) if facts & implying("invertible") and rows == cols else array
    definite = facts & implying("psd")
    if definite and not linear:
        shift = 0.5 if facts & implying("pd") else 0.0
        return array @ array.mH / rows + shift * torch.eye(rows)
    found = (array + array.mH) / 2
    return found + found.abs().sum() * torch.eye(rows) if definite else found
