"""The derivation of a derivative: differentials outside in, then collected, then read off."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ..algebra.constants import shape_of
from ..algebra.expressions import is_array
from ..calculus.differentiate import derivative
from ..calculus.layout import arrange
from ..calculus.shortening.shorten import named, simplify
from ..calculus.structures import structured_jacobian, within_structure
from ..errors import ConversionError, NoRuleError
from ..language.syntax import Tree, parse_tree
from ..language.unparse import unparse
from ..presentation import Presenter, length
from ..presentation.order import prefers_norm
from ..printers.plain import plain_shape
from ..printers.quotients import quotient
from ..shapes.elaborate import Elaborated, with_free_entries
from ..words import LAYOUT_NAMES
from .board import Board
from .derivation import Derivation
from .letters import Letters
from .lines import has_letters, write_lines
from .literal import inserted
from .program import make_program, symbol_like
from .reasons import IDENTIFICATION, Reason, recognised, same_terms
from .step import DERIVATIVE, GRADIENT, VALUE

if TYPE_CHECKING:
    from sympy import Expr

    from ..rulebook.entries import Book

LONGEST_ANSWER = 400


@dataclass(frozen=True)
class Question:
    """What is derived: an elaborated expression, the name it is differentiated by, and how.

    ``value`` is the derivative that the engine has found, in its layout and short form; ``answer`` its text, None where
    it would fill pages.
    """

    elaborated: Elaborated
    variable: str
    layout: str
    order: int
    structure: str
    value: Expr
    answer: str | None
    book: Book


def derive(question: Question) -> Derivation:
    """Return the :class:`Derivation` of a derivative.

    Raises NoRuleError where a step has no form in the language.
    """
    try:
        return _Derivation(question, True).run()
    except (NoRuleError, ConversionError):
        # a part's name can hide what the derivative needs to know, such as that two matrices commute
        return _Derivation(question, False).run()


class _Derivation:
    """Writes the boards of one question: one for the first derivative, one more for the second."""

    def __init__(self, question: Question, with_parts: bool) -> None:
        self.question, self.with_parts, self.book = question, with_parts, question.book
        elaborated = question.elaborated
        sizes = {s.name: s for shape in elaborated.shapes.values() for size in shape for s in size.free_symbols}
        self.env = {**sizes, **elaborated.sizes, **elaborated.symbols}
        self.sizes = {"pi", "inf", *sizes, *elaborated.sizes}
        self.letters = Letters([*self.env, "pi", "inf", *self.book.function_names()])
        self.expression, self.symbol = with_free_entries(elaborated, question.variable, question.book)
        self.env[question.variable] = self.symbol
        self.change = symbol_like(self.letters.differential(question.variable), self.symbol)
        self.facts = elaborated.facts.get(question.variable, frozenset())
        self.presenter = Presenter(elaborated.order, elaborated.sums, prefers_norm(elaborated.tree))
        self.boards, self.sensitivities, self.jacobians = [], {}, {}

    def run(self) -> Derivation:
        """Write all lines; return the :class:`Derivation`."""
        tree, reason = self._recognised()
        board, value = self._written(tree, reason)
        if self.question.order == 2:
            name, tree = self._finish_gradient(board, value)
            board, value = self._written(tree, None, name)
            self._merge_gradient()
        self._finish(board, value)
        return self._derivation()

    def _recognised(self):
        """Return the surface tree to begin with, and why it is not the user's own."""
        elaborated = self.question.elaborated
        found = named(self.expression, self.book)
        if found is self.expression:
            return elaborated.tree, None
        tree = self.presenter.tree(found)
        return tree, recognised(elaborated.tree, tree, self.book)

    def _written(self, tree: Tree, reason: Reason | None, letter: str | None = None) -> tuple[Board, Expr]:
        """Write the lines of one program; return its board and what was read off, in terms of its parts."""
        earlier = [part for board in self.boards for part in board.program.named]
        told = {name: tree for board in self.boards for name, tree in board.trees.items()}
        program = make_program(
            tree, self.symbol, self.change, self.env, self.book, self.letters, letter, earlier, self.with_parts
        )
        board = Board(program, self.presenter, self.sizes, self.book, told, self.jacobians)
        self.boards.append(board)
        value, sensitivities, jacobians = write_lines(board, self.letters, reason)
        self.sensitivities |= sensitivities
        self.jacobians |= jacobians
        return board, value

    # -- the last lines ---------------------------------------------------------------------------------

    def _finish_gradient(self, board: Board, value: Expr) -> tuple[str, Tree]:
        """Write the first derivative as g, which is differentiated once more; return its name and surface tree."""
        conventions = (self.question.structure, self.facts)
        found = derivative(self.expression, self.symbol, 1, conventions, self.book, self._short)
        found = self._short(found)
        name = self.letters.take(*("GH" if is_array(found) and not found.is_column else "gh"))
        forms, words = self._simplified(self._read_off(board, value, None), board.text(found))
        words = ["the first derivative, to be differentiated once more", *self._structure_words(), *words]
        text = "; ".join(words)
        board.write(name, forms, Reason("identification", IDENTIFICATION, text), shape_of(found), GRADIENT)
        return name, self.presenter.tree(found)

    def _merge_gradient(self) -> None:
        """Let the line of the gradient name the parts with which it is differentiated."""
        first, second = self.boards[0].steps, self.boards[1].steps
        if second[0].kind == VALUE and second[0].left == first[-1].left:
            value, gradient = second.pop(0), first.pop()
            forms = tuple(dict.fromkeys([*gradient.forms, *value.forms]))
            first.append(replace(gradient, forms=forms, expression=forms[-1], definitions=value.definitions))

    def _finish(self, board: Board, value: Expr) -> None:
        """Write the derivative itself, in the layout and the convention asked for."""
        question, function = self.question, self.boards[0].program.function
        shape, variable_shape = plain_shape(function.shape), self._variable_shape()
        left = quotient(function.name, question.variable, shape, variable_shape, question.order)
        forms, simplified = self._read_off(board, value, question.layout), []
        answer = question.answer
        if answer is not None and (len(answer) <= LONGEST_ANSWER or has_letters(board.program)):
            forms, simplified = self._simplified(forms, answer)
        words = self._structure_words() if question.order == 1 or is_array(function.expression) else []
        words += simplified if has_letters(board.program) else []
        if question.order == 1 and (shape or variable_shape) or question.order == 2 and shape:
            turned = question.layout == ("denom" if is_array(function.expression) else "num")
            words.append(LAYOUT_NAMES[question.layout] + (": the transpose of what was read off" if turned else ""))
        reason = Reason("identification", IDENTIFICATION, "; ".join(words) or "the derivative")
        board.write(left, forms, reason, shape_of(question.value), DERIVATIVE)

    def _short(self, expression: Expr) -> Expr:
        return simplify(expression, self.book)

    def _read_off(self, board: Board, value: Expr, layout: str | None) -> list[str]:
        """Return the texts of what was read off, arranged: in terms of many parts, or with the few parts inserted.

        Without a layout it is in its natural form.
        """
        value = self._structured(value, board)
        function, order = self.boards[0].program.function.expression, self.question.order
        value = arrange(value, function, self.symbol, layout, order) if layout else value
        tree, known = board.presenter.tree(self._short(value)), {}
        if not has_letters(board.program):
            return [unparse(tree)]
        for part in board.program.named:
            known[part.name] = inserted(part.tree, known)
        return [unparse(inserted(tree, known))]

    def _simplified(self, read_off: list[str], answer: str) -> tuple[list[str], list[str]]:
        """Return the forms of a last line, and why its last form is another than what was read off."""
        if same_terms(read_off[-1], answer):
            return [answer], []
        shorter = length(parse_tree(answer)) < length(parse_tree(read_off[-1]))
        return [*read_off, answer], ["simplified" if shorter else "rearranged"]

    def _structured(self, value: Expr, board: Board) -> Expr:
        """Return a derivative in the convention for a variable of declared structure."""
        structure = self.question.structure
        if structure == "free" or not is_array(self.symbol):
            return value
        if not is_array(board.program.function.expression):
            return within_structure(value, self.symbol, self.facts, structure)
        return structured_jacobian(value, self.symbol, self.facts, structure)

    def _structure_words(self) -> list[str]:
        structure = self.question.structure
        if structure == "free" or not self.facts:
            return []
        how = "projected on the structure" if structure == "projected" else "by the free parameters"
        return [f"`{self.question.variable}` is {', '.join(sorted(self.facts))}: {how}"]

    def _variable_shape(self) -> tuple[int | str, ...]:
        return plain_shape(shape_of(self.symbol))

    # -- the whole ------------------------------------------------------------------------------------------

    def _derivation(self) -> Derivation:
        question, values, changes, shapes = self.question, {}, {}, {}
        names = {str(size) for shape in question.elaborated.shapes.values() for size in shape}
        for board in self.boards:
            values |= {part.name: unparse(part.tree) for part in board.program.parts}
            changes |= {part.name: part.change.name for part in board.program.parts}
            shapes |= {name: plain_shape(shape) for name, shape in board.known.items() if name not in names}
        first = self.boards[0].program
        changes[question.variable] = first.change.name
        steps = tuple(step for board in self.boards for step in board.steps)
        return Derivation(
            steps,
            first.function.name,
            question.variable,
            question.order,
            shapes,
            self.book,
            values,
            changes,
            self.sensitivities,
            self.jacobians,
        )
