"""What users ask for: expectations, variances and covariances of expressions in random names."""

from __future__ import annotations

from ..algebra.build import build
from ..answers.shown import too_deep
from ..calculus.shortening.shorten import simplify
from ..errors import MatcalcError
from .covariances import covariance as covariance_of
from .covariances import refuse_wide
from .laws import environment, laws_of
from .moments import Record
from .moments import expectation as expectation_over
from .reading import Reading, read_together
from .report import Moment

Declared = dict[str, tuple] | None
Assumed = dict[str, list[str]] | None


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
    2*tr(A@S@B@S)
    """
    return _answer("covariance", read_together([one, other], dist, shapes, assume, rules, syntax))


def _answer(kind: str, reading: Reading) -> Moment:
    try:
        env = environment(reading)
        laws = laws_of(reading)
        functions = [build(tree, env, reading.book) for tree in reading.trees]
        record = Record()
        if kind == "expectation":
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
