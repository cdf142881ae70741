"""The command line: what is declared here, ``matcalc.command`` does.

The commands are imported within the functions that run them: they need sympy, which takes longer to import
than ``matcalc --help`` may take.
"""

from __future__ import annotations

import click

from .. import __version__
from ..errors import ArgumentError
from ..words import CHECKS, CONVENTIONS, FORMATS, FORMS, LAYOUT_WORDS, MODES, STRUCTURES, TARGETS
from .arguments import CommandLine, ExpressionCommand, Word, assume_option, rules_option, shape_option, syntax_option
from .main_linalg import COMMANDS
from .main_mcp import AGENT_COMMANDS
from .main_optimization import OPTIMIZATION_COMMANDS
from .main_probability import PROBABILITY_COMMANDS
from .main_proofs import PROOF_COMMANDS
from .main_serve import PAGE_COMMANDS
from .values import values_option

structure_option = click.option(
    "--structure",
    type=Word("structure", STRUCTURES),
    default="free",
    show_default=True,
    help="How a variable that is declared symmetric, skew or diagonal varies.",
)

convention_option = click.option(
    "--convention",
    type=Word("convention", CONVENTIONS),
    default=CONVENTIONS[0],
    show_default=True,
    help="By a complex name: ∂f/∂z (wirtinger; --wrt \"conj(z)\" for the other), or a library's gradient of a real f.",
)

check_option = click.option(
    "--check",
    type=Word("check", CHECKS),
    is_flag=False,
    flag_value=CHECKS[0],
    help="Compare with exact values, torch autograd, both, or TensorFlow's tape, at random points.  [default: both]",
)
no_check_option = click.option("--no-check", is_flag=True, help="Compare with nothing.")

_QUESTION = (
    click.argument("expression", metavar="EXPR", required=False),
    click.option(
        "--wrt",
        multiple=True,
        metavar="NAME",
        help="Differentiate by this name; may be repeated, for one answer each, of order 2 for every pair.  [default: "
        "x, X, w, W, theta or the only name there is]",
    ),
    click.option(
        "--layout",
        type=Word("layout", LAYOUT_WORDS),
        default="denom",
        show_default=True,
        help="A gradient shaped like the variable (denom) or its transpose (num); mixed: gradients as in denom, "
        "Jacobians as in num.",
    ),
    click.option(
        "--order",
        type=int,
        default=1,
        show_default=True,
        help="2 is the second derivative: the Hessian of a scalar; up to 6.",
    ),
    click.option(
        "--form",
        "notation",
        type=Word("form", FORMS),
        help="A matrix of vec by vec (kron), index notation (index), or an einsum with an axis for each index (tensor)."
        "  [default: kron, of three or more indices index]",
    ),
    click.option(
        "--along",
        multiple=True,
        metavar="NAME",
        help="From order 3 on: along a direction of this name; one for each order above 2.",
    ),
    click.option(
        "--shape",
        multiple=True,
        metavar="TEXT",
        help='Declare shapes: "A: n×m, x: n, c: scalar" (n×m may be written nxm).',
    ),
    assume_option,
    values_option,
    structure_option,
    convention_option,
    click.option(
        "--format",
        "form",
        type=Word("format", FORMATS),
        help="[default: Unicode on a terminal that has it, else text, which matcalc reads back]",
    ),
    syntax_option,
    click.option("--json", "as_json", is_flag=True, help="The same as --format json: one object a line."),
    check_option,
    no_check_option,
    click.option("--points", type=click.IntRange(min=1), help="How many random points the check takes.  [default: 3]"),
    click.option("--seed", type=click.IntRange(min=0), help="The seed of the random points.  [default: 0]"),
    rules_option,
    click.option(
        "--function",
        multiple=True,
        metavar="TEXT",
        help='Declare a function of which only the shapes are known: "A: scalar -> n,n"; f, g, h, phi, psi need none.',
    ),
)


def question(command):
    """Give a command the expression and the options of a question: by what, in which layout, how checked and shown."""
    for option in reversed(_QUESTION):
        command = option(command)
    return command


_PAPER = "LaTeX within a paper's column of this width (3.5in, 86mm; else 252pt), the reasons between the lines."


