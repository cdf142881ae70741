"""A computational graph as a table of text: its nodes with their shapes, costs and remarks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from .costs import FREE, products_text
from .drawing import shape_text
from .lines import ADJOINT, SEED
from .node import INPUT, OPERATION, Node
from .sweeps import Sweeps

if TYPE_CHECKING:
    from .graph import Graph

_GAP = 3


def table_text(graph, adjoints=False, sources=False):
    """Return a :class:`~matcalc.graph.graph.Graph` as a table: node, shape, number of products, remark.

    ``adjoints`` adds the lines of a reverse sweep, ``sources`` the rule of every operation. Raises NoRuleError where an
    operation has no adjoint in the language.
    """
    rows = [("node", "shape", "products", "")]
    rows += [_row(node, graph, sources) for node in graph.nodes if node.kind == OPERATION or node.kind == INPUT]
    rows = rows if len(rows) > 1 else [*rows, _row(graph[graph.result], graph, sources)]
    total = sum((node.cost for node in graph.operations), FREE)
    rows.append(("in all", "", products_text(total), ""))
    if adjoints and graph.variable is not None:
        rows += [("", "", "", ""), ("adjoint", "shape", "products", "")]
        rows += [_adjoint_row(line) for line in Sweeps(graph).reverse() if line.kind in (SEED, ADJOINT)]
    widths = [max(len(row[column]) for row in rows) + _GAP for column in range(3)]
    return "\n".join(_line(row, widths) for row in rows)


def _row(node: Node, graph: Graph, sources: bool) -> tuple[str, ...]:
    cost = products_text(node.cost) if node.kind == OPERATION else ""
    return str(node), shape_text(node.shape), cost, "; ".join(_remarks(node, graph, sources))


def _remarks(node: Node, graph: Graph, sources: bool) -> Iterator[str]:
    if node.name == graph.variable:
        yield "the variable"
    elif node.active:
        yield "varies"
    elif node.varies:
        yield "varies, but its change does not reach the result"
    if node.cut:
        yield f"{node.operation} cuts it off"
    if sources and node.rule is not None:
        yield f"{node.rule.name}: {node.rule.source}"


def _adjoint_row(line):
    return str(line), shape_text(line.shape), products_text(line.cost), line.text.replace("`", "")


def _line(row: tuple[str, ...], widths: list[int]) -> str:
    return ("".join(f"{cell:<{width}}" for cell, width in zip(row, widths)) + row[3]).rstrip()
