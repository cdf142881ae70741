"""The languages that generated code is written in: how one spells operations, and what stands around the statements."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .octave import OctaveSpeller
from .octave_source import OctaveSource
from .source import PythonSource
from .spell import Speller
from .tensorflow import TensorFlowSpeller

if TYPE_CHECKING:
    from .targets import Target

# the targets with words of their own; the others spell alike
_SPELLERS: dict[str, Any] = {"octave": OctaveSpeller, "tensorflow": TensorFlowSpeller}
_SOURCES: dict[str, Any] = {"python": PythonSource, "octave": OctaveSource}


def speller_of(target: Target) -> Any:
    """Return the class that spells operations for a target."""
    return _SPELLERS.get(target.name, Speller)


def source_of(target: Target) -> Any:
    """Return what knows the text around the statements of a function for a target."""
    return _SOURCES[target.language](target)
