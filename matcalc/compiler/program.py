"""The text of a generated function: signature, docstring, statements."""

from __future__ import annotations

import builtins
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sympy import Expr, Symbol

from ..algebra.constants import shape_of
from ..words import shown_shape
from .alternatives import cheapest
from .costs import Sizes, work
from .counterparts import helper_names, helper_source, is_partial
from .emit import Names, Writer
from .expand import expanded
from .loops import size_symbols
from .lower import Lowering, array_shape
from .operations import Graph, Operation, postorder
from .passes import PASSES, optimise
from .spell import ATOM, grouped

if TYPE_CHECKING:
    from ..algebra.expressions import Array
    from .targets import Target

RESERVED = ("numpy", "scipy", "torch", "jax", "jnp", "xp", "math", "lapack", "Any", "len", "float", "int", "abs")


@dataclass(frozen=True)
class Argument:
    """An argument of a generated function: its name in the language and in the code, and its (rows, columns)."""

    name: str
    code: str
    shape: tuple[Expr, Expr]
    facts: frozenset = frozenset()

    @property
    def is_scalar(self) -> bool:
        return self.shape == (1, 1)

    @property
    def is_vector(self) -> bool:
        return not self.is_scalar and 1 in self.shape


@dataclass(frozen=True)
class Result:
    """A result of a generated function: its name in the code, the expression, and what it is.

    ``forms`` are further expressions of the same value.
    """

    name: str
    expression: Expr
    text: str
    forms: tuple[Expr, ...] = ()

    @property
    def shape(self) -> tuple[Expr, Expr]:
        """The (rows, columns) of the result."""
        return shape_of(self.expression)


@dataclass(frozen=True)
class Program:
    """A generated function: its source, its name, its arguments and the sizes that it takes as arguments.

    ``exponents`` are the arguments that have to be whole numbers, ``undetermined`` the functions in it that are NaN
    or complex where they have no value.
    """

    source: str
    name: str
    target: Target
    arguments: tuple[Argument, ...]
    sizes: tuple
    results: tuple[Result, ...]
    exponents: tuple = ()
    undetermined: tuple = ()
    indices: tuple = ()
    needed: tuple = ()


def make_program(title, results, arguments, book, target, name, passes=None, sizes=None, needed=(), ending=None):
    """Return the :class:`Program` that computes results.

    With an ``ending`` the function returns what that makes of them: an object with ``results``, what the function
    returns, ``sizes``, the sizes that it mentions, and ``lines(names, speller)``, the last statements.

    ``title`` is the docstring's first line, ``arguments`` a list of (name, (rows, columns), facts), ``sizes`` known
    values of sizes by name, ``passes`` the names of the passes to apply, all where it is None. ``needed``: texts of
    what must not be below 0 for the indices.
    """
    arguments_given = arguments
    letters = {str(symbol) for _, shape, _ in arguments for size in shape for symbol in size.free_symbols}
    names = Names([*RESERVED, *dir(builtins), *helper_names(), *letters, name])
    arguments = tuple(Argument(n, names.new(n), shape, facts) for n, shape, facts in arguments)
    scalars = {a.name for a in arguments if a.is_scalar}
    chosen = frozenset(PASSES if passes is None else passes)

    def optimised(expressions: list[Expr], leaves: frozenset[Array] = frozenset()) -> list[Operation]:
        graph = Graph()
        lowering = Lowering(graph, scalars, book, leaves, improved)
        roots = [graph.full(lowering.operation(e), array_shape(*shape_of(e))) for e in expressions]
        return improved(graph, roots)

    def improved(graph: Graph, roots: list[Operation]) -> list[Operation]:
        return optimise(graph, roots, target, book, chosen, sizes or {})

    given = sizes or {}
    letters = {size for _, shape, _ in arguments_given for length in shape for size in length.free_symbols}
    samples = Sizes(letters, given)
    further = "forms" in chosen
    candidates = [(result.expression, *(result.forms if further else ())) for result in results]
    if "expand" in chosen:
        apart = [
            tuple(expanded(e, lambda form, leaves: work(optimised([form], leaves), samples)) for e in expressions)
            for expressions in candidates
        ]
        # a sum that is cheaper apart by itself may not be so where the whole of it is needed elsewhere
        candidates = [(*new, *[e for e in old if further and e not in new]) for new, old in zip(apart, candidates)]
    roots = cheapest(candidates, optimised, given)
    body = _Body(target, arguments, roots, names, "reuse" in chosen, ending.sizes if ending else ())
    lines = body.statements(results) if ending is None else body.statements_for(ending, results)
    results = results if ending is None else ending.results
    source = _source(title, name, target, arguments, body, lines, results)
    order = postorder(*roots)
    powers = [n.operands[1] for n in order if n.kind == "matrix_power" and not n.operands[1].host]
    powers += [n.operands[1] for n in order if n.kind == "call" and n.data.name == "matpow_frechet"]
    exponents = dict.fromkeys(n.data for n in postorder(*powers) if n.kind == "input" and not n.shape)
    calls = [n for n in order if n.kind == "call" and not n.host]
    undetermined = dict.fromkeys(
        n.data.name for n in calls if is_partial(body.writer.speller.line_of(n)[0])
    )
    known = (tuple(exponents), tuple(undetermined), body.indices(), tuple(needed))
    return Program(source, name, target, arguments, tuple(body.free_sizes), tuple(results), *known)


