"""Derivatives by several names in turn, of any order, and along directions, in so far as they are matrices.

A scalar function has a matrix for up to two arrays that it is differentiated by, an array for one; a further
derivative is taken along a direction U: the derivative of the matrix as the variable moves along U (Magnus & Neudecker
2019, 6.9; for third derivatives of likelihoods McCullagh 1987, 1.3).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sympy import Expr

from ..algebra.constants import shape_of
from ..algebra.constructors import transpose
from ..algebra.expressions import FrechetDerivative, is_array, postorder
from ..algebra.kronecker import vec
from .differentiate import derivative_by, refuse_repeated
from .identify import refuse_frechet, size
from .linearise import linearise
from .shortening.shorten import named
from .shortening.spectral import without_differentials
from .structures import structured_jacobian, within_structure

if TYPE_CHECKING:
    from ..rulebook.entries import Book


@dataclass(frozen=True)
class Slot:
    """One of the variables that are differentiated by: its symbol, its facts and the convention for its structure."""

    symbol: Expr
    facts: frozenset = frozenset()
    structure: str = "free"


def mixed_derivative(
    expression: Expr,
    slots: Sequence[Slot],
    directions: Sequence[tuple[Expr, Expr]],
    book: Book,
    simplify: Callable[[Expr], Expr],
) -> Expr:
    """Return the derivative by the slots' variables in turn, then along directions, in its natural form.

    ``directions``: pairs (variable, direction). ``simplify`` is applied after every differentiation but the last. By
    two arrays a scalar has the (size of the first)×(size of the second) matrix ∂vec(∂f/∂W)/∂vec(B)ᵀ; of a mixed second
    derivative by a number, too: then it is a column or a row. Raises NoRuleError.
    """
    value = named(expression, book)
    if len(slots) + len(directions) > 1:
        refuse_repeated(value)
    is_jacobian = array = is_array(expression)
    for number, slot in enumerate(slots):
        value = derivative_by(simplify(value) if number else value, slot.symbol, book)
        if not is_array(slot.symbol):
            continue
        if is_jacobian:
            value = structured_jacobian(value, slot.symbol, slot.facts, slot.structure)
        elif slot.structure != "free":
            value = within_structure(value, slot.symbol, slot.facts, slot.structure)
        is_jacobian = True
    if not array and len(slots) == 2 and not directions:
        value = _as_block(value, [slot.symbol for slot in slots])
    for variable, direction in directions:
        value = _along(simplify(value), variable, direction, book)
    return value


def _as_block(value: Expr, symbols: Sequence[Expr]) -> Expr:
    """Return a mixed second derivative by an array and a number as the block of a Hessian: a column or a row."""
    first, second = symbols
    if is_array(first) and not is_array(second):
        return vec(value)
    return transpose(vec(value)) if is_array(second) and not is_array(first) else value


def _along(value: Expr, variable: Expr, direction: Expr, book: Book) -> Expr:
    found = without_differentials(linearise(value, {variable: direction}, book), book)
    for node in postorder(found):
        if isinstance(node, FrechetDerivative):
            refuse_frechet(node)
    return found


def natural_shape(expression: Expr, variables: Sequence[Expr], directions: int) -> tuple[Expr, Expr]:
    """Return the (rows, columns) of what :func:`mixed_derivative` returns."""
    arrays = [variable for variable in variables if is_array(variable)]
    if is_array(expression):
        return (size(expression), size(arrays[0])) if arrays else shape_of(expression)
    if len(variables) == 2 and not directions:
        rows, cols = map(size, variables)
        return (rows, cols)
    if len(arrays) == 2:
        return (size(arrays[0]), size(arrays[1]))
    return arrays[0].shape if arrays else shape_of(expression)
