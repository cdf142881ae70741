"""The command for agents and editors: declared here, done in ``matcalc.agents``."""

from __future__ import annotations

import click


@click.command(
    short_help="Serve agents and editors by the Model Context Protocol.",
    epilog="""\b
Tools: differentiate, check_claim, steps, code, definite, convex. All of them only read, and answer what
--json prints; an error has its kind, message, hint and place as data. --limit bounds the work of each.
It needs the package mcp: pip install "matcalc-sym[mcp]".

\b
Exit codes:
  0  the client closed the connection      4  the package mcp is missing      130  interrupted

\b
Examples, as an editor or agent is told of a server:
  {"mcpServers": {"matcalc": {"command": "matcalc", "args": ["mcp"]}}}
  {"mcpServers": {"matcalc": {"command": "matcalc", "args": ["mcp", "--limit", "seconds=5"]}}}
""",
)
def mcp():
    """Answer on the standard streams as a server of the Model Context Protocol."""
    from ..agents.server import run

    return run()


AGENT_COMMANDS = (mcp,)
