"""The lines of a derivation in complex names: values, differentials outside in, and both tangents read off."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..algebra.constants import is_zero, zero_of
from ..algebra.expressions import ONE, is_array
from ..algebra.substitute import substitute
from ..calculus.adjoint import gradient
from ..calculus.identify import jacobian
from ..calculus.layout import arrange, turns
from ..complexes.twin import ANALYTIC
from ..language.nodes import conjugated, plain_name, substituted
from ..language.syntax import Binary, Call, Name, Transpose, Tree, names, parse_tree, postorder
from ..language.unparse import unparse
from ..printers.plain import plain_shape
from ..printers.quotients import quotient
from ..words import LAYOUT_NAMES
from .board import LONGEST_FORM, Board
from .collect import linear_part, total_differential
from .lines import has_letters, outside_in
from .literal import inserted
from .reasons import IDENTIFICATION, Reason, joined, listed, rearranged, reasons_for, roles, same_terms
from .step import DERIVATIVE, DIFFERENTIAL, TANGENT

if TYPE_CHECKING:
    from sympy import Expr

    from ..complexes.back import Back
    from .program import Part

TANGENTS = "Hjørungnes (2011), 3.1 and 3.3"
_CONJUGATION = Reason("differential of a conjugate", "Hjørungnes (2011), 3.2", "`d conj(X) = conj(dX)`")
LIBRARIES = {"torch": "torch's .grad", "jax": "JAX's grad"}


def write_tangents(board: Board, back: Back, typed: Mapping[str, Tree], question: Any) -> None:
    """Write the lines of a derivation; ``typed`` are the parts as they stand in the text, the function last."""
    _Lines(board, back, typed, question).write()


class _Lines:
    def __init__(self, board: Board, back: Back, typed: Mapping[str, Tree], question: Any) -> None:
        self.board, self.back, self.typed, self.question = board, back, typed, question
        self.program, self.book = board.program, board.book
        self.changes = {change.name for change in board.changes.values()}

    def said(self, tree: Tree) -> str:
        """Return a tree of the twin in the language."""
        return unparse(self.back.tree(tree))

    def write(self) -> None:
        """Write all lines."""
        self._write_value()
        trees = {}
        for part in outside_in(self.program):
            if part.name in self.typed:
                trees[part.name] = self._write_differential(part)
        values = self._write_read_off(trees)
        self._finish(values)

    # -- values -----------------------------------------------------------------------------------------------------

    def _write_value(self) -> None:
        board, function = self.board, self.program.function
        forms, written = [unparse(self.typed[function.name])], self.said(function.tree)
        if not same_terms(forms[0], written) and len(written) <= LONGEST_FORM:
            forms.append(written)
        role = roles(tuple(part for part in self.program.parts if part.name in self.typed))
        definitions = [(name, unparse(tree)) for name, tree in self.typed.items() if name != function.name]
        reasons = self._meanings() or [role[name] for name, _ in definitions] or [role[function.name]]
        board.write_value(function, forms, joined(reasons), definitions)

    def _meanings(self) -> list[Reason]:
        """Return what the functions that are not analytic mean over the complex numbers."""
        found = []
        for node in (node for tree in self.typed.values() for node in postorder(tree)):
            if isinstance(node, Call) and conjugated(node) is None and node.function != "logdet":
                rule = self.book.lookup(node)[-1]
                formula = rule.complex.partition(" where ")[0]
                if formula and formula != ANALYTIC:
                    text = f"`{rule.id} = {unparse(parse_tree(formula))}`"
                    found.append(Reason(rule.name, f"{rule.source}; Hjørungnes (2011), 2.2", text))
        return list(dict.fromkeys(found))

    # -- differentials ------------------------------------------------------------------------------------------

    def _write_differential(self, part: Part) -> Tree:
        """Write the differential of one part, as the rules give it, then collected; return its tree in the twin."""
        board = self.board
        reasons = reasons_for(part.tree, board.names, board.shapes(part.tree), board.sizes, self.book)
        literal = board.literal(part)
        tree = board.collected(board.differential(part), literal)
        forms = [self.said(tree)]
        if literal is not None:
            first = self.said(literal)
            if same_terms(first, forms[0]):
                forms, tree = [first], literal
            elif len(first) <= LONGEST_FORM:
                forms.insert(0, first)
                reasons += rearranged(literal, tree, set(board.names.values()), is_array(part.expression))
        if any(name != plain_name(name) for name in names(tree) if name in self.changes):
            reasons.append(_CONJUGATION)
        board.write_differential(part, forms, joined(reasons))
        return tree

    # -- reading off ------------------------------------------------------------------------------------------------

    def _write_read_off(self, trees: dict[str, Tree]) -> dict[str, Expr]:
        """Write the differential in dz and conj(dz) alone; return what stands with each, by z and conj(z)."""
        program, function, variable = self.program, self.program.function, self.program.variable
        total = total_differential(self.board)
        changes = {variable: program.change, **program.conjugates}
        values = {symbol.name: self._read(total, change) for symbol, change in changes.items()}
        by_vec = is_array(function.expression) and is_array(variable) and not (
            function.expression.is_column and variable.is_column
        )
        left: Tree = Name(function.change.name)
        shape, forms = function.shape, []
        if by_vec:
            left, shape = Call("vec", (left,)), (shape[0] * shape[1], ONE)
        elif program.varying and has_letters(program):
            forms = [self._inserted(trees)]
        terms = [
            self._with_change(values[symbol.name], change, by_vec)
            for symbol, change in changes.items()
            if not is_zero(values[symbol.name])
        ]
        forms.append(" + ".join(terms) or self.board.text(zero_of(shape)))
        self._write_sum(unparse(left), forms, shape, [change.name for change in changes.values()])
        return values

    def _write_sum(self, left: str, forms: list[str], shape: Any, changes: list[str]) -> None:
        parts = [part.change.name for part in outside_in(self.program)[1:] if part.name in self.typed]
        text = f"insert {listed(parts)}; " if parts and has_letters(self.program) else ""
        text += f"read off what stands with {listed(changes)}"
        text += ", which count as independent of one another" if len(changes) > 1 else ""
        reasons = [Reason("identification", f"{IDENTIFICATION}; {TANGENTS}", text)]
        last = self.board.steps[-1]
        if last.left == left and not self.program.varying:
            reasons.insert(0, Reason(last.rule, last.source, last.text))
            forms = [*last.forms, *forms]
            self.board.steps.pop()
        self.board.write(left, forms, joined(reasons), shape, DIFFERENTIAL)

    def _inserted(self, trees: dict[str, Tree]) -> str:
        """Return the differential of the function with those of its parts inserted."""
        known: dict[str, Tree] = {}
        for part in (*self.program.varying, self.program.function):
            if part.name in trees:
                known[part.change.name] = inserted(parse_tree(self.said(trees[part.name])), known)
        return unparse(known[self.program.function.change.name])

    def _read(self, total: Expr, change: Any) -> Expr:
        """Return what stands with a change in the differential of the function, in its natural form, as short."""
        if not is_array(change):
            return self.board.short(substitute(linear_part(total, change, self.book), {change: ONE}))
        read = jacobian if is_array(self.program.function.expression) else gradient
        return self.board.short(read(total, change, self.book))

    def _with_change(self, value: Expr, change: Any, by_vec: bool) -> str:
        """Return (…).T@dz, tr((…).T@dZ), J@dz or slope*dz, what stands with the change in sight."""
        name = parse_tree(change.name)
        tree = parse_tree(self.said(self.board.presenter.tree(value)))
        if not is_array(change):
            return unparse(Binary("*", tree, name))
        if is_array(self.program.function.expression):
            return unparse(Binary("@", tree, Call("vec", (name,)) if by_vec else name))
        turned = tree.operand if isinstance(tree, Transpose) else Transpose(tree)
        if change.is_row:
            return unparse(Binary("@", name, turned))
        product = Binary("@", turned, name)
        return unparse(product if change.is_column else Call("tr", (product,)))

    # -- the last lines ---------------------------------------------------------------------------------------------

    def _finish(self, values: Mapping[str, Expr]) -> None:
        """Write both derivatives, what was asked for last."""
        question, function = self.question, self.program.function
        asked = question.wrt if question.convention == "wirtinger" else ""
        others = {name: text for name, text in question.answers.items() if name != asked}
        if question.convention != "wirtinger":
            wanted = [name for name in others if (name != plain_name(name)) == (question.convention == "torch")]
            others = {name: others[name] for name in wanted} if wanted else others
        for name, answer in others.items():
            self._write_tangent(name, answer, values, TANGENT)
        if asked:
            self._write_tangent(asked, question.answer, values, DERIVATIVE)
            return
        (name,) = list(others)[-1:]
        text = f"{LIBRARIES[question.convention]} of a real `{function.name}` is twice the derivative by `{name}`"
        reason = Reason("convention", "PyTorch and JAX, documentation of complex autograd", text)
        self.board.write(LIBRARIES[question.convention], [question.answer], reason, self.question.shape, DERIVATIVE)

    def _write_tangent(self, name: str, answer: str, values: Mapping[str, Expr], kind: str) -> None:
        function, question = self.program.function, self.question
        variable, layout = self.program.variable, question.layout
        shapes = plain_shape(function.shape), plain_shape(self.board.known[variable.name])
        words = []
        if name in values:
            value = arrange(values[name], function.expression, variable, layout, 1)
            inner = {n: tree for n, tree in self.typed.items() if n != function.name}
            if is_zero(value):
                words.append(f"`{function.change.name}` has no such term")
            forms = [self._with_parts(unparse(parse_tree(self.said(self.board.presenter.tree(value)))), inner)]
        else:  # of a hermitian name, whose conjugate is its transpose
            forms, words = [], [f"`{name}` is `{plain_name(name)}.T`"]
        if forms and same_terms(forms[0], answer):
            forms = [answer]
        else:
            words += ["simplified"] if forms else []
            forms.append(answer)
        if any(shapes):
            turned = turns(function.expression, variable, layout, 1) and is_array(function.expression)
            words.append(LAYOUT_NAMES[layout] + (": the transpose of what was read off" if turned else ""))
        if question.real and kind == DERIVATIVE and len(question.answers) > 1:
            words.append(f"`{function.name}` is real: both are conjugates of one another")
        reason = Reason("identification", f"{IDENTIFICATION}; {TANGENTS}", "; ".join(words) or "the derivative")
        self.board.write(quotient(function.name, name, *shapes, 1), forms, reason, self.question.shape, kind)

    def _with_parts(self, text: str, parts: Mapping[str, Tree]) -> str:
        """Return a text with the parts inserted, later ones first."""
        tree = parse_tree(text)
        for name, part in reversed(list(parts.items())):
            tree = substituted(tree, {name: part})
        return unparse(tree)

