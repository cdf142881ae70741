"""Equations between sums of sizes: vstack(A, B) has as many rows as A and B have together, X[1:, :] one less than X."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sympy import Expr, expand

from ..algebra.expressions import ONE, ZERO
from .sizes import Size, find

SUM = "sum"
Terms = list[tuple[Size | Expr, int]]


class SizeSums:
    """The part of the inference that solves them; all attributes are the inference's."""

    def _sum_of_sizes(self: Any, terms: Terms, place: bool = False) -> Size | Expr:
        """Return the size that is the sum of sizes, each with its sign; a ``place`` may be 0."""
        if not any(isinstance(find(size), Size) for size, _ in terms):
            return expand(sum((sign * find(size) for size, sign in terms), ZERO))
        out = Size()
        if not place and all(sign > 0 for _, sign in terms) and len(terms) > 1:
            self.solver.set_big(out)
        self._defer((SUM, terms, out, place), tuple(size for size, _ in [*terms, (out, 1)] if isinstance(size, Size)))
        return out

    def _attempt_size_sum(self: Any, terms: Terms, out: Size, place: bool) -> bool:
        """Find the one open size of a sum; return whether all of it is known."""
        equation = [*terms, (out, -1)]
        rest, open_ones = ZERO, {}
        for size, sign in equation:
            size = find(size)
            if isinstance(size, Size):
                _, count = open_ones.get(id(size), (size, 0))
                open_ones[id(size)] = (size, count + sign)
            else:
                rest = rest + sign * size
        left = [(size, count) for size, count in open_ones.values() if count]
        if not left:
            self._equal_sizes(ZERO, expand(rest))
            return True
        if len(left) == 1 and abs(left[0][1]) == 1:
            size, count = left[0]
            value = expand(-rest * count)
            if value.is_nonpositive and not (place and size is find(out)):
                raise self._sizes_error(self.tree, *self._sides(terms, out))
            self._equal_sizes(size, value)
            return True
        return self._all_are_ones(left, rest)

    def _all_are_ones(self: Any, left: list[tuple[Size, int]], rest: Expr) -> bool:
        """A sum of two open sizes that is 2 makes both of them 1."""
        counts = [count for _, count in left]
        if rest != -sum(counts) or len(set(counts)) != 1:
            return False
        for size, _ in left:
            self._equal_sizes(size, ONE)
        return True

    def _match_sums(self: Any) -> bool:
        """Equate open sizes of which sums that are one size have as much more: n - 1 and m - 1 of x[1:] + y[1:].

        Where one has more than the other, as in x[1:] + y[2:], the other is larger by that. Return whether something
        was found.
        """
        first: dict[int | Expr, tuple[Size, Expr]] = {}
        before, found = len(self.solver.trail), list(self._moved_sizes())
        related = {frozenset((id(size), id(out))) for size, out, _ in found}
        for size, out, more in found:
            size, out = find(size), find(out)
            if more == 0:
                self._equal_sizes(out, size)
            if more == 0 or not isinstance(size, Size):
                continue
            other, other_more = first.setdefault(id(out) if isinstance(out, Size) else out, (size, more))
            gap = other_more - more
            if gap == 0:
                self._equal_sizes(other, size)
            elif gap.is_number and frozenset((id(other), id(size))) not in related:
                small, large = (other, size) if gap > 0 else (size, other)
                self._equal_sizes(large, self._sum_of_sizes([(small, 1), (abs(gap), 1)]))
                return True
        return len(self.solver.trail) != before

    def _moved_sizes(self: Any) -> Iterator[tuple[Size, Size | Expr, Expr]]:
        """Yield (size, out, more) of the sums of one open size and what is known: out is size + more."""
        for item in self.deferred.values():
            sizes = [(find(size), sign) for size, sign in item[1]] if item[0] == SUM else []
            waiting = [(size, sign) for size, sign in sizes if isinstance(size, Size)]
            if len(waiting) == 1 and waiting[0][1] == 1:
                more = expand(sum((sign * part for part, sign in sizes if not isinstance(part, Size)), ZERO))
                yield waiting[0][0], find(item[2]), more

    @staticmethod
    def _sides(terms: Terms, out: Size) -> tuple[object, object]:
        def text(size: Size | Expr) -> object:
            size = find(size)
            return "?" if isinstance(size, Size) else size

        return text(out), " + ".join(str(text(size)) for size, _ in terms)
