"""A question as it is asked: one object carries the arguments that all of matcalc's functions share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sympy.core.basic import Basic
from sympy.matrices.matrixbase import MatrixBase
from sympy.tensor.array.ndim_array import NDimArray

from ..calculus.differentiate import choose_variable
from ..calculus.layout import layout_name
from ..errors import ArgumentError, ExpressionSyntaxError, MatcalcError, NoRuleError, UnknownFunctionError
from ..printers.plain import plain_shapes
from ..readers import plain_name, translate, translate_function, with_whole_reading
from ..rulebook.entries import Book
from ..rulebook.facts import is_complex
from ..shapes.declared import declared_facts, declared_shapes, declared_stacks
from ..shapes.elaborate import Elaborated, elaborate, symbol_of
from ..shapes.query import Query
from ..words import CONVENTIONS, STRUCTURES, SYNTAXES, known_word
from .book import book_of
from .complex_variable import complex_variable, refuse_complex
from .constants import with_values
from .directions import known_order, with_directions
from .expression import Expression, settled
from .functions import book_with_functions
from .part import index_of_stack, is_part, of_part, part_of, symmetric_by_parameters
from .shown import too_deep


@dataclass(frozen=True)
class Question:
    """What a user asks: an expression, its declarations, and the derivative that is wanted.

    ``expr``: text in one of ``words.SYNTAXES``, an Expression, a Python function or a SymPy expression. ``shapes``:
    ``{"A": ("n", "m"), "x": ("n", 1), "c": ()}``; ``assume``: ``{"A": ["symmetric"]}``; ``rules``: paths of rule files;
    ``syntax``: the notation of a text, None to find it. ``wrt``, ``layout``, ``order``, ``structure`` and ``along`` as
    for :func:`matcalc.diff`; ``also`` are the names after the first, for each further order one; ``functions`` declare
    functions of which only the shapes are known. ``convention`` says which derivative by a complex name is meant;
    without ``takes_complex`` complex names are refused. Its text is read once, by :meth:`query` or :meth:`expression`.
    """

    expr: Any
    wrt: Any = None
    layout: str = "denom"
    order: int = 1
    shapes: dict | None = None
    assume: dict | None = None
    structure: str = "free"
    rules: Any = None
    syntax: str | None = "matcalc"
    also: tuple[str, ...] = ()
    along: Any = None
    functions: str | list[str] | None = None
    values: Any = None
    convention: str = "wirtinger"
    takes_complex: bool = False

    def __post_init__(self) -> None:
        """Spell names that are given in Unicode or LaTeX as the language does: β and \\beta are beta."""
        declared = {field: getattr(self, field) for field in ("shapes", "assume")}
        declared = {field: given for field, given in declared.items() if isinstance(given, dict)}
        named = [self.wrt, *self.also, *(name for given in declared.values() for name in given)]
        plain = {name: plain_name(name, book_of(None)) for name in named if _is_foreign(name)}
        if plain:
            changed: dict[str, Any] = {
                field: {plain.get(name, name): value for name, value in given.items()}
                for field, given in declared.items()
            }
            changed |= {"also": tuple(plain.get(name, name) for name in self.also)}
            changed |= {"wrt": plain[self.wrt]} if _is_foreign(self.wrt) else {}
            for field, value in changed.items():
                object.__setattr__(self, field, value)

    @property
    def book(self) -> Book:
        """The rule book in force: the standard one, with rule files, and with functions that are unknown."""
        if isinstance(self.expr, Expression) and not self.functions:
            if self.rules is None or any(rule.unknown for rule in self.expr.book.rules):
                return self.expr.book
        if self.syntax is not None:
            known_word("syntax", self.syntax, SYNTAXES, "or None to find it")
        text = self.expr if self.syntax in (None, "matcalc", "unicode") else None
        return book_with_functions(book_of(self.rules), text, self.functions)

    def expression(self) -> Expression:
        """Return the :class:`Expression`; raises a MatcalcError that points at the place."""
        book = self.book
        try:
            return Expression(settled(self.elaborated(book), book), book)
        except RecursionError:
            raise too_deep(str(self.expr)[:1000]) from None

    def query(self) -> Query:
        """Return the :class:`Query`: the expression as it is read, and by which name; raises a MatcalcError."""
        layout, wrt, order = layout_name(self.layout), self._variable(), known_order(self.order)
        structure = known_word("structure convention", self.structure, STRUCTURES)
        convention = known_word("convention", self.convention, CONVENTIONS)
        book = self.book
        elaborated = self._with_half(self.elaborated(book), wrt, book)
        order, part = order_in_text(elaborated, order), None
        try:
            wrt = _array_of(wrt, elaborated) or named_in_text(elaborated)
            every = ""
            if wrt is not None and is_part(wrt):
                elaborated, wrt, part = part_of(wrt, elaborated, book)
            for name in (wrt, *self.also):
                elaborated = _with_unused(elaborated, name, self.shapes)
            chosen = choose_variable if elaborated.twin is None else complex_variable
            variable = chosen(elaborated, wrt)
            if part is None and variable in elaborated.stacks:
                every = index_of_stack(variable, elaborated)
                _refuse_several(variable, order, self.along, self.also)
                elaborated, variable, part = part_of(f"{variable}[{every}]", elaborated, book)
            also = tuple(chosen(elaborated, name) for name in self.also)
            also = () if set(also) <= {variable} else also
            query = Query(elaborated, book, variable, layout, order, structure, also, convention=convention)
            if part is not None:
                return replace(of_part(query, part, self.along), every=every)
            return query if self.along is None else with_directions(query, self.along)
        except MatcalcError as error:
            raise error.at(elaborated.text)

    def _with_half(self, elaborated: Elaborated, wrt: str | None, book: Book) -> Elaborated:
        """Return what is found out where S is symmetric, whose half vech(S) is differentiated by."""
        half = symmetric_by_parameters(wrt)
        if half not in elaborated.shapes or elaborated.facts.get(half) or not elaborated.tree:
            return elaborated
        again = replace(self, expr=Expression(elaborated, book), shapes=None, assume={half: ["symmetric"]})
        return again._elaborated(book)

    def queries(self, names: Sequence[object]) -> list[Query]:
        """Return the queries by each of several names; a text is read once for all that occur in it."""
        first, *others = names
        found = replace(self, wrt=first).query()
        plain = isinstance(self.expr, str) and found.part is None and found.wrt in found.elaborated.order
        if not plain or any(given is not None for given in (self.values, self.functions, self.rules, self.along)):
            return [found, *(replace(self, wrt=name).query() for name in others)]
        again = replace(self, expr=Expression(found.elaborated, found.book), shapes=None, assume=None)
        return [found, *(replace(again if n in found.elaborated.order else self, wrt=n).query() for n in others)]

    def _variable(self) -> str | None:
        wrt = str(self.wrt) if isinstance(self.wrt, Basic) and self.wrt.is_symbol else self.wrt
        if wrt is not None and not isinstance(wrt, str):
            raise ArgumentError(f"wrt is the name of a variable, not {type(wrt).__name__}", hint='write wrt="x"')
        return wrt

    def elaborated(self, book) -> Elaborated:
        """Return what is found out about the expression under a rule book, with the values of its constants in it."""
        found = self._elaborated(book)
        if not self.takes_complex:
            refuse_complex(found)
        return found if self.values is None else with_values(found, self.values, self.wrt, book)

    def _elaborated(self, book) -> Elaborated:
        expr, shapes, assume = self.expr, self.shapes, self.assume
        for name, given in (("shapes", shapes), ("assume", assume)):
            if given is not None and not isinstance(given, dict):
                hint = 'write shapes={"A": ("n", "m")}, assume={"A": ["symmetric"]}'
                raise ArgumentError(f"a dictionary was expected for {name}, not {type(given).__name__}", hint=hint)
        if self.syntax is not None:
            known_word("syntax", self.syntax, SYNTAXES, "or None to find it")
        if isinstance(expr, Expression):
            return expr.elaborated if not shapes and not assume else self._declared_anew(expr, book)
        if isinstance(expr, str):
            try:
                read = translate(expr, book, self.syntax, shapes, complex_in(assume))
                shapes, assume = with_facts(read.shapes, shapes), with_facts(read.assume, assume)
                elaborated = elaborate(read.text, book, shapes, assume, read.tree)
            except (ExpressionSyntaxError, UnknownFunctionError) as error:
                raise with_whole_reading(error, expr, book, self.shapes) from None
            elaborated = replace(elaborated, typed=expr, syntax=read.syntax, translation=read)
            return _with_read_stacks(elaborated, read.shapes, self.shapes)
        if isinstance(expr, (Basic, MatrixBase, NDimArray)):
            from ..bridge import from_sympy

            text, found, facts = from_sympy(expr, book)
            elaborated = elaborate(text, book, {**found, **(shapes or {})}, {**facts, **(assume or {})})
            return replace(elaborated, sympy_symbols=tuple(expr.free_symbols))
        if callable(expr) and not isinstance(expr, type):
            source, read = translate_function(expr, book, shapes, {*(shapes or {}), self.wrt})
            shapes = {**read.shapes, **(shapes or {})} if read.shapes else shapes
            elaborated = elaborate(read.text, book, shapes, assume, read.tree)
            elaborated = replace(elaborated, typed=source, syntax=read.syntax, translation=read)
            return _with_read_stacks(elaborated, read.shapes, self.shapes)
        raise ArgumentError(
            f"an expression is a text or a SymPy object, not {type(expr).__name__}", hint='write diff("x.T@A@x")'
        )

    def _declared_anew(self, expr, book) -> Elaborated:
        """Read an Expression again, with further declarations: what was guessed follows from all of them."""
        before = expr.elaborated
        facts = {name: list(words) for name, words in before.facts.items()}
        given = before.declared | plain_shapes({}, before.stacks)
        shapes, assume = {**given, **declared_shapes(self.shapes)}, {**facts, **(self.assume or {})}
        shapes |= {name: shape for name, shape in (self.shapes or {}).items() if name in declared_stacks(self.shapes)}
        again = elaborate(expr.text, book, shapes, assume, before.tree)
        return replace(again, typed=expr.typed, syntax=expr.syntax, translation=before.translation)


def _with_read_stacks(elaborated: Elaborated, found: dict | None, given: dict | None) -> Elaborated:
    """Note which stacks of matrices a reader found that nobody declared."""
    names = tuple(name for name, shape in (found or {}).items() if len(shape) == 3 and name not in (given or {}))
    return replace(elaborated, read_as_stacks=names) if names else elaborated


def _is_foreign(name: object) -> bool:
    return isinstance(name, str) and ("\\" in name or not name.isascii())


def _refuse_several(name: str, order: int, along: object, also: tuple) -> None:
    """Raise NoRuleError for a derivative of higher order by all matrices of a stack."""
    if order > 1 or along is not None or also:
        message = f"a derivative of order {order} by all of the stack {name} has more than four indices"
        hint = f'take it by one of its matrices, wrt="{name}[0]", or that of order 1, which has any index'
        raise NoRuleError(message, hint=hint)


def named_in_text(elaborated) -> str | None:
    r"""Return the name that an operator in the text differentiates by, as \nabla_x; None without one."""
    named: tuple[str, ...] = elaborated.translation.wrt if elaborated.translation else ()
    found = _array_of(named[0], elaborated) if len(named) == 1 else None
    return found if found is not None and found.partition("[")[0] in elaborated.shapes else None


def _array_of(wrt: str | None, elaborated) -> str | None:
    """Return the array whose entries the text calls by a name: X for x, where the vectors x_i are its rows.

    x_k is row k of it, and y_k entry k of y.
    """
    arrays = elaborated.translation.arrays if elaborated.translation else {}
    if wrt is None or not elaborated.indexed or wrt in elaborated.shapes:
        return wrt
    base, _, place = wrt.rpartition("_")
    name, _, held = arrays.get(base or wrt, (base or wrt, "", "entries"))
    if not base or name not in elaborated.shapes or not 0 < len(place) <= 2:
        return arrays[wrt][0] if wrt in arrays else wrt
    return f"{name}[{place}, :]" if held == "rows" and len(place) == 1 else f"{name}[{', '.join(place)}]"


def complex_in(assume: dict | None) -> frozenset[str]:
    """Return the names that are declared complex."""
    return frozenset(name for name, words in declared_facts(assume).items() if is_complex(words))


def order_in_text(elaborated, order: int) -> int:
    r"""Return the order of the derivative: that of an operator in the text, as \nabla^2, where order 1 is asked for."""
    said = elaborated.translation.order if elaborated.translation else None
    return said if said and order == 1 else order


def with_facts(said, assume):
    """Return what is declared of names together with what a text says of them; what is declared holds."""
    if not said:
        return assume
    return {**{name: words for name, words in said.items() if name not in (assume or {})}, **(assume or {})}


def _with_unused(elaborated, wrt, shapes):
    """Let ``wrt`` be a declared name that the expression does not have: its derivative is zero."""
    if wrt is None or wrt in elaborated.shapes or wrt not in (shapes or {}):
        return elaborated
    shape = declared_shapes({wrt: shapes[wrt]})[wrt]
    symbol = symbol_of(wrt, shape, elaborated.facts.get(wrt, frozenset()))
    return replace(elaborated, shapes={**elaborated.shapes, wrt: shape}, symbols={**elaborated.symbols, wrt: symbol})
