"""The computational graph of an expression, and its drawings."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..budget import limited
from ..display import Short
from ..errors import NoRuleError
from ..words import refuse_no_flag
from .dot import dot_text
from .mermaid import mermaid_text
from .node import OPERATION, Node
from .svg import svg_text
from .table import table_text

if TYPE_CHECKING:
    from sympy import Expr

    from ..rulebook.entries import Book
    from ..steps.letters import Letters


@dataclass(frozen=True, eq=False, repr=False)
class Graph(Short):
    """The computational graph of an expression.

    ``nodes`` stand in order of evaluation, operands before operations; ``result`` is the name of the last one.
    ``variable`` is the name that the expression is differentiated by, None where it has no names at all. ``env`` maps
    names and dimensions to their symbols, the variable's entries being free; ``sizes`` are the names of dimensions,
    ``letters`` gives names that are not taken, ``order`` is that of the names in the text. ``of_complex``: whether it
    has complex names, whose adjoints are not drawn.
    """

    text: str
    nodes: tuple[Node, ...]
    result: str
    variable: str | None
    env: dict[str, Expr] = field(repr=False)
    sizes: frozenset[str] = field(repr=False)
    letters: Letters = field(repr=False)
    order: dict[str, int] = field(repr=False)
    book: Book = field(repr=False)
    of_complex: bool = field(default=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_name", {node.name: node for node in self.nodes})

    def __getitem__(self, name):
        """Return the node of a name; raises KeyError."""
        return self._by_name[name]

    def __str__(self) -> str:
        return "\n".join(map(str, self.operations)) or self.result

    @property
    def operations(self) -> list[Node]:
        """The nodes that are operations, in order of evaluation."""
        return [node for node in self.nodes if node.kind == OPERATION]

    @property
    def edges(self) -> list[tuple[str, str]]:
        """The pairs (operand, operation) of names, one for each place of an operand."""
        return [(operand, node.name) for node in self.nodes for operand in node.operands]

    @limited("drawing the graph")
    def dot(self, adjoints: bool = False, sources: bool = False) -> str:
        """Return the graph in DOT, the language of Graphviz.

        ``adjoints`` adds reverse accumulation as dashed edges back, each with what it contributes, ``sources`` the rule
        of every operation and its source. Raises NoRuleError where an operation has no adjoint in the language.
        """
        self._refuse(adjoints, sources)
        return dot_text(self, adjoints, sources)

    @limited("drawing the graph")
    def mermaid(self, adjoints: bool = False, sources: bool = False) -> str:
        """Return the graph as a Mermaid flowchart; the arguments are those of :meth:`dot`."""
        self._refuse(adjoints, sources)
        return mermaid_text(self, adjoints, sources)

    @limited("drawing the graph")
    def svg(self, adjoints: bool = False, sources: bool = False) -> str:
        """Return a drawing of the graph, an SVG document; the arguments are those of :meth:`dot`."""
        self._refuse(adjoints, sources)
        return svg_text(self, adjoints, sources)

    @limited("drawing the graph")
    def table(self, adjoints: bool = False, sources: bool = False) -> str:
        """Return the nodes with their shapes and costs as a table of text; the arguments are those of :meth:`dot`."""
        self._refuse(adjoints, sources)
        return table_text(self, adjoints, sources)

    def _refuse(self, adjoints: bool, sources: bool) -> None:
        refuse_no_flag(adjoints=adjoints, sources=sources)
        if adjoints and self.of_complex:
            hint = "leave adjoints out, or take the steps, which have the differentials in dz and conj(dz)"
            raise NoRuleError("adjoints are drawn of real names alone", hint=hint)

    def _repr_svg_(self):
        return self.svg()
