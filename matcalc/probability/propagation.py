"""The delta method: mean and covariance of a function of random names, to first or second order.

To first order f(x) has mean f(m) and covariance J @ S @ J.T (Casella & Berger 2002, 5.5.4). To second order the mean
has half the contraction of the second differential more, and for Gaussian names the covariance half the contraction of
both second differentials.
"""

from __future__ import annotations

from sympy import Expr, Rational

from ..algebra.build import build
from ..algebra.constants import shape_of, zero_of
from ..algebra.constructors import add, scale
from ..algebra.substitute import substitute
from ..answers.answer import Answer, step
from ..answers.shown import too_deep
from ..budget import limited
from ..calculus.shortening.shorten import simplify
from ..errors import ArgumentError, MatcalcError, NoRuleError, shown_value
from ..rulebook.entries import Book
from .covariances import contracted, copy_of, joined, mixed
from .laws import Law, environment, laws_of
from .moments import half_laplacian
from .parts import part_of
from .reading import Reading, read_together

KINDS = ("normal", "moments", "matrix normal")
_SOURCE = "delta method: Casella & Berger (2002), Statistical Inference, 5.5.4"


@limited("propagating")
def propagate(
    expr: object,
    dist: str | list[str],
    order: int = 1,
    shapes: dict[str, tuple] | None = None,
    assume: dict[str, list[str]] | None = None,
    rules: object = None,
    syntax: str | None = "matcalc",
) -> Answer:
    """Return mean and covariance of an expression by the delta method, ``answer["mean"]`` and ``["covariance"]``.

    ``order``: 1, or 2 for the terms with the second differential, of the covariance for Gaussian names only. Arguments
    as for :func:`matcalc.expectation`; raises a MatcalcError.

    >>> import matcalc
    >>> print(matcalc.propagate("exp(a.T@x)", dist="x ~ (m, S)")["covariance"])
    exp(2*(a.T@m))*(a.T@S@a)
    """
    if isinstance(order, bool) or not isinstance(order, int) or order not in (1, 2):
        hint = "order=2 has the terms of the second differential"
        raise ArgumentError(f"order {shown_value(order)} is not 1 or 2", hint=hint)
    reading = read_together([expr], dist, shapes, assume, rules, syntax)
    try:
        return _answer(reading, order)
    except MatcalcError as error:
        raise error.at(reading.texts[0])
    except RecursionError:
        raise too_deep(reading.texts[0]) from None


def _answer(reading: Reading, order: int) -> Answer:
    from ..checks.propagation import check_propagation

    book, laws = reading.book, laws_of(reading)
    _refuse_kinds(laws)
    function = build(reading.trees[0], environment(reading), book)
    at_mean = {symbol: mean for law in reversed(laws) for symbol, mean in law.at_mean.items()}
    mean, steps = substitute(function, at_mean), []
    steps.append(step("the value at the mean", mean, _SOURCE))
    spread = zero_of(shape_of(joined(function, function)))
    for law in laws:
        spread = add(spread, substitute(contracted(function, function, law, book), at_mean))
    steps.append(step("the differentials contracted with the covariance", simplify(spread, book), _SOURCE))
    if order == 2:
        for law in laws:
            mean = add(mean, substitute(half_laplacian(function, law, book), at_mean))
        spread = add(spread, substitute(_second(function, laws, book), at_mean))
        steps.append(step("and half the contraction of the second differentials", None, "Taylor's theorem"))
    mean, spread = simplify(mean, book), simplify(spread, book)
    parts = [
        part_of(reading, "mean", mean, ("mean", "mean", r"\mathbb{E} f")),
        part_of(reading, "covariance", spread, ("covariance", "covariance", r"\operatorname{Var} f")),
    ]
    texts = [d.text.strip() for d in reading.distributions]
    trees = tuple(part.value.tree for part in parts)
    whole = reading.elaborated

    def check(points: int, seed: int):
        from ..checks.randomness import MomentProblem

        kinds = [law.distribution for law in laws]
        found = (whole.shapes, whole.facts, whole.sizes)
        problem = MomentProblem(reading.trees, trees[0], kinds, *found, (), book)
        return check_propagation(problem, trees, order, points, seed)

    kind = "first-order propagation" if order == 1 else "second-order propagation"
    return Answer(kind, reading.texts, texts, parts, [], steps, check)


def _refuse_kinds(laws: list[Law]) -> None:
    for law in laws:
        if law.distribution.kind.name not in KINDS:
            names = ", ".join(law.distribution.names)
            raise NoRuleError(
                f"{names} has no declared mean and covariance", hint=f"declare {names} ~ (m, S), or N(…) or MN(…)"
            )
    symbols = {symbol for law in laws for symbol in law.symbols}
    for law in laws:
        for part in law.parameters():
            if part.free_symbols & symbols:
                raise NoRuleError("a parameter is random itself", hint="propagate through one stage after the other")


def _second(function: Expr, laws: list[Law], book: Book) -> Expr:
    """Return half the contraction of the second differential of a function with that of its copy."""
    if not all(law.gaussian for law in laws):
        raise NoRuleError(
            "needs Gaussian: the covariance to second order takes fourth moments",
            hint="order 1 needs only mean and covariance; or declare N(…)",
        )
    copies = {symbol: copy_of(symbol) for law in laws for symbol in law.symbols}
    term = joined(function, substitute(function, copies))
    for _ in range(2):
        term = simplify(term, book)
        total = zero_of(shape_of(term))
        for law in laws:
            total = add(total, mixed(term, law, copies, book))
        term = total
    back = {copy: symbol for symbol, copy in copies.items()}
    return substitute(scale(Rational(1, 2), term), back)
