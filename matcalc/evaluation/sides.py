"""Points on the sides of kinks that random points do not show, in floating point: of expressions in complex names.

Those of real ones are sought without rounding, and more of them (evaluation/exact/sides.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch

from ..errors import MatcalcError
from ..language.syntax import Tree, postorder
from ..language.unparse import unparse
from ..rulebook.entries import Book
from ..rulebook.facts import facts_with, implying, is_complex
from ..rulebook.kinks import kink_argument
from .evaluate import evaluate
from .points import Point

_SIZES = [2.0**power for power in (0, -3, 3, 7, 12, -8, 18, 25, -16, 40, -40, 96, -96)]
_NOISE, _REAL, _STEPS = 2.0**-7, 1e-12, 60


class ComplexSides:
    """The sides of the kinks in some trees that are shown by points; ``points`` are those met before."""

    def __init__(self, trees: Sequence[Tree], points: Sequence[Point], facts: dict, book: Book, seed: int) -> None:
        nodes = [node for tree in trees for node in postorder(tree)]
        found = [argument for node in nodes if (argument := kink_argument(node, book)) is not None]
        self.arguments = list({unparse(argument): argument for argument in found}.values())
        self.points, self.facts, self.book = points, facts, book
        self.generator = torch.Generator().manual_seed(seed)
        self.met: set = set()
        for point in points:
            self.met |= self.sides(point)

    @property
    def missing(self) -> list:
        """The arguments with the signs that they were not found to have; those that have none are left out."""
        return [
            (argument, -sign)
            for number, argument in enumerate(self.arguments)
            for sign in (1, -1)
            if (number, sign, "some") in self.met and (number, -sign, "some") not in self.met
        ]

    def sides(self, point: Point) -> set:
        """Return which arguments have which signs at a point, in some entries and in all."""
        found = set()
        for number, argument in enumerate(self.arguments):
            value = self._value(argument, point)
            if value is None:
                continue
            for sign in (1, -1):
                held = sign * value > 0
                found |= {(number, sign, "some")} if bool(held.any()) else set()
                found |= {(number, sign, "all")} if bool(held.all()) else set()
        return found

    def _value(self, argument: Tree, point: Point) -> torch.Tensor | None:
        """Return the real value of an argument, None where it has none."""
        try:
            value = evaluate(argument, point.arrays, point.sizes, self.book)
        except MatcalcError:
            return None
        if value.is_complex():
            if float(value.detach().imag.abs().max()) > _REAL * float(value.detach().abs().max()):
                return None
            value = value.real
        return value if bool(value.isfinite().all()) else None

    def search(self) -> Iterator[Point]:
        """Yield points that show new sides."""
        if not self.arguments or not self.points:
            return
        yield from filter(self._shows_new, self._candidates())
        for argument, sign in self.missing:
            for start in self.points[:2]:
                point = self._highest(argument, sign, start)
                if point is not None and self._shows_new(point):
                    yield point
                    break

    def _shows_new(self, point: Point) -> bool:
        """Return whether a point shows sides that none before it did, and keep them."""
        new = self.sides(point) - self.met
        self.met |= new
        return bool(new)

    def _candidates(self) -> Iterator[Point]:
        for size in _SIZES:
            for base in self.points[:2]:
                for alike in (True, False):
                    moved = {name: self._scaled(name, array, size, alike) for name, array in base.arrays.items()}
                    yield Point(moved, base.sizes)
                    if len(moved) > 1:
                        yield from (Point({**base.arrays, name: moved[name]}, base.sizes) for name in moved)

    def _free(self, name: str) -> bool:
        return not self.facts.get(name, frozenset()) - implying("complex")

    def _scaled(self, name: str, array: torch.Tensor, size: float, alike: bool) -> torch.Tensor:
        words = self.facts.get(name, frozenset())
        if self._free(name) and alike:
            noise = 1 + _NOISE * torch.rand(array.shape, generator=self.generator, dtype=torch.float64)
            turn = torch.rand((), generator=self.generator, dtype=torch.float64) * 6.28
            return size * noise * (torch.exp(1j * turn) if is_complex(words) else 1 - 2 * (turn > 3.14))
        return size * array if words - implying("complex") <= facts_with(scales=True) else array

    def _highest(self, argument: Tree, sign: int, start: Point) -> Point | None:
        """Return a point at which an argument, or its opposite, is as large as it gets, by L-BFGS from a start."""
        free = {name: array for name, array in start.arrays.items() if self._free(name)}
        leaves = {name: array.detach().clone().requires_grad_() for name, array in free.items()}
        if not leaves:
            return None
        point = Point({**start.arrays, **leaves}, start.sizes)
        search = torch.optim.LBFGS(list(leaves.values()), max_iter=_STEPS, line_search_fn="strong_wolfe")

        def loss() -> torch.Tensor:
            search.zero_grad()
            value = self._value(argument, point)
            found = torch.tensor(float("inf"), dtype=torch.float64) if value is None else -(sign * value).max()
            if found.requires_grad:
                found.backward()
            return found

        try:
            search.step(loss)
        except RuntimeError:  # no derivative there
            return None
        return Point({name: array.detach() for name, array in point.arrays.items()}, start.sizes)
