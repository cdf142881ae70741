"""What of an array an expression is differentiated by: an entry, a row, a column, a slice, or its free parameters."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from ..algebra.constants import shape_of
from ..algebra.expressions import ONE
from ..calculus.differentiate import choose_variable
from ..errors import ArgumentError, MatcalcError
from ..language.generators import Over
from ..language.subscripts import MEMBER, is_subscript
from ..language.syntax import Call, Name, Tree, parse_tree, postorder
from ..language.unparse import unparse
from ..printers.plain import plain_shapes
from ..shapes.elaborate import elaborate

if TYPE_CHECKING:
    from ..rulebook.entries import Book
    from ..shapes.elaborate import Elaborated
    from ..shapes.query import Query


# what takes the free parameters of a structure from a matrix, and how the matrix moves with them where each of them
# stands at two places (Magnus & Neudecker 2019, 3.8)
_INDICES = ("k", "i", "j", "l", "k_", "i_", "j_", "l_", "index_of_matrix")
PARAMETERS = ("vech", "vecp", "diag")
_PLACING = {"vech": "unvech({0}, {1})", "vecp": "unvecp({0}, {1}) - unvecp({0}, {1}).T"}


def is_part(text: str) -> bool:
    """Return whether a text is no name but a part of one, A[i, j] or vech(S)."""
    return "[" in text or any(text.startswith(f"{word}(") for word in PARAMETERS)


def symmetric_by_parameters(text: str | None) -> str | None:
    """Return the name S of vech(S), which is the half of a symmetric matrix; None for other texts."""
    found = re.fullmatch(r"\s*vech\(\s*(\w+)\s*\)\s*", text or "")
    return found[1] if found else None


def placing_of(part: Elaborated, name: str, book: Book) -> Elaborated | None:
    """Return how a matrix moves with its free parameters, an expression of one name; None where by their places."""
    function = part.tree.function if isinstance(part.tree, Call) else ""
    facts = part.facts.get(name, frozenset())
    tied = function == "vech" and not facts & {"lower-triangular", "strictly-lower-triangular"}
    if not tied and not (function == "vecp" and "skew" in facts):
        return None
    parameters, (size, _) = f"{function}_{name}", part.shapes[name]
    text = _PLACING[function].format(parameters, size)
    shape = tuple(map(str, shape_of(part.expression)))
    return elaborate(text, book, {parameters: shape}, {})


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
        if isinstance(operand, Call) and operand.function in PARAMETERS and len(operand.args) == 1:
            operand = operand.args[0]
        if operand is tree or not isinstance(operand, Name):
            hint = "write a name with subscripts, A[i, j], or vech(S)"
            raise ArgumentError(f"'{text}' is no part of an array", hint=hint)
        name = choose_variable(elaborated, operand.id)
        shape = elaborated.shapes[name]
        if shape == (ONE, ONE):
            raise ArgumentError(f"{name} is a scalar, and has no entries", hint=f'write wrt="{name}"')
        sizes = {size.name for shape in elaborated.shapes.values() for size in shape for size in size.free_symbols}
        for other in sorted(set(elaborated.shapes) - {name}):
            if other in text and other not in sizes:
                _refuse_clash(tree, other)
        facts = {name: sorted(elaborated.facts.get(name, ()))}
        declared = plain_shapes({name: shape}, {n: sizes for n, sizes in elaborated.stacks.items() if n == name})
        part = elaborate(unparse(tree), book, declared, facts)
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


def index_of_stack(name: str, elaborated: Elaborated) -> str:
    """Return the index of the matrices of a stack by all of which the derivative is taken: that of the first sum."""
    nodes = postorder(elaborated.tree)
    sums = {index for node in nodes if isinstance(node, Over) for index in node.indices}
    taken = {*elaborated.shapes, *elaborated.sizes, *elaborated.size_letters}
    for node in nodes:
        if isinstance(node, Call) and node.function == MEMBER and isinstance(node.args[0], Name):
            place = node.args[1]
            if node.args[0].id == name and isinstance(place, Name) and place.id in sums - taken:
                return place.id
    return next(letter for letter in _INDICES if letter not in taken)


def of_part(query: Query, part: Elaborated, along: object) -> Query:
    """Return the query by a part of its name; raises ArgumentError where it is mixed or along a direction."""
    if along is not None or len(set(query.by)) > 1:
        raise by_part_alone(query.wrt)
    placing = placing_of(part, query.wrt, query.book)
    if placing is not None and query.structure != "free":
        hint = f'leave the structure out, or take the derivative by all of it, wrt="{query.wrt}"'
        raise ArgumentError(f"{part.text} are the free parameters already", hint=hint)
    return replace(query, part=part, placing=placing)


def by_part_alone(name: str) -> ArgumentError:
    """Return the error for a derivative by a part of an array and by something else."""
    message = "a derivative by a part of an array is by that part alone"
    return ArgumentError(message, hint=f'take the derivative by all of it, wrt="{name}"')


def _refuse_clash(tree: Tree, name: str) -> None:
    for node in postorder(tree):
        if isinstance(node, Name) and node.id == name:
            hint = "an index is a whole number from 0: give it another name than arrays and scalars have"
            raise ArgumentError(f"'{name}' is a variable of the expression, not an index", span=node.span, hint=hint)
