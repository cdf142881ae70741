"""The text of a generated function in Python around its statements: imports, signature, docstring, what it returns."""

from __future__ import annotations

import builtins
import keyword
import textwrap
from typing import TYPE_CHECKING

from sympy import Expr, Symbol

from ..words import shown_shape
from .counterparts import helper_names, helper_source
from .pieces import ATOM, grouped, size_text

if TYPE_CHECKING:
    from .naming import Names
    from .operations import Operation
    from .program import Argument, Body, Result
    from .spell import Speller
    from .targets import Target

RESERVED = ("numpy", "scipy", "torch", "jax", "jnp", "tf", "xp", "math", "lapack", "Any", "len", "float", "int", "abs")


class PythonSource:
    """What the text of a function in Python has beside its statements."""

    def __init__(self, target: Target) -> None:
        self.target = target

    def reserved(self) -> list[str]:
        """Return the names that stand for something else in generated code."""
        return [*RESERVED, *dir(builtins), *helper_names()]

    @staticmethod
    def fitting(wish: str) -> str:
        """Return a name that the language takes, near to the one that is wished."""
        return wish if wish.isidentifier() and not keyword.iskeyword(wish) else wish + "_"

    def size_line(self, symbol: Symbol, argument: Argument, axis: int) -> str:
        """Return the statement that finds a size."""
        return f"{symbol} = {self.length(argument, axis)}{more_text(argument.axes[axis] - symbol)}"

    @staticmethod
    def length(argument: Argument, axis: int) -> str:
        """Return the text of the length of an axis of an argument; a row may be given as a vector."""
        if argument.stack:
            return f"{argument.code}.shape[{axis - 3}]"  # which is not joined with another one to K, n = A.shape
        return f"{argument.code}.shape[{-1 if axis and argument.is_vector else axis}]"

    @staticmethod
    def halved(text: str, times: int) -> str:
        """Return the text of a number that is so many times less than another, which it divides."""
        return f"{text} // {times}"

    @staticmethod
    def root(text: str) -> str:
        """Return the text of the square root of a square."""
        return f"round(({text}) ** 0.5)"

    @staticmethod
    def joined(lines: list[str]) -> list[str]:
        """Join the two sizes of one matrix into one statement: m, n = X.shape."""
        by_array = {}
        for line in lines:
            size, _, place = line.partition(" = ")
            array, _, axis = place.partition(".shape")
            by_array.setdefault(array, []).append((axis, size, line))
        joined = []
        for array, items in by_array.items():
            if len(items) == 2 and all(axis in ("[0]", "[1]") for axis, _, _ in items):
                joined.append(f"{', '.join(size for _, size, _ in sorted(items))} = {array}.shape")
            else:
                joined += [line for _, _, line in items]
        return joined

    def flat(self, code: str) -> str:
        """Return the statement that makes a vector of a column or a row."""
        if self.target.name == "numpy":
            return f"{code} = {code}.reshape(-1)"
        return f"{code} = {self.target.function('reshape')}({code}, (-1,))"

    def one_below_another(self, code: str) -> str:
        """Return the statement that puts the matrices of a stack one below another, which moves no entry."""
        return f"{code} = {self.target.function('reshape')}({code}, (-1, {code}.shape[2]))"

    def returned(self, root: Operation, piece: tuple[str, int], result: Result, speller: Speller) -> str:
        """Return the text of a result: a column with its second dimension, a number as an array."""
        _, cols = result.shape
        if result.stack:
            sizes = ", ".join(size_text(size) for size in result.stack)
            return f"{self.target.function('reshape')}({piece[0]}, ({sizes}))"
        if root.host:
            return speller.create("asarray", piece[0] if root.kind != "number" else f"float({piece[0]})")
        viewed = root
        while viewed.kind in ("transpose", "reshape", "permute", "part"):
            viewed = viewed.operands[0]
        if viewed.kind == "input" and root.shape:
            copy = {"numpy": ".copy()", "torch": ".clone()"}.get(self.target.name)
            if self.target.name == "array-api":
                piece = f"xp.asarray({piece[0]}, copy=True)", ATOM
            elif copy:
                piece = f"{grouped(piece, ATOM)}{copy}", ATOM
        if len(root.shape) == 1:
            return f"{grouped(piece, ATOM)}[{':, None' if cols == 1 else 'None, :'}]"
        return piece[0]

    def ending(self, shown: list[str], results: list[Result], names: Names) -> list[str]:
        """Return the statements that return the results of these texts."""
        lines = []
        if len(shown) > 1 and len(", ".join(shown)) > 90:
            for index, (text, result) in enumerate(zip(shown, results)):
                if not text.isidentifier():
                    name = names.new(result.name)
                    lines.append(f"{name} = {text}")
                    shown[index] = name
        return [*lines, f"return {', '.join(shown)}"]

    def whole(
        self,
        title: str,
        name: str,
        arguments: tuple[Argument, ...],
        body: Body,
        lines: list[str],
        results: list[Result],
    ) -> str:
        """Return the whole text of the function, after the imports and the functions that it calls."""
        speller, target = body.writer.speller, self.target
        helpers, imports = helper_source(sorted(speller.helpers), target.name)
        imports = {*target.imports, *speller.imports, *imports}
        lines_of_imports = sorted(imports, key=lambda t: (t.startswith("from"), t))
        scalar = "float" if target.name in ("numpy", "array-api") else target.annotation
        words = [f"{a.code}: {scalar if a.is_scalar else target.annotation}" for a in arguments]
        words += [f"{size}: int" for size in body.free_sizes]
        count = len(results)
        returns = target.annotation if count == 1 else f"tuple[{', '.join([target.annotation] * count)}]"
        if target.name == "array-api":
            first = body.like or "None"
            lines = [f"xp = {first}.__array_namespace__()", *lines]
        head = _signature(name, words, returns)
        docstring = textwrap.indent(_docstring(title, arguments, body.free_sizes, body.indices(), results), "    ")
        statements = textwrap.indent("\n".join(lines), "    ")
        function = f"{head}\n{docstring}\n{statements}\n"
        return "\n".join(lines_of_imports) + "\n\n\n" + "".join(f"{helper}\n\n\n" for helper in helpers) + function


