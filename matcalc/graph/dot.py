"""A computational graph in the language of Graphviz (https://graphviz.org/doc/info/lang.html)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from .drawing import Arrow, Box, make_drawing
from .node import CONSTANT, INPUT

if TYPE_CHECKING:
    from .graph import Graph

_COLOUR = "#b5480c"  # for what the variable changes
_ADJOINT = "#1f5fa8"
_SHAPES = {INPUT: "ellipse", CONSTANT: "plaintext"}


def dot_text(graph: Graph, adjoints: bool = False, sources: bool = False) -> str:
    """Return a :class:`~matcalc.graph.graph.Graph` as a digraph in DOT.

    ``adjoints`` adds reverse accumulation as dashed edges back, ``sources`` the rule of every operation. Raises
    NoRuleError where an operation has no adjoint in the language.
    """
    drawing = make_drawing(graph, adjoints, sources)
    lines = [
        "digraph {",
        f"  label={quoted(drawing.title)};",
        '  labelloc="t";',
        '  node [shape="box", fontname="monospace"];',
        '  edge [fontname="monospace"];',
        *(f"  n{box.key} [{_attributes(_of_box(box))}];" for box in drawing.boxes),
        *(f"  n{arrow.tail} -> n{arrow.head}{_bracketed(_of_arrow(arrow))};" for arrow in drawing.arrows),
        *(f"  n{arrow.tail} -> n{arrow.head}{_bracketed(_of_adjoint(arrow))};" for arrow in drawing.adjoints),
        "}",
    ]
    return "\n".join(lines) + "\n"


def quoted(text: str) -> str:
    r"""Return a text as a quoted string, in which a newline is written \n, and & as Graphviz reads entities."""
    for sign, written in (("&", "&amp;"), ("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n")):
        text = text.replace(sign, written)
    return f'"{text}"'


def _of_box(box: Box) -> dict[str, str]:
    found = {"label": "\n".join(box.lines)}
    if box.kind in _SHAPES:
        found["shape"] = _SHAPES[box.kind]
    if box.varies:
        found["color"] = _COLOUR
    if box.cut:
        found["style"] = "dashed"
    if box.is_variable or box.is_result:
        found["penwidth"] = "2"
    return found


def _of_arrow(arrow: Arrow) -> dict[str, str]:
    if arrow.cut:
        return {"style": "dotted", "arrowhead": "tee", "label": "cut"}
    return {"color": _COLOUR} if arrow.varies else {}


def _of_adjoint(arrow: Arrow) -> dict[str, str]:
    return {
        "style": "dashed",
        "color": _ADJOINT,
        "fontcolor": _ADJOINT,
        "constraint": "false",
        "label": arrow.label,
    }


def _attributes(values: Mapping[str, str]) -> str:
    return ", ".join(f"{name}={quoted(value)}" for name, value in values.items())


def _bracketed(values: Mapping[str, str]) -> str:
    return f" [{_attributes(values)}]" if values else ""
