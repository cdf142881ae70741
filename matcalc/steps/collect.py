"""From the differentials of the parts to one linear in dx: by insertion, or part by part as the chain rule has it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from sympy import Expr, Symbol

from ..algebra.constants import shape_of, zero_of
from ..algebra.constructors import add, scale
from ..algebra.expressions import ONE, Array, ArraySymbol, is_array
from ..algebra.kronecker import vec
from ..algebra.products import matmul
from ..algebra.substitute import substitute
from ..algebra.traces import frobenius_product
from ..calculus.adjoint import gradient
from ..calculus.identify import jacobian, size
from ..calculus.linearise import linearise
from .board import Board, changes_in
from .reasons import Reason, listed
from .step import JACOBIAN, SENSITIVITY

if TYPE_CHECKING:
    from ..rulebook.entries import Book
    from .letters import Letters
    from .program import Part

CHAIN_RULE = "Calculus; Magnus & Neudecker (2019), theorem 5.12"
REVERSE = "Griewank & Walther (2008), Evaluating Derivatives, 3.2"


def total_differential(board: Board) -> Expr:
    """Return the differential of the function in terms of dx alone, the parts' differentials inserted."""
    known = {}
    for part in (*board.program.varying, board.program.function):
        differential = board.differential(part)
        known[part.change] = substitute(differential, known) if known else differential
    return known[board.program.function.change]


def read_gradient(board: Board, differential: Expr) -> Array:
    """Return the gradient of a scalar from its differential, in short form."""
    return board.short(gradient(differential, board.program.change, board.book))


def read_jacobian(board: Board, differential: Array) -> Array:
    """Return J of vec(dY) = J @ vec(dX) from the differential of an array, in short form."""
    return board.short(jacobian(differential, board.program.change, board.book))


def read_slope(board: Board, differential: Expr) -> Expr:
    """Return the derivative by a scalar x from a differential (…)*dx, in short form."""
    return board.short(substitute(differential, {board.program.change: ONE}))


# -- many parts: reverse accumulation of sensitivities ------------------------------------------------------------


def write_sensitivities(board: Board, letters: Letters) -> tuple[Array, dict[str, str]]:
    """Write a line for the sensitivity ∂f/∂z of every part, from the last to the first; return the gradient.

    The gradient is in terms of the sensitivities, which are given letters of their own.
    """
    program, found = board.program, {}
    pulled = {change: [] for change in board.changes.values()}
    _pull(board, program.function, ONE, pulled)
    for number, part in reversed(list(enumerate(program.named, 1))):
        shares = pulled.get(part.change)
        if not shares:
            continue
        name = letters.take(f"delta{number}", f"delta_{part.name}", f"sensitivity_{part.name}")
        found[part.name] = name
        value = board.short(add(*[share for _, share in shares]))
        board.define(name, part.shape)
        board.write(name, [board.text(value)], _through(board, part, shares), part.shape, SENSITIVITY)
        _pull(board, part, _symbol(name, part.shape), pulled)
    shares = [share for _, share in pulled[program.change]]
    return board.short(add(*shares)) if shares else zero_of(shape_of(program.variable)), found


def _pull(board: Board, part: Part, cotangent: Expr, pulled: Mapping[Expr, list[tuple[str, Expr]]]) -> None:
    """Give every change in the differential of a part its share of the part's cotangent."""
    differential = board.differential(part)
    scalar = frobenius_product(cotangent, differential)
    for change in changes_in(differential, pulled):
        pulled[change].append((part.name, gradient(scalar, change, board.book)))


def _through(board: Board, part: Part, shares: list[tuple[str, Expr]]) -> Reason:
    users = list(dict.fromkeys(name for name, _ in shares))
    function = board.program.function.name
    through = "" if users == [function] else f", through {listed(users)}"
    text = f"the sensitivity of `{function}` to `{part.name}`{through}"
    return Reason("chain rule", f"{CHAIN_RULE}; {REVERSE}", text)


def _symbol(name: str, shape: tuple[Expr, Expr]) -> Expr:
    return Symbol(name, real=True) if tuple(shape) == (ONE, ONE) else ArraySymbol(name, *shape)


# -- many parts: forward accumulation of Jacobians --------------------------------------------------------------------


def write_jacobians(board: Board, letters: Letters) -> tuple[Array, dict[str, str]]:
    """Write a line for the Jacobian ∂vec(z)/∂vec(x)ᵀ of every part, from the first to the last; return the function's.

    By a scalar x the lines are the derivatives ∂z/∂x, in the shape of z.
    """
    program, found, known = board.program, {}, {}
    by_scalar = not is_array(program.variable)
    letter, word = ("D", "derivative") if by_scalar else ("J", "Jacobian")
    for number, part in enumerate(program.named, 1):
        if not part.varies:
            continue
        shape = part.shape if by_scalar else (size(part.symbol), size(program.variable))
        name = board.jacobians.get(part.name)
        if name is None:
            name = letters.take(f"{letter}{number}", f"{letter}_{part.name}", f"{word}_{part.name}")
            reason = Reason("chain rule", CHAIN_RULE, f"the {word} of `{part.name}` by `{board.variable}`")
            board.write(name, [board.text(board.short(_chained(board, part, known)))], reason, shape, JACOBIAN)
        board.define(name, shape)
        found[part.name] = name
        known[part.change] = _symbol(name, shape)
    return board.short(_chained(board, program.function, known)), found


def _chained(board: Board, part: Part, known: Mapping[Expr, Array]) -> Array:
    """Return the Jacobian of a part from those of the parts that it is made of."""
    program = board.program
    differential = board.differential(part)
    if not is_array(program.variable):
        return substitute(differential, {program.change: ONE, **known})
    terms = []
    for change in changes_in(differential, set(board.changes.values())):
        outer = _matrix(differential, change, board.book)
        terms.append(_times(outer, known[change]) if change in known else outer)
    return add(*terms) if terms else zero_of((size(part.expression), size(program.variable)))


def _matrix(differential: Expr, change: Expr, book: Book) -> Array:
    """Return the Jacobian of a differential by a change, an array or a scalar."""
    if is_array(change):
        return jacobian(differential, change, book)
    slope = substitute(linear_part(differential, change, book), {change: ONE})
    return vec(slope) if is_array(slope) else slope


def linear_part(differential: Array, change: Expr, book: Book) -> Array:
    """Return the terms of a differential that depend on one change."""
    return linearise(differential, {change: change}, book)


def _times(outer: Array, inner: Array) -> Array:
    if is_array(outer) and is_array(inner):
        return matmul(outer, inner)
    return scale(outer, inner) if is_array(inner) else scale(inner, outer)
