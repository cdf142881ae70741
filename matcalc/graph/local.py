"""The differential and the adjoint of one operation of a graph, in terms of its operands.

The engine differentiates the operation on symbols for its operands; what the operation itself computes is then written
as the node: exp(v1)*dv1 is v2*dv1 where v2 = exp(v1).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from sympy import Expr, Pow, S, Symbol

from ..algebra.constructors import power
from ..algebra.expressions import Array, ArraySymbol, FrechetDerivative, Power, is_array, postorder
from ..algebra.substitute import substitute
from ..algebra.traces import frobenius_product
from ..calculus.adjoint import gradient
from ..calculus.linearise import linearise
from ..calculus.shortening.shorten import simplify
from ..errors import NoRuleError
from ..presentation import Presenter
from ..steps.board import changes_in
from ..steps.letters import Letters
from .node import OPERATION, Node

if TYPE_CHECKING:
    from ..language.syntax import Tree
    from .graph import Graph


def symbol_like(name: str, symbol: Expr) -> Expr:
    """Return a symbol of the same shape, of which nothing else is known."""
    return ArraySymbol(name, *symbol.shape) if is_array(symbol) else Symbol(name, real=True)


class Local:
    """Differentiates the operations of one graph.

    ``changes`` maps the names of the active nodes to the symbols of their tangents, ``adjoints`` to those of their
    adjoints; ``presenter`` writes expressions in them.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph, self.book = graph, graph.book
        letters = Letters(graph.letters.taken)
        active = [node for node in graph.nodes if node.active]
        self.changes = {node.name: symbol_like(letters.differential(node.name), node.symbol) for node in active}
        self.adjoints = {
            node.name: symbol_like(letters.take(f"{node.name}_bar", f"bar_{node.name}"), node.symbol) for node in active
        }
        last = {symbol.name for symbol in (*self.changes.values(), *self.adjoints.values())}
        names = [*graph.order, *(node.name for node in graph.operations), *sorted(last)]
        order = {name: place for place, name in enumerate(dict.fromkeys(names))}
        self.presenter = Presenter(order, last=last)
        self.inlined = {}

    def tree(self, expression: Expr) -> Tree:
        """Return the surface tree of the short form of an expression."""
        return self.presenter.tree(simplify(expression, self.book))

    def moving(self, node: Node) -> list[Node]:
        """Return the distinct operands of a node that are active, in order."""
        found = [self.graph[operand] for operand in dict.fromkeys(node.operands)]
        return [operand for operand in found if operand.active]

    # -- one operation ----------------------------------------------------------------------------------------------

    def tangent(self, node: Node) -> Expr:
        """Return the differential of a node in those of its operands.

        None where it has no form in the language: a matrix function whose argument does not commute with its change.
        Raises NoRuleError where the operation has no differential.
        """
        changes = {operand.symbol: self.changes[operand.name] for operand in self.moving(node)}
        found = linearise(node.expression, changes, self.book)
        if is_open(found):
            found = self._collected(found, changes.values())
        return None if found is None else self._with_value(found, node.expression, node)

    def share(self, expression: Expr, user: Node, operand: Node, cotangent: Expr) -> Expr:
        """Return what a node contributes to the adjoint of an operand: the gradient of <cotangent, expression>.

        ``expression`` is the value of the node ``user``. Raises NoRuleError where there is no form in the language for
        this cotangent.
        """
        change = self.changes[operand.name]
        differential = linearise(expression, {operand.symbol: change}, self.book)
        found = gradient(frobenius_product(cotangent, differential), change, self.book)
        return self._with_value(found, expression, user)

    def _collected(self, differential: Expr, changes: Iterable[Array]) -> Expr | None:
        """Return the differential of a scalar as a sum of <G, change>, None where that has no form either."""
        if is_array(differential):
            return None
        try:
            terms = [
                (gradient(differential, change, self.book), change) for change in changes_in(differential, set(changes))
            ]
        except NoRuleError:
            return None
        return sum((frobenius_product(value, change) for value, change in terms), S.Zero)

    def _with_value(self, expression: Expr, value: Expr, node: Node) -> Expr:
        """Return an expression with the value of a node written as the node."""
        if not value.args or isinstance(value, ArraySymbol):
            return expression
        values = {value: node.symbol}
        if isinstance(value, (Pow, Power)) and not is_array(value.args[1]):
            values |= _reciprocal(value, node.symbol)
        return substitute(expression, values)

    # -- several operations at once, where one alone has no form --------------------------------------------------

    def closed_tangent(self, node: Node) -> Expr | None:
        """Return the differential of a scalar node in that of the variable alone, None where it has no form."""
        variable = self.graph[self.graph.variable]
        change = self.changes[variable.name]
        found = linearise(self.inline(node), {variable.symbol: change}, self.book)
        found = self._collected(found, [change]) if is_open(found) else found
        return None if found is None else self.outlined(found, node)

    def closed_share(self, expression: Array, user: Node, operand: Node, cotangent: Array) -> Array:
        """Return a share whose form needs to know of what the cotangent is made; see :meth:`share`.

        ``cotangent`` is written in inputs and the adjoint of the result alone.
        """
        change = self.changes[operand.name]
        differential = linearise(expression, {operand.symbol: change}, self.book)
        inner = [self.graph[name] for name in self._names_below(user)]
        values = {node.symbol: self.inline(node) for node in inner if node.kind == OPERATION}
        differential = substitute(differential, values)
        return self.outlined(gradient(frobenius_product(cotangent, differential), change, self.book), user)

    def inline(self, node: Node) -> Expr:
        """Return the value of a node in terms of the inputs alone."""
        for inner in self._below(node):
            known = {self.graph[name].symbol: self.inlined[name] for name in inner.operands}
            self.inlined[inner.name] = substitute(inner.expression, known) if known else inner.expression
        return self.inlined[node.name]

    def _below(self, node: Node) -> list[Node]:
        """Return the nodes below and including a node that have not been inlined yet, operands first."""
        found, stack = [], [(node, False)]
        seen = set()
        while stack:
            item, ready = stack.pop()
            if ready:
                found.append(item)
            elif item.name not in self.inlined and item.name not in seen:
                seen.add(item.name)
                stack.append((item, True))
                stack.extend((self.graph[name], False) for name in item.operands)
        return found

    def outlined(self, expression: Expr, node: Node) -> Expr:
        """Return an expression in the inputs with the values of a node and of what it is made of written as nodes."""
        below = [self.graph[name] for name in self._names_below(node)]
        values = {self.inline(inner): inner.symbol for inner in below if inner.kind == OPERATION}
        return substitute(expression, {value: symbol for value, symbol in values.items() if value.args})

    def _names_below(self, node: Node) -> dict[str, None]:
        found, stack = {}, [node.name]
        while stack:
            name = stack.pop()
            if name not in found:
                found[name] = None
                stack.extend(self.graph[name].operands)
        return found


def is_open(expression: Expr) -> bool:
    """Return whether an expression holds the differential of a matrix function that has no form in the language."""
    return any(isinstance(node, FrechetDerivative) for node in postorder(expression))


def _reciprocal(value: Expr, symbol: Expr) -> dict[Expr, Expr]:
    """Return {b**(-k): 1/v} for v = b**k, as in the differential of a root."""
    base, exponent = value.args
    if isinstance(value, Power):
        return {power(base, -exponent): power(symbol, S.NegativeOne)}
    return {Pow(base, -exponent): Pow(symbol, S.NegativeOne)}
