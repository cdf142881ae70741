"""Conditions of optimality: the Lagrangian and what Karush, Kuhn and Tucker require of a solution.

For min f(x) subject to h(x) = 0 and g(x) <= 0: stationarity of L = f + <nu, h> + <lam, g>, feasibility, lam >= 0 and
lam*g = 0 (Boyd & Vandenberghe 2004, 5.5.3; Nocedal & Wright 2006, theorem 12.1).
"""

from __future__ import annotations

from dataclasses import dataclass

from sympy import Expr, Integer

from ..algebra.constants import is_zero, shape_of, zero_of
from ..algebra.constructors import add, hadamard, scale, transpose
from ..algebra.expressions import dependent, is_array
from ..algebra.kronecker import vec
from ..algebra.linear import negate
from ..algebra.substitute import substitute
from ..algebra.traces import frobenius_product
from ..answers.answer import Answer, step
from ..answers.findings import Part
from ..answers.shown import too_deep
from ..budget import limited
from ..calculus.differentiate import choose_variable
from ..calculus.shortening.shorten import named, simplify
from ..errors import MatcalcError, NoRuleError
from ..probability.degree import degree
from ..shapes.stated import domain_of
from ..words import known_names
from .expansion import derivative_of
from .relations import read_problem
from .together import Together, is_scalar, read_together

_SOURCE = "Boyd & Vandenberghe (2004), Convex Optimization, 5.5.3"


@dataclass(frozen=True)
class _Constraint:
    """A constraint h = 0 or g <= 0 with its multiplier; ``sign`` is -1 where the text has g on the other side."""

    function: Expr
    multiplier: str
    equality: bool
    sign: int


@limited("writing the conditions")
def kkt(
    problem: str,
    wrt: str | list[str] | None = None,
    shapes: dict[str, tuple] | None = None,
    assume: dict[str, list[str]] | None = None,
    rules: object = None,
    syntax: str | None = "matcalc",
) -> Answer:
    """Return the conditions of optimality of "min f s.t. h == 0, g <= 0", for the name ``wrt``, or for several.

    The parts are ``answer["lagrangian"]``, ``answer["stationarity"]``, the constraints ``answer["primal 1"]``, …, and
    for inequalities ``answer["dual 1"]`` and ``answer["complementarity 1"]``. With affine equalities alone and a
    quadratic objective the conditions are one linear system of the blocks ``answer["matrix 1,1"]``, … times (x, nu) and
    ``answer["right side 1"]``, …, which ``remarks`` has as a text. Raises a MatcalcError.

    >>> import matcalc
    >>> answer = matcalc.kkt("min 0.5*x.T@P@x + q.T@x s.t. A@x == b, G@x <= h", assume={"P": ["symmetric"]})
    >>> print(answer["stationarity"])
    P@x + q + A.T@nu + G.T@lam
    """
    minimum, objective, constraints = read_problem(problem)
    texts: list[str | tuple[str, str]] = [objective, *[(left, right) for left, _, right in constraints]]
    together = read_together(texts, shapes, assume, rules, syntax)
    try:
        return _answer(problem, minimum, constraints, together, wrt)
    except MatcalcError as error:
        raise error.at(problem)
    except RecursionError:
        raise too_deep(problem) from None


def _answer(problem: str, minimum: bool, relations: list, together: Together, wrt: str | list[str] | None) -> Answer:
    book, names = together.book, _variables(together, wrt)
    objective = named(together.expression(0), book)
    if not is_scalar(shape_of(objective)):
        raise NoRuleError("the objective is no number", hint="add its entries up: sum(...)")
    objective = objective if minimum else negate(objective)
    found, together = _constraints(relations, together)
    lagrangian = objective
    for constraint in found:
        product = frobenius_product(together.symbol(constraint.multiplier), constraint.function)
        lagrangian = add(lagrangian, product)
    lagrangian = simplify(lagrangian, book)
    gradients = [simplify(derivative_of(lagrangian, together.symbol(name), book), book) for name in names]
    labels = ["stationarity"] if len(names) == 1 else [f"stationarity in {name}" for name in names]
    parts = [
        together.part("lagrangian", lagrangian, ("L", "L", "L")),
        *[together.part(label, value, ("0", "0", "0")) for label, value in zip(labels, gradients)],
        *_feasibility(found, together),
    ]
    remarks: list[str] = []
    steps = [
        step("the objective and each constraint times its multiplier", lagrangian, _SOURCE),
        *[step(f"its gradient by {name} is zero", value, _SOURCE) for name, value in zip(names, gradients)],
    ]
    if len(names) == 1 and found and all(constraint.equality for constraint in found):
        system, remark = _linear_system(objective, found, together.symbol(names[0]), gradients[0], together)
        parts += system
        remarks += [remark] if remark else []
    if not minimum:
        remarks.append("the maximum is the minimum of minus the objective")
    where = [
        str(condition)
        for tree in together.trees
        for condition in domain_of(tree, together.elaborated, book, names)
    ]
    trees = [part.value.tree for part in parts[: 1 + len(names)]]
    multipliers = [(constraint.multiplier, constraint.sign) for constraint in found]

    def check(points: int, seed: int):
        from ..checks.local import LocalProblem, check_stationarity

        whole = together.elaborated
        given = LocalProblem(together.trees, whole.shapes, whole.facts, whole.sizes, (), book)
        return check_stationarity(given, trees, names, multipliers, points, seed, minimum)

    kind = f"conditions of optimality by {', '.join(names)}"
    return Answer(kind, (problem,), [], parts, list(dict.fromkeys(where)), steps, check, remarks)


