"""The derivative that a query asks for: as the sweeps make it, in short form, and with values everywhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from ..algebra.constructors import transpose
from ..algebra.expressions import FrechetDerivative, is_array, postorder
from ..algebra.substitute import substitute
from ..calculus.differentiate import derivative
from ..calculus.everywhere import has_long_product, is_restricted, without_poles
from ..calculus.layout import arrange, turns
from ..calculus.orders import Slot, mixed_derivative
from ..calculus.shortening.shorten import simplify
from ..complexes.names import facts_of_symbol
from ..complexes.settle import settled_twin
from ..errors import MatcalcError, NoRuleError
from ..language.nodes import plain_name
from ..rulebook.conditions import conditions
from ..rulebook.facts import is_complex
from ..shapes.elaborate import with_all_free
from .shown import too_deep

if TYPE_CHECKING:
    from sympy import Expr

    from ..shapes.elaborate import Elaborated
    from ..shapes.query import Query


@contextmanager
def told_of(elaborated: Elaborated) -> Iterator[None]:
    """Let what is raised point at the text that it is about."""
    try:
        yield
    except MatcalcError as error:
        raise error.at(elaborated.text)
    except RecursionError:
        raise too_deep(elaborated.text) from None


def value_of(query: Query) -> Expr:
    """Return the derivative in its layout and short form."""
    return shortened(query, derived(query))


def derived(query: Query) -> Expr:
    """Return the derivative in its natural form, as the sweeps make it."""
    elaborated, book = query.elaborated, query.book
    expression, free = with_all_free(elaborated, dict.fromkeys(query.by), book)

    def short(value: Expr) -> Expr:
        return _short_form(query, value)

    facts = {name: _facts_of(name, elaborated) for name in free}
    if query.is_usual:
        symbol = elaborated.symbols[query.wrt]
        part = None if query.part is None else substitute(query.variable, {symbol: free[query.wrt]})
        conventions = (query.structure, facts[query.wrt])
        placing = None if query.placing is None else (query.placing.expression, *query.placing.symbols.values())
        value = derivative(expression, free[query.wrt], query.order, conventions, book, short, part, placing)
    else:
        slots = [Slot(free[name], facts[name], query.structure) for name in query.free]
        directions = [(free[n], elaborated.symbols[u]) for n, u in zip(query.by[len(slots) :], query.along)]
        value = mixed_derivative(expression, slots, directions, book, short)
    tied = {symbol: elaborated.symbols[name] for name, symbol in free.items() if symbol is not elaborated.symbols[name]}
    return substitute(value, tied) if tied else value


def shortened(query: Query, value: Expr) -> Expr:
    """Return a derivative in its natural form as it is shown: in short form, and in its layout."""
    value = _short_form(query, value)
    if query.is_usual:
        return arrange(value, *_arrangement(query))
    return transpose(value) if turns_natural_form(query) else value


def has_no_form(*values: Expr) -> bool:
    """Return whether derivatives have what cannot be written, so that the search for short forms may end in that."""
    return any(isinstance(node, FrechetDerivative) for node in postorder(*values))


def _short_form(query: Query, value: Expr) -> Expr:
    elaborated, book = query.elaborated, query.book
    if elaborated.twin is not None:
        value = settled_twin(value)
    # the derivative of a long product that holds everywhere is for evaluation only, and far too long to be shortened
    return value if book.everywhere and has_long_product(elaborated.expression) else simplify(value, book)


def _facts_of(name: str, elaborated: Elaborated) -> frozenset[str]:
    words = elaborated.facts.get(plain_name(name), frozenset())
    return facts_of_symbol(words) if is_complex(words) else words


def _arrangement(query: Query) -> tuple[Expr, Expr, str, int]:
    elaborated = query.elaborated
    return elaborated.expression, query.variable, query.layout, query.order


def turns_natural_form(query: Query) -> bool:
    """Return whether the layout transposes the natural form; what has no layout is the same in all of them."""
    if query.is_usual:
        return turns(*_arrangement(query))
    elaborated = query.elaborated
    arrays = sum(is_array(elaborated.symbols[name]) for name in query.free)
    if not is_array(elaborated.expression) and (arrays > 1 or query.order == 2):
        return False
    return query.layout == ("denom" if is_array(elaborated.expression) else "num")


def everywhere_of(query: Query, value: Expr) -> Expr:
    """Return the value that a derivative has wherever the function is differentiable."""
    elaborated, book = query.elaborated, query.book
    names = dict.fromkeys(query.by)
    broken = {c.predicate for name in names for c in conditions(elaborated.tree, elaborated.facts, book, name)}
    if is_restricted(elaborated.expression, broken):
        with suppress(NoRuleError):  # the second derivative need not have such a form
            value = value_of(replace(query, book=book.for_everywhere()))
    return without_poles(value, elaborated.expression, book)
