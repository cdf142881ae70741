"""The commands about random names: declared here, done in ``matcalc.command.findings``."""

from __future__ import annotations

from collections.abc import Callable

import click

from ..errors import ArgumentError
from ..words import FORMATS
from .arguments import ExpressionCommand, Word, assume_option, rules_option, shape_option, syntax_option

DISTRIBUTIONS = """\b
Distributions (--dist, repeated or separated by semicolons; independent of one another):
  x ~ N(mu, S)                                  Gaussian column or number
  x ~ (m, S)                                    only mean and covariance are known
  x, y ~ N([a, b], [[A, C], [C.T, B]])          jointly Gaussian columns
  X ~ MN(M, U, V)                               matrix normal: covariances of rows and columns
  W ~ Wishart(V, nu), X ~ InvWishart(Psi, nu)   random covariance matrices
  t ~ Exponential(lam), Poisson(lam), Bernoulli(p), Uniform(a, b)
A parameter may be random itself: --dist "x ~ N(m, S)" --dist "m ~ N(m0, S0)".
"""
EXIT_CODES = """\b
Exit codes:
  0  fine, and the check passed           3  it does not follow from what is known, or has no closed form
  1  the check contradicts the answer     4  a check was asked for but could not run
  2  usage, syntax, name or shape         130  interrupted
"""

findings_options = (
    shape_option,
    assume_option,
    click.option("--steps", is_flag=True, help="Show how the answer is derived, with the source of every line."),
    click.option(
        "--format",
        "form",
        type=Word("format", FORMATS),
        help="[default: Unicode on a terminal that has it, else text, which matcalc reads back]",
    ),
    click.option("--json", "as_json", is_flag=True, help="The same as --format json: one object a line."),
    click.option("--check/--no-check", default=None, help="Compare with numbers at random points.  [default: check]"),
    click.option("--points", type=click.IntRange(min=1), help="How many random points the check takes.  [default: 2]"),
    click.option("--seed", type=click.IntRange(min=0), help="The seed of the random points.  [default: 0]"),
    syntax_option,
    rules_option,
)
dist_option = click.option(
    "--dist", multiple=True, required=False, metavar="TEXT", help='How names are distributed: "x ~ N(mu, S)".'
)


def with_findings_options(command: Callable) -> Callable:
    """Give a command the options of an answer of named expressions."""
    for option in reversed(findings_options):
        command = option(command)
    return command


def findings_request(as_json: bool, form: str | None, options: dict):
    """Return the request of the options; raises ArgumentError where they exclude each other."""
    from .findings import FindingsRequest
    from .reports import chosen_form

    return FindingsRequest(form=chosen_form(as_json, form), **options)


def required(value: object, what: str, usage: str):
    """Return an argument; raises ArgumentError where it is missing."""
    if not value:
        raise ArgumentError(f"{what} is missing", hint=f"write {usage}")
    return value


_MISSING_DIST = "the distribution of a name"


@click.command(
    cls=ExpressionCommand,
    short_help="The expectation of an expression in random names.",
    epilog=f"""{DISTRIBUTIONS}
{EXIT_CODES}
\b
Examples:
  matcalc expect "x.T@A@x" --dist "x ~ (m, S)"                  tr(A@S) + m.T@A@m
  matcalc expect "(x.T@x)**2" --dist "x ~ N(mu, S)" --steps
  matcalc expect "exp(a.T@x)" --dist "x ~ N(mu, S)"
  matcalc expect "X@A@X.T" --dist "X ~ MN(M, U, V)"
  matcalc expect "W@A@W" --dist "W ~ Wishart(V, nu)" --json
  matcalc expect "x@x.T" --dist "x ~ N(m, S)" --dist "m ~ N(m0, S0)"
""",
)
@click.argument("expression", metavar="EXPR", required=False)
@dist_option
@with_findings_options
def expect(expression, dist, as_json, form, **options):
    """Take the expectation of EXPR over the names that --dist gives distributions; '-' reads one expression a line."""
    usage = 'matcalc expect "x.T@A@x" --dist "x ~ N(mu, S)"'
    required(expression, "an expression", usage), required(dist, _MISSING_DIST, usage)
    from ..probability.questions import expectation
    from .findings import run

    request = findings_request(as_json, form, options)
    return run(expression, request, lambda text: expectation(text, list(dist), **request.arguments()))


