"""The board on which a derivation is written: lines with their forms, shapes and reasons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from sympy import Expr, S

from ..algebra.build import build
from ..algebra.constants import is_constant, scalar_product, shape_of
from ..algebra.constructors import scale, transpose
from ..algebra.expressions import Array, Hadamard, Power, coefficient, is_array, postorder
from ..algebra.substitute import substitute
from ..calculus.adjoint import gradient
from ..calculus.linearise import linearise
from ..calculus.shortening.shorten import simplify
from ..errors import ConversionError, NoRuleError
from ..language.syntax import Binary, Call, Name, Number, Transpose, Tree, names
from ..language.unparse import unparse
from ..presentation import Presenter
from ..printers.plain import plain_shape
from ..printers.sizes import node_shapes
from .literal import Literal, named_within, negated, scaled, signed, summed
from .step import DIFFERENTIAL, VALUE, Step

if TYPE_CHECKING:
    from ..rulebook.entries import Book
    from .program import Part, Program
    from .reasons import Reason

LONGEST_FORM = 90


class Board:
    """Collects the steps for one program.

    ``presenter`` writes its expressions, ``sizes`` are the names that are no variables. ``trees`` are the
    differentials of the parts as surface trees, those of an earlier board among them, and ``jacobians`` the names of
    the Jacobians that an earlier board has written; ``steps`` is what is collected.
    """

    def __init__(
        self,
        program: Program,
        presenter: Presenter,
        sizes: set[str],
        book: Book,
        trees: dict[str, Tree],
        jacobians: dict,
    ) -> None:
        self.program, self.sizes, self.book, self.steps = program, sizes, book, []
        self.trees, self.jacobians = dict(trees), dict(jacobians)
        self.variable = program.variable.name
        self.changes = {program.variable: program.change, **program.conjugates}
        self.changes |= {part.symbol: part.change for part in program.varying}
        self.names = {symbol.name: change.name for symbol, change in self.changes.items()}
        self.presenter = self._with_order(presenter)
        self.known = {name: shape_of(symbol) for name, symbol in program.env.items()}
        self.known |= {change: self.known[name] for name, change in self.names.items()}
        self.known[program.function.name] = self.known[program.function.change.name] = program.function.shape

    def _with_order(self, presenter: Presenter) -> Presenter:
        """Return a presenter that writes the user's names first, then the parts, and differentials last."""
        order = dict(presenter.order)
        for name in [*(part.name for part in self.program.named), *self.names.values()]:
            order.setdefault(name, len(order))
        return Presenter(order, presenter.sums, presenter.prefer_norm, frozenset(self.names.values()))

    # -- expressions and trees -------------------------------------------------------------------------

    def text(self, expression: Expr) -> str:
        """Return an expression in the language."""
        return unparse(self.presenter.tree(expression))

    def short(self, expression: Expr) -> Expr:
        """Return the short form of an expression."""
        return simplify(expression, self.book)

    def shapes(self, tree):
        """Return the shapes of all nodes of a surface tree, as texts by ``id``."""
        known = {name: tuple(map(str, self.known[name])) for name in names(tree) if name in self.known}
        return node_shapes(tree, self.book, known)

    def differential(self, part: Part) -> Expr:
        """Return the differential of a part in terms of those of what it is made of.

        Where the part itself occurs in it, as softmax(z) in that of u = softmax(z), it has its name.
        """
        return self._by_name(part, linearise(part.expression, self.changes, self.book))

    def _by_name(self, part: Part, differential: Expr) -> Expr:
        if part is self.program.function or part.expression in self.changes:
            return differential
        return substitute(differential, {part.expression: part.symbol})

    def define(self, name: str, shape: tuple[Expr, Expr]) -> None:
        """Let a name have a shape: a sensitivity, a Jacobian."""
        self.known[name] = tuple(shape)

    def literal(self, part: Part) -> Tree | None:
        """Return a part's differential as the rules give it, factor by factor.

        It is a surface tree, or None where it is long or a function in it has none of its own.
        """
        shapes = self.shapes(part.tree)

        def inner(node: Tree) -> Tree:
            expression = build(node, self.program.env, self.book)
            return self.collected(self._by_name(part, linearise(expression, self.changes, self.book)))

        try:
            tree = Literal(self.names, inner, shapes, self.book).tree(part.tree)
        except (ConversionError, NoRuleError):
            return None
        return tree if tree is None or part is self.program.function else named_within(tree, part.tree, part.name)

    def collected(self, differential: Expr, like: Tree | None = None) -> Tree:
        """Return a differential as a surface tree with one term for every change in it, the change written last.

        The terms stand in the order of the changes in the surface tree ``like``. A scalar's terms are <G, dZ>, an
        array's are linear in dZ in short form. Raises ConversionError or NoRuleError for the differential of a matrix
        function that has no form in the language.
        """
        terms, order = [], list(names(like)) if like is not None else []
        found = changes_in(differential, set(self.changes.values()))
        for change in sorted(found, key=lambda c: order.index(c.name) if c.name in order else len(order)):
            if is_array(differential):
                tree = self.presenter.tree(self.short(linearise(differential, {change: change}, self.book)))
            else:
                tree = self.paired(self.short(gradient(differential, change, self.book)), change)
            terms.append(signed(tree))
        return summed(terms) or self.presenter.tree(differential)

    def paired(self, gradient, change):
        """Return <gradient, change> as a surface tree: g.T@dx with the transpose at the leaves, tr(G.T@dX), g*ds.

        A scalar factor of the gradient stands outside: 2*r.T@dr/s, -tr(inv(X)@dX).
        """
        if not is_array(change):
            return self.presenter.tree(scalar_product(gradient, change))
        factor, array = coefficient(gradient)
        if factor.as_coeff_Mul()[0].is_negative:
            factor, array = -factor, scale(S.NegativeOne, array)
        minus, turned = signed(self._transposed(array))
        name, (above, below) = Name(change.name), factor.as_numer_denom()
        if change.is_column:
            tree = Binary("@", self._scaled(above, turned), name)
        elif change.is_row:
            tree = self._scaled(above, Binary("@", name, turned))
        elif isinstance(coefficient(array)[1], (Hadamard, Power)):
            minus, plain = signed(self.presenter.tree(array))
            tree = self._scaled(above, Call("sum", (Binary("*", plain, name),)))
        else:
            inside = name if is_constant(array, "eye") else Binary("@", turned, name)
            tree = self._scaled(above, Call("tr", (inside,)))
        tree = tree if below == 1 else Binary("/", tree, self.presenter.tree(below))
        return negated(tree) if minus else tree

    def _transposed(self, array: Array) -> Tree:
        """Return the transpose as a surface tree; (1/r).T has it outside, since 1/r.T@dr would be misread."""
        turned = self.presenter.tree(transpose(array))
        minus, positive = signed(turned)
        if not isinstance(positive, Binary) or positive.op != "/" or isinstance(positive.right, Number):
            return turned
        minus, plain = signed(self.presenter.tree(array))
        return negated(Transpose(plain)) if minus else Transpose(plain)

    def _scaled(self, factor: Expr, tree: Tree) -> Tree:
        """Return a scalar times a surface tree, a minus of the scalar in front."""
        if factor in (1, -1):
            return tree if factor == 1 else negated(tree)
        return scaled(self.presenter.tree(factor), tree)

    def applied(self, gradient: Array, change: Array) -> Tree:
        """Return <gradient, change> as a surface tree in which the gradient is seen: (2*A.T@r).T@dx, tr((…).T@dX)."""
        name, tree = Name(change.name), self.presenter.tree(gradient)
        turned = tree.operand if isinstance(tree, Transpose) else Transpose(tree)
        turned = self.presenter.tree(gradient) if transpose(gradient) is gradient else turned
        if change.is_row:
            return Binary("@", name, turned)
        product = Binary("@", turned, name)
        return product if change.is_column else Call("tr", (product,))

    # -- lines ---------------------------------------------------------------------------------------------

    def write(
        self,
        left: str,
        forms: list[str],
        reason: Reason,
        shape: tuple[Expr, Expr],
        kind: str,
        definitions: Sequence[tuple[str, ...]] = (),
    ) -> None:
        """Add a line; forms that read alike are written once, long ones only where they are the last."""
        distinct = list(dict.fromkeys(forms))
        forms = [form for form in distinct[:-1] if len(form) <= LONGEST_FORM] + distinct[-1:]
        step = Step(
            forms[-1],
            reason.rule,
            reason.source,
            reason.text,
            plain_shape(shape),
            left,
            kind,
            tuple(forms),
            tuple(definitions),
        )
        self.steps.append(step)

    def write_value(
        self, part: Part, forms: list[str], reason: Reason, definitions: Sequence[tuple[str, ...]] = ()
    ) -> None:
        """Add the line of a value: r = A@x - b."""
        self.write(part.name, forms, reason, part.shape, VALUE, definitions)

    def write_differential(self, part: Part, forms: list[str], reason: Reason) -> None:
        """Add the line of a differential: dr = A@dx."""
        self.write(part.change.name, forms, reason, part.shape, DIFFERENTIAL)


def changes_in(differential: Expr, changes: Mapping[Expr, list[tuple[str, Expr]]] | set[Expr]) -> list[Expr]:
    """Return those of the changes that occur in a differential, in order of evaluation."""
    return [node for node in postorder(differential) if node in changes]
