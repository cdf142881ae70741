"""The commands about the page: declared here, done in ``matcalc.serve``."""

from __future__ import annotations

import os

import click

from ..bounds import DEFAULT_SECONDS
from ..budget import limits
from .arguments import rules_option
from .streams import write

# seconds of processor time for each part of an answer, where --limit gives none: somebody looks at the page and waits
_SECONDS = 10.0


def _workers() -> int:
    return max(2, min(4, os.cpu_count() or 2))


@click.command(
    short_help="Open matcalc as a page in the browser.",
    epilog="""\b
The first line that is printed is the address, with a token that is new at every start: who has
it can ask. Questions are answered by worker processes; one that needs more than its time or
memory, which --limit chooses, is ended. Nothing is loaded from elsewhere, and nothing leaves this machine.

\b
Exit codes:
  2  the address cannot be had            130  interrupted: the usual end

\b
Examples:
  matcalc serve
  matcalc serve --port 8000 --no-browser
  matcalc serve --workers 8 --limit seconds=60
""",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to bind to.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, help="The port to bind to.  [default: one that is free]"
)
@click.option("--workers", type=click.IntRange(1, 64), help="How many processes answer.  [default: 2 to 4, by cores]")
@click.option(
    "--allow-host", "names", multiple=True, metavar="NAME", help="A further name under which this machine is reached."
)
@click.option(
    "--browser/--no-browser", default=None, help="Open a browser.  [default: if started from a terminal]"
)
@rules_option
def serve(host, port, workers, names, browser, rules):
    """Serve a page that differentiates, derives, checks and draws; Ctrl-C ends it."""
    from ..serve.pool import Size
    from ..serve.run import run

    allowance = limits().allowance
    if allowance.seconds == DEFAULT_SECONDS:
        allowance = allowance._replace(seconds=_SECONDS)
    size = Size(workers or _workers(), allowance)
    return run(host, port, size, rules, tuple(name.lower() for name in names), browser)


@click.command(
    short_help="Write the page as a static site that runs in the browser.",
    epilog="""\b
The site is 'matcalc serve' without a server: the page runs matcalc itself, by Pyodide, in the
browser of whoever opens it. Answers are checked exactly; what needs torch says so.

\b
Exit codes:
  0  fine                                 2  a folder is not as it must be, or Pyodide is missing

\b
Examples:
  matcalc export site
  matcalc export site --pyodide node_modules/pyodide
  python -m http.server --directory site
""",
)
@click.argument("directory", metavar="DIR", type=click.Path())
@click.option(
    "--pyodide",
    metavar="DIR",
    type=click.Path(),
    help="The folder of the npm package pyodide.  [default: npm fetches it]",
)
def export(directory, pyodide):
    """Write the page into the folder DIR, with Python, matcalc and all that it needs: 12 MB."""
    from pathlib import Path

    from ..serve.export import export as write_site

    for line in write_site(Path(directory), None if pyodide is None else Path(pyodide)):
        write(line)


PAGE_COMMANDS = (serve, export)
