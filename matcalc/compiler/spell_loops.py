"""The text of sums over an index: loops, and where in an array each term is added."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .pieces import ATOM, PRODUCT, UNARY, grouped, shape_text, size_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ..algebra.indexed import Loop
    from .operations import Operation
    from .targets import Target

    Piece = tuple[str, int]
    Added = tuple[int, Piece, tuple[str, ...], list[list[Piece]]]


def added_parts(root: Operation, pieces: list[Piece]) -> Iterator[Added]:
    """Yield (sign, piece, word of each axis, its bounds) of a scattered term, whose operands' pieces are given."""
    bounds = iter(pieces[len(root.data) :])
    for (sign, words), piece in zip(root.data, pieces):
        yield sign, piece, words, [[next(bounds) for letter in word if letter in "abi"] for word in words]


class LoopSpelling:
    """The part of a :class:`~matcalc.compiler.spell.Speller` that spells them in Python."""

    target: Target
    create: Callable[..., str]
    concatenation: str

    def beginning(self, node: Operation, name: str) -> str:
        """Return the statement before a loop whose terms are added up."""
        # NumPy's and JAX's functions take a number of Python, which a sum without terms is
        is_number = node.data.loop.has_terms or not node.shape and self.target.name in ("numpy", "jax")
        return f"{name} = {'0.0' if is_number else self.create('zeros', shape_text(node.shape))}"

    def loop(self, loop: Loop, lines: list[str]) -> list[str]:
        """Return a loop over an index, with its conditions, around statements."""
        conditions = " and ".join(f"{left} {sign} {right}" for sign, left, right in loop.conditions)
        depth = "        " if conditions else "    "
        stop = size_text(loop.stop)
        bounds = f"{size_text(loop.start)}, {stop}" if loop.start != 0 else stop
        found = [f"for {loop.index} in range({bounds}):"]
        found += [f"    if {conditions}:"] if conditions else []
        return [*found, *[f"{depth}{line}" for line in lines]]

    def stacked(self, loop: Loop, name: str, text: str, lines: list[str], of_numbers: bool) -> list[str]:
        """Return the statements that put the terms of a loop one below another."""
        joined = self.target.function("stack") if of_numbers else self.concatenation
        inside = [f"    {line}" for line in [*lines, f"{name}.append({text})"]]
        head = f"for {loop.index} in range({size_text(loop.stop)}):"
        return [f"{name} = []", head, *inside, f"{name} = {joined}({name})"]

    def collecting(self, root: Operation, name: str) -> tuple[list[str], list[str]]:
        """Return the statements before and after loops that add a scattered term: an array, or a list of its parts."""
        if self.target.sets_entries:
            return [f"{name} = {self.create('zeros', shape_text(root.shape))}"], []
        single = [word == "i" for word in root.data[0][1]]
        rest = [size for size, alone in zip(root.shape, single) if not alone]
        places = [size_text(size) for size, alone in zip(root.shape, single) if alone]
        count = " * ".join(f"({place})" if len(places) > 1 and not place.isidentifier() else place for place in places)
        count = count if count.isidentifier() else f"({count})"
        axis = "" if single[0] else ", dim=1" if self.target.name == "torch" else ", axis=1"
        joined = f"{self.target.function('stack')}({name}{axis})"
        if len(places) == len(root.shape) > 1:
            joined = f"{self.target.function('reshape')}({joined}, {shape_text(root.shape)})"
        zero = self.create("zeros", shape_text(tuple(rest)) if rest else "()")
        return [f"{name} = [{zero}] * {count}"], [f"{name} = {joined}"]

    def adding(self, root: Operation, name: str, pieces: list[Piece]) -> list[str]:
        """Return the statements that add a scattered term, whose operands' pieces are given."""
        lines = []
        for sign, piece, _, bounds in added_parts(root, pieces):
            operator = "+" if sign > 0 else "-"
            if self.target.sets_entries:
                places = [":".join(text for text, _ in given) or ":" for given in bounds]
                while places and places[-1] == ":":
                    places.pop()
                subscript = f"[{', '.join(places)}]" if places else ""
                lines.append(f"{name}{subscript} {operator}= {piece[0]}")
                continue
            found = [given[0] for given in bounds if given]
            place = found[0][0]
            if len(found) > 1:
                width = grouped((size_text(root.shape[1]), PRODUCT), UNARY)
                place = f"{grouped(found[0], UNARY)} * {width} + {found[1][0]}"
            entry = f"{name}[{place}]"
            lines.append(f"{entry} = {entry} {operator} {grouped(piece, PRODUCT)}")
        return lines


class OctaveLoopSpelling:
    """The part of a :class:`~matcalc.compiler.octave.OctaveSpeller` that spells them in MATLAB's words."""

    create: Callable[..., str]

    def beginning(self, node: Operation, name: str) -> str:
        """Return the statement before a loop whose terms are added up."""
        is_number = node.data.loop.has_terms or not node.shape
        return f"{name} = 0" if is_number else self._zeros(node, name)

    def _zeros(self, node: Operation, name: str) -> str:
        sizes = [str(size).replace("**", "^") for size in node.shape]
        return f"{name} = {self.create('zeros', ', '.join([*sizes, '1'][:2]))}"

    def loop(self, loop: Loop, lines: list[str]) -> list[str]:
        """Return a loop over an index, with its conditions, around statements."""
        texts = [f"{left} {'~=' if sign == '!=' else sign} {right}" for sign, left, right in loop.conditions]
        conditions = " && ".join(texts).replace("**", "^")
        stop = str(loop.stop - 1).replace("**", "^")
        if conditions:
            lines = [f"if {conditions}", *[f"    {line}" for line in lines], "end"]
        head = f"for {loop.index} = {str(loop.start).replace('**', '^')}:{stop}"
        return [head, *[f"    {line}" for line in lines], "end"]

    def stacked(self, loop: Loop, name: str, text: str, lines: list[str], of_numbers: bool) -> list[str]:
        """Return the statements that put the terms of a loop one below another."""
        inside = [f"    {line}" for line in [*lines, f"{name} = [{name}; {text}]"]]
        return [f"{name} = []", f"for {loop.index} = 0:{str(loop.stop - 1).replace('**', '^')}", *inside, "end"]

    def collecting(self, root: Operation, name: str) -> tuple[list[str], list[str]]:
        """Return the statements before and after loops that add a scattered term to an array."""
        return [self._zeros(root, name)], []

    def adding(self, root: Operation, name: str, pieces: list[Piece]) -> list[str]:
        """Return the statements that add a scattered term, whose operands' pieces are given."""
        lines = []
        for (sign, piece, words, bounds), part in zip(added_parts(root, pieces), root.operands):
            places = [counted_from_1(word, [text for text, _ in given]) for word, given in zip(words, bounds)]
            place = f"({', '.join(places)})" if set(places) != {":"} else ""
            text = grouped(piece, PRODUCT)
            if words[0] == "i" and part.shape:
                text = f"{grouped(piece, ATOM)}'"  # a vector is a column
            lines.append(f"{name}{place} = {name}{place} {'+' if sign > 0 else '-'} {text}")
        return lines


def counted_from_1(word: str, bounds: list[str]) -> str:
    """Return a place that is counted from 1, for the word of an axis and its bounds, counted from 0."""
    if word == ":":
        return ":"
    first = str(int(bounds[0]) + 1) if bounds[0].isdigit() else f"{bounds[0]} + 1"
    return first if word == "i" else f"{first}:{bounds[1]}"
