"""The commands about matrices of numbers: declared here, done in ``matcalc.command``."""

from __future__ import annotations

import click

from ..errors import ArgumentError
from ..words import REPORT_FORMATS
from .arguments import ExpressionCommand, Word, rules_option

FACTORISATIONS = ("svd", "polar", "qr", "cholesky", "ldl", "schur", "null")
_MATRICES = """\b
Matrices:
  [[2, 1], [1, 3]] or [2 1; 1 3]; [1, 2, 3] is a column; entries such as -1/3, 0.25, 1e-3, 2+3j;
  a file: .npy, .csv or .txt, one row a line; - reads a table or a literal from the standard input.
  Fractions and decimals are exact as they are written.
"""


def report_options(command):
    """Give a command the options that say how its report is shown."""
    command = click.option("--json", "as_json", is_flag=True, help="The same as --format json: one object a line.")(
        command
    )
    return click.option(
        "--format",
        "form",
        type=Word("format", REPORT_FORMATS),
        help="[default: Unicode on a terminal that has it, else text]",
    )(command)


def given(matrix, command):
    """Return the argument; raises ArgumentError where it is missing."""
    if matrix is None:
        raise ArgumentError("a matrix is missing", hint=f'write it in quotes: matcalc {command} "[[2, 1], [1, 3]]"')
    return matrix


@click.command(
    cls=ExpressionCommand,
    short_help="Norms of a matrix, with gradients; inequalities between norms.",
    epilog=f"""{_MATRICES}
Exit codes: 0 fine; 1 a gradient is wrong; 2 usage, or no matrix or expression.

\b
Examples:
  matcalc norms "[[2, 1], [1, 3]]"
  matcalc norms "[3, -4, 0]" --p 1.5 --p 4
  matcalc norms A.npy --k 3 --json
  matcalc norms A --shape "A: n×m"          which inequalities hold, with the best constants
  matcalc norms "X.T@X" --shape "X: 5×3"
""",
)
@click.argument("matrix", metavar="MATRIX|EXPR", required=False)
@click.option(
    "--p", multiple=True, default=("3",), metavar="NUMBER", help="A further p-norm, or Schatten norm.  [default: 3]"
)
@click.option("--k", type=click.IntRange(min=1), help="The order of the Ky Fan norm.  [default: 2]")
@click.option("--shape", multiple=True, metavar="TEXT", help='Declare shapes for an expression: "A: n×m".')
@click.option("--assume", multiple=True, metavar="TEXT", help='Declare facts for an expression: "A symmetric".')
@click.option("--check/--no-check", default=True, help="Verify the gradients.  [default: check]")
@report_options
@rules_option
def norms(matrix, as_json, form, **options):
    """Norms, dual norms and condition numbers of MATRIX, each with its gradient or where there is none.

    For an expression of the language: the inequalities between its norms, with the best constants for its shape.
    """
    from . import norms as command
    from .reports import chosen_form

    return command.run(given(matrix, "norms"), command.NormRequest(form=chosen_form(as_json, form), **options))


@click.command(
    cls=ExpressionCommand,
    short_help="Eigenvalues, eigenvectors and factorisations of a matrix.",
    epilog=f"""{_MATRICES}
Two matrices A B: the generalised problem A@x = lambda*B@x.

\b
Exit codes: 0 fine; 2 usage, no matrix, or one that has no such factorisation.

\b
Examples:
  matcalc eig "[[2, 1], [1, 3]]"
  matcalc eig "[2 1 0; 0 2 0; 0 0 3]"       multiplicities and Jordan blocks, exactly
  matcalc eig "[[2, 1], [1, 3]]" "[[1, 0], [0, 2]]"
  matcalc eig A.npy --factor svd --factor qr
  matcalc eig "[[1, 2], [2, 1]]" --factor ldl --json
""",
)
@click.argument("matrices", metavar="MATRIX [MATRIX]", nargs=-1)
@click.option(
    "--factor",
    "factors",
    multiple=True,
    type=Word("factorisation", FACTORISATIONS),
    help=f"A factorisation instead: {', '.join(FACTORISATIONS)} (the null space).",
)
@report_options
def eig(matrices, factors, as_json, form):
    """Eigenvalues with multiplicities, eigenvectors, rank and spectral radius of MATRIX, each with its residual.

    Exact where the entries are: characteristic polynomial, closed forms, Jordan blocks. A defective matrix is said to
    be so; within rounding where entries are floats.
    """
    from . import eig as command
    from .reports import chosen_form

    given(matrices or None, "eig")
    return command.run(matrices, factors, chosen_form(as_json, form))


@click.command(
    cls=ExpressionCommand,
    short_help="Structure of a matrix: symmetric, orthogonal, Toeplitz, ...",
    epilog=f"""{_MATRICES}
Exit codes: 0 fine; 2 usage, or no matrix.

\b
Examples:
  matcalc structure "[0 1; 1 0]"
  matcalc structure "[[1/3, 2/3], [2/3, 1/3]]"
  matcalc structure A.npy --json
""",
)
@click.argument("matrix", metavar="MATRIX", required=False)
@report_options
def structure(matrix, as_json, form):
    """Which structures MATRIX has, exactly where its entries are, else with the residual against a tolerance."""
    from . import structure as command
    from .reports import chosen_form

    return command.run(given(matrix, "structure"), chosen_form(as_json, form))


COMMANDS = (norms, eig, structure)
