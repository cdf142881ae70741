"""What expressions and derivatives have in common: how they are shown."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from ..algebra import travel
from ..algebra.build import build
from ..algebra.registry import print_latex_with, print_with
from ..bounds import MAX_ONE_EXPRESSION, MAX_PRINTED_LENGTH
from ..budget import limited
from ..complexes.back import Back
from ..errors import LimitError
from ..language.stacks import as_written, read_back, with_members
from ..language.syntax import length, parse_program
from ..language.unparse import unparse
from ..presentation import Presenter, present
from ..presentation.order import prefers_norm
from ..shapes.notes import Note, notes_on
from .asked import OfText
from .book import book_of
from .complex_variable import refuse_complex

if TYPE_CHECKING:
    from sympy import Basic, Expr

    from ..language.syntax import Tree
    from ..printers.naming import Program
    from ..rulebook.entries import Book
    from ..shapes.elaborate import Elaborated


def expression_text(expression: Expr) -> str:
    """Return an expression of ours in the language."""
    return unparse(present(expression))


print_with(expression_text)


def expression_latex(expression: Expr) -> str:
    """Return an expression of ours in LaTeX."""
    from ..printers.latex import latex_text

    return latex_text(present(expression), book_of())


print_latex_with(expression_latex)
travel.register()


def presenter_of(elaborated: Elaborated) -> Presenter:
    """Return the Presenter that keeps the order of the source's terms."""
    return Presenter(elaborated.order, elaborated.sums, prefers_norm(elaborated.tree))


# what does not travel
_MADE_AGAIN = frozenset(
    {
        "_sought",
        "_presenter",
        "_written",
        "_whole_text",
        "derivation",
        "notes",
        "program",
        "_of_orders",
        "forms_for_code",
    }
)


