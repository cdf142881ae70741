"""Sizes of slices with a step: x[::2] has half as many entries as x, rounded up.

The number is said where it is a polynomial of the sizes: x[::-1] has the n entries of x, X[1:5:2, :] two rows, x[1::2]
of 2*k entries k. Where the size of x is open it is taken for a multiple of the step, which is noted; where it is a
letter of which nobody knows whether it is even it is refused.
"""

from __future__ import annotations

from dataclasses import replace
from math import lcm
from typing import Any, NamedTuple

from sympy import Expr, Integer

from ..algebra.expressions import ONE, ZERO
from ..algebra.strides import steps_in
from ..errors import ExpressionSyntaxError
from ..language.syntax import Call
from ..language.unparse import unparse
from ..rulebook.entries import Rule
from ..words import shown_shape
from .sizes import Size, find

STEPS = "steps"


class Stepped(NamedTuple):
    """The number of places of a slice with a step that reaches over ``gap`` places, ``more`` than the size."""

    kind: str
    node: Call
    size: Size | Expr
    gap: Size | Expr
    step: int
    more: Expr | None
    out: Size | Expr


class SizeSteps:
    """The part of the inference that solves them; all attributes are the inference's."""

    def _stepped(self: Any, node: Call, rule: Rule, env: dict[str, Size | Expr]) -> Size | Expr:
        """Return how many places a slice with a step takes, and keep in mind what its bounds must fulfil."""
        size, step = env[rule.params[1].sizes[0]], int(self._size_value(node.args[-1]))
        bounds = node.args[1:-1]
        start = self._place(bounds[0], replace(rule.params[1], kind="index"), size)
        if len(bounds) == 2:
            stop = self._place(bounds[1], rule.params[2], size)
            self._range(*((start, stop) if step > 0 else (stop, start)), node)
        gap, more = self._gap([self._size_value(bound) for bound in bounds], size, step > 0)
        if abs(step) == 1:
            return gap
        found = Stepped(STEPS, node, size, gap, abs(step), more, Size())
        if not self._attempt_steps(found):
            self.solver.set_big(found.out)
            self._defer(found, (gap,))
        return find(found.out)

    def _gap(self: Any, bounds: list[Expr], size: Size | Expr, forwards: bool) -> tuple[Size | Expr, Expr | None]:
        """Return how many places there are from the first of the bounds to the second, or to the end.

        Beside it stands the number by which they are more than the size, None where it does not count.
        """
        begin, *end = [(int(bool(bound.is_negative)), bound) for bound in bounds]
        (times, first), (more, last) = begin, end[0] if end else (1, ZERO) if forwards else (0, -ONE)
        times, rest = (more - times, last - first) if forwards else (times - more, first - last)
        if times == 0:
            return rest, None
        gap = size if (times, rest) == (1, 0) else self._sum_of_sizes([(size, times), (rest, 1)], True)
        return gap, rest if times == 1 and rest.is_Integer else None

    def _attempt_steps(self: Any, item: Stepped) -> bool:
        """Find the number of places; return whether it is known."""
        gap = find(item.gap)
        if isinstance(gap, Size):
            return False
        count = steps_in(gap, item.step)
        if count is None:
            self.odd_steps.append(item)
        else:
            self._equal_sizes(item.out, count)
        return True

    def _refuse_odd_steps(self: Any) -> None:
        """Raise where the number of places is open once all sizes are known; before that they may be tried out."""
        for item in self.odd_steps:
            gap = find(item.gap)
            if not isinstance(gap, Size) and steps_in(gap, item.step) is None:
                raise self._odd_steps(item.node, gap, item.step)

    def _guess_multiple(self: Any) -> bool:
        """Take the first open size of which every so many places are taken for a multiple of all steps through it.

        Return whether there was one. Any size would do, and this one has the shortest name.
        """
        waiting = [item for item in self.deferred.values() if item[0] == STEPS and isinstance(find(item.size), Size)]
        waiting = [item for item in waiting if not any(find(item.size) is find(size) for _, size, _ in self.even_steps)]
        if not waiting:
            return False
        size = find(waiting[0].size)
        waiting = [item for item in waiting if find(item.size) is size]
        step = lcm(*(item.step for item in waiting))
        factor = Size()
        self.even_steps.append((waiting[0].node, size, factor))
        self._equal_sizes(size, self._product_of_sizes(Integer(step), factor))
        for item in waiting:
            if item.step == step and item.more is not None:
                more = steps_in(item.more, step)
                count = factor if more == 0 else self._sum_of_sizes([(factor, 1), (more, 1)], True)
                self._equal_sizes(item.out, count)
        return True

    def _odd_steps(self: Any, node: Call, gap: Expr, step: int) -> ExpressionSyntaxError:
        declared = self.with_step(gap, step)
        message = f"how many places {unparse(node)} takes is open: {gap} may be a multiple of {step} or not"
        hint = "give the size as a number" if declared is None else f'declare --shape "{declared[0]}: {declared[1]}"'
        return ExpressionSyntaxError(message, source=self.source, span=node.span, hint=hint)

    def with_step(self: Any, gap: Expr, step: int, more: int = 0) -> tuple[str, str] | None:
        """Return a name and the shape to declare of it for which a gap is a multiple of a step and ``more``."""
        letters = {letter: step * letter + more for letter in gap.free_symbols if gap.coeff(letter) % step}
        for name, shape in self.names.items():
            found = tuple(map(find, shape))
            if any(isinstance(size, Size) for size in found):
                continue
            if any(size.free_symbols & set(letters) for size in found):
                rows, cols = (size.xreplace(letters) for size in found)
                return name, str(rows) if cols == 1 else shown_shape((rows, cols))
        return None