class _Body:
    """The statements of the function, and what they need: sizes, imports, helper functions."""

    def __init__(
        self,
        target: Target,
        arguments: tuple[Argument, ...],
        roots: list[Operation],
        names: Names,
        in_place: bool,
        sizes: Iterable[Expr] = (),
    ) -> None:
        self.more_sizes = {symbol for size in sizes for symbol in size.free_symbols}
        self.target, self.arguments, self.roots = target, arguments, roots
        self.used = {node.data for node in postorder(*roots) if node.kind == "input"}
        codes = [a.code for a in arguments]
        self.like = next((a.code for a in arguments if not a.is_scalar), codes[0] if codes else None)
        dtype = None if self.like is None else f"{self.like}.dtype"
        if codes and target.name == "numpy" and all(a.is_scalar for a in arguments):
            dtype = f"numpy.result_type({', '.join(codes)})"  # scalars of NumPy's code may be Python numbers
        names.taken |= {str(s) for s in self.size_symbols()}
        self.writer = Writer(target, {a.name: a.code for a in arguments}, names, self.like, dtype, in_place)
        self.free_sizes = []

    def size_symbols(self) -> list[Expr]:
        """Return the sizes that the statements mention, in the order of their names."""
        return sorted({*size_symbols(self.roots), *self.more_sizes}, key=str)

    def indices(self) -> tuple[str, ...]:
        """Return the names of the sizes that are indices, which may be 0."""
        return tuple(str(symbol) for symbol in self.size_symbols() if not symbol.is_positive)

    def statements(self, results: list[Result]) -> list[str]:
        pieces = self.writer.write(self.roots)
        shown = [self._returned(root, piece, result) for root, piece, result in zip(self.roots, pieces, results)]
        lines = [*self._bound_sizes(), *self._flat_vectors(), *self.writer.lines]
        if len(shown) > 1 and len(", ".join(shown)) > 90:
            for index, (text, result) in enumerate(zip(shown, results)):
                if not text.isidentifier():
                    name = self.writer.names.new(result.name)
                    lines.append(f"{name} = {text}")
                    shown[index] = name
        return [*lines, f"return {', '.join(shown)}"]

    def statements_for(self, ending: Any, results: list[Result]) -> list[str]:
        """Return the statements that compute results, and what the ending makes of them."""
        pieces, named = self.writer.write(self.roots), []
        for (text, _), result in zip(pieces, results):
            name = text if text.isidentifier() else self.writer.names.new(result.name)
            if name != text:
                self.writer.lines.append(f"{name} = {text}")
            named.append(name)
        last = ending.lines(named, self.writer.speller)
        return [*self._bound_sizes(), *self._flat_vectors(), *self.writer.lines, *last]

    def _bound_sizes(self) -> list[str]:
        lines = []
        for symbol in self.size_symbols():
            place = self._place_of(symbol)
            if place is None:
                self.free_sizes.append(str(symbol))
            else:
                argument, axis = place
                more = argument.shape[axis] - symbol
                axis = -1 if axis and argument.is_vector else axis  # a row may be given as a vector
                extra = f" - {more}" if more.is_positive else f" + {-more}" if more != 0 else ""
                lines.append(f"{symbol} = {argument.code}.shape[{axis}]{extra}")
        return _joined(lines)

    def _place_of(self, symbol: Symbol) -> tuple[Argument, int] | None:
        for argument in self.arguments:
            for axis, size in enumerate(argument.shape):
                if isinstance(size, Symbol) and size == symbol:
                    return argument, axis
        for argument in self.arguments:
            for axis, size in enumerate(argument.shape):
                if (size - symbol).is_Integer:  # n + 1
                    return argument, axis
        return None

    def _flat_vectors(self) -> list[str]:
        reshape = self.target.function("reshape")
        return [
            f"{a.code} = {reshape}({a.code}, (-1,))" for a in self.arguments if a.is_vector and a.name in self.used
        ]

    def _returned(self, root: Operation, piece: tuple[str, int], result: Result) -> str:
        """Return the text of a result: a column with its second dimension, a number as an array."""
        rows, cols = result.shape
        speller = self.writer.speller
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