@click.command(
    cls=ExpressionCommand,
    short_help="The variance of an expression in random names.",
    epilog=f"""\b
Of a column it is the covariance matrix of its entries, of a matrix that of vec(X).

{DISTRIBUTIONS}
{EXIT_CODES}
\b
Examples:
  matcalc variance "A@x + b" --dist "x ~ (m, S)"                A@S@A.T
  matcalc variance "x.T@A@x" --dist "x ~ N(mu, S)" --assume "A symmetric"
  matcalc variance X --dist "X ~ MN(M, U, V)"
  matcalc variance x --dist "x ~ N(m, S)" --dist "m ~ N(m0, S0)" --steps
""",
)
@click.argument("expression", metavar="EXPR", required=False)
@dist_option
@with_findings_options
def variance(expression, dist, as_json, form, **options):
    """Take the variance of EXPR over the names that --dist gives distributions; '-' reads one expression a line."""
    usage = 'matcalc variance "x.T@A@x" --dist "x ~ N(mu, S)"'
    required(expression, "an expression", usage), required(dist, _MISSING_DIST, usage)
    from ..probability.questions import variance as variance_of
    from .findings import run

    request = findings_request(as_json, form, options)
    return run(expression, request, lambda text: variance_of(text, list(dist), **request.arguments()))


@click.command(
    cls=ExpressionCommand,
    short_help="The covariance of two expressions in random names.",
    epilog=f"""{DISTRIBUTIONS}
{EXIT_CODES}
\b
Examples:
  matcalc covariance "A@x" "B@x" --dist "x ~ (m, S)"            A@S@B.T
  matcalc covariance x "x.T@A@x" --dist "x ~ N(mu, S)"
  matcalc covariance "x.T@A@x" "x.T@B@x" --dist "x ~ N(0, S)" --assume "A symmetric, B symmetric"
""",
)
@click.argument("expression", metavar="EXPR", required=False)
@click.argument("other", metavar="OTHER", required=False)
@dist_option
@with_findings_options
def covariance(expression, other, dist, as_json, form, **options):
    """Take the covariance of EXPR and OTHER, of columns the matrix of the covariances of their entries."""
    usage = 'matcalc covariance "A@x" "B@x" --dist "x ~ N(mu, S)"'
    required(expression, "an expression", usage), required(other, "the second expression", usage)
    required(dist, _MISSING_DIST, usage)
    from ..probability.questions import covariance as covariance_of
    from .findings import run

    request = findings_request(as_json, form, options)
    return run(expression, request, lambda text: covariance_of(text, other, list(dist), **request.arguments()))


@click.command(
    cls=ExpressionCommand,
    short_help="A Gaussian given others: conditional mean and covariance.",
    epilog=f"""\b
{EXIT_CODES}
\b
Examples:
  matcalc condition "x | y" --dist "x, y ~ N([a, b], [[P, C], [C.T, Q]])"
  matcalc condition "x | y" --dist "x ~ N(m, P)" --dist "y ~ N(A@x + b, R)"     a Kalman update
  matcalc condition "A@x | y" --dist "x ~ N(m, s2)" --dist "y ~ N(x, t2)" --json
""",
)
@click.argument("expression", metavar='"EXPR | NAMES"', required=False)
@dist_option
@with_findings_options
def condition(expression, dist, as_json, form, **options):
    """Condition Gaussian names on others: mean and covariance of EXPR given NAMES."""
    usage = 'matcalc condition "x | y" --dist "x, y ~ N([a, b], [[P, C], [C.T, Q]])"'
    required(expression, "what is conditioned", usage), required(dist, _MISSING_DIST, usage)
    from ..probability.conditioning import condition as conditioned
    from .findings import run

    request = findings_request(as_json, form, options)
    return run(expression, request, lambda text: conditioned(text, list(dist), **request.arguments()))


