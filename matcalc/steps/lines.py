"""The lines of one program: values, differentials outside in, and what is read off from them."""

from __future__ import annotations

from bisect import insort
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..algebra.constants import zero_of
from ..algebra.constructors import scale
from ..algebra.expressions import ONE, is_array
from ..language.syntax import Binary, Call, Name, Tree, names
from ..language.unparse import unparse
from ..printers.sizes import SCALAR
from .board import LONGEST_FORM, Board
from .collect import read_gradient, read_jacobian, read_slope, total_differential, write_jacobians, write_sensitivities
from .literal import inserted
from .program import MOST_LETTERS, Part, Program
from .reasons import (
    IDENTIFICATION,
    Reason,
    joined,
    listed,
    norms_squared,
    rearranged,
    reasons_for,
    roles,
    same_product,
    same_terms,
    vec_rules,
)
from .step import DIFFERENTIAL

if TYPE_CHECKING:
    from sympy import Expr

    from .letters import Letters


def write_lines(board: Board, letters: Letters, reason: Reason | None) -> tuple[Expr, dict[str, str], dict[str, str]]:
    """Write the lines of a program up to the one from which the derivative is read off.

    ``reason`` says why the expression is not the user's own, None where it is. Returns (the derivative in its
    natural form in terms of the parts, {part: name of its sensitivity}, {part: name of its Jacobian}).
    """
    write_values(board, reason)
    trees = board.trees
    for part in outside_in(board.program):
        if part.name not in board.program.told:
            trees[part.name] = write_differential(board, part)
    if is_array(board.program.variable) and not is_array(board.program.function.expression):
        return _write_gradient(board, letters, trees)
    return _write_jacobian(board, letters, trees)


def outside_in(program: Program) -> list[Part]:
    """Return the function and its varying parts, each after all that it is a part of, siblings in their order."""
    numbers = {part.name: number for number, part in enumerate(program.varying)}
    inside = {part.name: [n for n in names(part.tree) if n in numbers] for part in (*program.varying, program.function)}
    waiting = Counter(name for inner in inside.values() for name in inner)
    order, ready = [], [program.function]
    while ready:
        part = ready.pop(0)
        order.append(part)
        for name in inside[part.name]:
            waiting[name] -= 1
            if not waiting[name]:
                insort(ready, program.varying[numbers[name]], key=lambda p: numbers[p.name])
    return order


def has_letters(program: Program) -> bool:
    """Return whether the parts are few enough to have letters of their own, and to be inserted at once."""
    return len(program.varying) <= MOST_LETTERS


# -- values ---------------------------------------------------------------------------------------------------


def write_values(board: Board, reason: Reason | None) -> None:
    """Write the function with its parts: f = r.T@r, with r = A@x - b; many parts get a line each."""
    program, role = board.program, roles(board.program.parts)
    new = [part for part in program.named if part.name not in program.told]
    if not has_letters(program):
        for part in new:
            board.write_value(part, [unparse(part.tree)], role[part.name])
    function, forms = program.function, [unparse(program.function.tree)]
    squares = norms_squared(function.tree, board.shapes(function.tree), board.book)
    if squares is not None:
        forms.append(unparse(squares[0]))
    definitions = [(part.name, unparse(part.tree)) for part in new] if has_letters(program) else []
    reasons = [found for found in (reason, squares and squares[1]) if found is not None]
    if definitions and not reasons:
        reasons = [role[part.name] for part in new]
    if definitions or reasons or program.named:
        board.write_value(function, forms, joined(reasons or [role[function.name]]), definitions)


# -- differentials ----------------------------------------------------------------------------------------------


def write_differential(board: Board, part: Part) -> Tree:
    """Write the differential of one part, as the rules give it, then collected; return its surface tree."""
    shapes = board.shapes(part.tree)
    reasons = reasons_for(part.tree, board.names, shapes, board.sizes, board.book)
    literal = board.literal(part)
    tree = board.collected(board.differential(part), literal)
    forms = [unparse(tree)]
    if literal is not None and same_terms(unparse(literal), forms[0]):
        if any(shape != SCALAR for shape in shapes.values()):
            forms, tree = [unparse(literal)], literal
    elif literal is not None and len(unparse(literal)) <= LONGEST_FORM:
        forms.insert(0, unparse(literal))
        changes = set(board.names.values())
        reasons += rearranged(literal, tree, changes, is_array(part.expression)) if forms[0] != forms[1] else []
    board.write_differential(part, forms, joined(reasons))
    return tree


