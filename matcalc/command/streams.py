"""Text to the standard streams: what their encoding can carry, colour on terminals, errors in one form."""

from __future__ import annotations

import json
import os
import shutil
import sys
from contextlib import suppress

import click

from ..errors import MatcalcError
from ..service import JSON_SCHEMA
from .progress import hide

# one character for one, so that carets stay below their place
_ASCII = str.maketrans({"×": "x", "∂": "d", "ᵀ": "'", "✓": "+", "✗": "x", "…": ".", "−": "-", "≥": ">", "≤": "<"})


def is_terminal(stream):
    """Return whether a person reads the stream."""
    return bool(getattr(stream, "isatty", lambda: False)())


def carries(stream, text):
    """Return whether the stream's encoding has every character of a text."""
    try:
        text.encode(getattr(stream, "encoding", None) or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def is_colourful(stream):
    """Return whether the stream shows colour: a terminal, unless NO_COLOR or TERM=dumb asks for none."""
    return is_terminal(stream) and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def terminal_width():
    """Return the number of characters that fit into a line of the terminal."""
    return shutil.get_terminal_size().columns


def carried(text, stream):
    """Return a text as the stream can carry it, control characters (which could steer a terminal) replaced."""
    text = "".join(c if c.isprintable() or c in "\n\u2009" else "?" for c in text)
    if carries(stream, text):
        return text
    return text.replace("≠", "!=").replace("\u2009", " ").translate(_ASCII).encode("ascii", "replace").decode("ascii")


def write(text, err=False, lead="", **style):
    """Write a line, and flush. ``lead`` is a first word in the given style; without it the whole line has it."""
    hide()
    stream = sys.stderr if err else sys.stdout
    colour = is_colourful(stream) and bool(style)
    lead, text = carried(lead, stream), carried(text, stream)
    if colour:
        lead, text = (click.style(lead, **style), text) if lead else ("", click.style(text, **style))
    click.echo(lead + text, file=stream, color=colour or None)


def write_error(error, label="", lead="error:"):
    """Write an error to stderr: what is wrong, where, one hint. ``label`` says which input it is about."""
    told = error.in_options() if isinstance(error, MatcalcError) else error
    write(f" {label}{told}", err=True, lead=lead, fg="red", bold=True)


def input_lines():
    """Return the lines of stdin; bytes that are no text come as a replacement character, which no name has."""
    if sys.stdin is None or sys.stdin.closed:
        return
    for number, line in enumerate(sys.stdin.buffer):
        text = line.decode(sys.stdin.encoding or "utf-8", "replace")
        yield text if number else text.removeprefix("\ufeff")


def write_json(record):
    """Write one object, of ASCII characters only, in one line."""
    hide()
    click.echo(json.dumps({"schema": JSON_SCHEMA, **record}, allow_nan=False))


def discard_output():
    """Let nobody hear of what is still in the buffers: the reader of the pipe has gone."""
    sink = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError):  # closed, or no file at all
            os.dup2(sink, stream.fileno())
