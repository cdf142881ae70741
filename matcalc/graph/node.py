"""The nodes of a computational graph: each with its operation, operands, shape and cost."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sympy import Expr

    from ..language.syntax import Tree
    from ..rulebook.entries import Rule

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
    operands: tuple[str, ...]
    shape: tuple[int | str, ...]
    varies: bool
    active: bool
    cut: bool
    cost: Expr
    rule: Rule | None = field(repr=False)
    tree: Tree = field(repr=False)
    expression: Expr = field(repr=False)
    symbol: Expr = field(repr=False)

    @property
    def rule_name(self) -> str:
        """The name of its rule, '' for an input or a constant."""
        return "" if self.rule is None else self.rule.name

    @property
    def source(self) -> str:
        """The source of its rule, '' for an input or a constant."""
        return "" if self.rule is None else self.rule.source

    def __str__(self) -> str:
        return f"{self.name} = {self.text}" if self.kind == OPERATION else self.name