# -- reading off --------------------------------------------------------------------------------------------------


def _write_gradient(board, letters, trees):
    """Collect df = <G, dX> and return G, for a scalar function of an array."""
    program, differential = board.program, board.program.function.change.name
    forms, sensitivities, insert = [], {}, ""
    if has_letters(program):
        total = total_differential(board)
        value = read_gradient(board, total)
        forms, insert = _inserted_forms(board, total, trees), _insertion(program)
    else:
        value, sensitivities = write_sensitivities(board, letters)
    if value != zero_of(program.variable.shape):
        forms.append(unparse(board.applied(value, program.change)))
        text = f"{insert}read off `{differential} = {_gradient_form(program)}`"
        _write_read_off(board, differential, forms, text, program.function.shape)
    return value, sensitivities, {}


def _gradient_form(program: Program) -> str:
    """Return what df is read as, g.T@dx or tr(G.T@dX), with a letter for the gradient that no name has."""
    change = program.change
    matrix = not change.is_column and not change.is_row
    letter = next((letter for letter in ("GQP" if matrix else "gqp") if letter not in program.env), "gradient")
    if change.is_row:
        return f"{change.name}@{letter}.T"
    return f"tr({letter}.T@{change.name})" if matrix else f"{letter}.T@{change.name}"


def _write_jacobian(board, letters, trees):
    """Collect dy = J@dx, vec(dY) = J@vec(dX) or dY = Y'*dx, and return J or Y'."""
    program, function = board.program, board.program.function
    by_scalar, forms, jacobians, insert = not is_array(program.variable), [], {}, ""
    if has_letters(program):
        total = total_differential(board)
        value = read_slope(board, total) if by_scalar else read_jacobian(board, total)
        forms, insert = _inserted_forms(board, total, trees), _insertion(program)
    else:
        value, jacobians = write_jacobians(board, letters)
    left, right, shape = Name(function.change.name), Name(program.change.name), function.shape
    if by_scalar:
        form = board.presenter.tree(scale(program.change, value))
    else:
        right = right if program.variable.is_column else Call("vec", (right,))
        if not function.expression.is_column:
            _write_read_off(board, function.change.name, forms, insert.removesuffix("; "), shape)
            left, forms, insert, shape = Call("vec", (left,)), [], "", (shape[0] * shape[1], ONE)
        form = Binary("@", board.presenter.tree(value), right)
    text = f"{insert}read off what stands with `{unparse(right)}`"
    _write_read_off(board, unparse(left), [*forms, unparse(form)], text, shape, vec_rules(form, program.change))
    return value, {}, jacobians


def _inserted_forms(board, total, trees):
    """Return the differential in terms of dx alone where there are parts: as inserted, then collected."""
    program = board.program
    if not program.varying:
        return []
    known = {}
    for part in (*program.varying, program.function):
        known[part.change.name] = inserted(trees[part.name], known)
    forms = [unparse(known[program.function.change.name])]
    return forms if is_array(program.function.expression) else [*forms, unparse(board.collected(total))]


def _insertion(program: Program) -> str:
    changes = [part.change.name for part in outside_in(program)[1:]]
    return f"insert {listed(changes)}; " if changes else ""


def _write_read_off(
    board: Board, left: str, forms: list[str], text: str, shape: tuple[Expr, Expr], more: Sequence[Reason] = ()
) -> None:
    """Add the line from which the derivative is read off, to the line before where that is about the same."""
    if not forms:
        return
    reasons = [Reason("identification", IDENTIFICATION, text), *more]
    last = board.steps[-1]
    if last.left == left and not board.program.varying:
        reasons.insert(0, Reason(last.rule, last.source, last.text))
        forms = [*last.forms, *(form for form in forms if not same_product(form, last.expression))]
        board.steps.pop()
    board.write(left, forms, joined(reasons), shape, DIFFERENTIAL)
