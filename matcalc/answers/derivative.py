"""The derivative of an expression by one of its names, and all that can be asked of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sympy import Expr

from ..algebra.constants import shape_of
from ..algebra.expressions import is_array
from ..bounds import MAX_EXAMINED, MAX_PRINTED_LENGTH
from ..budget import limited, working
from ..calculus.differentiate import natural_shape
from ..calculus.everywhere import is_singular_by_construction
from ..calculus.orders import natural_shape as mixed_shape
from ..calculus.shortening.blocks import is_of_blocks
from ..checks.report import CheckReport, StepsReport
from ..errors import NoRuleError
from ..language.syntax import Call, postorder
from ..language.unparse import unparse
from ..libraries import require, trouble
from ..printers.plain import plain_shape, plain_tree
from ..rulebook.conditions import conditions
from ..shapes.known import always_holds
from ..shapes.needed import needed_conditions
from ..shapes.stated import stated
from .asked import OfQuery
from .derivatives import Generated
from .directions import directions_for, known_order, other_names
from .given import named_arrays
from .index_form import IndexForm, index_form, is_tensor
from .part import by_part_alone
from .shown import Shown, too_deep
from .values import derived, everywhere_of, has_no_form, shortened, told_of, turns_natural_form

if TYPE_CHECKING:
    from ..graph.graph import Graph
    from ..graph.lines import Accumulation
    from ..presentation import Presenter
    from ..shapes.query import Query
    from ..steps.derivation import Derivation
    from ..steps.step import Step


# answers queries in complex names; filled in by ``complex_derivative``
OF_COMPLEX_NAMES: list[Callable[[Query], Derivative]] = []


class Derivative(OfQuery, Shown, Generated):
    """The derivative of an expression by one of its names.

    ``query`` is what it answers; ``wrt``, ``layout``, ``order`` and ``structure`` say which; ``by`` are the names that
    it is differentiated by, one for each order, ``along`` those of directions; ``target`` is the name, or the part of
    it, that an ordinary derivative is by. ``shape`` is its shape, ``shapes`` those of the names and ``where`` the
    conditions it holds under, as texts. ``str()`` is in the language.
    """

    def __init__(
        self, query: Query, expression: Expr | Callable[[], Expr], presenter: Presenter | None = None
    ) -> None:
        """``expression``: what is shown, or a function that returns it, called when that is first asked for."""
        super().__init__(query.elaborated, query.book, presenter)
        if isinstance(expression, Expr):
            self.expression = expression
        else:
            self._sought = expression
        self.query, self.wrt = query, query.wrt
        self.layout, self.order, self.structure = query.layout, query.order, query.structure
        self.by, self.along, self.target = query.by, query.along, query.target

    def __getstate__(self) -> dict:
        """What is shown travels, and not the search for it."""
        expression = self.expression
        return {**super().__getstate__(), "expression": expression}

    @cached_property
    def expression(self) -> Expr:  # type: ignore[override]
        """What is shown, a node of matcalc's own classes: the short form, sought when it is first asked for."""
        with working("differentiating"), told_of(self.elaborated):
            return self._sought()

    @property
    def shape(self) -> tuple[int | str, ...]:
        """The shape of the derivative: () for a scalar, else (rows, columns)."""
        symbols = [self.elaborated.symbols[name] for name in self.query.free]
        if self.query.is_usual:
            rows, cols = natural_shape(self.elaborated.expression, self.query.variable, self.order)
        else:
            rows, cols = mixed_shape(self.elaborated.expression, symbols, len(self.along))
        shape = plain_shape((cols, rows) if turns_natural_form(self.query) else (rows, cols))
        if not self.query.every:
            return shape
        count, *_ = self.elaborated.stacks[self.wrt]
        return (plain_tree(count), *(shape or (1, 1)))

    @property
    def turned(self) -> bool:
        """Whether it is the transpose of its natural form, which a gradient has the variable's shape in."""
        return turns_natural_form(self.query)

    @property
    def function_shape(self) -> tuple[Expr, Expr]:
        """The (rows, columns) of the expression."""
        return shape_of(self.elaborated.expression)

    @cached_property
    @limited("finding the conditions")
    def conditions(self) -> list:
        """The conditions that the derivative needs, each with a ``predicate`` and the surface ``tree`` it is about.

        All that its rules ask for where it is too long to be looked through.
        """
        return stated(self._needed(), self.elaborated, self.book)

    def _needed(self) -> list:
        elaborated, names = self.elaborated, list(dict.fromkeys(self.by))
        found = _distinct(conditions(elaborated.tree, elaborated.facts, self.book, name) for name in names)
        found = [condition for condition in found if not always_holds(condition, elaborated, self.book)]
        derivatives = [*self._lower(), self] if found else []
        if not found or any(derivative.length > MAX_EXAMINED for derivative in derivatives):
            return [*found, *self._of_parts(found)]
        trees = [derivative.tree for derivative in derivatives]
        found = _distinct(needed_conditions(elaborated, trees, self.book, name) for name in names)
        return [*found, *self._of_parts(found)]

    def _of_parts(self, found: list) -> list:
        """Return the conditions on parts of blocks whose inverses a Schur complement has."""
        if not is_of_blocks(self.elaborated.expression):
            return []
        known = {str(condition) for condition in found}
        answered = conditions(self.tree, self.elaborated.facts, self.book)
        inverted = [c for c in answered if c.predicate == "invertible" and str(c) not in known]
        return [c for c in inverted if not any(isinstance(node, Call) for node in postorder(c.tree))]

    def _lower(self) -> list[Derivative]:
        """Return the derivatives of lower orders that are matrices, each in the form that holds everywhere."""
        by_array = any(is_array(self.elaborated.symbols[name]) for name in self.by)
        highest = 1 if is_array(self.elaborated.expression) else 2
        below = min(self.order, highest + 1) if by_array else self.order
        return [self.of_order(order).everywhere for order in range(1, below)]

    @cached_property
    @limited("deriving the steps")
    def derivation(self) -> Derivation:
        """The :class:`~matcalc.steps.derivation.Derivation`: the steps, with what their names stand for."""
        from ..steps.derive import Question, derive

        if self.query.part is not None:
            return self._derivation_of_part()
        if not self.query.is_usual:
            raise NoRuleError(
                "derivations are of first and second derivatives by one name",
                hint="take the steps of order 2, or leave steps out",
            )
        question = Question(
            self.elaborated,
            self.wrt,
            self.layout,
            self.order,
            self.structure,
            self.expression,
            unparse(self.tree) if self.program is None and self.length <= MAX_PRINTED_LENGTH else None,
            self.book,
        )
        try:
            found, translation = derive(question), self.elaborated.translation
            found = replace(found, stacks=self.elaborated.stacks)
            return replace(found, spelled=dict(translation.spelled)) if translation else found
        except RecursionError:
            raise too_deep(self.text) from None

    @property
    def whole(self) -> Derivative:
        """The derivative by all of the name, itself where it is that."""
        return self if self.query.part is None else answer(replace(self.query, part=None, placing=None))

    def _derivation_of_part(self) -> Derivation:
        """Return the derivation of the derivative by the whole name, with the part of it as its last line."""
        from ..steps.step import PART, Step

        found = self.whole.derivation
        text = f"of the derivative by `{self.wrt}` what belongs to `{self.target}`"
        rule, source = "part", "the definition of a partial derivative"
        if self.query.placing is not None:
            moved = self.query.placing.text
            text = f"{self.wrt} is `{moved}` of its free parameters `{self.target}`, whose differential is put in"
            rule, source = "chain rule", "Magnus & Neudecker (2019), 3.8"
        left = found.steps[-1].left.replace(f"d{self.wrt}", f"d{self.target}") if found.steps else ""
        step = Step(str(self), rule, source, text, self.shape, left, PART, (str(self),))
        return replace(found, steps=(*found.steps, step))

    @property
    def steps(self) -> list[Step]:
        """The derivation line by line, a list of :class:`~matcalc.steps.step.Step`.

        Each has ``expression`` (in the language), ``rule``, ``source``, ``text`` (what a teacher would say, with
        code in backquotes) and ``shape``; ``str(step)`` is the whole line. The last step is the derivative itself.
        """
        from ..steps.derivation import Steps

        return Steps(self.derivation)

    def check_steps(self, points: int = 3, seed: int = 0, method: str = "both") -> StepsReport:
        """Compare every line of the derivation with exact values, and with torch, in random directions.

        ``method``: "exact", "torch", or both. Returns a StepsReport(ok, max_error, points, lines, reason,
        exact_points); ``ok`` is None where nothing could be evaluated.
        """
        from ..checks.methods import check_steps_by

        return check_steps_by(self.whole.derivation, self.whole, points, seed, method)

    def graph(self) -> Graph:
        """Return the computational graph of the expression, a :class:`~matcalc.graph.graph.Graph`."""
        from ..graph.construct import make_graph

        return make_graph(self.elaborated, self.wrt, self.book)

    def accumulation(self, mode: str = "reverse") -> Accumulation:
        """Return forward or reverse accumulation over the computational graph, with what each line costs.

        ``mode``: "forward" or "reverse". Returns an :class:`~matcalc.graph.lines.Accumulation`. Raises ArgumentError
        for another mode and for a second derivative, NoRuleError where an operation has no differential in the
        language.
        """
        from ..graph.accumulate import accumulate

        return accumulate(self, mode)

    def check_accumulation(self, mode: str = "reverse", points: int = 3, seed: int = 0) -> StepsReport:
        """Evaluate every line of an accumulation with torch; returns a StepsReport, as :meth:`check_steps` does."""
        if trouble():
            return StepsReport(None, None, 0, len(self.accumulation(mode).lines), trouble())
        from ..checks.accumulation import check_accumulation

        return check_accumulation(self.accumulation(mode), self.whole, points=points, seed=seed)

    def check(self, points: int = 3, seed: int = 0, method: str = "both") -> CheckReport:
        """Compare with exact values of the source text, and with torch autograd, at random points.

        ``method``: "exact" (needs neither torch nor NumPy), "torch", both of them, or "tensorflow", whose GradientTape
        then takes the place of torch's autograd. Returns a CheckReport(ok,
        max_error, points, reason, detail, exact, torch); ``max_error`` is torch's and relative. ``ok`` is None where
        nothing could be compared, and ``reason`` says why; where one of the two contradicts the answer, it is False.
        """
        if method == "tensorflow" and self.elaborated.twin is None:
            from ..compiler.tape import check_with_tensorflow

            return check_with_tensorflow(self, points, seed)
        from ..checks.methods import check_by

        return check_by(self, points, seed, method)

    @cached_property
    @limited("differentiating")
    def everywhere(self) -> Derivative:
        """The derivative in a form that holds wherever the function has a derivative, itself where it is that form.

        ``det(X)*inv(X).T`` has no value at a singular X, and ``adj(X).T`` has.
        """
        value = everywhere_of(self.query, self.expression)
        return self if value is self.expression or value == self.expression else Derivative(self.query, value)

    @limited("differentiating")
    def of_order(self, order: int) -> Derivative:
        """Return the derivative of the same expression by the same names, of another order, along no direction."""
        order = known_order(order)
        if order == self.order:
            return self
        if order not in self._of_orders:
            self._of_orders[order] = lower_order(self.query, order)
        return self._of_orders[order]

    @cached_property
    def _of_orders(self) -> dict[int, Derivative]:
        """What :meth:`of_order` has returned, which code for several targets asks for again."""
        return {}

    @cached_property
    @limited("looking for forms that cost little")
    def forms_for_code(self) -> list[Expr]:
        """The expressions that code may be made of, that of the printed form first."""
        from ..compiler.alternatives import forms

        return forms(self)

    @limited("differentiating")
    def mixed(self, also: Iterable[str]) -> Derivative:
        """Return the derivative of the same order by the same first name, and then by others, one for each order."""
        others = other_names(also, self.query.elaborated, self.order)
        if self.query.part is not None:
            raise by_part_alone(self.wrt)
        return answer_of_any_shape(replace(self.query, also=others))

    @limited("writing the index form")
    def index(self) -> IndexForm:
        """Return the derivative in index notation, an :class:`~matcalc.answers.index_form.IndexForm`.

        >>> import matcalc
        >>> print(matcalc.diff("A@X@B", wrt="X").index())
        A[i,k]*B[l,j]
        """
        return index_form(self.query, lower_order)

    def tensor(self, **arrays: Any) -> Any:
        """Return the value for given arrays as an array with an axis for each index, as ``torch.func.jacrev`` has it.

        The axes are the function's, then the variables' in turn; a column has one and a number none. The arguments and
        what is raised are those of :meth:`evaluate`.
        """
        from ..checks.values import derivative_tensor

        return derivative_tensor(self, arrays)

    def evaluate(self, values: Any = None, /, **arrays: Any) -> Any:
        """Return the value for given NumPy arrays (or nested lists, numbers, torch tensors, tables) of all names.

        They may be in a dictionary: ``evaluate({"x": [1, 2]})``. A column may be given as a vector. Tables are frames
        and series of pandas; what stands along one size has to be labelled alike in all of them. Returns a NumPy
        array of two dimensions, or a float for a scalar, by the form that holds :attr:`everywhere` where the printed
        one has no value. Warns with a ConditionWarning where conditions of both are broken. Raises ShapeError where
        the arrays do not fit the shapes or tables one another, ArgumentError for tables with text or missing entries,
        UnknownNameError where an array is missing, DomainError where there is no value.
        """
        require("Derivative.evaluate", "numpy", "torch")
        from ..checks.values import evaluate_derivative

        return evaluate_derivative(self, named_arrays(values, arrays, "evaluate"))

    def broken(self, values: Any = None, /, **arrays: Any) -> list[str]:
        """Return the conditions of :attr:`where` that given arrays break; the arguments are those of evaluate.

        >>> import matcalc
        >>> matcalc.diff("norm1(x)").broken(x=[0, 2])
        ['nonzero(x)']
        """
        require("Derivative.broken", "numpy", "torch")
        from ..checks.values import broken_conditions

        return broken_conditions(self, named_arrays(values, arrays, "broken"))

    def __repr__(self) -> str:
        return f"Derivative({str(self)!r}, wrt={self.target!r}, layout={self.layout!r})"


