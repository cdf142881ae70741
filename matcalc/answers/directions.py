"""Orders and directions as they are asked for: checked, and given names in the answer."""

from __future__ import annotations

from dataclasses import replace
from numbers import Integral

from ..algebra.expressions import is_array
from ..calculus.differentiate import choose_variable
from ..errors import ArgumentError, shown_value
from ..shapes.elaborate import Elaborated, symbol_of
from ..shapes.query import Query

MAX_ORDER = 6


def known_order(order: object) -> int:
    """Return an order of differentiation; raises ArgumentError where it is not from 1 to MAX_ORDER."""
    if not isinstance(order, Integral) or isinstance(order, bool) or not 1 <= int(order) <= MAX_ORDER:
        raise ArgumentError(
            f"order {shown_value(order)} is not from 1 to {MAX_ORDER}",
            hint="order=2 is the second derivative",
        )
    return int(order)


def other_names(also: object, elaborated: Elaborated, order: int) -> tuple[str, ...]:
    """Return the names by which the derivatives after the first are; raises ArgumentError or UnknownNameError."""
    names = tuple(also) if isinstance(also, (list, tuple)) else (also,)
    if not all(isinstance(name, str) for name in names) or len(names) != order - 1:
        raise ArgumentError(
            f"a derivative of order {order} is by {order - 1} further name{'' if order == 2 else 's'}",
            hint='write mixed(["b"]) for order 2' if order > 1 else "take order=2",
        )
    return tuple(choose_variable(elaborated, name) for name in names)


def with_directions(query: Query, along: object) -> Query:
    """Return the query for the derivative along directions; ``along`` is a name or a list of names.

    The directions are names of the answer, each of the shape of the variable that moves along it. Raises ArgumentError
    where there are more or fewer than leave a matrix, where a name is taken, and for an order below 3 of a scalar.
    """
    names = tuple(along) if isinstance(along, (list, tuple)) else (along,)
    for name in names:
        if not isinstance(name, str) or not name.isidentifier():
            raise ArgumentError(f"along={shown_value(name)} is not the name of a direction", hint="write --along u")
    elaborated = query.elaborated
    symbols = [elaborated.symbols[name] for name in query.by]
    kept = 1 if is_array(elaborated.expression) else 2
    if not names or not any(map(is_array, symbols)):
        raise ArgumentError(
            "along is for derivatives by arrays; a derivative by numbers has no direction", hint="leave along out"
        )
    if query.order <= kept:
        raise ArgumentError(
            f"order {query.order} is a matrix without directions", hint=f"leave along out, or take --order {kept + 1}"
        )
    if len(names) != query.order - kept:
        count = query.order - kept
        raise ArgumentError(
            f"order {query.order} is a matrix along {count} direction{'s' if count > 1 else ''}, "
            f"and {len(names)} {'are' if len(names) > 1 else 'is'} given",
            hint=f"take --order {kept + len(names)}, or {directions_for(query)}",
        )
    if query.structure != "free":
        raise ArgumentError("directions are of free entries", hint="leave structure out, or along")
    taken = {*elaborated.shapes, *elaborated.sizes, "pi", "inf"}
    taken |= elaborated.size_letters
    shapes, added = dict(elaborated.shapes), dict(elaborated.symbols)
    for name, variable in zip(names, query.by[kept:]):
        if name in taken:
            raise ArgumentError(f"along={name!r}: the expression has this name already", hint="take another name")
        shape = elaborated.shapes[variable]
        if name in shapes and shapes[name] != shape:
            raise ArgumentError(f"along={name!r} would have two shapes", hint="take two names")
        shapes[name], added[name] = shape, symbol_of(name, shape, frozenset())
    return replace(query, elaborated=replace(elaborated, shapes=shapes, symbols=added), along=names)


def directions_for(query: Query) -> str:
    """Return the option that makes a matrix of a derivative of three or more indices."""
    count = query.order - (1 if is_array(query.elaborated.expression) else 2)
    letters = [letter for letter in "uvwabc" if letter not in query.elaborated.shapes]
    return " ".join(f"--along {letter}" for letter in letters[:count])
