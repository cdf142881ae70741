"""Declarations of public functions, looked at where they come in: an error names the argument that is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import ArgumentError
from ..shapes.declared import declared_facts, declared_shapes
from ..words import SYNTAXES, known_word


def known_declarations(shapes: object, assume: object, syntax: object = None) -> None:
    """Raise what is wrong with declarations and the name of a notation: an ArgumentError, a ShapeError and the like."""
    declared_shapes(shapes)
    declared_facts(assume)
    if syntax is not None:
        known_word("syntax", syntax, SYNTAXES, "or None to find it")


def named_arrays(values: object, arrays: dict[str, Any], call: str) -> dict[str, Any]:
    """Return the arrays that are given by name, some of them in a dictionary; ``call`` is the method that asks."""
    if values is None:
        return arrays
    if not isinstance(values, Mapping):
        hint = f'write {call}(x=[1, 2]), or {call}({{"x": [1, 2]}})'
        raise ArgumentError(f"{call} takes its arrays by name, not {type(values).__name__}", hint=hint)
    return {**values, **arrays}