class Shown(OfText):
    """What has a surface tree: text, Unicode, LaTeX and a notebook's display.

    ``text`` is the source in the language, ``typed`` the formula as it was given and ``syntax`` its notation, one of
    ``matcalc.words.SYNTAXES``. ``elaborated`` is what was found out about the source, ``expression`` what is shown, a
    node of matcalc's own classes, and ``book`` the rule book in force.
    """

    expression: Expr

    def __init__(self, elaborated: Elaborated, book: Book, presenter: Presenter | None = None) -> None:
        self.elaborated, self.book = elaborated, book
        self._presenter = presenter or presenter_of(elaborated)

    def __getstate__(self) -> dict:
        """What is made again where it arrives does not travel: the presenter, a derivation that was asked for."""
        return {name: value for name, value in vars(self).items() if name not in _MADE_AGAIN}

    def __setstate__(self, state: dict) -> None:
        vars(self).update(state, _presenter=presenter_of(state["elaborated"]))

    @cached_property
    @limited("looking for notes")
    def notes(self) -> tuple[Note, ...]:
        """What is said of how the text was read, texts: guesses that can be wrong, with what chooses otherwise.

        So are products entry by entry that look like matrix products, and declared names that do not occur.
        """
        return notes_on(self.elaborated, self.book, getattr(self, "wrt", None))

    @property
    @limited("writing the expression")
    def tree(self) -> Tree:
        """The surface tree of the shortest form."""
        tree = self._presenter.tree(self.expression)
        return tree if self.elaborated.twin is None else self._written.tree(tree)

    @property
    def written_tree(self) -> Tree:
        """The surface tree as it is written: with A[k] of a stack of matrices."""
        return as_written(self.tree, self.elaborated.stacks)

    def read_back(self) -> Tree:
        """Return the surface tree that the text is read as."""
        return read_back(str(self), self.elaborated.stacks)

    @cached_property
    def _written(self) -> Back:
        """What writes complex names and their conjugates in the language."""
        elaborated = self.elaborated
        return Back(elaborated.facts, elaborated.shapes, self.book, prefers_norm(elaborated.tree))

    @property
    @limited("writing the expression")
    def length(self) -> int:
        """The number of operators and leaves of the shortest form."""
        if self.elaborated.twin is None:
            return self._presenter.cost(self.expression)
        return self._written.form(self._presenter.tree(self.expression)).cost

    @cached_property
    def _whole_text(self) -> str:
        """The expression as one expression of the language."""
        return unparse(self.written_tree)

    @cached_property
    @limited("writing the expression")
    def program(self) -> Program | None:
        """The expression in parts that have names, None where it is written as one expression.

        That is where it has at most 1,000 characters, and where no part that occurs twice is longer than a name.
        """
        if self.length <= MAX_ONE_EXPRESSION and len(self._whole_text) <= MAX_ONE_EXPRESSION:
            return None
        from ..printers.naming import program_of

        given, elaborated = self._given_parts(), self.elaborated
        taken = {*elaborated.sizes, *self.book.function_names()}
        found = program_of(self.written_tree, self.book, self.shapes, given, taken)
        return found if found.parts else None

    def _given_parts(self) -> dict[str, Tree]:
        """Return the parts that have names in the source, as they are shown."""
        elaborated, values = self.elaborated, {}
        if "=" not in self.text or elaborated.indexed or elaborated.twin is not None:
            return {}
        env = {**elaborated.sizes, **elaborated.symbols}
        assigned, _ = parse_program(self.text)
        assigned = {name: with_members(tree, elaborated.stacks) for name, tree in assigned.items()}
        made = {name: build(tree, env, self.book, None, values) for name, tree in assigned.items()}
        return {name: as_written(self._presenter.tree(value), elaborated.stacks) for name, value in made.items()}

    @limited("writing the expression")
    def __str__(self) -> str:
        program = self.program
        written = self.length if program is None else sum(map(length, program.trees))
        if written > MAX_PRINTED_LENGTH:
            raise LimitError(
                f"the expression has {written} operators and leaves, too many to be written out",
                hint="take a smaller one, or evaluate it with .evaluate()",
            )
        return self._whole_text if program is None else str(program)

    @limited("writing the expression")
    def unicode(self) -> str:
        """Return the expression in Unicode mathematics; thin spaces tell it from the language where no sign does.

        A long one is written as ``2 Aᵀ r, where r = A x - b``.
        """
        from ..printers.naming import program_texts
        from ..printers.unicode import unicode_text, with_marks

        if self.program is not None:
            value, parts = program_texts(self.program, self.book, unicode_text)
            return f"{value}, where {', '.join(parts)}"
        return with_marks(unicode_text(self.written_tree, self.book, self.shapes), str(self))

    @limited("writing the expression")
    def latex(self) -> str:
        """Return the expression in LaTeX; names are spelled as in the text where that was LaTeX."""
        from ..printers.latex import latex_program, latex_text, with_marks

        translation = self.elaborated.translation
        spelled = translation.spelled if translation else None
        if self.program is not None:
            return latex_program(self.program, self.book, spelled)
        return with_marks(latex_text(self.written_tree, self.book, self.shapes, spelled=spelled), str(self))

    @limited("writing the expression")
    def typst(self) -> str:
        """Return the expression in Typst's mathematics, to be put between dollar signs."""
        from ..printers.formats import in_document

        return in_document(self.latex(), "typst")

    @limited("writing the expression")
    def mathml(self) -> str:
        """Return the expression as a <math> element (MathML Core), which browsers and word processors take."""
        from ..printers.formats import in_document

        return in_document(self.latex(), "mathml")

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"

    @property
    @limited("writing the expression in SymPy")
    def sympy(self) -> Basic:
        """The expression in SymPy's own classes (``MatMul``, ``Trace``, …) wherever SymPy has one."""
        from ..bridge import to_sympy

        refuse_complex(self.elaborated)
        return to_sympy(self.expression, self.elaborated.sympy_symbols)

    def _sympy_(self) -> Basic:
        return self.sympy


def too_deep(text: str) -> LimitError:
    """Return the error for an expression that SymPy cannot walk."""
    return LimitError(
        "the expression nests scalar operations too deeply", source=text, hint="give the inner parts names of their own"
    )
