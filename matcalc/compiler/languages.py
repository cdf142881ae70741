"""The languages that generated code is written in: how one spells operations, and what stands around the statements."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .octave import OctaveSpeller
from .octave_source import OctaveSource
from .source import PythonSource
from .spell import Speller

if TYPE_CHECKING:
    from .targets import Target

_LANGUAGES: dict[str, tuple[Any, Any]] = {
    "python": (Speller, PythonSource),
    "octave": (OctaveSpeller, OctaveSource),
}


def speller_of(target: Target) -> Any:
    """Return the class that spells operations for a target."""
    return _LANGUAGES[target.language][0]


def source_of(target: Target) -> Any:
    """Return what knows the text around the statements of a function for a target."""
    return _LANGUAGES[target.language][1](target)
