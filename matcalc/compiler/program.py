"""The text of a generated function: signature, docstring, statements."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sympy import Expr, Symbol, expand

from ..algebra.constants import shape_of
from .alternatives import cheapest
from .costs import Sizes, work
from .counterparts import is_partial
from .emit import Writer
from .expand import expanded
from .languages import source_of
from .loops import size_symbols, with_shared_sums
from .lower import Lowering, array_shape
from .naming import Names
from .operations import Graph, Operation, postorder
from .passes import PASSES, optimise
from .row_blocks import in_row_blocks
from .scattered import scattered
from .source import more_text

if TYPE_CHECKING:
    from ..algebra.expressions import Array
    from .targets import Target


@dataclass(frozen=True)
class Argument:
    """An argument of a generated function: its name in the language and in the code, and its (rows, columns).

    ``stack`` are the three sizes of a stack of matrices, whose shape is that of all of them one below another.
    """

    name: str
    code: str
    shape: tuple[Expr, Expr]
    facts: frozenset = frozenset()
    stack: tuple[Expr, ...] = ()

    @property
    def axes(self) -> tuple[Expr, ...]:
        """The sizes of the array that is given."""
        return self.stack or self.shape

    @property
    def is_scalar(self) -> bool:
        return self.shape == (1, 1)

    @property
    def is_vector(self) -> bool:
        return not self.is_scalar and 1 in self.shape


@dataclass(frozen=True)
class Result:
    """A result of a generated function: its name in the code, the expression, and what it is.

    ``forms`` are further expressions of the same value; ``stack`` are the three sizes of a stack of matrices, which
    the expression has one below another.
    """

    name: str
    expression: Expr
    text: str
    forms: tuple[Expr, ...] = ()
    stack: tuple[Expr, ...] = ()

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


def make_program(
    title, results, arguments, book, target, name, passes=None, sizes=None, needed=(), ending=None, stacks=None
):
    """Return the :class:`Program` that computes results.

    With an ``ending`` the function returns what that makes of them: an object with ``results``, what the function
    returns, ``sizes``, the sizes that it mentions, and ``lines(names, speller)``, the last statements.

    ``title`` is the docstring's first line, ``arguments`` a list of (name, (rows, columns), facts), ``sizes`` known
    values of sizes by name, ``passes`` the names of the passes to apply, all where it is None. ``needed``: texts of
    what must not be below 0 for the indices. ``stacks``: the three sizes of the arguments that are stacks of matrices.
    """
    stacks = stacks or {}
    arguments_given = arguments
    axes = [*(shape for _, shape, _ in arguments), *stacks.values()]
    letters = {str(symbol) for shape in axes for size in shape for symbol in size.free_symbols}
    source = source_of(target)
    names = Names([*source.reserved(), *letters, name], source.fitting)
    arguments = tuple(Argument(n, names.new(n), shape, facts, stacks.get(n, ())) for n, shape, facts in arguments)
    scalars = {a.name for a in arguments if a.is_scalar}
    chosen = frozenset(PASSES if passes is None else passes)

    def optimised(expressions: list[Expr], leaves: frozenset[Array] = frozenset()) -> list[Operation]:
        graph = Graph()
        lowering = Lowering(graph, scalars, book, leaves, of_term)
        roots = [graph.full(lowering.operation(e), array_shape(*shape_of(e))) for e in expressions]
        return improved(graph, roots)

    def improved(graph: Graph, roots: list[Operation]) -> list[Operation]:
        return optimise(graph, roots, target, book, chosen, sizes or {})

    def of_term(graph: Graph, root: Operation, indices: frozenset) -> Operation:
        (root,) = improved(graph, [root])
        return scattered(graph, root, indices, target.sets_entries)

    given = sizes or {}
    letters = {size for _, shape, _ in arguments_given for length in shape for size in length.free_symbols}
    samples = Sizes(letters, given, [shape for _, shape, _ in arguments_given])
    further = "forms" in chosen
    wholes = with_shared_sums([result.expression for result in results])
    candidates = [(whole, *(result.forms if further else ())) for whole, result in zip(wholes, results)]
    if "expand" in chosen:
        apart = [
            tuple(expanded(e, lambda form, leaves: work(optimised([form], leaves), samples)) for e in expressions)
            for expressions in candidates
        ]
        # a sum that is cheaper apart by itself may not be so where the whole of it is needed elsewhere
        candidates = [(*new, *[e for e in old if further and e not in new]) for new, old in zip(apart, candidates)]
    roots = cheapest(candidates, optimised, given)
    roots = in_row_blocks(roots, given) if "reuse" in chosen and target.in_place else roots
    mentioned = [*(ending.sizes if ending else ()), *(size for result in results for size in result.stack)]
    body = Body(target, source, arguments, roots, names, "reuse" in chosen, mentioned)
    lines = body.statements(results) if ending is None else body.statements_for(ending, results)
    results = results if ending is None else ending.results
    text = source.whole(title, name, arguments, body, lines, results)
    order = postorder(*roots)
    powers = [n.operands[1] for n in order if n.kind == "matrix_power" and not n.operands[1].host]
    powers += [n.operands[1] for n in order if n.kind == "call" and n.data.name == "matpow_frechet"]
    exponents = dict.fromkeys(n.data for n in postorder(*powers) if n.kind == "input" and not n.shape)
    calls = [n for n in order if n.kind == "call" and not n.host]
    undetermined = dict.fromkeys(
        n.data.name for n in calls if is_partial(body.writer.speller.line_of(n)[0])
    )
    known = (tuple(exponents), tuple(undetermined), body.indices(), tuple(needed))
    return Program(text, name, target, arguments, tuple(body.free_sizes), tuple(results), *known)


class Body:
    """The statements of the function, and what they need: sizes, imports, helper functions."""

    def __init__(
        self,
        target: Target,
        source: Any,
        arguments: tuple[Argument, ...],
        roots: list[Operation],
        names: Names,
        in_place: bool,
        sizes: Iterable[Expr] = (),
    ) -> None:
        self.more_sizes = {symbol for size in sizes for symbol in size.free_symbols}
        self.source, self.arguments, self.roots = source, arguments, roots
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
        pieces, speller = self.writer.write(self.roots), self.writer.speller
        shown = [
            self.source.returned(root, piece, result, speller)
            for root, piece, result in zip(self.roots, pieces, results)
        ]
        last = self.source.ending(shown, results, self.writer.names)
        return [*self._bound_sizes(last), *self._flat_vectors(), *self.writer.lines, *last]

    def statements_for(self, ending: Any, results: list[Result]) -> list[str]:
        """Return the statements that compute results, and what the ending makes of them."""
        pieces, named = self.writer.write(self.roots), []
        for (text, _), result in zip(pieces, results):
            name = text if text.isidentifier() else self.writer.names.new(result.name)
            if name != text:
                self.writer.lines.append(f"{name} = {text}")
            named.append(name)
        last = ending.lines(named, self.writer.speller)
        return [*self._bound_sizes(last), *self._flat_vectors(), *self.writer.lines, *last]

    def _bound_sizes(self, last: list[str]) -> list[str]:
        """Return the statements that find the sizes which the others, the ``last`` among them, have in their text."""
        lines = []
        words = set(re.findall(r"\w+", "\n".join([*self.writer.lines, *last])))
        for symbol in self.size_symbols():
            place = self._place_of(symbol)
            root = self._root_of(symbol) if place is None else None
            if place is None and root is None:
                self.free_sizes.append(str(symbol))
            elif str(symbol) not in words:
                continue
            elif root is not None:
                lines.append(f"{symbol} = {root}")
            elif place is not None:
                argument, axis = place
                lines.append(self.source.size_line(symbol, argument, axis))
        return self.source.joined(lines)

    def _place_of(self, symbol: Symbol) -> tuple[Argument, int] | None:
        for argument in self.arguments:
            for axis, size in enumerate(argument.axes):
                if isinstance(size, Symbol) and size == symbol:
                    return argument, axis
        for argument in self.arguments:
            for axis, size in enumerate(argument.axes):
                if (size - symbol).is_Integer:  # n + 1
                    return argument, axis
        return None

    def _root_of(self, symbol: Symbol) -> str | None:
        """Return the text of a size of which an array has 2*n, n*(n + 1)/2 or n*(n - 1)/2 entries, None without one."""
        for argument in self.arguments:
            for axis, size in enumerate(argument.axes):
                length = self.source.length(argument, axis)
                times = size.coeff(symbol)
                if times.is_Integer and times > 0 and (more := size - times * symbol).is_Integer:
                    return self.source.halved(f"({length}{more_text(more)})" if more != 0 else length, int(times))
                for shift in (1, -1):
                    if size == expand(symbol * (symbol + shift) / 2):
                        root = self.source.root(f"8 * {length} + 1")
                        return self.source.halved(root if shift == 1 else f"({root} + 1)", 2)
        return None

    def _flat_vectors(self) -> list[str]:
        used = [a for a in self.arguments if a.name in self.used]
        stacks = [self.source.one_below_another(a.code) for a in used if a.stack and not a.is_vector]
        return [*(self.source.flat(a.code) for a in used if a.is_vector), *stacks]
