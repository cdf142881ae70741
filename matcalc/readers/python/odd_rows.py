"""Rows A[k] that make an odd reading: a number A[k] @ x that is added to a vector, where a matrix A[k] makes one.

NumPy would add such a number to all entries of the vector, which nobody writes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from ...language.subscripts import Range
from ...shapes.spelling import NUMBER as NUMBER_SPELLING
from ...shapes.spelling import spelling_of
from .entries import PART
from .operations import ENTRYWISE, NAME, PRODUCT, REDUCTION, SAME, TRANSPOSE, Op
from .sums import ENTRIES, OVER

_TOTALS = frozenset({"sum", "mean"})


class OddRows:
    """The operations of one reading, ``order``, and their ``dimensions``; ``declared``: the names that are."""

    def __init__(self, order: list[Op], dimensions: dict[int, int], declared: Collection[str]) -> None:
        self.order, self.dimensions, self.declared = order, dimensions, declared
        self.parents = defaultdict(list)
        for op in order:
            for arg in op.args:
                self.parents[id(arg)].append(op)

    def any(self) -> bool:
        """Return whether the product of a row A[k] and a vector is added to a vector."""
        products = [op for op in self.order if op.kind is PRODUCT and self.dimensions[id(op)] == 0]
        return any(self._meets_vector(op) for op in products if any(map(self._is_row, op.args)))

    def _is_row(self, op: Op) -> bool:
        """Return whether an operand is A[k] of a capital letter that is not declared, turned or times a number."""
        while op.kind in (TRANSPOSE, SAME) or op.kind is ENTRYWISE:
            factors = [arg for arg in op.args if self.dimensions[id(arg)] == 1]
            if len(factors) != 1 or op.kind is ENTRYWISE and op.fixed[0] not in ("*", "/", "negate"):
                return False
            op = factors[0]
        if op.kind is not PART or len(op.fixed) != 1 or isinstance(op.fixed[0], Range):
            return False
        name = op.args[0]
        return name.kind is NAME and name.fixed[0][0].isupper() and name.fixed[0] not in self.declared

    def _meets_vector(self, product: Op) -> bool:
        """Return whether sums and multiples of a number are added to a vector, or, summed, to what may be one."""
        stack: list[tuple[Op, bool]] = [(product, False)]
        seen: set[tuple[int, bool]] = set()
        while stack:
            op, summed = stack.pop()
            if (id(op), summed) in seen:
                continue
            seen.add((id(op), summed))
            for parent in self.parents[id(op)]:
                if parent.kind is ENTRYWISE and parent.fixed[0] in ("+", "-") and self.dimensions[id(op)] == 0:
                    partners = [arg for arg in parent.args if arg is not op]
                    if any(self.dimensions[id(arg)] == 1 for arg in partners):
                        return True
                    if summed and not self._is_squared(parent) and any(map(self._may_be_vector, partners)):
                        return True
                if (goes_on := self._goes_on(op, parent)) is not None:
                    stack.append((parent, summed or goes_on))
        return False

    def _goes_on(self, op: Op, parent: Op) -> bool | None:
        """Return whether the operation around a number takes a sum over an index, None where it is more than linear."""
        if parent.kind is ENTRIES:
            return False if op is parent.args[0] else None
        if parent.kind is REDUCTION and op.kind is ENTRIES:
            return True if parent.fixed[0] in _TOTALS and parent.fixed[1] == 0 else None
        if parent.kind is OVER and op is parent.args[0]:
            return True if parent.fixed[0] in _TOTALS and not parent.fixed[1] else None
        linear = parent.kind is SAME or parent.kind is ENTRYWISE and parent.fixed[0] in ("+", "-", "*", "/", "negate")
        numbers = self.dimensions[id(op)] == self.dimensions[id(parent)] == 0
        return False if linear and numbers and not (parent.fixed[:1] == ("/",) and op is parent.args[1]) else None

    def _is_squared(self, op: Op) -> bool:
        """Return whether a square of an operation stands where a number does, and not in a sum of squares."""
        powers = [one for one in self.parents[id(op)] if one.kind is ENTRYWISE and one.fixed[0] == "**"]
        return any(not any(one.kind is REDUCTION for one in self.parents[id(power)]) for power in powers)

    def _may_be_vector(self, op: Op) -> bool:
        """Return whether a name, or a multiple of one, is a number because nothing says otherwise."""
        while op.kind is ENTRYWISE and op.fixed[0] in ("*", "negate"):
            op = op.args[-1]
        return op.kind is NAME and op.fixed[0] not in self.declared and spelling_of(op.fixed[0]) != NUMBER_SPELLING
