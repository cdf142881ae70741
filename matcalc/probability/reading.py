"""An expression and the distributions of its names, read together: one set of shapes for all of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ..answers.book import book_of
from ..answers.expression import Expression
from ..answers.functions import book_with_functions
from ..answers.given import known_declarations
from ..answers.question import Question
from ..answers.shown import presenter_of
from ..errors import ArgumentError, MatcalcError, ShapeError, Span
from ..language.syntax import Binary, Call, Name, Negate, Number, Transpose, Tree, names, parse_tree, postorder
from ..language.unparse import unparse
from ..shapes.elaborate import Elaborated, elaborate
from .distributions import Distribution, is_number, read_distributions, within

if TYPE_CHECKING:
    from sympy import Expr

    from ..rulebook.entries import Book

_NOWHERE = Span(0, 0)
_SCALARS = ("exponential", "Poisson", "Bernoulli", "uniform")
# what is known of the parameters that are plain names
_COVARIANCE, _SCALE, _RATE, _PROBABILITY = "psd", "pd", "positive", "unit-interval"


@dataclass(frozen=True)
class Reading:
    """The trees of what is asked about, and everything found out about all names together."""

    trees: tuple[Tree, ...]
    texts: tuple[str, ...]
    distributions: list[Distribution]
    elaborated: Elaborated
    book: Book

    @property
    def random(self) -> list[str]:
        """The names that have a distribution."""
        return [name for distribution in self.distributions for name in distribution.names]


def read_together(
    expressions: list[object],
    dist: str | list[str],
    shapes: dict | None = None,
    assume: dict | None = None,
    rules: object = None,
    syntax: str | None = "matcalc",
) -> Reading:
    """Return the :class:`Reading` of expressions and the distributions of some of their names.

    Raises what reading an expression raises; what is wrong with a distribution is shown in its own text.
    """
    known_declarations(shapes, assume, syntax)
    text = " ".join(expr if isinstance(expr, str) else getattr(expr, "text", "") for expr in expressions)
    book = book_with_functions(book_of(rules), text if syntax in (None, "matcalc", "unicode") else None)
    read = [_expression(expr, shapes, assume, rules, syntax) for expr in expressions]
    distributions = read_distributions(dist, sum(len(one.text) + 1 for one in read))
    declared = {**_merged(one.elaborated.declared for one in read), **(shapes or {})}
    facts = {**{n: list(words) for one in read for n, words in one.elaborated.facts.items()}, **(assume or {})}
    _refuse_facts(distributions, facts)
    guesses = {name for one in read for name in one.elaborated.guesses}
    known = {name for one in read for name in one.shapes}
    for scalar in (False, True):
        shown = _with_scalars(distributions, declared, guesses, known, scalar)
        try:
            whole = _elaborate(read, distributions, shown, facts, book)
            break
        except ShapeError:
            if scalar or shown == _with_scalars(distributions, declared, guesses, known, True):
                raise
    return Reading(tuple(o.elaborated.tree for o in read), tuple(o.text for o in read), distributions, whole, book)


def _expression(
    expr: object, shapes: dict | None, assume: dict | None, rules: object, syntax: str | None
) -> Expression:
    if isinstance(expr, Expression):
        return expr
    plain = Question(expr, shapes=shapes, rules=rules, syntax=syntax).expression()
    present = {name: words for name, words in (assume or {}).items() if name in plain.shapes}
    if not present:
        return plain
    return Question(expr, shapes=shapes, assume=present, rules=rules, syntax=syntax).expression()


def _merged(declarations) -> dict:
    return {name: tuple(map(str, shape)) for found in declarations for name, shape in found.items()}


def _refuse_facts(distributions: list[Distribution], facts: dict) -> None:
    for distribution in distributions:
        for name in distribution.names:
            if facts.get(name):
                words = " ".join(sorted(facts[name]))
                hint = "leave the assumption out: the distribution says what is known"
                raise ArgumentError(f"{name} is random, and {words} is assumed of it", hint=hint)


def _with_scalars(distributions: list[Distribution], declared: dict, guesses: set, known: set, scalar: bool) -> dict:
    """Return the declarations with those random names as scalars whose distribution, or a retry, makes them so."""
    shown = dict(declared)
    for distribution in distributions:
        for name in distribution.names:
            free = name not in declared and (name in guesses or name not in known or scalar)
            spelled = distribution.covariance and spelled_as_number(distribution.covariance[0][0])
            if distribution.kind.name in _SCALARS or free and spelled:
                shown.setdefault(name, ())
    return shown


def spelled_as_number(tree: Tree) -> bool:
    """Return whether a covariance is a number by its spelling: 1, sigma**2, s2."""
    nodes = postorder(tree)
    plain = all(isinstance(node, (Name, Number, Binary, Negate)) for node in nodes)
    low = all(not node.id[0].isupper() for node in nodes if isinstance(node, Name))
    return plain and low and all(node.op != "@" for node in nodes if isinstance(node, Binary))


# -- one tree that holds all ----------------------------------------------------------------------------------------


def _elaborate(
    read: list[Expression], distributions: list[Distribution], shapes: dict, facts: dict, book: Book
) -> Elaborated:
    trees = [one.elaborated.tree for one in read]
    facts = {**_facts_of_parameters(distributions, shapes), **facts}
    trees += [link for d in distributions for link in _links(d, shapes)]
    whole: Tree
    whole, *others = (Call("sum", (tree,), (), tree.span) for tree in trees)
    for total in others:
        whole = Binary("+", whole, total, _NOWHERE)
    present = names(whole)
    given = {name: words for name, words in facts.items() if name in present}
    missing = [name for name in facts if name not in present]
    if missing:
        raise ArgumentError(f"there is no variable '{missing[0]}' of which something is assumed", hint="leave it out")
    try:
        return elaborate("", book, shapes, given, whole)
    except MatcalcError as error:
        raise _placed(error, read, distributions) from None


def _placed(error: MatcalcError, read: list[Expression], distributions: list[Distribution]) -> MatcalcError:
    """Let an error of the whole point into the text that it is about."""
    error.source = None
    if error.span is None or error.span.end == 0:
        error.span = None
        return error.at(read[0].text)
    for distribution in distributions:
        if distribution.offset <= error.span.start < distribution.offset + len(distribution.text) + 1:
            return within(error, distribution.text, distribution.offset)
    return error.at(read[0].text)


def _links(distribution: Distribution, shapes: dict) -> list[Tree]:
    """Return trees whose shapes fit only where names and parameters fit, such as S@(x - mu)."""
    variables = [Name(name, _NOWHERE) for name in distribution.names]
    kind = distribution.kind.name
    if distribution.covariance:
        return _links_of_moments(distribution, variables, shapes)
    (variable,) = variables
    first, *rest = distribution.parameters
    if kind == "matrix normal":
        span = rest[0].span
        return [Binary("@", Binary("@", rest[0], _difference(variable, first), span), rest[1], rest[1].span)]
    if kind in ("Wishart", "inverse Wishart"):
        square = Call("tr", (_difference(variable, first),), (), first.span)
        return [Binary("*", square, rest[0], rest[0].span)]
    return [Binary("+", variable, parameter, parameter.span) for parameter in distribution.parameters]


def _links_of_moments(distribution: Distribution, variables: list[Name], shapes: dict) -> list[Tree]:
    found: list[Tree] = []
    for name, mean, row in zip(variables, distribution.mean, distribution.covariance):
        scalar = shapes.get(name.id) == ()
        found.append(_difference(name, mean))
        for other, covariance in zip(variables, row):
            if scalar and shapes.get(other.id) == ():
                found.append(Binary("*", covariance, Binary("*", name, other, mean.span), covariance.span))
            elif not is_number(covariance):
                turned = Binary("@", covariance, other, covariance.span)
                found.append(Binary("@", Transpose(name, _NOWHERE), turned, covariance.span))
    return found


def _difference(variable: Name, mean: Tree) -> Tree:
    return variable if is_number(mean) else Binary("-", variable, mean, mean.span)


def _facts_of_parameters(distributions: list[Distribution], shapes: dict) -> dict:
    """Return what the distributions say of those parameters that are plain names."""
    found: dict = {}

    def say(tree: Tree, word: str) -> None:
        if isinstance(tree, Name):
            found.setdefault(tree.id, [word])

    for distribution in distributions:
        kind, parameters = distribution.kind.name, distribution.parameters
        for place, name in enumerate(distribution.names):
            if distribution.covariance:
                say(distribution.covariance[place][place], _RATE if shapes.get(name) == () else _COVARIANCE)
        if kind == "matrix normal":
            say(parameters[1], _COVARIANCE)
            say(parameters[2], _COVARIANCE)
        elif kind in ("Wishart", "inverse Wishart"):
            say(parameters[0], _SCALE)
            say(parameters[1], _RATE)
        elif kind in ("exponential", "Poisson"):
            say(parameters[0], _RATE)
        elif kind == "Bernoulli":
            say(parameters[0], _PROBABILITY)
    return found


def answered(reading: Reading, expression: Expr, text: str = "", keep: tuple = ()) -> Elaborated:
    """Return what is known of an answer about a reading, as if its text had been read."""
    whole = reading.elaborated
    hidden = {name for name in reading.random if name not in keep}
    kept = {name: shape for name, shape in whole.shapes.items() if name not in hidden}
    plain = replace(
        whole,
        expression=expression,
        shapes=kept,
        symbols={name: whole.symbols[name] for name in kept},
        facts={name: words for name, words in whole.facts.items() if name in kept},
        guesses={name: kind for name, kind in whole.guesses.items() if name in kept},
    )
    text = text or unparse(presenter_of(plain).tree(expression))
    return replace(plain, text=text, tree=parse_tree(text))
