"""The derivative by a complex name, or by its conjugate."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, NoReturn

from sympy import Expr, Integer

from ..algebra.build import build
from ..algebra.complexes import UNIT
from ..algebra.constants import shape_of
from ..algebra.constructors import scale
from ..algebra.expressions import dependent, is_array, postorder
from ..algebra.substitute import exchange
from ..budget import limited
from ..calculus.shortening.shorten import simplify
from ..checks.report import StepsReport
from ..complexes.names import conjugate_name
from ..complexes.settle import settled_twin
from ..complexes.twin import Twin
from ..errors import MatcalcError, NoRuleError
from ..language.nodes import plain_name
from ..rulebook.facts import hermitian, implying, is_complex
from ..shapes.elaborate import with_all_free
from ..shapes.notes import Note
from .derivative import OF_COMPLEX_NAMES, Derivative
from .values import value_of

if TYPE_CHECKING:
    from ..graph.graph import Graph
    from ..rulebook.entries import Book
    from ..shapes.elaborate import Elaborated
    from ..shapes.query import Query


class ComplexDerivative(Derivative):
    """A derivative of an expression in complex names: by z with conj(z) held constant, or the other way round.

    ``wrt`` is "z" or "conj(z)"; ``convention`` says which derivative is meant, ∂f/∂z or the gradient of a real f that
    torch or JAX give.
    """

    def __init__(self, query: Query, expression: Expr) -> None:
        super().__init__(query, expression)
        self.convention = query.convention

    @cached_property
    @limited("finding the conditions")
    def conditions(self) -> list:
        """The conditions that the derivative needs, each with a ``predicate`` and the surface ``tree`` it is about."""
        from ..complexes.conditions import complex_conditions

        elaborated = self.elaborated
        names = dict.fromkeys(map(plain_name, self.by))
        turned = _turned(elaborated)
        twin = twin_of(elaborated, self.book)
        return complex_conditions(elaborated.tree, twin, self.book, names, lambda node: exchange(node, turned))

    @property
    def everywhere(self) -> Derivative:
        """The derivative itself: what holds where its conditions fail is not looked for."""
        return self

    @cached_property
    @limited("looking for notes")
    def notes(self) -> tuple[Note, ...]:
        """What is said of how the text was read, and of which derivative this is."""
        from ..complexes.notes import convention_notes, transpose_notes

        said = transpose_notes(self.elaborated.tree, self.elaborated.facts)
        if is_complex(self._facts):
            holomorphic = None if hermitian(self._facts) else self.is_holomorphic
            said = [*convention_notes(self.wrt, self.convention, self.is_real, holomorphic), *said]
        return (*super().notes, *map(Note, said))

    @property
    def _facts(self) -> frozenset[str]:
        return self.elaborated.facts.get(plain_name(self.wrt), frozenset())

    @cached_property
    def is_real(self) -> bool:
        """Whether the expression is known to have real values alone."""
        return is_real(self.elaborated, self.book)

    @cached_property
    def is_holomorphic(self) -> bool:
        """Whether the expression does not depend on the conjugate of the name."""
        name = plain_name(self.wrt)
        expression, free = with_all_free(self.elaborated, (name,), self.book)
        other = free[conjugate_name(name)]
        return other not in dependent(expression, {other})

    def code(
        self,
        target: str = "numpy",
        value: bool | None = None,
        orders: Any = None,
        product: str | None = None,
        with_check: bool = False,
        name: str | None = None,
        sizes: Any = None,
        passes: Any = None,
    ) -> str:
        """Return the source text of a function that computes the derivative; see :meth:`Derivative.code`.

        Its arguments are complex arrays of the library. Raises NoRuleError for other orders than 0 and 1, for products
        and checks.
        """
        from .complex_code import complex_code

        if product is not None or with_check or sizes is not None or passes is not None:
            self._refused("products, checks, sizes and passes of code are", "leave them out")
        return complex_code(self, target, self._with_value(value, orders), name)[0]

    def _with_value(self, value: bool | None, orders: Any) -> bool:
        """Return whether code returns the value, too: it is of this derivative, order 1 of ``orders``."""
        if orders is None:
            return value is not False
        if self.order != 1 or set(orders) not in ({0, 1}, {1}):
            self._refused("orders of code other than 0,1 and 1 are", "take the code of one derivative without orders")
        return 0 in set(orders)

    def compile(
        self,
        target: str = "numpy",
        value: bool | None = None,
        orders: Any = None,
        product: str | None = None,
        sizes: Any = None,
        passes: Any = None,
    ) -> Any:
        """Return the function whose text :meth:`code` returns, to be called with one keyword for every name."""
        from .complex_code import ComplexFunction, complex_code

        if product is not None or sizes is not None or passes is not None:
            self._refused("products, sizes and passes of code are", "leave them out")
        source, name = complex_code(self, target, self._with_value(value, orders), None)
        return ComplexFunction(source, name, target, self.shapes)

    def _refused(self, what: str, hint: str) -> NoReturn:
        raise NoRuleError(f"{what} for real names alone", hint=hint)

    @cached_property
    @limited("deriving the steps")
    def derivation(self) -> Any:
        """The :class:`~matcalc.steps.derivation.Derivation`: the steps, in dz and conj(dz), to both tangents."""
        from ..steps.tangents import TangentQuestion, derive_tangents

        if self.order != 1 or self.query.structure != "free":
            hint = "take the steps of order 1, or the blocks of the Hessian without steps"
            raise NoRuleError("steps by complex names are of first derivatives by free entries", hint=hint)
        names = self.tangents
        answers = {name: str(self if name == self.wrt and self._is_wirtinger else self.tangent(name)) for name in names}
        shape = shape_of(self.expression)
        question = TangentQuestion(
            self.elaborated, self.wrt, self.layout, answers, str(self), self.convention, self.is_real, shape, self.book
        )
        found, translation = derive_tangents(question), self.elaborated.translation
        return replace(found, spelled=dict(translation.spelled)) if translation else found

    @property
    def _is_wirtinger(self) -> bool:
        return self.convention == "wirtinger" or not is_complex(self._facts)

    @property
    def tangents(self) -> tuple[str, ...]:
        """The names that there are derivatives by: z and conj(z), one of them for a real or a hermitian name."""
        if not is_complex(self._facts):
            return (self.wrt,)
        plain = plain_name(self.wrt)
        return (self.wrt,) if hermitian(self._facts) else (plain, conjugate_name(plain))

    def tangent(self, name: str) -> ComplexDerivative:
        """Return ∂f/∂z or ∂f/∂conj(z), whatever the convention."""
        return complex_answer(replace(self.query, wrt=name, convention="wirtinger"))

    def check_steps(self, points: int = 3, seed: int = 0, method: str = "both") -> StepsReport:
        """Evaluate every line of the derivation with torch, in random complex directions; returns a StepsReport."""
        from ..libraries import trouble

        lines = len(self.derivation.steps)
        if method == "exact" or trouble():
            reason = trouble() or "the lines of complex derivations are checked by torch alone"
            return StepsReport(None, None, 0, lines, reason)
        from ..checks.tangents import check_tangents

        tangents = {name: self.tangent(name) for name in self.tangents}
        return check_tangents(self.derivation, self, tangents, points=points, seed=seed)

    def graph(self) -> Graph:
        """Return the computational graph of the expression, without adjoints."""
        from ..graph.construct import make_graph

        return make_graph(self.elaborated, plain_name(self.wrt), self.book)

    def accumulation(self, mode: str = "reverse") -> Any:
        """Refused: accumulation is of real names."""
        self._refused("forward and reverse accumulation are", "take the derivative itself")

    def index(self) -> Any:
        """Refused: index forms are of real names."""
        self._refused("index forms are", "take the derivative itself")

    def tensor(self, **arrays: Any) -> Any:
        """Refused: use :meth:`evaluate`."""
        self._refused("tensors are", "use evaluate, which gives a matrix")

    def mixed(self, also: Iterable[str]) -> Derivative:
        """Return the derivative of the same order by the same first name, and then by others."""
        return complex_answer(replace(self.query, also=tuple(also)))


def _conjugates(elaborated: Elaborated) -> list[tuple[Expr, str]]:
    """Return the symbols with the names of their conjugates."""
    found: list[tuple[Expr, str]] = []
    for name, words in elaborated.facts.items():
        if is_complex(words) and name in elaborated.symbols:
            found.append((elaborated.symbols[name], conjugate_name(name)))
            other = elaborated.symbols[conjugate_name(name)]
            if getattr(other, "is_symbol", False) and other is not elaborated.symbols[name]:
                found.append((other, name))
    return found


def _turned(elaborated: Elaborated) -> dict[Expr, Expr]:
    """Return what the symbols and 1j are to be replaced by in the conjugate of an expression."""
    return {UNIT: -UNIT, **{one: elaborated.symbols[other] for one, other in _conjugates(elaborated)}}


def twin_of(elaborated: Elaborated, book: Book) -> Twin:
    """Return what makes the twins of parts of an expression."""
    env = {**elaborated.sizes, **elaborated.symbols}
    return Twin(elaborated.facts, book, lambda tree: build(tree, env, book))


def is_real(elaborated: Elaborated, book: Book) -> bool:
    """Return whether an expression equals its conjugate."""
    twin = twin_of(elaborated, book)
    pair = twin.of(elaborated.tree)
    if twin.is_real(pair):
        return True
    one, other = (simplify(settled_twin(twin.built(tree)), book) for tree in (pair.plain, pair.conjugate))
    return one == other


def complex_answer(query: Query) -> ComplexDerivative:
    """Return the derivative that a query in complex names asks for; raises NoRuleError where there is none."""
    elaborated = query.elaborated
    _refuse(query)
    try:
        found = ComplexDerivative(query, _in_convention(query))
        _refuse_functions(found)
        return found
    except MatcalcError as error:
        raise error.at(elaborated.text)


OF_COMPLEX_NAMES.append(complex_answer)


def _refuse(query: Query) -> None:
    if query.order > 2 or query.along:
        raise NoRuleError("of complex names there are first and second derivatives", hint="use order 1 or 2")
    if query.part is not None:
        raise NoRuleError("a derivative by a part of an array is of real names", hint="take that by the whole name")
    plain = {plain_name(name) for name in query.by}
    words = [query.elaborated.facts.get(name, frozenset()) for name in plain]
    if len(plain) < len(set(query.by)) and any(map(hermitian, words)):
        raise NoRuleError("the conjugate of a hermitian name is its transpose", hint="differentiate by the name twice")
    if query.structure != "free" and any(hermitian(each) or each & implying("unitary") for each in words):
        message = f"the '{query.structure}' derivative by a hermitian or unitary name has no form in the language"
        raise NoRuleError(message, hint='use structure="free": of a hermitian name that adds both tangents up')
    if query.convention != "wirtinger" and any(map(is_complex, words)):
        _refuse_gradient(query)


def _refuse_functions(derivative: ComplexDerivative) -> None:
    """Raise NoRuleError where a function of the answer is of real numbers, and what it is taken of may be complex."""
    elaborated = derivative.elaborated
    turned = _turned(elaborated)
    for node in postorder(derivative.expression):
        rule = getattr(node, "rule", None)
        if rule is None or rule.complex or not node.of_complex:
            continue
        for arg in node.args:
            if settled_twin(arg) != settled_twin(exchange(arg, turned)):
                hint = "use torch's or JAX's autograd for it"
                raise NoRuleError(f"the derivative has {rule.name}, which is of real numbers", hint=hint)


def _refuse_gradient(query: Query) -> None:
    library = {"torch": "torch's .grad", "jax": "JAX's grad"}[query.convention]
    hint = 'use convention="wirtinger"'
    if query.order != 1 or is_array(query.elaborated.expression):
        raise NoRuleError(f"{library} is the gradient of a number, of order 1", hint=hint)
    if query.wrt != plain_name(query.wrt):
        raise NoRuleError(f"{library} is by z, and never by conj(z)", hint=f'write wrt="{plain_name(query.wrt)}"')
    if query.structure != "free":
        raise NoRuleError(f"{library} knows of no structure", hint='use structure="free"')
    if not is_real(query.elaborated, query.book):
        message = f"{library} is of a real expression, and this one may be complex"
        raise NoRuleError(message, hint=f"take its real part: real({query.elaborated.text})"[:120])


def _in_convention(query: Query) -> Expr:
    """Return the derivative, or the gradient of a real expression that a library gives: twice one of the two."""
    words = query.elaborated.facts.get(plain_name(query.wrt), frozenset())
    if query.convention == "wirtinger" or not is_complex(words):
        return value_of(query)
    name = conjugate_name(query.wrt) if query.convention == "torch" else query.wrt
    value = value_of(replace(query, wrt=name, convention="wirtinger"))
    return value if hermitian(words) else simplify(scale(Integer(2), value), query.book)