def _joined(lines: list[str]) -> list[str]:
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


# -- the whole text ------------------------------------------------------------------------------------------------


def _source(
    title: str,
    name: str,
    target: Target,
    arguments: tuple[Argument, ...],
    body: _Body,
    lines: list[str],
    results: list[Result],
) -> str:
    speller = body.writer.speller
    helpers, imports = helper_source(sorted(speller.helpers), target.name)
    lines_of_imports = sorted({*target.imports, *speller.imports, *imports}, key=lambda t: (t.startswith("from"), t))
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


def _signature(name: str, words: list[str], returns: str) -> str:
    line = f"def {name}({', '.join(words)}) -> {returns}:"
    if len(line) <= 100:
        return line
    inner = ",\n    ".join(words)
    return f"def {name}(\n    {inner},\n) -> {returns}:"


def _docstring(
    title: str, arguments: tuple[Argument, ...], sizes: list, indices: tuple[str, ...], results: list[Result]
) -> str:
    shapes = []
    for argument in arguments:
        rows, cols = argument.shape
        shape = "scalar" if argument.is_scalar else shown_shape((rows, cols))
        known = f", {' '.join(sorted(argument.facts))}" if argument.facts else ""
        shapes.append(f"{argument.code}: {shape}{known}")
    shapes += [f"{size}: {'an index' if size in indices else 'a size'}" for size in sizes]
    told = [f"{result.text}" for result in results]
    told_shapes = "; ".join(shapes) + "."
    if any(a.is_vector for a in arguments):
        told_shapes += " A column may be a vector."
    paragraphs = [title + ".", *([told_shapes] if shapes else [])]
    text = "\n\n".join(textwrap.fill(p, 96, break_long_words=False, break_on_hyphens=False) for p in paragraphs)
    listed = "\n".join(
        textwrap.fill(t, 96, initial_indent="    ", subsequent_indent="        ", break_long_words=False,
                      break_on_hyphens=False)
        for t in told
    )
    return f'"""{text}\n\nReturns\n{listed}\n"""'.replace("\\", "\\\\")
