"""What a computational graph consists of: nodes, each with its operation, operands, shape and cost."""

from __future__ import annotations

from dataclasses import dataclass, field

INPUT, CONSTANT, OPERATION = "input", "constant", "operation"


@dataclass(frozen=True, eq=False)
class Node:
    """A node of a computational graph.

    ``name`` is v1, v2, … for an operation, and what stands in the text for an input or a constant; ``kind`` says which
    it is. ``operation`` is the operator or function, ``text`` the operation on its ``operands`` (names of nodes):
    v1 = A@x. ``shape`` is as in declarations. ``varies``: the variable changes it, on a way that detach does not cut;
    ``cut``: detach holds it constant although its operand varies; ``active``: it varies, and the result with it.
    ``cost`` is the number of products that the operation takes, a SymPy expression in the dimensions. ``rule`` is the
    operation's entry in the rule book; ``tree``, ``expression`` and ``symbol`` are the operation and its value in the
    engine.
    """

    name: str
    kind: str
    operation: str
    text: str
    operands: tuple
    shape: tuple
    varies: bool
    active: bool
    cut: bool
    cost: object
    rule: object = field(default=None, repr=False)
    tree: object = field(default=None, repr=False)
    expression: object = field(default=None, repr=False)
    symbol: object = field(default=None, repr=False)

    def __str__(self):
        return f"{self.name} = {self.text}" if self.kind == OPERATION else self.name


@dataclass(frozen=True, eq=False)
class Graph:
    """The computational graph of an expression.

    ``nodes`` stand in order of evaluation, operands before operations; ``result`` is the name of the last one.
    ``variable`` is the name that the expression is differentiated by, None where it has no names at all. ``env`` maps
    names and dimensions to their symbols, the variable's entries being free; ``sizes`` are the names of dimensions,
    ``letters`` gives names that are not taken, ``order`` is that of the names in the text.
    """

    text: str
    nodes: tuple
    result: str
    variable: str | None
    env: dict = field(repr=False)
    sizes: frozenset = field(repr=False)
    letters: object = field(repr=False)
    order: dict = field(repr=False)
    book: object = field(repr=False)

    def __post_init__(self):
        object.__setattr__(self, "_by_name", {node.name: node for node in self.nodes})

    def __getitem__(self, name):
        """Return the node of a name; raises KeyError."""
        return self._by_name[name]

    def __str__(self):
        return "\n".join(map(str, self.operations)) or self.result

    @property
    def operations(self):
        """The nodes that are operations, in order of evaluation."""
        return [node for node in self.nodes if node.kind == OPERATION]

    @property
    def edges(self):
        """The pairs (operand, operation) of names, one for each place of an operand."""
        return [(operand, node.name) for node in self.nodes for operand in node.operands]
