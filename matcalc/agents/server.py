"""The server: the tools over the Model Context Protocol, on the standard streams.

Source: the specification of the protocol, https://modelcontextprotocol.io, and its package ``mcp`` for Python.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import wraps
from inspect import signature
from typing import Annotated, Any, get_type_hints

from .. import __version__
from ..errors import MissingLibraryError
from ..service.records import Record

_INSTRUCTIONS = """\
matcalc differentiates expressions of scalars, columns and matrices by any of them and checks every answer. Vectors are
columns n×1; @ is the matrix product and * is entry by entry, as in NumPy. Formulas in LaTeX, MATLAB, NumPy and PyTorch
notation are read as well. What undeclared names were taken for is said in "shapes" and "notes": declare shapes where
that is not what is meant. An error has "kind", "message", "hint" and "span", the place in the text.
"""


def make_server() -> Any:
    """Return the server with its tools, all of which only read. Raises MissingLibraryError without ``mcp``."""
    try:
        from mcp.server import MCPServer
        from mcp.types import CallToolResult, TextContent, ToolAnnotations
    except ImportError as problem:
        hint = 'pip install "matcalc-sym[mcp]"'
        raise MissingLibraryError(f"the package mcp cannot be imported ({problem})", hint=hint) from None
    from .tools import TOOLS

    def as_tool(function: Callable[..., Record]) -> Callable:
        @wraps(function)
        def tool(**arguments: Any) -> Any:
            record = function(**arguments)
            text = json.dumps(record, ensure_ascii=False, allow_nan=False)
            content: list[Any] = [TextContent(type="text", text=text)]
            return CallToolResult(content=content, structured_content=record, is_error="error" in record)

        hints = get_type_hints(function, include_extras=True)
        returned = Annotated[CallToolResult, dict[str, Any]]
        parameters = [p.replace(annotation=hints[p.name]) for p in signature(function).parameters.values()]
        tool.__annotations__ = {**hints, "return": returned}
        tool.__signature__ = signature(function).replace(  # type: ignore[attr-defined]
            parameters=parameters, return_annotation=returned
        )
        return tool

    server = MCPServer("matcalc", version=__version__, instructions=_INSTRUCTIONS, log_level="ERROR")
    only_reads = ToolAnnotations(
        read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
    )
    for name, function in TOOLS.items():
        server.tool(name, annotations=only_reads)(as_tool(function))
    return server


def run() -> int:
    """Serve on the standard streams until the client closes them; return the exit code."""
    make_server().run("stdio")
    return 0
