"""The commands that optimisation uses: declared here, done in ``matcalc.command.findings``."""

from __future__ import annotations

import click

from .arguments import ExpressionCommand
from .main_probability import findings_request, required, with_findings_options
from .values import values_option

_EXIT_CODES = """\b
Exit codes:
  0  fine, and the check passed           3  no rule, or not of this kind
  1  the check contradicts the answer     4  a check was asked for but could not run
  2  usage, syntax, name or shape         130  interrupted
"""
_wrt_option = click.option("--wrt", metavar="NAME", help="The variable.  [default: as for 'matcalc diff']")


@click.command(
    cls=ExpressionCommand,
    short_help="The Taylor polynomial in matrix form.",
    epilog=f"""{_EXIT_CODES}
\b
Examples:
  matcalc taylor "x.T@A@x"                          in the change dx
  matcalc taylor "logdet(X)" --order 3
  matcalc taylor "exp(a.T@x)" --wrt x --at x0       in x, around x0
  matcalc taylor "logdet(eye(n) + X)" --at "zeros(n, n)"
""",
)
@click.argument("expression", metavar="EXPR", required=False)
@_wrt_option
@click.option("--order", type=click.IntRange(1, 6), default=2, show_default=True, help="The degree of the polynomial.")
@click.option("--at", metavar="POINT", help="The point: a new name, or an expression.  [default: the variable itself]")
@values_option
@with_findings_options
def taylor(expression, wrt, order, at, as_json, form, **options):
    """Expand EXPR in a change of its variable; '-' reads one expression a line."""
    required(expression, "an expression", 'matcalc taylor "x.T@A@x" --order 2')
    from ..optimization.expansion import taylor as expanded
    from .findings import run

    request = findings_request(as_json, form, options)

    def answer(text):
        text, arguments = request.given(text, wrt)
        return expanded(text, order, wrt, at, **arguments)

    return run(expression, request, answer)


@click.command(
    cls=ExpressionCommand,
    short_help="Newton's step for a minimum or a root.",
    epilog=f"""\b
Of a scalar -inv(Hessian)@gradient, of a column as long as its variable -inv(Jacobian)@f.

{_EXIT_CODES}
\b
Examples:
  matcalc newton "sum(log(1 + exp(-y*(X@w))))" --wrt w
  matcalc newton "A@x - tanh(x)" --wrt x --json
""",
)
@click.argument("expression", metavar="EXPR", required=False)
@_wrt_option
@values_option
@with_findings_options
def newton(expression, wrt, as_json, form, **options):
    """Give Newton's step for EXPR; '-' reads one expression a line."""
    required(expression, "an expression", 'matcalc newton "norm(A@x - b)**2" --wrt x')
    from ..optimization.expansion import newton as newton_step
    from .findings import run

    request = findings_request(as_json, form, options)

    def answer(text):
        text, arguments = request.given(text, wrt)
        return newton_step(text, wrt, **arguments)

    return run(expression, request, answer)


@click.command(
    cls=ExpressionCommand,
    short_help="The derivative of what an equation defines.",
    epilog=f"""\b
By the implicit function theorem: dx/dt = -inv(∂F/∂x) @ ∂F/∂t, a row for each entry of x and a column for each of t
(of vec, for matrices).

{_EXIT_CODES}
\b
Examples:
  matcalc implicit "A@x = b" --wrt b                                     inv(A)
  matcalc implicit "x - tanh(W@x + b) = 0" --wrt b
  matcalc implicit "(X.T@X + c*eye(n))@w = X.T@y" --wrt c --of w
  matcalc implicit "A@X + X@A.T + Q = 0" --wrt Q --of X
""",
)
@click.argument("equation", metavar="EQUATION", required=False)
@click.option("--wrt", metavar="NAME", help="The derivative by this name.")
@click.option("--of", metavar="NAME", help="The name that the equation defines.  [default: x or X]")
@with_findings_options
def implicit(equation, wrt, of, as_json, form, **options):
    """Differentiate the name that EQUATION defines; '-' reads one equation a line."""
    usage = 'matcalc implicit "A@x = b" --wrt b'
    required(equation, "an equation", usage), required(wrt, "the variable", usage)
    from ..optimization.implicit import implicit as implicit_derivative
    from .findings import run

    request = findings_request(as_json, form, options)
    return run(equation, request, lambda text: implicit_derivative(text, wrt, of, **request.arguments()))


@click.command(
    cls=ExpressionCommand,
    short_help="Lagrangian and conditions of optimality.",
    epilog=f"""\b
A problem is "min f s.t. h == 0, g <= 0", or max; constraints are separated by commas and may have
both sides. Multipliers are called nu (equalities) and lam (inequalities).

{_EXIT_CODES}
\b
Examples:
  matcalc kkt "min 0.5*x.T@P@x + q.T@x s.t. A@x == b, G@x <= h" --assume "P symmetric"
  matcalc kkt "min norm(A@x - b)**2 s.t. C@x == d"                       with its linear system
  matcalc kkt "max sum(log(x)) s.t. sum(x) == 1, x >= 0"
  matcalc kkt "min tr(S@X) - logdet(X) s.t. tr(X) == 1" --steps
  matcalc kkt "min w.T@w/2 + C*sum(xi) s.t. y*(X@w) >= 1 - xi, xi >= 0" --wrt w --wrt xi
""",
)
@click.argument("problem", metavar="PROBLEM", required=False)
@click.option(
    "--wrt", multiple=True, metavar="NAME", help="The variable; may be repeated.  [default: as for 'matcalc diff']"
)
@with_findings_options
def kkt(problem, wrt, as_json, form, **options):
    """Give the conditions of optimality of PROBLEM; '-' reads one problem a line."""
    required(problem, "a problem", 'matcalc kkt "min x.T@P@x s.t. A@x == b"')
    from ..optimization.kkt import kkt as conditions_of
    from .findings import run

    request = findings_request(as_json, form, options)
    return run(problem, request, lambda text: conditions_of(text, list(wrt) or None, **request.arguments()))


OPTIMIZATION_COMMANDS = (taylor, newton, implicit, kkt)
