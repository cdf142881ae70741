"""Conditional Gaussians: mean and covariance of an expression given some names (Matrix Cookbook 8.1.3).

Everything is Gaussian together where every mean is linear in the other random names and no covariance depends on them.
Names are given one after the other: each replaces the mean of the rest by its regression, and takes a Schur complement
off the covariances.
"""

from __future__ import annotations

from sympy import Expr, Integer

from ..algebra.build import build
from ..algebra.constants import shape_of
from ..algebra.constructors import add, transpose
from ..algebra.expressions import ArraySymbol, dependent, is_array
from ..algebra.linear import negate
from ..algebra.products import matrix_power
from ..answers.answer import Answer, step
from ..answers.shown import expression_text, too_deep
from ..budget import limited
from ..calculus.shortening.shorten import simplify
from ..errors import ArgumentError, MatcalcError, NoRuleError, UnknownNameError
from ..rulebook.entries import Book
from .covariance import Separate, product
from .covariances import covariance
from .degree import degree
from .laws import Law, environment, laws_of
from .moments import Record, expectation
from .parts import part_of
from .reading import Reading, read_together

_SOURCE = "Matrix Cookbook, conditional distribution of a Gaussian"


@limited("conditioning")
def condition(
    expr: str,
    dist: str | list[str],
    shapes: dict[str, tuple] | None = None,
    assume: dict[str, list[str]] | None = None,
    rules: object = None,
    syntax: str | None = "matcalc",
) -> Answer:
    """Return mean and covariance of "x | y" for Gaussian names, ``answer["mean"]`` and ``answer["covariance"]``.

    ``expr``: an expression, a bar, and the names that are given. ``dist``: joint distributions, or one whose mean is
    linear in another name, as in a regression or a Kalman filter. Raises a MatcalcError.

    >>> import matcalc
    >>> print(matcalc.condition("x | y", dist="x, y ~ N([a, b], [[P, C], [C.T, Q]])"))
    mean = C@inv(Q)@(y - b) + a
    covariance = P - C@inv(Q)@C.T
    """
    if not isinstance(expr, str) or expr.count("|") != 1:
        raise ArgumentError("a condition is a text with one bar", hint='write "x | y": x given y')
    text, _, names = expr.partition("|")
    given = [name.strip() for name in names.split(",")]
    reading = read_together([text.strip(), *given], dist, shapes, assume, rules, syntax)
    try:
        return _answer(expr, given, reading)
    except MatcalcError as error:
        raise error.at(expr)
    except RecursionError:
        raise too_deep(expr) from None


def _answer(text: str, given: list[str], reading: Reading) -> Answer:
    laws, book = laws_of(reading), reading.book
    _refuse(given, reading, laws)
    env = environment(reading)
    target = build(reading.trees[0], env, book)
    symbols = {symbol for law in laws for symbol in law.symbols}
    if (degree(target, symbols) or 0) != 1 or shape_of(target)[1] != 1:
        raise NoRuleError("what is conditioned has to be linear in the random names, and a column or a number")
    functions = [target, *[env[name] for name in given]]
    means = [_mean(function, laws, book) for function in functions]
    spread = {
        (i, j): simplify(covariance(functions[i], functions[j], laws, book, Record()), book)
        for i in range(len(functions))
        for j in range(i + 1)
    }
    steps, where = [], []
    for k in range(len(functions) - 1, 0, -1):
        own = spread[k, k]
        inverse = matrix_power(own, Integer(-1)) if is_array(own) else 1 / own
        if is_array(own) and not (isinstance(own, ArraySymbol) and "pd" in own.facts):
            where.append(f"pd({expression_text(own)})")
        elif not is_array(own) and not own.is_positive:
            where.append(f"positive({expression_text(own)})")
        rest = add(functions[k], negate(means[k]))
        for i in range(k):
            gain = product(transpose(spread[k, i]), inverse)
            means[i] = simplify(add(means[i], product(gain, rest)), book)
            for j in range(i + 1):
                spread[i, j] = simplify(add(spread[i, j], negate(product(gain, spread[k, j]))), book)
        steps += [
            step(f"regressed on {given[k - 1]}", means[0], _SOURCE),
            step("the Schur complement of its covariance", spread[0, 0], _SOURCE),
        ]
    keep = tuple(given)
    parts = [
        part_of(reading, "mean", means[0], ("mean", "mean", r"\mathbb{E}"), keep),
        part_of(reading, "covariance", spread[0, 0], ("covariance", "covariance", r"\operatorname{Cov}"), keep),
    ]
    texts = [d.text.strip() for d in reading.distributions]
    kind = f"{text.strip()}, Gaussian,"
    return Answer(kind, (text,), texts, parts, where, steps, _checker(reading, laws, parts, keep))


def _checker(reading: Reading, laws: list[Law], parts: list, given: tuple):
    def check(points: int, seed: int):
        from ..checks.propagation import check_condition
        from ..checks.randomness import MomentProblem

        whole, trees = reading.elaborated, tuple(part.value.tree for part in parts)
        problem = MomentProblem(
            reading.trees[:1],
            trees[0],
            [law.distribution for law in laws],
            whole.shapes,
            whole.facts,
            whole.sizes,
            (),
            reading.book,
        )
        return check_condition(problem, trees, reading.trees[0], given, points, seed)

    return check


def _mean(function: Expr, laws: list[Law], book: Book) -> Expr:
    for law in laws:
        function = simplify(expectation(function, law, book, Record()), book)
    return function


def _refuse(given: list[str], reading: Reading, laws: list[Law]) -> None:
    for name in given:
        if name not in reading.random:
            hint = f"one of {', '.join(reading.random)}"
            raise UnknownNameError(f"'{name}' has no distribution", hint=hint)
        if given.count(name) > 1:
            raise ArgumentError(f"{name} is given twice", hint="give it once")
    symbols = {symbol for law in laws for symbol in law.symbols}
    for law in laws:
        names = ", ".join(law.distribution.names)
        if not law.gaussian or any(shape_of(symbol)[1] != 1 for symbol in law.symbols):
            raise NoRuleError(
                f"needs Gaussian: {names} is not a Gaussian column", hint=f'declare --dist "{names} ~ N(…)"'
            )
        linear = all((degree(mean, symbols) or 0) <= 1 and degree(mean, symbols) is not None for mean in law.means)
        fixed = [term.one if isinstance(term, Separate) else term.left for t in law.covariances.values() for term in t]
        if not linear or any(part in dependent(part, symbols) for part in fixed):
            raise NoRuleError(
                f"the names are not Gaussian together: the distribution of {names} is not linear in the others",
                hint="means may be linear in other names, and covariances may not depend on them",
            )


