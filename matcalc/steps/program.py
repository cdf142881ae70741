"""An expression as a straight-line program: named parts in order of evaluation, the function itself last."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sympy import Expr, Symbol

from ..algebra.build import build
from ..algebra.constants import shape_of
from ..algebra.constructors import transpose
from ..algebra.expressions import ArraySymbol, is_array
from ..language.sharing import Shared
from ..language.syntax import Binary, Number, Tree
from ..language.unparse import unparse
from ..printers.sizes import node_shapes
from .parts import choose_parts

if TYPE_CHECKING:
    from .letters import Letters

MOST_LETTERS = 2


@dataclass(frozen=True)
class Part:
    """A named part: its surface tree and expression in terms of earlier names, its symbol and its differential's."""

    name: str
    tree: Tree
    expression: Expr
    symbol: Expr
    change: Expr
    varies: bool = True

    @property
    def shape(self) -> tuple[Expr, Expr]:
        """The part's (rows, columns)."""
        return shape_of(self.expression)


@dataclass(frozen=True)
class Program:
    """The named parts of a function in order of evaluation; the last one is the function itself.

    ``variable`` is the symbol it is differentiated by and ``change`` that symbol's differential; ``env`` maps all
    names and sizes to their symbols. ``told`` are the names of parts that an earlier program has as well. Of a complex
    variable ``conjugates`` has the conjugate, an independent symbol, with its differential.
    """

    parts: tuple[Part, ...]
    variable: Expr
    change: Expr
    env: dict[str, Expr]
    told: frozenset[str] = frozenset()
    conjugates: dict[Expr, Expr] = field(default_factory=dict)

    @property
    def function(self) -> Part:
        """The part that is the function itself."""
        return self.parts[-1]

    @property
    def named(self) -> tuple[Part, ...]:
        """The parts without the function itself."""
        return self.parts[:-1]

    @property
    def varying(self) -> tuple[Part, ...]:
        """The named parts that vary with the variable."""
        return tuple(part for part in self.parts[:-1] if part.varies)


def make_program(tree, variable, change, env, book, letters, name=None, earlier=(), with_parts=True):
    """Return the :class:`Program` of a surface tree, for its derivative by the symbol ``variable``.

    ``change`` is the symbol of the variable's differential.

    ``env`` maps the names and sizes in the tree to their symbols, ``letters`` gives names that are free; ``name`` is
    the letter of the function where it has one, ``earlier`` the parts of an earlier program, which keep their names.
    Without parts the function is one piece.
    """
    shared = Shared(tree)
    chosen = choose_parts(shared, _shapes(shared, tree, env, book), variable.name, book) if with_parts else {}
    parts, env, names, told = [], dict(env), {}, {unparse(part.tree): part for part in earlier}
    many = sum(chosen.values()) > MOST_LETTERS
    for number, (index, varies) in enumerate(chosen.items(), 1):
        piece = shared.tree(index, names)
        part = told.get(unparse(piece))
        if part is None:
            expression = build(piece, env, book)
            shape = shape_of(expression)
            letter = letters.numbered(shape, number) if many else letters.part(shape, is_residual(piece))
            part = _part(letter, piece, expression, letters, varies, symmetric=not many)
        parts.append(part)
        names[index] = part.name
        env[part.name] = part.symbol
    whole = shared.tree(shared.root, names)
    expression = build(whole, env, book)
    parts.append(_part(name or letters.function(shape_of(expression)), whole, expression, letters))
    known = {part.name for part in earlier}
    return Program(tuple(parts), variable, change, env, frozenset(part.name for part in parts if part.name in known))


def _shapes(shared, tree, env, book):
    """Return the shapes of the distinct nodes, as texts."""
    known = {name: tuple(map(str, shape_of(symbol))) for name, symbol in env.items()}
    found = node_shapes(tree, book, known)
    return {number: found[identity] for identity, number in shared.numbers.items()}


def is_residual(tree: Tree) -> bool:
    """Return whether a part is a difference, which is named r."""
    return isinstance(tree, Binary) and tree.op == "-" and not isinstance(tree.left, Number)


def _part(
    name: str, tree: Tree, expression: Expr, letters: Letters, varies: bool = True, symmetric: bool = True
) -> Part:
    symbol = _symbol_for(name, expression, symmetric)
    return Part(name, tree, expression, symbol, symbol_like(letters.differential(name), symbol), varies)


def _symbol_for(name, expression, symmetric):
    """Return a symbol that is known to be positive where the expression is, and where asked for symmetric.

    The sensitivity to a part is that to its free entries: by a symmetric symbol G and G.T would be the same.
    """
    if not is_array(expression):
        return Symbol(name, real=True, **({"positive": True} if expression.is_positive else {}))
    facts = {"positive"} if expression.sign == 1 else set()
    if symmetric and expression.is_square and transpose(expression) is expression:
        facts.add("symmetric")
    return ArraySymbol(name, *expression.shape, facts)


def symbol_like(name, symbol):
    """Return a symbol of the same shape; symmetric where the other one is."""
    if not is_array(symbol):
        return Symbol(name, real=True)
    return ArraySymbol(name, *symbol.shape, symbol.facts & {"symmetric"})
