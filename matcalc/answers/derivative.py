"""The derivative of an expression by one of its names, and all that can be asked of it."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

from ..algebra.substitute import substitute
from ..calculus.differentiate import derivative, natural_shape
from ..calculus.layout import arrange, turns
from ..calculus.shortening.shorten import simplify
from ..errors import MatcalcError
from ..printers.plain import plain_shape
from ..rulebook.conditions import conditions
from ..shapes.elaborate import with_free_entries
from ..shapes.known import always_holds
from ..steps.derive import Question, derive
from .derivatives import Generated
from .shown import MAX_PRINTED_LENGTH, Shown, too_deep


class Derivative(Shown, Generated):
    """The derivative of an expression by one of its names.

    ``query`` is what it answers; ``wrt``, ``layout``, ``order`` and ``structure`` say which; ``shape`` is its shape,
    ``shapes`` those of the names and ``where`` the conditions it holds under, as texts. ``str()`` is in the language.
    """

    def __init__(self, query, expression):
        super().__init__(query.elaborated, expression, query.book)
        self.query, self.wrt = query, query.wrt
        self.layout, self.order, self.structure = query.layout, query.order, query.structure

    @property
    def assume(self):
        """The declared facts about the names."""
        return {name: sorted(words) for name, words in self.elaborated.facts.items() if words}

    @property
    def shape(self):
        """The shape of the derivative: () for a scalar, else (rows, columns)."""
        symbol = self.elaborated.symbols[self.wrt]
        rows, cols = natural_shape(self.elaborated.expression, symbol, self.order)
        if turns(self.elaborated.expression, symbol, self.layout, self.order):
            rows, cols = cols, rows
        return plain_shape((rows, cols))

    @property
    def where(self):
        """The conditions under which the derivative holds, as texts: 'invertible(X)'."""
        elaborated = self.elaborated
        found = conditions(elaborated.tree, elaborated.facts, self.book, self.wrt)
        return [str(condition) for condition in found if not always_holds(condition, elaborated, self.book)]

    @cached_property
    def derivation(self):
        """The :class:`~matcalc.steps.derivation.Derivation`: the steps, with what their names stand for."""
        question = Question(
            self.elaborated,
            self.wrt,
            self.layout,
            self.order,
            self.structure,
            self.expression,
            str(self) if self.length <= MAX_PRINTED_LENGTH else None,
            self.book,
        )
        try:
            return derive(question)
        except RecursionError:
            raise too_deep(self.text) from None

    @property
    def steps(self):
        """The derivation line by line, a list of :class:`~matcalc.steps.step.Step`.

        Each has ``expression`` (in the language), ``rule``, ``source``, ``text`` (what a teacher would say, with
        code in backquotes) and ``shape``; ``str(step)`` is the whole line. The last step is the derivative itself.
        """
        return list(self.derivation.steps)

    def check_steps(self, points=3, seed=0):
        """Evaluate every line of the derivation with torch, at random points and in random directions.

        Returns a StepsReport(ok, max_error, points, lines, reason); ``ok`` is None where nothing could be evaluated.
        """
        from ..checks.steps import check_steps

        return check_steps(self.derivation, self, points=points, seed=seed)

    def graph(self):
        """Return the computational graph of the expression, a :class:`~matcalc.graph.graph.Graph`."""
        from ..graph.construct import make_graph

        return make_graph(self.elaborated, self.wrt, self.book)

    def accumulation(self, mode="reverse"):
        """Return forward or reverse accumulation over the computational graph, with what each line costs.

        ``mode``: "forward" or "reverse". Returns an :class:`~matcalc.graph.lines.Accumulation`. Raises ArgumentError
        for another mode and for a second derivative, NoRuleError where an operation has no differential in the
        language.
        """
        from ..graph.accumulate import accumulate

        return accumulate(self, mode)

    def check_accumulation(self, mode="reverse", points=3, seed=0):
        """Evaluate every line of an accumulation with torch; returns a StepsReport, as :meth:`check_steps` does."""
        from ..checks.accumulation import check_accumulation

        return check_accumulation(self.accumulation(mode), self, points=points, seed=seed)

    def check(self, points=3, seed=0, method="both"):
        """Compare with exact values of the source text, and with torch autograd, at random points.

        ``method``: "exact" (needs neither torch nor NumPy), "torch", or both of them. Returns a CheckReport(ok,
        max_error, points, reason, detail, exact, torch); ``max_error`` is torch's and relative. ``ok`` is None where
        nothing could be compared, and ``reason`` says why; where one of the two contradicts the answer, it is False.
        """
        from ..checks.methods import check_by

        return check_by(self, points, seed, method)

    def of_order(self, order):
        """Return the derivative of the same expression by the same name, of order 1 or 2."""
        return self if order == self.order else answer(replace(self.query, order=order))

    def evaluate(self, **arrays):
        """Return the value for given NumPy arrays (or nested lists, numbers, torch tensors) of all names.

        A column may be given as a vector. Returns a NumPy array of two dimensions, or a float for a scalar.
        Raises ShapeError where the arrays do not fit the shapes, UnknownNameError where one is missing.
        """
        from ..checks.derivative import evaluate_derivative

        return evaluate_derivative(self, arrays)

    def __repr__(self):
        return f"Derivative({str(self)!r}, wrt={self.wrt!r}, layout={self.layout!r})"


def answer(query):
    """Return the :class:`Derivative` that a query asks for; raises what :func:`diff` raises."""
    elaborated = query.elaborated
    try:
        value = _value(query)
    except MatcalcError as error:
        raise error.at(elaborated.text)
    except RecursionError:
        raise too_deep(elaborated.text) from None
    return Derivative(query, value)


def _value(query):
    """Return the derivative in its layout and short form."""
    elaborated, book, order = query.elaborated, query.book, query.order
    symbol = elaborated.symbols[query.wrt]
    expression, free = with_free_entries(elaborated, query.wrt, book)
    conventions = (query.structure, elaborated.facts.get(query.wrt, frozenset()))
    value = derivative(expression, free, order, conventions, book, lambda e: simplify(e, book))
    if free is not symbol:
        value = substitute(value, {free: symbol})
    return arrange(simplify(value, book), elaborated.expression, symbol, query.layout, order)