def _variables(together: Together, wrt: str | list[str] | None) -> list[str]:
    names = (None,) if wrt is None else known_names(wrt, "wrt", 'wrt=["w", "b"]')
    return [choose_variable(together.elaborated, name) for name in names]


def _constraints(relations: list, together: Together) -> tuple[list[_Constraint], Together]:
    """Return the constraints in the form h = 0 or g <= 0, and the reading with a multiplier for each."""
    found = []
    several = {True: 0, False: 0}
    for _, sign, _ in relations:
        several[sign == "=="] += 1
    counts = {True: 0, False: 0}
    for number, (_, sign, _) in enumerate(relations, 1):
        equality = sign == "=="
        counts[equality] += 1
        base = ("nu", "mu", "y") if equality else ("lam", "mu", "z")
        wanted = base if several[equality] == 1 else (f"{base[0]}{counts[equality]}", f"{base[1]}{counts[equality]}")
        name = together.fresh(*wanted)
        function = named(together.expression(number), together.book)
        together = together.with_names({name: shape_of(function)})
        turned = -1 if sign == ">=" else 1
        found.append(_Constraint(scale(Integer(turned), function), name, equality, turned))
    return found, together


def _feasibility(found: list[_Constraint], together: Together) -> list[Part]:
    parts = []
    for number, constraint in enumerate(found, 1):
        sign = "=" if constraint.equality else ">="
        function = simplify(constraint.function, together.book)
        parts.append(together.part(f"primal {number}", function, ("0", "0", "0"), sign))
        if not constraint.equality:
            multiplier = together.symbol(constraint.multiplier)
            product = hadamard(multiplier, function) if is_array(function) else multiplier * function
            parts.append(together.part(f"dual {number}", multiplier, ("0", "0", "0"), "<="))
            parts.append(together.part(f"complementarity {number}", product, ("0", "0", "0")))
    return parts


def _linear_system(
    objective: Expr, found: list[_Constraint], symbol: Expr, stationarity: Expr, together: Together
) -> tuple[list[Part], str]:
    """Return the blocks of matrix and right side of the system for (x, nu), and the system as a text.

    Nothing where the conditions are not linear in both.
    """
    book = together.book
    if shape_of(symbol)[1] != 1 or not is_array(symbol):
        return [], ""
    functions = [vec(constraint.function) for constraint in found]
    curvature = simplify(derivative_of(derivative_of(objective, symbol, book), symbol, book), book)
    slopes = [_rows(simplify(derivative_of(function, symbol, book), book), function) for function in functions]
    linear = degree(stationarity, {symbol}) in (0, 1) and all(degree(f, {symbol}) in (0, 1) for f in functions)
    if not linear or any(part in dependent(part, {symbol}) for part in (curvature, *slopes)):
        return [], ""
    at_zero = {symbol: zero_of(shape_of(symbol))}
    multipliers = {together.symbol(c.multiplier): zero_of(shape_of(c.function)) for c in found}
    right = [negate(substitute(substitute(stationarity, multipliers), at_zero))]
    right += [negate(substitute(function, at_zero)) for function in functions]
    rows = [[curvature, *[transpose(slope) for slope in slopes]]]
    rows += [[slope, *[zero_of((slope.rows, other.rows)) for other in slopes]] for slope in slopes]
    parts = [
        together.part(f"matrix {i + 1},{j + 1}", simplify(value, book), (f"K{i + 1}{j + 1}",) * 3)
        for i, row in enumerate(rows)
        for j, value in enumerate(row)
        if not is_zero(value)
    ]
    sides = [
        together.part(f"right side {i + 1}", simplify(value, book), (f"r{i + 1}",) * 3) for i, value in enumerate(right)
    ]
    shown = {part.name: str(part.value) for part in parts}
    cells = [[shown.get(f"matrix {i},{j}", "0") for j in range(1, len(rows) + 1)] for i in range(1, len(rows) + 1)]
    matrix = ", ".join(f"[{', '.join(row)}]" for row in cells)
    unknowns = "; ".join([symbol.name, *[constraint.multiplier for constraint in found]])
    system = f"linear system [{matrix}] @ [{unknowns}] = [{'; '.join(str(part.value) for part in sides)}]"
    return [*parts, *sides], system


def _rows(slope: Expr, function: Expr) -> Expr:
    return slope if is_array(function) else transpose(slope)

