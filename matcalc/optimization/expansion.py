"""Taylor polynomials in matrix form, and Newton's step.

The terms are the differentials of the function along the change of the variable, divided by k!: a polynomial in dx for
every shape of function and variable (Magnus & Neudecker 2019, 6.7).
"""

from __future__ import annotations

from contextlib import suppress

from sympy import Expr, Integer, Rational, factorial

from ..algebra.build import build
from ..algebra.constants import shape_of, zero_of
from ..algebra.constructors import add, scale
from ..algebra.expressions import ONE, ArraySymbol, is_array
from ..algebra.linear import negate
from ..algebra.products import matmul, matrix_power
from ..algebra.substitute import substitute
from ..answers.answer import Answer, step
from ..answers.expression import Expression
from ..answers.findings import Part
from ..answers.shown import too_deep
from ..budget import limited
from ..calculus.adjoint import gradient
from ..calculus.differentiate import choose_variable
from ..calculus.identify import jacobian
from ..calculus.linearise import linearise
from ..calculus.shortening.shorten import named, simplify
from ..errors import ArgumentError, MatcalcError, NoRuleError, ShapeError, shown_value
from ..language.nodes import Name
from ..language.syntax import parse_tree
from ..rulebook.entries import Book
from ..shapes.stated import domain_of
from ..words import known_text
from .together import Asked, Together, asked, is_scalar, read_together

MAX_ORDER = 6
_TAYLOR = "Taylor's theorem: Magnus & Neudecker (2019), 6.7"
_NEWTON = "Boyd & Vandenberghe (2004), Convex Optimization, 9.5"


@limited("expanding")
def taylor(
    expr: str | Expression,
    order: int = 2,
    wrt: str | None = None,
    at: str | None = None,
    shapes: dict[str, tuple] | None = None,
    assume: dict[str, list[str]] | None = None,
    rules: object = None,
    syntax: str | None = "matcalc",
) -> Answer:
    """Return the Taylor polynomial of an expression, ``answer["polynomial"]``, and its terms ``answer["term 1"]``.

    In the change ``dx`` of the variable ``wrt`` (found as for :func:`matcalc.diff`); or around the point ``at``, a new
    name or an expression: then in the variable itself. ``order``: 1 to 6. Raises a MatcalcError; NoRuleError where a
    differential is not known.

    >>> import matcalc
    >>> print(matcalc.taylor("norm(A@x - b)**2", wrt="x")["polynomial"])
    norm(A@dx)**2 - 2*(dx.T@A.T@(b - A@x)) + norm(A@x - b)**2
    """
    if isinstance(order, bool) or not isinstance(order, int) or not 1 <= order <= MAX_ORDER:
        message = f"order {shown_value(order)} is not between 1 and {MAX_ORDER}"
        raise ArgumentError(message, hint="order=2 is the usual one")
    given = asked(expr, shapes, assume, rules, syntax)
    together = read_together([given.text], *given[1:])
    wrt = choose_variable(together.elaborated, wrt)
    if at is not None:
        known_text(at, "at", 'at="x0"')
        together = _with_point(together, given, wrt, at)
    try:
        return _taylor(together, wrt, order, at)
    except MatcalcError as error:
        raise error.at(together.texts[0])
    except RecursionError:
        raise too_deep(together.texts[0]) from None


def _with_point(together: Together, given: Asked, wrt: str, at: str) -> Together:
    """Read the expression again together with a point of the variable's shape."""
    tree = parse_tree(at)
    if isinstance(tree, Name) and tree.id in together.elaborated.shapes:
        hint = "name the point otherwise: --at x0"
        raise ArgumentError(f"{at} is a name of the expression, and no point of {wrt}", source=at, hint=hint)
    return read_together([given.text, (wrt, at)], *given[1:])


def _taylor(together: Together, wrt: str, order: int, at: str | None) -> Answer:
    book, symbol = together.book, together.symbol(wrt)
    function = named(together.expression(0), book)
    name = together.fresh(f"d{wrt}", f"delta_{wrt}")
    together = together.with_names({name: shape_of(symbol)})
    change = together.symbol(name)
    terms, derivative = [function], function
    for k in range(1, order + 1):
        derivative = linearise(derivative, {symbol: change}, book)
        terms.append(simplify(scale(Rational(1, factorial(k)), derivative), book))
        derivative = simplify(derivative, book)
    if at is not None:
        point = build(parse_tree(at), together.env, book)
        if not is_array(point) and is_array(symbol) and point == 0:
            point = zero_of(shape_of(symbol))
        if shape_of(point) != shape_of(symbol):
            raise ArgumentError(f"{at} is no point of {wrt}: its shape is another", source=at)
        moved = add(symbol, negate(point))
        terms = [_moved(term, symbol, change, point, moved) for term in terms]
    polynomial = simplify(add(*terms), book)
    parts = [_labelled(together, "polynomial", polynomial)]
    parts += [_labelled(together, f"term {k}", simplify(term, book)) for k, term in enumerate(terms)]
    steps = [step(f"the differential of order {k}, divided by {k}!", term, _TAYLOR) for k, term in enumerate(terms)]
    where = [str(condition) for condition in domain_of(together.trees[0], together.elaborated, book, [wrt])]
    trees = [part.value.tree for part in parts]
    about = f"Taylor polynomial of order {order} in {name if at is None else wrt}"

    def check(points: int, seed: int):
        from ..checks.local import LocalProblem, check_taylor

        whole = together.elaborated
        problem = LocalProblem(together.trees, whole.shapes, whole.facts, whole.sizes, tuple(where), book)
        return check_taylor(problem, trees, wrt, name, order, None if at is None else parse_tree(at), points, seed)

    return Answer(about, together.texts[:1], [], parts[:1] if order > 3 else parts, where, steps, check)


