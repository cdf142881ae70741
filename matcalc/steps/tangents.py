"""The derivation of a derivative by a complex name: differentials in dz and conj(dz), read off for both tangents.

The lines are those of the twin, in which z and conj(z) are two independent names (Hjørungnes 2011, chapter 3), and are
written in the language: conj(dz).T@A@z is dz.H@A@z. A named part has a conjugate of its own; that of a real part is
itself, that of a hermitian one its transpose.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sympy import Symbol

from ..algebra.build import build
from ..algebra.constants import shape_of
from ..algebra.constructors import transpose
from ..algebra.expressions import ArraySymbol, is_array
from ..budget import spend
from ..complexes.back import Back
from ..complexes.names import complex_names, conjugate_name, freed, symbol_of_complex
from ..complexes.settle import settled_twin
from ..complexes.spelled import spelled_out
from ..complexes.twin import Pair, Twin
from ..language.nodes import plain_name, substituted
from ..language.sharing import Shared
from ..language.syntax import Name, Transpose, Tree
from ..language.unparse import unparse
from ..presentation import Presenter
from ..printers.plain import plain_shape
from ..printers.sizes import node_shapes
from ..rulebook.facts import hermitian, is_complex
from .board import Board
from .derivation import Derivation
from .letters import Letters
from .parts import choose_parts
from .program import MOST_LETTERS, Part, Program, is_residual
from .tangent_lines import write_tangents

if TYPE_CHECKING:
    from sympy import Expr

    from ..rulebook.entries import Book
    from ..shapes.elaborate import Elaborated

_COMPLEX = frozenset({"complex"})
_HERMITIAN = frozenset({"hermitian"})


@dataclass(frozen=True)
class TangentQuestion:
    """What is derived: an elaborated expression in complex names, the name it is differentiated by, and how.

    ``wrt`` is z or conj(z), ``answers`` the texts of the derivatives by both (by one where there is one tangent) and
    ``answer`` that of what was asked for, in the ``convention``, of shape ``shape``. ``real``: whether the expression
    has real values.
    """

    elaborated: Elaborated
    wrt: str
    layout: str
    answers: Mapping[str, str]
    answer: str
    convention: str
    real: bool
    shape: tuple[Expr, Expr]
    book: Book


@dataclass
class Pieces:
    """The named parts of an expression, as they are typed, and what is known of their names."""

    typed: dict[str, Tree] = field(default_factory=dict)
    parts: list[Part] = field(default_factory=list)
    conjugates: dict[Expr, Expr] = field(default_factory=dict)


def derive_tangents(question: TangentQuestion) -> Derivation:
    """Return the :class:`Derivation` of a derivative in complex names.

    Raises NoRuleError where a step has no form in the language.
    """
    return _Tangents(question).run()


class _Tangents:
    """Names the parts of one expression, and has the lines of its board written."""

    def __init__(self, question: TangentQuestion) -> None:
        self.question, self.book, elaborated = question, question.book, question.elaborated
        self.name = plain_name(question.wrt)
        sizes = {s.name: s for shape in elaborated.shapes.values() for size in shape for s in size.free_symbols}
        self.env = {**sizes, **elaborated.sizes, **elaborated.symbols}
        self.sizes = {"pi", "inf", *sizes, *elaborated.sizes}
        self.facts = dict(elaborated.facts)
        self.letters = Letters([*map(plain_name, self.env), "pi", "inf", *self.book.function_names()])
        self.twin = Twin(self.facts, self.book, self._built)
        self.pieces = Pieces()

    def _built(self, tree: Tree) -> Expr:
        return settled_twin(build(tree, self.env, self.book))

    def run(self) -> Derivation:
        """Write all lines; return the :class:`Derivation`."""
        variable, change = self._variable()
        elaborated = self.question.elaborated
        function = self._named_parts(elaborated.tree)
        program = Program((*self.pieces.parts, function), variable, change, self.env, conjugates=self.pieces.conjugates)
        order = {name: place for place, name in enumerate([*elaborated.order, *self.env])}
        board = Board(program, Presenter(order, elaborated.sums), self.sizes, self.book, {}, {})
        shapes = {name: shape_of(symbol) for name, symbol in self.env.items()}
        shapes |= {part.change.name: part.shape for part in program.parts}
        shapes[change.name] = shape_of(variable)
        back = Back(self._facts_of_changes(program), shapes, self.book, recognise=False)
        write_tangents(board, back, self.pieces.typed, self.question)
        return self._derivation(board)

    def _variable(self) -> tuple[Expr, Expr]:
        """Let the entries of the name vary freely; return its symbol and that of its differential."""
        words, symbols = self.facts.get(self.name, frozenset()), self.env
        if not is_complex(words):
            symbol = symbols[self.name]
            self.env[self.name] = symbol = ArraySymbol(self.name, *symbol.shape) if is_array(symbol) else symbol
            name = self.letters.differential(self.name)
            return symbol, ArraySymbol(name, *symbol.shape) if is_array(symbol) else Symbol(name, real=True)
        self.env |= freed(self.name, symbols, words)
        symbol = self.env[self.name]
        change = self._change(self.name, shape_of(symbol))
        other = self.env[conjugate_name(self.name)]
        if not hermitian(words):
            self.pieces.conjugates[other] = symbol_of_complex(conjugate_name(change.name), shape_of(symbol), _COMPLEX)
        return symbol, change

    def _change(self, name: str, shape: tuple[Expr, Expr]) -> Expr:
        return symbol_of_complex(self.letters.differential(name), shape, _COMPLEX)

    # -- parts ------------------------------------------------------------------------------------------------------

    def _named_parts(self, tree: Tree) -> Part:
        """Name the parts of a tree as a teacher would; return the function itself, made of them."""
        shared = Shared(tree)
        known = {name: tuple(map(str, shape_of(symbol))) for name, symbol in self.env.items()}
        found = node_shapes(tree, self.book, known)
        shapes = {number: found[identity] for identity, number in shared.numbers.items()}
        chosen, names = choose_parts(shared, shapes, self.name, self.book), {}
        many = sum(chosen.values()) > MOST_LETTERS
        for number, (index, varies) in enumerate(chosen.items(), 1):
            piece = shared.tree(index, names)
            pair = self._pair(piece)
            shape = shape_of(self._built(pair.plain))
            letter = self.letters.numbered(shape, number) if many else self.letters.part(shape, is_residual(piece))
            names[index] = letter
            self._name(letter, piece, pair, varies)
            spend(len(shared.nodes))
        whole = shared.tree(shared.root, names)
        pair = self._pair(whole)
        expression = self._built(pair.plain)
        letter = self.letters.function(shape_of(expression))
        self.pieces.typed[letter] = whole
        symbol = symbol_of_complex(letter, shape_of(expression), _COMPLEX)
        return Part(letter, pair.plain, expression, symbol, self._change(letter, shape_of(expression)))

    def _pair(self, tree: Tree) -> Pair:
        """Return the twin of a tree in parts; conj(H) is H.T of a hermitian H."""
        pair = self.twin.of(spelled_out(tree, self.twin))
        names = [name for name, words in self.facts.items() if hermitian(words)]
        turned: dict[str, Tree] = {conjugate_name(name): Transpose(Name(name)) for name in names}
        plain = substituted(pair.plain, turned)
        return Pair(plain, plain) if pair.is_real else Pair(plain, substituted(pair.conjugate, turned))

    def _name(self, name: str, piece: Tree, pair: Pair, varies: bool) -> None:
        """Give a part its name; where it is not real its conjugate is one more part, or its transpose."""
        plain, other = self._built(pair.plain), self._built(pair.conjugate)
        shape, real = shape_of(plain), plain == other
        if not real:
            self.facts[name] = _HERMITIAN if is_array(plain) and transpose(plain) == other else _COMPLEX
        symbol = self._symbol(name, shape, real)
        change = self._change(name, shape) if not real else self._real_change(name, shape)
        self.env[name], self.pieces.typed[name] = symbol, piece
        self.pieces.parts.append(Part(name, pair.plain, plain, symbol, change, varies))
        self.twin = Twin(self.facts, self.book, self._built)
        if real:
            return
        self.env |= complex_names({name: symbol}, self.facts)
        if self.facts[name] is _COMPLEX:
            conjugate = conjugate_name(name)
            turned = symbol_of_complex(conjugate_name(change.name), shape, _COMPLEX)
            self.pieces.parts.append(Part(conjugate, pair.conjugate, other, self.env[conjugate], turned, varies))

    def _symbol(self, name: str, shape: tuple[Expr, Expr], real: bool) -> Expr:
        if not real:
            return symbol_of_complex(name, shape, self.facts[name])
        return Symbol(name, real=True) if shape == (1, 1) else ArraySymbol(name, *shape)

    def _real_change(self, name: str, shape: tuple[Expr, Expr]) -> Expr:
        name = self.letters.differential(name)
        return Symbol(name, real=True) if shape == (1, 1) else ArraySymbol(name, *shape)

    # -- the whole ------------------------------------------------------------------------------------------

    def _facts_of_changes(self, program: Program) -> dict[str, frozenset[str]]:
        """Return what is known of all names in the lines; the differential of a hermitian part is hermitian."""
        found = dict(self.facts)
        if is_complex(self.facts.get(self.name, frozenset())):
            found[program.change.name] = _HERMITIAN if hermitian(self.facts[self.name]) else _COMPLEX
        for part in program.parts:
            if part.name in self.facts and part.name == plain_name(part.name):
                found[part.change.name] = self.facts[part.name]
        return found

    def _derivation(self, board: Board) -> Derivation:
        question, program = self.question, board.program
        values = {name: unparse(tree) for name, tree in self.pieces.typed.items()}
        changes = {part.name: part.change.name for part in program.parts if part.name in values}
        changes[self.name] = program.change.name
        shapes = {n: plain_shape(shape) for n, shape in board.known.items() if n not in self.sizes}
        shapes.setdefault(question.wrt, shapes[self.name])
        return Derivation(
            tuple(board.steps), program.function.name, question.wrt, 1, shapes, self.book, values, changes,
            tangents=tuple(question.answers), convention=question.convention,
        )

