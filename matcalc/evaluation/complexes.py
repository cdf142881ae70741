"""Complex values: of one type for torch's products, and the real part of what is real but for rounding."""

from __future__ import annotations

import torch

# the types of values: of real names, and of complex ones
TYPES = (torch.float64, torch.complex128)
# the imaginary part of a sum of products that is real, as a part of its size
_ROUNDING = 1e-9

__all__ = ["imag"]


def of_one_type(*arrays: torch.Tensor) -> tuple[torch.Tensor, ...]:
    """Return arrays in one type, complex where one of them is: torch multiplies no matrices of two types."""
    if all(array.dtype == arrays[0].dtype for array in arrays):
        return arrays
    return tuple(array.to(torch.complex128) for array in arrays)


def real_parts(array: torch.Tensor) -> torch.Tensor | None:
    """Return the real part of an array that is real but for rounding, None of another."""
    if not array.is_complex():
        return array
    off = array.detach().imag.abs().max() > _ROUNDING * array.detach().abs().max()
    return None if bool(off) else array.real


def imag(X: torch.Tensor) -> torch.Tensor:
    """X: n, m -> n, m; the imaginary parts, zeros of a real array."""
    return X.imag if X.is_complex() else torch.zeros_like(X)
