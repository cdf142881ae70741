"""The check of a derivative against another library's autodiff, in the place of torch's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy
import torch

from ..errors import DomainError
from .derivative import check_derivative
from .problem import Problem
from .report import CheckReport

_ACCURACY = 1e-9


class WitnessProblem(Problem):
    """A problem whose derivatives are another library's.

    ``differentiated(arrays, sizes, by)`` is of NumPy arrays by name, and returns the value of the expression and its
    derivative by names in turn, whose axes follow those of the value. At every point the value has to be the one that
    torch has of the user's own text: so the expression that the library differentiates is no witness for itself.
    """

    def __init__(self, query: Any, answer: Any, witness: str, differentiated: Callable) -> None:
        super().__init__(query, answer)
        self.witness, self.library = witness, witness.partition(" ")[0]
        self.differentiated, self.differs = differentiated, False

    def _remember_broken(self, point: Any) -> None:
        """Keep no points where conditions fail: there each library has conventions of its own."""

    def derivative(self, point: Any) -> tuple[torch.Tensor, torch.Tensor, float]:
        """Return (value, Jacobian, scale): torch's value, the other's derivative; NaN where it has none."""
        value, found, scale = super().derivative(point)
        arrays = {name: array.numpy() for name, array in point.arrays.items()}
        try:
            theirs, whole = self.differentiated(arrays, point.sizes, self.query.by)
        except DomainError:
            return value, torch.full_like(found, torch.nan), scale
        off = float((torch.from_numpy(numpy.array(theirs).reshape(value.shape)) - value).abs().max())
        if not off <= _ACCURACY * max(float(value.abs().max()), 1.0):
            self.differs = True
            return value, torch.full_like(found, torch.nan), scale
        axes = stacked(whole, [theirs.shape, *[arrays[name].shape for name in self.query.by]])
        for direction in reversed(self.query.along):
            axes = axes @ point.arrays[direction].mT.reshape(-1)
        return value, axes.reshape(found.shape), scale


def stacked(whole: numpy.ndarray, shapes: Sequence[tuple[int, ...]]) -> torch.Tensor:
    """whole: an array whose axes are those of arrays of these shapes -> one axis for each, its entries by columns."""
    pairs = [tuple(shape) if len(shape) == 2 else (1, 1) for shape in shapes]
    array = torch.from_numpy(numpy.array(whole)).reshape([size for pair in pairs for size in pair])
    turned = array.permute([axis for pair in range(len(pairs)) for axis in (2 * pair + 1, 2 * pair)])
    return turned.reshape([rows * cols for rows, cols in pairs])


def check_by_witness(
    derivative: Any, points: int, seed: int, witness: str, differentiated: Callable
) -> CheckReport:
    """Compare a Derivative with a library's derivatives at random points; see :class:`WitnessProblem`."""
    made: list[WitnessProblem] = []

    def kind(query: Any, answer: Any) -> WitnessProblem:
        made.append(WitnessProblem(query, answer, witness, differentiated))
        return made[-1]

    report = check_derivative(derivative, points, seed, kind)
    if report.ok is None and made and made[0].differs:
        library = made[0].library
        return replace(report, reason=f"{library}'s value of the expression is not the one that torch has")
    return report
