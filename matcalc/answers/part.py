"""The part of an array that an expression is differentiated by: an entry, a row, a column or a slice."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ..algebra.expressions import ONE
from ..calculus.differentiate import choose_variable
from ..errors import ArgumentError, MatcalcError
from ..language.subscripts import is_subscript
from ..language.syntax import Call, Name, Tree, parse_tree, postorder
from ..language.unparse import unparse
from ..shapes.elaborate import elaborate

if TYPE_CHECKING:
    from ..rulebook.entries import Book
    from ..shapes.elaborate import Elaborated
    from ..shapes.query import Query


def part_of(text: str, elaborated: Elaborated, book: Book) -> tuple[Elaborated, str, Elaborated]:
    """Return (the expression with the indices of a part, the name, the part) for a text such as A[i, j].

    Raises ArgumentError where the text is no part of an array, ShapeError where it lies outside of it, and what
    reading it raises.
    """
    try:
        tree = parse_tree(text)
        operand = tree
        while isinstance(operand, Call) and is_subscript(operand):
            operand = operand.args[0]
        if operand is tree or not isinstance(operand, Name):
            raise ArgumentError(f"'{text}' is no part of an array", hint="write a name with subscripts: A[i, j]")
        name = choose_variable(elaborated, operand.id)
        shape = elaborated.shapes[name]
        if shape == (ONE, ONE):
            raise ArgumentError(f"{name} is a scalar, and has no entries", hint=f'write wrt="{name}"')
        sizes = {size.name for shape in elaborated.shapes.values() for size in shape for size in size.free_symbols}
        for other in sorted(set(elaborated.shapes) - {name}):
            if other in text and other not in sizes:
                _refuse_clash(tree, other)
        facts = {name: sorted(elaborated.facts.get(name, ()))}
        part = elaborate(unparse(tree), book, {name: shape}, facts)
    except MatcalcError as error:
        raise error.at(text)
    whole = replace(
        elaborated,
        sizes={**part.sizes, **elaborated.sizes},
        indices=elaborated.indices | part.indices,
        needed=tuple(dict.fromkeys([*elaborated.needed, *part.needed])),
        order={**{index: len(elaborated.order) + place for place, index in enumerate(part.sizes)}, **elaborated.order},
    )
    return whole, name, part


def of_part(query: Query, part: Elaborated, along: object) -> Query:
    """Return the query by a part of its name; raises ArgumentError where it is mixed or along a direction."""
    if along is not None or len(set(query.by)) > 1:
        raise ArgumentError(
            "a derivative by a part of an array is by that part alone",
            hint=f'take the derivative by all of it, wrt="{query.wrt}"',
        )
    return replace(query, part=part)


def _refuse_clash(tree: Tree, name: str) -> None:
    for node in postorder(tree):
        if isinstance(node, Name) and node.id == name:
            hint = "an index is a whole number from 0: give it another name than arrays and scalars have"
            raise ArgumentError(f"'{name}' is a variable of the expression, not an index", span=node.span, hint=hint)