@click.command(
    cls=ExpressionCommand,
    short_help="The delta method: mean and covariance of a function, approximately.",
    epilog=f"""\b
Mean f(m) and covariance J@S@J.T; with --order 2 the terms of the second differential, too.

{EXIT_CODES}
\b
Examples:
  matcalc propagate "x/norm(x)" --dist "x ~ (m, S)"
  matcalc propagate "x/y" --dist "x ~ (a, s2); y ~ (b, t2)"
  matcalc propagate "log(x.T@x)" --dist "x ~ N(m, S)" --order 2
""",
)
@click.argument("expression", metavar="EXPR", required=False)
@dist_option
@click.option("--order", type=click.IntRange(1, 2), default=1, show_default=True, help="The order of the expansion.")
@with_findings_options
def propagate(expression, dist, order, as_json, form, **options):
    """Propagate mean and covariance of names through EXPR; '-' reads one expression a line."""
    usage = 'matcalc propagate "x/norm(x)" --dist "x ~ (m, S)"'
    required(expression, "an expression", usage), required(dist, _MISSING_DIST, usage)
    from ..probability.propagation import propagate as propagated
    from .findings import run

    request = findings_request(as_json, form, options)
    return run(expression, request, lambda text: propagated(text, list(dist), order, **request.arguments()))


@click.command(
    cls=ExpressionCommand,
    short_help="Score and Fisher information of a log-likelihood.",
    epilog=f"""\b
Without EXPR the log-likelihood is the log-density of the one name that --dist has.

{EXIT_CODES}
\b
Examples:
  matcalc fisher --dist "y ~ N(X@b, S)" --wrt b                 information X.T@inv(S)@X
  matcalc fisher --dist "x ~ N(mu, v)" --wrt mu --wrt v
  matcalc fisher --dist "t ~ Bernoulli(sigmoid(a.T@b))" --wrt b
  matcalc fisher "-norm(y - X@b)**2/(2*s2)" --dist "y ~ (X@b, s2*eye(n))" --wrt b
""",
)
@click.argument("expression", metavar="[EXPR]", required=False)
@click.option("--wrt", multiple=True, metavar="NAME", help="The parameter; may be repeated.")
@dist_option
@with_findings_options
def fisher(expression, wrt, dist, as_json, form, **options):
    """Derive score and Fisher information by parameters of a distribution."""
    usage = 'matcalc fisher --dist "y ~ N(X@b, S)" --wrt b'
    required(dist, _MISSING_DIST, usage), required(wrt, "the parameter", usage)
    from ..probability.information import fisher as information
    from .findings import run

    request = findings_request(as_json, form, options)
    source = expression or "; ".join(dist)
    return run(source, request, lambda _: information(list(wrt), list(dist), expression, **request.arguments()))


@click.command(
    cls=ExpressionCommand,
    short_help="The entropy of a distribution.",
    epilog=f"""{EXIT_CODES}
\b
Examples:
  matcalc entropy "x ~ N(m, S)"                                 (logdet(2*pi*S) + n)/2
  matcalc entropy "t ~ Exponential(lam)" --format latex
""",
)
@click.argument("distribution", metavar="DIST", required=False)
@with_findings_options
def entropy(distribution, as_json, form, **options):
    """Give the differential entropy of a distribution, in nats; '-' reads one distribution a line."""
    required(distribution, "a distribution", 'matcalc entropy "x ~ N(m, S)"')
    from ..probability.questions import entropy as entropy_of
    from .findings import run

    request = findings_request(as_json, form, options)
    arguments = {name: value for name, value in request.arguments().items() if name != "syntax"}
    return run(distribution, request, lambda text: entropy_of(text, **arguments))


@click.command(
    cls=ExpressionCommand,
    short_help="The Kullback-Leibler divergence of two distributions.",
    epilog=f"""{EXIT_CODES}
\b
Examples:
  matcalc kl "x ~ N(a, P)" "x ~ N(b, Q)"
  matcalc kl "x ~ N(mu, diag(v))" "x ~ N(0, eye(n))" --assume "v positive"
  matcalc kl "t ~ Exponential(a)" "t ~ Exponential(b)" --steps
""",
)
@click.argument("distribution", metavar="DIST", required=False)
@click.argument("other", metavar="OTHER", required=False)
@with_findings_options
def kl(distribution, other, as_json, form, **options):
    """Give the divergence KL(DIST || OTHER), in nats."""
    usage = 'matcalc kl "x ~ N(a, P)" "x ~ N(b, Q)"'
    required(distribution, "a distribution", usage), required(other, "the second distribution", usage)
    from ..probability.questions import kl_divergence
    from .findings import run

    request = findings_request(as_json, form, options)
    arguments = {name: value for name, value in request.arguments().items() if name != "syntax"}
    return run(distribution, request, lambda text: kl_divergence(text, other, **arguments))


PROBABILITY_COMMANDS = (expect, variance, covariance, condition, propagate, fisher, entropy, kl)
