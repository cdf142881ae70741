"""The graph of an expression: a node for every distinct operation of its text (Griewank & Walther 2008, 2.2).

Equal subexpressions are one node. What is made of numbers and dimensions alone is one constant.
"""

from __future__ import annotations

import keyword
import re
from dataclasses import replace
from itertools import chain, count
from typing import TYPE_CHECKING

from sympy import Expr, Symbol

from ..algebra.build import build
from ..algebra.constants import shape_of
from ..algebra.expressions import ArraySymbol, is_array
from ..budget import limited
from ..language.sharing import Shared
from ..language.syntax import Binary, Call, Name, Negate, Transpose, Tree
from ..language.unparse import unparse
from ..printers.plain import plain_shape
from ..printers.sizes import fitting_rule, node_shapes
from ..shapes.elaborate import Elaborated, with_free_entries
from ..steps.letters import Letters
from .costs import FREE, products
from .graph import Graph
from .node import CONSTANT, INPUT, OPERATION, Node

if TYPE_CHECKING:
    from ..rulebook.entries import Book

_STEMS = ("v", "w", "z", "u", "t")
_ARRAY_RULES = {"+": "add", "-": "add", "*": "hadamard", "@": "matmul", ".T": "transpose"}
_SCALAR_RULES = {"+": "sum rule", "-": "sum rule", "*": "product rule", "/": "quotient rule", "**": "power rule"}


@limited("making the graph")
def make_graph(elaborated: Elaborated, variable: str | None, book: Book) -> Graph:
    """Return the :class:`~matcalc.graph.graph.Graph` of an elaborated expression.

    ``variable`` is the name that the expression is differentiated by, or None.
    """
    return _Construction(elaborated, variable, book).run()


