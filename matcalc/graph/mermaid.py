"""A computational graph as a Mermaid flowchart (https://mermaid.js.org/syntax/flowchart.html)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .drawing import Arrow, Box, Drawing, make_drawing
from .node import CONSTANT, INPUT

if TYPE_CHECKING:
    from .graph import Graph

_BRACKETS = {INPUT: ("([", "])"), CONSTANT: ("(", ")")}
# what Markdown, HTML or the flowchart itself would take for a sign of its own
_SPECIAL = re.compile(r"[^\w\s.,=+/×∂-]")
_COLOUR, _ADJOINT = "#b5480c", "#1f5fa8"


def mermaid_text(graph: Graph, adjoints: bool = False, sources: bool = False) -> str:
    """Return a :class:`~matcalc.graph.graph.Graph` as a flowchart in Mermaid.

    ``adjoints`` adds reverse accumulation as dashed edges back, ``sources`` the rule of every operation. Raises
    NoRuleError where an operation has no adjoint in the language.
    """
    drawing = make_drawing(graph, adjoints, sources)
    lines = ["flowchart TD", f"  accTitle: {drawing.title}"]
    lines += [f"  n{box.key}{_boxed(box)}" for box in drawing.boxes]
    lines += [f"  n{arrow.tail} {_link(arrow)} n{arrow.head}" for arrow in drawing.arrows]
    lines += [f"  n{arrow.tail} -. {label(arrow.label)} .-> n{arrow.head}" for arrow in drawing.adjoints]
    return "\n".join([*lines, *_styles(drawing)]) + "\n"


def label(text: str) -> str:
    """Return a text as a quoted label; signs are written as entities, lines are separated by breaks."""
    return '"' + "<br/>".join(_SPECIAL.sub(_entity, line) for line in text.split("\n")) + '"'


def _entity(match: re.Match[str]) -> str:
    return f"#{ord(match[0])};"


def _boxed(box: Box) -> str:
    left, right = _BRACKETS.get(box.kind, ("[", "]"))
    return left + label("\n".join(box.lines)) + right


def _link(arrow: Arrow) -> str:
    return '-. "cut" .-x' if arrow.cut else "-->"


def _styles(drawing: Drawing) -> list[str]:
    """Return the lines that mark what the variable changes, and the way of the adjoints."""
    found = []
    varying = [f"n{box.key}" for box in drawing.boxes if box.varies]
    if varying:
        found += [f"  classDef varies stroke:{_COLOUR},stroke-width:2px", f"  class {','.join(varying)} varies"]
    numbers = [str(number) for number, arrow in enumerate(drawing.arrows) if arrow.varies]
    if numbers:
        found.append(f"  linkStyle {','.join(numbers)} stroke:{_COLOUR}")
    back = range(len(drawing.arrows), len(drawing.arrows) + len(drawing.adjoints))
    if back:
        found.append(f"  linkStyle {','.join(map(str, back))} stroke:{_ADJOINT}")
    return found
