"""What a drawing of a computational graph shows: the texts of its nodes, its edges, the adjoints on their way back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..words import shown_shape
from .lines import SEED
from .node import CONSTANT, Node
from .sweeps import Sweeps

if TYPE_CHECKING:
    from .graph import Graph

_LONGEST_TITLE = 80
_MOST_DESCRIBED = 40


@dataclass(frozen=True)
class Box:
    """A node as it is drawn: ``key`` is its number, ``lines`` its texts, the first of them what it computes."""

    key: int
    kind: str
    lines: tuple[str, ...]
    varies: bool
    cut: bool
    is_variable: bool
    is_result: bool


@dataclass(frozen=True)
class Arrow:
    """An edge from a box to another, by their numbers: an operand of an operation, or the adjoint on its way back.

    ``varies``: the variable's change goes along it. ``cut``: detach stops it. ``label`` is the share of the adjoint.
    """

    tail: int
    head: int
    varies: bool = False
    cut: bool = False
    label: str = ""


@dataclass(frozen=True)
class Drawing:
    """The boxes of a graph in order of evaluation, its arrows and, where they were asked for, those of the adjoints."""

    title: str
    description: str
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    adjoints: tuple[Arrow, ...]


def make_drawing(graph: Graph, adjoints: bool = False, sources: bool = False) -> Drawing:
    """Return the :class:`Drawing` of a graph.

    ``adjoints``: with the adjoint of every node that the variable changes, and the share that every operation
    contributes. ``sources``: with the rule of every operation and its source. Raises NoRuleError where an operation
    has no adjoint in the language.
    """
    known, shares = adjoint_texts(graph) if adjoints and graph.variable is not None else ({}, {})
    numbers = {node.name: number for number, node in enumerate(graph.nodes)}
    boxes = [_box(numbers[node.name], node, graph, known.get(node.name), sources) for node in graph.nodes]
    arrows = [_arrow(graph[tail], graph[head], numbers) for tail, head in graph.edges]
    back = [Arrow(numbers[user], numbers[operand], True, label=text) for (user, operand), text in shares.items()]
    return Drawing(_title(graph), _description(graph), tuple(boxes), tuple(arrows), tuple(back))


def shape_text(shape: tuple[int | str, ...]) -> str:
    """Return a shape as a drawing shows it: m×n, (m*n)×1 or scalar."""
    return shown_shape(shape)


def adjoint_texts(graph: Graph) -> tuple[dict[str, str], dict[tuple[str, str], str]]:
    """Return ({node: its adjoint}, {(operation, operand): its share}), as texts; the result's adjoint with its seed."""
    sweeps, found = Sweeps(graph), {}
    names = {adjoint: name for name, adjoint in sweeps.adjoints.items()}
    for line in sweeps.reverse():
        if line.left in names and line.expression:
            found[names[line.left]] = str(line) if line.kind == SEED else line.left
    return found, sweeps.shares


def _box(number: int, node: Node, graph: Graph, adjoint: str | None, sources: bool) -> Box:
    lines = [str(node)]
    if node.kind != CONSTANT or node.shape:
        lines.append(shape_text(node.shape))
    if sources and node.rule is not None:
        lines.append(f"{node.rule.name}: {node.rule.source}")
    if adjoint:
        lines.append(adjoint)
    is_variable = node.name == graph.variable
    return Box(number, node.kind, tuple(lines), node.active, node.cut, is_variable, node.name == graph.result)


def _arrow(tail: Node, head: Node, numbers: Mapping[str, int]) -> Arrow:
    cut = head.cut and tail.varies
    return Arrow(numbers[tail.name], numbers[head.name], tail.active and head.active, cut)


def _title(graph: Graph) -> str:
    text = graph.text if len(graph.text) <= _LONGEST_TITLE else f"{graph.text[: _LONGEST_TITLE - 1]}…"
    return f"Computational graph of {' '.join(text.split())}"


def _description(graph: Graph) -> str:
    """Return the operations as a text, for whoever cannot see the drawing."""
    operations = graph.operations
    told = "; ".join(map(str, operations[:_MOST_DESCRIBED])) or f"only {graph.result}"
    more = f"; and {len(operations) - _MOST_DESCRIBED} more" if len(operations) > _MOST_DESCRIBED else ""
    marked = f" What {graph.variable} changes is marked." if graph.variable is not None else ""
    return f"{told}{more}.{marked}"
