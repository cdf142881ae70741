"""Derivatives of what an equation defines: dx/dt = -solve(∂F/∂x, ∂F/∂t) (the implicit function theorem)."""

from __future__ import annotations

from contextlib import suppress

from sympy import Expr

from ..algebra.constants import shape_of
from ..algebra.constructors import transpose
from ..algebra.expressions import is_array
from ..algebra.kronecker import vec
from ..answers.answer import Answer, step
from ..answers.shown import too_deep
from ..budget import limited
from ..calculus.shortening.shorten import named, simplify
from ..errors import ArgumentError, MatcalcError, NoRuleError, ShapeError
from ..rulebook.entries import Book
from ..shapes.stated import domain_of
from ..words import known_text
from .expansion import derivative_of, solved
from .relations import split_relation
from .together import Together, is_scalar, read_together

_SOURCE = "the implicit function theorem: Rudin (1976), theorem 9.28"


@limited("differentiating the equation")
def implicit(
    equation: str,
    wrt: str,
    of: str | None = None,
    shapes: dict[str, tuple] | None = None,
    assume: dict[str, list[str]] | None = None,
    rules: object = None,
    syntax: str | None = "matcalc",
) -> Answer:
    """Return the derivative of a name by another where an equation ties them: ``answer["derivative"]``.

    ``equation``: "F = 0", "F = G" or F alone; ``of``: the name that it defines, by default x or X. The derivative has a
    row for each entry of ``of`` and a column for each of ``wrt`` (of ``vec``, for matrices). Raises a MatcalcError.

    >>> import matcalc
    >>> print(matcalc.implicit("A@x = b", wrt="b")["derivative"])
    inv(A)
    """
    for name, value in (("wrt", wrt), ("of", of)):
        if value is not None or name == "wrt":
            known_text(value, name, f'{name}="x"')
    left, sign, right = split_relation(equation, ("==", "="))
    given = ([(left, right) if sign else left], shapes, assume, rules, syntax)
    together = read_together(*given)
    unknown = _unknown(together, wrt, of)
    if not is_scalar(shape_of(together.symbol(unknown))) and not is_scalar(shape_of(together.expression(0))):
        with suppress(ShapeError):  # entries in another order, as a row: what does not fit is said below
            together = read_together(*given, links=[(0, unknown)])
    try:
        return _answer(equation, together, wrt, unknown)
    except MatcalcError as error:
        raise error.at(together.texts[0])
    except RecursionError:
        raise too_deep(together.texts[0]) from None


def _unknown(together: Together, wrt: str, of: str | None) -> str:
    """Return the name that the equation defines: ``of``, else x or X; raises ArgumentError or UnknownNameError."""
    present = together.elaborated.shapes
    of = of or next((name for name in ("x", "X") if name in present and name != wrt), None)
    if of is None:
        others = [name for name in present if name != wrt]
        raise ArgumentError("the derivative of what?", hint=f"add --of {others[0]}" if others else None)
    if of == wrt:
        raise ArgumentError(f"{of} is both the unknown and the variable", hint="--of names what the equation defines")
    together.symbol(of), together.symbol(wrt)
    return of


def _answer(equation: str, together: Together, wrt: str, of: str) -> Answer:
    book = together.book
    unknown, variable = together.symbol(of), together.symbol(wrt)
    function = named(together.expression(0), book)
    if _entries(function) != _entries(unknown):
        raise NoRuleError(
            f"the equation has {_count(function)}, and {of} has {_count(unknown)}",
            hint="an equation defines as many numbers as it has entries",
        )
    by_unknown = simplify(_jacobian(function, unknown, book), book)
    by_variable = simplify(_jacobian(function, variable, book), book)
    value = simplify(solved(by_unknown, by_variable), book)
    where = [str(condition) for condition in domain_of(together.trees[0], together.elaborated, book, [wrt])]
    parts = [
        together.part("derivative", value, (f"d{of}/d{wrt}",) * 2 + (rf"\frac{{d {of}}}{{d {wrt}}}",)),
        together.part("by the unknown", by_unknown, (f"∂F/∂{of}", f"∂F/∂{of}", rf"\partial F/\partial {of}")),
        together.part("by the variable", by_variable, (f"∂F/∂{wrt}", f"∂F/∂{wrt}", rf"\partial F/\partial {wrt}")),
    ]
    shown = str(parts[1].value)
    where.append(f"invertible({shown})" if is_array(by_unknown) else f"nonzero({shown})")
    steps = [
        step(f"the derivative of F by {of}", by_unknown, "the rule book"),
        step(f"the derivative of F by {wrt}", by_variable, "the rule book"),
        step("minus the solution of the linear system", value, _SOURCE),
    ]
    tree = parts[0].value.tree

    def check(points: int, seed: int):
        from ..checks.local import LocalProblem, check_implicit

        whole = together.elaborated
        problem = LocalProblem(together.trees, whole.shapes, whole.facts, whole.sizes, tuple(where), book)
        return check_implicit(problem, tree, of, wrt, points, seed)

    return Answer(f"derivative of {of} by {wrt}, numerator layout", (equation,), [], parts, where, steps, check)


def _entries(node: Expr) -> Expr:
    rows, cols = shape_of(node)
    return rows * cols


def _count(node: Expr) -> str:
    entries = _entries(node)
    return "one entry" if entries == 1 else f"{entries} entries"


def _jacobian(function: Expr, symbol: Expr, book: Book) -> Expr:
    """Return ∂vec(F)/∂vec(X)ᵀ, also where one of both is a number."""
    value = derivative_of(function, symbol, book)
    if is_array(symbol) and not is_array(function):
        return transpose(vec(value))
    return vec(value) if is_array(function) and not is_array(symbol) else value
