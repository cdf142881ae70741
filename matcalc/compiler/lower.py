"""Expressions to operations: what an expression of ours computes, before anything is made faster."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sympy
from sympy import Add, Expr, Mul, Pow, Symbol

from ..algebra.blocks import Block
from ..algebra.expressions import (
    ONE,
    SELECT,
    STRIDE,
    Array,
    ArrayFunction,
    ArraySymbol,
    Constant,
    Diagonal,
    Hadamard,
    InnerProduct,
    Kronecker,
    MatMul,
    MatrixPower,
    Power,
    ScalarFunction,
    ScalarNode,
    Scale,
    Sum,
    Trace,
    Transpose,
    Vec,
    is_array,
    key_of,
    operands,
    postorder,
)
from ..algebra.indexed import IndexedSum, IndexedTotal
from ..algebra.members import is_member
from ..algebra.registry import handles
from ..algebra.strides import Stride, stride_of
from ..errors import NoRuleError
from .arranging import Arranging
from .loops import OneBelowAnother, before_loop, is_indexed, loop_operation, term_of
from .operations import Graph
from .stacks import taken

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..rulebook.entries import Book, Rule
    from .operations import Operation


# up to it a power of a matrix is a product of as many factors
_MOST_FACTORS = 3


def array_shape(rows: Expr, cols: Expr) -> tuple[Expr, ...]:
    """Return the shape of the array that holds a value of rows×cols: (), (n,) or (n, m)."""
    return tuple(size for size in (rows, cols) if size != 1)


class Lowering(Arranging):
    """Makes the operations of expressions in a graph.

    ``names`` are the scalars that are arguments of the function, ``book`` the rule book: every other symbol is a size.
    ``leaves`` are expressions that count as given; ``improve(graph, root, indices)`` are the passes that the term of
    a sum goes through, in loops over these indices; ``indices`` those of the loops around.
    """

    def __init__(
        self,
        graph: Graph,
        names: set,
        book: Book,
        leaves: frozenset[Array] = frozenset(),
        improve: Callable = tuple,
        indices: frozenset[Expr] = frozenset(),
    ) -> None:
        self.graph, self.names, self.book, self.leaves, self.improve = graph, names, book, leaves, improve
        self.indices = indices
        self._made = {}
        self._blocks: dict[tuple, Operation] = {}

    def operation(self, expression: Expr) -> Operation:
        """Return the operation of an expression, with all its entries in memory."""
        for node in postorder(expression, operands=self._operands):
            if node not in self._made:
                self._made[node] = self._lowered(node)
        return self._whole(expression)

    def _operands(self, node: Expr) -> tuple[Expr, ...]:
        return () if node in self.leaves or is_indexed(node) else operands(node)

    def _whole(self, node: Expr) -> Operation:
        """Return the operation of a node with the shape that the node has."""
        made = self._made[node]
        return self.graph.full(made, array_shape(node.rows, node.cols)) if is_array(node) else made

    def _lowered(self, node: Expr) -> Operation:
        if node in self.leaves:
            shape = array_shape(*node.shape) if is_array(node) else ()
            return self.graph.input(str(key_of(node)), shape, getattr(node, "facts", frozenset()))
        handler = _HANDLERS.get(type(node))
        if handler is not None:
            return handler(self, node)
        if isinstance(node, sympy.Symbol):
            known = node.name in self.names
            return self.graph.input(node.name, (), _scalar_facts(node)) if known else self.graph.size(node)
        if node.is_number and not operands(node):
            return self.graph.number(node)
        if isinstance(node, sympy.Function) and len(node.args) == 1:
            return self.graph.call(self._scalar_rule(node), self._made[node.args[0]])
        raise NoRuleError(f"{type(node).__name__} has no counterpart in generated code", hint="see matcalc rules")

    def _scalar_rule(self, node: Expr) -> Rule:
        for rule in self.book.rules:
            if rule.sympy == type(node).__name__:
                return rule
        raise NoRuleError(f"no rule for {type(node).__name__}", hint="add one with --rules FILE")

    # -- arrays -------------------------------------------------------------------------------------------------

    def _symbol(self, node: Array) -> Operation:
        return self.graph.input(node.name, array_shape(*node.shape), node.facts)

    def _constant(self, node: Constant) -> Operation:
        graph, shape = self.graph, array_shape(*node.shape)
        if node.name in ("ones", "zeros"):
            return graph.number(int(node.name == "ones"))
        if node.name == "eye":
            return graph.eye(node.rows)
        if node.name == "e":
            return graph.make("unit", (graph.size(node.dims[0]),), shape=shape)
        if node.name in (SELECT, STRIDE):
            return taken(graph, graph.eye(node.rows), (None, stride_of(node)))
        if node.name == "comm":
            return graph.make("commutation", data=node.dims, shape=shape)
        return self._half_constant(node)

    def _transpose(self, node: Array) -> Operation:
        return self.graph.transpose(self._whole(node.args[0]))

    def _sum(self, node: Expr) -> Operation:
        return self.graph.add(*[self._made[term] for term in node.args])

    def _product(self, node: Array) -> Operation:
        return self.graph.multiply(*[self._made[factor] for factor in node.args])

    def _power(self, node: Expr) -> Operation:
        return self.graph.power(*[self._made[part] for part in node.args])

    def _trace(self, node: ScalarNode) -> Operation:
        return self.graph.make("trace", (self._whole(node.args[0]),))

    def _diagonal(self, node: Diagonal) -> Operation:
        return self.graph.diagonal(self._whole(node.args[0]))

    def _matrix_power(self, node: Array) -> Operation:
        base, exponent = self._whole(node.args[0]), node.args[1]
        facts = frozenset(base.facts & {"symmetric", "pd"})
        if exponent == -1:
            return self.graph.make("inverse", (base,), shape=node.shape, facts=facts)
        if exponent.is_Integer and 2 <= abs(exponent) <= _MOST_FACTORS:
            # next to a vector or a thin factor its factors are met one after the other
            factor = base
            if exponent < 0:
                factor = self.graph.make("inverse", (base,), shape=node.shape, facts=facts)
            made = self.graph.product(*[factor] * abs(int(exponent)))
            made.facts |= facts
            return made
        return self.graph.make("matrix_power", (base, self._made[exponent]), shape=node.shape, facts=facts)

    def _kronecker(self, node: Array) -> Operation:
        return self.graph.make("kron", [self._two_dimensional(f) for f in node.args], shape=array_shape(*node.shape))

    def _two_dimensional(self, node: Array) -> Operation:
        made = self._whole(node)
        return made if made.is_matrix else self.graph.expand(made, 1 if node.cols == 1 else 0)

    def _vec(self, node: Array) -> Operation:
        return self.graph.make("vec", (self._whole(node.args[0]),), shape=array_shape(*node.shape))

    def _over_index(self, node: Expr) -> Operation:
        """A sum over an index: its term has a graph of its own, in which the index is a size."""
        graph, term, before = Graph(), term_of(node), before_loop(node)
        given = {str(key_of(part)): self.operation(part) for part in before}
        indices = self.indices | {node.loop.index}
        inner = Lowering(graph, self.names, self.book, frozenset(before) | self.leaves, self.improve, indices)
        found = graph.full(inner.operation(term), array_shape(*term.shape)) if is_array(term) else inner.operation(term)
        root = self.improve(graph, found, indices)
        return loop_operation(self.graph, node, root, array_shape(*node.shape) if is_array(node) else (), given)

    def _function(self, node: Expr) -> Operation:
        rule = node.rule
        if rule.constant:
            return self._made[node.args[0]]
        if rule.elementwise:
            operands = [self._made[a] for a in node.args]
            if rule.operation == "choice" and operands[0].is_relation:
                condition, *branches = operands
                return self.graph.select(condition, *branches)
            return self.graph.call(rule, *operands)
        shape = array_shape(*node.shape) if is_array(node) else ()
        if is_member(node):
            return self._member(node)
        if rule.name == "ptrace":
            axis = int(rule.literals[0][1])
            return self.graph.make("ptrace", (self._whole(node.args[0]),), (node.args[1], axis), shape)
        if rule.id == "diag(X)":
            return self.graph.make("diagonal_entries", (self._whole(node.args[0]),), shape=shape)
        return self.graph.call(rule, *[self._whole(a) for a in node.args], shape=shape)

    def _member(self, node: Expr) -> Operation:
        """Matrix k of those that stand one below another."""
        stack, place, size = node.args
        whole = self._whole(stack)
        own = Stride(place * size, ONE, size, stack.rows)
        return taken(self.graph, whole, (own, None)[: len(whole.shape)])

    # -- scalars ------------------------------------------------------------------------------------------------

    def _scalar_product(self, node: Expr) -> Operation:
        above, below = [], []
        for factor in node.args:
            base, exponent = factor.as_base_exp()
            if exponent.is_Rational and exponent.is_negative and base in self._made and not base.is_Rational:
                below.append(self.graph.power(self._made[base], self.graph.number(-exponent)))
            else:
                above.append(self._made[factor])
        quotient = self.graph.multiply(*above)
        return self.graph.divide(quotient, self.graph.multiply(*below)) if below else quotient


def _scalar_facts(symbol: Symbol) -> frozenset:
    return frozenset({"positive"} if symbol.is_positive else ())


_HANDLERS = {
    ArraySymbol: Lowering._symbol,
    Constant: Lowering._constant,
    Block: Lowering._block,
    Transpose: Lowering._transpose,
    Scale: Lowering._product,
    Sum: Lowering._sum,
    Add: Lowering._sum,
    MatMul: Lowering._chain,
    InnerProduct: Lowering._inner,
    Hadamard: Lowering._product,
    Power: Lowering._power,
    MatrixPower: Lowering._matrix_power,
    Kronecker: Lowering._kronecker,
    Diagonal: Lowering._diagonal,
    Vec: Lowering._vec,
    ArrayFunction: Lowering._function,
    ScalarFunction: Lowering._function,
    Trace: Lowering._trace,
    Mul: Lowering._scalar_product,
    Pow: Lowering._power,
    IndexedSum: Lowering._over_index,
    IndexedTotal: Lowering._over_index,
    OneBelowAnother: Lowering._over_index,
}
handles("lower", _HANDLERS, "FrechetDerivative")