def lower_order(query: Query, order: int) -> Any:
    """Return the derivative by the same names, of another order, along no direction."""
    also = query.also[: order - 1] if order <= query.order else ()
    return answer_of_any_shape(replace(query, order=order, along=(), also=() if set(also) <= {query.wrt} else also))


def answer_of_any_shape(query: Query) -> Any:
    """Return the :class:`Derivative` that a query asks for, the IndexForm where it has three or more indices.

    Raises what :func:`diff` raises.
    """
    as_index = query.elaborated.twin is None and is_tensor(query)
    return index_form(query, lower_order) if as_index else answer(query)


def answer(query: Query) -> Derivative:
    """Return the :class:`Derivative` that a query asks for; raises what :func:`diff` raises."""
    elaborated = query.elaborated
    if elaborated.twin is not None:
        return OF_COMPLEX_NAMES[-1](query)
    if is_tensor(query):
        refused = NoRuleError("this derivative has three or more indices", hint=f"{directions_for(query)} is a matrix")
        raise refused.at(elaborated.text)
    with told_of(elaborated):
        value = derived(query)
        if is_singular_by_construction(elaborated.expression):
            return Derivative(query, everywhere_of(query, shortened(query, value)))
        if has_no_form(value):
            return Derivative(query, shortened(query, value))
    return Derivative(query, lambda: shortened(query, value))


def _distinct(found: Iterable[list]) -> list:
    return list({str(condition): condition for part in found for condition in part}.values())