def _labelled(together: Together, name: str, value: Expr) -> Part:
    return together.part(name, value, (name, name, rf"\text{{{name}}}"))


def _moved(term: Expr, symbol: Expr, change: Expr, point: Expr, moved: Expr) -> Expr:
    """Return a term at a point, in the variable itself: one after the other, since the change has the variable."""
    return substitute(substitute(term, {symbol: point}), {change: moved})


@limited("expanding")
def newton(
    expr: str | Expression,
    wrt: str | None = None,
    shapes: dict[str, tuple] | None = None,
    assume: dict[str, list[str]] | None = None,
    rules: object = None,
    syntax: str | None = "matcalc",
) -> Answer:
    """Return Newton's step for a minimum of a scalar, or for a root of a column: ``answer["step"]``.

    -inv(H)@g with gradient g and Hessian H of a scalar, -inv(J)@f with the Jacobian J of a column of the
    variable's length. Raises a MatcalcError; NoRuleError where the variable is a matrix.

    >>> import matcalc
    >>> print(matcalc.newton("exp(a.T@x) + x.T@x/2", wrt="x")["step"])
    -inv(exp(a.T@x)*a@a.T + eye(n))@(exp(a.T@x)*a + x)
    """
    given = asked(expr, shapes, assume, rules, syntax)
    together = read_together([given.text], *given[1:])
    wrt = choose_variable(together.elaborated, wrt)
    if not is_scalar(shape_of(together.expression(0))):
        with suppress(ShapeError):  # what does not fit is said below
            together = read_together([given.text], *given[1:], links=[(0, wrt)])
    try:
        return _newton(together, wrt)
    except MatcalcError as error:
        raise error.at(together.texts[0])
    except RecursionError:
        raise too_deep(together.texts[0]) from None


def _newton(together: Together, wrt: str) -> Answer:
    book, symbol = together.book, together.symbol(wrt)
    function = named(together.expression(0), book)
    if shape_of(symbol)[1] != 1:
        raise NoRuleError(f"{wrt} is a matrix, and Newton's step is of a column", hint="write it as a column vec(X)")
    system = not is_scalar(shape_of(function))
    if system and shape_of(function) != shape_of(symbol):
        hint = f"one for each entry of {wrt}"
        raise NoRuleError("a system of equations has as many as there are unknowns", hint=hint)
    value = function if system else derivative_of(function, symbol, book)
    value = simplify(value, book)
    slope = simplify(derivative_of(value, symbol, book), book)
    move = solved(slope, value)
    names = ("f", "Jacobian") if system else ("gradient", "Hessian")
    parts = [
        together.part("step", move, ("step", "Δ", r"\Delta")),
        _labelled(together, names[0], value),
        _labelled(together, names[1], slope),
    ]
    where = [str(condition) for condition in domain_of(together.trees[0], together.elaborated, book, [wrt])]
    where.append(f"invertible({parts[2].value})" if is_array(slope) else f"nonzero({parts[2].value})")
    steps = [
        step(f"the {names[0]}", value, "the rule book"),
        step(f"the {names[1]}", slope, "the rule book"),
        step("the linear system that makes the linear model zero", move, _NEWTON),
    ]
    trees = [part.value.tree for part in parts]

    def check(points: int, seed: int):
        from ..checks.local import LocalProblem, check_newton

        whole = together.elaborated
        problem = LocalProblem(together.trees, whole.shapes, whole.facts, whole.sizes, tuple(where), book)
        return check_newton(problem, trees, wrt, system, points, seed)

    return Answer(f"Newton's step by {wrt}", together.texts, [], parts, where, steps, check)


def derivative_of(function: Expr, symbol: Expr, book: Book) -> Expr:
    """Return the gradient of a scalar, the Jacobian of an array (rows for entries), or the derivative by a number."""
    if not is_array(symbol):
        return linearise(function, {symbol: ONE}, book)
    change = ArraySymbol(f"d {symbol.name}", *symbol.shape)
    form = linearise(function, {symbol: change}, book)
    return jacobian(form, change, book) if is_array(function) else gradient(form, change, book)


def solved(matrix: Expr, right: Expr) -> Expr:
    """Return -matrix^(-1) @ right, as a quotient of numbers or a linear system."""
    if not is_array(matrix):
        return negate(scale(1 / matrix, right))
    return negate(matmul(matrix_power(matrix, Integer(-1)), right))
