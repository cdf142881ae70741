"""The commands about definiteness and convexity: declared here, done in ``matcalc.command``."""

from __future__ import annotations

import click

from ..errors import ArgumentError
from .arguments import ExpressionCommand, rules_option, shape_option, syntax_option
from .main_linalg import given, report_options
from .values import values_option

_EXIT_CODES = """\b
Exit codes:
  0  answered, or proved                  4  neither proved nor refuted, or a check that was asked for could not run
  1  refuted by a counterexample          5  a limit of work was reached
  2  usage, syntax, name or shape         130  interrupted
"""

_OPTIONS = (
    shape_option,
    click.option("--assume", multiple=True, metavar="TEXT", help='Declare facts: "S pd, c positive, p simplex".'),
    values_option,
    click.option(
        "--check/--no-check", default=None, help="Check every step of a proof at random points.  [default: check]"
    ),
    click.option("--points", type=click.IntRange(min=1), help="How many random points the check takes.  [default: 3]"),
    click.option("--seed", type=click.IntRange(min=0), help="The seed of all random points.  [default: 0]"),
    syntax_option,
    rules_option,
)


def _proof_options(command):
    """Give a command the options of a question that is answered by a proof."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return report_options(command)


@click.command(
    cls=ExpressionCommand,
    short_help="Is a matrix positive definite? With a certificate, or a proof.",
    epilog=f"""\b
A matrix of numbers (a literal, a file, or - for the standard input) gets a verdict that can be
verified by hand: exact pivots and minors, a Cholesky factor, or a vector x with x.T@A@x < 0.
An expression of the language is proved definite, step by step, or refuted in small numbers.

{_EXIT_CODES}
\b
Examples:
  matcalc definite "[[2, 1], [1, 3]]"
  matcalc definite "[[1, -100], [0, 2]]"
  matcalc definite A.npy --json
  matcalc definite "A.T@A + c*eye(n)" --assume "c positive"
  matcalc definite "diag(p) - p@p.T" --assume "p simplex"
  matcalc definite "P - P@inv(P + Q)@P" --assume "P pd, Q pd"
""",
)
@click.argument("matrix", metavar="MATRIX|EXPR", required=False)
@_proof_options
def definite(matrix, as_json, form, **options):
    """Say whether a symmetric matrix is positive or negative definite or semidefinite, and why."""
    from . import proofs as command
    from .reports import chosen_form

    request = command.ProofRequest(form=chosen_form(as_json, form), wrt=(), **options)
    return command.definite(given(matrix, "definite"), request)


@click.command(
    cls=ExpressionCommand,
    short_help="Is a function convex? With a proof, or a counterexample.",
    epilog=f"""\b
The second derivative is proved semidefinite, or the function is composed of functions that are
known to be convex; every step names its rule. Else points are sought between which the function
lies above its chord.

{_EXIT_CODES}
\b
Examples:
  matcalc convex "sum(log(1 + exp(-y*(X@w))))" --wrt w
  matcalc convex "x.T@x/(1 + sum(x))" --assume "x positive"
  matcalc convex "-logdet(X)" --assume "X pd"
  matcalc convex "norm(A@x - b) + c*norm1(x)" --wrt x --assume "c positive"
  matcalc convex "x.T@inv(Q)@x" --wrt x --wrt Q --assume "Q pd"
  matcalc convex "x.T@A@x" --json
  cat functions.txt | matcalc convex -
""",
)
@click.argument("expression", metavar="EXPR", required=False)
@click.option(
    "--wrt",
    multiple=True,
    metavar="NAME",
    help="Convex in this name; repeated: jointly in all of them.  [default: as for 'matcalc diff']",
)
@_proof_options
def convex(expression, as_json, form, **options):
    """Say whether a scalar function is convex or concave in one of its names; '-' reads one function a line."""
    if expression is None:
        raise ArgumentError("a function is missing", hint='write it in quotes: matcalc convex "norm(A@x - b)**2"')
    from . import proofs as command
    from .reports import chosen_form

    return command.convex(expression, command.ProofRequest(form=chosen_form(as_json, form), **options))


PROOF_COMMANDS = (definite, convex)
