"""Indices and bounds of subscripts: which names they are, and that they lie within the sizes.

A name that stands as an index is a whole number that is given by name, from 0; a name that stands as a bound is a
size. A number is held against a size that is a number; all others are what a point must fulfil.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from sympy import Expr

from ..algebra.expressions import ZERO, dimension
from ..algebra.indexed import index_symbol
from ..errors import ShapeError
from ..language.generators import Over
from ..language.syntax import Call, Name, Negate, Tree, names, postorder
from ..rulebook.entries import Parameter, Rule
from .sizes import Size, find


class Limit(NamedTuple):
    """A place is within a size: from 0, below it for an "index" and up to it for a "bound"; of a "range" both ends."""

    place: Size | Expr
    size: Size | Expr
    kind: str
    arg: Tree


class Places:
    """The part of the inference that knows indices and bounds; all attributes are the inference's."""

    def _index_names(self: Any) -> dict[str, dict[str, Tree]]:
        """Return {kind: {name: its first node}} of the names that stand in indices and in bounds."""
        found: dict[str, dict[str, Tree]] = {"index": {}, "bound": {}}
        for node in self.order:
            if isinstance(node, Over):
                self._take_loops(node, found)
            if not isinstance(node, Call):
                continue
            for rule in self.book.overloads(node.function):
                for parameter, arg in zip(rule.params, node.args):
                    for part in postorder(arg) if parameter.kind in found else ():
                        if isinstance(part, Name):
                            found[parameter.kind].setdefault(part.id, part)
        return found

    @staticmethod
    def _take_loops(node: Over, found: dict[str, dict[str, Tree]]) -> None:
        """Add the indices of a sum, and the names in their bounds and in its conditions."""
        for loop in node.loops:
            found["index"].setdefault(loop.name, node)
            for name, part in {**names(loop.start), **names(loop.stop)}.items():
                if name not in node.indices:
                    found["bound"].setdefault(name, part)
        for condition in node.conditions:
            for name, part in {**names(condition.left), **names(condition.right)}.items():
                found["index"].setdefault(name, part)

    def _take_places(self: Any, sizes: dict[str, Expr]) -> None:
        """Add the names of indices and bounds to those of sizes; raises ShapeError where one is declared an array."""
        found = self._index_names()
        # an index of a sum is one in the bounds of a slice, too: A[k*n:k*n + n, :] begins at k = 0
        loops = {name for node in self.order if isinstance(node, Over) for name in node.indices}
        found["bound"] = {name: node for name, node in found["bound"].items() if name not in loops}
        for kind, make in (("bound", dimension), ("index", index_symbol)):
            for name, node in found[kind].items():
                if name in self.declared:
                    raise self._clash(node, f"'{name}' is declared, and stands as an index")
                sizes.setdefault(name, make(name))
        self.indices = {name for name in found["index"] if sizes[name] == index_symbol(name)}
        self.place_names = found["index"] | found["bound"]

    def _clash(self: Any, node: Tree, message: str) -> ShapeError:
        hint = "an index is a whole number from 0: give it another name than arrays and scalars have"
        return ShapeError(message, source=self.source, span=node.span, hint=hint)

    def _refuse_array_of_place(self: Any, node: Tree) -> None:
        """Raise where a name that stands as an index stands as an array, too."""
        if isinstance(node, Name) and node.id in self.place_names and node.id not in self.declared:
            raise self._clash(node, f"'{node.id}' stands as an index and as an array")

    def _refuse_odd_places(self: Any, node: Call, rule: Rule) -> None:
        """Raise where an index or a bound of a call is no whole number."""
        for parameter, arg in zip(rule.params, node.args):
            if parameter.kind == "step" and not getattr(self._size_value(arg), "is_Integer", False):
                message, hint = "the step of a slice is a whole number", "write it as a number: x[::2], x[::-1]"
                raise ShapeError(message, source=self.source, span=arg.span, hint=hint)
            if parameter.kind in ("index", "bound") and self._size_value(arg) is None:
                raise ShapeError(
                    "an index is a whole number, or a name of one",
                    source=self.source,
                    span=arg.span,
                    hint="write x[0], x[i] or x[n - 1]; x[-1] is the last entry",
                )
            if parameter.kind in ("index", "bound"):
                self._refuse_either_end(arg)

    def _refuse_either_end(self: Any, arg: Tree) -> None:
        """Raise where a place is the first one for one value of a name, and counted from the end for others: x[-i]."""
        value = self._size_value(arg)
        if not value.is_nonpositive or value.is_negative or value.is_Integer:
            return
        text = self._operand(arg)
        shown = text.replace("end", "n") if "end" in text else f"n - {text[1:]}" if text[:1] == "-" else f"n + {text}"
        raise ShapeError(
            f"place {text} is counted from the beginning where it is 0, and else from the end",
            source=self.source,
            span=arg.span,
            hint=f"write {shown}, with n for the size",
        )

    def _place(self: Any, arg: Tree, parameter: Parameter, size: Size | Expr) -> Size | Expr:
        """Return the place that an index or a bound stands for, counted from 0; ``size``: how many places there are."""
        value = self._size_value(arg)
        place = self._sum_of_sizes([(size, 1), (value, 1)], True) if value.is_negative else value
        self.limits.append(Limit(place, size, parameter.kind, arg))
        return place

    def _range(self: Any, start: Size | Expr, stop: Size | Expr, node: Call) -> None:
        """Keep in mind that a slice is not empty."""
        self.limits.append(Limit(start, stop, "range", node))

    def _check_limits(self: Any) -> None:
        """Raise where an index is outside of its size, as far as that is known; keep what points must fulfil."""
        for limit in self.limits:
            place, size = find(limit.place), find(limit.size)
            if isinstance(place, Size) or isinstance(size, Size):
                continue  # a reader tries products whose names have open sizes
            for gap in (size - place - int(limit.kind != "bound"), ZERO if limit.kind == "range" else place):
                if gap.is_negative:
                    raise self._outside(limit, place, size)
                if not gap.is_nonnegative:
                    self.needed[str(gap)] = gap

    def _outside(self: Any, limit: Limit, place: Expr, size: Expr) -> ShapeError:
        if limit.kind == "range":
            message = f"the slice is empty: it begins at {place} and ends before {size}"
            hint = "write the smaller bound first, as in X[1:3, :] for the rows 1 and 2"
            if isinstance(limit.arg, Call) and isinstance(limit.arg.args[-1], Negate):
                message = f"the slice is empty: it goes back from {size} and ends before {place}"
                hint = "backwards the larger bound is first, as in x[5:1:-1]"
        else:
            message = f"there is no entry {self._operand(limit.arg)} of {size}; entries count from 0"
            hint = f"the last one is {size - 1}, or -1"
            if limit.kind == "bound":
                entries = "is 1 entry" if size == 1 else f"are {size} entries"
                message, hint = f"there {entries}, not {self._operand(limit.arg)}", f"write at most {size}"
        return ShapeError(message, source=self.source, span=limit.arg.span, hint=hint)
