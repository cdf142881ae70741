"""An expression as it was read, with the shapes of its names."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..algebra.build import build
from ..algebra.constants import shape_of
from ..algebra.expressions import dimension, key_of
from ..bounds import MAX_ONE_EXPRESSION, MAX_READINGS
from ..calculus.differentiate import choose_variable
from ..complexes.names import complex_names
from ..complexes.settle import settled_twin
from ..complexes.twin import Twin, names_of_conjugates
from ..language.nodes import plain_name
from ..language.syntax import parse_tree
from ..language.unparse import unparse
from ..libraries import require
from ..printers.plain import plain_shape
from ..shapes.elaborate import Elaborated, symbol_of
from .complex_variable import complex_variable
from .given import named_arrays
from .shown import Shown, presenter_of

if TYPE_CHECKING:
    from sympy import Expr

    from ..graph.graph import Graph
    from ..rulebook.entries import Book


class Expression(Shown):
    """An expression with the shapes under which it was read.

    ``shape`` is its own shape and ``shapes`` those of its names, as in declarations; ``text`` is the source.
    Two expressions are equal where their canonical forms are, whatever letters their sizes have.
    """

    def __init__(self, elaborated: Elaborated, book: Book) -> None:
        super().__init__(elaborated, book)
        self.expression = elaborated.expression

    @property
    def shape(self) -> tuple[int | str, ...]:
        """The shape of the expression."""
        return plain_shape(shape_of(self.expression))

    def graph(self, wrt: str | None = None) -> Graph:
        """Return the computational graph, a :class:`~matcalc.graph.graph.Graph`.

        ``wrt``: the name whose way to the result is marked, found as in :func:`diff`; an expression without names has
        none. Raises UnknownNameError for another name, and where several names are possible.
        """
        from ..graph.construct import make_graph

        needed = wrt is not None or self.elaborated.shapes
        chosen = choose_variable if self.elaborated.twin is None else complex_variable
        variable = plain_name(chosen(self.elaborated, wrt)) if needed else None
        return make_graph(self.elaborated, variable, self.book)

    def evaluate(self, values: Any = None, /, **arrays: Any) -> Any:
        """Return the value of the text as it was written, for given arrays of all names.

        The arguments, the value and what is raised are those of :meth:`matcalc.Derivative.evaluate`.

        >>> import matcalc
        >>> matcalc.parse("X[1:, :]@w + 1").evaluate(X=[[1, 2], [3, 4], [5, 6]], w=[1, 10]).tolist()
        [[44.0], [66.0]]
        """
        require("Expression.evaluate", "numpy", "torch")
        from ..checks.values import evaluate_expression

        return evaluate_expression(self, named_arrays(values, arrays, "evaluate"))

    def _with_common_letters(self) -> Expr:
        """Return the expression with its sizes named in one order, so that the letters found for them do not count."""
        elaborated, letters = self.elaborated, {}
        for _, shape in sorted(elaborated.shapes.items()):
            for size in shape:
                for symbol in sorted(size.free_symbols, key=str):
                    letters.setdefault(symbol, dimension(f"size_{len(letters)}"))
        for symbol in sorted(elaborated.sizes.values(), key=str):
            letters.setdefault(symbol, dimension(f"size_{len(letters)}"))
        shapes = {n: tuple(d.xreplace(letters) for d in shape) for n, shape in elaborated.shapes.items()}
        facts, stacks = elaborated.facts, elaborated.stacks
        symbols = {n: symbol_of(n, shape, facts.get(n, frozenset()), stacks) for n, shape in shapes.items()}
        env = {**{symbol.name: letter for symbol, letter in letters.items()}, **symbols}
        tree = self.read_back()
        if elaborated.twin is None:
            return build(tree, env, self.book)
        env |= complex_names(symbols, elaborated.facts)
        twin = Twin(elaborated.facts, self.book, lambda part: build(part, env, self.book))
        return settled_twin(build(twin.of(tree).plain, env, self.book))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Expression):
            return NotImplemented
        return self.expression == other.expression or self._with_common_letters() == other._with_common_letters()

    def __hash__(self) -> int:
        return hash(key_of(self._with_common_letters()))  # nodes themselves are told apart by where they lie

    def __repr__(self) -> str:
        return f"Expression({str(self)!r})"


def settled(elaborated: Elaborated, book: Book) -> Elaborated:
    """Return the expression in a form that its own text gives back: parse(str(e)) == e."""
    presenter = presenter_of(elaborated)
    sizes = {
        symbol.name: symbol for shape in elaborated.shapes.values() for size in shape for symbol in size.free_symbols
    }
    env = {**sizes, **elaborated.sizes, **elaborated.symbols}
    for _ in range(MAX_READINGS):
        tree = presenter.tree(elaborated.expression)
        if presenter.cost(elaborated.expression) <= MAX_ONE_EXPRESSION:
            tree = parse_tree(unparse(tree))
            tree = tree if elaborated.twin is None else names_of_conjugates(tree)
        again = build(tree, env, book)
        if again == elaborated.expression:
            return elaborated
        elaborated = replace(elaborated, expression=again)
    return elaborated