def _request(expression, as_json, form, options):
    """Return the Request of a question; raises ArgumentError for options that exclude each other."""
    if expression is None:
        raise ArgumentError("an expression is missing", hint='write it in quotes: matcalc diff "x.T@A@x"')
    if as_json and form not in (None, "json"):
        raise ArgumentError(f"--json and --format {form} exclude each other", hint="leave one of them out")
    from .questions import Request

    if options.pop("no_check"):
        if options["check"]:
            raise ArgumentError("--check and --no-check exclude each other", hint="leave one of them out")
        options["check"] = False
    return Request(form="json" if as_json else form, **options)


@click.group(
    "matcalc",
    cls=CommandLine,
    epilog="""\b
Examples:
  matcalc diff "x.T@A@x"                    (A + A.T)@x
  matcalc diff "norm(X@w - y)**2" --wrt w   2*X.T@(X@w - y)
  matcalc steps "x.T@A@x"                   the derivation, line by line
  matcalc check "x.T@A@x" --claim "2*A@x"   is my own formula right?
  matcalc diff --help                       all options, more examples
  matcalc code "x.T@A@x" --target torch     a function to run
  matcalc rules logdet                      one rule, with its source

\b
Completion by the Tab key, for bash, zsh and fish:
  eval "$(_MATCALC_COMPLETE=bash_source matcalc)"        in ~/.bashrc
  eval "$(_MATCALC_COMPLETE=zsh_source matcalc)"         in ~/.zshrc
  _MATCALC_COMPLETE=fish_source matcalc | source         in ~/.config/fish/config.fish
""",
)
@click.version_option(__version__, message="%(prog)s %(version)s")
def main():
    """Symbolic matrix derivatives in either layout, every answer checked against torch autograd."""


@main.command(
    cls=ExpressionCommand,
    short_help="Differentiate an expression.",
    epilog="""\b
Expressions:
  X.T  X@Y  X*Y  X/Y  X+Y  X-Y  X**k, and the functions that 'matcalc rules' lists.
  X*Y is elementwise, X@Y the matrix product, every vector a column. A name is a
  scalar, a column or a matrix by its use, then by its spelling; the answer says which.

\b
Exit codes:
  0  fine, and the check passed           3  no rule, or not differentiable there
  1  the check contradicts the answer     4  a check was asked for but could not run
  2  usage, syntax, name or shape         5  a limit of work was reached
                                          130  interrupted

\b
Examples:
  matcalc diff "x.T@A@x" --layout num
  matcalc diff "norm(X@w - y)**2" --wrt w --wrt X
  matcalc diff "logsumexp(A@x)" --order 2
  matcalc diff "sum(exp(X@w + b*c))" --wrt w --wrt b --order 2
  matcalc diff "logsumexp(A@x)" --order 3 --along u
  matcalc diff "A@X@B" --wrt X --form index
  matcalc diff "sum(x**3)" --order 3
  matcalc diff "logdet(S) + tr(S@A)" --wrt S --assume "S pd" --structure parametrized
  matcalc diff "c*tr(A.T@A)" --wrt A --shape "A: n×m, c: scalar" --format latex
  matcalc diff "-x.T@x" --no-check
  matcalc diff "norm(A*x - b)^2 + c*x'*x" --syntax matlab
  echo "logdet(X)" | matcalc diff - --json
""",
)
@question
def diff(expression, as_json, form, **options):
    """Differentiate EXPR; '-' reads one expression a line from the standard input.

    The answer goes to the standard output, then what the check found to the standard error.
    """
    from . import diff as command

    return command.run(expression, _request(expression, as_json, form, options))


@main.command(
    cls=ExpressionCommand,
    short_help="Derive a derivative step by step.",
    epilog="""\b
Every line is an equation in the language, with the rule that leads to it and where the rule
is found; all lines are evaluated by torch at random points, in random directions.

\b
Exit codes: as those of 'matcalc diff'.

\b
Examples:
  matcalc steps "norm(A@x - b)**2"
  matcalc steps "logdet(X@X.T)" --format latex
  matcalc steps "logdet(X@X.T)" --paper 86mm          LaTeX for a paper's column
  matcalc steps "logsumexp(A@x)" --order 2
  matcalc steps "norm(W2@tanh(W1@x) - y)**2" --wrt W1
  matcalc steps "norm(A@x - b)**2" --mode reverse     accumulation over the graph, with costs
  matcalc steps "tr(A@X@B)" --wrt X --json
""",
)
@question
@click.option(
    "--mode",
    type=Word("mode", MODES),
    help="Show forward or reverse accumulation over the computational graph instead, with what each line costs.",
)
@click.option("--paper", metavar="[WIDTH]", is_flag=False, flag_value="252pt", help=_PAPER)
def steps(expression, as_json, form, **options):
    """Derive the derivative of EXPR by differentials, line by line; '-' reads one expression a line."""
    from . import steps as command

    return command.run(expression, _request(expression, as_json, form, options))


