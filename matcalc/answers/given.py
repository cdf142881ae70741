"""Declarations of public functions, looked at where they come in: an error names the argument that is wrong."""

from __future__ import annotations

from ..shapes.declared import declared_facts, declared_shapes
from ..words import SYNTAXES, known_word


def known_declarations(shapes: object, assume: object, syntax: object = None) -> None:
    """Raise what is wrong with declarations and the name of a notation: an ArgumentError, a ShapeError and the like."""
    declared_shapes(shapes)
    declared_facts(assume)
    if syntax is not None:
        known_word("syntax", syntax, SYNTAXES, "or None to find it")