def more_text(more: Expr) -> str:
    """Return what is added to the length of an axis to have a size that it is more than by a number."""
    return f" - {more}" if more.is_positive else f" + {-more}" if more != 0 else ""


def _signature(name: str, words: list[str], returns: str) -> str:
    line = f"def {name}({', '.join(words)}) -> {returns}:"
    if len(line) <= 100:
        return line
    inner = ",\n    ".join(words)
    return f"def {name}(\n    {inner},\n) -> {returns}:"


def told(arguments: tuple[Argument, ...], sizes: list, indices: tuple[str, ...]) -> str:
    """Return the sentence that tells the shapes of the arguments and what is known of them."""
    shapes = []
    for argument in arguments:
        shape = "scalar" if argument.is_scalar else shown_shape(argument.axes)
        known = f", {' '.join(sorted(argument.facts))}" if argument.facts else ""
        shapes.append(f"{argument.code}: {shape}{known}")
    shapes += [f"{size}: {'an index' if size in indices else 'a size'}" for size in sizes]
    return "; ".join(shapes) + "." if shapes else ""


def _docstring(
    title: str, arguments: tuple[Argument, ...], sizes: list, indices: tuple[str, ...], results: list[Result]
) -> str:
    shapes = told(arguments, sizes, indices)
    if any(a.is_vector for a in arguments):
        shapes += " A column may be a vector."
    paragraphs = [title + ".", *([shapes] if shapes else [])]
    text = "\n\n".join(textwrap.fill(p, 96, break_long_words=False, break_on_hyphens=False) for p in paragraphs)
    listed = "\n".join(
        textwrap.fill(result.text, 96, initial_indent="    ", subsequent_indent="        ", break_long_words=False,
                      break_on_hyphens=False)
        for result in results
    )
    return f'"""{text}\n\nReturns\n{listed}\n"""'.replace("\\", "\\\\")
