"""The smallest point at which a claim in index notation is not the derivative."""

from __future__ import annotations

from typing import Any

import torch

from ..errors import MatcalcError
from ..evaluation.counterexample import Found, Search, plain
from ..evaluation.tensors import tensor_value
from .tensors import TensorProblem

_DIFFERS = 1e-6
_LARGEST = 1e6


class _TensorSearch(Search):
    """A search whose formula is in index notation."""

    def __init__(self, claimed: Any, seed: int) -> None:
        super().__init__(TensorProblem(claimed), None, "any", None, seed)
        self.claimed = claimed

    def _fitting_assignments(self) -> list:
        return self._assignments()

    def _at(self, point: Any) -> Found | None:
        self.left -= 1
        try:
            if not self.ground.admits(point):
                return None
            self.admitted += 1
            yours = tensor_value(self.claimed.indexed, point, self.ground.book)
        except (MatcalcError, RuntimeError):
            return None
        right = self.ground.found[0].reshape(yours.shape)
        if not torch.isfinite(yours).all() or max(float(yours.abs().max()), float(right.abs().max())) > _LARGEST:
            return None
        differs = float((yours - right).norm()) > _DIFFERS * float(right.norm() + yours.norm())
        return Found(point, yours, right) if differs else None


def smallest_tensor(claimed: Any, seed: int) -> dict[str, Any] | None:
    """Return {name: value, …, "yours": …, "right": …} at the smallest point found, nested lists; None without one."""
    search = _TensorSearch(claimed, seed)
    found = search.run()
    if found is None:
        return None
    shapes = search.ground.shapes
    values: dict[str, Any] = {name: plain(array, shapes[name]) for name, array in found.point.arrays.items()}
    for key, value in (("yours", found.yours), ("right", found.right)):
        values[key if key not in values else key + "_"] = _plain(value.tolist())
    return values


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(part) for part in value]
    return int(value) if value == round(value) else round(value, 6)
