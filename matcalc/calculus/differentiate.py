"""The derivative of an elaborated expression by one of its names, in its natural form."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from sympy import Expr, Symbol

from ..algebra.constants import shape_of
from ..algebra.constructors import transpose
from ..algebra.expressions import ONE, Array, ArraySymbol, FrechetDerivative, is_array, postorder
from ..algebra.members import is_member
from ..algebra.products import matmul
from ..algebra.substitute import substitute
from ..errors import NoRuleError, UnknownNameError
from ..words import shown_shape
from .adjoint import gradient, gradients
from .identify import jacobian, refuse_frechet, size
from .linearise import linearise
from .shortening.shorten import named
from .shortening.spectral import without_differentials
from .structures import structured_jacobian, within_structure

if TYPE_CHECKING:
    from ..rulebook.entries import Book
    from ..shapes.elaborate import Elaborated

# begins the name of the symbol dX: no name in the language has a blank
DIFFERENTIAL = "d "

_PREFERRED = ("x", "X", "w", "W", "theta")


def choose_variable(elaborated: Elaborated, wrt: str | None = None) -> str:
    """Return the name to differentiate by: ``wrt``, else x, X, w, W, theta or the only name there is.

    Raises UnknownNameError where ``wrt`` is no variable, or where there are several candidates.
    """
    shapes = elaborated.shapes
    if wrt is not None:
        return _known_variable(elaborated, str(wrt))
    arrays = [name for name, shape in shapes.items() if shape != (ONE, ONE)]
    for name in _PREFERRED:
        if name in arrays:
            return name
    for candidates in (arrays, list(shapes)):
        if len(candidates) == 1:
            return candidates[0]
    columns = [name for name in arrays if shapes[name][1] == 1]
    candidates = (columns if len(columns) > 1 else arrays) or list(shapes)
    if not candidates:
        raise UnknownNameError(
            "there is no variable in the expression",
            source=elaborated.text,
            hint="write one with a name, such as x.T@A@x",
        )
    shown = [f"{name} ({shape_text(shapes[name])})" for name in candidates]
    number = "both" if len(shown) == 2 else "all"
    raise UnknownNameError(
        f"differentiate by what? {', '.join(shown[:-1])} and {shown[-1]} are {number} possible",
        source=elaborated.text,
        hint="add " + " or ".join(f"--wrt {name}" for name in candidates),
    )


def _known_variable(elaborated: Elaborated, name: str) -> str:
    from difflib import get_close_matches

    if name in elaborated.shapes:
        return name
    sizes = elaborated.size_letters
    if name == "pi" or name in elaborated.sizes or name in sizes:
        what = "a constant" if name == "pi" else "a dimension"
        raise UnknownNameError(
            f"'{name}' is {what}, not a variable",
            source=elaborated.text,
            hint=f"one of {', '.join(elaborated.shapes)}" if elaborated.shapes else None,
        )
    glued = next((other for other in elaborated.shapes if _is_product_with(other, name)), None)
    if glued is not None:
        raise UnknownNameError(
            f"no variable '{name}' in the expression, where {glued} is one name",
            source=elaborated.text,
            hint=f"write {'@'.join(glued)} for the product",
        )
    close = get_close_matches(name, list(elaborated.shapes), 1, 0.3) or list(elaborated.shapes)[:1]
    raise UnknownNameError(
        f"no variable '{name}' in the expression",
        source=elaborated.text,
        hint=f"did you mean --wrt {close[0]}?" if close else None,
    )


def _is_product_with(word: str, name: str) -> bool:
    """Return whether a word is a product without its sign that has a letter in it: Ax or AXB, of x and X."""
    return name in word and len(name) == 1 and 1 < len(word) <= 3 and word.isalpha() and not word.islower()


def shape_text(shape: tuple[Expr, Expr]) -> str:
    """Return a shape as text: n×m, or 'scalar'."""
    return "scalar" if shape == (ONE, ONE) else shown_shape(shape)


def derivative(
    expression: Expr,
    symbol: Expr,
    order: int,
    conventions: tuple[str, frozenset[str]],
    book: Book,
    simplify: Callable,
    part: Expr | None = None,
    placing: tuple[Array, Array] | None = None,
) -> Expr:
    """Return the derivative of ``expression`` by ``symbol`` in its natural form, of order 1 or 2.

    The entries of ``symbol`` vary freely; ``conventions`` is (structure convention, declared facts of the name).
    ``simplify`` is applied between the two differentiations. ``part``: an entry or another part of the symbol by which
    the derivative is taken, linear in it. ``placing``: how the symbol moves with free parameters, as (expression, its
    symbol), where that is not by their places alone. Raises NoRuleError.
    """
    structure, facts = conventions
    if placing is not None:
        whole = derivative(expression, symbol, order, conventions, book, simplify)
        return _by_parameters(whole, expression, order, placing, book)
    if part is not None and not is_array(part) and (is_array(expression) or order == 2):
        return _by_entry(named(expression, book), symbol, part, order, structure, book, simplify)
    if order == 2 and is_array(expression) and is_array(symbol):
        raise NoRuleError(
            "a second derivative of an array by an array has three or more indices",
            hint="take that of a scalar, such as one entry e(0, n).T@y, or write it in index form: --form index",
        )
    if part is not None and is_member(part):
        return _by_member(named(expression, book), symbol, part, order, structure, book, simplify)
    if part is not None:
        whole = derivative(expression, symbol, order, conventions, book, simplify)
        return _part_of(whole, expression, symbol, part, order, book)
    expression = named(expression, book)
    if order == 2:
        refuse_repeated(expression)
    value = derivative_by(expression, symbol, book)
    if structure != "free" and is_array(symbol) and not is_array(expression):
        value = within_structure(value, symbol, facts, structure)
    if order == 2:
        value = derivative_by(simplify(value), symbol, book)
    if structure != "free" and is_array(symbol) and (order == 2 or is_array(expression)):
        value = structured_jacobian(value, symbol, facts, structure)
    return value


def _by_entry(
    expression: Expr, symbol: Array, entry: Expr, order: int, structure: str, book: Book, simplify: Callable
) -> Expr:
    """The derivative by one entry: the differential for a change of that entry alone."""
    if structure != "free":
        message = f"the '{structure}' derivative by an entry is a sum of several"
        raise NoRuleError(message, hint="take the derivative by the whole name")
    change = gradient(linearise(entry, {symbol: _change_of(symbol)}, book), _change_of(symbol), book)
    value = linearise(expression, {symbol: change}, book)
    return linearise(simplify(value), {symbol: change}, book) if order == 2 else value


def _by_member(
    expression: Expr, symbol: Array, part: Array, order: int, structure: str, book: Book, simplify: Callable
) -> Expr:
    """The derivative by matrix k of several that stand one below another: that matrix alone changes."""
    if structure != "free":
        raise NoRuleError(f"the '{structure}' derivative is by a whole name", hint="leave the structure out")
    change = ArraySymbol(f"{DIFFERENTIAL}{symbol.name} k", *part.shape)
    embedded = gradient(linearise(part, {symbol: _change_of(symbol)}, book), _change_of(symbol), book, change)
    value = linearise(expression, {symbol: embedded}, book)
    value = jacobian(value, change, book) if is_array(expression) else gradient(value, change, book)
    return jacobian(linearise(simplify(value), {symbol: embedded}, book), change, book) if order == 2 else value


def _part_of(value: Expr, expression: Expr, symbol: Array, part: Expr, order: int, book: Book) -> Expr:
    """Return from the derivative by all of a name that by a part of it."""
    if not is_array(expression) and order == 1:
        return substitute(part, {symbol: value})
    selected = jacobian(linearise(part, {symbol: _change_of(symbol)}, book), _change_of(symbol), book)
    value = matmul(value, transpose(selected))
    return matmul(selected, value) if order == 2 else value


def _by_parameters(value: Expr, expression: Expr, order: int, placing: tuple[Array, Array], book: Book) -> Expr:
    """Return from the derivative by all of a name that by its free parameters, which place its entries."""
    placed, parameters = placing
    change = _change_of(parameters)
    moved = linearise(placed, {parameters: change}, book)
    if not is_array(expression) and order == 1:
        return gradient(moved, change, book, value)
    placer = jacobian(moved, change, book)
    value = matmul(value, placer)
    return matmul(transpose(placer), value) if order == 2 else value


def _change_of(symbol: Array) -> ArraySymbol:
    return ArraySymbol(DIFFERENTIAL + symbol.name, symbol.rows, symbol.cols)


def derivative_by(expression: Expr, variable: Expr, book: Book) -> Expr:
    """Return the first derivative by one variable in its natural form: a gradient, a Jacobian, or by a scalar."""
    if not is_array(variable):
        value = without_differentials(linearise(expression, {variable: ONE}, book), book)
        return _without_frechet(value, expression, variable, book)
    change = _change_of(variable)
    differential = linearise(expression, {variable: change}, book)
    if not is_array(expression):
        return gradient(differential, change, book)
    return jacobian(differential, change, book)


def gradients_by(expression: Expr, variables: Sequence[Array], book: Book) -> list[Expr]:
    """Return the gradients of a scalar by several arrays, of one sweep back; raises NoRuleError."""
    expression = named(expression, book)
    changes = [_change_of(variable) for variable in variables]
    differential = linearise(expression, dict(zip(variables, changes)), book)
    return gradients(differential, changes, book)


def _without_frechet(value: Expr, expression: Expr, variable: Symbol, book: Book) -> Expr:
    """Return the derivative by a scalar; under a trace the adjoint of a matrix function may have a closed form."""
    open_functions = [node for node in postorder(value) if isinstance(node, FrechetDerivative)]
    if not open_functions:
        return value
    if is_array(expression):
        refuse_frechet(open_functions[0])
    change = Symbol(DIFFERENTIAL + variable.name, real=True)
    return gradient(linearise(expression, {variable: change}, book), change, book)


def refuse_repeated(expression: Expr) -> None:
    """Raise NoRuleError where a function of the expression has no second derivative."""
    for node in postorder(expression):
        rule = getattr(node, "rule", None)
        if rule is not None and rule.once:
            raise NoRuleError(f"no second derivative of {rule.name}: {rule.once}", hint="use order 1")


def natural_shape(expression: Expr, variable: Expr, order: int) -> tuple[Expr, Expr]:
    """Return the (rows, columns) of a derivative in its natural form."""
    if order == 2 and is_array(variable):
        return (size(variable), size(variable))
    if not is_array(variable):
        return shape_of(expression)
    if not is_array(expression):
        return variable.shape
    return (size(expression), size(variable))
