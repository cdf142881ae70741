"""Formulas that were not typed in the language: the option ``--syntax``, and how it is told what was read."""

from __future__ import annotations

from ..service.records import NOTATIONS
from ..shapes.notes import surprising
from .streams import write


def syntax_of(word):
    """Return the syntax that a value of ``--syntax`` stands for, as ``parse`` takes it: None for auto."""
    return None if word == "auto" else word


def announce(function, label=""):
    """Say to stderr how an expression was read that is not in the language."""
    if function.syntax in NOTATIONS:
        write(f"{label}read as {NOTATIONS[function.syntax]}: {function.text}", err=True)


def write_notes(function, label=""):
    """Say to stderr what of the reading can be wrong, each with the option that chooses otherwise."""
    for note in surprising(function.notes):
        if not (label and note.is_of_declarations):
            write(f"{label}note: {note.option}", err=True)
