"""Score and Fisher information of a log-likelihood: the gradient, and the mean of the negative second derivative."""

from __future__ import annotations

from sympy import Expr

from ..algebra.build import build
from ..algebra.constants import shape_of
from ..algebra.expressions import ONE, is_array
from ..algebra.linear import negate
from ..answers.answer import Answer, step
from ..answers.given import known_declarations
from ..answers.shown import too_deep
from ..budget import limited
from ..calculus.adjoint import gradient
from ..calculus.identify import jacobian
from ..calculus.linearise import linearise
from ..calculus.shortening.shorten import simplify
from ..errors import ArgumentError, MatcalcError, NoRuleError, UnknownNameError
from ..rulebook.entries import Book
from ..shapes.elaborate import symbol_of
from ..words import known_names
from .density import log_density
from .distributions import read_distributions
from .laws import Law, environment, laws_of
from .moments import Record, changes_of, expectation
from .parts import part_of
from .questions import definite_parameters, is_number
from .reading import Reading, read_together

_SOURCE = "Casella & Berger (2002), Statistical Inference, 7.3"


@limited("computing the information")
def fisher(
    wrt: str | list[str],
    dist: str | list[str],
    loglik: object = None,
    shapes: dict[str, tuple] | None = None,
    assume: dict[str, list[str]] | None = None,
    rules: object = None,
    syntax: str | None = "matcalc",
) -> Answer:
    """Return score and Fisher information, ``answer["score"]`` and ``answer["information"]``.

    ``wrt``: the parameter, a column or a number, or several: then there is a score for each and an information for each
    pair. ``loglik``: the log-likelihood, by default the log-density of the one name that ``dist`` has. Other arguments
    as for :func:`matcalc.expectation`. Raises a MatcalcError.

    >>> import matcalc
    >>> print(matcalc.fisher("b", dist="y ~ N(X@b, S)")["information"])
    X.T@inv(S)@X
    """
    known_declarations(shapes, assume)
    names = list(known_names(wrt, "wrt", 'wrt="b"'))
    distributions = read_distributions(dist)
    if loglik is None:
        if len(distributions) != 1:
            raise ArgumentError("a log-likelihood is needed for several distributions", hint="write it as loglik=")
        scalar = is_number(distributions[0], shapes)
        loglik = log_density(distributions[0], scalar)
        shapes = {**(shapes or {}), distributions[0].names[0]: ()} if scalar else shapes
    facts = definite_parameters(distributions, assume)
    reading = read_together([loglik], dist, shapes, facts, rules, syntax)
    try:
        return _answer(names, reading)
    except MatcalcError as error:
        raise error.at(reading.texts[0])
    except RecursionError:
        raise too_deep(reading.texts[0]) from None


def _answer(names: list[str], reading: Reading) -> Answer:
    book, laws, env = reading.book, laws_of(reading), environment(reading)
    whole = reading.elaborated
    for name in names:
        if name not in whole.shapes or name in reading.random:
            hint = f"one of {', '.join(n for n in whole.shapes if n not in reading.random)}"
            raise UnknownNameError(f"'{name}' is no parameter", hint=hint)
        if whole.shapes[name][1] != 1:
            raise NoRuleError(f"{name} is a matrix, and the information is of a column or a number")
    function = build(reading.trees[0], env, book)
    if shape_of(function) != (ONE, ONE):
        raise NoRuleError("a log-likelihood is a number", hint="add the entries up: sum(...)")
    symbols = {name: symbol_of(name, whole.shapes[name], whole.facts.get(name, frozenset())) for name in names}
    scores = {name: simplify(_gradient(function, symbol, book), book) for name, symbol in symbols.items()}
    several, parts, steps = len(names) > 1, [], []
    for name in names:
        label = f"score of {name}" if several else "score"
        parts.append(part_of(reading, label, scores[name], (label, label, rf"\text{{{label}}}"), tuple(reading.random)))
        steps.append(step(f"the gradient of the log-likelihood by {name}", scores[name], _SOURCE))
    pairs = [(one, other) for i, one in enumerate(names) for other in names[i:]]
    for one, other in pairs:
        value = _information(scores[one], symbols[other], laws, book)
        label = f"information of {one}, {other}" if several else "information"
        parts.append(part_of(reading, label, value, (label, label, rf"\text{{{label}}}")))
        steps.append(step(f"minus the mean of its derivative by {other}", value, _SOURCE))
    texts = [d.text.strip() for d in reading.distributions]
    kind = f"score and Fisher information by {', '.join(names)}"
    return Answer(kind, reading.texts, texts, parts, [], steps, _checker(reading, laws, parts[len(names) :], pairs))


def _gradient(function: Expr, symbol: Expr, book: Book) -> Expr:
    (change,) = changes_of([symbol])
    form = linearise(function, {symbol: change if is_array(symbol) else ONE}, book)
    return gradient(form, change, book) if is_array(symbol) else form


def _information(score: Expr, symbol: Expr, laws: list[Law], book: Book) -> Expr:
    (change,) = changes_of([symbol])
    form = linearise(score, {symbol: change if is_array(symbol) else ONE}, book)
    value = jacobian(form, change, book) if is_array(symbol) else form
    value = negate(simplify(value, book))
    for law in laws:
        value = simplify(expectation(value, law, book, Record()), book)
    return value


def _checker(reading: Reading, laws: list[Law], parts: list, pairs: list):
    """Return the check: the covariance of the scores of the text, by autograd, is the information."""

    def check(points: int, seed: int):
        from ..checks.moments import check_moment
        from ..checks.randomness import MomentProblem

        whole, report = reading.elaborated, None
        for part, pair in zip(parts, pairs):
            problem = MomentProblem(
                reading.trees * 2,
                part.value.tree,
                [law.distribution for law in laws],
                whole.shapes,
                whole.facts,
                whole.sizes,
                (),
                reading.book,
                pair,
            )
            report = check_moment(problem, points, seed)
            if not report.ok:
                return report
        return report

    return check
