"""The Python interface: :func:`diff`, :func:`parse` and what they return."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

from sympy.core.basic import Basic
from sympy.matrices.matrixbase import MatrixBase

from .algebra.build import build
from .algebra.expressions import dimension
from .algebra.substitute import substitute
from .answers.book import book_of
from .answers.derivatives import Derivatives, Generated
from .answers.shown import MAX_PRINTED_LENGTH, Shown
from .calculus.differentiate import choose_variable, derivative, natural_shape
from .calculus.layout import STRUCTURES, arrange, layout_name, turns
from .calculus.shortening.shorten import simplify
from .errors import ArgumentError, LimitError, MatcalcError
from .language.syntax import parse_tree
from .language.unparse import unparse
from .presentation import Presenter
from .printers.plain import plain_shape
from .readers import SYNTAXES, translate
from .rulebook.conditions import conditions
from .shapes.elaborate import declared_shapes, elaborate, symbol_of, with_free_entries
from .shapes.known import always_holds
from .shapes.query import Query
from .steps.derive import Question, derive

MAX_READINGS = 5


class Expression(Shown):
    """An expression with the shapes under which it was read.

    ``shape`` is its own shape and ``shapes`` those of its names, as in declarations; ``text`` is the source.
    Two expressions are equal where their canonical forms are, whatever letters their sizes have.
    """

    def __init__(self, elaborated, book):
        self._elaborated = elaborated
        self._book = book
        self._value = elaborated.expression
        self._presenter = _presenter(elaborated)

    @property
    def shape(self):
        """The shape of the expression."""
        from .algebra.constants import shape_of

        return plain_shape(shape_of(self._value))

    def graph(self, wrt=None):
        """Return the computational graph, a :class:`~matcalc.graph.graph.Graph`.

        ``wrt``: the name whose way to the result is marked, found as in :func:`diff`; an expression without names has
        none. Raises UnknownNameError for another name, and where several names are possible.
        """
        from .graph.construct import make_graph

        needed = wrt is not None or self._elaborated.shapes
        return make_graph(self._elaborated, choose_variable(self._elaborated, wrt) if needed else None, self._book)

    def _with_common_letters(self):
        """Return the expression with its sizes named in one order, so that the letters found for them do not count."""
        elaborated, letters = self._elaborated, {}
        for _, shape in sorted(elaborated.shapes.items()):
            for size in shape:
                for symbol in sorted(size.free_symbols, key=str):
                    letters.setdefault(symbol, dimension(f"size_{len(letters)}"))
        for symbol in sorted(elaborated.sizes.values(), key=str):
            letters.setdefault(symbol, dimension(f"size_{len(letters)}"))
        shapes = {n: tuple(d.xreplace(letters) for d in shape) for n, shape in elaborated.shapes.items()}
        symbols = {n: symbol_of(n, shape, elaborated.facts.get(n, frozenset())) for n, shape in shapes.items()}
        env = {**{symbol.name: letter for symbol, letter in letters.items()}, **symbols}
        return build(parse_tree(str(self)), env, self._book)

    def __eq__(self, other):
        if not isinstance(other, Expression):
            return NotImplemented
        return self._value == other._value or self._with_common_letters() == other._with_common_letters()

    def __hash__(self):
        return hash(self._with_common_letters())

    def __repr__(self):
        return f"Expression({str(self)!r})"


class Derivative(Shown, Generated):
    """The derivative of an expression by one of its names.

    ``wrt``, ``layout``, ``order`` and ``structure`` say which; ``shape`` is its shape, ``shapes`` those of
    the names and ``where`` the conditions it holds under, as texts. ``str()`` is in the language.
    """

    def __init__(self, elaborated, value, variable, options, book):
        self._elaborated = elaborated
        self._value = value
        self._book = book
        self._presenter = _presenter(elaborated)
        self.wrt = variable
        self.layout, self.order, self.structure = options

    @property
    def assume(self):
        """The declared facts about the names."""
        return {name: sorted(words) for name, words in self._elaborated.facts.items() if words}

    @property
    def shape(self):
        """The shape of the derivative: () for a scalar, else (rows, columns)."""
        symbol = self._elaborated.symbols[self.wrt]
        rows, cols = natural_shape(self._elaborated.expression, symbol, self.order)
        if turns(self._elaborated.expression, symbol, self.layout, self.order):
            rows, cols = cols, rows
        return plain_shape((rows, cols))

    @property
    def where(self):
        """The conditions under which the derivative holds, as texts: 'invertible(X)'."""
        elaborated = self._elaborated
        found = conditions(elaborated.tree, elaborated.facts, self._book, self.wrt)
        return [str(condition) for condition in found if not always_holds(condition, elaborated, self._book)]

    @cached_property
    def derivation(self):
        """The :class:`~matcalc.steps.derivation.Derivation`: the steps, with what their names stand for."""
        question = Question(
            self._elaborated,
            self.wrt,
            self.layout,
            self.order,
            self.structure,
            self._value,
            str(self) if self.length <= MAX_PRINTED_LENGTH else None,
            self._book,
        )
        try:
            return derive(question)
        except RecursionError:
            raise _too_deep(self.text) from None

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
        from .checks.steps import check_steps

        return check_steps(self.derivation, self, points=points, seed=seed)

    @property
    def query(self):
        """What the derivative answers: the expression, the name and the conventions."""
        return Query(self._elaborated, self._book, self.wrt, self.layout, self.order, self.structure)

    def graph(self):
        """Return the computational graph of the expression, a :class:`~matcalc.graph.graph.Graph`."""
        from .graph.construct import make_graph

        return make_graph(self._elaborated, self.wrt, self._book)

    def accumulation(self, mode="reverse"):
        """Return forward or reverse accumulation over the computational graph, with what each line costs.

        ``mode``: "forward" or "reverse". Returns an :class:`~matcalc.graph.lines.Accumulation`. Raises ArgumentError
        for another mode and for a second derivative, NoRuleError where an operation has no differential in the
        language.
        """
        from .graph.accumulate import accumulate

        return accumulate(self, mode)

    def check_accumulation(self, mode="reverse", points=3, seed=0):
        """Evaluate every line of an accumulation with torch; returns a StepsReport, as :meth:`check_steps` does."""
        from .checks.accumulation import check_accumulation

        return check_accumulation(self.accumulation(mode), self, points=points, seed=seed)

    def check(self, points=3, seed=0):
        """Compare with torch autograd of the source text at random points.

        Returns a CheckReport(ok, max_error, points, reason); ``max_error`` is relative. ``ok`` is None where
        nothing could be compared, and ``reason`` says why.
        """
        from .checks.derivative import check_derivative

        return check_derivative(self, points=points, seed=seed)

    def of_order(self, order):
        """Return the derivative of the same expression by the same name, of order 1 or 2."""
        return self if order == self.order else answer(replace(self.query, order=order))

    def evaluate(self, **arrays):
        """Return the value for given NumPy arrays (or nested lists, numbers, torch tensors) of all names.

        A column may be given as a vector. Returns a NumPy array of two dimensions, or a float for a scalar.
        Raises ShapeError where the arrays do not fit the shapes, UnknownNameError where one is missing.
        """
        from .checks.derivative import evaluate_derivative

        return evaluate_derivative(self, arrays)

    def __repr__(self):
        return f"Derivative({str(self)!r}, wrt={self.wrt!r}, layout={self.layout!r})"


def _presenter(elaborated):
    return Presenter(elaborated.order, elaborated.sums, "norm" in elaborated.text)


def _elaborated(expr, book, shapes, assume, syntax="matcalc"):
    if syntax not in (None, *SYNTAXES):
        raise ArgumentError(f"unknown syntax '{syntax}'", hint=f"one of {', '.join(SYNTAXES)}, or None to find it")
    if isinstance(expr, Expression):
        if not shapes and not assume:
            return expr._elaborated
        facts = {name: list(words) for name, words in expr._elaborated.facts.items()}
        again = elaborate(expr.text, book, {**expr.shapes, **(shapes or {})}, {**facts, **(assume or {})})
        return replace(again, typed=expr.typed, syntax=expr.syntax)
    if isinstance(expr, str):
        text, found = translate(expr, book, syntax, shapes)
        return replace(elaborate(text, book, shapes, assume), typed=expr, syntax=found)
    if isinstance(expr, (Basic, MatrixBase)):
        from .bridge import from_sympy

        text, found, facts = from_sympy(expr, book)
        elaborated = elaborate(text, book, {**found, **(shapes or {})}, {**facts, **(assume or {})})
        return replace(elaborated, sympy_symbols=tuple(expr.free_symbols))
    raise ArgumentError(
        f"an expression is a text or a SymPy object, not {type(expr).__name__}", hint='write diff("x.T@A@x")'
    )


def parse(text, shapes=None, assume=None, rules=None, syntax="matcalc"):
    """Return the :class:`Expression` that a text in the language stands for.

    ``shapes``: ``{"A": ("n", "m"), "x": ("n", 1), "c": ()}``; ``assume``: ``{"A": ["symmetric"]}``. ``syntax``: the
    notation of the text, "matcalc" (the language), "matlab" or "latex"; None finds it by the tokens.
    Raises a MatcalcError that points at the place: ExpressionSyntaxError, UnknownNameError,
    UnknownFunctionError, ShapeError, LimitError, DomainError, ArgumentError.

    >>> import matcalc
    >>> e = matcalc.parse("norm(A@x - b)**2")
    >>> e.shapes
    {'A': ('m', 'n'), 'x': ('n', 1), 'b': ('m', 1)}
    >>> matcalc.parse(str(e)) == e
    True
    """
    book = book_of(rules)
    try:
        return Expression(_settled(_elaborated(text, book, shapes, assume, syntax), book), book)
    except RecursionError:
        raise _too_deep(str(text)[:1000]) from None


def _settled(elaborated, book):
    """Return the expression in a form that its own text gives back: parse(str(e)) == e."""
    presenter = _presenter(elaborated)
    sizes = {
        symbol.name: symbol for shape in elaborated.shapes.values() for size in shape for symbol in size.free_symbols
    }
    env = {**sizes, **elaborated.sizes, **elaborated.symbols}
    for _ in range(MAX_READINGS):
        if presenter.cost(elaborated.expression) > MAX_PRINTED_LENGTH:
            return elaborated
        text = unparse(presenter.tree(elaborated.expression))
        again = build(parse_tree(text), env, book)
        if again == elaborated.expression:
            return elaborated
        elaborated = replace(elaborated, expression=again)
    return elaborated


def diff(
    expr,
    wrt=None,
    layout="denom",
    order=1,
    shapes=None,
    assume=None,
    structure="free",
    rules=None,
    syntax="matcalc",
):
    """Return the :class:`Derivative` of an expression.

    ``expr``: text in the language, an Expression or a SymPy expression. ``wrt``: a name or a SymPy symbol;
    without it the array x, X, w, W or theta, or the only name there is; a list of names gives :class:`Derivatives`, one
    for each. ``layout``: "denom", "num" or "mixed".
    ``order``: 1 or 2. ``shapes`` and ``assume`` as for :func:`parse`. ``structure``: how a variable of declared
    structure varies: "free" (its entries are independent), "projected" (the gradient within the subspace) or
    "parametrized" (by the free parameters, Matrix Cookbook 2.8). ``rules``: paths of rule files. ``syntax``: the
    notation of a text, as for :func:`parse`.
    Raises a MatcalcError; NoRuleError where there is no closed form in the language.

    >>> import matcalc
    >>> print(matcalc.diff("norm(X@w - y)**2", wrt="w"))
    2*X.T@(X@w - y)
    """
    if isinstance(wrt, (list, tuple)):
        if not wrt or len(set(map(str, wrt))) < len(wrt):
            raise ArgumentError("wrt is a list of different names", hint='write wrt=["W1", "W2"]')
        options = (layout, order, shapes, assume, structure, rules, syntax)
        return Derivatives([answer(ask(expr, name, *options)) for name in wrt])
    return answer(ask(expr, wrt, layout, order, shapes, assume, structure, rules, syntax))


def ask(
    expr,
    wrt=None,
    layout="denom",
    order=1,
    shapes=None,
    assume=None,
    structure="free",
    rules=None,
    syntax="matcalc",
):
    """Return the :class:`Query` that :func:`diff` answers: the expression as it is read, and by which name.

    The arguments are those of :func:`diff`. Raises a MatcalcError where the expression cannot be read.
    """
    layout = layout_name(layout)
    wrt = str(wrt) if isinstance(wrt, Basic) and wrt.is_symbol else wrt
    if wrt is not None and not isinstance(wrt, str):
        raise ArgumentError(f"wrt is the name of a variable, not {type(wrt).__name__}", hint='write wrt="x"')
    if order not in (1, 2) or isinstance(order, bool):
        raise ArgumentError(f"order {order!r} is not 1 or 2", hint="order=2 is the second derivative")
    if structure not in STRUCTURES:
        raise ArgumentError(f"unknown structure convention '{structure}'", hint="one of free, projected, parametrized")
    book = book_of(rules)
    elaborated = _elaborated(expr, book, shapes, assume, syntax)
    try:
        elaborated = _with_unused(elaborated, wrt, shapes)
        variable = choose_variable(elaborated, wrt)
    except MatcalcError as error:
        raise error.at(elaborated.text)
    return Query(elaborated, book, variable, layout, order, structure)


def answer(query):
    """Return the :class:`Derivative` that a query asks for; raises what :func:`diff` raises."""
    elaborated = query.elaborated
    try:
        value = _value(query)
    except MatcalcError as error:
        raise error.at(elaborated.text)
    except RecursionError:
        raise _too_deep(elaborated.text) from None
    options = (query.layout, query.order, query.structure)
    return Derivative(elaborated, value, query.wrt, options, query.book)


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


def _too_deep(text):
    return LimitError(
        "the expression nests scalar operations too deeply", source=text, hint="give the inner parts names of their own"
    )


def _with_unused(elaborated, wrt, shapes):
    """Let ``wrt`` be a declared name that the expression does not have: its derivative is zero."""
    if wrt is None or wrt in elaborated.shapes or wrt not in (shapes or {}):
        return elaborated
    shape = declared_shapes({wrt: shapes[wrt]})[wrt]
    symbol = symbol_of(wrt, shape, elaborated.facts.get(wrt, frozenset()))
    return replace(elaborated, shapes={**elaborated.shapes, wrt: shape}, symbols={**elaborated.symbols, wrt: symbol})
