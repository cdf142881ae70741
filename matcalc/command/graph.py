"""``matcalc graph``: the computational graph of an expression as DOT, Mermaid, SVG or text."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import click

from ..api import parse
from ..errors import ArgumentError
from ..shapes.declarations import read_assumptions, read_shapes
from .notation import announce, syntax_of, write_notes
from .streams import input_lines, is_terminal, write
from .values import Given, put_in, read_values

DOT, MERMAID, SVG, TEXT = "dot", "mermaid", "svg", "text"
FORM_OF_SUFFIX = {".dot": DOT, ".gv": DOT, ".mmd": MERMAID, ".mermaid": MERMAID, ".svg": SVG, ".txt": TEXT}


@dataclass(frozen=True)
class GraphRequest:
    """The options of one call."""

    wrt: str | None
    shape: tuple
    assume: tuple
    syntax: str | None
    form: str | None
    output: str | None
    adjoints: bool
    sources: bool
    rules: tuple
    values: tuple = ()


def run(source, request):
    """Write the graph of an expression, or of the one line of stdin where it is '-'.

    To the file ``request.output``, which is replaced where it is there, else to stdout. Raises a MatcalcError.
    """
    shapes, assume = read_shapes(request.shape), read_assumptions(request.assume)
    text, syntax = one_expression(source), syntax_of(request.syntax)
    if values := read_values(request.values):
        given = put_in(text, values, request.wrt, Given("", shapes, assume, syntax), request.rules)
        text, shapes, assume, syntax = given
    function = parse(text, shapes, assume, request.rules, syntax)
    announce(function)
    write_notes(function)
    graph = function.graph(request.wrt)
    form = request.form or _form(request.output)
    drawers = {DOT: graph.dot, MERMAID: graph.mermaid, SVG: graph.svg, TEXT: graph.table}
    drawing = drawers[form](request.adjoints, request.sources)
    if request.output is None:
        write(drawing.rstrip("\n"))
    else:
        save(drawing.rstrip("\n") + "\n", request.output)


def one_expression(source):
    """Return the expression; '-' is the one line of stdin."""
    if source != "-":
        return source
    lines = [line.strip() for line in input_lines() if line.strip()]
    if len(lines) != 1:
        found = f"there are {len(lines)} expressions" if lines else "there is no expression"
        raise ArgumentError(f"{found} on the standard input", hint="give one line")
    return lines[0]


def _form(output):
    """Return the form that the name of a file asks for; for a person the table, for a program DOT."""
    if output is None:
        return TEXT if is_terminal(sys.stdout) else DOT
    return FORM_OF_SUFFIX.get(Path(output).suffix.lower(), DOT)


def save(text, output):
    """Write a text to a file, which is replaced; raises ArgumentError where it cannot be written."""
    try:
        Path(output).write_text(text, encoding="utf-8", newline="\n")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ArgumentError(
            f"'{click.format_filename(output)}' cannot be written: {reason}", hint="give the path of a file"
        ) from error