class _Construction:
    """Makes the nodes of one graph, from the leaves up."""

    def __init__(self, elaborated, variable, book):
        self.elaborated, self.variable, self.book = elaborated, variable, book
        self.shared = Shared(elaborated.tree)
        sizes = {s.name: s for shape in elaborated.shapes.values() for size in shape for s in size.free_symbols}
        self.sizes = frozenset({**sizes, **elaborated.sizes})
        self.env = {**sizes, **elaborated.sizes, **elaborated.symbols}
        if variable is not None and elaborated.twin is None:
            self.env[variable] = with_free_entries(elaborated, variable, book)[1]
        functions = {node.function for node in self.shared.nodes if isinstance(node, Call)}
        self.letters = Letters([*self.env, *functions, *keyword.kwlist, "pi", "inf"])
        self.shapes = {name: tuple(map(str, shape)) for name, shape in elaborated.shapes.items()}
        self.by_id = node_shapes(elaborated.tree, book, self.shapes)
        self.names, self.nodes = {}, {}

    def run(self) -> Graph:
        """Return the graph."""
        constant = self._constants()
        operands, numbering = self._operands(constant), self._numbering()
        for index in sorted(operands):
            tree = self.shared.nodes[index]
            if constant[index]:
                self._enter(index, self._leaf(CONSTANT, tree, build(tree, self.env, self.book)))
            elif isinstance(tree, Name):
                self._enter(index, self._leaf(INPUT, tree, self.env[tree.id], tree.id == self.variable))
            else:
                inner = [self.nodes[operand] for operand in operands[index]]
                self._enter(index, self._operation(index, next(numbering), inner))
        active = self._active()
        nodes = [replace(node, active=node.name in active) for node in self.nodes.values()]
        result = self.nodes[self.shared.root].name
        return Graph(
            self.elaborated.text,
            tuple(nodes),
            result,
            self.variable,
            self.env,
            self.sizes,
            self.letters,
            self.elaborated.order,
            self.book,
            self.elaborated.twin is not None,
        )

    def _constants(self) -> list[bool]:
        """Return for every number whether no variable stands below it."""
        found = []
        for node, operands in zip(self.shared.nodes, self.shared.operands):
            is_variable = isinstance(node, Name) and node.id in self.elaborated.symbols
            found.append(not is_variable and all(found[operand] for operand in operands))
        return found

    def _operands(self, constant):
        """Return {number: the numbers of its operands} for the nodes of the graph; sizes and literals are left out."""
        found, stack = {}, [self.shared.root]
        while stack:
            index = stack.pop()
            if index in found:
                continue
            node = self.shared.nodes[index]
            operands = () if constant[index] else self.shared.operands[index]
            if isinstance(node, Call) and operands:
                pairs = zip(fitting_rule(node, self.book, self.by_id).params, operands)
                operands = tuple(operand for parameter, operand in pairs if parameter.kind in ("array", "scalar"))
            found[index] = operands
            stack.extend(operands)
        return found

    def _numbering(self):
        """Return the names v1, v2, … of the operations, or w1, w2, … where the text has names such as v1 or dv1."""
        stems = chain(_STEMS, ("node" + "_" * more for more in count(1)))
        for stem in stems:
            used = re.compile(rf"(d_?)?{stem}\d+(_bar)?")
            if not any(map(used.fullmatch, self.letters.taken)):
                return (self.letters.take(f"{stem}{number}") for number in count(1))

    # -- nodes ------------------------------------------------------------------------------------------------------

    def _enter(self, index: int, node: Node) -> None:
        self.nodes[index] = node
        if node.kind == OPERATION:
            self.names[index] = node.name
            self.env[node.name] = node.symbol
            self.shapes[node.name] = tuple(map(str, shape_of(node.symbol)))

    def _leaf(self, kind: str, tree: Tree, expression: Expr, varies: bool = False) -> Node:
        text, shape = unparse(tree), plain_shape(shape_of(expression))
        engine = (None, tree, expression, expression)
        return Node(text, kind, "", text, (), shape, varies, varies, False, FREE, *engine)

    def _operation(self, index, name, operands):
        tree = self.shared.tree(index, self.names)
        expression = build(tree, self.env, self.book)
        rule = self._rule(index, operands)
        moved = any(operand.varies for operand in operands)
        cut = moved and rule.constant
        return Node(
            name,
            OPERATION,
            _sign(tree),
            unparse(tree),
            tuple(operand.name for operand in operands),
            plain_shape(shape_of(expression)),
            moved and not cut,
            False,
            cut,
            products(tree, self.shapes, self.env, self.book),
            rule,
            tree,
            expression,
            _symbol(name, expression),
        )

    def _rule(self, index, operands):
        """Return the entry of the rule book for an operation."""
        node = self.shared.nodes[index]
        if isinstance(node, Call):
            return fitting_rule(node, self.book, self.by_id)
        sign, arrays = _sign(node), [operand.shape != () for operand in operands]
        if isinstance(node, Negate) or sign == "*" and any(arrays) and not all(arrays):
            name = "scaling"
        else:
            name = (
                _ARRAY_RULES.get(sign, _SCALAR_RULES.get(sign)) if any(arrays) else _SCALAR_RULES.get(sign, "transpose")
            )
        return self.book.named(name)[0]

    def _active(self) -> set[str]:
        """Return the names of the nodes that vary and on whose change the result depends."""
        by_name = {node.name: node for node in self.nodes.values()}
        found, stack = set(), [self.nodes[self.shared.root]]
        while stack:
            node = stack.pop()
            if node.varies and node.name not in found:
                found.add(node.name)
                stack.extend(by_name[operand] for operand in node.operands)
        return found


def _sign(node: Tree) -> str:
    """Return how an operation is called: its operator, .T, or the name of the function."""
    if isinstance(node, Binary):
        return node.op
    if isinstance(node, Call):
        return node.function
    return ".T" if isinstance(node, Transpose) else "-"


def _symbol(name, expression):
    """Return the symbol of a node, known to be positive where its value is."""
    if not is_array(expression):
        return Symbol(name, real=True, **({"positive": True} if expression.is_positive else {}))
    return ArraySymbol(name, *expression.shape, {"positive"} if expression.sign == 1 else ())
