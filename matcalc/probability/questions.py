"""What users ask for: expectations, variances and covariances of expressions in random names."""

from __future__ import annotations

from ..algebra.build import build
from ..answers.given import known_declarations
from ..answers.shown import too_deep
from ..budget import limited
from ..calculus.shortening.shorten import simplify
from ..errors import ArgumentError, MatcalcError
from ..language.syntax import Name
from .covariances import covariance as covariance_of
from .covariances import refuse_wide
from .density import log_density
from .distributions import Distribution, read_distributions
from .laws import environment, laws_of
from .moments import Record
from .moments import expectation as expectation_over
from .reading import Reading, read_together, spelled_as_number
from .report import Moment

Declared = dict[str, tuple] | None
Assumed = dict[str, list[str]] | None


@limited("computing the moment")
def expectation(
    expr: object,
    dist: str | list[str],
    shapes: Declared = None,
    assume: Assumed = None,
    rules: object = None,
    syntax: str | None = "matcalc",
) -> Moment:
    """Return the expectation of an expression, a :class:`~matcalc.probability.report.Moment`.

    ``dist``: the distributions of its random names, independent of one another, such as ``"x ~ N(mu, S)"``,
    ``"x ~ (m, S)"`` (only mean and covariance are known), ``"x, y ~ N([a, b], [[A, C], [C.T, B]])"``,
    ``"X ~ MN(M, U, V)"``, ``"W ~ Wishart(V, nu)"``, ``"X ~ InvWishart(Psi, nu)"``, ``"t ~ Exponential(lam)"``,
    ``Poisson(lam)``, ``Bernoulli(p)``, ``Uniform(a, b)``; several in a list, or separated by semicolons. A parameter
    may be random itself. Other arguments as for :func:`matcalc.parse`. Raises a MatcalcError; NoRuleError where the
    expectation does not follow from what is known of the distribution, or has no closed form.

    >>> import matcalc
    >>> print(matcalc.expectation("x.T@A@x", dist="x ~ (m, S)"))
    tr(A@S) + m.T@A@m
    """
    reading = read_together([expr], dist, shapes, assume, rules, syntax)
    return _answer("expectation", reading)


@limited("computing the moment")
def variance(
    expr: object,
    dist: str | list[str],
    shapes: Declared = None,
    assume: Assumed = None,
    rules: object = None,
    syntax: str | None = "matcalc",
) -> Moment:
    """Return the variance of a scalar, the covariance matrix of a column, or that of ``vec`` of a matrix.

    Arguments as for :func:`expectation`.

    >>> import matcalc
    >>> print(matcalc.variance("A@x + b", dist="x ~ (m, S)"))
    A@S@A.T
    """
    return _answer("variance", read_together([expr], dist, shapes, assume, rules, syntax))


@limited("computing the moment")
def covariance(
    one: object,
    other: object,
    dist: str | list[str],
    shapes: Declared = None,
    assume: Assumed = None,
    rules: object = None,
    syntax: str | None = "matcalc",
) -> Moment:
    """Return Cov(one, other), of columns the matrix of the covariances of their entries, of matrices that of ``vec``.

    Arguments as for :func:`expectation`.

    >>> import matcalc
    >>> print(matcalc.covariance("x.T@A@x", "x.T@B@x", dist="x ~ N(0, S)", assume={"A": ["symmetric"]}))
    tr(A@S@(B + B.T)@S)
    """
    return _answer("covariance", read_together([one, other], dist, shapes, assume, rules, syntax))


@limited("computing the moment")
def entropy(
    dist: str,
    shapes: Declared = None,
    assume: Assumed = None,
    rules: object = None,
) -> Moment:
    """Return the differential entropy of a distribution, the expectation of its negative log-density.

    >>> import matcalc
    >>> print(matcalc.entropy("x ~ N(m, S)"))
    (logdet(2*pi*S) + n)/2
    """
    known_declarations(shapes, assume)
    one = _single(dist)
    scalar = is_number(one, shapes)
    text, facts = f"-({log_density(one, scalar, constant=True)})", definite_parameters([one], assume)
    return _answer("entropy", read_together([text], dist, _declared(one, scalar, shapes), facts, rules))


@limited("computing the moment")
def kl_divergence(
    dist: str,
    other: str,
    shapes: Declared = None,
    assume: Assumed = None,
    rules: object = None,
) -> Moment:
    """Return the Kullback-Leibler divergence of a distribution from another of the same name, in nats.

    >>> import matcalc
    >>> print(matcalc.kl_divergence("x ~ N(a, P)", "x ~ N(b, Q)"))
    (tr(P@inv(Q)) - logdet(P) + (a - b).T@inv(Q)@(a - b) + logdet(Q) - n)/2
    """
    known_declarations(shapes, assume)
    one, two = _single(dist), _single(other)
    if one.kind is not two.kind:
        raise ArgumentError("both distributions have to be of one family", hint=f"write {one.kind.usage} twice")
    scalar = is_number(one, shapes)
    left, right = log_density(one, scalar), log_density(two, scalar, name=one.names[0])
    facts = definite_parameters([one, two], assume)
    declared = _declared(two, scalar, _declared(one, scalar, shapes))
    reading = read_together([f"{left} - ({right})"], dist, declared, facts, rules)
    return _answer("divergence", reading)


def _single(dist: str) -> Distribution:
    found = read_distributions(dist)
    if len(found) != 1 or len(found[0].names) != 1:
        raise ArgumentError("one distribution of one name is expected", hint='write "x ~ N(mu, S)"')
    return found[0]


def is_number(one: Distribution, shapes: Declared) -> bool:
    """Return whether a distribution is of a number: by its declaration, its kind or the spelling of its variance."""
    if not one.covariance:
        return True
    name = one.names[0]
    if shapes and name in shapes:
        return not tuple(shapes[name])
    return spelled_as_number(one.covariance[0][0])


def _declared(one: Distribution, scalar: bool, shapes: Declared) -> Declared:
    if not scalar:
        return shapes
    numbers = [tree.id for tree in one.trees() if isinstance(tree, Name)]
    return {**dict.fromkeys([one.names[0], *numbers], ()), **(shapes or {})}


def definite_parameters(distributions: list[Distribution], assume: Assumed) -> Assumed:
    """Return the assumptions with covariances that are plain names positive definite: densities need that."""
    found: dict[str, list[str]] = {}
    for one in distributions:
        for tree in (row[0] for row in one.covariance):
            if isinstance(tree, Name):
                found[tree.id] = ["positive" if spelled_as_number(tree) else "pd"]
        if one.kind.name in ("exponential", "Poisson"):
            found |= {tree.id: ["positive"] for tree in one.parameters if isinstance(tree, Name)}
        if one.kind.name == "Bernoulli":
            found |= {tree.id: ["unit-interval"] for tree in one.parameters if isinstance(tree, Name)}
    return {**found, **(assume or {})}


def _answer(kind: str, reading: Reading) -> Moment:
    try:
        env = environment(reading)
        laws = laws_of(reading)
        functions = [build(tree, env, reading.book) for tree in reading.trees]
        record = Record()
        if kind in ("expectation", "entropy", "divergence"):
            (value,) = functions
            for law in laws:
                value = simplify(expectation_over(value, law, reading.book, record), reading.book)
        else:
            one, other = functions[0], functions[-1]
            refuse_wide(one, other)
            value = simplify(covariance_of(one, other, laws, reading.book, record), reading.book)
        return Moment(kind, reading, laws, value, record)
    except MatcalcError as error:
        raise error.at(reading.texts[0])
    except RecursionError:
        raise too_deep(reading.texts[0]) from None
