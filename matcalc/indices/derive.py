"""The index form of a derivative of any order by any variables: differentiated along a direction for each index."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from sympy import Expr

from ..algebra.constants import shape_of
from ..algebra.expressions import ONE, Array, ArraySymbol, FrechetDerivative, is_array, postorder
from ..algebra.indexed import loops_in
from ..algebra.members import is_member
from ..algebra.substitute import substitute
from ..calculus.adjoint import gradient
from ..calculus.differentiate import derivative_by, refuse_repeated
from ..calculus.identify import refuse_frechet
from ..calculus.linearise import linearise
from ..calculus.shortening.shorten import named, simplify
from ..calculus.shortening.spectral import without_differentials
from ..calculus.structures import within_structure
from ..errors import NoRuleError
from ..language.generators import Over
from ..language.indexed import Axis, Entry, Indexed, IndexTree, walk
from ..language.syntax import postorder as postorder_of_tree
from ..presentation import Presenter
from ..presentation.order import prefers_norm
from ..shapes.elaborate import with_all_free
from .contract import Contraction
from .entries import Entries
from .spell import Names, Speller
from .terms import Group, Index, Splits, Term, axes_of

if TYPE_CHECKING:
    from ..shapes.elaborate import Elaborated
    from ..shapes.query import Query

# begins the names of directions: no name in the language has a blank
_DIRECTION = "d{} "


@dataclass(frozen=True)
class IndexDerivative:
    """A derivative in index notation.

    ``terms`` are its terms in canonical form and ``groups`` the indices of its axes: ``functions`` of them belong to
    the function, ``counts`` to the variables in turn. ``indexed`` is what is printed and evaluated.
    """

    query: Query
    terms: Sequence[Term]
    groups: Sequence[Group]
    functions: int
    counts: Sequence[int]
    indexed: Indexed
    names: Names = field(repr=False)
    presenter: Presenter = field(repr=False)


def index_derivative(query: Query) -> IndexDerivative:
    """Return the derivative that a query asks for in index notation. Raises NoRuleError, LimitError."""
    try:
        return _Derivation(query, slices=True).run()
    except NoRuleError:
        # an axis that has to be split may be one that a slice moves
        return _Derivation(query, slices=False).run()


class _Derivation:
    def __init__(self, query: Query, slices: bool) -> None:
        self.query, self.book, self.splits = query, query.book, Splits(slices)
        elaborated = query.elaborated
        self.expression, self.free = with_all_free(elaborated, dict.fromkeys(query.by), query.book)
        self.directions: dict[Expr, tuple[Group, Group]] = {}
        self.part = None
        if query.part is not None:
            if query.structure != "free":
                message = f"the '{query.structure}' derivative by a part of a name is a sum of several"
                raise NoRuleError(message, hint=f"take the derivative by all of {query.wrt}")
            self.part = substitute(query.variable, {elaborated.symbols[query.wrt]: self.free[query.wrt]})
        self.place = 0
        self.bound: set[str] = set()  # the indices of sums that stay in the answer

    def run(self) -> IndexDerivative:
        function = self._axes(self.expression)
        axes = [self._axes(self.free[name] if self.part is None else self.part) for name in self.query.free]
        value, used = self._differentiated(axes)
        elaborated = self.query.elaborated
        symbols = elaborated.symbols
        tied = {free: symbols[name] for name, free in self.free.items() if free is not symbols[name]}
        value = simplify(substitute(value, tied) if tied else value, self.book)
        rows, cols = function if is_array(self.expression) else axes[used] if used is not None else ((), ())
        found = Entries(value, self.directions, self.splits, self.book).of(value, rows, cols)
        terms = Contraction(self.splits, self.book).canonical(found)
        groups = [self.splits.resolved(group) for pair in (function, *axes) for group in pair if group]
        self.bound = {str(loop.index) for loop in loops_in(value)}
        return self._spelled(terms, groups, function, axes)

    def _axes(self, node: Expr) -> tuple[Group, Group]:
        rows, cols = axes_of(node)
        for index in cast("tuple[Index, ...]", (*rows, *cols)):
            index.place = (self.place,)
            self.place += 1
        return rows, cols

    # -- the differentiation ------------------------------------------------------------------------------------------

    def _differentiated(self, axes: list[tuple[Group, Group]]) -> tuple[Expr, int | None]:
        """Return the derivative, linear in each direction, and which slot its own axes are those of, if any."""
        query, book = self.query, self.book
        value, used = named(self.expression, book), None
        if query.order > 1:
            refuse_repeated(value)
        for number, (name, own) in enumerate(zip(query.free, axes)):
            variable, value = self.free[name], simplify(value, book) if number else value
            if self.part is not None:
                value, used = self._by_part(value, variable, number, own, used)
            elif not is_array(variable):
                value = derivative_by(value, variable, book)
            elif not is_array(self.expression) and used is None:
                value, used = derivative_by(value, variable, book), number
                if query.structure != "free":
                    value = within_structure(value, self.free[name], self._facts(name), query.structure)
            else:
                direction = ArraySymbol(_DIRECTION.format(number) + name, variable.rows, variable.cols)
                self.directions[direction] = own
                value = self._moved(value, variable, self._within(direction, name))
        for name, along in zip(query.by[len(axes) :], query.along):
            value = self._moved(simplify(value, book), self.free[name], query.elaborated.symbols[along])
        return value, used

    def _by_part(
        self, value: Expr, variable: Array, number: int, own: tuple[Group, Group], used: int | None
    ) -> tuple[Expr, int | None]:
        """Return the derivative by a part of a name: the name changes there alone."""
        part, book = cast("Expr", self.part), self.book
        if self.query.placing is not None:
            return self._by_parameters(value, variable, number, own, used)
        if is_array(part) and not is_array(self.expression) and used is None and not is_member(part):
            return substitute(part, {variable: derivative_by(value, variable, book)}), number
        moved = ONE
        if is_array(part):
            moved = ArraySymbol(_DIRECTION.format(number) + variable.name, *part.shape)
            self.directions[moved] = own
        change = ArraySymbol(_DIRECTION.format("") + variable.name, variable.rows, variable.cols)
        embedded = gradient(linearise(part, {variable: change}, book), change, book, moved)
        if is_member(part) and not is_array(self.expression) and used is None:
            del self.directions[moved]
            return gradient(linearise(value, {variable: embedded}, book), moved, book), number
        return self._moved(value, variable, embedded), used

    def _by_parameters(
        self, value: Expr, variable: Array, number: int, own: tuple[Group, Group], used: int | None
    ) -> tuple[Expr, int | None]:
        """Return the derivative by the free parameters of a name, which place its entries."""
        placing, book = cast("Elaborated", self.query.placing), self.book
        (parameters,) = placing.symbols.values()
        moved = ArraySymbol(_DIRECTION.format(number) + variable.name, *parameters.shape)
        placed = linearise(placing.expression, {parameters: moved}, book)
        if not is_array(self.expression) and used is None:
            return gradient(placed, moved, book, derivative_by(value, variable, book)), number
        self.directions[moved] = own
        return self._moved(value, variable, placed), used

    def _moved(self, value: Expr, variable: Expr, direction: Expr) -> Expr:
        found = without_differentials(linearise(value, {variable: direction}, self.book), self.book)
        for node in postorder(found):
            if isinstance(node, FrechetDerivative):
                refuse_frechet(node)
        return found

    def _facts(self, name: str) -> frozenset[str]:
        return self.query.elaborated.facts.get(name, frozenset())

    def _within(self, direction: Expr, name: str) -> Expr:
        """Return how a variable of declared structure moves along a direction, in the convention that was asked for."""
        return within_structure(direction, self.free[name], self._facts(name), self.query.structure, is_first=False)

    # -- letters -------------------------------------------------------------------------------------------------------

    def _spelled(self, terms: list[Term], groups: list[Group], function: tuple, axes: list) -> IndexDerivative:
        """Return the terms with letters; those of a sum that stays are left to it."""
        found = self._with_letters(terms, groups, function, axes, frozenset())
        if _binds(found.indexed.tree, found.names.sizes):
            found = self._with_letters(terms, groups, function, axes, frozenset(self.bound))
        return found

    def _with_letters(
        self, terms: list[Term], groups: list[Group], function: tuple, axes: list, left_out: frozenset[str]
    ) -> IndexDerivative:
        elaborated = self.query.elaborated
        sizes = {str(s) for shape in elaborated.shapes.values() for size in shape for s in size.free_symbols}
        names = Names({*elaborated.shapes, *elaborated.sizes, *sizes, *left_out, "delta"})
        free = [index for group in groups for index in group]
        for index, letter in zip(free, self._letters(names, groups, function, len(free))):
            names.give(index, letter)
        presenter = Presenter(elaborated.order, elaborated.sums, prefers_norm(elaborated.tree))
        scope = tuple(names.names.values())
        tree: IndexTree = Speller(names, self.splits, presenter, self.book).sum(terms, scope)
        letters: tuple[Axis, ...] = tuple(names.axes(*groups))
        counts = [sum(1 for group in pair if group) for pair in axes]
        count = sum(1 for group in function if group)
        return IndexDerivative(
            self.query, terms, groups, count, counts, Indexed(tree, letters, names.sizes), names, presenter
        )

    def _letters(self, names: Names, groups: list[Group], function: tuple, count: int) -> list[str]:
        """Return i, j, … for the axes in turn; by a matrix k and l, since i and j are those of a function's matrix."""
        if self.query.every:
            return names.fresh((), count)
        by_matrix = self.query.order == 1 and len(groups) > 1 and shape_of(self.free[self.query.wrt])[1] != 1
        own = sum(len(self.splits.resolved(group)) for group in function)
        if not by_matrix or own > 2 or len(groups) == sum(1 for group in function if group):
            return names.fresh((), count)
        first = names.fresh((), own)
        return first + names.fresh(first, count - own, 2)


def _binds(tree: IndexTree, letters: Container[str]) -> bool:
    """Return whether a sum in a part that stays an array has one of these letters as its index."""
    parts = [part for node in walk(tree) if isinstance(node, Entry) for part in postorder_of_tree(node.tree)]
    return any(name in letters for part in parts if isinstance(part, Over) for name in part.indices)


def letters_of(indices: Iterable[Index], names: Names) -> list[str]:
    """Return the letters of indices."""
    return [str(names.letter(index)) for index in indices]