@main.command(
    cls=ExpressionCommand,
    short_help="Say whether a formula of your own is the derivative.",
    epilog="""\b
The formula is compared with torch autograd at random points. Where it is wrong, the answer
says what is wrong with it, what is right, and shows the smallest counterexample.

\b
Exit codes:
  0  the formula is right                 3  not differentiable there
  1  the formula is wrong                 4  it could not be judged
  2  usage, syntax, name or shape         5  a limit of work was reached
                                          130  interrupted

\b
Examples:
  matcalc check "x.T@A@x" --claim "(A + A.T)@x"
  matcalc check "x.T@A@x" --claim "2*A@x" --assume "A symmetric"
  matcalc check "norm(X@w - y)**2" --claim "2*X.T@(X@w - y)" --wrt w --layout denom
  matcalc check "logsumexp(A@x)" --claim "A.T@diag(softmax(A@x))@A" --order 2
  matcalc check "x'*A*x" --claim "A*x + A'*x" --syntax matlab
  cat formulas.txt | matcalc check "logdet(X)" --claim - --json
""",
)
@click.argument("expression", metavar="EXPR", required=False)
@click.option(
    "--claim",
    "claims",
    multiple=True,
    metavar="FORMULA",
    help="The formula; may be repeated; '-' reads one formula a line from the standard input.",
)
@click.option("--wrt", metavar="NAME", help="The derivative by this name.  [default: as for 'matcalc diff']")
@click.option(
    "--layout",
    type=Word("layout", ("any", *LAYOUT_WORDS)),
    default="any",
    show_default=True,
    help="The layout that the formula must have.",
)
@click.option("--order", type=int, default=1, show_default=True, help="2 is the second derivative; up to 6.")
@shape_option
@assume_option
@values_option
@structure_option
@convention_option
@syntax_option
@click.option("--format", "form", type=Word("format", FORMATS), help="[default: Unicode on a terminal, else text]")
@click.option("--json", "as_json", is_flag=True, help="The same as --format json: one object a line.")
@click.option("--points", type=click.IntRange(min=1), default=4, show_default=True, help="How many points at least.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="The seed of the random points.")
@rules_option
def check(expression, claims, as_json, form, **options):
    """Say whether FORMULA is the derivative of EXPR, and if not, what is wrong with it."""
    if expression is None or not claims:
        missing = "an expression" if expression is None else "the formula"
        raise ArgumentError(f"{missing} is missing", hint='write matcalc check "x.T@A@x" --claim "2*A@x"')
    if as_json and form not in (None, "json"):
        raise ArgumentError(f"--json and --format {form} exclude each other", hint="leave one of them out")
    from . import check as command

    request = command.ClaimRequest(claims=claims, form="json" if as_json else form, **options)
    return command.run(expression, request)


@main.command(
    cls=ExpressionCommand,
    short_help="Draw the computational graph of an expression.",
    epilog="""\b
The graph has a node for every distinct operation of the expression; the way of the variable
to the result is marked. Into a pipe it is DOT, the language of Graphviz, on a terminal a table.

\b
Exit codes:
  0  fine                                 3  no adjoint (--adjoints only)
  2  usage, syntax, name or shape         5  a limit of work was reached
                                          130  interrupted

\b
Examples:
  matcalc graph "norm(A@x - b)**2"
  matcalc graph "norm(A@x - b)**2" --output graph.svg
  matcalc graph "x.T@A@x + detach(x).T@x" --adjoints --format mermaid
  matcalc graph "tr(A@X@B)" --wrt X | dot -Tpdf -o graph.pdf
""",
)
@click.argument("expression", metavar="EXPR", required=False)
@click.option("--wrt", metavar="NAME", help="Mark the way of this name.  [default: as for 'matcalc diff']")
@shape_option
@assume_option
@values_option
@click.option(
    "--format",
    "form",
    type=Word("format", ("dot", "mermaid", "svg", "text")),
    help="[default: by the suffix of the output file, else text on a terminal and dot in a pipe]",
)
@click.option("--output", metavar="FILE", type=click.Path(), help="Write to this file; one that is there is replaced.")
@click.option("--adjoints", is_flag=True, help="Add reverse accumulation: what flows back along every edge.")
@click.option("--sources", is_flag=True, help="Add the rule of every operation and its source.")
@syntax_option
@rules_option
def graph(expression, **options):
    """Draw the computational graph of EXPR, with the shape of every node; '-' reads EXPR from the standard input."""
    if expression is None:
        raise ArgumentError("an expression is missing", hint='write it in quotes: matcalc graph "x.T@A@x"')
    from . import graph as command

    command.run(expression, command.GraphRequest(**options))


@main.command(
    cls=ExpressionCommand,
    short_help="Write a derivative as a function in NumPy, PyTorch or JAX.",
    epilog="""\b
The function takes the arrays of all names, a column as n×1 or as a vector, and returns the value
of the expression and its derivative. It needs the array library, and SciPy for some functions,
but not matcalc.

\b
Exit codes:
  0  fine                                 3  no rule, or no counterpart in the target
  2  usage, syntax, name or shape         5  a limit of work was reached
                                          130  interrupted

\b
Examples:
  matcalc code "norm(X@w - y)**2" --wrt w
  matcalc code "logsumexp(A@x)" --orders 0,1,2 --target torch
  matcalc code "norm(W2@tanh(W1@x) - y)**2" --wrt W1 --wrt W2 --target jax --with-check
  matcalc code "logdet(X)" --assume "X pd" --product hvp
  matcalc code "tr(A@B@C@X)" --size n=1000 --output trace.py
""",
)
@click.argument("expression", metavar="EXPR", required=False)
@click.option("--target", type=Word("target", TARGETS), default="numpy", show_default=True, help="The array library.")
@click.option(
    "--wrt", multiple=True, metavar="NAME", help="Differentiate by this name; may be repeated, for one function."
)
@click.option("--layout", type=Word("layout", LAYOUT_WORDS), default="denom", show_default=True, help="The layout.")
@click.option("--orders", metavar="LIST", help="What is returned: some of 0 (the value), 1, 2, …  [default: 0,1]")
@click.option("--along", multiple=True, metavar="NAME", help="From order 3 on: along a direction of this name.")
@click.option("--mixed", is_flag=True, help="With several names the whole Hessian: its mixed blocks or terms.")
@click.option("--value/--no-value", default=None, help="Return the value, too.  [default: unless --product is given]")
@click.option(
    "--product",
    type=Word("product", ("hvp", "jvp", "vjp")),
    help="The Hessian or the Jacobian times a direction (hvp, jvp), or its transpose (vjp), without forming it.",
)
@click.option("--name", metavar="NAME", help="The name of the function.")
@click.option("--with-check", is_flag=True, help="Add a comparison with autodiff, run as: python FILE.")
@click.option("--size", multiple=True, metavar="TEXT", help='Order products for these sizes: "n=1000, m=20".')
@shape_option
@assume_option
@values_option
@structure_option
@convention_option
@click.option("--output", metavar="FILE", type=click.Path(), help="Write to this file; one that is there is replaced.")
@syntax_option
@rules_option
def code(expression, **options):
    """Write a function that computes EXPR and its derivative; '-' reads EXPR from the standard input."""
    if expression is None:
        raise ArgumentError("an expression is missing", hint='write it in quotes: matcalc code "x.T@A@x"')
    from . import code as command

    command.run(expression, command.CodeRequest(**options))


def _complete_rule(_context, _parameter, incomplete):
    from ..rulebook.files import standard_rules

    return sorted({rule.name for rule in standard_rules() if rule.name.startswith(incomplete)})


@main.command(
    short_help="Show the rules, or one of them.",
    epilog="""\b
Examples:
  matcalc rules                 all functions, by topic
  matcalc rules inv             one function
  matcalc rules @               an operator
  matcalc rules product rule    a rule of calculus
  matcalc rules --rules my.rules swish
""",
)
@click.argument("name", nargs=-1, shell_complete=_complete_rule)
@click.option(
    "--rules",
    "paths",
    multiple=True,
    metavar="FILE",
    type=click.Path(),
    help="Add the functions of a rule file, compared with torch.",
)
def rules(name, paths):
    """Show the rule of NAME: signature, differential, source; without NAME, a list of all rules."""
    from . import rules as command

    command.run(" ".join(name), paths)


for other_command in (
    *COMMANDS, *PROOF_COMMANDS, *PROBABILITY_COMMANDS, *OPTIMIZATION_COMMANDS, *PAGE_COMMANDS, *AGENT_COMMANDS
):  # fmt: skip
    main.add_command(other_command)
